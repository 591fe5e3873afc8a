"""Two journeys as one graph to draw, and what each of the two says of its boxes and lines."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from journeylib.drawing.comparing import Both, stages_of
from journeylib.drawing.estimates import share_of
from journeylib.drawing.levels import Detail, Homes, Level, homes, leveled, merged
from journeylib.drawing.selection import END, START, Selection, select
from journeylib.drawing.simplify import Pair
from journeylib.journey import ActivityFacts, Journey, Move, StageFacts
from journeylib.terms import Fact, Wait

_PARTS = 1_000_000
"""The traffic of either side in parts that are counted: both weigh the same, however many cases."""


@dataclass(frozen=True, eq=False)
class Side:
    """One journey, its facts asked of its log for the boxes that are drawn."""

    journey: Journey
    shown: Level

    @property
    def cases(self) -> int:
        """All cases."""
        return self.journey.log.totals.cases

    @functools.cached_property
    def _boxes(self) -> Mapping[str, ActivityFacts]:
        return {facts.name: facts for facts in self.shown.activities}

    @functools.cached_property
    def _moves(self) -> Mapping[Pair, Move]:
        return {(move.source, move.target): move for move in self.shown.moves}

    def box(self, key: str) -> ActivityFacts | None:
        """What is known of a box; None where none of the cases comes there."""
        return self._boxes.get(key)

    def move(self, pair: Pair) -> Move | None:
        """What is known of a line; None where none of the cases takes it."""
        return self._moves.get(pair)

    def share(self, pair_or_key: Pair | str) -> Fact:
        """Of all cases those that come to a box, take a line, begin (`START`) or end (`END`) there."""
        return share_of(self._count(pair_or_key), self.cases)

    def _count(self, place: Pair | str) -> int:
        if isinstance(place, str):
            facts = self.box(place)
            return facts.cases if facts else 0
        source, target = place
        if source == START:
            facts = self.box(target)
            return facts.starts if facts else 0
        if target == END:
            facts = self.box(source)
            return facts.ends if facts else 0
        move = self.move(place)
        return move.cases if move else 0


@dataclass(frozen=True, eq=False)
class Sides:
    """Two journeys in the same boxes: `whole` and `selection` are what is drawn of both."""

    a: Side
    b: Side
    whole: Level
    selection: Selection

    @classmethod
    def of(
        cls, a: Journey, b: Journey, *, detail: Detail, traffic: float, max_activities: int
    ) -> Sides:
        """Both at one level of detail; what is drawn is chosen by the traffic of both."""
        found = homes((a, b), detail)
        whole = _together(stages_of(a, b), found, [leveled(journey, found) for journey in (a, b)])
        selection = select(whole, traffic=traffic, max_activities=max_activities)
        drawn = _drawn(found, selection)
        one, other = (Side(journey, merged(journey, drawn)) for journey in (a, b))
        return cls(one, other, whole, selection)

    def both(self, place: Pair | str) -> Both:
        """The share of either side's cases."""
        return Both("", self.a.share(place), self.b.share(place))

    @property
    def inner(self) -> int:
        """Steps of both that no line shows."""
        return self.a.shown.inner + self.b.shown.inner


def _drawn(found: Homes, selection: Selection) -> Homes:
    """The boxes as they are drawn, rare ones gathered."""
    stages = {node.key: node.stage for node in selection.nodes}
    home = {activity: selection.node_of(box) for activity, box in found.home.items()}
    return replace(found, home=home, stages=stages)


# -- together ------------------------------------------------------------------------------------


def _together(stages: Iterable[StageFacts], found: Homes, levels: Iterable[Level]) -> Level:
    """One level with the boxes of both; counts are parts of each side's traffic."""
    facts: dict[str, ActivityFacts] = {}
    moves: dict[Pair, Move] = {}
    for shown in levels:
        scale = _PARTS / max(_traffic(shown), 1)
        _add_boxes(facts, shown.activities, scale)
        _add_moves(moves, shown.moves, scale)
    return Level(
        tuple(stages),
        tuple(sorted(facts.values(), key=lambda facts: (facts.elapsed, facts.name))),
        tuple(sorted(moves.values(), key=lambda m: (-m.count, m.source, m.target))),
        detail=found.detail,
        home=found.home,
        names=found.names,
        pins=found.pins,
    )


def _traffic(shown: Level) -> int:
    return sum(move.count for move in shown.moves) + sum(
        facts.starts + facts.ends for facts in shown.activities
    )


def _add_boxes(
    found: dict[str, ActivityFacts], boxes: Iterable[ActivityFacts], scale: float
) -> None:
    for box in boxes:
        before = found.get(box.name)
        counts = [_scaled(n, scale) for n in (box.events, box.starts, box.ends)]
        if before is None:
            events, starts, ends = counts
            found[box.name] = replace(box, events=events, starts=starts, ends=ends)
            continue
        events, starts, ends = (
            n + more
            for n, more in zip((before.events, before.starts, before.ends), counts, strict=True)
        )
        middle = (before.elapsed + box.elapsed) / 2
        found[box.name] = replace(before, events=events, starts=starts, ends=ends, elapsed=middle)


def _add_moves(found: dict[Pair, Move], moves: Iterable[Move], scale: float) -> None:
    for move in moves:
        pair = (move.source, move.target)
        before = found[pair].count if pair in found else 0
        count = before + _scaled(move.count, scale)
        found[pair] = Move(*pair, count, 0, Wait(None, None, None))


def _scaled(n: int, scale: float) -> int:
    """What occurs at all never vanishes."""
    return max(round(n * scale), 1) if n else 0
