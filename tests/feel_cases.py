"""Criteria over typed items, what may be known of them, and a reader of JUEL."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from journeylib.spec.feel import (
    Among,
    Both,
    Compare,
    Either,
    Expression,
    Literal,
    Name,
    Negation,
    Range,
)

NUMBERS, WORDS, FLAGS = ("budget", "金额"), ("grade", "行业"), ("signed", "done_a")
"""Names by the type of their values."""

numbers = st.integers(0, 4).map(Literal)
words = st.sampled_from(["A", "B", 'say "no"', "it's", "零售"]).map(Literal)
null = st.just(Literal(None))


def _tests(names: tuple[str, ...], values: st.SearchStrategy[Literal]) -> st.SearchStrategy[Any]:
    name = st.sampled_from(names).map(Name)
    ordered = st.builds(Compare, st.sampled_from(["<", "<=", ">", ">="]), name, values)
    turned = st.builds(Compare, st.sampled_from(["<", ">="]), values, name)
    equal = st.builds(Compare, st.sampled_from(["=", "!="]), name, values | null)
    both = st.builds(Compare, st.sampled_from(["=", "!=", "<", ">="]), name, name)
    ranges = st.builds(Range, values, values, st.booleans(), st.booleans())
    among = st.builds(Among, name, st.lists(values | ranges, min_size=1, max_size=3).map(tuple))
    return ordered | turned | equal | both | among


_flags = st.sampled_from(FLAGS).map(Name)
_simple = (
    _tests(NUMBERS, numbers)
    | _tests(WORDS, words)
    | _flags
    | st.builds(Compare, st.sampled_from(["=", "!="]), _flags, st.booleans().map(Literal))
    | st.booleans().map(Literal)
)


def plain_criteria() -> st.SearchStrategy[Expression]:
    """Well-typed criteria that compare items with values and with one another."""

    def larger(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
        return parts.map(Both) | parts.map(Either) | inner.map(Negation)

    return st.recursive(_simple, larger, max_leaves=8)


def criteria() -> st.SearchStrategy[Expression]:
    """Criteria of every form, with truth values compared too."""

    def larger(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
        said = st.builds(Compare, st.just("="), st.builds(Both, parts), st.just(Literal(True)))
        return parts.map(Both) | parts.map(Either) | inner.map(Negation) | said

    return st.recursive(_simple, larger, max_leaves=8)


def knowledge() -> st.SearchStrategy[dict[str, Any]]:
    """Typed values for some of the names."""
    return st.fixed_dictionaries(
        {},
        optional={
            **{name: st.none() | st.integers(0, 4) for name in NUMBERS},
            **{name: st.none() | words.map(lambda word: word.value) for name in WORDS},
            **{name: st.none() | st.booleans() for name in FLAGS},
        },
    )


class _Execution:
    """Camunda's execution, as far as expressions ask it."""

    def __init__(self, variables: dict[str, Any]) -> None:
        self.variables = variables

    def getVariable(self, name: str) -> Any:  # noqa: N802 - Java's name
        return self.variables.get(name)


def juel_value(text: str, variables: dict[str, Any]) -> object:
    """What JUEL makes of an expression in which null is never ordered: read sign by sign."""
    assert text.startswith("${")
    assert text.endswith("}")
    signs = {"&&": " and ", "||": " or "}
    words = {"null": "None", "true": "True", "false": "False"}
    inside, place, python = text[2:-1], 0, ""
    while place < len(inside):
        if inside[place] == '"':
            end = place + 1
            while inside[end] != '"':
                end += 2 if inside[end] == "\\" else 1
            python += inside[place : end + 1]
            place = end + 1
        elif inside[place : place + 2] in signs:
            python += signs[inside[place : place + 2]]
            place += 2
        else:
            word = next((w for w in words if inside.startswith(w, place)), inside[place])
            python += words.get(word, word)
            place += len(word)
    return eval(python, {}, {"execution": _Execution(variables)})
