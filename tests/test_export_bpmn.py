import dataclasses
import datetime
import io
import itertools
import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.spiff.parser.process import VALIDATOR, SpiffBpmnParser
from SpiffWorkflow.util.task import TaskState

from journeylib.exporting import export
from journeylib.exporting.bpmn import BPMN, JOURNEY, to_bpmn
from journeylib.exporting.dialects import NAMESPACES, Dialect
from journeylib.exporting.dmn import decision_files
from journeylib.exporting.flow import END, START, Kind, Way, ascii_id, target_flow
from journeylib.exporting.layout import lay_out
from journeylib.exporting.variables import Variables
from journeylib.scenarios import Case
from journeylib.scenarios.course import Course
from journeylib.spec import feel
from journeylib.spec.drafting.draft import specify
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Criterion
from journeylib.terms import Clock, Span
from tests.bpmn_checks import Drawing, schema
from tests.goldens import check_golden
from tests.scenario_worlds import START as MONDAY
from tests.scenario_worlds import TYPES, predicted, world
from tests.spec_fixtures import crm_journey, small_spec
from tests.spec_strategies import specs

XSD = schema()
HOUR = datetime.timedelta(hours=1)
DIALECTS: tuple[Dialect, ...] = get_args(Dialect)
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
@given(specs(), st.sampled_from(DIALECTS))
def test_any_specification_gives_a_valid_drawing_that_holds_all_of_it(
    spec: TargetSpec, dialect: Dialect
) -> None:
    content = to_bpmn(spec, "zh", dialect)
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


def _stock_parser(spec: TargetSpec) -> SpiffBpmnParser:
    """SpiffWorkflow as it is installed, with our files in its own dialect."""
    parser = SpiffBpmnParser(validator=VALIDATOR)
    parser.add_bpmn_io(io.BytesIO(to_bpmn(spec, "zh", "spiff")), "target.bpmn")
    for name, content in decision_files(spec, "zh", "spiff").items():
        parser.add_dmn_io(io.BytesIO(content), name)
    return parser


def test_spiffworkflow_reads_it_as_an_executable_process() -> None:
    parser = _stock_parser(small_spec())
    assert parser.get_process_ids() == ["Process_target"]
    tasks = parser.get_spec("Process_target").task_specs
    expected = {START, "Task_a-form", "Timer_a-contact", "Rule_interest", "Exit_interest", END}
    assert expected <= set(tasks)
    assert tasks["Task_a-contact"].lane == "销售部"


@pytest.mark.parametrize("seed", range(30))
def test_unmodified_spiffworkflow_ends_cases_where_the_specification_says(seed: int) -> None:
    made = world(seed, cases=3)
    process = _stock_parser(made.spec).get_spec("Process_target")
    for drawn in made.cases:
        case = _in_order(drawn)
        expected = predicted(made, case)
        if not expected.skipped:
            assert _stock_end(made.spec, process, case) == (expected.end, expected.at)


def _in_order(case: Case) -> Case:
    """Its events hour by hour in the order of the flow: what is done is done in that order."""
    known = [e for e in case.events if e.activity != "stray"] or list(case.events)
    timed = [dataclasses.replace(e, at=MONDAY + n * HOUR) for n, e in enumerate(known)]
    return Case(case.id, tuple(timed))


def _stock_end(spec: TargetSpec, process: Any, case: Case) -> tuple[str, str | None]:
    """Run with every variable set at the start: to Python, a name it has not heard of is an error."""
    variables, course = Variables(spec), Course.of(spec, case, [])
    workflow = BpmnWorkflow(process, script_engine=PythonScriptEngine())
    (start,) = workflow.get_tasks(state=TaskState.READY)
    start.data.update(dict.fromkeys(TYPES))
    for activity in spec.activities:
        done = activity.id in course.done_by(course.start)
        start.data[variables.name("done", activity.id)] = done
        start.data[variables.name("needed", activity.id)] = activity.id in course.done
    for stage, last in zip(spec.stages, _last_before_gates(spec), strict=True):
        onward = course.goes_on_after(last) or last == course.last
        start.data[variables.name("advance", stage.id)] = onward
    start.data.update(course.known_at(course.start))
    workflow.do_engine_steps()
    while ready := workflow.get_tasks(state=TaskState.READY, manual=True):
        id = ready[0].task_spec.bpmn_id
        activity = next(a for a in spec.activities if ascii_id("Task", a.id) == id)
        if activity.id not in course.done:
            return "waiting", activity.id
        ready[0].data.update(course.known_at(course.done[activity.id]))
        ready[0].run()
        workflow.do_engine_steps()
    ends = {t.task_spec.bpmn_id for t in workflow.get_tasks(state=TaskState.COMPLETED)}
    stopped = [s.id for s in spec.stages if ascii_id("Exit", s.id) in ends]
    return ("stopped", stopped[0]) if stopped else ("goal", None)


def _last_before_gates(spec: TargetSpec) -> list[str | None]:
    before: list[str | None] = [None]
    for stage in spec.stages:
        before.append(stage.activities[-1].id if stage.activities else before[-1])
    ahead = [[a.id for a in s.activities if a.outcome != "won"] for s in spec.stages]
    return [ids[-1] if ids else earlier for ids, earlier in zip(ahead, before, strict=False)]


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


