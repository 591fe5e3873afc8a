"""`specify`: a draft of the target process, mined from the cases that went well.

Everything in it is a proposal for the workshop and says why it is made (`Provenance`). Source of the
form: stage-gate (Cooper 1990); of criteria from data: decision mining (Rozinat & van der Aalst 2006).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

from journeylib.annotations import Card
from journeylib.findings.finding import Findings
from journeylib.findings.rules import Rules
from journeylib.journey import Journey
from journeylib.lifecycle import UNMAPPED
from journeylib.spec.drafting import measures
from journeylib.spec.drafting.answers import ideas, verdicts
from journeylib.spec.drafting.automation import automation
from journeylib.spec.drafting.constraints import proposed_constraints
from journeylib.spec.drafting.evidence import MIN_FOR_SLA, Evidence
from journeylib.spec.drafting.mining_criteria import MinedCriteria, mined_criteria
from journeylib.spec.drafting.probability import Probability, win_probabilities
from journeylib.spec.drafting.sla import sla_options
from journeylib.spec.drafting.stages import draft_stage, required_attributes
from journeylib.spec.goals import cycle_time_goal
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import (
    Activity,
    Department,
    InformationItem,
    SlaOption,
    Stage,
    Transition,
)
from journeylib.terms import Text, say


def specify(
    journey: Journey,
    findings: Findings | None = None,
    annotations: Iterable[Card] | None = None,
    *,
    name: str | None = None,
) -> TargetSpec:
    """Draft the target process of `journey`: what the won cases do, and the lost ones do less.

    `findings` are linked to the stages, time limits and hand-overs that answer them; `annotations`
    are cards pinned to the map, linked by their pins; a finding they reject is not answered. Without
    any won case the draft rests on all cases and says so in its notes. Proposals the data cannot
    carry are left out, with the reason.
    """
    evidence = Evidence.gather(journey, findings, annotations or ())
    stages = _with_entry(_stages(evidence))
    return TargetSpec(
        name=Text.same(name) if name else say("spec.name", lifecycle=journey.lifecycle.name),
        lifecycle=journey.lifecycle.id,
        source=journey.log.fingerprint,
        departments=_departments(evidence, stages),
        information=tuple(_known_in(stages, evidence)),
        stages=stages,
        transitions=tuple(_transitions(evidence, stages)),
        constraints=proposed_constraints(evidence, [a for s in stages for a in s.activities]),
        goals=(cycle_time_goal(journey, _slowness(evidence, findings)),),
        findings=evidence.answers.short(),
        notes=(*_notes(evidence), *_from_the_workshop(evidence, findings)),
    )


def _stages(evidence: Evidence) -> tuple[Stage, ...]:
    required = {s.id: required_attributes(evidence, s.id) for s in evidence.stages}
    filled = measures.filling(evidence.cohort, required)
    mined = mined_criteria(evidence, Rules.load())
    options = sla_options(evidence.cohort)
    odds = win_probabilities(evidence.journey)
    return tuple(
        _enriched(evidence, draft_stage(evidence, s, filled.get(s.id)), mined, options, odds[s.id])
        for s in evidence.stages
    )


def _enriched(
    evidence: Evidence,
    stage: Stage,
    mined: MinedCriteria,
    options: Mapping[str, tuple[SlaOption, ...]],
    odds: Probability,
) -> Stage:
    """`stage` with mined criteria, limits to choose from, its probability, and what to automate."""
    asked = {criterion.when for criterion in stage.exit}
    new = tuple(c.criterion for c in mined.at(stage.id) if c.when not in asked)
    activities = tuple(_with_options(a, options.get(a.event, ())) for a in stage.activities)
    changes = {"exit": (*stage.exit, *new), "activities": activities}
    stage = stage.model_copy(update=changes | {"probability": odds[0], "probability_why": odds[1]})
    return stage.model_copy(update={"automation": automation(evidence, stage)})


def _with_options(activity: Activity, options: tuple[SlaOption, ...]) -> Activity:
    """Customers are set no time limits."""
    if activity.customer == "initiates" or not options:
        return activity
    return activity.model_copy(update={"sla_options": options})


def _with_entry(stages: Sequence[Stage]) -> tuple[Stage, ...]:
    """Whoever may leave a stage may enter the next: one gate, one set of criteria."""
    before = ((), *(stage.exit for stage in stages))
    return tuple(
        stage.model_copy(update={"entry": entry})
        for stage, entry in zip(stages, before, strict=False)
    )


def _departments(evidence: Evidence, stages: Sequence[Stage]) -> tuple[Department, ...]:
    """Every department the draft speaks of, in order of appearance."""
    named = [
        *(d for s in stages for a in s.activities for d in [a.department]),
        *(r.department for s in stages for r in s.raci),
        *(d for s in stages for h in s.handovers for d in (h.source, h.target)),
        *(item.department for item in evidence.items.values()),
    ]
    return tuple(Department(id=d, name=Text.same(d)) for d in dict.fromkeys(named) if d)


def _known_in(stages: Sequence[Stage], evidence: Evidence) -> Iterator[InformationItem]:
    """The information items; where one is first known in no stage of the draft, that is left open."""
    ids = {stage.id for stage in stages}
    for item in evidence.items.values():
        kept = item.first_known in ids
        yield item if kept else item.model_copy(update={"first_known": None})


def _transitions(evidence: Evidence, stages: Sequence[Stage]) -> Iterator[Transition]:
    """From each activity to the next, and past optional ones to the first that is required.

    The reason is the share of the model cases doing both that begin them in this order.
    """
    flow = [activity for stage in stages for activity in stage.activities]
    pairs = list(neighbours(flow))
    orders = measures.orders(evidence.cohort, [(a.event, b.event) for a, b in pairs])
    for a, b in pairs:
        share = orders.get((a.event, b.event), measures.Share(0, 0))
        yield Transition(source=a.id, target=b.id, why=evidence.why("order_share", share))


def neighbours(flow: Sequence[Activity]) -> Iterator[tuple[Activity, Activity]]:
    """What may follow what in a sequence: the next, and past optional ones the first required."""
    for place, activity in enumerate(flow):
        for follower in flow[place + 1 :]:
            yield activity, follower
            if follower.required:
                break


def _slowness(evidence: Evidence, findings: Findings | None) -> tuple[str, ...]:
    kept = {finding.id for finding in evidence.answers.findings}
    slow = findings.of_type("slow_transition", "bottleneck", "sla_breach") if findings else ()
    return tuple(f.id for f in slow if f.id in kept)


def _notes(evidence: Evidence) -> Iterator[Text]:
    """What whoever reads the draft must know about it."""
    journey, outcomes = evidence.journey, evidence.journey.outcomes
    if evidence.cohort.decided:
        counts = {w: f"{getattr(outcomes, w) or 0:,}" for w in ("won", "lost", "open")}
        yield say("spec.note_won", **counts)
    else:
        yield say("spec.note_no_outcome", cases=f"{journey.log.totals.cases:,}")
    models = outcomes.won if evidence.cohort.decided else journey.log.totals.cases
    if (models or 0) < MIN_FOR_SLA:
        yield say("spec.note_few", n=models)
    if left_out := _left_out(evidence):
        yield left_out
    if columns := [a for a in evidence.items if evidence.at_start(a)]:
        yield say("spec.note_at_start", items=", ".join(columns))
    yield say("spec.note_candidates")


def _from_the_workshop(evidence: Evidence, findings: Findings | None) -> Iterator[Text]:
    """What the cards say that has no place of its own in the specification."""
    decided = verdicts(evidence.answers.cards)
    gone = [f.title for f in findings or () if decided.get(f.id) == "rejected"]
    if gone:
        titles = Text("；".join(t.zh for t in gone), "; ".join(t.en for t in gone))
        yield say("draft.note_rejected", n=len(gone), titles=titles)
    if told := ideas(evidence.answers.cards):
        listed = Text("；".join(told), "; ".join(told))
        yield say("draft.note_ideas", ideas=listed)


def _left_out(evidence: Evidence) -> Text | None:
    lost = [a for a in evidence.journey.activities if a.stage == UNMAPPED]
    if not lost or UNMAPPED in {stage.id for stage in evidence.stages}:
        return None
    largest = sorted(lost, key=lambda a: (-a.events, a.name))
    named = ", ".join(a.name for a in itertools.islice(largest, 5))
    more = " …" if len(lost) > 5 else ""
    return say("spec.note_unmapped", n=f"{sum(a.events for a in lost):,}", activities=named + more)
