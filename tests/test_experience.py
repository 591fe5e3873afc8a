"""What customers said, what behaviour suggests, what the room voted: each for itself, or not at all."""

from __future__ import annotations

import dataclasses
import functools
import json
import random
import statistics
from datetime import timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from journeylib import engine as engines
from journeylib import read_log
from journeylib.errors import JourneyError, UsageError
from journeylib.findings import Rules, experience
from journeylib.findings.proxy import rank01
from journeylib.findings.surveys import instruments
from journeylib.mining import mine
from journeylib.survival import Z95, wilson
from tests.conftest import ROOT
from tests.logs import at, log_of

ENGINE = engines.duckdb()
RULES = Rules.load()


def walk(cases=60, *, outcomes=("won", "lost", "open"), gap=24.0):
    """Cases that fill in a form, are called, see a demo and get a quote, a day apart."""
    path = [
        ("提交表单", "官网", "customer"),
        ("首次联系", "电话", "staff"),
        ("产品演示", "上门", "staff"),
        ("发送报价", "邮件", "staff"),
    ]
    return [
        {
            "case_id": f"c{i:03}",
            "activity": activity,
            "timestamp": at(i + gap * place),
            "channel": channel,
            "actor": actor,
            "outcome": outcomes[i % len(outcomes)],
        }
        for i in range(cases)
        for place, (activity, channel, actor) in enumerate(path)
    ]


@functools.cache
def plain():
    """The journey of `walk`, mined once."""
    return mine(log_of(walk(), ENGINE))


def felt(rows=None, rules=RULES, **options):
    """The experience of these rows; of `walk` without any."""
    return experience(mine(log_of(rows, ENGINE)) if rows else plain(), rules, **options)


def survey(instrument, scores, *, after=25.0, **columns):
    """A table of surveys: the i-th case is asked so many hours after its start."""
    return pd.DataFrame(
        [
            {
                "case_id": f"c{i:03}",
                "instrument": instrument,
                "asked_at": at(i + after),
                "score": score,
            }
            | columns
            for i, score in enumerate(scores)
        ]
    )


def told(found, instrument):
    [facts] = [facts for facts in found.reported.instruments if facts.instrument == instrument]
    return facts


# -- measures --------------------------------------------------------------------------------------


def test_csat_is_the_share_of_the_upper_two():
    scores = [5, 4, 3, 2, 1, 5, 5, 4, 3, 5] * 4
    found = felt(surveys=survey("CSAT", scores))
    [stage] = found.reported.stages
    assert (stage.stage, stage.n) == ("interest", 40)
    assert stage.measure.value == 24 / 40
    assert (stage.measure.ci_low, stage.measure.ci_high) == pytest.approx(wilson(24, 40))
    assert stage.level.value == pytest.approx(2 * 24 / 40 - 1)
    assert (stage.median, stage.lower_quartile, stage.upper_quartile) == pytest.approx(
        (4.0, *statistics.quantiles(scores, n=4, method="inclusive")[::2])
    )


def test_nps_is_promoters_less_detractors_with_its_standard_error():
    scores = [10, 9, 9, 8, 7, 6, 3, 0, 10, 10] * 5
    found = felt(surveys=survey("NPS", scores))
    up, down = 5 / 10, 3 / 10
    half = 100 * Z95 * ((up + down - (up - down) ** 2) / 50) ** 0.5
    measure = told(found, "nps").measure
    assert (measure.value, measure.unit, measure.n) == (pytest.approx(20), "points", 50)
    assert measure.ci_high - measure.value == pytest.approx(half)
    assert found.reported.stages[0].level.value == pytest.approx(0.2)


def test_ces_is_a_mean_from_one_to_seven():
    scores = [7, 6, 4, 1, 5, 5] * 5
    measure = told(felt(surveys=survey("费力度", scores)), "ces").measure
    half = Z95 * statistics.stdev(scores) / 30**0.5
    assert measure.value == pytest.approx(statistics.mean(scores))
    assert (measure.ci_low, measure.ci_high) == pytest.approx(
        (measure.value - half, measure.value + half)
    )


def test_answers_that_are_all_alike_have_no_standard_error():
    measure = told(felt(surveys=survey("nps", [10] * 30)), "nps").measure
    assert (measure.value, measure.ci_low, measure.ci_high) == (100, None, None)


