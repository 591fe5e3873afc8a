"""PowerPoint files: every shape and word of the picture, native, named, and again the same bytes."""

from __future__ import annotations

import functools
import io
import shutil
import subprocess
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pptx
import pymupdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from pptx.enum.shapes import MSO_SHAPE_TYPE
from pptx.enum.text import PP_ALIGN

from journeylib.drawing import Drawing, charts, draw
from journeylib.drawing.compare import compare_flow
from journeylib.drawing.drawingml import EMU
from journeylib.drawing.geometry import Rect
from journeylib.drawing.journeymap import JourneyMap, compare_map, journey_map
from journeylib.drawing.journeymap.scene import Panel
from journeylib.drawing.picture import Picture
from journeylib.drawing.shapes import Outline, Slab, read_shapes
from journeylib.drawing.slides import deck
from journeylib.drawing.svg import element, rect
from journeylib.errors import UsageError
from journeylib.journey import Journey
from journeylib.mining import mine
from tests import journeys, samples
from tests.hostile import NAMES
from tests.logs import log_of, traces

SVG = "{http://www.w3.org/2000/svg}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
ALIGNED = {"start": PP_ALIGN.LEFT, "middle": PP_ALIGN.CENTER, "end": PP_ALIGN.RIGHT}


@pytest.fixture(scope="module")
def flow() -> Drawing:
    return draw(journeys.journey(30), journeys.findings(), lang="en")


@pytest.fixture(scope="module")
def table() -> JourneyMap:
    return journey_map(samples.mined("crm_sales"), samples.found("crm_sales"))


@pytest.fixture(scope="module")
def sides() -> JourneyMap:
    log = samples.mined("solar_home").log
    parts = (mine(log.where(segment=region)) for region in ("Coast", "Hills"))
    return compare_map(*parts, names=("Coast", "Hills"), lang="en", theme="dark")


@pytest.fixture(scope="module")
def pictures(flow: Drawing, table: JourneyMap, sides: JourneyMap) -> list[Picture]:
    bad = hostile()
    every = ("funnel", "steps", "handovers", "systems", "waits")
    drawn = [getattr(charts, name)(j, lang="en") for name in every for j in (bad, solar())]
    views = [draw(bad, lang="en"), journey_map(bad, lang="en"), draw(solar(), detail="stage")]
    return [flow, table, sides, two_flows(), *views, *drawn]


def two_flows() -> Drawing:
    log = samples.mined("crm_sales").log
    names = ("小型客户", "中型客户")
    return compare_flow(*(mine(log.where(segment=name)) for name in names), names=names)


def solar() -> Journey:
    return samples.mined("solar_home")


def hostile() -> Journey:
    """Names nobody should have given, in every column."""
    rows = traces("abcabc", "abd", "acbd", "abcd", gap=30.0)
    for n, row in enumerate(rows):
        name = NAMES[n % len(NAMES)]
        row["activity"] = f"{row['activity']} {name}"
        row["department"], row["channel"], row["system"] = name, name, name
    return mine(log_of(rows))


@functools.cache  # pictures are compared by identity
def opened(picture: Picture) -> Any:
    return pptx.Presentation(io.BytesIO(picture.pptx()))


def walked(shapes: Any) -> Iterator[Any]:
    for shape in shapes:
        yield shape
        if shape.shape_type == MSO_SHAPE_TYPE.GROUP:
            yield from walked(shape.shapes)


def words_of(slide: Any) -> list[str]:
    return [
        s.text_frame.text for s in walked(slide.shapes) if s.has_text_frame and s.text_frame.text
    ]


def told(svg: str) -> list[str]:
    texts = ElementTree.fromstring(svg).iter(SVG + "text")
    return [words for t in texts if (words := " ".join((t.text or "").split()))]


# -- words ---------------------------------------------------------------------------------------


def test_every_word_of_every_picture_is_there_as_text(pictures: list[Picture]) -> None:
    for picture in pictures:
        assert words_of(opened(picture).slides[0]) == told(picture.svg)


