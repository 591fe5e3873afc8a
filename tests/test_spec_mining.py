"""Planted rules are found, leaks are not used, and where nothing is planted nothing is proposed."""

from __future__ import annotations

import functools
import random
from typing import Any

import pytest

from journeylib import engine as engines
from journeylib.findings.rules import Rules
from journeylib.mining import mine
from journeylib.spec import feel
from journeylib.spec.drafting.cohort import cohort_of
from journeylib.spec.drafting.draft import specify
from journeylib.spec.drafting.evidence import Evidence
from journeylib.spec.drafting.gate_features import gate_features
from journeylib.spec.drafting.mining_criteria import MinedCriteria, mine_criteria
from journeylib.spec.feel.types import type_problems
from tests.logs import log_of
from tests.spec_fixtures import crm_journey
from tests.why_worlds import even, world

ENGINE = engines.duckdb()
Facts = dict[str, Any]


def _facts(case_id: str, salt: str = "") -> Facts:
    """What is true of a case, by its name alone."""
    rng = random.Random(f"{case_id}{salt}")
    return {
        "预算": str(rng.choice([20, 50, 80, 120, 200, 300, 500]) * 1000),
        "行业": rng.choice(["制造", "医药", "零售", "教育", "政府", "金融"]),
        "决策人": "总经理" if rng.random() < 0.7 else None,
        "意向": rng.choice("AB"),
    }


def _rows(seed: int, wins: Any, cases: int = 900, **more: Any) -> list[Facts]:
    """The sales world with information: budget, trade and decision maker known from contact on."""
    rows = world(seed, cases, wins=lambda case: wins(_facts(case["case_id"])))
    for row in rows:
        facts = _facts(row["case_id"])
        late = row["activity"] in ("提交表单",)
        for name, value in facts.items():
            row[name] = None if late else value
        for name, of in more.items():
            row[name] = of(row)
    return rows


def planted_rows(cases: int) -> list[Facts]:
    """Who has 80,000 or more wins most of the time, the others hardly ever."""
    return _rows(3, lambda facts: 0.7 if int(facts["预算"]) >= 80_000 else 0.05, cases)


@functools.cache
def _planted() -> MinedCriteria:
    def wins(facts: Facts) -> float:
        rich = int(facts["预算"]) >= 80_000
        right = facts["行业"] in ("制造", "医药", "零售")
        return 0.9 if rich and right else 0.03

    leaks = {
        "结单原因": lambda row: "价格" if row["outcome"] == "lost" else "产品",
        "评级": lambda row: {"won": "甲", "lost": "乙"}.get(row["outcome"]),
        "合同号": lambda row: "HT-1" if row["activity"] == "签订合同" else None,
    }
    return mine_criteria(mine(log_of(_rows(3, wins, **leaks), ENGINE)))


def test_planted_threshold_and_category_are_found_as_feel() -> None:
    found = {c.when: c for c in _planted()}
    assert "预算 >= 80000" in found
    [trade] = [c for c in found.values() if "行业" in c.when]
    tree = feel.parse(trade.when)
    assert isinstance(tree, feel.Among)
    assert {t.value for t in tree.tests} == {"制造", "医药", "零售"}  # type: ignore[union-attr]
    assert trade.kind == "value"
    assert not list(type_problems(feel.parse("预算 >= 80000"), {"预算": "number"}))
    assert found["预算 >= 80000"].text.zh == "“预算”不低于 80,000"


def test_each_candidate_says_how_sure_it_is() -> None:
    for c in _planted():
        value, low, high = c.won
        assert 0 <= low <= value <= high <= 1
        assert value >= 0.8 - 0.05, "a gate stops few of the deals that were won"
        assert c.lift >= 1.25
        assert c.q <= 0.05
        assert c.why.n and c.why.estimate == pytest.approx(value, abs=1e-6)
        assert c.why.reason is not None and "未参与搜索" in c.why.reason.zh


