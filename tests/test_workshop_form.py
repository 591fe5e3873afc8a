"""Editing works without widgets; the widgets do nothing but pass it on."""

from __future__ import annotations

from typing import Any

import pytest

from journeylib.checking import backtest
from journeylib.errors import SpecError
from journeylib.spec.drafting.draft import specify
from journeylib.spec.model import TargetSpec
from journeylib.terms import Text
from journeylib.workshop.edits import Edits
from journeylib.workshop.form import SpecForm, edit
from journeylib.workshop.messages import told
from tests.spec_fixtures import crm_journey, small_spec

# -- without widgets -------------------------------------------------------------------------------


def test_an_edit_is_a_copy_and_undo_goes_back() -> None:
    start = Edits.of(small_spec())
    later = start.set(("stages", 0, "sla"), "4h")
    assert start.at("stages", 0, "sla") == "3d"
    assert str(later.spec.stages[0].sla) == "4h"
    assert later.undo() is start
    assert start.undo() is start
    assert start.set(("stages", 0, "sla"), "3d") is start, "nothing changed, nothing to undo"


def test_what_is_wrong_is_told_at_its_place_and_work_goes_on() -> None:
    edits = Edits.of(small_spec()).set(("stages", 0, "sla"), "4")
    edits = edits.set(("stages", 0, "exit", 1, "when"), "预算 ≥ 3")
    assert edits.problems_at("stages", 0, "sla") == ('\'4\' has no unit; write "4h" or "4d"',)
    assert "full-width" in edits.problems_at("stages", 0, "exit", 1)[0]
    assert edits.problems_at("stages", 1) == ()
    assert edits.hints == ()
    with pytest.raises(SpecError):
        _ = edits.spec
    assert edits.undo().undo().problems == ()


def test_both_sides_of_a_gate_change_together() -> None:
    start = Edits.of(specify(crm_journey()))
    later = start.set(("stages", 1, "exit", 0, "when"), "预算 != null and 行业 != null")
    assert later.spec.stages[2].entry == later.spec.stages[1].exit
    added = later.add_criterion(0, "行业 != null")
    assert added.spec.stages[0].exit[-1].text.zh == "“行业”已填写"
    assert added.spec.stages[1].entry[-1].when == "行业 != null"
    assert not any("entry" in text for text in added.diff.sentences("en")), "the gate is told once"


def test_usual_words_follow_their_condition_and_own_words_stay() -> None:
    start = Edits.of(specify(crm_journey()))
    at = ("stages", 1, "exit", 0)
    assert start.at(*at)["text"]["zh"].startswith("已完成")
    later = start.set((*at, "when"), "行业 != null")
    assert later.spec.stages[1].exit[0].text.zh == "“行业”已填写"
    own = later.set((*at, "text"), {"zh": "行业清楚", "en": "Trade known"})
    assert own.set((*at, "when"), "预算 != null").at(*at)["text"]["zh"] == "行业清楚"
    assert later.set((*at, "when"), "行业 !=").at(*at)["text"]["zh"] == "行业 !="


def test_what_was_measured_is_no_reason_for_what_was_typed() -> None:
    start = Edits.of(specify(crm_journey()))
    at = ("stages", 0, "activities", 2)
    option = start.at(*at)["sla_options"][0]
    chosen = start.set((*at, "sla"), option["limit"])
    assert chosen.at(*at)["sla_why"] == option["why"]
    assert chosen.set((*at, "sla"), "5h").at(*at)["sla_why"] == {"method": "workshop"}
    asked = start.set(("stages", 1, "exit", 0, "when"), "行业 != null")
    assert asked.spec.stages[1].exit[0].why.n is None
    form = edit(start.spec)
    form.field("stages", 1, "exit", 0, "when").value = "行业 != null"
    assert "工作坊" in _all_html(form.widget)


