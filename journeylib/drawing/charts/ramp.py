"""Amounts as steps of one colour, so that a legend can name each of them exactly."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from journeylib.drawing import words
from journeylib.drawing.charts.sheet import Key
from journeylib.drawing.geometry import Rect
from journeylib.drawing.svg import rect
from journeylib.drawing.theme import RAMP, Theme


@dataclass(frozen=True, slots=True)
class Ramp:
    """`limits` are the least values of the second, third, … colour."""

    limits: tuple[float, ...]

    def level(self, value: float) -> int:
        """Which colour; fewer limits than colours leave out light ones."""
        return bisect_right(self.limits, value) + RAMP - 1 - len(self.limits)

    def keys(self, values: Iterable[float], theme: Theme, *, share: bool) -> list[Key]:
        """The legend of the colours that occur."""
        name = words.share if share else lambda value: words.number(int(value))
        starts, used = ("", *map(name, self.limits)), {self.level(value) for value in values}
        told = [f"< {starts[1]}" if len(starts) > 1 else "≥ 1"]
        told += [f"{a} – {b}" for a, b in itertools.pairwise(starts[1:])]
        told += [f"≥ {starts[-1]}"] if len(starts) > 1 else []
        first = RAMP - len(starts)
        return [
            swatch(theme.ramp(first + n), theme, label)
            for n, label in enumerate(told)
            if first + n in used
        ]


_STEPS = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
SHARES = Ramp((0.05, 0.1, 0.2, 0.4, 0.6))


def counts(most: int) -> Ramp:
    """Limits at round numbers: a twentieth, a tenth, a fifth, two and three fifths of the most."""
    parts = {_round(most * limit) for limit in SHARES.limits}
    return Ramp(tuple(sorted(part for part in parts if part > 1)))


def swatch(colour: str, theme: Theme, label: str) -> Key:
    """A legend entry that is a patch of colour."""

    def sample(area: Rect) -> str:
        patch = Rect(area.x + 4, area.y + 2, area.w - 8, area.h - 4)
        return rect(patch, radius=2, fill=colour, stroke=theme.border, stroke_width=1)

    return Key(sample, label)


def _round(value: float) -> float:
    """The next number at or below that has one figure, or two that end in 5."""
    if value < 1:
        return 1
    power: int = 10 ** math.floor(math.log10(value))
    return float(math.floor(max(s for s in _STEPS if power * s <= value) * power))
