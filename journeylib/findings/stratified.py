"""Features against outcomes: everyone at a landmark, and within strata of what the cases are.

A difference may be there only because cases of one kind have the feature more often and also win more
(Simpson 1951). So each is measured again within strata of the strongest confounders.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from journeylib.findings.contrast import Cell, Interval, Pair, mantel, standardised
from journeylib.findings.features import Column, FeatureTable

EXPECTED = 5.0
"""Fewer expected cases than this in any of the four cells leave the test's tail unreliable."""
SHARED = 0.5
"""Strata tell something only if they hold at least this share of the feature's cases."""
STRATA = 2
"""Confounders that are stratified over together."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """One feature at one landmark: everyone, and stratum by stratum."""

    landmark: int
    column: Column
    code: int
    crude: Pair
    strata: tuple[Pair, ...]
    over: tuple[Column, ...]
    p: float

    @property
    def adjusted(self) -> Interval | None:
        """Mantel–Haenszel's difference over the strata, None without any that tell."""
        return standardised(self.strata) if self.strata else None


def contrasts_of(features: FeatureTable) -> list[Contrast]:
    """Every question that has enough cases; one GROUP BY a column."""
    chosen, landmarks = _strongest(features), range(len(features.landmarks))
    found: list[Contrast] = []
    for column in features.columns:
        if column.codes and any((i, column.name) in features.early for i in landmarks):
            over = tuple(c for c in chosen if not _same(c, column))[:STRATA]
            found += _contrasts(features, column, over)
    return found


def _same(one: Column, other: Column) -> bool:
    """Whether they are the same column of the log: its values, and whether it has any."""
    return one.name == other.name or bool(one.of and one.of == other.of)


def _strongest(features: FeatureTable) -> list[Column]:
    """The confounders by how much of the outcome's variance they go with, the strongest first."""
    return sorted(features.confounders, key=lambda c: (-_between(features, c), c.name))


def _between(features: FeatureTable, column: Column) -> float:
    """Sum of squares between the column's values within landmarks, beyond what chance brings."""
    cells = features.cells("landmark", column.name)
    by_landmark: dict[int, list[Cell]] = defaultdict(list)
    for (landmark, _code), cell in cells.items():
        by_landmark[landmark].append(cell)
    total = 0.0
    for group in by_landmark.values():
        everyone = sum(group, Cell())
        between = everyone.spread - sum(cell.spread for cell in group)
        total += between - (len(group) - 1) * everyone.spread / everyone.n
    return total


def _contrasts(
    features: FeatureTable, column: Column, over: tuple[Column, ...]
) -> Iterator[Contrast]:
    by = ("landmark", "held", column.name, *(c.name for c in over))
    by_landmark: dict[int, dict[tuple[Any, ...], dict[Any, Cell]]] = {}
    for (landmark, _held, code, *stratum), cell in features.cells(*by).items():
        if code is not None:
            strata = by_landmark.setdefault(landmark, {})
            codes = strata.setdefault(tuple(stratum), {})
            for key in (code, None):
                codes[key] = codes.get(key, Cell()) + cell
    for landmark, strata in sorted(by_landmark.items()):
        if (landmark, column.name) in features.early:
            for code in column.codes:
                contrast = _contrast(features, landmark, column, code, strata, over)
                if contrast is not None:
                    yield contrast


def _contrast(
    features: FeatureTable,
    landmark: int,
    column: Column,
    code: int,
    strata: Mapping[tuple[Any, ...], Mapping[Any, Cell]],
    over: tuple[Column, ...],
) -> Contrast | None:
    """`strata` holds the cells by code, and under None all of them together."""
    pairs = [Pair(own := cells.get(code, Cell()), cells[None] - own) for cells in strata.values()]
    crude = Pair(sum((p.inside for p in pairs), Cell()), sum((p.outside for p in pairs), Cell()))
    least = features.study.rules.sample.least
    if min(crude.inside.n, crude.outside.n) < least or crude.expected < EXPECTED:
        return None
    telling = tuple(p for p in pairs if min(p.inside.n, p.outside.n) > 1) if over else ()
    if sum(p.inside.n for p in telling) < SHARED * crude.inside.n:
        telling = ()
    p = max(mantel([crude]), mantel(telling) if telling else 0.0)
    return Contrast(landmark, column, code, crude, telling, over, p)
