"""`mine`: from ordered events to a `Journey`. One aggregate a fact, no row in Python but results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import Deferred, _

from journeylib import survival
from journeylib.calendars import Calendar
from journeylib.engine import SEPARATOR
from journeylib.errors import UsageError
from journeylib.journey import (
    ActivityFacts,
    Handover,
    Journey,
    Move,
    Outcomes,
    StageFacts,
    Touchpoint,
    Variant,
)
from journeylib.lifecycle import UNMAPPED, Lifecycle
from journeylib.log import EventLog
from journeylib.staging import Staging, stage_events
from journeylib.survival import hours
from journeylib.terms import Clock, Fact, Wait, say
from journeylib.worktime import Worktime

TOP_VARIANTS = 50


def mine(
    log: EventLog,
    lifecycle: Lifecycle | str | Path = "b2b",
    calendar: Calendar | str | Path | None = None,
) -> Journey:
    """Mine the journey of `log`, its activities put into the stages of `lifecycle`.

    Stages come from the log's ``stage`` column where it has one (matched to the lifecycle's by name;
    names it does not know become stages of their own, in the order cases reach them), otherwise from
    the lifecycle's keywords. Activities that fit no stage are kept under ``unmapped``.

    With a `calendar` (its shipped name, a file or a `Calendar`) durations are also measured in
    working time.
    """
    if not isinstance(lifecycle, Lifecycle):
        lifecycle = Lifecycle.load(lifecycle)
    if log.totals.cases == 0:
        steps = ", ".join(log.recipe) or "none"
        raise UsageError(f"there is no event left to mine (filters: {steps}).")
    if calendar is not None and not isinstance(calendar, Calendar):
        calendar = Calendar.load(calendar)
    staging = stage_events(log, lifecycle)
    work = None if calendar is None else Worktime.of(log, calendar)
    events = staging.events
    if work is not None:
        events = log.engine.materialise(work.with_waits(events), "worked")
    cases = _cases(log, events)
    visits = _visits(log, events)
    profile = _profile(log, events)
    decided = _is_decided(log, staging)
    variants = _variants(log)
    return Journey(
        log=log,
        lifecycle=lifecycle,
        event_table=events,
        case_table=cases,
        visit_table=visits,
        variant_table=variants,
        stages=_stages(log, staging, visits, cases, decided=decided),
        activities=_activities(log, staging, profile),
        moves=_moves(log, events, working=work is not None),
        handovers=_handovers(log, events, work),
        variants=_top_variants(log, variants),
        variant_count=log.engine.row(variants.aggregate(n=variants.count())).n,
        touchpoints=_touchpoints(log, events),
        outcomes=_outcomes(log, cases, decided=decided),
        cycle_time=_cycle_time(log, cases, decided=decided),
        coverage=_coverage(profile),
        notes=(*staging.notes, *(work.notes if work else ())),
        calendar=calendar,
        cycle_time_working=_cycle_time_working(log, events, cases, decided=decided)
        if work
        else None,
    )


# -- tables for further questions ----------------------------------------------------------------


def _cases(log: EventLog, events: ir.Table) -> ir.Table:
    """One row per case; its outcome from the column or, without one, from the rules."""
    won_at, lost_at = (events.at.min(where=events.decides == word) for word in ("won", "lost"))
    columns = {
        "start": events.at.min(),
        "end": events.at.max(),
        "events": events.count(),
        "won_at": won_at,
        "lost_at": lost_at,
    }
    for name in ("outcome", "segment"):
        if log.has(name):
            told = events[name].notnull()
            columns[name] = events[name].argmax(events.position, where=told)
    cases = events.group_by("case_id").aggregate(**columns)
    by_rule = ibis.cases(
        (cases.won_at.notnull(), "won"), (cases.lost_at.notnull(), "lost"), else_="open"
    )
    outcome = cases.outcome.fill_null("open") if log.has("outcome") else by_rule
    cases = cases.mutate(outcome=outcome)
    outcome_at = ibis.cases(
        (cases.outcome == "won", cases.won_at.coalesce(cases.end)),
        (cases.outcome == "lost", cases.lost_at.coalesce(cases.end)),
    )
    kept = cases.mutate(outcome_at=outcome_at).drop("won_at", "lost_at")
    return log.engine.materialise(kept, "cases")


def _visits(log: EventLog, events: ir.Table) -> ir.Table:
    """One row per case and stage reached: when entered, last event, how many.

    By keywords, "closed lost" is a word of the purchase stage; recording a loss is not reaching it.
    """
    reached = events if log.has("stage") else events.filter(_.decides != "lost")
    return log.engine.materialise(
        reached.group_by("case_id", "stage_id").aggregate(
            rank=_.stage_rank.min(), entered=_.at.min(), last=_.at.max(), events=_.count()
        ),
        "visits",
    )


def _variants(log: EventLog) -> ir.Table:
    sequences = log.engine.sequence(log.events, "activity", by="case_id", order="position")
    counted = sequences.group_by("sequence").aggregate(cases=_.count())
    return log.engine.materialise(counted, "variants")


# -- facts ---------------------------------------------------------------------------------------


def _is_decided(log: EventLog, staging: Staging) -> bool:
    return log.has("outcome") or staging.rules_decide


def _outcomes(log: EventLog, cases: ir.Table, *, decided: bool) -> Outcomes:
    if not decided:
        return Outcomes(None, None, None, say("journey.no_outcome"))
    counts = {
        row.outcome: row.n
        for row in log.engine.rows(cases.group_by("outcome").aggregate(n=_.count()))
    }
    return Outcomes(*(counts.get(word, 0) for word in ("won", "lost", "open")))


def _cycle_time(log: EventLog, cases: ir.Table, *, decided: bool) -> Fact:
    """Median time from the first event to the outcome; open cases are censored at the log's end."""
    if not decided:
        spans = cases.select(all=ibis.literal(1), duration=cases.end - cases.start)
        [fact] = survival.medians(log.engine, spans, ("all",)).values()
        return replace(fact, method="first_to_last_event_median", censored=None)
    closed = cases.outcome_at.notnull()
    duration = cases.outcome_at.coalesce(log.totals.last_at) - cases.start
    durations = cases.select(all=ibis.literal(1), duration=duration, ended=closed)
    [fact] = survival.median_survival(log.engine, durations, "all").values()
    return fact


