"""The findings of a picture as a table, for a slide that people go on writing in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from journeylib.drawing.scene import Badge
from journeylib.drawing.theme import Theme
from journeylib.terms import Lang, say

_HEADS = ("number", "finding", "kind", "measured", "sample", "confidence")


class Listed(Protocol):
    """A finding as a picture tells it: its badge, its title, and lines of words."""

    @property
    def badge(self) -> Badge:
        """Its number, kind and how sure it is."""

    @property
    def title(self) -> str:
        """What was found."""

    @property
    def lines(self) -> tuple[str, ...]:
        """What was measured, parts separated by a middle dot."""


@dataclass(frozen=True, slots=True)
class Row:
    """One finding: what stands in the columns, and the colour of its number."""

    cells: tuple[str, ...]
    colour: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A table in words: heads, a row a finding, and below it what is not listed."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    theme: Theme


def listing(
    findings: Iterable[Listed], notes: Iterable[str], theme: Theme, lang: Lang
) -> Listing | None:
    """The findings by number; None where there are none."""
    numbered = sorted(findings, key=lambda one: one.badge.number)
    if not numbered:
        return None
    return Listing(
        title=say("slides.findings").in_(lang),
        heads=tuple(say(f"slides.{head}").in_(lang) for head in _HEADS),
        rows=tuple(Row(_cells(one, lang), theme.badge(one.badge)) for one in numbered),
        notes=tuple(filter(None, notes)),
        theme=theme,
    )


def _cells(finding: Listed, lang: Lang) -> tuple[str, ...]:
    """What the picture says of a finding, sorted into columns: nothing is said anew."""
    badge = finding.badge
    surety, kind = (say(f"drawing.{word}").in_(lang) for word in (badge.confidence, badge.kind))
    counted = say("drawing.sample", n="").in_(lang)
    parts = [part for line in finding.lines for part in line.split(" · ") if part != surety]
    sample = next((part for part in parts if part.startswith(counted)), "")
    measured = " · ".join(part for part in parts if part != sample)
    return (str(badge.number), finding.title, kind, measured, sample, surety)
