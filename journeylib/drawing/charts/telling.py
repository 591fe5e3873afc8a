"""Words that several charts share: measured values, population, source, and what is unknown."""

from __future__ import annotations

from collections.abc import Iterable

from journeylib.drawing import surroundings, words
from journeylib.drawing.charts.chart import Chart
from journeylib.drawing.charts.sheet import TEXT, Plot, Style, finished
from journeylib.drawing.geometry import Rect
from journeylib.drawing.measure import wrap
from journeylib.drawing.svg import rect, text
from journeylib.journey import Journey
from journeylib.terms import Fact, Lang, say


def phrase(key: str, lang: Lang, **values: object) -> str:
    """The text ``chart.<key>`` in `lang`."""
    return say(f"chart.{key}", **values).in_(lang)


def interval(low: float | None, high: float | None, unit: str, lang: Lang) -> str:
    """``[low, high]`` in words; an end that the data do not reach is unknown, no interval is nothing."""
    if low is None and high is None:
        return ""
    ends = (
        phrase("unknown", lang) if end is None else words.amount(end, unit, lang)
        for end in (low, high)
    )
    return f"[{', '.join(ends)}]"


def measured(fact: Fact, lang: Lang) -> str:
    """Value and interval of a fact; the word for unknown where there is no value."""
    if fact.value is None:
        return phrase("unknown", lang)
    value = words.amount(fact.value, fact.unit, lang)
    return f"{value} {interval(fact.ci_low, fact.ci_high, fact.unit, lang)}".rstrip()


def sample_of(fact: Fact, lang: Lang) -> str:
    """How many observations, and how many of them were still open."""
    told = phrase("n", lang, n=words.number(fact.n))
    if not fact.censored:
        return told
    return f"{told} · {phrase('censored', lang, n=words.number(fact.censored))}"


def population(journey: Journey, lang: Lang) -> str:
    """Size, span and clock of the log."""
    return surroundings.subtitle(journey, lang)


def source(journey: Journey, lang: Lang, *left_out: str) -> tuple[str, ...]:
    """What is left out, then where the numbers come from."""
    log = journey.log
    named = say("drawing.footer_source", name=log.source.name, fingerprint=log.fingerprint[:8])
    return (*filter(None, left_out), named.in_(lang))


def unknown(name: str, journey: Journey, reason: str, style: Style) -> Chart:
    """The chart of what cannot be measured: it says so, and why."""
    lang, theme = style.lang, style.theme

    def paint(area: Rect) -> Iterable[str]:
        yield rect(area, radius=8, fill=theme.panel)
        for n, words_ in enumerate(wrap(reason, TEXT, area.w - 40, lines=3)):
            yield text(words_, area.x + 20, area.y + 34 + 18 * n, TEXT, theme.muted)

    plot = Plot(
        name=name,
        title=phrase(f"{name}_unknown", lang),
        subtitle=population(journey, lang),
        told="unknown",
        height=90,
        paint=paint,
        footer=source(journey, lang),
    )
    return finished(plot, style)
