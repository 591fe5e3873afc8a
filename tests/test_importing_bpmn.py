"""Our own BPMN after people worked on it in a modeler."""

from __future__ import annotations

import re

import pytest
from lxml import etree

from journeylib.errors import SpecError
from journeylib.exporting.bpmn import JOURNEY, to_bpmn
from journeylib.importing import imported
from journeylib.spec.drafting.draft import specify
from journeylib.spec.model import TargetSpec
from journeylib.terms import LANGS, Lang
from tests.importing_worlds import BPMN, by_id, drawn, full_spec, told
from tests.spec_fixtures import MARKETING, SALES, crm_journey, small_spec

Element = etree._Element


def _detach(root: Element, *ids: str) -> None:
    """Delete elements with all that refers to them, as a modeler does."""
    for element in list(root.iter()):
        referring = [element.get(a) for a in ("id", "bpmnElement", "sourceRef", "targetRef")]
        text = (element.text or "").strip()
        if set(ids) & {*filter(None, referring), text} and element.getparent() is not None:
            element.getparent().remove(element)  # type: ignore[union-attr]


def _flow(root: Element, source: str, target: str) -> None:
    process = by_id(root, "Process_target")
    attributes = {"id": f"Flow_{source}_{target}", "sourceRef": source, "targetRef": target}
    etree.SubElement(process, f"{{{BPMN}}}sequenceFlow", attributes)


def _insert(root: Element, id: str, name: str, lane: str, source: str) -> None:
    """A new task on the way that leads on from `source`."""
    process = by_id(root, "Process_target")
    etree.SubElement(process, f"{{{BPMN}}}userTask", {"id": id, "name": name})
    by_name = next(e for e in root.iter(f"{{{BPMN}}}lane") if e.get("name") == lane)
    etree.SubElement(by_name, f"{{{BPMN}}}flowNodeRef").text = id
    onward = f"Onward_{source}__"
    flow = next(e for e in root.iter() if (e.get("id") or "").startswith(onward))
    _flow(root, id, str(flow.get("targetRef")))
    flow.set("targetRef", id)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("spec", [small_spec(), full_spec(), specify(crm_journey())])
def test_what_nobody_touched_comes_back_exactly(spec: TargetSpec, lang: Lang) -> None:
    found = imported(to_bpmn(spec, lang), "x.bpmn")
    assert found.spec == spec
    assert found.notes == ()


def test_modelers_may_give_every_namespace_another_prefix() -> None:
    text = to_bpmn(full_spec(), "zh").decode()
    for prefix, other in (("bpmn", "semantic"), ("journey", "ns0"), ("dc", "omgdc")):
        text = re.sub(rf"(</?|xmlns:|\"){prefix}:", rf"\g<1>{other}:", text)
        text = text.replace(f"xmlns:{prefix}=", f"xmlns:{other}=")
    assert "bpmn:" not in text
    found = imported(text.encode(), "x.bpmn")
    assert found.spec == full_spec()
    assert found.notes == ()


def test_the_default_namespace_will_do() -> None:
    text = to_bpmn(full_spec(), "zh").decode()
    text = re.sub(r"(</?)bpmn:", r"\1", text).replace("xmlns:bpmn=", "xmlns=")
    assert imported(text.encode(), "x.bpmn").spec == full_spec()


# -- what a modeler changes ----------------------------------------------------------------------------


def test_a_renamed_task_keeps_its_name_in_the_log() -> None:
    found = drawn(full_spec(), lambda r: by_id(r, "Task_a-contact").set("name", "首次\n电话"))
    activity = found.spec.activities[1]
    assert (activity.name.zh, activity.name.en) == ("首次 电话", "First contact")
    assert activity.event == "首次联系"
    assert told(found) == "任务“首次联系”改名为“首次 电话”"


def test_a_renamed_task_in_an_english_file_changes_the_english_name() -> None:
    found = drawn(full_spec(), lambda r: by_id(r, "Task_a-demo").set("name", "Live demo"), "en")
    assert found.spec.activities[2].name.en == "Live demo"
    assert found.spec.activities[2].name.zh == "产品演示"


def test_a_deleted_task_is_gone_with_what_spoke_of_it() -> None:
    def change(root: Element) -> None:
        _detach(root, "Task_a-contact", "Timer_a-contact", "Reminder_a-contact", "Data_a-form")
        _flow(root, "Task_a-form", "Split_a-demo")

    found = drawn(full_spec(), change)
    assert [a.id for a in found.spec.activities] == ["a-form", "a-demo", "a-contract"]
    assert [(t.source, t.target) for t in found.spec.transitions] == [
        ("a-form", "a-demo"),
        ("a-demo", "a-contract"),
    ]
    assert found.spec.stages[0].automation == ()
    assert "任务“a-contact”已从图中删除" in told(found)
    assert all(a.required for a in found.spec.activities if a.id != "a-demo")


