"""Touchpoints against a plain count over the rows; moments of truth where they are planted."""

from __future__ import annotations

import dataclasses
import functools
import importlib.util
import json
import random
import statistics
import sys
from datetime import timedelta
from itertools import pairwise

import pytest

from journeylib import engine as engines
from journeylib import read_log
from journeylib.findings import Rules, diagnose, touchpoints
from journeylib.findings.moments import moments_of_truth
from journeylib.findings.study import Study
from journeylib.mining import mine
from tests.conftest import ROOT
from tests.logs import at, log_of

ENGINE = engines.duckdb()
RULES = Rules.load()
ALL = dataclasses.replace(RULES, sample=dataclasses.replace(RULES.sample, least=1))
STAGE_OF = {"a": "认知", "b": "兴趣", "c": "评估", "d": "购买"}
ID_OF = {"认知": "awareness", "兴趣": "interest", "评估": "evaluation", "购买": "purchase"}


def rows_of(cases):
    """``{case: ([(activity, hour, channel, actor)], outcome)}`` as rows, staged by activity."""
    return [
        {
            "case_id": case,
            "activity": activity,
            "timestamp": at(hour),
            "stage": STAGE_OF[activity],
            "channel": channel,
            "actor": actor,
            "outcome": outcome,
        }
        for case, (events, outcome) in cases.items()
        for activity, hour, channel, actor in events
    ]


def met(cases, rules=ALL):
    return touchpoints(mine(log_of(rows_of(cases), ENGINE)), rules)


@functools.cache
def world(seed):
    """Forty cases of events at different hours, in any order of stages, and their touchpoints."""
    rng = random.Random(seed)
    cases = {"c00": ([("a", 0.0, "电话", "customer")], "open")}
    for number in range(1, 40):
        hours = sorted(rng.sample(range(1, 60), rng.randint(1, 7)))
        events = [
            (
                rng.choice("abcd"),
                float(hour),
                rng.choice(["电话", "官网", "官网", None]),
                rng.choice(["customer", "staff", None]),
            )
            for hour in hours
        ]
        cases[f"c{number:02}"] = (events, rng.choice(["won", "lost", "open"]))
    return cases, met(cases)


SEEDS = (0, 1, 2)


def touched(cases):
    """The events of each case on a channel, in order."""
    return {case: [e for e in events if e[2]] for case, (events, _) in cases.items()}


# -- the matrix ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_the_matrix_counts_what_the_rows_show(seed):
    cases, met_there = world(seed)
    found = {(c.stage, c.channel): c for c in met_there.matrix}
    cells = {}
    for case, events in touched(cases).items():
        before = None
        for activity, hour, channel, actor in events:
            cell = cells.setdefault((ID_OF[STAGE_OF[activity]], channel), {})
            cell.setdefault(case, []).append((hour, before, actor))
            before = hour
    assert found.keys() == cells.keys()
    for place, per_case in cells.items():
        cell = found[place]
        touches = [touch for touches in per_case.values() for touch in touches]
        gaps = [hour - before for hour, before, _ in touches if before is not None]
        told = [actor for _, _, actor in touches if actor]
        in_stage = sum(
            any(ID_OF[STAGE_OF[e[0]]] == place[0] for e in events) for events, _ in cases.values()
        )
        assert (cell.cases, cell.events) == (len(per_case), len(touches))
        assert cell.reach.value == pytest.approx(len(per_case) / in_stage)
        assert cell.per_case.value == pytest.approx(len(touches) / len(per_case))
        assert cell.gap.value == (pytest.approx(statistics.median(gaps)) if gaps else None)
        share = told.count("customer") / len(told) if told else None
        assert cell.by_customer.value == (None if share is None else pytest.approx(share))


def ends(cases, place):
    """(hours until it ends, cause) of each case at risk from its first touch at `place`."""
    last = max(e[1] for events, _ in cases.values() for e in events)
    rank = list(ID_OF.values()).index(place[0])
    for case, (events, outcome) in cases.items():
        here = [e[1] for e in touched(cases)[case] if (ID_OF[STAGE_OF[e[0]]], e[2]) == place]
        if not here:
            continue
        first_in = {}
        for activity, hour, _, _ in events:
            first_in.setdefault(list(ID_OF.values()).index(ID_OF[STAGE_OF[activity]]), hour)
        onward = min((h for r, h in first_in.items() if r > rank), default=None)
        decided = events[-1][1]
        if onward is not None and onward < here[0]:
            continue
        if onward is None and outcome == "won" and decided >= here[0]:
            onward = decided
        if onward is not None:
            yield onward - here[0], 1
        elif outcome == "lost":
            yield decided - here[0], 2
        else:
            yield last - here[0], 0


