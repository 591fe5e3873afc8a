"""Where everything of the table stands: lanes below each other, a column a stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from journeylib.drawing.geometry import Rect
from journeylib.drawing.journeymap import sizes
from journeylib.drawing.journeymap.scene import (
    AnyLane,
    CurveLane,
    Lane,
    MapScene,
    Passage,
    Thread,
    ThreadLane,
)
from journeylib.drawing.measure import flowing, shorten, width, wrap
from journeylib.drawing.scene import Key

MARGIN = 28.0
HEAD = 88.0
TITLE, SUBTITLE, FINE = 22.0, 12.5, 10.5
FIELD, FIGURES = 104.0, 17.0
"""Height of the curves, and of a line of figures below them."""
THREAD_HEAD, THREAD_LINE = 31.0, 12.0
_COLUMNS, _NARROW, _WIDE = 1548.0, 214.0, 1000.0
_SYMBOL, _KEY, _KEY_LINE = 30.0, 420.0, 22.0


@dataclass(frozen=True, slots=True)
class PlacedKey:
    """An entry of the legend in its place."""

    key: Key
    rect: Rect


@dataclass(frozen=True, slots=True)
class PlacedLane:
    """A lane: `rect` from margin to margin, `cells` one a column."""

    lane: AnyLane
    rect: Rect
    cells: tuple[Rect, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The whole page in pixels."""

    width: float
    height: float
    title: tuple[str, ...]
    subtitle: tuple[str, ...]
    heads: tuple[Rect, ...]
    lanes: tuple[PlacedLane, ...]
    keys: tuple[PlacedKey, ...]
    footer: tuple[str, ...]
    footer_top: float


def place(scene: MapScene) -> Page:
    """Columns as wide as their number allows, lanes as high as their highest cell."""
    n = max(len(scene.columns), 1)
    wide = min(max((_COLUMNS - sizes.GAP * (n - 1)) / n, _NARROW), _WIDE)
    inner = sizes.LABEL + n * (wide + sizes.GAP)
    xs = [MARGIN + sizes.LABEL + k * (wide + sizes.GAP) for k in range(len(scene.columns))]
    title = wrap(scene.title, TITLE, inner, bold=True)
    subtitle = wrap(scene.subtitle, SUBTITLE, inner)
    top = 14.0 + 28 * len(title) + 18 * len(subtitle) + 8
    keys = _keys(scene.legend, top, inner)
    top = (keys[-1].rect.bottom if keys else top) + 14
    head = HEAD if any(column.cases for column in scene.columns) else 34.0
    heads = tuple(Rect(x, top, wide, head) for x in xs)
    lanes, top = [], top + head + sizes.GAP
    for lane in scene.lanes:
        high = lane_height(lane, wide)
        cells = tuple(Rect(x, top + 5, wide, high - 10) for x in xs)
        lanes.append(PlacedLane(lane, Rect(MARGIN, top, inner + 4, high), cells))
        top += high + sizes.GAP
    footer = flowing(scene.footer, FINE, inner)
    bottom = top + 14 + 16 * len(footer)
    return Page(
        inner + 2 * MARGIN + 4, round(bottom + 8), title, subtitle, heads, tuple(lanes), keys,
        footer, top + 16,
    )  # fmt: skip


def _keys(keys: Sequence[Key], top: float, inner: float) -> tuple[PlacedKey, ...]:
    placed = []
    x, y = MARGIN, top
    for whole in keys:
        key = Key(whole.symbol, shorten(whole.words, FINE, _KEY))
        room = _SYMBOL + 6 + width(key.words, FINE)
        if x + room > MARGIN + inner and x > MARGIN:
            x, y = MARGIN, y + _KEY_LINE
        placed.append(PlacedKey(key, Rect(x, y, room, _KEY_LINE - 4)))
        x += room + 18
    return tuple(placed)


# -- lanes ---------------------------------------------------------------------------------------


def lane_height(lane: AnyLane, wide: float) -> float:
    """As high as its highest cell, and no lower than its name."""
    least = label_height(lane)
    match lane:
        case Lane():
            own = max((sizes.cell_height(cell, wide) for cell in lane.cells), default=0.0) + 10
        case ThreadLane():
            own = threads_height(lane, wide)
        case CurveLane():
            own = FIELD + FIGURES * len(lane.curves) + 20
            least += FIGURES * len(lane.curves)
    return round(max(own, least))


def label_lines(lane: AnyLane) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Name and note of a lane, broken."""
    room = sizes.LABEL - 20
    name = wrap(lane.name, 13.0, room, bold=True)
    lines = 6 if isinstance(lane, ThreadLane) else 4
    return name, wrap(lane.note, sizes.SMALL, room - 14, lines=lines)


def label_height(lane: AnyLane) -> float:
    """Room for name and note."""
    name, note = label_lines(lane)
    return 18 + 17 * len(name) + 13 * len(note)


# -- threads -------------------------------------------------------------------------------------


def threads_height(lane: ThreadLane, wide: float) -> float:
    """All threads below each other, and a line for what is not drawn."""
    if not lane.threads:
        return 44.0
    whole = sum(thread_height(thread, wide) for thread in lane.threads)
    return whole + 14 + (sizes.FOOT if lane.hidden else 0)


def thread_height(thread: Thread, wide: float) -> float:
    """The name, the line, and what befalls it in the column with most of that."""
    columns: dict[int, float] = {}
    for passage in thread.passages:
        high = columns.get(passage.column, 0.0) + passage_height(passage, wide)
        columns[passage.column] = high
    return THREAD_HEAD + THREAD_LINE + max(columns.values(), default=0.0) + 6


def passage_height(passage: Passage, wide: float) -> float:
    """Who hands over to whom, and a line or two for each loss."""
    lines = sum(len(loss_lines(words, wide)) for _loss, words in passage.losses)
    return sizes.TEXT_LINE * len(head_lines(passage, wide)) + sizes.SMALL_LINE * lines + 5


def head_lines(passage: Passage, wide: float) -> tuple[str, ...]:
    """Who hands over to whom, beside the numbers of the findings."""
    room = wide - 16 - 22 * len(passage.badges)
    return wrap(passage.head, sizes.TEXT, max(room, 60.0), bold=True)


def loss_lines(words: str, wide: float) -> tuple[str, ...]:
    """What befalls the information, beside its sign."""
    return wrap(words, sizes.SMALL, wide - 32)
