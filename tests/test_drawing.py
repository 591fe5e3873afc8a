"""`draw` and what a `Drawing` gives: scene, SVG, PNG, PDF, HTML, DOT, files."""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pymupdf
import pytest

from journeylib.drawing import Drawing, draw
from journeylib.drawing import words as reading
from journeylib.drawing.anchors import OnActivity, OnMove, OnStage, anchor
from journeylib.drawing.measure import shorten, width, wrap
from journeylib.drawing.theme import Theme
from journeylib.errors import UsageError
from journeylib.findings.finding import Findings
from journeylib.terms import Text
from tests.goldens import check_golden
from tests.journeys import NAMES, findings, journey, journey_of

SVG = "{http://www.w3.org/2000/svg}"
NASTY = "<script>alert(\"x\")</script> & 'q' \x00\x0b" + "很长的名字" * 400


@pytest.fixture(scope="module")
def drawing() -> Drawing:
    return draw(journey(30), findings())


@pytest.fixture(scope="module")
def small() -> Drawing:
    walks = [["官网访问", "提交表单", "首次联系", "发送报价", "修改报价", "签订合同"]] * 9
    walks += [["官网访问", "提交表单", "首次联系", "首次联系"]] * 4
    walks += [["提交表单", "发送报价", "修改报价", "发送报价", "修改报价"]] * 3
    stages = {name: stage for stage, names in NAMES.items() for name in names}
    return draw(journey_of(walks, stages), findings().top(3), traffic=1)


@pytest.mark.parametrize("suffix", ["svg", "dot", "html"])
def test_golden(small: Drawing, suffix: str) -> None:
    check_golden(f"map.{suffix}", getattr(small, suffix))


# -- the scene ---------------------------------------------------------------------------------


def test_badges_stand_where_their_findings_are(drawing: Drawing) -> None:
    scene = drawing.scene
    edges = {badge.number: edge for edge in scene.edges for badge in edge.badges}
    boxes = {badge.number: box for box in scene.boxes for badge in box.badges}
    bands = {badge.number: band for band in scene.bands for badge in band.badges}
    names = {box.id: box.name for box in scene.boxes}
    assert (names[edges[1].source], names[edges[1].target]) == ("线索分配", "首次联系")
    assert edges[1].mark == "breakpoint"
    assert boxes[2].name == "修改报价"
    assert boxes[3].name == "产品演示"
    assert edges[4].mark == "silo"
    assert bands[5].name == "评估"
    assert [card.badge.number for card in scene.cards if not card.placed] == [6, 7]


def test_cards_say_estimate_interval_n_and_how_sure(drawing: Drawing) -> None:
    cards = {card.badge.number: card for card in drawing.scene.cards}
    assert cards[1].lines == (
        "2.1 天 [46 小时, 2.3 天] · 对照 5 小时 · n = 1,368",
        "影响 61 例 [38 例, 84 例] · 已证实",
    )
    assert "提示" in cards[5].lines[1]
    assert "样本不足" in cards[7].lines[1]
    assert "不在图上" in cards[7].lines[1]


def test_footer_counts_what_is_hidden() -> None:
    scene = draw(journey(60), findings(), max_activities=20, lang="en").scene
    shown = " · ".join(scene.footer)
    gathered = [box for box in scene.boxes if box.gathered]
    hidden = 60 - (len(scene.boxes) - len(gathered))
    assert f"{hidden} rare activities" in shown
    assert scene.traffic < 0.8, "moves among the gathered are traffic too"
    assert f"{scene.traffic:.0%} of the traffic shown" in shown
    assert re.search(r"\d+ rarer paths not drawn", shown)
    assert "crm_sales.csv#9f2c41d0" in shown
    assert "calendar time" in shown
    assert all(re.fullmatch(r"Others \(\d+\)", box.name) for box in gathered)


