"""What a document is made of. All text is plain: nothing in it is markup, whoever wrote it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from journeylib.terms import Lang


@dataclass(frozen=True, slots=True)
class Code:
    """An expression, an id: set in a fixed width, every character as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Strong:
    """Words that stand out."""

    text: str


Inline = str | Code | Strong
Line = Inline | tuple[Inline, ...]
"""One line of running text."""

Value = Line | int | float | None
"""What stands in a cell; a number stays one where the format knows numbers, None is a dash."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 2 or more; 1 is the document's title."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    line: Line


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a head; `name` is its sheet's where it becomes one."""

    head: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    name: str = ""

    @property
    def numeric(self) -> frozenset[int]:
        """The columns that hold numbers alone (and dashes)."""
        columns = enumerate(zip(*self.rows, strict=True))
        return frozenset(n for n, column in columns if _is_numeric(column))


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as PNG and, where there is one, as SVG; `words` say what it shows."""

    png: bytes
    words: str
    svg: str | None = None


Block = Heading | Paragraph | Bullets | Table | Picture


@dataclass(frozen=True, slots=True)
class Document:
    """A title and its blocks, in one language. Empty lists and tables are left out."""

    title: str
    blocks: tuple[Block, ...]
    lang: Lang = "zh"

    @property
    def shown(self) -> tuple[Block, ...]:
        """The blocks that have something to show."""
        return tuple(block for block in self.blocks if not _is_empty(block))

    @property
    def tables(self) -> tuple[Table, ...]:
        """Its tables, in order."""
        return tuple(block for block in self.shown if isinstance(block, Table))


@runtime_checkable
class Documented(Protocol):
    """Whatever can tell about itself as a document."""

    def document(self, lang: Lang) -> Document:
        """What it has to say, in `lang`."""


def _is_numeric(column: Sequence[Value]) -> bool:
    known = [value for value in column if value is not None]
    return bool(known) and all(isinstance(value, int | float) for value in known)


def _is_empty(block: Block) -> bool:
    match block:
        case Table(rows=rows):
            return not rows
        case Bullets(lines=lines):
            return not lines
        case Paragraph(line=line):
            return not plain(line).strip()
        case _:
            return False


def pieces(line: Line) -> tuple[Inline, ...]:
    """A line as its parts."""
    return line if isinstance(line, tuple) else (line,)


def plain(value: Value) -> str:
    """A line or value as text alone.

    >>> plain(("if ", Code("x > 1"))), plain(None), plain(3)
    ('if x > 1', '–', '3')
    """
    match value:
        case None:
            return "–"
        case int() | float():
            return f"{value:,}"
        case _:
            return "".join(p if isinstance(p, str) else p.text for p in pieces(value))


_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    """Without what no format can hold: control characters and halves of characters.

    >>> printable("a" + chr(7) + "b")
    'ab'
    """
    return _UNPRINTABLE.sub("", text)


def rows(lines: Sequence[Sequence[Value]]) -> tuple[tuple[Value, ...], ...]:
    """Rows as a `Table` holds them."""
    return tuple(tuple(line) for line in lines)
