"""What leaves the workshop as a file: words stay words, nothing is fetched, nobody is named."""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser

import pymupdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journeylib.annotations import Annotations
from journeylib.drawing import Drawing, draw, raster
from journeylib.drawing.geometry import Rect
from journeylib.drawing.glyphs import GETA, legible
from journeylib.drawing.journeymap import JourneyMap, journey_map
from journeylib.drawing.picture import Picture
from journeylib.drawing.svg import element, rect, text
from journeylib.findings import diagnose
from journeylib.journey import Journey
from journeylib.mining import mine
from journeylib.reading import read_log
from journeylib.terms import shipped_dir
from tests.hostile import NAMES
from tests.logs import log_of, traces

PEOPLE = ("王芳", "Ingrid Olsen", "赵大勇")


@pytest.fixture(scope="module")
def crm() -> Journey:
    return mine(read_log(shipped_dir("event_logs") / "crm_sales.csv"))


@pytest.fixture(scope="module")
def views(crm: Journey) -> list[Picture]:
    found = diagnose(crm)
    return [draw(crm, found), journey_map(crm, found, cards=cards(crm))]


def cards(journey: Journey) -> list[object]:
    """Cards as a workshop leaves them: somebody wrote each, somebody takes care of it."""
    form = journey.activity("提交表单").id
    notes = Annotations(())
    notes = notes.with_card("表单只问三项", pins=[form], by=PEOPLE[0], owner=PEOPLE[1])
    notes = notes.with_card(
        "quotes are slow", kind="breakpoint", pins=["purchase"], by=PEOPLE[2], owner=PEOPLE[0]
    )
    return list(notes.cards)


def hostile() -> Journey:
    rows = traces("abcabc", "abd", "acbd", "abcd", gap=30.0)
    for n, row in enumerate(rows):
        name = NAMES[n % len(NAMES)]
        row["activity"], row["department"], row["channel"] = f"{row['activity']} {name}", name, name
    return mine(log_of(rows))


# -- HTML ----------------------------------------------------------------------------------------


