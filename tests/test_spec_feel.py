import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeylib.errors import FeelError
from journeylib.spec import feel

NAMES = st.sampled_from(["预算", "budget", "_x1", "Größe"])
literals = st.builds(
    feel.Literal,
    st.none() | st.booleans() | st.integers(-999, 999) | st.text(st.characters(codec="utf-8")),
)
names = st.builds(feel.Name, NAMES)
atoms = literals | names


def _grown(parts: st.SearchStrategy[feel.Expression]) -> st.SearchStrategy[feel.Expression]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    ranges = st.builds(feel.Range, atoms, atoms, st.booleans(), st.booleans())
    tests = st.lists(parts, min_size=1, max_size=3).map(tuple) | ranges.map(lambda r: (r,))
    return st.one_of(
        st.builds(feel.Compare, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), parts, parts),
        st.builds(feel.Within, parts, names | st.just(feel.Name(feel.DONE))),
        st.builds(feel.Among, parts, tests),
        st.builds(feel.Both, several),
        st.builds(feel.Either, several),
        st.builds(feel.Negation, parts),
    )


@given(st.recursive(atoms, _grown, max_leaves=8))
def test_what_is_written_is_read_as_the_same_tree(tree: feel.Expression) -> None:
    assert feel.parse(feel.to_text(tree)) == tree


@given(st.text(st.sampled_from('a1"()[].,<>=!-& 预“≥or')))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    try:
        feel.parse(text)
    except FeelError as problem:
        assert 1 <= problem.column <= len(text) + 1


@pytest.mark.parametrize(
    ("text", "column", "hint"),
    [
        ("grade = “A”", 9, "write '\"'"),
        ("金额 ≥ 10", 4, "write '>='"),
        ("a ＝ 1", 3, "write '='"),
        ("a == 1", 3, "write '='"),
        ("a = 1 && b = 2", 7, "write 'and'"),
        ("a = 'x'", 5, "write '\"'"),
        ('a = "x', 5, "does not end"),
        ("a and", 6, "missing at the end"),
        ("not a", 5, "'(' is missing"),
        ("a in [1..2", 11, "missing at the end"),
        ("a b", 3, "left over"),
        ("", 1, "missing at the end"),
    ],
)
def test_errors_say_where_and_what_to_write(text: str, column: int, hint: str) -> None:
    with pytest.raises(FeelError) as caught:
        feel.parse(text)
    assert caught.value.column == column
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("text", "low_closed", "high_closed"),
    [("a in [1..2]", True, True), ("a in (1..2)", False, False), ("a in ]1..2[", False, False)],
)
def test_ends_of_ranges(text: str, low_closed: bool, high_closed: bool) -> None:
    tree = feel.parse(text)
    assert tree == feel.Among(
        feel.Name("a"), (feel.Range(feel.Literal(1), feel.Literal(2), low_closed, high_closed),)
    )


def test_and_binds_tighter_than_or() -> None:
    a, b, c = (feel.Name(name) for name in "abc")
    assert feel.parse("a or b and c") == feel.Either((a, feel.Both((b, c))))


def test_names_and_activities() -> None:
    tree = feel.parse('预算 in (limit, [1..5]) and not("需求调研" in done) or grade = null')
    assert [name.id for name in feel.names(tree)] == ["预算", "limit", "grade"]
    assert feel.activities(tree) == ("需求调研",)
