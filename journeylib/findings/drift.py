"""Drift: whether cases that start later take another way than those that started before.

Cases are put into cohorts by the month of their start, never by that of their end: what closes in a
month is a mixture of starts. Of each case only what happens within the same time of its start counts,
and only cases seen for that long, so that the last cohorts do not look different for being young.
Two windows of months are compared by the Jensen–Shannon distance of their directly-follows moves
(Lin 1991), against the same with the cases' months permuted; the largest distance over all boundaries
sets the bar for each of them (Westfall & Young 1993). After Bose et al. 2014 and Maaradji et al. 2015.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis.expr.types as ir
from ibis import _

from journeylib import survival
from journeylib.findings.landmarks import DECIDED, whole
from journeylib.findings.permuting import Break, Shift, breaks, sample_of
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
    sample = sample_of(ways)
    found, tested = breaks(
        sample,
        window,
        least=rules.sample.least,
        permutations=rules.why.permutations,
        level=rules.sample.fdr,
    )
    changes = tuple(_change(one, sample.first) for one in found)
    return Drift(cohorts, changes, tested, window, Span(horizon / 3.6e9, "h"))


def _change(one: Break, first: int) -> Change:
    n = one.before + one.after
    return Change(
        month=_named(first + one.month),
        distance=Fact(one.distance, "distance", n, "jensen_shannon_base_2"),
        expected=one.expected,
        p=one.p,
        before=one.before,
        after=one.after,
        shifts=one.shifts,
    )


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
