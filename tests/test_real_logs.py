"""Facts of real logs that no one here made, and pm4py's own counts on them."""

from __future__ import annotations

import dataclasses
from collections import Counter
from functools import cache
from pathlib import Path

import ibis
import pytest

from journeylib import _pm4py, survival
from journeylib.engine import SEPARATOR
from journeylib.lifecycle import Lifecycle
from journeylib.mining import mine
from journeylib.reading import read_log
from tests.test_survival import HOUR

DAY = 24 * HOUR
LOGS = {
    "bpic2012": "bpic2012/bpic2012.xes.gz",
    "helpdesk": "helpdesk/helpdesk.xes.gz",
    "receipt": "receipt/receipt.csv",
    "bpic2020": "bpic2020/DomesticDeclarations.xes.gz",
    "servicenow": "servicenow-incident/incident_event_log.zip",
    "tmall": "cn-tmall/tmall_order_report.csv",
}
REJECTIONS = {"ADMINISTRATION": 936, "BUDGET OWNER": 57, "PRE_APPROVER": 86, "SUPERVISOR": 286}
APPROVED_TO_REQUEST = ("Declaration FINAL_APPROVED by SUPERVISOR", "Request Payment")
LOAN = dataclasses.replace(
    Lifecycle.load("b2b"), won=("A_APPROVED",), lost=("A_DECLINED", "A_CANCELLED")
)


@cache
def journey_of(path: Path):
    lifecycle = LOAN if "bpic2012" in path.name else "b2b"
    mapping = "servicenow" if "incident" in path.name else None
    return mine(read_log(path, mapping=mapping), lifecycle)


@pytest.mark.parametrize("name", LOGS)
def test_counts_edges_and_variants_equal_pm4py(shared_data, name):
    journey = journey_of(shared_data / LOGS[name])
    frame = journey.log.to_pm4py()
    dfg, starts, ends = _pm4py.discovered_dfg(frame)
    assert {(m.source, m.target): m.count for m in journey.moves} == dict(dfg)
    assert {a.name: a.starts for a in journey.activities if a.starts} == starts
    assert {a.name: a.ends for a in journey.activities if a.ends} == ends
    rows = journey.log.engine.rows(journey.variant_table)
    ours = {tuple(row.sequence.split(SEPARATOR)): row.cases for row in rows}
    assert ours == Counter({tuple(v): n for v, n in _pm4py.variants(frame).items()})


def test_bpic2012(shared_data):
    journey = journey_of(shared_data / LOGS["bpic2012"])
    totals = journey.log.totals
    assert (totals.cases, totals.events, totals.activities) == (13_087, 262_200, 24)
    assert journey.variant_count == 4_366
    assert str(totals.first.date()) == "2011-10-01"
    assert totals.first.utcoffset().total_seconds() == 2 * 3600
    assert (journey.outcomes.won, journey.outcomes.lost, journey.outcomes.open) == (
        2_246,
        7_635 + 2_807,
        399,
    )
    assert journey.activity("A_SUBMITTED").cases == 13_087
    declined = ("A_SUBMITTED", "A_PARTLYSUBMITTED", "A_DECLINED")
    assert journey.variants[0].activities == declined
    assert journey.variants[0].cases == 3_429


def test_bpic2012_map_of_completed_work_has_149_edges(shared_data):
    """Between 25 nodes: 23 activities, start and end."""
    journey = mine(journey_of(shared_data / LOGS["bpic2012"]).log.completed(), LOAN)
    starts = [a for a in journey.activities if a.starts]
    ends = [a for a in journey.activities if a.ends]
    assert len(journey.activities) == 23
    assert len(journey.moves) + len(starts) + len(ends) == 149


def test_bpic2012_ties_are_reported(shared_data):
    log = journey_of(shared_data / LOGS["bpic2012"]).log
    e = log.events
    tied = e.group_by("case_id", "at").aggregate(n=e.count()).filter(ibis._.n > 1)
    assert log.engine.row(tied.aggregate(n=ibis._.n.sum())).n == 25_369
    assert any(note.check == "ties" for note in log.quality)


def accepted(journey):
    """The cases of accepted applications."""
    events = journey.log.events
    chosen = events.filter(events.activity == "A_ACCEPTED").select("case_id").distinct()
    return journey.case_table.semi_join(chosen, "case_id")


