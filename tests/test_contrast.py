"""Contrasts against statsmodels' figures, and pseudo-values against a jackknife done by hand."""

from __future__ import annotations

import ibis
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from journeylib import engine as engines
from journeylib import survival
from journeylib.findings.contrast import (
    Cell,
    Pair,
    difference,
    mantel,
    pseudo_values,
    share_of,
    standardised,
)

ENGINE = engines.duckdb()


def binary(k, n):
    return Cell(n, k, k)


def table(won, lost, won_without, lost_without):
    return Pair(binary(won, won + lost), binary(won_without, won_without + lost_without))


STRATA = [table(30, 70, 20, 80), table(45, 15, 60, 60), table(8, 12, 5, 25)]

# statsmodels 0.14: confint_proportions_2indep(…, method="newcomb", compare="diff")
NEWCOMBE = {
    (56, 70, 48, 80): (0.05243147240236498, 0.33387265403690614),
    (9, 10, 3, 10): (0.1705227239345029, 0.809017973535488),
    (10, 10, 0, 20): (0.6790860371419145, 1.0),
    (5, 56, 0, 29): (-0.038137147903536936, 0.19256001385511165),
}


@pytest.mark.parametrize("counts", NEWCOMBE)
def test_newcombe_equals_statsmodels(counts):
    k, n, k0, n0 = counts
    gap, low, high = difference(Pair(binary(k, n), binary(k0, n0)))
    assert gap == pytest.approx(k / n - k0 / n0)
    assert (low, high) == pytest.approx(NEWCOMBE[counts], abs=1e-12)


def test_cochran_mantel_haenszel_equals_statsmodels():
    """StratifiedTable(…).test_null_odds(correction=False)."""
    assert mantel(STRATA) == pytest.approx(0.0001260840181495082, rel=1e-10)


def test_mantel_haenszel_difference_equals_the_textbook_sum():
    top = bottom = 0.0
    for a, b, c, d in ((30, 70, 20, 80), (45, 15, 60, 60), (8, 12, 5, 25)):
        n1, n0 = a + b, c + d
        top += (a * n0 - c * n1) / (n1 + n0)
        bottom += n1 * n0 / (n1 + n0)
    gap, low, high = standardised(STRATA)
    assert gap == pytest.approx(top / bottom)
    assert low < gap < high


counts = st.integers(1, 30)


@given(counts, counts, counts, counts)
def test_one_stratum_is_the_n_minus_1_chi_squared_test(a, b, c, d):
    n = a + b + c + d
    chi2 = scipy_stats.chi2_contingency([[a, b], [c, d]], correction=False).statistic
    expected = scipy_stats.chi2.sf(chi2 * (n - 1) / n, 1)
    assert mantel([table(a, b, c, d)]) == pytest.approx(expected)


@given(counts, counts, counts, counts)
def test_exchanging_the_groups_turns_the_difference_round(a, b, c, d):
    pair = table(a, b, c, d)
    gap, low, high = difference(pair)
    turned = difference(Pair(pair.outside, pair.inside))
    assert turned == pytest.approx((-gap, -high, -low))
    assert low <= gap <= high


def test_nothing_to_tell_is_no_difference():
    assert mantel([table(5, 0, 5, 0)]) == 1.0
    assert mantel([]) == 1.0
    assert share_of(Cell()) == (0.0, 0.0, 1.0)


# -- pseudo-values ---------------------------------------------------------------------------------

cases = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2)), min_size=3, max_size=25)


def incidence_by_hand(leaving, weight):
    """Aalen–Johansen over weighted (step, cause) pairs, one step at a time."""
    survival_before, reached = 1.0, 0.0
    for step in range(7):
        at_risk = sum(w for (s, _c), w in zip(leaving, weight, strict=True) if s >= step)
        if at_risk <= 0:
            break
        ends = [w for (s, c), w in zip(leaving, weight, strict=True) if s == step and c > 0]
        ones = [w for (s, c), w in zip(leaving, weight, strict=True) if s == step and c == 1]
        reached += survival_before * sum(ones) / at_risk
        survival_before *= 1 - sum(ends) / at_risk
    return reached


def ended(leaving):
    found = np.zeros((7, 3))
    for step, cause in leaving:
        found[step, cause] += 1
    return found


@settings(deadline=None, max_examples=40)
@given(cases)
def test_pseudo_values_are_the_derivative_of_the_incidence(leaving):
    values, n, h = pseudo_values(ended(leaving)), len(leaving), 1e-5
    whole = incidence_by_hand(leaving, [1.0] * n)
    for i, (step, cause) in enumerate(leaving):
        more, less = ([1.0 + sign * h * (j == i) for j in range(n)] for sign in (1, -1))
        slope = (incidence_by_hand(leaving, more) - incidence_by_hand(leaving, less)) / (2 * h)
        if sum(s >= step for s, _c in leaving) > 1:
            assert values[step, cause] == pytest.approx(whole + n * slope, abs=1e-6)


@settings(deadline=None, max_examples=20)
@given(cases)
def test_pseudo_values_have_the_incidence_as_their_mean(leaving):
    values = pseudo_values(ended(leaving))
    table = ENGINE.lookup(
        {"duration": [s for s, _c in leaving], "cause": [c for _s, c in leaving]}
    ).mutate(all=ibis.literal(1))
    expected = survival.incidence(ENGINE, table, "all")[1].value
    mean = sum(values[step, cause] for step, cause in leaving) / len(leaving)
    assert mean == pytest.approx(expected, abs=1e-9)


@given(cases)
def test_without_censoring_pseudo_values_are_0_and_1(leaving):
    closed = [(step, cause or 2) for step, cause in leaving]
    values = pseudo_values(ended(closed))
    for step, cause in closed:
        assert values[step, cause] == pytest.approx(float(cause == 1), abs=1e-9)
