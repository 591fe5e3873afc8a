"""The specification as a workbook to work on and to read back: a sheet a topic (`sheets`).

Input cells are marked and have drop-downs; evidence is grey; ids stand in a last narrow column. A
hidden sheet keeps the specification as it was written, so that what nobody touched comes back
exactly. The same specification gives the same bytes. Text that looks like a formula stays text.
"""

from __future__ import annotations

import datetime
import io
import json
import math
import re
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

from journeylib.exporting.cells import Labels, cell
from journeylib.exporting.sheets import (
    CHOICES,
    HOMES,
    META,
    SHEETS,
    Cell,
    Column,
    Kind,
    Row,
    Sheet,
    choice,
    rows,
    told,
)
from journeylib.spec.model import TargetSpec
from journeylib.terms import Lang

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell import Cell as BookCell
    from openpyxl.cell import MergedCell
    from openpyxl.worksheet.worksheet import Worksheet

_EPOCH = (1980, 1, 1, 0, 0, 0)
_ESCAPED = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_CELL_LIMIT = 32_767
_PIECE = 10_000
_FREE_ROWS = 200
_INPUT, _HEAD, _GREY, _LINE = "FFF9E5", "2F5D8A", "7F7F7F", "E3DCC4"
_FONT, _LINE_HEIGHT, _MOST_LINES = "Calibri", 15, 8
_GUIDE_LINES = 7


def to_xlsx(spec: TargetSpec, lang: Lang) -> bytes:
    """`spec` as an Excel workbook."""
    from openpyxl import Workbook

    book = Workbook()
    del book[book.sheetnames[0]]
    _guide(book, lang)
    labels = Labels(spec, lang)
    for sheet in SHEETS:
        page = book.create_sheet(sheet.title(lang))
        _fill(page, sheet, list(rows(spec, sheet)), labels)
    _keep(book, spec, lang)
    book.properties.creator = "journeylib"
    return _without_clock(book)


def escaped(text: str) -> str:
    """`text` as a cell can hold it: what XML cannot is written ``_xHHHH_``, as Excel does.

    Excel cuts a cell at 32,767 characters, and so do we. Source: ECMA-376, part 1, 22.9.2.19.

    >>> escaped("a\\x0bb"), escaped("_x000B_")
    ('a_x000B_b', '_x005F_x000B_')
    """
    kept = _ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    return kept if _units(kept) <= _CELL_LIMIT else _cut(kept)


def _units(text: str) -> int:
    """A cell's length as Excel counts: an emoji takes two."""
    return len(text) + sum(char > "\uffff" for char in text)


def _cut(text: str) -> str:
    """As much as a cell holds, never half an escape; the whole is on the hidden sheet."""
    room, kept = _CELL_LIMIT - 1, []
    for token in re.findall("_x[0-9A-F]{4}_|.", text, re.DOTALL):
        room -= _units(token)
        if room < 0:
            break
        kept.append(token)
    return "".join(kept) + "…"


# -- sheets ----------------------------------------------------------------------------------------


def _guide(book: Workbook, lang: Lang) -> None:
    from openpyxl.styles import Alignment, Font

    page = book.create_sheet(told("sheet_guide", lang))
    for line in range(1, _GUIDE_LINES + 1):
        _put(page.cell(line, 1), told(f"guide_{line}", lang))
        page.cell(line, 1).alignment = Alignment(wrap_text=True, vertical="top")
    page.cell(1, 1).font = Font(_FONT, bold=True)
    page.column_dimensions["A"].width = 100


def _fill(page: Worksheet, sheet: Sheet, parts: list[Row], labels: Labels) -> None:
    for place, column in enumerate(sheet.columns, 1):
        _put(page.cell(1, place), sheet.head(column, labels.lang))
        for number, row in enumerate(parts, 2):
            target = page.cell(number, place)
            _put(target, cell(column, row, labels))
            _style(target, column, row)
    for number in range(len(parts) + 2, len(parts) + 7):
        for place, column in enumerate(sheet.columns, 1):
            _style(page.cell(number, place), column, None)
    _dress(page, sheet, len(parts))
    _drop_downs(page, sheet, len(parts), labels.lang)


def _put(target: BookCell | MergedCell, value: Cell) -> None:
    """A value; text stays text, whatever it begins with."""
    if isinstance(value, str):
        target.value = escaped(value)
        target.data_type = "s"
        target.quotePrefix = value[:1] in tuple("=+-@")
    else:
        target.value = value


def _style(target: BookCell | MergedCell, column: Column, row: Row | None) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

    target.alignment = Alignment(vertical="top", wrap_text=column.kind is not Kind.ID)
    if column.is_input:
        target.fill = PatternFill("solid", fgColor=_INPUT)
        line = Side("thin", color=_LINE)
        target.border = Border(line, line, line, line)
    else:
        target.font = Font(_FONT, color=_GREY, size=8 if column.kind is Kind.ID else 9)
    if column.kind is Kind.SHARE:
        target.number_format = "0.0%"
    elif column.kind is Kind.DATE:
        target.number_format = "yyyy-mm-dd"
    elif column.kind is Kind.TARGET and row is not None:
        target.number_format = {"share": "0.0%", "h": '0.## "h"'}.get(
            row.part.baseline.unit, "General"
        )


