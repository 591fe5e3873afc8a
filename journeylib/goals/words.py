"""Figures, facts and measures as people read them, in both languages."""

from __future__ import annotations

from journeylib import wording
from journeylib.terms import Clock, Fact, Text, say


def figure(value: float | None, unit: str, like: float | None = None) -> Text:
    """A value in its unit, a duration in the one that suits `like`; a dash where there is none.

    >>> figure(36.0, "h").en, figure(2160.0, "h").zh, figure(0.2, "share").en
    ('36 h', '90 天', '20 %')
    """
    if value is None:
        return Text.same("–")
    if unit == "share":
        return Text.same(wording.percent(value))
    name, number = _scaled(value, unit, value if like is None else like)
    return wording.time(number, name) if unit == "h" else say(f"goal.unit_{name}", n=number)


def _scaled(value: float, unit: str, like: float) -> tuple[str, str]:
    """Name of the unit people would use, and the value in it."""
    if unit == "h":
        days = abs(like) >= 48
        return ("d" if days else "h"), wording.figure(value / (24 if days else 1))
    number = f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
    return unit.replace("/", "_"), number


def _bare(value: float | None, unit: str, like: float) -> str:
    """The number alone, in the unit of `like`."""
    if value is None:
        return "–"
    return wording.percent(value) if unit == "share" else _scaled(value, unit, like)[1]


def fact_words(fact: Fact) -> Text:
    """A fact with interval and n; or the reason why there is none.

    >>> fact_words(Fact(2160.0, "h", 40, "m", ci_low=1920.0, ci_high=2400.0)).en
    '90 d (80 to 100, n=40)'
    """
    if fact.value is None:
        return say("goal.unknown", reason=fact.reason or fact.method)
    value = figure(fact.value, fact.unit)
    clock = say("goal.working") if fact.clock is Clock.WORKING else Text("", "")
    if fact.ci_low is None and fact.ci_high is None:
        return say("goal.fact_plain", value=value, clock=clock, n=f"{fact.n:,}")
    low, high = (_bare(end, fact.unit, fact.value) for end in (fact.ci_low, fact.ci_high))
    return say("goal.fact", value=value, low=low, high=high, clock=clock, n=f"{fact.n:,}")
