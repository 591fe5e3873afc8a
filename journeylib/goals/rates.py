"""Measures that are no property of single cases: rates in time, ratios of sums, records filled in."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import ibis.expr.types as ir
from ibis import _

from journeylib.goals.adoption import ADOPTION, WEEK
from journeylib.goals.catalogue import activity_name, catalogue
from journeylib.goals.measures import ALL, lacking, mean_fact, measured, unknown
from journeylib.goals.whatif.spans import ways
from journeylib.journey import Journey
from journeylib.spec.drafting import measures
from journeylib.spec.drafting.evidence import Evidence
from journeylib.spec.drafting.stages import required_attributes
from journeylib.survival import Z95
from journeylib.terms import Fact, say

WEEKS_A_QUARTER = 365.25 / 28
LEAST_WEEKS = 6
_SHOWN = 0.05


def rate(journey: Journey, measure: str) -> Fact:
    """The fact of a measure over the whole log."""
    reason = lacking(journey, measure, None)
    return unknown(measure, reason) if reason else _RATES[measure](journey)


def is_rate(measure: str) -> bool:
    """Whether `measure` is taken of the whole log only."""
    return measure in _RATES


def filling(journey: Journey, of: str | None) -> Fact:
    """Information filled in at a stage (by what its exit criteria ask), or on an activity's records."""
    if reason := lacking(journey, "filling", of):
        return unknown("filling", reason)
    activity = activity_name(journey, of)
    if activity in journey.activity_names:
        return _record_filling(journey, str(activity))
    found = stage_filling(journey).get(of or "")
    return found or unknown("filling", say("goal.nothing_required"))


def stage_filling(journey: Journey) -> Mapping[str, Fact]:
    """Stage → information filled in, as a drafted specification measures it."""
    if not journey.log.attributes:
        return {}
    evidence = Evidence.gather(journey, None, ())
    required = {stage.id: required_attributes(evidence, stage.id) for stage in evidence.stages}
    return measures.filling(evidence.cohort, required)


def _record_filling(journey: Journey, activity: str) -> Fact:
    log = journey.log
    e = log.events.filter(_.activity == activity)
    counts = {f"n_{i}": e[name].count() for i, name in enumerate(log.attributes)}
    row = log.engine.row(e.aggregate(all=e.count(), **counts))
    shown = [n for i, n in enumerate(log.attributes) if row[i + 1] >= max(1, _SHOWN * row.all)]
    if not shown:
        return unknown("filling", say("goal.shows_nothing", activity=activity))
    filled = sum(
        (e[name].notnull().cast("float64") for name in shown[1:]),
        start=e[shown[0]].notnull().cast("float64"),
    )
    per_case = e.group_by("case_id").aggregate(share=(filled / len(shown)).mean())
    found = log.engine.row(
        per_case.aggregate(n=_.count(), mean=_.share.mean(), sd=_.share.std().fill_null(0.0))
    )
    fact = mean_fact(found.n, found.mean, found.sd, "share", "record_filling")
    return Fact(
        fact.value,
        "share",
        fact.n,
        fact.method,
        ci_low=fact.ci_low,
        ci_high=min(1.0, fact.ci_high or 1.0),
    )


# -- rates in time ---------------------------------------------------------------------------------


def _new_cases(journey: Journey) -> Fact:
    starts = journey.case_table.select(at=_.start, value=1.0)
    return _weekly(journey, "new_cases", starts, 1.0)


def _won_cases(journey: Journey) -> Fact:
    return _weekly(journey, "won_cases", _won(journey).mutate(value=1.0), WEEKS_A_QUARTER)


def _won_amount(journey: Journey) -> Fact:
    amounts = _amounts(journey)
    won = _won(journey).join(amounts, "case_id").select("at", value=_.amount)
    return _weekly(journey, "won_amount", won, WEEKS_A_QUARTER)


def _won(journey: Journey) -> ir.Table:
    return journey.case_table.filter(_.outcome == "won").select("case_id", at=_.outcome_at)


def _amounts(journey: Journey) -> ir.Table:
    """The last known amount of each case that has one."""
    e = journey.log.events
    known = e.filter(e.amount.notnull())
    return known.group_by("case_id").aggregate(
        amount=known.amount.argmax(known.position).cast("float64")
    )


