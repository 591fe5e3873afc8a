"""Part 1: goals and scope."""

from __future__ import annotations

from journeylib.project.checks.situation import (
    Check,
    Seen,
    Situation,
    counted,
    ready_if,
    undone,
    with_spec,
)
from journeylib.project.wording import joined, number
from journeylib.spec.model import TargetSpec
from journeylib.terms import say

_WHERE = "spec.goals"


@with_spec
def goal_baselines(situation: Situation, _spec: TargetSpec) -> Seen:
    """Each goal has a value today."""
    known = [g for g in situation.goals if g.baseline.value is not None]
    return counted(len(known), len(situation.goals), "baselines", _WHERE)


@with_spec
def goal_targets(situation: Situation, _spec: TargetSpec) -> Seen:
    """Each goal has a target and a date."""
    known = [g for g in situation.goals if g.target is not None and g.due is not None]
    return counted(len(known), len(situation.goals), "targets", _WHERE)


@with_spec
def goals_attainable(situation: Situation, _spec: TargetSpec) -> Seen:
    """Each goal has a verdict on whether it can be reached."""
    known = [g for g in situation.goals if g.attainment and g.attainment.verdict != "unknown"]
    seen = counted(len(known), len(situation.goals), "attainable", _WHERE)
    doubtful = [g for g in known if g.attainment and g.attainment.verdict == "not_supported"]
    if not doubtful:
        return seen
    told = say("project.seen_not_supported", goals=joined((g.name for g in doubtful), "list_mark"))
    return Seen("not_yet", joined((seen.evidence, told), "semicolon"), seen.n, _WHERE)


@with_spec
def goals_linked(situation: Situation, _spec: TargetSpec) -> Seen:
    """Each goal names a finding."""
    linked = [g for g in situation.goals if g.findings]
    return counted(len(linked), len(situation.goals), "linked", _WHERE)


def scope_covered(situation: Situation) -> Seen:
    """Events belong to stages."""
    share, n = situation.journey.coverage, situation.journey.log.totals.events
    told = say("project.seen_coverage", share=number(share, "share"), n=f"{n:,}")
    ready = n > 0 and share >= situation.thresholds["coverage"]
    return Seen(ready_if(ready), told, n, "journey.coverage")


def requirements_ranked(situation: Situation) -> Seen:
    """Each requirement has its place in the matrix."""
    found = situation.requirements
    if found is None:
        return undone("diagnose" if situation.findings is None else "specify")
    return counted(sum(r.quadrant is not None for r in found), len(found), "ranked", "requirements")


def pilot_planned(situation: Situation) -> Seen:
    """There is a pilot, and Must keeps within its limit."""
    found = situation.requirements
    if found is None:
        return undone("diagnose" if situation.findings is None else "specify")
    pilot, share = sum(r.phase == "pilot" for r in found), found.must_share
    within = share is not None and share <= found.planning.moscow.must_effort + 1e-9
    told = say("project.seen_pilot", pilot=pilot, share=number(share, "share"))
    return Seen(ready_if(pilot and within), told, len(found), "requirements")


CHECKS: dict[str, Check] = {
    "goal_baselines": goal_baselines,
    "goal_targets": goal_targets,
    "goals_attainable": goals_attainable,
    "goals_linked": goals_linked,
    "scope_covered": scope_covered,
    "requirements_ranked": requirements_ranked,
    "pilot_planned": pilot_planned,
}
