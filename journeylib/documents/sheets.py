"""Values put on a sheet of a workbook so that text stays text and rows stay readable."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from journeylib.documents.archive import EPOCH, without_clock
from journeylib.documents.blocks import Table, Value, plain, printable
from journeylib.documents.widths import column_widths

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

CELL_LIMIT = 32_767
NAME_LIMIT = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")


def sheet_names(wanted: Iterable[str]) -> Iterator[str]:
    """Names a workbook takes, each used once, whatever its case.

    >>> list(sheet_names(["a/b", "A/B", ""]))
    ['a b', 'A B 2', 'Sheet']
    """
    used = {"history"}  # which spreadsheets keep for themselves
    for name in wanted:
        base = _FORBIDDEN.sub(" ", printable(name)).strip("' \n\t")[:NAME_LIMIT] or "Sheet"
        number, free = 1, base
        while free.casefold() in used:
            number += 1
            ending = f" {number}"
            free = base[: NAME_LIMIT - len(ending)] + ending
        used.add(free.casefold())
        yield free


def fill(sheet: Worksheet, table: Table) -> None:
    """The head and rows of `table`, the head frozen, with filters and fitting columns."""
    for place, row in enumerate((table.head, *table.rows), 1):
        for column, value in enumerate(row, 1):
            put(sheet, place, column, value)
    dress(sheet, table)


def put(sheet: Worksheet, row: int, column: int, value: Value) -> None:
    """A value; text stays text, whatever it begins with, and loses what a workbook cannot hold."""
    from openpyxl.styles import Alignment

    cell = sheet.cell(row, column)
    if isinstance(value, int | float):
        cell.value = value
    elif value is not None:
        text = printable(plain(value))[:CELL_LIMIT]
        cell.value = text
        cell.data_type = "s"
        cell.quotePrefix = text.startswith(("=", "+", "-", "@"))
    cell.alignment = Alignment(vertical="top", wrap_text=True)


def dress(sheet: Worksheet, table: Table) -> None:
    """What makes a sheet easy to work on."""
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter

    for cell in sheet[1]:
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor="2F5D8A")
    for number, width in enumerate(column_widths(table, 10, 60), 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions


def saved(book: Workbook) -> bytes:
    """The bytes of `book` with all times fixed: saving twice gives the same file."""
    from openpyxl.writer.excel import ExcelWriter

    book.properties.creator = "journeylib"
    book.properties.created = book.properties.modified = EPOCH
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        # Workbook.save would put the present time into the properties.
        ExcelWriter(book, archive).write_data()
    return without_clock(raw.getvalue())
