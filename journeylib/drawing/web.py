"""One self-contained HTML page around the picture: no network, readable without JavaScript."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterable

from journeylib.drawing.parts import listed
from journeylib.drawing.rows import Details
from journeylib.drawing.scene import Scene
from journeylib.drawing.svg import clean, element
from journeylib.drawing.theme import Theme
from journeylib.terms import Lang, say

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"


def page(scene: Scene, svg: str, theme: Theme) -> str:
    """The page of the flow view."""
    told = ((item, part.rows) for item, _pin, part in listed(scene))
    return sheet(scene.lang, scene.title, svg, told, theme)


def sheet(
    lang: Lang, title: str, svg: str, details: Iterable[tuple[str, Details]], theme: Theme
) -> str:
    """The page; `details` by id stand in it as text, the script only shows them beside the map."""

    def words(key: str) -> str:
        return clean(say(f"drawing.page_{key}").in_(lang))

    buttons = (("zoom-in", "in"), ("zoom-out", "out"), ("fit", "fit"))
    nav = element("nav", *(element("button", words(k), id=i, type="button") for i, k in buttons))
    aside = element(
        "aside",
        nav,
        element("h2", words("details")),
        element(
            "div",
            element("p", words("hint"), class_="hint"),
            id="details",
            aria_live="polite",
        ),
    )
    language = "zh-CN" if lang == "zh" else "en"
    return "\n".join(
        (
            "<!DOCTYPE html>",
            f'<html lang="{language}"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{clean(title)}</title>",
            f"<style>{_colours(theme)}\n{_resource('page.css')}</style></head><body>",
            f'<main><div id="map">{svg}</div>{aside}</main>',
            element("section", element("h2", words("details")), *_details(details)),
            f"<script>{_resource('page.js')}</script></body></html>\n",
        )
    )


def _details(told: Iterable[tuple[str, Details]]) -> Iterable[str]:
    for item_id, rows in told:
        cells = (
            element("dt", clean(label)) + element("dd", clean(value) or "–")
            for label, value in rows
        )
        yield "\n" + element("dl", *cells, id=f"details-{item_id}")


def _colours(theme: Theme) -> str:
    named = {
        "page": theme.page,
        "panel": theme.panel,
        "border": theme.border,
        "ink": theme.ink,
        "muted": theme.muted,
        "focus": theme.pace_2,
    }
    return ":root{" + "".join(f"--{name}:{value};" for name, value in named.items()) + "}"


def _resource(name: str) -> str:
    return importlib.resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
