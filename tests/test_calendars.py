"""Working time against an oracle that looks at every single minute."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journeylib import engine as engines
from journeylib.calendars import DAY, MINUTE, Calendar, Hours, Opening
from journeylib.cli import main
from journeylib.errors import TemplateError
from journeylib.mining import mine
from journeylib.terms import Clock, Text, templates_dir
from journeylib.worktime import Worktime
from tests.conftest import ROOT
from tests.logs import log_of, traces

ENGINE = engines.duckdb()
EPOCH = date(1970, 1, 1)
CN = Calendar.load("cn")


def day(text):
    return (date.fromisoformat(text) - EPOCH).days


# -- the oracle --------------------------------------------------------------------------------------


def is_open(hours, minute):
    """Whether the minute (since 1970, local) is a working one."""
    day, inside = divmod(minute, 24 * 60)
    openings = dict(hours.special).get(day, hours.week[(EPOCH + timedelta(days=day)).weekday()])
    return any(o.start <= inside * MINUTE < o.end for o in openings)


def worked_minutes(hours, start, end):
    return sum(is_open(hours, minute) for minute in range(start, end))


# -- strategies --------------------------------------------------------------------------------------


@st.composite
def days_openings(draw):
    """Up to three openings of a day that do not overlap: lunch breaks, half days, nights."""
    ends = draw(st.lists(st.integers(0, 24 * 60), min_size=0, max_size=6, unique=True))
    ends = sorted(ends)[: len(ends) // 2 * 2]
    pairs = zip(ends[::2], ends[1::2], strict=True)
    return tuple(Opening(start * MINUTE, end * MINUTE) for start, end in pairs)


WINDOW = (day("2025-03-27"), day("2025-04-08"))  # Europe's clocks change on the 30th


@st.composite
def hours(draw):
    week = tuple(draw(days_openings()) for _ in range(7))
    special = draw(st.dictionaries(st.integers(*WINDOW), days_openings(), max_size=4))
    return Hours(week, tuple(sorted(special.items())))


@st.composite
def moments(draw):
    """Minutes since 1970 (UTC) with the offset of Amsterdam, which changes on March 30."""
    change = day("2025-03-30") * 24 * 60 + 60
    minute = draw(st.integers(WINDOW[0] * 24 * 60, WINDOW[1] * 24 * 60))
    return minute, 120 if minute >= change else 60


def calendar_of(default, departments=None):
    return Calendar("test", Text.same("test"), default, departments or {})


@st.composite
def journeys(draw, departments=(None,)):
    """A dozen cases of two or three events each, in the order of their time."""
    event = st.tuples(moments(), st.sampled_from(departments))
    return [sorted(draw(st.lists(event, min_size=2, max_size=3)), key=str) for _ in range(12)]


def worked_waits(cases, calendar):
    """`worked` and `worked_wait` of every event, by case and position."""
    rows = [
        {
            "case_id": f"c{number:02}",
            "activity": "a",
            "timestamp": datetime.fromtimestamp(60 * minute, tz=UTC).replace(tzinfo=None),
            "utc_offset": offset,
            "department": department,
        }
        for number, events in enumerate(cases)
        for (minute, offset), department in events
    ]
    return worked_rows(rows, calendar)


def worked_rows(rows, calendar):
    log = log_of(rows, ENGINE)
    table = Worktime.of(log, calendar).with_waits(log.events)
    return sorted(ENGINE.rows(table.select("case_id", "position", "worked", "worked_wait")))


def local(event):
    (minute, offset), _ = event
    return minute + offset


# -- working time --------------------------------------------------------------------------------------


@settings(max_examples=8, deadline=None)
@given(hours(), journeys())
def test_working_time_is_that_of_every_single_minute(default, cases):
    found = iter(worked_waits(cases, calendar_of(default)))
    for events in cases:
        rows = [next(found) for _ in events]
        for (here, there), (event, following) in zip(pairwise(rows), pairwise(events), strict=True):
            expected = worked_minutes(default, local(event), local(following)) * MINUTE
            assert here.worked_wait == expected
            assert max(there.worked - here.worked, 0) == expected
        assert rows[-1].worked_wait is None


@settings(max_examples=8, deadline=None)
@given(hours(), hours(), journeys(departments=("甲", "乙", None)))
def test_a_wait_counts_by_the_hours_of_who_takes_over(default, own, cases):
    found = iter(worked_waits(cases, calendar_of(default, {"乙": own})))
    for events in cases:
        rows = [next(found) for _ in events]
        for here, (event, following) in zip(rows, pairwise(events), strict=False):
            pattern = own if following[1] == "乙" else default
            expected = worked_minutes(pattern, local(event), local(following)) * MINUTE
            assert here.worked_wait == expected


def test_a_department_that_does_not_occur_changes_nothing():
    own = {"不存在": Hours(((),) * 7)}
    default = Calendar.load("weekdays").hours
    rows = traces("ab", gap=30, department="甲")
    [first, _] = worked_rows(rows, calendar_of(default, own))
    assert first.worked_wait == 15 * 60 * MINUTE  # Monday 10 o’clock to Tuesday 16 o’clock


@settings(max_examples=40, deadline=None)
@given(hours(), st.integers(*WINDOW), st.integers(0, 40))
def test_what_lies_before_a_day_is_the_sum_of_the_days(default, first, days):
    summed = sum(o.length for d in range(first, first + days) for o in default.on(d))
    assert default.before(first + days) - default.before(first) == summed


@pytest.mark.parametrize("moment", [datetime(1900, 3, 1, 12), datetime(2261, 1, 5, 12)])
def test_times_far_from_now_cost_nothing_and_count_right(moment):
    rows = [
        {"case_id": "c", "activity": "a", "timestamp": at}
        for at in (moment, moment + timedelta(days=7))
    ]
    assert worked_rows(rows, Calendar.load("weekdays"))[0].worked_wait == 45 * 60 * MINUTE


def test_around_the_clock_is_the_wall_clock():
    journey = mine(log_of(traces("abc", "ab", gap=31.5), ENGINE), calendar="around_the_clock")
    for move in journey.moves:
        assert move.working == type(move.wait)(
            move.wait.median, move.wait.mean, move.wait.p90, clock=Clock.WORKING
        )


# -- a journey with a calendar ---------------------------------------------------------------------


def test_a_journey_tells_working_time_beside_calendar_time():
    rows = traces("abab", "ab", gap=40, department=None)
    for place, row in enumerate(rows):
        row["department"] = "甲乙"[place % 2]
    journey = mine(log_of(rows, ENGINE), calendar="weekdays")
    told = journey.to_dict()
    assert told["calendar"]["id"] == "weekdays"
    move = next(m for m in told["moves"] if (m["from"], m["to"]) == ("a", "b"))
    assert (move["wait"]["clock"], move["wait_working"]["clock"]) == ("calendar", "working")
    assert move["wait_working"]["median"] < move["wait"]["median"]
    assert told["handovers"][0]["latency_working"]["clock"] == "working"
    assert told["cycle_time_working"]["value"] < told["cycle_time"]["value"]
    assert "working median (h)" in journey.frame("moves")


def test_without_a_calendar_a_journey_is_as_ever():
    journey = mine(log_of(traces("ab", "ab"), ENGINE))
    assert "working" not in json.dumps(journey.to_dict())
    assert not any("working" in column for column in journey.frame("moves"))


def test_the_working_cycle_time_of_open_cases_is_censored():
    rows = traces("ab", "ab", "ab", gap=30)
    for row in rows:
        row["outcome"] = "open" if row["case_id"] == "c3" else "won"
    fact = mine(log_of(rows, ENGINE), calendar="weekdays").cycle_time_working
    # Monday 10 and 11 o'clock to the next afternoon 16 and 17 o'clock: 8 + 7 and 7 + 8 hours
    assert (fact.value, fact.n, fact.censored, fact.clock) == (15, 3, 1, Clock.WORKING)


def test_hand_overs_look_past_automation_on_the_working_clock_too():
    rows = traces("abc", gap=24, actor="staff")
    for row, department, actor in zip(rows, "甲甲乙", ("staff", "system", "staff"), strict=True):
        row |= {"department": department, "actor": actor}
    [handover] = mine(log_of(rows, ENGINE), calendar="weekdays").handovers
    assert (handover.latency.value, handover.working.value) == (48, 18)


def test_events_outside_the_known_years_are_told():
    rows = [
        {"case_id": "c", "activity": "a", "timestamp": datetime(year, 10, 1, 9)}
        for year in (2014, 2025, 2031)
    ]
    notes = {note.check: note for note in mine(log_of(rows, ENGINE), calendar="cn").notes}
    assert notes["calendar_years"].count == 2
    assert "2015–2026" in notes["calendar_years"].text.en


# -- China -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "works"),
    [
        ("2025-01-26", True),  # a Sunday to make up for the Spring Festival
        ("2025-01-27", True),
        ("2025-01-28", False),
        ("2025-02-04", False),
        ("2025-02-05", True),
        ("2025-09-28", True),
        ("2025-10-08", False),
        ("2025-10-11", True),
        ("2024-02-09", True),  # the eve of 2024 was only a recommendation
        ("2024-02-18", True),
        ("2023-01-28", True),
        ("2020-01-31", False),  # the festival that was prolonged
        ("2020-02-01", False),
        ("2020-02-03", True),
        ("2019-05-03", False),
        ("2015-09-03", False),
        ("2026-02-23", False),
        ("2026-02-28", True),
        ("2026-03-07", False),
    ],
)
def test_china_works_when_the_state_council_said_so(text, works):
    assert bool(CN.hours.on(day(text))) == works


@pytest.mark.parametrize(
    ("year", "working_days"),
    # weekdays, less holidays on weekdays, plus weekends that make up for them
    [(2023, 249), (2024, 251), (2025, 248), (2026, 248)],
)
def test_working_days_of_a_year(year, working_days):
    first, following = day(f"{year}-01-01"), day(f"{year + 1}-01-01")
    assert sum(bool(CN.hours.on(d)) for d in range(first, following)) == working_days


def test_every_make_up_workday_is_a_weekend_and_no_two_entries_disagree():
    for d, openings in CN.hours.special:
        weekend = (EPOCH + timedelta(days=d)).weekday() >= 5
        assert weekend or not openings
        assert CN.covers(d)


# -- files -----------------------------------------------------------------------------------------

OWN = """
id = "own"
zh = "自定义"
en = "Own"
holidays = ["2025-05-01/2025-05-03"]
makeup_workdays = ["2025-05-04"]
[week]
mon = ["09:00-12:00", "13:00-18:00"]
makeup = ["10:00-12:00"]
[days]
"2025-05-05" = ["09:00-12:00"]
[[departments]]
names = ["客服部", "Support"]
holidays = false
week = { thu = ["00:00-24:00"] }
"""


def own(tmp_path, text=OWN):
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_calendar_of_ones_own(tmp_path):
    calendar = Calendar.load(own(tmp_path))
    lengths = [
        sum(o.length for o in calendar.hours.on(day(f"2025-05-0{d}"))) // (60 * MINUTE)
        for d in range(1, 8)
    ]
    assert lengths == [0, 0, 0, 2, 3, 0, 0]
    assert calendar.hours.on(day("2025-05-12")) == calendar.hours.on(day("2025-05-19"))
    support = calendar.departments["Support"]
    assert support.on(day("2025-05-01")) == (Opening(0, DAY),)
    assert calendar.pattern_of("客服部") == calendar.pattern_of("Support") == 1
    assert calendar.pattern_of("销售部") == calendar.pattern_of(None) == 0
    assert calendar.covers(day("1999-01-01"))


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ('"10:00-12:00"', '"10-12"', "no opening"),
        ('"10:00-12:00"', '"22:00-06:00"', "night shift"),
        ('"10:00-12:00"', '"10:00-25:00"', "no time of a day"),
        ('"13:00-18:00"', '"11:00-18:00"', "overlap"),
        ('["10:00-12:00"]', '"10:00-12:00"', "list"),
        ('makeup = ["10:00-12:00"]', "", "'makeup'"),
        ('"2025-05-04"', '"2025-05-02"', "both a holiday and"),
        ("2025-05-01/2025-05-03", "2025-05-03/2025-05-01", "before it starts"),
        ("2025-05-01/2025-05-03", "1. Mai", "1. Mai"),
        ("mon =", "montag =", "montag"),
        ("[days]", "[dayz]", "Did you mean 'days'"),
        ('id = "own"', 'id = "own"\nyears = [2025]', "first and the last"),
        ('id = "own"', "", "'id'"),
    ],
)
def test_what_is_wrong_in_a_calendar_is_told(tmp_path, was, becomes, told):
    with pytest.raises(TemplateError, match=r"own\.toml") as raised:
        Calendar.load(own(tmp_path, OWN.replace(was, becomes)))
    assert told in str(raised.value)


def test_an_unknown_calendar_names_those_that_are_shipped():
    with pytest.raises(TemplateError, match="around_the_clock, cn, weekdays"):
        Calendar.load("cnn")


@pytest.mark.parametrize("path", sorted((templates_dir() / "calendars").glob("*.toml")))
def test_shipped_calendars_are_called_like_their_files(path):
    assert Calendar.load(path.stem).id == path.stem


# -- from the command line -------------------------------------------------------------------------


def test_the_command_line_takes_a_calendar(tmp_path, capsys):
    log = str(ROOT / "event_logs" / "solar_home.csv")
    assert main(["mine", log, "--calendar", "weekdays", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["calendar"]["id"] == "weekdays"
    assert main(["mine", log, "--calendar", "nonesuch"]) == 2
    assert "nonesuch" in capsys.readouterr().err
