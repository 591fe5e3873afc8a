"""A document as one self-contained page: no network, no script, light or dark, made to print."""

from __future__ import annotations

import base64
import html
import importlib.resources
from collections.abc import Iterable, Iterator

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
from journeylib.terms import say

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_LONG = 40
"""Text from so many characters on asks for a wider column."""


def to_html(document: Document) -> str:
    """`document` as an HTML page (UTF-8).

    >>> "<h1 dir=\\"auto\\">&lt;b&gt;</h1>" in to_html(Document("<b>", ()))
    True
    """
    language = "zh-CN" if document.lang == "zh" else "en"
    style = (importlib.resources.files(__package__) / "page.css").read_text(encoding="utf-8")
    return "\n".join(
        (
            "<!DOCTYPE html>",
            f'<html lang="{language}">',
            '<head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escaped(document.title)}</title>",
            f"<style>\n{style}</style></head>",
            "<body>",
            *_contents(document),
            "<main>",
            f'<h1 dir="auto">{escaped(document.title)}</h1>',
            *_body(document),
            "</main>",
            "</body></html>\n",
        )
    )


def escaped(text: str) -> str:
    """Text as text: nothing in it is markup."""
    return html.escape(printable(text))


def _contents(document: Document) -> Iterator[str]:
    """The table of contents: the chapters alone."""
    title = say("document.contents").in_(document.lang)
    yield f'<nav aria-label="{title}"><strong>{title}</strong><ol>'
    for number, heading in enumerate(_headings(document), 1):
        if heading.level == 2:
            yield f'<li dir="auto"><a href="#h{number}">{escaped(heading.text)}</a></li>'
    yield "</ol></nav>"


def _headings(document: Document) -> Iterator[Heading]:
    return (block for block in document.shown if isinstance(block, Heading))


def _body(document: Document) -> Iterator[str]:
    number = 0
    for block in document.shown:
        if isinstance(block, Heading):
            number += 1
            level = min(block.level, 6)
            yield f'<h{level} id="h{number}" dir="auto">{escaped(block.text)}</h{level}>'
        else:
            yield _block(block)


def _block(block: Block) -> str:
    match block:
        case Paragraph(line):
            return f'<p dir="auto">{_line(line)}</p>'
        case Bullets(lines):
            return f"<ul>{''.join(_item(line) for line in lines)}</ul>"
        case Table():
            return _table(block)
        case Picture():
            return _picture(block)
        case Heading():
            raise AssertionError("a heading is numbered where it stands")


def _item(line: Line) -> str:
    return f'<li dir="auto">{_line(line)}</li>'


def _table(table: Table) -> str:
    numeric = table.numeric
    label = escaped(table.name or " / ".join(table.head))
    head = "".join(
        f'<th scope="col"{_class(text, n in numeric)} dir="auto">{escaped(text)}</th>'
        for n, text in enumerate(table.head)
    )
    body = "\n".join(_row(row, numeric) for row in table.rows)
    return (
        f'<div class="table" tabindex="0" role="region" aria-label="{label}"><table>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )


def _row(row: Iterable[Value], numeric: frozenset[int]) -> str:
    cells = (
        f'<td{_class(value, n in numeric)} dir="auto">{_value(value)}</td>'
        for n, value in enumerate(row)
    )
    return f"<tr>{''.join(cells)}</tr>"


def _class(value: Value, is_number: bool) -> str:  # noqa: FBT001 - a property of its column
    if is_number:
        return ' class="number"'
    return ' class="long"' if len(plain(value)) > _LONG else ""


def _value(value: Value) -> str:
    return plain(value) if value is None or isinstance(value, int | float) else _line(value)


def _picture(picture: Picture) -> str:
    """As an image even where it is SVG: nothing in an image can run."""
    kind, data = ("png", picture.png) if picture.svg is None else ("svg+xml", picture.svg.encode())
    source = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
    return f'<figure><img src="{source}" alt="{escaped(picture.words)}"></figure>'


def _line(line: Line) -> str:
    return "".join(
        escaped(piece)
        if isinstance(piece, str)
        else f"<strong>{escaped(piece.text)}</strong>"
        if isinstance(piece, Strong)
        else _code(piece)
        for piece in pieces(line)
    )


def _code(code: Code) -> str:
    return f'<code dir="ltr">{escaped(code.text)}</code>'
