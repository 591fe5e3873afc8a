"""How closely a journey is looked at: activities, touchpoints or stages as boxes.

Coarser boxes are asked of the log anew: cases and medians cannot be added up from finer ones.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import ibis.expr.types as ir
from ibis import _

from journeylib.annotations.pin import channel_cell, kept
from journeylib.drawing.selection import Graph
from journeylib.errors import UsageError, did_you_mean
from journeylib.journey import ActivityFacts, Journey, Move
from journeylib.survival import hours
from journeylib.terms import Text, Wait, say

Detail = Literal["activity", "touchpoint", "stage"]


@dataclass(frozen=True, eq=False)
class Level(Graph):
    """A journey at one level of detail; what it calls activities are the boxes to be.

    `home` leads from each activity of the log to its box, `names` and `pins` say what the boxes are
    called and where cards hang; `inner` counts the steps inside boxes, which no line shows.
    """

    detail: Detail
    home: Mapping[str, str]
    names: Mapping[str, Text]
    pins: Mapping[str, str]
    inner: int = 0

    def members(self, *boxes: str) -> tuple[str, ...]:
        """The activities of the log in these boxes."""
        return tuple(name for name, box in self.home.items() if box in boxes)


@dataclass(frozen=True, slots=True)
class Homes:
    """Which box each activity of one or several journeys stands in; stage, name and pin of each box."""

    detail: Detail
    home: Mapping[str, str]
    stages: Mapping[str, str]
    names: Mapping[str, Text]
    pins: Mapping[str, str]


def level(journey: Journey, detail: Detail) -> Level:
    """`journey` with activities, touchpoints (stage × main channel of an activity) or stages as boxes.

    `UsageError` for an unknown detail, and for touchpoints where the log has no channel.
    """
    return leveled(journey, homes((journey,), detail))


def leveled(journey: Journey, found: Homes) -> Level:
    """`journey` in the boxes of `found`, which may have been found for others too."""
    if found.detail != "activity":
        return merged(journey, found)
    return Level(
        journey.stages,
        journey.activities,
        journey.moves,
        detail=found.detail,
        home=found.home,
        names=found.names,
        pins=found.pins,
    )


def homes(journeys: Sequence[Journey], detail: Detail) -> Homes:
    """The boxes at one level of detail, the same for all of `journeys`."""
    if detail == "activity":
        return _activities(journeys)
    if detail == "touchpoint":
        return _touchpoints(journeys)
    if detail == "stage":
        return _stages(journeys)
    details = get_args(Detail)
    raise UsageError(
        f"unknown detail {detail!r}; use one of {', '.join(details)}."
        + did_you_mean(detail, details)
    )


def _facts_of(journeys: Sequence[Journey]) -> Mapping[str, ActivityFacts]:
    """All activities by name, as the first of the journeys that has it knows it."""
    return {a.name: a for journey in reversed(journeys) for a in journey.activities}


def _activities(journeys: Sequence[Journey]) -> Homes:
    facts = _facts_of(journeys)
    return Homes(
        "activity",
        home={name: name for name in facts},
        stages={name: activity.stage for name, activity in facts.items()},
        names={name: Text.same(name) for name in facts},
        pins={name: activity.id for name, activity in facts.items()},
    )


def _touchpoints(journeys: Sequence[Journey]) -> Homes:
    """By the channel through which an activity runs most often in all of the journeys together."""
    if not all(journey.log.has("channel") for journey in journeys):
        raise UsageError(
            "touchpoints are stages × channels, but the log has no channel column; name it when "
            "reading the log (channel=...), or draw with detail='activity' or 'stage'."
        )
    runs: dict[str, Counter[str]] = defaultdict(Counter)
    for point in (point for journey in journeys for point in journey.touchpoints):
        runs[point.activity][point.channel] += point.events
    home, stages, names = {}, {}, {}
    for activity in _facts_of(journeys).values():
        counts = runs[activity.name]
        channel = min(counts, key=lambda c: (-counts[c], c), default=None)
        pin = kept(channel_cell(activity.stage, channel))
        home[activity.name], stages[pin] = pin, activity.stage
        names[pin] = Text.same(channel) if channel else say("drawing.no_channel")
    return Homes("touchpoint", home, stages, names, {pin: pin for pin in names})


def _stages(journeys: Sequence[Journey]) -> Homes:
    names = {stage.id: stage.name for journey in journeys for stage in journey.stages}
    return Homes(
        "stage",
        home={a.name: a.stage for a in _facts_of(journeys).values()},
        stages={stage: stage for stage in names},
        names=names,
        pins={stage: kept(stage) for stage in names},
    )


def merged(journey: Journey, found: Homes) -> Level:
    """The level with several activities in a box: counts, cases and waits by the log itself.

    Steps within a box are no moves of this level, but the repetitions of an activity are one.
    """
    events, boxes = _relabelled(journey, found.home)
    facts = [_facts(row, boxes[row.box], found.stages) for row in _counted(journey, events)]
    alone = _alone(found.home) if found.detail == "activity" else frozenset()
    moves = tuple(
        move
        for move in _moves(journey, events, boxes)
        if move.source != move.target or move.source in alone
    )
    between = sum(move.count for move in moves)
    return Level(
        journey.stages,
        tuple(sorted(facts, key=lambda facts: (facts.elapsed, facts.name))),
        moves,
        detail=found.detail,
        home=found.home,
        names=found.names,
        pins=found.pins,
        inner=sum(move.count for move in journey.moves) - between,
    )


def _alone(home: Mapping[str, str]) -> frozenset[str]:
    """The boxes with a single activity."""
    counted = Counter(home.values())
    return frozenset(box for box, n in counted.items() if n == 1)


def _relabelled(journey: Journey, home: Mapping[str, str]) -> tuple[ir.Table, list[str]]:
    """Events with the numbers of their box and of the next event's, and the boxes by number."""
    boxes = sorted(set(home.values()))
    number = {box: n for n, box in enumerate(boxes)}
    columns = {"name": list(home), "box": [number[box] for box in home.values()]}
    here = journey.log.engine.lookup(columns, "boxes")
    there = here.select(next_name=here.name, next_box=here.box)
    events = journey.log.events
    told = events.select(
        "case_id", "at", "case_start", "position", "next_at",
        name=events.activity.cast("string"), next_name=events.next_activity.cast("string"),
    )  # fmt: skip
    return told.inner_join(here, "name").left_join(there, "next_name"), boxes


