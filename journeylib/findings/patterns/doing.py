"""Measures of what is done, how often, in which order and how soon."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.findings.patterns.cases import Ask, Cases, Concepts, Outcome
from journeylib.findings.patterns.measure import firsts, micro, tally
from journeylib.terms import Span

_DAY, _MINUTE = 86_400_000_000, 60_000_000


@dataclass(frozen=True, slots=True)
class Response:
    """After `after`, `by` (or without it anything) does not follow `within` that time.

    In scope are cases whose `after` lies at least that far before the end of observation, so that
    each could be answered in time; a case closed unanswered before the limit is out of scope. A loss
    without a time of its own closes nothing: such a case counts as unanswered, its hours as unknown.
    With `weekend`, only what comes on Saturday or Sunday (local time) is asked. A log without any
    activity of `covering` says nothing about what follows, and is not asked at all.
    """

    after: Concepts
    within: Span
    by: Concepts = ()
    outcome: Outcome = "any"
    weekend: bool = False
    covering: Concepts = ()
    unit: ClassVar[str] = "h"
    place: ClassVar[str | None] = None

    def asks(self) -> Iterator[Ask]:
        """What it has to know of each case."""
        yield from firsts(self.after)
        yield Ask("answered", self.by, self.after)

    def things(self, cases: Cases) -> ir.Table:
        """One row per case asked in time to be answered."""
        asked = cases.reached(self.after, self.outcome).mutate(asked=cases.first(self.after))
        asked = asked.mutate(due=_.asked + micro(self.within)).filter(_.due <= cases.last_at)
        if self.weekend:
            asked = asked.filter(_weekend(cases, asked))
        both = asked.mutate(
            answered=cases.known(Ask("answered", self.by, self.after)),
            closed=(asked.outcome_at > asked.asked).ifelse(asked.outcome_at, None),
        )
        both = both.filter(_.answered.notnull() | (_.closed >= _.due).fill_null(True))
        still = (_.outcome == "open").ifelse(cases.last_at, None)
        until = _.answered.coalesce(_.closed, still)
        late = (_.answered > _.due).fill_null(True)
        return tally(both, late, amount=until - _.due)


def _weekend(cases: Cases, asked: ir.Table) -> Any:
    """1970 began on a Thursday: days since then, plus four, count from Sunday."""
    shift = asked.offset.fill_null(0) * _MINUTE if cases.journey.log.has("utc_offset") else 0
    return ((((asked.asked + shift) // _DAY) + 4) % 7).isin([0, 6])


@dataclass(frozen=True, slots=True)
class Absence:
    """`of` is never done, in cases of this `outcome` that `reached` something."""

    of: Concepts
    reached: Concepts = ()
    outcome: Outcome = "any"
    unit: ClassVar[str] = "case"
    place: ClassVar[str | None] = None

    def asks(self) -> Iterator[Ask]:
        """What it has to know of each case."""
        return firsts(self.of, self.reached)

    def things(self, cases: Cases) -> ir.Table:
        """One row per case in scope."""
        return tally(cases.reached(self.reached, self.outcome), cases.first(self.of).isnull())


@dataclass(frozen=True, slots=True)
class Precedence:
    """`then` is done although `first` was not done before it.

    `optional`: only cases in which `first` is done at all, be it too late, are in scope.
    """

    first: Concepts
    then: Concepts
    optional: bool = False
    unit: ClassVar[str] = "case"
    place: ClassVar[str | None] = None

    def asks(self) -> Iterator[Ask]:
        """What it has to know of each case."""
        return firsts(self.first, self.then)

    def things(self, cases: Cases) -> ir.Table:
        """One row per case that does `then`."""
        scope = cases.reached(self.then)
        if self.optional:
            scope = scope.filter(cases.first(self.first).notnull())
        late = cases.first(self.first) > cases.first(self.then)
        return tally(scope, late.fill_null(True))


@dataclass(frozen=True, slots=True)
class Repetition:
    """One and the same activity among `of` is done more than so many times, or `signs` says so."""

    of: Concepts
    more_than: int
    signs: Concepts = ()
    unit: ClassVar[str] = "h"
    place: ClassVar[str | None] = None

    def asks(self) -> Iterator[Ask]:
        """What it has to know of each case."""
        yield from firsts(self.of, self.signs)
        yield Ask("last", self.of)
        yield Ask("most", self.of)
        if self.signs:
            yield Ask("last", self.signs)

    def things(self, cases: Cases) -> ir.Table:
        """One row per case that does it at all; lost are the hours from the first to the last."""
        hit = cases.known(Ask("most", self.of)) > self.more_than
        until = cases.known(Ask("last", self.of))
        if self.signs and cases.has(self.signs):
            hit |= cases.first(self.signs).notnull()
            until = ibis.greatest(until, cases.known(Ask("last", self.signs)).coalesce(until))
        return tally(cases.reached(self.of), hit, amount=until - cases.first(self.of))


@dataclass(frozen=True, slots=True)
class Occurrence:
    """`of` is done, in cases of this `outcome` that `reached` something."""

    of: Concepts
    reached: Concepts = ()
    outcome: Outcome = "any"
    unit: ClassVar[str] = "case"
    place: ClassVar[str | None] = None

    def asks(self) -> Iterator[Ask]:
        """What it has to know of each case."""
        return firsts(self.of, self.reached)

    def things(self, cases: Cases) -> ir.Table:
        """One row per case in scope."""
        return tally(cases.reached(self.reached, self.outcome), cases.first(self.of).notnull())


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing has happened for `longer_than` in cases of this `outcome`, at the end of observation.

    Cases silent for `shorter_than` that or more are out of scope: they are another pattern's.
    """

    longer_than: Span
    shorter_than: Span | None = None
    reached: Concepts = ()
    outcome: Outcome = "open"
    unit: ClassVar[str] = "h"
    place: ClassVar[str | None] = None

    def asks(self) -> Iterator[Ask]:
        """What it has to know of each case."""
        return firsts(self.reached)

    def things(self, cases: Cases) -> ir.Table:
        """One row per case in scope: a picture of the day on which the log ends."""
        limit = cases.last_at - micro(self.longer_than)
        scope = cases.reached(self.reached, self.outcome)
        if self.shorter_than:
            scope = scope.filter(_.end > cases.last_at - micro(self.shorter_than))
        return tally(scope, _.end < limit, amount=limit - _.end)
