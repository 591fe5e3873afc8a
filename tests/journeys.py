"""Journeys for tests, from simulated walks through hand-written stages: no engine, no file."""

from __future__ import annotations

import itertools
import random
import statistics
from collections import Counter, defaultdict
from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast

from journeylib.findings.claim import Impact
from journeylib.findings.finding import Finding, Findings
from journeylib.journey import ActivityFacts, Journey, Move, Outcomes, StageFacts
from journeylib.lifecycle import UNMAPPED, Lifecycle
from journeylib.terms import Clock, Fact, Text, Wait, say

NAMES = {
    "awareness": (
        "官网访问", "展会扫码", "点击广告", "关注公众号", "参加线上工作坊",
        "下载白皮书", "搜索产品", "浏览案例", "收到邮件", "朋友介绍",
    ),
    "interest": (
        "提交表单", "线索分配", "首次联系", "添加企业微信好友", "申请试用",
        "咨询价格", "线索清洗去重", "线索退回", "再次分配", "资格判定",
    ),
    "evaluation": (
        "需求调研", "产品演示", "方案编写", "报价审批", "现场拜访与技术交流会议",
        "试用开通", "试用反馈", "方案评审", "竞品对比", "提交POC测试报告",
    ),
    "purchase": (
        "发送报价", "修改报价", "商务谈判", "合同审批", "法务审核",
        "签订合同", "首付款", "开具发票", "输单登记", "信用检查",
    ),
    "after_sales": (
        "项目启动", "实施上线", "用户培训", "验收", "提交工单",
        "工单处理", "客户回访", "重新询问客户信息", "投诉升级", "满意度调查",
    ),
    "advocacy": (
        "续约", "增购", "转介绍", "撰写案例", "参加用户大会",
        "续约提醒", "公开好评", "接受媒体采访", "担任顾问", "复购",
    ),
}  # fmt: skip
_DEPARTMENTS = ("市场部", "销售部", "售前部", "财务部", "服务部", "客户成功部")
_CHANNELS = ("官网", "微信", "电话", "邮件", "上门", "门户")
_CASES = 800


def journey(activities: int = 30, *, seed: int = 1, staged: bool = True) -> Journey:
    """A journey of about `activities` activities over six stages, or over none."""
    names = _names(activities)
    walks = [_walk(names, random.Random(f"{seed}/{n}")) for n in range(_CASES)]
    return journey_of(walks, _stage_of(names) if staged else {}, random.Random(seed))


def journey_of(
    walks: list[list[str]],
    stage_of: dict[str, str],
    chance: random.Random | None = None,
) -> Journey:
    """The journey whose cases take exactly `walks`; waits are drawn by `chance`."""
    chance = chance or random.Random(0)
    lifecycle = Lifecycle.load("b2b")
    stages = [s.id for s in lifecycle.stages if s.id in stage_of.values()]
    known = {name for walk in walks for name in walk}
    if known - stage_of.keys():
        stages.append(UNMAPPED)
    activities = _activities(walks, stage_of, stages)
    return Journey(
        log=cast(Any, _log(walks, len(known))),
        lifecycle=lifecycle,
        **dict.fromkeys(
            ("event_table", "case_table", "visit_table", "variant_table"), cast(Any, 0)
        ),
        stages=_stages(walks, stage_of, stages, lifecycle),
        activities=activities,
        moves=_moves(walks, chance),
        handovers=(),
        variants=(),
        variant_count=len({tuple(walk) for walk in walks}),
        touchpoints=(),
        outcomes=Outcomes(210, 402, len(walks) - 612 if len(walks) > 612 else 0),
        cycle_time=Fact.unknown("h", "too few", method="test"),
        coverage=1.0,
    )


def findings() -> Findings:
    """Findings of several types, sure and less so, on boxes, edges, stages and nothing drawn."""
    step = {"from": "线索分配", "to": "首次联系"}
    items = (
        _finding("breakpoint", "slow_transition", step, "线索响应慢", 51.0, "h", reference=5.0),
        _finding("breakpoint", "rework_loop", {"activity": "修改报价"}, "报价反复修改", 0.55),
        _finding("breakpoint", "drop_off", {"activity": "产品演示"}, "演示后流失", 0.45),
        _finding(
            "silo", "carry_over_loss",
            {"attribute": "交付承诺", "from": "财务部", "to": "服务部"},
            "交付承诺未送达服务部", 0.62,
        ),
        _finding("breakpoint", "stage_skip", {"stage": "evaluation"}, "跳过评估", 0.18,
                 confidence="suggestive"),
        _finding("silo", "re_ask", {"activity": "重新询问客户信息"}, "向客户重复询问", 0.41,
                 confidence="suggestive"),
        _finding("breakpoint", "rule", {"rule": "visit_records"}, "拜访记录不全", None,
                 confidence="too_few"),
    )  # fmt: skip
    return Findings(items, tested=212, families=())


