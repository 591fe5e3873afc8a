"""The way each edge takes over the grid: which gutters and which corridor, before any pixel.

Gutter ``g`` lies left of column ``g``, corridor ``k`` above row ``k``. A wire leaves a box on its
right to go on and on its left to go back; it passes other columns along a corridor, or along a row
where no box stands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from journeylib.drawing.grid import Cell, Grid
from journeylib.drawing.scene import Edge

Via = Literal["gutter", "corridor", "source row", "target row"]
_CROWDED = 0.12


@dataclass(frozen=True, slots=True)
class Upright:
    """An edge between two boxes of one column with none between them: a straight line."""

    edge: Edge
    source: Cell
    target: Cell
    twin: bool

    @property
    def down(self) -> bool:
        """Whether it leads downwards."""
        return self.target[1] > self.source[1]

    @property
    def corridor(self) -> int:
        """The corridor next to its source, where its label stands."""
        return self.source[1] + 1 if self.down else self.source[1]


@dataclass(frozen=True, slots=True)
class Wire:
    """Any other edge: `out` and `into` are its gutters, `corridor` the one between them, if any.

    `heading` is +1 to the right and -1 to the left, `bend` whether both ends are on the same side
    (a detour inside one column).
    """

    edge: Edge
    source: Cell
    target: Cell
    out: int
    into: int
    via: Via
    corridor: int | None
    heading: int
    bend: bool

    @property
    def straight(self) -> bool:
        """Whether it runs level from box to box."""
        return not self.bend and self.source[1] == self.target[1] and self.via != "corridor"


@dataclass(frozen=True, slots=True)
class Wiring:
    """All edges but the loops, each with its way."""

    uprights: tuple[Upright, ...]
    wires: tuple[Wire, ...]


def wire(edges: Sequence[Edge], grid: Grid) -> Wiring:
    """Ways for `edges`, the most frequent choosing first."""
    pairs = {(edge.source, edge.target) for edge in edges}
    uprights: list[Upright] = []
    wires: list[Wire] = []
    load: Counter[int] = Counter()
    rows: set[tuple[int, int]] = set()
    for edge in sorted(edges, key=lambda e: (-e.weight, e.id)):
        source, target = grid.cells[edge.source], grid.cells[edge.target]
        if edge.is_loop:
            continue
        if source[0] == target[0] and _clear(source, target, grid):
            twin = (edge.target, edge.source) in pairs
            uprights.append(Upright(edge, source, target, twin))
            continue
        wires.append(_wire(edge, source, target, grid, load, rows))
    return Wiring(tuple(uprights), tuple(wires))


def _clear(source: Cell, target: Cell, grid: Grid) -> bool:
    low, high = sorted((source[1], target[1]))
    return all(grid.free(row, [source[0]]) for row in range(low + 1, high))


def _wire(
    edge: Edge,
    source: Cell,
    target: Cell,
    grid: Grid,
    load: Counter[int],
    rows: set[Cell],
) -> Wire:
    bend = source[0] == target[0]
    on = target[0] > source[0] or (bend and target[1] > source[1])
    heading = 1 if on else -1
    out = source[0] + 1 if on else source[0]
    into = out if bend else (target[0] if on else target[0] + 1)
    via: Via = "gutter"
    corridor = None
    if out != into:
        via, corridor = _passage(source, target, grid, load, rows)
    return Wire(edge, source, target, out, into, via, corridor, heading, bend)


def _passage(
    source: Cell, target: Cell, grid: Grid, load: Counter[int], rows: set[Cell]
) -> tuple[Via, int | None]:
    """Along a free row if there is one, else along the nearest corridor that is not crowded."""
    low, high = sorted((source[0], target[0]))
    between = range(low + 1, high)
    ways: tuple[tuple[Via, int], ...] = (
        ("source row", source[1]),
        ("target row", target[1]),
    )
    for way, row in ways:
        cells = {(x, row) for x in between}
        if grid.free(row, between) and not cells & rows:
            rows.update(cells)
            return way, None
    middle = (source[1] + 0.5, target[1] + 0.5)
    best = min(
        range(grid.rows + 1),
        key=lambda k: (
            sum(abs(k - m) for m in middle) + _CROWDED * load[k],
            abs(k - middle[1]),
        ),
    )
    load[best] += 1
    return "corridor", best
