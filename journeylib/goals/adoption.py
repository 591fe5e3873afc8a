"""Measures of adoption: who works with the systems, how regularly, and how well records are kept."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping

import ibis.expr.types as ir
from ibis import _

from journeylib.goals.measures import share_fact, unknown
from journeylib.journey import Journey
from journeylib.spec.drafting.quantiles import interval_ranks
from journeylib.terms import Fact, say

WEEK = 7 * 86_400_000_000
_MONTH = 4


def _weekly_users(journey: Journey) -> Fact:
    """The median over the whole weeks, those without anybody too; interval by order statistics."""
    weeks = _people(journey)
    if not weeks:
        return unknown("weekly_users", say("goal.few_weeks", n=0, least=1))
    low, _middle, high = interval_ranks(len(weeks), 0.5)
    ranked = dict(enumerate(sorted(weeks), start=1))
    return Fact(
        *(statistics.median(weeks), "person", len(weeks), "median_weekly_users"),
        ci_low=ranked.get(low),
        ci_high=ranked.get(high),
    )


def _regular_use(journey: Journey) -> Fact:
    """The people of a week over those of four weeks: 1 where everybody works every week."""
    weeks = _people(journey)[:_MONTH]
    if len(weeks) < _MONTH:
        return unknown("regular_use", say("goal.few_weeks", n=len(weeks), least=_MONTH))
    month = _dated(journey).aggregate(n=_.resource.nunique(where=_.week < _MONTH))
    everybody = journey.log.engine.row(month).n
    if not everybody:
        return unknown("regular_use", say("goal.no_work"))
    value = statistics.fmean(weeks) / everybody
    return Fact(value, "share", everybody, "weekly_of_four_weeks")


def _people(journey: Journey) -> list[int]:
    """How many were at work in each whole week, the last week first."""
    log = journey.log
    counts = _dated(journey).group_by("week").aggregate(n=_.resource.nunique())
    by_week = {row.week: row.n for row in log.engine.rows(counts)}
    whole = int((log.totals.last - log.totals.first).total_seconds() * 1_000_000) // WEEK
    return [by_week.get(week, 0) for week in range(whole)]


def _dated(journey: Journey) -> ir.Table:
    """Who did something in which week: 0 is the last of the log."""
    seen = _work(journey).filter(_.resource.notnull())
    return seen.select("resource", week=(journey.log.totals.last_at - seen["at"]) // WEEK)


def _work(journey: Journey) -> ir.Table:
    """What people of the house do: no customers, no automation, as far as the log says."""
    events = journey.log.events
    if not journey.log.has("actor"):
        return events
    return events.filter(~_.actor.isin(["customer", "system"]).fill_null(False))


def _fresh_cases(journey: Journey) -> Fact:
    """Of the open cases, those with an event in the last week before the end of observation."""
    edge = journey.log.totals.last_at - WEEK
    cases = journey.case_table.filter(_.outcome == "open")
    row = journey.log.engine.row(
        cases.aggregate(n=_.count(), k=(_.end >= edge).cast("int64").sum())
    )
    if not row.n:
        return unknown("fresh_cases", say("goal.none_open"))
    return share_fact(row.k, row.n, "open_with_event_in_7_days")


def _filled(journey: Journey, measure: str, column: str) -> Fact:
    """The share of what people do for which this is recorded."""
    work = _work(journey)
    row = journey.log.engine.row(work.aggregate(n=_.count(), k=work[column].count()))
    if not row.n:
        return unknown(measure, say("goal.no_work"))
    return share_fact(row.k, row.n, f"filled_{column}")


ADOPTION: Mapping[str, Callable[[Journey], Fact]] = {
    "weekly_users": _weekly_users,
    "regular_use": _regular_use,
    "fresh_cases": _fresh_cases,
    "known_owner": lambda journey: _filled(journey, "known_owner", "resource"),
    "known_channel": lambda journey: _filled(journey, "known_channel", "channel"),
}
