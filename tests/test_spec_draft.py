import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journeylib.engine import duckdb
from journeylib.findings.finding import Findings
from journeylib.mining import mine
from journeylib.spec.drafting import measures
from journeylib.spec.drafting.cohort import cohort_of
from journeylib.spec.drafting.draft import specify
from journeylib.spec.drafting.quantiles import interval_ranks, quantiles
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Stage
from tests.spec_fixtures import SALES, SERVICE, carry_over_loss, crm_journey, crm_rows, log_of


@pytest.fixture(scope="module")
def draft() -> TargetSpec:
    return specify(crm_journey())


def _stage(spec: TargetSpec, id: str) -> Stage:
    return next(stage for stage in spec.stages if stage.id == id)


def test_stages_and_what_is_required(draft: TargetSpec) -> None:
    assert [s.id for s in draft.stages] == ["interest", "evaluation", "purchase", "after_sales"]
    required = {a.event for a in draft.activities if a.required}
    assert {"提交表单", "分配线索", "首次联系", "需求调研", "报价", "签订合同"} <= required
    demo = next(a for a in draft.activities if a.event == "产品演示")
    assert not demo.required
    assert "输单" not in {a.event for a in draft.activities}


def test_the_planted_budget_is_a_criterion_with_its_lift(draft: TargetSpec) -> None:
    criterion = next(c for c in _stage(draft, "evaluation").exit if "预算" in c.when)
    won, lost = _oracle_budget()
    assert criterion.when == "预算 != null"
    assert criterion.why.estimate == pytest.approx(won, abs=1e-6)
    assert criterion.why.lift == pytest.approx(won / lost, abs=1e-6)


def _oracle_budget() -> tuple[float, float]:
    """By hand: in how many won and lost cases the survey brought a budget."""
    known = {row[0]: row[7] is not None for row in crm_rows() if row[1] == "需求调研"}
    won = [known[case] for case in known if int(case[1:]) % 2 == 0]
    lost = [known[case] for case in known if int(case[1:]) % 2 == 1]
    return sum(won) / len(won), sum(lost) / len(lost)


def test_what_only_the_outcome_brings_is_no_criterion(draft: TargetSpec) -> None:
    asked = " ".join(c.when for stage in draft.stages for c in stage.exit)
    assert "合同号" not in asked
    assert "签订合同" not in asked
    assert "行业" not in asked, "there from the first event on"


def test_entry_is_the_exit_before(draft: TargetSpec) -> None:
    assert draft.stages[0].entry == ()
    for before, after in zip(draft.stages, draft.stages[1:], strict=False):
        assert after.entry == before.exit


def test_time_limits_are_what_four_of_five_achieve(draft: TargetSpec) -> None:
    contact = next(a for a in draft.activities if a.event == "首次联系")
    rows = crm_rows()
    waits = sorted(
        (b[2] - a[2]).total_seconds() / 3600
        for a, b in itertools.pairwise(rows)
        if b[1] == "首次联系" and int(b[0][1:]) % 2 == 0
    )
    assert contact.sla_why is not None
    assert contact.sla is not None
    assert contact.sla_why.n == len(waits) == 120
    assert contact.sla_why.estimate == pytest.approx(waits[95], abs=1e-6)
    assert contact.sla.hours >= waits[95]
    form = next(a for a in draft.activities if a.event == "提交表单")
    assert form.sla is None, "the customer initiates it"


def test_data_handed_over_to_service(draft: TargetSpec) -> None:
    [handover] = _stage(draft, "purchase").handovers
    assert (handover.source, handover.target) == (SALES, SERVICE)
    assert "交付要求" in {handed.item for handed in handover.items}


def test_goals_have_baselines_and_say_what_they_lack(draft: TargetSpec) -> None:
    [cycle] = draft.goals
    assert cycle.baseline == crm_journey().cycle_time or cycle.baseline.n == 240
    assert cycle.target is None
    assert [gap.en[0] for gap in cycle.missing] == ["S", "A", "R", "T"]


def test_findings_are_linked_where_they_are_answered() -> None:
    finding = carry_over_loss()
    spec = specify(crm_journey(), Findings((finding,), 1, ()))
    [handover] = _stage(spec, "purchase").handovers
    lost = next(h for h in handover.items if h.item == "交付要求")
    assert lost.why.findings == (finding.id,)
    assert _stage(spec, "purchase").answers == (finding.id,)
    assert [f.id for f in spec.findings] == [finding.id]
    assert any("交付要求" in r.action.zh for r in _stage(spec, "purchase").automation)


def test_without_outcomes_all_cases_are_used_and_it_says_so() -> None:
    rows = [row for row in crm_rows(60) if row[1] not in ("签订合同", "输单", "交付实施")]
    spec = specify(mine(log_of(rows)))
    assert any("no won case" in note.en for note in spec.notes)
    assert {c.why.lift for s in spec.stages for c in s.exit} <= {None}


def test_few_cases_bring_no_time_limits() -> None:
    spec = specify(mine(log_of(crm_rows(20))))
    assert all(a.sla is None for a in spec.activities)
    assert any(a.sla_why and a.sla_why.reason for a in spec.activities)
    assert any("10" in note.en and "wide" in note.en for note in spec.notes)


def test_the_order_of_the_rows_changes_nothing() -> None:
    rows = crm_rows(40)
    shuffled = list(rows)
    random.Random(1).shuffle(shuffled)
    assert specify(mine(log_of(rows))).to_json() == specify(mine(log_of(shuffled))).to_json()


def test_gates_agree_with_a_walk_over_the_cases() -> None:
    cohort = cohort_of(crm_journey())
    found = measures.gates(cohort, cohort.known)["evaluation", "预算"]
    won, lost = _oracle_budget()
    assert found.model.value == pytest.approx(won)
    assert found.lost.value == pytest.approx(lost)


def test_recording_a_loss_is_not_reaching_the_stage_of_its_words() -> None:
    early = {f"C{number:04}" for number in range(1, 100, 4)}
    rows = [row for row in crm_rows(100) if not (row[0] in early and row[1] == "报价")]
    cohort = cohort_of(mine(log_of(rows)))
    assert measures.gates(cohort, cohort.known)["purchase", "行业"].lost.n == 50 - len(early)


@given(st.integers(1, 300), st.sampled_from([0.5, 0.8, 0.9]))
def test_ranks_enclose_the_quantile_with_95_per_cent(n: int, q: float) -> None:
    low, middle, high = interval_ranks(n, q)
    assert 0 <= low <= middle <= high <= n + 1
    assert sum(_pmf(n, k, q) for k in range(low, high)) >= 0.95 - 1e-9


def _pmf(n: int, k: int, q: float) -> float:
    p = (1 - q) ** n
    for i in range(k):
        p *= (n - i) / (i + 1) * q / (1 - q)
    return p


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=60))
def test_quantiles_are_order_statistics(durations: list[int]) -> None:
    engine = duckdb()
    table = engine.lookup(
        {"g": ["x"] * len(durations), "duration": [d * 3_600_000_000 for d in durations]}
    )
    fact = quantiles(engine, table, "g", 0.8)["x"]
    low, middle, high = interval_ranks(len(durations), 0.8)
    ordered = sorted(durations)
    assert fact.value == ordered[middle - 1]
    assert fact.ci_low == (ordered[low - 1] if low else None)
    assert fact.ci_high == (ordered[high - 1] if high <= len(durations) else None)
