"""Every family of breakpoints beside a plain count over rows, planted problems, and silence."""

from __future__ import annotations

import dataclasses
import random
import statistics
from collections import defaultdict
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from itertools import pairwise

import pytest
from scipy import stats as scipy_stats

from journeylib import engine as engines
from journeylib.findings import FAMILIES, Rules
from journeylib.findings.answers import channel_switches, unanswered
from journeylib.findings.groupings import quarters
from journeylib.findings.judge import judged
from journeylib.findings.loops import rework
from journeylib.findings.rules import Sla
from journeylib.findings.sla import sla_breaches, slow_slas
from journeylib.findings.slow import slow_groups, slow_transitions
from journeylib.findings.stages import stage_regressions, stage_skips
from journeylib.findings.study import Study
from journeylib.mining import mine
from journeylib.terms import Clock, Span
from tests.logs import START, at, log_of

ENGINE = engines.duckdb()
RULES = Rules.load()
CUSTOMERS = ("提交表单", "咨询价格", "提交工单")
STAGES = ("awareness", "interest", "evaluation", "purchase", "after_sales", "advocacy")
STAGE_OF = {
    "点击广告": 0,
    "提交表单": 1,
    "咨询价格": 1,
    "首次联系": 1,
    "产品演示": 2,
    "电话跟进": 2,
    "发送报价": 3,
    "签订合同": 3,
    "实施上线": 4,
    "提交工单": 4,
    "续约": 5,
}
MEANT = ("电话跟进", "提交工单")


def rules_with(*slas, **sections):
    return dataclasses.replace(RULES, sla=slas, **sections)


def study_of(rows, rules=RULES):
    return Study(mine(log_of(rows, ENGINE)), rules)


OURS = (
    rework,
    slow_transitions,
    sla_breaches,
    unanswered,
    channel_switches,
    stage_regressions,
    stage_skips,
)


def found(rows, rules=RULES):
    """What these families find: all the others would find is theirs to test."""
    study = study_of(rows, rules)
    return judged(study, [family(study) for family in OURS])


def proven(rows, rules=RULES):
    """What is proven, but for what names a stronger finding as its source."""
    return {
        (f.type, *map(str, f.locus.values()))
        for f in found(rows, rules).proven
        if "because" not in f.locus
    }


def power(trial):
    assert not trial.claims
    return trial.power.en


def test_they_are_asked_by_diagnose():
    assert set(OURS) <= set(FAMILIES)


# -- a log without sense, to count on --------------------------------------------------------------


@cache
def noise(seed):
    """Rows of 250 cases that wander about; some are recorded as lost, ties in time included."""
    rng, rows = random.Random(seed), []
    for number in range(250):
        hour = rng.randrange(2000)
        shared = {"case_id": f"c{number:03}", "segment": rng.choice(["A", "B", "C", None])}
        for _ in range(rng.randrange(1, 10)):
            activity = rng.choice([*STAGE_OF, "咨询价格", "首次联系", "输单"])
            hour += rng.choice([0, 1, 2, 5, 20, 30, 60, 200])
            rows.append(
                shared
                | {
                    "activity": activity,
                    "timestamp": at(hour),
                    "actor": "customer" if activity in CUSTOMERS else "staff",
                    "channel": rng.choice(["web", "phone", "chat", None]),
                    "department": rng.choice(["Sales", "Care", "Sales", "Desk"]),
                }
            )
    return rows


@cache
def noise_study(seed):
    return study_of(noise(seed))


def cases_of(rows):
    """The events of each case in order: hour, then the place in the file."""
    cases = defaultdict(list)
    for row in sorted(rows, key=lambda row: row["timestamp"]):
        hour = (row["timestamp"] - START).total_seconds() / 3600
        cases[row["case_id"]].append(row | {"hour": hour})
    return cases


def counts(trial, *names):
    """(locus) -> (k, n) of a trial of shares."""
    return {
        tuple(claim.locus[name] for name in names): (round(claim.estimate * claim.n), claim.n)
        for claim in trial.claims
        if set(names) == set(claim.locus)
    }


SEEDS = pytest.mark.parametrize("seed", [1, 2])


