"""The lanes of who does what: customers, frontstage, backstage (Shostack 1984)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from journeylib.drawing import rows, words
from journeylib.drawing.journeymap.scene import Aim, Cell, Lane, Line, Piece, Step
from journeylib.drawing.journeymap.sight import Sight
from journeylib.drawing.journeymap.telling import backing_of, empty_cell, sample, unknown_cell
from journeylib.findings.touchpoints import Line as Side
from journeylib.journey import ActivityFacts, StageFacts
from journeylib.lifecycle import UNMAPPED

STEPS = 6
"""More activities in one cell than this are counted, not drawn; with few stages cells hold more."""
_SIDES: tuple[Side, ...] = ("customer", "frontstage", "backstage", "unknown")
_NAMES = {"unknown": "unknown_side"}


def people(sight: Sight) -> Iterator[Lane]:
    """A lane a side; activities of which the log does not say the side have one of their own."""
    sides = {seen.activity: seen.line for seen in sight.counts.touchpoints.visibility}
    for side in _SIDES:
        names = {name for name, line in sides.items() if line == side}
        if side == "unknown" and not names:
            continue
        cells = tuple(_cell(sight, side, stage, names) for stage in sight.stages)
        yield Lane(side, sight.tell(_NAMES.get(side, side)), sight.tell(f"{side}_note"), cells)


def _cell(sight: Sight, side: Side, stage: StageFacts, names: set[str]) -> Cell:
    here = [a for a in sight.activities.get(stage.id, ()) if a.name in names]
    new = _new(sight, side, stage.id)
    if not here and not new:
        reason = _unknowable(sight, side)
        return unknown_cell(reason, sight.lang) if reason else empty_cell("nothing", sight.lang)
    most = STEPS * max(1, 4 // len(sight.stages))
    kept = sorted(sorted(here, key=lambda a: (-a.events, a.name))[:most], key=here.index)
    pieces = list(
        _steps(sight, stage, kept) if side == "customer" else _grouped(sight, stage, kept)
    )
    return Cell(
        pieces=(*pieces, *new),
        backing=backing_of(stage.cases),
        n=sample(stage.cases, sight.lang),
        hidden=sight.tell("more_steps", n=len(here) - len(kept)) if len(here) > len(kept) else "",
    )


def _unknowable(sight: Sight, side: Side) -> str:
    """Why nothing can be said of this side, if so."""
    log = sight.journey.log
    if side == "customer" and not log.has("actor"):
        return sight.tell("need_actor")
    if side in ("frontstage", "backstage") and not log.has("channel"):
        return sight.tell("need_channel")
    if side == "frontstage" and not log.has("actor"):
        return sight.tell("need_actor_too")
    return ""


def _grouped(sight: Sight, stage: StageFacts, kept: Sequence[ActivityFacts]) -> Iterator[Piece]:
    """By department, where the log names any: the one that comes first is first."""
    for department in dict.fromkeys(activity.department for activity in kept):
        if department is not None:
            yield Line(department, "head", 1)
        elif sight.journey.log.has("department"):
            yield Line(sight.tell("no_department"), "head", 1)
        own = [activity for activity in kept if activity.department == department]
        yield from _steps(sight, stage, own)


def _steps(sight: Sight, stage: StageFacts, kept: Sequence[ActivityFacts]) -> Iterator[Step]:
    for activity in kept:
        cases = words.number(activity.cases)
        share = words.share(activity.cases / stage.cases) if stage.cases else ""
        aim, note = _aim(sight, stage, activity)
        count = sight.tell("step_count", cases=cases, share=share)
        badges, told = sight.badges(activity.name), rows.of_activity(activity, sight.lang)
        yield Step(activity.name, count, badges, aim, note, activity.id, told)


def _aim(sight: Sight, stage: StageFacts, activity: ActivityFacts) -> tuple[Aim | None, str]:
    """What the target says of it, and what of that is not so today."""
    if sight.spec is None:
        return None, ""
    target = sight.target_activities.get(activity.name)
    if target is None:
        return "left_out", sight.tell("aim_left_out")
    if not target.required:
        return "optional", sight.tell("aim_optional")
    skipped = stage.cases - activity.cases
    if stage.id == UNMAPPED or skipped <= 0:
        return "required", sight.tell("aim_required")
    return "required", sight.tell("aim_skipped", share=words.share(skipped / stage.cases))


def _new(sight: Sight, side: Side, stage: str) -> tuple[Step, ...]:
    """Activities of the target process that the log has never seen."""
    target = sight.target_stages.get(stage)
    if target is None:
        return ()
    meant = {"initiates": "customer", "meets": "frontstage", None: "backstage"}
    return tuple(
        Step(a.name.in_(sight.lang), sight.tell("aim_new"), aim="new")
        for a in target.activities
        if a.event not in sight.journey.activity_names and meant[a.customer] == side
    )
