"""A criterion in the languages engines speak: JUEL (Camunda 7) and Python (SpiffWorkflow).

Both know only true and false. Negations are pushed into the single tests first (`spec.normal`), and a
test that meets an unknown value is false, so that the text is true exactly where FEEL is.
"""

from __future__ import annotations

import json
import keyword
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from journeylib.errors import UsageError
from journeylib.spec import feel
from journeylib.spec.feel import (
    Among,
    Both,
    Comparator,
    Compare,
    Either,
    Expression,
    Literal,
    Name,
    Range,
    Within,
)
from journeylib.spec.feel.normal import pushed


@dataclass(frozen=True)
class _Language:
    """How a language writes things; `known` is what must hold before values may be ordered."""

    name: str
    equals: str
    conjunction: str
    disjunction: str
    literal: Callable[[Literal], str]
    variable: Callable[[str], str]
    known: Callable[[str], str]


def to_juel(tree: Expression) -> str:
    """`tree` as a condition of Camunda 7; a variable that is not set counts as unknown.

    >>> to_juel(feel.parse('grade = "A" and not(budget = null)'))
    '${execution.getVariable("grade") == "A" && execution.getVariable("budget") != null}'
    """
    return f"${{{_written(pushed(tree), _JUEL)}}}"


def to_juel_value(tree: Expression) -> str:
    """The value of a variable in Camunda 7, null where it is not set; of anything else, its truth.

    >>> to_juel_value(feel.Name("budget")), to_juel_value(Literal(True))
    ('${execution.getVariable("budget")}', '${true}')
    """
    return f"${{{_JUEL.variable(tree.id)}}}" if isinstance(tree, Name) else to_juel(tree)


def to_python(tree: Expression) -> str:
    """`tree` as a Python expression.

    >>> to_python(feel.parse("budget >= 100 or done_x"))
    '(budget is not None and budget >= 100) or done_x == True'
    """
    return _written(pushed(tree), _PYTHON)


def _juel_literal(literal: Literal) -> str:
    return json.dumps(literal.value, ensure_ascii=False)


def _python_variable(name: str) -> str:
    if keyword.iskeyword(name):
        raise UsageError(
            f"the information item {name!r} cannot be used in Python expressions, where the word "
            "means something else; give it another id, or export another dialect."
        )
    return name


_JUEL = _Language(
    "JUEL", "==", " && ", " || ", _juel_literal,
    lambda name: f'execution.getVariable("{name}")',
    lambda value: f"{value} != null",
)  # fmt: skip
_PYTHON = _Language(
    "Python", "==", " and ", " or ", lambda literal: repr(literal.value), _python_variable,
    lambda value: f"{value} is not None",
)  # fmt: skip


def _written(tree: Expression, to: _Language) -> str:
    match tree:
        case Both(parts):
            return to.conjunction.join(_bracketed(part, to) for part in parts)
        case Either(parts):
            return to.disjunction.join(_bracketed(part, to) for part in parts)
        case Literal(bool()):
            return to.literal(tree)
        case Compare(sign, left, right):
            return _comparison(sign, left, right, to)
        case Among(subject, tests):
            return to.disjunction.join(
                _bracketed(_as_comparisons(subject, test), to) for test in tests
            )
        case Within(subject, name):
            return _comparison("=", subject, name, to)
    raise UsageError(
        f"{feel.to_text(tree)!r} cannot be written in {to.name}: compare with a value."
    )


def _bracketed(tree: Expression, to: _Language) -> str:
    text = _written(tree, to)
    single = isinstance(tree, Literal) or (
        isinstance(tree, Compare) and tree.operator in ("=", "!=")
    )
    return text if single else f"({text})"


def _as_comparisons(subject: Expression, test: Expression | Range) -> Expression:
    if not isinstance(test, Range):
        return Compare("=", subject, test)
    return Both((
        Compare(">=" if test.low_closed else ">", subject, test.low),
        Compare("<=" if test.high_closed else "<", subject, test.high),
    ))  # fmt: skip


def _comparison(sign: Comparator, left: Expression, right: Expression, to: _Language) -> str:
    sides = [_operand(side, to) for side in (left, right)]
    if sign in ("=", "!="):
        return f"{sides[0]} {to.equals if sign == '=' else '!='} {sides[1]}"
    return to.conjunction.join([*_guards((left, right), to), f"{sides[0]} {sign} {sides[1]}"])


def _guards(sides: tuple[Expression, ...], to: _Language) -> Iterator[str]:
    """What is unknown is neither less nor more than anything."""
    for side in sides:
        if isinstance(side, Name):
            yield to.known(_operand(side, to))
        elif side == Literal(None):
            yield to.literal(Literal(False))


def _operand(side: Expression, to: _Language) -> str:
    match side:
        case Name(id):
            return to.variable(id)
        case Literal():
            return to.literal(side)
    raise UsageError(
        f"{feel.to_text(side)!r} cannot be written in {to.name}: compare with a value."
    )
