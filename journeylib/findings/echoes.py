"""What follows from what: a finding that a stronger one brings along names it in ``locus.because``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import ibis.expr.types as ir

from journeylib.findings.claim import Claim
from journeylib.findings.finding import Finding
from journeylib.journey import Journey

Explains = Callable[[Journey, Finding, Finding], bool]
"""Whether the first finding could bring the second one along, by what they are and where."""

BREADTH = ("segment", "department", "channel", "period")
"""If one step is slow in groups of several kinds with mostly the same cases, the first one is named."""


def explained(journey: Journey, pairs: Sequence[tuple[Finding, Claim]]) -> tuple[Finding, ...]:
    """The findings in order, each beside the first proven one that brings at least half of its cases."""
    proven = [pair for pair in pairs if pair[0].confidence == "proven"]
    return tuple(_named(journey, pair, proven) for pair in pairs)


def _named(
    journey: Journey, child: tuple[Finding, Claim], proven: Sequence[tuple[Finding, Claim]]
) -> Finding:
    finding, claim = child
    for explains in _EXPLAINS.get(finding.type, ()):
        for parent, cause in proven:
            if explains(journey, parent, finding) and _mostly_within(journey, claim, cause):
                return replace(finding, locus={**finding.locus, "because": parent.id})
    return finding


def _mostly_within(journey: Journey, claim: Claim, cause: Claim) -> bool:
    shared = claim.evidence().semi_join(cause.evidence(), "case_id")
    return 2 * _cases(journey, shared) >= _cases(journey, claim.evidence())


def _cases(journey: Journey, evidence: ir.Table) -> int:
    return int(journey.log.engine.row(evidence.aggregate(n=evidence.case_id.nunique())).n)


# -- what could explain what, the likeliest first ---------------------------------------------------


def _ping_pong_repeats(journey: Journey, parent: Finding, child: Finding) -> bool:
    """Work that is passed back is done again by the department that gets it back."""
    activity = child.locus.get("activity", child.locus.get("from"))
    return (
        parent.type == "ping_pong"
        and journey.activity(activity).department in parent.locus["departments"]
    )


def _rework_loops(_journey: Journey, parent: Finding, child: Finding) -> bool:
    """A loop A → B → A is how A comes to be done again."""
    return parent.type == "rework_loop" and parent.locus.get("activity") == child.locus.get(
        "from", ""
    )


def _repeats_fall_back(journey: Journey, parent: Finding, child: Finding) -> bool:
    """What is done again in an earlier stage takes the case back to it."""
    return (
        parent.type == "rework_loop"
        and "activity" in parent.locus
        and journey.activity(parent.locus["activity"]).stage == child.locus["to"]
    )


def _same_step(_journey: Journey, parent: Finding, child: Finding) -> bool:
    """The same step is slow in a group of a broader kind."""
    if parent.type != "slow_transition" or parent.locus["from"] != child.locus["from"]:
        return False
    return parent.locus["to"] == child.locus["to"] and _breadth(parent) < _breadth(child)


def _breadth(finding: Finding) -> int:
    kinds = [i for i, kind in enumerate(BREADTH) if kind in finding.locus]
    return kinds[0] if kinds else -1


_EXPLAINS: Mapping[str, Sequence[Explains]] = {
    "rework_loop": (_ping_pong_repeats, _rework_loops),
    "stage_regression": (_repeats_fall_back,),
    "slow_transition": (_same_step,),
}
