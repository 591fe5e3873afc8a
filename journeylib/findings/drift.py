"""Drift: whether cases that start later take another way than those that started before.

Cases are put into cohorts by the month of their start, never by that of their end: what closes in a
month is a mixture of starts. Of each case only what happens within the same time of its start counts,
and only cases seen for that long, so that the last cohorts do not look different for being young.
Two windows of months are compared by the Jensen–Shannon distance of their directly-follows moves
(Lin 1991), against the same with the cases' months permuted; the largest distance over all boundaries
sets the bar for each of them (Westfall & Young 1993). After Bose et al. 2014 and Maaradji et al. 2015.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis.expr.types as ir
import numpy as np
from ibis import _
from numpy.typing import NDArray

from journeylib import survival
from journeylib.engine import SEPARATOR
from journeylib.findings.contrast import Floats
from journeylib.findings.landmarks import DECIDED, whole
from journeylib.findings.rules import Rules
from journeylib.findings.study import Study
from journeylib.frames import frame_of
from journeylib.journey import Journey
from journeylib.log import Note
from journeylib.terms import Fact, Lang, Span, Text, as_dict, say

if TYPE_CHECKING:
    import pandas as pd

SAMPLE = 20_000
"""At most about so many cases are compared, chosen by their names alone."""
MOST_OF_SPAN = 1 / 3
"""No case is followed for longer than this part of the time the log covers."""
SEED = 20250101
MOVES = 3
START = ""
"""What a case comes from at its first activity."""
_HEX = 65_536


@dataclass(frozen=True, slots=True)
class Cohort:
    """Cases that start in one month (``2025-06``, local time), and how long they take.

    `cycle_time` is the Kaplan–Meier median from first event to outcome; open cases are censored.
    """

    month: str
    cases: int
    cycle_time: Fact


@dataclass(frozen=True, slots=True)
class Shift:
    """A move whose share of all moves changed: per window, before and after."""

    source: str
    target: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Change:
    """The way changed with the cases that start in `month`.

    `distance` (0–1) lies between the moves before and after, over `before` and `after` cases;
    `expected` is what chance alone would bring. `p` is corrected for having looked at every month.
    """

    month: str
    distance: Fact
    expected: float
    p: float
    before: int
    after: int
    shifts: tuple[Shift, ...]


@dataclass(frozen=True)
class Drift:
    """Cohorts in order of time, and the months with which the process changed.

    Each case is followed for `horizon`; `tested` boundaries between months were looked at, with
    `window` months on either side. `reason` says why nothing could be tested.
    """

    cohorts: tuple[Cohort, ...]
    changes: tuple[Change, ...]
    tested: int
    window: int
    horizon: Span | None
    reason: Text | None = None

    @property
    def notes(self) -> tuple[Note, ...]:
        """A remark for each change, for whoever pools cases over it."""
        return tuple(
            Note("drift", change.before + change.after, say("why.drift", month=change.month))
            for change in self.changes
        )

    def frame(self, lang: Lang = "zh") -> pd.DataFrame:
        """One row a cohort; ``changed`` marks the months with which the way changed."""
        frame = frame_of(self.cohorts, lang)
        changed = {change.month for change in self.changes}
        return frame.assign(changed=[cohort.month in changed for cohort in self.cohorts])

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        told = {
            "tested": self.tested,
            "window_months": self.window,
            "horizon": str(self.horizon) if self.horizon else None,
            "changes": [as_dict(change) for change in self.changes],
            "cohorts": [as_dict(cohort) for cohort in self.cohorts],
            "notes": [note.to_dict() for note in self.notes],
        }
        return told if self.reason is None else told | {"reason": self.reason.to_dict()}

    def __repr__(self) -> str:
        months = ", ".join(change.month for change in self.changes) or "no change seen"
        return f"Drift({len(self.cohorts)} monthly cohorts, {self.tested} boundaries: {months})"


def drift(journey: Journey, rules: Rules | str | Path = "rules") -> Drift:
    """Whether and when the way of the cases changed, over cohorts by month of start."""
    if not isinstance(rules, Rules):
        rules = Rules.load(rules)
    study = Study(journey, rules)
    starts = study.engine.materialise(_starts(journey), "starts")
    cohorts = _cohorts(study, starts)
    horizon = _horizon(study, starts)
    ways = _ways(study, starts, horizon)
    months = sorted({month for month, _way, _n in ways})
    window = min(rules.why.window, (months[-1] - months[0] + 1) // 2) if months else 0
    if window < 1:
        return Drift(cohorts, (), 0, 0, None, say("why.need_months"))
    sample = _sample_of(ways)
    changes, tested = _changes(sample, window, rules)
    return Drift(cohorts, changes, tested, window, Span(horizon / 3.6e9, "h"))


# -- cohorts ---------------------------------------------------------------------------------------


def _starts(journey: Journey) -> ir.Table:
    """Per case: ``start``, ``end`` (of the outcome; null while open), ``month`` (year · 12 + month)."""
    log = journey.log
    first = log.events.filter(_.position == 1)
    local = first.timestamp
    if log.has("utc_offset"):
        local = local + first.utc_offset.fill_null(0).as_interval("m")
    month = (local.year() * 12 + local.month() - 1).cast("int64")
    cases = journey.case_table
    end = cases.outcome_at if journey.outcomes.won is not None else cases.end
    return first.select("case_id", month=month).join(
        cases.select("case_id", "start", end=end), "case_id"
    )


def _named(month: int) -> str:
    return f"{month // 12}-{month % 12 + 1:02}"


def _cohorts(study: Study, starts: ir.Table) -> tuple[Cohort, ...]:
    last = study.journey.log.totals.last_at
    durations = starts.select(
        "month", duration=starts.end.coalesce(last) - starts.start, ended=starts.end.notnull()
    )
    medians = survival.median_survival(study.engine, durations, "month")
    return tuple(Cohort(_named(m), fact.n, fact) for m, fact in sorted(medians.items()))


def _horizon(study: Study, starts: ir.Table) -> int:
    """How long each case is followed (µs): as long as nine of ten of those that end take."""
    ended = starts.filter(_.end.notnull())
    row = study.engine.row(ended.aggregate(long=(_.end - _.start).quantile(DECIDED)))
    first = study.engine.row(starts.aggregate(first=_.start.min())).first
    span = study.journey.log.totals.last_at - first
    return whole(min(row.long or span, span * MOST_OF_SPAN))


def _ways(study: Study, starts: ir.Table, horizon: int) -> list[tuple[int, str, int]]:
    """Month, sequence of activities within the horizon, number of cases; in a fixed order."""
    engine, events = study.engine, study.journey.log.events
    seen = starts.filter(_.start <= study.journey.log.totals.last_at - horizon)
    n = engine.row(seen.aggregate(n=_.count())).n
    if n > SAMPLE:
        bound = f"{round(SAMPLE / n * _HEX):04x}"
        seen = seen.filter(_.case_id.cast("string").hexdigest("md5").substr(0, 4) < bound)
    kept = events.semi_join(seen, "case_id")
    early = kept.filter(kept.at <= kept.case_start + horizon)
    sequences = engine.sequence(early, "activity", by="case_id", order="position")
    counted = (
        sequences.join(seen.select("case_id", "month"), "case_id")
        .group_by("month", "sequence")
        .aggregate(n=_.count())
    )
    return sorted((row.month, row.sequence, row.n) for row in engine.rows(counted))


# -- permutations ----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Sample:
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
        return flat.reshape(self.months, size)


def _sample_of(ways: Sequence[tuple[int, str, int]]) -> _Sample:
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
    return _Sample(
        first=first,
        months=last - first + 1,
        month=np.repeat([month - first for month, *_rest in ways], sizes),
        case=np.repeat(np.arange(len(lengths)), lengths),
        edge=flat[:, 0],
        times=flat[:, 1].astype(float),
        edges=tuple(index),
    )


def _changes(sample: _Sample, window: int, rules: Rules) -> tuple[tuple[Change, ...], int]:
    """Months at which the distance is beyond chance, the surest first, none twice within a window."""
    sizes = np.bincount(sample.month, minlength=sample.months)
    boundaries = [
        b
        for b in range(window, sample.months - window + 1)
        if min(sizes[b - window : b].sum(), sizes[b : b + window].sum()) >= rules.sample.least
    ]
    if not boundaries or not sample.edges:
        return (), 0
    seen = _distances(sample, sample.month, boundaries, window)
    chance = np.random.default_rng(SEED)
    shuffled = np.array(
        [
            _distances(sample, chance.permutation(sample.month), boundaries, window)
            for _round in range(rules.why.permutations)
        ]
    )
    mean, spread = shuffled.mean(axis=0), shuffled.std(axis=0) + 1e-12
    largest = ((shuffled - mean) / spread).max(axis=1)
    score = (seen - mean) / spread
    p = (1 + (largest[:, None] >= score).sum(axis=0)) / (1 + len(largest))
    found: list[Change] = []
    taken: list[int] = []
    for i in sorted(range(len(boundaries)), key=lambda i: (-score[i], i)):
        if p[i] <= rules.sample.fdr and all(abs(boundaries[i] - b) >= window for b in taken):
            taken.append(boundaries[i])
            figures = float(seen[i]), float(mean[i]), float(p[i])
            found.append(_change(sample, boundaries[i], window, figures))
    return tuple(sorted(found, key=lambda change: change.month)), len(boundaries)


def _distances(
    sample: _Sample, month: NDArray[np.int64], boundaries: Sequence[int], window: int
) -> Floats:
    """Jensen–Shannon distance (base 2) between the windows before and after each boundary.

    What follows each activity is compared, every activity weighing the same in both windows: cases
    that a holiday slows down have got less far by the horizon, and yet go the same way.
    """
    from scipy.spatial.distance import jensenshannon

    before, after = _windows(sample.tables(month), boundaries, window)
    left_before, left_after = before @ sample.leaving, after @ sample.leaving
    weight = (left_before + left_after) * ((left_before > 0) & (left_after > 0))
    before = before * (weight / np.maximum(left_before, 1))[:, sample.source]
    after = after * (weight / np.maximum(left_after, 1))[:, sample.source]
    return np.nan_to_num(np.asarray(jensenshannon(before, after, base=2, axis=1), dtype=float))


def _windows(tables: Floats, boundaries: Sequence[int], window: int) -> tuple[Floats, Floats]:
    total = np.concatenate((np.zeros((1, tables.shape[1])), np.cumsum(tables, axis=0)))
    b = np.asarray(boundaries)
    return total[b] - total[b - window], total[b + window] - total[b]


def _change(
    sample: _Sample, boundary: int, window: int, figures: tuple[float, float, float]
) -> Change:
    distance, expected, p = figures
    before, after = (
        w[0] / w[0].sum() for w in _windows(sample.tables(sample.month), [boundary], window)
    )
    most = np.argsort(-np.abs(after - before), kind="stable")[:MOVES]
    sizes = np.bincount(sample.month, minlength=sample.months)
    n_before = int(sizes[boundary - window : boundary].sum())
    n_after = int(sizes[boundary : boundary + window].sum())
    return Change(
        month=_named(sample.first + boundary),
        distance=Fact(distance, "distance", n_before + n_after, "jensen_shannon_base_2"),
        expected=expected,
        p=p,
        before=n_before,
        after=n_after,
        shifts=tuple(Shift(*sample.edges[e], float(before[e]), float(after[e])) for e in most),
    )
