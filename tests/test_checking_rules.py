"""Single promises of the check: pending, clocks, what is unmeasured, tolerance, change, back-test."""

from __future__ import annotations

import datetime
import functools

import jsonschema
import pytest

from journeylib import _pm4py
from journeylib import engine as engines
from journeylib.checking import backtest, check, compare, rules_of
from journeylib.checking.deviations import allowed_moves, endings, entries
from journeylib.documents.markdown import to_markdown
from journeylib.errors import UsageError
from journeylib.mining import mine
from journeylib.spec import feel, specify
from journeylib.terms import LANGS, Span
from tests.checking_worlds import PLANTS, case_rows, full_spec, gate, planted_spec, rule, step
from tests.logs import log_of, traces
from tests.spec_fixtures import crm_journey


@functools.cache
def engine():
    return engines.duckdb()


def told(rows, spec, **options):
    return check(spec, mine(log_of(rows, engine())), **{"variants": 0} | options)


def counts(conformance, rule_id):
    c = conformance[rule_id]
    return c.activated, c.fulfilled, c.violated, c.pending


@functools.cache
def some_planted():
    rows = [r for n in range(30) for r in case_rows(f"a{n:02}", n)]
    for n, plant in enumerate(PLANTS):
        rows += case_rows(f"b{n:02}", n, plant)
    return told(rows, planted_spec(), variants=100)


def moment(text):
    return datetime.datetime.fromisoformat(text)


# -- open cases and clocks -----------------------------------------------------------------------


def test_an_open_case_is_pending_until_its_time_is_over():
    """Asked at noon, within four hours; another case's last event says how late it is."""
    spec = full_spec(
        constraints=(rule("r", "response", "form", "survey", within=Span(4, "h")),
                     rule("e", "existence", "survey"))
    )  # fmt: skip
    asked = {
        "case_id": "a",
        "activity": "提交表单",
        "timestamp": moment("2025-01-06 12:00"),
        "outcome": None,
    }
    other = {"case_id": "b", "activity": "分配线索", "outcome": "won"}
    early, late = (
        told([asked, other | {"timestamp": moment(f"2025-01-06 {hour}:00")}], spec)
        for hour in (15, 17)
    )
    assert counts(early, "constraint:r") == (1, 0, 0, 1)
    assert counts(late, "constraint:r") == (1, 0, 1, 0)
    assert counts(late, "constraint:e") == (2, 0, 1, 1)


def test_a_required_step_that_is_overdue_now_counts_as_late():
    """Assigning is due four hours after the form: nobody did, and the day is over."""
    form = {
        "case_id": "a",
        "activity": "提交表单",
        "timestamp": moment("2025-01-06 09:00"),
        "outcome": None,
    }
    end = {"case_id": "b", "activity": "闲聊", "outcome": "won"}
    early, late = (
        told([form, end | {"timestamp": moment(f"2025-01-06 {hour}:00")}], full_spec())
        for hour in (12, 18)
    )
    assert counts(early, "sla:assign") == (1, 0, 0, 1)
    assert counts(late, "sla:assign") == (1, 0, 1, 0)


def test_a_limit_in_working_time_rests_over_the_weekend():
    spec = full_spec(constraints=())
    stage = spec.stages[0]
    acts = (
        stage.activities[0],
        step("assign", "分配线索", sla=Span.parse("4h working")),
        *stage.activities[2:],
    )
    spec = full_spec(
        stages=(stage.model_copy(update={"activities": acts}), *spec.stages[1:]), constraints=()
    )
    rows = [
        {"case_id": case, "activity": name, "timestamp": moment(when), "outcome": "won"}
        for case, name, when in (
            ("friday", "提交表单", "2025-01-10 17:00"), ("friday", "分配线索", "2025-01-13 11:00"),
            ("monday", "提交表单", "2025-01-13 10:00"), ("monday", "分配线索", "2025-01-13 17:30"),
        )
    ]  # fmt: skip
    log = log_of(rows, engine())
    working = check(spec, mine(log, calendar="weekdays"), variants=0)
    assert counts(working, "sla:assign")[1:3] == (1, 1)
    assert [r.case_id for r in log.engine.rows(working.cases("sla:assign"))] == ["monday"]
    without = check(spec, mine(log), variants=0)["sla:assign"]
    assert without.activated is None and "calendar" in without.reason.en


