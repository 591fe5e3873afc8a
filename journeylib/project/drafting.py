"""Requirements as the data have them: evidence, scores, needs, cut points. No decision of people yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from journeylib.findings.finding import Findings
from journeylib.journey import Journey
from journeylib.project import scoring
from journeylib.project.planning import Planning
from journeylib.project.priorities import Priority
from journeylib.project.repairs import Group
from journeylib.project.requirement import Evidence, Requirement
from journeylib.project.scoring import Score, Wsjf
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Goal
from journeylib.terms import Fact, say


def drafts(
    groups: Sequence[Group],
    findings: Findings,
    spec: TargetSpec,
    journey: Journey,
    planning: Planning,
) -> list[Requirement]:
    """Requirements as measured; priority and phase are set later."""
    goals = [*spec.goals, *(goal for stage in spec.stages for goal in stage.goals)]
    linked = {group.id: _linked(group, goals) for group in groups}
    ids = {id: tuple(goal.id for goal in found) for id, found in linked.items()}
    important = scoring.importances(groups, ids, planning)
    drift = findings.background.drift if findings.background and groups else None
    day = journey.log.totals.last.date()
    needs = _needs(groups, important, planning)
    return [
        Requirement(
            id=group.id,
            repair=group.repair,
            kind=group.kind,
            title=group.title,
            stage=group.stage,
            evidence=tuple(map(Evidence.of, group.findings)),
            gain=_gain(group),
            importance=important[group.id],
            urgency=scoring.urgency(group, linked[group.id], drift, day, planning),
            quadrant=None,
            size=group.size,
            wsjf=None,
            priority="could",
            phase=None,
            needs=needs[group.id],
            goals=ids[group.id],
            supports=group.supports,
        )
        for group in groups
    ]


def _linked(group: Group, goals: Sequence[Goal]) -> list[Goal]:
    named = {finding.id for finding in group.findings}
    return [goal for goal in goals if named & set(goal.findings)]


def _gain(group: Group) -> Fact:
    if group.supports:
        return Fact.unknown("h", say("project.gain_supports"), method="sum_of_expected_gains")
    gain, n = scoring.gain_of(group.findings), max(f.n for f in group.findings)
    if gain is None:
        return Fact.unknown("h", say("project.gain_untested"), n=n, method="sum_of_expected_gains")
    return Fact(gain, "h", n, "sum_of_expected_gains")


def _needs(
    groups: Sequence[Group], important: Mapping[str, Score], planning: Planning
) -> dict[str, tuple[str, ...]]:
    """By the kinds of the two; within one stage, or of what it supports the most important."""
    return {
        group.id: tuple(
            sorted(
                {
                    other.id
                    for rule in planning.needs
                    for other in groups
                    if rule.kind == group.kind and other.kind in rule.on
                    if _belongs(group, other, rule.within, important)
                }
            )
        )
        for group in groups
    }


def _belongs(group: Group, other: Group, within: str, important: Mapping[str, Score]) -> bool:
    if within == "stage":
        return group.stage is not None and group.stage == other.stage
    return scoring.most_important(group, important) == other.id


def ranked(items: Sequence[Requirement], planning: Planning) -> list[Requirement]:
    """With quadrant and WSJF of the scores and sizes that hold."""
    waiting = _dependents(items)
    return [
        replace(
            item,
            quadrant=scoring.quadrant(item.importance.value, item.urgency.value, planning),
            wsjf=_wsjf(item, len(waiting[item.id]), len(items), planning),
        )
        for item in items
    ]


def _dependents(items: Sequence[Requirement]) -> dict[str, set[str]]:
    """Who cannot start without it, directly or not."""
    found: dict[str, set[str]] = {item.id: set() for item in items}
    needs = {item.id: item.needs for item in items}
    for item in items:
        waiting, seen = list(item.needs), set[str]()
        while waiting:
            need = waiting.pop()
            if need not in seen:
                seen.add(need)
                found[need].add(item.id)
                waiting += needs[need]
    return found


def _wsjf(item: Requirement, dependents: int, of: int, planning: Planning) -> Wsjf | None:
    important, urgent = item.importance.value, item.urgency.value
    if important is None or urgent is None:
        return None
    enabling = 10 * dependents / (of - 1) if of > 1 else 0.0
    return Wsjf(important / 10, urgent / 10, enabling, planning.sizes[item.size])


def cuts(items: Sequence[Requirement], planning: Planning) -> dict[str, Priority]:
    """What the cut points make of each, by id."""
    important = [i.importance.value for i in items if i.importance.value is not None]
    urgent = [i.urgency.value for i in items if i.urgency.value is not None]
    return {item.id: _cut(item, important, urgent, planning) for item in items}


def _cut(
    item: Requirement, important: Sequence[float], urgent: Sequence[float], planning: Planning
) -> Priority:
    moscow = planning.moscow
    if not item.supports and any(_breaks_rule(one, planning) for one in item.evidence):
        return "must"
    if item.importance.value is None or item.urgency.value is None:
        return "could"
    places = (
        scoring.percentile(item.importance.value, important),
        scoring.percentile(item.urgency.value, urgent),
    )
    if min(places) >= moscow.quartile:
        return "must"
    if item.quadrant in ("do_first", "plan"):
        return "should"
    return "wont" if max(places) <= moscow.wont else "could"


def _breaks_rule(one: Evidence, planning: Planning) -> bool:
    return one.confidence == "proven" and one.type in planning.moscow.compliance