def test_a_customer_who_answers_often_counts_once_for_the_interval():
    one = survey("csat", [5, 1] * 10)
    often = pd.concat([one] * 5)
    first, again = (told(felt(surveys=table), "csat").measure for table in (one, often))
    assert (first.value, first.ci_low) == pytest.approx((again.value, again.ci_low))
    assert (first.n, again.n) == (20, 100)


# -- scales ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("instrument", "scores", "columns", "word"),
    [
        ("nps", [1, 1, 1, 1, 1, 10, 9, 8] * 3, {}, "1–10"),
        ("nps", [5, 10, 9, 8] * 5, {"scale": "1-10"}, "1–10"),
        ("nps", [0, 50, 90, 100] * 5, {}, "0–100"),
        ("csat", [1, 5, 10, 9] * 5, {}, "1–10"),
        ("ces", [0, 3, 7] * 5, {}, "0–7"),
        ("csat", ["5", "4", "很好"] * 5, {}, "5"),
    ],
)
def test_another_scale_is_refused_and_not_averaged(instrument, scores, columns, word):
    found = felt(surveys=survey(instrument, scores, **columns))
    facts = told(found, instrument)
    assert facts.measure.value is None and facts.refused is not None
    assert word in facts.refused.en.replace("from 1 to 10", "1–10")
    assert word in facts.refused.zh
    assert found.reported.stages == ()


def test_two_scales_in_one_table_are_refused():
    mixed = pd.concat(
        [survey("csat", [5, 4, 3] * 5, scale="1-5"), survey("csat", [3, 2] * 5, scale="1-3")]
    )
    facts = told(felt(surveys=mixed), "csat")
    assert facts.measure.value is None
    assert "1–3, 1–5" in facts.refused.en


def test_a_stated_scale_is_believed():
    """Nobody chose 0, several 1: possible, if the question says that it ran from 0."""
    scores = [1, 1, 1, 1, 1, 10, 9, 8] * 3
    facts = told(felt(surveys=survey("nps", scores, scale="0-10")), "nps")
    assert facts.refused is None and facts.measure.value is not None


def test_happy_customers_without_a_single_low_score_are_no_other_scale():
    facts = told(felt(surveys=survey("nps", [10, 9, 8, 7] * 10)), "nps")
    assert facts.measure.value == pytest.approx(50)


def test_the_scale_of_a_column_is_read_from_its_name():
    rows = [r | {"NPS(1-10)": "9" if r["activity"] == "产品演示" else None} for r in walk()]
    assert "1–10" in told(felt(rows), "nps").refused.en


# -- where an answer belongs -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "place"),
    [
        (0.0, ("interest", "官网", "提交表单")),
        (23.9, ("interest", "官网", "提交表单")),
        (24.0, ("interest", "电话", "首次联系")),
        (50.0, ("evaluation", "上门", "产品演示")),
        (72.0 + 7 * 24, ("purchase", "邮件", "发送报价")),
    ],
)
def test_an_answer_belongs_to_the_last_touchpoint_before_it_was_asked(after, place):
    [point] = felt(surveys=survey("csat", [5, 4] * 10, after=after)).reported.touchpoints
    assert (point.stage, point.channel, point.activity) == place


@pytest.mark.parametrize("after", [-1.0, 72.0 + 7 * 24 + 0.1])
def test_answers_to_nothing_or_too_late_are_unattached(after):
    found = felt(surveys=survey("csat", [5, 4] * 10, after=after))
    assert found.reported.stages == () and found.reported.touchpoints == ()
    assert told(found, "csat").unattached == 20
    assert told(found, "csat").measure.value == 1.0


def test_answers_of_strangers_are_unattached():
    table = survey("csat", [5, 4] * 10)
    table["case_id"] = [f"x{i}" for i in range(20)]
    assert told(felt(surveys=table), "csat").unattached == 20


def test_attachment_equals_a_plain_search_over_the_rows():
    rng = random.Random(7)
    rows = walk(40)
    for row in rows:
        row["timestamp"] += timedelta(hours=rng.uniform(-20, 200))
    table = survey("csat", [rng.randint(1, 5) for _ in range(40)])
    table["asked_at"] = [at(rng.uniform(0, 400)) for _ in range(40)]
    expected: dict[str, int] = {}
    for ask in table.itertuples():
        asked = ask.asked_at.to_pydatetime()
        near = [
            row
            for row in rows
            if row["case_id"] == ask.case_id
            and timedelta() <= asked - row["timestamp"] <= timedelta(days=7)
        ]
        if near:
            last = max(near, key=lambda row: row["timestamp"])["activity"]
            expected[last] = expected.get(last, 0) + 1
    found = felt(rows, surveys=table).reported
    assert {point.activity: point.n for point in found.touchpoints} == expected


