"""Waiting, service and what waiting is for, against plain Python over rows and hours."""

from __future__ import annotations

import random
import statistics
from collections import defaultdict
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journeylib import engine as engines
from journeylib.calendars import Calendar
from journeylib.findings.rules import Rules
from journeylib.findings.waiting import waiting
from journeylib.findings.waiting_causes import CAUSES, decompose
from journeylib.mining import mine
from tests.logs import START, at, log_of

ENGINE = engines.duckdb()
RULES = Rules.load()
WEEKDAYS = Calendar.load("weekdays")


def row(case, activity, start, end, **columns):
    told = {"start_timestamp": None if start is None else at(start), "timestamp": at(end)}
    return {"case_id": case, "activity": activity} | told | columns


def random_rows(seed, *, cases=25, people=3, customers=True):
    """Executions at whole hours: parallel work, batches, instants and missing starts included."""
    rng = random.Random(seed)
    rows = []
    for number in range(cases):
        time = rng.randrange(0, 24 * 9)
        for _ in range(rng.randrange(1, 6)):
            start = time + rng.choice([0, 0, 1, 5, 20, 70])
            end = start + rng.choice([0, 1, 1, 2, 6])
            person = rng.choice([*"ABC"[:people], None])
            told = None if rng.random() < 0.1 else start
            actor = rng.choice(["customer", "staff", None])
            who = {"resource": person} | ({"actor": actor} if customers else {})
            rows.append(row(f"c{number:02}", rng.choice("xyz"), told, end, **who))
            time = end if rng.random() < 0.8 else max(end - 3, 0)
    rng.shuffle(rows)
    return rows


# -- an oracle that walks hour by hour ---------------------------------------------------------------


def hour(moment):
    return round((moment - START) / timedelta(hours=1))


def executions_of(rows):
    """As dicts with hours; in the order of the case, ties as in the file."""
    by_case = defaultdict(list)
    for place, r in enumerate(rows):
        by_case[r["case_id"]].append((r["timestamp"], place, r))
    found = []
    for events in by_case.values():
        before = None
        for moment, place, r in sorted(events, key=lambda e: e[:2]):
            start, end = r["start_timestamp"], hour(moment)
            begun = None if start is None or hour(start) > end else hour(start)
            found.append(r | {"place": place, "enabled": before, "begun": begun, "ended": end})
            before = end
    return found


def causes_by_hour(rows, open_at):
    """Hours of every cause per activity, each hour of each wait looked at by itself."""
    done = [e for e in executions_of(rows) if e["begun"] is not None and e["resource"]]
    for e in done:
        enabled = e["begun"] if e["enabled"] is None else e["enabled"]
        e["ready"] = min(enabled, e["begun"])
        e["waits"] = e["enabled"] is not None and e["begun"] > e["enabled"]
    _free(done)
    hours = defaultdict(lambda: dict.fromkeys(CAUSES, 0))
    counts = defaultdict(int)
    for e in done:
        if e["waits"]:
            counts[e["activity"]] += 1
            for tick in range(e["ready"], e["begun"]):
                hours[e["activity"]][_cause(e, tick, done, open_at)] += 1
    return hours, counts


def _free(done):
    """When the batch of each is complete: runs of one activity by one person, without a break."""
    lines = defaultdict(list)
    for e in done:
        e["free"] = e["ready"]
        lines[e["activity"], e["resource"]].append(e)
    for line in lines.values():
        runs, reach = [], None
        for e in sorted(line, key=lambda e: (e["begun"], e["place"])):
            if reach is None or e["begun"] > reach:
                runs.append([])
            runs[-1].append(e)
            reach = e["ended"] if reach is None else max(reach, e["ended"])
        for run in runs:
            members = [e for e in run if e["waits"] and e["ready"] <= run[0]["begun"]]
            if len(members) >= RULES.waiting.batch_least:
                for e in members:
                    e["free"] = max(m["ready"] for m in members)


