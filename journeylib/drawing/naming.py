"""What boxes and lines are called, where cards on them hang, and their ids in the picture."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from journeylib.annotations.pin import OTHERS, cell, kept, way
from journeylib.drawing.levels import Level
from journeylib.drawing.selection import Node, Selection
from journeylib.drawing.simplify import Pair
from journeylib.journey import Move
from journeylib.terms import Lang, say, stable_id


@dataclass(frozen=True)
class Naming:
    """Names in one language for the boxes of one selection, by the key of their node."""

    level: Level
    selection: Selection
    lang: Lang

    @functools.cached_property
    def nodes(self) -> Mapping[str, Node]:
        """Nodes by key."""
        return {node.key: node for node in self.selection.nodes}

    def kind(self, key: str) -> str:
        """What sort of place it is."""
        return "others" if self.nodes[key].gathered else self.level.detail

    def name(self, key: str) -> str:
        """What stands in the box."""
        node = self.nodes[key]
        if node.gathered:
            return say("drawing.others", n=len(node.members)).in_(self.lang)
        return self.level.names[key].in_(self.lang)

    def label(self, key: str) -> str:
        """What to call it where its stage is not to be seen."""
        if self.kind(key) in ("activity", "stage"):
            return self.name(key)
        stage = self.nodes[key].stage
        named = next(s.name.in_(self.lang) for s in self.level.stages if s.id == stage)
        return f"{named} × {self.name(key)}"

    def id(self, key: str) -> str:
        """Id in the picture."""
        node = self.nodes[key]
        if node.gathered:
            return stable_id("o", node.stage)
        pin = self.level.pins[key]
        return pin if self.level.detail == "activity" else stable_id("g", pin)

    def pin(self, key: str) -> str:
        """Where cards on the box hang."""
        node = self.nodes[key]
        return kept(cell(node.stage, OTHERS)) if node.gathered else self.level.pins[key]

    def members(self, key: str) -> tuple[str, ...]:
        """The activities of the log behind it."""
        return self.level.members(*(member.name for member in self.nodes[key].members))

    def way_id(self, pair: Pair, moves: Sequence[Move]) -> str:
        """Id of a line in the picture."""
        return moves[0].id if self._is_move(moves) else stable_id("m", *pair)

    def way_pin(self, pair: Pair, moves: Sequence[Move]) -> str:
        """Where cards on the line hang: on the step itself, or else on the way between two places."""
        if self._is_move(moves):
            return moves[0].id
        source, target = pair
        return kept(way(self.nodes[target].stage, self.pin(source), self.pin(target)))

    def _is_move(self, moves: Sequence[Move]) -> bool:
        return self.level.detail == "activity" and len(moves) == 1
