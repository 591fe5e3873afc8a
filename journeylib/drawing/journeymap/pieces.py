"""The pieces of a cell as SVG."""

from __future__ import annotations

from collections.abc import Iterable

from journeylib.drawing.charts import marks
from journeylib.drawing.geometry import Point, Rect
from journeylib.drawing.journeymap import signs, sizes
from journeylib.drawing.journeymap.scene import Cell, Line, Meter, Panel, Paper, Piece, Step
from journeylib.drawing.journeymap.spoken import piece_words
from journeylib.drawing.measure import shorten, width
from journeylib.drawing.parts import card_id
from journeylib.drawing.scene import Badge
from journeylib.drawing.svg import named, polygon, rect, text
from journeylib.drawing.symbols import badge_mark, badge_shape
from journeylib.drawing.theme import Theme


def paint_cell(cell: Cell, area: Rect, theme: Theme) -> Iterable[str]:
    """Ground, pieces, and below them what is not shown and on how many it rests."""
    yield rect(area, radius=6, fill=signs.fill(cell.backing, theme))
    if cell.backing == "unknown":
        yield signs.outline(area, theme.unknown)
    inner = Rect(area.x + sizes.INSET, area.y + sizes.INSET, area.w - 2 * sizes.INSET, area.h)
    if not cell.pieces:
        yield from _reason(cell, inner, theme)
        return
    for placed in sizes.flow(cell.pieces, inner.w):
        at = placed.rect
        place = Rect(inner.x + at.x, inner.y + at.y, at.w, at.h)
        yield from paint_piece(placed.piece, place, theme)
    yield from _foot(cell, Rect(inner.x, area.bottom - sizes.FOOT, inner.w, sizes.FOOT), theme)


def _reason(cell: Cell, inner: Rect, theme: Theme) -> Iterable[str]:
    x = inner.x
    if cell.backing == "unknown":
        yield text("?", x + 5, inner.y + 12, 13.0, theme.muted, anchor="middle", bold=True)
        x += 18
    for n, words in enumerate(sizes.reason_lines(cell, inner.w)):
        y = inner.y + 11 + n * sizes.TEXT_LINE
        yield text(words, x, y, sizes.SMALL, theme.muted)


def _foot(cell: Cell, area: Rect, theme: Theme) -> Iterable[str]:
    y, right = area.y + 8, area.right
    if cell.backing != "none":
        right -= signs.SIGNAL
        yield signs.signal(cell.backing, right, y + 1, theme)
        right -= 6
    n = shorten(cell.n, sizes.SMALL, area.w * 0.55)
    if n:
        yield text(n, right, y, sizes.SMALL, theme.muted, anchor="end")
        right -= width(n, sizes.SMALL) + 8
    if cell.hidden:
        told = shorten(cell.hidden, sizes.SMALL, right - area.x)
        yield text(told, area.x, y, sizes.SMALL, theme.muted)


def paint_piece(piece: Piece, area: Rect, theme: Theme) -> Iterable[str]:
    """One piece in its place."""
    match piece:
        case Line():
            yield from _line(piece, area, theme)
        case Step(pin=""):
            yield from _step(piece, area, theme)
        case Step():
            told = " · ".join(filter(None, piece_words(piece)))
            parts = _step(piece, area, theme)
            yield named(piece.pin, told, *parts, kind="activity", pin=piece.pin)
        case Meter():
            yield from _meter(piece, area, theme)
        case Panel(badge=badge):
            parts = _panel(piece, area, theme)
            yield named(card_id(badge), badge.words, *parts, kind="finding", pin=badge.finding)
        case Paper():
            yield from _paper(piece, area, theme)


def _line(line: Line, area: Rect, theme: Theme) -> Iterable[str]:
    head = line.tone == "head"
    ink = theme.muted if line.tone == "muted" else theme.ink
    ink = theme.breakpoint if line.tone == "alarm" else ink
    size = sizes.NAME if head else sizes.SMALL
    for n, words in enumerate(sizes.line_lines(line, area.w)):
        yield text(words, area.x, area.y + 11 + n * sizes.TEXT_LINE, size, ink, bold=head)


# -- activities ----------------------------------------------------------------------------------


def _step(step: Step, area: Rect, theme: Theme) -> Iterable[str]:
    new = step.aim == "new"
    sure = [badge for badge in step.badges if badge.confidence != "too_few"]
    stroke = theme.badge(sure[0]) if sure else theme.box_line
    if new:
        yield rect(area, radius=7, fill=theme.page)
        yield signs.outline(area, theme.reported, thick=1.4)
    else:
        thick = 2.0 if sure else 1.1
        yield rect(area, radius=7, fill=theme.box, stroke=stroke, stroke_width=thick)
    x, y = area.x + 7, area.y + 5
    lines = sizes.step_lines(step, area.w)
    notes = len(lines) - len(sizes.note_of(step, area.w))
    for n, (words, size, high, bold) in enumerate(lines):
        y += high
        left = x
        if n >= notes and step.aim is not None:
            left += 13
            if n == notes:
                yield signs.aim(step.aim, (x + 4, y - 6.5), theme)
        ink = theme.ink if bold else theme.muted
        yield text(words, left, y - 3, size, ink, bold=bold)
    yield from _badges(step.badges[: sizes.BADGES], (area.right - 4, area.y + 4), theme)