def test_words_keep_size_weight_colour_and_anchor(flow: Drawing) -> None:
    texts = [t for t in ElementTree.fromstring(flow.svg).iter(SVG + "text") if t.text]
    boxes = [
        s for s in walked(opened(flow).slides[0].shapes) if s.has_text_frame and s.text_frame.text
    ]
    for text, box in zip(texts, boxes, strict=True):
        (line,) = box.text_frame.paragraphs
        (run,) = line.runs
        assert run.font.size.pt == pytest.approx(float(text.attrib["font-size"]) * 0.75, abs=0.01)
        assert run.font.bold == (text.get("font-weight") == "bold")
        assert f"#{run.font.color.rgb}".lower() == text.attrib["fill"]
        assert line.alignment == ALIGNED[text.get("text-anchor", "start")]
        fonts = {e.tag.removeprefix(A): e.get("typeface") for e in run._r.rPr if e.get("typeface")}
        assert fonts == {"latin": "Arial", "ea": "Microsoft YaHei", "cs": "Arial"}


def test_the_slide_has_the_title_of_the_picture(pictures: list[Picture]) -> None:
    for picture in pictures:
        show = opened(picture)
        assert show.slides[0].shapes.title.text_frame.text == told(picture.svg)[0]
        assert show.core_properties.author == "journeylib"


# -- parts ---------------------------------------------------------------------------------------


def test_parts_are_groups_with_their_label_as_alternative_text(pictures: list[Picture]) -> None:
    for picture in pictures:
        root = ElementTree.fromstring(picture.svg)
        parts = [g for g in root.iter(SVG + "g") if "aria-label" in g.attrib and _is_seen(g)]
        labels = Counter(g.get("aria-label") for g in parts)
        groups = [s for s in walked(opened(picture).slides[0].shapes) if s.shape_type == 6]
        found = Counter(g._element.nvGrpSpPr.cNvPr.get("descr") for g in groups)
        assert labels - found == Counter()


def _is_seen(part: ElementTree.Element) -> bool:
    painted = [e for e in part.iter() if {e.get("fill"), e.get("stroke")} - {None, "none"}]
    return bool(painted)


def test_ids_of_shapes_are_unique(pictures: list[Picture]) -> None:
    for picture in pictures:
        for slide in opened(picture).slides:
            ids = [s.shape_id for s in walked(slide.shapes)]
            assert len(ids) == len(set(ids))


def test_a_group_holds_its_parts_where_they_are(flow: Drawing) -> None:
    slide = opened(flow).slides[0]
    for group in (s for s in walked(slide.shapes) if s.shape_type == MSO_SHAPE_TYPE.GROUP):
        place, inner = group._element.grpSpPr.xfrm, group._element.grpSpPr.xfrm
        assert (place.find(A + "off").attrib, place.find(A + "ext").attrib) == (
            {k: inner.find(A + "chOff").get(k) for k in ("x", "y")},
            {k: inner.find(A + "chExt").get(k) for k in ("cx", "cy")},
        )
        for part in group.shapes:
            assert part.left >= group.left - 1
            assert part.left + part.width <= group.left + group.width + 2


# -- shapes --------------------------------------------------------------------------------------


def test_rectangles_and_circles_stand_where_the_picture_has_them(table: JourneyMap) -> None:
    root, slide = ElementTree.fromstring(table.svg), opened(table).slides[0]
    kinds = {"rect": {"rect", "roundRect"}, "circle": {"ellipse"}}
    for tag, presets in kinds.items():
        drawn = [_area(e) for e in root.iter(SVG + tag) if "pointer-events" not in e.attrib]
        found = Counter(
            tuple(s._element.spPr.xfrm.find(A + k).get(n) for k, n in _PLACES)
            for s in walked(slide.shapes)
            if not s.has_text_frame or not s.text_frame.text
            if (geometry := getattr(s._element, "spPr", None)) is not None
            and (preset := geometry.find(A + "prstGeom")) is not None
            and preset.get("prst") in presets
        )
        expected = Counter(tuple(str(round(v * EMU)) for v in area) for area in drawn)
        # The first rectangle is the page: it became the background of the slide.
        assert sum((expected - found).values()) == (1 if tag == "rect" else 0)


_PLACES = (("off", "x"), ("off", "y"), ("ext", "cx"), ("ext", "cy"))


