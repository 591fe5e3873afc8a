"""What engines want said differently: conditions, timers, the link to a decision, task extras.

The model keeps FEEL; a dialect writes it for one engine. ``generic`` is BPMN as OMG has it, with the
links to decisions that Camunda 7 and SpiffWorkflow look for beside it, in their own namespaces, which
everyone else passes over. Sources: the extension references of Camunda 7.23, Camunda 8.7 and
SpiffWorkflow 3.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from journeylib.exporting.languages import to_juel, to_juel_value, to_python
from journeylib.spec import feel
from journeylib.spec.feel import Expression

Dialect = Literal["generic", "camunda7", "camunda8", "spiff"]

NAMESPACES: Mapping[str, str] = {
    "camunda": "http://camunda.org/schema/1.0/bpmn",
    "zeebe": "http://camunda.org/schema/zeebe/1.0",
    "spiffworkflow": "http://spiffworkflow.org/bpmn/schema/1.0/core",
}
RETENTION = "P180D"
"""How long Camunda 7 keeps finished cases; it refuses to deploy what says nothing about it."""


@dataclass(frozen=True)
class Extra:
    """An extension element, ``prefix:name``, with attributes, text and children."""

    tag: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None
    children: Sequence[Extra] = ()


@dataclass(frozen=True)
class Extras:
    """What a dialect adds to an element: attributes (``prefix:name``) and extension elements."""

    attributes: Mapping[str, str] = field(default_factory=dict)
    elements: Sequence[Extra] = ()


NOTHING = Extras()


@dataclass(frozen=True)
class RuleFacts:
    """What an engine has to know about a gate: its decision, and where the answer goes.

    `reads` are the variables the decision asks for, each with its value at this gate: an item is what
    it is, and whether an activity was done follows from the way that leads here.
    """

    decision: str
    answer: str
    reads: Mapping[str, Expression]


@dataclass(frozen=True)
class TaskFacts:
    """What an engine has to know about a task: who does it, and what to set when it is done.

    `handed` is the variable of the document it hands over with the items in it, if it does.
    """

    id: str
    department: str | None
    done: str
    handed: tuple[str, tuple[str, ...]] | None = None


class Writer:
    """BPMN as OMG has it."""

    prefixes: tuple[str, ...] = ("camunda", "spiffworkflow")

    def condition(self, tree: Expression) -> str:
        """The condition of a sequence flow."""
        return feel.to_text(tree)

    def duration(self, iso: str) -> str:
        """The duration of a timer."""
        return iso

    def process(self) -> Extras:
        """What the process element needs."""
        return NOTHING

    def task(self, facts: TaskFacts) -> Extras:  # noqa: ARG002
        """What a task of people needs."""
        return NOTHING

    def rule(self, facts: RuleFacts) -> Extras:
        """How a business-rule task names its decision and where the answer goes."""
        return Extras(_camunda7_link(facts), _Spiff().rule(facts).elements)


class _Camunda7(Writer):
    prefixes = ("camunda",)

    def condition(self, tree: Expression) -> str:
        return to_juel(tree)

    def process(self) -> Extras:
        return Extras({"camunda:historyTimeToLive": RETENTION})

    def task(self, facts: TaskFacts) -> Extras:
        simple = facts.department and not set(facts.department) & set(",${}#")
        groups = {"camunda:candidateGroups": str(facts.department)} if simple else {}
        return Extras(groups)

    def rule(self, facts: RuleFacts) -> Extras:
        """A variable nobody has set is an error in its decisions: here it becomes null."""
        parameters = [
            Extra("camunda:inputParameter", {"name": name}, to_juel_value(value))
            for name, value in facts.reads.items()
        ]
        mapping = [Extra("camunda:inputOutput", children=parameters)] if parameters else []
        return Extras(_camunda7_link(facts), mapping)


def _camunda7_link(facts: RuleFacts) -> Mapping[str, str]:
    return {
        "camunda:decisionRef": facts.decision,
        "camunda:resultVariable": facts.answer,
        "camunda:mapDecisionResult": "singleEntry",
    }


class _Camunda8(Writer):
    prefixes = ("zeebe",)

    def condition(self, tree: Expression) -> str:
        return f"={feel.to_text(tree)}"

    def task(self, facts: TaskFacts) -> Extras:
        elements = [
            Extra("zeebe:userTask"),
            Extra("zeebe:formDefinition", {"externalReference": facts.id}),
        ]
        if facts.department:
            groups = f"=[{json.dumps(facts.department, ensure_ascii=False)}]"
            elements.append(Extra("zeebe:assignmentDefinition", {"candidateGroups": groups}))
        return Extras(elements=elements)

    def rule(self, facts: RuleFacts) -> Extras:
        """Input mappings alone: with output mappings a task would keep what its form has set."""
        inputs = [
            Extra("zeebe:input", {"source": f"={feel.to_text(value)}", "target": name})
            for name, value in facts.reads.items()
            if value != feel.Name(name)
        ]
        called = {"decisionId": facts.decision, "resultVariable": facts.answer}
        mapping = [Extra("zeebe:ioMapping", children=inputs)] if inputs else []
        return Extras(elements=[Extra("zeebe:calledDecision", called), *mapping])


class _Spiff(Writer):
    prefixes = ("spiffworkflow",)

    def condition(self, tree: Expression) -> str:
        return to_python(tree)

    def duration(self, iso: str) -> str:
        """Quoted: it is evaluated as Python."""
        return f'"{iso}"'

    def task(self, facts: TaskFacts) -> Extras:
        lines = [f"{facts.done} = True"]
        if facts.handed:
            variable, items = facts.handed
            lines.append(f"{variable} = {{{', '.join(f'{item!r}: {item}' for item in items)}}}")
        return Extras(elements=[Extra("spiffworkflow:postScript", text="\n".join(lines))])

    def rule(self, facts: RuleFacts) -> Extras:
        """The answer goes where the decision's output says."""
        return Extras(elements=[Extra("spiffworkflow:calledDecisionId", text=facts.decision)])


_WRITERS: Mapping[Dialect, Writer] = {
    "generic": Writer(), "camunda7": _Camunda7(), "camunda8": _Camunda8(), "spiff": _Spiff(),
}  # fmt: skip


def writer_of(dialect: Dialect) -> Writer:
    """How a dialect is written."""
    return _WRITERS[dialect]
