"""A small CRM log with planted habits, and specifications made by hand."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import random

from journeylib.findings.claim import Impact
from journeylib.findings.finding import Finding
from journeylib.journey import Journey
from journeylib.log import EventLog, Source
from journeylib.mining import mine
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import (
    Activity,
    AutomationRule,
    Criterion,
    DataHandover,
    Department,
    Goal,
    HandedItem,
    InformationItem,
    Provenance,
    Raci,
    Stage,
    Transition,
)
from journeylib.terms import Fact, Span, Text
from tests import logs

MARKETING, SALES, SERVICE = "市场部", "销售部", "服务部"
ATTRIBUTES = ("行业", "预算", "交付要求", "合同号")
COLUMNS = ("case_id", "activity", "timestamp", "department", "channel", "actor", *ATTRIBUTES)
START = datetime.datetime(2025, 3, 3, 9, 0)

Step = tuple[float, str, str, str | None, str, dict[str, str]]


def crm_rows(cases: int = 240, seed: int = 7) -> list[tuple[object, ...]]:
    """Half of the cases are won. Planted: a budget known before the quotation in nearly all won
    cases and in few lost ones; a contract number that only the contract itself brings; a demo half
    of the time; delivery requirements that service works with."""
    rng = random.Random(seed)
    rows: list[tuple[object, ...]] = []
    for number in range(cases):
        begin = START + datetime.timedelta(hours=5 * number)
        for after, activity, department, channel, actor, known in _case(rng, won=number % 2 == 0):
            at = begin + datetime.timedelta(hours=after)
            values = [known.get(name) for name in ATTRIBUTES]
            rows.append((f"C{number:04}", activity, at, department, channel, actor, *values))
    return rows


def _case(rng: random.Random, *, won: bool) -> list[Step]:
    known = {"行业": rng.choice(["制造", "零售"])}
    clock, steps = 0.0, []

    def do(activity: str, wait: float, dept: str, actor: str = "staff", **learnt: str) -> None:
        nonlocal clock
        clock += wait * rng.uniform(0.5, 1.5)
        known.update(learnt)
        channel = "官网" if actor == "customer" else None if dept == MARKETING else "电话"
        steps.append((clock, activity, dept, channel, actor, dict(known)))

    do("提交表单", 0, MARKETING, "customer")
    do("分配线索", 2, MARKETING)
    do("首次联系", 6, SALES)
    budget = {"预算": "50万"} if rng.random() < (0.95 if won else 0.3) else {}
    do("需求调研", 48, SALES, "staff", **budget)
    if rng.random() < 0.5:
        do("产品演示", 72, SALES, "staff", 交付要求="本地部署")
    do("报价", 30, SALES)
    if not won:
        do("输单", 60, SALES)
        return steps
    do("签订合同", 90, SALES, "staff", 合同号="HT-1", 交付要求="本地部署")
    do("交付实施", 120, SERVICE)
    return steps


def log_of(rows: list[tuple[object, ...]], attributes: tuple[str, ...] = ATTRIBUTES) -> EventLog:
    """An `EventLog` of rows in `COLUMNS`."""
    log = logs.log_of([dict(zip(COLUMNS, row, strict=True)) for row in rows])
    mapping = dataclasses.replace(log.mapping, attributes=attributes)
    return dataclasses.replace(log, mapping=mapping, source=Source("crm.csv", "0" * 64, len(rows)))


@functools.cache
def crm_journey() -> Journey:
    """The journey of the planted log."""
    return mine(log_of(crm_rows()))


def carry_over_loss() -> Finding:
    return Finding(
        kind="silo", type="carry_over_loss",
        locus={"attribute": "交付要求", "from": SALES, "to": SERVICE},
        title=Text("交付要求丢失", "Requirements lost"), n=120, n_censored=0, estimate=0.4,
        unit="share", clock=None, ci_low=0.3, ci_high=0.5, comparator=0.1, p=0.001, q=0.004,
        impact=Impact(None, "h"), confidence="proven", caveats=(), cases=(), method="m", sql="",
    )  # fmt: skip


def same(words: str) -> Text:
    return Text.same(words)


def small_spec() -> TargetSpec:
    """Two stages, every kind of part once."""
    why = Provenance(
        method="share_of_won_cases", n=120, estimate=0.95, unit="share", ci_low=0.9, ci_high=0.98,
        lift=3.2,
    )  # fmt: skip
    slow = Provenance(
        method="order_statistic_p80_of_won_cases", n=120, estimate=3.4, unit="h", ci_low=3.0,
        ci_high=4.1,
    )  # fmt: skip
    budget = Criterion(
        id="c-budget", when="预算 != null", text=Text("“预算”已填写", "“Budget” is known"), why=why
    )
    done = Criterion(id="c-contact", when='"首次联系" in done', text=same("首次联系"), why=why)
    interest = Stage(
        id="interest",
        name=Text("兴趣", "Interest"),
        definition=Text("客户表明兴趣。", "The customer shows interest."),
        exit=(done, budget),
        activities=(
            Activity(
                id="a-form", event="提交表单", name=Text("提交表单", "Form sent"), required=True,
                department=MARKETING, customer="initiates", output="行业", why=why,
            ),
            Activity(
                id="a-contact", event="首次联系", name=Text("首次联系", "First contact"),
                required=True, department=SALES, customer="meets", sla=Span(4, "h"),
                sla_why=slow, why=why,
            ),
            Activity(
                id="a-demo", event="产品演示", name=Text("产品演示", "Product demo"),
                required=False, department=SALES, repeatable=True, why=why,
            ),
        ),
        raci=(Raci(department=SALES, part="A", why=why), Raci(department=MARKETING, part="R", why=why)),
        handovers=(
            DataHandover(
                id="h-1", source=MARKETING, target=SALES, items=(HandedItem(item="行业", why=why),),
                within=Span(2, "h"), why=slow,
            ),
        ),
        automation=(
            AutomationRule(
                id="r-1", activity="a-contact", trigger=Text("超过 4 小时", "after 4 h"),
                action=Text("提醒销售部", "remind sales"), why=Provenance(method="sla_timer"),
            ),
        ),
        goals=(
            Goal(
                id="g-conversion", name=Text("转化率", "Conversion"), definition=same("=SUM(A1)"),
                better="higher",
                baseline=Fact(0.31, "share", 240, "incidence", ci_low=0.25, ci_high=0.37),
                target=0.4, due=datetime.date(2026, 12, 31),
            ),
        ),
        sla=Span(3, "d"),
        sla_why=slow,
    )  # fmt: skip
    purchase = Stage(
        id="purchase",
        name=Text("购买", "Purchase"),
        definition=Text("从报价到签约。", "From quotation to contract."),
        entry=interest.exit,
        activities=(
            Activity(
                id="a-contract", event="签订合同", name=Text("签订合同", "Contract signed"),
                required=True, department=SALES, outcome="won", why=why,
            ),
        ),
    )  # fmt: skip
    return TargetSpec(
        name=Text("线索到订单：目标流程", "Lead to order: target process"),
        lifecycle="b2b",
        source="0123456789abcdef",
        departments=(
            Department(id=MARKETING, name=Text("市场部", "Marketing")),
            Department(id=SALES, name=Text("销售部", "Sales")),
        ),
        information=(
            InformationItem(id="行业", name=Text("行业", "Industry"), attribute="行业"),
            InformationItem(
                id="预算", name=Text("预算", "Budget"), attribute="预算", type="number"
            ),
        ),
        stages=(interest, purchase),
        transitions=(
            Transition(source="a-form", target="a-contact", why=why),
            Transition(source="a-contact", target="a-demo", why=why),
            Transition(source="a-contact", target="a-contract", why=why),
        ),
        notes=(Text("草案待工作坊确认。", "A draft for the workshop."),),
    )
