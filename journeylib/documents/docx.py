"""A document for Word: real headings, heads of tables repeated, wide chapters across the page.

The same document gives the same bytes: no clock, no author but the program.
"""

from __future__ import annotations

import io
import itertools
from typing import TYPE_CHECKING, Any

from journeylib.documents.archive import EPOCH, without_clock
from journeylib.documents.blocks import (
    Block,
    Bullets,
    Code,
    Document,
    Heading,
    Line,
    Paragraph,
    Picture,
    Strong,
    Table,
    Value,
    pieces,
    plain,
    printable,
)
from journeylib.documents.widths import column_widths
from journeylib.terms import Lang, say

if TYPE_CHECKING:
    from docx.document import Document as Word
    from docx.section import Section
    from docx.table import Table as WordTable
    from docx.table import _Cell
    from docx.text.paragraph import Paragraph as WordParagraph

_LATIN, _CHINESE, _FIXED = "Calibri", "Microsoft YaHei", "Consolas"
_LEAST, _MOST, _WIDE = 10, 40, 130
"""Widths in Latin characters: of a column, and from where on a table wants the page turned."""
_WHOLE = 600
"""A row of fewer characters stays on one page."""
_A4 = (21.0, 29.7)
_MARGIN = 2.0
_TITLE_LIMIT = 255


def to_docx(document: Document) -> bytes:
    """`document` as a Word file."""
    import docx

    word = docx.Document()
    _describe(word, document)
    _fonts(word)
    _footer(word.sections[0], document.lang)
    for number, chapter in enumerate(_chapters(document)):
        _turn(word, any(_is_wide(block) for block in chapter), is_first=number == 0)
        if number == 0:
            word.add_heading(printable(document.title), 0)
        for block in chapter:
            _put(word, block)
    raw = io.BytesIO()
    word.save(raw)
    return without_clock(raw.getvalue())


# -- the whole ---------------------------------------------------------------------------------------


def _describe(word: Word, document: Document) -> None:
    """Core properties; without them the library would tell its own story and the time."""
    core = word.core_properties
    core.title = printable(document.title)[:_TITLE_LIMIT]
    core.author = core.last_modified_by = "journeylib"
    core.comments = ""
    core.language = _language(document.lang)
    core.created = core.modified = EPOCH
    core.revision = 1


def _language(lang: Lang) -> str:
    return "zh-CN" if lang == "zh" else "en-US"


def _fonts(word: Word) -> None:
    """One pair of fonts everywhere; the theme's would leave Chinese to chance."""
    from docx.shared import Pt, RGBColor
    from docx.styles.style import ParagraphStyle

    for style in word.styles:
        if isinstance(style, ParagraphStyle):
            _font(style.element.get_or_add_rPr(), _LATIN)
            if style.name and style.name.startswith(("Heading", "Title")):
                style.font.color.rgb = RGBColor(0x1C, 0x44, 0x68)
    word.styles["Normal"].font.size = Pt(10.5)
    language = _element("w:lang", {"w:val": "en-US", "w:eastAsia": "zh-CN"})
    properties = word.styles["Normal"].element.get_or_add_rPr()
    properties.append(language)


def _font(properties: Any, latin: str) -> None:
    """Set the fonts of run properties, and take away those of the theme, which would win."""
    fonts = properties.get_or_add_rFonts()
    fonts.attrib.clear()
    for script, name in (("ascii", latin), ("hAnsi", latin), ("cs", latin), ("eastAsia", _CHINESE)):
        fonts.set(_name(f"w:{script}"), name)


