"""Measures of the values that cases show: amounts, dates, contacts, required fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.findings.patterns.cases import Ask, Cases, Column, Columns, Concepts, Outcome
from journeylib.findings.patterns.measure import firsts, micro, tally, values
from journeylib.terms import Span


@dataclass(frozen=True, slots=True)
class Decrease:
    """The last number a case shows in `column` lies more than the share `by` below the first."""

    column: Column
    by: float
    outcome: Outcome = "any"
    unit: ClassVar[str] = "case"
    place: ClassVar[str | None] = None

    def asks(self) -> Iterator[Ask]:
        """What it has to know of each case."""
        return values(self.column, "told", "before", "after")

    def things(self, cases: Cases) -> ir.Table:
        """One row per case that shows a number twice or more."""
        told, before, after = map(cases.known, self.asks())
        before, after = (value.try_cast("float64") for value in (before, after))
        scope = cases.reached((), self.outcome).filter(told > 1)
        scope = scope.mutate(before=before, after=after).filter(_.before > 0, _.after.notnull())
        return tally(scope, _.after < _.before * (1 - self.by))


@dataclass(frozen=True, slots=True)
class Postponement:
    """The last date a case shows in `column` lies more than `by` after the first."""

    column: Column
    by: Span
    outcome: Outcome = "any"
    unit: ClassVar[str] = "h"
    place: ClassVar[str | None] = None

    def asks(self) -> Iterator[Ask]:
        """What it has to know of each case."""
        return values(self.column, "told", "before", "after")

    def things(self, cases: Cases) -> ir.Table:
        """One row per case that shows a date twice or more; lost is the time it was pushed by."""
        told, before, after = map(cases.known, self.asks())
        scope = cases.reached((), self.outcome).filter(told > 1)
        scope = scope.mutate(pushed=_when(after) - _when(before)).filter(_.pushed.notnull())
        return tally(scope, _.pushed > micro(self.by), amount=_.pushed)


def _when(date: Any) -> Any:
    """A date written as text, in µs; null where it is none."""
    return date.try_cast("timestamp").epoch_seconds() * 1_000_000


@dataclass(frozen=True, slots=True)
class Single:
    """A case shows one and the same value in `column` all along, and never a second one."""

    column: Column
    reached: Concepts = ()
    outcome: Outcome = "any"
    unit: ClassVar[str] = "case"
    place: ClassVar[str | None] = None

    def asks(self) -> Iterator[Ask]:
        """What it has to know of each case."""
        yield from firsts(self.reached)
        yield from values(self.column, "told", "least", "greatest")

    def things(self, cases: Cases) -> ir.Table:
        """One row per case in scope that shows any value."""
        told, least, greatest = map(cases.known, values(self.column, "told", "least", "greatest"))
        scope = cases.reached(self.reached, self.outcome).filter(told > 0)
        return tally(scope, least == greatest)


@dataclass(frozen=True, slots=True)
class Missing:
    """`by` is done while the case has not yet shown a value in one of `columns`, per column.

    Only columns that the log has are asked for: a column that nobody keeps is a gap of the log.
    """

    columns: Columns
    by: Concepts
    unit: ClassVar[str] = "case"
    place: ClassVar[str | None] = "attribute"

    def asks(self) -> Iterator[Ask]:
        """What it has to know of each case."""
        yield from firsts(self.by)
        for kind in self.columns:
            yield Ask("known", (kind,))

    def things(self, cases: Cases) -> ir.Table:
        """One row per case that does `by`, and column."""
        scope = cases.reached(self.by)
        kept = [kind for kind in self.columns if kind in cases.columns]
        return ibis.union(*(self._of(cases, scope, kind) for kind in kept), distinct=False)

    def _of(self, cases: Cases, scope: ir.Table, kind: Column) -> ir.Table:
        late = cases.known(Ask("known", (kind,))) > cases.first(self.by)
        return tally(scope, late.fill_null(True), place=ibis.literal(cases.columns[kind]))