def february(journey):
    """Accepted applications submitted in February 2012, local time."""
    cases = accepted(journey)
    start, end = ("2012-02-01T00:00:00+01:00", "2012-03-01T00:00:00+01:00")
    return cases.filter(cases.start >= microseconds(start), cases.start < microseconds(end))


def microseconds(moment: str) -> int:
    from datetime import datetime

    return int(datetime.fromisoformat(moment).timestamp() * 1_000_000)


def test_bpic2012_open_cases_count(shared_data):
    """Closed cases alone say 12.8 days; with the 310 open ones it is 15.8."""
    journey = journey_of(shared_data / LOGS["bpic2012"])
    cases, engine = february(journey), journey.log.engine
    until = cases.outcome_at.coalesce(journey.log.totals.last_at)
    durations = cases.mutate(
        g=ibis.literal(1), duration=until - cases.start, ended=cases.outcome_at.notnull()
    )
    [fact] = survival.median_survival(engine, durations, "g").values()
    assert (fact.n, fact.censored) == (1_133, 310)
    assert fact.value / 24 == pytest.approx(15.8, abs=0.05)
    closed = durations.filter(durations.ended)
    [naive] = survival.medians(engine, closed, ("g",)).values()
    assert naive.value / 24 == pytest.approx(12.8, abs=0.05)


def test_bpic2012_losing_competes_with_winning(shared_data):
    """P(won by day 30) is 0.415; of the closed cases alone 47 % are won."""
    journey = journey_of(shared_data / LOGS["bpic2012"])
    cases, engine = accepted(journey), journey.log.engine
    until = ibis.least(
        cases.outcome_at.coalesce(journey.log.totals.last_at), cases.start + 30 * DAY
    )
    decided = cases.outcome_at <= cases.start + 30 * DAY
    cause = ibis.cases(
        (decided & (cases.outcome == "won"), 1), (decided.fill_null(False), 2), else_=0
    )
    table = cases.select(g=ibis.literal(1), duration=until - cases.start, cause=cause)
    [share] = survival.incidence(engine, table, "g").values()
    assert share.value == pytest.approx(0.415, abs=0.0005)
    counts = engine.row(
        cases.aggregate(
            won=(cases.outcome == "won").cast("int64").sum(),
            closed=cases.outcome_at.count(),
        )
    )
    assert counts.won / counts.closed == pytest.approx(0.470, abs=0.0005)


def test_helpdesk(shared_data):
    journey = journey_of(shared_data / LOGS["helpdesk"])
    totals = journey.log.totals
    assert (totals.cases, totals.events, totals.activities) == (4_580, 21_348, 14)
    assert journey.variant_count == 226
    assert journey.cycle_time.value / 24 == pytest.approx(39.9, abs=0.05)
    assert journey.variants[0].cases / totals.cases == pytest.approx(0.517, abs=0.0005)
    e = journey.log.events
    per_case = e.group_by("case_id", "activity").aggregate(n=e.count()).filter(ibis._.n > 1)
    assert journey.log.engine.row(per_case.aggregate(n=ibis._.case_id.nunique())).n == 1_240


def test_receipt_as_csv_and_as_xes_gives_the_same_facts(shared_data):
    from_csv = journey_of(shared_data / LOGS["receipt"])
    from_xes = journey_of(shared_data / "receipt/08_receipt.xes.gz")
    assert (from_csv.log.totals.cases, from_csv.log.totals.events) == (1_434, 8_577)
    assert from_csv.variant_count == 116
    assert from_csv.log.totals == from_xes.log.totals
    for fact in ("stages", "activities", "moves", "variants", "touchpoints", "outcomes"):
        assert getattr(from_csv, fact) == getattr(from_xes, fact), fact


def test_receipt_median_hours_by_channel(shared_data):
    journey = journey_of(shared_data / LOGS["receipt"])
    log, cases = journey.log, journey.case_table
    first = log.events.filter(log.events.position == 1).select("case_id", "channel")
    spans = cases.join(first, "case_id").select("channel", duration=cases.end - cases.start)
    medians = survival.medians(log.engine, spans, ("channel",))
    hours = {channel: fact.value for (channel,), fact in medians.items()}
    assert hours["Internet"] == pytest.approx(0.52, abs=0.005)
    assert hours["e-mail"] == pytest.approx(0.58, abs=0.005)
    assert hours["Desk"] == pytest.approx(18.8, abs=0.05)
    assert hours["Post"] == pytest.approx(97.4, abs=0.05)


