"""How each measure of the catalogue is taken, over all cases or per class of them.

`measured` is the one door: measure, place, and a table ``case_id g`` that says to which class a case
belongs. Every figure comes with n and a 95 % interval, or with the reason why there is none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib import survival
from journeylib.goals.catalogue import activity_name, catalogue, keywords
from journeylib.goals.whatif.spans import stays_of, ways
from journeylib.journey import Journey
from journeylib.lifecycle import matches
from journeylib.terms import Clock, Fact, Span, Text, say

HORIZON = Span(90, "d")
_YEAR = Span(365, "d")
_DAY = 86_400_000_000

Facts = Mapping[Any, Fact]
"""By class; `ALL` where there is only one."""

ALL = "all"

COLUMNS = ("actor", "amount", "channel", "resource")
"""What an entry of the catalogue may need besides outcome and attributes."""


def everyone(journey: Journey) -> ir.Table:
    """All cases as one class."""
    return journey.case_table.select("case_id", g=ibis.literal(ALL))


def measured(
    journey: Journey,
    measure: str,
    of: str | None = None,
    groups: ir.Table | None = None,
    horizon: Span | None = HORIZON,
) -> Facts:
    """The facts of `measure` at `of` (stage id or activity) per class; none for an empty class.

    A conversion is that within `horizon`; without one, whenever it happens.
    """
    if (reason := lacking(journey, measure, of)) is not None:
        return {ALL: unknown(measure, reason)}
    spans = _SPANS.get(measure)
    if spans is None:
        raise AssertionError(f"{measure} is no measure per case")
    table = spans(journey, of).join(everyone(journey) if groups is None else groups, "case_id")
    if catalogue()[measure].unit == "h":
        return _medians(journey, table)
    return (
        _win_rates(journey, table)
        if measure == "win_rate"
        else _shares(journey, table, _YEAR if measure == "repeat" else horizon)
    )


def is_by_case(measure: str) -> bool:
    """Whether classes of cases can be compared by `measure`."""
    return measure in _SPANS


def unknown(measure: str, reason: Text) -> Fact:
    """The fact that `measure` cannot be taken."""
    entry = catalogue()[measure]
    clock = Clock.CALENDAR if entry.unit == "h" else None
    return Fact.unknown(entry.unit, reason, method=measure, clock=clock)


def lacking(journey: Journey, measure: str, of: str | None) -> Text | None:
    """Why the log cannot tell `measure`; None where it can."""
    entry = catalogue()[measure]
    for need in entry.needs:
        if need == "outcome" and journey.outcomes.won is None:
            return journey.outcomes.reason or say("journey.no_outcome")
        if need == "attributes" and not journey.log.attributes:
            return say("goal.need_attributes")
        if need in COLUMNS and not journey.log.has(need):
            return say("goal.need_column", column=say(f"goal.column_{need}"))
    if measure == "repeat" and not _repurchases(journey):
        return say("goal.need_repurchase")
    if entry.of != "case" and of is None:
        return say(f"goal.need_{entry.of}")
    return None


# -- what is timed ---------------------------------------------------------------------------------


def _stays_of(journey: Journey, of: str | None) -> ir.Table:
    return stays_of(journey).filter(_.stage_id == of)


def _waits(journey: Journey, of: str | None) -> ir.Table:
    e = journey.event_table.filter(_.next_activity == activity_name(journey, of))
    return e.select("case_id", duration=e.next_at - e["at"], cause=1)


def _responses(journey: Journey, _of: str | None) -> ir.Table:
    """From the customer's first event to the first of the staff after it, or to when that is open."""
    e = journey.event_table
    asked = e.filter(e.actor == "customer").group_by("case_id").aggregate(asked=_["at"].min())
    staff = e.filter(e.actor == "staff").select("case_id", "at")
    later = staff.join(asked, "case_id").filter(_["at"] >= _.asked)
    answered = later.group_by("case_id").aggregate(answered=_["at"].min())
    both = asked.left_join(answered, "case_id").drop("case_id_right")
    both = both.join(journey.case_table.select("case_id", "outcome_at"), "case_id")
    until = both.answered.coalesce(both.outcome_at, ibis.literal(journey.log.totals.last_at))
    return both.select(
        "case_id",
        duration=ibis.greatest(until - both.asked, 0),
        cause=both.answered.notnull().cast("int64"),
    )


