"""Words of the journey map, and how well data back what they say."""

from __future__ import annotations

import re
from collections.abc import Iterable

from journeylib.drawing import words
from journeylib.drawing.journeymap.scene import Backing, Cell
from journeylib.survival import wilson
from journeylib.terms import Fact, Lang, Text, say

STRONG_N, FAIR_N = 100, 30
STRONG_SHARE, FAIR_SHARE = 0.1, 0.2
STRONG_SPAN, FAIR_SPAN = 0.25, 0.5
"""What counts as well backed: so many observations, and a 95 % interval no wider than this, for
shares in points, for durations as a share of the value. Ours."""
LEAST = 10
"""Of fewer nothing is told but their number. Ours, as in ``templates/rules.toml``."""
_TAIL = re.compile(r"(?<=\d)([^\d.,]*)$")
_ORDER: tuple[Backing, ...] = ("strong", "fair", "thin", "unknown")


def tell(key: str, lang: Lang, **values: object) -> str:
    """The text ``map.<key>`` in `lang`."""
    return say(f"map.{key}", **values).in_(lang)


def measured(fact: Fact, lang: Lang) -> str:
    """Value and interval of a fact; the word for unknown where there is no value."""
    if fact.value is None:
        return tell("unknown", lang)
    return estimated(fact.value, fact.ci_low, fact.ci_high, fact.unit, lang)


def estimated(value: float, low: float | None, high: float | None, unit: str, lang: Lang) -> str:
    """``3 d [2.2, 4.3]``: the unit once where it is the same; an end that is open is unknown."""
    told = words.amount(value, unit, lang)
    if low is None and high is None:
        return told
    ends = [
        tell("unknown", lang) if end is None else words.amount(end, unit, lang)
        for end in (low, high)
    ]
    tails = {match[1] for one in (told, *ends) if (match := _TAIL.search(one))}
    if len(tails) == 1 and None not in (low, high):
        ends = [_TAIL.sub("", end) for end in ends]
    return f"{told} [{', '.join(ends)}]"


def sample(n: int, lang: Lang) -> str:
    """So many observations."""
    return tell("n", lang, n=words.number(n))


def why(fact: Fact, lang: Lang) -> str:
    """Why a fact has no value."""
    return fact.reason.in_(lang) if fact.reason else tell("unknown", lang)


def share_of(k: int, n: int) -> Fact:
    """A share with Wilson's interval; of fewer than `LEAST` it is unknown."""
    if n < LEAST:
        return Fact.unknown("share", say("map.few", n=n, least=LEAST), n=n)
    low, high = wilson(k, n)
    return Fact(k / n, "share", n, "wilson", ci_low=low, ci_high=high)


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
