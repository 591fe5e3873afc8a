"""Order of parallel lines in a channel: few crossings, and never one line upon another.

A channel is the space between two columns, or between two rows. A segment runs along it and leaves
it at both ends, to the lower (-1) or the higher (+1) side across the channel.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

_UPON = 1000
"""Two lines upon each other are worse than any number of crossings."""


@dataclass(frozen=True, slots=True)
class End:
    """Where a segment leaves the channel: position along it, side it leaves to."""

    at: float
    side: int


@dataclass(frozen=True, slots=True)
class Segment:
    """A line along a channel between two ends."""

    a: End
    b: End

    @property
    def low(self) -> float:
        """The lesser position."""
        return min(self.a.at, self.b.at)

    @property
    def high(self) -> float:
        """The greater position."""
        return max(self.a.at, self.b.at)


def tracks(segments: Sequence[Segment], apart: float) -> tuple[int, ...]:
    """A track for each segment, 0 at the lower side; ends nearer than `apart` may not face.

    Segments that share a track are at least `apart` away from each other.
    """
    sides = [_Sides.of(segment) for segment in segments]
    cost = [[_cost(i, j, apart) for j in sides] for i in sides]
    order = _ordered(cost)
    level = [0] * len(segments)
    for n, i in enumerate(order):
        beside = [j for j in order[:n] if _meet(segments[i], segments[j], apart)]
        level[i] = max((level[j] + 1 for j in beside), default=0)
    return tuple(level)


class _Sides(NamedTuple):
    """A segment as its costs are reckoned with: its span, and its ends by the side they leave to."""

    low: float
    high: float
    up: tuple[float, ...]
    down: tuple[float, ...]

    @classmethod
    def of(cls, segment: Segment) -> _Sides:
        ends = (segment.a, segment.b)
        up = tuple(end.at for end in ends if end.side > 0)
        down = tuple(end.at for end in ends if end.side < 0)
        return cls(segment.low, segment.high, up, down)


def _cost(first: _Sides, second: _Sides, apart: float) -> int:
    """Crossings when `first` lies on the lower side of `second`."""
    cost = 0
    for up in first.up:
        if second.low <= up <= second.high:
            cost += 1
        for down in second.down:
            if -apart < up - down < apart:
                cost += _UPON
    for down in second.down:
        if first.low <= down <= first.high:
            cost += 1
    return cost


def _ordered(cost: Sequence[Sequence[int]]) -> list[int]:
    """Segments from the lower side up: by preference, then neighbours change while it helps."""
    count = len(cost)
    order = sorted(range(count), key=lambda i: (sum(cost[i]) - sum(r[i] for r in cost), i))
    for _ in range(count):
        moved = [_moved(order, cost, n) for n in range(count)]
        if not any(moved):
            break
    return order


def _moved(order: list[int], cost: Sequence[Sequence[int]], n: int) -> bool:
    """Move the `n`-th segment to its best place; whether that changed anything."""
    item = order[n]
    rest = order[:n] + order[n + 1 :]
    above = cost[item]
    here = sum(map(above.__getitem__, rest))
    prices = [here, *(cost[other][item] - above[other] for other in rest)]
    prices = list(itertools.accumulate(prices))
    least = min(prices)
    if least >= prices[n]:
        return False
    best = min((p for p, price in enumerate(prices) if price == least), key=lambda p: abs(p - n))
    order[:] = [*rest[:best], item, *rest[best:]]
    return True


def _meet(first: Segment, second: Segment, apart: float) -> bool:
    return first.low < second.high + apart and second.low < first.high + apart