def _badges(badges: tuple[Badge, ...], corner: Point, theme: Theme) -> Iterable[str]:
    """From the upper right corner to the left."""
    for n, badge in enumerate(reversed(badges)):
        yield badge_mark(badge, (corner[0] - 4 - n * 21, corner[1] + 2), theme)


# -- bars ----------------------------------------------------------------------------------------


def _meter(meter: Meter, area: Rect, theme: Theme) -> Iterable[str]:
    y = area.y + 11
    if sizes.in_one_line(meter, area.w):
        yield text(meter.name, area.x, y, sizes.TEXT, theme.ink)
    else:
        name = shorten(meter.name, sizes.TEXT, area.w)
        yield text(name, area.x, y, sizes.TEXT, theme.ink)
        y += sizes.TEXT_LINE
    value = shorten(meter.value, sizes.TEXT, area.w, bold=True)
    yield text(value, area.right, y, sizes.TEXT, theme.ink, anchor="end", bold=True)
    y += 5
    room = area.w - (sizes.ASIDE if meter.aside else 0)
    if meter.against is not None:
        yield from _bar(meter.against, Rect(area.x, y, room, 6), theme, theme.unknown)
        y += 9
    if meter.share is not None or meter.against is not None:
        yield from _bar(meter, Rect(area.x, y, room, 6), theme, theme.pace_1)
        if meter.aside:
            told = sizes.aside(meter)
            yield text(told, area.right, y + 6.5, sizes.SMALL, theme.muted, anchor="end")
        y += 8
    for n, words in enumerate(sizes.note_lines(meter, area.w)):
        at, left, ink = y + 9 + n * sizes.SMALL_LINE, area.x, theme.muted
        if meter.differs:
            left, ink = area.x + 14, theme.ink
        if meter.differs and n == 0:
            yield signs.differs((area.x + 5, y + 6), theme)
        yield text(words, left, at, sizes.SMALL, ink, bold=meter.differs)


def _bar(meter: Meter, area: Rect, theme: Theme, colour: str) -> Iterable[str]:
    yield rect(area, radius=3, fill=theme.grid)
    if meter.share is None:
        return
    share = meter.share
    yield rect(Rect(area.x, area.y, max(share * area.w, 1.5), area.h), radius=3, fill=colour)
    if meter.low is not None and meter.high is not None:
        low, high = (area.x + end * area.w for end in (meter.low, meter.high))
        yield marks.whisker(low, high, area.y + area.h / 2, theme.ink, cap=3.6)
    if meter.target is not None:
        x = area.x + meter.target * area.w
        yield marks.strokes([((x, area.y - 3), (x, area.bottom + 3))], theme.vote, 2.4)


# -- findings and cards --------------------------------------------------------------------------


def _panel(panel: Panel, area: Rect, theme: Theme) -> Iterable[str]:
    badge = panel.badge
    colour = theme.badge(badge)
    yield rect(area, radius=7, fill=theme.card(badge), stroke=colour, stroke_width=1.2)
    yield badge_shape(badge, (area.x + 17, area.y + 17), theme)
    title, lines = sizes.panel_lines(panel, area.w)
    x, y = area.x + 33, area.y + 6
    for words in title:
        y += sizes.NAME_LINE
        yield text(words, x, y - 2, sizes.NAME, theme.ink, bold=True)
    for words in lines:
        y += sizes.SMALL_LINE
        yield text(words, x, y - 1, sizes.SMALL, theme.muted)


def _paper(paper: Paper, area: Rect, theme: Theme) -> Iterable[str]:
    """A sheet with a folded corner."""
    fold = 10.0
    x, y, r, b = area.x, area.y, area.right, area.bottom
    sheet = ((x, y), (r, y), (r, b - fold), (r - fold, b), (x, b))
    yield polygon(sheet, fill=theme.backed_thin, stroke=theme.vote, stroke_width=1.1)
    corner = ((r, b - fold), (r - fold, b - fold), (r - fold, b))
    yield polygon(corner, fill=theme.page, stroke=theme.vote, stroke_width=1.0)
    kind = shorten(paper.kind, sizes.SMALL, area.w - 18, bold=True)
    yield text(kind, x + 9, y + 15, sizes.SMALL, theme.vote, bold=True)
    for n, words in enumerate(sizes.paper_lines(paper, area.w)):
        yield text(words, x + 9, y + 30 + n * sizes.TEXT_LINE, sizes.TEXT, theme.ink)
