"""Figures, shares and times as every text writes them."""

from __future__ import annotations

from journeylib.terms import Clock, Span, Text, say


def figure(value: float, digits: int = 1) -> str:
    """A number with so many decimals at most, and none that is 0.

    >>> figure(2.0), figure(1234.56), figure(0.04)
    ('2', '1,234.6', '0')
    """
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(share: float) -> str:
    """A share as per cent.

    >>> percent(0.8), percent(0.155)
    ('80 %', '15.5 %')
    """
    return f"{figure(share * 100)} %"


def so_many(n: int, noun: str) -> str:
    """So many of them, in English, as texts for programs are.

    >>> so_many(1, "card"), so_many(2, "box")
    ('1 card', '2 boxes')
    """
    plural = "es" if noun.endswith("x") else "s"
    return f"{n} {noun}" + ("" if n == 1 else plural)


def time(figures: str, unit: str) -> Text:
    """So many seconds, minutes, hours or days.

    >>> time("1.5", "h").en, time("90", "d").zh
    ('1.5 h', '90 天')
    """
    return say(f"time_unit.{unit}", n=figures)


def span_text(span: Span) -> Text:
    """A span in words, with its clock where that is not the calendar's.

    >>> span_text(Span.parse("2d working")).en
    '2 d of working time'
    """
    words = time(f"{span.value:.6f}".rstrip("0").rstrip("."), span.unit)
    return words if span.clock is Clock.CALENDAR else say("time_unit.working", span=words)
