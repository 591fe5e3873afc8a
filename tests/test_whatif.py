"""The what-if against slow, obvious oracles: one case at a time, one weight at a time."""

from __future__ import annotations

import itertools
import statistics
from collections import defaultdict
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journeylib import engine as engines
from journeylib.calendars import Calendar
from journeylib.documents.markdown import to_markdown
from journeylib.errors import UsageError
from journeylib.goals.whatif.gaps import gaps
from journeylib.goals.whatif.interventions import (
    CapStage,
    CapWait,
    DropLoop,
    RaiseConversion,
    SkipActivity,
    parsed,
)
from journeylib.goals.whatif.play import whatif, whatifs
from journeylib.goals.whatif.spans import CYCLE, case_table
from journeylib.mining import mine
from journeylib.terms import Span, plain
from tests.logs import at, log_of

ENGINE = engines.duckdb()
STAGE = {"a": "interest", "b": "evaluation", "c": "evaluation", "d": "purchase"}


def rows_of(cases, **columns):
    """Rows of cases given as ``(start, "abc", gaps, outcome)``; times in hours."""
    rows = []
    for number, (start, letters, waits, outcome) in enumerate(cases):
        time = float(start)
        for letter, wait in zip(letters, [0, *waits], strict=False):
            time += wait
            rows.append(
                {
                    "case_id": f"c{number:03}",
                    "activity": letter,
                    "stage": STAGE[letter],
                    "department": "sales" if letter in "ad" else "presales",
                    "timestamp": at(time),
                    "outcome": outcome,
                    **columns,
                }
            )
    return rows


def journey_of(cases, **columns):
    return mine(log_of(rows_of(cases, **columns), ENGINE))


def hours(text):
    return Span.parse(text)


def median_after(journey, *interventions, adherence=1.0):
    result = whatif(journey, *interventions, adherence=adherence, resamples=20)
    return result.effect("cycle_time").after.value


def lengths(journey, *interventions):
    """Hours of each case when all interventions are kept to, in rising order."""
    spans = case_table(journey, interventions).spans[CYCLE]
    return sorted(spans.duration - spans.saved[:, -1])


case = st.tuples(
    st.integers(0, 200),
    st.lists(st.sampled_from("abcd"), min_size=2, max_size=7).map("".join),
    st.lists(st.integers(0, 60), min_size=6, max_size=6),
    st.sampled_from(["won", "won", "lost", "open"]),
)
logs = st.lists(case, min_size=3, max_size=14)


# -- one case at a time ----------------------------------------------------------------------------


def shortened(case, change):
    """Hours of a case after `change`, which takes the letters and the waits and gives the waits."""
    _start, letters, waits, _outcome = case
    return sum(change(letters, list(waits[: len(letters) - 1])))


def capped(source, target, limit):
    def change(letters, waits):
        pairs = itertools.pairwise(letters)
        return [
            min(w, limit) if pair == (source, target) else w
            for pair, w in zip(pairs, waits, strict=True)
        ]

    return change


def skipped(activity):
    def change(letters, waits):
        return [
            0 if letter == activity else w for letter, w in zip(letters[1:], waits, strict=True)
        ]

    return change


def weighted_median(journey, cases, change):
    """Zhao & Tsiatis: each closed case weighs one over the chance to have been seen to its end."""
    end = journey.log.totals.last_at
    first = {row.case_id: row.start for row in ENGINE.rows(journey.case_table)}
    seen = []
    for number, one in enumerate(cases):
        before = shortened(one, lambda _letters, waits: waits)
        is_open = one[3] == "open"
        length = (end - first[f"c{number:03}"]) / 3.6e9 if is_open else before
        seen.append((length, is_open, shortened(one, change)))
    total = len(seen)
    mass = []
    for length, is_open, after in seen:
        if is_open:
            continue
        still = 1.0
        for time in sorted({t for t, o, _ in seen if o and t < length}):
            at_risk = sum(t > time or (t == time and o) for t, o, _ in seen)
            still *= 1 - sum(t == time and o for t, o, _ in seen) / at_risk
        mass.append((after, 1 / still / total))
    so_far = 0.0
    for after, weight in sorted(mass):
        so_far += weight
        if so_far >= 0.5 - 1e-9:
            return after
    return None


