"""The lanes of figures: how long it takes, and who goes on."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from journeylib.drawing import words
from journeylib.drawing.estimates import share_of, why
from journeylib.drawing.journeymap.bars import aimed, bar
from journeylib.drawing.journeymap.scene import Cell, Lane, Line, Meter, Piece
from journeylib.drawing.journeymap.sight import Sight
from journeylib.drawing.journeymap.telling import backing, sample, unknown_cell, weakest
from journeylib.journey import Move, StageFacts
from journeylib.spec.parts import Goal, Stage
from journeylib.terms import Fact

WAITS = 2
"""So many of the moves into a stage that take most time in all are named."""


# -- times ---------------------------------------------------------------------------------------


def times(sight: Sight) -> Lane:
    """How long a case stays, and where most of that goes; the target beside it."""
    full = max((s.dwell.value for s in sight.stages if s.dwell.value), default=1.0)
    longest = max((m.wait.median for m in sight.journey.moves if m.wait.median), default=1.0)
    cells = tuple(_times(sight, stage, full, longest) for stage in sight.stages)
    return Lane("times", sight.tell("times"), sight.tell("times_note"), cells)


def _times(sight: Sight, stage: StageFacts, full: float, longest: float) -> Cell:
    target = sight.target_stages.get(stage.id)
    dwell = bar(sight.tell("dwell"), stage.dwell, sight.lang, full=full)
    dwell = aimed(dwell, target.sla if target else None, stage.dwell, sight, full)
    waits = tuple(_wait(sight, move, longest) for move in _waits(sight, stage.id))
    if stage.dwell.value is None and not waits:
        return unknown_cell(stage.dwell.reason, sight.lang)
    told: Piece = dwell if stage.dwell.value is not None else Line(
        sight.tell("dwell_unknown", reason=why(stage.dwell, sight.lang))
    )  # fmt: skip
    heading = (Line(sight.tell("waits"), "muted", 1),) if waits else ()
    n = sample(stage.dwell.n, sight.lang)
    return Cell((told, *heading, *waits), backing(stage.dwell), n)


def _waits(sight: Sight, stage: str) -> list[Move]:
    """The moves that take most time in all, among those that take any."""
    into = {a.name for a in sight.activities.get(stage, ())}
    here = [m for m in sight.journey.moves if m.target in into and m.wait.mean]
    return sorted(here, key=lambda m: (-m.count * (m.wait.mean or 0), m.id))[:WAITS]


def _wait(sight: Sight, move: Move, longest: float) -> Meter:
    median = move.wait.median or 0.0
    name = sight.tell("from_to", source=move.source, target=move.target)
    value = words.duration(median, sight.lang)
    aside = sight.tell("times_n", n=words.number(move.count))
    return Meter(name, value, median / longest, aside=aside)


# -- conversion ----------------------------------------------------------------------------------


def conversion(sight: Sight) -> Lane:
    """Who goes on, who is lost here, who is still here."""
    cells = tuple(_conversion(sight, stage) for stage in sight.stages)
    return Lane("conversion", sight.tell("conversion"), sight.tell("conversion_note"), cells)


def _conversion(sight: Sight, stage: StageFacts) -> Cell:
    onward = stage.conversion
    ends = list(_ends(sight, stage))
    if onward.value is None and not ends:
        return unknown_cell(onward.reason, sight.lang)
    meter = bar(sight.tell("onward"), onward, sight.lang)
    goal = _goal(sight.target_stages.get(stage.id))
    if goal is not None and goal.target is not None:
        note = sight.tell("target_value", value=words.share(goal.target))
        meter = dataclasses.replace(meter, target=goal.target, note=note)
    first: Piece = meter if onward.value is not None else Line(
        sight.tell("onward_unknown", reason=why(onward, sight.lang))
    )  # fmt: skip
    rest = [bar(name, fact, sight.lang) for name, fact in ends]
    missing = () if ends else (Line(sight.tell("need_outcome")),)
    known = [fact for fact in (onward, *(fact for _name, fact in ends)) if fact.value is not None]
    weak = weakest(map(backing, known))
    return Cell((first, *rest, *missing), weak, sample(stage.cases, sight.lang))


def _goal(target: Stage | None) -> Goal | None:
    return next((g for g in target.goals if g.measure == "conversion"), None) if target else None


def _ends(sight: Sight, stage: StageFacts) -> Iterator[tuple[str, Fact]]:
    """Of the stage's cases, those whose last event is here and that are lost, won or open."""
    if sight.journey.outcomes.won is None or not stage.cases:
        return
    for outcome in ("won", "lost", "open"):
        k = sight.counts.endings.get((stage.id, outcome), 0)
        if k or outcome == "lost":
            yield sight.tell(f"ends_{outcome}"), share_of(k, stage.cases)
