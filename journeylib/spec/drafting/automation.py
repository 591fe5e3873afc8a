"""What a system shall do by itself: assign, remind, escalate, carry; from time limits and findings."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from journeylib.spec.drafting.evidence import Evidence
from journeylib.spec.parts import (
    Activity,
    AutomationRule,
    DataHandover,
    Provenance,
    Stage,
)
from journeylib.terms import Span, Text, say, stable_id
from journeylib.wording import span_text

LATE = ("slow_transition", "sla_breach", "bottleneck", "unanswered")


def automation(evidence: Evidence, stage: Stage) -> tuple[AutomationRule, ...]:
    """The rules of a drafted stage, in the order in which they come into play."""
    return (
        *_assignments(evidence, stage),
        *_reminders(evidence, stage.activities),
        *_escalations(evidence, stage),
        *_transfers(stage.handovers),
    )


def _assignments(evidence: Evidence, stage: Stage) -> Iterator[AutomationRule]:
    """What the customer begins has an owner at once, where the next step has a time limit."""
    for asked, answer in itertools.pairwise(stage.activities):
        if asked.customer != "initiates" or answer.customer == "initiates":
            continue
        found = (
            *evidence.answers.about("unanswered", activity=asked.event),
            *_late(evidence, answer),
        )
        if answer.department is not None and (found or answer.sla is not None):
            words = {"activity": answer.name, "department": answer.department}
            yield AutomationRule(
                id=stable_id("r", "assign", asked.event, answer.event),
                kind="assign",
                activity=answer.id,
                trigger=say("draft.assign_trigger", activity=asked.name),
                action=say("draft.assign_action", **words),
                why=Provenance(method="customer_waits", findings=found),
            )


def _reminders(evidence: Evidence, activities: Sequence[Activity]) -> Iterator[AutomationRule]:
    for activity in activities:
        if activity.sla is None:
            continue
        yield AutomationRule(
            id=stable_id("r", "remind", activity.event),
            kind="remind",
            activity=activity.id,
            trigger=say("spec.remind_trigger", activity=activity.name, sla=span_text(activity.sla)),
            action=say(
                "spec.remind_action", department=activity.department or say("spec.the_owner")
            ),
            why=Provenance(method="sla_timer", findings=_late(evidence, activity)),
        )


def _late(evidence: Evidence, activity: Activity) -> tuple[str, ...]:
    unanswered = evidence.answers.about("unanswered", activity=activity.event)
    return (*unanswered, *(activity.sla_why.findings if activity.sla_why else ()))


def _escalations(evidence: Evidence, stage: Stage) -> Iterator[AutomationRule]:
    """To whoever is accountable: a step found to be late, and a case that stays too long."""
    to = next((part.department for part in stage.raci if part.part == "A"), None)
    accountable = to or say("spec.the_owner")
    for activity in stage.activities:
        late = _late(evidence, activity)
        if late and activity.sla is not None:
            words = {
                "activity": activity.name,
                "sla": span_text(_last_call(activity, activity.sla)),
            }
            yield _escalation(
                (activity.event,),
                activity.id,
                say("spec.remind_trigger", **words),
                accountable,
                late,
            )
    if stage.sla is not None:
        words = {"stage": stage.name, "sla": span_text(stage.sla)}
        found = evidence.answers.in_stage(stage.id, *LATE)
        trigger = say("draft.escalate_stage", **words)
        yield _escalation(("", stage.id), None, trigger, accountable, found)


def _last_call(activity: Activity, sla: Span) -> Span:
    """What nine of ten achieve, or twice the limit where that is no later than the reminder."""
    later = [o.limit for o in activity.sla_options if o.level == "p90" and o.limit > sla]
    return later[0] if later else Span(2 * sla.value, sla.unit, sla.clock)


def _escalation(
    key: tuple[str, ...],
    activity: str | None,
    trigger: Text,
    to: str | Text,
    findings: tuple[str, ...],
) -> AutomationRule:
    return AutomationRule(
        id=stable_id("r", "escalate", *key),
        kind="escalate",
        activity=activity,
        trigger=trigger,
        action=say("draft.escalate_action", department=to),
        why=Provenance(method="sla_timer", findings=findings),
    )


def _transfers(handovers: Sequence[DataHandover]) -> Iterator[AutomationRule]:
    """Where information was found to get lost between departments, a system shall carry it."""
    for handover in handovers:
        lost = [item for item in handover.items if item.why.findings]
        if not lost:
            continue
        words = {"source": handover.source, "target": handover.target}
        yield AutomationRule(
            id=stable_id("r", "carry", handover.source, handover.target),
            kind="carry",
            trigger=say("spec.carry_trigger", **words),
            action=say("spec.carry_action", items=", ".join(item.item for item in lost)),
            why=Provenance(
                method="information_silo", findings=tuple(f for i in lost for f in i.why.findings)
            ),
        )
