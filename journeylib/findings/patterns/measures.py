"""What a pattern can count: each measure is a few parameters and one question to the cases.

`things` gives one row per case (visit, batch …) in scope: ``case_id``, ``hit`` (concerned or not),
``amount`` (hours lost, where that makes sense), ``weight`` (1, or how many it stands for) and
``place`` (the stage or column it is about, else empty). Names follow Declare where it has one
(Pesic, Schonenberg & van der Aalst 2007).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.findings.patterns.cases import Ask, Cases, Column, Columns, Concepts, Outcome
from journeylib.terms import Span

_DAY = 86_400_000_000
_MINUTE = 60_000_000
_ONE, _NOWHERE, _UNKNOWN = ibis.literal(1), ibis.literal(""), ibis.literal(None, "float64")


class Measure(Protocol):
    """What all measures have: the unit of what is lost, what `place` is, and the counting itself."""

    unit: ClassVar[str]
    place: ClassVar[str | None]

    def asks(self) -> Iterator[Ask]:
        """What it has to know of each case."""
        ...

    def things(self, cases: Cases) -> ir.Table:
        """What is in scope, and which of it is concerned."""
        ...


def _firsts(*concepts: Concepts) -> Iterator[Ask]:
    return (Ask("first", several) for several in concepts if several)


def _values(kind: Column, *whats: str) -> Iterator[Ask]:
    return (Ask(what, (kind,)) for what in whats)


def _things(
    table: ir.Table,
    hit: Any,
    *,
    amount: Any = None,
    weight: Any = _ONE,
    place: Any = _NOWHERE,
) -> ir.Table:
    """These rows as a measure gives them; `amount` in µs is only ever added up over hits."""
    hours = _UNKNOWN if amount is None else amount.cast("float64") / 3.6e9
    place = place.cast("string")
    return table.select("case_id", hit=hit, amount=hours, weight=weight.cast("int64"), place=place)


def _micro(span: Span) -> int:
    return int(span.seconds * 1e6)


@dataclass(frozen=True, slots=True)
class Response:
    """After `after`, `by` (or without it anything) does not follow `within` that time.

    In scope are cases whose `after` lies at least that far before the end of observation, so that
    each could be answered in time; a case closed unanswered before the limit is out of scope. A loss
    without a time of its own closes nothing: such a case counts as unanswered, its hours as unknown.
    With `weekend`, only what comes on Saturday or Sunday (local time) is asked.
    """

    after: Concepts
    within: Span
    by: Concepts = ()
    outcome: Outcome = "any"
    weekend: bool = False
    unit: ClassVar[str] = "h"
    place: ClassVar[str | None] = None

    def asks(self) -> Iterator[Ask]:
        """What it has to know of each case."""
        yield from _firsts(self.after)
        yield Ask("answered", self.by, self.after)

    def things(self, cases: Cases) -> ir.Table:
        """One row per case asked in time to be answered."""
        asked = cases.reached(self.after, self.outcome).mutate(asked=cases.first(self.after))
        asked = asked.mutate(due=_.asked + _micro(self.within)).filter(_.due <= cases.last_at)
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
        return _things(both, late, amount=until - _.due)


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
        return _firsts(self.of, self.reached)

    def things(self, cases: Cases) -> ir.Table:
        """One row per case in scope."""
        return _things(cases.reached(self.reached, self.outcome), cases.first(self.of).isnull())


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
        return _firsts(self.first, self.then)

    def things(self, cases: Cases) -> ir.Table:
        """One row per case that does `then`."""
        scope = cases.reached(self.then)
        if self.optional:
            scope = scope.filter(cases.first(self.first).notnull())
        late = cases.first(self.first) > cases.first(self.then)
        return _things(scope, late.fill_null(True))


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
        yield from _firsts(self.of, self.signs)
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
        return _things(cases.reached(self.of), hit, amount=until - cases.first(self.of))


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
        return _firsts(self.of, self.reached)

    def things(self, cases: Cases) -> ir.Table:
        """One row per case in scope."""
        return _things(cases.reached(self.reached, self.outcome), cases.first(self.of).notnull())


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
        return _firsts(self.reached)

    def things(self, cases: Cases) -> ir.Table:
        """One row per case in scope: a picture of the day on which the log ends."""
        limit = cases.last_at - _micro(self.longer_than)
        scope = cases.reached(self.reached, self.outcome)
        if self.shorter_than:
            scope = scope.filter(_.end > cases.last_at - _micro(self.shorter_than))
        return _things(scope, _.end < limit, amount=limit - _.end)


@dataclass(frozen=True, slots=True)
class Dwell:
    """A stay in a stage lasts longer than `ratio` times the stage's median, per stage.

    In scope are stays that began early enough to be seen to last so long. The stage a journey ends
    in has no end of a stay.
    """

    ratio: float
    outcome: Outcome = "any"
    unit: ClassVar[str] = "h"
    place: ClassVar[str | None] = "stage"

    def asks(self) -> Iterator[Ask]:
        """What it has to know of each case."""
        return _firsts()

    def things(self, cases: Cases) -> ir.Table:
        """One row per case and stage."""
        limits = self._limits(cases)
        stays = cases.visits.filter(cases.ended(self.outcome), _.stage_id.isin(list(limits)))
        closed = (stays.outcome_at >= stays.entered).ifelse(stays.outcome_at, cases.last_at)
        left = ibis.least(stays.onward.coalesce(closed), closed)
        due = ibis.cases(*((stays.stage_id == name, micro) for name, micro in limits.items()))
        stays = stays.mutate(stay=left - stays.entered, due=due)
        stays = stays.filter(_.due > 0, _.entered + _.due <= cases.last_at)
        return _things(stays, _.stay > _.due, amount=_.stay - _.due, place=_.stage_id)

    def _limits(self, cases: Cases) -> dict[str, int]:
        """The limit of each stage (µs); none where the median is unknown."""
        return {
            stage.id: int(self.ratio * (stage.dwell.value or 0.0) * 3.6e9)
            for stage in cases.stages[:-1]
        }


@dataclass(frozen=True, slots=True)
class Skip:
    """A stage between the first and the furthest of a case is missing."""

    outcome: Outcome = "any"
    unit: ClassVar[str] = "case"
    place: ClassVar[str | None] = None

    def asks(self) -> Iterator[Ask]:
        """What it has to know of each case."""
        return _firsts()

    def things(self, cases: Cases) -> ir.Table:
        """One row per case that goes over two stages or more."""
        visits = cases.visits.filter(cases.ended(self.outcome))
        per_case = visits.group_by("case_id").aggregate(
            span=_.rank.max() - _.rank.min() + 1, seen=_.rank.nunique()
        )
        return _things(per_case.filter(_.span > 2), _.seen < _.span)


@dataclass(frozen=True, slots=True)
class Regression:
    """A case that had entered a further stage first comes to an earlier one only then."""

    outcome: Outcome = "any"
    unit: ClassVar[str] = "case"
    place: ClassVar[str | None] = None

    def asks(self) -> Iterator[Ask]:
        """What it has to know of each case."""
        return _firsts()

    def things(self, cases: Cases) -> ir.Table:
        """One row per case that visits two stages or more."""
        visits = cases.visits.filter(cases.ended(self.outcome))
        per_case = visits.group_by("case_id").aggregate(
            stages=_.rank.nunique(), back=(_.last > _.onward).any().fill_null(False)
        )
        return _things(per_case.filter(_.stages > 1), _.back)


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
        return _values(self.column, "told", "before", "after")

    def things(self, cases: Cases) -> ir.Table:
        """One row per case that shows a number twice or more."""
        told, before, after = map(cases.known, self.asks())
        before, after = before.cast("float64"), after.cast("float64")
        scope = cases.reached((), self.outcome).filter(told > 1)
        scope = scope.mutate(before=before, after=after).filter(_.before > 0, _.after.notnull())
        return _things(scope, _.after < _.before * (1 - self.by))


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
        return _values(self.column, "told", "before", "after")

    def things(self, cases: Cases) -> ir.Table:
        """One row per case that shows a date twice or more; lost is the time it was pushed by."""
        told, before, after = map(cases.known, self.asks())
        scope = cases.reached((), self.outcome).filter(told > 1)
        scope = scope.mutate(pushed=_when(after) - _when(before)).filter(_.pushed.notnull())
        return _things(scope, _.pushed > _micro(self.by), amount=_.pushed)


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
        yield from _firsts(self.reached)
        yield from _values(self.column, "told", "least", "greatest")

    def things(self, cases: Cases) -> ir.Table:
        """One row per case in scope that shows any value."""
        told, least, greatest = map(cases.known, _values(self.column, "told", "least", "greatest"))
        scope = cases.reached(self.reached, self.outcome).filter(told > 0)
        return _things(scope, least == greatest)


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
        yield from _firsts(self.by)
        for kind in self.columns:
            yield Ask("known", (kind,))

    def things(self, cases: Cases) -> ir.Table:
        """One row per case that does `by`, and column."""
        scope = cases.reached(self.by)
        kept = [kind for kind in self.columns if kind in cases.columns]
        return ibis.union(*(self._of(cases, scope, kind) for kind in kept), distinct=False)

    def _of(self, cases: Cases, scope: ir.Table, kind: Column) -> ir.Table:
        late = cases.known(Ask("known", (kind,))) > cases.first(self.by)
        return _things(scope, late.fill_null(True), place=ibis.literal(cases.columns[kind]))


@dataclass(frozen=True, slots=True)
class Batches:
    """One person enters events of so many `cases` or more within one and the same minute.

    Events of automation, and those at midnight sharp (dates without a time), are not counted.
    """

    cases: int
    column: Column = "resource"
    unit: ClassVar[str] = "event"
    place: ClassVar[str | None] = None

    def asks(self) -> Iterator[Ask]:
        """What it has to know of each case."""
        return _firsts()

    def things(self, cases: Cases) -> ir.Table:
        """One row per person and minute, which stands for its events (and its first case)."""
        entered = cases.events.mutate(who=_[cases.columns[self.column]])
        entered = entered.filter(_.who.notnull(), _.timestamp.time() != ibis.time(0, 0, 0))
        if cases.journey.log.has("actor"):
            entered = entered.filter((_.actor != "system").fill_null(True))
        minutes = entered.group_by("who", minute=_.at // _MINUTE)
        batches = minutes.aggregate(
            events=_.count(), cases=_.case_id.nunique(), case_id=_.case_id.min()
        )
        return _things(batches, _.cases >= self.cases, weight=_.events)


@dataclass(frozen=True, slots=True)
class Collision:
    """A case of a `customer` begins under one `owner` while or soon after another works for it."""

    customer: Column
    owner: Column
    within: Span
    reached: Concepts = ()
    unit: ClassVar[str] = "case"
    place: ClassVar[str | None] = None

    def asks(self) -> Iterator[Ask]:
        """What it has to know of each case."""
        yield from _firsts(self.reached)
        yield Ask("before", (self.customer,))
        yield Ask("before", (self.owner,))

    def things(self, cases: Cases) -> ir.Table:
        """One row per case whose customer and owner are known; the owner is its first."""
        known = cases.reached(self.reached).mutate(
            customer=cases.known(Ask("before", (self.customer,))),
            owner=cases.known(Ask("before", (self.owner,))),
        ).filter(_.customer.notnull(), _.owner.notnull())
        order = ibis.window(group_by="customer", order_by=["start", "case_id"])
        known = known.mutate(rival=_.owner.lag().over(order), rival_end=_.end.lag().over(order))
        meets = (_.rival != _.owner) & (_.start - _.rival_end <= _micro(self.within))
        return _things(known, meets.fill_null(False))


@dataclass(frozen=True, slots=True)
class Returns:
    """Work passes from one person to another and back, both of one and the same `team`."""

    column: Column = "resource"
    team: Column = "department"
    unit: ClassVar[str] = "case"
    place: ClassVar[str | None] = None

    def asks(self) -> Iterator[Ask]:
        """What it has to know of each case."""
        return _firsts()

    def things(self, cases: Cases) -> ir.Table:
        """One row per case and team at work.

        A person came back if the next of the team began before this one had ended: only teams in
        which two or more have worked on the case need to be looked at.
        """
        work = cases.events.select(
            *("case_id", "position"), who=cases.columns[self.column], team=cases.columns[self.team]
        ).filter(_.who.notnull(), _.team.notnull())
        people = work.group_by("case_id", "team", "who").aggregate(
            began=_.position.min(), ended=_.position.max()
        )
        order = ibis.window(group_by=("case_id", "team"), order_by="began")
        people = people.mutate(next_began=_.began.lead().over(order))
        teams = people.group_by("case_id", "team").aggregate(
            back=(_.next_began < _.ended).any().fill_null(False)
        )
        return _things(teams, _.back)


STAGED = (Dwell, Skip, Regression)
"""Measures that need a journey of two stages or more."""

MEASURES: Mapping[str, type[Any]] = {
    "response": Response,
    "absence": Absence,
    "precedence": Precedence,
    "repetition": Repetition,
    "occurrence": Occurrence,
    "idle": Idle,
    "dwell": Dwell,
    "skip": Skip,
    "regression": Regression,
    "decrease": Decrease,
    "postponement": Postponement,
    "single": Single,
    "missing": Missing,
    "batches": Batches,
    "collision": Collision,
    "returns": Returns,
}
"""The vocabulary: what ``measure = "…"`` of a pattern may say."""
