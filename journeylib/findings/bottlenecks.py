"""Where the time goes: the steps that take most of it."""

from __future__ import annotations

from functools import partial

from ibis import _

from journeylib.findings.claim import Claim, Impact, Trial
from journeylib.findings.study import Study
from journeylib.terms import Clock, say

BOTTLENECKS = 3
BOTTLENECK_SHARE = 0.1


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