def incidence_of_one(durations):
    """Aalen–Johansen, one factor a distinct time."""
    s, total = 1.0, 0.0
    for t in sorted({d for d, _ in durations}):
        at_risk = sum(d >= t for d, _ in durations)
        here = [cause for d, cause in durations if d == t]
        total += s * here.count(1) / at_risk
        s *= 1 - sum(cause > 0 for cause in here) / at_risk
    return total


@pytest.mark.parametrize("seed", SEEDS)
def test_conversion_is_the_incidence_from_the_first_touch_on(seed):
    cases, met_there = world(seed)
    found = met_there
    last = found.stages[-1].stage if found.stages else None
    for cell in found.matrix:
        expected = list(ends(cases, (cell.stage, cell.channel)))
        if cell.conversion.value is None:
            assert not expected or cell.conversion.reason is not None
        else:
            assert cell.stage != last or cell.conversion.n
            assert cell.conversion.n == len(expected)
            assert cell.conversion.value == pytest.approx(incidence_of_one(expected))


def test_what_came_before_the_touch_is_not_its_conversion():
    """Cases that had gone on already and are called later are no success of the call."""
    events = [("a", 0.0, "官网", "customer"), ("b", 1.0, "官网", "customer")]
    late = [*events, ("a", 2.0, "电话", "staff")]
    cases = {f"n{i}": (events, "open") for i in range(20)} | {
        f"l{i}": (late, "open") for i in range(20)
    }
    cells = {(c.stage, c.channel): c.conversion for c in met(cases).matrix}
    assert cells["awareness", "官网"].value == 1.0
    assert (cells["awareness", "电话"].value, cells["awareness", "电话"].n) == (None, 0)


def test_cells_of_few_cases_are_not_told():
    cases = {f"c{i}": ([("a", 0.0, "官网", "customer")], "open") for i in range(9)}
    [cell] = met(cases, RULES).matrix
    assert cell.cases == 9
    facts = (cell.reach, cell.per_case, cell.by_customer, cell.conversion)
    assert all(fact.value is None and fact.reason is not None for fact in facts)
    assert "9" in cell.reach.reason.zh and "9" in cell.reach.reason.en


# -- switches --------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_switches_are_pairs_of_touches_on_different_channels(seed):
    cases, met_there = world(seed)
    counts, left = {}, {}
    for events in touched(cases).values():
        for one, other in pairwise(events):
            stage = ID_OF[STAGE_OF[one[0]]]
            left[stage, one[2]] = left.get((stage, one[2]), 0) + 1
            if one[2] != other[2]:
                key = (stage, one[2], other[2])
                counts[key] = counts.get(key, 0) + 1
    found = {(s.stage, s.source, s.target): s for s in met_there.switches}
    assert {key: s.count for key, s in found.items()} == counts
    for key, switch in found.items():
        assert switch.rate.value == pytest.approx(counts[key] / left[key[:2]])
        assert switch.rate.ci_low <= switch.rate.value <= switch.rate.ci_high
        assert 0 <= switch.forced <= switch.count


def test_a_customer_left_without_an_answer_is_forced_to_switch():
    answered = [("a", 0.0, "官网", "customer"), ("b", 1.0, "电话", "staff")]
    forced = [
        ("a", 0.0, "官网", "customer"),
        ("a", 5.0, "电话", "customer"),
        ("b", 6.0, "电话", "staff"),
    ]
    late = [forced[0], ("a", 48.0, "电话", "customer"), ("b", 50.0, "电话", "staff")]
    cases = {f"a{i}": (answered, "open") for i in range(40)}
    cases |= {f"f{i}": (forced, "open") for i in range(12)} | {"l": (late, "open")}
    [by_customer] = [s for s in met(cases).switches if (s.count, s.stage) == (53, "awareness")]
    assert by_customer.forced == 12