def _footer(section: Section, lang: Lang) -> None:
    """Page numbers, as fields that Word counts."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    paragraph = section.footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    words = say("document.page", n="\x1fPAGE\x1f", of="\x1fNUMPAGES\x1f").in_(lang)
    for place, part in enumerate(words.split("\x1f")):
        if place % 2:
            field = _element("w:fldSimple", {"w:instr": part})
            run = _element("w:r", {})
            text = _element("w:t", {})
            text.text = "1"
            run.append(text)
            field.append(run)
            paragraph._p.append(field)
        else:
            paragraph.add_run(part)


def _chapters(document: Document) -> list[list[Block]]:
    """From one heading of level 2 to the next; an opening without a table goes with the first."""
    begun = itertools.accumulate(map(_begins, document.shown))
    numbered = zip(begun, document.shown, strict=True)
    grouped = itertools.groupby(numbered, key=lambda pair: pair[0])
    chapters = [[block for _, block in members] for _, members in grouped]
    if chapters[1:] and not any(_begins(b) or isinstance(b, Table) for b in chapters[0]):
        chapters[:2] = [chapters[0] + chapters[1]]
    return chapters


def _begins(block: Block) -> bool:
    return isinstance(block, Heading) and block.level == 2


def _is_wide(block: Block) -> bool:
    return isinstance(block, Table) and sum(column_widths(block, _LEAST, _MOST)) > _WIDE


def _turn(word: Word, across: bool, *, is_first: bool) -> None:  # noqa: FBT001
    """Set what follows across the page or along it; a new section only where that changes."""
    from docx.enum.section import WD_ORIENT, WD_SECTION
    from docx.shared import Cm

    section = word.sections[-1]
    wanted = WD_ORIENT.LANDSCAPE if across else WD_ORIENT.PORTRAIT
    if not is_first:
        if section.orientation == wanted:
            return
        section = word.add_section(WD_SECTION.NEW_PAGE)
    section.orientation = wanted
    width, height = reversed(_A4) if across else _A4
    section.page_width, section.page_height = Cm(width), Cm(height)
    section.left_margin = section.right_margin = Cm(_MARGIN)
    section.top_margin = section.bottom_margin = Cm(_MARGIN)


# -- blocks ------------------------------------------------------------------------------------------


def _put(word: Word, block: Block) -> None:
    match block:
        case Heading(text, level):
            word.add_heading(printable(text), min(level - 1, 9))
        case Paragraph(line):
            _write(word.add_paragraph(), line)
        case Bullets(lines):
            for line in lines:
                _write(word.add_paragraph(style="List Bullet"), line)
        case Table():
            _table(word, block)
        case Picture():
            _picture(word, block)


def _write(paragraph: WordParagraph, line: Line) -> None:
    for piece in pieces(line):
        match piece:
            case Code(text):
                run = paragraph.add_run(printable(text))
                _font(run._r.get_or_add_rPr(), _FIXED)
                run.font.no_proof = True
            case Strong(text):
                paragraph.add_run(printable(text)).bold = True
            case text:
                paragraph.add_run(printable(text))


def _table(word: Word, table: Table) -> None:
    numeric = table.numeric
    made = word.add_table(rows=1 + len(table.rows), cols=len(table.head), style="Table Grid")
    _widths(made, table, word.sections[-1])
    head = made.rows[0]
    for row, values in zip(made.rows, (table.head, *table.rows), strict=True):
        if sum(len(plain(value)) for value in values) < _WHOLE:
            row._tr.get_or_add_trPr().append(_element("w:cantSplit", {}))
        for column, (cell, value) in enumerate(zip(row.cells, values, strict=True)):
            _fill(cell, value, is_number=column in numeric)
    head._tr.get_or_add_trPr().append(_element("w:tblHeader", {}))
    for cell in head.cells:
        _shade(cell)
    word.add_paragraph()


def _widths(made: WordTable, table: Table, section: Section) -> None:
    """Columns share the width of the page by what they hold."""
    wanted = column_widths(table, _LEAST, _MOST)
    room = (section.page_width or 0) - (section.left_margin or 0) - (section.right_margin or 0)
    made.autofit = False
    for column, share in zip(made.columns, wanted, strict=True):
        width = room * share // sum(wanted)
        column.width = width
        for cell in column.cells:
            cell.width = width


def _fill(cell: _Cell, value: Value, *, is_number: bool) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    paragraph = cell.paragraphs[0]
    _write(paragraph, plain(value) if value is None or isinstance(value, int | float) else value)
    paragraph.paragraph_format.space_after = Pt(0)
    if is_number:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for run in paragraph.runs:
        run.font.size = Pt(9)


def _shade(cell: _Cell) -> None:
    """A cell of the head."""
    colour = {"w:val": "clear", "w:color": "auto", "w:fill": "E6EDF4"}
    cell._tc.get_or_add_tcPr().append(_element("w:shd", colour))
    for run in cell.paragraphs[0].runs:
        run.bold = True


def _picture(word: Word, picture: Picture) -> None:
    section = word.sections[-1]
    room = (section.page_width or 0) - (section.left_margin or 0) - (section.right_margin or 0)
    shape = word.add_picture(io.BytesIO(picture.png))
    if shape.width > room:
        shape.height = shape.height * room // shape.width
        shape.width = room
    shape._inline.docPr.set("descr", printable(picture.words))


# -- XML ---------------------------------------------------------------------------------------------


def _name(tag: str) -> str:
    from docx.oxml.ns import qn

    return qn(tag)


def _element(tag: str, attributes: dict[str, str]) -> Any:
    from docx.oxml import OxmlElement

    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(_name(name), value)
    return element
