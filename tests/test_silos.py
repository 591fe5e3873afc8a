"""Silos between departments: planted ones are proven, clean logs are silent, oracles agree."""

from __future__ import annotations

import dataclasses
import itertools
from collections import defaultdict

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import journeylib as jl
from journeylib import engine as engines
from journeylib.findings import silos
from journeylib.findings.gates import incomplete_gates
from journeylib.findings.identity import duplicates, identity_gaps, owner_collisions
from journeylib.findings.judge import judged
from journeylib.findings.lag import handover_latency, information_lag
from journeylib.findings.rules import Rules, Sla
from journeylib.findings.study import Study
from journeylib.findings.systems import orphans
from journeylib.mining import mine
from journeylib.terms import Span
from tests.logs import at, log_of
from tests.silo_worlds import promises, sales, traced
from tests.test_event_logs import generator

ENGINE = engines.duckdb()
RULES = Rules.load()
FAMILIES = (
    silos.carry_over,
    silos.re_entry,
    silos.contradiction,
    silos.re_ask,
    information_lag,
    handover_latency,
    incomplete_gates,
    orphans,
    identity_gaps,
    duplicates,
    owner_collisions,
)
DAY = 24 * 3_600_000_000


def study_of(log, rules=RULES):
    return Study(mine(log), rules)


def silos_in(log, rules=RULES):
    study = study_of(log, rules)
    return judged(study, [family(study) for family in FAMILIES])


def proven(found):
    return {(f.type, *map(str, f.locus.values())) for f in found.proven}


def powers(found):
    return {family.type: family.power.en for family in found.families}


# -- silence ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_proven_where_nothing_is_wrong(seed):
    assert proven(silos_in(log_of(sales(seed), ENGINE))) == set()
    assert proven(silos_in(traced(*promises(seed), ENGINE))) == set()


@pytest.mark.parametrize("seed", [7, 8])
@pytest.mark.parametrize("world", ["crm_sales", "solar_home"])
def test_nothing_is_proven_in_a_world_without_plants(world, seed):
    rows, _ = generator.generate(world, cases=200, seed=seed, plants=False)
    columns = {name: [row[name] or None for row in rows] for name in rows[0]}
    found = silos_in(jl.read_log(pa.table(columns), engine=ENGINE))
    assert proven(found) == set()
    assert found.tested > 30


@pytest.mark.parametrize("world", ["crm_sales", "solar_home"])
def test_in_the_shipped_logs_just_what_was_planted_is_proven(world):
    truth = generator.generate(world, cases=20)[1]  # plants and echoes do not depend on the cases
    key = lambda entry: (entry["type"], *entry["locus"].values())  # noqa: E731
    plants = {key(p) for p in truth["plants"] if p["type"] in ("carry_over_loss", "re_ask")}
    echoes = {key(e) for p in truth["plants"] for e in p["echoes"]}
    found = silos_in(jl.read_log(f"event_logs/{world}.csv", engine=ENGINE))
    assert plants <= proven(found) <= plants | echoes


# -- plants ----------------------------------------------------------------------------------------

SHOWN = {
    "contradict": ("contradiction", "预算", "销售部", "交付部"),
    "ask": ("re_ask", "预算", "销售部", "交付部"),
    "gate": ("gate_incomplete", "interest", "预算"),
}


@pytest.mark.parametrize("plant", SHOWN)
def test_what_is_planted_on_events_is_proven_and_little_else(plant):
    found = proven(silos_in(log_of(sales(3, **{plant: 0.4}), ENGINE)))
    assert SHOWN[plant] in found
    assert {kind for kind, *_ in found} <= {SHOWN[plant][0], "carry_over_loss"}


def test_what_arrives_late_is_lost_first_and_its_lag_is_measured():
    found = silos_in(log_of(sales(3, late=0.9), ENGINE))
    place = ("画像", "市场部", "销售部")
    assert {("carry_over_loss", *place), ("information_lag", *place)} <= proven(found)
    [lag] = found.of_type("information_lag")
    assert lag.comparator == 24.0 < lag.ci_low <= lag.estimate <= lag.ci_high
    assert lag.impact.value > 0
    [loss] = found.of_type("carry_over_loss")
    assert any("later" in caveat.en for caveat in loss.caveats)


