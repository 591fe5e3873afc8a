"""The journey against an obvious oracle in plain Python, on generated logs."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journeylib import engine as engines
from journeylib.errors import UsageError
from journeylib.lifecycle import UNMAPPED
from journeylib.mining import mine
from tests.logs import at, log_of, traces

ENGINE = engines.duckdb()

events = st.fixed_dictionaries(
    {
        "case_id": st.sampled_from(["k1", "k2", "k3", "客户四"]),
        "activity": st.sampled_from(["官网访问", "提交表单", "demo", "发送报价", "签订合同", "x"]),
        "timestamp": st.integers(0, 6).map(at),
        "department": st.sampled_from(["市场部", "销售部", None]),
        "channel": st.sampled_from(["官网", "电话", None]),
        "actor": st.sampled_from(["customer", "staff", "system", None]),
    }
)


def by_case(rows):
    """Events of each case in order of time, ties as in the file."""
    cases = defaultdict(list)
    for row in rows:
        cases[row["case_id"]].append(row)
    return {case: sorted(found, key=lambda r: r["timestamp"]) for case, found in cases.items()}


def pairs_of(cases):
    return [pair for found in cases.values() for pair in pairwise(found)]


@settings(max_examples=40, deadline=None)
@given(st.lists(events, min_size=1, max_size=30))
def test_every_count_is_what_plain_python_counts(rows):
    journey = mine(log_of(rows, ENGINE))
    cases = by_case(rows)
    assert journey.log.totals.cases == len(cases)
    assert journey.log.totals.events == len(rows)
    waits = defaultdict(list)
    for first, then in pairs_of(cases):
        hours = (then["timestamp"] - first["timestamp"]).total_seconds() / 3600
        waits[first["activity"], then["activity"]].append(hours)
    moves = {(m.source, m.target): m for m in journey.moves}
    assert {pair: m.count for pair, m in moves.items()} == {p: len(w) for p, w in waits.items()}
    for pair, hours in waits.items():
        assert moves[pair].wait.median == pytest.approx(statistics.median(hours))
        assert moves[pair].wait.mean == pytest.approx(statistics.mean(hours))
    variants = Counter(tuple(r["activity"] for r in found) for found in cases.values())
    assert {v.activities: v.cases for v in journey.variants} == variants
    assert journey.variant_count == len(variants)
    assert {a.name: a.events for a in journey.activities} == Counter(r["activity"] for r in rows)
    assert {a.name: a.starts for a in journey.activities if a.starts} == Counter(
        found[0]["activity"] for found in cases.values()
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(events, min_size=1, max_size=30))
def test_handovers_look_past_automation_and_unknown_departments(rows):
    journey = mine(log_of(rows, ENGINE))
    counts = Counter()
    for found in by_case(rows).values():
        staffed = [r["department"] for r in found if r["department"] and r["actor"] != "system"]
        counts.update(p for p in pairwise(staffed) if p[0] != p[1])
    assert {(h.source, h.target): h.count for h in journey.handovers} == counts


def test_stages_come_from_keywords_and_the_rest_is_shown_as_unmapped():
    rows = [
        {"case_id": "c", "activity": name, "timestamp": at(i)}
        for i, name in enumerate(["官网访问", "提交表单", "xyz", "签订合同"])
    ]
    journey = mine(log_of(rows))
    assert [stage.id for stage in journey.stages] == [
        "awareness",
        "interest",
        "purchase",
        UNMAPPED,
    ]
    assert journey.coverage == 0.75
    assert [(note.check, note.count) for note in journey.notes] == [("unmapped", 1)]
    assert "xyz" in journey.notes[0].text.en
    assert journey.activity("xyz").stage == UNMAPPED


def test_a_lifecycle_that_does_not_fit_claims_no_stage():
    rows = [
        {"case_id": "c", "activity": name, "timestamp": at(i)}
        for i, name in enumerate(["提交表单", "x", "y", "z"])
    ]
    journey = mine(log_of(rows))
    assert [stage.id for stage in journey.stages] == [UNMAPPED]
    assert journey.notes[0].check == "lifecycle_fit"
    assert "25.0%" in journey.notes[0].text.zh


def test_a_stage_column_wins_and_unknown_stages_keep_their_name_and_order():
    rows = [
        {"case_id": "c", "activity": "a", "timestamp": at(0), "stage": "认知"},
        {"case_id": "c", "activity": "b", "timestamp": at(1), "stage": "Custom"},
        {"case_id": "c", "activity": "c", "timestamp": at(2), "stage": "Late"},
    ]
    journey = mine(log_of(rows))
    assert [stage.id for stage in journey.stages] == ["awareness", "Custom", "Late"]
    assert journey.coverage == 1.0


def test_conversion_counts_open_cases_as_censored_not_as_lost():
    """Two go on, one is lost, one is still open: Aalen–Johansen gives 1/4 + 3/4 · 1/3."""
    rows = [{"case_id": case, "activity": "提交表单", "timestamp": at(0)} for case in "abcd"]
    rows += [
        {"case_id": "a", "activity": "签订合同", "timestamp": at(5)},
        {"case_id": "b", "activity": "签订合同", "timestamp": at(6)},
        {"case_id": "c", "activity": "标记输单", "timestamp": at(7)},
    ]
    journey = mine(log_of(rows))
    interest = next(stage for stage in journey.stages if stage.id == "interest")
    assert (journey.outcomes.won, journey.outcomes.lost, journey.outcomes.open) == (2, 1, 1)
    assert (interest.conversion.n, interest.conversion.censored) == (4, 1)
    assert interest.conversion.value == pytest.approx(0.5)
    assert interest.dwell.value == 6


def test_what_belongs_to_no_stage_is_no_way_onward():
    rows = [
        {"case_id": "a", "activity": "提交表单", "timestamp": at(0)},
        {"case_id": "a", "activity": "xyz", "timestamp": at(1)},
        {"case_id": "b", "activity": "提交表单", "timestamp": at(0)},
        {"case_id": "b", "activity": "签订合同", "timestamp": at(2)},
    ]
    interest = next(stage for stage in mine(log_of(rows)).stages if stage.id == "interest")
    assert (interest.conversion.n, interest.conversion.censored) == (2, 1)
    assert interest.dwell.value == 2


def test_recording_a_loss_is_not_reaching_a_stage():
    rows = [
        {"case_id": "a", "activity": "提交表单", "timestamp": at(0)},
        {"case_id": "a", "activity": "标记输单", "timestamp": at(7)},
    ]
    stages = {stage.id: stage.cases for stage in mine(log_of(rows)).stages}
    assert stages == {"interest": 1, "purchase": 0}


def test_nothing_decides_an_outcome():
    journey = mine(log_of(traces("xyz", "xy")))
    assert journey.outcomes.won is None
    assert "outcome" in journey.outcomes.reason.en
    assert journey.to_dict()["outcomes"]["won"] is None
    assert journey.cycle_time.method == "first_to_last_event_median"


def test_an_outcome_column_decides():
    rows = [
        {"case_id": "a", "activity": "x", "timestamp": at(0), "outcome": "won"},
        {"case_id": "a", "activity": "y", "timestamp": at(8), "outcome": "won"},
        {"case_id": "b", "activity": "x", "timestamp": at(1), "outcome": "lost"},
        {"case_id": "c", "activity": "x", "timestamp": at(2), "outcome": None},
    ]
    journey = mine(log_of(rows))
    assert (journey.outcomes.won, journey.outcomes.lost, journey.outcomes.open) == (1, 1, 1)


def test_filters_keep_cases_whole():
    log = log_of(traces("abc", "ab", "xc"))
    kept = log.where(activity="c")
    assert (kept.totals.cases, kept.totals.events) == (2, 5)
    assert kept.fingerprint != log.fingerprint
    assert "where activity='c'" in repr(kept)
    assert log.since("2025-01-06").totals.cases == 3
    assert log.until("2025-01-06").totals.cases == 0


def test_a_filter_that_leaves_nothing_says_so():
    with pytest.raises(UsageError, match="since 2030-01-01"):
        mine(log_of(traces("abc")).since("2030-01-01"))


def test_one_event_is_a_journey():
    journey = mine(log_of(traces("a")))
    assert (journey.variant_count, journey.moves, journey.cycle_time.value) == (1, (), 0)


def test_repr_is_one_stable_line():
    journey = mine(log_of(traces("abc", "ab")))
    assert repr(journey) == "Journey(2 cases: 未归类 100%)"
    assert repr(journey.log) == ("EventLog(2 cases, 5 events, 3 activities, 2025-01-06…2025-01-06)")


def test_frames_keep_units_and_unknowns():
    journey = mine(log_of(traces("abc", "ab", gap=2)))
    moves = journey.frame("moves")
    assert list(moves["count"]) == [2, 1]
    assert list(moves["wait median (h)"]) == [2.0, 2.0]
    stages = journey.frame("stages", lang="en")
    assert stages["name"][0] == "Unmapped"
    assert stages["dwell (h)"].isna().all()


def test_odd_names_survive_being_coded():
    names = ["it's", 'a "quoted" one', "semi;colon", "", "emoji 🙂", "报价"]
    rows = [{"case_id": "c", "activity": n, "timestamp": at(i)} for i, n in enumerate(names)]
    journey = mine(log_of(rows))
    assert journey.variants[0].activities == tuple(names)
    assert {a.name for a in journey.activities} == set(names)


def test_very_many_activities_stay_text():
    rows = [{"case_id": "c", "activity": f"a{i}", "timestamp": at(i)} for i in range(5000)]
    assert mine(log_of(rows)).log.totals.activities == 5000
