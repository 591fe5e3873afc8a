"""A placed page as SVG text."""

from __future__ import annotations

from collections.abc import Iterable

from journeylib.drawing import page as plan
from journeylib.drawing import sizes
from journeylib.drawing.geometry import Rect, cut_end, dashes, flattened
from journeylib.drawing.layout import PlacedBadge, PlacedBox, PlacedEdge
from journeylib.drawing.legend import sample
from journeylib.drawing.measure import shorten, width
from journeylib.drawing.page import PagePlan, PlacedBand, PlacedCard
from journeylib.drawing.parts import card_id
from journeylib.drawing.scene import Scene
from journeylib.drawing.svg import (
    document,
    element,
    line,
    named,
    polygon,
    rect,
    strokes,
    text,
)
from journeylib.drawing.symbols import arrow_head, badge_mark, badge_shape, play, stop
from journeylib.drawing.theme import Theme

_RADIUS = 9.0
_CHEVRON = 12.0


def paint(scene: Scene, page: PagePlan, theme: Theme) -> str:
    """The picture: presentation attributes only, the same bytes for the same scene."""
    body = (
        rect(Rect(0, 0, page.width, page.height), fill=theme.page),
        *_header(scene, page, theme),
        *(_panel(band, theme) for band in page.bands),
        *(_band(band, theme) for band in page.bands),
        *(_edge(edge, theme) for edge in page.map.edges),
        *(_box(box, theme) for box in page.map.boxes),
        *_cards(scene, page, theme),
        *(sample(key.key.symbol, key.rect, theme) for key in page.keys),
        *(_key_words(key, theme) for key in page.keys),
        *_footer(page, theme),
    )
    title = f"{scene.title} · {scene.subtitle}"
    return document("journey", title, scene.description, (page.width, page.height), body)


# -- around the map ----------------------------------------------------------------------------


def _header(scene: Scene, page: PagePlan, theme: Theme) -> Iterable[str]:
    left, room = sizes.MARGIN, page.width - 2 * sizes.MARGIN
    title = shorten(scene.title, plan.TITLE, room, bold=True)
    yield text(title, left, 40.0, plan.TITLE, theme.ink, bold=True)
    subtitle = shorten(scene.subtitle, plan.SUBTITLE, room)
    yield text(subtitle, left, 63.0, plan.SUBTITLE, theme.muted)


def _panel(placed: PlacedBand, theme: Theme) -> str:
    area = placed.panel
    return rect(area, radius=8, fill=theme.panel)


def _band(placed: PlacedBand, theme: Theme) -> str:
    band, area = placed.band, placed.rect
    tip = min(_CHEVRON, area.w / 6)
    middle = area.y + area.h / 2
    shape = polygon(
        (
            (area.x, area.y),
            (area.right - tip, area.y),
            (area.right, middle),
            (area.right - tip, area.bottom),
            (area.x, area.bottom),
            (area.x + tip, middle),
        ),
        fill=theme.band,
    )
    left, right = area.x + tip + 12, area.right - tip - 8
    badges = [
        PlacedBadge(badge, (right - sizes.BADGE / 2 - n * (sizes.BADGE + 2), middle))
        for n, badge in enumerate(reversed(band.badges))
    ]
    right -= len(badges) * (sizes.BADGE + 2) + (6 if badges else 0)
    count = text(band.cases, right, area.y + 21, 12.0, theme.band_ink, anchor="end")
    room = right - left - width(band.cases, 12.0) - 8
    name = shorten(band.name, 15.0, room, bold=True)
    words = [text(name, left, area.y + 21, 15.0, theme.band_ink, bold=True), count]
    if band.conversion:
        told = shorten(band.conversion, 11.0, right - left)
        words.append(text(told, left, area.y + 38, 11.0, theme.band_ink))
    label = " · ".join(filter(None, (band.name, band.cases, band.conversion)))
    marks = (badge_mark(badge.badge, badge.at, theme) for badge in badges)
    return named(band.id, label, shape, *words, *marks, kind="stage", pin=band.pin)


def _cards(scene: Scene, page: PagePlan, theme: Theme) -> Iterable[str]:
    left, top = sizes.MARGIN, page.cards_top
    yield text(scene.cards_title, left, top, plan.HEADING, theme.ink, bold=True)
    if scene.cards_note:
        after = left + width(scene.cards_title, plan.HEADING, bold=True) + 14
        yield text(scene.cards_note, after, top, plan.TEXT, theme.muted)
    for card in page.cards:
        yield _card(card, theme)