def test_each_dialect_says_conditions_timers_and_decisions_its_own_way() -> None:
    said = {}
    for dialect in DIALECTS:
        root = etree.fromstring(to_bpmn(small_spec(), "zh", dialect))
        condition, duration = (
            root.find(f".//{{{BPMN}}}{tag}").text for tag in ("conditionExpression", "timeDuration")
        )
        said[dialect] = condition, duration
    assert said == {
        "generic": ("needed_a_demo = true", "PT4H"),
        "camunda7": ('${execution.getVariable("needed_a_demo") == true}', "PT4H"),
        "camunda8": ("=needed_a_demo = true", "PT4H"),
        "spiff": ("needed_a_demo == True", '"PT4H"'),
    }


def test_the_business_rule_task_names_the_decision_and_its_answer() -> None:
    wanted = "Decision_interest", "leave_interest"
    camunda, zeebe, spiff = (NAMESPACES[p] for p in ("camunda", "zeebe", "spiffworkflow"))
    rules = {
        dialect: etree.fromstring(to_bpmn(small_spec(), "zh", dialect)).find(
            f".//{{{BPMN}}}businessRuleTask[@id='Rule_interest']"
        )
        for dialect in DIALECTS
    }
    for dialect in ("generic", "camunda7"):
        names = [rules[dialect].get(f"{{{camunda}}}{n}") for n in ("decisionRef", "resultVariable")]
        assert tuple(names) == wanted
    called = rules["camunda8"].find(f".//{{{zeebe}}}calledDecision")
    assert (called.get("decisionId"), called.get("resultVariable")) == wanted
    for dialect in ("generic", "spiff"):
        assert rules[dialect].find(f".//{{{spiff}}}calledDecisionId").text == wanted[0]


def test_at_a_gate_an_engine_knows_what_was_done_by_the_way_it_came() -> None:
    spec = small_spec()
    asked = ('"提交表单" in done', '"产品演示" in done', 'not("签订合同" in done)', "预算 > 1")
    why = spec.stages[0].exit[0].why
    criteria = tuple(
        Criterion(id=f"c{n}", when=when, text=spec.name, why=why) for n, when in enumerate(asked)
    )
    first = spec.stages[0].model_copy(update={"exit": criteria})
    spec = spec.model_copy(update={"stages": (first, spec.stages[1])})
    zeebe, camunda = (
        {
            e.get(name): e.get("source") or e.text
            for e in etree.fromstring(to_bpmn(spec, "en", dialect)).iter(
                f"{{{NAMESPACES[p]}}}{tag}"
            )
        }
        for dialect, p, tag, name in (
            ("camunda8", "zeebe", "input", "target"),
            ("camunda7", "camunda", "inputParameter", "name"),
        )
    )
    assert zeebe == {
        "done_a_form": "=true",
        "done_a_demo": "=needed_a_demo = true",
        "done_a_contract": "=false",
    }
    assert camunda == {
        "done_a_form": "${true}",
        "done_a_demo": '${execution.getVariable("needed_a_demo") == true}',
        "done_a_contract": "${false}",
        "预算": '${execution.getVariable("预算")}',
        "advance_purchase": '${execution.getVariable("advance_purchase")}',
    }


def test_a_gate_is_a_decision_and_then_a_gateway_on_its_answer() -> None:
    flow = target_flow(small_spec(), "en")
    (into,) = flow.to("Gate_interest", Way.ONWARD)
    assert into.source == "Rule_interest"
    onward = flow.from_("Gate_interest", Way.ONWARD)
    assert [feel.to_text(arrow.when) for arrow in onward if arrow.when] == ["leave_interest = true"]


def test_a_working_time_limit_says_what_was_written_instead() -> None:
    spec = small_spec()
    contact = spec.stages[0].activities[1].model_copy(update={"sla": Span(2, "d", Clock.WORKING)})
    first = spec.stages[0]
    activities = (first.activities[0], contact, first.activities[2])
    stages = (first.model_copy(update={"activities": activities}), spec.stages[1])
    root = etree.fromstring(to_bpmn(spec.model_copy(update={"stages": stages}), "en"))
    timer = root.find(f".//{{{BPMN}}}boundaryEvent")
    assert timer.find(f".//{{{BPMN}}}timeDuration").text == "P2D"
    words = timer.find(f"{{{BPMN}}}documentation").text
    assert "2 d of working time" in words
    assert "P2D of calendar time is written" in words


def test_the_time_limit_of_a_stage_stands_beside_its_name() -> None:
    root = etree.fromstring(to_bpmn(small_spec(), "zh"))
    notes = {
        n.get("id"): n.find(f"{{{BPMN}}}text").text for n in root.iter(f"{{{BPMN}}}textAnnotation")
    }
    assert notes == {"Note_Stage_interest": "时限：3 天"}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_longest_known_suffix_says_the_dialect(dialect: Dialect, tmp_path: Path) -> None:
    suffix = ".bpmn" if dialect == "generic" else f".{dialect}.bpmn"
    path = export(small_spec(), tmp_path / f"v1.2{suffix}", lang="en")
    assert path.read_bytes() == to_bpmn(small_spec(), "en", dialect)


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
