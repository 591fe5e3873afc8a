"""A test of a criterion as the cell of a decision table, and back: DMN's unary tests.

A cell tests the value of its column: ``>= 80``, ``"A", "B"``, ``[60..80)``, ``not(null)``; ``-`` tests
nothing. Source: OMG DMN 1.3, chapter 8.3.3 and grammar rules 7 to 18.
"""

from __future__ import annotations

from typing import NamedTuple

from journeylib.spec import feel
from journeylib.spec.feel import Among, Compare, Expression, Literal, Negation, Range

ANYTHING = "-"
_SIGNS = ("<=", ">=", "<", ">")


class Cell(NamedTuple):
    """What a column asks for, and the test in it."""

    subject: Expression
    text: str


def as_cell(test: Expression) -> Cell:
    """A test as a cell. One that compares no name with values is a column of its own, to be true.

    >>> cell = as_cell(feel.parse('grade in ("A", "B")'))
    >>> feel.to_text(cell.subject), cell.text
    ('grade', '"A", "B"')
    >>> as_cell(feel.parse("amount > limit")).text
    'true'
    """
    match test:
        case Compare(sign, feel.Name() as subject, Literal() as value):
            return Cell(subject, _compared(sign, feel.to_text(value)))
        case Among(feel.Name() as subject, tests) if all(map(_is_plain, tests)):
            return Cell(subject, ", ".join(map(_text, tests)))
    return Cell(test, "true")


def _compared(sign: feel.Comparator, value: str) -> str:
    match sign:
        case "=":
            return value
        case "!=":
            return f"not({value})"
    return f"{sign} {value}"


def _is_plain(test: Expression | Range) -> bool:
    if isinstance(test, Range):
        return isinstance(test.low, Literal) and isinstance(test.high, Literal)
    return isinstance(test, Literal)


def _text(test: Expression | Range) -> str:
    """An open interval begins with ``]``: a ``(`` would be one of an expression."""
    text = feel.to_text(test)
    return f"]{text[1:]}" if isinstance(test, Range) and not test.low_closed else text


def read_cell(subject: Expression, text: str) -> Expression:
    """The test that a cell makes of its column; `FeelError` where it is none of our subset.

    >>> feel.to_text(read_cell(feel.Name("budget"), "not(null)"))
    'not(budget in (null))'
    """
    cell = text.strip()
    if cell == ANYTHING:
        return Literal(True)
    if cell.startswith("not(") and cell.endswith(")"):
        return Negation(read_cell(subject, cell[4:-1]))
    for sign in _SIGNS:
        if cell.startswith(sign):
            return _about(subject, f"{feel.to_text(Literal(''))} {cell}")
    return _about(subject, f"{feel.to_text(Literal(''))} in ({cell})")


def _about(subject: Expression, text: str) -> Expression:
    """`text` with the column in the place of its first operand."""
    match feel.parse(text):
        case Compare(sign, _, value):
            return Compare(sign, subject, value)
        case Among(_, tests):
            return Among(subject, tests)
        case other:
            return other
