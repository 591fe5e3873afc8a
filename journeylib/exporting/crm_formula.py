"""Criteria as formulas of Salesforce, by the syntax tree; what a formula cannot say is an `Unmapped`.

FEEL knows three answers: a comparison with nothing in the field is neither true nor false, and a
criterion holds only where it is true. A formula knows two. So each comparison also asks for the field
to be filled, and ``not`` is carried down to the comparisons, where it means the opposite operator.
Source: Salesforce Help, "Formula Operators and Functions" (AND, OR, NOT, ISBLANK, ISPICKVAL, DATEVALUE).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from journeylib.spec import feel
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import ItemType
from journeylib.terms import Text, say, stable_id

_OPPOSITE: Mapping[str, str] = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_MIRRORED: Mapping[str, str] = {"=": "=", "<>": "<>", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_NAME_LIMIT = 40


class Unmapped(Exception):  # noqa: N818 - it is an answer, caught where the question was asked
    """A part of a criterion that the formula language has no words for, with the reason."""

    def __init__(self, reason: Text) -> None:
        self.reason = reason
        super().__init__(reason.en)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the deal and its names in the CRMs; `item` is None for a deed that is ticked."""

    key: str
    label: Text
    type: ItemType
    item: str | None

    @property
    def salesforce(self) -> str:
        """A custom field's API name: letters, digits, single underscores, then ``__c``.

        >>> Field("budget_2", Text.same("b"), "number", "budget_2").salesforce
        'budget_2__c'
        """
        if self.key.endswith("__c") and re.fullmatch(r"[A-Za-z]\w*", self.key, re.ASCII):
            return self.key
        return f"{_plain(self.key)}__c"

    @property
    def hubspot(self) -> str:
        """A property's internal name: lower case letters, digits, underscores."""
        return _plain(self.key.removesuffix("__c")).lower()


def _plain(key: str) -> str:
    """An ASCII name; what has none is named by a stable id (its label says what it is)."""
    name = re.sub(r"_+", "_", re.sub(r"[^A-Za-z0-9_]", "_", key)).strip("_")
    is_ascii = key.isascii() and re.match(r"[A-Za-z]", name) and len(name) <= _NAME_LIMIT
    return name if is_ascii else stable_id("f", key).replace("-", "_")


def fields(spec: TargetSpec) -> dict[str, Field]:
    """A field per information item (by its id) and per activity (by its event, as ``done:…``)."""
    items = {i.id: Field(i.id, i.name, i.type, i.id) for i in spec.information}
    deeds = {
        f"done:{a.event}": Field(
            f"done_{a.event}", say("document.crm_done", activity=a.name), "boolean", None
        )
        for a in spec.activities
    }
    return items | deeds


