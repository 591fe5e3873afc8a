"""How wide text and columns are, in Latin characters; a Chinese one takes two."""

from __future__ import annotations

import unicodedata

from journeylib.documents.blocks import Table, Value, plain


def text_width(text: str) -> int:
    """The width of the widest line.

    >>> text_width("客户 x"), text_width("a\\nlong")
    (6, 4)
    """
    return max((sum(map(_char_width, line)) for line in text.splitlines()), default=0)


def _char_width(char: str) -> int:
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def column_widths(table: Table, least: int, most: int) -> tuple[int, ...]:
    """A width a column, between `least` and `most`: what its widest cell wants."""
    lines: tuple[tuple[Value, ...], ...] = (table.head, *table.rows)
    return tuple(
        min(most, max(least, *(text_width(plain(value)) + 2 for value in column)))
        for column in zip(*lines, strict=True)
    )
