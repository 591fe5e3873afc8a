"""Words of the journey map, and how well data back what they say."""

from __future__ import annotations

from collections.abc import Iterable

from journeylib.drawing import words
from journeylib.drawing.journeymap.scene import Backing, Cell
from journeylib.terms import Fact, Lang, Text, say

STRONG_N, FAIR_N = 100, 30
STRONG_SHARE, FAIR_SHARE = 0.1, 0.2
STRONG_SPAN, FAIR_SPAN = 0.25, 0.5
"""What counts as well backed: so many observations, and a 95 % interval no wider than this, for
shares in points, for durations as a share of the value. Ours."""
_ORDER: tuple[Backing, ...] = ("strong", "fair", "thin", "unknown")


def tell(key: str, lang: Lang, **values: object) -> str:
    """The text ``map.<key>`` in `lang`."""
    return say(f"map.{key}", **values).in_(lang)


def sample(n: int, lang: Lang) -> str:
    """So many observations."""
    return tell("n", lang, n=words.number(n))


# -- how well data back it ----------------------------------------------------------------------


def backing(fact: Fact) -> Backing:
    """By n and the width of the interval; a value without one is judged by n alone."""
    if fact.value is None:
        return "unknown"
    by_n = backing_of(fact.n)
    if fact.ci_low is None or fact.ci_high is None:
        return by_n
    wide = fact.ci_high - fact.ci_low
    limits = (STRONG_SHARE, FAIR_SHARE)
    if fact.unit == "h":
        wide, limits = wide / max(fact.value, 1e-9), (STRONG_SPAN, FAIR_SPAN)
    by_width: Backing = "strong" if wide <= limits[0] else "fair" if wide <= limits[1] else "thin"
    return weakest((by_n, by_width))


def backing_of(n: int) -> Backing:
    """By the number of observations."""
    return "strong" if n >= STRONG_N else "fair" if n >= FAIR_N else "thin"


def weakest(several: Iterable[Backing]) -> Backing:
    """The weakest of several: a cell is no better than its worst number."""
    return max(several, key=_ORDER.index, default="none")


def unknown_cell(reason: str | Text | None, lang: Lang) -> Cell:
    """A cell that cannot be filled, and why."""
    told = reason.in_(lang) if isinstance(reason, Text) else reason
    return Cell(backing="unknown", reason=told or tell("unknown", lang))


def empty_cell(key: str, lang: Lang) -> Cell:
    """A cell in which nothing happens: known to be empty, and so not unknown."""
    return Cell(backing="none", reason=tell(key, lang))