@SEEDS
def test_groups_of_a_step_equal_a_plain_count(seed):
    """n and median by hand, p by scipy; whoever has no known group is among the others."""
    waits = defaultdict(list)
    for events in cases_of(noise(seed)).values():
        for a, b in pairwise(events):
            groups = {
                "segment": a["segment"],
                "department": b["department"],
                "channel": b["channel"] or a["channel"],
            }
            waits[a["activity"], b["activity"]].append((b["hour"] - a["hour"], groups))
    claims = [c for c in slow_groups(noise_study(seed)) if "period" not in c.locus]
    assert {len(c.locus) for c in claims} == {3}
    kinds = set()
    for claim in claims:
        (kind,) = set(claim.locus) - {"from", "to"}
        kinds.add(kind)
        step = waits[claim.locus["from"], claim.locus["to"]]
        own = [hours for hours, groups in step if groups[kind] == claim.locus[kind]]
        rest = [hours for hours, groups in step if groups[kind] != claim.locus[kind]]
        assert (claim.n, claim.estimate) == (len(own), pytest.approx(statistics.median(own)))
        test = scipy_stats.mannwhitneyu(own, rest, alternative="greater", method="asymptotic")
        assert claim.p == pytest.approx(test.pvalue)
        if claim.comparator is not None:
            assert claim.comparator == pytest.approx(statistics.median(rest))
        if claim.impact.value is not None:
            middle = statistics.median(rest)
            own_mean, rest_mean = (
                statistics.fmean(max(hours - middle, 0) for hours in some) for some in (own, rest)
            )
            assert claim.impact.value == pytest.approx(len(own) * (own_mean - rest_mean))
    assert kinds == {"segment", "department", "channel"}


@SEEDS
def test_breaches_equal_a_plain_count(seed):
    limit, (source, target) = 25, ("咨询价格", "首次联系")
    events_of = cases_of(noise(seed))
    last = max(e["hour"] for events in events_of.values() for e in events)
    breached = decided = censored = 0
    beyond = 0.0
    for events in events_of.values():
        for place, event in enumerate(events):
            if event["activity"] != source:
                continue
            after = (e for e in events[place + 1 :] if e["activity"] in (source, target, "输单"))
            then = next(after, None)
            waited = (then["hour"] if then else last) - event["hour"]
            answered = then is not None and then["activity"] == target
            if event["hour"] + limit > last or not (answered or waited > limit):
                censored += 1
                continue
            decided += 1
            if waited > limit:
                breached, beyond = breached + 1, beyond + waited - limit
    rules = rules_with(Sla(source, target, Span(limit), "reply"))
    [claim] = sla_breaches(Study(noise_study(seed).journey, rules)).claims
    assert (claim.n, claim.n_censored) == (decided, censored)
    assert claim.estimate == pytest.approx(breached / decided)
    assert claim.impact.value == pytest.approx(beyond)
    assert len(ENGINE.rows(claim.evidence())) == breached


def requests_by_hand(events, last, within, replies):
    """(event, index of the next request or None, reply in hours or None) of requests that are due."""
    for place, event in enumerate(events):
        if event["activity"] not in replies or event["hour"] + within > last:
            continue
        rest = events[place + 1 :]
        again = next((e for e in rest if e["activity"] in replies), None)
        before = rest[: rest.index(again)] if again else rest
        answer = next((e for e in before if e["actor"] == "staff"), None)
        closed = next((e for e in rest if e["activity"] in ("输单", "签订合同")), None)
        yield event, again, answer, closed


def usual_replies(events_of, last, within=48, norm=0.3, usual=0.1):
    """Request -> {usual reply}, and the median hours of the prompt ones."""
    asked, prompt = defaultdict(int), defaultdict(list)
    for events in events_of.values():
        for place, event in enumerate(events):
            if event["actor"] != "customer" or event["hour"] + within > last:
                continue
            asked[event["activity"]] += 1
            then = next(iter(events[place + 1 :]), None)
            if then and then["actor"] == "staff" and then["hour"] - event["hour"] <= within:
                prompt[event["activity"]].append((then["activity"], then["hour"] - event["hour"]))
    return {
        name: (
            {a for a, _ in got if sum(b == a for b, _ in got) >= usual * len(got)},
            statistics.median(hours for _, hours in got),
        )
        for name, got in prompt.items()
        if len(got) >= norm * asked[name]
    }


