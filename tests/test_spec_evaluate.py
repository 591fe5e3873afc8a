"""Three-valued FEEL beside a truth table, and every rewriting of a criterion beside its evaluation."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journeylib.errors import UsageError
from journeylib.exporting.languages import to_juel, to_python
from journeylib.spec import feel
from journeylib.spec.feel.cells import as_cell, read_cell
from journeylib.spec.feel.evaluate import evaluate, holds, typed
from journeylib.spec.feel.normal import MOST_ROWS, pushed, rows
from tests.feel_cases import criteria, juel_value, knowledge, plain_criteria

T, F, N = True, False, None


@pytest.mark.parametrize(
    ("text", "known", "expected"),
    [
        ("a = null", {}, T), ("a != null", {}, F), ("a != null", {"a": 0}, T),
        ("a = 1", {"a": 1.0}, T), ("a = 1", {"a": "1"}, N), ("a != 1", {"a": "1"}, N),
        ("a = true", {"a": 1}, N), ("a = 1", {"a": True}, N), ("a < 2", {"a": True}, N),
        ("a < 2", {}, N), ("a < 2", {"a": "1"}, N), ('a < "b"', {"a": "a"}, T),
        ('a < "2025-02-01"', {"a": "2025-01-31"}, T), ("null = null", {}, T), ("null < 1", {}, N),
        ("a in (1, 2)", {"a": 2}, T), ("a in (1, 2)", {"a": 3}, F), ("a in (1, 2)", {"a": "1"}, N),
        ("a in (1, 2)", {}, F), ("a in (null, 2)", {}, T), ("a in [1..2]", {"a": 2}, T),
        ("a in [1..2)", {"a": 2}, F), ("a in (1..2]", {"a": 1}, F), ("a in [1..2]", {}, N),
        ("not(a in [1..2])", {}, N), ("not(a in (1, 2))", {}, T), ("a", {"a": T}, T), ("a", {}, N),
        ("not(a)", {}, N), ("not(a)", {"a": "x"}, N), ("a and b", {"a": "x", "b": F}, F),
        ("a or b", {"b": T}, T), ("a or b", {"b": F}, N), ("(a < 1) = false", {}, F),
        ('"x" in done', {"done": ("x", "y")}, T), ('"z" in done', {"done": ("x", "y")}, F),
        ('"z" in done', {}, N), ('"x" in a', {"a": "x"}, T), ('"x" in a', {"a": "xy"}, F),
    ],
)  # fmt: skip
def test_what_the_standard_says(text: str, known: dict[str, Any], expected: bool | None) -> None:
    assert evaluate(feel.parse(text), known) is expected


def test_and_or_not_are_kleenes() -> None:
    table = {T: 2, N: 1, F: 0}
    back = {rank: value for value, rank in table.items()}
    for a, b in itertools.product(table, repeat=2):
        known = {"a": a, "b": b}
        assert evaluate(feel.parse("a and b"), known) is back[min(table[a], table[b])]
        assert evaluate(feel.parse("a or b"), known) is back[max(table[a], table[b])]
        assert evaluate(feel.parse("not(a)"), known) is back[2 - table[a]]


@settings(max_examples=400, deadline=None)
@given(criteria(), knowledge())
def test_pushing_negations_and_making_rows_change_no_answer(
    tree: feel.Expression, known: dict[str, Any]
) -> None:
    assert holds(pushed(tree), known) is holds(tree, known)
    alternatives = rows(tree)
    assert len(alternatives) <= MOST_ROWS
    by_rows = any(all(holds(test, known) for test in row) for row in alternatives)
    assert by_rows is holds(tree, known)


@settings(max_examples=400, deadline=None)
@given(criteria(), knowledge())
def test_a_cell_reads_back_as_the_test_it_was(tree: feel.Expression, known: dict[str, Any]) -> None:
    for row in rows(tree):
        for test in row:
            cell = as_cell(test)
            assert holds(read_cell(cell.subject, cell.text), known) is holds(test, known)


@settings(max_examples=400, deadline=None)
@given(plain_criteria(), knowledge())
def test_juel_and_python_are_true_where_feel_is(
    tree: feel.Expression, known: dict[str, Any]
) -> None:
    names = {name.id: known.get(name.id) for name in feel.names(tree)}
    assert juel_value(to_juel(tree), known) is holds(tree, known)
    assert eval(to_python(tree), {}, names) is holds(tree, known)


def test_a_comparison_that_needs_the_third_truth_value_is_refused() -> None:
    tree = feel.parse("not((a < 1 and b) = true)")
    for write in (to_juel, to_python):
        with pytest.raises(UsageError, match="compare with a value"):
            write(tree)


def test_a_name_that_is_a_word_of_python_is_refused() -> None:
    with pytest.raises(UsageError, match="'class'"):
        to_python(feel.parse("class = 1"))


def test_a_criterion_with_too_many_alternatives_stays_whole() -> None:
    tree = feel.parse(" and ".join(f"(a = {n} or b = {n})" for n in range(7)))
    assert rows(tree) == ((tree,),)


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("85", "number", 85.0), (3, "number", 3), ("", "number", None), (float("nan"), "number", None),
        ("0", "boolean", False), (True, "boolean", True), (5, "string", "5"), (None, "date", None),
    ],
)  # fmt: skip
def test_values_of_a_log_get_their_type(value: object, kind: Any, expected: object) -> None:
    found = typed(value, kind)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(("value", "kind"), [("many", "number"), ("perhaps", "boolean")])
def test_what_is_no_such_value_is_refused(value: str, kind: Any) -> None:
    with pytest.raises(ValueError):
        typed(value, kind)


def test_the_strategy_reaches_all_three_answers() -> None:
    seen: set[object] = set()

    @settings(max_examples=200, deadline=None, database=None)
    @given(st.data())
    def look(data: st.DataObject) -> None:
        seen.add(evaluate(data.draw(criteria()), data.draw(knowledge())))

    look()
    assert seen == {True, False, None}
