"""Kaplan–Meier, cumulative incidence and medians against slow, obvious oracles."""

from __future__ import annotations

import math
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journeylib import engine as engines
from journeylib import survival

ENGINE = engines.duckdb()
HOUR = 3_600_000_000


def table(durations, causes):
    return ENGINE.lookup(
        {
            "g": ["x"] * len(durations),
            "duration": [int(d * HOUR) for d in durations],
            "cause": causes,
            "ended": [cause > 0 for cause in causes],
        }
    )


def survival_curve(durations, ended):
    """The product-limit estimate, one factor a distinct time."""
    s, curve = 1.0, []
    for t in sorted(set(durations)):
        at_risk = sum(d >= t for d in durations)
        events = sum(d == t and e for d, e in zip(durations, ended, strict=True))
        s *= 1 - events / at_risk
        curve.append((t, s))
    return curve


def incidence_of_one(durations, causes):
    s, total = 1.0, 0.0
    for t in sorted(set(durations)):
        at_risk = sum(d >= t for d in durations)
        here = [c for d, c in zip(durations, causes, strict=True) if d == t]
        total += s * here.count(1) / at_risk
        s *= 1 - sum(c > 0 for c in here) / at_risk
    return total


durations_and_causes = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 2)), min_size=1, max_size=40
)


@settings(max_examples=60, deadline=None)
@given(durations_and_causes)
def test_median_is_where_the_product_limit_estimate_reaches_one_half(pairs):
    durations, causes = zip(*pairs, strict=True)
    [fact] = survival.median_survival(ENGINE, table(durations, causes), "g").values()
    curve = survival_curve(durations, [c > 0 for c in causes])
    expected = next((t for t, s in curve if s <= 0.5 + 1e-9), None)
    assert fact.value == expected
    assert fact.n == len(pairs)
    assert fact.censored == causes.count(0)
    assert (fact.reason is None) == (expected is not None)
    if fact.ci_low is not None and expected is not None:
        assert fact.ci_low <= expected
    if fact.ci_high is not None:
        assert fact.ci_high >= expected


@settings(max_examples=60, deadline=None)
@given(durations_and_causes)
def test_incidence_is_aalen_johansen(pairs):
    durations, causes = zip(*pairs, strict=True)
    [share] = survival.incidence(ENGINE, table(durations, causes), "g").values()
    assert share.value == pytest.approx(incidence_of_one(durations, causes), abs=1e-9)
    assert share.ci_low <= share.value + 1e-12
    assert share.ci_high >= share.value - 1e-12


def test_incidence_without_censoring_is_the_plain_share():
    [share] = survival.incidence(ENGINE, table(range(10), [1, 2] * 5), "g").values()
    assert share.value == pytest.approx(0.5)
    assert (share.ci_low, share.ci_high) == pytest.approx(survival.wilson(5, 10))


def test_median_interval_of_a_published_example():
    """Freireich's 6-MP arm (1963): median 23 weeks, 9 of 21 relapsed; log–log interval from 13."""
    weeks = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    relapsed = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    [fact] = survival.median_survival(ENGINE, table(weeks, relapsed), "g").values()
    assert (fact.value, fact.n, fact.censored) == (23, 21, 12)
    assert fact.ci_low == 13
    assert fact.ci_high is None


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 1000), min_size=6, max_size=60))
def test_medians_are_medians_inside_their_interval(durations):
    [fact] = survival.medians(ENGINE, table(durations, [1] * len(durations)), ("g",)).values()
    assert fact.value == pytest.approx(statistics.median(durations))
    assert fact.ci_low <= fact.value <= fact.ci_high


def test_too_few_values_have_no_interval():
    [fact] = survival.medians(ENGINE, table([1, 2, 3], [1, 1, 1]), ("g",)).values()
    assert (fact.value, fact.ci_low, fact.ci_high) == (2, None, None)


@pytest.mark.parametrize(("k", "n"), [(0, 10), (5, 10), (10, 10), (1, 1000)])
def test_wilson_solves_its_own_equation(k, n):
    low, high = survival.wilson(k, n)
    for end in (low, high):
        if 1e-9 < end < 1 - 1e-9:
            z = (k / n - end) / math.sqrt(end * (1 - end) / n)
            assert abs(z) == pytest.approx(survival.Z95)
