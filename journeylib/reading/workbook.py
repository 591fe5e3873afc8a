"""Workbooks (XLSX, XLS, ODS): one sheet as a table of text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, ZipError

from journeylib.engine import Engine, arrow_table
from journeylib.errors import InputError, did_you_mean
from journeylib.log import Note
from journeylib.reading.packed import Packed
from journeylib.reading.tables import Raw, load_arrow, raw_table
from journeylib.terms import say

Cell = str | float | int | bool | date | datetime | time | timedelta


def read_workbook(engine: Engine, packed: Packed, sheet: str | None) -> Raw:
    """The `sheet`, or the only one with something in it; blank rows and title rows are left out."""
    try:
        book = CalamineWorkbook.from_path(str(packed.path))
        rows = _rows(book, packed.name, sheet)
    except PasswordError:
        raise InputError(
            packed.name, "is protected by a password.", "Save it without one."
        ) from None
    except (CalamineError, ZipError, OSError) as problem:
        raise InputError(packed.name, f"the workbook is damaged ({problem}).") from None
    titles = _titles(rows)
    header, body = rows[titles], rows[titles + 1 :]
    columns = {f"c{n}": [_text(row[n]) for row in body] for n in range(len(header))}
    notes = (
        () if not titles else (Note("title_lines", titles, say("reading.title_lines", n=titles)),)
    )
    return raw_table(
        engine,
        load_arrow(engine, arrow_table(columns)),
        [_text(cell) or "" for cell in header],
        name=packed.name,
        sha256=packed.sha256,
        notes=notes,
    )


def _rows(book: CalamineWorkbook, name: str, sheet: str | None) -> list[list[Any]]:
    if sheet is not None and sheet not in book.sheet_names:
        names = ", ".join(book.sheet_names)
        near = did_you_mean(sheet, book.sheet_names)
        raise InputError(name, f"there is no sheet {sheet!r}; it has {names}.{near}")
    wanted = [sheet] if sheet is not None else book.sheet_names
    filled = {n: rows for n in wanted if (rows := _filled(book.get_sheet_by_name(n).to_python()))}
    if not filled:
        raise InputError(name, "the workbook is empty.")
    if len(filled) > 1:
        raise InputError(
            name,
            f"has {len(filled)} sheets with data: {', '.join(filled)}.",
            f"Say which: sheet={next(iter(filled))!r} (--sheet).",
        )
    return next(iter(filled.values()))


def _filled(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [list(row) for row in rows if any(_text(cell) for cell in row)]


def _titles(rows: list[list[Any]]) -> int:
    """How many rows stand above the header: those that fill less than half of the columns."""
    for position, row in enumerate(rows[:10]):
        if 2 * sum(1 for cell in row if _text(cell)) > len(row):
            return position
    return 0


def _text(cell: Cell) -> str | None:
    """A cell as people read it: whole numbers without a point, moments in ISO."""
    if cell == "" or cell is None:
        return None
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    return str(cell)
