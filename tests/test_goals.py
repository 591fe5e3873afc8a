"""KPIs, goals with mined baselines, their lint and attainability, against plain Python."""

from __future__ import annotations

import functools
import json
import math
import random
import statistics
from datetime import date, datetime, timedelta

import pytest

from journeylib import engine as engines
from journeylib.calendars import Calendar
from journeylib.documents.markdown import to_markdown
from journeylib.findings import diagnose
from journeylib.goals.attainability import assessed, attainability, verdict_of
from journeylib.goals.catalogue import catalogue, family
from journeylib.goals.goal import goal_from
from journeylib.goals.kpis import baseline, kpis
from journeylib.goals.lint import lint_goal
from journeylib.goals.power import cases_needed, smallest_change
from journeylib.goals.reference import shrunken
from journeylib.goals.report import assessed_goal, attainment_document, kpi_document
from journeylib.goals.whatif.interventions import (
    CapWait,
    DropLoop,
    RaiseConversion,
    SkipActivity,
)
from journeylib.mining import mine
from journeylib.spec.parts import Goal
from journeylib.survival import wilson
from journeylib.terms import LANGS, Fact, Span, Text
from tests.logs import at, log_of

ENGINE = engines.duckdb()
WEEK = 7 * 24


def sales(cases=240, seed=1, **changed):
    """Enquiry, call, demo, quote, contract over a year; what is known of each case beside the rows."""
    dice, rows, known = random.Random(seed), [], []
    for number in range(cases):
        start = number * 365 * 24 / cases
        segment = "large" if number % 3 == 0 else "small"
        call, demo, quote, end = (
            dice.lognormvariate(math.log(h), 0.5) for h in (30, 100, 150, 200)
        )
        is_won = dice.random() < 0.6
        steps = [
            ("官网咨询", 0.0, "interest"),
            ("首次联系", call, "interest"),
            ("产品演示", demo, "evaluation"),
        ]
        steps += (
            [("发送报价", quote, "purchase"), ("签订合同", end, "purchase")]
            if is_won
            else [("输单", end, "evaluation")]
        )
        time = start
        for activity, wait, stage in steps:
            time += wait
            rows.append(
                {
                    "case_id": f"c{number:04}",
                    "activity": activity,
                    "timestamp": at(time),
                    "stage": stage,
                    "department": "sales" if activity != "产品演示" else "presales",
                    "resource": f"r{number % 4}",
                    "actor": "customer" if activity == "官网咨询" else "staff",
                    "channel": "web" if activity == "官网咨询" else "phone",
                    "segment": segment,
                    "amount": "1000" if number % 2 else None,
                    "outcome": "won" if is_won else "lost",
                    "notes": "seen" if activity == "产品演示" and number % 4 else None,
                    **changed,
                }
            )
        known.append((segment, time - start, call, is_won, start))
    for row in rows:
        row["amount"] = float(row["amount"]) if row["amount"] else None
    return rows, known


ROWS, KNOWN = sales()
JOURNEY = mine(log_of(ROWS, ENGINE))


# -- KPIs ------------------------------------------------------------------------------------------


@functools.cache
def all_kpis():
    return kpis(JOURNEY)


def fact_of(measure, of=None):
    return next(k.fact for k in all_kpis() if (k.measure, k.of) == (measure, of))


def test_all_closed_figures_are_those_of_plain_python():
    lengths = [length for _s, length, *_ in KNOWN]
    assert fact_of("cycle_time").value == pytest.approx(statistics.median_low(lengths))
    calls = [call for _s, _l, call, *_ in KNOWN]
    assert fact_of("response_time").value == pytest.approx(statistics.median_low(calls))
    won = sum(is_won for *_, is_won, _start in KNOWN)
    rate = fact_of("win_rate")
    assert (rate.value, rate.n, rate.censored) == (won / 240, 240, 0)
    assert (rate.ci_low, rate.ci_high) == pytest.approx(wilson(won, 240))
    assert fact_of("conversion", "evaluation").value == pytest.approx(won / 240)


