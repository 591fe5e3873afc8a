"""What a sound specification may still get wrong: reported beside the problems, never in their place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from journeylib.errors import SpecError
from journeylib.spec import feel
from journeylib.spec.model import Problem, TargetSpec
from journeylib.spec.parts import Stage
from journeylib.terms import Text, say

Hint = tuple[str, Text]
"""A JSON path and a sentence in both languages."""


def problems(data: Any) -> list[Problem]:
    """All that keeps plain data from being a specification, each with path and repair.

    Empty where it is one. For a form, which has to say what is wrong without stopping anybody.
    """
    try:
        TargetSpec.model_validate(data)
    except SpecError as error:
        return list(error.problems)
    return []


def hints(spec: TargetSpec) -> list[Hint]:
    """What deserves a second look: gates nobody can pass in time, parts that nothing uses."""
    return [
        *_late_items(spec),
        *_late_activities(spec),
        *_unused_departments(spec),
        *_empty_stages(spec),
        *_longer_than_the_stage(spec),
    ]


def _late_items(spec: TargetSpec) -> Iterator[Hint]:
    """Exit criteria that ask for what is first known only in a later stage."""
    rank = {stage.id: place for place, stage in enumerate(spec.stages)}
    first = {item.id: item.first_known for item in spec.information}
    for s, stage in enumerate(spec.stages):
        for i, criterion in enumerate(stage.exit):
            for name in feel.names(feel.parse(criterion.when)):
                known = first.get(name.id)
                if known is not None and rank[known] > s:
                    words = {
                        "item": spec.item_name(name.id),
                        "known": spec.stages[rank[known]].name,
                    }
                    yield f"$.stages[{s}].exit[{i}].when", say("draft.hint_late_item", **words)


def _late_activities(spec: TargetSpec) -> Iterator[Hint]:
    """Exit criteria that ask for an activity which the flow places in a later stage."""
    place = {a.event: s for s, stage in enumerate(spec.stages) for a in stage.activities}
    for s, stage in enumerate(spec.stages):
        for i, criterion in enumerate(stage.exit):
            for event in feel.activities(feel.parse(criterion.when)):
                if place[event] > s:
                    words = {"activity": event, "stage": spec.stages[place[event]].name}
                    yield f"$.stages[{s}].exit[{i}].when", say("draft.hint_late_activity", **words)


def _unused_departments(spec: TargetSpec) -> Iterator[Hint]:
    used = {
        *(activity.department for activity in spec.activities),
        *(part.department for stage in spec.stages for part in stage.raci),
        *(d for s in spec.stages for h in s.handovers for d in (h.source, h.target)),
        *(role.department for role in spec.roles),
        *(item.department for item in spec.information),
    }
    for i, department in enumerate(spec.departments):
        if department.id not in used:
            yield f"$.departments[{i}]", say("draft.hint_unused_department", name=department.name)


def _empty_stages(spec: TargetSpec) -> Iterator[Hint]:
    for s, stage in enumerate(spec.stages):
        if not stage.activities:
            yield f"$.stages[{s}].activities", say("draft.hint_no_activity", stage=stage.name)
        elif not stage.exit and s + 1 < len(spec.stages):
            yield f"$.stages[{s}].exit", say("draft.hint_no_gate", stage=stage.name)


def _longer_than_the_stage(spec: TargetSpec) -> Iterator[Hint]:
    for s, stage in enumerate(spec.stages):
        for i, activity in enumerate(stage.activities):
            if activity.sla and _outlasts(stage, activity.sla.seconds, activity.sla.clock):
                words = {"activity": activity.name, "stage": stage.name}
                yield f"$.stages[{s}].activities[{i}].sla", say("draft.hint_sla_longer", **words)


def _outlasts(stage: Stage, seconds: float, clock: object) -> bool:
    return stage.sla is not None and stage.sla.clock == clock and seconds > stage.sla.seconds