def test_what_the_log_lacks_is_unmeasured_and_never_zero():
    rows = [{k: v for k, v in r.items() if k not in ("resource", "department", "预算")}
            for r in case_rows("c", 0)]  # fmt: skip
    conformance = told(rows, planted_spec())
    lacking = {c.rule.id: c.reason.en for c in conformance.unmeasured}
    assert {"constraint:f", "handover:h1:预算", "handover_within:h1", "exit:c0"} <= lacking.keys()
    assert "resource" in lacking["constraint:f"] and "预算" in lacking["exit:c0"]
    data = {r["id"]: r for r in conformance.to_dict()["rules"]}["constraint:f"]
    assert data["activated"] is data["violated"] is data["rate"] is None and data["reason"]["zh"]
    with pytest.raises(UsageError, match="cannot answer"):
        conformance.cases("constraint:f")
    with pytest.raises(UsageError, match="Did you mean"):
        conformance.cases("constraint:g")


# -- pm4py's Declare ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("existence", "existence"), ("absence", "absence"), ("exactly_one", "exactly_one"),
     ("precedence", "precedence"), ("response", "response"), ("chain_response", "chainresponse"),
     ("not_coexistence", "noncoexistence")],
)  # fmt: skip
def test_declare_templates_agree_with_pm4py(ours, theirs):
    """Per finished case: does it break the constraint or not?"""
    names = ("提交表单", "首次联系", "需求调研")
    words = [a + b + c + d for a in "xyz" for b in "xyz" for c in "xyz" for d in ("", "x", "y")]
    activity = dict(zip("xyz", names, strict=True))
    rows = [r | {"activity": activity[r["activity"]], "outcome": "won"} for r in traces(*words)]
    two = ours not in ("existence", "absence", "exactly_one")
    spec = full_spec(constraints=(rule("k", ours, *(("form", "call") if two else ("call",))),))
    conformance = told(rows, spec)
    log = conformance.journey.log
    key = (names[0], names[1]) if two else names[1]
    frame = log.to_pm4py()
    cases = frame["case:concept:name"].drop_duplicates()
    deviations = _pm4py.declare_deviations(
        frame, {theirs: {key: {"support": 1.0, "confidence": 1.0}}}
    )
    expected = {case for case, broken in zip(cases, deviations, strict=True) if broken}
    found = [row.case_id for row in log.engine.rows(conformance.cases("constraint:k"))]
    assert set(found) == expected
    assert 0 < len(expected) < len(words)


# -- criteria ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "kept"),
    [
        ("预算 = 80", 1), ("预算 = null", 0), ("null = null", 1), ("not(预算 > 100)", 1),
        ('等级 = "A" and 预算 in [80..90]', 1), ("预算 in (80..90]", 0),
        ("预算 in (1, 80)", 1), ("not(缺 = 3)", 1), ("缺 > 3", 0), ("not(缺 > 3)", 0),
        ("缺 > 3 or 预算 = 80", 1), ("同意", 1), ('"提交表单" in done', 1), ('"签订合同" in done', 0),
        ('日期 < "2025-03-01"', 1), ("等级 in done", 0),
    ],
)  # fmt: skip
def test_criteria_have_three_values_and_only_true_opens_a_gate(when, kept):
    missing = full_spec().information[0].model_copy(update={"id": "缺", "attribute": "缺"})
    base = planted_spec()
    stages = list(base.stages)
    stages[1] = stages[1].model_copy(update={"exit": (gate("g", when),)})
    spec = full_spec(
        stages=tuple(stages), constraints=(), transitions=(),
        information=(*base.information, missing),
    )  # fmt: skip
    rows = [r | {"缺": None} for r in case_rows("c", 0)]
    assert counts(told(rows, spec), "exit:g")[:2] == (1, kept)


