"""The experience curve: what customers said, what behaviour suggests, what the workshop voted."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from journeylib.drawing import words
from journeylib.drawing.charts import marks
from journeylib.drawing.charts.chart import Chart
from journeylib.drawing.charts.nouns import Curve, Point
from journeylib.drawing.charts.scale import Scale
from journeylib.drawing.charts.sheet import (
    HEAD,
    INNER,
    SMALL,
    TEXT,
    Key,
    Plot,
    Style,
    beside,
    finished,
)
from journeylib.drawing.charts.telling import phrase, population, source
from journeylib.drawing.geometry import Point as At
from journeylib.drawing.geometry import Rect, dashes
from journeylib.drawing.measure import shorten
from journeylib.drawing.svg import rect, text
from journeylib.drawing.theme import Theme
from journeylib.journey import Journey
from journeylib.lifecycle import UNMAPPED
from journeylib.terms import Fact, Lang, Text

Layer = Literal["reported", "proxy", "votes"]
_NAME, _HEAD, _FIELD, _ROW = 128.0, 34.0, 250.0, 48.0
_STEPS = 14


def experience(curve: Curve, journey: Journey, *, lang: Lang = "zh", theme: str = "light") -> Chart:
    """Level from −1 to 1 by stage, in layers that are never averaged.

    Solid, with interval: reported, a line per instrument. Dashed: behavioural proxy. Dotted: votes.
    A ring marks the peak of a line (farthest from neutral), a box its end; memory keeps these
    (Kahneman et al. 1993). Below, each layer in figures with n; a cell without enough data is open
    and says so, and the line is broken there.
    """
    style = Style.of(lang, theme)
    stages = {s.id: s.name for s in journey.stages if s.id != UNMAPPED}
    picture = _Picture(_lines(curve, lang), stages, style)
    plot = Plot(
        name="experience",
        title=picture.title(curve.reported is None),
        subtitle=population(journey, lang),
        told=", ".join(f"{line.layer}: {line.known} stages" for line in picture.lines),
        height=_HEAD + _FIELD + 14 + _ROW * len(picture.lines),
        paint=picture.paint,
        keys=picture.keys(),
        footer=source(journey, lang, *_notes(curve, lang)),
    )
    return finished(plot, style)


def _notes(curve: Curve, lang: Lang) -> Iterator[str]:
    if curve.reported is None and curve.reason is not None:
        yield phrase("experience_unreported", lang, reason=curve.reason)
    yield phrase("experience_proxy", lang, formula=curve.proxy.formula)


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the picture: a layer, or one instrument of the reported one."""

    layer: Layer
    name: str
    points: Mapping[str, Fact]
    peak: str | None
    end: str | None

    @property
    def known(self) -> int:
        """Stages with a value."""
        return sum(fact.value is not None for fact in self.points.values())

    def lowest(self) -> str | None:
        """The stage where it is lowest, the first of several."""
        known = [(f.value, stage) for stage, f in self.points.items() if f.value is not None]
        return min(known, key=lambda point: point[0])[1] if known else None


def _lines(curve: Curve, lang: Lang) -> list[_Line]:
    kept = {(m.layer, m.instrument): (m.peak, m.end) for m in curve.marks}

    def line(layer: Layer, instrument: str | None, points: Iterable[Point]) -> _Line:
        name = phrase(f"layer_{layer}", lang)
        if instrument:
            told = {"layer": name, "instrument": instrument.upper()}
            name = phrase("layer_instrument", lang, **told)
        levels = {point.stage: point.level for point in points}
        return _Line(layer, name, levels, *kept.get((layer, instrument), (None, None)))

    answers = curve.reported.stages if curve.reported else ()
    instruments = dict.fromkeys(answer.instrument for answer in answers)
    found = [line("reported", i, (a for a in answers if a.instrument == i)) for i in instruments]
    found.append(line("proxy", None, curve.proxy.stages))
    return [*found, *([line("votes", None, curve.votes)] if curve.votes else [])]