@SEEDS
def test_unanswered_requests_equal_a_plain_count(seed):
    events_of = cases_of(noise(seed))
    last = max(e["hour"] for events in events_of.values() for e in events)
    replies = usual_replies(events_of, last)
    found = defaultdict(lambda: [0, 0])
    for events in events_of.values():
        for event, again, answer, closed in requests_by_hand(events, last, 48, replies):
            usual, median = replies[event["activity"]]
            wait = answer["hour"] - event["hour"] if answer else None
            late = answer and answer["activity"] in usual and wait <= max(48, 30 * median)
            replied = answer and (wait <= 48 or late)
            goes_on = any(e and e["hour"] - event["hour"] <= 48 for e in (again, closed))
            if replied or not goes_on:
                found[event["activity"]][0] += not replied
                found[event["activity"]][1] += 1
    ours = counts(unanswered(noise_study(seed)), "activity")
    assert ours == {(name,): tuple(pair) for name, pair in found.items()}
    assert len(ours) == 3


@SEEDS
def test_forced_switches_equal_a_plain_count(seed):
    events_of = cases_of(noise(seed))
    last = max(e["hour"] for events in events_of.values() for e in events)
    replies = usual_replies(events_of, last)
    sizes, switched = defaultdict(int), defaultdict(int)
    for events in events_of.values():
        for event, again, answer, _ in requests_by_hand(events, last, 24, replies):
            sizes[event["channel"]] += 1
            soon = again and again["hour"] - event["hour"] <= 24 and not answer
            if soon and again["channel"] not in (None, event["channel"]):
                switched[event["channel"], again["channel"]] += 1
    ours = counts(channel_switches(noise_study(seed)), "from", "to")
    assert len(ours) == 6
    assert ours == {pair: (switched[pair], sizes[pair[0]]) for pair in ours}


@SEEDS
def test_regressions_and_skips_equal_a_plain_count(seed):
    reached, fallen = defaultdict(set), defaultdict(set)
    skipped, passed = defaultdict(int), defaultdict(int)
    at_homes = at_home(noise(seed))
    for case, events in cases_of(noise(seed)).items():
        staged = [e["activity"] for e in events if e["activity"] in STAGE_OF]
        ranks = [STAGE_OF[name] for name in staged]
        own = [name for name in staged if name not in MEANT]
        for name in own:
            reached[STAGE_OF[name]].add(case)
        for a, b in pairwise(own):
            if STAGE_OF[b] < STAGE_OF[a] and b not in at_homes:
                fallen[STAGE_OF[a], STAGE_OF[b]].add(case)
        for place in range(1, 5):
            if ranks and min(ranks) < place < max(ranks):
                passed[place] += 1
                skipped[place] += place not in ranks
    ours = counts(stage_regressions(noise_study(seed)), "from", "to")
    assert ours == {
        (STAGES[high], STAGES[low]): (len(fallen[high, low]), len(reached[high]))
        for high in range(6)
        for low in range(high)
    }
    assert any(k for k, _ in ours.values())
    ours = counts(stage_skips(noise_study(seed)), "stage")
    assert ours == {
        (STAGES[place],): (skipped[place], passed[place])
        for place in passed
        if passed[place] - skipped[place] >= 0.3 * passed[place]
    }


def at_home(rows):
    """Activities that mostly follow a later stage than their name suggests, and in most cases."""
    after, reached, fallen = defaultdict(list), defaultdict(set), defaultdict(set)
    for case, events in cases_of(rows).items():
        own = [e["activity"] for e in events if e["activity"] in STAGE_OF]
        own = [name for name in own if name not in MEANT]
        for a, b in pairwise([None, *own]):
            reached[STAGE_OF[b]].add(case)
            after[b].append(a is not None and STAGE_OF[a] > STAGE_OF[b])
            if after[b][-1]:
                fallen[b, STAGE_OF[a]].add(case)
    return {
        name
        for (name, rank), cases in fallen.items()
        if 2 * sum(after[name]) >= len(after[name]) and 2 * len(cases) >= len(reached[rank])
    }


