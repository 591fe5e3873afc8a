"""The touchpoint matrix: through which channel customers are met in which stage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from journeylib.drawing import words
from journeylib.drawing.charts import ramp
from journeylib.drawing.charts.chart import Chart
from journeylib.drawing.charts.nouns import Contact
from journeylib.drawing.charts.sheet import HEAD, INNER, SMALL, TEXT, Key, Plot, Style, finished
from journeylib.drawing.charts.telling import interval, phrase, population, source, unknown
from journeylib.drawing.geometry import Rect
from journeylib.drawing.measure import shorten
from journeylib.drawing.svg import rect, text
from journeylib.journey import Journey
from journeylib.terms import Lang, Text

CHANNELS, STAGES = 10, 8
_NAME, _ROW, _HEAD = 116.0, 66.0, 34.0


def touchpoints(
    matrix: Iterable[Contact], journey: Journey, *, lang: Lang = "zh", theme: str = "light"
) -> Chart:
    """Channel (row) × stage (column): share of the stage's cases touched there, by colour.

    In each cell: that share with its 95 % interval; cases and touches per case; how many touches the
    customer initiated, and how many of those touched go on. A cell with too few cases is left white
    and says so; an empty place is a channel nobody was met on in this stage.
    """
    style, cells = Style.of(lang, theme), list(matrix)
    if not cells:
        return unknown("touchpoints", journey, phrase("no_channels", lang), style)
    grid = _Grid.of(cells, style)
    plot = Plot(
        name="touchpoints",
        title=_title(cells, lang),
        subtitle=population(journey, lang),
        told=f"{len(grid.stages)} stages × {len(grid.channels)} channels",
        height=_HEAD + _ROW * len(grid.channels),
        paint=grid.paint,
        keys=grid.keys(),
        footer=source(journey, lang, _left_out(cells, grid, lang), phrase("touch_shares", lang)),
    )
    return finished(plot, style)


def _title(cells: Sequence[Contact], lang: Lang) -> str:
    """The channel with most touches, and the two together."""
    touches = Counter[str]()
    for cell in cells:
        touches[cell.channel] += cell.events
    ranked = sorted(touches, key=lambda name: (-touches[name], name))
    total = sum(touches.values())
    first = words.share(touches[ranked[0]] / total)
    if len(ranked) == 1:
        return phrase("touch_only", lang, channel=ranked[0])
    second = words.share(touches[ranked[1]] / total)
    told = {"first": ranked[0], "share": first, "second": ranked[1], "next": second}
    return phrase("touch_title", lang, **told, n=words.number(total))


def _left_out(cells: Sequence[Contact], grid: _Grid, lang: Lang) -> str:
    hidden = sum(c.events for c in cells) - sum(c.events for c in grid.cells.values())
    return phrase("touch_hidden", lang, n=words.number(hidden)) if hidden else ""


@dataclass(frozen=True, slots=True)
class _Grid:
    cells: Mapping[tuple[str, str], Contact]
    stages: Mapping[str, Text]
    channels: Sequence[str]
    style: Style

    @classmethod
    def of(cls, cells: Sequence[Contact], style: Style) -> _Grid:
        """The first stages in their order; the busiest channels, in the order they are met."""
        names = {cell.stage: cell.name for cell in cells}
        stages = dict(list(names.items())[:STAGES])
        busy = Counter[str]()
        for cell in cells:
            busy[cell.channel] += cell.cases
        busiest = sorted(busy, key=lambda name: (-busy[name], name))[:CHANNELS]
        channels = sorted(busiest, key=lambda name: (_place(name, cells, list(names)), name))
        kept = {
            (c.channel, c.stage): c for c in cells if c.channel in channels and c.stage in stages
        }
        return cls(kept, stages, channels, style)

    @property
    def few(self) -> bool:
        """Whether some cell has too few cases."""
        return any(cell.reach.value is None for cell in self.cells.values())

    def keys(self) -> list[Key]:
        """The colours that occur, and what white means."""
        theme, lang = self.style.theme, self.style.lang
        told = [c.reach.value for c in self.cells.values() if c.reach.value is not None]
        colours = ramp.SHARES.keys(told, theme, share=True)
        named = [Key(key.sample, phrase("touch_reach", lang, share=key.words)) for key in colours]
        few = [ramp.swatch(theme.page, theme, phrase("touch_few", lang))] if self.few else []
        return [*named, *few]

    def paint(self, area: Rect) -> Iterable[str]:
        """The matrix."""
        theme, lang = self.style.theme, self.style.lang
        left, step = area.x + _NAME, min((INNER - _NAME) / len(self.stages), 190.0)
        for n, name in enumerate(self.stages.values()):
            told = shorten(name.in_(lang), HEAD, step - 8, bold=True)
            x = left + step * (n + 0.5)
            yield text(told, x, area.y + 16, HEAD, theme.ink, anchor="middle", bold=True)
        for row, channel in enumerate(self.channels):
            top = area.y + _HEAD + _ROW * row
            told = shorten(channel, HEAD, _NAME - 12, bold=True)
            yield text(told, area.x, top + _ROW / 2 + 4, HEAD, theme.ink, bold=True)
            for column, stage in enumerate(self.stages):
                place = Rect(left + step * column + 1.5, top + 1.5, step - 3, _ROW - 3)
                yield from self._cell(self.cells.get((channel, stage)), place)

    def _cell(self, cell: Contact | None, place: Rect) -> Iterable[str]:
        theme = self.style.theme
        if cell is None:
            return
        reach = cell.reach.value
        fill = theme.page if reach is None else theme.ramp(ramp.SHARES.level(reach))
        yield rect(place, radius=4, fill=fill, stroke=theme.border, stroke_width=1)
        ink, (x, y) = theme.ink_on(fill), place.middle
        for size, dy, told in zip(
            (TEXT, SMALL - 0.5, SMALL - 0.5), (-11, 6, 21), self._told(cell), strict=True
        ):
            fitting = shorten(told, size, place.w - 8, bold=size == TEXT)
            yield text(fitting, x, y + dy, size, ink, anchor="middle", bold=size == TEXT)

    def _told(self, cell: Contact) -> tuple[str, str, str]:
        lang = self.style.lang
        count = phrase("cases", lang, n=words.number(cell.cases))
        reach = cell.reach
        if reach.value is None:
            reason = reach.reason.in_(lang) if reach.reason else phrase("unknown", lang)
            return count, reason, ""
        around = interval(reach.ci_low, reach.ci_high, "share", lang)
        if cell.per_case.value is not None:
            times = words.figures(cell.per_case.value)
            count = f"{count} · {phrase('touch_each', lang, n=times)}"
        parts = (("touch_customer", cell.by_customer), ("touch_onward", cell.conversion))
        known = [
            phrase(key, lang, share=words.share(f.value)) for key, f in parts if f.value is not None
        ]
        return f"{words.share(reach.value)} {around}".rstrip(), count, " · ".join(known)


def _place(channel: str, cells: Sequence[Contact], stages: Sequence[str]) -> float:
    """Where in the journey a channel is met, on average over its cases."""
    met = [(stages.index(c.stage), c.cases) for c in cells if c.channel == channel]
    return sum(rank * n for rank, n in met) / max(sum(n for _rank, n in met), 1)
