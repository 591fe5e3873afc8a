"""The placed map as SVG text: presentation attributes only, the same bytes for the same scene."""

from __future__ import annotations

from collections.abc import Iterator

from journeylib.annotations.pin import kept
from journeylib.drawing.geometry import Rect
from journeylib.drawing.journeymap import layout, signs, sizes
from journeylib.drawing.journeymap.curves import paint_curves
from journeylib.drawing.journeymap.layout import MARGIN, Page, PlacedLane
from journeylib.drawing.journeymap.pages import pin_of, thread_pin
from journeylib.drawing.journeymap.pieces import paint_cell
from journeylib.drawing.journeymap.scene import Column, CurveLane, Lane, MapScene, ThreadLane
from journeylib.drawing.journeymap.spoken import spoken, spoken_curve, spoken_thread
from journeylib.drawing.journeymap.strands import hidden_threads, paint_threads
from journeylib.drawing.measure import shorten, width
from journeylib.drawing.scene import Badge
from journeylib.drawing.svg import document, named, polygon, rect, text
from journeylib.drawing.symbols import badge_mark
from journeylib.drawing.theme import Theme


def paint(scene: MapScene, page: Page, theme: Theme) -> str:
    """The picture."""
    body = (
        rect(Rect(0, 0, page.width, page.height), fill=theme.page),
        *_top(page, theme),
        *(signs.sample(key.key.symbol, key.rect, theme) for key in page.keys),
        *(_key_words(key, theme) for key in page.keys),
        *(_head(c, area, theme) for c, area in zip(scene.columns, page.heads, strict=True)),
        *(part for placed in page.lanes for part in _lane(scene, placed, theme)),
        *_footer(page, theme),
    )
    title = f"{scene.title} · {scene.subtitle}"
    return document("map", title, scene.description, (page.width, page.height), body)


# -- around the table ------------------------------------------------------------------------------


def _top(page: Page, theme: Theme) -> Iterator[str]:
    y = 14.0
    for words in page.title:
        y += 28
        yield text(words, MARGIN, y, layout.TITLE, theme.ink, bold=True)
    for words in page.subtitle:
        y += 18
        yield text(words, MARGIN, y, layout.SUBTITLE, theme.muted)


def _key_words(placed: layout.PlacedKey, theme: Theme) -> str:
    area = placed.rect
    return text(placed.key.words, area.x + 36, area.y + 13, layout.FINE, theme.muted)


def _footer(page: Page, theme: Theme) -> Iterator[str]:
    for n, words in enumerate(page.footer):
        y = page.footer_top + 16 * n
        yield text(words, page.width - MARGIN, y, layout.FINE, theme.muted, anchor="end")


def _head(column: Column, area: Rect, theme: Theme) -> str:
    """A chevron with name, cases, conversion and stay."""
    tip, middle = 14.0, area.y + area.h / 2
    x, y, r, b = area.x, area.y, area.right, area.bottom
    shape = ((x, y), (r - tip, y), (r + 2, middle), (r - tip, b), (x, b), (x + tip, middle))
    parts = [polygon(shape, fill=theme.band)]
    left, right = x + tip + 10, r - tip - 4
    parts += _badges(column.badges, right, y + 15, theme)
    room = right - left - 22 * len(column.badges)
    name = shorten(column.name, 15.0, room, bold=True)
    parts.append(text(name, left, y + 21, 15.0, theme.band_ink, bold=True))
    used = width(name, 15.0, bold=True) + 8
    if column.other and room - used > 24:
        other = shorten(column.other, 11.0, room - used)
        parts.append(text(other, left + used, y + 21, 11.0, theme.band_ink))
    for n, words in enumerate(filter(None, (column.cases, *column.lines))):
        told = shorten(words, 10.5, right - left)
        parts.append(text(told, left, y + 40 + 16 * n, 10.5, theme.band_ink))
    told = " · ".join(filter(None, (column.name, column.cases, *column.lines)))
    return named(column.id, told, *parts, kind="stage", pin=kept(column.stage))


def _badges(badges: tuple[Badge, ...], right: float, y: float, theme: Theme) -> list[str]:
    return [
        badge_mark(badge, (right - 9 - n * 22, y), theme)
        for n, badge in enumerate(reversed(badges))
    ]


# -- lanes -----------------------------------------------------------------------------------------


def _lane(scene: MapScene, placed: PlacedLane, theme: Theme) -> Iterator[str]:
    lane = placed.lane
    yield rect(placed.rect, radius=8, fill=theme.panel)
    yield from _label(placed, theme)
    match lane:
        case Lane():
            for column, cell, area in zip(scene.columns, lane.cells, placed.cells, strict=True):
                parts = paint_cell(cell, area, theme)
                told = f"{lane.name} · {column.name}: {spoken(cell)}"
                pin = pin_of(column, lane)
                yield named(f"{lane.id}-{column.id}", told, *parts, kind="cell", pin=pin)
        case ThreadLane():
            yield from _dividers(placed, theme)
            for thread, parts in paint_threads(lane, placed.cells, theme):
                pin, told = thread_pin(scene.columns[thread.born], thread), spoken_thread(thread)
                yield named(thread.id, told, *parts, kind="thread", pin=pin)
            yield from hidden_threads(lane, placed.cells, theme)
        case CurveLane():
            yield from _dividers(placed, theme)
            yield from paint_curves(lane, placed.cells, theme)
            for n, (column, area) in enumerate(zip(scene.columns, placed.cells, strict=True)):
                told, pin = (
                    f"{lane.name} · {column.name}: {spoken_curve(lane, n)}",
                    pin_of(column, lane),
                )
                ground = rect(area, fill="none", pointer_events="all")
                yield named(f"{lane.id}-{column.id}", told, ground, kind="cell", pin=pin)


def _label(placed: PlacedLane, theme: Theme) -> Iterator[str]:
    area = placed.rect
    name, note = layout.label_lines(placed.lane)
    y = area.y + 8
    for words in name:
        y += 17
        yield text(words, area.x + 10, y - 2, 13.0, theme.ink, bold=True)
    for words in note:
        y += 13
        yield text(words, area.x + 10, y, sizes.SMALL, theme.muted)


def _dividers(placed: PlacedLane, theme: Theme) -> Iterator[str]:
    for area in placed.cells[1:]:
        x = area.x - sizes.GAP / 2
        yield rect(Rect(x - 0.5, placed.rect.y + 6, 1.0, placed.rect.h - 12), fill=theme.grid)
