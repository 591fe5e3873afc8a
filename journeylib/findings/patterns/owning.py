"""Measures of the people at work: batches of entries, rival owners, work passed to and fro."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.findings.patterns.cases import Ask, Cases, Column, Concepts
from journeylib.findings.patterns.measure import firsts, micro, tally
from journeylib.terms import Span

_DAY, _MINUTE = 86_400_000_000, 60_000_000


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
        return firsts()

    def things(self, cases: Cases) -> ir.Table:
        """One row per person and minute, which stands for its events (and its first case)."""
        entered = cases.events.mutate(who=_[cases.columns[self.column]])
        entered = entered.filter(_.who.notnull(), (_.at + _local(cases)) % _DAY != 0)
        if cases.journey.log.has("actor"):
            entered = entered.filter((_.actor != "system").fill_null(True))
        minutes = entered.group_by("who", minute=_.at // _MINUTE)
        batches = minutes.aggregate(
            events=_.count(), cases=_.case_id.nunique(), case_id=_.case_id.min()
        )
        return tally(batches, _.cases >= self.cases, weight=_.events)


def _local(cases: Cases) -> Any:
    """What to add to a moment (µs) for its local time."""
    return _.utc_offset.fill_null(0) * _MINUTE if cases.journey.log.has("utc_offset") else 0


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
        yield from firsts(self.reached)
        yield Ask("before", (self.customer,))
        yield Ask("before", (self.owner,))

    def things(self, cases: Cases) -> ir.Table:
        """One row per case whose customer and owner are known; the owner is its first."""
        known = (
            cases.reached(self.reached)
            .mutate(
                customer=cases.known(Ask("before", (self.customer,))),
                owner=cases.known(Ask("before", (self.owner,))),
            )
            .filter(_.customer.notnull(), _.owner.notnull())
        )
        order = ibis.window(group_by="customer", order_by=["start", "case_id"])
        known = known.mutate(rival=_.owner.lag().over(order), rival_end=_.end.lag().over(order))
        meets = (_.rival != _.owner) & (_.start - _.rival_end <= micro(self.within))
        return tally(known, meets.fill_null(False))


@dataclass(frozen=True, slots=True)
class Returns:
    """Work passes from one person to another and back, both of one and the same `team`."""

    column: Column = "resource"
    team: Column = "department"
    unit: ClassVar[str] = "case"
    place: ClassVar[str | None] = None

    def asks(self) -> Iterator[Ask]:
        """What it has to know of each case."""
        return firsts()

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
        return tally(teams, _.back)