def _cause(e, tick, done, open_at):
    if tick < e["free"]:
        return "batching"
    busy = [
        o["ready"]
        for o in done
        if o["resource"] == e["resource"] and o["begun"] <= tick < o["ended"]
    ]
    if busy:
        return "contention" if min(busy) <= e["ready"] else "prioritisation"
    if not open_at(tick):
        return "unavailability"
    return "customer" if e.get("actor") == "customer" else "rest"


def weekday_hours(tick):
    moment = START + timedelta(hours=tick)
    return moment.weekday() < 5 and 9 <= moment.hour < 18


def assert_as_by_hour(rows, calendar, open_at):
    found = decompose(mine(log_of(rows, ENGINE), calendar=calendar), RULES)
    expected, counts = causes_by_hour(rows, open_at)
    assert {c.activity: c.n for c in found.activities} == counts
    for causes in found.activities:
        told = {cause: getattr(causes, cause) or 0 for cause in CAUSES}
        assert told == pytest.approx(expected[causes.activity], abs=1e-9)
        assert sum(told.values()) == pytest.approx(causes.total)
    return found


# -- causes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_causes_are_those_of_every_single_hour(seed):
    people = 1 + seed % 3
    assert_as_by_hour(random_rows(seed, people=people), "weekdays", weekday_hours)


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 10**6))
def test_without_a_calendar_no_hour_is_outside_of_work(seed):
    found = assert_as_by_hour(random_rows(seed, cases=12), None, lambda tick: True)
    assert "unavailability" in found.unseen
    assert all(causes.unavailability is None for causes in found.activities)


def test_without_actors_nobody_is_known_to_wait_for_a_customer():
    found = assert_as_by_hour(random_rows(3, customers=False), "weekdays", weekday_hours)
    assert "customer" in found.unseen
    assert all(causes.customer is None for causes in found.activities)


PLANTED = {
    "contention": [
        row("p1", "other", 0, 4, resource="A"),
        row("q1", "before", None, 1),
        row("q1", "contention", 4, 5, resource="A"),
    ],
    "overtaken": [
        row("p2", "before", None, 1),
        row("p2", "overtaken", 4, 5, resource="B"),
        row("q2", "before", None, 2),
        row("q2", "other", 2, 4, resource="B"),
    ],
    "batch": [
        r
        for number, ready in enumerate((0, 2, 3))
        for r in (
            row(f"p3{number}", "before", None, ready),
            row(f"p3{number}", "batch", 4 + number, 5 + number, resource="C"),
        )
    ],
    "overnight": [row("p4", "before", None, 8), row("p4", "overnight", 25, 26, resource="D")],
    "asked": [
        row("p5", "before", None, 1),
        row("p5", "asked", 3, 4, resource="E", actor="customer"),
    ],
}


def test_each_cause_is_found_where_it_is_planted():
    rows = [{"resource": None, "actor": None} | r for rows in PLANTED.values() for r in rows]
    found = assert_as_by_hour(rows, "weekdays", weekday_hours).activities
    seen = {c.activity: {k: getattr(c, k) for k in CAUSES if getattr(c, k)} for c in found}
    assert {activity: seen[activity] for activity in PLANTED} == {
        "contention": {"contention": 3},
        "overtaken": {"prioritisation": 2, "rest": 1},
        # ready at 0, 2 and 3, all of it at 3; begun at 4, 5 and 6, and the first was ready before
        "batch": {"batching": 3 + 1, "contention": 1 + 2, "rest": 3},
        "overnight": {"unavailability": 15, "rest": 2},
        "asked": {"customer": 2},
    }


def test_work_long_before_the_end_of_a_wait_is_not_looked_up():
    rows = [
        *(row("w", "a", None, 0, resource="B"), row("w", "b", 24 * 30, 24 * 30 + 1, resource="A")),
        *(row("x", "c", 24 * 2, 24 * 2 + 5, resource="A"),),
        *(row("y", "c", 24 * 20, 24 * 20 + 7, resource="A"),),
    ]
    [causes] = decompose(mine(log_of(rows, ENGINE)), RULES).activities
    assert (causes.contention, causes.prioritisation, causes.rest) == (0, 7, 24 * 30 - 7)


