"""Whether a criterion compares like with like: numbers with numbers, texts with texts.

An engine answers a comparison of unlike things with null, and a gate that is never true lets nobody
through. Here it is told while the criterion is written, with the way out.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal as OneOf

from journeylib.spec.feel import (
    DONE,
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
    to_text,
)
from journeylib.spec.parts import ItemType

Kind = OneOf["string", "number", "boolean", "date", "null", "list"]

_ARTICLES = {
    "string": "a text", "number": "a number", "boolean": "a yes or no", "date": "a date",
    "null": "null", "list": "a list",
}  # fmt: skip


def type_problems(tree: Expression, items: Mapping[str, ItemType]) -> Iterator[str]:
    """What does not fit in a condition over `items`; what is no item is somebody else's problem.

    >>> from journeylib.spec.feel import parse
    >>> list(type_problems(parse('budget > "high"'), {"budget": "number"}))
    ['budget is a number and "high" is a text; they cannot be compared']
    """
    yield from _Typing(items).condition(tree)


@dataclass(frozen=True, slots=True)
class _Typing:
    items: Mapping[str, ItemType]

    def kind(self, tree: Expression) -> Kind | None:
        """Of an operand; None where it cannot be known."""
        match tree:
            case Literal(value):
                return _kind_of_literal(value)
            case Name(id):
                return "list" if id == DONE else self.items.get(id)
            case _:
                return "boolean"

    def condition(self, tree: Expression) -> Iterator[str]:
        """Of what must be true or false."""
        match tree:
            case Both(parts) | Either(parts):
                for part in parts:
                    yield from self.condition(part)
            case Negation(part):
                yield from self.condition(part)
            case Name() | Literal():
                yield from self.alone(tree)
            case _:
                yield from self.comparison(tree)

    def alone(self, tree: Name | Literal) -> Iterator[str]:
        """Of a name or value that shall be a condition by itself."""
        if (kind := self.kind(tree)) not in (None, "boolean"):
            text = to_text(tree)
            yield f'{text} is {_ARTICLES[str(kind)]}, no condition; write "{text} != null"'

    def comparison(self, tree: Compare | Among | Within) -> Iterator[str]:
        """Of two things held against each other."""
        match tree:
            case Compare(operator, left, right):
                yield from self.operands(left, right)
                yield from self.compared(operator, left, right)
            case Among(subject, tests):
                yield from dict.fromkeys(p for test in tests for p in self.tested(subject, test))
            case Within(subject, name):
                yield from self.held(subject, name)

    def operands(self, *trees: Expression) -> Iterator[str]:
        """Conditions that stand as operands."""
        for tree in trees:
            if not isinstance(tree, Name | Literal):
                yield from self.condition(tree)

    def tested(self, subject: Expression, test: Expression | Range) -> Iterator[str]:
        if isinstance(test, Range):
            for end in (test.low, test.high):
                yield from self.compared("<", subject, end)
        else:
            yield from self.compared("=", subject, test)

    def held(self, subject: Expression, name: Name) -> Iterator[str]:
        if self.kind(name) not in (None, "list"):
            yield f"{name.id} is {_ARTICLES[str(self.kind(name))]}, no list; use '='"
        elif name.id == DONE and self.kind(subject) not in (None, "string"):
            yield f"{DONE} holds names of activities; {to_text(subject)} is none"

    def compared(self, operator: str, left: Expression, right: Expression) -> Iterator[str]:
        a, b = self.kind(left), self.kind(right)
        if a is None or b is None:
            return
        pair = f"{to_text(left)} is {_ARTICLES[a]} and {to_text(right)} is {_ARTICLES[b]}"
        is_order = operator not in ("=", "!=")
        if "null" in (a, b):
            if is_order:
                yield f"nothing is more or less than null; write {_named(left, right)} != null"
        elif {a, b} == {"date", "string"}:
            text = left if a == "string" else right
            if isinstance(text, Literal) and not _is_date(text.value):
                yield f'{to_text(text)} is no date; write it as "2026-12-31"'
        elif a != b:
            yield f"{pair}; they cannot be compared" + _way_out(left, right, a, b)
        elif is_order and a in ("boolean", "list"):
            yield f"{pair}; neither is more or less than the other"


def _kind_of_literal(value: object) -> Kind:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return "string" if isinstance(value, str) else "number"


def _named(left: Expression, right: Expression) -> str:
    return to_text(left if isinstance(left, Name) else right)


def _is_date(value: object) -> bool:
    try:
        datetime.date.fromisoformat(str(value))
    except ValueError:
        return False
    return True


def _way_out(left: Expression, right: Expression, a: Kind, b: Kind) -> str:
    """A text item held against a number is mostly a number that the export wrote as text."""
    if {a, b} != {"string", "number"}:
        return ""
    text = left if a == "string" else right
    if isinstance(text, Name):
        return f'; if {text.id} holds numbers, set the type of the information item to "number"'
    return ""
