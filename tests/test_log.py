"""The log keeps its laws: cases stay whole, filters compose, and words help when a call is wrong."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta, timezone
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journeylib import engine as engines
from journeylib.errors import UsageError
from journeylib.log import ColumnMatch, Mapping, Note, local_time
from journeylib.terms import Text
from tests.logs import START, at, log_of, traces

ENGINE = engines.duckdb(threads=1)
FIELDS = ("activity", "timestamp", "department", "channel")

events = st.fixed_dictionaries(
    {
        "case_id": st.sampled_from(["k1", "k2", "k3", "客户四"]),
        "activity": st.sampled_from("abc"),
        "timestamp": st.integers(0, 96).map(at),
        "department": st.sampled_from(["市场部", "销售部", None]),
        "channel": st.sampled_from(["官网", "电话", None]),
    }
)
many_events = st.lists(events, min_size=1, max_size=15)
days = st.integers(0, 5).map(lambda n: f"{START + timedelta(days=n):%Y-%m-%d}")
filters = st.one_of(
    days.map(lambda day: lambda log: log.since(day)),
    days.map(lambda day: lambda log: log.until(day)),
    st.sampled_from("abcd").map(lambda name: lambda log: log.where(activity=name)),
    st.sampled_from([["官网"], ["官网", "电话"], []]).map(
        lambda any_of: lambda log: log.where(channel=any_of)
    ),
)


def cases_of(log):
    """Events of each case in order."""
    ordered = log.engine.rows(log.events.order_by("case_id", "position"))
    return {case: list(group) for case, group in groupby(ordered, key=lambda row: row.case_id)}


def kept_by_python(rows, holds):
    """Ids of the cases whose events, in order, make `holds` true."""
    cases = defaultdict(list)
    for row in sorted(rows, key=lambda row: row["timestamp"]):
        cases[row["case_id"]].append(row)
    return {case for case, found in cases.items() if holds(found)}


# -- filters -----------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(many_events, filters)
def test_a_filter_keeps_cases_whole(rows, keep):
    log = log_of(rows, ENGINE)
    before, after = cases_of(log), cases_of(keep(log))
    assert after == {case: before[case] for case in after}


@settings(max_examples=25, deadline=None)
@given(many_events, filters, filters)
def test_filters_commute_and_each_only_takes_away(rows, one, other):
    log = log_of(rows, ENGINE)
    both = cases_of(other(one(log)))
    assert both == cases_of(one(other(log)))
    assert both.keys() == cases_of(one(log)).keys() & cases_of(other(log)).keys()
    assert both == cases_of(one(other(one(log))))


@settings(max_examples=25, deadline=None)
@given(many_events, days)
def test_since_and_until_part_the_cases_by_their_start(rows, day):
    log = log_of(rows, ENGINE)
    late = kept_by_python(rows, lambda found: found[0]["timestamp"] >= datetime.fromisoformat(day))
    assert cases_of(log.since(day)).keys() == late
    assert cases_of(log.until(day)).keys() == cases_of(log).keys() - late


@settings(max_examples=25, deadline=None)
@given(many_events, st.sampled_from("abc"), st.sampled_from(["官网", "电话", None]))
def test_where_asks_for_one_event_that_has_all_the_values(rows, activity, channel):
    kept = log_of(rows, ENGINE).where(activity=activity, channel=channel)
    wanted = (activity, channel)
    assert cases_of(kept).keys() == kept_by_python(
        rows, lambda found: any((e["activity"], e["channel"]) == wanted for e in found)
    )


CHANNELS = [
    {"case_id": case, "activity": "a", "timestamp": at(0), "channel": channel, "amount": 5.0}
    for case, channel in {"web": "官网", "phone": "电话", "none": None}.items()
]


@pytest.mark.parametrize(
    ("wanted", "cases"),
    [
        ("官网", {"web"}),
        (["官网", "电话"], {"web", "phone"}),
        (("官网",), {"web"}),
        ({"电话", "官网"}, {"web", "phone"}),
        (None, {"none"}),
        (["官网", None], {"web", "none"}),
        ([], set()),
        ("邮件", set()),
    ],
)
def test_where_takes_a_value_several_or_none(wanted, cases):
    assert cases_of(log_of(CHANNELS, ENGINE).where(channel=wanted)).keys() == cases


def test_where_without_a_condition_is_the_log_itself():
    log = log_of(CHANNELS, ENGINE)
    assert log.where() is log


def test_equal_conditions_are_told_alike_in_whatever_order_a_set_has():
    log = log_of(CHANNELS, ENGINE)
    told = {log.where(channel=v).fingerprint for v in ({"b", "a"}, {"a", "b"}, ["a", "b"])}
    assert len(told) == 1


def test_an_unknown_column_names_the_nearest():
    with pytest.raises(UsageError, match=r"no column 'chanel'\. Did you mean 'channel'\?"):
        log_of(CHANNELS, ENGINE).where(chanel="官网")


def test_a_value_that_the_column_cannot_hold_is_refused():
    with pytest.raises(UsageError, match=r"'amount' holds numbers.*'much'"):
        log_of(CHANNELS, ENGINE).where(amount="much")
    with pytest.raises(UsageError, match=r"'channel' holds texts.*5"):
        log_of(CHANNELS, ENGINE).where(channel=5)
    assert log_of(CHANNELS, ENGINE).where(amount=5).totals.cases == 3


@pytest.mark.parametrize("day", ["soon", "2025-13-01", "2025/01/06", "2025-01-06T09:00+08:00", ""])
@pytest.mark.parametrize("verb", ["since", "until"])
def test_what_is_no_local_date_is_refused_with_an_example(verb, day):
    with pytest.raises(UsageError, match="is no date; write for example '2025-01-31'"):
        getattr(log_of(CHANNELS, ENGINE), verb)(day)


def test_every_step_changes_the_fingerprint_and_is_told():
    log = log_of(traces("abc", lifecycle="complete"), ENGINE)
    steps = [
        log,
        log.where(activity="a"),
        log.where(activity="b"),
        log.since("2025-01-06"),
        log.until("2025-01-06"),
        log.since("2025-01-06").where(activity="a"),
        log.completed(),
    ]
    assert len({step.fingerprint for step in steps}) == len(steps)
    assert log.where(activity="a").fingerprint == steps[1].fingerprint
    assert steps[5].recipe == ("since 2025-01-06", "where activity='a'")


def test_completed_drops_what_only_starts_and_orders_anew():
    rows = [
        {"case_id": "c", "activity": name, "timestamp": at(i), "lifecycle": state}
        for i, (name, state) in enumerate(
            [("a", "START"), ("a", "complete"), ("b", "schedule"), ("b", None), ("c", "complete")]
        )
    ] + [{"case_id": "open", "activity": "a", "timestamp": at(0), "lifecycle": "start"}]
    log = log_of(rows, ENGINE).completed()
    [(case, found)] = cases_of(log).items()
    assert case == "c"
    assert [(e.position, e.activity, e.next_activity) for e in found] == [
        (1, "a", "b"),
        (2, "b", "c"),
        (3, "c", None),
    ]
    assert {e.case_start for e in found} == {found[0].at}
    assert log.events.schema() == log_of(rows, ENGINE).events.schema()


def test_without_a_lifecycle_every_event_completes_something():
    log = log_of(traces("abc"), ENGINE)
    assert log.completions is log.events
    assert cases_of(log.completed()) == cases_of(log)


# -- work --------------------------------------------------------------------------------------


def test_work_looks_past_automation_and_unknown_departments():
    steps = [
        ("a", "市场部", "staff"),
        ("mail", "市场部", "system"),
        ("x", None, "staff"),
        ("b", "销售部", None),
    ]
    rows = [
        {"case_id": "c", "activity": a, "timestamp": at(i), "department": d, "actor": who}
        for i, (a, d, who) in enumerate(steps)
    ]
    log = log_of(rows, ENGINE)
    first, last = log.engine.rows(log.work.order_by("position"))
    assert (first.activity, first.next_activity, first.next_department) == ("a", "b", "销售部")
    assert first.next_at - first.at == 3 * 3_600_000_000
    assert (last.position, last.next_activity, last.next_department) == (4, None, None)


def test_where_all_is_work_nothing_is_done_twice():
    log = log_of(traces("abc", department="销售部"), ENGINE)
    assert log.work is log.events


def test_without_departments_no_work_is_seen():
    with pytest.raises(UsageError, match="no department column"):
        assert log_of(traces("abc"), ENGINE).work


# -- what a log tells --------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(many_events)
def test_totals_are_what_python_counts(rows):
    totals = log_of(rows, ENGINE).totals
    times = [row["timestamp"] for row in rows]
    assert (totals.events, totals.first, totals.last) == (len(rows), min(times), max(times))
    assert totals.cases == len({row["case_id"] for row in rows})
    assert totals.activities == len({row["activity"] for row in rows})


def offset_log(first, last):
    rows = [
        {"case_id": "c", "activity": "a", "timestamp": at(0), "utc_offset": first},
        {"case_id": "d", "activity": "b", "timestamp": at(15), "utc_offset": last},
    ]
    return log_of(rows, ENGINE)


def test_first_and_last_are_local_where_the_offset_is_known():
    totals = offset_log(480, -90).totals
    assert (totals.first.isoformat(), totals.last.isoformat()) == (
        "2025-01-06T17:00:00+08:00",
        "2025-01-06T22:30:00-01:30",
    )


def test_an_unknown_offset_is_not_borrowed_from_another_event():
    totals = offset_log(None, 480).totals
    assert (totals.first, totals.last.isoformat()) == (at(0), "2025-01-07T08:00:00+08:00")


@pytest.mark.parametrize(
    ("hours", "offset", "day"),
    [
        (14.999, None, "2025-01-06"),
        (15, None, "2025-01-07"),
        (6.999, 480, "2025-01-06"),
        (7, 480, "2025-01-07"),
        (16.499, -90, "2025-01-06"),
        (16.5, -90, "2025-01-07"),
    ],
)
def test_a_case_starts_on_its_local_day_from_midnight_on(hours, offset, day):
    row = {"case_id": "c", "activity": "a", "timestamp": at(hours), "utc_offset": offset}
    log = log_of([row], ENGINE)
    is_later = day == "2025-01-07"
    assert log.since("2025-01-07").totals.cases == is_later
    assert log.until("2025-01-07").totals.cases == 1 - is_later


def test_a_moment_is_local_and_aware_when_the_offset_is_known():
    assert local_time(0, None) == datetime(1970, 1, 1)
    aware = local_time(0, 330)
    assert aware == datetime(1970, 1, 1, 5, 30, tzinfo=timezone(timedelta(minutes=330)))
    assert aware.utcoffset() == timedelta(minutes=330)


def test_ties_are_counted_once_per_pair():
    rows = traces("abc", gap=0) + traces("xy", gap=0)[:0]
    [note] = log_of(rows, ENGINE).quality
    assert (note.check, note.count) == ("ties", 2)
    assert log_of(traces("abc"), ENGINE).quality == ()


def test_a_log_is_one_line():
    log = log_of(traces("abc", "ab"), ENGINE)
    assert repr(log) == "EventLog(2 cases, 5 events, 3 activities, 2025-01-06…2025-01-06)"
    assert repr(log.where(activity="c")).endswith("2025-01-06…2025-01-06 | where activity='c')")
    assert repr(log.until("2020-01-01")) == (
        "EventLog(0 cases, 0 events, 0 activities, empty | until 2020-01-01)"
    )


def test_what_a_log_has():
    log = log_of(traces("ab", channel="官网", 客户画像="高意向"), ENGINE)
    assert log.has()
    assert log.has("channel", "activity")
    assert not log.has("channel", "department")
    assert log.attributes == ("客户画像",)
    assert log.pipe(lambda piped, *args, **options: (piped, args, options), 1, a=2) == (
        log,
        (1,),
        {"a": 2},
    )


def test_mapping_and_notes_in_the_contracts_form():
    match = ColumnMatch("case_id", "客户编号", 0.9, "name")
    told = Mapping("events", (match,), ("画像",), "+08:00").to_dict()
    assert told == {
        "shape": "events",
        "columns": {
            "case_id": {
                "role": "case_id",
                "column": "客户编号",
                "confidence": 0.9,
                "reason": "name",
            }
        },
        "attributes": ["画像"],
        "zone": "+08:00",
    }
    assert Note("ties", 2, Text("二", "two")).to_dict() == {
        "check": "ties",
        "count": 2,
        "text": {"zh": "二", "en": "two"},
    }


# -- for other tools ---------------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(many_events)
def test_frames_keep_the_order_of_the_log(rows):
    log = log_of(rows, ENGINE)
    frame = log.to_pandas()
    ordered = [event for found in cases_of(log).values() for event in found]
    assert list(frame.index) == list(range(len(rows)))
    assert list(frame["row"]) == [event.row for event in ordered]
    assert list(frame["timestamp"]) == [event.timestamp for event in ordered]


def test_pm4py_gets_its_names_aware_times_and_our_order():
    rows = traces("ba", gap=0, department="销售部", resource="甲")
    frame = log_of(rows, ENGINE).to_pm4py()
    assert list(frame["concept:name"]) == ["b", "a"]
    assert list(frame["case:concept:name"]) == ["c1", "c1"]
    assert list(frame["org:group"]) == ["销售部"] * 2
    assert list(frame["org:resource"]) == ["甲"] * 2
    assert str(frame["time:timestamp"].dt.tz) == "UTC"
    assert frame["time:timestamp"].dt.tz_localize(None)[0] == at(1)