def test_an_activity_takes_along_all_that_speaks_of_it() -> None:
    start = Edits.of(small_spec())
    gone = start.remove(("stages", 0, "activities", 1))
    assert gone.problems == ()
    text = gone.spec.to_json()
    assert "a-contact" not in text
    assert "首次联系" not in text
    pairs = [(t.source, t.target) for t in gone.spec.transitions]
    assert ("a-form", "a-contract") in pairs
    assert gone.undo().spec == small_spec()


def test_a_new_activity_joins_the_flow_and_required_ones_are_not_passed_over() -> None:
    added = Edits.of(small_spec()).add_activity(
        0, "电话回访", {"zh": "电话回访", "en": "Call back"}
    )
    assert added.spec.stages[0].activities[-1].event == "电话回访"
    must = added.set(("stages", 0, "activities", 3, "required"), True)
    assert must.problems == ()
    ids = [a.id for a in must.spec.activities]
    new = must.spec.stages[0].activities[-1].id
    assert not any(
        ids.index(t.source) < ids.index(new) < ids.index(t.target) for t in must.spec.transitions
    )


@pytest.mark.parametrize(
    ("problem", "zh"),
    [
        ('\'4\' has no unit; write "4h" or "4d"', "“4”没有单位，请写成 4h（小时）或 4d（天）"),
        ("there is no activity '首联'. Did you mean '首次联系'?", "没有名为“首联”的活动"),
        ("something never heard of", "something never heard of"),
    ],
)
def test_problems_are_said_in_chinese_where_the_form_brings_them_about(
    problem: str, zh: str
) -> None:
    assert told(problem, "zh").startswith(zh)
    assert told(problem, "en") == problem


# -- with widgets ----------------------------------------------------------------------------------


@pytest.fixture
def form() -> SpecForm:
    return edit(small_spec(), crm_journey())


def test_typing_changes_the_specification_and_only_that(form: SpecForm) -> None:
    form.field("stages", 0, "activities", 1, "sla").value = "1d"
    assert str(form.spec.stages[0].activities[1].sla) == "1d"
    assert "“兴趣”的活动“首次联系”：时限由“4 小时”改为“1 天”" in form.diff.sentences("zh")
    form.undo()
    assert form.spec == small_spec()
    assert form.field("stages", 0, "activities", 1, "sla").value == "4h"


def test_a_mistake_is_told_beside_its_field_in_the_language_of_the_form(form: SpecForm) -> None:
    field = form.field("stages", 0, "sla")
    field.value = "4"
    assert "“4”没有单位" in form.message("stages", 0, "sla")
    assert form.message("stages", 0, "activities", 1, "sla") == ""
    assert "1 个问题" in _all_html(form.widget)
    with pytest.raises(SpecError):
        _ = form.spec
    field.value = "4h"
    assert form.message("stages", 0, "sla") == ""
    field.value = ""
    assert form.spec.stages[0].sla is None


def test_owner_flag_words_and_items_are_fields(form: SpecForm) -> None:
    form.field("stages", 0, "activities", 2, "required").value = True
    form.field("stages", 0, "activities", 2, "department").value = None
    form.field("stages", 0, "activities", 0, "name").value = "网上提交表单"
    form.field("stages", 0, "handovers", 0, "items").value = "行业，预算"
    demo, sent = form.spec.stages[0].activities[2], form.spec.stages[0].activities[0]
    assert (demo.required, demo.department) == (True, None)
    assert sent.name == Text("网上提交表单", "Form sent"), "the other language keeps its words"
    [handover] = form.spec.stages[0].handovers
    assert [h.item for h in handover.items] == ["行业", "预算"]
    assert handover.items[0].why.n == 120, "what was known keeps its reason"


def test_a_measured_limit_can_be_chosen() -> None:
    spec = specify(crm_journey())
    form = edit(spec, lang="en")
    at = ("stages", 0, "activities", 2, "sla")
    options = form.field(*at, "options")
    assert "80 % achieve" in options.options[2][0]
    options.value = options.options[1][1]
    assert form.field(*at).value == options.options[1][1]
    assert str(form.spec.stages[0].activities[2].sla) == options.options[1][1]


