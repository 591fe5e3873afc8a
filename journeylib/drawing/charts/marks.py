"""The marks charts are made of: dots, whiskers, lines, cells; all plain shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from journeylib.drawing.charts.scale import Scale
from journeylib.drawing.geometry import Point, Rect
from journeylib.drawing.svg import element, number, polygon, rect
from journeylib.terms import Fact

Painter = Callable[[Rect], str]
"""Paints something into an area."""


def dot(at: Point, radius: float, fill: str, stroke: str | None = None) -> str:
    """A filled circle, with an outline if wanted."""
    thick = None if stroke is None else 1.8
    return element(
        "circle", cx=at[0], cy=at[1], r=radius, fill=fill, stroke=stroke, stroke_width=thick
    )


def square(at: Point, half: float, fill: str, stroke: str | None = None) -> str:
    """A filled square."""
    thick = None if stroke is None else 1.8
    area = Rect(at[0] - half, at[1] - half, 2 * half, 2 * half)
    return rect(area, fill=fill, stroke=stroke, stroke_width=thick)


def diamond(at: Point, half: float, fill: str, stroke: str | None = None) -> str:
    """A square on its corner."""
    (x, y), thick = at, None if stroke is None else 1.8
    points = ((x, y - half), (x + half, y), (x, y + half), (x - half, y))
    return polygon(points, fill=fill, stroke=stroke, stroke_width=thick)


def strokes(
    lines: Iterable[Sequence[Point]], colour: str, thick: float = 1.0, opacity: float | None = None
) -> str:
    """Any number of straight lines as one path."""
    path = "".join(
        "M" + "L".join(f"{number(x)},{number(y)}" for x, y in points) for points in lines
    )
    return element(
        "path",
        d=path or "M0,0",
        fill="none",
        stroke=colour,
        stroke_width=thick,
        stroke_opacity=None if opacity is None else f"{opacity:g}",
    )


def whisker(left: float, right: float, y: float, colour: str, *, cap: float = 6.5) -> str:
    """An interval lying across: a line with a cap at each end."""
    ends = [((x, y - cap), (x, y + cap)) for x in (left, right)]
    return strokes([((left, y), (right, y)), *ends], colour, 1.8)


def whisker_of(fact: Fact, scale: Scale, y: float, colour: str) -> str:
    """The interval of a fact on `scale`; an end that is not known is left open."""
    if fact.ci_low is None and fact.ci_high is None:
        return ""
    left = scale.left if fact.ci_low is None else scale.at(fact.ci_low)
    right = scale.right if fact.ci_high is None else scale.at(fact.ci_high)
    known = [scale.at(end) for end in (fact.ci_low, fact.ci_high) if end is not None]
    caps = [((x, y - 6.5), (x, y + 6.5)) for x in known]
    return strokes([((left, y), (right, y)), *caps], colour, 1.8)


def upright(top: float, bottom: float, x: float, colour: str, *, cap: float = 4.0) -> str:
    """An interval standing up."""
    ends = [((x - cap, y), (x + cap, y)) for y in (top, bottom)]
    return strokes([((x, top), (x, bottom)), *ends], colour, 1.6)
