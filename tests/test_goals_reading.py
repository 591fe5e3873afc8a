"""Goals in free text: a table of sentences in Chinese and English, and what each says."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeylib.goals.catalogue import catalogue
from journeylib.goals.dates import due_in
from journeylib.goals.lexicon import plain_text
from journeylib.goals.reading import read_goal

STAGES = [
    ("interest", "线索"), ("interest", "lead"), ("interest", "兴趣"), ("evaluation", "评估"),
    ("evaluation", "evaluation"), ("evaluation", "商机"), ("purchase", "购买"), ("purchase", "purchase"),
]  # fmt: skip
ACTIVITIES = ["上门拜访", "发送报价", "首次联系", "Site visit", "Quote sent"]
TODAY = date(2026, 3, 2)

SENTENCES = {
    # text: measure@place, from→to unit, Δchange unit, direction, due (as `short` writes a reading)
    "提高销售额": "won_amount, up",
    "销售周期中位数 90 天缩短到 75 天，2026 年底前": "cycle_time, 2160→1800 h, down, 2026-12-31",
    "销售周期中位数９０天缩短到７５天，２０２６年底前": "cycle_time, 2160→1800 h, down, 2026-12-31",
    "成交周期 90→75 天": "cycle_time, 2160→1800 h, down",
    "90 天的销售周期降到 75 天": "cycle_time, 2160→1800 h, down",
    "销售周期控制在 60 天": "cycle_time, →1440 h",
    "销售周期不超过两个月，明年底": "cycle_time, →1461 h, down, 2027-12-31",
    "销售周期缩短 15 天": "cycle_time, Δ360 h, down",
    "销售周期缩短 20%，今年年底": "cycle_time, Δ0.2 share, down, 2026-12-31",
    "转化率 15→20 %": "conversion, 0.15→0.2 share, up",
    "线索转化率从 15% 提高到 20%，Q1 末": "conversion@interest, 0.15→0.2 share, up, 2026-03-31",
    "商机转化率由15％提升至20％，2026年第三季度末": (
        "conversion@evaluation, 0.15→0.2 share, up, 2026-09-30"
    ),
    "转化率提高 5 个百分点": "conversion, Δ0.05 point, up",
    "购买阶段转化率提升5个百分点，三个月内": "conversion@purchase, Δ0.05 point, up, 2026-06-02",
    "转化率从 15 提高到 20 个百分点": "conversion, 0.15→0.2 share, up",
    "赢单率达到百分之四十": "win_rate, →0.4 share, up",
    "赢单率不低于 40%，6 月底前": "win_rate, →0.4 share, up, 2026-06-30",
    "拜访记录填写率 ≥ 95 %": "filling@上门拜访, →0.95 share",
    "上门拜访填写率达到９５％以上": "filling@上门拜访, →0.95 share, up",
    "季度销售额 +15 %": "won_amount, Δ0.15 share, up",
    "季度销售额增长一成半": "won_amount, Δ0.15 share, up",
    "2026年下半年销售额增长15%": "won_amount, Δ0.15 share, up, 2026-12-31",
    "销售额达到 1200 万": "won_amount, →12000000 count, up",
    "销售额翻番": "won_amount, Δ1 share, up",
    "首次响应时间 24 小时以内": "response_time, →24 h, down",
    "首次响应缩短到 30 分钟，2026-05-01": "response_time, →0.5 h, down, 2026-05-01",
    "评估阶段停留不超过两周，三个月内": "dwell@evaluation, →336 h, down, 2026-06-02",
    "发送报价之前的等待减半": "wait@发送报价, Δ0.5 share, down",
    "发送报价之前的等待不超过 2 个工作日": "wait@发送报价, →16 h, down",
    "复购率提高到 30%，下个季度": "repeat, →0.3 share, up, 2026-06-30",
    "每周新增线索 200 条": "new_cases, →200 count",
    "活动记录率提升 10%": "logging, Δ0.1 share, up",
    "Q1 末前自动生成漏斗报表": "-, 2026-03-31",
    "把客户体验做得更好": "-",
    "increase sales": "won_amount, up",
    "from 15 to 20 percent by Q1": "-, 0.15→0.2 share, up, 2026-03-31",
    "Raise lead conversion from 15 to 20 percent by Q1": (
        "conversion@interest, 0.15→0.2 share, up, 2026-03-31"
    ),
    "Shorten the median sales cycle from 90 to 75 days by end of 2026": (
        "cycle_time, 2160→1800 h, down, 2026-12-31"
    ),
    "cut the sales cycle by 15 days until 30 June 2026": "cycle_time, Δ360 h, down, 2026-06-30",
    "Reduce sales cycle by 20% within 6 months": "cycle_time, Δ0.2 share, down, 2026-09-02",
    "sales cycle under 60 days": "cycle_time, →1440 h, down",
    "win rate at least 40% by 31 December 2026": "win_rate, →0.4 share, up, 2026-12-31",
    "win rate no less than 40 percent by September 2026": "win_rate, →0.4 share, up, 2026-09-30",
    "conversion up 5 percentage points by March 2026": "conversion, Δ0.05 point, up, 2026-03-31",
    "first response within 24 hours": "response_time, →24 h, down",
    "visit records filled ≥ 95 %": "filling@Site visit, →0.95 share",
    "cut the wait for Quote sent to 2 working days by 2026-06-30": (
        "wait@Quote sent, →16 h, down, 2026-06-30"
    ),
    "increase revenue by 15% this year": "won_amount, Δ0.15 share, up, 2026-12-31",
    "double won deals by Q4 2026": "won_cases, Δ1 share, up, 2026-12-31",
    "retention 30% or more next quarter": "repeat, →0.3 share, up, 2026-06-30",
    "200 new leads per week by the end of the year": "new_cases, →200 count, 2026-12-31",
    "funnel report automated by Q1": "-, 2026-03-31",
}


def read(text, **more):
    return read_goal(text, stages=STAGES, activities=ACTIVITIES, today=TODAY, **more)


def short(found):
    """A reading in one line."""
    place = f"@{found.place}" if found.place else ""
    parts = [(found.measure or "-") + place]
    if found.unit is not None:
        start, target = (f"{v:.9g}" if v is not None else "" for v in (found.start, found.target))
        parts.append(f"{start}→{target} {found.unit}")
    if found.change is not None:
        parts.append(f"Δ{found.change:g} {found.change_unit}")
    parts += [str(what) for what in (found.direction, found.due) if what]
    return ", ".join(parts)


@pytest.mark.parametrize("text", SENTENCES)
def test_sentence(text):
    assert short(read(text)) == SENTENCES[text]


def test_there_are_enough_sentences_in_both_languages():
    chinese = [text for text in SENTENCES if any("一" <= c <= "鿿" for c in text)]
    assert len(SENTENCES) >= 40 and len(chinese) >= 20 and len(SENTENCES) - len(chinese) >= 15


def test_what_is_not_understood_is_said():
    assert read("销售周期缩短到 75 天，争取让王总满意").left_over == ("争取让王总满意",)
    assert read("sales cycle to 75 days, moon permitting").left_over == ("moon", "permitting")
    assert read("转化率 20%，人均 3 次").left_over == ("人均", "3")
    assert read("win rate 40%, 12 calls each").left_over == ("12", "calls")
    assert read("把客户体验做得更好").vague == ("更好",)


def test_population_clock_and_mean_are_understood():
    found = read("大客户平均销售周期 60 个工作日", segments=["大客户", "小客户"])
    assert (found.population, found.working, found.mean) == ("大客户", True, True)
    assert found.target == 60 * 8.0
    assert not read("销售周期中位数 60 天").mean


def test_deliverables_are_no_measures():
    assert read("Q1 末前自动生成漏斗报表").deliverable == "漏斗报表"
    assert read("a funnel report by Q1").deliverable == "funnel report"


def test_without_a_day_to_count_from_relative_dates_stay_words():
    found = read_goal("转化率提高到 20%，Q1 末")
    assert found.due is None and found.due_words == "q1 末"
    assert read_goal("转化率提高到 20%，2027Q1").due == date(2027, 3, 31)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-12-31", "2026-12-31"), ("2026/6/30 前", "2026-06-30"), ("2026年12月31日", "2026-12-31"),
        ("2026年2月底前", "2026-02-28"), ("2028年2月", "2028-02-29"), ("2026年第2季度", "2026-06-30"),
        ("二季度末", "2026-06-30"), ("一季度末", "2026-03-31"), ("2026q3末", "2026-09-30"),
        ("2026年上半年", "2026-06-30"), ("2027年前", "2026-12-31"), ("年底", "2026-12-31"),
        ("今年内", "2026-12-31"), ("本季度末", "2026-03-31"), ("下季度", "2026-06-30"),
        ("下个月", "2026-04-30"), ("1月底", "2027-01-31"), ("两年内", "2028-03-02"),
        ("by the end of Q3", "2026-09-30"), ("before 1 May 2026", "2026-05-01"),
        ("by December 31, 2026", "2026-12-31"), ("by end of June 2026", "2026-06-30"),
        ("in 2027", "2027-12-31"), ("by year end", "2026-12-31"), ("next year", "2027-12-31"),
        ("within 2 quarters", "2026-09-02"), ("by February", "2027-02-28"),
    ],
)  # fmt: skip
def test_date(text, day):
    assert due_in(plain_text(text), TODAY).day == date.fromisoformat(day)


@given(
    st.text(
        alphabet="销售周期转化率从到提高缩短%天周0123456789年月底Qq .,→+-至from to by", max_size=40
    )
)
def test_no_text_breaks_the_reader(text):
    found = read(text)
    assert found.text == text
    assert found.target is None or found.unit is not None


def test_every_measure_of_the_catalogue_has_words():
    from journeylib.goals.lexicon import lexicon

    assert set(lexicon()["measures"]) == set(catalogue())