@settings(max_examples=8, deadline=None)
@given(logs, st.integers(0, 40), st.data())
def test_cap_and_skip_are_what_each_case_would_have_taken(cases, limit, data):
    journey = journey_of(cases)
    pairs = sorted({p for c in cases for p in itertools.pairwise(c[1])})
    source, target = data.draw(st.sampled_from(pairs))
    found = median_after(journey, CapWait(source, target, Span(limit, "h")))
    assert found == pytest.approx(weighted_median(journey, cases, capped(source, target, limit)))
    found = median_after(journey, SkipActivity(target))
    assert found == pytest.approx(weighted_median(journey, cases, skipped(target)))


@settings(max_examples=5, deadline=None)
@given(logs)
def test_without_intervention_all_is_as_the_journey_says(cases):
    journey = journey_of(cases)
    result = whatif(journey, resamples=5)
    assert result.effect("cycle_time").before.value == pytest.approx(journey.cycle_time.value)
    for stage in journey.stages:
        dwell = result.effect("dwell", stage.id)
        assert dwell.before.value == pytest.approx(stage.dwell.value)
        assert dwell.after.value == dwell.before.value
        if stage.conversion.value is not None:
            conversion = result.effect("conversion", stage.id)
            assert conversion.before.value == pytest.approx(stage.conversion.value)


@settings(max_examples=5, deadline=None)
@given(logs, st.data())
def test_laws(cases, data):
    journey = journey_of(cases)
    source, target = data.draw(
        st.sampled_from(sorted({p for c in cases for p in itertools.pairwise(c[1])}))
    )
    now = median_after(journey)
    assert median_after(journey, CapWait(source, target, hours("61h"))) == now
    stage = STAGE[source]
    assert median_after(journey, CapStage(stage, hours("9000d"))) == now
    cap = CapWait(source, target, hours("1h")), SkipActivity(target)
    assert median_after(journey, *cap, adherence=0.0) == now
    found = whatifs(journey, cap, (0.0, 0.25, 0.5, 0.75, 1.0), resamples=3)
    values = [r.effect("cycle_time").after.value for r in found]
    assert all(v is not None for v in values) or now is None
    if now is not None:
        assert values == sorted(values, reverse=True)


def test_some_adherence_is_the_mixture_of_both():
    cases = [(0, "ad", [wait], "won") for wait in (10, 20, 30, 40, 50)]
    journey = journey_of(cases)
    cap = CapWait("a", "d", hours("5h"))
    # Half of each case at its own length, half at 5 h: ten halves, the fifth is at 5 h.
    assert median_after(journey, cap, adherence=0.5) == 5
    assert median_after(journey, cap, adherence=0.4) == 10


# -- single interventions --------------------------------------------------------------------------


def test_cap_of_a_stage_cuts_off_what_lies_beyond():
    journey = journey_of([(0, "abcd", [10, 20, 30], "won")] * 7)
    result = whatif(journey, CapStage("评估", hours("25h")), resamples=5)
    # b to d takes 50 h; the stage is left 25 h after b.
    assert result.effect("cycle_time").after.value == 35
    assert result.effect("dwell", "evaluation").after.value == 25
    assert result.effect("dwell", "interest").after.value == 10


def test_loop_is_cut_out_but_work_needed_once_is_kept():
    cases = [(0, "abcbcd", [10, 10, 10, 10, 10], "won")] * 3 + [(0, "abd", [10, 10], "won")] * 3
    # Between the first and the last b lies a c that comes again later: it goes, with the second b.
    journey = journey_of(cases)
    assert lengths(journey, DropLoop("b")) == [20, 20, 20, 30, 30, 30]
    once = journey_of([(0, "abcbd", [10] * 4, "won")] + [(0, "abcd", [10] * 3, "won")] * 9)
    assert max(lengths(once, DropLoop("b"))) == 30  # c stays, b's repeat goes


