from typing import Any

import pytest

from journeylib.spec import feel
from journeylib.spec.feel.types import type_problems
from journeylib.spec.hints import hints, problems
from journeylib.spec.model import TargetSpec
from tests.spec_fixtures import small_spec

TYPES = {"budget": "number", "grade": "string", "vip": "boolean", "due": "date"}


@pytest.mark.parametrize(
    "condition",
    [
        "budget >= 100000 and grade in (\"A\", \"B\")",
        "budget in [1..5)",
        "vip",
        "not(vip) or vip = true",
        'due >= "2026-01-31"',
        "due != null and grade != null",
        '"Call" in done',
        "unknown > 3",
        "(budget > 3) = vip",
    ],
)  # fmt: skip
def test_like_with_like(condition: str) -> None:
    assert not list(type_problems(feel.parse(condition), TYPES))


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ('budget > "high"', 'budget is a number and "high" is a text; they cannot be compared'),
        ("grade >= 3", 'if grade holds numbers, set the type of the information item to "number"'),
        ("budget", 'budget is a number, no condition; write "budget != null"'),
        ("budget in (1, \"2\")", 'budget is a number and "2" is a text; they cannot be compared'),
        ("grade in [1..\"B\"]", "grade is a text and 1 is a number"),
        ("vip > false", "neither is more or less"),
        ("budget > null", "nothing is more or less than null; write budget != null"),
        ('due > "soon"', '"soon" is no date; write it as "2026-12-31"'),
        ('"A" in grade', "grade is a text, no list"),
        ("3 in done", "done holds names of activities; 3 is none"),
        ("not(budget)", "no condition"),
        ("(budget > \"x\") = vip", "they cannot be compared"),
        ("done = 3", "they cannot be compared"),
    ],
)  # fmt: skip
def test_unlike_things_are_told_with_the_way_out(condition: str, told: str) -> None:
    [problem] = type_problems(feel.parse(condition), TYPES)
    assert told in problem


def test_all_at_once_with_paths() -> None:
    data = small_spec().to_dict()
    data["stages"][0]["exit"][1]["when"] = "预算 and 行业 > 3"
    data["stages"][1]["sla"] = 4
    found = problems(data)
    assert ("$.stages[1].sla", '\'4\' has no unit; write "4h" or "4d"') in found
    data["stages"][1]["sla"] = "4h"
    assert [path for path, _problem in problems(data)] == ["$.stages[0].exit[1].when"] * 2
    assert problems(small_spec().to_dict()) == []


def _hints(change: Any) -> dict[str, str]:
    data = small_spec().to_dict()
    change(data)
    return {path: text.en for path, text in hints(TargetSpec.model_validate(data))}


def test_gates_that_come_too_early_and_parts_nobody_uses() -> None:
    def change(data: dict[str, Any]) -> None:
        budget = next(i for i in data["information"] if i["id"] == "预算")
        budget["first_known"] = "purchase"
        data["departments"].append({"id": "法务部", "name": {"zh": "法务部", "en": "Legal"}})
        data["stages"][0]["exit"][0]["when"] = '"签订合同" in done'
        data["stages"][0]["activities"][1]["sla"] = "9d"
        data["stages"].append(data["stages"][1] | {"id": "after", "activities": [], "entry": [],
                              "exit": [], "handovers": [], "automation": [], "goals": []})  # fmt: skip

    found = _hints(change)
    assert "first filled in the later stage “Purchase”" in found["$.stages[0].exit[1].when"]
    assert "belongs to the later stage" in found["$.stages[0].exit[0].when"]
    assert "Legal" in found["$.departments[2]"]
    assert "has no activity" in found["$.stages[2].activities"]
    assert "longer than that of its whole stage" in found["$.stages[0].activities[1].sla"]


def test_a_sound_specification_gets_few_hints() -> None:
    assert set(_hints(lambda data: None)) <= {"$.stages[0].exit", "$.stages[1].exit"}
