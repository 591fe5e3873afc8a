"""The small signs of the map: how well backed, what the target says, what befalls information."""

from __future__ import annotations

from typing import cast

from journeylib.drawing import legend
from journeylib.drawing.charts import marks
from journeylib.drawing.geometry import Point, Rect, dashes
from journeylib.drawing.journeymap.scene import Aim, Backing, Loss
from journeylib.drawing.svg import polygon, rect, text
from journeylib.drawing.theme import Theme

_LEVEL = {"strong": 3, "fair": 2, "thin": 1, "unknown": 0, "none": 0}
SIGNAL = 15.0
"""Width of the bars that tell how well backed a cell is."""


def fill(level: Backing, theme: Theme) -> str:
    """The ground of a cell."""
    return {
        "strong": theme.backed_strong,
        "fair": theme.backed_fair,
        "thin": theme.backed_thin,
        "unknown": theme.page,
        "none": theme.panel,
    }[level]


def signal(level: Backing, x: float, bottom: float, theme: Theme) -> str:
    """Three rising bars, as many of them filled as the cell is backed."""
    parts = []
    for n in range(3):
        high = 4.0 + 3 * n
        area = Rect(x + 5 * n, bottom - high, 3.6, high)
        filled = n < _LEVEL[level]
        ink = theme.reported if filled else theme.page
        parts.append(rect(area, fill=ink, stroke=theme.unknown, stroke_width=0.6))
    return "".join(parts)


def outline(area: Rect, colour: str, *, dash: float = 4.0, thick: float = 1.0) -> str:
    """A dashed frame."""
    x, y, r, b = area.x, area.y, area.right, area.bottom
    corners = ((x, y), (r, y), (r, b), (x, b), (x, y))
    return marks.strokes(list(dashes(corners, dash, dash * 0.75)), colour, thick)


def aim(kind: Aim, at: Point, theme: Theme) -> str:
    """Filled: required; ring: optional; cross: not in the target; plus: new in it."""
    x, y = at
    match kind:
        case "required":
            return marks.dot(at, 3.6, theme.reported)
        case "optional":
            return marks.dot(at, 3.2, theme.page, theme.reported)
        case "left_out":
            return _cross(at, 3.2, theme.unknown)
        case "new":
            bars = [((x - 4, y), (x + 4, y)), ((x, y - 4), (x, y + 4))]
            return marks.strokes(bars, theme.reported, 2.0)


def differs(at: Point, theme: Theme) -> str:
    """A triangle before a difference whose interval leaves out none."""
    x, y = at
    return polygon(((x, y - 4), (x + 4.5, y + 4), (x - 4.5, y + 4)), fill=theme.vote)


def loss(kind: Loss, at: Point, theme: Theme, colour: str) -> str:
    """Cross: lost; clock: late; question mark: asked again; two sheets: typed again; ≠."""
    x, y = at
    match kind:
        case "lost":
            return _cross(at, 3.8, colour)
        case "late":
            hands = marks.strokes([((x, y - 2.8), (x, y), (x + 2.2, y))], colour, 1.3)
            return marks.dot(at, 4.6, theme.page, colour) + hands
        case "typed":
            sheets = (Rect(x - 4.5, y - 4.5, 6, 7), Rect(x - 1.5, y - 2, 6, 7))
            return "".join(
                rect(s, fill=theme.page, stroke=colour, stroke_width=1.3) for s in sheets
            )
        case "asked":
            return text("?", x, y + 4.5, 13.0, colour, anchor="middle", bold=True)
        case "contradicted":
            return text("≠", x, y + 4.5, 13.0, colour, anchor="middle", bold=True)


def sample(symbol: str, area: Rect, theme: Theme) -> str:
    """The sample of `symbol` in the left part of `area`."""
    place = Rect(area.x, area.y, 30, area.h)
    kind, _sep, name = symbol.partition("_")
    match kind:
        case "backed":
            drawn = _backed(cast(Backing, name), place, theme)
        case "aim":
            drawn = aim(cast(Aim, name), place.middle, theme)
        case "loss":
            drawn = loss(cast(Loss, name), place.middle, theme, theme.silo)
        case "side":
            ink = theme.unknown if name == "a" else theme.pace_1
            drawn = _strip(place, 6, ink)
        case "differs":
            drawn = differs(place.middle, theme)
        case "target":
            x, y = place.middle
            drawn = marks.strokes([((x, y - 6), (x, y + 6))], theme.vote, 2.4)
        case "thread":
            half = Rect(place.x, place.y, 16, place.h)
            rest = Rect(half.right, place.y, 14, place.h)
            drawn = _strip(half, 7, theme.pace_2) + _strip(rest, 2.4, theme.pace_2)
        case _:
            drawn = legend.sample(symbol, area, theme)
    return drawn


def _strip(place: Rect, thick: float, colour: str) -> str:
    return rect(Rect(place.x, place.middle[1] - thick / 2, place.w, thick), fill=colour)


def _backed(level: Backing, area: Rect, theme: Theme) -> str:
    ground = rect(area, radius=4, fill=fill(level, theme))
    if level == "unknown":
        mark = text("?", area.x + 15, area.y + 13, 12.0, theme.muted, anchor="middle", bold=True)
        return ground + outline(area, theme.unknown) + mark
    return ground + signal(level, area.x + 8, area.bottom - 4, theme)


def _cross(at: Point, half: float, colour: str) -> str:
    x, y = at
    a = ((x - half, y - half), (x + half, y + half))
    b = ((x - half, y + half), (x + half, y - half))
    return marks.strokes([a, b], colour, 2.2)
