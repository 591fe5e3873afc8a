"""The rules a specification makes: what each asks, of which stage, and where in the spec it stands.

A rule is plain data with a stable id; `verdicts` knows how each kind is measured. Rules that follow
from the parts of a stage come first, in the order of the stages, then the constraints beyond the flow.
Source of the constraint kinds: Pesic, Schonenberg & van der Aalst (2007).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from journeylib.spec import feel
from journeylib.spec.drafting.evidence import REQUIRED_FROM
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Activity, ConstraintKind, Criterion, Stage
from journeylib.terms import Span, Text, say
from journeylib.wording import span_text

Kind = (
    ConstraintKind
    | Literal[
        "required", "order", "sla", "stage_sla", "exit_criterion", "entry_criterion",
        "gate_complete", "handover_item", "handover_within", "unknown_activity",
    ]
)  # fmt: skip
Unit = Literal["case", "event", "handover"]

_PER_EVENT = frozenset({"precedence", "response", "chain_response", "condition", "sla"})
_PER_HANDOVER = frozenset({"handover_item", "handover_within"})


@dataclass(frozen=True)
class Rule:
    """One thing a log can keep or break.

    `activities` are names of the log in the template's order, `whole` the tree of a condition, `item`
    the information item and `departments` sender and receiver of a hand-over. `path` is the JSON path
    of the part of the specification that makes the rule.
    """

    id: str
    kind: Kind
    stage: str | None
    text: Text
    path: str
    activities: tuple[str, ...] = ()
    within: Span | None = None
    when: feel.Expression | None = None
    item: str | None = None
    departments: tuple[str, ...] = ()

    @property
    def unit(self) -> Unit:
        """What an activation is: a case, an event, or a hand-over."""
        if self.kind in _PER_HANDOVER:
            return "handover"
        return "event" if self.kind in _PER_EVENT else "case"


def rules_of(spec: TargetSpec) -> tuple[Rule, ...]:
    """Every rule of `spec`, each with an id of its own.

    >>> from tests.spec_fixtures import small_spec
    >>> [rule.id for rule in rules_of(small_spec())][:3]
    ['required:a-form', 'required:a-contact', 'order:a-form>a-contact']
    """
    stages = (rule for s, stage in enumerate(spec.stages) for rule in _of_stage(spec, stage, s))
    return (*stages, *_of_constraints(spec), _unknown(spec))


def _of_stage(spec: TargetSpec, stage: Stage, s: int) -> Iterator[Rule]:
    path = f"$.stages[{s}]"
    yield from _required(stage, path)
    yield from _orders(spec, stage, s)
    yield from _limits(stage, path)
    yield from _gates(stage, path)
    yield from _handovers(spec, stage, path)


def _required(stage: Stage, path: str) -> Iterator[Rule]:
    for i, a in enumerate(stage.activities):
        if a.required:
            text = say("check.rule_required", activity=a.name, stage=stage.name)
            yield Rule(
                f"required:{a.id}", "required", stage.id, text,
                f"{path}.activities[{i}].required", (a.event,),
            )  # fmt: skip


def _orders(spec: TargetSpec, stage: Stage, s: int) -> Iterator[Rule]:
    """Each required activity after the required one before it, within the stage or across.

    A diagram has to draw some order; it becomes a rule where people set it, or where at least as many
    of the model cases keep it as would make an activity required.
    """
    required = [a for a in spec.activities if a.required]
    loose = {
        (t.source, t.target)
        for t in spec.transitions
        if t.why.unit == "share" and (t.why.estimate or 0.0) < REQUIRED_FROM
    }
    places = {a.id: f"$.stages[{s}].activities[{i}]" for i, a in enumerate(stage.activities)}
    for a, b in itertools.pairwise(required):
        if b.id in places and (a.id, b.id) not in loose:
            text = say("check.rule_order", first=a.name, second=b.name)
            yield Rule(
                f"order:{a.id}>{b.id}", "order", stage.id, text, places[b.id], (a.event, b.event)
            )


def _limits(stage: Stage, path: str) -> Iterator[Rule]:
    for i, a in enumerate(stage.activities):
        if a.sla is not None:
            text = say("check.rule_sla", activity=a.name, within=span_text(a.sla))
            yield Rule(
                f"sla:{a.id}", "sla", stage.id, text, f"{path}.activities[{i}].sla",
                (a.event,), within=a.sla,
            )  # fmt: skip
    if stage.sla is not None:
        text = say("check.rule_stage_sla", stage=stage.name, within=span_text(stage.sla))
        yield Rule(
            f"stage_sla:{stage.id}", "stage_sla", stage.id, text, f"{path}.sla", within=stage.sla
        )


def _gates(stage: Stage, path: str) -> Iterator[Rule]:
    """Each criterion by itself and, where a stage has several to leave it, all of them at once."""
    sides: tuple[tuple[Literal["entry", "exit"], tuple[Criterion, ...]], ...] = (
        ("entry", stage.entry),
        ("exit", stage.exit),
    )
    for side, criteria in sides:
        kind: Kind = "entry_criterion" if side == "entry" else "exit_criterion"
        for i, c in enumerate(criteria):
            text = say(f"check.rule_{side}", stage=stage.name, criterion=c.text)
            when = feel.parse(c.when)
            yield Rule(
                f"{side}:{c.id}", kind, stage.id, text, f"{path}.{side}[{i}].when", when=when
            )
    if len(stage.exit) > 1:
        text = say("check.rule_gate", stage=stage.name, n=len(stage.exit))
        every = feel.Both(tuple(feel.parse(c.when) for c in stage.exit))
        yield Rule(f"gate:{stage.id}", "gate_complete", stage.id, text, f"{path}.exit", when=every)


def _handovers(spec: TargetSpec, stage: Stage, path: str) -> Iterator[Rule]:
    for i, h in enumerate(stage.handovers):
        here, pair = f"{path}.handovers[{i}]", (h.source, h.target)
        words = {
            "source": spec.department_name(h.source) or h.source,
            "target": spec.department_name(h.target) or h.target,
        }
        for j, handed in enumerate(h.items):
            text = say("check.rule_handover_item", item=spec.item_name(handed.item), **words)
            yield Rule(
                f"handover:{h.id}:{handed.item}", "handover_item", stage.id, text,
                f"{here}.items[{j}]", item=handed.item, departments=pair,
            )  # fmt: skip
        if h.within is not None:
            text = say("check.rule_handover_within", within=span_text(h.within), **words)
            yield Rule(
                f"handover_within:{h.id}", "handover_within", stage.id, text, f"{here}.within",
                within=h.within, departments=pair,
            )  # fmt: skip


def _of_constraints(spec: TargetSpec) -> Iterator[Rule]:
    activities = {a.id: a for a in spec.activities}
    stages = {a.id: stage.id for stage in spec.stages for a in stage.activities}
    for i, c in enumerate(spec.constraints):
        named: list[Activity] = [activities[id] for id in c.activities]
        yield Rule(
            f"constraint:{c.id}", c.kind, stages[c.activities[0]], c.text, f"$.constraints[{i}]",
            tuple(a.event for a in named), c.within, feel.parse(c.when) if c.when else None,
        )  # fmt: skip


def _unknown(spec: TargetSpec) -> Rule:
    known = tuple(a.event for a in spec.activities)
    return Rule("unknown", "unknown_activity", None, say("check.rule_unknown"), "$.stages", known)
