"""Every rule kind against the slow oracle, and what a conformance promises."""

from __future__ import annotations

import functools
import random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from journeylib import engine as engines
from journeylib.checking import check, rules_of
from journeylib.mining import mine
from journeylib.spec import specify
from tests.checking_oracle import World
from tests.checking_worlds import (
    FINANCE,
    MARKETING,
    PLANTS,
    SALES,
    STEPS,
    case_rows,
    full_spec,
    planted_spec,
)
from tests.logs import at, log_of

NAMES = (*STEPS, "输单", "闲聊")
COLUMNS = ("outcome", "department", "resource", "actor", "预算", "等级", "同意", "日期")

events = st.fixed_dictionaries(
    {
        "activity": st.sampled_from(NAMES),
        "wait": st.sampled_from([0, 1, 3, 4, 6, 13, 40]),
        "department": st.sampled_from([MARKETING, SALES, FINANCE, None]),
        "resource": st.sampled_from(["r1", "r2", None]),
        "actor": st.sampled_from(["staff", "staff", "system", None]),
        "预算": st.sampled_from([None, None, "40", "50", "150.5", "许多"]),
        "等级": st.sampled_from([None, "A", "C"]),
        "同意": st.sampled_from([None, "true", "否"]),
        "日期": st.sampled_from([None, "2025-01-31", "2025-03-01"]),
    }
)
cases = st.tuples(
    st.lists(events, min_size=1, max_size=7), st.sampled_from(["won", "lost", "open"])
)


def rows_of(told, *, decided=True):
    rows = []
    for n, (steps, outcome) in enumerate(told):
        clock = float(n)
        for step in steps:
            clock += step["wait"] + 0.001
            row = {name: step.get(name) for name in COLUMNS} | {"outcome": outcome}
            rows.append(
                row | {"case_id": f"c{n}", "activity": step["activity"], "timestamp": at(clock)}
            )
    if not decided:
        for row in rows:
            del row["outcome"]
    return rows


@functools.cache
def engine():
    return engines.duckdb()


QUICK = settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a smaller example costs a check each
)


def counted(told, rule):
    c = told[rule.id]
    assert c.activated == c.fulfilled + c.violated + c.pending
    assert list(c.cases) == [row.case_id for row in rows(told, rule.id)][:20]
    return c.activated, c.fulfilled, c.violated, c.pending, c.vacuous, list(c.cases)


def listed(counts):
    return (*counts[:5], counts[5][:20])


def rows(told, rule_id):
    found = told.journey.log.engine.rows(told.cases(rule_id))
    return sorted(found, key=lambda row: row.case_id)


@QUICK
@given(st.lists(cases, min_size=3, max_size=30))
def test_every_rule_counts_as_the_oracle_does(told):
    spec, rows = full_spec(), rows_of(told)
    world, found = World(spec, rows), check(spec, mine(log_of(rows, engine())), variants=0)
    for rule in rules_of(spec):
        assert counted(found, rule) == listed(world.count(rule)), rule.id


@QUICK
@given(st.lists(cases, min_size=3, max_size=30))
def test_without_outcomes_every_case_counts_as_finished(told):
    """Where no activity of the log decides anything either."""
    kept = [
        ([s for s in steps if s["activity"] not in ("签订合同", "输单")], o) for steps, o in told
    ]
    rows = rows_of([(steps, outcome) for steps, outcome in kept if steps], decided=False)
    if not rows:
        return
    spec = full_spec()
    world = World(spec, [row | {"outcome": None} for row in rows], decided=False)
    found = check(spec, mine(log_of(rows, engine())), variants=0)
    assert found.notes
    for rule in rules_of(spec):
        assert counted(found, rule) == listed(world.count(rule)), rule.id


# -- what was planted is found, and nothing else -----------------------------------------------------


def planted(seed):
    """Rows of some conforming cases and some with each plant, and rule → cases that break it."""
    rng = random.Random(seed)
    wanted = [None] * rng.randint(10, 40) + [p for p in PLANTS for _ in range(rng.randint(0, 3))]
    rng.shuffle(wanted)
    rows, broken = [], {}
    for n, plant in enumerate(wanted):
        rows += case_rows(f"c{n:03}", rng.uniform(0, 100), plant)
        for rule in PLANTS[plant][1] if plant else ():
            broken.setdefault(rule, []).append(f"c{n:03}")
    return rows, broken


@pytest.mark.parametrize("seed", range(20))
def test_planted_violations_are_found_and_nothing_else(seed):
    rows, broken = planted(seed)
    told = check(planted_spec(), mine(log_of(rows, engine())), variants=0)
    found = {c.rule.id: violating(told, c.rule.id) for c in told.rules if c.violated}
    assert found == broken
    assert {id: told[id].cases_violated for id in broken} == {k: len(v) for k, v in broken.items()}
    assert not any(c.pending for c in told.rules)


def violating(told, rule_id):
    return [row.case_id for row in rows(told, rule_id)]


def test_a_specification_of_the_conforming_half_holds_there_and_tells_what_the_other_breaks():
    good = [r for n in range(40) for r in case_rows(f"g{n:02}", n)]
    plants = ["missing", "early", "lost_item", "no_grade", "no_demo"] * 4
    bad = [r for n, plant in enumerate(plants) for r in case_rows(f"b{n:02}", n, plant)]
    drafted = specify(mine(log_of(good, engine())))
    kept = check(drafted, mine(log_of(good, engine())), variants=50)
    assert kept.verdict == "kept"
    assert not any(c.violated for c in kept.rules)
    assert kept.fitness.replay == kept.fitness.alignment == 1.0
    other = check(drafted, mine(log_of(bad, engine())), variants=50)
    ids = {a.event: a.id for a in drafted.activities}
    assert other.verdict == "broken"
    assert other.fitness.alignment < 1.0
    for plant, activity in (("missing", "需求调研"), ("no_demo", "产品演示")):
        expected = [f"b{n:02}" for n, p in enumerate(plants) if p == plant]
        assert violating(other, f"required:{ids[activity]}") == expected
