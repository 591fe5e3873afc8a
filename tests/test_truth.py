"""The benchmark of truth is true itself: what it plants is there, and its scores are what they say.

The counts here see nothing but the rows of a generated log and its history of changes, and share no
code with the generator. One strong log and three clean ones stand in for the whole benchmark.
"""

from __future__ import annotations

import json
import math
import statistics
import sys
from collections import defaultdict
from datetime import datetime, timedelta
from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import ROOT
from tests.test_event_logs import Log, generator

sys.path.insert(0, str(ROOT / "benchmarks"))

import truth as benchmark
import truth_scores as scoring
from truth_report import report
from truth_verdicts import Task, _shuffled, rules, verdict

STAGES = ["Awareness", "Interest", "Evaluation", "Purchase", "After-sales", "Advocacy"]
DAY = timedelta(days=1)


class Again(Log):
    """More plain counts, one per type: concerned and all."""

    def __init__(self, made) -> None:
        super().__init__(made.rows, made.truth)
        self.end = datetime.fromisoformat(made.truth["t_obs"])
        for events in self.cases.values():
            for event in events:
                event["at"] = datetime.fromisoformat(event["timestamp"])
        self.written = {}
        for row in made.changes:
            key = row["object_id"], row["attribute"], row["department"]
            self.written[key] = row["new"], datetime.fromisoformat(row["timestamp"]), row["source"]

    def sla_breach(self, locus):
        late, limit = [], timedelta(hours=240)
        for events in self.cases.values():
            start = None
            for event in [*events, {"activity": "", "at": self.end}]:
                if start and event["activity"] == locus["to"]:
                    late.append(event["at"] - start > limit)
                    start = None
                if event["activity"] == locus["from"]:
                    start = event["at"]
            if start and self.end - start > limit:
                late.append(True)
        return sum(late), len(late)

    def unanswered(self, locus):
        silent = []
        for events in self.cases.values():
            staff = [e["at"] for e in events if e["actor"] == "staff"]
            for event in events:
                asked, until = event["at"], event["at"] + 2 * DAY
                if event["activity"] == locus["activity"] and until <= self.end:
                    silent.append(not any(asked <= at <= until for at in staff))
        return sum(silent), len(silent)

    def channel_switch(self, locus):
        touches = [
            (a, b)
            for events in self.cases.values()
            for a, b in pairwise([*events, {"actor": "", "channel": "", "at": self.end}])
            if a["actor"] == "customer" and a["channel"] == locus["from"]
        ]
        forced = [
            b["actor"] == "customer" and b["channel"] == locus["to"] and b["at"] - a["at"] <= DAY
            for a, b in touches
        ]
        return sum(forced), len(forced)

    def stage_regression(self, locus):
        reached = fell = 0
        for events in self.cases.values():
            path = [e["stage"] for e in events if e["activity"] not in self.repeatable]
            reached += locus["from"] in path
            fell += (locus["from"], locus["to"]) in set(pairwise(path))
        return fell, reached

    def stage_skip(self, locus):
        skipped, rank = [], STAGES.index(locus["stage"])
        for events in self.cases.values():
            seen = {STAGES.index(e["stage"]) for e in events}
            if any(s < rank for s in seen) and any(s > rank for s in seen):
                skipped.append(rank not in seen)
        return sum(skipped), len(skipped)

    def rule(self, locus):
        if locus["rule"] == "amount_reduced":
            won = [es for es in self.cases.values() if es[0]["outcome"] == "won"]
            amounts = [[float(e["amount"]) for e in events if e["amount"]] for events in won]
            return sum(a[-1] < a[0] for a in amounts), len(amounts)
        return self._then("Lead Assigned", "Needs Analysis")

    def orphan_events(self, locus):
        return self._then("Order Booked", "Delivery Kickoff")

    def _then(self, source, target):
        steps = [p for es in self.cases.values() for p in pairwise(es)]
        after = [b["activity"] for a, b in steps if a["activity"] == source]
        return after.count(target), len(after)

    def gate_incomplete(self, locus):
        missing = []
        for events in self.cases.values():
            ranks = [STAGES.index(e["stage"]) for e in events]
            gate = STAGES.index(locus["stage"])
            if gate in ranks and max(ranks) > gate:
                leaves = min(i for i, rank in enumerate(ranks) if rank > gate)
                missing.append(not any(e[locus["attribute"]] for e in events[:leaves]))
        return sum(missing), len(missing)

    def handed(self, locus):
        """Value and time at sender and receiver, and the time of taking over, per first hand-over."""
        for case, events in self.cases.items():
            own = self.written.get((case, locus["attribute"], locus["from"]))
            for a, b in pairwise(events):
                pair = a["department"], b["department"]
                if own and own[1] <= a["at"] and pair == (locus["from"], locus["to"]):
                    key = case, locus["attribute"], locus["to"]
                    yield own, self.written.get(key), b["at"]
                    break

    def information_lag(self, locus):
        late = [got[1] - at > DAY for _, got, at in self.handed(locus) if got]
        return sum(late), len(late)

    def re_entry(self, locus):
        typed = [
            bool(got) and got[1] - at > DAY and got[2] == "manual"
            for _, got, at in self.handed(locus)
        ]
        return sum(typed), len(typed)

    def contradiction(self, locus):
        other = [got[0] != own[0] for own, got, _ in self.handed(locus) if got]
        return sum(other), len(other)

    def customers(self):
        """Cases by the digits of their phone number."""
        found = defaultdict(list)
        for events in self.cases.values():
            found["".join(s for s in events[0]["phone"] if s.isdigit())].append(events)
        return found

    def duplicate_customers(self, locus):
        return len(self.cases) - len(self.customers()), len(self.cases)

    def owner_collision(self, locus):
        collided = 0
        for records in self.customers().values():
            owners = {(e["department"], e["resource"]) for es in records for e in es}
            pairs = permutations(owners, 2)
            collided += any(a[0] == b[0] and a[1] and b[1] for a, b in pairs)
        return collided, len(self.customers())

    def identity_gap(self, locus):
        gaps = []
        for events in self.cases.values():
            phones = defaultdict(set)
            for event in events:
                phones[event["system"]].add(event["phone"])
            if {locus["from"], locus["to"]} <= set(phones):
                gaps.append(phones[locus["to"]] == {""})
        return sum(gaps), len(gaps)

    def medians(self, plant):
        """Median hours of the plant's own steps and of those it is compared with."""
        kind, locus = plant["type"], plant["locus"]
        own, rest = [], []
        for events in self.cases.values():
            first = events[0]["at"]
            quarter = f"{first.year}-Q{math.ceil(first.month / 3)}"
            for a, b in pairwise(events):
                step = (a["activity"], b["activity"]) == (locus["from"], locus["to"])
                pair = a["department"], b["department"]
                hours = (b["at"] - a["at"]) / timedelta(hours=1)
                if kind == "bottleneck":
                    (own if step else rest).append(hours)
                elif kind == "handover_latency" and pair[1] == locus["to"] != pair[0]:
                    (own if pair[0] == locus["from"] else rest).append(hours)
                elif kind == "slow_transition" and step:
                    here = {"period": quarter, "segment": b["segment"], "channel": b["channel"]}
                    slow = all(locus.get(key, value) == value for key, value in here.items())
                    (own if slow else rest).append(hours)
        return statistics.median(own), statistics.median(rest)

    def count(self, plant):
        kind, locus = plant["type"], plant["locus"]
        match kind:
            case "rework_loop":
                return self.rework_loop(locus.get("activity", locus.get("from")))
            case "ping_pong":
                return self.ping_pong(locus["departments"])
            case "drop_off":
                return self.drop_off("activity", locus["activity"])
            case "carry_over_loss" | "re_ask":
                return getattr(self, kind)(locus["attribute"], locus["from"], locus["to"])
            case _:
                return getattr(self, kind)(locus)