def _area(e: ElementTree.Element) -> tuple[float, ...]:
    if e.tag == SVG + "circle":
        x, y, r = (float(e.attrib[k]) for k in ("cx", "cy", "r"))
        return (x - r, y - r, 2 * r, 2 * r)
    return tuple(float(e.attrib[k]) for k in ("x", "y", "width", "height"))


def test_the_background_is_the_page_and_the_slide_has_its_proportions(sides: JourneyMap) -> None:
    show, sheet = opened(sides), read_shapes(sides.svg)
    ground = sheet.shapes[0]
    assert isinstance(ground, Slab)
    assert f"#{show.slides[0].background.fill.fore_color.rgb}".lower() == ground.paint.fill
    assert (show.slide_width, show.slide_height) == (sheet.width * EMU, sheet.height * EMU)


coordinates = st.integers(-9999, 9999).map(lambda n: n / 10)
points = st.tuples(coordinates, coordinates)
TAKES = {"M": 1, "L": 1, "Q": 2, "C": 3}
steps = st.sampled_from("MLQC").flatmap(
    lambda kind: st.tuples(st.just(kind), st.tuples(*[points] * TAKES[kind]))
)
NAMED = {"moveTo": "M", "lnTo": "L", "quadBezTo": "Q", "cubicBezTo": "C", "close": "Z"}


@settings(deadline=None)
@given(points, st.lists(steps, min_size=2, max_size=8), st.booleans())
def test_any_outline_comes_back_point_for_point(
    start: Any, more: list[tuple[str, Any]], closed: bool
) -> None:
    whole = [("M", (start,)), *more, *([("Z", ())] if closed else [])]
    data = "".join(kind + " ".join(f"{x},{y}" for x, y in at) for kind, at in whole)
    svg = _svg(element("path", d=data, fill="none", stroke="#123456", stroke_width=2))
    (outline,) = read_shapes(svg).shapes
    assert isinstance(outline, Outline)
    assert [(s.kind, s.points) for s in outline.steps] == whole
    (shape,) = pptx.Presentation(io.BytesIO(deck(svg, "t"))).slides[0].shapes
    path = shape._element.spPr.find(f".//{A}path")
    for (kind, at), step in zip(whole, path, strict=True):
        assert NAMED[etree.QName(step).localname] == kind
        found = [(shape.left + int(p.get("x")), shape.top + int(p.get("y"))) for p in step]
        for (x, y), (left, top) in zip(at, found, strict=True):
            assert left == pytest.approx(x * EMU, abs=1)
            assert top == pytest.approx(y * EMU, abs=1)


@pytest.mark.parametrize("to", [(10.0, 20.0), (90.0, 5.0), (5.0, 90.0), (50.0, 50.0)])
def test_a_straight_line_is_a_connector_from_end_to_end(to: tuple[float, float]) -> None:
    path = element("path", d=f"M50,50L{to[0]},{to[1]}", fill="none", stroke="#000000")
    (line,) = pptx.Presentation(io.BytesIO(deck(_svg(path), "t"))).slides[0].shapes
    assert (line.begin_x, line.begin_y) == (50 * EMU, 50 * EMU)
    assert (line.end_x, line.end_y) == (to[0] * EMU, to[1] * EMU)


def _svg(*parts: str, size: str = "0 0 1000 500") -> str:
    return element("svg", *parts, xmlns="http://www.w3.org/2000/svg", viewBox=size)


# -- nothing vanishes ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "part",
    [
        "<image/>",
        "<tspan/>",
        '<g transform="scale(2)"/>',
        '<rect width="1" height="1" filter="url(#x)"/>',
        '<rect width="1" height="1" fill="red"/>',
        '<path d="m1,1l2,2"/>',
        '<path d="M1,1A2 2 0 0 0 3 3"/>',
        '<path d="1,1L2,2"/>',
        '<path d="M1,1Q2,2"/>',
        '<text font-size="9">a<tspan>b</tspan></text>',
    ],
)
def test_what_is_not_known_is_an_error(part: str) -> None:
    with pytest.raises(UsageError, match="cannot be copied"):
        deck(_svg(part), "t")


