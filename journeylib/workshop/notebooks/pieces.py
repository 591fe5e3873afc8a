"""A notebook as pieces of HTML in reading order: words, code, and what the code showed."""

from __future__ import annotations

import functools
import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from journeylib.terms import Lang, say
from journeylib.workshop.notebooks.clean import clean, data_uri
from journeylib.workshop.notebooks.outputs import Missed, joined, still

Kind = Literal["words", "code", "shown"]
Slide = Literal["", "slide", "subslide", "fragment", "skip", "notes"]
_FENCE = re.compile(r"^\s*(```|~~~)")
_HEADING = re.compile(r"^#{1,2}\s+(?P<words>.*?)\s*#*\s*$")
_SIZE = re.compile(r"""<svg\b[^>]*?\bviewBox=["']\s*[-\d.]+[ ,]+[-\d.]+[ ,]+(?P<width>[\d.]+)""")
_BIG = re.compile(r"<img|<table|<svg")
_LINES = 14
"""With more lines a text is big."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a page; `title` is the heading of level 1 or 2 that it begins with, `slide` what the
    notebook's slideshow metadata say of its cell."""

    kind: Kind
    html: str
    title: str | None = None
    slide: Slide = ""

    @property
    def is_big(self) -> bool:
        """Whether it fills a slide: a picture, a table, a long text."""
        return self.kind == "shown" and bool(
            _BIG.search(self.html) or self.html.count("\n") > _LINES
        )


def pieces(notebook: Any, folder: Path, lang: Lang, missed: Counter[Missed]) -> tuple[Piece, ...]:
    """The pieces of a notebook (`nbformat` 4) that lies in `folder`."""
    render = _Rendering(notebook, folder, lang, missed)
    return tuple(piece for cell in notebook.cells for piece in render.cell(cell))


@dataclass(frozen=True)
class _Rendering:
    notebook: Any
    folder: Path
    lang: Lang
    missed: Counter[Missed]

    def cell(self, cell: Any) -> Iterator[Piece]:
        slide = cell.metadata.get("slideshow", {}).get("slide_type", "").replace("-", "")
        if cell.cell_type == "markdown":
            for title, source in chapters(cell.source):
                text = self.cleaned(markdown(source), cell.get("attachments", {}))
                yield Piece("words", f'<div class="words">{text}</div>', title, slide)
                slide = _after(slide)
        elif cell.cell_type == "code":
            if cell.source.strip():
                yield Piece("code", self.code(cell.source), None, slide)
            for output in cell.outputs:
                yield Piece("shown", _box(self.output(output)), None, _after(slide))

    def code(self, source: str) -> str:
        from pygments import highlight
        from pygments.formatters import HtmlFormatter

        return str(highlight(source, self.lexer, HtmlFormatter(cssclass="code")))

    @functools.cached_property
    def lexer(self) -> Any:
        from pygments.lexers import get_lexer_by_name
        from pygments.util import ClassNotFound

        told = self.notebook.metadata.get("language_info", {})
        name = told.get("pygments_lexer") or told.get("name") or "ipython3"
        try:
            return get_lexer_by_name(str(name))
        except ClassNotFound:
            return get_lexer_by_name("text")

    def output(self, output: Any) -> str:
        from nbconvert.filters import ansi2html

        if output.output_type == "stream":
            return f'<pre class="{output.name}">{ansi2html(joined(output.text))}</pre>'
        if output.output_type == "error":
            told = "\n".join(output.traceback)
            return f'<pre class="error">{ansi2html(told)}</pre>'
        kind, content = still(output.data, self.missed)
        words = joined(output.data.get("text/plain", "")).strip()
        return self.shown(kind, content, words)

    def shown(self, kind: str, content: str, words: str) -> str:
        """A picture is an image even where it is SVG: nothing in it runs or gets mixed up."""
        from nbconvert.filters import ansi2html

        if kind == "image/svg+xml":
            return figure(data_uri(kind, content.encode()), words, svg_width(content))
        if kind.startswith("image/"):
            return figure(f"data:{kind};base64,{''.join(content.split())}", words, 0)
        if kind == "text/plain":
            return f"<pre>{ansi2html(content)}</pre>"
        text = markdown(content) if kind == "text/markdown" else content
        label = say("notebook.output").in_(self.lang)
        return (
            f'<div class="rich" tabindex="0" role="region" aria-label="{label}">'
            f"{self.cleaned(text, {})}</div>"
        )

    def cleaned(self, text: str, attachments: Any) -> str:
        return clean(text, self.folder, attachments, self.missed)


def chapters(source: str) -> Iterator[tuple[str | None, str]]:
    """Markdown split where headings of level 1 and 2 begin; each part with its heading.

    >>> list(chapters("Hello\\n# One\\na\\n## Two"))
    [(None, 'Hello'), ('One', '# One\\na'), ('Two', '## Two')]
    """
    title: str | None = None
    lines: list[str] = []
    is_code = False
    for line in source.splitlines():
        is_code ^= bool(_FENCE.match(line))
        begins = None if is_code else _HEADING.match(line)
        if begins:
            if "".join(lines).strip():
                yield title, "\n".join(lines)
            title, lines = begins["words"], []
        lines.append(line)
    if "".join(lines).strip():
        yield title, "\n".join(lines)


def markdown(source: str) -> str:
    """Markdown of notebooks as HTML."""
    from nbconvert.filters import markdown2html_mistune

    return str(markdown2html_mistune(source))


def figure(source: str, words: str, width: float) -> str:
    """A picture that is never clipped, and never larger than it was drawn."""
    size = f' style="width:{width:g}px"' if width else ""
    return f'<figure><img src="{source}" alt="{html.escape(words)}"{size}></figure>'


def svg_width(svg: str) -> float:
    """Width of a drawing in its own units; 0 where it does not say.

    >>> svg_width('<svg viewBox="0 0 1183 443">')
    1183.0
    """
    found = _SIZE.search(svg)
    return float(found["width"]) if found else 0.0


def _box(shown: str) -> str:
    """Pictures may fill what is left of a slide."""
    kind = "shown picture" if shown.startswith("<figure") else "shown"
    return f'<div class="{kind}">{shown}</div>'


def _after(slide: Slide) -> Slide:
    """The rest of a cell stays on the slide that its first part begins."""
    return "" if slide in ("slide", "subslide") else slide
