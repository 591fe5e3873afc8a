"""Renderers: whatever the text, it is shown as text, and the same document gives the same bytes."""

import datetime
import io
import re
import zipfile
from typing import Any

import docx
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree, html

from journeylib.documents.archive import without_clock
from journeylib.documents.blocks import (
    Block,
    Bullets,
    Code,
    Document,
    Heading,
    Paragraph,
    Picture,
    Strong,
    Table,
    plain,
    printable,
)
from journeylib.documents.docx import to_docx
from journeylib.documents.html import to_html
from journeylib.documents.markdown import to_markdown
from journeylib.documents.sheets import sheet_names
from journeylib.documents.widths import column_widths
from journeylib.documents.xlsx import to_xlsx
from tests.hostile import NAMES

RENDERERS = (to_markdown, to_html, to_docx, to_xlsx)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8ffff3f"
    "0005fe02fea7356981000000004945" "4e44ae426082"
)  # fmt: skip


def document(text: str = "文字", *more: Block) -> Document:
    """Every kind of block once, all with the same text."""
    return Document(
        text,
        (
            Heading(text),
            Paragraph((text, Strong(text), Code(text))),
            Heading(text, 3),
            Bullets((text, (Code(text), text))),
            Table((text, "n"), ((text, 3), (Code(text), None)), text),
            *more,
        ),
    )


def page(made: Document) -> Any:
    return html.document_fromstring(to_html(made))


def opened(made: Document) -> Any:
    return docx.Document(io.BytesIO(to_docx(made)))


def book(made: Document) -> Any:
    return openpyxl.load_workbook(io.BytesIO(to_xlsx(made)))


@pytest.mark.parametrize("render", RENDERERS)
@pytest.mark.parametrize("name", NAMES)
def test_the_same_document_gives_the_same_bytes(render: Any, name: str) -> None:
    assert render(document(name)) == render(document(name))


# -- HTML --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_page_shows_names_as_text(name: str) -> None:
    made = page(document(name))
    shown = printable(name)
    for path in ("//h1", "//h2", "//h3", "//p/code", "//p/strong", "//ul/li[1]", "//td[1]"):
        assert made.xpath(path)[0].text_content() == shown
    assert not made.xpath("//script | //img | //@onerror")


def test_a_page_needs_nothing_from_elsewhere() -> None:
    made = to_html(document("x", Picture(PNG, "what it shows")))
    links = html.document_fromstring(made).xpath("//@src | //@href")
    assert links and all(link.startswith(("#", "data:")) for link in links)
    assert "default-src 'none'" in made and "url(" not in made and "@import" not in made


def test_the_contents_lead_to_the_chapters() -> None:
    made = page(document("章"))
    targets = [link.removeprefix("#") for link in made.xpath("//nav//a/@href")]
    assert [made.get_element_by_id(target).tag for target in targets] == ["h2"]


def test_numbers_stand_right_where_the_column_holds_numbers_alone() -> None:
    made = page(Document("t", (Table(("a", "b"), ((1, 1), ("x", None))),)))
    assert made.xpath("//tr[1]/td[@class='number']/text()") == ["1"]
    assert made.xpath("//tr[2]/td/text()") == ["x", "–"]


def test_a_picture_cannot_run() -> None:
    risky = Picture(PNG, "words", svg="<svg onload='alert(1)'><script/></svg>")
    made = page(document("x", risky))
    assert made.xpath("//img/@alt") == ["words"] and not made.xpath("//svg")


# -- Word --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_word_shows_names_as_text(name: str) -> None:
    made = opened(document(name))
    headings = [p for p in made.paragraphs if p.style.name.startswith(("Title", "Heading"))]
    shown = [paragraph.text for paragraph in headings]
    assert shown == [printable(name)] * 3
    assert [p.style.name for p in headings] == ["Title", "Heading 1", "Heading 2"]
    assert made.tables[0].cell(1, 0).text == printable(name)


def test_word_repeats_the_heads_of_tables() -> None:
    rows = opened(document()).tables[0].rows
    assert [bool(row._tr.xpath(".//w:tblHeader")) for row in rows] == [True, False, False]


def test_word_sets_chinese_in_a_chinese_font() -> None:
    for name in ("Normal", "Heading 1", "Title", "List Bullet"):
        [fonts] = opened(document()).styles[name].element.xpath("./w:rPr/w:rFonts")
        told = {etree.QName(key).localname: value for key, value in fonts.attrib.items()}
        assert told["eastAsia"] == "Microsoft YaHei" and not any("Theme" in key for key in told)


