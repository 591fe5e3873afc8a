"""Where along the left and right side of its boxes each wire is attached."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from journeylib.drawing import sizes
from journeylib.drawing.grid import Grid
from journeylib.drawing.scene import Edge
from journeylib.drawing.wires import Wire

_FAR = 1000.0
_TWIN = 11.0
_APART = 8.0

Side = tuple[str, int]
"""A box and its left (-1) or right (+1) side."""


@dataclass(frozen=True, slots=True)
class Port:
    """One end of a wire; `key` orders the ports of a side from top to bottom.

    `pinned` is the offset from the middle of the box for wires that run level, else None.
    """

    edge: Edge
    end: sizes.Tip
    key: float
    pinned: float | None


@dataclass(frozen=True, slots=True)
class Ports:
    """Offsets from the middle of the box, by edge id and its end."""

    offsets: dict[tuple[str, sizes.Tip], float]
    reach: dict[str, tuple[float, float]]
    """Per box: the room its ports need above and below the middle of its row."""


def place_ports(wires: Sequence[Wire], grid: Grid) -> Ports:
    """Ports for all wires: those that go up above those that go down, level ones in the middle.

    Ports that face each other across a gutter never stand level unless one wire joins them: two
    wires that change places between two rows could not get past each other.
    """
    offsets: dict[tuple[str, sizes.Tip], float] = {}
    reach: dict[str, tuple[float, float]] = {}
    right: dict[str, list[float]] = {}
    for (box, side), ports in sorted(
        _sides(wires).items(), key=lambda item: (-item[0][1], item[0])
    ):
        facing = [] if side > 0 else right.get(grid.left_of(box) or "", [])
        placed = _stacked(sorted(ports, key=lambda p: (p.key, p.edge.id, p.end)), facing)
        for port, offset in placed:
            offsets[port.edge.id, port.end] = offset
            room = sizes.port_room(port.edge, port.end)
            up, down = reach.get(box, (0.0, 0.0))
            reach[box] = max(up, room - offset), max(down, room + offset)
        if side > 0:
            right[box] = [offset for _, offset in placed]
    return Ports(offsets, reach)


def _sides(wires: Sequence[Wire]) -> Mapping[Side, list[Port]]:
    level = {(w.source, w.target) for w in wires if w.straight}
    sides: dict[Side, list[Port]] = defaultdict(list)
    for w in wires:
        pinned = None
        if w.straight:
            pinned = _TWIN * -w.heading if (w.target, w.source) in level else 0.0
        near, far = w.source[1] + 0.5, w.target[1] + 0.5
        out_key, in_key = _far_end(w, near, far), _far_end(w, far, near)
        sides[w.edge.source, w.heading].append(Port(w.edge, "source", out_key, pinned))
        entering = w.heading if w.bend else -w.heading
        sides[w.edge.target, entering].append(Port(w.edge, "target", in_key, pinned))
    return sides


def _far_end(wire: Wire, own: float, other: float) -> float:
    """Where the wire goes to in its gutter, relative to `own`; detours nest outside in."""
    if wire.bend:
        return _FAR - other if other > own else -_FAR - other
    target = float(wire.corridor) if wire.corridor is not None else other
    return target - own


def _stacked(ports: Sequence[Port], facing: Sequence[float]) -> list[tuple[Port, float]]:
    """Offsets from the middle, level ports first, the others above and below them."""
    level = sorted((p for p in ports if p.pinned is not None), key=lambda p: p.pinned or 0.0)
    rest = [p for p in ports if p.pinned is None]
    if not level:
        height = sum(_gap(upper, lower) for upper, lower in itertools.pairwise(rest))
        return _run(rest, 1, None, -height / 2, facing)
    placed = [(port, port.pinned or 0.0) for port in level]
    above = [p for p in reversed(rest) if p.key < 0]
    below = [p for p in rest if p.key >= 0]
    placed += _run(above, -1, *placed[0], facing)
    return placed + _run(below, 1, *placed[len(level) - 1], facing)


def _run(
    ports: Sequence[Port], step: int, last: Port | None, at: float, facing: Sequence[float]
) -> list[tuple[Port, float]]:
    """Ports one after the other from `at` on, down (1) or up (-1), none level with `facing`."""
    placed = []
    for port in ports:
        if last is not None:
            at += step * (_gap(last, port) if step > 0 else _gap(port, last))
        for taken in sorted(facing, reverse=step < 0):
            if abs(at - taken) < _APART:
                at = taken + step * _APART
        placed.append((port, at))
        last = port
    return placed


def _gap(upper: Port, lower: Port) -> float:
    """Room between two ports: a label stands above the line it belongs to."""
    lines = sizes.half(upper.edge, upper.end) + sizes.half(lower.edge, lower.end)
    badge = sizes.BADGE + 1 if (upper.edge.badges or lower.edge.badges) else 0.0
    return max(lines + (sizes.LABEL_LINE if lower.end == "source" else 2.0), badge + 6.0, 11.0)