# -- surveys within the log ------------------------------------------------------------------------


def with_survey(rows, score_of, *, column="评分", activity="满意度调查", after=1.0):
    """Each case is asked after its demo; `score_of` gives the answer of the i-th, or None."""
    demos = [row for row in rows if row["activity"] == "产品演示"]
    asked = [
        row
        | {
            "activity": activity,
            "timestamp": row["timestamp"] + timedelta(hours=after),
            "channel": "短信",
            column: score_of(i),
        }
        for i, row in enumerate(demos)
    ]
    return rows + asked


def test_a_survey_in_the_log_belongs_to_the_touchpoint_before_it():
    rows = with_survey(walk(), lambda i: float(4 + i % 2) if i % 3 else None)
    found = felt(rows)
    [point] = found.reported.touchpoints
    assert (point.activity, point.n) == ("产品演示", 40)
    assert (point.response.value, point.response.n) == (pytest.approx(40 / 60), 60)
    assert told(found, "csat").response.value == pytest.approx(40 / 60)


def test_a_column_of_scores_belongs_to_its_own_event():
    rows = [
        row | {"满意度": float(1 + i % 5) if row["activity"] == "首次联系" else None}
        for i, row in enumerate(walk())
    ]
    found = felt(rows)
    [point] = found.reported.touchpoints
    assert (point.activity, point.n) == ("首次联系", 60)
    assert point.response.value is None and "asked" in point.response.reason.en


