"""Findings are found where they are planted, and nothing is found where nothing is wrong."""

from __future__ import annotations

import dataclasses
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from journeylib import engine as engines
from journeylib.errors import TemplateError
from journeylib.findings import Rules, diagnose, stats
from journeylib.mining import mine
from tests.conftest import ROOT
from tests.logs import at, log_of

ENGINE = engines.duckdb()
PATH = [
    ("提交表单", "市场部"),
    ("线索分配", "市场部"),
    ("首次联系", "销售部"),
    ("产品演示", "售前部"),
    ("发送报价", "销售部"),
    ("折扣审批", "财务部"),
    ("签订合同", "销售部"),
    ("实施上线", "交付部"),
]


def world(seed, cases=300, *, slow=1.0, rework=0.03, pingpong=0.0, drop=0.05, loss=0.02):
    """A sales log as rows; each argument plants one problem."""
    rng = random.Random(seed)
    rows = []
    for number in range(cases):
        case, segment = f"c{number:04}", rng.choice(["大型", "中型", "小型"])
        path = list(PATH)
        if rng.random() < rework:
            path.insert(5, PATH[4])
        if rng.random() < pingpong:
            path[6:6] = [PATH[4], PATH[5]]
        lost = rng.random() < drop
        if lost:
            path = path[:4]
        persona_arrives = rng.random() >= loss
        time = rng.uniform(0, 5000)
        for place, (activity, department) in enumerate(path):
            wait = rng.lognormvariate(1, 0.8)
            if activity == "首次联系" and segment == "中型":
                wait *= slow
            time += wait if place else 0
            knows = department == "市场部" or (department == "销售部" and persona_arrives)
            rows.append(
                {
                    "case_id": case,
                    "activity": activity,
                    "timestamp": at(time),
                    "department": department,
                    "segment": segment,
                    "outcome": "lost" if lost else "won",
                    "客户画像": "高意向" if knows else None,
                }
            )
    return rows


def found(rows):
    findings = diagnose(mine(log_of(rows, ENGINE)))
    return findings, {
        (f.type, *map(str, f.locus.values())) for f in findings.proven if f.kind != "touchpoint"
    }


@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_proven_where_nothing_is_wrong(seed):
    _, proven = found(world(seed))
    assert proven == set()


PLANTS = {
    "slow": ({"slow": 6.0}, ("slow_transition", "线索分配", "首次联系", "中型")),
    "rework": ({"rework": 0.4}, ("rework_loop", "发送报价")),
    "ping-pong": ({"pingpong": 0.3}, ("ping_pong", "['财务部', '销售部']")),
    "drop-off": ({"drop": 0.4}, ("drop_off", "产品演示")),
    "loss": ({"loss": 0.5}, ("carry_over_loss", "客户画像", "市场部", "销售部")),
}


@pytest.mark.parametrize("name", PLANTS)
def test_each_plant_is_proven(name):
    plant, expected = PLANTS[name]
    _, proven = found(world(11, **plant))
    assert expected in proven


def test_a_repeat_that_a_ping_pong_brings_names_it():
    findings, _ = found(world(11, pingpong=0.4))
    [parent] = [f for f in findings if f.type == "ping_pong" and f.confidence == "proven"]
    repeats = [f for f in findings if f.type == "rework_loop" and f.confidence == "proven"]
    assert repeats
    assert all(f.locus["because"] == parent.id for f in repeats)
    alone = dataclasses.replace(repeats[0], locus={"activity": repeats[0].locus["activity"]})
    assert alone.id == repeats[0].id


def test_meant_repetition_is_no_rework():
    rows = [
        {"case_id": f"c{i}", "activity": "电话跟进", "timestamp": at(i + j)}
        for i in range(50)
        for j in range(3)
    ]
    assert len(diagnose(mine(log_of(rows, ENGINE))).of_type("rework_loop")) == 0


def test_start_and_complete_of_one_execution_are_no_rework():
    rows = [
        {"case_id": f"c{i}", "activity": "x", "timestamp": at(i + j), "lifecycle": word}
        for i in range(50)
        for j, word in enumerate(("start", "complete"))
    ]
    assert len(diagnose(mine(log_of(rows, ENGINE))).of_type("rework_loop")) == 0


def test_open_cases_are_censored_not_lost():
    """Half of the cases still stand at the demo: that is no drop-off."""
    rows = []
    for i in range(200):
        rows.append({"case_id": f"c{i}", "activity": "演示", "timestamp": at(i), "outcome": "open"})
        if i < 100:
            rows[-1]["outcome"] = "won"
            rows.append(
                {"case_id": f"c{i}", "activity": "合同", "timestamp": at(i + 2), "outcome": "won"}
            )
    findings = diagnose(mine(log_of(rows, ENGINE)))
    assert not findings.of_type("drop_off")
    [family] = [f for f in findings.families if f.type == "drop_off"]
    assert (family.tested, family.proven) == (2, 0)


def test_few_cases_are_named_as_too_few():
    rows = [
        {"case_id": f"c{i}", "activity": "报价", "timestamp": at(i + j)}
        for i in range(5)
        for j in range(2)
    ]
    [finding] = diagnose(mine(log_of(rows, ENGINE))).of_type("rework_loop")
    assert (finding.confidence, finding.q, finding.n) == ("too_few", None, 5)


