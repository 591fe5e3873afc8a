"""Coordinates for the map itself: columns, boxes and the lines between them.

Everything has a place of its own: labels stand at the source of their line, in a zone beside the
boxes that no other line runs along; lines run in gutters between columns and in corridors between
rows, each on its own track. So nothing lies upon anything else, whatever the journey.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from journeylib.drawing import sizes
from journeylib.drawing.channels import End, Segment, tracks
from journeylib.drawing.geometry import Point, Rect, tidy
from journeylib.drawing.grid import Grid, arrange
from journeylib.drawing.measure import width
from journeylib.drawing.ports import Ports, place_ports
from journeylib.drawing.scene import Badge, Box, Edge, Scene
from journeylib.drawing.wires import Upright, Wire, Wiring, wire


@dataclass(frozen=True, slots=True)
class Label:
    """Words of one line within `rect`."""

    words: str
    rect: Rect


@dataclass(frozen=True, slots=True)
class PlacedBadge:
    """A badge and its centre."""

    badge: Badge
    at: Point


@dataclass(frozen=True, slots=True)
class PlacedBox:
    """A box, its tabs for cases that begin and end here, and its badges."""

    box: Box
    rect: Rect
    entry: Rect | None
    exit: Rect | None
    badges: tuple[PlacedBadge, ...]


@dataclass(frozen=True, slots=True)
class PlacedEdge:
    """An edge as a right-angled line from border to border, with its label and badges."""

    edge: Edge
    points: tuple[Point, ...]
    label: Label
    badges: tuple[PlacedBadge, ...]


@dataclass(frozen=True, slots=True)
class MapPlan:
    """The map placed; `spans` are the stages' extents, in the order of the scene's bands."""

    area: Rect
    spans: tuple[tuple[float, float], ...]
    boxes: tuple[PlacedBox, ...]
    edges: tuple[PlacedEdge, ...]


def lay_out(scene: Scene, left: float, top: float, least_width: float) -> MapPlan:
    """The map with its upper left corner at (`left`, `top`), at least `least_width` wide."""
    grid = arrange(scene)
    wiring = wire(scene.edges, grid)
    frame = _Frame(scene, grid, wiring, place_ports(wiring.wires, grid), left, top, least_width)
    boxes = {box.id: frame.box(box) for box in scene.boxes}
    edges = {edge.edge.id: edge for edge in frame.edges()}
    loops = (_loop(edge, boxes[edge.source].rect) for edge in scene.edges if edge.is_loop)
    edges.update({loop.edge.id: loop for loop in loops})
    return MapPlan(
        area=Rect(left, top, frame.right - left, frame.bottom - top),
        spans=frame.spans(),
        boxes=tuple(boxes.values()),
        edges=tuple(edges[edge.id] for edge in scene.edges),
    )


class _Frame:
    """Positions of columns, rows and tracks, worked out in this order: rows, then columns."""

    def __init__(
        self,
        scene: Scene,
        grid: Grid,
        wiring: Wiring,
        ports: Ports,
        left: float,
        top: float,
        least_width: float,
    ) -> None:
        self._grid, self._wiring, self._ports = grid, wiring, ports
        self._boxes = {box.id: box for box in scene.boxes}
        self._loops = {edge.source for edge in scene.edges if edge.is_loop}
        self._corridor_track = _corridor_tracks(wiring.wires)
        self._extents = {box.id: self._extent(box) for box in scene.boxes}
        self._set_rows(top)
        self._gutter_track, self._gutter_tracks = self._gutters()
        self._set_columns(left, least_width)

    # -- rows --------------------------------------------------------------------------------

    def _extent(self, box: Box) -> tuple[float, float]:
        reach = self._ports.reach.get(box.id, (0.0, 0.0))
        return sizes.box_extents(box, reach, loop=box.id in self._loops)

    def _set_rows(self, top: float) -> None:
        self._row_middle: list[float] = []
        self._corridor_top: list[float] = []
        self._track_top: list[float] = []
        self._label_top: list[float] = []
        y = top
        for corridor in range(self._grid.rows + 1):
            self._corridor_top.append(y)
            y += self._hanging(corridor)
            self._label_top.append(y)
            y += sizes.LABEL_LINE + 8 if self._labels_uprights(corridor) else 0
            y += self._badge_room(corridor)
            self._track_top.append(y)
            y += self._track_room(corridor)
            y += self._standing(corridor)
            if 0 < corridor < self._grid.rows:
                y = max(y, self._corridor_top[-1] + 34)
            if corridor < self._grid.rows:
                extents = [self._extents[box] for box in self._row(corridor)]
                y += max(up for up, _ in extents)
                self._row_middle.append(y)
                y += max(down for _, down in extents)
        self.bottom = y

    def _row(self, row: int) -> list[str]:
        return [box for box, cell in self._grid.cells.items() if cell[1] == row]

    def _hanging(self, corridor: int) -> float:
        """Room below a row for tabs of cases that end there, and for loops."""
        if corridor == 0:
            return 6.0
        row = self._row(corridor - 1)
        needed = any(self._boxes[box].exit or box in self._loops for box in row)
        return sizes.TAB + 8 if needed else 6.0

    def _standing(self, corridor: int) -> float:
        """Room above a row for tabs of cases that begin there, and for badges."""
        if corridor == self._grid.rows:
            return 6.0
        row = [self._boxes[box] for box in self._row(corridor)]
        if any(box.entry for box in row):
            return sizes.TAB + 6
        return 14.0 if any(box.badges for box in row) else 8.0

    def _labels_uprights(self, corridor: int) -> bool:
        return any(upright.corridor == corridor for upright in self._wiring.uprights)

    def _badge_room(self, corridor: int) -> float:
        """Room for arrow heads beside badges on upright lines."""
        here = (u for u in self._wiring.uprights if u.corridor == corridor)
        return 14.0 if any(upright.edge.badges for upright in here) else 0.0

    def _track_room(self, corridor: int) -> float:
        used = [
            self._corridor_track[w.edge.id] for w in self._wiring.wires if w.corridor == corridor
        ]
        return (max(used) + 1) * sizes.TRACK + 4 if used else 0.0

    def _corridor_y(self, w: Wire) -> float:
        assert w.corridor is not None
        track = self._corridor_track[w.edge.id]
        return self._track_top[w.corridor] + (track + 0.5) * sizes.TRACK

    def _port_y(self, edge: Edge, end: sizes.Tip) -> float:
        box = edge.source if end == "source" else edge.target
        return self._row_middle[self._grid.cells[box][1]] + self._ports.offsets[edge.id, end]

    # -- columns -----------------------------------------------------------------------------

    def _gutters(self) -> tuple[dict[tuple[str, int], int], dict[int, int]]:
        """The track of each wire in each of its gutters, and how many tracks a gutter has."""
        found: dict[int, list[tuple[str, Segment]]] = defaultdict(list)
        for w in self._wiring.wires:
            for gutter, segment in self._segments(w):
                found[gutter].append((w.edge.id, segment))
        track: dict[tuple[str, int], int] = {}
        count: dict[int, int] = {}
        for gutter, entries in sorted(found.items()):
            levels = tracks([segment for _, segment in entries], apart=8.0)
            track.update({(e, gutter): n for (e, _), n in zip(entries, levels, strict=True)})
            count[gutter] = max(levels) + 1
        return track, count

    def _segments(self, w: Wire) -> list[tuple[int, Segment]]:
        start, end = self._port_y(w.edge, "source"), self._port_y(w.edge, "target")
        back, on = -w.heading, w.heading
        if w.bend:
            return [(w.out, Segment(End(start, back), End(end, back)))]
        if w.corridor is not None:
            level = self._corridor_y(w)
            return [
                (w.out, Segment(End(start, back), End(level, on))),
                (w.into, Segment(End(level, back), End(end, on))),
            ]
        gutter = w.into if w.via == "source row" else w.out
        return [] if w.straight else [(gutter, Segment(End(start, back), End(end, on)))]

    def _set_columns(self, left: float, least_width: float) -> None:
        gutters = [self._gutter_room(g) for g in range(len(self._grid.columns) + 1)]
        needed = sum(map(sum, gutters)) + sizes.BOX * len(self._grid.columns)
        extra = max(least_width - needed, 0.0) / len(gutters)
        self._left = left
        self._column_left: list[float] = []
        self._track_left: list[float] = []
        x = left
        for before, lines, after in gutters:
            self._track_left.append(x + before + extra / 2)
            x += before + lines + after + extra
            self._column_left.append(x)
            x += sizes.BOX
        self.right = x - sizes.BOX
        self._column_left.pop()

    def _gutter_room(self, gutter: int) -> tuple[float, float, float]:
        """Widths of the zones of a gutter: labels on its left, tracks, labels on its right."""
        zones = {-1: 0.0, 1: 0.0}
        for w in self._wiring.wires:
            if w.out == gutter:
                zones[-w.heading] = max(zones[-w.heading], sizes.label_room(w.edge))
        lines = self._gutter_tracks.get(gutter, 0) * sizes.TRACK
        outer = gutter in (0, len(self._grid.columns))
        gap = 0.0 if outer or self._same_stage(gutter) else sizes.STAGE_GAP
        least = 10.0 if outer and not lines else sizes.ARROW_ZONE
        return (
            max(zones[-1] + 8, least) + gap / 2,
            lines,
            max(zones[1] + 8, least) + gap / 2,
        )

    def _same_stage(self, gutter: int) -> bool:
        return self._grid.stages[gutter - 1] == self._grid.stages[gutter]

    def _track_x(self, edge: Edge, gutter: int) -> float:
        track = self._gutter_track[edge.id, gutter]
        return self._track_left[gutter] + (track + 0.5) * sizes.TRACK

    def spans(self) -> tuple[tuple[float, float], ...]:
        """Left and right of each stage: borders lie in the middle of the gutters."""
        columns = range(len(self._grid.columns))
        spans = []
        for _, group in itertools.groupby(columns, key=lambda x: self._grid.stages[x]):
            part = list(group)
            spans.append((self._border(part[0]), self._border(part[-1] + 1)))
        return tuple(spans)

    def _border(self, gutter: int) -> float:
        count = len(self._grid.columns)
        if gutter == 0:
            return self._left
        if gutter == count:
            return self.right
        return (self._column_left[gutter - 1] + sizes.BOX + self._column_left[gutter]) / 2

    # -- boxes and edges ---------------------------------------------------------------------

    def _rect(self, box: str) -> Rect:
        x, y = self._grid.cells[box]
        up, down = self._extents[box]
        return Rect(self._column_left[x], self._row_middle[y] - up, sizes.BOX, up + down)

    def box(self, box: Box) -> PlacedBox:
        """A box with its tabs and badges."""
        rect = self._rect(box.id)
        entry = leave = None
        if box.entry is not None:
            room = sizes.tab_width(box.entry)
            left = min(rect.x + 8, rect.middle[0] - sizes.CLEAR - room)
            entry = Rect(left, rect.y - sizes.TAB, room, sizes.TAB)
        if box.exit is not None:
            room = sizes.tab_width(box.exit)
            left = max(rect.right - 8 - room, rect.middle[0] + sizes.CLEAR)
            leave = Rect(left, rect.bottom, room, sizes.TAB)
        pitch = min(sizes.BADGE + 2, 84 / len(box.badges)) if box.badges else 0.0
        badges = tuple(
            PlacedBadge(badge, (rect.right - 10 - n * pitch, rect.y))
            for n, badge in enumerate(reversed(box.badges))
        )
        return PlacedBox(box, rect, entry, leave, badges)

    def edges(self) -> list[PlacedEdge]:
        """All edges but the loops."""
        uprights = [self._placed_upright(upright) for upright in self._wiring.uprights]
        return uprights + [self._placed_wire(w) for w in self._wiring.wires]

    def _placed_upright(self, upright: Upright) -> PlacedEdge:
        edge = upright.edge
        source, target = self._rect(edge.source), self._rect(edge.target)
        side = -1 if upright.down else 1
        x = source.middle[0] + (side * sizes.LANE if upright.twin else 0)
        start, end = (source.bottom, target.y) if upright.down else (source.y, target.bottom)
        y = self._label_top[upright.corridor] + sizes.LABEL_LINE / 2 + 3
        y += 0 if upright.down else self._badge_room(upright.corridor)
        toward = side if upright.twin else 1
        badges = _row_of_badges(edge.badges, (x, y), toward)
        gap = sizes.badges_reach(len(badges)) + 4 if badges else 6.0
        room = sizes.label_width(edge)
        left = x + gap if toward > 0 else x - gap - room
        rect = Rect(left, y - sizes.LABEL_LINE / 2, room, sizes.LABEL_LINE - 2)
        return PlacedEdge(edge, ((x, start), (x, end)), Label(edge.label, rect), badges)

    def _placed_wire(self, w: Wire) -> PlacedEdge:
        source, target = self._rect(w.edge.source), self._rect(w.edge.target)
        start = (
            source.right if w.heading > 0 else source.x,
            self._port_y(w.edge, "source"),
        )
        enters_left = (w.heading > 0) != w.bend
        end = (target.x if enters_left else target.right, self._port_y(w.edge, "target"))
        points = tidy((start, *self._turns(w, start[1], end[1]), end))
        return PlacedEdge(w.edge, points, *_at_source(w.edge, start, w.heading))

    def _turns(self, w: Wire, start: float, end: float) -> Sequence[Point]:
        if w.straight:
            return ()
        if w.corridor is None:
            x = self._track_x(w.edge, w.into if w.via == "source row" else w.out)
            return ((x, start), (x, end))
        level = self._corridor_y(w)
        first, second = self._track_x(w.edge, w.out), self._track_x(w.edge, w.into)
        return ((first, start), (first, level), (second, level), (second, end))


def _corridor_tracks(wires: Sequence[Wire]) -> dict[str, int]:
    """The track of each wire that runs along a corridor."""
    found: dict[int, list[Wire]] = defaultdict(list)
    for w in wires:
        if w.corridor is not None:
            found[w.corridor].append(w)
    track: dict[str, int] = {}
    for corridor, group in found.items():
        segments = [
            Segment(_end(w.out, w.source[1], corridor), _end(w.into, w.target[1], corridor))
            for w in group
        ]
        levels = tracks(segments, apart=0.4)
        track.update({w.edge.id: n for w, n in zip(group, levels, strict=True)})
    return track


def _end(gutter: int, row: int, corridor: int) -> End:
    """A line leaves a corridor upwards (-1) to rows above it and downwards to rows below."""
    return End(gutter, -1 if row < corridor else 1)


def _at_source(edge: Edge, start: Point, heading: int) -> tuple[Label, tuple[PlacedBadge, ...]]:
    """Label above the line where it leaves its box, badges on the line after it."""
    room = sizes.label_width(edge)
    near = start[0] + heading * sizes.LABEL_GAP
    left = near if heading > 0 else near - room
    top = start[1] - sizes.thickness(edge) / 2 - sizes.LABEL_LINE + 1
    beyond = near + heading * (room + 4 + sizes.BADGE / 2)
    label = Label(edge.label, Rect(left, top, room, sizes.LABEL_LINE - 2))
    return label, _row_of_badges(edge.badges, (beyond, start[1]), heading)


def _row_of_badges(badges: Sequence[Badge], first: Point, heading: int) -> tuple[PlacedBadge, ...]:
    pitch = (sizes.BADGE + 3) * heading
    return tuple(
        PlacedBadge(badge, (first[0] + n * pitch, first[1])) for n, badge in enumerate(badges)
    )


def _loop(edge: Edge, box: Rect) -> PlacedEdge:
    """A small line around the lower left corner of its box."""
    x, y = box.x + 24, box.bottom - 11
    points = (
        (x, box.bottom),
        (x, box.bottom + 12),
        (box.x - 11, box.bottom + 12),
        (box.x - 11, y),
        (box.x, y),
    )
    words = edge.label.partition(" · ")[0]
    rect = Rect(x + 5, box.bottom + 3, width(words, sizes.LABEL), sizes.LABEL_LINE - 2)
    return PlacedEdge(edge, points, Label(words, rect), ())
