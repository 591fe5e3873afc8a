"""The threads of information as SVG: born, carried, broken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from journeylib.drawing.charts import marks
from journeylib.drawing.geometry import Point, Rect, dashes
from journeylib.drawing.journeymap import layout, signs, sizes
from journeylib.drawing.journeymap.scene import Passage, Thread, ThreadLane
from journeylib.drawing.measure import shorten
from journeylib.drawing.svg import text
from journeylib.drawing.symbols import badge_mark
from journeylib.drawing.theme import Theme

_THICK = 8.0
_GAP = 9.0
"""Half the gap where a thread breaks."""


def paint_threads(
    lane: ThreadLane, cells: Sequence[Rect], theme: Theme
) -> Iterator[tuple[Thread, list[str]]]:
    """Each thread with its parts, below each other."""
    top = cells[0].y + 4 if cells else 0.0
    for thread in lane.threads:
        high = layout.thread_height(thread, cells[0].w)
        yield thread, list(_thread(thread, top, cells, theme))
        top += high


def hidden_threads(lane: ThreadLane, cells: Sequence[Rect], theme: Theme) -> Iterable[str]:
    """How many are not drawn, or why there is none."""
    if not cells:
        return
    words = lane.reason or lane.hidden
    y = cells[0].y + 22 if lane.reason else cells[0].bottom - 4
    if words:
        told = shorten(words, sizes.TEXT, cells[-1].right - cells[0].x - 20)
        yield text(told, cells[0].x + 10, y, sizes.TEXT, theme.muted)


def _thread(thread: Thread, top: float, cells: Sequence[Rect], theme: Theme) -> Iterable[str]:
    home = cells[thread.born]
    y = top + layout.THREAD_HEAD + 4
    yield from _strand(thread, y, cells, theme)
    name = shorten(thread.name, sizes.NAME, home.w - 20, bold=True)
    yield text(name, home.x + 10, top + 12, sizes.NAME, theme.ink, bold=True)
    origin = shorten(thread.origin, sizes.SMALL, home.w - 20)
    yield text(origin, home.x + 10, top + 25, sizes.SMALL, theme.muted)
    for reach in thread.reaches:
        if reach.column != thread.born:
            area = cells[reach.column]
            told = shorten(reach.words, sizes.SMALL, area.w - 16)
            yield text(told, area.x + 10, top + 25, sizes.SMALL, theme.muted)
    below = dict.fromkeys(range(len(cells)), top + layout.THREAD_HEAD + layout.THREAD_LINE)
    for passage in thread.passages:
        area = cells[passage.column]
        yield from _told(passage, area, below[passage.column], theme)
        below[passage.column] += layout.passage_height(passage, area.w)


def _told(passage: Passage, area: Rect, top: float, theme: Theme) -> Iterable[str]:
    """Who hands over to whom, and what is lost on the way."""
    y, colour = top, _colour(passage, theme)
    for n, badge in enumerate(reversed(passage.badges)):
        yield badge_mark(badge, (area.right - 12 - 22 * n, top + 9), theme)
    for words in layout.head_lines(passage, area.w):
        y += sizes.TEXT_LINE
        yield text(words, area.x + 10, y - 3, sizes.TEXT, theme.ink, bold=True)
    for kind, told in passage.losses:
        yield signs.loss(kind, (area.x + 15, y + 6), theme, colour)
        for words in layout.loss_lines(told, area.w):
            y += sizes.SMALL_LINE
            yield text(words, area.x + 25, y - 3, sizes.SMALL, theme.muted)


def _colour(passage: Passage, theme: Theme) -> str:
    return theme.silo if passage.badges else theme.muted


# -- the strand ----------------------------------------------------------------------------------


def _strand(thread: Thread, y: float, cells: Sequence[Rect], theme: Theme) -> Iterable[str]:
    """From where it is born through every stage; thinner, and dashed after a loss."""
    breaks = _breaks(thread, cells)
    first = min(breaks, default=float("inf"))
    start, share = cells[thread.born].x + 10, 1.0
    shares = {reach.column: reach.share for reach in thread.reaches}
    for column in range(thread.born, max([thread.born, *shares]) + 1):
        area = cells[column]
        end = area.right + sizes.GAP
        cut = [x for x in breaks if start <= x < end]
        share = shares.get(column, share)
        before = share if column == thread.born else shares.get(column - 1, share)
        left = start
        for x in cut:
            yield from _piece(left, x - _GAP, y, before, theme, after=left > first)
            left, before = x + _GAP, share
        if column == thread.born and cut:
            share = shares.get(column + 1, share)
        last = column == max([thread.born, *shares])
        yield from _piece(left, end - 12 if last else end, y, share, theme, after=left > first)
        start = end
    yield marks.dot((cells[thread.born].x + 10, y), 5.0, theme.page, theme.pace_2)
    for x, passage in breaks.items():
        yield _break(passage, (x, y), theme)


def _breaks(thread: Thread, cells: Sequence[Rect]) -> dict[float, Passage]:
    """Where it breaks: at the start of a stage, in the middle of that in which it is born."""
    found: dict[float, Passage] = {}
    for passage in thread.passages:
        area = cells[passage.column]
        x = area.x + (area.w / 2 if passage.column == thread.born else 20)
        while x in found:
            x += 2 * _GAP + 10
        if x < area.right - 20:
            found[x] = passage
    return dict(sorted(found.items()))


def _break(passage: Passage, at: Point, theme: Theme) -> str:
    kinds = [kind for kind, _words in passage.losses]
    kind = "lost" if "lost" in kinds else kinds[0]
    return signs.loss(kind, at, theme, _colour(passage, theme))


def _piece(
    left: float,
    right: float,
    y: float,
    share: float,
    theme: Theme,
    *,
    after: bool,
) -> Iterable[str]:
    if right <= left:
        return
    if share <= 0:
        points = ((left, y), (right, y))
        yield marks.strokes(list(dashes(points, 1.5, 4.0)), theme.unknown, 1.5)
        return
    thick = 1.2 + _THICK * share
    points = ((left, y), (right, y))
    if after:
        yield marks.strokes(list(dashes(points, 8.0, 4.0)), theme.silo, thick)
    else:
        yield marks.strokes([points], theme.pace_2, thick)
