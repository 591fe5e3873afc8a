"""Where waiting time goes: median and 90th percentile of the steps that take most of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import ibis
from ibis import _

from journeylib import survival
from journeylib.drawing import words
from journeylib.drawing.charts import marks
from journeylib.drawing.charts.chart import Chart
from journeylib.drawing.charts.scale import HOURS, LogScale, legible, log_scale
from journeylib.drawing.charts.sheet import HEAD, SMALL, TEXT, Key, Plot, Style, beside, finished
from journeylib.drawing.charts.telling import interval, phrase, population, source, unknown
from journeylib.drawing.geometry import Rect
from journeylib.drawing.svg import rect, text
from journeylib.journey import Journey, Move
from journeylib.terms import Fact, Lang

MOVES = 15
_ROW, _HEAD = 33.0, 44.0
_NAME, _AXIS, _TOLD, _SHARE = 290.0, 420.0, 748.0, 990.0


def waits(journey: Journey, *, lang: Lang = "zh", theme: str = "light") -> Chart:
    """The steps that take the most time in all: median (dot), 90th percentile (ring), share of time.

    The median carries its 95 % interval (Woodruff 1952). The axis is logarithmic. Total time is
    count × mean wait; with completion times only, a wait contains the service that follows it.
    """
    style = Style.of(lang, theme)
    timed = [move for move in journey.moves if move.wait.mean]
    if not timed:
        return unknown("waits", journey, phrase("no_waits", lang), style)
    timed.sort(key=lambda move: (-_total(move), move.source, move.target))
    shown = timed[:MOVES]
    painter = _Waits(shown, _medians(journey, shown), sum(map(_total, timed)), style)
    hidden = len(journey.moves) - len(shown)
    plot = Plot(
        name="waits",
        title=painter.title(),
        subtitle=population(journey, lang),
        told=f"{len(shown)} of {len(journey.moves):,} steps",
        height=_HEAD + _ROW * len(shown),
        paint=painter.paint,
        keys=painter.keys(),
        footer=source(journey, lang, phrase("waits_hidden", lang, n=words.number(hidden))),
    )
    return finished(plot, style)


def _total(move: Move) -> float:
    return move.count * (move.wait.mean or 0.0)


def _medians(journey: Journey, shown: Sequence[Move]) -> Mapping[tuple[str, str], Fact]:
    by = ("activity", "next_activity")
    pairs = [(_.activity == m.source) & (_.next_activity == m.target) for m in shown]
    steps = journey.log.events.filter(ibis.or_(*pairs)).select(*by, duration=_.next_at - _.at)
    found = survival.medians(journey.log.engine, steps, by)
    return {(str(pair[0]), str(pair[1])): fact for pair, fact in found.items()}


@dataclass(frozen=True, slots=True)
class _Waits:
    moves: Sequence[Move]
    medians: Mapping[tuple[str, str], Fact]
    total: float
    style: Style

    def title(self) -> str:
        """What the first takes of all, and how many make half."""
        first, lang = self.moves[0], self.style.lang
        shares = [_total(move) / self.total for move in self.moves]
        half = next((n for n in range(1, len(shares) + 1) if sum(shares[:n]) >= 0.5), None)
        told = {"source": first.source, "target": first.target, "share": words.share(shares[0])}
        if half is None or half == 1:
            return phrase("waits_first", lang, **told)
        return phrase("waits_title", lang, **told, n=half)

    def keys(self) -> list[Key]:
        """What dot, bar and ring mean."""
        theme, lang = self.style.theme, self.style.lang

        def median(area: Rect) -> str:
            across = marks.whisker(area.x + 3, area.right - 3, area.middle[1], theme.ink)
            return across + marks.dot(area.middle, 4, theme.pace_3)

        def p90(area: Rect) -> str:
            return marks.dot(area.middle, 5, theme.page, theme.quarter_2)

        return [
            Key(median, phrase("key_median", lang)),
            Key(p90, phrase("key_p90", lang)),
        ]

    def paint(self, area: Rect) -> Iterable[str]:
        """A dumbbell a step."""
        theme, lang = self.style.theme, self.style.lang
        told = [x for move in self.moves for x in (move.wait.median, move.wait.p90)]
        left = area.x + _NAME
        scale = log_scale((x for x in told if x), HOURS, left, left + _AXIS)
        heads = ((0.0, "step"), (_TOLD, "figures"), (_SHARE, "share"))
        for x, key in heads:
            head = phrase(f"waits_{key}", lang)
            yield text(head, area.x + x, area.y + 26, HEAD, theme.ink, bold=True)
        ticks = list(legible(HOURS, scale, lambda h: words.duration(h, lang), SMALL))
        top = area.y + _HEAD - 8
        yield marks.strokes((((x, top), (x, area.bottom)) for x, _name in ticks), theme.grid)
        for x, name in ticks:
            yield text(name, x, top - 8, SMALL, theme.muted, anchor="middle")
        for n, move in enumerate(self.moves):
            yield from self._row(move, scale, area.x, area.y + _HEAD + _ROW * n)

    def _row(self, move: Move, scale: LogScale, left: float, top: float) -> Iterable[str]:
        theme, lang, middle = self.style.theme, self.style.lang, top + _ROW / 2
        yield from beside(f"{move.source} → {move.target}", left, middle, _NAME - 30, theme.ink)
        fact = self.medians[move.source, move.target]
        median, p90 = move.wait.median or 0.0, move.wait.p90 or 0.0
        ends = ((scale.at(median), middle), (scale.at(p90), middle))
        yield marks.strokes([ends], theme.pace_0, 4.0)
        yield marks.whisker_of(fact, scale, middle, theme.ink)
        yield marks.dot(ends[1], 5, theme.page, theme.quarter_2)
        yield marks.dot(ends[0], 4, theme.pace_3)
        around = interval(fact.ci_low, fact.ci_high, "h", lang)
        value = f"{words.duration(median, lang)} {around or phrase('no_interval', lang)}"
        yield text(value, left + _TOLD, middle - 2, TEXT, theme.ink)
        rest = f"{phrase('p90', lang, value=words.duration(p90, lang))} · "
        rest += phrase("n", lang, n=words.number(move.count))
        yield text(rest, left + _TOLD, middle + 12, SMALL, theme.muted)
        yield from self._of_all(_total(move) / self.total, left + _SHARE, middle)

    def _of_all(self, share: float, left: float, middle: float) -> Iterable[str]:
        theme, most = self.style.theme, _total(self.moves[0]) / self.total
        yield rect(Rect(left, middle - 6, max(64 * share / most, 1.5), 12), fill=theme.pace_1)
        yield text(words.share(share), left + 72, middle + 4, TEXT, theme.ink)