def test_browsing_asks_for_no_answer():
    """Where staff hardly ever follow, going on to another channel is the customer's own way."""
    browsing = [("a", 0.0, "官网", "customer"), ("a", 1.0, "微信", "customer")]
    [switch] = met({f"c{i}": (browsing, "open") for i in range(20)}).switches
    assert (switch.count, switch.forced) == (20, 0)


# -- visibility ------------------------------------------------------------------------------------


def test_the_line_of_visibility():
    cases = {
        f"c{i}": (
            [
                ("a", 0.0, "官网", "customer"),
                ("b", 1.0, "电话", "staff"),
                ("c", 2.0, None, "staff"),
                ("d", 3.0, "电话", None),
            ],
            "open",
        )
        for i in range(3)
    }
    lines = {v.activity: v.line for v in met(cases).visibility}
    assert lines == {"a": "customer", "b": "frontstage", "c": "backstage", "d": "unknown"}


def test_without_channels_only_the_customer_is_known():
    rows = [
        {"case_id": f"c{i}", "activity": name, "timestamp": at(hour), "actor": actor}
        for i in range(12)
        for hour, (name, actor) in enumerate([("提交表单", "customer"), ("报价", "staff")])
    ]
    found = touchpoints(mine(log_of(rows, ENGINE)))
    assert [v.line for v in found.visibility] == ["customer", "unknown"]
    assert found.matrix == () and found.reason is not None
    assert found.to_dict()["reason"]["en"].startswith("the log has no channel")


def test_without_actors_nobody_is_said_to_initiate():
    rows = [
        {"case_id": f"c{i}", "activity": "报价", "timestamp": at(i), "channel": "邮件"}
        for i in range(12)
    ]
    found = touchpoints(mine(log_of(rows, ENGINE)))
    [cell] = found.matrix
    assert cell.by_customer.value is None and cell.by_customer.reason is not None
    assert cell.gap.reason is not None
    assert [v.line for v in found.visibility] == ["unknown"]
    assert found.switches == ()


def test_start_and_complete_of_one_call_are_one_touch():
    rows = [
        {
            "case_id": f"c{i}",
            "activity": "电话",
            "timestamp": at(hour),
            "channel": "电话",
            "lifecycle": w,
        }
        for i in range(12)
        for hour, w in enumerate(("start", "complete"))
    ]
    [cell] = touchpoints(mine(log_of(rows, ENGINE))).matrix
    assert (cell.cases, cell.events) == (12, 12)


# -- moments of truth ------------------------------------------------------------------------------


def calls(seed, *, fast, slow, cases=400, actor="staff"):
    """A call that comes soon or late after a form; each is won with its own share."""
    rng = random.Random(seed)
    rows = []
    for number in range(cases):
        wait = rng.uniform(1, 100)
        won = rng.random() < (fast if wait < 50 else slow)
        start = rng.uniform(0, 2000)
        path = [
            ("提交表单", 0.0, "官网"),
            ("首次联系", wait, "电话"),
            ("产品演示", wait + rng.uniform(1, 100), "上门"),
        ]
        if won:
            path.append(("签订合同", path[-1][1] + rng.uniform(1, 200), "上门"))
        rows += [
            {
                "case_id": f"c{number:04}",
                "activity": activity,
                "timestamp": at(start + hour),
                "channel": channel,
                "actor": actor,
                "outcome": "won" if won else "lost",
            }
            for activity, hour, channel in path
        ]
    return rows


def candidates(rows):
    trial = moments_of_truth(Study(mine(log_of(rows, ENGINE)), RULES))
    return trial, [claim for claim in trial.claims if claim.notable]


def test_a_planted_moment_comes_first_and_is_never_proven():
    rows = calls(1, fast=0.7, slow=0.3)
    trial, listed = candidates(rows)
    assert listed[0].locus == {"stage": "interest", "channel": "电话", "activity": "首次联系"}
    assert all(claim.p is None and not claim.exceeds for claim in trial.claims)
    assert listed[0].estimate == pytest.approx(0.4, abs=0.1)
    assert listed[0].ci_low < listed[0].estimate < listed[0].ci_high
    findings = diagnose(mine(log_of(rows, ENGINE)))
    [found] = findings.of_type("moment_of_truth").top(1)
    assert (found.confidence, found.q, found.kind) == ("suggestive", None, "touchpoint")
    assert len(found.cases) == 20 and "fast" in found.sql
    assert not findings.proven.of_type("moment_of_truth").items


