"""A document as a workbook: a sheet a table, and its text on the first.

The same document gives the same bytes. Text that looks like a formula stays text.
"""

from __future__ import annotations

from collections.abc import Iterator

from journeylib.documents.blocks import (
    Bullets,
    Document,
    Heading,
    Paragraph,
    Picture,
    Table,
    Value,
)
from journeylib.documents.sheets import fill, saved, sheet_names
from journeylib.terms import say


def to_xlsx(document: Document) -> bytes:
    """`document` as an Excel workbook."""
    from openpyxl import Workbook

    book = Workbook()
    del book[book.sheetnames[0]]
    tables = (_text(document), *document.tables)
    for name, table in zip(sheet_names(table.name for table in tables), tables, strict=True):
        fill(book.create_sheet(name), table)
    return saved(book)


def _text(document: Document) -> Table:
    """All that is no table, line by line, beside the heading it stands under."""
    words = [say(f"document.{key}").in_(document.lang) for key in ("text", "chapter", "line")]
    return Table((words[1], words[2]), tuple(_lines(document)), words[0])


def _lines(document: Document) -> Iterator[tuple[Value, ...]]:
    chapter = document.title
    yield chapter, None
    for block in document.shown:
        match block:
            case Heading(text):
                chapter = text
            case Paragraph(line):
                yield chapter, line
            case Bullets(lines):
                yield from ((chapter, line) for line in lines)
            case Picture(words=words):
                yield chapter, words
            case Table(name=name) if name:
                yield chapter, f"→ {name}"
