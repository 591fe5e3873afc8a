"""The performance spectrum of one step: every case a line from leaving to arriving.

Denisov, Fahland & van der Aalst 2018. Steep lines are fast, slanted ones wait; crossing lines
overtake, parallel ones queue, lines that meet in one arrival are a batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.drawing import words
from journeylib.drawing.charts import marks
from journeylib.drawing.charts.chart import Chart
from journeylib.drawing.charts.scale import Scale, days
from journeylib.drawing.charts.sheet import HEAD, SMALL, Key, Plot, Style, finished
from journeylib.drawing.charts.telling import phrase, population
from journeylib.drawing.charts.telling import source as source_of
from journeylib.drawing.geometry import Rect
from journeylib.drawing.measure import shorten, width
from journeylib.drawing.svg import rect, text
from journeylib.errors import UsageError, did_you_mean
from journeylib.journey import Journey
from journeylib.survival import hours
from journeylib.terms import Lang

LINES = 2_000
"""More lines than this are thinned out evenly, in the order of leaving."""
PARTS = 92
"""So many bars count who leaves and who arrives."""
_BARS, _FIELD, _NAME, _TICK = 56.0, 320.0, 26.0, 24.0
_OPACITY = (0.45, 0.35, 0.5, 0.7)


def spectrum(
    journey: Journey, source: str, target: str, *, lang: Lang = "zh", theme: str = "light"
) -> Chart:
    """The step from `source` to `target`: a line a case over calendar time, coloured by its wait.

    Colours are the quarters of the wait over all of these steps, slowest on top. Above stands how
    many leave in each part of the period, below how many arrive, all counted in the engine. With
    more than `LINES` steps every k-th is drawn (ordered by leaving, then case), and the footer says
    so.

    `UsageError` when the log has no such step.
    """
    style = Style.of(lang, theme)
    found = _Spectrum.of(journey, source, target, style)
    plot = Plot(
        name="spectrum",
        title=found.title(source, target),
        subtitle=population(journey, lang),
        told=f"{len(found.lines):,} of {found.n:,} steps from {source} to {target}",
        height=2 * (_BARS + _NAME) + _FIELD + _TICK,
        paint=lambda area: found.paint(area, source, target),
        keys=found.keys(),
        footer=source_of(journey, lang, found.left_out()),
    )
    return finished(plot, style)


def _steps(journey: Journey, source: str, target: str) -> ir.Table:
    known = {(move.source, move.target) for move in journey.moves}
    if (source, target) not in known:
        meant = did_you_mean(f"{source} → {target}", [f"{a} → {b}" for a, b in sorted(known)])
        raise UsageError(f"no case goes directly from {source!r} to {target!r}.{meant}")
    events = journey.log.events.filter(_.activity == source, _.next_activity == target)
    return events.select("case_id", "at", "next_at", wait=_.next_at - _.at)


@dataclass(frozen=True, slots=True)
class _Spectrum:
    """`quartiles` of the wait in µs; `leaving` and `arriving` count per part of the period."""

    n: int
    first: float
    last: float
    quartiles: Sequence[float]
    leaving: Sequence[int]
    arriving: Sequence[int]
    lines: Sequence[Any]
    style: Style

    @classmethod
    def of(cls, journey: Journey, source: str, target: str, style: Style) -> _Spectrum:
        """Two questions to the engine, and one for the lines."""
        engine, steps = journey.log.engine, _steps(journey, source, target)
        span = engine.row(
            steps.aggregate(
                n=_.count(),
                first=_.at.min(),
                last=_.next_at.max(),
                quartiles=_.wait.quantile([0.25, 0.5, 0.75]),
            )
        )
        leaving, arriving = (_counted(journey, steps[end], span) for end in ("at", "next_at"))
        lines = sorted(
            engine.rows(_thinned(steps, span.n)), key=lambda r: (r.wait, r.at, r.next_at)
        )
        return cls(
            span.n, span.first, span.last, list(span.quartiles), leaving, arriving, lines, style
        )

    def title(self, source: str, target: str) -> str:
        """How long half and the slowest quarter take."""
        lang, (_fast, median, slow) = self.style.lang, map(hours, self.quartiles)
        return phrase(
            "spectrum_title",
            lang,
            source=source,
            target=target,
            median=words.duration(median or 0.0, lang),
            slow=words.duration(slow or 0.0, lang),
            n=words.number(self.n),
        )

    def left_out(self) -> str:
        """That only some lines are drawn, if so."""
        if len(self.lines) == self.n:
            return ""
        shown, n = words.number(len(self.lines)), words.number(self.n)
        return phrase("spectrum_thinned", self.style.lang, shown=shown, n=n)

    def keys(self) -> list[Key]:
        """The quarters with their limits."""
        lang = self.style.lang
        limits = [words.duration(hours(q) or 0.0, lang) for q in self.quartiles]
        ranges = (f"≤ {limits[0]}", f"≤ {limits[1]}", f"≤ {limits[2]}", f"> {limits[2]}")
        return [self._key(n, told) for n, told in enumerate(ranges)]

    def _key(self, n: int, told: str) -> Key:
        def sample(area: Rect) -> str:
            y = area.middle[1]
            line = ((area.x + 3, y), (area.right - 3, y))
            return marks.strokes([line], self.style.theme.quarter(n), 2.6)

        return Key(sample, phrase(f"quarter_{n}", self.style.lang, limit=told))

    def paint(self, area: Rect, source: str, target: str) -> Iterable[str]:
        """Bars of leaving, the lines between the two activities, bars of arriving."""
        scale = Scale(self.first, max(self.last, self.first + 1), area.x, area.right)
        field = Rect(area.x, area.y + _BARS + _NAME, area.w, _FIELD)
        below = Rect(area.x, field.bottom + _NAME + _TICK, area.w, _BARS)
        yield from self._bars(Rect(area.x, area.y, area.w, _BARS), self.leaving, "leaving")
        yield from self._bars(below, self.arriving, "arriving")
        yield from self._calendar(field, scale)
        for n in range(4):
            drawn = [r for r in self.lines if self._quarter(r.wait) == n]
            ends = (((scale.at(r.at), field.y), (scale.at(r.next_at), field.bottom)) for r in drawn)
            thick = 0.8 if len(self.lines) > 400 else 1.2
            yield marks.strokes(ends, self.style.theme.quarter(n), thick, _OPACITY[n])
        yield from self._ends(field, source, target)

    def _quarter(self, wait: float) -> int:
        return sum(wait > limit for limit in self.quartiles)

    def _bars(self, area: Rect, counts: Sequence[int], key: str) -> Iterable[str]:
        theme, lang, most, step = self.style.theme, self.style.lang, max(counts), area.w / PARTS
        part = words.duration((hours(self.last - self.first) or 0.0) / PARTS, lang)
        told = phrase(f"spectrum_{key}", lang, part=part, most=words.number(most))
        yield text(told, area.x, area.y + 6, SMALL, theme.muted)
        for n, count in enumerate(counts):
            high = (area.h - 14) * count / most
            if count:
                bar = Rect(area.x + step * n + 0.5, area.bottom - high, step - 1, high)
                yield rect(bar, fill=theme.pace_1)
        yield marks.strokes([((area.x, area.bottom), (area.right, area.bottom))], theme.border)

    def _calendar(self, field: Rect, scale: Scale) -> Iterable[str]:
        theme, edge = self.style.theme, field.x
        ticks = [(scale.at(at), name) for at, name in days(self.first, self.last)]
        lines = (((x, field.y), (x, field.bottom)) for x, _name in ticks)
        yield marks.strokes(lines, theme.grid)
        for x, name in ticks:
            half = width(name, SMALL) / 2
            if x - half > edge and x + half < field.right:
                y = field.bottom + 17
                yield text(name, x, y, SMALL, theme.muted, anchor="middle")
                edge = x + half + 8

    def _ends(self, field: Rect, source: str, target: str) -> Iterable[str]:
        theme = self.style.theme
        ends = ((field.y, field.y - 8, source), (field.bottom, field.bottom + 36, target))
        for y, words_y, name in ends:
            yield marks.strokes([((field.x, y), (field.right, y))], theme.ink, 1.6)
            told = shorten(name, HEAD, field.w, bold=True)
            yield text(told, field.x, words_y, HEAD, theme.ink, bold=True)


def _counted(journey: Journey, moment: ir.IntegerColumn, span: Any) -> list[int]:
    """How many of these moments lie in each part of the period."""
    part = max((span.last - span.first) / PARTS, 1)
    place = ((moment - span.first) / part).floor().cast("int64").clip(upper=PARTS - 1)
    counted = place.name("part").as_table().group_by("part").aggregate(n=_.count())
    counts = [0] * PARTS
    for row in journey.log.engine.rows(counted):
        counts[row.part] = row.n
    return counts


def _thinned(steps: ir.Table, n: int) -> ir.Table:
    """Every k-th step in the order of leaving, so that at most `LINES` are left."""
    if n <= LINES:
        return steps
    order = ibis.window(order_by=["at", "case_id", "next_at"])
    numbered = steps.mutate(number=ibis.row_number().over(order))
    return numbered.filter(_.number % -(-n // LINES) == 0)