def test_rates_count_whole_weeks_empty_ones_too():
    starts = [start for *_, start in KNOWN]
    weeks = int(
        (JOURNEY.log.totals.last - JOURNEY.log.totals.first).total_seconds() // (WEEK * 3600)
    )
    counts = [sum(w * WEEK <= s < (w + 1) * WEEK for s in starts) for w in range(weeks)]
    fact = fact_of("new_cases")
    assert fact.value == pytest.approx(statistics.mean(counts))
    half = 1.959963984540054 * statistics.stdev(counts) / math.sqrt(weeks)
    assert fact.ci_high - fact.value == pytest.approx(half)
    amount = fact_of("won_amount")
    assert amount.value > 0 and amount.unit == "amount/quarter"


def test_records_filled_in_are_those_that_show_something():
    fact = baseline(JOURNEY, "filling", "产品演示")
    assert fact.value == pytest.approx(0.75) and fact.n == 240
    assert baseline(JOURNEY, "filling", "首次联系").reason is not None


def test_waits_before_an_activity():
    fact = baseline(JOURNEY, "wait", "首次联系")
    assert fact.value == pytest.approx(statistics.median_low(call for _s, _l, call, *_ in KNOWN))


def test_every_kpi_has_interval_or_reason_and_cohorts_add_up():
    found = all_kpis()
    assert {k.measure for k in found} == set(catalogue()) - {"wait"}
    for kpi in found:
        fact = kpi.fact
        assert fact.value is not None or fact.reason is not None, kpi.name
        if fact.value is not None:
            # Regular use compares four given weeks: it samples nothing.
            has_interval = fact.ci_low is not None or fact.ci_high is not None
            assert fact.n and (has_interval or kpi.measure == "regular_use"), kpi.name
            assert (fact.clock is not None) == (fact.unit == "h")
        assert json.dumps(kpi.to_dict(), ensure_ascii=False)
    by_quarter = dict(next(k.cohorts for k in found if k.measure == "win_rate"))
    assert list(by_quarter) == ["2025Q1", "2025Q2", "2025Q3", "2025Q4", "2026Q1"]
    assert sum(fact.n for fact in by_quarter.values()) == 240


def test_what_the_log_lacks_is_said():
    bare = [
        {k: r[k] for k in ("case_id", "activity", "timestamp", "stage")}
        for r in ROWS
        if "合同" not in r["activity"] and r["activity"] != "输单"
    ]
    found = {k.measure: k.fact for k in kpis(mine(log_of(bare, ENGINE))) if k.of is None}
    for measure in ("win_rate", "won_cases", "response_time", "logging", "velocity", "repeat"):
        assert found[measure].value is None and found[measure].reason.zh, measure
    assert found["cycle_time"].value is not None


def test_what_means_nothing_somewhere_is_not_asked_there():
    stages = [stage.id for stage in JOURNEY.stages]
    found = kpis(JOURNEY, measures=("conversion", "dwell"))
    assert [k.of for k in found if k.measure == "conversion"] == stages[:-1]
    assert [k.of for k in found if k.measure == "dwell"] == stages
    assert {k.family for k in kpis(JOURNEY, measures=family("adoption"))} == {"adoption"}


def test_a_goal_at_an_activity_names_it_as_a_specification_does():
    goal = goal_from("“首次联系”等待时间缩短到 1 小时", JOURNEY)
    [activity] = (a for a in JOURNEY.activities if a.name == "首次联系")
    assert (goal.measure, goal.of) == ("wait", activity.id)
    measured = baseline(JOURNEY, "wait", "首次联系")
    assert goal.baseline.value == pytest.approx(measured.value, abs=1e-6)
    assert baseline(JOURNEY, goal.measure, goal.of) == measured
    assert "首次联系" in goal.name.zh


def test_people_at_work_can_be_a_goal():
    goal = goal_from("周活跃人数提高到 6", JOURNEY)
    assert (goal.measure, goal.target, goal.baseline.unit) == ("weekly_users", 6.0, "person")
    assert goal.baseline.ci_low <= goal.baseline.value <= goal.baseline.ci_high


