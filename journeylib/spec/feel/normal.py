"""A criterion as a table sees it: rows of tests, any of which lets the case pass.

Negations move inwards to the single tests, then the whole becomes a disjunction of conjunctions. In
FEEL's three-valued logic this changes no answer (Kleene 1952: De Morgan and distributivity hold).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping

from journeylib.spec.feel import (
    Among,
    Both,
    Comparator,
    Compare,
    Either,
    Expression,
    Literal,
    Name,
    Negation,
    Range,
    Within,
)

Row = tuple[Expression, ...]
"""Tests that must all hold."""

MOST_ROWS = 40
"""A table longer than this nobody reads; its expression then stays whole."""

OPPOSITE: Mapping[Comparator, Comparator] = {
    "=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">",
}  # fmt: skip
MIRRORED: Mapping[Comparator, Comparator] = {
    "=": "=", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<=",
}  # fmt: skip
_LOGICAL = (Compare, Among, Within, Both, Either, Negation)
TRUE, FALSE = Literal(True), Literal(False)


def rows(tree: Expression) -> tuple[Row, ...]:
    """The conjunctions any of which makes `tree` true; an empty one always holds.

    >>> from journeylib.spec.feel import parse, to_text
    >>> [[to_text(test) for test in row] for row in rows(parse("not(a < 1 and b) or c = 2"))]
    [['a >= 1'], ['b = false'], ['c = 2']]
    """
    try:
        return _rows(pushed(tree))
    except _TooLongError:
        return ((tree,),)


class _TooLongError(Exception):
    """There would be more than `MOST_ROWS`."""


def _rows(tree: Expression) -> tuple[Row, ...]:
    match tree:
        case Literal(value):
            return ((),) if value is True else ()
        case Either(parts):
            found = tuple(dict.fromkeys(row for part in parts for row in _rows(part)))
        case Both(parts):
            found = tuple(dict.fromkeys(_products(tuple(map(_rows, parts)))))
        case _:
            found = ((tree,),)
    if len(found) > MOST_ROWS:
        raise _TooLongError
    return found


def _products(parts: tuple[tuple[Row, ...], ...]) -> Iterator[Row]:
    """Every choice of a row from each part, as one row."""
    if math.prod(map(len, parts)) > MOST_ROWS:
        raise _TooLongError
    for chosen in itertools.product(*parts):
        yield tuple(dict.fromkeys(test for row in chosen for test in row))


def pushed(tree: Expression, *, negated: bool = False) -> Expression:  # noqa: C901, PLR0911 - one case a kind
    """`tree`, or its negation, with negations only where a single test says so itself.

    A bare name becomes a comparison with true, and so do the truth values of comparisons.
    """
    match tree:
        case Negation(part):
            return pushed(part, negated=not negated)
        case Both(parts):
            inner = tuple(pushed(part, negated=negated) for part in parts)
            return Either(inner) if negated else Both(inner)
        case Either(parts):
            inner = tuple(pushed(part, negated=negated) for part in parts)
            return Both(inner) if negated else Either(inner)
        case Compare("=", part, Literal(bool(value))) | Compare(
            "=", Literal(bool(value)), part
        ) if isinstance(part, _LOGICAL):
            if not negated:
                return pushed(part, negated=not value)
        case Compare(sign, left, right):
            kept = OPPOSITE[sign] if negated else sign
            turned = isinstance(left, Literal) and not isinstance(right, Literal)
            return Compare(MIRRORED[kept], right, left) if turned else Compare(kept, left, right)
        case Within():
            return Negation(tree) if negated else tree
        case Among(subject, tests):
            return _without(subject, tests) if negated else tree
        case Name():
            return Compare("=", tree, FALSE if negated else TRUE)
        case Literal(bool(value)):
            return Literal(value is not negated)
        case Literal():
            return FALSE
    return Negation(tree)


def _without(subject: Expression, tests: tuple[Expression | Range, ...]) -> Expression:
    """None of the tests: different from each value, outside each range."""
    parts = tuple(
        Either((
            Compare("<" if test.low_closed else "<=", subject, test.low),
            Compare(">" if test.high_closed else ">=", subject, test.high),
        ))
        if isinstance(test, Range)
        else pushed(Compare("!=", subject, test))
        for test in tests
    )  # fmt: skip
    return parts[0] if len(parts) == 1 else Both(parts)