def test_a_score_that_stays_on_later_events_is_one_answer():
    rows = walk()
    for number, row in enumerate(rows):
        row["csat"] = (
            float(1 + number // 4 % 5) if row["activity"] in ("产品演示", "发送报价") else None
        )
    found = felt(rows)
    assert [(p.activity, p.n) for p in found.reported.touchpoints] == [("产品演示", 60)]


def test_a_score_of_the_whole_case_tells_no_moment():
    rows = [row | {"csat": float(1 + int(row["case_id"][1:]) % 5)} for row in walk()]
    facts = told(felt(rows), "csat")
    assert facts.measure.value is None
    assert "csat" in facts.refused.en


def test_a_survey_sent_to_winners_says_so():
    rows = walk(90)
    asked = [r for r in rows if r["activity"] == "产品演示" and r["outcome"] == "won"]
    rows += [
        r | {"activity": "NPS调查", "timestamp": r["timestamp"] + timedelta(hours=1), "score": 9.0}
        for r in asked
    ]
    facts = told(felt(rows), "nps")
    reach = {o.outcome: (o.asked.value, o.asked.n, o.response.value) for o in facts.by_outcome}
    assert reach == {"won": (1.0, 30, 1.0), "lost": (0.0, 30, None), "open": (0.0, 30, None)}
    [caveat] = facts.caveats
    assert "100%" in caveat.zh and "0%" in caveat.en


def test_a_survey_sent_to_all_carries_no_such_caveat():
    facts = told(felt(with_survey(walk(90), lambda i: float(1 + i % 5))), "csat")
    assert facts.caveats == ()
    assert [o.asked.value for o in facts.by_outcome] == [1.0, 1.0, 1.0]


def test_the_stage_is_known_without_channels():
    rows = [{k: v for k, v in row.items() if k != "channel"} for row in walk()]
    found = felt(rows, surveys=survey("csat", [5, 4] * 10, after=50.0))
    assert [(a.stage, a.n) for a in found.reported.stages] == [("evaluation", 20)]
    assert found.reported.touchpoints == ()


def test_a_planted_low_shows_where_it_is():
    """The demo spoils it: the curve's lowest stage, and its peak, is the evaluation."""
    rng = random.Random(1)
    tables = [
        survey("csat", [rng.choice(scores) for _ in range(60)], after=after)
        for after, scores in ((25.0, [4, 5, 5, 3]), (50.0, [1, 1, 2, 2, 4]), (75.0, [4, 5, 5, 5]))
    ]
    found = felt(surveys=pd.concat(tables))
    levels = {a.stage: a.level.value for a in found.reported.stages}
    assert min(levels, key=levels.get) == "evaluation"
    assert levels["evaluation"] < -0.2 < 0.2 < levels["interest"]
    [marks] = [m for m in found.marks if m.layer == "reported"]
    assert (marks.instrument, marks.end) == ("csat", "purchase")


def test_few_answers_are_not_told():
    [stage] = felt(surveys=survey("csat", [5] * 9)).reported.stages
    assert stage.n == 9 and stage.level.value is None and stage.level.reason is not None


def test_a_table_without_its_columns_is_refused_in_our_words():
    with pytest.raises(JourneyError, match="instrument"):
        felt(surveys=pd.DataFrame({"case_id": ["c001"], "score": [1]}))


def test_an_instrument_nobody_knows_is_an_error():
    with pytest.raises(UsageError, match="Did you mean 'csat'"):
        felt(surveys=survey("CSTA", [5] * 10))


def test_a_table_without_scores_is_an_error():
    with pytest.raises(UsageError, match="no column of scores"):
        felt(surveys=survey("csat", [5] * 10).rename(columns={"score": "x"}))


def test_a_survey_nobody_answered_says_so():
    facts = told(felt(surveys=survey("csat", [None] * 20)), "csat")
    assert (facts.n, facts.response.value) == (0, 0.0)
    assert facts.measure.value is None and "no answer" in facts.refused.en


def test_instruments_do_not_take_each_others_words():
    words = [word for i in instruments() for word in (i.id, *i.columns)]
    for word in words:
        assert sum(i.is_called(word) for i in instruments()) == 1, word


# -- the behavioural proxy -------------------------------------------------------------------------


@given(st.lists(st.integers(0, 5), min_size=2, max_size=12))
def test_rank01_counts_the_others_with_less(values):
    ranks = rank01({(str(i),): float(v) for i, v in enumerate(values)})
    if len(set(values)) == 1:
        assert ranks == {}
        return
    for i, value in enumerate(values):
        others = values[:i] + values[i + 1 :]
        assert ranks[str(i),] == pytest.approx(sum(v < value for v in others) / len(others))
    assert max(ranks.values()) <= 1 and min(ranks.values()) == 0


STAGES = {"提交表单": "兴趣", "首次联系": "兴趣", "发送报价": "购买"}


def friction():
    """The demo is waited for long, is done twice and the customer is asked again there."""
    rows = walk(gap=10.0)
    for number, row in enumerate(list(rows)):
        if row["activity"] == "产品演示" and number % 8 == 2:
            rows.append(row | {"timestamp": row["timestamp"] + timedelta(hours=2)})
            rows.append(
                row
                | {"activity": "重新询问需求", "timestamp": row["timestamp"] + timedelta(hours=3)}
            )
    for row in rows:
        row["stage"] = STAGES.get(row["activity"], "评估")
        if row["activity"] == "发送报价":
            row["timestamp"] += timedelta(hours=300)
    return rows


def test_friction_shows_at_its_stage():
    shown = felt(friction()).proxy
    levels = {point.stage: point.level.value for point in shown.stages}
    assert min(levels, key=levels.get) == "evaluation"
    rework = {
        p.stage: i.value.value for p in shown.stages for i in p.indicators if i.name == "rework"
    }
    assert rework == {"interest": 0.0, "evaluation": 0.5, "purchase": 0.0}


def test_the_proxy_is_its_formula():
    shown = felt(friction()).proxy
    assert sum(w.weight for w in shown.weights) == pytest.approx(1)
    weights = {w.name: w.weight for w in shown.weights}
    for point in (*shown.stages, *shown.touchpoints):
        known = [(i.rank, weights[i.name]) for i in point.indicators if i.rank is not None]
        if point.level.value is not None and point.channel is None:
            total = sum(w for _, w in known)
            assert point.level.value == pytest.approx(-sum(r * w for r, w in known) / total)
            assert -1 <= point.level.value <= 0
    assert "rank01" in shown.formula and shown.label.zh == "行为代理"


def test_weights_are_the_rules():
    heavy = dataclasses.replace(RULES.experience, wait=0.0, rework=3.0, re_ask=1.0)
    shown = felt(friction(), rules=dataclasses.replace(RULES, experience=heavy)).proxy
    weights = {w.name: w for w in shown.weights}
    assert weights["rework"].weight == pytest.approx(3 * weights["re_ask"].weight)
    assert (weights["wait"].weight, weights["wait"].reason.zh) == (0.0, "规则中权重为 0")


def test_what_is_unknown_is_left_out_and_named():
    rows = [
        {k: v for k, v in row.items() if k not in ("channel", "outcome", "actor")} for row in walk()
    ]
    shown = felt(rows).proxy
    reasons = {w.name: w.reason for w in shown.weights if w.weight == 0}
    assert {"channel_switch", "re_ask", "drop_off"} <= reasons.keys()
    assert all(reason is not None for reason in reasons.values())
    assert shown.touchpoints == ()


def test_a_journey_of_one_stage_has_no_friction_to_compare():
    rows = [row for row in walk() if row["activity"] == "首次联系"]
    [point] = felt(rows).proxy.stages
    assert point.level.value is None and point.level.reason is not None


# -- votes, correlation, the whole -----------------------------------------------------------------


def test_votes_are_a_layer_of_their_own():
    before = felt()
    voted = before.with_votes({"purchase": [2, 1], "interest": [-2, -1, -1, 0]})
    assert before.votes == () and voted.proxy == before.proxy
    assert [(v.stage, v.n, v.median, v.level.value) for v in voted.votes] == [
        ("interest", 4, -1.0, -0.5),
        ("purchase", 2, 1.5, 0.75),
    ]
    [marks] = [m for m in voted.marks if m.layer == "votes"]
    assert (marks.peak, marks.end) == ("purchase", "purchase")
    assert voted.with_votes({}).votes == ()


@pytest.mark.parametrize(
    ("votes", "words"),
    [({"purchse": [1]}, "Did you mean 'purchase'"), ({"purchase": [3]}, "no vote")],
)
def test_strange_votes_are_refused(votes, words):
    with pytest.raises(UsageError, match=words):
        felt(votes=votes)


def test_correlation_is_told_from_enough_places_on():
    rows, tables, rng = [], [], random.Random(3)
    for place in range(24):
        for i in range(12):
            case = f"k{place:02}-{i:02}"
            row = {"case_id": case, "channel": f"渠道{place:02}", "outcome": "open"}
            rows.append(row | {"activity": "提交表单", "timestamp": at(i), "channel": "官网"})
            rows.append(row | {"activity": "首次联系", "timestamp": at(i + 1 + place)})
            score = 5 if rng.random() > place / 24 else 2
            asked = {"case_id": case, "instrument": "csat", "asked_at": at(i + 2 + place)}
            tables.append(asked | {"score": score})
    found = felt(rows, surveys=pd.DataFrame(tables))
    [correlation] = found.correlations
    assert correlation.rho.n == 24 and correlation.rho.value > 0.5
    levels = {(p.channel, p.activity): p.level.value for p in found.proxy.touchpoints}
    pairs = [(levels[a.channel, a.activity], a.level.value) for a in found.reported.touchpoints]
    assert correlation.rho.value == pytest.approx(scipy_stats.spearmanr(pairs).statistic)
    fewer = pd.DataFrame(tables[: 19 * 12])
    [none] = felt(rows, surveys=fewer).correlations
    assert none.rho.value is None and "19" in none.rho.reason.zh


@pytest.mark.parametrize("name", ["crm_sales", "solar_home"])
def test_shipped_logs_were_never_surveyed(name):
    journey = mine(read_log(ROOT / "event_logs" / f"{name}.csv"))
    found = experience(journey)
    assert found.reported is None and found.reason.zh.startswith("日志里没有满意度")
    assert found.votes == () and found.correlations == ()
    assert [p.stage for p in found.proxy.stages] == [s.id for s in journey.stages]
    assert repr(found) == "Experience(reported: –; proxy: 6 stages; votes: 0)"
    assert json.dumps(found.to_dict()) == json.dumps(experience(journey).to_dict())
    assert len(found.frame("zh")) == 6


def test_the_frame_keeps_the_layers_apart():
    found = felt(surveys=survey("csat", [5, 4] * 10), votes={"interest": [1]})
    frame = found.frame("en")
    assert list(frame.layer.unique()) == ["reported", "behavioural proxy", "votes"]
    assert repr(found) == "Experience(reported: CSAT n=20; proxy: 0 stages; votes: 1)"
    assert found.to_dict()["reported"]["instruments"][0]["instrument"] == "csat"
