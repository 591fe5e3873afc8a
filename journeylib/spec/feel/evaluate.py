"""What a criterion says of a case: FEEL's three-valued logic over typed values.

``null`` stands for what is not known. It equals itself and nothing else; any other comparison with
it, and any between values of different types, is ``null`` too: text is never taken for a number, nor
``true`` for 1. A criterion holds only where it is ``true``. Source: OMG DMN 1.3, tables 42 to 45, 52.
"""

from __future__ import annotations

import datetime
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

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
    Within,
)
from journeylib.spec.parts import ItemType

Value = str | int | float | bool | None | Sequence[str]
"""What an item can be; a date is its ISO 8601 text, and a list holds the activities done."""

_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def holds(tree: Expression, known: Mapping[str, Value]) -> bool:
    """Whether `tree` is true; false and unknown are both no.

    >>> from journeylib.spec.feel import parse
    >>> holds(parse("budget >= 100"), {"budget": 120}), holds(parse("budget >= 100"), {})
    (True, False)
    """
    return evaluate(tree, known) is True


def evaluate(tree: Expression, known: Mapping[str, Value]) -> Value:  # noqa: C901, PLR0911
    """The value of `tree`; names that `known` lacks are null.

    >>> from journeylib.spec.feel import parse
    >>> evaluate(parse('not(grade in ("A", "B")) or score > 60'), {"grade": "A"}) is None
    True
    """
    match tree:
        case Literal(value):
            return value
        case Name(id):
            return known.get(id)
        case Compare(sign, left, right):
            return _compared(sign, evaluate(left, known), evaluate(right, known))
        case Among(subject, tests):
            tested = evaluate(subject, known)
            return _any(_meets(tested, test, known) for test in tests)
        case Within(subject, name):
            return _contained(evaluate(subject, known), known.get(name.id))
        case Both(parts):
            return _all(evaluate(part, known) for part in parts)
        case Either(parts):
            return _any(evaluate(part, known) for part in parts)
        case Negation(part):
            return _not(evaluate(part, known))


def typed(value: object, kind: ItemType) -> Value:
    """A value of a log as an item of this type; ValueError where it is none.

    Text counts as a number or truth value where it reads as one; what is blank is unknown.

    >>> typed("85", "number"), typed("TRUE", "boolean"), typed(" ", "string")
    (85.0, True, None)
    """
    if value is None or value != value or (isinstance(value, str) and not value.strip()):  # noqa: PLR0124 - NaN
        return None
    match kind:
        case "number":
            return _number(value)
        case "boolean":
            return _truth(value)
        case "date" if isinstance(value, datetime.date):
            return value.isoformat()
    return str(value)


def _number(value: object) -> int | float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return float(str(value))


def _truth(value: object) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "false": False, "1": True, "0": False}
    if (known := words.get(str(value).strip().lower())) is None:
        raise ValueError(f"{value!r} is neither true nor false")
    return known


# -- three-valued logic ----------------------------------------------------------------------------


def _all(values: Iterable[Value]) -> bool | None:
    return _not(_any(_not(value) for value in values))


def _any(values: Iterable[Value]) -> bool | None:
    known = [value if isinstance(value, bool) else None for value in values]
    return True if True in known else None if None in known else False


def _not(value: Value) -> bool | None:
    return not value if isinstance(value, bool) else None


def _compared(sign: str, left: Value, right: Value) -> bool | None:
    if sign == "=":
        return _equal(left, right)
    if sign == "!=":
        return _not(_equal(left, right))
    ordered = _kind(left) in ("number", "string") and _kind(left) == _kind(right)
    return _ORDERS[sign](left, right) if ordered else None


def _equal(left: Value, right: Value) -> bool | None:
    if left is None or right is None:
        return left is right
    return left == right if _kind(left) == _kind(right) else None


def _kind(value: Value) -> str:
    match value:
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case None:
            return "null"
    return "list"


def _meets(value: Value, test: Expression | Range, known: Mapping[str, Value]) -> bool | None:
    if not isinstance(test, Range):
        return _equal(value, evaluate(test, known))
    low = _compared(">=" if test.low_closed else ">", value, evaluate(test.low, known))
    high = _compared("<=" if test.high_closed else "<", value, evaluate(test.high, known))
    return _all((low, high))


def _contained(value: Value, listed: Value) -> bool | None:
    """In a list; a single value is a list of one, and no list holds nothing that is known."""
    if listed is None:
        return None
    return value in listed if _kind(listed) == "list" else _equal(value, listed)  # type: ignore[operator]