def test_a_wide_chapter_is_set_across_the_page() -> None:
    wide = Table(tuple("abcdefg"), (tuple(["a long sentence that takes its room"] * 7),))
    chapters = (Heading("one"), Paragraph("x"), Heading("two"), wide, Heading("three"))
    sections = opened(Document("t", chapters)).sections
    assert [section.page_width > section.page_height for section in sections] == [
        False,
        True,
        False,
    ]


def test_an_opening_without_a_table_has_no_page_of_its_own() -> None:
    wide = Table(tuple("abcdefg"), (tuple(["a long sentence that takes its room"] * 7),))
    [section] = opened(Document("t", (Paragraph("x"), Heading("one"), wide))).sections
    assert section.page_width > section.page_height


def test_word_tells_no_time_and_numbers_its_pages() -> None:
    made = opened(document("章" * 400))
    core = made.core_properties
    assert core.created == core.modified == datetime.datetime(1980, 1, 1, tzinfo=datetime.UTC)
    assert core.author == core.last_modified_by == "journeylib" and len(core.title) == 255
    fields = made.sections[0].footer._element.xpath(".//w:fldSimple/@w:instr")
    assert fields == ["PAGE", "NUMPAGES"]


def test_a_picture_fits_the_page_and_says_what_it_shows() -> None:
    made = opened(document("x", Picture(PNG, "what it shows")))
    [shape] = made.inline_shapes
    assert shape._inline.docPr.get("descr") == "what it shows"


# -- workbook ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_workbook_shows_names_as_text(name: str) -> None:
    content = to_xlsx(document(name))
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert not any(b"<f>" in archive.read(entry) for entry in archive.namelist())
    sheet = book(document(name)).worksheets[1]
    assert sheet["A2"].value == printable(name) and sheet["A2"].data_type == "s"


def test_a_workbook_has_a_sheet_a_table_and_one_for_the_text() -> None:
    made = book(document("字", Table(("n",), ((1,),), "表"), Table(("n",), (), "empty")))
    assert made.sheetnames == ["文字", "字", "表"]
    text = list(made["文字"].iter_rows(min_row=2, values_only=True))
    assert ("字", "→ 表") in text and ("字", "字字字") in text
    assert made["表"]["A2"].value == 1 and made["表"].freeze_panes == "A2"


@given(st.lists(st.text(max_size=40), max_size=12))
def test_sheet_names_are_such_as_a_workbook_takes(wanted: list[str]) -> None:
    names = list(sheet_names(wanted))
    assert len(names) == len({name.casefold() for name in names}) == len(wanted)
    assert all(0 < len(name) <= 31 and not re.search(r"[\[\]:*?/\\]", name) for name in names)


# -- Markdown and helpers ----------------------------------------------------------------------------


def test_every_row_of_a_markdown_table_has_its_cells() -> None:
    for name in NAMES:
        lines = [line for line in to_markdown(document(name)).split("\n") if line[:2] == "| "]
        assert {line.replace("\\|", "").count("|") for line in lines} == {3}


def test_markdown_keeps_a_line_a_line() -> None:
    made = to_markdown(Document("t", (Paragraph("1. x"), Paragraph("- y"), Paragraph("-3 %"))))
    assert made == "# t\n\n1\\. x\n\n\\- y\n\n-3 %\n"


def test_archives_lose_their_clock_and_nothing_else() -> None:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("b.txt", "b")
        archive.writestr("[Content_Types].xml", "types")
    fixed = zipfile.ZipFile(io.BytesIO(without_clock(raw.getvalue())))
    assert fixed.namelist() == ["[Content_Types].xml", "b.txt"] and fixed.read("b.txt") == b"b"
    assert {entry.date_time for entry in fixed.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_columns_are_as_wide_as_what_they_hold() -> None:
    assert column_widths(Table(("客户", "n"), (("x" * 90, 1),)), 5, 40) == (40, 5)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(min_size=1))
def test_any_text_can_be_rendered(text: str) -> None:
    for render in RENDERERS:
        assert render(document(text))
    assert (
        page(document(text)).xpath("//td[1]")[0].text_content().split() == printable(text).split()
    )
    assert plain(text) == text
