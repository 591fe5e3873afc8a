"""What a claim speaks of, measured: with the definitions of the journey and of the findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib import survival
from journeylib.annotations.claim import Claim, Measure
from journeylib.errors import did_you_mean
from journeylib.findings.claim import Claim as Tested
from journeylib.findings.claim import Trial
from journeylib.findings.clocks import moment_of, wait_of
from journeylib.findings.losses import drop_off
from journeylib.findings.silos import carry_over
from journeylib.findings.study import Study
from journeylib.findings.values import is_default
from journeylib.journey import Journey, StageFacts
from journeylib.log import completions_of
from journeylib.stays import stays
from journeylib.terms import Clock, Fact, Text, say


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A fact, the expression behind it, and the ``case_id`` of the cases that make it so.

    For a duration those are the cases on the far side of the claim's threshold, for a share the cases
    concerned.
    """

    fact: Fact
    measure: ir.Table
    evidence: ir.Table


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """Why it cannot be measured; `column` is what the log lacks, where that is the reason."""

    reason: Text
    column: str | None = None


def measured(claim: Claim, study: Study) -> Measured | Unmeasured:
    """The measure of `claim` on a journey (of its segment already, if it has one)."""
    lacking = _lacking(claim, study.journey)
    return lacking if lacking is not None else _MEASURES[claim.measure](claim, study)


# -- what the log can tell ---------------------------------------------------------------------------

_COLUMNS: Mapping[Measure, tuple[str, ...]] = {"loss": ("department",)}


def _lacking(claim: Claim, journey: Journey) -> Unmeasured | None:
    for column in _COLUMNS.get(claim.measure, ()):
        if not journey.log.has(column):
            return _no_column(column)
    if claim.clock is Clock.WORKING and (journey.calendar is None or claim.measure == "dwell"):
        return Unmeasured(say(f"annotation.need_{_working_need(claim)}"))
    for key, place in claim.place.items():
        if key == "attribute":
            if not journey.log.has(place):
                return _no_column(place)
        elif place not in (known := _known(key, claim, journey)):
            near = did_you_mean(place, known)
            return Unmeasured(say("annotation.need_place", place=place, near=near))
    return None


def _working_need(claim: Claim) -> str:
    return "calendar_time" if claim.measure == "dwell" else "calendar"


def _no_column(column: str) -> Unmeasured:
    return Unmeasured(say("annotation.need_column", column=column), column)


def _known(key: str, claim: Claim, journey: Journey) -> list[str]:
    if key == "stage":
        return [stage.id for stage in journey.stages]
    if claim.measure == "loss":
        passed = journey.handovers
        return sorted({h.source for h in passed} | {h.target for h in passed})
    return sorted(journey.activity_names)


# -- durations ---------------------------------------------------------------------------------------


def _wait(claim: Claim, study: Study) -> Measured | Unmeasured:
    """Median wait of a step: from one event to the next of the case, every time it is taken."""
    place, clock = claim.place, claim.clock or Clock.CALENDAR
    events = study.journey.event_table
    taken = events.next_activity == place.get("to", place.get("activity"))
    if "from" in place:
        taken &= events.activity == place["from"]
    waits = events.mutate(duration=wait_of(events, clock)).filter(taken)
    waits = waits.filter(_.duration.notnull()).select("case_id", "duration")
    found = survival.medians(study.engine, waits.mutate(all=ibis.literal(1)), ("all",))
    if not found:
        return Unmeasured(say("annotation.need_step"))
    [fact] = found.values()
    summary = waits.aggregate(n=_.count(), median_h=_.duration.median() / 3.6e9)
    return Measured(replace(fact, clock=clock), summary, _beyond(claim, waits))


def _dwell(claim: Claim, study: Study) -> Measured | Unmeasured:
    """Median stay in a stage (Kaplan–Meier), as the journey tells it."""
    stage = _stage(claim, study)
    if not stage.cases:
        return Unmeasured(say("journey.never_reached"))
    here = _stays(study).filter(_.stage_id == stage.id)
    return Measured(stage.dwell, _ends(here), _beyond(claim, here))


def _cycle_time(claim: Claim, study: Study) -> Measured | Unmeasured:
    """Median time from the first event to the outcome, as the journey tells it."""
    journey, clock = study.journey, claim.clock or Clock.CALENDAR
    fact = journey.cycle_time if clock is Clock.CALENDAR else journey.cycle_time_working
    assert fact is not None, "a journey with a calendar has both"
    decided = journey.case_table.select("case_id", "outcome_at")
    e = journey.event_table.join(decided, "case_id")
    moment = moment_of(e, clock)
    within = (e.at <= e.outcome_at).fill_null(True)
    spans = e.group_by("case_id").aggregate(
        duration=moment.max(where=within) - moment.min(), cause=e.outcome_at.notnull().any()
    )
    spans = spans.mutate(cause=spans.cause.cast("int64"))
    return Measured(fact, _ends(spans), _beyond(claim, spans))


def _stays(study: Study) -> ir.Table:
    journey = study.journey
    return stays(journey.visit_table, journey.case_table, journey.log.totals.last_at)


def _ends(durations: ir.Table) -> ir.Table:
    """How many end by which cause (0: still open), and their median in hours."""
    return durations.group_by("cause").aggregate(n=_.count(), median_h=_.duration.median() / 3.6e9)


def _beyond(claim: Claim, durations: ir.Table) -> ir.Table:
    limit = round(claim.limit * 3.6e9)
    far = durations.duration > limit if claim.upward else durations.duration < limit
    return durations.filter(far)


# -- shares ------------------------------------------------------------------------------------------