def _finding(
    kind: Any,
    type_: str,
    locus: dict[str, Any],
    title: str,
    estimate: float | None,
    unit: str = "share",
    *,
    reference: float = 0.1,
    confidence: Any = "proven",
) -> Finding:
    sure = estimate is not None
    return Finding(
        kind=kind,
        type=type_,
        locus=locus,
        title=Text(title, f"{type_.replace('_', ' ').capitalize()} ({title})"),
        n=1368 if sure else 9,
        n_censored=31,
        estimate=estimate,
        unit=unit,
        clock=Clock.CALENDAR if unit == "h" else None,
        ci_low=estimate * 0.9 if estimate else None,
        ci_high=estimate * 1.1 if estimate else None,
        comparator=reference,
        p=0.001,
        q=0.01,
        impact=Impact(61.0 if sure else None, "case", 38.0, 84.0),
        confidence=confidence,
        caveats=(Text("观察性数据", "observational"),),
        cases=("C-0001", "C-0002"),
        method="wilson",
        sql="SELECT 1",
    )


def _names(activities: int) -> list[str]:
    """The first few of each stage, in stage order."""
    each = [activities // 6 + (n < activities % 6) for n in range(6)]
    return [name for names, n in zip(NAMES.values(), each, strict=True) for name in names[:n]]


def _stage_of(names: list[str]) -> dict[str, str]:
    return {
        name: stage for stage, all_names in NAMES.items() for name in all_names if name in names
    }


def _walk(names: list[str], chance: random.Random) -> list[str]:
    """On through the names with leaps, sometimes again, sometimes back, sometimes out."""
    at, walk = chance.choice((0, 0, 0, 1)), [names[0]]
    while len(walk) < 40:
        if at > 2 and chance.random() < 0.06:
            break
        leap = chance.choices((1, 2, 3, 0, -1, -2, len(names) // 5), (70, 9, 2, 6, 3, 2, 4))[0]
        at = max(at + leap, 0)
        if at >= len(names):
            break
        walk.append(names[at])
    return walk


def _activities(
    walks: list[list[str]], stage_of: dict[str, str], stages: list[str]
) -> tuple[ActivityFacts, ...]:
    events = Counter(name for walk in walks for name in walk)
    cases = Counter(name for walk in walks for name in set(walk))
    elapsed: dict[str, list[int]] = defaultdict(list)
    for walk in walks:
        for position, name in enumerate(walk):
            elapsed[name].append(position)
    starts, ends = (
        Counter(walk[0] for walk in walks),
        Counter(walk[-1] for walk in walks),
    )
    facts = [
        ActivityFacts(
            name=name,
            stage=(stage := stage_of.get(name, UNMAPPED)),
            events=events[name],
            cases=cases[name],
            starts=starts[name],
            ends=ends[name],
            elapsed=20.0 * statistics.median(elapsed[name]),
            channel=_CHANNELS[n % 6] if n % 5 else None,
            department=_DEPARTMENTS[stages.index(stage) % 6],
            system="CRM",
            customer_share=0.4,
            repeatable=False,
            decides=None,
        )
        for n, name in enumerate(sorted(events))
    ]
    return tuple(sorted(facts, key=lambda a: (stages.index(a.stage), a.elapsed, a.name)))


def _moves(walks: list[list[str]], chance: random.Random) -> tuple[Move, ...]:
    counts = Counter(pair for walk in walks for pair in itertools.pairwise(walk))
    moves = []
    for (source, target), n in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        median = round(chance.choice((0.2, 3.0, 40.0, 300.0)) * chance.uniform(0.5, 1.5), 3)
        moves.append(Move(source, target, n, n, Wait(median, median * 1.4, median * 3)))
    return tuple(moves)


def _stages(
    walks: list[list[str]],
    stage_of: dict[str, str],
    stages: list[str],
    lifecycle: Lifecycle,
) -> tuple[StageFacts, ...]:
    names = {stage.id: stage.name for stage in lifecycle.stages}
    facts = []
    for rank, stage in enumerate(stages):
        visits = [[n for n in walk if stage_of.get(n, UNMAPPED) == stage] for walk in walks]
        cases = sum(map(bool, visits))
        facts.append(
            StageFacts(
                id=stage,
                name=names.get(stage, say("stage.unmapped")),
                rank=rank,
                cases=cases,
                events=sum(map(len, visits)),
                conversion=Fact(0.67, "share", cases, "aalen_johansen", ci_low=0.6, ci_high=0.7),
                dwell=Fact.unknown("h", "no case left the stage", method="kaplan_meier"),
            )
        )
    return tuple(facts)


def _log(walks: list[list[str]], activities: int) -> SimpleNamespace:
    """As much of an `EventLog` as a picture asks for."""
    return SimpleNamespace(
        source=SimpleNamespace(name="crm_sales.csv", sha256="0" * 64, rows=1),
        totals=SimpleNamespace(
            events=sum(map(len, walks)),
            cases=len(walks),
            activities=activities,
            first=datetime(2025, 1, 6, 9),
            last=datetime(2026, 3, 2, 17),
        ),
        fingerprint="9f2c41d07b33e6aa",
        recipe=(),
        quality=(),
    )
