"""One stage of a draft: what is done, what must hold on leaving, who, by when, what passes on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from journeylib.journey import ActivityFacts, StageFacts
from journeylib.spec import feel
from journeylib.spec.drafting.evidence import (
    CARRIED_FROM,
    CRITERION_FROM,
    MIN_FOR_SLA,
    MIN_HANDOVERS,
    OUTPUT_FROM,
    REQUIRED_FROM,
    Evidence,
)
from journeylib.spec.drafting.measures import Passing, Share
from journeylib.spec.goals import stage_goals
from journeylib.spec.parts import (
    Activity,
    Criterion,
    CustomerPart,
    DataHandover,
    HandedItem,
    Provenance,
    Raci,
    Stage,
)
from journeylib.terms import Fact, Span, Text, say, stable_id

RESPONSIBLE_FROM = 0.2
CONSULTED_FROM = 0.05
"""A fifth of a stage's work makes a department responsible; a twentieth, worth asking."""


def draft_stage(evidence: Evidence, stage: StageFacts, filled: Fact | None) -> Stage:
    """The draft of a stage; its entry criteria are the exit criteria of the one before."""
    activities = tuple(_activity(evidence, a) for a in evidence.activities(stage.id))
    handovers = tuple(_handovers(evidence, stage.id))
    within, why = proposed_sla(
        evidence.stays.get(stage.id), evidence.population, say("spec.sla_no_exit")
    )
    known = {s.id: s for s in evidence.journey.lifecycle.stages}
    cards = evidence.answers.pinned(stage.id)
    return Stage(
        id=stage.id,
        name=stage.name,
        definition=known[stage.id].definition if stage.id in known else Text("", ""),
        exit=exit_criteria(evidence, stage.id),
        activities=activities,
        raci=tuple(_raci(evidence, stage.id, handovers)),
        handovers=handovers,
        goals=stage_goals(
            stage, filled, lambda *types: evidence.answers.in_stage(stage.id, *types)
        ),
        sla=within,
        sla_why=why.model_copy(update={"cards": cards}),
        answers=evidence.answers.in_stage(stage.id),
    )


# -- activities ----------------------------------------------------------------------------------


def _activity(evidence: Evidence, facts: ActivityFacts) -> Activity:
    within, sla_why = _activity_sla(evidence, facts)
    about = _about_activity(evidence, facts.name)
    why = evidence.why("share", evidence.share(facts), about=about).model_copy(
        update={"cards": evidence.answers.pinned(facts.id, *about)}
    )
    return Activity(
        id=facts.id,
        event=facts.name,
        name=Text.same(facts.name),
        required=evidence.share(facts).value >= REQUIRED_FROM,
        department=facts.department,
        customer=_customer(facts),
        output=_output(evidence, facts.name),
        sla=within,
        sla_why=sla_why,
        repeatable=facts.repeatable,
        outcome="won" if facts.decides == "won" else None,
        why=why,
    )


def _about_activity(evidence: Evidence, name: str) -> tuple[str, ...]:
    return evidence.answers.about("rework_loop", "drop_off", "unanswered", activity=name)


def _customer(facts: ActivityFacts) -> CustomerPart | None:
    """Who reaches out: most of its events come from the customer, or staff use a channel."""
    if (facts.customer_share or 0) > 0.5:
        return "initiates"
    return "meets" if facts.channel is not None else None


def _output(evidence: Evidence, activity: str) -> str | None:
    """What more than half of the cases first know by this activity; the most filled of several."""
    found = [
        (-first.cases.hits, attribute)
        for attribute, first in evidence.first_filled.items()
        if first.activity == activity
        and first.by_activity.value > OUTPUT_FROM
        and not evidence.at_start(attribute)
    ]
    return evidence.items[min(found)[1]].id if found else None


def _activity_sla(evidence: Evidence, facts: ActivityFacts) -> tuple[Span | None, Provenance]:
    if _customer(facts) == "initiates":
        method = f"wait_of_{evidence.population}"
        return None, Provenance(method=method, reason=say("spec.sla_customer"))
    within, why = proposed_sla(
        evidence.waits.get(facts.name), evidence.population, say("spec.sla_none")
    )
    late = evidence.answers.about("slow_transition", "sla_breach", "bottleneck", target=facts.name)
    cards = evidence.answers.pinned(*late)
    return within, why.model_copy(update={"findings": late, "cards": cards})


def proposed_sla(
    achieved: Fact | None, population: str, unmeasured: Text
) -> tuple[Span | None, Provenance]:
    """A time limit from what is achieved today, rounded up; None with the reason where it is not."""
    if achieved is None or achieved.value is None:
        return None, Provenance(method=f"wait_of_{population}", reason=unmeasured)
    why = Provenance(
        method=f"{achieved.method}_of_{population}",
        n=achieved.n,
        estimate=achieved.value,
        unit="h",
        ci_low=achieved.ci_low,
        ci_high=achieved.ci_high,
    )
    if achieved.n < MIN_FOR_SLA:
        few = say("spec.sla_too_few", n=achieved.n, needed=MIN_FOR_SLA)
        return None, why.model_copy(update={"reason": few})
    if achieved.value <= 0:
        return None, why.model_copy(update={"reason": say("spec.sla_no_time")})
    return round_span(achieved.value), why


