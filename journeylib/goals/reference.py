"""What classes of past cases achieved: the outside view on a target (Kahneman & Tversky 1979)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from journeylib.goals.cohorts import classes
from journeylib.goals.measures import is_by_case, measured
from journeylib.goals.power import standard_error
from journeylib.journey import Journey
from journeylib.spec.parts import Goal, ReferenceClass
from journeylib.terms import Fact

LEAST = 30
"""Fewer cases make no class to compare with."""

MOSTLY = 0.5
"""A class of which more than this is open tells no share yet."""


@dataclass(frozen=True, slots=True)
class References:
    """The classes large enough, and the names of those that are not."""

    classes: tuple[ReferenceClass, ...]
    too_small: tuple[str, ...]


def references(goal: Goal, journey: Journey) -> References:
    """Quarters of arrival, segments, first channels and teams against the target of `goal`."""
    if goal.measure is None or goal.target is None or not is_by_case(goal.measure):
        return References((), ())
    found: list[ReferenceClass] = []
    small: list[str] = []
    for kind, groups in classes(journey).items():
        facts = measured(journey, goal.measure, goal.of, groups, None)
        large = {
            name: f for name, f in sorted(facts.items()) if f.n >= LEAST and f.value is not None
        }
        small += [str(name) for name in sorted(facts) if name not in large]
        if len(large) > 1:
            found += _against(goal, kind, large)
    return References(tuple(found), tuple(small))


def _is_telling(fact: Fact) -> bool:
    """Cases enough, and of a share most of them closed: young classes show the quick cases only."""
    if fact.value is None or fact.n < LEAST:
        return False
    # The n of a win rate is the closed cases alone.
    cases = fact.n + (fact.censored or 0) if fact.method == "won_of_closed_wilson" else fact.n
    return fact.unit != "share" or (fact.censored or 0) <= MOSTLY * cases


def _against(goal: Goal, kind: str, facts: Mapping[str, Fact]) -> list[ReferenceClass]:
    return [
        ReferenceClass(
            kind=kind,
            name=name,
            value=float(fact.value or 0.0),
            shrunk=value,
            n=fact.n,
            ci_low=fact.ci_low,
            ci_high=fact.ci_high,
            reaches=meets(value, goal),
        )
        for (name, fact), value in zip(facts.items(), shrunken(list(facts.values())), strict=True)
    ]


def meets(value: float, goal: Goal) -> bool:
    """Whether `value` is as good as the target."""
    assert goal.target is not None
    return value >= goal.target if goal.better == "higher" else value <= goal.target


def shrunken(facts: Sequence[Fact]) -> list[float]:
    """Empirical Bayes: each value drawn to the precision-weighted mean by its share of the noise.

    The spread between classes is estimated by moments (DerSimonian & Laird 1986). A value without an
    interval has no known noise and goes all the way.

    >>> shrunken([Fact(v, "h", 99, "m", ci_low=v - 8, ci_high=v + 8) for v in (10.0, 10.0, 13.0)])
    [11.0, 11.0, 11.0]
    """
    values = [float(fact.value or 0.0) for fact in facts]
    errors = [standard_error(fact) for fact in facts]
    weights = [1 / e**2 if e else 0.0 for e in errors]
    total = sum(weights)
    if not total:
        return [sum(values) / len(values)] * len(values)
    mean = sum(w * v for w, v in zip(weights, values, strict=True)) / total
    between = _between(values, weights, mean)
    return [
        round(mean + (v - mean) * (between / (between + e**2) if e else 0.0), 9)
        for v, e in zip(values, errors, strict=True)
    ]


def _between(values: Sequence[float], weights: Sequence[float], mean: float) -> float:
    """The variance between classes beyond what noise explains."""
    total = sum(weights)
    spread = sum(w * (v - mean) ** 2 for w, v in zip(weights, values, strict=True))
    scale = total - sum(w * w for w in weights) / total
    known = sum(w > 0 for w in weights)
    return max(0.0, (spread - (known - 1)) / scale) if scale > 0 else 0.0