def test_languages_change_words_and_nothing_else(drawing: Drawing) -> None:
    english = draw(journey(30), findings(), lang="en").scene
    assert [box.id for box in english.boxes] == [box.id for box in drawing.scene.boxes]
    assert [edge.id for edge in english.edges] == [edge.id for edge in drawing.scene.edges]
    ours = {*english.legend, *english.footer[:2], english.title, english.cards_title}
    assert not any("\u4e00" <= letter <= "\u9fff" for words in ours for letter in str(words))


def test_without_findings_and_with_none_found() -> None:
    assert draw(journey(15), lang="en").scene.cards_note == "not diagnosed"
    none = draw(journey(15), Findings((), 100, ()), lang="en").scene
    assert none.cards_note == "No breakpoints or silos were found"


@pytest.mark.parametrize(
    ("locus", "place"),
    [
        ({"activity": "修改报价"}, OnActivity("修改报价")),
        ({"from": "线索分配", "to": "首次联系"}, OnMove("线索分配", "首次联系")),
        ({"stage": "purchase"}, OnStage("purchase")),
        ({"stage": "购买", "attribute": "x"}, OnStage("purchase")),
        ({"rule": "anything"}, None),
        ({"activity": "no such thing"}, None),
    ],
)
def test_anchors(locus, place) -> None:
    finding = dataclasses.replace(findings().items[0], locus=locus)
    assert anchor(finding, journey(30)) == place


@pytest.mark.parametrize(
    "locus",
    [
        {"from": "财务部", "to": "服务部", "attribute": "x"},
        {"departments": ["财务部", "服务部"]},
        {"from": "purchase", "to": "after_sales"},
    ],
)
def test_a_hand_over_is_the_busiest_move_across(locus) -> None:
    mined = journey(30)
    place = anchor(dataclasses.replace(findings().items[0], locus=locus), mined)
    assert isinstance(place, OnMove)
    stage = {activity.name: activity.stage for activity in mined.activities}
    across = [
        m for m in mined.moves if (stage[m.source], stage[m.target]) == ("purchase", "after_sales")
    ]
    assert (place.source, place.target) == (across[0].source, across[0].target)


# -- words -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "zh", "en"),
    [
        (0, "0 秒", "0 s"),
        (0.01, "36 秒", "36 s"),
        (0.75, "45 分钟", "45 min"),
        (1.6, "1.6 小时", "1.6 h"),
        (31.4, "31 小时", "31 h"),
        (55.2, "2.3 天", "2.3 d"),
        (24 * 1234, "1,234 天", "1,234 d"),
        (-2, "-2 小时", "-2 h"),
    ],
)
def test_durations(hours, zh, en) -> None:
    assert (reading.duration(hours, "zh"), reading.duration(hours, "en")) == (zh, en)


def test_shortened_words_fit() -> None:
    for words in ("W_Completeren aanvraag voor iedereen", "现场拜访与技术交流会议纪要", NASTY):
        assert width(shorten(words, 13, 100), 13) <= 100
        assert all(width(line, 13) <= 144 for line in wrap(words, 13, 144))
    assert shorten("线索", 10, 20) == "线索"


def test_widths_are_not_below_those_of_a_real_font() -> None:
    font = pymupdf.Font("helv")
    for words in ("W_Completeren aanvraag", "1,368 · 2.3 d", "Lead assigned to sales", "ABCDEFG"):
        assert width(words, 10) >= 0.97 * font.text_length(words, 10)


# -- SVG ---------------------------------------------------------------------------------------


def test_svg_needs_no_style_sheet(drawing: Drawing) -> None:
    root = ElementTree.fromstring(drawing.svg)
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags == {"svg", "title", "desc", "g", "rect", "circle", "polygon", "path", "text"}
    attributes = {name for element in root.iter() for name in element.attrib}
    assert not attributes & {"class", "marker-end", "stroke-dasharray", "href"}
    assert "var(" not in drawing.svg
    assert all(e.get("fill") for e in root.iter(f"{SVG}text"))