def test_bpic2020_domestic(shared_data):
    journey = journey_of(shared_data / LOGS["bpic2020"])
    totals = journey.log.totals
    assert (totals.cases, totals.events, totals.activities) == (10_357, 55_628, 14)
    events = {a.name: a.events for a in journey.activities}
    assert {who: events[f"Declaration REJECTED by {who}"] for who in REJECTIONS} == REJECTIONS
    administration = events["Declaration APPROVED by ADMINISTRATION"] + 936
    assert administration == 8_997
    final = journey.activity("Declaration FINAL_APPROVED by SUPERVISOR")
    assert totals.cases - final.cases == 419
    [approved] = [m for m in journey.moves if (m.source, m.target) == APPROVED_TO_REQUEST]
    assert approved.wait.median == pytest.approx(27, abs=1)


def per_case_counts(journey, activities):
    """How often each case does any of these activities, as a pandas series."""
    e = journey.log.events
    counted = e.group_by("case_id").aggregate(n=e.activity.isin(activities).cast("int64").sum())
    return counted.to_pandas().set_index("case_id")["n"]


def test_bpic2020_resubmission_and_rejection(shared_data):
    journey = journey_of(shared_data / LOGS["bpic2020"])
    paid = per_case_counts(journey, ["Payment Handled"]) > 0
    submitted = per_case_counts(journey, ["Declaration SUBMITTED by EMPLOYEE"])[paid]
    counts = Counter(min(n, 4) for n in submitted if n)
    assert counts == {1: 8_945, 2: 845, 3: 109, 4: 12}
    rejections = [a.name for a in journey.activities if "REJECTED" in a.name]
    rejected = per_case_counts(journey, rejections) > 0
    spans = journey.case_table.to_pandas().set_index("case_id")
    days = (spans["end"] - spans["start"]) / DAY
    assert rejected.sum() == 1_278
    assert days[rejected].median() == pytest.approx(11.1, abs=0.05)
    assert days[~rejected].median() == pytest.approx(7.2, abs=0.05)


def test_bpic2020_late_on_the_wall_clock(shared_data):
    """38 % of payment requests come later than 48 hours; weekends included."""
    e = journey_of(shared_data / LOGS["bpic2020"]).log.events
    source, target = APPROVED_TO_REQUEST
    here = e.filter(e.activity == source, e.next_activity == target)
    late = (here.next_at - here.at > 2 * DAY).mean().execute()
    assert late == pytest.approx(0.38, abs=0.01)


def test_bpic2020_late_on_the_working_clock(shared_data):
    """The same 48 hours, of Dutch office hours: 9 %. A duration says nothing without its calendar."""
    journey = mine(journey_of(shared_data / LOGS["bpic2020"]).log, calendar="weekdays")
    source, target = APPROVED_TO_REQUEST
    here = journey.event_table.filter(
        lambda e: e.activity == source, lambda e: e.next_activity == target
    )
    late = (here.worked_wait > 2 * DAY).mean().execute()
    assert late == pytest.approx(0.09, abs=0.01)
    [move] = [m for m in journey.moves if (m.source, m.target) == APPROVED_TO_REQUEST]
    assert move.working.median < move.wait.median


def test_servicenow_incident(shared_data):
    journey = journey_of(shared_data / LOGS["servicenow"])
    totals = journey.log.totals
    assert (totals.cases, totals.events) == (24_918, 141_712)
    assert totals.first.year == 2016
    frame = journey.log.to_pandas()
    last = frame.groupby("case_id").last()
    assert (last["made_sla"] == "true").mean() == pytest.approx(0.634, abs=0.0005)
    counts = frame[["case_id", "reassignment_count", "reopen_count"]].copy()
    counts[["reassignment_count", "reopen_count"]] = counts.iloc[:, 1:].astype(int)
    most = counts.groupby("case_id").max()
    assert (most["reassignment_count"] > 0).mean() == pytest.approx(0.456, abs=0.0005)
    assert (most["reopen_count"] > 0).mean() == pytest.approx(0.011, abs=0.0005)


def test_tmall(shared_data):
    journey = journey_of(shared_data / LOGS["tmall"])
    assert journey.log.totals.cases == 28_010
    assert {a.name for a in journey.activities} == {"订单创建时间", "订单付款时间"}
