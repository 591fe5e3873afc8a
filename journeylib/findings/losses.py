"""Places where customers are lost."""

from __future__ import annotations

from functools import partial

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib import survival
from journeylib.findings.claim import Claim, Impact, Trial
from journeylib.findings.shares import share_trial, untested
from journeylib.findings.stats import share_above
from journeylib.findings.study import Study
from journeylib.journey import Journey
from journeylib.terms import say


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