def _weekly(journey: Journey, measure: str, happened: ir.Table, scale: float) -> Fact:
    """Mean of the whole weeks of the log (``at``, ``value``), times `scale`; weeks without count 0."""
    engine, last = journey.log.engine, journey.log.totals.last_at
    first = engine.row(journey.case_table.aggregate(at=_.start.min())).at
    weeks = (last - first) // WEEK
    if weeks < LEAST_WEEKS:
        return unknown(measure, say("goal.few_weeks", n=weeks, least=LEAST_WEEKS))
    week = ((happened["at"] - first).cast("float64") / WEEK).floor().cast("int64")
    sums = happened.mutate(week=week).filter(_.week < weeks).group_by("week")
    sums = sums.aggregate(value=_.value.sum(), n=_.count())
    row = engine.row(
        sums.aggregate(total=_.value.sum(), squares=(_.value * _.value).sum(), n=_.n.sum())
    )
    total, squares, n = float(row.total or 0), float(row.squares or 0), int(row.n or 0)
    variance = max(0.0, (squares - total * total / weeks) / (weeks - 1))
    mean = total / weeks * scale
    half = Z95 * math.sqrt(variance / weeks) * scale
    unit = catalogue()[measure].unit
    return Fact(mean, unit, n, "mean_of_weeks", ci_low=max(0.0, mean - half), ci_high=mean + half)


# -- ratios ----------------------------------------------------------------------------------------


def _logging(journey: Journey) -> Fact:
    """Ratio of sums over cases; interval after Cochran 1977, section 6.4."""
    touches = _own_touches(journey)
    w = ways(journey).mutate(weeks=_.duration.cast("float64") / WEEK)
    both = w.left_join(touches, "case_id").select("weeks", n=_.touches.fill_null(0).cast("float64"))
    row = journey.log.engine.row(
        both.aggregate(
            cases=_.count(), x=_.weeks.sum(), y=_.n.sum(),
            xx=(_.weeks * _.weeks).sum(), xy=(_.weeks * _.n).sum(), yy=(_.n * _.n).sum(),
        )
    )  # fmt: skip
    if not row.x:
        return unknown("logging", say("goal.no_time"))
    value = row.y / row.x
    spread = max(0.0, row.yy - 2 * value * row.xy + value * value * row.xx)
    half = Z95 * math.sqrt(spread * row.cases / max(1, row.cases - 1)) / row.x
    return Fact(
        value, "event/week", int(row.cases), "ratio_of_sums",
        ci_low=max(0.0, value - half), ci_high=value + half,
    )  # fmt: skip


def _own_touches(journey: Journey) -> ir.Table:
    """Contacts that are not the customer's, until the outcome."""
    e = journey.event_table.filter(_.channel.notnull())
    if journey.log.has("actor"):
        e = e.filter((e.actor != "customer").fill_null(True))
    e = e.select("case_id", "at").join(ways(journey), "case_id")
    until = e.entered + e.duration
    return e.filter(e["at"] <= until).group_by("case_id").aggregate(touches=_.count())


def _velocity(journey: Journey) -> Fact:
    """Relative variances of the factors add up (delta method)."""
    rate_of, cycle = measured(journey, "win_rate")[ALL], measured(journey, "cycle_time")[ALL]
    won = _won(journey).join(_amounts(journey), "case_id")
    row = journey.log.engine.row(
        won.aggregate(n=_.count(), mean=_.amount.mean(), sd=_.amount.std().fill_null(0.0))
    )
    if rate_of.value is None or not cycle.value or not row.n:
        return unknown("velocity", say("goal.no_velocity"))
    value = (journey.outcomes.open or 0) * rate_of.value * row.mean / (cycle.value / 24)
    parts = [
        _relative(rate_of),
        _relative(cycle),
        row.sd / math.sqrt(row.n) / row.mean if row.mean else 0.0,
    ]
    n = rate_of.n
    if any(part is None for part in parts):
        return Fact(value, "amount/d", n, "product_of_factors")
    factor = math.exp(Z95 * math.sqrt(sum((part or 0.0) ** 2 for part in parts)))
    return Fact(
        value, "amount/d", n, "product_of_factors", ci_low=value / factor, ci_high=value * factor
    )


def _relative(fact: Fact) -> float | None:
    """The standard error relative to the value, from the interval."""
    if not fact.value or fact.ci_low is None or fact.ci_high is None:
        return None
    return (fact.ci_high - fact.ci_low) / (2 * Z95) / fact.value


_RATES: Mapping[str, Callable[[Journey], Fact]] = {
    "new_cases": _new_cases,
    "won_cases": _won_cases,
    "won_amount": _won_amount,
    "logging": _logging,
    "velocity": _velocity,
    **ADOPTION,
}