@SEEDS
def test_short_loops_equal_a_plain_count(seed):
    reached, looped = defaultdict(set), defaultdict(set)
    steps = set()
    for case, events in cases_of(noise(seed)).items():
        names = [e["activity"] for e in events]
        steps |= set(pairwise(names))
        for name in names:
            reached[name].add(case)
        for a, b, c in zip(names, names[1:], names[2:], strict=False):
            if a == c != b:
                looped[a, b].add(case)
    ours = counts(rework(noise_study(seed)), "from", "to")
    assert ours
    for (a, b), (k, n) in ours.items():
        assert (k, n) == (len(looped[a, b]), len(reached[a]))
        assert k >= len(looped[b, a])
    both = {(a, b) for a, b in steps if a < b and (b, a) in steps and not {a, b} & set(MEANT)}
    assert {tuple(sorted(pair)) for pair in ours} == both


def test_a_log_with_starts_loops_as_its_completions_do():
    rows = [
        {"case_id": f"c{i}", "activity": name, "timestamp": at(i + j), "lifecycle": word}
        for i in range(40)
        for j, name in enumerate(["报价", "审批", "报价"] if i % 2 else ["报价", "审批"])
        for word in ("start", "complete")
    ]
    assert counts(rework(study_of(rows)), "from", "to") == {("报价", "审批"): (20, 40)}


# -- planted, each alone ---------------------------------------------------------------------------


def sale(seed, cases=400, days=400, **plants):
    """A sales log by `cases` customers over `days`; `plants` are shares, or factors of a wait.

    `slow` maps (column, value) to the factor by which the reply takes longer.
    """
    plant = {"slow": {}, "season": 1.0, "silent": 0.02, "switch": 0.02, "back": 0.02}
    plant |= {"skip": 0.02, "late": 0.0} | plants
    rng, rows = random.Random(seed), []
    for number in range(cases):
        start = 24 * days * number / cases
        group = {
            "department": rng.choice(["销售一部", "销售二部"]),
            "channel": rng.choice(["官网", "电话"]),
            "period": f"{at(start).year}-Q{(at(start).month + 2) // 3}",
        }
        rows += _customer(rng, f"c{number:04}", start, group, plant)
    return rows


def _customer(rng, case, start, group, plant):
    factor = 1.0
    for (kind, value), slower in plant["slow"].items():
        factor *= slower if group[kind] == value else 1.0
    factor *= plant["season"] if group["period"].endswith("Q1") else 1.0
    path = [("点击广告", "customer", 0.0), ("提交表单", "customer", 5.0)]
    if rng.random() < plant["switch"]:
        path.append(("咨询价格", "customer", 3.0))
    if rng.random() >= plant["silent"]:
        late = 60.0 if rng.random() < plant["late"] else 1.0
        path.append(("首次联系", "staff", 4.0 * factor * late))
    else:
        path.append(("回访", "staff", 400.0))
    if rng.random() >= plant["skip"]:
        path.append(("产品演示", "staff", 30.0))
    path.append(("发送报价", "staff", 40.0))
    if rng.random() < plant["back"]:
        path += [("补充演示", "staff", 30.0), ("二次报价", "staff", 20.0)]
    path += [("签订合同", "staff", 50.0), ("实施上线", "staff", 60.0)]
    other = {"官网": "电话", "电话": "官网"}[group["channel"]]
    hour, rows = start, []
    for activity, actor, wait in path:
        hour += wait * rng.lognormvariate(0, 0.5)
        channel = other if activity == "咨询价格" else group["channel"]
        shared = {"case_id": case, "activity": activity, "timestamp": at(hour), "actor": actor}
        rows.append(shared | {"channel": channel, "department": group["department"]})
    return rows


REPLY = ("slow_transition", "提交表单", "首次联系")
PLANTS = {
    "department": ({"slow": {("department", "销售二部"): 3.0}}, {(*REPLY, "销售二部")}),
    "channel": ({"slow": {("channel", "电话"): 3.0}}, {(*REPLY, "电话")}),
    "period": ({"slow": {("period", "2026-Q1"): 4.0}}, {(*REPLY, "2026-Q1")}),
    "silent": ({"silent": 0.4, "switch": 0.0}, {("unanswered", "提交表单")}),
    "never": ({"late": 0.4}, {("unanswered", "提交表单")}),
    "switch": (
        {"switch": 0.5},
        {("channel_switch", "官网", "电话"), ("channel_switch", "电话", "官网")},
    ),
    "back": ({"back": 0.4}, {("stage_regression", "purchase", "evaluation")}),
    "skip": ({"skip": 0.4}, {("stage_skip", "evaluation")}),
}