@pytest.fixture(scope="module", params=["strong", "mild"])
def made(request):
    return generator.generate_all("benchmark", 600, 2, request.param)


def test_counting_again_confirms_every_plant(made):
    log = Again(made)
    for plant in made.truth["plants"]:
        real = plant["realised"]
        if "k" in real:
            k, n = log.count(plant)
            if plant["type"] in ("carry_over_loss", "re_ask"):
                # What is asked for again within the day counts as lost there, and not here.
                assert k / n == pytest.approx(real["share"], abs=0.02), plant
            else:
                assert (k, n) == (real["k"], real["n"]), plant
            assert real["k"] / real["n"] == pytest.approx(plant["magnitude"], abs=0.13), plant
        else:
            own, rest = log.medians(plant)
            found = real.get("ratio", real.get("ratio_calendar"))
            assert own / rest == pytest.approx(found, abs=0.02), plant


def test_there_is_a_plant_of_every_type_of_the_contract(made):
    planted = {plant["type"] for plant in made.truth["plants"]}
    assert planted == {
        *("slow_transition", "rework_loop", "ping_pong", "drop_off", "sla_breach", "unanswered"),
        *("bottleneck", "stage_regression", "stage_skip", "channel_switch", "rule"),
        *("carry_over_loss", "re_entry", "contradiction", "information_lag", "re_ask"),
        *("gate_incomplete", "handover_latency", "orphan_events"),
        *("duplicate_customers", "owner_collision", "identity_gap"),
    }