def test_svg_can_be_read_and_reached(drawing: Drawing) -> None:
    root = ElementTree.fromstring(drawing.svg)
    assert root.get("role") == "img"
    named = {e.get("id"): e for e in root.iter(f"{SVG}g") if e.get("id")}
    scene = drawing.scene
    assert {part.id for part in (*scene.boxes, *scene.edges, *scene.bands)} <= named.keys()
    for group in named.values():
        assert group.get("tabindex") == "0"
        assert group.get("aria-label")
        assert group.find(f"{SVG}title") is not None
    identifiers = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(identifiers) == len(set(identifiers))
    assert {root.find(f"{SVG}{tag}").get("id") for tag in ("title", "desc")} == set(
        root.get("aria-labelledby").split()
    )


def test_ids_come_from_names_alone(drawing: Drawing) -> None:
    facts = journey(30).activity("修改报价")
    assert f'id="{facts.id}"' in drawing.svg
    assert f'id="{facts.id}"' in draw(journey(30, seed=2), lang="en").svg


def test_names_cannot_break_out() -> None:
    nasty = draw(journey_of([["a", NASTY, "]]>"]] * 3, {}), traffic=1)
    root = ElementTree.fromstring(nasty.svg)
    assert "<script>alert" not in nasty.svg
    assert "<script>alert" not in nasty.html
    titles = [e.text or "" for e in root.iter(f"{SVG}title")]
    assert any("很长的名字" * 400 in title for title in titles)
    assert all(len(e.text or "") < 200 for e in root.iter(f"{SVG}text"))
    assert nasty.png()[:4] == b"\x89PNG"
    assert "label=<" not in nasty.dot


def test_finding_titles_cannot_break_out() -> None:
    bad = dataclasses.replace(findings().items[0], title=Text.same(NASTY))
    page = draw(journey(15), Findings((bad,), 1, ())).html
    assert "<script>alert" not in page
    assert page.count("<script>") == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_contrast_is_aa(theme: str) -> None:
    t = Theme.load(theme)
    words = [(t.ink, t.page), (t.ink, t.panel), (t.muted, t.page), (t.muted, t.panel)]
    words += [(t.ink, t.box), (t.muted, t.box), (t.ink, t.gathered), (t.muted, t.gathered)]
    words += [(t.band_ink, t.band), (t.tab_ink, t.tab), (t.exit_tab_ink, t.exit_tab)]
    for soft in (t.breakpoint_soft, t.silo_soft, t.doubt_soft):
        words += [(t.ink, soft), (t.muted, soft)]
    for mark in (t.breakpoint, t.silo, t.doubt):
        words += [(t.on_mark, mark), (mark, t.page)]
    words += [(t.breakpoint, t.panel), (t.silo, t.panel)]
    shapes = [(getattr(t, f"pace_{n}"), t.panel) for n in range(4)]
    shapes += [(t.unknown, t.panel), (t.box_line, t.panel), (t.gathered_line, t.panel)]
    assert all(contrast(*pair) >= 4.5 for pair in words), [p for p in words if contrast(*p) < 4.5]
    assert all(contrast(*pair) >= 3 for pair in shapes), [p for p in shapes if contrast(*p) < 3]


# -- the other formats -------------------------------------------------------------------------


def test_png_draws_chinese(drawing: Drawing) -> None:
    """Boxes for missing glyphs would all look alike; two different characters do not."""
    pictures = {pixels(draw(journey_of([[name]], {})), name) for name in ("线", "索", "龘")}
    assert len(pictures) == 3
    assert drawing.png(1)[:8] == b"\x89PNG\r\n\x1a\n"


def test_pdf_embeds_its_fonts_and_can_be_searched(drawing: Drawing) -> None:
    with pymupdf.open("pdf", drawing.pdf()) as document:
        page = document[0]
        words = page.get_text()
        assert all(name in words for name in ("客户旅程图", "线索响应慢", "添加企业微信好友"))
        assert words.count("添加企业微信好友") == 1
        for xref, kind, *_ in page.get_fonts():
            assert kind != "n/a"
            assert len(document.extract_font(xref)[3]) > 0
    assert len(drawing.pdf()) < 600_000


