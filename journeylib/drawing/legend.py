"""The samples of the legend, each drawn as on the map."""

from __future__ import annotations

from collections.abc import Callable

from journeylib.drawing.geometry import Point, Rect, dashes
from journeylib.drawing.svg import element, line, polygon, rect, strokes
from journeylib.drawing.symbols import arrow_head, outline, play, stop
from journeylib.drawing.theme import Theme

_LENGTH = 30.0


def sample(symbol: str, area: Rect, theme: Theme) -> str:
    """The sample of `symbol` in the left part of `area`."""
    at = (area.x, area.y + area.h / 2)
    if symbol in _SAMPLES:
        return _SAMPLES[symbol](at, theme)
    return _straight(at, str(getattr(theme, symbol)))


def _entry(at: Point, theme: Theme) -> str:
    return _tab(at, theme.tab) + play(_middle(at), theme.tab_ink)


def _exit(at: Point, theme: Theme) -> str:
    return _tab(at, theme.exit_tab) + stop(_middle(at), theme.exit_tab_ink)


def _weight(at: Point, theme: Theme) -> str:
    (x, y), end = at, at[0] + _LENGTH
    return polygon(((x, y - 0.7), (end, y - 2.8), (end, y + 2.8), (x, y + 0.7)), fill=theme.unknown)


def _back(at: Point, theme: Theme) -> str:
    pieces = dashes((at, (at[0] + _LENGTH - 7, at[1])), 7.0, 4.0)
    return _arrow(strokes(pieces), at, theme.unknown)


def _loop(at: Point, theme: Theme) -> str:
    x, y = at
    points = ((x + 20, y - 7), (x + 20, y + 6), (x + 5, y + 6), (x + 5, y - 4), (x + 8, y - 4))
    path = element("path", d=line(points, 5), fill="none", stroke=theme.unknown, stroke_width=1.8)
    return path + arrow_head((x + 8, y - 4), (x + 16, y - 4), 7, theme.unknown)


def _breakpoint(at: Point, theme: Theme) -> str:
    return outline("breakpoint", _middle(at), {"fill": theme.breakpoint})


def _silo(at: Point, theme: Theme) -> str:
    return outline("silo", _middle(at), {"fill": theme.silo})


def _suggestive(at: Point, theme: Theme) -> str:
    return _hollow(at, theme.breakpoint, theme)


def _too_few(at: Point, theme: Theme) -> str:
    return _hollow(at, theme.doubt, theme)


def _more(at: Point, theme: Theme) -> str:
    return _straight(at, theme.line("more", None))


def _less(at: Point, theme: Theme) -> str:
    return _straight(at, theme.line("less", None), theme.page)


def _same(at: Point, theme: Theme) -> str:
    return _straight(at, theme.unknown)


_SAMPLES: dict[str, Callable[[Point, Theme], str]] = {
    "entry": _entry,
    "exit": _exit,
    "weight": _weight,
    "back": _back,
    "loop": _loop,
    "breakpoint": _breakpoint,
    "silo": _silo,
    "suggestive": _suggestive,
    "too_few": _too_few,
    "more": _more,
    "less": _less,
    "same": _same,
}


def _middle(at: Point) -> Point:
    return (at[0] + _LENGTH / 2, at[1])


def _tab(at: Point, colour: str) -> str:
    return rect(Rect(at[0] + 5, at[1] - 8, 20, 16), radius=5, fill=colour)


def _hollow(at: Point, colour: str, theme: Theme) -> str:
    paint = {"fill": theme.page, "stroke": colour, "stroke_width": 1.8}
    return outline("breakpoint", _middle(at), paint)


def _straight(at: Point, colour: str, inside: str = "") -> str:
    return _arrow(line((at, (at[0] + _LENGTH - 7, at[1]))), at, colour, inside)


def _arrow(path: str, at: Point, colour: str, inside: str = "") -> str:
    stroke = element("path", d=path, fill="none", stroke=colour, stroke_width=2.4)
    return stroke + arrow_head(at, (at[0] + _LENGTH, at[1]), 9, colour, inside)
