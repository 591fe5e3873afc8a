"""`compare_flow`: two segments or periods in one flow picture."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from journeylib.annotations.pin import kept
from journeylib.drawing import rows, words
from journeylib.drawing.checked import checked
from journeylib.drawing.comparing import Both, as_mature, differs, gap_words, signed, source_of
from journeylib.drawing.compose import drawn_pairs, is_back
from journeylib.drawing.drawing import Drawing
from journeylib.drawing.estimates import measured, share_of
from journeylib.drawing.levels import Detail
from journeylib.drawing.naming import Naming
from journeylib.drawing.scene import Band, Box, Edge, Key, Mark, Scene
from journeylib.drawing.selection import END, START, Node
from journeylib.drawing.sides import Side, Sides
from journeylib.drawing.simplify import Pair
from journeylib.drawing.surroundings import GATHERED
from journeylib.journey import Journey, StageFacts
from journeylib.terms import Fact, Lang, say, stable_id


def compare_flow(
    a: Journey,
    b: Journey,
    *,
    names: tuple[str, str] = ("A", "B"),
    lang: Lang = "zh",
    theme: str = "light",
    detail: Detail = "activity",
    traffic: float = 0.8,
    max_activities: int = 30,
) -> Drawing:
    """Two segments or periods in one flow picture: the same boxes and lines, both values on each.

    Boxes and lines tell the share of each side's cases that come there; coloured are those whose
    difference has a 95 % interval that leaves out none (so one in twenty is so by chance), with a solid
    arrow head where `b` has more and a hollow one where it has less. Where one side has more open cases
    (a later period) it has had less time to get anywhere: then nothing is judged. What is drawn is
    chosen as in `draw`, the traffic of both sides weighing the same. Waits of both are in the details.
    `UsageError` as for `draw`.
    """
    colours = checked(lang, theme, traffic, max_activities)
    sides = Sides.of(a, b, detail=detail, traffic=traffic, max_activities=max_activities)
    naming = Naming(sides.whole, sides.selection, lang)
    composer = _Composer(sides, naming, names, lang, judged=as_mature(a, b))
    return Drawing.of(composer.scene(), colours)


@dataclass(frozen=True)
class _Composer:
    """What every part of the scene needs to know."""

    sides: Sides
    naming: Naming
    names: tuple[str, str]
    lang: Lang
    judged: bool

    def scene(self) -> Scene:
        boxes, edges, bands = self._boxes(), self._edges(), self._bands()
        a, b = self.names
        return Scene(
            lang=self.lang,
            title=say("map.title_compare", a=a, b=b).in_(self.lang),
            subtitle=" | ".join(map(self._about, self.names, (self.sides.a, self.sides.b))),
            description=self._say("compare_description", a=a, b=b),
            bands=bands,
            boxes=boxes,
            edges=edges,
            cards=(),
            cards_title=self._say("compare_reading"),
            cards_note=self._say("compare_note"),
            legend=tuple(self._legend(boxes, edges)),
            footer=tuple(self._footer()),
            traffic=self.sides.selection.shown.traffic,
        )

    def _about(self, name: str, side: Side) -> str:
        totals = side.journey.log.totals
        size = self._say(
            "cases_and_events", cases=words.number(totals.cases), events=words.number(totals.events)
        )
        span = self._say("period", first=words.day(totals.first), last=words.day(totals.last))
        return f"{name} · {size} · {span}"

    # -- the map ---------------------------------------------------------------------------------

    def _boxes(self) -> tuple[Box, ...]:
        nodes = self.sides.selection.nodes
        return tuple(self._box(order, node) for order, node in enumerate(nodes))

    def _box(self, order: int, node: Node) -> Box:
        key, both = node.key, self.sides.both(node.key)
        mark = self._mark(both.difference())
        return Box(
            id=self.naming.id(key),
            pin=self.naming.pin(key),
            kind=self.naming.kind(key),
            name=self.naming.name(key),
            label=self.naming.label(key),
            stage=node.stage,
            order=order,
            count=self._shares(both),
            note=say("map.points", value=self._sign(both)).in_(self.lang) if mark else "",
            gathered=node.gathered,
            entry=self._terminal((START, key)),
            exit=self._terminal((key, END)),
            badges=(),
            mark=mark,
            details=(
                (self._say("group_detail"), self.naming.label(key)),
                *self._told(both),
                *self._arrivals(key),
                (
                    self._say("gathered_detail"),
                    rows.listed(self.naming.members(key), self.lang),
                ),
            ),
            members=self.naming.members(key),
        )

    def _terminal(self, pair: Pair) -> str | None:
        shown = pair in self.sides.selection.shown.pairs
        return self._shares(self.sides.both(pair)).replace("% → ", "→") if shown else None

    def _edges(self) -> tuple[Edge, ...]:
        pairs = drawn_pairs(self.sides.selection)
        most = max((self._weight(pair) for pair in pairs), default=0.0) or 1.0
        return tuple(self._edge(pair, self._weight(pair) / most) for pair in pairs)

    def _weight(self, pair: Pair) -> float:
        both = self.sides.both(pair)
        return sum(fact.value or 0.0 for fact in (both.a, both.b) if fact)

    def _edge(self, pair: Pair, weight: float) -> Edge:
        both, moves = self.sides.both(pair), self.sides.selection.moves[pair]
        mark = self._mark(both.difference())
        source, target = (self.naming.label(key) for key in pair)
        return Edge(
            id=self.naming.way_id(pair, moves),
            pin=self.naming.way_pin(pair, moves),
            source=self.naming.id(pair[0]),
            target=self.naming.id(pair[1]),
            label=self._shares(both) + (f" ({self._sign(both)})" if mark else ""),
            weight=math.sqrt(weight),
            pace=None,
            back=is_back(pair, self.sides.selection),
            badges=(),
            mark=mark,
            details=(
                (self._say("from_detail"), source),
                (self._say("to_detail"), target),
                *self._told(both),
                *self._waits(pair),
            ),
        )

    def _bands(self) -> tuple[Band, ...]:
        used = {node.stage for node in self.sides.selection.nodes}
        return tuple(self._band(stage) for stage in self.sides.whole.stages if stage.id in used)

    def _band(self, stage: StageFacts) -> Band:
        reached = [_reached(side, stage.id) for side in (self.sides.a, self.sides.b)]
        both = Both("", *reached)
        return Band(
            id=stable_id("s", stage.id),
            pin=kept(stage.id),
            name=stage.name.in_(self.lang),
            cases=self._shares(both),
            conversion="",
            badges=(),
            details=((self._say("stage_detail"), stage.name.in_(self.lang)), *self._told(both)),
        )

    # -- words -----------------------------------------------------------------------------------

    def _mark(self, gap: Fact) -> Mark:
        """Which side has more, where that is sure."""
        if not self.judged or not differs(gap) or gap.value is None:
            return None
        return "more" if gap.value > 0 else "less"

    def _shares(self, both: Both) -> str:
        values = (fact.value if fact else None for fact in (both.a, both.b))
        unknown = self._say("unknown")
        return " → ".join(unknown if v is None else words.share(v) for v in values)

    def _sign(self, both: Both) -> str:
        return signed(both.difference().value or 0.0)

    def _told(self, both: Both) -> Iterator[tuple[str, str]]:
        """Both shares with their intervals, and the difference."""
        for name, fact in zip(self.names, (both.a, both.b), strict=True):
            if fact is not None:
                why = f" · {fact.reason.in_(self.lang)}" if fact.reason else ""
                n = self._say("of_cases", n=words.number(fact.n))
                yield name, f"{measured(fact, self.lang)} · {n}{why}"
        yield self._say("difference_detail"), gap_words(both.difference(), self.lang)

    def _waits(self, pair: Pair) -> Iterator[tuple[str, str]]:
        for name, side in zip(self.names, (self.sides.a, self.sides.b), strict=True):
            move = side.move(pair)
            wait = move.wait.median if move else None
            label = f"{name} · {self._say('median_detail')}"
            yield label, rows.span(wait, self.lang) if move else self._say("not_taken")

    def _arrivals(self, key: str) -> Iterator[tuple[str, str]]:
        for name, side in zip(self.names, (self.sides.a, self.sides.b), strict=True):
            facts = side.box(key)
            if facts is not None:
                elapsed = words.duration(facts.elapsed, self.lang)
                yield f"{name} · {self._say('elapsed_detail')}", elapsed

    def _legend(self, boxes: tuple[Box, ...], edges: tuple[Edge, ...]) -> Iterator[Key]:
        a, b = self.names
        marks = {box.mark for box in boxes} | {edge.mark for edge in edges}
        occurs = {
            "entry": any(box.entry for box in boxes),
            "exit": any(box.exit for box in boxes),
            "weight": bool(edges),
            "back": any(edge.back for edge in edges),
            "loop": any(edge.is_loop for edge in edges),
        }
        for symbol in (symbol for symbol, here in occurs.items() if here):
            yield Key(symbol, self._say(f"legend_{symbol}"))
        for mark in ("more", "less"):
            if mark in marks:
                yield Key(mark, self._say(f"legend_{mark}", a=a, b=b))
        if None in marks:
            yield Key("same", self._say("legend_same" if self.judged else "legend_unjudged"))

    def _footer(self) -> Iterator[str]:
        selection = self.sides.selection
        yield self._say("footer_traffic", share=words.share(selection.shown.traffic))
        if selection.hidden_edges:
            yield self._say("footer_edges", n=words.number(selection.hidden_edges))
        if selection.hidden_activities:
            gathered = GATHERED[self.sides.whole.detail]
            yield self._say(gathered, n=words.number(selection.hidden_activities))
        if self.sides.inner:
            yield self._say("footer_inner", n=words.number(self.sides.inner))
        yield self._say("footer_compare" if self.judged else "footer_immature")
        for name, side in zip(self.names, (self.sides.a, self.sides.b), strict=True):
            yield f"{name}: {source_of(side.journey, self.lang)}"

    def _say(self, key: str, **values: object) -> str:
        return say(f"drawing.{key}", **values).in_(self.lang)


def _reached(side: Side, stage: str) -> Fact:
    cases = next((s.cases for s in side.journey.stages if s.id == stage), 0)
    return share_of(cases, side.cases)