# -- verdict, tolerance, change ---------------------------------------------------------------------


def test_a_rule_breaks_only_beyond_doubt():
    rows = [r for n in range(19) for r in case_rows(f"a{n:02}", n)] + case_rows("b", 0, "missing")
    conformance = told(rows, planted_spec())
    assert conformance["required:survey"].violated == 1
    assert conformance.verdict == "kept"
    strict = told(rows, planted_spec(), tolerance=0.0)
    assert [c.rule.id for c in strict.broken] == ["entry:p0", "required:survey"]
    assert told(rows[:1], planted_spec(), tolerance=0.0)["unknown"].tolerance == 1.0


def test_what_changed_since_last_time():
    good = told([r for n in range(40) for r in case_rows(f"c{n}", n)], planted_spec())
    rows = [r for n in range(40) for r in case_rows(f"c{n}", n, "missing" if n % 2 else None)]
    bad = told(rows, planted_spec())
    changes = compare(good.to_dict(), bad)
    worse = {c.rule: c for c in changes.going("worse")}
    assert worse.keys() == {"required:survey", "entry:p0"}
    assert worse["required:survey"].difference == -0.5
    assert {c.rule for c in compare(bad, good).going("better")} == worse.keys()
    fewer = told(rows, planted_spec().model_copy(update={"constraints": ()}))
    assert compare(bad, fewer).gone == tuple(
        r.id for r in rules_of(planted_spec()) if r.id.startswith("constraint")
    )
    with pytest.raises(UsageError, match="check/1"):
        compare({}, bad)
    for lang in LANGS:
        assert "100.0% → 50.0%" in to_markdown(bad.document(lang, changes))


def test_what_is_pending_could_still_go_the_other_way():
    """Shorter observation: the quick cases are decided, the slow ones are not yet."""
    good = told([r for n in range(40) for r in case_rows(f"c{n}", n)], planted_spec()).to_dict()
    [rule] = [r for r in good["rules"] if r["id"] == "sla:assign"]
    before = {"schema": "check/1", "rules": [rule | {"fulfilled": 30, "violated": 10}]}
    after = {"schema": "check/1", "rules": [rule | {"fulfilled": 40, "violated": 0, "pending": 0}]}
    [change] = compare(before, after).changes
    assert change.direction == "better"
    after["rules"][0]["pending"] = 15
    [change] = compare(before, after).changes
    assert change.ci_low > 0 > change.sure_low and change.direction == "unclear"


def test_the_document_and_the_json_say_the_same():
    conformance = some_planted()
    data = conformance.to_dict()
    jsonschema.validate(data, SCHEMA)
    text = to_markdown(conformance.document("en"))
    assert text == to_markdown(conformance.document("en"))
    assert "闲聊" in text and conformance["required:survey"].rule.text.en in text
    assert repr(conformance).startswith("Conformance(kept: 0 of ")
    assert 'FROM "ledger' in conformance.sql("sla:assign")
    assert set(conformance.frame("en")["id"]) == {r["id"] for r in data["rules"]}


SCHEMA = {
    "type": "object",
    "required": ["schema", "cases", "rules", "fitness", "verdict"],
    "properties": {
        "rules": {
            "items": {
                "required": ["id", "stage", "kind", "activated", "fulfilled", "violated", "pending",
                             "rate", "ci_low", "ci_high", "cases"],
                "properties": {
                    "activated": {"type": ["integer", "null"]},
                    "rate": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
                    "cases": {"type": "array", "maxItems": 20},
                },
            }
        }
    },
}  # fmt: skip


# -- departures, fitness ---------------------------------------------------------------------------


def test_departures_from_the_flow():
    found = some_planted().deviations
    moves = {(m.source, m.target): m for m in found.moves}
    leap = moves["首次联系", "产品演示"]
    assert (leap.departure, leap.passed, leap.count) == ("skip", ("需求调研",), 1)
    assert moves["签订合同", "需求调研"].departure == "back"
    assert moves["首次联系", "首次联系"].departure == "repeat"
    assert moves["首次联系", "闲聊"].departure == "unknown"
    assert ("首次联系", "需求调研") not in moves
    assert [(s.activity, s.cases) for s in found.skipped] == [("需求调研", 1)]
    assert [(u.activity, u.events) for u in found.unspecified] == [("闲聊", 1)]


