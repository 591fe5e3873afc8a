"""How likely a case that enters a stage is to be won, as of today."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.journey import Journey
from journeylib.spec.drafting.evidence import MIN_HANDOVERS
from journeylib.spec.parts import Provenance
from journeylib.survival import incidence
from journeylib.terms import say

Probability = tuple[float | None, Provenance]

METHOD = "cumulative_incidence_of_winning"


def win_probabilities(journey: Journey) -> dict[str, Probability]:
    """Stage → share of the cases entering it, undecided, that are won; None with the reason.

    Losses compete and open cases are censored (Aalen & Johansen 1978), so that neither young nor
    silent cases pass for lost ones.
    """
    if not journey.outcomes.won:
        nothing = Provenance(method=METHOD, reason=say("finding.need_outcome"))
        return {stage.id: (None, nothing) for stage in journey.stages}
    shares = incidence(journey.log.engine, _entered(journey), "stage_id")
    found: dict[str, Probability] = {}
    for stage in journey.stages:
        share = shares.get(stage.id)
        if share is None or share.n < MIN_HANDOVERS:
            few = say("draft.probability_too_few", n=share.n if share else 0)
            words = few if share else say("draft.probability_decided")
            found[stage.id] = None, Provenance(method=METHOD, reason=words)
            continue
        words = say("draft.probability", n=f"{share.n:,}", open=f"{share.censored:,}")
        found[stage.id] = (
            round(share.value, 6),
            Provenance(
                method=METHOD,
                n=share.n,
                estimate=share.value,
                unit="share",
                ci_low=share.ci_low,
                ci_high=share.ci_high,
                reason=words,
            ),
        )
    return found


def _entered(journey: Journey) -> ir.Table:
    """Undecided cases from entering a stage on: ``stage_id duration cause``.

    A case that had been in a further stage before comes back and is no entry. A loss that nobody
    recorded has the time of the last event, which may be the entering itself.
    """
    further = ibis.window(group_by="case_id", order_by="rank", rows=(1, None))
    visits = journey.visit_table.mutate(onward=_.entered.min().over(further))
    new = visits.filter(_.onward.isnull() | (_.onward >= _.entered))
    cases = journey.case_table.select("case_id", "outcome", "outcome_at")
    t = new.join(cases, "case_id")
    is_open = t.outcome_at.isnull() | (t.outcome_at > t.entered)
    t = t.filter(is_open | ((t.outcome == "lost") & (t.outcome_at == t.entered)))
    return t.select(
        "stage_id",
        duration=t.outcome_at.coalesce(journey.log.totals.last_at) - t.entered,
        cause=ibis.cases((t.outcome == "won", 1), (t.outcome == "lost", 2), else_=0),
    )
