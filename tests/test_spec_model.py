import copy
import json
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

from journeylib.errors import SpecError
from journeylib.spec.model import TargetSpec
from tests.spec_fixtures import small_spec
from tests.spec_strategies import edited, specs


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(specs())
def test_json_gives_the_same_specification_back(spec: TargetSpec) -> None:
    text = spec.to_json()
    again = TargetSpec.from_json(text)
    assert again == spec
    assert again.to_json() == text


def test_json_fits_its_own_schema() -> None:
    schema = TargetSpec.json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(small_spec().to_json()), schema)


@pytest.mark.parametrize("change", [{"sla": "4"}, {"activites": []}, {"id": ""}])
def test_schema_and_model_refuse_the_same(change: dict[str, Any]) -> None:
    data = small_spec().to_dict()
    data["stages"][0] |= change
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, TargetSpec.json_schema())
    with pytest.raises(SpecError):
        TargetSpec.model_validate(data)


def _problems(data: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(SpecError) as caught:
        TargetSpec.model_validate(data)
    return dict(caught.value.problems)


def test_all_problems_of_form_are_told_at_once() -> None:
    data = small_spec().to_dict()
    data["stages"][1]["sla"] = 4
    data["stages"][0]["sla"] = "soon"
    data["stages"][0]["activites"] = []
    data["stages"][0]["exit"][1]["when"] = "预算 ≥ 1"
    del data["name"]
    assert _problems(data) == {
        "$.name": "is missing",
        "$.stages[0].sla": "'soon' is no duration; write for example \"4h\", \"90min\" or "
        "\"2d working\"",
        "$.stages[0].activites": "there is no field 'activites' here",
        "$.stages[0].exit[1].when": "'预算 ≥ 1', column 4: '≥' is a full-width character; write '>='",
        "$.stages[1].sla": "'4' has no unit; write \"4h\" or \"4d\"",
    }  # fmt: skip


def test_all_loose_ends_are_told_at_once() -> None:
    data = small_spec().to_dict()
    first = data["stages"][0]
    first["exit"][1]["when"] = '预算款 != null and "首次联络" in done'
    first["activities"][0]["department"] = "销售"
    first["activities"][1]["output"] = "budget"
    first["answers"] = ["b-1"]
    data["stages"][1]["activities"][0]["id"] = "a-demo"
    data["departments"].append(copy.deepcopy(data["departments"][0]))
    found = _problems(data)
    assert found["$.stages[0].exit[1].when"].startswith("there is no ")
    assert found["$.stages[0].activities[0].department"] == (
        "there is no department '销售'. Did you mean '销售部'?"
    )
    assert "no item 'budget'" in found["$.stages[0].activities[1].output"]
    assert "no finding 'b-1'" in found["$.stages[0].answers[0]"]
    assert found["$.stages[1].activities[0].id"] == "'a-demo' occurs 2 times; it must be unique"
    assert "$.departments[2].id" in found


def test_a_goal_speaks_of_what_there_is() -> None:
    data = small_spec().to_dict()
    goal = data["stages"][0]["goals"][0]
    goal |= {"of": "首次联系", "findings": ["f-1"]}
    data["goals"] = [goal | {"id": "g-all", "of": "purchas", "findings": []}]
    assert _problems(data) == {
        "$.goals[0].of": "there is no stage or activity 'purchas'. Did you mean 'purchase'?",
        "$.stages[0].goals[0].of": "there is no stage or activity '首次联系'. Name one of 'a-contact', "
        "'a-contract', 'a-demo', 'a-form', 'interest', 'purchase', or leave it out.",
        "$.stages[0].goals[0].findings[0]": "there is no finding 'f-1'. "
        "There is none to name: leave it out.",
    }
    data["goals"][0]["of"], goal["of"], goal["findings"] = "purchase", "a-contract", []
    assert TargetSpec.model_validate(data).goals[0].of == "purchase"


def test_the_flow_runs_forward_and_skips_nothing_required() -> None:
    why = {"method": "workshop"}
    back = {"source": "a-demo", "target": "a-form", "why": why}
    jump = {"source": "a-form", "target": "a-demo", "why": why}
    assert _problems(edited(transitions=[back, jump])) == {
        "$.transitions[0]": "leads back; the target flow runs in the order listed",
        "$.transitions[1]": "passes over the required activity 'a-contact'",
    }


def test_broken_json_is_a_problem_too() -> None:
    with pytest.raises(SpecError, match=r"^\$: this is no JSON"):
        TargetSpec.from_json("{")


def test_one_line_tells_what_it_is() -> None:
    assert repr(small_spec()) == (
        "TargetSpec(Lead to order: target process: 2 stages, 4 activities (3 required), "
        "answers 0 findings)"
    )


def test_nothing_can_be_changed_in_place() -> None:
    with pytest.raises(Exception, match="frozen"):
        small_spec().name = None  # type: ignore[misc]
