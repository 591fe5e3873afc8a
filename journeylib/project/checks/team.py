"""Part 2: the team."""

from __future__ import annotations

from journeylib.project.checks.situation import (
    Check,
    Seen,
    Situation,
    counted,
    missing,
    ready_if,
    undone,
    with_spec,
)
from journeylib.project.training import training
from journeylib.project.wording import joined
from journeylib.spec.model import TargetSpec
from journeylib.terms import say


@with_spec
def cross_functional(situation: Situation, spec: TargetSpec) -> Seen:
    """More than one department takes part."""
    if not situation.journey.log.has("department") and not spec.departments:
        return missing("department")
    names = joined((d.name for d in spec.departments), "list_mark")
    told = say("project.seen_departments", n=len(spec.departments), names=names)
    return Seen(
        ready_if(len(spec.departments) > 1), told, len(spec.departments), "spec.departments"
    )


@with_spec
def stage_owners(_situation: Situation, spec: TargetSpec) -> Seen:
    """One department is accountable for each stage."""
    owned = [s for s in spec.stages if sum(r.part == "A" for r in s.raci) == 1]
    return counted(len(owned), len(spec.stages), "owners", "spec.stages.raci")


@with_spec
def stage_doers(_situation: Situation, spec: TargetSpec) -> Seen:
    """Somebody is responsible in each stage."""
    done = [s for s in spec.stages if any(r.part == "R" for r in s.raci)]
    return counted(len(done), len(spec.stages), "doers", "spec.stages.raci")


@with_spec
def roles_trained(situation: Situation, spec: TargetSpec) -> Seen:
    """Each role or department has an outline."""
    outlines = training(spec, situation.findings).outlines
    roles = len({r.department for r in spec.roles} | {d.id for d in spec.departments})
    return counted(min(len(outlines), roles), roles, "outlines", "training")


def map_discussed(situation: Situation) -> Seen:
    """Somebody pinned notes to the map."""
    if situation.cards is None:
        return undone("board")
    n = len(situation.cards)
    return Seen(ready_if(n), say("project.seen_cards", n=n), n, "annotations")


CHECKS: dict[str, Check] = {
    "cross_functional": cross_functional,
    "stage_owners": stage_owners,
    "stage_doers": stage_doers,
    "roles_trained": roles_trained,
    "map_discussed": map_discussed,
}
