"""Every event has one stage, whatever the log calls it, and the stages stand in order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from journeylib import engine as engines
from journeylib.lifecycle import UNMAPPED, Lifecycle, Stage
from journeylib.staging import FITS, stage_events
from journeylib.terms import Text
from tests.logs import at, log_of

ENGINE = engines.duckdb(threads=1)
NAME = Text("测试", "Test")
TEST = Lifecycle(
    "test",
    NAME,
    (
        Stage("first", Text("一", "One"), Text("", ""), (), ("begin",)),
        Stage("second", Text("二", "Two"), Text("", ""), (), ("middle", "sold")),
    ),
    won=("sold",),
    lost=("gone",),
)


def staged(*activities, stages=None):
    rows = [
        {"case_id": "c", "activity": name, "timestamp": at(i)}
        | ({"stage": stages[i]} if stages else {})
        for i, name in enumerate(activities)
    ]
    return stage_events(log_of(rows, ENGINE), TEST)


def told(staging):
    rows = staging.events.order_by("position")
    return [(row.stage_id, row.stage_rank, row.decides) for row in ENGINE.rows(rows)]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["begin", "middle", "sold", "gone", "other"]),
            st.sampled_from([None, "", "一", "TWO", "own"]),
        ),
        min_size=1,
        max_size=10,
    )
)
def test_each_event_stays_once_with_its_own_stage_first_and_its_keyword_next(events):
    activities, stages = zip(*events, strict=True)
    staging = staged(*activities, stages=stages)
    named = {"一": "first", "TWO": "second", "own": "own"}
    expected = [named.get(s) or TEST.stage_of(a) for a, s in events]
    recognised = sum(stage != UNMAPPED for stage in expected)
    if recognised < FITS * len(expected):
        expected = [UNMAPPED] * len(expected)
    assert [stage for stage, _, _ in told(staging)] == expected
    assert [staging.order[rank] for _, rank, _ in told(staging)] == expected
    assert set(staging.order) == set(expected)
    assert [decides for _, _, decides in told(staging)] == [
        {"sold": "won", "gone": "lost"}.get(a, "") for a in activities
    ]


def test_the_logs_own_stages_stand_by_the_mean_time_they_are_reached():
    staging = staged(*"abcd", stages=["own late", "二", "own late", "own early"])
    assert staging.order == ("second", "own late", "own early")
    assert staging.names["own late"] == Text.same("own late")
    assert staging.names["second"] == Text("二", "Two")


def test_only_the_last_mapped_stage_and_the_unmapped_one_have_no_next():
    staging = staged("begin", "middle", "other")
    assert staging.order == ("first", "second", UNMAPPED)
    assert [staging.is_last(stage) for stage in staging.order] == [False, True, True]


def test_rules_decide_only_where_an_activity_decides():
    assert staged("begin", "sold").rules_decide
    assert not staged("begin", "middle").rules_decide


def test_what_fits_no_stage_is_named_once_with_its_share():
    [note] = staged("begin", "zeta", "sold", "alpha", "zeta").notes
    assert (note.check, note.count) == ("unmapped", 3)
    assert "alpha, zeta" in note.text.en
    assert "60.0%" in note.text.zh
    assert staged("begin", "middle").notes == ()


def test_exactly_a_third_recognised_still_fits_and_less_does_not():
    assert staged("begin", "x", "y").order == ("first", UNMAPPED)
    ill = staged("begin", "x", "y", "z")
    assert ill.order == (UNMAPPED,)
    assert [(note.check, note.count) for note in ill.notes] == [("lifecycle_fit", 1)]
