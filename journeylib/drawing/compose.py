"""Facts into a `Scene`: every number and every word of the picture is decided here."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass

from journeylib.annotations.pin import OTHERS, cell, kept, way
from journeylib.drawing import rows, words
from journeylib.drawing.anchors import Anchor, OnActivity, OnMove, OnStage, anchor
from journeylib.drawing.cards import badge_of, card_of, cards_note, numbered, numbering
from journeylib.drawing.scene import Badge, Band, Box, Edge, Mark, Scene
from journeylib.drawing.selection import END, START, Node, Selection, select
from journeylib.drawing.simplify import Pair
from journeylib.drawing.surroundings import footer, legend, subtitle
from journeylib.findings.finding import Findings
from journeylib.journey import Journey, Move, StageFacts
from journeylib.terms import Lang, say, stable_id

_PACE_HOURS = (1.0, 24.0, 168.0)


def compose(
    journey: Journey,
    findings: Findings | None,
    *,
    lang: Lang,
    traffic: float,
    max_activities: int,
) -> Scene:
    """The scene of the flow view: stages in columns, activities in boxes, moves as edges."""
    listed = numbered(findings)
    anchors = tuple(anchor(finding, journey) for finding in listed)
    selection = select(
        journey,
        traffic=traffic,
        max_activities=max_activities,
        concerned={name for place in anchors for name in _concerned(place)},
        keep={(p.source, p.target) for p in anchors if isinstance(p, OnMove)},
    )
    numbers = numbering(findings)
    badges = tuple(badge_of(numbers[finding.id], finding, lang) for finding in listed)
    composer = _Composer(journey, selection, lang, _pinned(anchors, badges, selection))
    boxes, edges = composer.boxes(), composer.edges()
    return Scene(
        lang=lang,
        title=say("drawing.title", name=journey.lifecycle.name).in_(lang),
        subtitle=subtitle(journey, lang),
        description=say(
            "drawing.description",
            stages=len(journey.stages),
            boxes=len(boxes),
            edges=len(edges),
            badges=sum(place is not None for place in anchors),
        ).in_(lang),
        bands=composer.bands(),
        boxes=boxes,
        edges=edges,
        cards=tuple(
            card_of(badge, finding, lang, placed=place is not None)
            for badge, finding, place in zip(badges, listed, anchors, strict=True)
        ),
        cards_title=say("drawing.findings").in_(lang),
        cards_note=cards_note(findings, lang),
        legend=legend(boxes, edges, badges, lang),
        footer=footer(journey, selection, lang),
        traffic=selection.shown.traffic,
    )


# -- findings on the map -----------------------------------------------------------------------


def _concerned(place: Anchor | None) -> tuple[str, ...]:
    match place:
        case OnActivity(activity):
            return (activity,)
        case OnMove(source, target):
            return (source, target)
        case _:
            return ()


def _pinned(
    anchors: tuple[Anchor | None, ...], badges: tuple[Badge, ...], selection: Selection
) -> Mapping[object, tuple[Badge, ...]]:
    """Badges by what they are pinned to: a node's key, a pair of keys, or an `OnStage`."""
    pinned: dict[object, tuple[Badge, ...]] = {}
    for place, badge in zip(anchors, badges, strict=True):
        where = _where(place, selection)
        if where is not None:
            pinned[where] = (*pinned.get(where, ()), badge)
    return pinned


def _where(place: Anchor | None, selection: Selection) -> object:
    match place:
        case OnActivity(activity):
            return selection.node_of(activity)
        case OnMove(source, target):
            pair = (selection.node_of(source), selection.node_of(target))
            drawn = pair in selection.shown.pairs and pair[0] != pair[1]
            return pair if drawn else pair[1]
        case _:
            return place


def _mark(badges: tuple[Badge, ...]) -> Mark:
    """The colour of what badges are pinned to; a breakpoint outranks a silo."""
    sure = {badge.kind for badge in badges if badge.confidence != "too_few"}
    return next((kind for kind in ("breakpoint", "silo") if kind in sure), None)


# -- boxes, edges, bands -----------------------------------------------------------------------


