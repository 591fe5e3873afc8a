"""What follows from what: a finding that a stronger one brings along names it in ``locus.because``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from journeylib.findings.evidence import Evidence
from journeylib.findings.finding import Finding
from journeylib.journey import Journey

Explains = Callable[[Journey, Finding, Finding], bool]
"""Whether the first finding could bring the second one along, by what they are and where."""

BREADTH = ("segment", "department", "channel", "period")
"""If one step is slow in groups of several kinds with mostly the same cases, the first one is named."""


def parents_of(journey: Journey, findings: Sequence[Finding], evidence: Evidence) -> dict[int, int]:
    """For each echo the first proven finding that brings at least half of its cases, by number.

    `evidence` is numbered as `findings` are.
    """
    causes = {n: _causes(journey, finding, findings) for n, finding in enumerate(findings)}
    return _parents({n: found for n, found in causes.items() if found}, evidence)


def because(findings: Sequence[Finding], number: int, parents: Mapping[int, int]) -> Finding:
    """The finding of that number, naming its parent in ``locus.because`` if it has one."""
    finding = findings[number]
    if number not in parents:
        return finding
    return replace(finding, locus={**finding.locus, "because": findings[parents[number]].id})


def _causes(journey: Journey, child: Finding, findings: Sequence[Finding]) -> list[int]:
    """What could bring `child` along, the likeliest first."""
    return [
        n
        for explains in _EXPLAINS.get(child.type, ())
        for n, parent in enumerate(findings)
        if parent.confidence == "proven" and explains(journey, parent, child)
    ]


def _parents(causes: Mapping[int, Sequence[int]], evidence: Evidence) -> dict[int, int]:
    """For each child the first of its causes that shares at least half of its cases."""
    totals = evidence.totals() if causes else {}
    found: dict[int, int] = {}
    for turn in range(max(map(len, causes.values()), default=0)):
        asked = {n: [c[turn]] for n, c in causes.items() if n not in found and turn < len(c)}
        shared = evidence.shared(asked)
        found |= {n: asked[n][0] for n, s in shared.items() if 2 * s.cases >= totals[n].cases}
    return found


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


def _same_asking(_journey: Journey, parent: Finding, child: Finding) -> bool:
    """One question to the customer brings to light what else happens to arrive by then."""
    between = ("from", "to")
    return (
        parent.type == "re_ask"
        and "attribute" in parent.locus
        and [parent.locus[end] for end in between] == [child.locus.get(end) for end in between]
        and (parent.estimate or 0) > (child.estimate or 0)
    )


def _breadth(finding: Finding) -> int:
    kinds = [i for i, kind in enumerate(BREADTH) if kind in finding.locus]
    return kinds[0] if kinds else -1


_EXPLAINS: Mapping[str, Sequence[Explains]] = {
    "rework_loop": (_ping_pong_repeats, _rework_loops),
    "stage_regression": (_repeats_fall_back,),
    "slow_transition": (_same_step,),
    "re_ask": (_same_asking,),
}
