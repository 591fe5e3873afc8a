import io
import itertools
import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser, BpmnValidator

from journeylib.exporting.bpmn import BPMN, JOURNEY, to_bpmn
from journeylib.exporting.flow import END, START, Kind, Way, target_flow
from journeylib.exporting.layout import lay_out
from journeylib.spec import feel
from journeylib.spec.draft import specify
from journeylib.spec.model import TargetSpec
from tests.bpmn_checks import Drawing, schema
from tests.goldens import check_golden
from tests.spec_fixtures import crm_journey, small_spec
from tests.spec_strategies import specs

XSD = schema()
ASCII_NCNAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def _spec_in(content: bytes) -> TargetSpec:
    """The specification a reader puts together from the extension elements."""
    root = etree.fromstring(content)
    whole: dict[str, Any] = json.loads(root.find(f".//{{{JOURNEY}}}spec").text)
    stages = [json.loads(e.text) | {"activities": []} for e in root.iter(f"{{{JOURNEY}}}stage")]
    by_id = {stage["id"]: stage for stage in stages}
    for element in root.iter(f"{{{JOURNEY}}}activity"):
        activity = json.loads(element.text)
        by_id[activity.pop("stage")]["activities"].append(activity)
    return TargetSpec.model_validate(whole | {"stages": stages})


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(specs())
def test_any_specification_gives_a_valid_drawing_that_holds_all_of_it(spec: TargetSpec) -> None:
    content = to_bpmn(spec, "zh")
    drawing = Drawing(content)
    assert XSD.validate(drawing.root), XSD.error_log
    assert list(drawing.defects()) == []
    assert all(ASCII_NCNAME.fullmatch(e.get("id")) for e in drawing.root.iter() if e.get("id"))
    assert _spec_in(content) == spec


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_mined_draft_is_drawn_without_defects(lang: Any) -> None:
    spec = specify(crm_journey())
    drawing = Drawing(to_bpmn(spec, lang))
    assert XSD.validate(drawing.root), XSD.error_log
    assert list(drawing.defects()) == []


def test_the_checks_themselves_can_fail() -> None:
    content = to_bpmn(small_spec(), "zh")
    moved = re.sub(
        rb'(<bpmndi:BPMNShape id="Task_a-demo_di"[^>]*>\s*<dc:Bounds x=")[\d.]+', rb"\g<1>10",
        content,
    )  # fmt: skip
    assert moved != content
    assert any("outside" in defect for defect in Drawing(moved).defects())
    broken = etree.fromstring(content.replace(b' attachedToRef="Task_a-contact"', b""))
    assert not XSD.validate(broken)


def test_spiffworkflow_reads_it_as_an_executable_process() -> None:
    parser = BpmnParser(validator=BpmnValidator())
    parser.add_bpmn_io(io.BytesIO(to_bpmn(small_spec(), "zh")), "target.bpmn")
    assert parser.get_process_ids() == ["Process_target"]
    tasks = parser.get_spec("Process_target").task_specs
    expected = {START, "Task_a-form", "Timer_a-contact", "Gate_interest", "Exit_interest", END}
    assert expected <= set(tasks)
    assert tasks["Task_a-contact"].lane == "销售部"


def test_every_gateway_that_splits_has_conditions_and_a_default() -> None:
    root = etree.fromstring(to_bpmn(specify(crm_journey()), "zh"))
    flows = {f.get("id"): f for f in root.iter(f"{{{BPMN}}}sequenceFlow")}
    splits = [
        gateway
        for gateway in root.iter(f"{{{BPMN}}}exclusiveGateway")
        if len(gateway.findall(f"{{{BPMN}}}outgoing")) > 1
    ]
    assert splits
    for gateway in splits:
        out = [flows[o.text] for o in gateway.findall(f"{{{BPMN}}}outgoing")]
        conditions = [f.find(f"{{{BPMN}}}conditionExpression") for f in out]
        assert [f.get("id") for f, c in zip(out, conditions, strict=True) if c is None] == [
            gateway.get("default")
        ]
        assert gateway.get("name")
        assert all(f.get("name") for f in out)
        for condition in conditions:
            if condition is not None:
                feel.parse(condition.text)


def test_the_winning_stage_is_gated_before_it_is_won() -> None:
    nodes = [n.id for n in target_flow(small_spec(), "zh").nodes]
    assert nodes.index("Gate_purchase") < nodes.index("Task_a-contract")


def test_ids_stay_when_names_change() -> None:
    spec = small_spec()
    stage = spec.stages[0].model_copy(update={"name": spec.stages[1].name})
    renamed = spec.model_copy(update={"stages": (stage, *spec.stages[1:])})
    ids = [
        [e.get("id") for e in etree.fromstring(to_bpmn(s, "zh")).iter() if e.get("id")]
        for s in (spec, renamed)
    ]
    assert ids[0] == ids[1]


def test_the_same_specification_gives_the_same_bytes() -> None:
    content = to_bpmn(small_spec(), "zh")
    check_golden("small.bpmn", content)


def test_a_wide_process_is_laid_out_in_a_line() -> None:
    flow = target_flow(small_spec(), "en")
    layout = lay_out(flow)
    tasks = [layout.nodes[n.id] for n in flow.nodes if n.kind is Kind.TASK]
    assert all(a.right < b.x for a, b in itertools.pairwise(tasks))
    assert len({task.height for task in tasks}) == 1
    for arrow in flow.arrows:
        if arrow.way is Way.ONWARD:
            assert layout.arrows[arrow.id][0][0] < layout.arrows[arrow.id][-1][0]
