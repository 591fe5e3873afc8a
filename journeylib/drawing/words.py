"""Numbers as people read them, in either language."""

from __future__ import annotations

import math
from datetime import datetime

from journeylib.terms import Lang, counted
from journeylib.wording import figure, time

_HOUR_STEPS = ((1 / 60, "s", 3600.0), (1.5, "min", 60.0), (48.0, "h", 1.0))


def number(n: int) -> str:
    """A count with thousands separators."""
    return f"{n:,}"


def duration(hours: float, lang: Lang) -> str:
    """Hours as seconds, minutes, hours or days, with three figures at most.

    >>> duration(0.75, "en"), duration(55.2, "zh")
    ('45 min', '2.3 天')
    """
    for below, unit, factor in _HOUR_STEPS:
        if abs(hours) < below:
            return time(figures(hours * factor), unit).in_(lang)
    return time(figures(hours / 24), "d").in_(lang)


def figures(value: float) -> str:
    """One decimal below ten, none from there on: more would pretend precision."""
    if abs(value) < 9.95:
        return figure(value)
    return f"{value:,.0f}"


def share(value: float) -> str:
    """A share as a percentage; what is neither none nor all never reads like it.

    >>> share(0.31), share(0.0004), share(0.9999)
    ('31%', '<0.1%', '>99.9%')
    """
    value = 1.0 if math.isclose(value, 1.0) else value
    if 0 < value < 0.001:
        return "<0.1%"
    if 0.999 < value < 1:
        return ">99.9%"
    return f"{value:.1%}" if 0 < value < 0.01 or 0.99 < value < 1 else f"{value:.0%}"


def amount(value: float, unit: str, lang: Lang) -> str:
    """A measured value in its unit: shares as percentages, hours as a duration."""
    if unit == "share":
        return share(value)
    if unit == "h":
        return duration(value, lang)
    return counted(figures(value), unit).in_(lang)


def day(moment: datetime) -> str:
    """The date alone."""
    return f"{moment:%Y-%m-%d}"
