"""Our SVG read back as shapes, for writers that draw them their own way.

Only what `journeylib.drawing.svg` and those who use it write is known; all else is an error, so that
nothing vanishes from a copy of the picture.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast
from xml.etree import ElementTree  # the SVG is our own, and has no entities

from journeylib.drawing.geometry import Point, Rect
from journeylib.errors import UsageError

_SVG = "{http://www.w3.org/2000/svg}"
_PAINT = {"fill", "stroke", "stroke-width", "stroke-linejoin", "fill-opacity", "stroke-opacity"}
_LOOKS = {
    "rect": _PAINT | {"x", "y", "width", "height", "rx"},
    "circle": _PAINT | {"cx", "cy", "r"},
    "line": _PAINT | {"x1", "y1", "x2", "y2"},
    "polygon": _PAINT | {"points"},
    "path": _PAINT | {"d"},
    "text": {"x", "y", "fill", "font-size", "font-weight", "text-anchor"},
    "g": {"font-family"},
}
_SPOKEN = re.compile(r"id|class|role|tabindex|pointer-events|(data|aria)-.+")
"""Attributes that do not change how anything looks."""
_TAKES = {"M": 1, "L": 1, "Q": 2, "C": 3, "Z": 0}
"""How many points each step of a path takes."""

Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Paint:
    """Colours as ``#rrggbb`` or None; `thick` is the width of the outline, opacities are 0–1."""

    fill: str | None
    stroke: str | None
    thick: float
    is_round: bool
    fill_opacity: float
    stroke_opacity: float


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an outline: ``M L Q C Z`` and its points."""

    kind: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Slab:
    """A rectangle with corners of `radius`."""

    area: Rect
    radius: float
    paint: Paint


@dataclass(frozen=True, slots=True)
class Disc:
    """A circle, by the square around it."""

    area: Rect
    paint: Paint


@dataclass(frozen=True, slots=True)
class Outline:
    """A line or an area of any shape."""

    steps: tuple[Step, ...]
    paint: Paint

    @property
    def area(self) -> Rect:
        """The rectangle around all its points."""
        return around(Rect(x, y, 0, 0) for step in self.steps for x, y in step.points)


@dataclass(frozen=True, slots=True)
class Words:
    """One line of words with its baseline at `at`."""

    words: str
    at: Point
    size: float
    colour: str
    bold: bool
    anchor: Anchor


@dataclass(frozen=True, slots=True)
class Group:
    """A part of the picture and what it is called."""

    label: str
    shapes: tuple[Shape, ...]


Shape = Slab | Disc | Outline | Words | Group


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole picture."""

    width: float
    height: float
    label: str
    shapes: tuple[Shape, ...]


def read_shapes(svg: str) -> Sheet:
    """The shapes of one of our pictures, in the order in which they are painted.

    `UsageError` at the first element, attribute or value that is not known here.
    """
    root = ElementTree.fromstring(svg)  # noqa: S314
    _x, _y, wide, high = map(float, root.attrib["viewBox"].split())
    told = [_child_words(root, tag) for tag in ("title", "desc")]
    return Sheet(wide, high, "\n".join(filter(None, told)), tuple(_inside(root)))


def around(areas: Iterator[Rect]) -> Rect:
    """The smallest rectangle that holds them all."""
    left, top, right, bottom = zip(*((a.x, a.y, a.right, a.bottom) for a in areas), strict=True)
    return Rect(min(left), min(top), max(right) - min(left), max(bottom) - min(top))


# -- elements ----------------------------------------------------------------------------------


def _inside(parent: ElementTree.Element) -> Iterator[Shape]:
    for element in parent:
        tag = element.tag.removeprefix(_SVG)
        if tag in {"title", "desc"}:
            continue
        _check(element, tag)
        if tag == "g":
            yield from _group(element)
        elif tag == "text" or not _is_bare(element):
            yield _MAKERS[tag](element)


def _check(element: ElementTree.Element, tag: str) -> None:
    if tag not in _LOOKS:
        raise UsageError(f"this picture cannot be copied: nobody knows <{tag}> here")
    strange = [a for a in element.attrib if a not in _LOOKS[tag] and not _SPOKEN.fullmatch(a)]
    if strange:
        raise UsageError(f"this picture cannot be copied: <{tag}> has {', '.join(strange)}")