@dataclass(frozen=True)
class _Composer:
    """What every part of the scene needs to know."""

    journey: Journey
    selection: Selection
    lang: Lang
    pinned: Mapping[object, tuple[Badge, ...]]

    def boxes(self) -> tuple[Box, ...]:
        return tuple(self._box(order, node) for order, node in enumerate(self.selection.nodes))

    def edges(self) -> tuple[Edge, ...]:
        order = {node.key: n for n, node in enumerate(self.selection.nodes)}
        pairs = [p for p in self.selection.shown.pairs if START not in p and END not in p]
        most = max((self.selection.counts[pair] for pair in pairs), default=1)
        pairs.sort(key=lambda p: (self.selection.counts[p], order[p[0]], order[p[1]]))
        return tuple(self._edge(pair, most, back=order[pair[1]] < order[pair[0]]) for pair in pairs)

    def bands(self) -> tuple[Band, ...]:
        used = {node.stage for node in self.selection.nodes}
        return tuple(self._band(s) for s in self.journey.stages if s.id in used)

    def _box(self, order: int, node: Node) -> Box:
        first = node.members[0]
        events, cases = sum(m.events for m in node.members), first.cases
        badges = self.pinned.get(node.key, ())
        count = (
            self._say("events", n=words.number(events))
            if node.gathered
            else self._say("events_and_cases", n=words.number(events), cases=words.number(cases))
        )
        through = " · ".join(filter(None, (first.channel, first.department)))
        return Box(
            id=self._node_id(node),
            pin=self._pin(node),
            kind="others" if node.gathered else "activity",
            name=self._name(node),
            stage=node.stage,
            order=order,
            count=count,
            note=self._say("others_note") if node.gathered else through,
            gathered=node.gathered,
            entry=self._terminal((START, node.key)),
            exit=self._terminal((node.key, END)),
            badges=badges,
            mark=_mark(badges),
            details=rows.of_gathered(node.members, self.lang)
            if node.gathered
            else rows.of_activity(first, self.lang),
            members=tuple(member.name for member in node.members),
        )

    def _terminal(self, pair: Pair) -> str | None:
        if pair not in self.selection.shown.pairs:
            return None
        return words.number(self.selection.counts[pair])

    def _edge(self, pair: Pair, most: int, *, back: bool) -> Edge:
        count, moves = self.selection.counts[pair], self.selection.moves[pair]
        wait = moves[0].wait.median if len(moves) == 1 else None
        label = words.number(count)
        if wait is not None:
            label += f" · {words.duration(wait, self.lang)}"
        loop = pair[0] == pair[1]
        badges = () if loop else self.pinned.get(pair, ())
        source, target = (self._nodes[key] for key in pair)
        return Edge(
            id=moves[0].id if len(moves) == 1 else stable_id("m", *pair),
            pin=moves[0].id
            if len(moves) == 1
            else kept(way(target.stage, self._pin(source), self._pin(target))),
            source=self._node_id(source),
            target=self._node_id(target),
            label=label,
            weight=math.sqrt(count / most),
            pace=None if wait is None else sum(wait >= limit for limit in _PACE_HOURS),
            back=back,
            badges=badges,
            mark=_mark(badges),
            details=self._edge_details(source, target, moves, count),
        )

    def _band(self, stage: StageFacts) -> Band:
        going_on = stage.conversion.value
        conversion = self._say("conversion", share=words.share(going_on)) if going_on else ""
        cases = self._say("stage_cases", n=words.number(stage.cases))
        return Band(
            id=stable_id("s", stage.id),
            pin=kept(stage.id),
            name=stage.name.in_(self.lang),
            cases=cases,
            conversion=conversion,
            badges=self.pinned.get(OnStage(stage.id), ()),
            details=rows.of_stage(stage, self.lang),
        )

    @functools.cached_property
    def _nodes(self) -> Mapping[str, Node]:
        return {node.key: node for node in self.selection.nodes}

    def _node_id(self, node: Node) -> str:
        return stable_id("o", node.stage) if node.gathered else node.members[0].id

    def _pin(self, node: Node) -> str:
        return kept(cell(node.stage, OTHERS)) if node.gathered else node.members[0].id

    def _name(self, node: Node) -> str:
        count = len(node.members)
        return self._say("others", n=count) if node.gathered else node.members[0].name

    def _edge_details(
        self, source: Node, target: Node, moves: tuple[Move, ...], count: int
    ) -> rows.Details:
        if len(moves) == 1:
            return rows.of_move(moves[0], (moves[0].source, moves[0].target), self.lang)
        return rows.of_moves(count, (self._name(source), self._name(target)), self.lang)

    def _say(self, key: str, **values: object) -> str:
        return say(f"drawing.{key}", **values).in_(self.lang)
