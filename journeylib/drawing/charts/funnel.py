"""The funnel: how many reach each stage, how many go on from it, and how long they stay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from journeylib.drawing import words
from journeylib.drawing.charts import marks
from journeylib.drawing.charts.chart import Chart
from journeylib.drawing.charts.scale import HOURS, Scale, legible, log_scale
from journeylib.drawing.charts.sheet import HEAD, SMALL, TEXT, Key, Plot, Style, finished
from journeylib.drawing.charts.telling import (
    interval,
    measured,
    phrase,
    population,
    sample_of,
    source,
    unknown,
)
from journeylib.drawing.geometry import Rect
from journeylib.drawing.measure import shorten
from journeylib.drawing.svg import polygon, rect, text
from journeylib.journey import Journey, StageFacts
from journeylib.lifecycle import UNMAPPED
from journeylib.terms import Fact, Lang

LEAST = 10
"""A stage with fewer cases is drawn, but the title does not speak of it."""
_ROW, _HEAD, _BAR = 56.0, 52.0, 26.0
_NAME, _BARS, _COUNT = 112.0, 186.0, 112.0
_SHARE, _DWELL = 438.0, 768.0
_AXIS = 140.0


def funnel(journey: Journey, *, lang: Lang = "zh", theme: str = "light") -> Chart:
    """Stages from top to bottom: cases that reach them, share that goes on, time they stay.

    The share is the cumulative incidence of going on (any further stage, or winning), losses
    competing, open cases censored; the stay is the Kaplan–Meier median. Both carry their 95 %
    interval as a whisker, and n. A stage without a value says so. Activities of no stage are left
    out and counted in the footer.
    """
    style = Style.of(lang, theme)
    stages = [stage for stage in journey.stages if stage.id != UNMAPPED]
    if not stages:
        return unknown("funnel", journey, phrase("no_stages", lang), style)
    painter = _Funnel(stages, journey.log.totals.cases, style)
    plot = Plot(
        name="funnel",
        title=_title(stages, journey.log.totals.cases, lang),
        subtitle=population(journey, lang),
        told=f"{len(stages)} stages, {journey.log.totals.cases:,} cases",
        height=_HEAD + _ROW * len(stages),
        paint=painter.paint,
        keys=painter.keys(),
        footer=source(journey, lang, _left_out(journey, lang)),
    )
    return finished(plot, style)


def _title(stages: Sequence[StageFacts], cases: int, lang: Lang) -> str:
    last = max((s for s in stages if s.cases), key=lambda s: s.rank, default=stages[0])
    share = words.share(last.cases / cases)
    reached = {"cases": words.number(cases), "share": share, "last": last.name}
    known = [s for s in stages if s.conversion.value is not None and s.conversion.n >= LEAST]
    if not known:
        return phrase("funnel_reached", lang, **reached)
    weak = min(known, key=lambda s: (s.conversion.value or 0.0, s.rank))
    told = measured(weak.conversion, lang)
    return phrase("funnel_title", lang, **reached, stage=weak.name, conversion=told)


def _left_out(journey: Journey, lang: Lang) -> str:
    rest = sum(stage.events for stage in journey.stages if stage.id == UNMAPPED)
    return phrase("unmapped", lang, n=words.number(rest)) if rest else ""


@dataclass(frozen=True, slots=True)
class _Funnel:
    stages: Sequence[StageFacts]
    cases: int
    style: Style

    def paint(self, area: Rect) -> Iterable[str]:
        yield from self._heads(area)
        shares = Scale(0, 1, area.x + _SHARE, area.x + _SHARE + _AXIS)
        dwell = log_scale(self._hours(), HOURS, area.x + _DWELL, area.x + _DWELL + _AXIS)
        lang = self.style.lang
        shown = [(shares.at(x), f"{x:.0%}") for x in (0.0, 0.5, 1.0)]
        yield from self._axis(area, shown)
        yield from self._axis(
            area, list(legible(HOURS, dwell, lambda h: words.duration(h, lang), SMALL))
        )
        tops = [area.y + _HEAD + _ROW * n for n in range(len(self.stages))]
        yield from self._slopes(area, tops)
        for stage, top in zip(self.stages, tops, strict=True):
            yield from self._reached(stage, area.x, top)
            yield from self._fact(stage.conversion, shares, top)
            yield from self._fact(stage.dwell, dwell, top)

    def _hours(self) -> list[float]:
        facts = [stage.dwell for stage in self.stages]
        return [x for f in facts for x in (f.value, f.ci_low, f.ci_high) if x is not None]

    def _heads(self, area: Rect) -> Iterable[str]:
        heads = ((_NAME, "reached"), (_SHARE, "conversion"), (_DWELL, "dwell"))
        for x, key in heads:
            told = phrase(f"funnel_{key}_head", self.style.lang)
            yield text(told, area.x + x, area.y + 12, HEAD, self.style.theme.ink, bold=True)

    def _axis(self, area: Rect, ticks: Sequence[tuple[float, str]]) -> Iterable[str]:
        top, theme = area.y + _HEAD - 8, self.style.theme
        yield marks.strokes((((x, top), (x, area.bottom)) for x, _ in ticks), theme.grid)
        for x, name in ticks:
            yield text(name, x, top - 6, SMALL, theme.muted, anchor="middle")

    def _length(self, stage: StageFacts) -> float:
        return _BARS * stage.cases / max(self.cases, 1)

    def _slopes(self, area: Rect, tops: Sequence[float]) -> Iterable[str]:
        """From each bar to the next, so that the whole reads as one narrowing stream."""
        left = area.x + _NAME
        for n, top in enumerate(tops[:-1]):
            wide, narrow = self._length(self.stages[n]), self._length(self.stages[n + 1])
            low, high = top + (_ROW + _BAR) / 2, tops[n + 1] + (_ROW - _BAR) / 2
            points = ((left, low), (left + wide, low), (left + narrow, high), (left, high))
            yield polygon(points, fill=self.style.theme.band)

    def _reached(self, stage: StageFacts, left: float, top: float) -> Iterable[str]:
        theme, middle = self.style.theme, top + _ROW / 2
        name = shorten(stage.name.in_(self.style.lang), TEXT + 1, _NAME - 12, bold=True)
        yield text(name, left, middle + 4, TEXT + 1, theme.ink, bold=True)
        bar = Rect(left + _NAME, middle - _BAR / 2, max(self._length(stage), 1.5), _BAR)
        yield rect(bar, radius=2, fill=theme.pace_2)
        x = left + _NAME + _BARS + 12
        count = phrase("cases", self.style.lang, n=words.number(stage.cases))
        yield text(count, x, middle - 2, TEXT, theme.ink)
        share = phrase("of_all", self.style.lang, share=words.share(stage.cases / self.cases))
        yield text(share, x, middle + 14, SMALL, theme.muted)

    def _fact(self, fact: Fact, scale: Scale, top: float) -> Iterable[str]:
        theme, lang, middle, x = self.style.theme, self.style.lang, top + _ROW / 2, scale.right + 14
        if fact.value is None:
            yield text(phrase("unknown", lang), x, middle - 2, TEXT, theme.muted)
            reason = fact.reason.in_(lang) if fact.reason else ""
            yield text(shorten(reason, SMALL, 180), x, middle + 14, SMALL, theme.muted)
            return
        yield marks.whisker_of(fact, scale, middle, theme.ink)
        yield marks.dot((scale.at(fact.value), middle), 4, theme.pace_2)
        value = words.amount(fact.value, fact.unit, lang)
        around = interval(fact.ci_low, fact.ci_high, fact.unit, lang)
        yield text(f"{value} {around}".rstrip(), x, middle - 2, TEXT, theme.ink)
        yield text(shorten(sample_of(fact, lang), SMALL, 180), x, middle + 14, SMALL, theme.muted)

    def keys(self) -> list[Key]:
        """The mark of a value and its interval."""
        return [interval_key(self.style)]


def interval_key(style: Style) -> Key:
    """The legend of a dot with its whisker."""

    def sample(area: Rect) -> str:
        x, y = area.middle
        across = marks.whisker(area.x + 3, area.right - 3, y, style.theme.ink)
        return across + marks.dot((x, y), 4, style.theme.pace_2)

    return Key(sample, phrase("key_interval", style.lang))