def test_kpi_document_shows_cautions():
    text = to_markdown(kpi_document(all_kpis(), "zh"))
    assert "按来客季度" in text and "只宜看趋势" in text


# -- goals from words ------------------------------------------------------------------------------


def test_baseline_and_target_are_in_one_unit():
    goal = goal_from("销售周期中位数缩短到 15 天，2026 年底前", JOURNEY)
    assert goal.baseline == Goal.model_validate(goal.model_dump()).baseline
    assert goal.baseline.value == pytest.approx(JOURNEY.cycle_time.value, abs=1e-6)
    assert (goal.measure, goal.target, goal.due) == ("cycle_time", 360.0, date(2026, 12, 31))
    assert goal.name.en == "Cycle time, median"


@pytest.mark.parametrize(
    ("text", "factor", "plus"),
    [
        ("赢单率提高 10%", 1.1, 0), ("赢单率提高 5 个百分点", 1, 0.05), ("销售周期缩短 20%", 0.8, 0),
        ("销售周期缩短 2 天", 1, -48), ("季度销售额 +15 %", 1.15, 0), ("won deals double", 2, 0),
    ],
)  # fmt: skip
def test_relative_changes_start_from_the_mined_baseline(text, factor, plus):
    goal = goal_from(text, JOURNEY)
    assert goal.target == pytest.approx(goal.baseline.value * factor + plus, abs=1e-5)


def test_population_is_mined_by_itself():
    goal = goal_from("large sales cycle to 10 days", JOURNEY)
    lengths = [length for segment, length, *_ in KNOWN if segment == "large"]
    assert goal.baseline.value == pytest.approx(statistics.median_low(lengths), abs=1e-5)
    assert goal.baseline.n == 80 and goal.name.en == "Cycle time, median (large)"


def test_findings_of_the_kind_and_place_are_linked():
    slow = [dict(r) for r in ROWS]
    shift = {}
    for row in slow:
        if row["segment"] == "large" and row["activity"] == "首次联系":
            shift[row["case_id"]] = True
        if row["case_id"] in shift:
            row["timestamp"] += at(400) - at(0)
    journey = mine(log_of(slow, ENGINE))
    findings = diagnose(journey)
    goal = goal_from("销售周期缩短到 20 天", journey, findings)
    linked = [findings[id] for id in goal.findings]
    assert any(f.type == "slow_transition" and f.locus["to"] == "首次联系" for f in linked)
    assert lint_goal(goal, journey).check("R").ok is True
    assert goal_from("购买阶段转化率 90%", journey, findings).findings == ()


def test_goal_without_a_measure_is_still_a_goal():
    goal = goal_from("Q1 末前自动生成漏斗报表", JOURNEY)
    assert goal.measure is None and goal.baseline.value is None and goal.missing


# -- lint ------------------------------------------------------------------------------------------


def marks(lint):
    return "".join({True: "+", False: "-", None: "?"}[check.ok] for check in lint.checks)


@pytest.mark.parametrize(
    ("text", "smart"),
    [
        ("提高销售额", "-??" + "?" + "-"),
        ("销售周期中位数 90 天缩短到 75 天，2026 年底前", "+???+"),
        ("线索转化率 15→20 %，2026 年底前", "+??++"),
        ("转化率 15→20 %，2026 年底前", "-???+"),
        ("销售周期 75", "-???-"),
        ("把体验做得更好", "-???-"),
        ("Q1 末前自动漏斗报表", "-???-"),
    ],
)
def test_lint_without_a_log(text, smart):
    assert marks(lint_goal(text)) == smart


def test_lint_says_what_is_missing():
    assert lint_goal("提高销售额").missing[0].zh == "S（具体）：缺目标值。"
    said = lint_goal("把体验做得更好").check("S").said
    assert "指标" in said.zh and "“更好”不可衡量" in said.zh and "measure" in said.en
    assert "阶段" in lint_goal("转化率提高到 20%").check("S").said.zh
    assert "单位" in lint_goal("销售周期 75，2026 年底").check("S").said.zh
    assert "交付" in lint_goal("漏斗报表").check("S").said.zh


