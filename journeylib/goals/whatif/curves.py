"""Curves of spans that are partly still open, before and after, for any weights of the cases.

A span that is still open is open at an earlier point of its course once its waits are shorter, and
how much earlier depends on its own history: a Kaplan–Meier curve of shortened spans would be biased.
Therefore each closed span is weighted by one over the probability of having been seen to its end, on
the clock it really ran on (Zhao & Tsiatis 1997). Where nothing is shortened this is Kaplan–Meier, and
per cause Aalen–Johansen, exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from journeylib.goals.whatif.spans import Spans

if TYPE_CHECKING:
    from journeylib.goals.whatif.spans import Numbers, Places

_TINY = 1e-9


@dataclass(frozen=True, eq=False)
class Shortened:
    """Spans in the order of their lengths afterwards: `row` of the span, `chance` of that length."""

    hours: Numbers
    row: Places
    chance: Numbers


def shortened(spans: Spans, chances: Sequence[float]) -> Shortened:
    """What becomes of `spans` when each subset of the interventions is kept to with its chance."""
    import numpy as np

    likely = [n for n, chance in enumerate(chances) if chance > 0]
    hours = np.concatenate([spans.duration - spans.saved[:, n] for n in likely])
    row = np.tile(np.arange(len(spans.case)), len(likely))
    chance = np.repeat([chances[n] for n in likely], len(spans.case))
    order = np.argsort(hours, kind="stable")
    return Shortened(np.maximum(hours[order], 0.0), row[order], chance[order])


def masses(spans: Spans, counts: Numbers) -> Numbers:
    """The probability that each span stands for; open ones stand for none.

    `counts` says how often each case is there. `spans` are by length, of equal ones the open last.
    """
    import numpy as np

    here = counts[spans.case]
    at_risk = np.cumsum(here[::-1])[::-1]
    if not len(here) or at_risk[0] == 0:
        return np.zeros(len(here))
    is_open = spans.cause == 0
    fall = np.where(is_open & (at_risk > 0), here / np.maximum(at_risk, _TINY), 0.0)
    seen = np.cumprod(1 - fall)
    mass: Numbers = np.where(is_open, 0.0, here / np.maximum(seen, _TINY)) / at_risk[0]
    return mass


def median(hours: Numbers, mass: Numbers) -> float:
    """Where half of all have ended; infinite where fewer than half ever do."""
    import numpy as np

    place = int(np.searchsorted(np.cumsum(mass), 0.5 - _TINY))
    return float(hours[place]) if place < len(hours) else float("inf")


def median_after(spans: Shortened, mass: Numbers) -> float:
    """The same of shortened spans, by the masses of the original ones."""
    return median(spans.hours, mass[spans.row] * spans.chance)
