"""The board as one HTML file: to look at, without a kernel, a network or anybody's name."""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Mapping
from typing import Any

from journeylib.drawing.svg import clean
from journeylib.terms import Lang

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"


def page(exhibit: Mapping[str, Any], svg: str, title: str, lang: Lang) -> str:
    """The page over an exhibit's data; `svg` is what is seen without JavaScript."""
    language = "zh-CN" if lang == "zh" else "en"
    data = json.dumps(exhibit, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return "\n".join(
        (
            "<!DOCTYPE html>",
            f'<html lang="{language}"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{clean(title)}</title>",
            f"<style>html,body{{margin:0}}{resource('board.css')}</style></head><body>",
            f'<main id="journey-board">{svg}</main>',
            f'<script type="application/json" id="journey-exhibit">{data}</script>',
            f"<script>{resource('reader.js')}</script></body></html>\n",
        )
    )


def resource(name: str) -> str:
    """A file of ``static/``."""
    return (importlib.resources.files(__package__) / "static" / name).read_text(encoding="utf-8")
