"""The shipped library, libraries of one's own, adoption, and what is found with them."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from journeylib import engine as engines
from journeylib.cli import main
from journeylib.errors import TemplateError
from journeylib.findings import (
    Findings,
    Rules,
    diagnose,
    library_frame,
    library_text,
    rule_library,
)
from journeylib.findings.judge import judged
from journeylib.findings.patterns.family import sales_patterns
from journeylib.findings.patterns.library import load_library
from journeylib.findings.patterns.pattern import Library, thresholds
from journeylib.findings.study import Study
from journeylib.journey import Journey
from journeylib.mining import mine
from journeylib.reading import read_log
from journeylib.terms import LANGS, Text
from tests.conftest import ROOT
from tests.logs import at, log_of

sys.path.insert(0, str(ROOT / "event_logs"))

import generate as generator

ENGINE = engines.duckdb()
SHIPPED = load_library(["sales"])
Row = dict[str, Any]


def rules(text: str, folder: Path) -> Rules:
    """Rules of a file that says no more than this."""
    path = folder / "my_rules.toml"
    path.write_text(text, encoding="utf-8")
    return Rules.load(path)


def found(journey: Journey, own: Rules | None = None) -> Findings:
    """What the patterns alone find."""
    study = Study(journey, own or Rules.load())
    return judged(study, [sales_patterns(study)])


def leads(late: int, cases: int = 200, **columns: Any) -> Journey:
    """Leads that are contacted after an hour, some of them after a month."""
    rows: list[Row] = []
    for i in range(cases):
        wait = 720 if i < late else 1
        rows.append({"case_id": f"c{i:03}", "activity": "提交表单", "timestamp": at(i)} | columns)
        rows.append(
            {"case_id": f"c{i:03}", "activity": "首次联系", "timestamp": at(i + wait)} | columns
        )
    return mine(log_of(rows, ENGINE))


# -- the shipped library ---------------------------------------------------------------------------


def test_the_library_is_large_and_complete() -> None:
    assert len(SHIPPED.patterns) >= 24
    for pattern in SHIPPED.patterns:
        for text in (pattern.name, pattern.question, pattern.told, pattern.source, pattern.repair):
            assert all(text.in_(lang) not in ("", pattern.id) for lang in LANGS), pattern.id
            assert "{" not in text.en
        assert not pattern.adopted
        assert 0 < pattern.tolerance < 1


@pytest.mark.parametrize("pattern", SHIPPED.patterns, ids=lambda pattern: pattern.id)
def test_a_definition_tells_its_threshold(pattern: Any) -> None:
    shown = list(thresholds(pattern.measure).values())
    for lang in LANGS:
        assert all(number in pattern.told.in_(lang) for number in shown)


def test_every_concept_of_the_library_is_asked_for_and_recognisable() -> None:
    asked = {c for p in SHIPPED.patterns for _name, concepts in p.concepts for c in concepts}
    assert asked == {concept.id for concept in SHIPPED.concepts}
    for concept in (*SHIPPED.concepts, *SHIPPED.kinds):
        assert any(word.isascii() for word in concept.words), concept.id
        assert any(not word.isascii() for word in concept.words), concept.id


# -- a hint until adopted --------------------------------------------------------------------------


def test_a_shipped_pattern_is_a_hint_and_no_test() -> None:
    findings = found(leads(late=180))
    [finding] = [f for f in findings if f.locus["rule"] == "slow_first_response"]
    assert (finding.confidence, finding.p, finding.q) == ("suggestive", None, None)
    assert (finding.estimate, finding.n, finding.comparator) == (0.9, 200, 0.47)
    assert finding.impact.value == pytest.approx(180 * (720 - 24))
    assert findings.tested == 0
    assert "Oldroyd" in finding.caveats[1].en
    assert finding.cases[0] == "c000"


def test_what_is_within_its_tolerance_is_not_listed() -> None:
    assert "slow_first_response" not in {f.locus["rule"] for f in found(leads(late=90))}


def test_an_adopted_pattern_is_tested_and_provable(tmp_path: Path) -> None:
    own = rules('adopt = ["slow_first_response"]', tmp_path)
    findings = found(leads(late=180), own)
    assert [f.locus["rule"] for f in findings.proven] == ["slow_first_response"]
    assert findings.proven.items[0].q is not None
    assert findings.tested == 1
    assert not found(leads(late=90), own).proven


def test_a_rule_adopts_with_numbers_of_its_own(tmp_path: Path) -> None:
    own = rules('[[rule]]\nid = "slow_first_response"\nwithin = "45d"\ntolerance = 0.1', tmp_path)
    pattern = own.library["slow_first_response"]
    assert pattern.adopted
    assert "45d" in pattern.told.en
    assert pattern.repair == SHIPPED["slow_first_response"].repair
    assert not found(leads(late=180), own).proven
    own = rules('[[rule]]\nid = "slow_first_response"\nwithin = "2h"\ntolerance = 0.1', tmp_path)
    [proven] = found(leads(late=60), own).proven
    assert (proven.comparator, proven.estimate) == (0.1, 0.3)


def test_an_adopted_pattern_of_few_cases_is_too_few_and_a_hint_is_not_listed(
    tmp_path: Path,
) -> None:
    few = leads(late=6, cases=6)
    own = rules('adopt = ["slow_first_response"]', tmp_path)
    [finding] = [f for f in found(few, own) if f.locus["rule"] == "slow_first_response"]
    assert finding.confidence == "too_few"
    assert len(found(few)) == 0


def test_a_pattern_of_ones_own_needs_no_code(tmp_path: Path) -> None:
    own = rules(
        """
        [concepts]
        form = ["提交表单"]
        [[rule]]
        id = "form_answered"
        measure = "response"
        after = ["form"]
        by = ["first_contact"]
        within = "2h"
        tolerance = 0.1
        name = "表单响应"
        """,
        tmp_path,
    )
    [proven] = found(leads(late=100), own).proven
    assert (proven.locus, proven.title) == ({"rule": "form_answered"}, Text.same("表单响应"))
    assert "slow_first_response" in {f.locus["rule"] for f in found(leads(late=180), own)}


def test_a_library_of_ones_own_may_stand_beside_the_shipped_one(tmp_path: Path) -> None:
    library = tmp_path / "ours.toml"
    library.write_text(
        '[[pattern]]\nid = "ours"\nmeasure = "absence"\nof = ["quote"]\ntolerance = 0.1\n',
        encoding="utf-8",
    )
    own = rules(f"libraries = ['sales', '{library.as_posix()}']", tmp_path)
    assert len(own.library.patterns) == len(SHIPPED.patterns) + 1
    assert own.library["ours"].name == Text.same("ours")


# -- what is wrong in a file is told at once -------------------------------------------------------


def test_all_problems_of_a_file_are_told_with_their_paths(tmp_path: Path) -> None:
    text = """
    adopt = ["slow_first_respons", "zombie_deal"]
    [concepts]
    Bad-Name = ["x"]
    empty = []
    [[rule]]
    id = "slow_first_response"
    within = "4"
    after = ["leed"]
    tolerance = 1.5
    [[rule]]
    id = "own"
    measure = "respons"
    [[rule]]
    id = "other"
    measure = "absence"
    of = "quote"
    outcom = "won"
    kind = "trouble"
    tolerance = 0.1
    [[rule]]
    id = "third"
    measure = "repetition"
    of = ["quote"]
    more_than = 1.5
    tolerance = 0.1
    definition = "more than {limit} times"
    [[rule]]
    id = "third"
    measure = "idle"
    tolerance = 0.1
    """
    with pytest.raises(TemplateError) as told:
        rules(text, tmp_path)
    lines = str(told.value).splitlines()
    assert all(line.split(": ")[0].endswith("my_rules.toml") for line in lines)
    for path, words in {
        "$.concepts.Bad-Name": "small Latin letters",
        "$.concepts.empty": "no list of words",
        "$.rule[0].within": "no duration",
        "$.rule[0].after[0]": "unknown concept 'leed'. Did you mean 'lead'?",
        "$.rule[0].tolerance": "no share",
        "$.rule[1].measure": "Did you mean 'response'?",
        "$.rule[2].of": "no list of words",
        "$.rule[2].outcom": "Did you mean 'outcome'?",
        "$.rule[2].kind": "unknown kind 'trouble'",
        "$.rule[3].more_than": "not a whole number",
        "$.rule[4].id": "there twice",
        "$.rule[4]": "'longer_than' is missing",
        "$.adopt[0]": "Did you mean 'slow_first_response'?",
    }.items():
        assert any(f": {path}: " in line and words in line for line in lines), path
    assert len(lines) == 13


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[rule]]\nid = "x"\nmeasure = "dwell"\nratio = true\ntolerance = 0.1', "not a number"),
        ('[[rule]]\nid = "Slow Deal"', "is no id"),
        ('[[rule]]\nid = "zombie_deal"\nlonger_than = "9d working"', "working time"),
        ('[[rule]]\nid = "weekend_backlog"\nweekend = 1', "not true or false"),
        ('[[rule]]\nid = "zombie_deal"\nname = { zh = "僵尸" }', "zh = "),
        ('[[rule]]\nid = "zombie_deal"\ndefinition = "after {limit}"', "longer_than"),
        ('[[rule]]\nid = "amount_reduced"\ncolumn = "amonut"', "Did you mean 'amount'?"),
        ("[columns]\nfirm = { words = ['公司'], words_en = ['firm'] }", "unknown entry 'words_en'"),
        ('libraries = ["sale"]', "Did you mean 'sales'?"),
        ('libraries = "sales"', "list"),
        ('adopt = "zombie_deal"', "no list"),
        ("rule = 3", "list"),
    ],
)
def test_what_is_wrong_is_an_error_that_helps(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=words):
        rules(text, tmp_path)


# -- what a log lacks ------------------------------------------------------------------------------


def test_what_a_log_lacks_is_told_and_not_counted() -> None:
    study = Study(
        mine(log_of([{"case_id": "c", "activity": "x", "timestamp": at(0)}])), Rules.load()
    )
    trial = sales_patterns(study)
    assert trial.claims == ()
    assert trial.power is not None
    assert "0 patterns could be measured; 0 of them" in trial.power.en
    assert f"{len(SHIPPED.patterns)} more lack data, most often: an outcome" in trial.power.en
    assert "需要" not in trial.power.zh


def test_without_a_library_the_family_is_untested() -> None:
    study = Study(leads(late=0), dataclasses.replace(Rules.load(), library=Library()))
    trial = sales_patterns(study)
    assert trial.claims == ()
    assert trial.power is not None
    assert "no rule library" in trial.power.en


@pytest.mark.parametrize("dropped", [("amount", "stage"), ("resource", "outcome"), ("department",)])
def test_a_missing_column_is_a_reason_and_never_a_crash(dropped: Sequence[str]) -> None:
    rows = [{k: v for k, v in row.items() if k not in dropped} for row in sold(30)]
    journey = mine(log_of(rows, ENGINE))
    lacking = {row.id for row in rule_library(journey) if row.available.en != "yes"}
    claims = sales_patterns(Study(journey, Rules.load())).claims
    assert not lacking & {claim.locus["rule"] for claim in claims}
    assert {"duplicate_owner", "owner_ping_pong", "amount_reduced"} & lacking
    assert all(claim.n > 0 for claim in claims)


def test_every_pattern_that_can_be_counted_shows_its_evidence() -> None:
    journey = mine(log_of(sold(30), ENGINE))
    for claim in sales_patterns(Study(journey, Rules.load())).claims:
        [counted] = ENGINE.ask(ENGINE.sql(claim.measure())).itertuples()
        assert counted.n == claim.n
        assert claim.estimate == counted.k / counted.n
        if claim.impact.unit != "event":
            assert len(ENGINE.rows(claim.evidence().select("case_id"))) == counted.k


def sold(cases: int) -> list[Row]:
    """Sales with every column that a pattern may ask for."""
    path = [
        "提交表单",
        "首次联系",
        "需求调研",
        "产品演示",
        "发送报价",
        "签订合同",
        "发货",
        "开票",
        "付款",
    ]
    return [
        {
            "case_id": f"c{i:03}",
            "activity": activity,
            "timestamp": at(30 * i + 5 * j),
            "stage": "线索" if j < 2 else "商机" if j < 4 else "订单",
            "department": "销售部" if j < 6 else "服务部",
            "resource": "甲" if j % 2 else "乙",
            "actor": "staff",
            "amount": float(100 - j),
            "outcome": "won" if i % 3 else "open",
            "联系人": "王",
            "公司名称": f"f{i % 7}",
            "预算": "10" if j > 2 else None,
            "预计成交日期": f"2025-0{1 + j}-01",
            "交付承诺": None if j < 6 else "30天",
        }
        for i in range(cases)
        for j, activity in enumerate(path)
    ]


def test_patterns_about_columns_find_what_is_planted() -> None:
    hints = {f.locus["rule"]: f for f in found(mine(log_of(sold(60), ENGINE)))}
    assert hints["single_threaded"].estimate == 1.0
    assert hints["close_date_pushed"].estimate == 1.0
    assert hints["owner_ping_pong"].estimate == 1.0
    assert "quote_without_required_fields" not in hints
    assert "amount_reduced" not in hints


# -- worlds with and without plants ----------------------------------------------------------------


def world(name: str, seed: int | None, folder: Path, *, plants: bool = False) -> Journey:
    """A generated log, read as a user would."""
    rows, _truth = generator.generate(name, None if seed is None else 600, seed, plants=plants)
    path = folder / f"{name}.csv"
    path.write_bytes(generator.csv_bytes(rows))
    return mine(read_log(path, engine=ENGINE))


def all_adopted() -> Rules:
    """Every shipped pattern a test."""
    shipped = Rules.load()
    patterns = tuple(dataclasses.replace(p, adopted=True) for p in shipped.library.patterns)
    library = dataclasses.replace(shipped.library, patterns=patterns)
    return dataclasses.replace(shipped, library=library)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", ["crm_sales", "solar_home"])
def test_little_is_hinted_at_where_nothing_is_wrong(name: str, seed: int, tmp_path: Path) -> None:
    journey = world(name, seed, tmp_path)
    hints = found(journey)
    assert not hints.proven
    assert {f.locus["rule"] for f in hints} <= {"zombie_deal", "no_next_step"}
    adopted = found(journey, all_adopted())
    assert {f.locus["rule"] for f in adopted.proven} <= {"zombie_deal", "no_next_step"}


PLANTED = {
    "crm_sales": {"quote_reissued", "discount_loop", "customer_asked_again", "slow_first_response"},
    "solar_home": {"customer_asked_again"},
}


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_in_the_shipped_logs_is_hinted_at(name: str, tmp_path: Path) -> None:
    hints = found(world(name, None, tmp_path, plants=True))
    assert not hints.proven
    assert {f.locus["rule"] for f in hints} >= PLANTED[name]
    assert len(hints) <= 7


def test_diagnose_has_the_family() -> None:
    findings = diagnose(leads(late=180))
    assert "rule" in {family.type for family in findings.families}
    assert json.dumps(findings.to_dict(), ensure_ascii=False)


# -- listing ---------------------------------------------------------------------------------------


def test_the_listing_tells_what_a_log_can_answer() -> None:
    listing = {row.id: row for row in rule_library(leads(late=0))}
    assert listing["slow_first_response"].available.zh == "是"
    assert listing["slow_first_response"].threshold == "24h"
    assert listing["won_without_quote"].available.en == "lacks quote or proposal, an outcome"
    assert listing["single_threaded"].needs.en.endswith("a column “contact”, an outcome")
    assert {row.available.en for row in rule_library()} == {""}


def test_the_listing_as_frame_and_as_aligned_text() -> None:
    assert list(library_frame(lang="en")["id"]) == [p.id for p in SHIPPED.patterns]
    lines = library_text(rule_library(), "en").splitlines()
    place = lines[0].index("tolerance")
    assert all(line[place:].split()[0].endswith("%") for line in lines[1:])
    assert len(lines) == len(SHIPPED.patterns) + 1


def test_the_command_lists_the_library(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--lang", "en"]) == 0
    assert "slow_first_response" in capsys.readouterr().out
    assert main(["rules", str(ROOT / "event_logs" / "solar_home.csv"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "rules/1"
    assert len(told["rules"]) == len(SHIPPED.patterns)
    assert {"zh", "en"} == set(told["rules"][0]["available"])