def test_a_new_task_finds_its_stage_lane_and_place() -> None:
    def change(root: Element) -> None:
        _insert(root, "Activity_0x1", "发送资料", "销售部", "Task_a-contact")

    found = drawn(full_spec(), change)
    new = found.spec.stages[0].activities[2]
    assert (new.id, new.event, new.department, new.required) == (
        "Activity_0x1", "发送资料", SALES, True,
    )  # fmt: skip
    assert new.why.method == "edited"
    pairs = [(t.source, t.target) for t in found.spec.transitions]
    assert pairs == [("a-form", "a-contact"), ("a-contact", "Activity_0x1"), ("Activity_0x1", "a-demo"),
                     ("a-demo", "a-contract")] or set(pairs) >= {
        ("a-contact", "Activity_0x1"), ("Activity_0x1", "a-demo")}  # fmt: skip
    assert "新增任务“发送资料”，归入阶段“兴趣”" in told(found)


def test_a_task_after_the_gate_belongs_to_the_next_stage() -> None:
    def change(root: Element) -> None:
        _insert(root, "Activity_0x2", "准备合同", "销售部", "Gate_interest")

    found = drawn(full_spec(), change)
    assert [a.id for a in found.spec.stages[1].activities] == ["Activity_0x2", "a-contract"]


def test_a_copied_task_is_a_new_one() -> None:
    def change(root: Element) -> None:
        task = by_id(root, "Task_a-demo")
        copy = etree.fromstring(etree.tostring(task))
        copy.set("id", "Activity_copy")
        task.addnext(copy)

    found = drawn(full_spec(), change)
    copied = next(a for a in found.spec.activities if a.id == "Activity_copy")
    assert (copied.event, copied.required) == ("产品演示 (2)", False)
    assert "副本" in told(found)


def test_a_task_in_another_lane_has_another_department() -> None:
    def change(root: Element) -> None:
        lanes = {e.get("name"): e for e in root.iter(f"{{{BPMN}}}lane")}
        for reference in list(lanes["销售部"]):
            if reference.text == "Task_a-demo":
                lanes["市场部"].append(reference)

    found = drawn(full_spec(), change)
    assert found.spec.activities[2].department == MARKETING
    assert found.spec.activities[2].why.method == "edited"
    assert told(found) == "任务“产品演示”由“销售部”移至“市场部”"


def test_a_renamed_lane_is_a_renamed_department_and_a_new_one_a_new_one() -> None:
    def change(root: Element) -> None:
        lanes = {e.get("name"): e for e in root.iter(f"{{{BPMN}}}lane")}
        lanes["市场部"].set("name", "增长部")
        holder = by_id(root, "LaneSet_target")
        new = etree.SubElement(holder, f"{{{BPMN}}}lane", id="Lane_0x", name="法务部")
        for reference in list(lanes["销售部"]):
            if reference.text == "Task_a-contract":
                new.append(reference)

    found = drawn(full_spec(), change)
    names = {d.id: d.name.zh for d in found.spec.departments}
    assert names == {MARKETING: "增长部", SALES: "销售部", "法务部": "法务部"}
    assert found.spec.activities[0].department == MARKETING
    assert found.spec.activities[3].department == "法务部"


@pytest.mark.parametrize(
    ("written", "meant"), [("PT6H", "6h"), ("P1DT12H", "36h"), ("P2D", "2d"), ("90分钟", "90min")]
)
def test_another_timer_is_another_time_limit(written: str, meant: str) -> None:
    def change(root: Element) -> None:
        next(root.iter(f"{{{BPMN}}}timeDuration")).text = written

    found = drawn(full_spec(), change)
    activity = found.spec.activities[1]
    assert str(activity.sla) == meant
    assert activity.sla_why is not None
    assert activity.sla_why.method == "edited"


def test_a_working_time_limit_stays_on_its_clock() -> None:
    data = full_spec().to_dict()
    data["stages"][0]["activities"][1]["sla"] = "4h working"
    spec = TargetSpec.model_validate(data)
    assert drawn(spec, lambda root: None).spec == spec

    def change(root: Element) -> None:
        next(root.iter(f"{{{BPMN}}}timeDuration")).text = "PT8H"

    assert str(drawn(spec, change).spec.activities[1].sla) == "8h working"