def _repurchases(journey: Journey) -> list[str]:
    return sorted(n for n in journey.activity_names if matches(n, keywords("repurchase")))


def _repeats(journey: Journey, _of: str | None) -> ir.Table:
    """From winning to the next purchase, of the won cases; else to the end of the log."""
    c = journey.case_table.filter(_.outcome == "won").select("case_id", "outcome_at")
    again = journey.event_table.filter(_.activity.cast("string").isin(_repurchases(journey)))
    later = again.select("case_id", "at").join(c, "case_id").filter(_["at"] > _.outcome_at)
    next_at = later.group_by("case_id").aggregate(again=_["at"].min())
    both = c.left_join(next_at, "case_id").drop("case_id_right")
    until = both.again.coalesce(ibis.literal(journey.log.totals.last_at))
    return both.select(
        "case_id", duration=until - both.outcome_at, cause=both.again.notnull().cast("int64")
    )


_SPANS: Mapping[str, Callable[[Journey, str | None], ir.Table]] = {
    "cycle_time": lambda journey, _of: ways(journey),
    "win_rate": lambda journey, _of: ways(journey),
    "dwell": _stays_of,
    "conversion": _stays_of,
    "wait": _waits,
    "response_time": _responses,
    "repeat": _repeats,
}


# -- facts per class -------------------------------------------------------------------------------


def _medians(journey: Journey, table: ir.Table) -> Facts:
    timed = table.select("g", "duration", ended=table.cause > 0)
    return survival.median_survival(journey.log.engine, timed, "g")


def _shares(journey: Journey, table: ir.Table, horizon: Span | None) -> Facts:
    """Cumulative incidence at the horizon: what lasts longer is open there."""
    timed, method = table.select("g", "duration", "cause"), "cumulative_incidence"
    if horizon is not None:
        limit, method = round(horizon.seconds * 1e6), f"{method}_at_{horizon}"
        timed = timed.mutate(
            duration=ibis.least(_.duration, limit), cause=(_.duration <= limit).ifelse(_.cause, 0)
        )
    return {
        g: Fact(
            *(share.value, "share", share.n, method),
            censored=share.censored,
            ci_low=share.ci_low,
            ci_high=share.ci_high,
        )
        for g, share in survival.incidence(journey.log.engine, timed, "g").items()
    }


def _win_rates(journey: Journey, table: ir.Table) -> Facts:
    counted = table.group_by("g").aggregate(
        won=(_.cause == 1).cast("int64").sum(),
        lost=(_.cause == 2).cast("int64").sum(),
        open=(_.cause == 0).cast("int64").sum(),
    )
    return {row.g: _win_rate(row) for row in journey.log.engine.rows(counted)}


def _win_rate(row: Any) -> Fact:
    closed = int(row.won + row.lost)
    if not closed:
        return replace(unknown("win_rate", say("goal.none_closed")), censored=int(row.open))
    return replace(share_fact(row.won, closed, "won_of_closed_wilson"), censored=int(row.open))


def share_fact(hits: int, n: int, method: str) -> Fact:
    """A share of `n` with its Wilson interval."""
    low, high = survival.wilson(hits, n)
    return Fact(hits / n, "share", n, method, ci_low=low, ci_high=high)


def mean_fact(n: int, mean: float, sd: float, unit: str, method: str) -> Fact:
    """A mean with its normal 95 % interval; never below 0."""
    half = survival.Z95 * sd / math.sqrt(n)
    return Fact(mean, unit, n, method, ci_low=max(0.0, mean - half), ci_high=mean + half)
