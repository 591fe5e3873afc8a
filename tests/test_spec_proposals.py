"""Time limits to choose from, probabilities, automation, constraints, and what cards add."""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from typing import Any

import pytest

from journeylib import engine as engines
from journeylib.annotations import Card, Pin
from journeylib.annotations.line import Kind, Status
from journeylib.errors import SpecError
from journeylib.findings.finding import Findings
from journeylib.mining import mine
from journeylib.spec.drafting.cohort import cohort_of
from journeylib.spec.drafting.constraints import four_eyes
from journeylib.spec.drafting.draft import specify
from journeylib.spec.drafting.probability import win_probabilities
from journeylib.spec.drafting.sla import sla_options
from journeylib.spec.drafting.stages import round_span
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Activity, SlaOption
from journeylib.terms import Span
from tests.logs import at, log_of
from tests.spec_fixtures import carry_over_loss, crm_journey, small_spec
from tests.why_worlds import even, world

ENGINE = engines.duckdb()


def _by_level(options: tuple[SlaOption, ...]) -> dict[str, SlaOption]:
    return {option.level: option for option in options}


# -- time limits -----------------------------------------------------------------------------------


def _answers(seed: int, cases: int = 600, *, late_loses: bool = False) -> list[dict[str, Any]]:
    """Form, call by one of two teams after 1–40 h, decision; a late call loses if so planted."""
    rng = random.Random(seed)
    rows = []
    for number in range(cases):
        team = rng.choice(["东区", "西区"])
        wait = rng.uniform(1, 20 if team == "东区" else 40)
        chance = (0.7 if wait < 12 else 0.2) if late_loses else 0.5
        end = "签订合同" if rng.random() < chance else "输单"
        times = (0.0, wait, wait + 24, wait + rng.uniform(48, 400))
        for activity, hours in zip(("提交表单", "首次联系", "发送报价", end), times, strict=True):
            row = {
                "case_id": f"c{number:04}",
                "activity": activity,
                "timestamp": at(number + hours),
            }
            rows.append(row | {"department": team, "resource": f"{team}{number % 3}"})
    return rows


