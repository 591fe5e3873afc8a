"""Experience breakpoints (体验断点): rework, ping-pong, drop-off, slow transitions, bottlenecks."""

from __future__ import annotations

from functools import partial

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib import survival
from journeylib.findings.claim import Claim, Impact, Trial
from journeylib.findings.shares import share_claim, share_trial, summed, untested
from journeylib.findings.stats import share_above
from journeylib.findings.study import Study
from journeylib.journey import Journey
from journeylib.terms import Clock, say

BOTTLENECKS = 3
BOTTLENECK_SHARE = 0.1


def rework(study: Study) -> Trial:
    """`rework_loop {activity}`: cases that do it again, of the cases that reach it.

    Repetition that is meant (`repeatable`) is none. Start and schedule rows of one and the same
    execution do not count twice. Impact: hours from its first to its last execution, summed.
    """
    per_case = study.journey.log.completions.group_by("activity", "case_id").aggregate(
        times=_.count(), amount=(_.at.max() - _.at.min()).cast("float64") / 3.6e9
    )
    again = per_case.times > 1
    spent = per_case.amount
    measure = per_case.group_by("activity").aggregate(
        n=_.count(),
        k=again.cast("int64").sum(),
        total=spent.sum(where=again),
        mean=spent.mean(where=again),
        std=spent.std(where=again),
    )
    asked = {a.name for a in study.journey.activities if not a.repeatable}
    rows = [row for row in study.engine.rows(measure) if row.activity in asked]
    claims = [
        share_claim(
            row.k,
            row.n,
            study.rules.tolerance.rework_loop,
            kind="breakpoint",
            type="rework_loop",
            locus={"activity": row.activity},
            title=say("finding.rework_loop", activity=row.activity),
            impact=summed(row.total, row.mean, row.std, row.k),
            measure=partial(measure.filter, _.activity == row.activity),
            evidence=partial(per_case.filter, _.activity == row.activity, _.times > 1),
            method="rework_share_wilson",
        )
        for row in rows
    ]
    return share_trial("rework_loop", claims, study.rules, "finding.need_repeats")


def ping_pong(study: Study) -> Trial:
    """`ping_pong {departments}`: work came back for something already done there in this case.

    Of the cases in which both departments work. Impact: hours from leaving to coming back, summed.
    """
    if len(study.departments) < 2:
        return untested("ping_pong", "finding.need_department")
    blocks = study.blocks
    returns = blocks.filter(_.again, _.earlier == _.department).mutate(
        a=ibis.least(_.department, _.before),
        b=ibis.greatest(_.department, _.before),
        away=(_.start_at - _.earlier_end).cast("float64") / 3.6e9,
    )
    per_case = returns.group_by("a", "b", "case_id").aggregate(amount=_.away.sum())
    measure = per_case.group_by("a", "b").aggregate(
        k=_.count(), total=_.amount.sum(), mean=_.amount.mean(), std=_.amount.std()
    )
    found = {row[:2]: row for row in study.engine.rows(measure)}
    claims = []
    for pair, n in sorted(_together(study).items()):
        k, total, mean, std = found[pair][2:] if pair in found else (0, 0.0, 0.0, None)
        a, b = pair
        claims.append(
            share_claim(
                k,
                n,
                study.rules.tolerance.ping_pong,
                kind="breakpoint",
                type="ping_pong",
                locus={"departments": [a, b]},
                title=say("finding.ping_pong", a=a, b=b),
                impact=summed(total, mean, std, k),
                measure=partial(measure.filter, _.a == a, _.b == b),
                evidence=partial(per_case.filter, _.a == a, _.b == b),
                method="ping_pong_share_wilson",
            )
        )
    return share_trial("ping_pong", claims, study.rules, "finding.need_department")


def _together(study: Study) -> dict[tuple[str, str], int]:
    """Number of cases in which both departments work, for each pair in alphabetical order."""
    at_work = study.blocks.select("case_id", "department").distinct()
    other = at_work.view()
    pairs = at_work.join(
        other, ["case_id", at_work.department < other.department], rname="{name}_other"
    )
    measure = pairs.group_by("department", "department_other").aggregate(n=_.count())
    return {row[:2]: row.n for row in study.engine.rows(measure)}


