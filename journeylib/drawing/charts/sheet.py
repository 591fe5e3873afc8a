"""The sheet every chart is drawn on: sentence, population, middle, legend, source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from journeylib.drawing.charts.chart import Chart
from journeylib.drawing.geometry import Rect
from journeylib.drawing.measure import flowing, width, wrap
from journeylib.drawing.svg import FONTS, clean, element, rect, text
from journeylib.drawing.theme import Theme
from journeylib.errors import UsageError
from journeylib.terms import LANGS, Lang

INNER = 1104.0
"""Width between the margins; the whole is as wide as the narrowest map."""
MARGIN = 28.0
TITLE, SUBTITLE, HEAD, TEXT, SMALL = 20.0, 12.5, 12.0, 12.0, 10.5
_TITLE_LINE, _LINE, _KEY_LINE, _SYMBOL = 27.0, 18.0, 22.0, 30.0


@dataclass(frozen=True, slots=True)
class Key:
    """An entry of the legend; `sample` paints its symbol into an area of 30 by 18 pixels."""

    sample: Callable[[Rect], str]
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """What a chart says, and how its middle (`height` pixels) is painted into the area it gets.

    `title` is a sentence stating what is seen; `subtitle` names population and clock; `footer` the
    source and what is left out; `told` what the chart was drawn from, for its repr.
    """

    name: str
    title: str
    subtitle: str
    told: str
    height: float
    paint: Callable[[Rect], Iterable[str]]
    keys: Sequence[Key] = ()
    footer: Sequence[str] = ()
    inner: float = INNER


@dataclass(frozen=True, slots=True)
class Style:
    """The language and the colours of a chart."""

    lang: Lang
    theme: Theme

    @classmethod
    def of(cls, lang: Lang, theme: str) -> Style:
        """`UsageError` when there is no such language or theme."""
        if lang not in LANGS:
            raise UsageError(f"unknown language {lang!r}; use one of {', '.join(LANGS)}")
        return cls(lang, Theme.load(theme))


def finished(plot: Plot, style: Style) -> Chart:
    """The chart: presentation attributes only, the same bytes for the same plot."""
    theme, top, parts = style.theme, MARGIN - 8, []
    for size, step, ink, words in _head(plot, theme):
        top += step
        bold = size == TITLE
        parts.append(text(words, MARGIN, top, size, ink, bold=bold))
    area = Rect(MARGIN, top + 20, plot.inner, plot.height)
    parts += plot.paint(area)
    below = area.bottom + 16
    for key, place in _placed(plot.keys, below, plot.inner):
        parts.append(key.sample(Rect(place.x, place.y, _SYMBOL, place.h)))
        at = place.x + _SYMBOL + 6
        parts.append(text(key.words, at, place.y + 13, SMALL + 0.5, theme.muted))
        below = place.bottom
    for words in flowing(plot.footer, SMALL, plot.inner):
        below += 17
        parts.append(text(words, MARGIN + plot.inner, below, SMALL, theme.muted, anchor="end"))
    return Chart(plot.name, plot.title, plot.told, _svg(plot, parts, below + 18, theme))


def beside(
    words: str, x: float, middle: float, room: float, ink: str, *, bold: bool = False
) -> Iterable[str]:
    """Words beside a row: one line, or two if they need it, around `middle`."""
    lines = wrap(words, TEXT, room, bold=bold)
    for n, line in enumerate(lines):
        y = middle + 4 + 15 * (n - (len(lines) - 1) / 2)
        yield text(line, x, y, TEXT, ink, bold=bold)


def _head(plot: Plot, theme: Theme) -> Iterable[tuple[float, float, str, str]]:
    for words in wrap(plot.title, TITLE, plot.inner, bold=True):
        yield TITLE, _TITLE_LINE, theme.ink, words
    for words in wrap(plot.subtitle, SUBTITLE, plot.inner):
        yield SUBTITLE, _LINE + 2, theme.muted, words


def _placed(keys: Sequence[Key], top: float, inner: float) -> Iterable[tuple[Key, Rect]]:
    x, y = MARGIN, top
    for key in keys:
        room = _SYMBOL + 6 + width(key.words, SMALL + 0.5)
        if x + room > MARGIN + inner and x > MARGIN:
            x, y = MARGIN, y + _KEY_LINE
        yield key, Rect(x, y, room, _KEY_LINE - 4)
        x += room + 20


def _svg(plot: Plot, parts: Sequence[str], height: float, theme: Theme) -> str:
    wide, high = round(plot.inner + 2 * MARGIN), round(height)
    page = rect(Rect(0, 0, wide, high), fill=theme.page)
    return element(
        "svg",
        element("title", clean(plot.title)),
        element("desc", clean(f"{plot.subtitle} · {' · '.join(plot.footer)}")),
        element("g", *(f"\n{part}" for part in (page, *parts)), "\n", font_family=FONTS),
        xmlns="http://www.w3.org/2000/svg",
        width=wide,
        height=high,
        viewBox=f"0 0 {wide} {high}",
        role="img",
        aria_label=plot.title,
        style="max-width:100%;height:auto",
    )
