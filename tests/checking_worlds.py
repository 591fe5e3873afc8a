"""A specification with a rule of every kind, and logs that keep it or break it in known places."""

from __future__ import annotations

from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import (
    Activity,
    Constraint,
    Criterion,
    DataHandover,
    Department,
    HandedItem,
    InformationItem,
    Provenance,
    Stage,
    Transition,
)
from journeylib.terms import Span, Text
from tests.logs import at

WHY = Provenance(method="test")
MARKETING, SALES, FINANCE = "市场部", "销售部", "财务部"
STEPS = (
    "提交表单",
    "分配线索",
    "首次联系",
    "需求调研",
    "产品演示",
    "折扣审批",
    "合同盖章",
    "签订合同",
)
CRITERIA = (
    "预算 >= 50",
    '"需求调研" in done and 预算 != null',
    'not(等级 = "C")',
    '等级 in ("A", "B") or 预算 in [100..200)',
    "同意 = true",
    '日期 >= "2025-02-01"',
    '预算 != 50 and not("合同盖章" in done)',
    '等级 = "50" or 预算 < 10',
)


def words(text: str) -> Text:
    return Text.same(text)


def step(id: str, event: str, *, required: bool = True, **more) -> Activity:
    return Activity(id=id, event=event, name=words(event), required=required, why=WHY, **more)


def gate(id: str, when: str) -> Criterion:
    return Criterion(id=id, when=when, text=words(when), why=WHY)


def rule(id: str, kind: str, *activities: str, **more) -> Constraint:
    return Constraint(
        id=id, kind=kind, activities=activities, text=words(f"{kind} {activities}"), why=WHY, **more
    )  # fmt: skip


def full_spec(criteria=CRITERIA, **changed) -> TargetSpec:
    """Three stages and every kind of rule; `criteria` gate the first two."""
    interest = Stage(
        id="interest", name=words("兴趣"), definition=words("d"), sla=Span(20, "h"),
        exit=tuple(gate(f"c{i}", when) for i, when in enumerate(criteria[::2])),
        activities=(
            step("form", "提交表单", sla=None),
            step("assign", "分配线索", sla=Span(4, "h"), department=MARKETING),
            step("call", "首次联系", required=False, repeatable=True, sla=Span(8, "h")),
        ),
        handovers=(handover("h1", MARKETING, SALES, "预算", "等级", within=Span(5, "h")),),
    )  # fmt: skip
    evaluation = Stage(
        id="evaluation", name=words("评估"), definition=words("d"), sla=Span(3, "d"),
        entry=interest.exit[:1],
        exit=tuple(gate(f"d{i}", when) for i, when in enumerate(criteria[1::2])),
        activities=(
            step("survey", "需求调研", sla=Span(6, "h"), department=SALES),
            step("demo", "产品演示", required=False),
        ),
        handovers=(handover("h2", SALES, FINANCE, "预算"),),
    )  # fmt: skip
    purchase = Stage(
        id="purchase", name=words("购买"), definition=words("d"),
        activities=(
            step("discount", "折扣审批", required=False), step("seal", "合同盖章", required=False),
            step("contract", "签订合同", outcome="won", sla=Span(12, "h")),
        ),
    )  # fmt: skip
    parts = {
        "name": words("测试"), "lifecycle": "b2b", "source": "0" * 16,
        "departments": tuple(
            Department(id=d, name=words(d)) for d in (MARKETING, SALES, FINANCE)
        ),
        "information": (
            item("预算", "number"), item("等级", "string"), item("同意", "boolean"),
            item("日期", "date"),
        ),
        "stages": (interest, evaluation, purchase),
        "transitions": tuple(
            Transition(source=a, target=b, why=WHY)
            for a, b in (
                ("form", "assign"), ("assign", "call"), ("assign", "survey"), ("call", "survey"),
                ("survey", "demo"), ("survey", "contract"), ("demo", "contract"),
            )
        ),
        "constraints": (
            rule("e", "existence", "survey"), rule("a", "absence", "demo"),
            rule("o", "exactly_one", "call"), rule("p", "precedence", "call", "seal"),
            rule("r", "response", "call", "demo", within=Span(7, "h")),
            rule("r2", "response", "assign", "seal"),
            rule("ch", "chain_response", "form", "assign"),
            rule("ch2", "chain_response", "call", "survey", within=Span(3, "h")),
            rule("n", "not_coexistence", "demo", "discount"),
            rule("f", "four_eyes", "discount", "seal"),
            rule("f2", "four_eyes", "form", "assign"),
            rule("w", "condition", "discount", when="预算 > 60"),
            rule("w2", "condition", "seal", when='"折扣审批" in done or 等级 = "A"'),
        ),
    }  # fmt: skip
    return TargetSpec(**(parts | changed))


