"""`TargetSpec`: how the process shall run, as one standardised, checkable document.

It is read and written as JSON (``spec.json``); Markdown, workbook and BPMN are made from it. Whatever
is wrong with it is reported at once, each problem with its JSON path (`SpecError`).
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ModelWrapValidatorHandler, ValidationError, model_validator

from journeylib.errors import SpecError, did_you_mean
from journeylib.spec import feel
from journeylib.spec.feel.types import type_problems
from journeylib.spec.parts import (
    Activity,
    Answered,
    Constraint,
    Department,
    Goal,
    Id,
    InformationItem,
    Named,
    Record,
    Role,
    Stage,
    Transition,
)
from journeylib.terms import Text

Problem = tuple[str, str]
"""A JSON path and a sentence."""


class TargetSpec(Record):
    """The target process: stages in order, who and what they speak of, and the flow between.

    `source` is the fingerprint of the log it was drafted from; `follows` that of the version before.
    Raises `SpecError` on construction with every problem it has.
    """

    format: Literal["spec/1"] = Field(default="spec/1", alias="schema")
    name: Named
    lifecycle: Id
    source: str
    version: Annotated[int, Field(ge=1)] = 1
    follows: str | None = None
    departments: tuple[Department, ...] = ()
    roles: tuple[Role, ...] = ()
    information: tuple[InformationItem, ...] = ()
    stages: Annotated[tuple[Stage, ...], Field(json_schema_extra={"minItems": 1})]
    transitions: tuple[Transition, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    goals: tuple[Goal, ...] = ()
    findings: tuple[Answered, ...] = ()
    notes: tuple[Text, ...] = ()

    @model_validator(mode="wrap")
    @classmethod
    def _report_everything(cls, data: Any, build: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            spec = build(data)
        except ValidationError as problems:
            raise SpecError([_said(error) for error in problems.errors()]) from None
        if found := list(_inconsistencies(spec)):
            raise SpecError(found)
        return spec

    # -- asking ------------------------------------------------------------------------------

    @property
    def activities(self) -> tuple[Activity, ...]:
        """All activities in the order of the target flow."""
        return tuple(activity for stage in self.stages for activity in stage.activities)

    def department_name(self, department: str | None) -> Text | None:
        """The name of a department given by its id."""
        return {d.id: d.name for d in self.departments}.get(department or "")

    def item_name(self, item: str) -> Text:
        """The name of an information item given by its id."""
        return {i.id: i.name for i in self.information}[item]

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that change with anything in it."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:16]

    def changed(self, **changes: Any) -> Self:
        """A copy with these fields changed, checked anew: `SpecError` lists what no longer fits."""
        return type(self)(**{n: getattr(self, n) for n in type(self).model_fields} | changes)

    def next(self, **changes: Any) -> Self:
        """The next version, with these fields changed: it follows this one."""
        numbered = {"version": self.version + 1, "follows": self.fingerprint}
        return self.changed(**numbered | changes)

    # -- JSON --------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """The contract's ``spec.json`` as plain data."""
        return self.model_dump(mode="json", by_alias=True)

    def to_json(self) -> str:
        """``spec.json``: the same specification gives the same text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read ``spec.json``; `SpecError` lists all that is wrong with it."""
        try:
            data = json.loads(text)
        except (json.JSONDecodeError, UnicodeDecodeError) as problem:
            raise SpecError([("$", f"this is no JSON: {problem}")]) from None
        return cls.model_validate(data)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """The JSON Schema (2020-12) of ``spec.json``."""
        dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
        return dialect | cls.model_json_schema(by_alias=True)

    def __repr__(self) -> str:
        required = sum(activity.required for activity in self.activities)
        return (
            f"TargetSpec({self.name.en}: {len(self.stages)} stages, {len(self.activities)} "
            f"activities ({required} required), answers {len(self.findings)} findings)"
        )

    __str__ = __repr__


# -- what pydantic found, in our words -------------------------------------------------------------


