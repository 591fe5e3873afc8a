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


# -- lifelines ---------------------------------------------------------------------------------------

# Freireich et al. 1963, the remission times of the 6-MP group; causes as in `exits`.
TIMES = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
ENDED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
ENTRY = [0, 1, 0, 2, 0, 3, 4, 0, 5, 0, 7, 0, 8, 0, 11, 0, 12, 0, 15, 0, 20]
# Made with lifelines 0.30.3, KaplanMeierFitter: time, survival, Greenwood's sum d / n (n - d).
KAPLAN_MEIER = [
    (6, 0.857142857142857, 0.007936507936507936),
    (7, 0.8067226890756299, 0.011612978524743231),
    (10, 0.7529411764705878, 0.016374883286647993),
    (13, 0.6901960784313722, 0.02395064086240557),
    (16, 0.6274509803921566, 0.03304154995331466),
    (22, 0.5378151260504199, 0.05685107376283847),
    (23, 0.44817927170868327, 0.0901844070961718),
]
KAPLAN_MEIER_DELAYED = [
    (6, 0.8, 0.016666666666666666),
    (7, 0.7272727272727274, 0.025757575757575757),
    (10, 0.6611570247933886, 0.03484848484848485),
    (13, 0.5950413223140497, 0.045959595959595964),
    (16, 0.5355371900826447, 0.05707070707070708),
    (22, 0.4590318772136955, 0.08088023088023089),
    (23, 0.3825265643447462, 0.11421356421356421),
]
# Fifteen cases at 1, 2, … 15 with these causes, by lifelines' AalenJohansenFitter: incidence of cause
# 1 in the end, with its interval (from the variance, on the log(-log) scale). No entry falls on an
# end: there lifelines counts it as at risk already, unlike its own KaplanMeierFitter.
CAUSES = [1, 2, 0, 1, 1, 2, 0, 2, 1, 0, 1, 2, 1, 0, 0]
CAUSES_ENTRY = [0, 0, 1.5, 0, 2.5, 0, 3.5, 0, 4.5, 5.5, 0, 6.5, 0, 7.5, 0]
INCIDENCE = (0.4873611111111112, 0.19729108050103525, 0.727394998137724)
INCIDENCE_DELAYED = (0.522429656982422, 0.2178494295167007, 0.7583477946747135)


def delayed(durations, causes, entry):
    return ENGINE.lookup(
        {
            "g": ["x"] * len(durations),
            "duration": [int(d * HOUR) for d in durations],
            "entry": [int(e * HOUR) for e in entry],
            "cause": causes,
            "ended": [int(cause > 0) for cause in causes],
        }
    ).mutate(ended=lambda t: t.ended > 0)


@pytest.mark.parametrize(
    ("durations", "expected"),
    [
        (table(TIMES, ENDED), KAPLAN_MEIER),
        (delayed(TIMES, ENDED, ENTRY), KAPLAN_MEIER_DELAYED),
        (delayed(TIMES, ENDED, [0] * len(TIMES)), KAPLAN_MEIER),
    ],
    ids=["all from the start", "entry delayed", "entry at once"],
)
def test_survival_and_greenwoods_variance_are_those_of_lifelines(durations, expected):
    curve = survival._curve(durations, "g")
    rows = sorted(ENGINE.rows(curve.filter(curve.events > 0)), key=lambda row: row.duration)
    assert [row.duration // HOUR for row in rows] == [time for time, _, _ in expected]
    for row, (_, s, greenwood) in zip(rows, expected, strict=True):
        assert row.survival == pytest.approx(s, abs=1e-9)
        assert row.greenwood == pytest.approx(greenwood, abs=1e-9)


@pytest.mark.parametrize(
    ("durations", "expected"),
    [
        (table(range(1, 16), CAUSES), INCIDENCE),
        (delayed(range(1, 16), CAUSES, CAUSES_ENTRY), INCIDENCE_DELAYED),
    ],
    ids=["all from the start", "entry delayed"],
)
def test_incidence_and_its_variance_are_those_of_lifelines(durations, expected):
    [share] = survival.incidence(ENGINE, durations, "g").values()
    assert (share.value, share.ci_low, share.ci_high) == pytest.approx(expected, abs=1e-9)
    assert (share.n, share.events, share.censored) == (15, 6, 5)


# -- left truncation -----------------------------------------------------------------------------------


def delayed_survival(triples):
    """The product-limit estimate with whoever is under observation at each time, by hand."""
    s, curve = 1.0, {}
    for t in sorted({d for e, d, c in triples if c > 0}):
        at_risk = sum(e < t <= d for e, d, _ in triples)
        s *= 1 - sum(d == t and c > 0 for _, d, c in triples) / at_risk
        curve[t] = s
    return curve


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.integers(1, 6), st.integers(0, 2)), min_size=1, max_size=30
    ).filter(lambda drawn: any(cause for _, _, cause in drawn))
)
def test_only_who_is_under_observation_is_at_risk(drawn):
    triples = [(entry, entry + more, cause) for entry, more, cause in drawn]
    entry, durations, causes = zip(*triples, strict=True)
    late = delayed(durations, causes, entry)
    curve = survival._curve(late, "g")
    found = {r.duration // HOUR: r.survival for r in ENGINE.rows(curve.filter(curve.events > 0))}
    assert found == pytest.approx(delayed_survival(triples), abs=1e-8)
    [fact] = survival.median_survival(ENGINE, late, "g").values()
    expected = [t for t, s in delayed_survival(triples).items() if s <= 0.5 + 1e-9]
    assert fact.value == (min(expected) if expected else None)
    assert (fact.n, fact.censored) == (len(drawn), causes.count(0))


def test_cases_long_under_way_do_not_make_the_journey_look_longer():
    """Ten cases end after 1…10 h; those seen only because they still ran at hour 9 say nothing of it."""
    early = [(0, hours, 1) for hours in range(1, 11)]
    late = [(9, 10, 1)] * 30
    entry, durations, causes = zip(*early, *late, strict=True)
    [naive] = survival.median_survival(ENGINE, table(durations, causes), "g").values()
    [fair] = survival.median_survival(ENGINE, delayed(durations, causes, entry), "g").values()
    assert (naive.value, fair.value) == (10, 5)


def test_cases_never_under_observation_say_nothing():
    late = delayed([3, 5, 2], [1, 1, 1], [0, 0, 2])
    [fact] = survival.median_survival(ENGINE, late, "g").values()
    assert (fact.n, fact.value) == (2, 3)


def test_a_group_in_which_nothing_ends_keeps_its_size():
    [fact] = survival.median_survival(ENGINE, delayed([3, 5], [0, 0], [1, 2]), "g").values()
    assert (fact.n, fact.censored, fact.value) == (2, 2, None)
