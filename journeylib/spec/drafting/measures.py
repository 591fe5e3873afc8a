"""The measures a draft rests on: each function one question, asked as one aggregate expression."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.engine import SEPARATOR
from journeylib.spec.drafting.cohort import Cohort, last_shown
from journeylib.spec.drafting.quantiles import quantiles
from journeylib.survival import Z95, wilson
from journeylib.terms import Fact

SLA_QUANTILE = 0.8
"""What four of five winning cases achieve today: demanding, yet proven possible."""


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `n`, among the model cases or the lost ones."""

    hits: int
    n: int

    @property
    def value(self) -> float:
        """The share; 0 of 0 is 0, with the interval (0, 1)."""
        return self.hits / self.n if self.n else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval."""
        return wilson(self.hits, self.n)


@dataclass(frozen=True, slots=True)
class Gate:
    """How often something is there when a stage is left: by the model cases, and by the lost ones."""

    model: Share
    lost: Share

    @property
    def lift(self) -> float | None:
        """Share among the model cases over that among the lost; None without any lost."""
        return self.model.value / self.lost.value if self.lost.hits else None

    @property
    def tells_apart(self) -> bool:
        """The lost have it less often: the two 95 % intervals do not overlap."""
        return self.lost.interval[1] < self.model.interval[0]


@dataclass(frozen=True, slots=True)
class Practice:
    """How an activity is done by the model cases: share of those in the stage, and when."""

    share: Share
    elapsed: float


@dataclass(frozen=True, slots=True)
class FirstFilled:
    """Where an attribute is mostly first filled, in how many cases it ever is, and of how many."""

    cases: Share
    stage: str
    department: str | None
    activity: str
    by_activity: Share
    at_start: Share


@dataclass(frozen=True, slots=True)
class Passing:
    """Work passing from one department to another: how often, where, what goes along."""

    source: str
    target: str
    stage: str
    n: int
    latency: Fact
    items: Mapping[str, Share] = field(default_factory=dict)


def practices(cohort: Cohort) -> dict[tuple[str, str], Practice]:
    """(stage, activity) → how many of the model cases in the stage do it, and after how long."""
    log, e = cohort.journey.log, cohort.events.filter(_.model)
    reached = reaching(cohort)
    firsts = e.group_by("case_id", "stage_id", "activity").aggregate(
        elapsed=_.at.min() - _.case_start.min()
    )
    rows = log.engine.rows(
        firsts.group_by("stage_id", "activity").aggregate(n=_.count(), elapsed=_.elapsed.median())
    )
    return {
        (row.stage_id, row.activity): Practice(
            Share(row.n, reached[row.stage_id]), row.elapsed / 3.6e9
        )
        for row in rows
    }


def reaching(cohort: Cohort) -> dict[str, int]:
    """Stage → how many model cases have an event in it."""
    e = cohort.events.filter(_.model)
    rows = cohort.journey.log.engine.rows(e.group_by("stage_id").aggregate(n=_.case_id.nunique()))
    return {row.stage_id: row.n for row in rows}


def gates(cohort: Cohort, facts: ir.Table) -> dict[tuple[str, str], Gate]:
    """(stage, what) → how often `what` of `facts` (``case_id what position``) was so on leaving."""
    engine, visits = cohort.journey.log.engine, cohort.visits
    counts = {"model": _.model.cast("int64").sum(), "lost": _.lost.cast("int64").sum()}
    totals = {
        row.stage_id: row for row in engine.rows(visits.group_by("stage_id").aggregate(**counts))
    }
    there = visits.join(facts, [visits.case_id == facts.case_id, facts.position < visits.left])
    rows = engine.rows(there.group_by("stage_id", "what").aggregate(**counts))
    return {
        (row.stage_id, row.what): Gate(
            Share(int(row.model), int(totals[row.stage_id].model)),
            Share(int(row.lost), int(totals[row.stage_id].lost)),
        )
        for row in rows
    }


def waits(cohort: Cohort) -> dict[str, Fact]:
    """Activity → within what time of the step before `SLA_QUANTILE` of the model cases did it."""
    e = cohort.events.filter(_.model, _.next_activity.notnull())
    durations = e.select(activity=e.next_activity, duration=e.next_at - e.at)
    return quantiles(cohort.journey.log.engine, durations, "activity", SLA_QUANTILE)


def stays(cohort: Cohort) -> dict[str, Fact]:
    """Stage → the time within which `SLA_QUANTILE` of the model cases that went on left it."""
    v = cohort.visits.filter(_.model, _.dwell.notnull())
    durations = v.select("stage_id", duration=v.dwell)
    return quantiles(cohort.journey.log.engine, durations, "stage_id", SLA_QUANTILE)


def first_filled(cohort: Cohort) -> dict[str, FirstFilled]:
    """Attribute → where it is mostly first filled in the model cases."""
    e = cohort.events.filter(_.model)
    department = e.department if "department" in e.columns else ibis.literal(None, type="string")
    places = e.select("case_id", "position", "stage_id", "activity", department=department)
    filled = cohort.known.join(places, ["case_id", "position"])
    rows = cohort.journey.log.engine.rows(
        filled.group_by("what", "stage_id", "activity", "department").aggregate(
            n=_.count(), at_start=(_.position == 1).cast("int64").sum()
        )
    )
    by_attribute: dict[str, list[Any]] = {}
    for row in rows:
        by_attribute.setdefault(row.what, []).append(row)
    total = cohort.journey.log.engine.row(e.aggregate(n=_.case_id.nunique())).n
    return {what: _first(found, total) for what, found in sorted(by_attribute.items())}


def _first(rows: list[Any], total: int) -> FirstFilled:
    cases = sum(row.n for row in rows)
    activity, n = _most(rows, "activity")
    return FirstFilled(
        cases=Share(cases, total),
        stage=_most(rows, "stage_id")[0],
        department=_most(rows, "department")[0],
        activity=activity,
        by_activity=Share(n, cases),
        at_start=Share(int(sum(row.at_start for row in rows)), cases),
    )


def _most(rows: list[Any], column: str) -> tuple[Any, int]:
    """The most frequent value and its count; the first by name among equals."""
    counts: Counter[Any] = Counter()
    for row in rows:
        counts[getattr(row, column)] += int(row.n)
    return min(counts.items(), key=lambda item: (-item[1], str(item[0])))


def workloads(cohort: Cohort) -> dict[tuple[str, str], Share]:
    """(stage, department) → its events of all events of the stage that a department did."""
    e = cohort.events
    if not cohort.journey.log.has("department"):
        return {}
    e = e.filter(e.model, e.department.notnull())
    rows = cohort.journey.log.engine.rows(
        e.group_by("stage_id", "department").aggregate(n=_.count())
    )
    totals: Counter[str] = Counter()
    for row in rows:
        totals[row.stage_id] += row.n
    return {(r.stage_id, r.department): Share(r.n, totals[r.stage_id]) for r in rows}


def passings(cohort: Cohort) -> list[Passing]:
    """Hand-overs between departments over the whole log, and what the receiver then works with.

    An item goes along where it was filled by the time of the hand-over and the receiver shows it
    later in the case.
    """
    log = cohort.journey.log
    if not log.has("department"):
        return []
    passed = _passed(cohort)
    by = ("department", "next_department")
    rows = log.engine.rows(passed.group_by(*by, "stage_id").aggregate(n=_.count()))
    latency = quantiles(
        log.engine, passed.select("pair", duration=_.next_at - _.at), "pair", SLA_QUANTILE
    )
    items = _carried(cohort, passed)
    pairs: dict[tuple[str, str], list[Any]] = {}
    for row in rows:
        pairs.setdefault((row.department, row.next_department), []).append(row)
    return [
        _passing(pair, found, latency[SEPARATOR.join(pair)], items.get(pair, {}))
        for pair, found in sorted(pairs.items())
    ]


def _passing(
    pair: tuple[str, str], rows: list[Any], latency: Fact, items: Mapping[str, int]
) -> Passing:
    n = sum(row.n for row in rows)
    shares = {item: Share(hits, n) for item, hits in sorted(items.items())}
    return Passing(*pair, _most(rows, "stage_id")[0], n, latency, shares)


def _passed(cohort: Cohort) -> ir.Table:
    work = cohort.journey.log.work
    work = work.filter(work.next_department.notnull(), work.department != work.next_department)
    places = cohort.events.select("case_id", "position", "stage_id")
    joined = work.join(places, ["case_id", "position"])
    pair = joined.department + SEPARATOR + joined.next_department
    passed = joined.select(
        *("case_id", "position", "stage_id", "department", "next_department", "at", "next_at"),
        pair=pair,
    )
    return cohort.journey.log.engine.materialise(passed, "passed")


def _carried(cohort: Cohort, passed: ir.Table) -> dict[tuple[str, str], dict[str, int]]:
    """(sender, receiver) → item → hand-overs at which it was known and of use."""
    known, shown = cohort.known, last_shown(cohort)
    before = passed.join(
        known, [passed.case_id == known.case_id, known.position <= passed.position]
    ).select(passed, known.what)
    used = before.join(
        shown,
        [
            before.case_id == shown.case_id,
            before.next_department == shown.department,
            before.what == shown.what,
            shown.position > before.position,
        ],
    ).select(before.department, before.next_department, before.what)
    rows = cohort.journey.log.engine.rows(
        used.group_by("department", "next_department", "what").aggregate(n=_.count())
    )
    carried: dict[tuple[str, str], dict[str, int]] = {}
    for row in rows:
        carried.setdefault((row.department, row.next_department), {})[row.what] = row.n
    return carried


def orders(cohort: Cohort, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Share]:
    """(a, b) → of the model cases that do both activities, how many begin a before b."""
    engine = cohort.journey.log.engine
    if not pairs:
        return {}
    lookup = engine.lookup({"first": [a for a, _b in pairs], "second": [b for _a, b in pairs]})
    model = cohort.events.filter(_.model).select("case_id").distinct()
    done = cohort.done.semi_join(model, "case_id")
    a = done.select("case_id", first=done.what, first_at=done.position)
    b = done.select("case_id", second=done.what, second_at=done.position)
    both = a.join(lookup, "first").join(b, ["case_id", "second"])
    rows = engine.rows(
        both.group_by("first", "second").aggregate(
            n=_.count(), hits=(_.first_at < _.second_at).cast("int64").sum()
        )
    )
    return {(row.first, row.second): Share(int(row.hits), row.n) for row in rows}


def filling(cohort: Cohort, required: Mapping[str, Sequence[str]]) -> dict[str, Fact]:
    """Stage → share of its required attributes that are filled on leaving, over all closed cases.

    Per case first, then the mean with its normal 95 % interval: the fields of one case are not
    independent of each other.
    """
    pairs = [(stage, item) for stage, items in sorted(required.items()) for item in items]
    if not pairs:
        return {}
    engine = cohort.journey.log.engine
    wanted = engine.lookup({"stage_id": [s for s, _i in pairs], "what": [i for _s, i in pairs]})
    due = cohort.visits.filter(_.model | _.lost).join(wanted, "stage_id")
    known = cohort.known.select("case_id", "what", filled_at="position")
    met = due.left_join(known, ["case_id", "what"])
    per_case = met.group_by("stage_id", "case_id").aggregate(
        share=(_.filled_at < _.left).fill_null(False).cast("float64").mean()
    )
    rows = engine.rows(
        per_case.group_by("stage_id").aggregate(
            n=_.count(), mean=_.share.mean(), sd=_.share.std().fill_null(0.0)
        )
    )
    return {row.stage_id: _mean_fact(row.n, row.mean, row.sd) for row in rows}


def _mean_fact(n: int, mean: float, sd: float) -> Fact:
    half = Z95 * sd / math.sqrt(n)
    low, high = max(0.0, mean - half), min(1.0, mean + half)
    return Fact(mean, "share", n, "gate_completeness", ci_low=low, ci_high=high)