@dataclass(frozen=True)
class Formula:
    """Turns criteria into formulas over these `fields`."""

    fields: Mapping[str, Field]

    def holds(self, criterion: str) -> str:
        """The formula that is true exactly where the criterion is."""
        return self._holds(feel.parse(criterion))

    def fails(self, criterion: str) -> str:
        """The condition of an error: true wherever the criterion is not."""
        return self._fails(feel.parse(criterion))

    def _fails(self, tree: feel.Expression) -> str:
        match tree:
            case feel.Both(parts):
                return _call("OR", *map(self._fails, parts))
            case feel.Either(parts):
                return _call("AND", *map(self._fails, parts))
            case feel.Compare("=" | "!=" as operator, feel.Name() as name, feel.Literal(None)):
                return self._filled(self._field(name), "<>" if operator == "=" else "=")
            case _:
                return _call("NOT", self._holds(tree))

    def _holds(self, tree: feel.Expression) -> str:
        match tree:
            case feel.Both(parts):
                return _call("AND", *map(self._holds, parts))
            case feel.Either(parts):
                return _call("OR", *map(self._holds, parts))
            case feel.Negation(part):
                return self._denied(part)
            case feel.Compare(operator, left, right):
                return self._compared("<>" if operator == "!=" else operator, left, right)
            case feel.Among(subject, tests):
                return _call("OR", *(self._within(subject, test) for test in tests))
            case feel.Within() | feel.Name() | feel.Literal():
                return self._truth(tree)

    def _denied(self, tree: feel.Expression) -> str:
        """True exactly where ``not(tree)`` is: not where nothing is known."""
        match tree:
            case feel.Both(parts):
                return _call("OR", *map(self._denied, parts))
            case feel.Either(parts):
                return _call("AND", *map(self._denied, parts))
            case feel.Negation(part):
                return self._holds(part)
            case feel.Compare(operator, left, right):
                sign = "<>" if operator == "!=" else operator
                return self._compared(_OPPOSITE[sign], left, right)
            case feel.Among(subject, tests):
                return _call("AND", *(self._outside(subject, test) for test in tests))
            case feel.Within() | feel.Name() | feel.Literal():
                return _call("NOT", self._truth(tree))

    # -- leaves ----------------------------------------------------------------------------------

    def _truth(self, tree: feel.Expression) -> str:
        """What is true or false by itself: a ticked field, a deed done."""
        match tree:
            case feel.Literal(bool() as value):
                return str(value).upper()
            case feel.Within(feel.Literal(str() as event), feel.Name(feel.DONE)):
                return self.fields[f"done:{event}"].salesforce
            case feel.Name(id) if id in self.fields and self.fields[id].type == "boolean":
                return self.fields[id].salesforce
            case _:
                raise Unmapped(say("document.crm_no_truth", part=feel.to_text(tree)))

    def _compared(self, sign: str, left: feel.Expression, right: feel.Expression) -> str:
        if isinstance(left, feel.Literal) and isinstance(right, feel.Name):
            return self._compared(_MIRRORED[sign], right, left)
        if not isinstance(left, feel.Name):
            raise Unmapped(say("document.crm_no_field", part=feel.to_text(left)))
        field = self._field(left)
        match right:
            case feel.Literal(None):
                return self._filled(field, sign)
            case feel.Literal(bool() as value) if field.type == "boolean" and sign in ("=", "<>"):
                return field.salesforce if value == (sign == "=") else f"NOT({field.salesforce})"
            case feel.Name():
                other = self._field(right)
                both = (f"NOT(ISBLANK({f.salesforce}))" for f in (field, other))
                return _call("AND", *both, f"{field.salesforce} {sign} {other.salesforce}")
            case feel.Literal(value):
                known = f"NOT(ISBLANK({field.salesforce}))"
                told = _value(value, field)
                return _call("AND", known, f"{field.salesforce} {sign} {told}")
            case _:
                raise Unmapped(say("document.crm_no_field", part=feel.to_text(right)))

    def _filled(self, field: Field, sign: str) -> str:
        if field.type == "boolean":
            raise Unmapped(say("document.crm_checkbox", field=field.label))
        if sign not in ("=", "<>"):
            raise Unmapped(say("document.crm_no_order"))
        blank = f"ISBLANK({field.salesforce})"
        return blank if sign == "=" else f"NOT({blank})"

    def _field(self, name: feel.Name) -> Field:
        if name.id not in self.fields:
            raise Unmapped(say("document.crm_no_field", part=name.id))
        return self.fields[name.id]

    def _within(self, subject: feel.Expression, test: feel.Expression | feel.Range) -> str:
        if not isinstance(test, feel.Range):
            return self._compared("=", subject, test)
        low, high = ">=" if test.low_closed else ">", "<=" if test.high_closed else "<"
        ends = (self._compared(low, subject, test.low), self._compared(high, subject, test.high))
        return _call("AND", *ends)

    def _outside(self, subject: feel.Expression, test: feel.Expression | feel.Range) -> str:
        if not isinstance(test, feel.Range):
            return self._compared("<>", subject, test)
        low, high = "<" if test.low_closed else "<=", ">" if test.high_closed else ">="
        ends = (self._compared(low, subject, test.low), self._compared(high, subject, test.high))
        return _call("OR", *ends)


def _call(function: str, *parts: str) -> str:
    return parts[0] if function != "NOT" and len(parts) == 1 else f"{function}({', '.join(parts)})"


def _value(value: str | float | None, field: Field) -> str:
    """A value in the type of its field; of another type FEEL would never find them equal."""
    match value, field.type:
        case str(), "string":
            return quoted(value)
        case str(), "date":
            return f"DATEVALUE({quoted(value)})"
        case ((int() | float()), "number") if not isinstance(value, bool):
            return f"{value}"
        case _:
            raise Unmapped(say("document.crm_wrong_type", field=field.label, value=value))


def quoted(text: str) -> str:
    """A text literal of a formula.

    >>> print(quoted('a "b"'))
    "a \\"b\\""
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + " ".join(escaped.split()) + '"'