@pytest.mark.parametrize("name", PLANTS)
def test_each_plant_is_proven_and_nothing_else(name):
    plant, expected = PLANTS[name]
    assert proven(sale(5, **plant)) == expected


@pytest.mark.parametrize("seed", range(2))
def test_nothing_is_proven_where_nothing_is_wrong(seed):
    assert proven(sale(seed)) == set()


# -- periods ---------------------------------------------------------------------------------------


def test_a_season_is_no_change():
    """Every first quarter is slow, this year's like last year's."""
    assert proven(sale(3, season=4.0)) == set()


def test_a_season_not_seen_before_must_be_slower_than_ever():
    """Six months, the last quarter slow: two quarters tell nothing about what is usual."""
    rows = sale(3, days=160, slow={("period", "2025-Q2"): 4.0})
    findings = found(rows)
    [finding] = [f for f in findings if "period" in f.locus and f.locus["to"] == "首次联系"]
    assert (finding.confidence, finding.locus["period"]) == ("suggestive", "2025-Q2")
    assert any("season" in caveat.en for caveat in finding.caveats)
    rows = sale(3, days=250, slow={("period", "2025-Q3"): 4.0})
    assert proven(rows) == {(*REPLY, "2025-Q3")}


def test_an_older_period_is_history():
    assert proven(sale(3, slow={("period", "2025-Q3"): 4.0})) == set()


def test_the_newest_quarter_has_enough_cases():
    """A few cases of January count with the last quarter that has enough."""
    rows = sale(3, cases=372, days=372)
    periods = {c.locus["period"] for c in slow_groups(study_of(rows)) if "period" in c.locus}
    assert periods == {"2025-Q4"}


def test_quarters_begin_in_local_time():
    zone = timezone(timedelta(hours=8))
    begins = quarters(datetime(2025, 3, 31, tzinfo=zone), datetime(2025, 4, 1, tzinfo=zone))
    assert begins["2025-Q2"] == datetime(2025, 3, 31, 16, tzinfo=UTC).timestamp() * 1e6


# -- what is no slow step --------------------------------------------------------------------------


def test_seconds_are_no_experience():
    rows = [
        {"case_id": f"c{i}", "activity": name, "timestamp": at(i + j * (i % 2 + 1) / 100)}
        | {"segment": "AB"[i % 2]}
        for i in range(200)
        for j, name in enumerate(["进线", "接听"])
    ]
    assert not slow_groups(study_of(rows))[0].exceeds
    assert proven(rows) == set()
    finer = dataclasses.replace(RULES, slow=dataclasses.replace(RULES.slow, gap=Span(1, "s")))
    assert proven(rows, finer) == {("slow_transition", "进线", "接听", "B")}


def test_a_step_of_one_department_is_no_comparison():
    rows = [row | {"department": "销售部"} for row in sale(1, cases=60, days=60)]
    assert not any("department" in claim.locus for claim in slow_groups(study_of(rows)))


def test_rare_groups_are_not_compared_but_count_among_the_others():
    rows = [row | {"segment": f"s{int(row['case_id'][1:]) % 20:02}"} for row in sale(1)]
    claims = [c for c in slow_groups(study_of(rows)) if "segment" in c.locus]
    assert len({c.locus["segment"] for c in claims}) == RULES.slow.segments


def test_one_cause_seen_in_two_ways_is_named_once():
    """The slow department works by telephone only: the channel points to it."""
    rows = sale(5, slow={("department", "销售二部"): 3.0})
    rows = [r | {"channel": {"销售一部": "官网"}.get(r["department"], "电话")} for r in rows]
    findings = found(rows)
    slow = {"channel" in f.locus: f for f in findings.of_type("slow_transition").proven}
    assert slow[True].locus["because"] == slow[False].id
    assert slow[False].locus["department"] == "销售二部"


# -- the working clock -----------------------------------------------------------------------------


