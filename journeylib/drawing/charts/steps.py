"""The step matrix: what customers do first, second, third, …

A matrix rather than a Sankey diagram: every share can be read as a number, rows keep their place
between two logs, repetition shows as a band instead of crossing ribbons, and it prints small. What
it does not show, who goes from where to where, the map does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ibis import _

from journeylib.drawing import words
from journeylib.drawing.charts import marks, ramp
from journeylib.drawing.charts.chart import Chart
from journeylib.drawing.charts.sheet import HEAD, INNER, SMALL, TEXT, Plot, Style, finished
from journeylib.drawing.charts.telling import phrase, population, source
from journeylib.drawing.geometry import Rect
from journeylib.drawing.measure import shorten
from journeylib.drawing.svg import rect, text
from journeylib.journey import ActivityFacts, Journey
from journeylib.terms import Lang

POSITIONS = 12
ROWS = 18
LEGIBLE = 0.01
"""Shares from here on are written into their cell; what is less is only coloured."""
_STAGE, _NAME, _ROW, _HEAD = 92.0, 196.0, 27.0, 46.0


def steps(journey: Journey, *, lang: Lang = "zh", theme: str = "light") -> Chart:
    """Position in the case × activity: share of the cases that get this far and do it there.

    Each column adds up to 100 % of the cases that have so many events (n at its head); what is in no
    row is gathered in the last one. Rows are the activities that fill most of the matrix, in the
    order of the journey.
    """
    style = Style.of(lang, theme)
    table = _Steps.of(journey, style)
    plot = Plot(
        name="steps",
        title=table.title(journey),
        subtitle=population(journey, lang),
        told=f"{len(table.rows)} activities, {len(table.running)} positions",
        height=_HEAD + _ROW * (len(table.rows) + bool(table.hidden)),
        paint=table.paint,
        keys=ramp.SHARES.keys(table.shares.values(), style.theme, share=True),
        footer=source(journey, lang, table.left_out()),
    )
    return finished(plot, style)


@dataclass(frozen=True, slots=True)
class _Steps:
    """`shares` by (activity, position); `running` are the cases with so many events or more."""

    rows: Sequence[ActivityFacts]
    shares: dict[tuple[str, int], float]
    running: Sequence[int]
    stages: dict[str, str]
    hidden: int
    style: Style

    @classmethod
    def of(cls, journey: Journey, style: Style) -> _Steps:
        """Counted in the engine: one row per activity and position."""
        early = journey.event_table.filter(_.position <= POSITIONS)
        counted = journey.log.engine.rows(
            early.group_by("position", "activity").aggregate(n=_.count())
        )
        last = max(row.position for row in counted)
        running = [sum(r.n for r in counted if r.position == p) for p in range(1, last + 1)]
        shares = {(r.activity, r.position): r.n / running[r.position - 1] for r in counted}
        weight: dict[str, float] = {}
        for (activity, _position), share in sorted(shares.items()):
            weight[activity] = weight.get(activity, 0.0) + share
        chosen = set(sorted(weight, key=lambda name: (-weight[name], name))[:ROWS])
        rows = [a for a in journey.activities if a.name in chosen]
        stages = {stage.id: stage.name.in_(style.lang) for stage in journey.stages}
        return cls(rows, shares, running, stages, len(weight) - len(rows), style)

    def title(self, journey: Journey) -> str:
        """The commonest first step, and how far half of the cases get."""
        lang, all_ = self.style.lang, journey.log.totals.cases
        first = max(self.rows, key=lambda a: self.shares.get((a.name, 1), 0.0))
        share = words.share(self.shares.get((first.name, 1), 0.0))
        told = {"activity": first.name, "share": share}
        most = next((n for n, left in enumerate(self.running) if left <= all_ / 2), None)
        if most is None:
            return phrase("steps_long", lang, **told, n=len(self.running))
        return phrase("steps_title", lang, **told, n=most)

    def left_out(self) -> str:
        """How many activities share the last row, and that the matrix ends."""
        lang = self.style.lang
        cut = phrase("steps_cut", lang, n=POSITIONS) if len(self.running) == POSITIONS else ""
        return " · ".join(
            filter(None, (phrase("steps_hidden", lang, n=self.hidden) if self.hidden else "", cut))
        )

    def paint(self, area: Rect) -> Iterable[str]:
        """The matrix."""
        left, step = area.x + _STAGE + _NAME, (INNER - _STAGE - _NAME) / POSITIONS
        yield from self._heads(area, left, step)
        top, before = area.y + _HEAD, ""
        for activity in self.rows:
            if activity.stage != before:
                yield from self._stage(activity.stage, area, top)
                before = activity.stage
            name = shorten(activity.name, TEXT, _NAME - 14)
            yield text(name, area.x + _STAGE, top + 18, TEXT, self.style.theme.ink)
            told = (self.shares.get((activity.name, p), 0.0) for p in self._positions())
            yield from self._cells(told, left, top, step)
            top += _ROW
        if self.hidden:
            yield from self._others(area, left, top, step)

    def _positions(self) -> range:
        return range(1, len(self.running) + 1)

    def _heads(self, area: Rect, left: float, step: float) -> Iterable[str]:
        theme, lang = self.style.theme, self.style.lang
        yield text(phrase("steps_position", lang), area.x, area.y + 13, HEAD, theme.ink, bold=True)
        yield text(phrase("steps_running", lang), area.x, area.y + 30, SMALL, theme.muted)
        for n, left_n in enumerate(self.running):
            x = left + step * (n + 0.5)
            yield text(str(n + 1), x, area.y + 13, HEAD, theme.ink, anchor="middle", bold=True)
            count = words.number(left_n)
            yield text(count, x, area.y + 30, SMALL, theme.muted, anchor="middle")

    def _stage(self, stage: str, area: Rect, top: float) -> Iterable[str]:
        theme = self.style.theme
        yield marks.strokes([((area.x, top), (area.right, top))], theme.border)
        name = shorten(self.stages.get(stage, stage), SMALL, _STAGE - 10)
        yield text(name, area.x, top + 17, SMALL, theme.muted)

    def _cells(self, told: Iterable[float], left: float, top: float, step: float) -> Iterable[str]:
        theme = self.style.theme
        for n, share in enumerate(told):
            if share <= 0:
                continue
            fill = theme.ramp(ramp.SHARES.level(share))
            cell = Rect(left + step * n + 1, top + 1.5, step - 2, _ROW - 3)
            yield rect(cell, radius=3, fill=fill)
            if share >= LEGIBLE:
                x, ink = cell.middle[0], theme.ink_on(fill)
                yield text(words.share(share), x, top + 18, SMALL, ink, anchor="middle")

    def _others(self, area: Rect, left: float, top: float, step: float) -> Iterable[str]:
        theme = self.style.theme
        yield marks.strokes([((area.x, top), (area.right, top))], theme.border)
        name = phrase("others", self.style.lang, n=self.hidden)
        yield text(name, area.x + _STAGE, top + 18, TEXT, theme.muted)
        shown = {activity.name for activity in self.rows}
        rest = dict.fromkeys(self._positions(), 0.0)
        for (activity, position), share in sorted(self.shares.items()):
            if activity not in shown:
                rest[position] += share
        yield from self._cells(rest.values(), left, top, step)