def _dress(page: Worksheet, sheet: Sheet, count: int) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    for place, column in enumerate(sheet.columns, 1):
        letter, head = get_column_letter(place), page.cell(1, place)
        head.font = Font(_FONT, bold=True, color="FFFFFF")
        head.fill = PatternFill("solid", fgColor=_HEAD if column.is_input else _GREY)
        head.alignment = Alignment(vertical="top", wrap_text=True)
        page.column_dimensions[letter].width = _wide(page, place, column)
    page.row_dimensions[1].height = 1.4 * _LINE_HEIGHT
    for number in range(2, count + 2):
        page.row_dimensions[number].height = _LINE_HEIGHT * _lines(page, number)
    page.freeze_panes = "C2" if sheet.columns[0].path == "@stage" else "B2"
    page.auto_filter.ref = f"A1:{get_column_letter(len(sheet.columns))}{count + 1}"


def _wide(page: Worksheet, place: int, column: Column) -> float:
    if column.kind is Kind.ID:
        return 12
    values = page.iter_rows(min_col=place, max_col=place, values_only=True)
    lines = [line for (value,) in values for line in str(value or "").splitlines()]
    return min(50 if column.is_input else 36, max(10, 2 + max(map(_width, lines), default=0)))


def _lines(page: Worksheet, number: int) -> int:
    """How many lines the longest cell of a row needs; programs do not work it out by themselves."""
    from openpyxl.utils import get_column_letter

    most = 1
    for place, held in enumerate(page[number], 1):
        width = page.column_dimensions[get_column_letter(place)].width
        lines = str(held.value or "").splitlines()
        most = max(most, sum(max(1, math.ceil(_width(line) / width)) for line in lines))
    return min(most, _MOST_LINES)


def _width(text: str) -> int:
    """Columns are measured in Latin characters; a Chinese one takes two."""
    return sum(2 if ord(char) > 0x2E7F else 1 for char in text)


def _drop_downs(page: Worksheet, sheet: Sheet, count: int, lang: Lang) -> None:
    """Choices to pick from. They warn and do not forbid: the reader understands more than they list."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    for place, column in enumerate(sheet.columns, 1):
        if formula := _listed(column, lang):
            letter = get_column_letter(place)
            rule = DataValidation("list", formula1=formula, errorStyle="warning", allow_blank=True)
            rule.add(f"{letter}2:{letter}{count + 1 + _FREE_ROWS}")
            page.add_data_validation(rule)


def _listed(column: Column, lang: Lang) -> str | None:
    """The formula of a drop-down: codes in words, or the names on the sheet of what is referred to."""
    from openpyxl.utils import get_column_letter

    if column.kind is Kind.YES:
        return f'"{told("yes", lang)}"'
    if column.kind is Kind.CHOICE:
        return '"' + ",".join(choice(column.of, code, lang) for code in CHOICES[column.of]) + '"'
    if column.kind is not Kind.REF or column.of not in HOMES:
        return None
    home = next(sheet for sheet in SHEETS if sheet.key == HOMES[column.of])
    place = next(n for n, c in enumerate(home.columns, 1) if c.kind is Kind.TEXT)
    letter, title = get_column_letter(place), home.title(lang)
    cells = f"'{title}'!${letter}$2:${letter}$1000"
    return f"OFFSET('{title}'!${letter}$2,0,0,MAX(1,COUNTA({cells})),1)"


# -- what is kept ----------------------------------------------------------------------------------


def _keep(book: Workbook, spec: TargetSpec, lang: Lang) -> None:
    """The specification as it is, in pieces that fit a cell, on a hidden sheet."""
    page = book.create_sheet(META)
    page.sheet_state = "hidden"
    for number, piece in enumerate((lang, *_pieces(spec)), 1):
        _put(page.cell(number, 1), piece)


def _pieces(spec: TargetSpec) -> Iterator[str]:
    """JSON in which every character that a cell would change is escaped by JSON's own means."""
    text = json.dumps(spec.to_dict(), ensure_ascii=False, separators=(",", ":"))
    text = _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    for start in range(0, len(text), _PIECE):
        yield text[start : start + _PIECE]


def _without_clock(book: Workbook) -> bytes:
    """The workbook's bytes with all times fixed: saving twice gives the same file."""
    from openpyxl.writer.excel import ExcelWriter

    moment = datetime.datetime(*_EPOCH)
    book.properties.created = book.properties.modified = moment
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        writer = ExcelWriter(book, archive)
        writer.write_data()
    fixed = io.BytesIO()
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(fixed, "w") as target:
        for name in sorted(source.namelist()):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return fixed.getvalue()