def handover(id: str, source: str, target: str, *items: str, within=None) -> DataHandover:
    handed = tuple(HandedItem(item=item, why=WHY) for item in items)
    return DataHandover(
        id=id, source=source, target=target, items=handed, within=within, why=WHY
    )  # fmt: skip


def item(name: str, kind: str) -> InformationItem:
    return InformationItem(id=name, name=words(name), attribute=name, type=kind)


# -- planted violations ------------------------------------------------------------------------------


def planted_spec() -> TargetSpec:
    """A specification whose rules can each be broken by itself."""
    interest = Stage(
        id="interest", name=words("兴趣"), definition=words("d"), sla=Span(10, "h"),
        exit=(gate("c0", "预算 >= 50"), gate("c1", '等级 in ("A", "B")')),
        activities=(
            step("form", "提交表单"), step("web", "官网", required=False),
            step("fair", "展会", required=False),
            step("assign", "分配线索", sla=Span(4, "h"), department=MARKETING),
            step("call", "首次联系", required=False, sla=Span(8, "h")),
        ),
        handovers=(handover("h1", MARKETING, SALES, "预算", within=Span(5, "h")),),
    )  # fmt: skip
    evaluation = Stage(
        id="evaluation", name=words("评估"), definition=words("d"),
        exit=(gate("d0", "同意 = true"),),
        activities=(
            step("survey", "需求调研", sla=Span(6, "h")), step("demo", "产品演示", required=False),
        ),
        handovers=(handover("h2", SALES, FINANCE, "预算"),),
    )  # fmt: skip
    purchase = Stage(
        id="purchase", name=words("购买"), definition=words("d"), entry=(gate("p0", "日期 != null"),),
        activities=(
            step("discount", "折扣审批", required=False), step("seal", "合同盖章", required=False),
            step("back", "退回", required=False),
            step("contract", "签订合同", outcome="won", sla=Span(12, "h")),
        ),
    )  # fmt: skip
    constraints = (
        rule("e", "existence", "demo"), rule("a", "absence", "back"),
        rule("o", "exactly_one", "call"), rule("p", "precedence", "discount", "seal"),
        rule("r", "response", "discount", "seal", within=Span(10, "h")),
        rule("ch", "chain_response", "form", "assign"),
        rule("n", "not_coexistence", "web", "fair"), rule("f", "four_eyes", "discount", "seal"),
        rule("w", "condition", "discount", when="预算 > 60"),
    )  # fmt: skip
    stages = (interest, evaluation, purchase)
    return full_spec(stages=stages, transitions=(), constraints=constraints)