def test_html_needs_nothing_else(drawing: Drawing) -> None:
    page = drawing.html
    assert set(re.findall(r"https?://[^\s\"'<]+", page)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"\b(src|href)=", page)
    assert drawing.svg in page
    assert "default-src 'none'" in page
    static = page[: page.index("<script>")]
    for box in drawing.scene.boxes:
        assert f'id="details-{box.id}"' in static


def test_dot_holds_every_box_and_edge(small: Drawing) -> None:
    for part in (*small.scene.boxes, *small.scene.bands):
        assert part.id in small.dot
    for edge in small.scene.edges:
        assert f'"{edge.source}" -> "{edge.target}"' in small.dot
    assert "start ->" in small.dot
    assert "-> end" in small.dot


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf", ".html", ".dot", ".SVG"])
def test_save_by_suffix(drawing: Drawing, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"旅程图{suffix}"
    path.write_text("old")
    assert drawing.save(path) == path
    assert path.stat().st_size > 1000
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


def test_save_elsewhere_says_what_it_can(drawing: Drawing, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot draw a \.svgz; use one of .*Did you mean"):
        drawing.save(tmp_path / "map.svgz")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lang": "fr"}, "unknown language 'fr'"),
        ({"theme": "drak"}, "Did you mean 'dark'"),
        ({"traffic": 80}, "between 0 and 1"),
        ({"max_activities": 0}, "at least 1"),
    ],
)
def test_wrong_arguments(options, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        draw(journey(15), **options)
    with pytest.raises(UsageError, match="scale"):
        draw(journey(15)).png(0)


def test_notebook_shows_the_svg_and_one_stable_line(drawing: Drawing) -> None:
    bundle = drawing._repr_mimebundle_(include=None, exclude=None)
    assert bundle == {"image/svg+xml": drawing.svg, "text/plain": repr(drawing)}
    assert drawing._repr_svg_() == drawing.svg
    assert re.fullmatch(
        r"Drawing\(30 boxes, \d+ paths, 80% of the traffic, 7 findings\)", repr(drawing)
    )


def test_same_journey_same_bytes(drawing: Drawing) -> None:
    again = draw(journey(30), findings())
    assert again.svg == drawing.svg
    assert again.html == drawing.html
    assert again.dot == drawing.dot
    assert again.png() == drawing.png()
    assert again.pdf() == drawing.pdf()


def test_same_bytes_in_another_process() -> None:
    """Another hash seed must not change an order."""
    told = "import hashlib; from tests.journeys import journey, findings; "
    told += "from journeylib.drawing import draw; "
    told += "print(hashlib.sha256(draw(journey(15), findings()).svg.encode()).hexdigest())"
    root = Path(__file__).parents[1]
    digests = {
        subprocess.run(
            [sys.executable, "-c", told],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


@pytest.mark.parametrize(("activities", "seconds"), [(30, 0.5), (60, 1.0), (120, 2.0)])
def test_speed(activities: int, seconds: float) -> None:
    mined = journey(activities)
    began = time.perf_counter()
    draw(mined, findings(), max_activities=activities, traffic=0.95)
    assert time.perf_counter() - began < seconds


def test_heavy_packages_stay_out() -> None:
    told = "import sys; import journeylib.drawing; print('pymupdf' in sys.modules)"
    root = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", told],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout.strip() == "False"


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2.2."""
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def pixels(drawing: Drawing, name: str) -> bytes:
    """The part of the PNG where `name` is written in its box."""
    root = ElementTree.fromstring(drawing.svg)
    text = next(e for e in root.iter(f"{SVG}text") if e.text == name)
    x, y = float(text.get("x")), float(text.get("y"))
    picture = pymupdf.Pixmap(drawing.png(2))
    rows = range(int(2 * y) - 26, int(2 * y) + 6)
    return b"".join(
        bytes(picture.pixel(column, row))
        for row in rows
        for column in range(int(2 * x) - 14, int(2 * x) + 14)
    )
