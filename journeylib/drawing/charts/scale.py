"""From values to pixels: linear and logarithmic axes, and the ticks people know."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from journeylib.drawing.measure import width

HOURS = (1 / 60, 1 / 6, 1.0, 4.0, 24.0, 72.0, 168.0, 720.0, 2160.0, 8760.0, 43800.0)
"""Where an axis of durations has its ticks: a minute, …, an hour, …, a day, …, five years."""
RATIOS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from `low` to `high` on pixels from `left` to `right`; what lies beyond is clipped."""

    low: float
    high: float
    left: float
    right: float

    def at(self, value: float) -> float:
        """The pixel of `value`."""
        share = min(max(self._share(value), 0.0), 1.0)
        return self.left + share * (self.right - self.left)

    def _share(self, value: float) -> float:
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True, slots=True)
class LogScale(Scale):
    """The same on a logarithmic axis; nothing and less stand at the left end."""

    def _share(self, value: float) -> float:
        if value <= self.low:
            return 0.0
        return math.log(value / self.low) / math.log(self.high / self.low)


def log_scale(
    values: Iterable[float], ticks: Sequence[float], left: float, right: float
) -> LogScale:
    """From the tick below the least of `values` (that is more than nothing) to the one above all."""
    told = sorted(value for value in values if value > 0) or [1.0]
    first = max(bisect_right(ticks, told[0]) - 1, 0)
    last = min(max(bisect_left(ticks, told[-1]), first + 1), len(ticks) - 1)
    return LogScale(ticks[min(first, last - 1)], ticks[last], left, right)


def legible(
    ticks: Iterable[float], scale: Scale, name: Callable[[float], str], size: float
) -> Iterator[tuple[float, str]]:
    """Pixel and name of the ticks inside `scale`, leaving out those whose names would touch."""
    edge = -math.inf
    for tick in ticks:
        if scale.low <= tick <= scale.high:
            at, half = scale.at(tick), width(name(tick), size) / 2
            if at - half > edge + 8:
                yield at, name(tick)
                edge = at + half


def moment(at: float) -> datetime:
    """µs since 1970 as a time."""
    return _EPOCH + timedelta(microseconds=at)


def days(first: float, last: float) -> list[tuple[float, str]]:
    """Ticks of a calendar axis (µs since 1970) with their names: months, or days if it is short."""
    start, end = moment(first), moment(last)
    if end - start < timedelta(days=75):
        step = timedelta(days=max(1, math.ceil((end - start).days / 8)))
        times = [start.replace(hour=0, minute=0, second=0, microsecond=0) + step]
        while times[-1] + step <= end:
            times.append(times[-1] + step)
        return [(_microseconds(t), f"{t:%m-%d}") for t in times]
    months = range(start.year * 12 + start.month, end.year * 12 + end.month)
    step_of = next((n for n in _MONTHS if len(months) <= 12 * n), _MONTHS[-1])
    firsts = [datetime(n // 12, n % 12 + 1, 1, tzinfo=UTC) for n in months if n % step_of == 0]
    return [(_microseconds(t), f"{t:%Y-%m}") for t in firsts]


def _microseconds(time: datetime) -> float:
    return (time - _EPOCH) / timedelta(microseconds=1)