@dataclass(frozen=True, slots=True)
class _Picture:
    lines: Sequence[_Line]
    stages: Mapping[str, Text]
    style: Style

    def title(self, unreported: bool) -> str:  # noqa: FBT001 - one of two sentences
        """Where it is lowest, as customers say and as behaviour suggests."""
        lang = self.style.lang
        lows = [(line, low) for line in self.lines if (low := line.lowest()) in self.stages]
        if not lows:
            return phrase("experience_unknown", lang)
        told = {
            line.layer: {"layer": line.name, "stage": self.stages[low]}
            for line, low in reversed(lows)
            if low is not None
        }
        parts = [
            phrase("experience_low", lang, **told[layer])
            for layer in ("reported", "proxy")
            if layer in told
        ]
        head = [phrase("experience_nobody", lang)] if unreported else []
        return phrase("semicolon", lang).join([*head, *parts])

    # -- the curves ----------------------------------------------------------------------------

    def paint(self, area: Rect) -> Iterable[str]:
        """Stage heads, curves, and the figures below."""
        step = (INNER - _NAME) / max(len(self.stages), 1)
        left = area.x + _NAME
        centres = {stage: left + step * (n + 0.5) for n, stage in enumerate(self.stages)}
        field = Rect(left, area.y + _HEAD, INNER - _NAME, _FIELD)
        yield from self._ground(area, field, centres, step)
        scale = Scale(-1.0, 1.0, field.bottom - 16, field.y + 16)
        for n, line in enumerate(self.lines):
            shift = 9.0 * (n - (len(self.lines) - 1) / 2)
            yield from self._line(line, {s: x + shift for s, x in centres.items()}, scale)
        for n, line in enumerate(self.lines):
            top = field.bottom + 14 + _ROW * n
            yield from self._figures(line, area.x, top, centres, step)

    def _ground(
        self, area: Rect, field: Rect, centres: Mapping[str, float], step: float
    ) -> Iterable[str]:
        theme, lang = self.style.theme, self.style.lang
        yield rect(field, radius=8, fill=theme.panel)
        for n, (stage, x) in enumerate(centres.items()):
            name = shorten(self.stages[stage].in_(lang), HEAD, step - 10, bold=True)
            yield text(name, x, area.y + 18, HEAD, theme.ink, anchor="middle", bold=True)
            if n:
                edge = x - step / 2
                yield marks.strokes([((edge, field.y), (edge, field.bottom))], theme.border)
        neutral = field.middle[1]
        yield marks.strokes([((field.x, neutral), (field.right, neutral))], theme.muted, 0.8)
        for y, key in ((field.y + 16, "best"), (neutral, "neutral"), (field.bottom - 16, "worst")):
            told = phrase(f"experience_{key}", lang)
            yield text(told, field.x - 10, y + 4, SMALL, theme.muted, anchor="end")

    def _line(self, line: _Line, xs: Mapping[str, float], scale: Scale) -> Iterable[str]:
        colour = _colour(line.layer, self.style.theme)
        placed = [
            None if (fact := line.points.get(stage)) is None or fact.value is None
            else (x, scale.at(fact.value))
            for stage, x in xs.items()
        ]  # fmt: skip
        for a, b in itertools.pairwise(placed):
            if a is not None and b is not None:
                yield _joined(line.layer, a, b, colour)
        for stage, at in zip(xs, placed, strict=True):
            if at is not None:
                yield from self._point(line, stage, line.points[stage], at, scale)

    def _point(self, line: _Line, stage: str, fact: Fact, at: At, scale: Scale) -> Iterable[str]:
        theme = self.style.theme
        colour = _colour(line.layer, theme)
        if fact.ci_low is not None and fact.ci_high is not None:
            yield marks.upright(scale.at(fact.ci_high), scale.at(fact.ci_low), at[0], colour)
        if stage == line.peak:
            yield _ring(at, colour)
        if stage == line.end:
            yield _box(at, colour)
        yield _marker(line.layer, at, theme)

    # -- the figures ---------------------------------------------------------------------------

    def _figures(
        self, line: _Line, left: float, top: float, centres: Mapping[str, float], step: float
    ) -> Iterable[str]:
        theme = self.style.theme
        colour = _colour(line.layer, theme)
        yield from beside(line.name, left, top + _ROW / 2, _NAME - 14, colour, bold=True)
        for stage, x in centres.items():
            cell = Rect(x - step / 2 + 3, top + 3, step - 6, _ROW - 6)
            yield from self._cell(line, stage, cell)

    def _cell(self, line: _Line, stage: str, cell: Rect) -> Iterable[str]:
        theme, lang, x = self.style.theme, self.style.lang, cell.middle[0]
        fact = line.points.get(stage)
        if fact is None or fact.value is None:
            yield _open(cell, theme)
            told = phrase("touch_few" if fact is not None and fact.n else "no_data", lang)
            y = cell.middle[1] + 4
            yield text(told, x, y, SMALL, theme.muted, anchor="middle")
            return
        yield rect(cell, radius=4, fill=theme.panel)
        value = _signed(fact.value)
        if fact.ci_low is not None and fact.ci_high is not None:
            value += f" [{_signed(fact.ci_low)}, {_signed(fact.ci_high)}]"
        value = shorten(value, TEXT, cell.w - 8)
        yield text(value, x, cell.y + 18, TEXT, theme.ink, anchor="middle")
        parts = [phrase("n", lang, n=words.number(fact.n))]
        parts += [phrase("peak", lang)] if stage == line.peak else []
        parts += [phrase("end", lang)] if stage == line.end else []
        told = shorten(" · ".join(parts), SMALL, cell.w - 8)
        yield text(told, x, cell.y + 34, SMALL, theme.muted, anchor="middle")

    # -- the legend ----------------------------------------------------------------------------

    def keys(self) -> list[Key]:
        """Layers that occur, then peak and end."""
        lang, theme = self.style.lang, self.style.theme
        layers = dict.fromkeys(line.layer for line in self.lines)
        named = [Key(self._sample(layer), phrase(f"key_{layer}", lang)) for layer in layers]
        if not any(line.peak for line in self.lines):
            return named
        return [
            *named,
            Key(lambda area: _ring(area.middle, theme.muted), phrase("key_peak", lang)),
            Key(lambda area: _box(area.middle, theme.muted), phrase("key_end", lang)),
        ]

    def _sample(self, layer: Layer) -> marks.Painter:
        theme = self.style.theme

        def sample(area: Rect) -> str:
            y, colour = area.middle[1], _colour(layer, theme)
            across = _joined(layer, (area.x + 2, y), (area.right - 2, y), colour)
            return across + _marker(layer, area.middle, theme)

        return sample


