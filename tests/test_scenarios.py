"""SpiffWorkflow ends each case where the specification says, with the reminders it says."""

from __future__ import annotations

import builtins
import datetime
import sys
from typing import Any

import pytest

from journeylib.documents.markdown import to_markdown
from journeylib.errors import MissingExtraError, UsageError
from journeylib.mining import mine
from journeylib.scenarios import Case, Event, cases_of, run_scenarios
from journeylib.scenarios.result import Lacking, Misread, Reminder
from journeylib.spec.drafting.draft import specify
from tests.scenario_worlds import Prediction, predicted, world
from tests.spec_fixtures import crm_journey, crm_rows, log_of, small_spec

SEEDS = range(50)
MONDAY = datetime.datetime(2025, 3, 3, 9, 0)


def _outcome(replayed: Any) -> Prediction:
    late = tuple(r.of for r in replayed.reminders if r.kind == "activity")
    return Prediction(replayed.end, replayed.at, replayed.unmet, late, replayed.skipped)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_case_ends_where_the_specification_says(seed: int) -> None:
    made = world(seed)
    result = run_scenarios(made.spec, made.cases)
    assert [_outcome(c) for c in result.cases] == [predicted(made, c) for c in made.cases]
    assert all(c.unknown == ("stray",) for c in result.cases)
    assert result.misread == ()


def test_the_worlds_hold_every_end_and_reminders() -> None:
    found = [predicted(made, case) for made in map(world, SEEDS) for case in made.cases]
    assert len(found) >= 200
    assert {p.end for p in found} == {"goal", "stopped", "waiting"}
    assert min(sum(p.end == end for p in found) for end in ("goal", "stopped", "waiting")) >= 20
    assert sum(bool(p.late) for p in found) >= 50
    assert sum(bool(p.skipped) for p in found) >= 20


def _case(id: str = "1", *events: tuple[float, str, dict[str, object]]) -> Case:
    at = [(MONDAY + datetime.timedelta(hours=hours), what, known) for hours, what, known in events]
    return Case(id, tuple(Event(what, when, known) for when, what, known in at))


FORM, CALL, DEMO, SIGN = "提交表单", "首次联系", "产品演示", "签订合同"


def test_a_case_that_goes_well_and_one_that_is_late() -> None:
    well = _case("well", (0, FORM, {"行业": "制造", "预算": "50"}), (2, CALL, {}), (50, SIGN, {}))
    late = _case("late", (0, FORM, {}), (5, CALL, {"预算": 50}), (80, DEMO, {}), (90, SIGN, {}))
    result = run_scenarios(small_spec(), [well, late])
    assert [c.end for c in result.cases] == ["goal", "goal"]
    assert (result.cases[0].reminders, result.cases[0].lacking) == ((), ())
    assert result.cases[1].reminders == (
        Reminder("activity", "a-contact", 4.0, 5.0, True),
        Reminder("stage", "interest", 72.0, 80.0, True),
    )
    assert result.cases[1].lacking == (Lacking("h-1", "行业"),)
    assert repr(result) == (
        "Scenarios(2 cases: 2 reach the goal, 0 stop at a gate, 0 wait; 1 pass a time limit)"
    )


def test_a_gate_names_what_is_unmet() -> None:
    skipped = _case("1", (0, FORM, {}), (9, SIGN, {}))
    (found,) = run_scenarios(small_spec(), [skipped]).cases
    assert (found.end, found.at) == ("stopped", "interest")
    assert found.unmet == ("c-contact", "c-budget")
    assert found.skipped == ("a-contact",)


def test_a_case_that_waits_is_reminded_when_it_was_watched_long_enough() -> None:
    form = Event(FORM, MONDAY)
    short = Case("short", (form,), MONDAY + datetime.timedelta(hours=4))
    long = Case("long", (form,), MONDAY + datetime.timedelta(days=4))
    result = run_scenarios(small_spec(), [short, long])
    assert [(c.end, c.at) for c in result.cases] == [("waiting", "a-contact")] * 2
    assert result.cases[0].reminders == ()
    assert result.cases[1].reminders == (
        Reminder("activity", "a-contact", 4.0, 96.0, False),
        Reminder("stage", "interest", 72.0, 96.0, False),
    )