def _cycle_time_working(log: EventLog, events: ir.Table, cases: ir.Table, *, decided: bool) -> Fact:
    """The cycle time in working time by the default hours, as `_cycle_time` measures it."""
    decisions = cases.select("case_id", "outcome_at")
    e = events.select("case_id", "at", "worked").join(decisions, "case_id")
    counted = e.at <= e.outcome_at if decided else ibis.literal(True)
    spans = e.group_by("case_id").aggregate(
        begun=e.worked.min(), until=e.worked.max(where=counted), ended=e.outcome_at.notnull().any()
    )
    if not decided:
        plain = spans.select(all=ibis.literal(1), duration=spans.until - spans.begun)
        [fact] = survival.medians(log.engine, plain, ("all",)).values()
        return replace(
            fact, method="first_to_last_event_median", censored=None, clock=Clock.WORKING
        )
    last = log.engine.row(events.aggregate(worked=events.worked.max())).worked
    duration = spans.until.coalesce(last) - spans.begun
    durations = spans.select("ended", all=ibis.literal(1), duration=duration)
    [fact] = survival.median_survival(log.engine, durations, "all").values()
    return replace(fact, clock=Clock.WORKING)


def _stages(
    log: EventLog, staging: Staging, visits: ir.Table, cases: ir.Table, *, decided: bool
) -> tuple[StageFacts, ...]:
    left = survival.exits(log.engine, stays(log, visits, cases), by="stage_id")
    sizes = {
        row.stage_id: row
        for row in log.engine.rows(
            visits.group_by("stage_id").aggregate(cases=_.count(), events=_.events.sum())
        )
    }
    return tuple(
        StageFacts(
            id=stage,
            name=staging.names[stage],
            rank=rank,
            cases=sizes[stage].cases if stage in sizes else 0,
            events=int(sizes[stage].events) if stage in sizes else 0,
            conversion=_conversion(left.get(stage), last=staging.is_last(stage), decided=decided),
            dwell=left[stage].median if stage in left else _never_reached("h"),
        )
        for rank, stage in enumerate(staging.order)
    )


