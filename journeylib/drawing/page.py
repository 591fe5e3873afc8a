"""The whole picture placed: header, stages, map, findings, legend and footer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from journeylib.drawing import sizes
from journeylib.drawing.geometry import Rect
from journeylib.drawing.layout import MapPlan, lay_out
from journeylib.drawing.measure import flowing, shorten, width, wrap
from journeylib.drawing.scene import Band, Card, Key, Scene

LEAST_WIDTH = 1160.0
TITLE, SUBTITLE, HEADING, TEXT, FINE = 24.0, 12.5, 14.0, 11.0, 10.5
_CARD, _CARD_GAP = 330.0, 14.0
_HEADER = 82.0
_SYMBOL, _KEY, _KEY_GAP, _KEY_LINE = 30.0, 420.0, 22.0, 22.0


@dataclass(frozen=True, slots=True)
class PlacedBand:
    """The chevron of a stage and the panel behind its boxes."""

    band: Band
    rect: Rect
    panel: Rect


@dataclass(frozen=True, slots=True)
class PlacedCard:
    """A finding's card with its lines as they are broken."""

    card: Card
    rect: Rect
    title: tuple[str, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlacedKey:
    """An entry of the legend; its symbol stands in the left part of `rect`."""

    key: Key
    rect: Rect


@dataclass(frozen=True, slots=True)
class PagePlan:
    """Everything with coordinates; the page is `width` by `height` pixels."""

    width: float
    height: float
    bands: tuple[PlacedBand, ...]
    map: MapPlan
    cards_top: float
    cards: tuple[PlacedCard, ...]
    keys: tuple[PlacedKey, ...]
    footer: tuple[str, ...]
    footer_top: float


def place(scene: Scene) -> PagePlan:
    """Coordinates for all of `scene`."""
    left = sizes.MARGIN
    plan = lay_out(scene, left, _HEADER + sizes.BAND + 6, LEAST_WIDTH - 2 * left)
    inner = plan.area.w
    bands = tuple(
        _band(band, span, plan.area) for band, span in zip(scene.bands, plan.spans, strict=True)
    )
    cards_top = plan.area.bottom + 34
    cards = _cards(scene.cards, left, cards_top + 14, inner)
    below = max((card.rect.bottom for card in cards), default=cards_top)
    keys = _keys(scene.legend, left, below + 20, inner)
    below = max((key.rect.bottom for key in keys), default=below)
    footer = flowing(scene.footer, FINE, inner)
    footer_top = below + 26
    height = footer_top + (len(footer) - 1) * 16 + 18
    return PagePlan(
        width=round(inner + 2 * left),
        height=round(height),
        bands=bands,
        map=plan,
        cards_top=cards_top,
        cards=cards,
        keys=keys,
        footer=footer,
        footer_top=footer_top,
    )


def _band(band: Band, span: tuple[float, float], area: Rect) -> PlacedBand:
    left, right = span
    return PlacedBand(
        band,
        Rect(left + 1, _HEADER, right - left - 2, sizes.BAND),
        Rect(left + 2, _HEADER + sizes.BAND + 6, right - left - 4, area.h),
    )


def _cards(cards: Sequence[Card], left: float, top: float, inner: float) -> tuple[PlacedCard, ...]:
    """Cards of equal size in rows as wide as the map."""
    if not cards:
        return ()
    most = max(int((inner + _CARD_GAP) // (_CARD + _CARD_GAP)), 1)
    columns = max(math.ceil(len(cards) / math.ceil(len(cards) / most)), min(most, 3))
    room = (inner + _CARD_GAP) / columns - _CARD_GAP
    texts = [_card_text(card, room - 56) for card in cards]
    height = max(len(title) * 18 + len(lines) * 16 for title, lines in texts) + 22
    return tuple(
        PlacedCard(
            card,
            Rect(
                left + n % columns * (room + _CARD_GAP),
                top + n // columns * (height + 12),
                room,
                height,
            ),
            *texts[n],
        )
        for n, card in enumerate(cards)
    )


def _card_text(card: Card, room: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
    lines = (wrap(line, TEXT, room) for line in card.lines)
    return wrap(card.title, HEADING - 1, room, bold=True), tuple(x for line in lines for x in line)


def _keys(keys: Sequence[Key], left: float, top: float, inner: float) -> tuple[PlacedKey, ...]:
    placed = []
    x, y = left, top
    for whole in keys:
        key = Key(whole.symbol, shorten(whole.words, TEXT, _KEY))
        room = _SYMBOL + 6 + width(key.words, TEXT)
        if x + room > left + inner and x > left:
            x, y = left, y + _KEY_LINE
        placed.append(PlacedKey(key, Rect(x, y, room, _KEY_LINE - 4)))
        x += room + _KEY_GAP
    return tuple(placed)