def drop_off(study: Study) -> Trial:
    """`drop_off {activity}`: cases lost with nothing after it, of the cases that did it.

    Cumulative incidence (Aalen–Johansen): going on competes with being lost, a case still open after
    the activity is censored. An activity that only records the loss is no place of a drop-off.
    """
    journey = study.journey
    if journey.outcomes.lost is None:
        return untested("drop_off", "finding.need_outcome")
    stays = study.engine.materialise(_stays_after(journey), "after")
    shares = survival.incidence(study.engine, stays, by="activity")
    records_loss = {a.name for a in journey.activities if a.decides == "lost"}
    ends = stays.group_by("activity", "cause").aggregate(cases=_.count())
    tolerance = study.rules.tolerance.drop_off
    claims = [
        Claim(
            kind="breakpoint",
            type="drop_off",
            locus={"activity": activity},
            title=say("finding.drop_off", activity=activity),
            n=share.n,
            n_censored=share.censored,
            estimate=share.value,
            unit="share",
            clock=None,
            ci_low=share.ci_low,
            ci_high=share.ci_high,
            comparator=tolerance,
            p=share_above(share, tolerance),
            exceeds=share.ci_low > tolerance,
            notable=share.value > tolerance,
            impact=Impact(share.events, "case", share.ci_low * share.n, share.ci_high * share.n),
            method="cumulative_incidence_of_loss",
            measure=partial(ends.filter, _.activity == activity),
            evidence=partial(stays.filter, _.activity == activity, _.cause == 1),
            caveats=() if records_loss else (say("finding.caveat_loss_time"),),
        )
        for activity, share in sorted(shares.items())
        if activity not in records_loss
    ]
    return share_trial("drop_off", claims, study.rules, "finding.need_repeats")


def _stays_after(journey: Journey) -> ir.Table:
    """Per case and activity: lost right after it (1), gone on or won (2), open right after it (0)."""
    losing = sorted(a.name for a in journey.activities if a.decides == "lost")
    events = journey.event_table
    last = events.next_activity.isnull()
    if losing:
        last |= events.next_activity.isin(losing)
    done = (
        events.mutate(last=last)
        .group_by("activity", "case_id")
        .aggregate(at=_.at.max(), last=_.last.any(), wait=(_.next_at - _.at).min(where=~_.last))
    )
    cases = journey.case_table.select("case_id", "outcome", "outcome_at")
    stays = done.join(cases, "case_id")
    cause = ibis.cases(
        (stays.last & (stays.outcome == "lost"), 1),
        (stays.last & (stays.outcome == "open"), 0),
        else_=2,
    )
    until = stays.outcome_at.coalesce(journey.log.totals.last_at) - stays.at
    duration = stays.last.ifelse(ibis.greatest(until, 0), stays.wait.coalesce(0))
    return stays.select("activity", "case_id", duration=duration, cause=cause)


def bottlenecks(study: Study) -> Trial:
    """`bottleneck {from, to}`: the steps that take the largest share of all waiting time.

    A fact about where time goes, never more than suggestive.
    """
    journey = study.journey
    totals = {move: (move.wait.mean or 0.0) * move.count for move in journey.moves}
    spent = sum(totals.values())
    largest = sorted(totals, key=lambda move: (-totals[move], move.source, move.target))
    pairs = journey.log.events.filter(_.next_activity.notnull())
    claims = []
    for move in largest[:BOTTLENECKS]:
        if spent <= 0 or totals[move] < BOTTLENECK_SHARE * spent:
            continue
        here = pairs.filter(_.activity == move.source, _.next_activity == move.target)
        claims.append(
            Claim(
                kind="breakpoint",
                type="bottleneck",
                locus={"from": move.source, "to": move.target},
                title=say("finding.bottleneck", source=move.source, target=move.target),
                n=move.count,
                n_censored=None,
                estimate=totals[move] / spent,
                unit="share",
                clock=Clock.CALENDAR,
                ci_low=None,
                ci_high=None,
                comparator=None,
                p=None,
                exceeds=False,
                notable=True,
                impact=Impact(totals[move], "h"),
                method="share_of_waiting_time",
                measure=partial(here.aggregate, n=_.count(), waited=(_.next_at - _.at).sum()),
                evidence=partial(here.select, "case_id"),
                caveats=(say("finding.caveat_largest"), say("finding.caveat_calendar")),
            )
        )
    return Trial("bottleneck", tuple(claims))