@pytest.mark.parametrize(
    ("plant", "kinds"),
    [
        ("lost", {"carry_over_loss"}),
        ("typed", {"carry_over_loss", "re_entry"}),
        ("contradict", {"carry_over_loss", "contradiction"}),
    ],
)
def test_what_is_planted_in_the_history_of_changes_is_proven(plant, kinds):
    rows, changes = promises(3, **{plant: 0.45})
    found = silos_in(traced(rows, changes, ENGINE))
    place = ("承诺", "销售部", "交付部")
    assert proven(found) == {(kind, *place) for kind in kinds}


def test_a_re_entry_names_its_cost_as_a_range_of_hours():
    [found] = silos_in(traced(*promises(3, typed=0.45), ENGINE)).of_type("re_entry")
    assert any("working hours" in caveat.en for caveat in found.caveats)
    assert found.impact.unit == "handover"


def test_an_update_that_the_sender_takes_over_is_no_contradiction():
    rows = sales(3, contradict=0.4)
    for case, events in itertools.groupby(list(rows), key=lambda row: row["case_id"]):
        last = list(events)[-1]
        after = {**last, "activity": "客户回访", "department": "销售部", "system": "CRM"}
        rows.append({**after, "timestamp": last["timestamp"].replace(year=2026), "case_id": case})
    assert not silos_in(log_of(rows, ENGINE)).of_type("contradiction")


def test_what_differs_at_every_event_is_no_shared_information():
    rows = sales(3)
    for n, row in enumerate(rows):
        row["备注"] = f"第{n}条" if n % 7 else None
    assert not silos_in(log_of(rows, ENGINE)).of_type("contradiction")


def test_an_activity_that_asks_again_is_named_where_no_attribute_explains_it():
    rows = [
        {k: v for k, v in row.items() if k not in ("画像", "预算")} for row in sales(3, ask=0.4)
    ]
    [found] = silos_in(log_of(rows, ENGINE)).of_type("re_ask")
    asked = {row["case_id"] for row in rows if row["activity"] == "再次确认需求"}
    assert found.locus == {"activity": "再次确认需求"}
    assert (found.n, found.estimate) == (150, len(asked) / 150)
    assert set(found.cases) <= asked


def test_evidence_can_be_asked_again():
    found = silos_in(traced(*promises(3, typed=0.45), ENGINE)).proven
    for finding in found:
        [row] = ENGINE.ask(finding.sql).itertuples()
        assert row.k / row.decided == finding.estimate
        assert 0 < len(finding.cases) <= 20


# -- what is not there -----------------------------------------------------------------------------


def test_without_its_columns_a_family_is_untested_and_says_why():
    rows = [
        {"case_id": f"c{i}", "activity": a, "timestamp": at(i)} for i in range(40) for a in "ab"
    ]
    found = silos_in(log_of(rows, ENGINE))
    assert found.tested == 0
    assert len(powers(found)) == len(FAMILIES)
    assert all("Nothing could be tested" in power for power in powers(found).values())


def test_without_a_history_typing_cannot_be_told_from_syncing():
    told = powers(silos_in(log_of(sales(1), ENGINE)))
    assert "no history of field changes" in told["re_entry"]
    assert "asks the customer" in told["re_ask"]


def test_without_a_source_re_entry_is_untested():
    rows, changes = promises(3, typed=0.45)
    log = traced(rows, [{k: v for k, v in c.items() if k != "source"} for c in changes], ENGINE)
    assert "does not say who wrote" in powers(silos_in(log))["re_entry"]


def test_few_hand_overs_are_too_few():
    [found] = silos_in(traced(*promises(3, cases=8, typed=1.0), ENGINE)).of_type("re_entry")
    assert (found.confidence, found.n) == ("too_few", 8)


# -- latency of hand-overs -------------------------------------------------------------------------


def test_hand_overs_are_a_claim_only_against_a_declared_limit():
    log = log_of(sales(1), ENGINE)
    assert all(f.p is None for f in silos_in(log).of_type("handover_latency"))
    for hours, exceeds in (("4h", True), ("400h", False)):
        limit = Sla("销售部", "交付部", Span.parse(hours), "x")
        found = silos_in(log, dataclasses.replace(RULES, sla=(limit,)))
        claims = found.of_type("handover_latency").proven
        assert [f.locus for f in claims] == (
            [{"from": "销售部", "to": "交付部"}] if exceeds else []
        )


# -- oracles ---------------------------------------------------------------------------------------

