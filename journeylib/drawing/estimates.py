"""Measured values in words with their intervals, and shares of too few that stay unknown."""

from __future__ import annotations

import re

from journeylib.drawing import words
from journeylib.survival import wilson
from journeylib.terms import Fact, Lang, say

LEAST = 10
"""Of fewer nothing is told but their number. Ours, as in ``templates/rules.toml``."""
_TAIL = re.compile(r"(?<=\d)([^\d.,]*)$")


def measured(fact: Fact, lang: Lang) -> str:
    """Value and interval of a fact; the word for unknown where there is no value."""
    if fact.value is None:
        return say("map.unknown").in_(lang)
    return estimated(fact.value, fact.ci_low, fact.ci_high, fact.unit, lang)


def estimated(value: float, low: float | None, high: float | None, unit: str, lang: Lang) -> str:
    """``3 d [2.2, 4.3]``: the unit once where it is the same; an end that is open is unknown."""
    told = words.amount(value, unit, lang)
    if low is None and high is None:
        return told
    ends = [
        say("map.unknown").in_(lang) if end is None else words.amount(end, unit, lang)
        for end in (low, high)
    ]
    tails = {match[1] for one in (told, *ends) if (match := _TAIL.search(one))}
    if len(tails) == 1 and None not in (low, high):
        ends = [_TAIL.sub("", end) for end in ends]
    return f"{told} [{', '.join(ends)}]"


def why(fact: Fact, lang: Lang) -> str:
    """Why a fact has no value."""
    return fact.reason.in_(lang) if fact.reason else say("map.unknown").in_(lang)


def share_of(k: int, n: int) -> Fact:
    """A share with Wilson's interval; of fewer than `LEAST` it is unknown."""
    if n < LEAST:
        return Fact.unknown("share", say("map.few", n=n, least=LEAST), n=n)
    low, high = wilson(k, n)
    return Fact(k / n, "share", n, "wilson", ci_low=low, ci_high=high)
