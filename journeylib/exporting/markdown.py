"""The specification as Markdown: to read, to print, to discuss, to compare with `git diff`."""

from __future__ import annotations

from journeylib.documents import markdown
from journeylib.exporting.specification import specification
from journeylib.spec.model import TargetSpec
from journeylib.terms import Lang


def to_markdown(spec: TargetSpec, lang: Lang) -> str:
    """`spec` as a Markdown document in `lang`."""
    return markdown.to_markdown(specification(spec, lang))