@pytest.mark.parametrize("missing", ["start_timestamp", "resource"])
def test_what_is_needed_is_named_where_it_is_missing(missing):
    rows = [{k: v for k, v in r.items() if k != missing} for r in random_rows(1)]
    found = decompose(mine(log_of(rows, ENGINE)), RULES)
    assert found.activities == ()
    assert missing in found.reason.en
    assert found.to_dict()["reason"]["zh"]


def test_executions_nobody_is_known_to_have_done_are_counted_apart():
    rows = random_rows(5)
    [note] = decompose(mine(log_of(rows, ENGINE)), RULES).notes
    assert note.count == sum(r["resource"] is None for r in rows)


def test_causes_as_plain_data_say_unit_and_order():
    told = decompose(mine(log_of(random_rows(2), ENGINE)), RULES).to_dict()
    assert told["order"] == list(CAUSES)
    assert {(a["unit"], a["clock"]) for a in told["activities"]} == {("h", "calendar")}
    totals = [a["total"] for a in told["activities"]]
    assert totals == sorted(totals, reverse=True)


# -- waiting and service -------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_waits_and_services_are_those_of_the_rows(seed):
    rows = random_rows(seed)
    expected = defaultdict(lambda: defaultdict(list))
    for e in executions_of(rows):
        place = expected[e["activity"]]
        service = wait = None
        if e["begun"] is not None and e["ended"] > e["begun"]:
            service = e["ended"] - e["begun"]
            place["service"].append(service)
        if e["begun"] is not None and e["enabled"] is not None:
            wait = max(e["begun"] - e["enabled"], 0)
            place["wait"].append(wait)
        if service is not None and wait is not None:
            place["both"].append((service, service + wait))
        if e["begun"] is None and e["enabled"] is not None:
            place["gap"].append(e["ended"] - e["enabled"])
    for found in waiting(mine(log_of(rows, ENGINE))).activities:
        place = expected[found.activity]
        for name in ("service", "wait", "gap"):
            fact = getattr(found, name)
            assert fact.n == (len(place[name]) if fact.value is not None else 0)
            assert fact.value == (statistics.median(place[name]) if place[name] else None)
            assert (fact.value is None) == (fact.reason is not None)
        assert found.waited.value == pytest.approx(sum(place["wait"]))
        service, whole = map(sum, zip(*place["both"], strict=True))
        assert found.efficiency.value == pytest.approx(service / whole)
        assert found.efficiency.ci_low <= found.efficiency.value <= found.efficiency.ci_high


def test_completions_alone_give_gaps_that_are_called_so():
    rows = [row(f"c{n}", a, None, 2 * n + h) for n in range(8) for a, h in (("a", 0), ("b", 3))]
    for r in rows:
        del r["start_timestamp"]
    a, b = waiting(mine(log_of(rows, ENGINE))).activities
    assert (b.gap.value, b.gap.n, b.gap.method) == (3, 8, "median_gap")
    assert b.service.value is b.wait.value is b.efficiency.value is b.waited.value is None
    assert "gap" in b.wait.reason.en
    assert a.gap.value is None


def test_starts_before_the_step_before_and_after_the_end_are_told():
    rows = [
        *(row("c", "a", 0, 4), row("c", "b", 2, 6), row("c", "b", 9, 7)),
        *(row("d", "a", 0, 1), row("d", "b", 3, 4)),
    ]
    found = waiting(mine(log_of(rows, ENGINE)))
    assert {note.check: note.count for note in found.notes} == {
        "negative_waits": 1,
        "start_after_end": 1,
    }
    assert found.to_dict()["notes"][0]["count"] == 1
    b = next(a for a in found.activities if a.activity == "b")
    assert (b.wait.n, b.service.n) == (2, 2)


def test_more_service_in_the_same_time_is_more_efficient():
    shares = []
    for service in (1, 4):
        rows = [
            r
            for n in range(20)
            for r in (row(f"c{n}", "a", n, n + 1), row(f"c{n}", "b", n + 3, n + 3 + service))
        ]
        b = next(a for a in waiting(mine(log_of(rows, ENGINE))).activities if a.activity == "b")
        shares.append(b.efficiency.value)
    assert shares == pytest.approx([1 / 3, 4 / 6])
    assert all(x < y for x, y in pairwise(shares))