def round_span(hours: float) -> Span:
    """The next time above that people would name: 5 minutes below an hour, then hours, then days.

    >>> str(round_span(0.52)), str(round_span(3.2)), str(round_span(100))
    ('35min', '4h', '5d')
    """
    tolerant = hours * (1 - 1e-9)
    if hours <= 1:
        return Span(5 * math.ceil(tolerant * 12), "min")
    return Span(math.ceil(tolerant), "h") if hours <= 48 else Span(math.ceil(tolerant / 24), "d")


# -- criteria ------------------------------------------------------------------------------------


def exit_criteria(evidence: Evidence, stage: str) -> tuple[Criterion, ...]:
    """What the model cases have done and know when they leave a stage.

    What decides the outcome is no criterion: it would ask for the result in order to allow it.
    """
    return (*_done_criteria(evidence, stage), *_filled_criteria(evidence, stage))


def _done_criteria(evidence: Evidence, stage: str) -> Iterator[Criterion]:
    for facts in evidence.activities(stage):
        gate = evidence.done.get((stage, facts.name))
        if facts.decides is not None or gate is None:
            continue
        required = evidence.share(facts).value >= REQUIRED_FROM
        if required and gate.model.value >= CRITERION_FROM:
            yield Criterion(
                id=stable_id("c", stage, "done", facts.name),
                when=feel.to_text(feel.was_done(facts.name)),
                text=say("spec.criterion_done", activity=facts.name),
                why=evidence.why("done_on_leaving_share", gate.model, lift=gate.lift),
            )


def _filled_criteria(evidence: Evidence, stage: str) -> Iterator[Criterion]:
    """Each attribute at the first gate that it qualifies for; later ones need not ask again."""
    for attribute in required_attributes(evidence, stage):
        item, gate = evidence.items[attribute], evidence.known[stage, attribute]
        about = evidence.answers.about("gate_incomplete", stage=stage, attribute=attribute)
        yield Criterion(
            id=stable_id("c", stage, "filled", attribute),
            when=feel.to_text(feel.filled(item.id)),
            text=say("spec.criterion_filled", item=item.name),
            why=evidence.why("filled_on_leaving_share", gate.model, lift=gate.lift, about=about),
        )


def required_attributes(evidence: Evidence, stage: str) -> tuple[str, ...]:
    """The attributes the exit criteria of a stage ask for, beyond those of the stages before."""
    order = [s.id for s in evidence.stages]
    before = order[: order.index(stage)]
    return tuple(
        attribute
        for attribute in evidence.items
        if _qualifies(evidence, stage, attribute)
        and not any(_qualifies(evidence, earlier, attribute) for earlier in before)
    )


def _qualifies(evidence: Evidence, stage: str, attribute: str) -> bool:
    """Known to most model cases on leaving and to fewer lost ones, or found to be lacking there."""
    gate = evidence.known.get((stage, attribute))
    if gate is None or evidence.at_start(attribute):
        return False
    telling = gate.tells_apart or not evidence.cohort.decided
    about = evidence.answers.about("gate_incomplete", stage=stage, attribute=attribute)
    return bool(about) or (gate.model.value >= CRITERION_FROM and telling)


# -- hand-overs, parts ---------------------------------------------------------------


def _handovers(evidence: Evidence, stage: str) -> Iterator[DataHandover]:
    for passing in evidence.passings:
        if passing.stage != stage or passing.n < MIN_HANDOVERS:
            continue
        if items := tuple(_handed_items(evidence, passing)):
            within, why = proposed_sla(passing.latency, "handovers", say("spec.sla_none"))
            place = {"source": passing.source, "target": passing.target}
            late = evidence.answers.about("handover_latency", "orphan_events", **place)
            yield DataHandover(
                id=stable_id("h", passing.source, passing.target),
                **place,
                items=items,
                within=within,
                why=why.model_copy(
                    update={"findings": late, "cards": evidence.answers.pinned(*late)}
                ),
            )


def _handed_items(evidence: Evidence, passing: Passing) -> Iterator[HandedItem]:
    """What the receiver works with, and what a silo finding says is lost on the way."""
    for attribute, item in evidence.items.items():
        share = passing.items.get(attribute, Share(0, passing.n))
        silos = ("carry_over_loss", "re_entry", "contradiction", "information_lag", "re_ask")
        place = {"source": passing.source, "target": passing.target}
        about = evidence.answers.about(*silos, attribute=attribute, **place)
        if about or share.value >= CARRIED_FROM:
            why = evidence.why("used_after_handover_share", share, about=about)
            yield HandedItem(
                item=item.id,
                why=why.model_copy(update={"method": "used_after_handover_share"}),
            )


def _raci(evidence: Evidence, stage: str, handovers: Sequence[DataHandover]) -> Iterator[Raci]:
    """Parts by share of the stage's work; whoever only receives from it is informed."""
    loads = {d: load for (s, d), load in evidence.workloads.items() if s == stage}
    ranked = sorted(loads, key=lambda department: (-loads[department].hits, department))
    for place, department in enumerate(ranked):
        why = evidence.why("share_of_work", loads[department])
        if place == 0:
            yield Raci(department=department, part="A", why=why)
        if place == 0 or loads[department].value >= RESPONSIBLE_FROM:
            yield Raci(department=department, part="R", why=why)
        elif loads[department].value >= CONSULTED_FROM:
            yield Raci(department=department, part="C", why=why)
    for target in sorted({h.target for h in handovers} - set(loads)):
        yield Raci(department=target, part="I", why=Provenance(method="receives_handover"))