def test_lint_holds_the_claim_against_the_log():
    lint = lint_goal("销售周期中位数 90 天缩短到 75 天，2026 年底前", JOURNEY)
    assert marks(lint) == "+---+"
    assert "不符" in lint.check("M").said.zh and "已经达到" in lint.check("A").said.zh
    good = lint_goal("sales cycle to 14 days by end of 2027", JOURNEY)
    assert marks(good) == "++?-+" and "cases more are expected" in good.check("T").said.en
    assert good.ok is False and good.goal.target == 336


def test_a_change_too_small_to_show_by_the_date_is_told():
    lint = lint_goal("赢单率提高 1 个百分点，2026 年底前", JOURNEY)
    assert lint.check("T").ok is False and "看不出来" in lint.check("T").said.zh
    past = lint_goal("赢单率提高到 90%，2025 年底前", JOURNEY)
    assert past.check("T").ok is False and "最后一天" in past.check("T").said.zh


def test_percent_of_a_share_may_mean_points():
    understood = " ".join(t.en for t in lint_goal("赢单率提高 5%", JOURNEY).understood)
    assert "(If 5 percentage points are meant, say so.)" in understood


def test_lint_of_a_goal_and_its_documents():
    goal = goal_from("large sales cycle to 10 days by 2026-12-31", JOURNEY)
    lint = lint_goal(goal, JOURNEY)
    assert lint.goal is goal and lint.reading is None
    for lang in LANGS:
        assert "SMART" in to_markdown(lint.document(lang))
    assert json.dumps(lint.to_dict(), ensure_ascii=False)
    assert repr(lint_goal("提高销售额")) == "GoalLint('提高销售额': S✗ M? A? R? T✗)"


# -- attainability ---------------------------------------------------------------------------------

CAP = CapWait("产品演示", "发送报价", Span(24, "h"))


def test_verdicts_by_their_thresholds():
    assert verdict_of([0.0, 0.8, 0.9]).word == "supported"
    assert verdict_of([0.0, 0.79, 0.9]).word == "stretch"
    assert verdict_of([0.0, 0.79, 0.2]).word == "stretch"
    assert verdict_of([0.0, 0.1, 0.19]).word == "not_supported"


@pytest.mark.parametrize(
    ("text", "word"),
    [("销售周期降到 19 天", "supported"), ("销售周期降到 9 天", "not_supported")],
)
def test_verdict_on_a_target(text, word):
    found = attainability(goal_from(text, JOURNEY), JOURNEY, (CAP,))
    assert found.verdict == word
    probabilities = [level.probability for level in found.levels]
    assert probabilities == sorted(probabilities) and len(probabilities) == 3
    assert {c.kind for c in found.classes} == {"quarter", "segment"}
    assert "2026Q1" in found.too_small


@pytest.mark.parametrize(
    ("text", "interventions", "words"),
    [
        ("销售周期降到 9 天", (), "No intervention is given"),
        ("销售周期降到 90 天", (CAP,), "as good as the target"),
        ("首次响应 1 小时以内", (CAP,), "does not cover"),
        ("销售周期", (CAP,), "no target"),
        ("评估阶段转化率 80%", (RaiseConversion("evaluation", 0.8),), "presumes"),
    ],
)
def test_what_cannot_be_judged_says_why(text, interventions, words):
    found = attainability(goal_from(text, JOURNEY), JOURNEY, interventions)
    assert found.verdict == "unknown" and found.probability is None and words in found.reason.en


def test_assessed_goal_keeps_what_else_is_missing():
    goal = goal_from("销售周期降到 19 天", JOURNEY)
    done = assessed(goal, JOURNEY, (CAP, DropLoop("产品演示"), SkipActivity("产品演示")))
    gone = [text.en for text in goal.missing if text not in done.missing]
    assert len(gone) == 1 and gone[0].startswith("A (attainable)")
    assert Goal.model_validate(done.model_dump(mode="python")) == done