CASES = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from(["A", "B", "C"]),
            st.integers(0, 30),
            st.sampled_from([None, "x", "y"]),
            st.booleans(),
        ),
        min_size=1,
        max_size=6,
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CASES)
def test_flows_of_shown_values_equal_a_slow_count(cases):
    rows = []
    for i, events in enumerate(cases):
        time = 0
        for department, wait, value, asks in events:
            time += wait
            activity = "ask again" if asks else "work"
            rows.append(
                {
                    "case_id": f"c{i}",
                    "activity": activity,
                    "timestamp": at(time),
                    "department": department,
                    "v": value,
                }
            )
    study = study_of(log_of(rows, ENGINE))
    found = {row[1:3]: (row.n_lost, row.k_lost, row.k_asked, row.n_answer) for row in study.flows}
    assert found == (_slow_flows(rows) if "v" in study.attributes else {})


def _slow_flows(rows):
    cases = defaultdict(list)
    for row in rows:
        cases[row["case_id"]].append(row)
    shows = defaultdict(lambda: [set(), set()])
    for row in rows:
        shows[row["department"]][0].add(row["case_id"])
        if row["v"]:
            shows[row["department"]][1].add(row["case_id"])
    needs = {d for d, (all_, own) in shows.items() if len(own) >= max(1, 0.05 * len(all_))}
    counts = defaultdict(lambda: [0, 0, 0, 0])
    for events in cases.values():
        blocks = [list(g) for _, g in itertools.groupby(events, key=lambda e: e["department"])]
        for before, block in itertools.pairwise(blocks):
            giver, taker = before[0]["department"], block[0]["department"]
            done = _until(events, block)
            known = any(e["v"] for e in done if e["department"] == giver)
            if not known or taker not in needs:
                continue
            start = block[0]["timestamp"]
            hours = [(e["timestamp"] - start).total_seconds() / 3600 for e in block]
            shown = [(h, e) for h, e in zip(hours, block, strict=True) if e["v"]]
            count = counts[giver, taker]
            count[0] += 1
            count[1] += not any(h <= 24 for h, _ in shown)
            later = bool(shown) and shown[0][1] is not block[0]
            count[2] += later and shown[0][1]["activity"] == "ask again"
            count[3] += bool(shown) and shown[0][0] <= 14 * 24
    return {pair: tuple(count) for pair, count in counts.items()}


def _until(events, block):
    """What was done before `block`, told apart by identity: events may be equal."""
    ids = [id(event) for event in events]
    return events[: ids.index(id(block[0]))]


WRITES = st.lists(
    st.tuples(
        st.integers(0, 200),
        st.sampled_from(["A", "B", None]),
        st.sampled_from(["x", "X ", "y"]),
        st.sampled_from(["manual", "sync", "import", None]),
    ),
    max_size=6,
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(WRITES, min_size=1, max_size=20))
def test_flows_of_changes_equal_a_slow_count(cases):
    rows, changes = [], []
    for i, writes in enumerate(cases):
        for hour, department in ((50, "A"), (60, "B"), (300, "C")):
            rows.append(
                {
                    "case_id": f"c{i}",
                    "activity": department,
                    "timestamp": at(hour),
                    "department": department,
                }
            )
        for n, (hour, department, value, source) in enumerate(writes):
            changes.append(
                {
                    "object_id": f"c{i}",
                    "attribute": "v",
                    "new": value,
                    "timestamp": at(hour + n / 100),
                    "department": department,
                    "source": source,
                }
            )
    if not changes:
        return
    study = study_of(traced(rows, changes, ENGINE))
    found = {
        row[1:3]: (row.n_lost, row.k_lost, row.n_typed, row.k_typed)
        for row in study.flows
        if row.target == "B"
    }
    assert found == _slow_changes(cases)


def _slow_changes(cases):
    """From A (until hour 50) to B (from hour 60), the one hand-over at which B may know."""
    if not any(department == "B" for writes in cases for _, department, _, _ in writes):
        return {}
    count = [0, 0, 0, 0]
    for writes in cases:
        timed = sorted((hour + n / 100, *rest) for n, (hour, *rest) in enumerate(writes))
        told = [value for hour, department, value, _ in timed if department == "A" and hour <= 50]
        if not told:
            continue
        own = [(h, v, s) for h, department, v, s in timed if department == "B"]
        by_hand = [(h, v) for h, v, s in own if s == "manual" and h > 50]
        others = [h for h, v, s in own if not (s == "manual" and h > 50)]
        sourced = any(source for *_, source in timed)
        typed = by_hand and by_hand[0][1].strip().lower() == told[-1].strip().lower()
        count[0] += 1
        count[1] += not any(h <= 84 for h, *_ in own)
        count[2] += sourced
        count[3] += bool(sourced and typed and not any(h <= by_hand[0][0] for h in others))
    return {("A", "B"): tuple(count)} if count[0] else {}