def _said(error: Mapping[str, Any]) -> Problem:
    path, field = _path(error["loc"]), str(error["loc"][-1]) if error["loc"] else ""
    match error["type"]:
        case "missing" | "missing_argument":
            return path, "is missing"
        case "extra_forbidden" | "unexpected_keyword_argument":
            return path, f"there is no field {field!r} here"
        case _:
            return path, str(error["msg"]).removeprefix("Value error, ")


def _path(loc: Iterable[int | str]) -> str:
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc)


# -- what only shows when the parts are seen together ------------------------------------------------


def _inconsistencies(spec: TargetSpec) -> Iterator[Problem]:
    if not spec.stages:
        yield "$.stages", "a target process needs at least one stage"
    yield from _repeated_ids(spec)
    yield from _unknown_references(spec)
    yield from _criteria_problems(spec)
    yield from _constraint_problems(spec)
    yield from _backward_transitions(spec)


def _repeated_ids(spec: TargetSpec) -> Iterator[Problem]:
    """Ids are unique within their kind, activities and criteria in the whole specification."""
    groups: dict[str, list[tuple[str, str]]] = {
        name: [(f"$.{name}[{i}]", part.id) for i, part in enumerate(getattr(spec, name))]
        for name in ("departments", "roles", "information", "stages", "constraints", "findings")
    }
    for name in ("activities", "entry", "exit", "handovers", "automation"):
        groups[name] = [(path, part.id) for path, part in _parts(spec, name)]
    groups["goals"] = [(path, goal.id) for path, goal in _goals(spec)]
    groups["events"] = [(path, part.event) for path, part in _parts(spec, "activities")]
    for name, found in groups.items():
        counts = Counter(id for _, id in found)
        field = "event" if name == "events" else "id"
        for path, id in found:
            if counts[id] > 1:
                yield f"{path}.{field}", f"{id!r} occurs {counts[id]} times; it must be unique"


def _parts(spec: TargetSpec, name: str) -> Iterator[tuple[str, Any]]:
    for s, stage in enumerate(spec.stages):
        for i, part in enumerate(getattr(stage, name)):
            yield f"$.stages[{s}].{name}[{i}]", part


def _goals(spec: TargetSpec) -> Iterator[tuple[str, Goal]]:
    """Those of the whole process, then those of its stages."""
    for i, goal in enumerate(spec.goals):
        yield f"$.goals[{i}]", goal
    yield from _parts(spec, "goals")


def _unknown_references(spec: TargetSpec) -> Iterator[Problem]:
    known = {
        "department": {d.id for d in spec.departments},
        "role": {r.id for r in spec.roles},
        "item": {i.id for i in spec.information},
        "stage": {s.id for s in spec.stages},
        "activity": {a.id for a in spec.activities},
        "finding": {f.id for f in spec.findings},
    }
    known["stage or activity"] = known["stage"] | known["activity"]
    for path, kind, id in _references(spec):
        if id is not None and id not in known[kind]:
            yield path, f"there is no {kind} {id!r}.{_way_out(id, sorted(known[kind]))}"


def _way_out(id: str, known: list[str]) -> str:
    if not known:
        return " There is none to name: leave it out."
    shown = ", ".join(map(repr, known[:_SHOWN])) + (" …" if len(known) > _SHOWN else "")
    return did_you_mean(id, known) or f" Name one of {shown}, or leave it out."


_SHOWN = 8


def _references(spec: TargetSpec) -> Iterator[tuple[str, str, str | None]]:
    """Every place that names another part: its path, the kind of part, and the id."""
    for i, role in enumerate(spec.roles):
        yield f"$.roles[{i}].department", "department", role.department
    for i, item in enumerate(spec.information):
        yield f"$.information[{i}].first_known", "stage", item.first_known
        yield f"$.information[{i}].department", "department", item.department
    for i, transition in enumerate(spec.transitions):
        yield f"$.transitions[{i}].source", "activity", transition.source
        yield f"$.transitions[{i}].target", "activity", transition.target
    for i, constraint in enumerate(spec.constraints):
        for j, activity in enumerate(constraint.activities):
            yield f"$.constraints[{i}].activities[{j}]", "activity", activity
    for path, goal in _goals(spec):
        yield f"{path}.of", "stage or activity", goal.of
        for i, finding in enumerate(goal.findings):
            yield f"{path}.findings[{i}]", "finding", finding
    yield from _references_in_stages(spec)


