"""`requirements`: what the findings ask for, as the data rank it and people decide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from journeylib.findings.finding import Findings
from journeylib.journey import Journey
from journeylib.project.drafting import cuts, drafts, ranked
from journeylib.project.overrides import Overridden, Override, Value, overrides_of
from journeylib.project.planning import Planning
from journeylib.project.priorities import (
    PHASES,
    PRIORITIES,
    Candidate,
    Phase,
    Plan,
    Priority,
    planned,
)
from journeylib.project.repairs import groups_of
from journeylib.project.requirement import Requirement, Requirements
from journeylib.project.scoring import Score
from journeylib.spec.model import TargetSpec
from journeylib.terms import Text, say

PLACED = ("priority", "phase")
"""Fields that are set by the plan as a whole."""


def requirements(
    findings: Findings,
    spec: TargetSpec,
    journey: Journey,
    *,
    overrides: str | Path | Mapping[str, Any] | None = None,
    rules: Planning | str | Path = "requirements",
) -> Requirements:
    """What the findings ask for, ranked and phased.

    `overrides` (a TOML or JSON file, or a mapping) holds what people decided, by id of the requirement:
    ``{"r-…": {"importance": 90, "because": "…"}}``; see `overrides.FIELDS`. Findings without a test
    have no gain, so importance stays unknown until people say. `InputError` for a wrong override.
    """
    planning = rules if isinstance(rules, Planning) else Planning.load(rules)
    decided = overrides_of(overrides, planning.sizes)
    groups, left_out = groups_of(findings.items, spec, planning)
    measured = drafts(groups, findings, spec, journey, planning)
    proposed = _planned(ranked(measured, planning), (), planning)
    scored, log = _edited(measured, decided)
    edited = ranked(scored, planning)
    plan = _planned(edited, decided, planning)
    final = [_placed(item, plan) for item in edited]
    log += _placings(proposed, plan, decided)
    known = {item.id for item in final}
    return Requirements(
        items=tuple(sorted(final, key=_order)),
        overridden=tuple(sorted(log, key=lambda one: (one.id, one.field))),
        orphans=tuple(one for one in decided if one.id not in known),
        conflicts=tuple(_conflicts(final)),
        left_out=left_out,
        lowered=plan.lowered,
        planning=planning,
    )


def _order(item: Requirement) -> tuple[Any, ...]:
    """Phase by phase, the greatest cost of delay per effort first."""
    return _phase(item), item.wsjf is None, -(item.wsjf.score if item.wsjf else 0.0), item.id


def _edited(
    drafts: Sequence[Requirement], decided: Sequence[Override]
) -> tuple[list[Requirement], list[Overridden]]:
    """Drafts with importance, urgency and size as decided, and the log of it."""
    log: list[Overridden] = []
    edited = []
    for draft in drafts:
        item = draft
        for one in decided:
            if one.id == item.id and one.field not in PLACED:
                log.append(
                    Overridden(one.id, one.field, _value(item, one.field), one.value, one.because)
                )
                item = _with(item, one)
        edited.append(item)
    return edited, log


def _value(item: Requirement, field: str) -> Value | None:
    value = getattr(item, field)
    return value.value if isinstance(value, Score) else value


def _with(item: Requirement, one: Override) -> Requirement:
    if one.field == "size":
        return replace(item, size=str(one.value))
    score = Score(float(one.value), say("project.decided", because=one.because))
    return replace(item, **{one.field: score})  # type: ignore[arg-type]


def _candidates(
    items: Sequence[Requirement],
    decided: Sequence[Override],
    planning: Planning,
) -> list[Candidate]:
    by_people = {(one.id, one.field): one.value for one in decided}
    cut = cuts(items, planning)
    return [
        Candidate(
            id=item.id,
            cut=cast(Priority, by_people.get((item.id, "priority"), cut[item.id])),
            effort=planning.sizes[item.size],
            rank=item.wsjf.score if item.wsjf else None,
            needs=frozenset(item.needs),
            decided=(item.id, "priority") in by_people,
            phase=cast(Phase | None, by_people.get((item.id, "phase"))),
        )
        for item in items
    ]


def _planned(items: Sequence[Requirement], decided: Sequence[Override], planning: Planning) -> Plan:
    candidates = _candidates(items, decided, planning)
    return planned(candidates, planning.moscow.must_effort, planning.pilot)


def _placed(item: Requirement, plan: Plan) -> Requirement:
    return replace(item, priority=plan.priorities[item.id], phase=plan.phases[item.id])


def _placings(proposed: Plan, plan: Plan, decided: Sequence[Override]) -> list[Overridden]:
    """The log of priorities and phases that people set; what was is what the data alone propose."""
    return [
        Overridden(one.id, one.field, was[one.id], one.value, one.because)
        for one in decided
        if one.field in PLACED and one.id in plan.priorities
        for was in [proposed.priorities if one.field == "priority" else proposed.phases]
    ]


def _conflicts(items: Sequence[Requirement]) -> Iterator[Text]:
    """Where what people decided puts a requirement before what it needs."""
    known = {item.id: item for item in items}
    for item in items:
        for need in (known[id] for id in item.needs):
            if _phase(need) > _phase(item) or _rank(need) > _rank(item):
                yield say("project.conflict", title=item.title, need=need.title)


def _phase(item: Requirement) -> int:
    return len(PHASES) if item.phase is None else PHASES.index(item.phase)


def _rank(item: Requirement) -> int:
    return PRIORITIES.index(item.priority)