def test_three_levels_are_order_statistics_with_what_they_would_mean() -> None:
    rows = _answers(1)
    journey = mine(log_of(rows, ENGINE))
    options = _by_level(sla_options(cohort_of(journey))["首次联系"])
    waits, won = _waits(rows)
    mine_waits = sorted(waits[case] for case in won)
    for level, q in (("p50", 0.5), ("p80", 0.8), ("p90", 0.9)):
        rank = -int(-q * len(mine_waits) // 1) - 1
        option = options[level]
        assert option.why.estimate == pytest.approx(mine_waits[rank], abs=1e-4)
        assert option.why.ci_low <= option.why.estimate <= option.why.ci_high
        limit = round_span(option.why.estimate).hours
        late = sum(wait > limit for wait in waits.values())
        assert option.breach == pytest.approx(late / len(waits), abs=1e-6)
        assert option.owners == 6
        weeks = (
            journey.log.totals.last_at
            - ENGINE.row(journey.event_table.aggregate(first=journey.event_table["at"].min())).first
        ) / 6.048e11
        assert option.weekly == pytest.approx(late / weeks / 6, abs=1e-6)


def _waits(rows: list[dict[str, Any]]) -> tuple[dict[str, float], set[str]]:
    at_ = {(r["case_id"], r["activity"]): r["timestamp"] for r in rows}
    cases = {r["case_id"] for r in rows}
    waits = {c: (at_[c, "首次联系"] - at_[c, "提交表单"]).total_seconds() / 3600 for c in cases}
    return waits, {c for c, a in at_ if a == "签订合同"}


def test_the_best_team_is_picked_on_other_cases_than_it_is_measured_on() -> None:
    best = _by_level(sla_options(cohort_of(mine(log_of(_answers(2), ENGINE))))["首次联系"])[
        "best_team"
    ]
    assert best.why.reason is not None
    assert "东区" in best.why.reason.zh
    assert 100 < best.why.n < 200, "half of the cases of one team"  # type: ignore[operator]
    assert 15 < best.why.estimate < 18  # type: ignore[operator]


def test_the_knee_is_found_where_late_answers_lose_and_nowhere_else() -> None:
    planted = sla_options(cohort_of(mine(log_of(_answers(3, late_loses=True), ENGINE))))
    knee = _by_level(planted["首次联系"])["knee"]
    assert 9 < knee.why.estimate < 14  # type: ignore[operator]
    assert knee.why.reason is not None
    assert "not a cause" in knee.why.reason.en.lower().replace("an association, ", "")
    for seed in range(4, 6):
        nothing = sla_options(cohort_of(mine(log_of(_answers(seed), ENGINE))))
        assert not any(o.level == "knee" for some in nothing.values() for o in some)


def test_few_cases_bring_no_options() -> None:
    assert not sla_options(cohort_of(mine(log_of(_answers(1, 20), ENGINE))))


# -- probability -----------------------------------------------------------------------------------


def test_probability_is_the_plain_share_where_nothing_is_open() -> None:
    rows = world(1, 400, wins=even)
    journey = mine(log_of(rows, ENGINE))
    won = {r["case_id"] for r in rows if r["outcome"] == "won"}
    found = win_probabilities(journey)
    reached = {r["case_id"] for r in rows if r["activity"] == "产品演示"}
    value, why = found["evaluation"]
    assert value == pytest.approx(len(won & reached) / len(reached))
    assert why.n == len(reached)
    assert why.ci_low < value < why.ci_high  # type: ignore[operator]


def test_open_cases_are_not_taken_for_lost_ones() -> None:
    journey = mine(log_of(world(2, 600, wins=lambda c: 0.5, ends=3000.0), ENGINE))
    value, why = win_probabilities(journey)["interest"]
    naive = (journey.outcomes.won or 0) / 600
    assert naive < 0.45
    assert abs(value - 0.5) < 0.07  # type: ignore[operator]
    assert why.reason is not None
    assert "censored" in why.reason.en


def test_what_is_decided_already_has_no_probability_and_says_so() -> None:
    spec = specify(crm_journey())
    after = next(stage for stage in spec.stages if stage.id == "after_sales")
    assert after.probability is None
    assert after.probability_why is not None
    assert "decided already" in after.probability_why.reason.en  # type: ignore[union-attr]


# -- automation ------------------------------------------------------------------------------------


def test_four_kinds_of_rules_from_limits_and_findings() -> None:
    spec = specify(crm_journey(), Findings((carry_over_loss(),), 1, ()))
    kinds = Counter(rule.kind for stage in spec.stages for rule in stage.automation)
    assert set(kinds) == {"assign", "remind", "escalate", "carry"}
    interest = spec.stages[0]
    [assign] = [rule for rule in interest.automation if rule.kind == "assign"]
    assert assign.trigger.zh == "收到客户的“提交表单”"
    assert assign.action.en.startswith("assign “分配线索” to 市场部")
    stays = [r for r in interest.automation if r.kind == "escalate" and r.activity is None]
    assert len(stays) == 1


def test_a_late_step_is_reminded_at_its_limit_and_escalated_later() -> None:
    slow = dataclasses.replace(
        carry_over_loss(), kind="breakpoint", type="slow_transition",
        locus={"from": "分配线索", "to": "首次联系"},
    )  # fmt: skip
    spec = specify(crm_journey(), Findings((slow,), 1, ()))
    contact = next(a for a in spec.activities if a.event == "首次联系")
    rules = [r for r in spec.stages[0].automation if r.activity == contact.id]
    assert [r.kind for r in rules if r.why.findings] == ["remind", "escalate"]
    assert contact.sla is not None
    assert _by_level(contact.sla_options)["p90"].limit == contact.sla == Span(9, "h")
    assert "within 18 h" in rules[-1].trigger.en, "twice the limit: 90 % achieve no later one"


# -- constraints -----------------------------------------------------------------------------------


def _branches(seed: int = 1, cases: int = 300) -> list[dict[str, Any]]:
    """After the contact either a visit with its report or an online demo, never both."""
    rng = random.Random(seed)
    rows = []
    for number in range(cases):
        middle = rng.choice([["上门拜访", "拜访报告"], ["在线演示"]])
        way = ["提交表单", "首次联系", *middle, "发送报价", rng.choice(["签订合同", "输单"])]
        for step, activity in enumerate(way):
            moment = at(number + 10 * step)
            rows.append({"case_id": f"c{number:04}", "activity": activity, "timestamp": moment})
    return rows


def test_dependence_and_exclusion_are_found_and_nothing_the_flow_says() -> None:
    spec = specify(mine(log_of(_branches(), ENGINE)))
    events = {a.id: a.event for a in spec.activities}
    found = {(c.kind, *(events[a] for a in c.activities)) for c in spec.constraints}
    assert ("not_coexistence", "上门拜访", "在线演示") in found or (
        "not_coexistence", "在线演示", "上门拜访",
    ) in found  # fmt: skip
    assert {kind for kind, *_rest in found} <= {"not_coexistence", "precedence", "response"}
    assert any(
        {"上门拜访", "拜访报告"} == set(rest) for kind, *rest in found if kind != "not_coexistence"
    )
    assert not any("首次联系" in rest for _kind, *rest in found), "required: the flow says so"
    assert len(found) <= 3, "the report excludes the demo only because the visit does"


def test_constraints_are_few_and_kept_by_the_won() -> None:
    spec = specify(mine(log_of(_branches(), ENGINE)))
    for constraint in spec.constraints:
        assert constraint.why.n is not None
        assert constraint.why.n >= 29
        assert constraint.why.ci_low is not None
        assert constraint.why.ci_low >= 0.9


def test_four_eyes_only_when_asked() -> None:
    spec = small_spec()
    asked = four_eyes(spec, "a-contact", "a-contract")
    assert asked.constraints[-1].kind == "four_eyes"
    assert asked.constraints[-1].text.zh == "“首次联系”与“签订合同”不得由同一人完成"
    with pytest.raises(SpecError, match="no activity 'a-nobody'"):
        four_eyes(spec, "a-contact", "a-nobody")


# -- cards -----------------------------------------------------------------------------------------


def note(
    id: str, pin: str, kind: Kind = "question", status: Status = "open", text: str = "?"
) -> Card:
    when = "2026-03-02T09:30:00Z"
    return Card(
        id=id, kind=kind, text=text, status=status, places=(Pin(id=pin),),
        author="王敏", at=when, changed=when, lines=(id,),
    )  # fmt: skip


def _specified(*cards: Card) -> TargetSpec:
    return specify(crm_journey(), Findings((carry_over_loss(),), 1, ()), cards)


def test_a_rejected_finding_is_not_answered_and_a_note_says_so() -> None:
    finding = carry_over_loss()
    spec = _specified(note("n1", finding.id, status="rejected"))
    assert not spec.findings
    assert not any(r.kind == "carry" for s in spec.stages for r in s.automation)
    assert any("rejected 1 findings" in note.en for note in spec.notes)


def test_a_confirmed_finding_counts_even_with_few_cases() -> None:
    few = dataclasses.replace(carry_over_loss(), confidence="too_few")
    journey, findings = crm_journey(), Findings((few,), 1, ())
    assert not specify(journey, findings).findings
    assert specify(journey, findings, [note("n1", few.id, status="confirmed")]).findings


def test_cards_on_a_finding_are_linked_where_it_is_answered() -> None:
    finding = carry_over_loss()
    spec = _specified(note("n1", finding.id), note("n2", "evaluation"))
    handed = next(h for s in spec.stages for o in s.handovers for h in o.items if h.why.findings)
    assert handed.why.cards == ("n1",)
    evaluation = next(s for s in spec.stages if s.id == "evaluation")
    assert evaluation.sla_why is not None
    assert evaluation.sla_why.cards == ("n2",)


def test_ideas_are_noted_and_not_slipped_into_the_process() -> None:
    spec = _specified(note("n1", "evaluation", kind="idea", text="报价前先做价值测算"))
    assert "报价前先做价值测算" in spec.notes[-1].zh
    assert [a.event for a in spec.activities] == [a.event for a in _specified().activities]


def test_options_travel_in_the_file() -> None:
    spec = specify(crm_journey())
    again = TargetSpec.from_json(spec.to_json())
    assert again == spec
    assert any(a.sla_options for a in again.activities)
    assert not any(a.sla_options for a in again.activities if a.customer == "initiates")
    assert Activity.model_fields["sla_options"].default == ()
