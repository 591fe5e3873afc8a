"""Whether the moves of cases differ between months by more than chance: distances and permutations.

Only counts get here: which ways cases take, by month. The engine has done the rest.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from journeylib.engine import SEPARATOR
from journeylib.findings.contrast import Floats

START = ""
"""What a case comes from at its first activity."""
SEED = 20250101
MOVES = 3
"""Moves named for each break."""


@dataclass(frozen=True, slots=True)
class Shift:
    """A move whose share of what leaves its source changed: before and after."""

    source: str
    target: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Break:
    """A boundary before `month` (0 is the first): the distance over it, and what chance brings.

    `before` and `after` are numbers of cases in the windows; `p` is corrected for all boundaries.
    """

    month: int
    distance: float
    expected: float
    p: float
    before: int
    after: int
    shifts: tuple[Shift, ...]


@dataclass(frozen=True, eq=False)
class Sample:
    """Cases as numbers: the month of each, and how often each takes each of `edges`.

    `case`, `edge` and `times` are the entries of the sparse table cases × edges.
    """

    first: int
    months: int
    month: NDArray[np.int64]
    case: NDArray[np.int64]
    edge: NDArray[np.int64]
    times: Floats
    edges: tuple[tuple[str, str], ...]

    @functools.cached_property
    def source(self) -> NDArray[np.int64]:
        """For each of `edges`, the number of the activity it leaves."""
        names = sorted({source for source, _target in self.edges})
        return np.array([names.index(source) for source, _target in self.edges])

    @functools.cached_property
    def leaving(self) -> Floats:
        """Edges × activities: 1 where the edge leaves the activity."""
        return np.eye(self.source.max() + 1)[self.source]

    def tables(self, month: NDArray[np.int64]) -> Floats:
        """Months × edges: how often each move is made by the cases of each month."""
        size = len(self.edges)
        flat = np.bincount(month[self.case] * size + self.edge, self.times, self.months * size)
        return flat.astype(float).reshape(self.months, size)


def sample_of(ways: Sequence[tuple[int, str, int]]) -> Sample:
    """From (month, sequence of activities, number of cases), months rising."""
    index: dict[tuple[str, str], int] = {}
    moves: dict[str, list[tuple[int, int]]] = {}
    for _month, way, _n in ways:
        if way not in moves:
            counts = Counter(pairwise((START, *way.split(SEPARATOR))))
            moves[way] = [(index.setdefault(e, len(index)), n) for e, n in counts.items()]
    first, last = ways[0][0], ways[-1][0]
    sizes = np.array([n for *_rest, n in ways])
    lengths = np.repeat([len(moves[way]) for _month, way, _n in ways], sizes)
    entries = [entry for _month, way, n in ways for entry in moves[way] * n]
    flat = np.array(entries, dtype=np.int64).reshape(-1, 2)
    return Sample(
        first=first,
        months=last - first + 1,
        month=np.repeat([month - first for month, *_rest in ways], sizes),
        case=np.repeat(np.arange(len(lengths)), lengths),
        edge=flat[:, 0],
        times=flat[:, 1].astype(float),
        edges=tuple(index),
    )


def breaks(
    sample: Sample, window: int, *, least: int, permutations: int, level: float
) -> tuple[tuple[Break, ...], int]:
    """Boundaries over which the distance is beyond chance at `level`, and how many were tested.

    The surest first, none twice within a window; at least `least` cases on either side.
    """
    sizes = np.bincount(sample.month, minlength=sample.months)
    tried = [
        b
        for b in range(window, sample.months - window + 1)
        if min(sizes[b - window : b].sum(), sizes[b : b + window].sum()) >= least
    ]
    if not tried:
        return (), 0
    seen = _distances(sample, sample.month, tried, window)
    mean, score, p = _against_chance(sample, seen, tried, window, permutations)
    found: list[Break] = []
    for i in sorted(range(len(tried)), key=lambda i: (-score[i], i)):
        if p[i] <= level and all(abs(tried[i] - other.month) >= window for other in found):
            figures = float(seen[i]), float(mean[i]), float(p[i])
            found.append(_break(sample, tried[i], window, figures))
    return tuple(sorted(found, key=lambda found: found.month)), len(tried)


def _against_chance(
    sample: Sample, seen: Floats, tried: Sequence[int], window: int, permutations: int
) -> tuple[Floats, Floats, Floats]:
    """Mean under permutation, standard score, and p against the largest score of each round."""
    chance = np.random.default_rng(SEED)
    shuffled = np.array(
        [
            _distances(sample, chance.permutation(sample.month), tried, window)
            for _round in range(permutations)
        ]
    )
    mean, spread = shuffled.mean(axis=0), shuffled.std(axis=0) + 1e-12
    score = (seen - mean) / spread
    largest = ((shuffled - mean) / spread).max(axis=1)
    p = (1 + (largest[:, None] >= score).sum(axis=0)) / (1 + permutations)
    return mean, score, p


def _distances(
    sample: Sample, month: NDArray[np.int64], boundaries: Sequence[int], window: int
) -> Floats:
    """Jensen–Shannon distance (base 2) between the windows before and after each boundary."""
    from scipy.spatial.distance import jensenshannon

    before, after = _comparable(sample, month, boundaries, window)
    # Nothing to compare, or a rounding error below zero where both are alike: no distance.
    with np.errstate(invalid="ignore"):
        distances: Floats = np.asarray(jensenshannon(before, after, base=2, axis=1), dtype=float)
    return np.where(np.isnan(distances), 0.0, distances)


def _comparable(
    sample: Sample, month: NDArray[np.int64], boundaries: Sequence[int], window: int
) -> tuple[Floats, Floats]:
    """The moves before and after, every activity weighing the same on both sides.

    So what follows each activity is compared, not how far cases got: those that a holiday slows down
    have got less far by the horizon, and yet go the same way.
    """
    before, after = _windows(sample.tables(month), boundaries, window)
    left_before, left_after = before @ sample.leaving, after @ sample.leaving
    weight = (left_before + left_after) * ((left_before > 0) & (left_after > 0))
    return (
        before * (weight / np.maximum(left_before, 1))[:, sample.source],
        after * (weight / np.maximum(left_after, 1))[:, sample.source],
    )


def _windows(tables: Floats, boundaries: Sequence[int], window: int) -> tuple[Floats, Floats]:
    total = np.concatenate((np.zeros((1, tables.shape[1])), np.cumsum(tables, axis=0)))
    b = np.asarray(boundaries)
    return total[b] - total[b - window], total[b + window] - total[b]


def _break(
    sample: Sample, boundary: int, window: int, figures: tuple[float, float, float]
) -> Break:
    sizes = np.bincount(sample.month, minlength=sample.months)
    return Break(
        boundary,
        *figures,
        before=int(sizes[boundary - window : boundary].sum()),
        after=int(sizes[boundary : boundary + window].sum()),
        shifts=_shifts(sample, boundary, window),
    )


def _shifts(sample: Sample, boundary: int, window: int) -> tuple[Shift, ...]:
    """The moves that changed most, by how much they add to the difference."""
    [before], [after] = _comparable(sample, sample.month, [boundary], window)
    weight = np.maximum(before @ sample.leaving, 1)[sample.source]
    most = np.argsort(-np.abs(after - before), kind="stable")[:MOVES]
    shares = before / weight, after / weight
    return tuple(Shift(*sample.edges[e], *(float(share[e]) for share in shares)) for e in most)
