"""The indicators of a project with today's values: of the business, of the process, of adoption."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import ibis.expr.types as ir
from ibis import _

from journeylib.journey import Journey
from journeylib.lifecycle import UNMAPPED
from journeylib.spec.model import TargetSpec
from journeylib.survival import wilson
from journeylib.terms import Fact, Text, plain, say

Family = Literal["business", "process", "adoption"]
_WEEK = 7 * 86_400_000_000
_MONTH = 4


@dataclass(frozen=True, slots=True)
class Kpi:
    """An indicator: what it means, and its value in the log (or why it cannot be measured there)."""

    id: str
    family: Family
    name: Text
    definition: Text
    baseline: Fact

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {name: plain(getattr(self, name)) for name in self.__dataclass_fields__}


def kpis(journey: Journey, spec: TargetSpec | None = None) -> tuple[Kpi, ...]:
    """All indicators; those of the goals of `spec` among them."""
    return (*_business(journey), *_process(journey, spec), *adoption(journey))


def _kpi(id: str, family: Family, baseline: Fact, **values: object) -> Kpi:
    name, definition = (say(f"project.kpi_{id}{part}", **values) for part in ("", "_def"))
    return Kpi(id, family, name, definition, baseline)


def _business(journey: Journey) -> Iterator[Kpi]:
    yield _kpi("win_rate", "business", _win_rate(journey))
    yield _kpi("cycle_time", "business", journey.cycle_time)


def _win_rate(journey: Journey) -> Fact:
    found = journey.outcomes
    if found.won is None or found.lost is None:
        return Fact.unknown("share", found.reason or say("journey.no_outcome"))
    return _share(found.won, found.won + found.lost, "won_of_closed", "project.no_closed")


def _share(hits: int, n: int, method: str, missing: str) -> Fact:
    if not n:
        return Fact.unknown("share", say(missing), method=method)
    low, high = wilson(hits, n)
    return Fact(hits / n, "share", n, method, ci_low=low, ci_high=high)


def _process(journey: Journey, spec: TargetSpec | None) -> Iterator[Kpi]:
    """There is nothing to convert to after the last stage."""
    staged = [stage for stage in journey.stages if stage.id != UNMAPPED]
    for stage in staged:
        if stage != staged[-1]:
            yield _kpi("conversion", "process", stage.conversion, stage=stage.name)
        yield _kpi("dwell", "process", stage.dwell, stage=stage.name)
    for part in spec.stages if spec else ():
        for goal in part.goals:
            if goal.measure == "filling":
                yield Kpi(goal.id, "process", goal.name, goal.definition, goal.baseline)


# -- adoption --------------------------------------------------------------------------------------


def adoption(journey: Journey) -> tuple[Kpi, ...]:
    """Who works with the systems, how regularly, and whether records are kept up to date."""
    weekly, regular = _users(journey)
    return (
        _kpi("weekly_users", "adoption", weekly),
        _kpi("regular_use", "adoption", regular),
        _kpi("fresh_cases", "adoption", _fresh(journey)),
        _kpi("known_owner", "adoption", _filled(journey, "resource")),
        _kpi("known_channel", "adoption", _filled(journey, "channel")),
    )


def _users(journey: Journey) -> tuple[Fact, Fact]:
    """People at work in a week (median over whole weeks), and that over those of four weeks."""
    log = journey.log
    if not log.has("resource"):
        missing = say("project.no_resource")
        return Fact.unknown("person", missing), Fact.unknown("share", missing)
    seen = _work(journey).filter(_.resource.notnull())
    dated = seen.select("resource", week=(log.totals.last_at - seen.at) // _WEEK)
    counts = dated.group_by("week").aggregate(n=_.resource.nunique())
    month = dated.aggregate(n=_.resource.nunique(where=_.week < _MONTH))
    whole = int((log.totals.last - log.totals.first).total_seconds() * 1_000_000) // _WEEK
    by_week = {row.week: row.n for row in log.engine.rows(counts)}
    weeks = [by_week.get(week, 0) for week in range(whole)]
    if not weeks:
        short = say("project.volume_unknown")
        return Fact.unknown("person", short), Fact.unknown("share", short)
    weekly = Fact(statistics.median(weeks), "person", len(weeks), "median_weekly_users")
    return weekly, _regular(weeks[:_MONTH], log.engine.row(month).n)


def _regular(weeks: list[int], everybody: int) -> Fact:
    if len(weeks) < _MONTH or not everybody:
        return Fact.unknown("share", say("project.no_month"), method="weekly_of_four_weeks")
    value = statistics.fmean(weeks) / everybody
    return Fact(value, "share", everybody, "weekly_of_four_weeks")


def _work(journey: Journey) -> ir.Table:
    """What people of the house do: no customers, no automation, as far as the log says."""
    events = journey.log.events
    if not journey.log.has("actor"):
        return events
    return events.filter(~_.actor.isin(["customer", "system"]).fill_null(False))


def _fresh(journey: Journey) -> Fact:
    """Of the open cases, those with an event in the last week before the end of observation."""
    if journey.outcomes.won is None:
        return Fact.unknown("share", journey.outcomes.reason or say("journey.no_outcome"))
    edge = journey.log.totals.last_at - _WEEK
    cases = journey.case_table.filter(_.outcome == "open")
    row = journey.log.engine.row(
        cases.aggregate(n=_.count(), k=(_.end >= edge).cast("int64").sum())
    )
    return _share(row.k or 0, row.n, "open_with_event_in_7_days", "project.no_open")


def _filled(journey: Journey, column: str) -> Fact:
    """The share of what people do for which this is recorded."""
    if not journey.log.has(column):
        return Fact.unknown("share", say("project.no_column", column=column))
    work = _work(journey)
    row = journey.log.engine.row(work.aggregate(n=_.count(), k=work[column].count()))
    return _share(row.k or 0, row.n, f"filled_{column}", "project.no_work")
