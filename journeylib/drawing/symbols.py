"""The small signs: arrow heads, numbered badges, tabs' marks and the legend's samples."""

from __future__ import annotations

import math

from journeylib.drawing import sizes
from journeylib.drawing.geometry import Point, Rect, dashes
from journeylib.drawing.scene import Badge
from journeylib.drawing.svg import element, line, polygon, rect, text
from journeylib.drawing.theme import Theme

_SAMPLE = 30.0


def arrow_head(before: Point, tip: Point, length: float, colour: str) -> str:
    """A filled arrow head ending exactly at `tip`."""
    whole = math.dist(before, tip) or 1.0
    dx, dy = (tip[0] - before[0]) / whole, (tip[1] - before[1]) / whole
    base, half = (tip[0] - dx * length, tip[1] - dy * length), length * 0.46
    left = (base[0] - dy * half, base[1] + dx * half)
    right = (base[0] + dy * half, base[1] - dx * half)
    return polygon((tip, left, right), fill=colour)


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
    size = 11.0 if len(words) == 1 else 9.5
    ink = theme.on_mark if proven else colour
    number = text(words, at[0], at[1] + size * 0.36, size, ink, anchor="middle", bold=True)
    return _badge_outline(badge.kind, at, paint) + number


def _badge_outline(kind: str, at: Point, paint: dict[str, object]) -> str:
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
    return rect(at[0] - 3.5, at[1] - 3.5, 7, 7, fill=colour)


def key_symbol(symbol: str, area: Rect, theme: Theme) -> str:
    """The sample that stands before an entry of the legend."""
    x, y = area.x, area.y + area.h / 2
    middle = (x + _SAMPLE / 2, y)
    match symbol:
        case "entry":
            return rect(x + 5, y - 8, 20, 16, radius=5, fill=theme.tab) + play(middle, theme.tab_ink)
        case "exit":
            tab = rect(x + 5, y - 8, 20, 16, radius=5, fill=theme.exit_tab)
            return tab + stop(middle, theme.exit_tab_ink)
        case "weight":
            wedge = ((x, y - 0.7), (x + _SAMPLE, y - 2.8), (x + _SAMPLE, y + 2.8), (x, y + 0.7))
            return polygon(wedge, fill=theme.unknown)
        case "loop":
            return _loop(x, y, theme)
        case "breakpoint" | "silo":
            colour = theme.breakpoint if symbol == "breakpoint" else theme.silo
            return _badge_outline(symbol, middle, {"fill": colour})
        case "suggestive" | "too_few":
            colour = theme.breakpoint if symbol == "suggestive" else theme.doubt
            hollow: dict[str, object] = {"fill": theme.page, "stroke": colour, "stroke_width": 1.8}
            return _badge_outline("breakpoint", middle, hollow)
        case "back":
            pieces = dashes(((x, y), (x + _SAMPLE - 7, y)), 7.0, 4.0)
            return _sample("".join(map(line, pieces)), x, y, theme.unknown)
        case _:
            path = line(((x, y), (x + _SAMPLE - 7, y)))
            return _sample(path, x, y, str(getattr(theme, symbol)))


def _sample(path: str, x: float, y: float, colour: str) -> str:
    end = (x + _SAMPLE, y)
    stroke = element("path", d=path, fill="none", stroke=colour, stroke_width=2.4)
    return stroke + arrow_head((x, y), end, 9, colour)


def _loop(x: float, y: float, theme: Theme) -> str:
    points = ((x + 20, y - 7), (x + 20, y + 6), (x + 5, y + 6), (x + 5, y - 4), (x + 8, y - 4))
    path = element(
        "path", d=line(points, 5), fill="none", stroke=theme.unknown, stroke_width=1.8
    )
    return path + arrow_head((x + 8, y - 4), (x + 16, y - 4), 7, theme.unknown)
