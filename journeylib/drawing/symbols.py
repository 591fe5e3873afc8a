"""The small signs: arrow heads, numbered badges, the marks on tabs."""

from __future__ import annotations

import math
from collections.abc import Mapping

from journeylib.drawing import sizes
from journeylib.drawing.geometry import Point, Rect
from journeylib.drawing.scene import Badge
from journeylib.drawing.svg import clean, element, polygon, rect, text
from journeylib.drawing.theme import Theme


def arrow_head(before: Point, tip: Point, length: float, colour: str, inside: str = "") -> str:
    """An arrow head ending exactly at `tip`; hollow where it has another colour `inside`."""
    whole = math.dist(before, tip) or 1.0
    dx, dy = (tip[0] - before[0]) / whole, (tip[1] - before[1]) / whole
    base, half = (tip[0] - dx * length, tip[1] - dy * length), length * sizes.HEAD_HALF
    left = (base[0] - dy * half, base[1] + dx * half)
    right = (base[0] + dy * half, base[1] - dx * half)
    if inside:
        return polygon((tip, left, right), fill=inside, stroke=colour, stroke_width=1.6)
    return polygon((tip, left, right), fill=colour)


def badge_mark(badge: Badge, at: Point, theme: Theme) -> str:
    """The badge as a part of its own: whoever chooses it chooses the finding."""
    words = element("title", clean(badge.words))
    shape, finding = badge_shape(badge, at, theme), badge.finding
    return element("g", words, shape, data_finding=finding, data_pin=finding)


def badge_shape(badge: Badge, at: Point, theme: Theme) -> str:
    """A numbered circle (breakpoint) or diamond (silo); hollow unless the finding is proven."""
    colour = theme.badge(badge)
    proven = badge.confidence == "proven"
    paint = {
        "fill": colour if proven else theme.page,
        "stroke": theme.page if proven else colour,
        "stroke_width": 1.2 if proven else 1.8,
    }
    words = str(badge.number)
    size = {1: 11.0, 2: 9.5}.get(len(words), 7.5)
    ink = theme.on_mark if proven else colour
    number = text(words, at[0], at[1] + size * 0.36, size, ink, anchor="middle", bold=True)
    return outline(badge.kind, at, paint) + number


def outline(kind: str, at: Point, paint: Mapping[str, object]) -> str:
    """The shape of a badge: a diamond for a silo, else a circle."""
    x, y = at
    if kind == "silo":
        r = sizes.BADGE / 2 + 2.5
        return polygon(((x, y - r), (x + r, y), (x, y + r), (x - r, y)), **paint)
    return element("circle", cx=x, cy=y, r=sizes.BADGE / 2, **paint)


def play(at: Point, colour: str) -> str:
    """The sign of cases that begin."""
    x, y = at
    return polygon(((x - 3, y - 4), (x + 4, y), (x - 3, y + 4)), fill=colour)


def stop(at: Point, colour: str) -> str:
    """The sign of cases that end."""
    return rect(Rect(at[0] - 3.5, at[1] - 3.5, 7, 7), fill=colour)
