"""Rectangles and right-angled lines, in pixels; y grows downwards."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle by its upper left corner, width and height."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        """The x of the right side."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """The y of the lower side."""
        return self.y + self.h

    @property
    def middle(self) -> Point:
        """The centre."""
        return (self.x + self.w / 2, self.y + self.h / 2)

    def overlaps(self, other: Rect, slack: float = 0.0) -> bool:
        """Whether the two share more than `slack` pixels in both directions."""
        return (
            min(self.right, other.right) - max(self.x, other.x) > slack
            and min(self.bottom, other.bottom) - max(self.y, other.y) > slack
        )

    def contains(self, other: Rect, slack: float = 0.0) -> bool:
        """Whether `other` lies inside, up to `slack` pixels."""
        return (
            other.x >= self.x - slack
            and other.y >= self.y - slack
            and other.right <= self.right + slack
            and other.bottom <= self.bottom + slack
        )


def tidy(points: Sequence[Point]) -> tuple[Point, ...]:
    """The same line without repeated points and without corners that do not turn."""
    kept: list[Point] = []
    for point in points:
        if kept and math.dist(kept[-1], point) < 0.05:
            continue
        if len(kept) > 1 and _in_line(kept[-2], kept[-1], point):
            kept.pop()
        kept.append(point)
    return tuple(kept)


def _in_line(a: Point, b: Point, c: Point) -> bool:
    return abs((b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])) < 1e-6


def cut_end(points: Sequence[Point], length: float) -> tuple[Point, ...]:
    """The line without its last `length` pixels (of its last segment)."""
    (x1, y1), (x2, y2) = points[-2:]
    whole = math.dist(points[-2], points[-1])
    left = max(whole - length, 0.0) / whole if whole else 0.0
    return (*points[:-1], (x1 + (x2 - x1) * left, y1 + (y2 - y1) * left))


def rounded(points: Sequence[Point], radius: float) -> Iterator[tuple[Point, Point, Point]]:
    """For each corner: where its curve begins, the corner, where the curve ends."""
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        reach = min(radius, math.dist(before, corner) / 2, math.dist(corner, after) / 2)
        yield _towards(corner, before, reach), corner, _towards(corner, after, reach)


def _towards(start: Point, goal: Point, length: float) -> Point:
    whole = math.dist(start, goal) or 1.0
    return (
        start[0] + (goal[0] - start[0]) * length / whole,
        start[1] + (goal[1] - start[1]) * length / whole,
    )


def flattened(points: Sequence[Point], radius: float, steps: int = 5) -> tuple[Point, ...]:
    """The line with its rounded corners as short straight pieces."""
    line = [points[0]]
    for start, corner, end in rounded(points, radius):
        line += [_on_curve(start, corner, end, n / steps) for n in range(steps + 1)]
    return (*line, points[-1])


def _on_curve(a: Point, b: Point, c: Point, t: float) -> Point:
    """A point of the quadratic Bézier curve."""
    u = 1 - t
    return (
        u * u * a[0] + 2 * u * t * b[0] + t * t * c[0],
        u * u * a[1] + 2 * u * t * b[1] + t * t * c[1],
    )


def dashes(line: Sequence[Point], dash: float, gap: float) -> Iterator[tuple[Point, ...]]:
    """The line as separate dashes; some readers of SVG draw ``stroke-dasharray`` solid."""
    current, drawing, left = [line[0]], True, dash
    for a, b in itertools.pairwise(line):
        done, whole = 0.0, math.dist(a, b)
        while whole - done > left:
            done += left
            at = _towards(a, b, done)
            if drawing:
                yield (*current, at)
            current, drawing = [at], not drawing
            left = dash if drawing else gap
        left -= whole - done
        if drawing:
            current.append(b)
    if drawing and len(current) > 1:
        yield tuple(current)