def _colour(layer: Layer, theme: Theme) -> str:
    return {"reported": theme.reported, "proxy": theme.proxy, "votes": theme.vote}[layer]


def _joined(layer: Layer, a: At, b: At, colour: str) -> str:
    """From point to point, level at both: a curve that never overshoots what was measured."""
    shares = [n / _STEPS for n in range(_STEPS + 1)]
    bends = [(t, t * t * (3 - 2 * t)) for t in shares]
    points = [(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * s) for t, s in bends]
    if layer == "reported":
        return marks.strokes([points], colour, 2.4)
    dash, gap = (6.0, 4.0) if layer == "proxy" else (2.0, 4.0)
    return marks.strokes(list(dashes(points, dash, gap)), colour, 1.8)


def _marker(layer: Layer, at: At, theme: Theme) -> str:
    colour = _colour(layer, theme)
    if layer == "votes":
        return marks.diamond(at, 6, colour)
    return marks.dot(at, 4.5, colour if layer == "reported" else theme.page, colour)


def _ring(at: At, colour: str) -> str:
    return marks.dot(at, 9.5, "none", colour)


def _box(at: At, colour: str) -> str:
    return marks.square(at, 9.5, "none", colour)


def _open(cell: Rect, theme: Theme) -> str:
    """A cell without data: dashed, and nothing in it."""
    corners = ((cell.x, cell.y), (cell.right, cell.y), (cell.right, cell.bottom))
    outline = (*corners, (cell.x, cell.bottom), (cell.x, cell.y))
    return marks.strokes(list(dashes(outline, 5.0, 4.0)), theme.unknown)


def _signed(level: float) -> str:
    """With its sign: 0 is neutral, not nothing."""
    return f"{level:+.2f}".replace("-", "−")