def _rework(claim: Claim, study: Study) -> Measured | Unmeasured:
    """Cases that do the activity again, of those that do it; anywhere: any that is not meant to be."""
    journey = study.journey
    meant = {a.name for a in journey.activities if a.repeatable}
    done = completions_of(journey.event_table)
    if activity := claim.place.get("activity"):
        if activity in meant:
            return Unmeasured(say("annotation.meant_again", activity=activity))
        done = done.filter(_.activity == activity)
    elif meant:
        done = done.filter(_.activity.notin(sorted(meant)))
    times = done.group_by("case_id", "activity").aggregate(times=_.count())
    cases = times.group_by("case_id").aggregate(hit=(_.times.max() > 1))
    return _share(study, cases, "rework_share_wilson")


def _filling(claim: Claim, study: Study) -> Measured | Unmeasured:
    """Cases that show a value of the attribute ("未知", "N/A" are none); by the end of a stage.

    With a stage: of the cases that went on from it, those that showed one before they did.
    """
    events = study.journey.event_table
    value = events[claim.place["attribute"]]
    told = (value.notnull() & ~is_default(value)).fill_null(False)
    if (stage := claim.place.get("stage")) is None:
        return _share(study, events.group_by("case_id").aggregate(hit=told.any()), "filling_wilson")
    visits = study.journey.visit_table
    onward = ibis.window(group_by="case_id", order_by="rank", rows=(1, None))
    left = visits.mutate(left=visits.entered.min().over(onward)).filter(_.stage_id == stage)
    left = left.filter(_.left > _.entered).select("case_id", "left")
    seen = events.mutate(told=told).join(left, "case_id")
    cases = seen.group_by("case_id").aggregate(hit=(_.told & (_.at < _.left)).any())
    return _share(study, cases, "filling_wilson")


def _share(study: Study, cases: ir.Table, method: str) -> Measured | Unmeasured:
    """The share of `cases` (``case_id hit``) that are hit."""
    counts = cases.aggregate(n=_.count(), k=_.hit.cast("int64").sum())
    row = study.engine.row(counts)
    if not row.n:
        return Unmeasured(say("annotation.need_cases"))
    low, high = survival.wilson(row.k, row.n)
    fact = Fact(row.k / row.n, "share", row.n, method, ci_low=low, ci_high=high)
    return Measured(fact, counts, cases.filter(_.hit))


def _drop_off(claim: Claim, study: Study) -> Measured | Unmeasured:
    """Cases lost right after an activity, or lost in a stage; going on competes, open is censored."""
    reason = study.journey.outcomes.reason
    if study.journey.outcomes.lost is None:
        return Unmeasured(reason or say("journey.no_outcome"), "outcome")
    if "activity" in claim.place:
        return _tested(drop_off(study), claim, say("annotation.records_loss"))
    here = _stays(study).filter(_.stage_id == claim.place["stage"])
    lost = here.mutate(cause=ibis.cases((_.cause == 2, 1), (_.cause == 1, 2), else_=0))
    return _incidence(study, lost, "cumulative_incidence_of_loss")


def _conversion(claim: Claim, study: Study) -> Measured | Unmeasured:
    """Cases that go on from a stage, as the journey tells it; anywhere: cases that are won."""
    journey = study.journey
    if "stage" in claim.place:
        stage = _stage(claim, study)
        if stage.conversion.value is None:
            return Unmeasured(stage.conversion.reason or say("journey.never_reached"))
        here = _stays(study).filter(_.stage_id == stage.id)
        return Measured(stage.conversion, _ends(here), here.filter(_.cause == 1))
    if journey.outcomes.won is None:
        return Unmeasured(journey.outcomes.reason or say("journey.no_outcome"), "outcome")
    until = _.outcome_at.coalesce(journey.log.totals.last_at)
    cause = ibis.cases((_.outcome == "won", 1), (_.outcome == "lost", 2), else_=0)
    ways = journey.case_table.select("case_id", duration=until - _.start, cause=cause)
    return _incidence(study, ways, "cumulative_incidence_of_winning")


def _incidence(study: Study, ways: ir.Table, method: str) -> Measured | Unmeasured:
    found = survival.incidence(study.engine, ways.mutate(all=ibis.literal(1)), by="all")
    if not found:
        return Unmeasured(say("annotation.need_cases"))
    [share] = found.values()
    fact = Fact(
        share.value,
        "share",
        share.n,
        method,
        censored=share.censored,
        ci_low=share.ci_low,
        ci_high=share.ci_high,
    )
    return Measured(fact, _ends(ways), ways.filter(_.cause == 1))


def _loss(claim: Claim, study: Study) -> Measured | Unmeasured:
    """Hand-overs after which the receiver does not see what the sender knew."""
    return _tested(carry_over(study), claim, say("annotation.need_carried"))


def _tested(trial: Trial, claim: Claim, otherwise: Text) -> Measured | Unmeasured:
    """What the findings measured at this very place."""
    found = [tested for tested in trial.claims if dict(tested.locus) == dict(claim.place)]
    if not found:
        return Unmeasured(otherwise)
    return Measured(_fact(found[0]), found[0].measure(), found[0].evidence())


def _fact(tested: Tested) -> Fact:
    return Fact(
        tested.estimate,
        tested.unit,
        tested.n,
        tested.method,
        censored=tested.n_censored,
        ci_low=tested.ci_low,
        ci_high=tested.ci_high,
    )


def _stage(claim: Claim, study: Study) -> StageFacts:
    return next(s for s in study.journey.stages if s.id == claim.place["stage"])


_MEASURES: Mapping[Measure, Callable[[Claim, Study], Measured | Unmeasured]] = {
    "wait": _wait,
    "dwell": _dwell,
    "cycle_time": _cycle_time,
    "rework": _rework,
    "drop_off": _drop_off,
    "loss": _loss,
    "conversion": _conversion,
    "filling": _filling,
}
