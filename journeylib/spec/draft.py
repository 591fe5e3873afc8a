"""`specify`: a draft of the target process, mined from the cases that went well.

Everything in it is a proposal for the workshop and says why it is made (`Provenance`). Source of the
form: stage-gate (Cooper 1990); of criteria from data: decision mining (Rozinat & van der Aalst 2006).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

from journeylib.findings.finding import Findings
from journeylib.findings.rules import Rules
from journeylib.journey import Journey
from journeylib.lifecycle import UNMAPPED
from journeylib.spec import measures
from journeylib.spec.answers import Card
from journeylib.spec.evidence import MIN_FOR_SLA, Evidence
from journeylib.spec.goals import cycle_time_goal
from journeylib.spec.mining_criteria import MinedCriteria, mined_criteria
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Activity, Department, InformationItem, Stage, Transition
from journeylib.spec.stages import draft_stage, required_attributes
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
    are cards pinned to the map, linked by their pins. Without any won case the draft rests on all
    cases and says so in its notes. Proposals the data cannot carry are left out, with the reason.
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
        goals=(cycle_time_goal(journey, _slowness(findings)),),
        findings=evidence.answers.short(),
        notes=tuple(_notes(evidence)),
    )


def _stages(evidence: Evidence) -> tuple[Stage, ...]:
    required = {s.id: required_attributes(evidence, s.id) for s in evidence.stages}
    filled = measures.filling(evidence.cohort, required)
    mined = mined_criteria(evidence, Rules.load())
    drafts = (draft_stage(evidence, s, filled.get(s.id)) for s in evidence.stages)
    return tuple(_with_mined(stage, mined) for stage in drafts)


def _with_mined(stage: Stage, mined: MinedCriteria) -> Stage:
    """`stage` with the rules its gate was found to have, those aside that it asks for anyway."""
    asked = {criterion.when for criterion in stage.exit}
    new = tuple(c.criterion for c in mined.at(stage.id) if c.when not in asked)
    return stage.model_copy(update={"exit": (*stage.exit, *new)}) if new else stage


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
    pairs = list(_neighbours(flow))
    orders = measures.orders(evidence.cohort, [(a.event, b.event) for a, b in pairs])
    for a, b in pairs:
        share = orders.get((a.event, b.event), measures.Share(0, 0))
        yield Transition(source=a.id, target=b.id, why=evidence.why("order_share", share))


def _neighbours(flow: Sequence[Activity]) -> Iterator[tuple[Activity, Activity]]:
    for place, activity in enumerate(flow):
        for follower in flow[place + 1 :]:
            yield activity, follower
            if follower.required:
                break


def _slowness(findings: Findings | None) -> tuple[str, ...]:
    slow = findings.of_type("slow_transition", "bottleneck", "sla_breach") if findings else ()
    return tuple(f.id for f in slow if f.confidence != "too_few")


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


def _left_out(evidence: Evidence) -> Text | None:
    lost = [a for a in evidence.journey.activities if a.stage == UNMAPPED]
    if not lost or UNMAPPED in {stage.id for stage in evidence.stages}:
        return None
    largest = sorted(lost, key=lambda a: (-a.events, a.name))
    named = ", ".join(a.name for a in itertools.islice(largest, 5))
    more = " …" if len(lost) > 5 else ""
    return say("spec.note_unmapped", n=f"{sum(a.events for a in lost):,}", activities=named + more)