def test_nothing_is_wrong_without_plants():
    strong = generator.generate_all("benchmark", 600, 2).truth["plants"]
    clean = generator.generate_all("benchmark", 600, 2, "none")
    log = Again(clean)
    assert clean.truth["plants"] == []
    for plant in strong:
        if "k" in plant["realised"] and plant["type"] != "re_ask":
            k, n = log.count(plant)
            assert k / n < 0.06, (plant["type"], plant["locus"])
        elif plant["type"] == "slow_transition":
            own, rest = log.medians(plant)
            assert own / rest < 1.6, plant


def test_confounding_alone_makes_no_segment_slow():
    """Small customers meet online more often, which is slow: not so much that they are slow."""
    made = generator.generate_all("benchmark", 900, 5)
    waits = Again(made).waits["Solution Design", "Product Demo"]
    small = statistics.median(hours for hours, segment in waits if segment == "Small")
    others = statistics.median(hours for hours, segment in waits if segment != "Small")
    assert 1.0 < small / others < 1.45


# -- the library, on one log of each kind --------------------------------------------------------


@pytest.fixture(scope="module")
def strong():
    return verdict(Task("benchmark", "strong", 600, 2))


def test_a_strong_log_is_told_in_full_and_nothing_else_is(strong):
    scope = scoring.in_scope([strong])
    assert {"rework_loop", "ping_pong", "drop_off", "carry_over_loss", "bottleneck"} <= scope
    assert "slow_transition by segment" in scope
    for kind, score in scoring.scores([strong], scope, {}).items():
        assert score.recall == 1, kind
        assert score.wrong == 0, kind


@pytest.mark.parametrize("world", benchmark.CLEAN)
def test_nothing_is_proven_of_a_clean_log(world):
    findings = verdict(Task(world, "none", 600, 1001))["findings"]
    assert [f for f in findings if f["confidence"] == "proven"] == []


def test_what_the_benchmark_declares_is_told():
    assert [sla.rule for sla in rules().sla] == ["credit_check", "risk_to_sales"]


# -- scores --------------------------------------------------------------------------------------

SLOW = {"type": "slow_transition", "locus": {"from": "a", "to": "b", "segment": "x"}}
LOOP = {"type": "rework_loop", "locus": {"from": "c", "to": "d"}}
PLANTS = [SLOW | {"cost": 100.0, "echoes": []}, LOOP | {"cost": 10.0, "echoes": [SLOW]}]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"activity": "c"}, {"from": "c", "to": "d"}, True),
        ({"activity": "e"}, {"from": "c", "to": "d"}, False),
        ({"from": "a", "to": "b"}, {"from": "a", "to": "b", "segment": "x"}, True),
        ({"from": "b", "to": "a"}, {"from": "a", "to": "b"}, False),
        ({"from": "a", "to": "b", "period": "y"}, {"from": "a", "to": "b", "segment": "x"}, False),
        ({"departments": ["a", "b"]}, {"departments": ["b", "a"]}, True),
        ({"stage": "after_sales"}, {"stage": "After-sales"}, True),
        ({}, {"key": "phone"}, True),
    ],
)
def test_two_places_overlap(one, other, same):
    assert scoring.overlaps(one, other) is same
    assert scoring.overlaps(other, one) is same


def _found(said, confidence="proven", **more):
    return said | {"confidence": confidence, "p": 0.001} | more


def _claimed(said, low, high):
    numbers = {"n": 100, "n_censored": None, "estimate": 0.4, "unit": "share", "clock": None}
    return said | numbers | {"ci_low": low, "ci_high": high, "p": 0.001}


def _judged(findings, claims=()):
    return {"plants": PLANTS, "findings": findings, "claims": list(claims)}


def test_hits_misses_echoes_and_false_alarms_are_counted_apart():
    elsewhere = {"type": "rework_loop", "locus": {"activity": "z"}}
    because = {"type": "rework_loop", "locus": {"activity": "y", "because": "b-1"}}
    findings = [_found(LOOP), _found(elsewhere), _found(because), _found(SLOW, "suggestive")]
    scope = {"rework_loop", "slow_transition by segment"}
    table = scoring.scores([_judged(findings)], scope, {})
    loop, slow = table["rework_loop"], table["slow_transition by segment"]
    assert (loop.recall, loop.precision, loop.wrong) == (1.0, 0.5, 1)
    assert (slow.recall, slow.precision) == (0.0, None)


