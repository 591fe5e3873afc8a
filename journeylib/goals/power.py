"""How much must be seen before a change shows: cases needed, cases to come, the smallest change."""

from __future__ import annotations

import math
from datetime import date

from journeylib.journey import Journey
from journeylib.spec.parts import Goal
from journeylib.survival import Z95
from journeylib.terms import Fact

Z80 = 0.8416212335729143
"""The normal quantile at 0.8: the power asked for."""


def cases_needed(goal: Goal) -> int | None:
    """Cases to be seen until the change from baseline to target shows with power 0.8 (two-sided 5 %).

    Shares: the usual formula for two proportions. Others: from the interval of the baseline, whose
    spread the later cases are taken to share; None where the baseline itself is too uncertain.

    >>> from journeylib.terms import Text
    >>> base = Fact(0.15, "share", 1000, "m", ci_low=0.13, ci_high=0.17)
    >>> words = Text("转化", "conversion")
    >>> goal = Goal(id="g", name=words, definition=words, better="higher", baseline=base, target=0.2)
    >>> cases_needed(goal)
    906
    """
    fact, target = goal.baseline, goal.target
    if fact.value is None or target is None or target == fact.value:
        return None
    if fact.unit == "share" and 0 < target < 1 and 0 < fact.value < 1:
        return _proportions(fact.value, target)
    error = standard_error(fact)
    if error is None or not fact.n:
        return None
    ratio = ((target - fact.value) / ((Z95 + Z80) * error)) ** 2 if error else math.inf
    return math.ceil(fact.n / (ratio - 1)) if ratio > 1 else None


def _proportions(first: float, second: float) -> int:
    mean = (first + second) / 2
    under_null = Z95 * math.sqrt(2 * mean * (1 - mean))
    under_change = Z80 * math.sqrt(first * (1 - first) + second * (1 - second))
    return math.ceil(((under_null + under_change) / (second - first)) ** 2)


def cases_expected(goal: Goal, journey: Journey, today: date | None = None) -> int | None:
    """Cases to come by the due date, at the rate of the log; None without a date or a baseline."""
    totals = journey.log.totals
    past = (totals.last - totals.first).days
    if goal.due is None or not goal.baseline.n or past <= 0:
        return None
    ahead = (goal.due - (today or totals.last.date())).days
    return max(0, math.floor(goal.baseline.n * ahead / past))


def smallest_change(fact: Fact, expected: int) -> float | None:
    """The smallest change that shows with power 0.8 when `expected` further cases are seen."""
    error = standard_error(fact)
    if error is None or expected <= 0:
        return None
    return (Z95 + Z80) * error * math.sqrt(1 + fact.n / expected)


def standard_error(fact: Fact) -> float | None:
    """Of a fact, from its 95 % interval."""
    if fact.ci_low is None or fact.ci_high is None:
        return None
    return (fact.ci_high - fact.ci_low) / (2 * Z95)
