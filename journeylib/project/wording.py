"""Numbers and reasons as people read them, for the documents of a project."""

from __future__ import annotations

from collections.abc import Iterable

from journeylib.terms import LANGS, Fact, Lang, Text, say
from journeylib.wording import figure, percent, time


def told(key: str, lang: Lang, **values: object) -> str:
    """The words of the project catalogue."""
    return say(f"project.{key}", **values).in_(lang)


def number(value: float | None, unit: str) -> Text:
    """A value in its unit: shares as per cent, hours in days from two days on.

    >>> number(0.125, "share").en, number(72, "h").zh, number(1234.5, "").en
    ('12.5 %', '3 天', '1,234')
    """
    if value is None:
        return say("project.unknown")
    if unit == "share":
        return Text.same(percent(value))
    if unit == "h":
        span, name = (value, "h") if abs(value) < 48 else (value / 24, "d")
        return time(figure(span, 1 if abs(span) < 1_000 else 0), name)
    return Text.same(figure(value, 1 if abs(value) < 100 else 0))


def measured(
    value: float | None, unit: str, n: int | None, low: float | None, high: float | None
) -> Text:
    """A value with its 95 % interval and n.

    >>> measured(0.4, "share", 120, 0.3, 0.5).en
    '40 % (95 % interval 30 %–50 %, n=120)'
    """
    inside = [] if low is None or high is None else [interval(low, high, unit)]
    inside += [] if n is None else [Text.same(f"n={n:,}")]
    if not inside:
        return number(value, unit)
    return say("project.with_certainty", value=number(value, unit), certainty=joined(inside))


def interval(low: float, high: float, unit: str) -> Text:
    """A 95 % interval in words."""
    return say("project.interval", low=number(low, unit), high=number(high, unit))


def fact(known: Fact) -> Text:
    """A fact with interval and n; or that it is unknown, and why."""
    if known.value is None:
        reason = known.reason or Text.same(known.method)
        return say("project.unknown_because", reason=without_stop(reason))
    return measured(known.value, known.unit, known.n, known.ci_low, known.ci_high)


def without_stop(text: Text) -> Text:
    """A sentence that goes on."""
    return Text(*(text.in_(lang).rstrip("。.") for lang in LANGS))


def joined(parts: Iterable[Text], by: str = "comma") -> Text:
    """Several texts as one, with the mark of the language between them."""
    listed, mark = list(parts), say(f"project.{by}")
    return Text(*(mark.in_(lang).join(part.in_(lang) for part in listed) for lang in LANGS))


def names(words: Iterable[str]) -> Text:
    """Names from the log in a row."""
    return joined((Text.same(word) for word in words), "list_mark")