def test_adding_and_removing_by_buttons(form: SpecForm) -> None:
    _click(form.widget, "删除", nth=0)
    assert len(form.spec.stages[0].exit) == 1
    entry = _find(form.widget, "Combobox", 1)
    assert "分配线索" in entry.options, "the journey's activities are offered"
    entry.value = "分配线索"
    _click(form.widget, "添加", nth=1)
    assert form.spec.stages[0].activities[-1].event == "分配线索"
    _click(form.widget, "撤销")
    _click(form.widget, "撤销")
    assert form.spec == small_spec()


def test_back_test_words_stand_beside_the_criteria_and_follow_changes() -> None:
    journey = crm_journey()
    form = edit(small_spec(), journey)
    before = backtest(form.spec, journey).criteria[1]
    assert before.won is not None and before.stopped
    assert f"赢单 {before.won.value:.0%} 满足（n={before.won.n}）" in form.static()["text/markdown"]
    form.field("stages", 0, "exit", 1, "when").value = '行业 = "制造" and 预算 != null'
    after = backtest(form.spec, journey).criteria[1]
    assert after.stopped and after.stopped > before.stopped
    assert f"会拦下 {after.stopped} 个赢单" in form.static()["text/markdown"]
    assert f"会拦下 {after.stopped} 个赢单" in _all_html(form.widget)


def test_the_static_twin_shows_the_same_without_a_kernel(form: SpecForm) -> None:
    bundle = form._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    again = edit(small_spec(), crm_journey())
    assert bundle["text/markdown"] == again.static()["text/markdown"]
    assert "| 首次联系 | 是 | 销售部 | 4 小时 | – |" in bundle["text/markdown"]
    assert bundle["text/plain"] == repr(form)
    form.field("stages", 0, "sla").value = "4"
    assert "$.stages\\[0\\].sla: “4”没有单位" in form.static()["text/markdown"]


def test_names_from_a_log_cannot_become_markup() -> None:
    data: dict[str, Any] = small_spec().to_dict()
    data["stages"][0]["handovers"][0]["source"] = data["departments"][0]["id"]
    data["departments"][0]["name"] = {"zh": "<b>x</b>", "en": "<b>x</b>"}
    data["stages"][0]["exit"][0]["why"] = {"method": "<script>"}
    form = edit(TargetSpec.model_validate(data))
    assert "<script>" not in _all_html(form.widget)


def _walk(widget: Any) -> Any:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from _walk(child)


def _find(widget: Any, kind: str, nth: int = 0) -> Any:
    return [w for w in _walk(widget) if type(w).__name__ == kind][nth]


def _click(widget: Any, label: str, nth: int = 0) -> None:
    buttons = [w for w in _walk(widget) if type(w).__name__ == "Button" and w.description == label]
    buttons[nth].click()


def _all_html(widget: Any) -> str:
    return "".join(w.value for w in _walk(widget) if type(w).__name__ == "HTML")


def test_only_the_stage_that_gains_a_part_is_built_anew(form: SpecForm) -> None:
    other = form.field("stages", 1, "sla")
    kept = form.field("stages", 0, "sla")
    kept.value = "2d"
    assert form.field("stages", 0, "sla") is kept, "typing builds nothing"
    _click(form.widget, "删除", nth=0)
    assert form.field("stages", 1, "sla") is other
    assert form.field("stages", 0, "sla") is not kept
    assert kept.comm is None, "what is replaced is closed"
    assert form.field("stages", 0, "sla").value == "2d"
    form.undo()
    form.undo()
    assert len(form.edits.data["stages"][0]["exit"]) == 2
    assert form.edits.before is None, "showing an older state is no typing"
