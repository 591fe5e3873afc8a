"""Each error says what is wrong, where and what to do, and keeps the data behind its words."""

from __future__ import annotations

import inspect

import pytest

from journeylib import errors
from journeylib.errors import (
    ColumnError,
    FeelError,
    InputError,
    JourneyError,
    MissingExtraError,
    ResourceError,
    RowsError,
    SpecError,
    did_you_mean,
)

OURS = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if kind.__module__ == errors.__name__
]


def test_one_tree_two_exit_codes():
    assert len(OURS) == 10
    assert all(issubclass(kind, JourneyError) for kind in OURS)
    assert {kind for kind in OURS if kind.exit_code == 3} == {ResourceError}
    assert {kind.exit_code for kind in OURS} == {2, 3}


def test_the_module_draws_the_whole_tree():
    assert all(kind.__name__ in errors.__doc__ for kind in OURS)


def test_an_input_error_says_where_what_and_what_to_do():
    error = InputError("log.csv", "The file is empty.", "Export it again.")
    assert str(error) == "log.csv: The file is empty. Export it again."
    assert (error.path, error.problem) == ("log.csv", "The file is empty.")
    assert error.remedy == "Export it again."
    assert str(InputError("log.csv", "The file is empty.")) == "log.csv: The file is empty."


def test_a_missing_column_lists_what_there_is_and_the_nearest():
    error = ColumnError("log.csv", "timestamp", ["case", "timestmp"])
    assert str(error) == (
        "log.csv: no column could be recognised as the timestamp. Columns: 'case', 'timestmp'. "
        "Say which: --map timestamp=COLUMN (or a mapping file). Did you mean 'timestmp'?"
    )
    assert (error.role, error.have, error.candidates) == ("timestamp", ("case", "timestmp"), ())


def test_an_ambiguous_column_offers_the_first_candidate():
    error = ColumnError("log.csv", "timestamp", ["a", "b", "c"], ["a", "b"])
    assert str(error) == (
        "log.csv: more than one column could be the timestamp: 'a', 'b'. "
        "Say which: --map timestamp='a' (or a mapping file)."
    )
    assert error.candidates == ("a", "b")


@pytest.mark.parametrize(
    ("count", "more"), [(20, ""), (21, " … and 1 more"), (99, " … and 79 more")]
)
def test_long_lists_of_columns_are_cut(count, more):
    told = str(ColumnError("log.csv", "case_id", [f"列{n}" for n in range(count)]))
    assert told.count("列") == 20
    assert f"'列19'{more}. Say which" in told


def test_unreadable_rows_are_counted_by_reason():
    error = RowsError("log.csv", [("no time", 1200), ("no case", 3)])
    assert str(error) == ("log.csv: no row can be read (1,200 rows: no time; 3 rows: no case).")
    assert error.reasons == (("no time", 1200), ("no case", 3))
    assert str(RowsError("log.csv", [])) == "log.csv: no row can be read (the table is empty)."


def test_a_specification_tells_all_its_problems_at_once():
    error = SpecError([("/stages/0", "has no gate"), ("/goals", "is empty")])
    assert str(error).splitlines() == ["/stages/0: has no gate", "/goals: is empty"]
    assert error.problems == (("/stages/0", "has no gate"), ("/goals", "is empty"))


def test_a_criterion_that_cannot_be_read_says_at_which_column():
    error = FeelError("a >", 4, "a value is missing")
    assert str(error) == "column 4: a value is missing"
    assert (error.text, error.column, error.problem) == ("a >", 4, "a value is missing")


def test_a_missing_package_is_told_with_the_command_that_installs_it():
    error = MissingExtraError("The Spark engine", "spark")
    assert str(error).endswith("Install it with: pip install 'journeylib[spark]'")
    assert (error.feature, error.extra) == ("The Spark engine", "spark")


@pytest.mark.parametrize(
    ("word", "have", "told"),
    [
        ("chanel", ["case_id", "channel"], " Did you mean 'channel'?"),
        ("xyz", ["case_id", "channel"], ""),
        ("channel", [], ""),
        ("客户编码", iter(["活动", "客户编号"]), " Did you mean '客户编号'?"),
    ],
)
def test_only_a_near_word_is_suggested(word, have, told):
    assert did_you_mean(word, have) == told
