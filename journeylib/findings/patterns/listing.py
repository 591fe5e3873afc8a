"""The rule library as a table: what each pattern asks, needs and tolerates, and whether a log can
answer it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from journeylib.findings.patterns.pattern import Library, listed, thresholds
from journeylib.findings.rules import Rules
from journeylib.frames import frame_of
from journeylib.journey import Journey
from journeylib.terms import Lang, Text, say

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = ("id", "question", "threshold", "tolerance", "adopted", "available")


@dataclass(frozen=True, slots=True)
class Listed:
    """One pattern of the library as a row; `available` is empty where no log was asked."""

    id: str
    kind: str
    name: Text
    question: Text
    definition: Text
    needs: Text
    threshold: str
    tolerance: float
    source: Text
    repair: Text
    adopted: bool
    available: Text


def rule_library(journey: Journey | None = None, rules: Rules | None = None) -> tuple[Listed, ...]:
    """Every pattern of the libraries in `rules` (the shipped ones), and whether `journey` has what it
    needs."""
    library = (rules or Rules.load()).library
    return tuple(_rows(library, journey))


def library_frame(
    journey: Journey | None = None, rules: Rules | None = None, lang: Lang = "zh"
) -> pd.DataFrame:
    """`rule_library` as a pandas frame, a row a pattern."""
    return frame_of(rule_library(journey, rules), lang)


def library_text(listing: Sequence[Listed], lang: Lang = "zh") -> str:
    """A listing as aligned text, Chinese signs counting two columns."""
    cells = [[say(f"pattern.column_{name}").in_(lang) for name in _SHOWN]]
    cells += [_cells(row, lang) for row in listing]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    return "\n".join(_line(row, widths) for row in cells)


def _rows(library: Library, journey: Journey | None) -> Iterator[Listed]:
    cases = library.cases(journey) if journey else None
    for pattern in library.patterns:
        missing = library.missing(pattern, cases) if cases else None
        yield Listed(
            id=pattern.id,
            kind=pattern.kind,
            name=pattern.name,
            question=pattern.question,
            definition=pattern.told,
            needs=listed(library.needs(pattern)),
            threshold=" ".join(thresholds(pattern.measure).values()),
            tolerance=pattern.tolerance,
            source=pattern.source,
            repair=pattern.repair,
            adopted=pattern.adopted,
            available=_available(missing),
        )


def _available(missing: Sequence[Text] | None) -> Text:
    if missing is None:
        return Text.same("")
    return say("pattern.needs", needs=listed(missing)) if missing else say("pattern.yes")


def _cells(row: Listed, lang: Lang) -> list[str]:
    adopted = say("pattern.yes").in_(lang) if row.adopted else ""
    available = row.available.in_(lang)
    tolerance = f"{row.tolerance:.0%}"
    return [row.id, row.question.in_(lang), row.threshold, tolerance, adopted, available]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (w - _width(cell)) for cell, w in zip(row, widths, strict=True))
    return "  ".join(padded).rstrip()


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
