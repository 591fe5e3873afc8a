"""The curve of experience as SVG: a line a layer, figures below."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from journeylib.drawing.charts import marks
from journeylib.drawing.charts.scale import Scale
from journeylib.drawing.geometry import Point, Rect, dashes
from journeylib.drawing.journeymap import layout, sizes
from journeylib.drawing.journeymap.scene import Curve, CurveLane, Dot
from journeylib.drawing.measure import shorten
from journeylib.drawing.svg import text
from journeylib.drawing.theme import Theme


def paint_curves(lane: CurveLane, cells: Sequence[Rect], theme: Theme) -> Iterable[str]:
    """Field, curves and figures; a stage without a value breaks its line and says so."""
    if not cells:
        return
    field = Rect(cells[0].x, cells[0].y + 4, cells[-1].right - cells[0].x, layout.FIELD - 8)
    scale = Scale(-1.0, 1.0, field.bottom - 10, field.y + 10)
    yield from _ground(lane, field, scale, theme)
    for n, curve in enumerate(lane.curves):
        shift = 11.0 * (n - (len(lane.curves) - 1) / 2)
        yield from _curve(curve, [cell.middle[0] + shift for cell in cells], scale, theme)
        y = cells[0].y + layout.FIELD + layout.FIGURES * (n + 1) - 3
        yield from _figures(lane, curve, cells, y, theme)


def _ground(lane: CurveLane, field: Rect, scale: Scale, theme: Theme) -> Iterable[str]:
    middle = scale.at(0.0)
    yield marks.strokes([((field.x, middle), (field.right, middle))], theme.border)
    for words, level in zip(lane.ends, (1.0, -1.0), strict=True):
        yield text(words, field.x + 6, scale.at(level) + 4, sizes.SMALL, theme.muted)


def colour(curve: Curve, theme: Theme) -> str:
    """The colour of a layer."""
    named = {"reported": theme.reported, "proxy": theme.proxy, "votes": theme.vote}
    return named[curve.layer]


def _curve(curve: Curve, xs: Sequence[float], scale: Scale, theme: Theme) -> Iterable[str]:
    ink = colour(curve, theme)
    for one, other in itertools.pairwise(curve.dots):
        if other.column == one.column + 1:
            ends = tuple((xs[dot.column], scale.at(dot.level)) for dot in (one, other))
            yield _joined(curve, ends, ink)
    for dot in curve.dots:
        yield _dot(curve, dot, (xs[dot.column], scale.at(dot.level)), scale, theme)


def _joined(curve: Curve, ends: Sequence[Point], ink: str) -> str:
    """Solid for words, dashed for behaviour, dotted for votes; level at both ends."""
    (x1, y1), (x2, y2) = ends
    smooth = [
        (x1 + (x2 - x1) * t, y1 + (y2 - y1) * t * t * (3 - 2 * t))
        for t in (n / 16 for n in range(17))
    ]
    if curve.layer == "reported":
        return marks.strokes([smooth], ink, 2.4)
    dash, gap = (6.0, 4.0) if curve.layer == "proxy" else (1.5, 4.0)
    return marks.strokes(list(dashes(smooth, dash, gap)), ink, 2.0)


def _dot(curve: Curve, dot: Dot, at: Point, scale: Scale, theme: Theme) -> str:
    ink, between = colour(curve, theme), ""
    if dot.low is not None and dot.high is not None:
        between = marks.upright(scale.at(dot.high), scale.at(dot.low), at[0], ink)
    if curve.layer == "votes":
        return between + marks.diamond(at, 5.0, ink)
    solid = curve.layer == "reported"
    return between + marks.dot(at, 4.6, ink if solid else theme.page, ink)


def _figures(
    lane: CurveLane, curve: Curve, cells: Sequence[Rect], y: float, theme: Theme
) -> Iterable[str]:
    words = {dot.column: dot.words for dot in curve.dots}
    if curve.layer == "proxy":
        words = {n: gap for n, gap in enumerate(lane.gaps) if gap} | words
    name = shorten(curve.name, sizes.SMALL, sizes.LABEL - 40, bold=True)
    left = cells[0].x - sizes.LABEL
    sample = ((left + 12, y - 4), (left + 28, y - 4))
    yield _joined(curve, sample, colour(curve, theme))
    yield text(name, left + 33, y, sizes.SMALL, colour(curve, theme), bold=True)
    for column, told in sorted(words.items()):
        area = cells[column]
        short = shorten(told, sizes.SMALL, area.w - 12)
        yield text(short, area.middle[0], y, sizes.SMALL, theme.muted, anchor="middle")
