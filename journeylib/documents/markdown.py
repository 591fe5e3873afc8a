"""A document as Markdown: to read, to print, to compare with `git diff`."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable

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


def to_markdown(document: Document) -> str:
    """`document` as Markdown (UTF-8, tables as GitHub writes them).

    >>> print(to_markdown(Document("A|b", (Table(("n",), ((1,),)),))), end="")
    # A\\|b
    <BLANKLINE>
    | n |
    | --- |
    | 1 |
    """
    blocks = (f"# {escaped(document.title)}", *map(_block, document.shown))
    return "\n\n".join(blocks) + "\n"


def _block(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"{'#' * level} {escaped(text)}"
        case Paragraph(line):
            return started(_line(line))
        case Bullets(lines):
            return "\n".join(f"- {started(_line(line))}" for line in lines)
        case Table(head, rows):
            body = (_row(_cell(value) for value in row) for row in rows)
            return "\n".join((_row(map(escaped, head)), _row("---" for _ in head), *body))
        case Picture(png, words):
            data = base64.b64encode(png).decode()
            return f"![{escaped(words)}](data:image/png;base64,{data})"


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cell(value: Value) -> str:
    return plain(value) if value is None or isinstance(value, int | float) else _line(value)


def _line(line: Line) -> str:
    return "".join(
        escaped(piece)
        if isinstance(piece, str)
        else f"**{escaped(piece.text)}**"
        if isinstance(piece, Strong)
        else code(piece)
        for piece in pieces(line)
    )


def escaped(text: str) -> str:
    """Text from a log made harmless: it can neither break the row nor format itself.

    >>> escaped("a|b\\nc")
    'a\\\\|b c'
    """
    kept = re.sub(r"\s+", " ", printable(text))
    return re.sub(r"([\\`*_|<>\[\]#~$&])", r"\\\1", kept)


_MARKER = re.compile(r"^([-+=]|\d+(?=[.)]))(?=[-=]*(\s|$)|[.)](\s|$))")


def started(text: str) -> str:
    """A line that begins like a list or an underline made to begin like text.

    >>> started("1. a"), started("- b"), started("-3 %")
    ('1\\\\. a', '\\\\- b', '-3 %')
    """
    marker = _MARKER.match(text)
    if marker is None:
        return text
    found = marker.group(1)
    return text.replace(found, f"{found}\\" if found.isdigit() else f"\\{found}", 1)


def code(expression: Code) -> str:
    """An expression as code, fenced by more backticks than it holds; a bar would end the cell."""
    text = " ".join(printable(expression.text).splitlines()).replace("|", "\\|")
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    padded = f" {text} " if text.startswith("`") or text.endswith("`") else text
    return fence + padded + fence
