"""What holds of every journey map: words stay in their cell, apart, and legible."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from hypothesis import strategies as st

from journeylib.drawing.geometry import Rect
from journeylib.drawing.journeymap import JourneyMap
from journeylib.drawing.journeymap import scene as parts
from journeylib.drawing.measure import width
from journeylib.drawing.scene import Badge, Key
from journeylib.drawing.theme import contrast

SVG = "{http://www.w3.org/2000/svg}"
_TAGS = {"svg", "title", "desc", "g", "rect", "circle", "polygon", "path", "text"}


def laws(drawn: JourneyMap) -> None:
    """All of them."""
    root = ElementTree.fromstring(drawn.svg)
    words_stay_in_their_cells(root)
    words_keep_apart(root)
    nothing_leaves_the_page(root)
    words_can_be_read(root)
    presentation_attributes_only(root)


def words_stay_in_their_cells(root: ElementTree.Element) -> None:
    for group in root.iter(f"{SVG}g"):
        if group.get("data-kind") != "cell":
            continue
        area = rect_of(next(group.iter(f"{SVG}rect")))
        for place, told in words_of(group):
            if not re.fullmatch(r"\d+", told):  # numbers of findings sit on corners
                assert area.contains(place, 0.6), (group.get("id"), told[:60], area, place)
            assert place.overlaps(area), (group.get("id"), told)


def words_keep_apart(root: ElementTree.Element) -> None:
    placed = sorted(words_of(root), key=lambda item: item[0].y)
    for n, (one, told) in enumerate(placed):
        for other, also in placed[n + 1 :]:
            if other.y > one.bottom:
                break
            assert not one.overlaps(other, 0.6), (told[:60], also[:60], one, other)


def nothing_leaves_the_page(root: ElementTree.Element) -> None:
    page = Rect(0, 0, float(root.get("width")), float(root.get("height")))
    for place, told in words_of(root):
        assert page.contains(place), (told[:60], place)
    for element in root.iter():
        if element.tag == f"{SVG}rect":
            assert page.contains(rect_of(element), 0.1)
        points = element.get("points") or element.get("d") or ""
        for x, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", points):
            assert page.contains(Rect(float(x), float(y), 0, 0), 0.1)


def words_can_be_read(root: ElementTree.Element) -> None:
    """Each word against the last shape painted under its middle."""
    ground: list[tuple[Rect, str]] = []
    for element in root.iter():
        fill = element.get("fill")
        if element.tag == f"{SVG}rect" and fill != "none":
            ground.append((rect_of(element), fill))
        if element.tag == f"{SVG}polygon":
            ground.append((frame_of(element), fill))
        if element.tag == f"{SVG}circle":
            x, y, r = (float(element.get(k)) for k in ("cx", "cy", "r"))
            ground.append((Rect(x - r, y - r, 2 * r, 2 * r), fill))
        if element.tag == f"{SVG}text" and element.text:
            x, y = text_rect(element).middle
            under = [f for r, f in ground if r.x <= x <= r.right and r.y <= y <= r.bottom][-1]
            assert contrast(fill, under) >= 4.5, (element.text[:60], fill, under)


def presentation_attributes_only(root: ElementTree.Element) -> None:
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= _TAGS
    attributes = {name for element in root.iter() for name in element.attrib}
    assert not attributes & {"class", "marker-end", "stroke-dasharray", "href", "transform"}


def words_of(element: ElementTree.Element) -> Iterator[tuple[Rect, str]]:
    for text in element.iter(f"{SVG}text"):
        if text.text and text.text.strip():
            yield text_rect(text), text.text


def text_rect(element: ElementTree.Element) -> Rect:
    size = float(element.get("font-size"))
    wide = width(element.text, size, bold=element.get("font-weight") == "bold")
    x, y = float(element.get("x")), float(element.get("y"))
    back = {"middle": wide / 2, "end": wide}.get(element.get("text-anchor"), 0.0)
    return Rect(x - back, y - 0.78 * size, wide, 0.98 * size)


def rect_of(element: ElementTree.Element) -> Rect:
    return Rect(*(float(element.get(name)) for name in ("x", "y", "width", "height")))


def frame_of(element: ElementTree.Element) -> Rect:
    points = [tuple(map(float, p.split(","))) for p in element.get("points").split()]
    xs, ys = zip(*points, strict=True)
    return Rect(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


# -- any table -------------------------------------------------------------------------------------

_WORDS = st.sampled_from(
    ("", "报价", "a", "Contract Signed", "客户画像与交付承诺说明书", "x" * 300, "W" * 40, "a b " * 60,
     "很长的名字" * 40, "<b>&", "27 小时 [26, 34]", "1,234 · 56%", "\u202eשלום", "😀" * 30)
)  # fmt: skip
_NAMES = _WORDS.map(lambda words: words or "–")
_SHARES = st.none() | st.floats(0, 1)
_BADGES = st.lists(
    st.builds(
        Badge,
        number=st.integers(1, 99),
        kind=st.sampled_from(("breakpoint", "silo")),
        confidence=st.sampled_from(("proven", "suggestive", "too_few")),
        finding=st.just("f"),
        words=_WORDS,
    ),
    max_size=3,
).map(tuple)
_AIMS = st.sampled_from((None, "required", "optional", "left_out", "new"))
_SIDES = st.builds(parts.Meter, st.just(""), st.just(""), share=_SHARES)
_PIECES = st.one_of(
    st.builds(parts.Line, _NAMES, st.sampled_from(("muted", "head", "ink", "alarm"))),
    st.builds(parts.Step, _NAMES, _WORDS, _BADGES, _AIMS, _WORDS),
    st.builds(
        parts.Meter, _NAMES, _WORDS, _SHARES, st.just(0.1), st.just(0.9), _SHARES, _WORDS, _WORDS,
        st.none() | _SIDES, st.booleans(),
    ),
    st.builds(parts.Panel, _BADGES.filter(bool).map(lambda b: b[0]), _NAMES, st.tuples(_WORDS, _WORDS)),
    st.builds(parts.Paper, _NAMES, _NAMES),
)  # fmt: skip
_BACKINGS = st.sampled_from(("strong", "fair", "thin", "unknown", "none"))
_CELLS = st.builds(
    parts.Cell, st.lists(_PIECES, max_size=7).map(tuple), _BACKINGS, _WORDS, _WORDS, _WORDS
)
_LOSSES = st.sampled_from(("lost", "late", "asked", "typed", "contradicted"))


@st.composite
def _threads(draw: st.DrawFn, n: int) -> parts.Thread:
    born = draw(st.integers(0, n - 1))
    later = st.integers(born, n - 1)
    reaches = [
        parts.Reach(c, draw(st.floats(0, 1)), draw(_WORDS)) for c in range(born, draw(later) + 1)
    ]
    losses = st.lists(st.tuples(_LOSSES, _NAMES), min_size=1, max_size=3).map(tuple)
    passage = st.builds(parts.Passage, later, _NAMES, losses, _BADGES)
    passages = sorted(draw(st.lists(passage, max_size=3)), key=lambda p: p.column)
    name = draw(_NAMES)
    return parts.Thread("t", name, born, draw(_WORDS), tuple(reaches), tuple(passages), ())


@st.composite
def scenes(draw: st.DrawFn) -> parts.MapScene:
    """Tables of any words, one to seven columns."""
    n = draw(st.integers(1, 7))
    columns = tuple(
        parts.Column(f"s{k}", f"s{k}", draw(_NAMES), draw(_WORDS), "1", lines, draw(_BADGES), ())
        for k, lines in enumerate([(draw(_WORDS), "2")] * n)
    )
    cells = st.lists(_CELLS, min_size=n, max_size=n).map(tuple)
    lanes = st.lists(st.builds(parts.Lane, st.just("l"), _NAMES, _WORDS, cells), max_size=2)
    threads = tuple(draw(st.lists(_threads(n), max_size=3)))
    dots = tuple(parts.Dot(k, draw(st.floats(-1, 1)), None, None, draw(_WORDS)) for k in range(n))
    curves = (parts.Curve("reported", draw(_NAMES), dots), parts.Curve("proxy", "proxy", dots[::2]))
    gaps = (draw(_WORDS),) * n
    through = (
        parts.ThreadLane("threads", draw(_NAMES), draw(_WORDS), threads, draw(_WORDS)),
        parts.CurveLane("curve", draw(_NAMES), draw(_WORDS), curves, gaps, ("好", "差")),
    )
    keys = (Key("backed_unknown", draw(_WORDS)), Key("silo", "silo"))
    words = (draw(_NAMES), draw(_WORDS), "")
    footer = (draw(_WORDS), draw(_WORDS))
    return parts.MapScene("zh", *words, columns, (*draw(lanes), *through), keys, footer)
