"""SVG elements as text, with presentation attributes only.

No style sheet, no class, no marker, no dash array: Word, PowerPoint, Inkscape and MuPDF then all
draw the same picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from journeylib.drawing.geometry import Point, Rect, rounded

FONTS = "Helvetica,Arial,'Noto Sans CJK SC','Microsoft YaHei','PingFang SC',sans-serif"
"""Latin first: the digits and points of Chinese fonts are wider than was reckoned with."""
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def number(value: float) -> str:
    """A coordinate with one decimal, the shortest way.

    >>> number(12.04), number(12.0), number(-0.01)
    ('12', '12', '0')
    """
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def clean(words: str) -> str:
    """Words as XML text: escaped, and a blank for each character that XML 1.0 forbids."""
    return escape(_FORBIDDEN.sub(" ", words), quote=True)


def element(tag: str, *children: str, **attributes: object) -> str:
    """One element; underscores in names become hyphens, None leaves an attribute out."""
    told = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return f"<{tag}{told}>{''.join(children)}</{tag}>" if children else f"<{tag}{told}/>"


def named(item_id: str, words: str, *parts: str, kind: str, pin: str, **data: object) -> str:
    """A part that can be chosen, also with the keyboard, and says what it is."""
    return element(
        "g",
        element("title", clean(words)),
        *parts,
        id=item_id,
        tabindex=0,
        role="group",
        data_kind=kind,
        data_pin=pin,
        aria_label=words,
        **data,
    )


def document(
    name: str, title: str, description: str, size: tuple[float, float], body: Iterable[str]
) -> str:
    """A whole picture of `size` pixels; `name` is the start of the ids of its title and description."""
    width, height = size
    return element(
        "svg",
        element("title", clean(title), id=f"{name}-title"),
        element("desc", clean(description), id=f"{name}-desc"),
        element("g", *(f"\n{part}" for part in body), "\n", font_family=FONTS),
        xmlns="http://www.w3.org/2000/svg",
        width=width,
        height=height,
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
        style="max-width:100%;height:auto",
    )


def text(
    words: str,
    x: float,
    y: float,
    size: float,
    fill: str,
    *,
    anchor: str | None = None,
    bold: bool = False,
) -> str:
    """One line of words with its baseline at `y`."""
    return element(
        "text",
        clean(words),
        x=x,
        y=y,
        font_size=size,
        fill=fill,
        text_anchor=anchor,
        font_weight="bold" if bold else None,
    )


def rect(area: Rect, *, radius: float = 0, **attributes: object) -> str:
    """A rectangle, with rounded corners if wanted."""
    place = {"x": area.x, "y": area.y, "width": area.w, "height": area.h}
    return element("rect", **place, rx=radius or None, **attributes)


def line(points: Sequence[Point], radius: float = 0) -> str:
    """Path data of a line through `points` with rounded corners."""
    turns = "".join(
        f"L{_point(start)}Q{_point(corner)} {_point(end)}"
        for start, corner, end in rounded(points, radius)
    )
    return f"M{_point(points[0])}{turns}L{_point(points[-1])}"


def strokes(pieces: Iterable[Sequence[Point]]) -> str:
    """Path data of several lines with sharp corners, such as dashes."""
    return "".join("M" + "L".join(map(_point, piece)) for piece in pieces)


def polygon(points: Iterable[Point], **attributes: object) -> str:
    """A closed shape."""
    return element("polygon", points=" ".join(map(_point, points)), **attributes)


def _point(point: Point) -> str:
    x, y = point
    return f"{number(x)},{number(y)}"


def _value(value: object) -> str:
    return number(value) if isinstance(value, float) else clean(str(value))