def test_capacity_is_told_where_starts_and_people_are():
    rows, _known = sales(120)
    assert attainability(goal_from("销售周期 9 天", JOURNEY), JOURNEY, (CAP,)).capacity == ()
    for row in rows:
        row["start_timestamp"] = row["timestamp"] - (at(2) - at(0))
    journey = mine(log_of(rows, ENGINE))
    found = attainability(goal_from("销售周期 9 天", journey), journey, (CAP,))
    by_department = {c.department: c for c in found.capacity}
    hours = Calendar.load("weekdays").hours

    def worked(moment):
        """Working hours up to a moment, from an origin of its own."""
        day = (moment - datetime(1970, 1, 1)) // timedelta(days=1)
        into = (moment - datetime(1970, 1, 1)) % timedelta(days=1) // timedelta(microseconds=1)
        passed = sum(min(max(into - o.start, 0), o.length) for o in hours.on(day))
        return (hours.before(day) + passed) / 3.6e9

    demos = [row for row in rows if row["department"] == "presales"]
    done = sum(worked(row["timestamp"]) - worked(row["start_timestamp"]) for row in demos)
    totals = journey.log.totals
    night = {"hour": 0, "minute": 0, "second": 0, "microsecond": 0}
    first = (totals.last - timedelta(days=(totals.last - totals.first).days)).replace(**night)
    there = worked(totals.last.replace(**night) + timedelta(days=1)) - worked(first)
    expected = done / (4 * there)
    assert by_department["presales"].utilisation == pytest.approx(expected, rel=1e-4)
    assert by_department["presales"].people == 4
    assert any("busiest" in note.en for note in found.notes)


def test_luck_of_the_best_of_many_is_shrunk():
    def facts(values, half):
        return [Fact(v, "h", 50, "m", ci_low=v - half, ci_high=v + half) for v in values]

    noisy = shrunken(facts([9.0, 10.0, 11.0], 8.0))
    assert noisy == [10.0, 10.0, 10.0]
    sure = shrunken(facts([1.0, 10.0, 19.0], 0.1))
    assert sure == pytest.approx([1, 10, 19], abs=0.01)


def test_cases_needed_and_smallest_change_agree():
    fact = Fact(100.0, "h", 400, "m", ci_low=90.0, ci_high=110.0)
    words = Text("周期", "cycle")
    goal = Goal(id="g", name=words, definition=words, better="lower", baseline=fact, target=80.0)
    needed = cases_needed(goal)
    assert smallest_change(fact, needed) == pytest.approx(20, rel=0.01)
    too_close = goal.model_copy(update={"target": 99.0})
    assert cases_needed(too_close) is None and smallest_change(fact, 0) is None


def test_attainment_document_in_both_languages():
    lint = assessed_goal("销售周期降到 9 天，2026 年底前", JOURNEY, interventions=(CAP,))
    assert lint.check("A").ok is False
    zh, en = (to_markdown(attainment_document(lint, lang)) for lang in LANGS)
    assert "能否达成：数据不支持" in zh and "Attainability: not supported" in en
    assert "80 %" in zh and "收缩" in zh


# -- command line ----------------------------------------------------------------------------------


def test_commands(capsys, tmp_path):
    import csv

    from journeylib.cli.goals import Changes, goals, whatif
    from journeylib.cli.options import Reading, Showing

    path = tmp_path / "log.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(ROWS[0]))
        writer.writeheader()
        writer.writerows(ROWS)
    goals(
        str(path),
        goal=("销售周期降到 9 天，2026 年底前",),
        changes=Changes(cap=("产品演示->发送报价=1d",)),
        showing=Showing(lang="en"),
    )
    assert "Attainability: not supported" in capsys.readouterr().out
    goals(str(path), showing=Showing(json=True))
    assert json.loads(capsys.readouterr().out)["schema"] == "kpis/1"
    whatif(
        str(path),
        changes=Changes(skip=("产品演示",)),
        adherence=0.5,
        reading=Reading(),
        showing=Showing(json=True),
    )
    assert json.loads(capsys.readouterr().out)["adherence"] == 0.5