def test_fitness_is_one_exactly_for_what_the_flow_allows():
    spec = planted_spec()
    flow = _pm4py.Flow(entries(spec), tuple(sorted(allowed_moves(spec))), endings(spec))
    whole = tuple(r["activity"] for r in case_rows("c", 0))
    walks = [(whole, True), (whole[:4], False), (whole[:4], True), (whole[1:], True),
             (whole[::-1], True)]  # fmt: skip
    replayed, aligned = _pm4py.fitness(flow, walks, aligned=5, seconds=60)
    assert replayed[:2] == aligned[:2] == [1.0, 1.0]
    assert all(value < 1 for value in (*replayed[2:], *aligned[2:]))
    assert _pm4py.fitness(flow, walks, aligned=5, seconds=-1) is None


def test_fitness_that_was_not_asked_for_has_a_reason():
    conformance = told(case_rows("c", 0), planted_spec())
    assert conformance.fitness.replay is None and conformance.fitness.reason.zh
    assert some_planted().fitness.cases == some_planted().fitness.of


# -- back-test ---------------------------------------------------------------------------------------


def test_a_draft_is_covered_as_its_provenance_says():
    """The same question asked in two ways: by the draft when mined, by the back-test after."""
    journey = crm_journey()
    spec = specify(journey)
    why = {f"exit:{c.id}": c.why for stage in spec.stages for c in stage.exit}
    tested = backtest(spec, journey)
    assert tested.criteria
    for coverage in tested.criteria:
        assert coverage.won.n == why[coverage.rule].n
        assert round(coverage.won.value, 6) == why[coverage.rule].estimate
        assert coverage.stopped == coverage.won.n - coverage.won.hits
        assert len(coverage.cases) == min(20, coverage.stopped)


def test_a_draft_hands_over_as_its_provenance_says():
    journey = crm_journey()
    spec = specify(journey)
    conformance = check(spec, journey, variants=0)
    for stage in spec.stages:
        for handover in stage.handovers:
            for item in handover.items:
                c = conformance[f"handover:{handover.id}:{item.item}"]
                assert (c.activated, c.fulfilled / c.activated) == pytest.approx(
                    (item.why.n, item.why.estimate), abs=1e-6
                )


def test_backtest_counts_limits_and_loads():
    rows = [r for n in range(10) for r in case_rows(f"a{n}", 100 * n)] + case_rows("b", 0, "late")
    tested = backtest(planted_spec(), mine(log_of(rows, engine())))
    limits = {limit.rule: limit.kept for limit in tested.limits}
    assert (limits["sla:assign"].n, limits["sla:assign"].value) == (11, 10 / 11)
    [load] = tested.loads
    assert (load.department, load.n) == ("市场部", 11)
    assert load.per_week == pytest.approx(11 / load.weeks, rel=1e-5)
    assert tested.to_dict()["schema"] == "backtest/1"


# -- rules are data ----------------------------------------------------------------------------------


def test_rules_have_ids_of_their_own_words_in_both_languages_and_a_path():
    spec = full_spec()
    rules = rules_of(spec)
    assert len({r.id for r in rules}) == len(rules)
    data = spec.to_dict()
    for each in rules:
        assert each.text.zh and each.text.en
        assert reached(data, each.path) is not None
    kinds = {r.kind for r in rules}
    assert {"required", "order", "sla", "stage_sla", "entry_criterion", "exit_criterion",
            "gate_complete", "handover_item", "handover_within", "unknown_activity"} < kinds  # fmt: skip
    assert all(isinstance(r.when, feel.Expression) for r in rules if r.when is not None)


def reached(data, path):
    for key in path.removeprefix("$.").replace("]", "").replace("[", ".").split("."):
        data = data[int(key)] if key.isdigit() else data[key]
    return data