def test_the_estimate_is_what_a_plain_count_says():
    """With nothing open the incidence is the plain share of each half."""
    rows = calls(2, fast=0.6, slow=0.2)
    forms = {r["case_id"]: r["timestamp"] for r in rows if r["activity"] == "提交表单"}
    first = {r["case_id"]: r for r in rows if r["activity"] == "首次联系"}
    wait = {case: row["timestamp"] - forms[case] for case, row in first.items()}
    middle = sorted(wait.values())[len(wait) // 2 - 1]
    halves = [[c for c, w in wait.items() if (w <= middle) is half] for half in (True, False)]
    shares = [sum(first[c]["outcome"] == "won" for c in half) / len(half) for half in halves]
    [claim] = [c for c in candidates(rows)[0].claims if c.locus["activity"] == "首次联系"]
    assert claim.estimate == pytest.approx(shares[0] - shares[1])


def test_waits_that_end_alike_are_no_moments():
    listed = [
        claim for seed in range(5) for claim in candidates(calls(seed, fast=0.5, slow=0.5))[1]
    ]
    assert len(listed) <= 1  # each stands a chance of 5 %, and none is ever proven


def test_what_follows_the_outcome_decides_nothing():
    """Visits after the contract come fast or slow; those customers are won already."""
    rows = calls(3, fast=0.7, slow=0.3)
    rng = random.Random(3)
    signed = [row for row in rows if row["activity"] == "签订合同"]
    rows += [
        row
        | {
            "activity": "客户回访",
            "timestamp": row["timestamp"] + timedelta(hours=rng.uniform(1, 99)),
        }
        for row in signed
    ]
    trial, _ = candidates(rows)
    assert "客户回访" not in {claim.locus["activity"] for claim in trial.claims}
    assert trial.claims


@pytest.mark.parametrize("dropped", ["channel", "outcome"])
def test_without_its_columns_the_family_is_untested(dropped):
    rows = calls(4, fast=0.7, slow=0.3, cases=50)
    plain = [{k: v for k, v in row.items() if k != dropped} for row in rows]
    for row in plain:
        row["activity"] = {"签订合同": "电话"}.get(row["activity"], row["activity"])
    trial, _ = candidates(plain)
    assert trial.claims == () and trial.power is not None


def test_few_cases_make_no_candidate():
    trial, _ = candidates(calls(5, fast=1.0, slow=0.0, cases=15))
    assert trial.claims == ()


# -- the shipped logs ------------------------------------------------------------------------------


def generator():
    path = ROOT / "event_logs" / "generate.py"
    spec = importlib.util.spec_from_file_location("event_log_generator", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["crm_sales", "solar_home"])
def test_shipped_logs_have_touchpoints_and_nothing_proven(name):
    journey = mine(read_log(ROOT / "event_logs" / f"{name}.csv"))
    found = touchpoints(journey)
    assert {c.stage for c in found.matrix} <= {s.id for s in journey.stages}
    assert {v.line for v in found.visibility} == {"customer", "frontstage", "backstage"}
    assert json.dumps(found.to_dict()) == json.dumps(touchpoints(journey).to_dict())
    trial = moments_of_truth(Study(journey, RULES))
    assert trial.claims and all(claim.p is None for claim in trial.claims)
    assert repr(found).startswith("Touchpoints(6 stages × ")
    assert list(found.frame("zh").columns[:3]) == ["stage", "name", "channel"]
    for table in ("stages", "switches", "visibility"):
        assert len(found.frame("en", table)) == len(getattr(found, table))


@pytest.mark.parametrize("world", ["crm_sales", "solar_home"])
@pytest.mark.parametrize("seed", [1, 2])
def test_worlds_without_plants_have_few_candidates_and_none_proven(world, seed):
    import pandas as pd

    rows, _ = generator().generate(world, cases=400, seed=seed, plants=False)
    trial = moments_of_truth(Study(mine(read_log(pd.DataFrame(rows))), RULES))
    assert sum(claim.notable for claim in trial.claims) <= 2
    assert all(claim.p is None for claim in trial.claims)
