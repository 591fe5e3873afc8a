"""A workbook as lines: its known sheets, and in each the cells under known heads.

Sheets and heads are told by their words in either language, so a person may move columns or add some
of their own; what is not known is noted.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from journeylib.errors import InputError, SpecError
from journeylib.exporting.sheets import META, SHEETS, Column, Sheet, told
from journeylib.importing.values import Raw, is_blank
from journeylib.spec.model import TargetSpec
from journeylib.terms import LANGS, Lang, Text, normalised, say

_MOST_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a sheet: its number as the workbook counts, and its cells by column."""

    number: int
    cells: Mapping[Column, Raw]


@dataclass(frozen=True, slots=True)
class Page:
    """A sheet as it was found: its name, where its columns stand, and its lines."""

    name: str
    places: Mapping[Column, int]
    lines: tuple[Line, ...]

    def where(self, line: int, column: Column | None = None) -> str:
        """A place as people name it: ``活动!D7``."""
        if column is None or column not in self.places:
            return f"{self.name}!{line}"
        from openpyxl.utils import get_column_letter

        return f"{self.name}!{get_column_letter(self.places[column] + 1)}{line}"


class Book:
    """An opened workbook; `notes` tells of what is missing or not known."""

    def __init__(self, content: bytes, name: str) -> None:
        self.name = name
        self.notes: list[Text] = []
        self._tables = _tables(content, name)
        self.base = self._base()
        self.pages = dict(self._pages())
        if not self.pages:
            raise InputError(name, say("importing.no_sheet_left").in_(self.lang))

    @cached_property
    def lang(self) -> Lang:
        """The language it was written in; by its sheets where that is not kept."""
        kept = self._tables.get(META) or [[""]]
        if kept[0][0] in LANGS:
            return "zh" if kept[0][0] == "zh" else "en"
        titles = {sheet.title("zh") for sheet in SHEETS}
        return "zh" if titles & set(self._tables) else "en"

    def _base(self) -> TargetSpec | None:
        """The specification as it was written; None where the hidden sheet is gone or damaged."""
        pieces = [str(row[0]) for row in self._tables.get(META, [])[1:] if row]
        try:
            return TargetSpec.from_json("".join(pieces))
        except SpecError:
            self.notes.append(say("importing.meta_missing"))
            return None

    def _pages(self) -> Iterator[tuple[Sheet, Page]]:
        known = {normalised(sheet.title(lang)): sheet for sheet in SHEETS for lang in LANGS}
        found: set[str] = set()
        for title, rows in self._tables.items():
            sheet = known.get(normalised(title))
            if sheet is None:
                self._stranger(title)
            elif sheet.key not in found:
                found.add(sheet.key)
                yield sheet, self._page(sheet, title, rows)
        for sheet in SHEETS:
            if sheet.key not in found and found:
                title = sheet.title(self.lang)
                self.notes.append(say("importing.sheet_missing", sheet=title))

    def _stranger(self, title: str) -> None:
        if title != META and title not in {told("sheet_guide", lang) for lang in LANGS}:
            self.notes.append(say("importing.sheet_unknown", sheet=title))

    def _page(self, sheet: Sheet, title: str, rows: list[list[Raw]]) -> Page:
        places = self._places(sheet, title, rows[0] if rows else [])
        lines = []
        for number, row in enumerate(rows[1:], 2):
            cells = {c: row[at] if at < len(row) else "" for c, at in places.items()}
            if not all(map(is_blank, cells.values())):
                lines.append(Line(number, cells))
        return Page(title, places, tuple(lines))

    def _places(self, sheet: Sheet, title: str, head: list[Raw]) -> dict[Column, int]:
        heads = {normalised(sheet.head(c, lang)): c for c in sheet.columns for lang in LANGS}
        heads |= {normalised(sheet.head(c, self.lang)): c for c in sheet.columns}
        places: dict[Column, int] = {}
        for at, words in enumerate(head):
            column = heads.get(normalised(str(words)))
            if column is not None and column not in places:
                places[column] = at
            elif not is_blank(words):
                self.notes.append(say("importing.column_unknown", sheet=title, head=str(words)))
        for column in sheet.columns:
            if column not in places:
                missing = sheet.head(column, self.lang)
                self.notes.append(say("importing.column_missing", sheet=title, head=missing))
        return places


def _tables(content: bytes, name: str) -> dict[str, list[list[Any]]]:
    """Every sheet as rows of cells, counted from A1."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, ZipError

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        tables = {
            title: book.get_sheet_by_name(title).to_python(skip_empty_area=False, nrows=_MOST_ROWS)
            for title in book.sheet_names
        }
    except PasswordError:
        raise InputError(name, "is protected by a password.", "Save it without one.") from None
    except (CalamineError, ZipError, OSError, ValueError) as problem:
        raise InputError(name, f"the workbook is damaged ({problem}).") from None
    return {
        title: [[_restored(cell) for cell in row] for row in rows] for title, rows in tables.items()
    }


def _restored(cell: Any) -> Any:
    """The reader undoes ``_xHHHH_`` but for the two characters that are none in Unicode."""
    if not isinstance(cell, str) or "_xFFF" not in cell:
        return cell
    return re.sub("_xFFF([EF])_", lambda found: chr(0xFFF0 + int(found[1], 16)), cell)