def test_the_numbers_are_those_of_the_cases_kept_back() -> None:
    """By hand: over held-out cases that were quoted, how many of the won had the budget."""
    [candidate] = [c for c in _planted() if c.when == "预算 >= 80000"]
    assert candidate.n_with < candidate.n < 0.4 * 900
    assert candidate.win_with > 2 * candidate.win_without


def test_columns_that_tell_the_outcome_are_not_used_and_said_to_be_dropped() -> None:
    mined = _planted()
    assert not any(name in c.when for c in mined for name in ("结单原因", "评级", "合同号"))
    assert set(mined.dropped) == {"结单原因", "评级"}
    assert "records the outcome" in mined.dropped["结单原因"].en
    assert "under another name" in mined.dropped["评级"].en


@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_proposed_where_nothing_is_planted(seed: int) -> None:
    mined = mine_criteria(mine(log_of(_rows(100 + seed, lambda facts: 0.4, 500), ENGINE)))
    assert mined.tried > 20
    assert not mined.items


def test_a_rule_that_would_stop_many_won_deals_is_no_criterion() -> None:
    """Half of the won deals are with the one trade that wins more often: true, and no gate."""
    rows = _rows(5, lambda facts: 0.75 if facts["行业"] == "制造" else 0.25)
    assert not any("行业 = " in c.when for c in mine_criteria(mine(log_of(rows, ENGINE))))


def test_presence_comes_before_values() -> None:
    rows = _rows(7, lambda facts: 0.6 if facts["决策人"] else 0.05)
    found = [c.when for c in mine_criteria(mine(log_of(rows, ENGINE)))]
    assert found == ["决策人 != null"]


def test_what_is_learnt_behind_the_gate_is_not_known_at_it() -> None:
    """The decision maker is written down after the quotation: as of the gate nobody knew him."""
    rows = _rows(8, lambda facts: 0.6 if facts["决策人"] else 0.05)
    for row in rows:
        if row["activity"] not in ("签订合同", "输单"):
            row["决策人"] = None
    assert not mine_criteria(mine(log_of(rows, ENGINE))).items


def test_features_agree_with_a_walk_over_the_cases() -> None:
    evidence = Evidence.gather(crm_journey(), None, ())
    gates = gate_features(evidence, Rules.load())
    assert gates is not None
    [column] = [c for c in gates.features.columns if (c.kind, c.of) == ("filled", "预算")]
    [landmark] = [i for i, stage in gates.gates.items() if stage == "evaluation"]
    cells = gates.features.cells("landmark", column.name)
    cohort = cohort_of(crm_journey())
    rows = cohort.journey.log.engine.rows(
        cohort.events.select("case_id", "position", "activity", "预算")
    )
    cases: dict[str, list[Any]] = {}
    for row in sorted(rows):
        cases.setdefault(row.case_id, []).append(row)
    known = 0
    for events in cases.values():
        gate = next(e.position for e in events if e.activity == "报价")
        known += any(e[3] is not None for e in events if e.position < gate)
    assert cells[landmark, 1].n == known


def test_without_outcomes_nothing_is_mined_and_it_says_why() -> None:
    rows = [row for row in world(1, 60, wins=even) if row["activity"] not in ("签订合同", "输单")]
    for row in rows:
        del row["outcome"]
    mined = mine_criteria(mine(log_of(rows, ENGINE)))
    assert not mined.items
    assert mined.reason is not None


def test_the_draft_holds_the_mined_rules_at_their_gate_and_both_sides_of_it() -> None:
    spec = specify(mine(log_of(planted_rows(900), ENGINE)))
    [(place, criterion)] = [
        (i, c) for i, s in enumerate(spec.stages) for c in s.exit if c.when == "预算 >= 80000"
    ]
    assert criterion in spec.stages[place + 1].entry
    assert criterion.why.method == "mined_rule_held_out"
    assert next(i.type for i in spec.information if i.id == "预算") == "number"


def test_the_same_log_gives_the_same_candidates() -> None:
    again = _planted.__wrapped__()
    assert again == _planted()
    assert list(again.frame()["when"]) == [c.when for c in _planted()]
