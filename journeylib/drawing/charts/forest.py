"""Findings as a forest plot: how far each lies from what it is held against, and how surely."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from journeylib.drawing import words
from journeylib.drawing.charts import marks
from journeylib.drawing.charts.chart import Chart
from journeylib.drawing.charts.scale import RATIOS, LogScale, legible, log_scale
from journeylib.drawing.charts.sheet import HEAD, SMALL, TEXT, Key, Plot, Style, beside, finished
from journeylib.drawing.charts.telling import interval, phrase, population, source
from journeylib.drawing.geometry import Point, Rect
from journeylib.drawing.measure import shorten
from journeylib.drawing.svg import text
from journeylib.findings.claim import Kind
from journeylib.findings.finding import Confidence, Finding, Findings
from journeylib.journey import Journey
from journeylib.terms import Lang, say

MOST = 24
_ROW, _HEAD, _GROUP = 36.0, 44.0, 34.0
_AXIS, _LENGTH, _FIGURES, _SURE = 356.0, 400.0, 786.0, 1010.0
_KINDS: tuple[Kind, ...] = ("breakpoint", "silo", "touchpoint")
_SURETIES: tuple[Confidence, ...] = ("proven", "suggestive", "too_few")


def forest(
    findings: Findings,
    journey: Journey | None = None,
    *,
    lang: Lang = "zh",
    theme: str = "light",
) -> Chart:
    """Estimate ÷ reference of each finding with its 95 % interval, on a logarithmic axis.

    The upright line at 1 is the tolerance, or the reference that the finding is held against; a
    finding to the right of it exceeds it. Shape tells how sure it is (square: proven, diamond:
    suggestive, circle: too few cases), colour and group the kind. Real figures stand beside it. A
    fact without a reference has no mark. The first `MOST` in ranked order are shown. With the
    `journey` they come from, the footer names population and source too.
    """
    style = Style.of(lang, theme)
    painter = _Forest(findings.items[:MOST], style)
    plot = Plot(
        name="forest",
        title=_title(findings, lang),
        subtitle=phrase(
            "forest_tested", lang, n=words.number(findings.tested), q=f"{findings.fdr:g}"
        ),
        told=f"{len(painter.shown)} of {len(findings)} findings",
        height=painter.height,
        paint=painter.paint,
        keys=painter.keys(),
        footer=tuple(_left_out(findings, journey, lang)),
    )
    return finished(plot, style)


def _title(findings: Findings, lang: Lang) -> str:
    if not len(findings):
        return phrase("forest_none", lang)
    proven = findings.proven
    counts = {"breakpoints": len(proven.breakpoints), "silos": len(proven.silos)}
    return phrase("forest_title", lang, **counts, n=len(findings))


def _left_out(findings: Findings, journey: Journey | None, lang: Lang) -> Iterator[str]:
    if len(findings) > MOST:
        yield phrase("forest_hidden", lang, n=len(findings) - MOST)
    yield phrase("forest_association", lang)
    if journey is not None:
        yield population(journey, lang)
        yield from source(journey, lang)


@dataclass(frozen=True, slots=True)
class _Forest:
    shown: Sequence[Finding]
    style: Style

    @property
    def groups(self) -> list[tuple[Kind, list[Finding]]]:
        """Findings by kind, ranked order kept."""
        by_kind = ((kind, [f for f in self.shown if f.kind == kind]) for kind in _KINDS)
        return [(kind, group) for kind, group in by_kind if group]

    @property
    def height(self) -> float:
        """Of the middle."""
        return _HEAD + _GROUP * len(self.groups) + _ROW * len(self.shown)

    def paint(self, area: Rect) -> Iterable[str]:
        """A row a finding, under the heading of its kind."""
        left = area.x + _AXIS
        scale = log_scale([0.5, 2.0, *self._ratios()], RATIOS, left, left + _LENGTH)
        yield from self._axis(area, scale)
        top = area.y + _HEAD
        for kind, group in self.groups:
            head = say(f"drawing.{kind}").in_(self.style.lang)
            colour = self._colour(kind)
            yield text(head, area.x, top + 22, HEAD, colour, bold=True)
            top += _GROUP
            for finding in group:
                yield from self._row(finding, scale, area.x, top)
                top += _ROW

    def _ratios(self) -> Iterator[float]:
        for finding in self.shown:
            yield from (r for r in _ratio(finding) if r is not None)

    def _axis(self, area: Rect, scale: LogScale) -> Iterable[str]:
        theme, lang, top = self.style.theme, self.style.lang, area.y + _HEAD - 6
        ticks = list(legible(RATIOS, scale, lambda r: f"{r:g}×", SMALL))
        yield marks.strokes((((x, top), (x, area.bottom)) for x, _name in ticks), theme.grid)
        one = scale.at(1.0)
        yield marks.strokes([((one, top), (one, area.bottom))], theme.ink, 1.4)
        for x, name in ticks:
            yield text(name, x, top - 6, SMALL, theme.muted, anchor="middle")
        middle = (scale.left + scale.right) / 2
        told = phrase("forest_axis", lang)
        yield text(told, middle, area.y + 12, HEAD, theme.ink, anchor="middle", bold=True)
        for x, key in ((_FIGURES, "figures"), (_SURE, "sure")):
            told = phrase(f"forest_{key}", lang)
            yield text(told, area.x + x, area.y + 12, HEAD, theme.ink, bold=True)

    def _row(self, finding: Finding, scale: LogScale, left: float, top: float) -> Iterable[str]:
        theme, lang, middle = self.style.theme, self.style.lang, top + _ROW / 2
        yield from beside(finding.title.in_(lang), left, middle, _AXIS - 24, theme.ink)
        yield from self._mark(finding, scale, middle)
        figures, against = self._figures(finding)
        yield text(shorten(figures, TEXT, 216), left + _FIGURES, middle - 2, TEXT, theme.ink)
        yield text(shorten(against, SMALL, 216), left + _FIGURES, middle + 13, SMALL, theme.muted)
        sure = say(f"drawing.{finding.confidence}").in_(lang)
        yield text(sure, left + _SURE, middle + 4, TEXT, theme.ink)

    def _mark(self, finding: Finding, scale: LogScale, y: float) -> Iterable[str]:
        estimate, low, high = _ratio(finding)
        if estimate is None:
            return
        colour = self._colour(finding.kind)
        if low is not None and high is not None:
            yield marks.whisker(scale.at(low), scale.at(high), y, colour)
        yield self._shape(finding.confidence, (scale.at(estimate), y), colour)

    def _shape(self, confidence: Confidence, at: Point, colour: str) -> str:
        page = self.style.theme.page
        if confidence == "proven":
            return marks.square(at, 5, colour)
        if confidence == "suggestive":
            return marks.diamond(at, 7, page, colour)
        return marks.dot(at, 5, page, colour)

    def _figures(self, finding: Finding) -> tuple[str, str]:
        lang, unit = self.style.lang, finding.unit
        if finding.estimate is None:
            told = phrase("unknown", lang)
        else:
            around = interval(finding.ci_low, finding.ci_high, unit, lang)
            told = f"{words.amount(finding.estimate, unit, lang)} {around}".rstrip()
        n = phrase("n", lang, n=words.number(finding.n))
        if finding.comparator is None:
            return told, f"{phrase('forest_no_reference', lang)} · {n}"
        reference = words.amount(finding.comparator, unit, lang)
        return told, f"{say('drawing.reference', value=reference).in_(lang)} · {n}"

    def _colour(self, kind: Kind) -> str:
        theme = self.style.theme
        return {"breakpoint": theme.breakpoint, "silo": theme.silo}.get(kind, theme.reported)

    def keys(self) -> list[Key]:
        """The shapes that occur, and the line of reference."""
        sure = {finding.confidence for finding in self.shown}
        shapes = [self._key(confidence) for confidence in _SURETIES if confidence in sure]
        return [*shapes, Key(self._upright, phrase("key_reference", self.style.lang))]

    def _upright(self, area: Rect) -> str:
        x = area.middle[0]
        return marks.strokes([((x, area.y + 1), (x, area.bottom - 1))], self.style.theme.ink, 1.4)

    def _key(self, confidence: Confidence) -> Key:
        def sample(area: Rect) -> str:
            return self._shape(confidence, area.middle, self.style.theme.muted)

        return Key(sample, say(f"drawing.{confidence}").in_(self.style.lang))


def _ratio(finding: Finding) -> tuple[float | None, float | None, float | None]:
    """Estimate and interval divided by what they are held against."""
    if finding.estimate is None or not finding.comparator:
        return None, None, None
    low, high = (
        None if end is None else end / finding.comparator
        for end in (finding.ci_low, finding.ci_high)
    )
    return finding.estimate / finding.comparator, low, high
