"""Facts into a `Scene`: every number and every word of the picture is decided here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from journeylib.annotations.pin import kept
from journeylib.drawing import rows, words
from journeylib.drawing.anchors import Anchor, Anchoring, OnActivity, OnMove, OnStage
from journeylib.drawing.cards import badge_of, card_of, cards_note, numbered, numbering
from journeylib.drawing.levels import Detail, Level, level
from journeylib.drawing.naming import Naming
from journeylib.drawing.scene import Badge, Band, Box, Edge, Mark, Scene
from journeylib.drawing.selection import END, START, Node, Selection, select
from journeylib.drawing.simplify import Pair
from journeylib.drawing.surroundings import footer, legend, subtitle
from journeylib.findings.finding import Findings
from journeylib.journey import Journey, StageFacts
from journeylib.terms import Lang, say, stable_id

_PACE_HOURS = (1.0, 24.0, 168.0)


def compose(
    journey: Journey,
    findings: Findings | None,
    *,
    lang: Lang,
    traffic: float,
    max_activities: int,
    detail: Detail = "activity",
) -> Scene:
    """The scene of the flow view: stages in columns, activities in boxes, moves as edges."""
    shown = level(journey, detail)
    listed = numbered(findings)
    anchoring = Anchoring(journey)
    anchors = tuple(_at(shown, anchoring.of(finding)) for finding in listed)
    selection = select(
        shown,
        traffic=traffic,
        max_activities=max_activities,
        concerned={name for place in anchors for name in _concerned(place)},
        keep={(p.source, p.target) for p in anchors if isinstance(p, OnMove)},
    )
    numbers = numbering(findings)
    badges = tuple(badge_of(numbers[finding.id], finding, lang) for finding in listed)
    naming = Naming(shown, selection, lang)
    composer = _Composer(journey, naming, selection, lang, _pinned(anchors, badges, selection))
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
        bands=bands(journey, selection, lang, composer.pinned),
        boxes=boxes,
        edges=edges,
        cards=tuple(
            card_of(badge, finding, lang, placed=place is not None)
            for badge, finding, place in zip(badges, listed, anchors, strict=True)
        ),
        cards_title=say("drawing.findings").in_(lang),
        cards_note=cards_note(findings, lang),
        legend=legend(boxes, edges, badges, lang),
        footer=footer(journey, shown, selection, lang),
        traffic=selection.shown.traffic,
    )


# -- findings on the map -----------------------------------------------------------------------


def _at(shown: Level, place: Anchor | None) -> Anchor | None:
    """The same place at the level of detail that is shown."""
    match place:
        case OnActivity(activity):
            return OnActivity(shown.home[activity])
        case OnMove(source, target):
            ends = (shown.home[source], shown.home[target])
            within = ends[0] == ends[1] and source != target
            return OnActivity(ends[1]) if within else OnMove(*ends)
        case OnStage(stage) if shown.detail == "stage":
            return OnActivity(stage)
        case _:
            return place


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


# -- bands ---------------------------------------------------------------------------------------


def bands(
    journey: Journey,
    selection: Selection,
    lang: Lang,
    pinned: Mapping[object, tuple[Badge, ...]],
) -> tuple[Band, ...]:
    """The stages in which any box stands."""
    used = {node.stage for node in selection.nodes}
    return tuple(
        _band(stage, lang, pinned.get(OnStage(stage.id), ()))
        for stage in journey.stages
        if stage.id in used
    )


def _band(stage: StageFacts, lang: Lang, badges: tuple[Badge, ...]) -> Band:
    going_on = stage.conversion.value
    share = words.share(going_on) if going_on else ""
    return Band(
        id=stable_id("s", stage.id),
        pin=kept(stage.id),
        name=stage.name.in_(lang),
        cases=say("drawing.stage_cases", n=words.number(stage.cases)).in_(lang),
        conversion=say("drawing.conversion", share=share).in_(lang) if share else "",
        badges=badges,
        details=rows.of_stage(stage, lang),
    )


# -- boxes and edges -----------------------------------------------------------------------------


def drawn_pairs(selection: Selection) -> list[Pair]:
    """The pairs of nodes that get a line, by rising count: the order in which they are drawn."""
    order = {node.key: n for n, node in enumerate(selection.nodes)}
    pairs = [p for p in selection.shown.pairs if START not in p and END not in p]
    return sorted(pairs, key=lambda p: (selection.counts[p], order[p[0]], order[p[1]]))


def is_back(pair: Pair, selection: Selection) -> bool:
    """Whether it leads back in the order of the boxes."""
    order = [node.key for node in selection.nodes]
    return order.index(pair[1]) < order.index(pair[0])


@dataclass(frozen=True)
class _Composer:
    """What every part of the scene needs to know."""

    journey: Journey
    naming: Naming
    selection: Selection
    lang: Lang
    pinned: Mapping[object, tuple[Badge, ...]]

    def boxes(self) -> tuple[Box, ...]:
        return tuple(self._box(order, node) for order, node in enumerate(self.selection.nodes))

    def edges(self) -> tuple[Edge, ...]:
        pairs = drawn_pairs(self.selection)
        most = max((self.selection.counts[pair] for pair in pairs), default=1)
        return tuple(self._edge(pair, most) for pair in pairs)

    def _box(self, order: int, node: Node) -> Box:
        badges = self.pinned.get(node.key, ())
        members = self.naming.members(node.key)
        return Box(
            id=self.naming.id(node.key),
            pin=self.naming.pin(node.key),
            kind=self.naming.kind(node.key),
            name=self.naming.name(node.key),
            label=self.naming.label(node.key),
            stage=node.stage,
            order=order,
            count=self._count(node),
            note=self._note(node, members),
            gathered=node.gathered,
            entry=self._terminal((START, node.key)),
            exit=self._terminal((node.key, END)),
            badges=badges,
            mark=_mark(badges),
            details=self._details(node, members),
            members=members,
        )

    def _count(self, node: Node) -> str:
        events = words.number(sum(member.events for member in node.members))
        if node.gathered:
            return self._say("events", n=events)
        return self._say("events_and_cases", n=events, cases=words.number(node.members[0].cases))

    def _note(self, node: Node, members: tuple[str, ...]) -> str:
        if self.naming.level.detail != "activity":
            key = "activity_within" if len(members) == 1 else "activities_within"
            return self._say(key, n=len(members))
        first = node.members[0]
        through = " · ".join(filter(None, (first.channel, first.department)))
        return self._say("others_note") if node.gathered else through

    def _details(self, node: Node, members: tuple[str, ...]) -> rows.Details:
        if node.gathered:
            events = sum(member.events for member in node.members)
            return rows.of_gathered(members, events, self.lang)
        [facts] = node.members
        if self.naming.level.detail == "activity":
            return rows.of_activity(facts, self.lang)
        if self.naming.level.detail == "touchpoint":
            return rows.of_touchpoint(self.naming.label(node.key), facts, members, self.lang)
        stage = next(s for s in self.journey.stages if s.id == node.stage)
        return rows.of_stage_box(stage, facts, members, self.lang)

    def _terminal(self, pair: Pair) -> str | None:
        if pair not in self.selection.shown.pairs:
            return None
        return words.number(self.selection.counts[pair])

    def _edge(self, pair: Pair, most: int) -> Edge:
        count, moves = self.selection.counts[pair], self.selection.moves[pair]
        wait = moves[0].wait.median if len(moves) == 1 else None
        label = words.number(count)
        if wait is not None:
            label += f" · {words.duration(wait, self.lang)}"
        badges = () if pair[0] == pair[1] else self.pinned.get(pair, ())
        ends = (self.naming.label(pair[0]), self.naming.label(pair[1]))
        return Edge(
            id=self.naming.way_id(pair, moves),
            pin=self.naming.way_pin(pair, moves),
            source=self.naming.id(pair[0]),
            target=self.naming.id(pair[1]),
            label=label,
            weight=math.sqrt(count / most),
            pace=None if wait is None else sum(wait >= limit for limit in _PACE_HOURS),
            back=is_back(pair, self.selection),
            badges=badges,
            mark=_mark(badges),
            details=rows.of_move(moves[0], ends, self.lang)
            if len(moves) == 1
            else rows.of_moves(count, ends, self.lang),
        )

    def _say(self, key: str, **values: object) -> str:
        return say(f"drawing.{key}", **values).in_(self.lang)