def with_worktime(study):
    """Pretends a calendar by which only half of every hour is worked."""
    journey = study.journey
    half = journey.event_table.mutate(
        worked=(journey.event_table.at - journey.event_table.at.min()) // 2,
        worked_wait=(journey.event_table.next_at - journey.event_table.at) // 2,
    )
    return Study(dataclasses.replace(journey, event_table=half), study.rules)


def test_slow_steps_are_told_by_the_working_clock_where_there_is_one():
    plain = study_of(sale(5, cases=200, slow={("department", "销售二部"): 3.0}))
    for one, other in zip(slow_groups(plain), slow_groups(with_worktime(plain)), strict=True):
        assert (one.clock, other.clock) == (Clock.CALENDAR, Clock.WORKING)
        assert (one.locus, one.n) == (other.locus, other.n)
        assert other.estimate == pytest.approx(one.estimate / 2)
        assert not any("calendar" in caveat.en for caveat in other.caveats)


def test_a_service_level_keeps_its_own_clock():
    working = Sla("提交表单", "首次联系", Span(4, "h", Clock.WORKING), "reply")
    calendar = Sla("提交表单", "首次联系", Span(8), "reply")
    rows = sale(5, cases=200)
    half = with_worktime(study_of(rows, rules_with(working)))
    [told] = sla_breaches(half).claims
    [same] = sla_breaches(study_of(rows, rules_with(calendar))).claims
    assert (told.n, told.estimate) == (same.n, same.estimate)
    assert (told.clock, same.clock) == (Clock.WORKING, Clock.CALENDAR)
    assert told.impact.value == pytest.approx(same.impact.value / 2)
    [slow] = slow_slas(half)
    assert (slow.clock, slow.comparator) == (Clock.WORKING, 4)


# -- service levels --------------------------------------------------------------------------------


def test_a_breach_is_proven_and_its_cases_are_shown():
    rules = rules_with(Sla("提交表单", "首次联系", Span(24), "首次响应"))
    findings = found(sale(5, late=0.4), rules)
    [finding] = findings.of_type("sla_breach")
    assert finding.confidence == "proven"
    assert finding.locus == {"rule": "首次响应", "from": "提交表单", "to": "首次联系"}
    assert finding.impact.unit == "h"
    assert 0 < len(finding.cases) <= 20


def asked(*stories):
    """Rows of cases, each a list of (activity, hour); observation ends at hour 1,000."""
    rows = [
        {"case_id": f"c{i}", "activity": activity, "timestamp": at(hour)}
        for i, story in enumerate(stories)
        for activity, hour in story
    ]
    return [*rows, {"case_id": "w", "activity": "回复", "timestamp": at(1000)}]


STORIES = {
    "in time, not directly": ([("咨询", 0), ("备注", 1), ("回复", 9)], (0, 1, 0)),
    "too late": ([("咨询", 0), ("回复", 11)], (1, 1, 0)),
    "never": ([("咨询", 0)], (1, 1, 0)),
    "not yet due": ([("咨询", 995)], (0, 0, 1)),
    "asked again in time": ([("咨询", 0), ("咨询", 5), ("回复", 12)], (0, 1, 1)),
    "had to ask again": ([("咨询", 0), ("咨询", 20), ("回复", 21)], (1, 2, 0)),
    "lost in time": ([("咨询", 0), ("输单", 5)], (0, 0, 1)),
    "lost in waiting": ([("咨询", 0), ("输单", 500)], (1, 1, 0)),
    "exactly at the limit": ([("咨询", 0), ("回复", 10)], (0, 1, 0)),
}


def test_what_is_a_breach():
    stories = [story for story, _ in STORIES.values()]
    rules = rules_with(Sla("咨询", "回复", Span(10), "r"))
    [claim] = sla_breaches(study_of(asked(*stories), rules)).claims
    told = (round(claim.estimate * claim.n), claim.n, claim.n_censored)
    assert told == tuple(map(sum, zip(*(counted for _, counted in STORIES.values()), strict=True)))
    expected = {f"c{i}" for i, (_, counted) in enumerate(STORIES.values()) if counted[0]}
    assert {row.case_id for row in ENGINE.rows(claim.evidence())} == expected