def _card(placed: PlacedCard, theme: Theme) -> str:
    card, area = placed.card, placed.rect
    colour = theme.badge(card.badge)
    x, y = area.x + 44, area.y + 23
    soft = theme.card(card.badge)
    frame = rect(area, radius=8, fill=soft, stroke=colour, stroke_width=1.2)
    words = []
    for title in placed.title:
        words.append(text(title, x, y, plan.HEADING - 1, theme.ink, bold=True))
        y += 18
    for told in placed.lines:
        words.append(text(told, x, y, plan.TEXT, theme.muted))
        y += 16
    mark = badge_shape(card.badge, (area.x + 24, area.y + 20), theme)
    return named(
        card_id(card.badge),
        card.badge.words,
        frame,
        mark,
        *words,
        kind="finding",
        pin=card.badge.finding,
    )


def _key_words(placed: plan.PlacedKey, theme: Theme) -> str:
    words, area = placed.key.words, placed.rect
    return text(words, area.x + 36, area.y + area.h / 2 + 4, plan.TEXT, theme.muted)


def _footer(page: PagePlan, theme: Theme) -> Iterable[str]:
    right = page.width - sizes.MARGIN
    for n, words in enumerate(page.footer):
        y = page.footer_top + n * 16
        yield text(words, right, y, plan.FINE, theme.muted, anchor="end")


# -- the map -----------------------------------------------------------------------------------


def _box(placed: PlacedBox, theme: Theme) -> str:
    box, area = placed.box, placed.rect
    middle = area.x + area.w / 2
    fill, stroke = (
        (theme.gathered, theme.gathered_line) if box.gathered else (theme.box, theme.box_line)
    )
    if box.mark:
        stroke = theme.line(box.mark, None)
    parts = [*_tabs(placed, theme)]
    thick = 2.2 if box.mark else 1.4
    parts.append(rect(area, radius=8, fill=fill, stroke=stroke, stroke_width=thick))
    size, names = sizes.fitted_name(box)
    y = area.middle[1] - sizes.words_height(box) / 2 + 13
    for name in names:
        parts.append(text(name, middle, y, size, theme.ink, anchor="middle", bold=True))
        y += sizes.NAME_LINE
    count = shorten(box.count, sizes.SMALL, area.w - 2 * sizes.BOX_INSET)
    for told in (count, *sizes.note_lines(box)):
        parts.append(text(told, middle, y - 2, sizes.SMALL, theme.muted, anchor="middle"))
        y += sizes.SMALL_LINE
    parts += [badge_mark(badge.badge, badge.at, theme) for badge in placed.badges]
    label = " · ".join(filter(None, (box.name, box.count, box.note)))
    return named(box.id, label, *parts, kind=box.kind, pin=box.pin)


def _tabs(placed: PlacedBox, theme: Theme) -> Iterable[str]:
    for words, area, fill, ink, sign, standing in (
        (placed.box.entry, placed.entry, theme.tab, theme.tab_ink, play, True),
        (placed.box.exit, placed.exit, theme.exit_tab, theme.exit_tab_ink, stop, False),
    ):
        if words is None or area is None:
            continue
        top = area.y if standing else area.y - 6
        yield rect(Rect(area.x, top, area.w, area.h + 6), radius=5, fill=fill)
        y = area.y + area.h / 2
        yield sign((area.x + 9, y), ink)
        yield text(words, area.x + 17, y + 3.5, sizes.TAB_FONT, ink)


def _edge(placed: PlacedEdge, theme: Theme) -> str:
    edge = placed.edge
    colour, thick = theme.line(edge.mark, edge.pace), sizes.thickness(edge)
    head = sizes.head(edge)
    stem = cut_end(placed.points, head - 1)
    parts = [_stroke(line(stem, _RADIUS), theme.panel, thick + 3)]
    if edge.back:
        pieces = dashes(flattened(stem, _RADIUS), 7.0, 4.0)
        parts.append(_stroke(strokes(pieces), colour, thick))
        parts.append(
            element("path", d=line(stem, _RADIUS), fill="none", stroke="none", data_line=1)
        )
    else:
        parts.append(_stroke(line(stem, _RADIUS), colour, thick, data_line=1))
    inside = theme.page if edge.mark == "less" else ""
    parts.append(arrow_head(placed.points[-2], placed.points[-1], head, colour, inside))
    parts.append(_label(placed, theme, colour))
    parts += [badge_mark(badge.badge, badge.at, theme) for badge in placed.badges]
    label = " · ".join(f"{name} {value}" for name, value in edge.details[:4])
    ends = {"data_source": edge.source, "data_target": edge.target}
    return named(edge.id, label, *parts, kind="move", pin=edge.pin, **ends)


def _label(placed: PlacedEdge, theme: Theme, colour: str) -> str:
    area, marked = placed.label.rect, placed.edge.mark is not None
    ink = colour if marked else theme.muted
    words = placed.label.words
    return text(words, area.x, area.bottom - 2.5, sizes.LABEL, ink, bold=marked)


def _stroke(path: str, colour: str, thick: float, **data: int) -> str:
    return element(
        "path",
        d=path,
        fill="none",
        stroke=colour,
        stroke_width=thick,
        stroke_linejoin="round",
        **data,
    )
