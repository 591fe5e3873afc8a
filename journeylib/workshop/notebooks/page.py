"""Pieces as one self-contained page: as a document to read and print, or as slides."""

from __future__ import annotations

import base64
import hashlib
import html
import importlib.resources
from collections.abc import Iterable, Sequence

from journeylib.terms import Lang, say
from journeylib.workshop.notebooks.pieces import Piece
from journeylib.workshop.notebooks.slides import Slide

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src {scripts}"


def document_page(title: str, pieces: Iterable[Piece], lang: Lang) -> str:
    """A page to read from top to bottom; without any script."""
    body = "\n".join(piece.html for piece in pieces)
    return _page(title, lang, f"<main>\n{body}\n</main>", ("notebook.css", "document.css"))


def slides_page(title: str, deck: Sequence[Slide], lang: Lang) -> str:
    """Slides one below the other; a few lines of script turn them by key and fit what is long.

    Without the script they are turned by scrolling, and print the same.
    """
    sections = "\n".join(
        _section(slide, number, len(deck), lang) for number, slide in enumerate(deck, 1)
    )
    return _page(
        title,
        lang,
        f"<main>\n{sections}\n</main>",
        ("notebook.css", "slides.css"),
        _asset("slides.js"),
    )


def _section(slide: Slide, number: int, of: int, lang: Lang) -> str:
    label = say("notebook.slide", n=number, of=of).in_(lang)
    again = f"<h2>{html.escape(slide.again)}</h2>\n" if slide.again else ""
    body = "\n".join(piece.html for piece in slide.pieces)
    return (
        f'<section id="s{number}" aria-label="{label}"><div class="sheet">\n'
        f'<div class="fit">\n{again}{body}\n</div>\n'
        f'<footer aria-hidden="true">{number} / {of}</footer></div></section>'
    )


def _page(title: str, lang: Lang, body: str, styles: Iterable[str], script: str = "") -> str:
    style = "\n".join([*map(_asset, styles), _code_style()])
    policy = _POLICY.format(scripts=_sha256(script) if script else "'none'")
    return "\n".join(
        (
            "<!DOCTYPE html>",
            f'<html lang="{"zh-CN" if lang == "zh" else "en"}">',
            '<head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<link rel="icon" href="data:,">',
            f"<title>{html.escape(title)}</title>",
            f"<style>\n{style}</style></head>",
            f"<body>\n{body}",
            *([f"<script>{script}</script>"] if script else []),
            "</body></html>\n",
        )
    )


def _asset(name: str) -> str:
    return (importlib.resources.files(__package__) / name).read_text(encoding="utf-8")


def _code_style() -> str:
    """Colours of code, for paper and for a dark screen."""
    from pygments.formatters import HtmlFormatter

    light = HtmlFormatter(style="tango").get_style_defs(".code")
    dark = HtmlFormatter(style="nord").get_style_defs(".code")
    return (
        f"@media print, (prefers-color-scheme: light) {{\n{light}\n}}\n"
        f"@media screen and (prefers-color-scheme: dark) {{\n{dark}\n}}\n"
    )


def _sha256(script: str) -> str:
    """By its hash the policy lets this script run and no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
