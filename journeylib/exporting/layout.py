"""Coordinates for a `Flow`: lanes, boxes, orthogonal arrows and the room each label needs.

The structure does the work. Main nodes stand one a column, so a vertical line through a column meets
nothing of another lane, and the gaps between columns are free for lines that change lanes. Within a
lane lie, from top to bottom: room for questions and for lines past optional tasks, the main row,
what hangs below (exits and reminders), documents, and a channel for the lines from documents.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass

from journeylib.exporting.flow import CUSTOMER, MAIN_ROW, TASKS, Arrow, Flow, Kind, Node, Way
from journeylib.exporting.sizes import LONGEST, Box, Point, char_width, lines_of

__all__ = ["LONGEST", "Box", "Layout", "Point", "lay_out", "lines_of"]

LEFT, TOP, HEADER, CUSTOMER_HEIGHT, BAND_ROOM = 160, 80, 30, 60, 60
GAP, LANE_PAD = 52, 14
TASK_WIDTH, TASK_HEIGHT, TASK_LINE, TASK_MARKERS = 120, 80, 15, 50
LABEL_LINE = 14
BELOW_GAP, EVENT, DATA_GAP, CHANNEL_LINE = 34, 36, 16, 8
SIZES: Mapping[Kind, tuple[int, int]] = {
    Kind.START: (36, 36),
    Kind.TASK: (TASK_WIDTH, TASK_HEIGHT),
    Kind.RULE: (TASK_WIDTH, TASK_HEIGHT),
    Kind.TIMER: (36, 36),
    Kind.SPLIT: (50, 50),
    Kind.MERGE: (50, 50),
    Kind.GATE: (50, 50),
    Kind.END: (36, 36),
    Kind.EXIT: (36, 36),
    Kind.REMINDER: (36, 36),
    Kind.DATA: (36, 50),
}
COLUMN_WIDTHS: Mapping[Kind, int] = {Kind.TASK: TASK_WIDTH, Kind.RULE: TASK_WIDTH, Kind.MERGE: 50}
LABEL_WIDTH, DATA_LABEL_WIDTH = 90, 102


@dataclass(frozen=True)
class Layout:
    """Where everything goes: boxes and labels by node id, points and labels by arrow id."""

    pool: Box
    customer: Box | None
    lanes: Mapping[str, Box]
    bands: Mapping[str, Box]
    notes: Mapping[str, Box]
    nodes: Mapping[str, Box]
    arrows: Mapping[str, tuple[Point, ...]]
    labels: Mapping[str, Box]


def lay_out(flow: Flow) -> Layout:
    """Coordinates for the whole flow; all are positive, nothing overlaps."""
    return _Plan(flow).layout()


@dataclass(frozen=True, slots=True)
class _Rows:
    """Heights inside a lane, from its top."""

    top: float
    main: float
    below: float
    data: float
    channel: int

    @property
    def data_top(self) -> float:
        return self.top + self.main + self.below

    @property
    def channel_top(self) -> float:
        return self.data_top + self.data

    @property
    def height(self) -> float:
        return self.channel_top + CHANNEL_LINE * self.channel + LANE_PAD


class _Plan:
    """Measures first, then places; each property is one thing to know."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.by_id = {node.id: node for node in flow.nodes}
        self.main = sorted(
            (node for node in flow.nodes if node.kind in MAIN_ROW), key=lambda node: node.column
        )

    def layout(self) -> Layout:
        return Layout(
            pool=self.pool,
            customer=self.customer,
            lanes=self.lanes,
            bands=self.bands,
            notes={
                band.id: self.note(self.bands[band.id]) for band in self.flow.bands if band.note
            },
            nodes=self.boxes,
            arrows={arrow.id: self.points(arrow) for arrow in self.flow.arrows},
            labels={
                **{n.id: self.node_label(n) for n in self.flow.nodes if _has_label(n)},
                **{a.id: self.arrow_label(a) for a in self.flow.arrows if a.name},
            },
        )

    # -- columns and lanes ---------------------------------------------------------------------

    @functools.cached_property
    def columns(self) -> tuple[Box, ...]:
        """Left and width of each column (top and height are those of the pool)."""
        left, found = float(LEFT + 2 * HEADER + GAP // 2), []
        for node in self.main:
            width = COLUMN_WIDTHS.get(node.kind, LABEL_WIDTH)
            found.append(Box(left, 0, width, 0))
            left += width + GAP
        return tuple(found)

    @functools.cached_property
    def task_height(self) -> float:
        """One height for all tasks, so that the longest name still fits (up to a point)."""
        names = [node.name for node in self.main if node.kind in TASKS]
        most = max((lines_of(name, TASK_WIDTH - 14) for name in names), default=1)
        return float(min(max(TASK_HEIGHT, most * TASK_LINE + TASK_MARKERS), 4 * TASK_HEIGHT))

    @functools.cached_property
    def rows(self) -> dict[str, _Rows]:
        return {lane.id: self.rows_of(lane.id) for lane in self.flow.lanes}

    def rows_of(self, lane: str) -> _Rows:
        nodes = [node for node in self.flow.nodes if node.lane == lane]
        above = [self.room_above(node) for node in nodes]
        below = [self.room_below(node) for node in nodes]
        data = [node for node in nodes if node.kind is Kind.DATA]
        documents = [max(50, _label_height(n.name, DATA_LABEL_WIDTH - 6)) + DATA_GAP for n in data]
        return _Rows(
            top=LANE_PAD + max(above, default=0),
            main=self.task_height,
            below=max(below, default=0),
            data=max(documents, default=0),
            channel=sum(len(self.flow.from_(node.id, Way.READS)) for node in data),
        )

    def room_above(self, node: Node) -> float:
        """What a node of the main row needs above it: a gate's question, a line past a task."""
        slack = (self.task_height - 50) / 2
        if node.kind is Kind.GATE:
            return max(0, _label_height(node.name, LABEL_WIDTH) + 6 - slack)
        return 16 if node.kind is Kind.SPLIT else 0

    def room_below(self, node: Node) -> float:
        """What lies below the main row and above the documents."""
        label = _label_height(node.name, self.label_width(node))
        if node.kind in (Kind.EXIT, Kind.REMINDER):
            beside = node.kind is Kind.REMINDER
            return BELOW_GAP + (max(EVENT, label) if beside else EVENT + label + 4)
        if node.kind in (Kind.START, Kind.END, Kind.SPLIT):
            slack = (self.task_height - SIZES[node.kind][1]) / 2
            return max(0, label + 6 - slack)
        return 0

    @functools.cached_property
    def lanes(self) -> dict[str, Box]:
        top, found = self.pool_top, {}
        width = self.columns[-1].right + GAP // 2 - LEFT - HEADER
        for lane in self.flow.lanes:
            title = min(400, 12 * len(lane.name) + 16)
            height = max(self.rows[lane.id].height, title)
            found[lane.id] = Box(LEFT + HEADER, top, width, height)
            top += height
        return found

    @property
    def pool_top(self) -> float:
        meets_customer = any(arrow.way is Way.MESSAGE for arrow in self.flow.arrows)
        return TOP + BAND_ROOM + (CUSTOMER_HEIGHT if meets_customer else 0)

    @functools.cached_property
    def pool(self) -> Box:
        lanes = list(self.lanes.values())
        height = lanes[-1].bottom - self.pool_top
        return Box(LEFT, self.pool_top, lanes[0].width + HEADER, height)

    @property
    def customer(self) -> Box | None:
        if not any(arrow.way is Way.MESSAGE for arrow in self.flow.arrows):
            return None
        return Box(LEFT, TOP, self.pool.width, CUSTOMER_HEIGHT)

    @property
    def bands(self) -> dict[str, Box]:
        top, found = self.pool_top - 34, {}
        for band in self.flow.bands:
            left = self.columns[band.first].x - 29
            right = self.columns[band.last].right + 19
            found[band.id] = Box(left, top, right - left, self.pool.bottom + 14 - top)
        return found

    def note(self, band: Box) -> Box:
        """Beside the stage's name, between the lines that messages take to the first two tasks."""
        return Box(band.x + 108, band.y + 3, 96, 2 * LABEL_LINE)

    # -- nodes ---------------------------------------------------------------------------------

    @functools.cached_property
    def boxes(self) -> dict[str, Box]:
        return {node.id: self.box(node) for node in self.flow.nodes}

    def box(self, node: Node) -> Box:
        width, height = SIZES[node.kind]
        column, rows = self.columns[node.column], self.rows[node.lane]
        top = self.lanes[node.lane].y
        middle = top + rows.top + rows.main / 2
        center = column.x + column.width / 2
        if node.kind in TASKS:
            height = int(self.task_height)
        match node.kind:
            case Kind.TIMER:
                center, middle = column.x + 24, top + rows.top + rows.main
            case Kind.REMINDER | Kind.EXIT:
                center = column.x + 24 if node.kind is Kind.REMINDER else center
                middle = top + rows.top + rows.main + BELOW_GAP + EVENT / 2
            case Kind.DATA:
                center, middle = column.right - 10, top + rows.data_top + DATA_GAP + height / 2
        return Box(center - width / 2, middle - height / 2, width, height)

    def label_width(self, node: Node) -> float:
        if node.kind is Kind.DATA:
            return DATA_LABEL_WIDTH
        return 64 if node.kind in (Kind.TIMER, Kind.REMINDER) else LABEL_WIDTH

    def node_label(self, node: Node) -> Box:
        box, width = self.boxes[node.id], self.label_width(node)
        height = _label_height(node.name, width)
        center, middle = box.middle
        match node.kind:
            case Kind.GATE:
                return Box(center - width / 2, box.y - height - 3, width, height)
            case Kind.TIMER:
                # Two lines fit above the reminder; no time limit people set is longer.
                return Box(box.right + 3, middle + 3, width, min(height, 2 * LABEL_LINE))
            case Kind.REMINDER:
                return Box(box.right + 3, box.y, width, height)
            case Kind.DATA:
                return Box(box.x - width + 2, box.y, width - 6, height)
        return Box(center - width / 2, box.bottom + 3, width, height)

    # -- arrows --------------------------------------------------------------------------------

    def points(self, arrow: Arrow) -> tuple[Point, ...]:
        match arrow.way:
            case Way.ONWARD:
                return self.onward(arrow)
            case Way.BYPASS:
                return self.bypass(arrow)
            case Way.DOWN:
                above, below = self.boxes[arrow.source], self.boxes[arrow.target]
                return (above.middle[0], above.bottom), (below.middle[0], below.y)
            case Way.WRITES:
                giver, document = self.boxes[arrow.source], self.boxes[arrow.target]
                # Beside the task's middle: the left half belongs to its timer.
                x = min(document.middle[0], giver.right - 6)
                return (x, giver.bottom), (x, document.y)
            case Way.READS:
                return self.reads(arrow)
            case Way.MESSAGE:
                return self.message(arrow)

    def onward(self, arrow: Arrow) -> tuple[Point, ...]:
        """Straight on in a lane; between lanes down or up in the gap before the next column."""
        source, target = self.boxes[arrow.source], self.boxes[arrow.target]
        start, end = (source.right, source.middle[1]), (target.x, target.middle[1])
        if start[1] == end[1]:
            return start, end
        turn = self.columns[self.by_id[arrow.source].column].right + 9
        return start, (turn, start[1]), (turn, end[1]), end

    def bypass(self, arrow: Arrow) -> tuple[Point, ...]:
        """Over the optional task, below what the lane keeps free at its top."""
        source, target = self.boxes[arrow.source], self.boxes[arrow.target]
        lane = self.by_id[arrow.source].lane
        y = self.lanes[lane].y + self.rows[lane].top - 12
        left, right = source.middle[0], target.middle[0]
        return (left, source.y), (left, y), (right, y), (right, target.y)

    def reads(self, arrow: Arrow) -> tuple[Point, ...]:
        """Down from the document, along its lane's channel, in the gap before the taker, into it."""
        document, taker = self.boxes[arrow.source], self.boxes[arrow.target]
        lane = self.by_id[arrow.source].lane
        lines = [
            line.id
            for node in self.flow.nodes
            if node.kind is Kind.DATA and node.lane == lane
            for line in self.flow.from_(node.id, Way.READS)
        ]
        channel = self.lanes[lane].y + self.rows[lane].channel_top + 6
        y = channel + CHANNEL_LINE * lines.index(arrow.id)
        arriving = [line.id for line in self.flow.to(arrow.target, Way.READS)]
        place = arriving.index(arrow.id) % 4
        x, into = taker.x - 8 - 6 * place, taker.middle[1] + 12 + 6 * place
        start = document.middle[0]
        return (start, document.bottom), (start, y), (x, y), (x, into), (taker.x, into)

    def message(self, arrow: Arrow) -> tuple[Point, ...]:
        """Straight between the customer's pool and the top of the task."""
        task = self.boxes[arrow.target if arrow.source == CUSTOMER else arrow.source]
        above, below = (task.middle[0], TOP + CUSTOMER_HEIGHT), (task.middle[0], task.y)
        return (above, below) if arrow.source == CUSTOMER else (below, above)

    def arrow_label(self, arrow: Arrow) -> Box:
        """Beside the point where the arrow leaves, short as these words are."""
        (x, y), *_ = self.points(arrow)
        width = 6 + sum(char_width(char, 12) for char in arrow.name)
        if arrow.way is Way.ONWARD:
            return Box(x + 2, y - LABEL_LINE - 3, width, LABEL_LINE)
        # Clear of the stroke that marks a default flow.
        top = self.points(arrow)[1][1] - 6 if arrow.way is Way.BYPASS else y
        return Box(x + 8, top + 10, width, LABEL_LINE)


def _has_label(node: Node) -> bool:
    return bool(node.name) and node.kind not in TASKS


def _label_height(text: str, width: float) -> float:
    return float(LABEL_LINE * math.ceil(lines_of(text, width - 4))) if text else 0.0
