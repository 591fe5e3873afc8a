"""Which column and row each box stands in.

A stage is one column, or several side by side when it has many boxes; inside a stage the order of
the boxes is kept, down each column and then on to the next. Rows are chosen so that boxes joined by
frequent edges stand level with each other.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from journeylib.drawing.scene import Box, Scene

Cell = tuple[int, int]

_BOX_WITH_GUTTER, _BOX_WITH_GAP = 310.0, 130.0
_SHAPE_OF_A_WALL = 1.9
_SWEEPS = 4
_LOOSE = 0.06


@dataclass(frozen=True, slots=True)
class Grid:
    """`columns` hold box ids from top to bottom; `stages` says which band each belongs to."""

    columns: tuple[tuple[str, ...], ...]
    stages: tuple[str, ...]
    cells: dict[str, Cell]
    rows: int

    def free(self, row: int, columns: Iterable[int]) -> bool:
        """Whether no box stands in `row` of these columns."""
        taken = set(self.cells.values())
        return all((column, row) not in taken for column in columns)

    def left_of(self, box: str) -> str | None:
        """The nearest box to the left in the same row."""
        x, y = self.cells[box]
        row = [(cell[0], other) for other, cell in self.cells.items() if cell[1] == y]
        return max((found for found in row if found[0] < x), default=(0, None))[1]


def arrange(scene: Scene) -> Grid:
    """Columns and rows for the boxes of `scene`."""
    stages = [list(group) for _, group in itertools.groupby(scene.boxes, lambda b: b.stage)]
    height = _column_height([len(stage) for stage in stages])
    parts = [(stage[0].stage, part) for stage in stages for part in _split(stage, height)]
    columns = tuple(tuple(box.id for box in part) for _, part in parts)
    rows = max((len(column) for column in columns), default=0)
    return Grid(columns, tuple(stage for stage, _ in parts), _cells(columns, rows, scene), rows)


def _column_height(sizes: Sequence[int]) -> int:
    """The greatest number of boxes in a column that gives the picture the shape of a wall."""

    def misfit(height: int) -> float:
        columns = sum(math.ceil(size / height) for size in sizes)
        rows = min(height, max(sizes))
        shape = columns * _BOX_WITH_GUTTER / (rows * _BOX_WITH_GAP)
        return abs(math.log(shape / _SHAPE_OF_A_WALL))

    return min(range(1, max(sizes, default=1) + 1), key=lambda h: (misfit(h), h), default=1)


def _split(stage: Sequence[Box], height: int) -> list[Sequence[Box]]:
    """Parts of nearly equal size, none longer than `height`."""
    parts = math.ceil(len(stage) / height)
    bounds = [round(len(stage) * n / parts) for n in range(parts + 1)]
    return [stage[a:b] for a, b in itertools.pairwise(bounds)]


def _cells(columns: Sequence[Sequence[str]], rows: int, scene: Scene) -> dict[str, Cell]:
    at = {box: (x, y) for x, column in enumerate(columns) for y, box in enumerate(column)}
    around: dict[str, list[tuple[str, float]]] = {box.id: [] for box in scene.boxes}
    for edge in scene.edges:
        if not edge.is_loop:
            around[edge.source].append((edge.target, edge.weight))
            around[edge.target].append((edge.source, edge.weight))
    for sweep in range(_SWEEPS):
        order = range(len(columns)) if sweep % 2 == 0 else reversed(range(len(columns)))
        for x in order:
            levels = _levelled(columns[x], x, rows, at, around)
            at.update({box: (x, y) for box, y in zip(columns[x], levels, strict=True)})
    return at


def _levelled(
    column: Sequence[str],
    x: int,
    rows: int,
    at: dict[str, Cell],
    around: dict[str, list[tuple[str, float]]],
) -> tuple[int, ...]:
    """Rows for one column, in order, nearest to the neighbours in other columns (exact, by DP)."""
    best: dict[int, tuple[float, tuple[int, ...]]] = {-1: (0.0, ())}
    for n, box in enumerate(column):
        others = [(at[other][1], w) for other, w in around[box] if at[other][0] != x]
        above = column[n - 1] if n else None
        upright = sum(w for other, w in around[box] if other == above) + _LOOSE if n else 0.0
        longer: dict[int, tuple[float, tuple[int, ...]]] = {}
        for y in range(n, rows - (len(column) - n - 1)):
            here = sum(w * abs(y - row) for row, w in others) + _LOOSE * y / rows
            longer[y] = min(
                (cost + here + upright * (y - last - 1), (*levels, y))
                for last, (cost, levels) in best.items()
                if last < y
            )
        best = longer
    return min(best.values())[1]
