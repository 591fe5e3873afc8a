"""Criteria in FEEL as engine expressions, with FEEL's three-valued logic.

What a criterion speaks of is looked up at a `Moment`: what was known of the case, and done, by then.
Values keep the kind the specification declares; as in DMN, comparing two kinds gives null, and only
`true` meets a criterion. Equality is never null between values of one kind: a missing value equals
null and nothing else. Source: OMG DMN 1.3, tables 42, 45, 53 and 55.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import ibis
from ibis import Deferred

from journeylib.spec import feel
from journeylib.spec.parts import InformationItem, ItemType

Kind = ItemType | Literal["null"]

_TRUE, _FALSE = ("true", "yes", "y", "1", "是", "真"), ("false", "no", "n", "0", "否", "假")


class Moment(Protocol):
    """A point in the life of a case."""

    def known(self, item: InformationItem) -> Any:
        """Whether the item had any value by then."""

    def value(self, item: InformationItem) -> Any:
        """The value it had."""

    def done(self, activity: str) -> Any:
        """Whether the activity had been done."""


@dataclass(frozen=True)
class Told:
    """An expression, the kind of its values, and for an item by itself which one it is."""

    column: Any
    kind: Kind
    item: InformationItem | None = None


@dataclass(frozen=True)
class Reader:
    """Reads criteria over `items` (by id) at one moment."""

    items: Mapping[str, InformationItem]
    moment: Moment

    def holds(self, tree: feel.Expression) -> Any:
        """True, false or null: whether the criterion is met."""
        return self._truth(self._told(tree))

    def _told(self, tree: feel.Expression) -> Told:
        match tree:
            case feel.Literal():
                return _literal(tree)
            case feel.Name(id):
                item = self.items[id]
                return Told(typed(self.moment.value(item), item.type), item.type, item)
            case _:
                return Told(self._judged(tree), "boolean")

    def _judged(self, tree: feel.Expression) -> Any:
        """What is true, false or unknown by its form."""
        match tree:
            case feel.Compare(operator, left, right):
                return self._compared(operator, left, right)
            case feel.Among(subject, tests):
                return _any([self._tested(subject, test) for test in tests])
            case feel.Within(subject, name):
                return self._within(subject, name)
            case feel.Both(parts):
                return _all([self.holds(part) for part in parts])
            case feel.Either(parts):
                return _any([self.holds(part) for part in parts])
            case feel.Negation(part):
                return ~self.holds(part)
        raise AssertionError(f"no judgement: {tree}")

    def _within(self, subject: feel.Expression, name: feel.Name) -> Any:
        """``done`` is a list of names; any other name is a list of one value."""
        if name.id != feel.DONE:
            return self._compared("=", subject, name)
        if isinstance(subject, feel.Literal) and isinstance(subject.value, str):
            return self.moment.done(subject.value)
        return _unknown()

    def _truth(self, told: Told) -> Any:
        return told.column if told.kind == "boolean" else _unknown()

    def _tested(self, subject: feel.Expression, test: feel.Expression | feel.Range) -> Any:
        if not isinstance(test, feel.Range):
            return self._compared("=", subject, test)
        above, below = (">=" if test.low_closed else ">"), ("<=" if test.high_closed else "<")
        low, high = (
            self._compared(operator, subject, end)  # type: ignore[arg-type]
            for operator, end in ((above, test.low), (below, test.high))
        )
        return _all([low, high])

    def _compared(
        self, operator: feel.Comparator, left: feel.Expression, right: feel.Expression
    ) -> Any:
        if operator in ("=", "!="):
            equal = self._equal(left, right)
            return equal if operator == "=" else ~equal
        a, b = _alike(self._told(left), self._told(right))
        if a.kind != b.kind or a.kind not in ("number", "string", "date"):
            return _unknown()
        return _ORDER[operator](a.column, b.column)

    def _equal(self, left: feel.Expression, right: feel.Expression) -> Any:
        for one, other in ((left, right), (right, left)):
            if isinstance(one, feel.Literal) and one.value is None:
                return self._is_null(other)
        a, b = _alike(self._told(left), self._told(right))
        return a.column.identical_to(b.column) if a.kind == b.kind else _unknown()

    def _is_null(self, tree: feel.Expression) -> Any:
        """Asked of an item, it needs no value: whether there is one is known beforehand."""
        if isinstance(tree, feel.Name):
            return ~self.moment.known(self.items[tree.id])
        if isinstance(tree, feel.Literal):
            return constant(ibis.literal(tree.value is None))
        return self._told(tree).column.isnull()


def typed(value: Any, kind: ItemType) -> Any:
    """A column of the log as the kind the specification declares; what is none of it is null."""
    text = value.cast("string")
    if kind == "number":
        return text.try_cast("float64")
    if kind == "date":
        return text.try_cast("date")
    if kind == "boolean":
        word = text.lower()
        return ibis.cases((word.isin(_TRUE), True), (word.isin(_FALSE), False))
    return text


_ORDER = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def constant(value: Any) -> Deferred:
    """An expression that can stand before columns of a table not yet made."""
    return Deferred(value)


def _literal(tree: feel.Literal) -> Told:
    match tree.value:
        case None:
            return Told(constant(ibis.null()), "null")
        case bool():
            return Told(constant(ibis.literal(tree.value)), "boolean")
        case str():
            return Told(constant(ibis.literal(tree.value)), "string")
        case _:
            return Told(constant(ibis.literal(float(tree.value))), "number")


def _alike(a: Told, b: Told) -> tuple[Told, Told]:
    """A date is compared with a text that names one; whatever else differs in kind stays so."""
    if {a.kind, b.kind} == {"date", "string"}:
        return _as_date(a), _as_date(b)
    return a, b


def _as_date(told: Told) -> Told:
    if told.kind == "date" or told.item is not None:
        return told
    return Told(told.column.try_cast("date"), "date")


def _unknown() -> Any:
    return constant(ibis.literal(None, type="boolean"))


def _all(truths: list[Any]) -> Any:
    whole = truths[0]
    for truth in truths[1:]:
        whole = whole & truth
    return whole


def _any(truths: list[Any]) -> Any:
    whole = truths[0]
    for truth in truths[1:]:
        whole = whole | truth
    return whole
