"""What the map asks of the log beyond the facts of the journey: one aggregate a question."""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import ibis
from ibis import _

from journeylib import survival
from journeylib.findings.experience import Experience, experience_of
from journeylib.findings.finding import Findings
from journeylib.findings.rules import Rules
from journeylib.findings.study import Study
from journeylib.findings.touchpoints import Touchpoints, touchpoints_of
from journeylib.journey import Journey
from journeylib.terms import Clock, Fact

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Passed:
    """Hand-overs from one department to another that happen in one stage (that of the taker)."""

    stage: str
    source: str
    target: str
    count: int
    latency: Fact


@dataclass(frozen=True, slots=True)
class Seen:
    """One attribute in one stage: of `known` cases that have it by then, `shown` show it here."""

    attribute: str
    stage: str
    known: int
    shown: int


@dataclass(frozen=True, slots=True)
class Born:
    """Where an attribute is mostly first recorded, and in how many of all cases that have it."""

    attribute: str
    stage: str
    department: str | None
    cases: int
    all: int


@dataclass(frozen=True, eq=False)
class Counts:
    """One journey's answers, each asked for once; the tables are shared with its diagnosis."""

    journey: Journey
    study: Study
    found: Findings | None

    @classmethod
    def of(cls, journey: Journey, findings: Findings | None) -> Counts:
        """Over the study of the findings where they have one, else over one of our own."""
        background = findings.background if findings is not None else None
        study = background.study if background else Study(journey, Rules.load("rules"))
        return cls(journey, study, findings)

    @functools.cached_property
    def touchpoints(self) -> Touchpoints:
        """Stage × channel and the line of visibility."""
        background = self.found.background if self.found is not None else None
        return background.touchpoints if background else touchpoints_of(self.study)

    @functools.cached_property
    def experience(self) -> Experience:
        """The curve in its layers."""
        background = self.found.background if self.found is not None else None
        return background.experience if background else experience_of(self.study)

    @functools.cached_property
    def by_system(self) -> Mapping[Pair, int]:
        """Events by (stage, system)."""
        return self._events_by("stage_id", "system")

    @functools.cached_property
    def endings(self) -> Mapping[Pair, int]:
        """Cases by (stage of their last event, outcome)."""
        journey = self.journey
        last = journey.event_table.group_by("case_id").aggregate(
            stage_id=_.stage_id.argmax(_.position)
        )
        told = last.join(journey.case_table[["case_id", "outcome"]], "case_id")
        rows = journey.log.engine.rows(told.group_by("stage_id", "outcome").aggregate(n=_.count()))
        return {(row.stage_id, row.outcome): row.n for row in rows}

    @functools.cached_property
    def passed(self) -> tuple[Passed, ...]:
        """Hand-overs by stage, the most frequent first."""
        log, stage_of = self.journey.log, {a.name: a.stage for a in self.journey.activities}
        if not log.has("department"):
            return ()
        events = log.work.filter(_.next_department.notnull(), _.department != _.next_department)
        stages = log.engine.lookup(
            {"name": list(stage_of), "taken": list(stage_of.values())}, "taken"
        )
        passed = events.select(
            "department",
            "next_department",
            name=_.next_activity.cast("string"),
            duration=_.next_at - _.at,
        ).join(stages, "name")
        by = ("taken", "department", "next_department")
        medians = survival.medians(log.engine, passed.select(*by, "duration"), by)
        found = [
            Passed(stage, source, target, fact.n, replace(fact, clock=Clock.CALENDAR))
            for (stage, source, target), fact in medians.items()
        ]
        return tuple(sorted(found, key=lambda p: (-p.count, p.stage, p.source, p.target)))

    @functools.cached_property
    def place_of(self) -> Mapping[Pair, str]:
        """The stage in which one department mostly hands over to another."""
        places: dict[Pair, str] = {}
        for one in self.passed:
            places.setdefault((one.source, one.target), one.stage)
        return places

    # -- information -------------------------------------------------------------------------

    @functools.cached_property
    def born(self) -> tuple[Born, ...]:
        """Where each attribute is first recorded."""
        log = self.journey.log
        if not log.attributes:
            return ()
        events = self.journey.event_table
        if not log.has("department"):
            events = events.mutate(department=ibis.null("string"))
        parts = [
            events.filter(events[name].notnull()).group_by("case_id").aggregate(
                attribute=ibis.literal(name),
                stage_id=_.stage_id.argmin(_.position),
                department=_.department.cast("string").argmin(_.position),
            )
            for name in log.attributes
        ]  # fmt: skip
        firsts = ibis.union(*parts) if parts[1:] else parts[0]
        by = ("attribute", "stage_id", "department")
        rows = log.engine.rows(firsts.group_by(*by).aggregate(n=_.count()))
        grouped: dict[str, list[Any]] = defaultdict(list)
        for row in rows:
            grouped[row.attribute].append(row)
        return tuple(_born(name, grouped[name]) for name in log.attributes if grouped[name])

    @functools.cached_property
    def seen(self) -> tuple[Seen, ...]:
        """Of each attribute and stage: in how many cases it is known by then, and shown there."""
        log, events = self.journey.log, self.journey.event_table
        if not log.attributes:
            return ()
        shown = {
            f"shown_{i}": events[name].notnull().cast("int64").max()
            for i, name in enumerate(log.attributes)
        }
        since = {
            f"since_{i}": events.position.min(where=events[name].notnull())
            for i, name in enumerate(log.attributes)
        }
        visits = events.group_by("case_id", "stage_id").aggregate(
            until=events.position.max(), **shown
        )
        firsts = events.group_by("case_id").aggregate(**since)
        met = visits.join(firsts, "case_id")
        sums: dict[str, Any] = {}
        for i in range(len(log.attributes)):
            known = (met[f"since_{i}"] <= met.until).fill_null(False)
            sums[f"k_{i}"], sums[f"s_{i}"] = known.cast("int64").sum(), met[f"shown_{i}"].sum()
        rows = log.engine.rows(met.group_by("stage_id").aggregate(**sums))
        return tuple(
            Seen(name, row.stage_id, int(getattr(row, f"k_{i}")), int(getattr(row, f"s_{i}") or 0))
            for i, name in enumerate(log.attributes)
            for row in sorted(rows, key=lambda r: r.stage_id)
        )

    # -- counting ----------------------------------------------------------------------------

    def _events_by(self, place: str, what: str) -> Counter[Pair]:
        log = self.journey.log
        if not log.has(what):
            return Counter()
        told = self.journey.event_table.filter(_[what].notnull())
        keys = {"a": told[place].cast("string"), "b": told[what].cast("string")}
        rows = log.engine.rows(told.group_by(**keys).aggregate(n=_.count()))
        return Counter({(row.a, row.b): row.n for row in rows})


def _born(name: str, rows: Sequence[Any]) -> Born:
    """The stage that is first most often, and the department that is so there."""
    stages: Counter[str] = Counter()
    for row in rows:
        stages[row.stage_id] += row.n
    stage = max(stages, key=lambda s: (stages[s], s))
    here = [row for row in rows if row.stage_id == stage]
    most = max(here, key=lambda row: (row.n, row.department or ""))
    return Born(name, stage, most.department, stages[stage], sum(stages.values()))
