"""Every measure of the sales patterns beside a slow and obvious count over rows."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest

from journeylib import engine as engines
from journeylib.findings.patterns import measures
from journeylib.findings.patterns.cases import Cases, Concept, recognised
from journeylib.findings.patterns.doing import (
    Absence,
    Idle,
    Occurrence,
    Precedence,
    Repetition,
    Response,
)
from journeylib.findings.patterns.measure import Measure
from journeylib.findings.patterns.owning import Batches, Collision, Returns
from journeylib.findings.patterns.showing import Decrease, Missing, Postponement, Single
from journeylib.findings.patterns.staying import Dwell, Regression, Skip
from journeylib.journey import Journey
from journeylib.mining import mine
from journeylib.terms import Span, Text
from tests.logs import START, log_of

ENGINE = engines.duckdb()
LEAD, CONTACT, QUOTE, SIGN, ASKED = ("lead",), ("contact",), ("quote",), ("sign",), ("asked",)
WORDS = {
    "lead": ("表单",),
    "contact": ("联系",),
    "quote": ("报价",),
    "sign": ("签订合同",),
    "asked": ("重新询问",),
}
CONCEPTS = [Concept(name, Text.same(name), words, "test") for name, words in WORDS.items()]
KINDS = [Concept("close", Text.same("close"), ("预计成交",), "test")]
KINDS += [Concept("person", Text.same("person"), ("联系人",), "test")]
KINDS += [Concept("firm", Text.same("firm"), ("公司",), "test")]
ACTIVITIES = ("提交表单", "首次联系", "电话联系", "发送报价", "修改报价", "重新询问", "签订合同")
Row = dict[str, Any]


class Thing(NamedTuple):
    """What a measure says of one case, as the oracle counts it."""

    case: str
    hit: bool
    amount: float | None = None
    weight: int = 1
    place: str = ""


def world(seed: int, cases: int = 60) -> list[Row]:
    """Cases that go through anything in any order, so that every branch is met."""
    rng = random.Random(seed)
    rows = []
    for number in range(cases):
        time = START + timedelta(hours=rng.uniform(0, 2000))
        outcome, firm = rng.choice(["won", "lost", "open"]), f"f{rng.randrange(20)}"
        for _ in range(rng.randrange(1, 9)):
            hours = rng.choice([0, 0, rng.lognormvariate(2, 2)])
            time += timedelta(hours=hours, microseconds=rng.randrange(10**6))
            rows.append(
                {
                    "case_id": f"c{number:03}",
                    "activity": rng.choice(ACTIVITIES),
                    "timestamp": time,
                    "department": rng.choice(["销售部", "售前部"]),
                    "resource": rng.choice(["甲", "乙", "丙", None]),
                    "actor": rng.choice(["staff", "staff", "system"]),
                    "amount": rng.choice([None, 100.0, 95.0, 80.0]),
                    "outcome": outcome,
                    "预计成交": rng.choice(
                        [None, "2025-03-01", "2025-03-10", "2025-06-01", "未定"]
                    ),
                    "联系人": rng.choice([None, "王", "李"]),
                    "公司": firm,
                }
            )
    return rows


@functools.cache
def mined(seed: int) -> Journey:
    return mine(log_of(world(seed), ENGINE))


def asked(measure: Measure, rows: Sequence[Row]) -> set[Thing]:
    """What the measure says of these rows."""
    return told(measure, mine(log_of(rows, ENGINE)))


def told(measure: Measure, journey: Journey) -> set[Thing]:
    """What the measure says, from the engine."""
    cases = Cases.of(journey, CONCEPTS, KINDS).asking(measure.asks())
    return {
        Thing(
            row.case_id,
            row.hit,
            round(row.amount, 6) if row.hit and row.amount is not None else None,
            row.weight,
            row.place,
        )
        for row in ENGINE.rows(measure.things(cases))
    }


# -- the slow way ----------------------------------------------------------------------------------


class Slow:
    """The rows of one case, in order, and plain questions to them."""

    def __init__(self, rows: Sequence[Row], last: datetime) -> None:
        self.rows, self.last = sorted(rows, key=lambda row: row["timestamp"]), last
        self.id, self.outcome = rows[0]["case_id"], rows[0]["outcome"]
        self.start, self.end = self.rows[0]["timestamp"], self.rows[-1]["timestamp"]
        signed = self.times(SIGN)
        self.decided = signed[0] if self.outcome == "won" and signed else self.end
        self.closed = None if self.outcome == "open" else self.decided

    def times(self, concepts: Sequence[str]) -> list[datetime]:
        words = [word for concept in concepts for word in WORDS[concept]]
        return [r["timestamp"] for r in self.rows if any(w in r["activity"] for w in words)]

    def shown(self, column: str) -> list[Any]:
        return [row[column] for row in self.rows if row[column] is not None]


def by_case(rows: Sequence[Row]) -> list[Slow]:
    last = max(row["timestamp"] for row in rows)
    ids = sorted({row["case_id"] for row in rows})
    return [Slow([row for row in rows if row["case_id"] == name], last) for name in ids]


def hours(length: timedelta) -> float:
    return round(length.total_seconds() / 3600, 6)


def response(cases: Sequence[Slow], limit: timedelta, by: Sequence[str]) -> set[Thing]:
    found = set()
    for case in cases:
        if not (triggers := case.times(LEAD)) or triggers[0] + limit > case.last:
            continue
        at, due = triggers[0], triggers[0] + limit
        if by:
            answers = [t for t in case.times(by) if t >= at]
        else:
            answers = [row["timestamp"] for row in case.rows if row["timestamp"] > at]
        closed = case.closed if case.closed and case.closed > at else None
        if not answers and closed and closed < due:
            continue
        late = not answers or answers[0] > due
        until = answers[0] if answers else closed or (case.last if case.outcome == "open" else None)
        found.add(Thing(case.id, late, hours(until - due) if late and until else None))
    return found


def repetition(cases: Sequence[Slow], more_than: int, signs: Sequence[str]) -> set[Thing]:
    found = set()
    for case in cases:
        if not (times := case.times(CONTACT)):
            continue
        names = [row["activity"] for row in case.rows if "联系" in row["activity"]]
        extra = case.times(signs)
        hit = max(map(names.count, names)) > more_than or bool(extra)
        found.add(Thing(case.id, hit, hours(max([*times, *extra]) - times[0]) if hit else None))
    return found


def precedence(cases: Sequence[Slow], *, optional: bool) -> set[Thing]:
    return {
        Thing(case.id, not case.times(CONTACT) or case.times(CONTACT)[0] > case.times(QUOTE)[0])
        for case in cases
        if case.times(QUOTE) and (case.times(CONTACT) or not optional)
    }


def idle(cases: Sequence[Slow], longer: timedelta, shorter: timedelta | None) -> set[Thing]:
    found = set()
    for case in cases:
        silent = case.last - case.end
        if case.outcome == "open" and not (shorter and silent >= shorter):
            hit = silent > longer
            found.add(Thing(case.id, hit, hours(silent - longer) if hit else None))
    return found


def decrease(cases: Sequence[Slow], by: float) -> set[Thing]:
    shown = {case.id: case.shown("amount") for case in cases}
    return {Thing(i, v[-1] < v[0] * (1 - by)) for i, v in shown.items() if len(v) > 1}


def postponement(cases: Sequence[Slow], by: timedelta) -> set[Thing]:
    found = set()
    for case in cases:
        shown = case.shown("预计成交")
        if len(shown) > 1 and "未定" not in (shown[0], shown[-1]):
            pushed = datetime.fromisoformat(shown[-1]) - datetime.fromisoformat(shown[0])
            hit = pushed > by
            found.add(Thing(case.id, hit, hours(pushed) if hit else None))
    return found


def single(cases: Sequence[Slow]) -> set[Thing]:
    shown = {c.id: c.shown("联系人") for c in cases if c.times(QUOTE) and c.closed}
    return {Thing(i, len(set(v)) == 1) for i, v in shown.items() if v}


def missing(cases: Sequence[Slow]) -> set[Thing]:
    found = set()
    for case in cases:
        if times := case.times(QUOTE):
            before = [row for row in case.rows if row["timestamp"] <= times[0]]
            for column in ("预计成交", "联系人"):
                known = any(row[column] is not None for row in before)
                found.add(Thing(case.id, not known, place=column))
    return found


def returns(cases: Sequence[Slow]) -> set[Thing]:
    found = []
    for case in cases:
        for team in ("销售部", "售前部"):
            people = [
                row["resource"]
                for row in case.rows
                if row["department"] == team and row["resource"] is not None
            ]
            runs = [p for i, p in enumerate(people) if i == 0 or people[i - 1] != p]
            if runs:
                found.append(Thing(case.id, len(runs) > len(set(runs))))
    return set(found)


def collision(cases: Sequence[Slow], within: timedelta) -> set[Thing]:
    owners = {case.id: (case.shown("resource") or [None])[0] for case in cases}
    found, latest = set(), {}
    for case in sorted(cases, key=lambda c: (c.start, c.id)):
        if owners[case.id] is None:
            continue
        firm, owner = case.rows[0]["公司"], owners[case.id]
        rival, rival_end = latest.get(firm, (owner, case.end))
        found.add(Thing(case.id, rival != owner and case.start - rival_end <= within))
        latest[firm] = owner, case.end
    return found


def absent(case: Slow, concepts: Sequence[str]) -> Thing:
    return Thing(case.id, not case.times(concepts))


def done(case: Slow, concepts: Sequence[str]) -> Thing:
    return Thing(case.id, bool(case.times(concepts)))


DAY, MONTH = timedelta(days=1), timedelta(days=30)
ORACLES: dict[str, tuple[Measure, Callable[[Sequence[Slow]], set[Thing]]]] = {
    "response": (Response(LEAD, Span(1, "d"), CONTACT), lambda c: response(c, DAY, CONTACT)),
    "response of any kind": (Response(LEAD, Span(1, "d")), lambda c: response(c, DAY, ())),
    "response to one of two": (
        Response(LEAD, Span(90, "min"), ("quote", "contact")),
        lambda c: response(c, timedelta(minutes=90), ("quote", "contact")),
    ),
    "absence": (
        Absence(CONTACT, LEAD, "lost"),
        lambda c: {absent(x, CONTACT) for x in c if x.times(LEAD) and x.outcome == "lost"},
    ),
    "absence anywhere": (Absence(CONTACT), lambda c: {absent(x, CONTACT) for x in c}),
    "occurrence": (
        Occurrence(ASKED, SIGN, "closed"),
        lambda c: {done(x, ASKED) for x in c if x.times(SIGN) and x.outcome != "open"},
    ),
    "precedence": (Precedence(CONTACT, QUOTE), lambda c: precedence(c, optional=False)),
    "precedence where both": (
        Precedence(CONTACT, QUOTE, optional=True),
        lambda c: precedence(c, optional=True),
    ),
    "repetition": (Repetition(CONTACT, 1), lambda c: repetition(c, 1, ())),
    "repetition with signs": (Repetition(CONTACT, 2, ASKED), lambda c: repetition(c, 2, ASKED)),
    "idle": (Idle(Span(14, "d")), lambda c: idle(c, timedelta(days=14), None)),
    "idle but alive": (Idle(Span(7, "d"), Span(30, "d")), lambda c: idle(c, 7 * DAY, MONTH)),
    "decrease": (Decrease("amount", 0.1), lambda c: decrease(c, 0.1)),
    "postponement": (
        Postponement("close", Span(14, "d")),
        lambda c: postponement(c, timedelta(days=14)),
    ),
    "single": (Single("person", QUOTE, "closed"), single),
    "missing": (Missing(("close", "person"), QUOTE), missing),
    "returns": (Returns(), returns),
    "collision": (
        Collision("firm", "resource", Span(30, "d")),
        lambda c: collision(c, MONTH),
    ),
}


@pytest.mark.parametrize("name", ORACLES)
@pytest.mark.parametrize("seed", range(2))
def test_a_measure_equals_the_slow_count(name: str, seed: int) -> None:
    measure, oracle = ORACLES[name]
    expected = oracle(by_case(world(seed)))
    assert told(measure, mined(seed)) == expected
    assert {thing.hit for thing in expected} == {True, False}, "the world must tell both apart"


def test_every_measure_of_the_vocabulary_is_counted_here() -> None:
    counted = {type(measure) for measure, _ in ORACLES.values()}
    assert counted | {Dwell, Skip, Regression, Batches} == set(measures.MEASURES.values())


# -- batches, weekends, stages: small worlds written out -------------------------------------------


def step(case: str, activity: str, at: str, **columns: Any) -> Row:
    row = {"case_id": case, "activity": activity, "timestamp": datetime.fromisoformat(at)}
    return row | columns


def test_one_person_in_many_cases_in_one_minute_is_a_batch() -> None:
    def entries(who: str | None, at: str, cases: int, actor: str = "staff") -> list[Row]:
        same = {"resource": who, "actor": actor}
        return [step(f"{who}{at}{i}", "联系", f"{at}:{i:02}", **same) for i in range(cases)]

    rows = [
        *entries("甲", "2025-03-03 18:00", 5),
        *entries("乙", "2025-03-03 18:00", 4),
        *entries("丙", "2025-03-03 18:01", 6, actor="system"),
        *entries(None, "2025-03-03 18:02", 6),
        *[step("one", "联系", f"2025-03-03 19:00:{i:02}", resource="甲") for i in range(9)],
        *[step(f"date{i}", "联系", "2025-03-04", resource="甲") for i in range(9)],
    ]
    things = asked(Batches(5), rows)
    assert {(thing.hit, thing.weight) for thing in things} == {(True, 5), (False, 4), (False, 9)}


@pytest.mark.parametrize(("day", "counts"), [(7, False), (8, True), (9, True), (10, False)])
def test_only_what_comes_at_the_weekend_is_asked(day: int, counts: bool) -> None:
    rows = [
        step("c", "提交表单", f"2025-03-{day:02} 10:00"),
        step("d", "首次联系", "2025-04-01 10:00"),
    ]
    things = asked(Response(LEAD, Span(60), CONTACT, weekend=True), rows)
    assert {thing.case for thing in things} == ({"c"} if counts else set())


def test_the_weekend_is_that_of_the_log() -> None:
    """17:00 on Friday in London is Saturday in Shanghai."""
    rows = [step("c", "提交表单", "2025-03-07 17:00", utc_offset=480)]
    rows += [step("d", "首次联系", "2025-04-01 10:00", utc_offset=480)]
    measure = Response(LEAD, Span(60), CONTACT, weekend=True)
    assert [thing.case for thing in asked(measure, rows)] == ["c"]


def staged(*stays: tuple[str, Sequence[tuple[str, int]]]) -> list[Row]:
    """Cases through stages named outright: ``("c1", [("线索", 0), ("商机", 3)])``, in days."""
    return [
        step(case, f"在{stage}", str(START + timedelta(days=day)), stage=stage, outcome="won")
        for case, steps in stays
        for stage, day in steps
    ]


def test_a_stage_in_between_that_is_missing_is_skipped() -> None:
    rows = staged(
        ("whole", [("线索", 0), ("商机", 1), ("订单", 2)]),
        ("skips", [("线索", 0), ("订单", 2)]),
        ("short", [("商机", 0), ("订单", 2)]),
    )
    assert asked(Skip(), rows) == {Thing("whole", hit=False), Thing("skips", hit=True)}


def test_an_earlier_stage_after_a_further_one_is_a_return() -> None:
    rows = staged(
        ("onward", [("线索", 0), ("商机", 1), ("订单", 2)]),
        ("back", [("线索", 0), ("商机", 1), ("线索", 2)]),
        ("alone", [("商机", 0)]),
    )
    assert asked(Regression(), rows) == {Thing("onward", hit=False), Thing("back", hit=True)}


def test_a_stay_is_long_against_the_median_of_its_stage() -> None:
    usual = [(f"c{i}", [("线索", i), ("商机", i + 4), ("订单", i + 6)]) for i in range(9)]
    rows = staged(*usual, ("long", [("线索", 0), ("商机", 7), ("订单", 10)]))
    rows += staged(("late", [("线索", 14), ("商机", 15), ("订单", 15)]))
    things = asked(Dwell(1.5), rows)
    assert {thing for thing in things if thing.hit} == {Thing("long", True, 24.0, 1, "interest")}
    assert {thing.place for thing in things} == {"interest", "evaluation"}
    assert ("late", "interest") not in {(thing.case, thing.place) for thing in things}


# -- concepts --------------------------------------------------------------------------------------


def concept(name: str, *words: str, library: str = "shipped") -> Concept:
    return Concept(name, Text.same(name), words, library)


def test_the_longest_word_wins() -> None:
    concepts = [
        concept("discount", "折扣"),
        concept("approval", "折扣审批"),
        concept("quote", "quote"),
    ]
    names = ["申请折扣", "折扣审批", "Quote sent", "Misquoted"]
    assert recognised(concepts, names) == {
        "discount": ("申请折扣",),
        "approval": ("折扣审批",),
        "quote": ("Quote sent",),
    }


def test_between_words_of_one_length_the_first_concept_wins() -> None:
    concepts = [concept("first", "甲乙"), concept("second", "乙丙")]
    assert recognised(concepts, ["甲乙丙"]) == {"first": ("甲乙丙",)}


def test_ones_own_concepts_take_nothing_away() -> None:
    concepts = [concept("quote", "报价"), concept("big_quote", "发送报价", library="mine.toml")]
    assert recognised(concepts, ["发送报价"]) == {
        "quote": ("发送报价",),
        "big_quote": ("发送报价",),
    }