def _group(element: ElementTree.Element) -> Iterator[Shape]:
    """A group that has a name stays one; others only pass on what they hold."""
    shapes = tuple(_inside(element))
    label = element.get("aria-label") or _child_words(element, "title")
    if label and shapes:
        yield Group(label, shapes)
    else:
        yield from shapes


def _slab(element: ElementTree.Element) -> Slab:
    x, y, w, h, radius = (_number(element, k) for k in ("x", "y", "width", "height", "rx"))
    return Slab(Rect(x, y, w, h), radius, _paint(element))


def _disc(element: ElementTree.Element) -> Disc:
    x, y, r = (_number(element, k) for k in ("cx", "cy", "r"))
    return Disc(Rect(x - r, y - r, 2 * r, 2 * r), _paint(element))


def _straight(element: ElementTree.Element) -> Outline:
    x, y, to_x, to_y = (_number(element, k) for k in ("x1", "y1", "x2", "y2"))
    return Outline((Step("M", ((x, y),)), Step("L", ((to_x, to_y),))), _paint(element))


def _polygon(element: ElementTree.Element) -> Outline:
    first, *rest = _points([float(n) for n in re.split(r"[\s,]+", element.get("points", ""))])
    lines = (Step("L", (point,)) for point in rest)
    return Outline((Step("M", (first,)), *lines, Step("Z", ())), _paint(element))


def _path(element: ElementTree.Element) -> Outline:
    return Outline(tuple(_steps(element.get("d", ""))), _paint(element))


def _words(element: ElementTree.Element) -> Words:
    if len(element):
        raise UsageError("this picture cannot be copied: words within words")
    return Words(
        " ".join((element.text or "").split()),
        (_number(element, "x"), _number(element, "y")),
        _number(element, "font-size"),
        _colour(element, "fill") or "#000000",
        element.get("font-weight") == "bold",
        cast(Anchor, element.get("text-anchor", "start")),
    )


_MAKERS: Mapping[str, Callable[[ElementTree.Element], Shape]] = {
    "rect": _slab,
    "circle": _disc,
    "line": _straight,
    "polygon": _polygon,
    "path": _path,
    "text": _words,
}


# -- attributes --------------------------------------------------------------------------------


def _paint(element: ElementTree.Element) -> Paint:
    stroke = _colour(element, "stroke")
    return Paint(
        fill=_colour(element, "fill") if "fill" in element.attrib else "#000000",
        stroke=stroke,
        thick=_number(element, "stroke-width", 1.0) if stroke else 0.0,
        is_round=element.get("stroke-linejoin") == "round",
        fill_opacity=_number(element, "fill-opacity", 1.0),
        stroke_opacity=_number(element, "stroke-opacity", 1.0),
    )


def _is_bare(element: ElementTree.Element) -> bool:
    """Whether there is nothing to see: what a mouse can hit, and no more."""
    return element.get("fill") == "none" and element.get("stroke", "none") == "none"


def _colour(element: ElementTree.Element, name: str) -> str | None:
    told = element.get(name, "none")
    if told == "none":
        return None
    if not re.fullmatch("#[0-9a-fA-F]{6}", told):
        raise UsageError(f"this picture cannot be copied: {name}={told!r} is no #rrggbb")
    return told


def _number(element: ElementTree.Element, name: str, default: float = 0.0) -> float:
    return float(element.get(name, default))


def _child_words(element: ElementTree.Element, tag: str) -> str:
    return " ".join((element.findtext(_SVG + tag) or "").split())


def _points(numbers: Sequence[float]) -> tuple[Point, ...]:
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


def _steps(data: str) -> Iterator[Step]:
    """Absolute steps only, each with as many points as it takes, once or over and over."""
    for kind, told in re.findall("(^[^A-Za-z]|[A-Za-z])([^A-Za-z]*)", data):
        numbers, each = [float(n) for n in re.findall(r"[-\d.]+", told)], _TAKES.get(kind)
        if each is None or bool(each) != bool(numbers) or len(numbers) % (2 * each or 1):
            raise UsageError(f"this picture cannot be copied: path {data[:40]!r}")
        points = _points(numbers)
        for n in range(0, max(len(points), 1), each or 1):
            # Further points after a move are lines.
            yield Step("L" if kind == "M" and n else kind, points[n : n + each])
