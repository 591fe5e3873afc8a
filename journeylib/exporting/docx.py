"""The specification as a Word file."""

from __future__ import annotations

from journeylib.documents import docx
from journeylib.exporting.specification import specification
from journeylib.spec.model import TargetSpec
from journeylib.terms import Lang


def to_docx(spec: TargetSpec, lang: Lang) -> bytes:
    """`spec` as a Word document in `lang`."""
    return docx.to_docx(specification(spec, lang))
