"""In which order findings are shown: by what putting them right is worth, and how firm that order is.

Impacts in different units become hours of customers' waiting by the weights of the rules. What two
findings claim in the same cases at the same place counts once. How much the top of the list depends
on chance is told by resampling cases (bootstrap, Efron 1979).
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import ibis
from ibis import _

from journeylib.findings.claim import Claim
from journeylib.findings.evidence import Evidence
from journeylib.findings.rules import Gain
from journeylib.findings.study import Study
from journeylib.terms import Fact, say

if TYPE_CHECKING:
    import numpy as np

TOP = 10
RESAMPLES = 200
BUCKETS = 1_000
METHOD = "bootstrap_jaccard_top_10"


def weighted(claim: Claim, gain: Gain) -> float | None:
    """The impact in hours of waiting, softly less the less sure it is; None for what is no test."""
    if claim.p is None or claim.impact.value is None:
        return None
    worth: float = getattr(gain, claim.impact.unit)
    return claim.impact.value * worth * (1 - claim.p)


def added(
    claims: Sequence[Claim],
    gains: Sequence[float | None],
    parents: Mapping[int, int],
    evidence: Evidence,
) -> list[float | None]:
    """`gains` less what is claimed already: by the parent of an echo, or at the same place before.

    Before is what is surer or greater: `claims` come in that order.
    """
    earlier: dict[int, list[int]] = {}
    for number, claim in enumerate(claims):
        same = [other for other in range(number) if _place(claims[other]) == _place(claim)]
        same += [parents[number]] if number in parents else []
        if gains[number] and same:
            earlier[number] = same
    if not earlier:
        return list(gains)
    totals, shared = evidence.totals(), evidence.shared(earlier)
    twice = {n: s.amount / totals[n].amount for n, s in shared.items() if totals[n].amount > 0}
    return [
        gain if gain is None else gain * max(0.0, round(1 - twice.get(number, 0.0), 9))
        for number, gain in enumerate(gains)
    ]


def _place(claim: Claim) -> tuple[Any, ...]:
    """Where the claim is, whatever it compares: a step is one place in all segments and channels."""
    names = ("activity", "stage", "from", "to", "departments")
    where = {name: str(claim.locus[name]) for name in names if name in claim.locus}
    about = claim.locus.get("attribute") or (claim.locus.get("rule") if not where else None)
    return claim.kind, about, tuple(where.items())


def stability(study: Study, gains: Sequence[float | None], evidence: Evidence | None) -> Fact:
    """Mean Jaccard overlap of the ten greatest gains with those after resampling the cases.

    With its 5th and 95th percentile. Cases are dealt into up to a thousand buckets in the order of
    their ids, and buckets are resampled: the same spread as of cases, at a cost that does not grow
    with the log.
    """
    ranked = [number for number, gain in enumerate(gains) if gain]
    if evidence is None or len(ranked) <= TOP:
        return Fact.unknown(
            "share", say("finding.all_shown", n=len(ranked)), n=len(ranked), method=METHOD
        )
    import numpy as np

    totals = _bucketed(study, evidence, ranked)
    worth = np.array([gains[number] for number in ranked])
    even = np.full(len(totals), 1 / len(totals))
    draws = np.random.default_rng(0).multinomial(len(totals), even, RESAMPLES)
    sums = totals.sum(axis=0)
    resampled = draws @ totals / np.where(sums > 0, sums, 1) * worth
    top = _top(worth)
    overlaps = sorted(len(top & _top(row)) / len(top | _top(row)) for row in resampled)
    low, high = overlaps[RESAMPLES // 20], overlaps[-RESAMPLES // 20 - 1]
    return Fact(statistics.fmean(overlaps), "share", RESAMPLES, METHOD, ci_low=low, ci_high=high)


def _bucketed(study: Study, evidence: Evidence, ranked: Sequence[int]) -> np.ndarray:
    """A row a bucket of cases, a column a ranked claim: the sum of the amounts."""
    import numpy as np

    rank = ibis.row_number().over(order_by="case_id")
    dealt = study.journey.case_table.select("case_id", bucket=rank % BUCKETS)
    joined = evidence.table.inner_join(dealt, "case_id").group_by("bucket", "claim")
    totals = np.zeros((min(BUCKETS, study.journey.log.totals.cases), len(ranked)))
    column = {number: place for place, number in enumerate(ranked)}
    for row in study.engine.rows(joined.aggregate(amount=_.amount.sum())):
        if row.claim in column:
            totals[row.bucket, column[row.claim]] = row.amount
    return totals


def _top(gains: np.ndarray) -> frozenset[int]:
    import numpy as np

    return frozenset(np.argsort(-gains, kind="stable")[:TOP].tolist())