def test_a_value_of_the_wrong_type_is_said_and_not_known() -> None:
    case = _case("1", (0, FORM, {"预算": "viel"}), (1, CALL, {}), (2, SIGN, {}))
    result = run_scenarios(small_spec(), [case])
    assert result.misread == (Misread("1", "预算", "viel"),)
    assert result.cases[0].unmet == ("c-budget",)


def test_plain_dicts_are_cases_too() -> None:
    data = {
        "id": 7,
        "events": [
            {"activity": CALL, "at": "2025-03-03T11:00"},
            {"activity": FORM, "at": "2025-03-03T09:00", "known": {"预算": 3}},
            {"activity": SIGN, "at": "2025-03-04T09:00"},
        ],
    }
    (found,) = run_scenarios(small_spec(), [data]).cases
    assert (found.case, found.end) == ("7", "goal")


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ({"id": "1"}, "cannot be read"),
        ({"id": "1", "events": [{"activity": "x", "at": "soon"}]}, "cannot be read"),
        ({"id": "1", "events": []}, "has no events"),
        (
            {
                "id": "1",
                "events": [
                    {"activity": "x", "at": "2025-03-03T09:00"},
                    {"activity": "x", "at": "2025-03-03T09:00+08:00"},
                ],
            },
            "mixes times",
        ),
    ],
)
def test_cases_that_make_no_sense_are_refused(case: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        run_scenarios(small_spec(), [case])


def test_mined_cases_run_through_their_own_draft() -> None:
    journey = crm_journey()
    cases = cases_of(journey, limit=40, seed=3)
    assert cases == cases_of(journey, limit=40, seed=3)
    assert cases != cases_of(journey, limit=40, seed=4)
    assert len(cases_of(journey, limit=10_000)) == 240
    result = run_scenarios(specify(journey), cases)
    won = {f"C{n:04}" for n in range(0, 240, 2)}
    assert {c.case for c in result.ending("goal")} <= won
    assert len(result.ending("goal")) >= 15
    assert all(c.unknown == ("输单",) for c in result.cases if c.case not in won)


def test_open_cases_are_watched_until_the_log_ends() -> None:
    rows = crm_rows(4)
    kept = [row for row in rows if row[0] != "C0002" or row[1] in ("提交表单", "分配线索")]
    cases = {case.id: case for case in cases_of(mine(log_of(kept)))}
    last = max(row[2] for row in kept)  # type: ignore[type-var]
    assert {id: case.until for id, case in cases.items()} == {
        "C0000": None, "C0001": None, "C0002": last, "C0003": None,
    }  # fmt: skip
    assert [event.at for event in cases["C0002"].events] == [
        row[2] for row in kept if row[0] == "C0002"
    ]
    assert cases["C0000"].events[0].known["行业"] in ("制造", "零售")


def test_the_result_is_told_in_both_languages() -> None:
    journey = crm_journey()
    result = run_scenarios(specify(journey), cases_of(journey, limit=30))
    data = result.to_dict()
    assert data["schema"] == "scenarios/1"
    assert sum(data["ends"].values()) == len(data["cases"]) == 30
    zh, en = to_markdown(result.document("zh")), to_markdown(result.document("en"))
    assert "## 关口拦下的案例" in zh
    assert "## What stops cases at gates" in en
    for text in (zh, en):
        ends = [line for line in text.splitlines() if line.startswith("| ")][2:5]
        assert sum(int(line.split("|")[2]) for line in ends) == 30


def test_without_spiffworkflow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    original = builtins.__import__

    def missing(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("SpiffWorkflow"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return original(name, *args, **kwargs)

    monkeypatch.delitem(sys.modules, "journeylib.scenarios.replaying", raising=False)
    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(MissingExtraError, match=r"journeylib\[bpmn\]"):
        run_scenarios(small_spec(), [])