def test_what_only_a_mouse_can_hit_is_no_shape() -> None:
    area = '<rect x="1" y="1" width="9" height="9" fill="none" pointer-events="all"/>'
    assert read_shapes(_svg(area)).shapes == ()


def test_words_that_say_nothing_to_the_eye_do_not_matter() -> None:
    part = '<g id="a" tabindex="0" data-pin="a-1" aria-label="x"><path data-line="1" d="M1,1L2,2"/></g>'
    assert len(read_shapes(_svg(part)).shapes) == 1


def test_a_picture_longer_than_powerpoint_allows_is_scaled() -> None:
    svg = _svg(rect(Rect(0, 0, 10, 10), fill="#ffffff"), size="0 0 10752 20")
    show = pptx.Presentation(io.BytesIO(deck(svg, "t")))
    assert show.slide_width == 56 * 914_400
    assert show.slide_height == 914_400  # the least there is
    assert show.slides[0].shapes[0].width == 5 * EMU


# -- the findings --------------------------------------------------------------------------------


def rows_of(slide: Any) -> list[list[str]]:
    (frame,) = (s for s in slide.shapes if s.has_table)
    return [[cell.text for cell in row.cells] for row in frame.table.rows]


def test_findings_of_the_flow_view_are_a_table(flow: Drawing) -> None:
    slides = list(opened(flow).slides)
    assert len(slides) == 2
    head, *rows = rows_of(slides[1])
    assert head[:2] == ["No.", "Finding"]
    assert [row[:2] for row in rows] == [[str(c.badge.number), c.title] for c in flow.scene.cards]
    assert rows[0][3:] == [
        "2.1 d [46 h, 2.3 d] · against 5 h · impact 61 cases [38 cases, 84 cases]",
        "n = 1,368",
        "proven",
    ]


def test_findings_of_the_map_are_a_table_that_tells_what_it_leaves_out(table: JourneyMap) -> None:
    _head, *rows, note = rows_of(list(opened(table).slides)[1])
    panels = [p for cell in table.scene.cells for p in cell.pieces if isinstance(p, Panel)]
    assert len(panels) > 5
    numbered = sorted((panel.badge.number, panel.title) for panel in panels)
    assert [(int(row[0]), row[1]) for row in rows] == numbered
    hidden = [cell.hidden for cell in table.scene.cells if "条发现" in cell.hidden]
    assert hidden
    assert all(words in note[0] for words in hidden)


def test_without_findings_there_is_one_slide(sides: JourneyMap) -> None:
    assert len(opened(sides).slides) == 1


# -- the file ------------------------------------------------------------------------------------


def test_the_same_picture_gives_the_same_bytes(flow: Drawing, tmp_path: Path) -> None:
    content = flow.pptx()
    assert flow.save(tmp_path / "a.pptx").read_bytes() == content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {e.date_time for e in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        names = archive.namelist()
    assert not [n for n in names if "thumbnail" in n or "printer" in n]


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not here")
def test_libreoffice_shows_every_word_where_the_picture_has_it(
    flow: Drawing, tmp_path: Path
) -> None:
    flow.save(tmp_path / "flow.pptx")
    home = f"-env:UserInstallation=file://{tmp_path}/office"
    command = ["soffice", home, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path)]
    subprocess.run(
        [*command, str(tmp_path / "flow.pptx")], check=True, capture_output=True, timeout=180
    )
    with pymupdf.open(tmp_path / "flow.pdf") as document:
        spans = [
            span
            for block in document[0].get_text("dict")["blocks"]
            for line in block["lines"]
            for span in line["spans"]
        ]
    seen = {(round(s["origin"][0] / 0.75), round(s["origin"][1] / 0.75)) for s in spans}
    texts = [t for t in ElementTree.fromstring(flow.svg).iter(SVG + "text") if t.text]
    for text in texts:
        x, y = float(text.attrib["x"]), float(text.attrib["y"])
        if text.get("text-anchor") is None:
            assert any(abs(a - x) <= 3 and abs(b - y) <= 3 for a, b in seen), text.text
        else:
            assert any(abs(b - y) <= 3 for _, b in seen), text.text