def test_a_deleted_timer_is_no_time_limit_and_an_unreadable_one_no_change() -> None:
    def delete(root: Element) -> None:
        _detach(root, "Timer_a-contact", "Reminder_a-contact")

    def spoil(root: Element) -> None:
        next(root.iter(f"{{{BPMN}}}timeDuration")).text = "soon"

    assert drawn(full_spec(), delete).spec.activities[1].sla is None
    kept = drawn(full_spec(), spoil)
    assert kept.spec == full_spec()
    assert "“soon”不是时长" in told(kept)


def test_what_can_be_passed_by_becomes_optional_and_the_other_way_round() -> None:
    def bypass(root: Element) -> None:
        _flow(root, "Task_a-form", "Split_a-demo")

    def insist(root: Element) -> None:
        _detach(root, "Bypass_Split_a-demo__Merge_a-demo")

    found = drawn(full_spec(), bypass)
    # two ways out of a task are taken at once, so this is no bypass yet
    assert found.spec.activities[1].required

    def split(root: Element) -> None:
        bypass(root)
        by_id(root, "Task_a-form").set("default", "Flow_Task_a-form_Split_a-demo")

    assert not drawn(full_spec(), split).spec.activities[1].required
    assert drawn(full_spec(), insist).spec.activities[2].required


def test_another_order_of_the_arrows_is_another_order() -> None:
    def change(root: Element) -> None:
        flows = [
            f for f in root.iter(f"{{{BPMN}}}sequenceFlow") if f.get("id", "").startswith("Onward")
        ]
        ends = {
            "Start_target": "Task_a-contact",
            "Task_a-contact": "Task_a-form",
            "Task_a-form": "Split_a-demo",
        }
        for flow in flows:
            if (source := flow.get("sourceRef", "")) in ends:
                flow.set("targetRef", ends[source])

    found = drawn(full_spec(), change)
    assert [a.id for a in found.spec.stages[0].activities] == ["a-contact", "a-form", "a-demo"]
    assert "已按图调整" in told(found)


def test_names_of_stages_and_of_the_whole_are_read() -> None:
    def change(root: Element) -> None:
        by_id(root, "Participant_target").set("name", "新流程")
        by_id(root, "Value_Stage_purchase").set("value", "成交")

    found = drawn(full_spec(), change)
    assert found.spec.name.zh == "新流程"
    assert found.spec.stages[1].name.zh == "成交"


def test_what_has_no_way_back_is_told_and_changes_nothing() -> None:
    def change(root: Element) -> None:
        by_id(root, "Gate_interest").set("name", "够了吗？")
        next(by_id(root, "Gate_purchase").iter(f"{{{BPMN}}}outgoing"))
        next(root.iter(f"{{{BPMN}}}conditionExpression")).text = "预算 > 3"
        documentation = next(by_id(root, "Task_a-form").iter(f"{{{BPMN}}}documentation"))
        documentation.text = "另一种说明"
        process = by_id(root, "Process_target")
        etree.SubElement(process, f"{{{BPMN}}}dataObject", id="DataObject_1", name="清单")
        etree.SubElement(process, f"{{{BPMN}}}intermediateThrowEvent", id="Event_1", name="通知")

    found = drawn(full_spec(), change)
    assert found.spec == full_spec()
    stays = "的改动不读回：请在工作簿或 spec.json 中修改"
    assert told(found).splitlines() == [
        f"exclusiveGateway“够了吗？”（Gate_interest）{stays}",
        f"conditionExpression“是”（Onward_Split_a-demo__Task_a-demo）{stays}",
        f"documentation“提交表单”（Task_a-form）{stays}",
        "新增的 intermediateThrowEvent“通知”（Event_1）不读回：规格中没有对应内容",
        "新增的 dataObject“清单”（DataObject_1）不读回：规格中没有对应内容",
    ]


# -- what became of our data ----------------------------------------------------------------------


def test_damaged_data_is_told_and_the_picture_still_read() -> None:
    def whole(root: Element) -> None:
        next(root.iter(f"{{{JOURNEY}}}spec")).text = "{"

    def one(root: Element) -> None:
        next(root.iter(f"{{{JOURNEY}}}activity")).text = "[]"

    found = drawn(full_spec(), whole)
    names = [a.name.zh for a in full_spec().activities]
    assert [a.name.zh for a in found.spec.activities if a.name.zh in names] == names
    assert "已损坏" in told(found)
    assert "已损坏" in told(drawn(full_spec(), one))


def test_data_against_the_rules_is_told_with_its_path() -> None:
    def change(root: Element) -> None:
        element = next(root.iter(f"{{{JOURNEY}}}stage"))
        element.text = str(element.text).replace('"part":"A"', '"part":"X"')

    with pytest.raises(SpecError, match=r"\$\.stages\[0\]\.raci\[0\]\.part"):
        drawn(full_spec(), change)
