"""The specification as one self-contained page."""

from __future__ import annotations

from journeylib.documents import html
from journeylib.exporting.specification import specification
from journeylib.spec.model import TargetSpec
from journeylib.terms import Lang


def to_html(spec: TargetSpec, lang: Lang) -> str:
    """`spec` as an HTML page in `lang`."""
    return html.to_html(specification(spec, lang))