def test_parallel_work_saves_nothing_where_the_other_is_waited_for():
    rows = []
    for number in range(20):
        quick = number % 2  # the other one ends first in every second case
        for letter, begin, end in (
            ("a", 0, 0),
            ("b", 20, 30 + quick * 30),
            ("c", 25, 45),
            ("d", 70, 80),
        ):
            rows.append(
                {
                    "case_id": f"c{number:02}",
                    "activity": letter,
                    "stage": STAGE[letter],
                    "start_timestamp": at(begin),
                    "timestamp": at(end),
                    "outcome": "won",
                }
            )
    journey = mine(log_of(rows, ENGINE))
    table = {(r.case_id, r.activity): r for r in ENGINE.rows(gaps(journey))}
    assert table["c00", "b"].on_path is False and table["c00", "c"].on_path is True
    assert table["c00", "c"].before == "a" and table["c00", "d"].before == "c"
    # In even cases c is waited for; in odd ones b ends at 60 and could end 15 h earlier, at c's 45.
    assert set(lengths(journey, CapWait("a", "b", hours("5h")))) == {65, 80}


def test_raised_conversion_is_reached_and_wins_more():
    cases = [(n, "abd", [5, 5], "won") for n in range(60)]
    cases += [(n, "ab", [5], "lost") for n in range(40)]
    journey = journey_of(cases)
    result = whatif(journey, RaiseConversion("evaluation", 0.8), resamples=50)
    conversion = result.effect("conversion", "evaluation")
    assert conversion.before.value == pytest.approx(0.6)
    assert conversion.after.value == pytest.approx(0.8)
    won = result.effect("won_cases")
    assert won.after.value / won.before.value == pytest.approx(0.8 / 0.6)
    half = whatif(journey, RaiseConversion("evaluation", 0.8), adherence=0.5, resamples=5)
    assert half.effect("conversion", "evaluation").after.value == pytest.approx(0.7)


def test_load_loses_what_falls_away():
    cases = [(n, "abcd", [5, 5, 5], "won") for n in range(50)]
    journey = journey_of(cases)
    result = whatif(journey, SkipActivity("b"), adherence=0.5, resamples=20)
    load = result.effect("load", "presales")
    assert load.after.value / load.before.value == pytest.approx(0.75)
    assert result.effect("load", "sales").change.value == 0


def test_working_time_cap_lets_nights_pass():
    friday = datetime(2025, 1, 10, 16)
    rows = []
    for number in range(6):
        for letter, moment in (("a", friday), ("d", friday + timedelta(days=6, hours=2))):
            rows.append(
                {
                    "case_id": f"c{number}",
                    "activity": letter,
                    "stage": STAGE[letter],
                    "timestamp": moment,
                    "outcome": "won",
                }
            )
    journey = mine(log_of(rows, ENGINE), calendar="weekdays")
    openings = Calendar.load("weekdays").hours.on(5)
    day = sum(o.length for o in openings) / 3.6e9
    [after] = set(lengths(journey, CapWait("a", "d", hours("4h working"))))
    # Friday's hours from four o'clock on, then Saturday and Sunday, then the rest on Monday morning.
    left = sum(max(0, o.end - max(o.start, 16 * 3_600_000_000)) for o in openings) / 3.6e9
    assert 0 < left < 4 < day
    monday = openings[0].start / 3.6e9 + (4 - left)
    assert after == pytest.approx(8 + 48 + monday)


# -- around it -------------------------------------------------------------------------------------


