"""Markdown itself: tables, lists, code, and text from a log made harmless."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def document(blocks: Iterable[str]) -> str:
    """Blocks with a blank line between them."""
    return "\n\n".join(block for block in blocks if block) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; nothing at all where there are no rows."""
    lines = [_row(cell(value) for value in row) for row in rows]
    if not lines:
        return ""
    return "\n".join((_row(head), _row("---" for _ in head), *lines))


def bullets(lines: Iterable[str]) -> str:
    """A list; the lines are Markdown already."""
    return "\n".join(f"- {line}" for line in lines)


def cell(value: str) -> str:
    """Text from the log as the cell of a table: it can neither break the row nor format itself.

    >>> cell("a|b\\nc")
    'a\\\\|b c'
    """
    return re.sub(r"([\\`*_|<>\[\]#])", r"\\\1", " ".join(value.split()))


def code(text: str) -> str:
    """An expression as code, fenced by more backticks than it holds."""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    padded = f" {text} " if text.startswith("`") or text.endswith("`") else text
    return fence + " ".join(padded.split("\n")) + fence


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"