class Steps:
    """One case in the making: a list of steps that plants change."""

    def __init__(self) -> None:
        self.steps = [
            self.made("提交表单", MARKETING, "r1", 预算="80", 等级="A"),
            self.made("分配线索", MARKETING, "r1"),
            self.made("首次联系", SALES, "r2", 预算="80"),
            self.made("需求调研", SALES, "r2", 同意="true", 日期="2025-02-01"),
            self.made("产品演示", SALES, "r2", 同意="true"),
            self.made("折扣审批", FINANCE, "r3", 预算="80"),
            self.made("合同盖章", FINANCE, "r4", 预算="80"),
            self.made("签订合同", FINANCE, "r4"),
        ]

    @staticmethod
    def made(activity, department, resource="r9", **values):
        return {"activity": activity, "department": department, "resource": resource,
                "wait": 1.0, **values}  # fmt: skip

    def __getitem__(self, activity):
        return next(step for step in self.steps if step["activity"] == activity)

    def drop(self, activity):
        self.steps.remove(self[activity])

    def insert(self, before, activity, department):
        place = self.steps.index(self[before])
        self.steps.insert(place, self.made(activity, department))

    def late(self, **waits):
        for activity, wait in waits.items():
            self[activity]["wait"] = wait

    def sign_early(self):
        contract = self["签订合同"]
        self.steps.remove(contract)
        self.steps.insert(3, contract)

    def web_and_fair(self):
        self.insert("首次联系", "官网", MARKETING)
        self.insert("首次联系", "展会", MARKETING)

    def small_budget(self):
        self["提交表单"]["预算"] = self["首次联系"]["预算"] = "40"

    def small_at_discount(self):
        self["折扣审批"]["预算"] = "55"


PLANTS = {
    "missing": (lambda c: c.drop("需求调研"), {"required:survey", "entry:p0"}),
    "early": (lambda c: c.sign_early(), {"order:survey>contract", "entry:p0"}),
    "late": (lambda c: c.late(分配线索=5), {"sla:assign"}),
    "stays": (lambda c: c.late(分配线索=3, 首次联系=4, 需求调研=5), {"stage_sla:interest"}),
    "too_small": (lambda c: c.small_budget(), {"exit:c0", "gate:interest"}),
    "no_grade": (lambda c: c["提交表单"].update(等级=None), {"exit:c1", "gate:interest"}),
    "refused": (
        lambda c: [c[a].update(同意="false") for a in ("需求调研", "产品演示")],
        {"exit:d0"},
    ),
    "no_date": (lambda c: c["需求调研"].update(日期=None), {"entry:p0"}),
    "lost_item": (lambda c: c["首次联系"].update(预算=None), {"handover:h1:预算"}),
    "slow_handover": (lambda c: c.late(首次联系=6), {"handover_within:h1"}),
    "no_demo": (lambda c: c.drop("产品演示"), {"constraint:e"}),
    "sent_back": (lambda c: c.insert("签订合同", "退回", FINANCE), {"constraint:a"}),
    "two_calls": (lambda c: c.insert("需求调研", "首次联系", SALES), {"constraint:o"}),
    "unasked": (lambda c: c.drop("折扣审批"), {"constraint:p"}),
    "unsealed": (lambda c: c.drop("合同盖章"), {"constraint:r"}),
    "sealed_late": (lambda c: c.late(合同盖章=11), {"constraint:r"}),
    "interrupted": (lambda c: c.insert("分配线索", "官网", MARKETING), {"constraint:ch"}),
    "both": (lambda c: c.web_and_fair(), {"constraint:n"}),
    "same_eyes": (lambda c: c["合同盖章"].update(resource="r3"), {"constraint:f"}),
    "unfounded": (lambda c: c.small_at_discount(), {"constraint:w"}),
    "chat": (lambda c: c.insert("需求调研", "闲聊", SALES), {"unknown"}),
}
"""What is done to a conforming case, and the rules it then breaks."""

_NAMES = ("department", "resource", "预算", "等级", "同意", "日期")


def case_rows(id: str, start: float, plant: str | None = None) -> list[dict[str, object]]:
    """The rows of one won case that keeps every rule, or breaks those of a plant."""
    case, clock, rows = Steps(), start, []
    if plant is not None:
        PLANTS[plant][0](case)
    for made in case.steps:
        clock += made["wait"]
        rows.append(
            {name: made.get(name) for name in _NAMES}
            | {"case_id": id, "activity": made["activity"], "timestamp": at(clock),
               "outcome": "won", "actor": "staff"}
        )  # fmt: skip
    return rows