class Page(HTMLParser):
    """Every element with its attributes, and all text that is no style and no script."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words, self.inside = "", ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.inside = tag

    def handle_data(self, data: str) -> None:
        if self.inside not in {"style", "script"}:
            self.words += data


def test_nobody_who_wrote_or_owns_a_card_is_named(views: list[Picture]) -> None:
    _flow, table = views
    assert isinstance(table, JourneyMap)
    assert "表单只问三项" in table.html
    assert "quotes are slow" in table.html
    for content in (table.html, table.svg, table.mmd):
        assert not [name for name in PEOPLE if name in content]


def test_no_resource_of_the_log_is_named(crm: Journey, views: list[Picture]) -> None:
    people = {
        str(row.resource)
        for row in crm.log.events.select("resource").distinct().execute().itertuples()
    }
    people = {name for name in people if len(name) > 1}
    assert len(people) > 5
    for view in views:
        assert isinstance(view, Drawing | JourneyMap)
        words = Page(view.html).words
        assert not [name for name in people if name in words]


def test_the_page_may_fetch_nothing_and_asks_for_nothing(views: list[Picture]) -> None:
    for view in views:
        assert isinstance(view, Drawing | JourneyMap)
        page = Page(view.html)
        (policy,) = (
            a["content"]
            for t, a in page.elements
            if a.get("http-equiv") == "Content-Security-Policy"
        )
        rules = dict(rule.strip().split(" ", 1) for rule in str(policy).split(";") if rule.strip())
        assert rules["default-src"] == "'none'"
        assert "connect-src" not in rules  # the default holds: none
        assert not re.search(r"https?:", str(policy))
        named = [
            (t, k) for t, a in page.elements for k in a if k in {"src", "href", "action", "data"}
        ]
        assert named == []
        assert not re.search(
            r"fetch\(|XMLHttpRequest|sendBeacon|WebSocket|import\(|@import|url\(", view.html
        )


def test_hostile_names_are_text_in_both_pages() -> None:
    journey = hostile()
    for view in (draw(journey), journey_map(journey)):
        page = Page(view.html)
        tags = [tag for tag, _attributes in page.elements]
        assert tags.count("script") == 1
        assert "img" not in tags
        assert not [k for _t, a in page.elements for k in a if k.startswith("on")]
        assert "<script>alert(1)</script>" in page.words


# -- PDF -----------------------------------------------------------------------------------------


def test_pdfs_hold_lines_and_words_and_no_pixels(views: list[Picture]) -> None:
    for view in views:
        with pymupdf.open("pdf", view.pdf()) as document:
            (page,) = document
            assert page.get_images(full=True) == []
            assert len(page.get_drawings()) > 50


def test_chinese_in_pdfs_can_be_found(views: list[Picture]) -> None:
    for view in views:
        with pymupdf.open("pdf", view.pdf()) as document:
            told = document[0].get_text()
            assert document[0].search_for("发送报价")
        for words in re.findall(r"<text[^>]*>([^<]*)</text>", view.svg):
            plain = (
                words.replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", '"')
                .replace("&amp;", "&")
            )
            assert plain.strip() in told


def test_fonts_of_pdfs_are_embedded_and_only_what_is_used(views: list[Picture]) -> None:
    for view in views:
        content = view.pdf()
        assert len(content) < 700_000  # the whole Chinese font alone has five times as many
        with pymupdf.open("pdf", content) as document:
            fonts = document[0].get_fonts()
            assert fonts
            for xref, suffix, _kind, name, *_rest in fonts:
                assert re.match(r"[A-Z]{6}\+", name), name
                assert suffix != "n/a"
                assert len(document.extract_font(xref)[3]) > 0


# -- what cannot be drawn ------------------------------------------------------------------------


def small(*words: str) -> str:
    lines = [text(one, 10.0, 30.0 + 20 * n, 14.0, "#101010") for n, one in enumerate(words)]
    high = 40 + 20 * len(lines)
    return element(
        "svg",
        rect(Rect(0, 0, 500, high), fill="#fdfdfd"),
        *lines,
        xmlns="http://www.w3.org/2000/svg",
        width=500,
        height=high,
        viewBox=f"0 0 500 {high}",
    )


@pytest.mark.parametrize(
    "words",
    ["发送报价 abc", "😀 emoji", "→ ≥ ★ ✓ ½ €", "Tiếng Việt", "한국어 カナ", "a\u200db"],
)
def test_what_can_be_drawn_stays_as_it_is(words: str) -> None:
    assert legible(small(words)) == small(words)


def test_what_has_no_look_of_its_own_is_no_loss() -> None:
    assert legible(small("✈\ufe0f")) == small("✈")


def test_rare_characters_are_marked_and_counted() -> None:
    shown = legible(small("㐀𠮷店", "𠮷野家", "普通"))
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", shown)
    assert texts[:3] == [f"{GETA}{GETA}店", f"{GETA}野家", "普通"]
    assert texts[3] == "〓：没有字形的字符 3 个（U+3400 U+20BB7）；SVG、HTML、PPTX 保留原文"
    assert texts[4].startswith("〓: characters without a glyph here: 3 (U+3400 U+20BB7)")
    with pymupdf.open("pdf", raster.pdf_bytes(small("㐀𠮷店"), "t")) as document:
        told = document[0].get_text()
        assert "U+3400" in told
        assert "\x00" not in told
        assert document[0].rect.height > 60


def test_words_from_right_to_left_are_counted() -> None:
    shown = legible(small("שלום", "مرحبا 你好", "你好"))
    assert "从右到左文字 2 处" in shown
    assert "שלום" in shown


@settings(deadline=None)
@given(
    st.text(
        st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"),
        max_size=12,
    )
)
def test_every_character_is_drawn_or_counted(words: str) -> None:
    font = pymupdf.Font("cjk")
    lacking = [c for c in words if not c.isascii() and not font.has_glyph(ord(c), fallback=True)]
    seen = [
        c
        for c in lacking
        if unicodedata.category(c) != "Cf" and "VARIATION" not in unicodedata.name(c, "")
    ]
    shown = legible(small(words))
    assert shown.count("没有字形的字符") == bool(seen)
    if seen:
        assert f"〓：没有字形的字符 {len(seen)} 个" in shown
    drawn = re.findall(r"<text[^>]*>([^<]*)</text>", shown)
    assert all(c.isascii() or font.has_glyph(ord(c), fallback=True) for c in "".join(drawn))