def test_a_finding_carries_its_evidence():
    findings, _ = found(world(11, rework=0.4))
    [finding] = [f for f in findings.proven if f.type == "rework_loop"]
    [counted] = ENGINE.ask(finding.sql).itertuples()
    assert (counted.activity, counted.n) == ("发送报价", finding.n)
    assert counted.k / counted.n == finding.estimate
    assert 0 < len(finding.cases) <= 20
    assert finding.ci_low < finding.estimate < finding.ci_high
    assert finding.impact.value > 0


def test_of_what_is_not_proven_the_greatest_are_listed_and_the_rest_counted(tmp_path):
    few = tmp_path / "few.toml"
    few.write_text("[sample]\nlisted = 1\n", encoding="utf-8")
    journey = mine(log_of(world(1, 25, rework=0.5, pingpong=0.5, loss=0.5), engine=ENGINE))
    every, short = diagnose(journey), diagnose(journey, few)
    left = {}
    for finding in every:
        if finding.confidence != "proven":
            left.setdefault(finding.type, []).append(finding.id)
    kept = {id for ids in left.values() for id in ids[:1]} | {f.id for f in every.proven}
    assert every.unlisted == {} and any(len(ids) > 1 for ids in left.values())
    assert {finding.id for finding in short} == kept
    assert short.unlisted == {t: len(ids) - 1 for t, ids in left.items() if len(ids) > 1}
    assert short.to_dict()["unlisted"] == short.unlisted


def test_a_declared_limit_is_tested(tmp_path):
    text = (ROOT / "templates/rules.toml").read_text(encoding="utf-8") + (
        '\n[[sla]]\nfrom = "线索分配"\nto = "首次联系"\nwithin = "1h"\n'
    )
    path = tmp_path / "rules.toml"
    path.write_text(text, encoding="utf-8")
    findings = diagnose(mine(log_of(world(3), ENGINE)), rules=path)
    [finding] = [f for f in findings.proven if f.type == "slow_transition"]
    assert finding.locus == {"from": "线索分配", "to": "首次联系"}
    assert finding.comparator == 1.0


def test_a_misspelt_rule_is_an_error(tmp_path):
    path = tmp_path / "rules.toml"
    path.write_text("[tolerance]\nrework_lop = 0.2\n", encoding="utf-8")
    with pytest.raises(TemplateError, match="Did you mean 'rework_loop'"):
        Rules.load(path)


def test_ids_do_not_depend_on_the_numbers():
    first, _ = found(world(1, rework=0.4))
    second, _ = found(world(2, rework=0.5))
    assert first.of_type("rework_loop").items[0].id == second.of_type("rework_loop").items[0].id


# -- statistics ----------------------------------------------------------------------------------


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_benjamini_hochberg_equals_scipy(p):
    expected = scipy_stats.false_discovery_control(p)
    assert stats.benjamini_hochberg(p) == pytest.approx(list(expected))


@given(
    st.lists(st.integers(0, 9), min_size=2, max_size=30),
    st.lists(st.integers(0, 9), min_size=2, max_size=30),
)
def test_mann_whitney_equals_scipy(own, rest):
    if len(set(own + rest)) == 1:
        return
    both = own + rest
    ranks = scipy_stats.rankdata(both)
    ties = sum(t**3 - t for t in (both.count(v) for v in set(both)))
    p = stats.mann_whitney_above(len(own), sum(ranks[: len(own)]), len(both), ties)
    expected = scipy_stats.mannwhitneyu(own, rest, alternative="greater", method="asymptotic")
    assert p == pytest.approx(expected.pvalue)


@given(st.integers(1, 200), st.data())
def test_binomial_tail_equals_scipy(n, data):
    k = data.draw(st.integers(0, n))
    expected = scipy_stats.binomtest(k, n, 0.1, alternative="greater").pvalue
    assert stats.binomial_above(k, n, 0.1) == pytest.approx(expected)


def test_the_smallest_provable_share_is_provable_and_the_next_smaller_is_not():
    from journeylib.survival import wilson

    for n in (20, 50, 400):
        k = round(stats.smallest_provable(n, 0.1) * n)
        assert wilson(k, n)[0] > 0.1 >= wilson(k - 1, n)[0]
    assert stats.smallest_provable(1, 0.9) is None


def test_evidence_is_the_same_whatever_ran_before_in_the_process():
    rows = world(1, 60, rework=0.5)
    first, again = (diagnose(mine(log_of(rows))).to_dict() for _ in range(2))
    assert first == again


def test_two_logs_of_one_connection_do_not_disturb_each_other():
    theirs = engines.duckdb().lookup({"x": [1]})
    guests = [engines.of_table(theirs) for _ in range(2)]
    one, two = (log_of(world(seed, 40), guest) for seed, guest in enumerate(guests))
    for _ in range(2):
        assert one.where(segment="大型").totals.cases < one.totals.cases == 40
        assert two.where(segment="大型").totals.cases < two.totals.cases == 40