def _references_in_stages(spec: TargetSpec) -> Iterator[tuple[str, str, str | None]]:
    for s, stage in enumerate(spec.stages):
        for i, finding in enumerate(stage.answers):
            yield f"$.stages[{s}].answers[{i}]", "finding", finding
    for path, part in _parts(spec, "raci"):
        yield f"{path}.department", "department", part.department
    for path, activity in _parts(spec, "activities"):
        yield f"{path}.department", "department", activity.department
        yield f"{path}.role", "role", activity.role
        yield f"{path}.output", "item", activity.output
    for path, handover in _parts(spec, "handovers"):
        yield f"{path}.source", "department", handover.source
        yield f"{path}.target", "department", handover.target
        for i, handed in enumerate(handover.items):
            yield f"{path}.items[{i}].item", "item", handed.item
    for path, rule in _parts(spec, "automation"):
        yield f"{path}.activity", "activity", rule.activity


def _criteria_problems(spec: TargetSpec) -> Iterator[Problem]:
    """Criteria may only speak of information items and activities that the spec knows."""
    items = sorted(item.id for item in spec.information)
    events = sorted(activity.event for activity in spec.activities)
    for path, condition in conditions(spec):
        yield from _unknown_names(path, condition, items, events)
    yield from _unlike_things(spec)


def _unlike_things(spec: TargetSpec) -> Iterator[Problem]:
    types = {item.id: item.type for item in spec.information}
    for path, condition in conditions(spec):
        for problem in type_problems(feel.parse(condition), types):
            yield path, problem


def conditions(spec: TargetSpec) -> Iterator[Problem]:
    """Every condition of a specification with its path."""
    for path, criterion in itertools.chain(_parts(spec, "entry"), _parts(spec, "exit")):
        yield f"{path}.when", criterion.when
    for i, constraint in enumerate(spec.constraints):
        if constraint.when is not None:
            yield f"$.constraints[{i}].when", constraint.when


def _unknown_names(
    path: str, condition: str, items: list[str], events: list[str]
) -> Iterator[Problem]:
    tree = feel.parse(condition)
    for name in feel.names(tree):
        if name.id not in items:
            yield (
                path,
                f"there is no information item {name.id!r} (column {name.column})."
                + did_you_mean(name.id, items),
            )
    for event in feel.activities(tree):
        if event not in events:
            yield path, f"there is no activity {event!r}.{did_you_mean(event, events)}"


_OF_ONE = frozenset({"existence", "absence", "exactly_one", "condition"})


def _constraint_problems(spec: TargetSpec) -> Iterator[Problem]:
    """Each kind speaks of so many activities, and of what it needs besides."""
    for i, constraint in enumerate(spec.constraints):
        path, kind = f"$.constraints[{i}]", constraint.kind
        needed = 1 if kind in _OF_ONE else 2
        if len(constraint.activities) != needed:
            yield (
                f"{path}.activities",
                f"{kind} speaks of {needed}, here are {len(constraint.activities)}",
            )
        elif needed == 2 and constraint.activities[0] == constraint.activities[1]:
            yield f"{path}.activities", f"{kind} needs two different activities"
        if (kind == "condition") != (constraint.when is not None):
            yield f"{path}.when", "belongs to the kind 'condition', and to it alone"
        if constraint.within is not None and kind not in ("response", "chain_response"):
            yield f"{path}.within", "belongs to the kinds 'response' and 'chain_response'"


def _backward_transitions(spec: TargetSpec) -> Iterator[Problem]:
    """The target flow is a sequence; only optional activities may be passed over."""
    order = {activity.id: place for place, activity in enumerate(spec.activities)}
    for i, transition in enumerate(spec.transitions):
        source, target = order.get(transition.source), order.get(transition.target)
        if source is None or target is None:
            continue
        if source >= target:
            yield f"$.transitions[{i}]", "leads back; the target flow runs in the order listed"
        elif passed := [a.id for a in spec.activities[source + 1 : target] if a.required]:
            yield f"$.transitions[{i}]", f"passes over the required activity {passed[0]!r}"