def stays(log: EventLog, visits: ir.Table, cases: ir.Table) -> ir.Table:
    """Each visit of a stage as a duration: to a further stage or winning (1), loss (2), open (0).

    A case that had been further before it came here has gone on at once. What belongs to no stage
    leads nowhere: it is no further stage.
    """
    further = ibis.window(group_by="case_id", order_by="rank", rows=(1, None))
    staged = (visits.stage_id != UNMAPPED).ifelse(visits.entered, None)
    visits = visits.mutate(onward_at=staged.min().over(further))
    v = visits.join(cases.select("case_id", "outcome", "outcome_at"), "case_id")
    decides_here = v.outcome_at >= v.entered
    won_at = ((v.outcome == "won") & decides_here).ifelse(v.outcome_at, None)
    lost_at = (v.outcome == "lost").ifelse(v.outcome_at, None)
    advanced_at = ibis.least(v.onward_at.coalesce(won_at), won_at.coalesce(v.onward_at))
    cause = ibis.cases((advanced_at.notnull(), 1), (lost_at.notnull(), 2), else_=0)
    until = advanced_at.coalesce(lost_at, ibis.literal(log.totals.last_at))
    stay = ibis.greatest(until - v.entered, 0)
    return v.select("case_id", "stage_id", duration=stay, cause=cause)


def _never_reached(unit: str) -> Fact:
    return Fact.unknown(unit, say("journey.never_reached"))


def _conversion(left: survival.Exits | None, *, last: bool, decided: bool) -> Fact:
    """Competing risks where outcomes are known; without them nothing tells lost from open."""
    if left is None:
        return _never_reached("share")
    share, method = left.share, "cumulative_incidence"
    if last:
        return Fact.unknown("share", say("journey.last_stage"), n=share.n, method=method)
    if not decided:
        low, high = survival.wilson(share.events, share.n)
        plain, method = share.events / share.n, "share_of_cases"
        return Fact(plain, "share", share.n, method, ci_low=low, ci_high=high)
    return Fact(
        share.value,
        "share",
        share.n,
        method,
        censored=share.censored,
        ci_low=share.ci_low,
        ci_high=share.ci_high,
    )


def _profile(log: EventLog, events: ir.Table) -> list[Any]:
    """Events per activity × stage × channel × department × system × actor, as far as they exist."""
    keys = [name for name in ("channel", "department", "system", "actor") if log.has(name)]
    return log.engine.rows(events.group_by("activity", "stage_id", *keys).aggregate(n=_.count()))


def _coverage(profile: Iterable[Any]) -> float:
    mapped = sum(row.n for row in profile if row.stage_id != UNMAPPED)
    total = sum(row.n for row in profile)
    return mapped / total if total else 0.0


def _activities(
    log: EventLog, staging: Staging, profile: Sequence[Any]
) -> tuple[ActivityFacts, ...]:
    e = staging.events
    counted = log.engine.rows(
        e.group_by("activity").aggregate(
            events=_.count(),
            cases=_.case_id.nunique(),
            starts=(_.position == 1).cast("int64").sum(),
            ends=_.next_activity.isnull().cast("int64").sum(),
            elapsed=(_.at - _.case_start).median(),
            decides=_.decides.max(),
        )
    )
    by_activity: dict[str, list[Any]] = {}
    for row in profile:
        by_activity.setdefault(row.activity, []).append(row)
    facts = [
        ActivityFacts(
            name=row.activity,
            stage=_mode(by_activity[row.activity], "stage_id") or UNMAPPED,
            events=row.events,
            cases=row.cases,
            starts=row.starts,
            ends=row.ends,
            elapsed=row.elapsed / 3.6e9,
            channel=_mode(by_activity[row.activity], "channel"),
            department=_mode(by_activity[row.activity], "department"),
            system=_mode(by_activity[row.activity], "system"),
            customer_share=_share_of(by_activity[row.activity], "actor", "customer"),
            repeatable=staging.lifecycle.is_repeatable(row.activity),
            decides=row.decides or None,
        )
        for row in counted
    ]
    return tuple(sorted(facts, key=lambda a: (staging.order.index(a.stage), a.elapsed, a.name)))