def test_service_levels_that_cannot_be_measured_say_why():
    journey = mine(log_of(sale(1, cases=20, days=20), ENGINE))

    def study(*slas):
        return Study(journey, rules_with(*slas))

    assert "no service level" in power(sla_breaches(study()))
    unknown = Sla("提交表单", "回电", Span(4), "first")
    assert "no activity “回电”" in power(sla_breaches(study(unknown)))
    working = Sla("提交表单", "首次联系", Span(4, "h", Clock.WORKING), "first")
    assert "no calendar" in power(sla_breaches(study(working)))
    assert slow_slas(study(working)) == []
    good = Sla("提交表单", "首次联系", Span(4), "good")
    trial = sla_breaches(study(working, good))
    assert len(trial.claims) == 1
    assert "no calendar" in trial.power.en


# -- missing columns, few cases, stages without order ----------------------------------------------


def without(rows, *columns):
    return [{k: v for k, v in row.items() if k not in columns} for row in rows]


def test_what_a_log_cannot_tell_is_untested():
    rows = sale(1, cases=40, days=40)
    blind = study_of(without(rows, "actor", "channel", "department"))
    assert "no actor column" in power(unanswered(blind))
    assert "no actor column or no channel" in power(channel_switches(blind))
    deaf = study_of([row | {"actor": "customer"} for row in rows])
    assert "no activity of customers" in power(unanswered(deaf))
    assert "no activity of customers" in power(channel_switches(deaf))
    foreign = study_of([row | {"stage": f"步骤{row['activity']}"} for row in rows])
    assert "too few stages" in power(stage_regressions(foreign))
    assert "too few stages" in power(stage_skips(foreign))
    alone = study_of(without(rows, "actor", "channel", "department")[:1])
    assert "two groups" in power(slow_transitions(alone))


def test_few_cases_are_named_as_too_few():
    assert proven(sale(1, cases=6, days=6, silent=1.0)) == set()
    rows = sale(5, cases=8, days=8, skip=0.0)
    rows = [r for r in rows if r["activity"] != "产品演示" or r["case_id"] > "c0004"]
    [skip] = found(rows).of_type("stage_skip")
    assert (skip.confidence, skip.n) == ("too_few", 8)


# -- legitimate behaviour --------------------------------------------------------------------------


def test_browsing_asks_for_no_answer():
    """Half of those who click an advertisement never come back, and nobody was meant to answer."""
    rows = sale(2)
    rows = [r for r in rows if r["activity"] == "点击广告" or int(r["case_id"][1:]) % 2]
    trial = unanswered(study_of(rows))
    assert {claim.locus["activity"] for claim in trial.claims} <= {"提交表单", "咨询价格"}
    assert proven(rows) == set()


def test_an_optional_stage_is_not_skipped():
    assert proven(sale(2, skip=0.9)) == set()


def test_an_invoice_after_delivery_is_no_step_back():
    """Its keyword says purchase, but there it belongs in this log."""
    rows = sale(2)
    ends = {row["case_id"]: row for row in rows}
    rows += [
        r | {"activity": "开票", "timestamp": r["timestamp"] + (at(9) - at(0))}
        for r in ends.values()
    ]
    assert proven(rows) == set()
    staged = [r | {"stage": STAGES[STAGE_OF.get(r["activity"], 3)]} for r in rows]
    assert ("stage_regression", "after_sales", "purchase") in proven(staged)


def test_meant_repetition_takes_no_case_back():
    rows = [
        {"case_id": f"c{i}", "activity": name, "timestamp": at(i + j)}
        for i in range(60)
        for j, name in enumerate(["需求调研", "发送报价", "电话跟进", "发送报价", "实施上线"])
    ]
    assert not [c for c in stage_regressions(study_of(rows)).claims if c.estimate]


def test_a_repeat_that_takes_the_case_back_is_named():
    again = ["需求调研", "发送报价", "需求调研", "发送报价", "实施上线"]
    rows = [
        {"case_id": f"c{i}", "activity": name, "timestamp": at(i + j)}
        for i in range(100)
        for j, name in enumerate(again[2:] if i % 3 else again)
    ]
    findings = found(rows)
    parents = {f.id: f for f in findings.of_type("rework_loop").proven}
    [back] = findings.of_type("stage_regression")
    assert parents[back.locus["because"]].locus["activity"] == "需求调研"
    [loop] = [f for f in parents.values() if "from" in f.locus]
    assert parents[loop.locus["because"]].locus["activity"] == loop.locus["from"]
