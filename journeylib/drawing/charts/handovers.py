"""The hand-over matrix: which department passes work to which, how often, and how long it waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ibis import _

from journeylib.drawing import words
from journeylib.drawing.charts import marks, ramp
from journeylib.drawing.charts.chart import Chart
from journeylib.drawing.charts.sheet import HEAD, INNER, SMALL, TEXT, Key, Plot, Style, finished
from journeylib.drawing.charts.telling import (
    interval,
    measured,
    phrase,
    population,
    source,
    unknown,
)
from journeylib.drawing.geometry import Rect
from journeylib.drawing.measure import shorten
from journeylib.drawing.svg import rect, text
from journeylib.drawing.theme import Theme
from journeylib.journey import Handover, Journey
from journeylib.terms import Lang

DEPARTMENTS = 9
"""More would leave no room for the numbers; the busiest are shown."""
LEAST = 10
"""The title speaks of a slow hand-over only from so many on."""
_NAME, _ROW, _HEAD = 124.0, 62.0, 44.0


def handovers(journey: Journey, *, lang: Lang = "zh", theme: str = "light") -> Chart:
    """Sender (row) × receiver (column): number of hand-overs by colour, median latency in words.

    The 95 % interval stands below the median (Woodruff 1952); below six hand-overs there is none,
    and the cell says so. The diagonal is work that stays in its department, which is no hand-over.
    Empty cells never occurred. Events without a department are looked past and counted in the
    footer; automation is looked past as well.
    """
    style = Style.of(lang, theme)
    if not journey.handovers:
        return unknown("handovers", journey, phrase("no_handovers", lang), style)
    matrix = _Matrix.of(journey, style)
    total = sum(handover.count for handover in journey.handovers)
    plot = Plot(
        name="handovers",
        title=_title(journey.handovers, total, lang),
        subtitle=population(journey, lang),
        told=f"{len(matrix.names)} departments, {total:,} hand-overs",
        height=_HEAD + _ROW * len(matrix.names),
        paint=matrix.paint,
        keys=matrix.keys(),
        footer=source(journey, lang, *_left_out(journey, matrix, total, lang)),
    )
    return finished(plot, style)


def _title(found: Sequence[Handover], total: int, lang: Lang) -> str:
    busy = max(found, key=lambda h: (h.count, h.source, h.target))
    told = phrase(
        "handovers_busy",
        lang,
        source=busy.source,
        target=busy.target,
        n=words.number(busy.count),
        share=words.share(busy.count / total),
    )
    timed = [h for h in found if h.latency.value is not None and h.count >= LEAST]
    if not timed:
        return told
    slow = max(timed, key=lambda h: (h.latency.value or 0.0, h.source, h.target))
    latency = measured(slow.latency, lang)
    rest = phrase("handovers_slow", lang, source=slow.source, target=slow.target, latency=latency)
    return f"{told}{rest}"


def _left_out(journey: Journey, matrix: _Matrix, total: int, lang: Lang) -> Iterable[str]:
    inside = sum(h.count for h in matrix.cells.values())
    if inside < total:
        yield phrase("handovers_hidden", lang, n=words.number(total - inside))
    nowhere = journey.event_table.filter(_.department.isnull())
    n = journey.log.engine.row(nowhere.aggregate(n=_.count())).n
    if n:
        yield phrase("no_department", lang, n=words.number(n))


@dataclass(frozen=True, slots=True)
class _Matrix:
    names: Sequence[str]
    cells: dict[tuple[str, str], Handover]
    colours: ramp.Ramp
    style: Style

    @classmethod
    def of(cls, journey: Journey, style: Style) -> _Matrix:
        """The busiest departments, in the order in which the journey first meets them."""
        found, busy = journey.handovers, Counter[str]()
        for handover in found:
            busy.update({handover.source: handover.count, handover.target: handover.count})
        busiest = sorted(busy, key=lambda name: (-busy[name], name))[:DEPARTMENTS]
        met = list(dict.fromkeys(a.department for a in journey.activities))
        order = {name: n for n, name in enumerate(met)}
        names = sorted(busiest, key=lambda name: (order.get(name, len(order)), name))
        cells = {(h.source, h.target): h for h in found if h.source in names and h.target in names}
        most = max(h.count for h in cells.values())
        return cls(names, cells, ramp.counts(most), style)

    def keys(self) -> list[Key]:
        """Colours of the counts, and what the diagonal and empty cells mean."""
        theme, lang = self.style.theme, self.style.lang
        counts = (handover.count for handover in self.cells.values())
        colours = self.colours.keys(counts, theme, share=False)

        def within(area: Rect) -> str:
            patch = Rect(area.x + 4, area.y + 2, area.w - 8, area.h - 4)
            return _within(patch, theme)

        return [
            *(Key(key.sample, phrase("times", lang, n=key.words)) for key in colours),
            Key(within, phrase("handovers_diagonal", lang)),
            ramp.swatch(theme.page, theme, phrase("handovers_never", lang)),
        ]

    def paint(self, area: Rect) -> Iterable[str]:
        """The matrix."""
        theme, lang = self.style.theme, self.style.lang
        left, step = area.x + _NAME, min((INNER - _NAME) / len(self.names), 170.0)
        yield text(phrase("handovers_from", lang), area.x, area.y + 30, SMALL, theme.muted)
        for n, name in enumerate(self.names):
            told = shorten(name, HEAD, step - 8, bold=True)
            x = left + step * (n + 0.5)
            yield text(told, x, area.y + 30, HEAD, theme.ink, anchor="middle", bold=True)
        for row, source_ in enumerate(self.names):
            top = area.y + _HEAD + _ROW * row
            told = shorten(source_, HEAD, _NAME - 14, bold=True)
            yield text(told, area.x, top + _ROW / 2 + 4, HEAD, theme.ink, bold=True)
            for column, target in enumerate(self.names):
                cell = Rect(left + step * column + 1.5, top + 1.5, step - 3, _ROW - 3)
                yield from self._cell(source_, target, cell)

    def _cell(self, source_: str, target: str, cell: Rect) -> Iterable[str]:
        theme, handover = self.style.theme, self.cells.get((source_, target))
        if source_ == target:
            yield _within(cell, theme)
            return
        if handover is None:
            yield rect(cell, radius=4, fill=theme.page, stroke=theme.grid, stroke_width=1)
            return
        fill = theme.ramp(self.colours.level(handover.count))
        ink, (x, y) = theme.ink_on(fill), cell.middle
        yield rect(cell, radius=4, fill=fill)
        count = words.number(handover.count)
        yield text(count, x, y - 11, TEXT + 1, ink, anchor="middle", bold=True)
        median, around = self._latency(handover)
        yield text(median, x, y + 6, TEXT - 1, ink, anchor="middle")
        yield text(around, x, y + 21, SMALL - 0.5, ink, anchor="middle")

    def _latency(self, handover: Handover) -> tuple[str, str]:
        fact, lang = handover.latency, self.style.lang
        if fact.value is None:
            return phrase("unknown", lang), ""
        around = interval(fact.ci_low, fact.ci_high, fact.unit, lang)
        return words.amount(fact.value, fact.unit, lang), around or phrase("no_interval", lang)


def _within(cell: Rect, theme: Theme) -> str:
    """A cell of the diagonal: crossed out."""
    stroke = ((cell.x + 4, cell.bottom - 4), (cell.right - 4, cell.y + 4))
    return rect(cell, radius=4, fill=theme.panel) + marks.strokes([stroke], theme.border, 1.2)
