"""Shapes as DrawingML: what PowerPoint, Keynote and LibreOffice draw natively and let one edit.

Written as text with our own `element`, since the library for slides knows no curves and no groups by
name. Attributes stand in the order of ECMA-376.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from journeylib.drawing.geometry import Point, Rect
from journeylib.drawing.measure import is_wide, shorten, width
from journeylib.drawing.shapes import (
    Anchor,
    Disc,
    Group,
    Outline,
    Paint,
    Shape,
    Slab,
    Step,
    Words,
    around,
)
from journeylib.drawing.svg import clean, element

EMU = 9525
"""English Metric Units in a pixel of 1/96 inch."""
LATIN, CHINESE = "Arial", "Microsoft YaHei"
"""Latin letters as wide as was reckoned with; Chinese as every Office draws it."""
_POINTS = 0.75
_MIDDLE = 0.37
"""How far the middle of a line of words lies above its baseline, in em: much alike in all fonts."""
_LABEL_ROOM = 60.0
"""What a name may measure in em in the list of shapes; the whole of it is the alternative text."""
_WIDER = 1.6
_ALIGNED: dict[Anchor, str] = {"start": "l", "middle": "ctr", "end": "r"}
_DRAWN = {"M": "moveTo", "L": "lnTo", "Q": "quadBezTo", "C": "cubicBezTo", "Z": "close"}
_DECORATIVE = element(
    "a:extLst",
    element(
        "a:ext",
        '<adec:decorative xmlns:adec="http://schemas.microsoft.com/office/drawing/2017/decorative"'
        ' val="1"/>',
        uri="{C183D7F6-B498-43B3-948B-1728B52AA6E4}",
    ),
)


@dataclass(frozen=True)
class Pen:
    """Draws shapes at `scale` (slides have a greatest size) and numbers them from `first`."""

    scale: float = 1.0
    first: int = 2
    ids: Iterator[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", itertools.count(self.first))

    def draw(self, shape: Shape) -> str:
        """One shape, with all that it holds."""
        match shape:
            case Group():
                return self._group(shape)
            case Words():
                return self.words(shape)
            case Slab():
                radius = min(shape.radius, shape.area.w / 2, shape.area.h / 2)
                return self._preset("rect", shape.area, shape.paint, radius)
            case Disc():
                return self._preset("ellipse", shape.area, shape.paint)
            case Outline():
                return self._outline(shape)

    def emu(self, pixels: float) -> int:
        """A length of the picture on the slide."""
        return round(pixels * self.scale * EMU)

    # -- parts and words ---------------------------------------------------------------------

    def _group(self, group: Group) -> str:
        named = self.named(group.label, descr=group.label)
        area = around(map(bounds, group.shapes))
        place = (*self._spot(area, "off", "ext"), *self._spot(area, "chOff", "chExt"))
        return element(
            "p:grpSp",
            element("p:nvGrpSpPr", named, "<p:cNvGrpSpPr/><p:nvPr/>"),
            element("p:grpSpPr", element("a:xfrm", *place)),
            *map(self.draw, group.shapes),
        )

    def words(self, words: Words, *, as_title: bool = False) -> str:
        """A text box without margins, its one line where the picture has it."""
        lock, role = element("a:spLocks", noGrp=1), element("p:ph", type="title")
        own = (element("p:cNvSpPr", lock), element("p:nvPr", role))
        other = (element("p:cNvSpPr", txBox=1), "<p:nvPr/>")
        body = element(
            "a:bodyPr",
            "<a:noAutofit/>",
            wrap="none",
            lIns=0,
            tIns=0,
            rIns=0,
            bIns=0,
            anchor="ctr",
        )
        area = bounds(words)
        if as_title:  # a title breaks its line where its box ends, whatever it is told
            area = Rect(area.x, area.y, area.w * _WIDER, area.h)
        line = self.line(words.words, words.size, words.colour, words.anchor, bold=words.bold)
        return element(
            "p:sp",
            element("p:nvSpPr", self.named(words.words), *(own if as_title else other)),
            element("p:spPr", self.place(area), _preset("rect"), "<a:noFill/>"),
            element("p:txBody", body, "<a:lstStyle/>", line),
        )

    def line(self, words: str, size: float, colour: str, anchor: Anchor, *, bold: bool) -> str:
        """A paragraph of one run, in fonts that every Office has."""
        asked = element(
            "a:rPr",
            filled(colour),
            element("a:latin", typeface=LATIN),
            element("a:ea", typeface=CHINESE),
            element("a:cs", typeface=LATIN),
            lang="zh-CN" if any(map(is_wide, words)) else "en-US",
            sz=max(round(size * self.scale * _POINTS * 100), 100),
            b=int(bold),
        )
        run = element("a:r", asked, element("a:t", clean(words)))
        return element("a:p", element("a:pPr", algn=_ALIGNED[anchor]), run)

    # -- lines and areas ---------------------------------------------------------------------

    def _preset(self, kind: str, area: Rect, paint: Paint, radius: float = 0) -> str:
        geometry = _preset(kind)
        if radius:
            share = round(100_000 * radius / min(area.w, area.h))
            geometry = _preset("roundRect", element("a:gd", name="adj", fmla=f"val {share}"))
        return self._sp(area, geometry, paint)

    def _outline(self, outline: Outline) -> str:
        kinds = [step.kind for step in outline.steps]
        if kinds == ["M", "L"]:
            return self._straight(outline)
        area = outline.area
        # Some readers divide by the width of a path: none is flat.
        flat = Rect(area.x, area.y, max(area.w, 1.0), max(area.h, 1.0))
        drawn = (self._step(step, (flat.x, flat.y)) for step in outline.steps)
        size = {"w": self.emu(flat.w), "h": self.emu(flat.h)}
        filled = None if outline.paint.fill else "none"
        path = element("a:path", *drawn, **size, fill=filled)
        geometry = element(
            "a:custGeom",
            '<a:avLst/><a:gdLst/><a:ahLst/><a:cxnLst/><a:rect l="0" t="0" r="r" b="b"/>',
            element("a:pathLst", path),
        )
        return self._sp(flat, geometry, outline.paint)

    def _step(self, step: Step, origin: Point) -> str:
        points = (
            element("a:pt", x=self.emu(x - origin[0]), y=self.emu(y - origin[1]))
            for x, y in step.points
        )
        return element(f"a:{_DRAWN[step.kind]}", *points)

    def _straight(self, outline: Outline) -> str:
        (start,), (end,) = (step.points for step in outline.steps)
        own = element("p:nvCxnSpPr", self._decoration(), "<p:cNvCxnSpPr/><p:nvPr/>")
        place = self.place(
            outline.area,
            flipH=1 if end[0] < start[0] else None,
            flipV=1 if end[1] < start[1] else None,
        )
        look = element("p:spPr", place, _preset("line"), self._stroke(outline.paint))
        return element("p:cxnSp", own, look)

    def _sp(self, area: Rect, geometry: str, paint: Paint) -> str:
        fill = filled(paint.fill, paint.fill_opacity)
        look = element("p:spPr", self.place(area), geometry, fill, self._stroke(paint))
        own = element("p:nvSpPr", self._decoration(), "<p:cNvSpPr/><p:nvPr/>")
        return element("p:sp", own, look)

    def _stroke(self, paint: Paint) -> str:
        if paint.stroke is None:
            return element("a:ln", "<a:noFill/>")
        join = "<a:round/>" if paint.is_round else element("a:miter", lim=800_000)
        colour = filled(paint.stroke, paint.stroke_opacity)
        return element("a:ln", colour, join, w=self.emu(paint.thick), cap="flat")

    # -- names and places ----------------------------------------------------------------------

    def named(self, label: str, *parts: str, descr: str | None = None) -> str:
        """The name of a shape in the list of shapes, and its alternative text."""
        name = shorten(label, 1.0, _LABEL_ROOM)
        return element("p:cNvPr", *parts, id=next(self.ids), name=name, descr=descr)

    def _decoration(self) -> str:
        """A shape that says nothing by itself: its group does, or the words on it."""
        number = next(self.ids)
        return element("p:cNvPr", _DECORATIVE, id=number, name=f"·{number}")

    def place(self, area: Rect, tag: str = "a:xfrm", **turned: object) -> str:
        """Where a shape is, and how it is mirrored."""
        return element(tag, *self._spot(area, "off", "ext"), **turned)

    def _spot(self, area: Rect, corner: str, size: str) -> tuple[str, str]:
        return (
            element(f"a:{corner}", x=self.emu(area.x), y=self.emu(area.y)),
            element(f"a:{size}", cx=self.emu(area.w), cy=self.emu(area.h)),
        )


def bounds(shape: Shape) -> Rect:
    """The rectangle that a shape takes on the slide."""
    match shape:
        case Group(shapes=shapes):
            return around(map(bounds, shapes))
        case Words():
            return _text_box(shape)
        case _:
            return shape.area


def _text_box(words: Words) -> Rect:
    wide, high = width(words.words, words.size, bold=words.bold), words.size * 1.4
    before: dict[Anchor, float] = {"start": 0.0, "middle": wide / 2, "end": wide}
    middle = words.at[1] - words.size * _MIDDLE
    return Rect(words.at[0] - before[words.anchor], middle - high / 2, wide, high)


def _preset(kind: str, *guides: str) -> str:
    return element("a:prstGeom", element("a:avLst", *guides), prst=kind)


def filled(colour: str | None, opacity: float = 1.0) -> str:
    """A plain fill, or none."""
    if colour is None:
        return "<a:noFill/>"
    thin = () if opacity >= 1 else (element("a:alpha", val=round(opacity * 100_000)),)
    return element("a:solidFill", element("a:srgbClr", *thin, val=colour[1:].upper()))


def drawn(shapes: Sequence[Shape], pen: Pen) -> Iterator[str]:
    """All shapes, the first words as the title of the slide."""
    title = next((s for s in shapes if isinstance(s, Words)), None)
    for shape in shapes:
        is_title = shape is title and isinstance(shape, Words)
        yield pen.words(shape, as_title=True) if is_title else pen.draw(shape)  # type: ignore[arg-type]
