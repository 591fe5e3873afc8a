"""Part 3: the process."""

from __future__ import annotations

from journeylib.findings.finding import Findings
from journeylib.project.checks.situation import (
    Check,
    Seen,
    Situation,
    counted,
    missing,
    ready_if,
    undone,
    with_findings,
    with_spec,
)
from journeylib.project.wording import joined
from journeylib.spec.model import TargetSpec
from journeylib.terms import say


def lifecycle_seen(situation: Situation) -> Seen:
    """The log reaches into each stage of the lifecycle."""
    stages = situation.journey.lifecycle.stages
    reached = {stage.id for stage in situation.journey.stages if stage.cases}
    absent = [stage.name for stage in stages if stage.id not in reached]
    seen = counted(len(stages) - len(absent), len(stages), "stages", "journey.stages")
    if not absent:
        return seen
    told = say("project.seen_absent", names=joined(absent, "list_mark"))
    return Seen(seen.state, joined((seen.evidence, told), "semicolon"), seen.n, seen.where)


def touchpoints_seen(situation: Situation) -> Seen:
    """Contacts are known by stage and channel."""
    if not situation.journey.log.has("channel"):
        return missing("channel")
    n = len(situation.journey.touchpoints)
    return Seen(ready_if(n), say("project.seen_touchpoints", n=n), n, "journey.touchpoints")


@with_findings
def breakpoints_tested(_situation: Situation, findings: Findings) -> Seen:
    """Something was tested, whatever came of it."""
    return _tested(findings, findings.breakpoints)


@with_findings
def silos_tested(situation: Situation, findings: Findings) -> Seen:
    """Information can be followed from one department to another."""
    log = situation.journey.log
    if not log.has("department"):
        return missing("department")
    if not log.attributes:
        return Seen("not_measurable", say("project.seen_no_attributes"), None, "log", "attributes")
    return _tested(findings, findings.silos)


def _tested(findings: Findings, own: Findings) -> Seen:
    values = {"tested": f"{findings.tested:,}", "proven": len(own.proven), "all": len(own)}
    return Seen(
        ready_if(findings.tested), say("project.seen_tested", **values), findings.tested, "findings"
    )


@with_spec
def findings_answered(situation: Situation, spec: TargetSpec) -> Seen:
    """Each proven finding lies in a stage that answers it."""
    if situation.findings is None:
        return undone("diagnose")
    proven = [f.id for f in situation.findings.proven if f.kind != "touchpoint"]
    answered = {id for stage in spec.stages for id in stage.answers}
    if not proven:
        return Seen("ready", say("project.seen_nothing_proven"), 0, "findings")
    return counted(len(set(proven) & answered), len(proven), "answered", "spec.stages.answers")


@with_spec
def stage_criteria(_situation: Situation, spec: TargetSpec) -> Seen:
    """Each stage can only be left under conditions."""
    return counted(
        sum(bool(s.exit) for s in spec.stages), len(spec.stages), "criteria", "spec.stages.exit"
    )


@with_spec
def stage_activities(_situation: Situation, spec: TargetSpec) -> Seen:
    """Something is required in each stage."""
    done = [s for s in spec.stages if any(a.required for a in s.activities)]
    return counted(len(done), len(spec.stages), "required", "spec.stages.activities")


@with_spec
def time_limits(_situation: Situation, spec: TargetSpec) -> Seen:
    """Required activities of the house have a limit; what customers initiate needs none."""
    required = [a for a in spec.activities[1:] if a.required and a.customer != "initiates"]
    limited = [a for a in required if a.sla is not None]
    return counted(len(limited), len(required), "limits", "spec.stages.activities.sla")


@with_spec
def handovers_set(situation: Situation, spec: TargetSpec) -> Seen:
    """Information goes with the work."""
    if not situation.journey.log.has("department") and not spec.departments:
        return missing("department")
    handovers = [h for stage in spec.stages for h in stage.handovers]
    return counted(
        sum(bool(h.items) for h in handovers), len(handovers), "handovers", "spec.stages.handovers"
    )


@with_spec
def automation_set(_situation: Situation, spec: TargetSpec) -> Seen:
    """The system does something by itself."""
    n = sum(len(stage.automation) for stage in spec.stages)
    return Seen(ready_if(n), say("project.seen_automation", n=n), n, "spec.stages.automation")


def kept_today(situation: Situation) -> Seen:
    """The log was held against the specification, whatever came of it."""
    if situation.conformance is None:
        return undone("check")
    rules = situation.conformance.to_dict().get("rules", ())
    broken = sum(bool(rule.get("violated")) for rule in rules)
    told = say("project.seen_kept", n=len(rules), broken=broken)
    return Seen(ready_if(rules), told, len(rules), "conformance")


CHECKS: dict[str, Check] = {
    "lifecycle_seen": lifecycle_seen,
    "touchpoints_seen": touchpoints_seen,
    "breakpoints_tested": breakpoints_tested,
    "silos_tested": silos_tested,
    "findings_answered": findings_answered,
    "stage_criteria": stage_criteria,
    "stage_activities": stage_activities,
    "time_limits": time_limits,
    "handovers_set": handovers_set,
    "automation_set": automation_set,
    "kept_today": kept_today,
}