def _counted(journey: Journey, events: ir.Table) -> list[Any]:
    return journey.log.engine.rows(
        events.group_by("box").aggregate(
            events=_.count(),
            cases=_.case_id.nunique(),
            starts=(_.position == 1).cast("int64").sum(),
            ends=_.next_at.isnull().cast("int64").sum(),
            elapsed=(_.at - _.case_start).median(),
        )
    )


def _facts(row: Any, box: str, stage_of: Mapping[str, str]) -> ActivityFacts:
    return ActivityFacts(
        name=box,
        stage=stage_of[box],
        events=row.events,
        cases=row.cases,
        starts=int(row.starts),
        ends=int(row.ends),
        elapsed=row.elapsed / 3.6e9,
        channel=None,
        department=None,
        system=None,
        customer_share=None,
        repeatable=False,
        decides=None,
    )


def _moves(journey: Journey, events: ir.Table, boxes: list[str]) -> tuple[Move, ...]:
    wait = _.next_at - _.at
    rows = journey.log.engine.rows(
        events.filter(_.next_box.notnull())
        .group_by("box", "next_box")
        .aggregate(
            n=_.count(),
            cases=_.case_id.nunique(),
            median=wait.median(),
            mean=wait.mean(),
            p90=wait.quantile(0.9),
        )
    )
    moves = [
        Move(
            boxes[row.box],
            boxes[row.next_box],
            row.n,
            row.cases,
            Wait(hours(row.median), hours(row.mean), hours(row.p90)),
        )
        for row in rows
    ]
    return tuple(sorted(moves, key=lambda m: (-m.count, m.source, m.target)))
