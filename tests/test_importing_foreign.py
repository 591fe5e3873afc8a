"""BPMN of other makers as the beginning of a specification."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journeylib.errors import InputError
from journeylib.importing import Imported, imported
from tests.importing_worlds import told

HEAD = """<?xml version="1.0"?>
<semantic:definitions xmlns:semantic="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"
  xmlns:omgdc="http://www.omg.org/spec/DD/20100524/DC" xmlns:sig="http://www.signavio.com"
  xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="sid-1" targetNamespace="urn:x">"""


def read(body: str) -> Imported:
    return imported(f"{HEAD}{_prefixed(body)}</semantic:definitions>".encode(), "foreign.bpmn")


def _prefixed(text: str) -> str:
    """Element names below are written without the prefix that the file gives them."""
    return re.sub(r"<(/?)(?=[a-zA-Z]+[\s/>])", r"<\1semantic:", text)


def flows(*pairs: str) -> str:
    """``a>b`` as a sequence flow; ``a>b?x`` with a condition."""
    made = []
    for number, pair in enumerate(pairs):
        ends, _, when = pair.partition("?")
        source, target = ends.split(">")
        inner = f"<conditionExpression>{when}</conditionExpression>" if when else ""
        attributes = f'id="F{number}" sourceRef="{source}" targetRef="{target}"'
        made.append(f"<sequenceFlow {attributes}>{inner}</sequenceFlow>")
    return "".join(made)


def process(*elements: str, id: str = "P") -> str:
    return f'<process id="{id}" name="Order to cash">{"".join(elements)}</process>'


START, END = '<startEvent id="S"/>', '<endEvent id="E"/>'


def task(id: str, name: str | None = None, kind: str = "userTask", inner: str = "") -> str:
    return f'<{kind} id="{id}" name="{name or id}">{inner}</{kind}>'


def required(found: Imported) -> dict[str, bool]:
    return {a.id: a.required for a in found.spec.activities}


KINDS = ("task", "userTask", "manualTask", "serviceTask", "sendTask", "receiveTask", "scriptTask",
         "businessRuleTask", "callActivity")  # fmt: skip


def test_tasks_of_all_kinds_become_activities_in_the_order_of_the_arrows() -> None:
    tasks = [task(kind, f"do {kind}", kind) for kind in KINDS]
    chain = ["S", *KINDS, "E"]
    arrows = [f"{a}>{b}" for a, b in itertools.pairwise(chain)]
    found = read(process(*reversed(tasks), END, START, flows(*reversed(arrows))))
    assert [a.id for a in found.spec.activities] == list(KINDS)
    assert all(required(found).values())
    assert [(t.source, t.target) for t in found.spec.transitions] == list(itertools.pairwise(KINDS))
    assert found.spec.name.zh == "Order to cash"
    assert "9 tasks" in found.notes[0].en


def test_what_an_exclusive_split_passes_by_is_optional_a_parallel_branch_is_not() -> None:
    found = read(
        process(
            START, END, *map(task, "abcdef"),
            '<exclusiveGateway id="X"/><exclusiveGateway id="Y"/>',
            '<parallelGateway id="A"/><parallelGateway id="B"/>',
            flows("S>a", "a>X", "X>b?x = 1", "X>Y", "b>Y", "Y>A", "A>c", "A>d", "c>B", "d>B", "B>e",
                  "e>E"),
        )
    )  # fmt: skip
    assert required(found) == {"a": True, "b": False, "c": True, "d": True, "e": True, "f": False}
    assert "条件未读取：x = 1" in told(found)


def test_an_early_end_makes_nothing_after_it_optional() -> None:
    found = read(
        process(
            START, END, '<endEvent id="No"/><exclusiveGateway id="X"/>', *map(task, "abcr"),
            flows("S>a", "a>X", "X>b", "b>c", "c>E", "X>r", "r>No"),
        )
    )  # fmt: skip
    assert required(found) == {"a": True, "b": True, "c": True, "r": False}
    assert "必做以终点“E”为准" in told(found)


def test_parallel_branches_with_ends_of_their_own_are_all_required() -> None:
    found = read(
        process(
            START, END, '<endEvent id="E2"/>', *map(task, "abc"),
            flows("S>a", "a>b", "a>c", "b>E", "c>E2"),
        )
    )  # fmt: skip
    assert required(found) == {"a": True, "b": True, "c": True}


def test_loops_are_cut_and_told() -> None:
    found = read(
        process(
            START, END, '<exclusiveGateway id="X"/>', *map(task, "ab"),
            flows("S>a", "a>b", "b>X", "X>a", "X>E"),
        )
    )  # fmt: skip
    assert [(t.source, t.target) for t in found.spec.transitions] == [("a", "b")]
    assert "“b → a”是回路" in told(found)


def test_lanes_and_pools_become_departments() -> None:
    lanes = ('<laneSet id="L"><lane id="L1" name="Sales&#10;EMEA"><flowNodeRef>a</flowNodeRef></lane>'
             '<lane id="L2"><childLaneSet id="C"><lane id="L3" name="Legal"><flowNodeRef>b</flowNodeRef>'
             "</lane></childLaneSet></lane></laneSet>")  # fmt: skip
    found = read(process(lanes, START, END, *map(task, "ab"), flows("S>a", "a>b", "b>E")))
    assert [a.department for a in found.spec.activities] == ["Sales EMEA", "Legal"]
    pools = ('<collaboration id="C"><participant id="P1" name="Buyer" processRef="P"/>'
             '<participant id="P2" name="Seller" processRef="Q"/></collaboration>')  # fmt: skip
    two = read(
        pools
        + process(START, task("a"), flows("S>a"))
        + process(task("b"), task("c"), flows("b>c"), id="Q")
    )
    assert [a.department for a in two.spec.activities] == ["Buyer", "Seller", "Seller"]
    assert "2 个流程" in told(two)


def test_timers_on_tasks_become_time_limits_others_are_told() -> None:
    def timer(id: str, host: str, inner: str) -> str:
        return (f'<boundaryEvent id="{id}" attachedToRef="{host}"><timerEventDefinition>{inner}'
                "</timerEventDefinition></boundaryEvent>")  # fmt: skip

    found = read(
        process(
            START, END, *map(task, "abx"),
            timer("T1", "a", "<timeDuration>P1DT2H</timeDuration>"),
            timer("T2", "b", "<timeCycle>R3/PT1H</timeCycle>"),
            '<intermediateCatchEvent id="W" name="wait"><timerEventDefinition/>'
            "</intermediateCatchEvent>",
            flows("S>a", "a>W", "W>b", "b>E", "T1>x", "x>E"),
        )
    )  # fmt: skip
    assert {a.id: str(a.sla) for a in found.spec.activities if a.sla} == {"a": "26h"}
    assert required(found) == {"a": True, "b": True, "x": False}
    assert "计时器“T2”未读取" in told(found)
    assert "事件“wait”（W）未读取" in told(found)


def test_documents_become_items_outputs_and_handovers() -> None:
    lanes = ('<laneSet id="L"><lane id="L1" name="Sales"><flowNodeRef>a</flowNodeRef></lane>'
             '<lane id="L2" name="Ops"><flowNodeRef>b</flowNodeRef></lane></laneSet>')  # fmt: skip
    writes = "<dataOutputAssociation id='o'><targetRef>D1</targetRef></dataOutputAssociation>"
    reads = "<dataInputAssociation id='i'><sourceRef>D1</sourceRef></dataInputAssociation>"
    found = read(
        process(
            lanes, START, END, '<dataObject id="D0" name="客户 需求 (v2)"/>',
            '<dataObjectReference id="D1" dataObjectRef="D0"/>',
            task("a", inner=writes), task("b", inner=reads), flows("S>a", "a>b", "b>E"),
        )
    )  # fmt: skip
    [item] = found.spec.information
    assert (item.id, item.attribute) == ("客户_需求_v2", "客户 需求 (v2)")
    assert found.spec.activities[0].output == item.id
    [handover] = found.spec.stages[0].handovers
    assert (handover.source, handover.target) == ("Sales", "Ops")


def test_messages_with_the_customer_show_where_he_takes_part() -> None:
    pools = ('<collaboration id="C"><participant id="P1" name="Us" processRef="P"/>'
             '<participant id="K" name="客户 Customer"/><participant id="Z" name="Bank"/>'
             '<messageFlow id="M1" sourceRef="K" targetRef="a"/>'
             '<messageFlow id="M2" sourceRef="b" targetRef="K"/>'
             '<messageFlow id="M3" sourceRef="b" targetRef="Z"/></collaboration>')  # fmt: skip
    found = read(pools + process(START, END, *map(task, "ab"), flows("S>a", "a>b", "b>E")))
    assert [a.customer for a in found.spec.activities] == ["initiates", "meets"]
    assert "与“Bank”的 1 条消息未读取" in told(found)


def _sub(id: str, *elements: str, tag: str = "subProcess") -> str:
    return f'<{tag} id="{id}" name="Phase {id}">{"".join(elements)}</{tag}>'


def test_two_sub_processes_are_stages_and_their_tasks_come_in_order() -> None:
    found = read(
        process(
            START, END, task("z"),
            _sub("U", *map(task, "ab"), flows("a>b")),
            _sub("V", *map(task, "cd"), tag="adHocSubProcess"),
            _sub("W"),
            flows("S>U", "U>V", "V>z", "z>W", "W>E"),
        )
    )  # fmt: skip
    stages = {s.name.en: [a.id for a in s.activities] for s in found.spec.stages}
    assert stages == {"Phase U": ["a", "b"], "Phase V": ["c", "d", "z", "W"]}
    assert required(found) == {"a": True, "b": True, "c": False, "d": False, "z": True, "W": True}
    assert "阶段取自子流程" in told(found)


def test_groups_are_stages_where_there_are_some() -> None:
    def shape(id: str, x: int, width: int) -> str:
        return (f'<bpmndi:BPMNShape bpmnElement="{id}"><omgdc:Bounds x="{x}" y="0" width="{width}" '
                'height="80"/></bpmndi:BPMNShape>')  # fmt: skip

    found = read(
        '<category id="K"><categoryValue id="V1" value="签约前"/>'
        '<categoryValue id="V2" value="签约后"/></category>'
        + process(START, END, *map(task, "abc"), flows("S>a", "a>b", "b>c", "c>E"),
                  '<group id="G1" categoryValueRef="V1"/><group id="G2" categoryValueRef="V2"/>')
        + '<bpmndi:BPMNDiagram><bpmndi:BPMNPlane>'
        + shape("G1", 0, 200) + shape("G2", 200, 200)
        + shape("a", 20, 80) + shape("b", 110, 80) + shape("c", 250, 80)
        + "</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>"
    )  # fmt: skip
    assert [(s.name.zh, len(s.activities)) for s in found.spec.stages] == [
        ("签约前", 2),
        ("签约后", 1),
    ]


def test_nothing_is_left_out_in_silence() -> None:
    found = read(
        process(
            '<extensionElements><sig:meta a="b"/><camunda:properties/></extensionElements>',
            START, END, task("a", "发货"), task("b", "发货"), '<userTask id="c"/>',
            '<textAnnotation id="T"><text>ask Legal</text></textAnnotation>',
            '<choreographyTask id="H" name="odd"/>',
            _sub("U", task("d"), '<startEvent id="S2"/>', flows("S2>d")).replace(
                '<subProcess ', '<subProcess triggeredByEvent="true" '),
            flows("S>a", "a>b", "b>c", "c>E"),
        )
    )  # fmt: skip
    report = told(found)
    for words in ("注释“T”未读取：ask Legal", "choreographyTask“odd”（H）未读取", "“发货 (2)”",
                  "任务“c”没有名称", "事件子流程“Phase U”（U）", "http://www.signavio.com，1 处",
                  "http://camunda.org/schema/1.0/bpmn，1 处"):  # fmt: skip
        assert words in report, words


def test_a_repeated_task_is_repeatable() -> None:
    loop = "<standardLoopCharacteristics/>"
    found = read(process(START, END, task("a", inner=loop), flows("S>a", "a>E")))
    assert found.spec.activities[0].repeatable


def test_too_many_tasks_are_refused() -> None:
    with pytest.raises(InputError, match="2,001 tasks"):
        read(process(*(task(f"t{n}") for n in range(2_001))))


nodes = st.sampled_from(["task", "exclusiveGateway", "parallelGateway", "endEvent", "subProcess"])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(nodes, min_size=1, max_size=8), st.data())
def test_any_tangle_of_arrows_gives_a_specification(kinds: list[str], data: st.DataObject) -> None:
    ids = [f"n{n}" for n in range(len(kinds))]
    ends = st.tuples(st.sampled_from(ids), st.sampled_from([*ids, "gone"]))
    arrows = [f"{a}>{b}" for a, b in data.draw(st.lists(ends, max_size=14))]
    elements = [f'<{kind} id="{id}" name="same"/>' for kind, id in zip(kinds, ids, strict=True)]
    found = read(process(task("first"), *elements, flows("first>n0", *arrows)))
    tasks = 1 + sum(kind in ("task", "subProcess") for kind in kinds)
    assert len(found.spec.activities) == tasks