def test_all_that_cannot_be_asked_is_said_at_once():
    journey = journey_of([(0, "abd", [5, 5], "won")] * 5 + [(0, "ab", [5], "lost")] * 5)
    wrong = (
        CapWait("a", "x", hours("5h")),
        CapWait("d", "a", hours("5h")),
        CapStage("nowhere", hours("5h")),
        CapWait("a", "b", hours("5h working")),
        RaiseConversion("evaluation", 40),
    )
    with pytest.raises(UsageError) as problem:
        whatif(journey, *wrong)
    for words in ("no activity 'x'", "never directly follows", "'nowhere'", "calendar", "0.2 for"):
        assert words in str(problem.value)
    with pytest.raises(UsageError, match="already"):
        whatif(journey, RaiseConversion("evaluation", 0.1))
    with pytest.raises(UsageError, match="share from 0 to 1"):
        whatif(journey, adherence=80)
    with pytest.raises(UsageError, match="there is: conversion"):
        whatif(journey, resamples=2).effect("mood")


def test_the_same_question_has_the_same_answer():
    journey = journey_of([(n, "abcd", [n % 7, 9, 5], "won") for n in range(40)])
    first, second = (whatif(journey, DropLoop("b"), resamples=30) for _ in range(2))
    assert first.to_dict() == second.to_dict() and repr(first) == repr(second)


def test_document_and_repr_tell_in_both_languages():
    journey = journey_of([(n, "abcd", [n % 7 + 3, 9, 5], "won") for n in range(40)])
    result = whatif(journey, CapWait("a", "b", hours("2h")), adherence=0.8, resamples=30)
    assert "“a”到“b”的等待不超过 2 小时" in repr(result)
    assert "No demand response" in to_markdown(result.document("en"))
    assert "80 % 的案例遵守" in to_markdown(result.document("zh"))
    assert plain(result.effect("cycle_time"))["after"]["unit"] == "h"


def test_without_outcomes_only_times_are_told():
    cases = [(n, "abd", [n % 5, 3], None) for n in range(20)]
    rows = [{k: v for k, v in row.items() if k != "outcome"} for row in rows_of(cases)]
    journey = mine(log_of(rows, ENGINE))
    result = whatif(journey, CapWait("a", "b", hours("1h")), resamples=5)
    assert {e.measure for e in result.effects} == {"cycle_time", "dwell", "load"}
    lengths = [min(c[2][0], 1) + 3 for c in cases]
    assert result.effect("cycle_time").after.value == statistics.median_low(lengths)
    with pytest.raises(UsageError, match="not known"):
        whatif(journey, RaiseConversion("evaluation", 0.9))


def test_command_line_forms():
    assert parsed("cap", "A→B=2d working") == CapWait("A", "B", hours("2d working"))
    assert parsed("cap_stage", "评估=20d") == CapStage("评估", hours("20d"))
    assert parsed("convert", "interest = 60%") == RaiseConversion("interest", 0.6)
    assert (parsed("drop", " x "), parsed("skip", "y")) == (DropLoop("x"), SkipActivity("y"))
    for kind, text in (("cap", "A=2d"), ("cap_stage", "2d"), ("convert", "x=much")):
        with pytest.raises(UsageError, match="write for example"):
            parsed(kind, text)


def test_intervals_hold_what_really_happens():
    """A small version of ``benchmarks/whatif_truth.py``."""
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
    import whatif_truth

    seen, row = whatif_truth.Observed(250, 360.0), whatif_truth.ROWS[1]
    true = whatif_truth.population(whatif_truth.NOW, row.then, 1.0, 8000)["cycle_time"]
    held = defaultdict(int)
    for seed in range(12):
        journey = whatif_truth.mined(seen, seed)
        after = (
            whatif(
                journey, CapWait("Enquiry", "First call", hours("48h")), level=0.9, resamples=120
            )
            .effect("cycle_time")
            .after
        )
        held[after.ci_low <= true <= after.ci_high] += 1
    # Twelve logs at 90 %: fewer than eight would happen once in two hundred times.
    assert held[True] >= 8