def _mode(rows: Iterable[Any], column: str) -> str | None:
    """The most frequent value (the first in order among equals), None where the log has none."""
    counts: Counter[str] = Counter()
    for row in rows:
        value = getattr(row, column, None)
        if value is not None:
            counts[value] += row.n
    return min(counts, key=lambda value: (-counts[value], value)) if counts else None


def _share_of(rows: Iterable[Any], column: str, wanted: str) -> float | None:
    """Share of events with this value among those that have any."""
    told = [(getattr(row, column, None), row.n) for row in rows]
    total = sum(n for value, n in told if value is not None)
    return sum(n for value, n in told if value == wanted) / total if total else None


def _moves(log: EventLog, events: ir.Table, *, working: bool) -> tuple[Move, ...]:
    pairs = (events if working else log.events).filter(_.next_activity.notnull())
    measures = {"n": _.count(), "cases": _.case_id.nunique(), **_wait_measures(_.next_at - _.at)}
    if working:
        measures |= _wait_measures(_.worked_wait, "worked_")
    rows = log.engine.rows(pairs.group_by("activity", "next_activity").aggregate(**measures))
    moves = [
        Move(
            row.activity,
            row.next_activity,
            row.n,
            row.cases,
            Wait(hours(row.median), hours(row.mean), hours(row.p90)),
            _working_wait(row) if working else None,
        )
        for row in rows
    ]
    return tuple(sorted(moves, key=lambda m: (-m.count, m.source, m.target)))


def _wait_measures(wait: Deferred, prefix: str = "") -> dict[str, Any]:
    measures = {"median": wait.median(), "mean": wait.mean(), "p90": wait.quantile(0.9)}
    return {f"{prefix}{name}": measure for name, measure in measures.items()}


def _working_wait(row: Any) -> Wait:
    median, mean, p90 = map(hours, (row.worked_median, row.worked_mean, row.worked_p90))
    return Wait(median, mean, p90, clock=Clock.WORKING)


def _handovers(log: EventLog, events: ir.Table, work: Worktime | None) -> tuple[Handover, ...]:
    """Work passing between departments; none can be seen without a department column."""
    if not log.has("department"):
        return ()
    passed = _acts(log, events, work).filter(
        _.next_department.notnull(), _.department != _.next_department
    )
    by = ("department", "next_department")
    latency = survival.medians(
        log.engine, passed.select(*by, duration=passed.next_at - passed.at), by
    )
    working: dict[Any, Fact] = {}
    if work is not None:
        spans = passed.select(*by, duration=passed.worked_wait)
        medians = survival.medians(log.engine, spans, by)
        working = {pair: replace(fact, clock=Clock.WORKING) for pair, fact in medians.items()}
    rows = log.engine.rows(passed.group_by(*by).aggregate(n=_.count(), cases=_.case_id.nunique()))
    found = [
        Handover(r.department, r.next_department, r.n, r.cases, latency[r[:2]], working.get(r[:2]))
        for r in rows
    ]
    return tuple(sorted(found, key=lambda h: (-h.count, h.source, h.target)))


def _acts(log: EventLog, events: ir.Table, work: Worktime | None) -> ir.Table:
    """``log.work``, with the working waits where there is a calendar."""
    if work is None:
        return log.work
    return events if log.work is log.events else work.with_waits(log.work)


def _top_variants(log: EventLog, variants: ir.Table) -> tuple[Variant, ...]:
    top = variants.order_by(ibis.desc("cases"), "sequence").limit(TOP_VARIANTS)
    found = [
        Variant(tuple(row.sequence.split(SEPARATOR)), row.cases) for row in log.engine.rows(top)
    ]
    return tuple(sorted(found, key=lambda v: (-v.cases, v.activities)))


def _touchpoints(log: EventLog, events: ir.Table) -> tuple[Touchpoint, ...]:
    """Stage × channel × activity; without a channel column no touchpoint can be told."""
    if not log.has("channel"):
        return ()
    by = ("stage_rank", "stage_id", "channel", "activity")
    rows = log.engine.rows(
        events.filter(_.channel.notnull())
        .group_by(*by)
        .aggregate(n=_.count(), cases=_.case_id.nunique())
    )
    rows.sort(key=lambda row: (row.stage_rank, -row.n, row.channel, row.activity))
    return tuple(Touchpoint(r.stage_id, r.channel, r.activity, r.n, r.cases) for r in rows)
