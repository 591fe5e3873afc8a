"""The specification as Declare constraints over the activities of the log, for conformance checkers.

``model`` maps each template to activities or pairs of them, as pm4py's ``conformance_declare`` takes it.
Existence comes from required activities, precedence from the target flow (what every way to an
activity passes through, its dominator), the rest from the constraints. Source: Pesic, Schonenberg &
van der Aalst (2007), "DECLARE: Full Support for Loosely-Structured Processes".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Constraint, ConstraintKind
from journeylib.terms import Lang, Text, say

TEMPLATES: Mapping[ConstraintKind, str] = {
    "existence": "existence",
    "absence": "absence",
    "exactly_one": "exactly_one",
    "precedence": "precedence",
    "response": "response",
    "chain_response": "chainresponse",
    "not_coexistence": "noncoexistence",
}
"""Our kinds under the names pm4py has for them."""

Activities = str | list[str]


def to_declare(spec: TargetSpec, lang: Lang) -> str:
    """`spec` as JSON: the ``model``, whom it holds for, and what Declare has no template for."""
    told = {
        "schema": "declare/1",
        "name": spec.name.in_(lang),
        "holds_for": say("document.declare_holds_for").in_(lang),
        "model": declare_model(spec),
        "left_out": [
            {"id": constraint.id, "kind": constraint.kind, "reason": reason.in_(lang)}
            for constraint, reason in _left_out(spec)
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def declare_model(spec: TargetSpec) -> dict[str, list[Activities]]:
    """Template → activities, each constraint once, in the order of the specification."""
    model: dict[str, list[Activities]] = {}
    for template, activities in _constraints(spec):
        members = model.setdefault(template, [])
        if activities not in members:
            members.append(activities)
    return model


def _constraints(spec: TargetSpec) -> Iterator[tuple[str, Activities]]:
    events = {activity.id: activity.event for activity in spec.activities}
    for activity in spec.activities:
        if activity.required:
            yield "existence", activity.event
    for activity_id, before in dominators(spec).items():
        yield "precedence", [events[before], events[activity_id]]
    for constraint in spec.constraints:
        if constraint.kind in TEMPLATES:
            named = [events[id] for id in constraint.activities]
            yield TEMPLATES[constraint.kind], named[0] if len(named) == 1 else named


def dominators(spec: TargetSpec) -> dict[str, str]:
    """Activity → the last one that every way of the target flow to it passes through.

    The flow runs forward in the order of the activities, so that one pass is enough.
    """
    passed: dict[str, list[str]] = {}
    nearest: dict[str, str] = {}
    for activity in spec.activities:
        sources = [t.source for t in spec.transitions if t.target == activity.id]
        ways = [passed[source] for source in sources]
        common = [id for id in (ways[0] if ways else []) if all(id in way for way in ways)]
        if common:
            nearest[activity.id] = common[-1]
        passed[activity.id] = [*common, activity.id]
    return nearest


def _left_out(spec: TargetSpec) -> Iterator[tuple[Constraint, Text]]:
    """Constraints that lose something: all of it, or their time limit."""
    for constraint in spec.constraints:
        if constraint.kind not in TEMPLATES:
            yield constraint, say("document.declare_no_template")
        elif constraint.within is not None:
            yield constraint, say("document.declare_no_time", within=constraint.within)
