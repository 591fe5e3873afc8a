"""The scorecard: weights add up, formulas are ours, everything else is text."""

import io
import re

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeylib.documents.markdown import to_markdown
from journeylib.exporting.scorecard import HEAD, to_xlsx
from journeylib.project import requirements, scorecard
from journeylib.project.scorecard import dealt
from tests.project_worlds import bare, hostile, sample


def card_of(world, **options):
    return scorecard(requirements(world.findings, world.spec, world.journey), **options)


@pytest.fixture(scope="module")
def card():
    return card_of(sample("crm_sales"))


def sheet_of(card, lang="zh"):
    return openpyxl.load_workbook(io.BytesIO(to_xlsx(card, lang))).active


@given(st.lists(st.none() | st.floats(0.1, 100), max_size=12), st.integers(1, 100))
def test_weights_add_up_and_follow_importance(shares, total):
    weights = dealt(shares, total)
    known = [(s, w) for s, w in zip(shares, weights, strict=True) if s is not None]
    assert [w is None for w in weights] == [s is None for s in shares]
    if known:
        assert sum(w for _, w in known) == pytest.approx(total)
        for share, weight in known:
            exact = share / sum(s for s, _ in known) * total
            assert abs(weight - exact) < 0.1 + 1e-9


def test_nothing_is_dealt_by_importance_of_nothing():
    assert dealt([0, 0, None], 60) == [None, None, None]


def test_criteria_come_from_the_requirements(card):
    world = sample("crm_sales")
    reqs = requirements(world.findings, world.spec, world.journey)
    asked = {c.requirement for c in card.criteria if c.requirement}
    assert asked == {r.id for r in reqs if r.kind != "training" and r.priority != "wont"}
    assert asked | set(card.left_out) == {r.id for r in reqs}
    weights = {c.requirement: c.weight for c in card.criteria}
    for one in reqs:
        if one.id in asked:
            assert (weights[one.id] is None) == (one.importance.value is None)
    assert sum(c.weight or 0 for c in card.criteria) == pytest.approx(100)
    groups = {c.group for c in card.criteria}
    assert groups == {
        "functional", "integration", "data", "extensibility", "usability", "cost", "vendor",
    }  # fmt: skip


def test_scores_are_left_to_people(card):
    sheet = sheet_of(card)
    last = HEAD + len(card.criteria)
    for row in sheet.iter_rows(min_row=HEAD + 1, max_row=last, min_col=6, max_col=8):
        assert all(cell.value is None for cell in row)
    (rule,) = sheet.data_validations.dataValidation
    assert (rule.type, rule.formula1, rule.formula2) == ("decimal", "0", "5")
    assert str(rule.sqref) == f"F{HEAD + 1}:H{last}"


def test_the_sums_are_formulas_over_all_criteria(card):
    sheet, last = sheet_of(card), HEAD + len(card.criteria)
    score = sheet.cell(last + 2, 6).value
    scores, weights = f"F{HEAD + 1}:F{last}", f"$C{HEAD + 1}:$C{last}"
    scored = f'SUMIF({scores},">=0",{weights})'
    assert score == f'=IF({scored}=0,"",SUMPRODUCT({weights},{scores})/{scored})'
    assert sheet.cell(last + 4, 7).value == (
        f'=IF(G{last + 2}="","",RANK(G{last + 2},$F${last + 2}:$H${last + 2}))'
    )
    groups = [sheet.cell(row, 1).value for row in range(HEAD + 1, last + 1)]
    for row in range(last + 5, sheet.max_row + 1):
        (asked,) = set(re.findall(r'="([^"]+)"', sheet.cell(row, 6).value))
        assert asked in groups, "a group's formula names a group of the sheet"


def test_only_the_sums_are_formulas():
    card = card_of(hostile(), vendors=("=cmd|'/c calc'!A0", "甲公司", "@SUM(1)"))
    sheet, last = sheet_of(card), HEAD + len(card.criteria)
    for row in sheet.iter_rows():
        for cell in row:
            expected = cell.row > last and cell.column > 5 and cell.value is not None
            assert (cell.data_type == "f") == expected, cell.coordinate
    head = [sheet.cell(HEAD, column) for column in (6, 7, 8)]
    assert [c.value for c in head] == ["=cmd|'/c calc'!A0", "甲公司", "@SUM(1)"]
    assert all(c.number_format == "@" and c.data_type == "s" for c in head)
    assert head[0].quotePrefix


def test_same_bytes_and_both_languages(card):
    assert to_xlsx(card, "zh") == to_xlsx(card, "zh")
    assert sheet_of(card, "en").title == "Selection scorecard"
    assert to_markdown(card.document("zh")).startswith("# 选型评分表")
    assert repr(card) == "Scorecard(27 criteria in 7 groups, weights 100, 3 vendors)"


def test_a_log_without_findings_leaves_the_general_criteria():
    card = card_of(bare())
    assert {c.group for c in card.criteria} >= {"usability", "cost", "vendor"}
    assert sheet_of(card).cell(HEAD + 1, 1).value
