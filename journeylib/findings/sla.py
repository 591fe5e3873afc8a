"""Declared service levels: answers that come too late or never, and steps whose median is too late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib import survival
from journeylib.findings.claim import Claim, Impact, Trial
from journeylib.findings.clocks import clock_caveat, moment_of, wait_of, works
from journeylib.findings.rules import Sla
from journeylib.findings.shares import share_claim, share_trial, summed
from journeylib.findings.stats import binomial_above
from journeylib.findings.study import Study
from journeylib.log import completions_of
from journeylib.terms import Clock, Text, say


def sla_breaches(study: Study) -> Trial:
    """`sla_breach {rule, from, to}`: answers later than declared, those that never come included.

    Of the occurrences of `from` whose limit has passed by the end of observation. The answer is the
    first `to` after it, directly or not; the next `from` starts the clock anew, and a recorded loss
    ends it: where that is within the limit, the occurrence is censored. Impact: hours beyond the
    limit, of what was never answered until then or until the end of observation.
    """
    slas = study.rules.sla
    problems = [problem for sla in slas for problem in _problems(study, sla)]
    claims = [claim for sla in slas if not _problems(study, sla) for claim in _breach(study, sla)]
    if not slas:
        problems = [say("breakpoint.need_sla")]
    if not claims:
        reason = _joined(problems or [say("breakpoint.sla_pending")])
        return Trial("sla_breach", (), say("finding.power_untested", reason=reason))
    trial = share_trial("sla_breach", claims, study.rules, "breakpoint.sla_pending")
    power = [trial.power] if trial.power else []
    return replace(trial, power=_joined([*power, *problems]))


def _joined(texts: Sequence[Text]) -> Text:
    return Text("".join(text.zh for text in texts), " ".join(text.en for text in texts))


def _problems(study: Study, sla: Sla) -> list[Text]:
    """Why this service level cannot be measured on this log."""
    missing = [
        say("breakpoint.sla_no_activity", rule=sla.rule, activity=activity)
        for activity in (sla.source, sla.target)
        if activity not in study.journey.activity_names
    ]
    if sla.within.clock is Clock.WORKING and not works(study.journey.event_table):
        missing.append(say("breakpoint.sla_no_calendar", rule=sla.rule))
    return missing


def _breach(study: Study, sla: Sla) -> list[Claim]:
    asked = _asked(study, sla)
    decided, breached = asked.filter(_.decided), asked.filter(_.late)
    measure = asked.aggregate(
        n=_.decided.cast("int64").sum(),
        k=_.late.cast("int64").sum(),
        censored=(~_.decided).cast("int64").sum(),
        total=_.beyond.sum(where=_.late),
        mean=_.beyond.mean(where=_.late),
        std=_.beyond.std(where=_.late),
    )
    row = study.engine.row(measure)
    if not row.n:
        return []
    claim = share_claim(
        row.k,
        row.n,
        study.rules.tolerance.sla_breach,
        kind="breakpoint",
        type="sla_breach",
        locus={"rule": sla.rule, "from": sla.source, "to": sla.target},
        title=say(
            "breakpoint.sla_breach",
            rule=sla.rule,
            source=sla.source,
            target=sla.target,
            within=span_text(sla),
        ),
        impact=summed(row.total, row.mean, row.std, row.k),
        measure=partial(decided.aggregate, n=_.count(), k=_.late.cast("int64").sum()),
        evidence=partial(breached.select, "case_id", amount=breached.beyond),
        method="share_later_than_declared_wilson",
        caveats=(say("breakpoint.caveat_unanswered"), *clock_caveat(sla.within.clock)),
    )
    return [replace(claim, n_censored=row.censored, clock=sla.within.clock)]


def _asked(study: Study, sla: Sla) -> ir.Table:
    """One row per occurrence of the source: ``decided``? ``late``? hours ``beyond`` the limit."""
    clock, limit = sla.within.clock, int(sla.within.seconds * 1e6)
    events = completions_of(study.journey.event_table)
    last = study.engine.row(events.aggregate(at=moment_of(events, clock).max())).at
    told = events.activity.isin([sla.source, sla.target]) | (events.decides == "lost")
    told = events.mutate(moment=moment_of(events, clock)).filter(told)
    order = ibis.window(group_by="case_id", order_by="position")
    asked = told.mutate(
        then=_.activity.lead().over(order), until=_.moment.lead().over(order)
    ).filter(_.activity == sla.source)
    waited = asked.until.coalesce(last) - asked.moment
    answered = (asked.then == sla.target).fill_null(False)
    passed = asked.moment + limit <= last
    return asked.select(
        "case_id",
        decided=passed & (answered | (waited > limit)),
        late=passed & (waited > limit),
        beyond=(waited - limit).cast("float64") / 3.6e9,
    )


def span_text(sla: Sla) -> Text:
    """The limit in words, its clock named where that is not every hour."""
    span = f"{sla.within.value:g}{sla.within.unit}"
    if sla.within.clock is Clock.CALENDAR:
        return Text.same(span)
    return say("breakpoint.working_span", span=span)


# -- steps that are slow against a declared limit --------------------------------------------------


def slow_slas(study: Study) -> list[Claim]:
    """`slow_transition {from, to}`: more than half of the waits exceed a declared limit.

    A step is slow against its SLA when its median is: the test is the sign test.
    """
    moves = {(move.source, move.target): move for move in study.journey.moves}
    return [
        _slow_claim(study, sla, moves[sla.source, sla.target].count)
        for sla in study.rules.sla
        if (sla.source, sla.target) in moves and not _problems(study, sla)
    ]


def _slow_claim(study: Study, sla: Sla, n: int) -> Claim:
    events, clock = study.journey.event_table, sla.within.clock
    here = events.filter(events.activity == sla.source, events.next_activity == sla.target)
    here = here.select("case_id", "activity", duration=wait_of(here, clock))
    limit = int(sla.within.seconds * 1e6)
    beyond = (here.duration - limit).cast("float64").sum(where=here.duration > limit) / 3.6e9
    row = study.engine.row(
        here.aggregate(late=(_.duration > limit).cast("int64").sum(), beyond=beyond)
    )
    [median] = survival.medians(study.engine, here, ("activity",)).values()
    exceeds = median.ci_low is not None and median.ci_low > sla.within.hours
    return Claim(
        kind="breakpoint",
        type="slow_transition",
        locus={"from": sla.source, "to": sla.target},
        title=say("finding.slow_sla", source=sla.source, target=sla.target, within=span_text(sla)),
        n=n,
        n_censored=None,
        estimate=median.value or 0.0,
        unit="h",
        clock=clock,
        ci_low=median.ci_low,
        ci_high=median.ci_high,
        comparator=sla.within.hours,
        p=binomial_above(row.late, n, 0.5),
        exceeds=exceeds,
        notable=(median.value or 0.0) > sla.within.hours,
        impact=Impact(row.beyond or 0.0, "h"),
        method="median_against_sla_sign_test",
        measure=partial(here.aggregate, n=_.count(), median=_.duration.median()),
        evidence=lambda: here.filter(_.duration > limit),
        caveats=clock_caveat(clock),
    )