def test_intervals_are_held_against_the_population():
    truth = {scoring.name(LOOP): {"share": 0.5}}
    claims = [_claimed(LOOP, 0.45, 0.55)]
    score = scoring.scores([_judged([], claims)], {"rework_loop"}, truth)["rework_loop"]
    assert score.covered == [True]
    assert score.covered_90 == [False]
    assert score.log_ratios == [pytest.approx(math.log(0.5 / 0.4))]


def test_only_what_a_family_looks_for_is_in_scope():
    elsewhere = SLOW | {"locus": {"from": "q", "to": "r", "segment": "x"}}
    assert scoring.in_scope([_judged([], [elsewhere])]) == {"slow_transition by segment"}
    by_channel = SLOW | {"locus": {"from": "a", "to": "b", "channel": "x"}}
    assert scoring.in_scope([_judged([], [by_channel])]) == set()


def test_the_gain_of_a_ranking():
    assert scoring.ndcg([SLOW, LOOP], PLANTS) == 1.0
    swapped = (10 + 100 / math.log2(3)) / (100 + 10 / math.log2(3))
    assert scoring.ndcg([LOOP, SLOW, SLOW], PLANTS) == pytest.approx(swapped)
    step = {"locus": {"from": "a", "to": "b"}}
    assert scoring.ndcg([step], PLANTS, typed=False) > 0.9
    assert scoring.ndcg([step], [], typed=False) == 0.0


@given(st.permutations(range(12)))
def test_no_order_beats_the_order_of_cost(order):
    plants = [
        {"type": "drop_off", "locus": {"activity": str(i)}, "cost": float(i + 1), "echoes": []}
        for i in range(12)
    ]
    best = sorted(plants, key=lambda plant: -plant["cost"])
    assert scoring.ndcg([plants[i] for i in order], plants) <= 1.0 + 1e-9
    assert scoring.ndcg(best, plants) == pytest.approx(1.0)


# -- the run -------------------------------------------------------------------------------------


def test_labels_dealt_anew_are_the_same_labels():
    made = generator.generate_all("benchmark", 80, 4)
    columns = made.truth["columns"]
    segments = _shuffled(made.rows, columns, Task("benchmark", "strong", 80, 4, "segment"))
    by_case = {row["case_id"]: row["segment"] for row in made.rows}
    dealt = defaultdict(set)
    for row in segments:
        dealt[row["case_id"]].add(row["segment"])
    assert all(len(found) == 1 for found in dealt.values())
    assert sorted(by_case.values()) == sorted(s for found in dealt.values() for s in found)
    assert any(dealt[case] != {segment} for case, segment in by_case.items())
    channels = _shuffled(made.rows, columns, Task("benchmark", "strong", 80, 4, "channel"))
    for rows in (made.rows, channels):
        rows.sort(key=lambda row: (row["activity"], row["channel"]))
    pairs = [[(row["activity"], row["channel"]) for row in rows] for rows in (made.rows, channels)]
    assert pairs[0] == pairs[1]


def test_half_of_the_nulls_are_clean_worlds():
    tasks = list(benchmark.nulls(24))
    assert len(set(tasks)) == 24
    assert [task.strength for task in tasks].count("none") == 12
    assert {task.world for task in tasks} == set(benchmark.CLEAN)


def test_a_killed_run_goes_on(tmp_path):
    store = tmp_path / "truth.jsonl"
    task = Task("solar_home", "none", 40, 1)
    [first] = benchmark.judge([task], 1, store)
    with store.open("a", encoding="utf-8") as file:
        file.write(store.read_text(encoding="utf-8")[:50])
    before = store.read_bytes()
    [again] = benchmark.judge([task], 1, store)
    assert store.read_bytes() == before
    assert again["findings"] == first["findings"]
    old = json.dumps({"code": "of another day", **first}) + "\n"
    store.write_text(old, encoding="utf-8")
    assert dict(benchmark._stored(store, "of today")) == {}


def test_the_report_tells_types_rankings_and_nulls(strong):
    shuffled = strong | {"task": strong["task"] | {"shuffled": "segment"}}
    text = report([strong, shuffled], {"strong": {}})
    assert "## strong, 600 cases, 1 logs" in text
    assert "| drop_off | 1 | 1.00 | 1.00 | 0 |" in text
    assert "| mean wait |" in text
    assert "- segments dealt anew: slow_transition: from Question Answered" in text
