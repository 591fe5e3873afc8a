"""What the rules ask of each case, answered for all of them in a few scans.

Rules do not query the log. They ask the ledger: when was this first done, when was that stage entered,
what was known by then. Each question becomes one aggregate; those over the events alone are answered
together in one GROUP BY, those that need an answer of the first kind in a second one, and the few that
need a table of their own are joined at the end. The ledger is one row per case; whatever never was has
the position `FAR`, so that "before" is a plain comparison and nothing is null.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
from ibis import Deferred, _

from journeylib.checking.rules import Rule
from journeylib.findings.clocks import moment_of, works
from journeylib.journey import Journey
from journeylib.spec.model import TargetSpec
from journeylib.terms import Clock

FAR = 2**31 - 1
"""The position of what never was: beyond the last event of any case."""

_NEVER = 2**62
"""The moment of what never was, in µs."""


@dataclass(frozen=True)
class Member:
    """A rule of a family that has a table of its own, and the names of its three counts there."""

    rule: Rule
    names: tuple[str, str, str]
    extra: Any = None


@dataclass(frozen=True, eq=False)
class Setting:
    """A journey seen through a specification: whose stages they are, and when observation ended."""

    journey: Journey
    spec: TargetSpec

    @cached_property
    def events(self) -> ir.Table:
        """The ordered events as the rules see them.

        Added are ``ck_stage`` (place of the stage in the specification, -1 for none), ``ck_does`` and
        ``ck_next`` (numbers of this activity and the next, see `number`) and, where hand-overs are
        asked for, ``ck_taker``: the next department at work on the case, with the time until then
        (``ck_taken``, µs, and ``ck_taken_worked`` in working time), null where nobody takes it over.
        """
        events = _with_takers(self, _numbered(self, self.journey.event_table))
        small = _.position.cast("int32")  # half the memory of the largest GROUP BY there is
        return events.mutate(ck_stage=self._stage_of(), position=small)

    def _stage_of(self) -> Deferred:
        """The log's own stage column is believed; without one, the specification says where the
        activities it names belong, and the lifecycle only where all others do. Recording a loss is
        not reaching the stage of its words.
        """
        by_name = ibis.cases(
            *((_.stage_id == id, s) for s, id in enumerate(self.stage_ids)), else_=-1
        )
        if self.journey.log.has("stage"):
            return by_name
        by_lifecycle = (_.decides == "lost").ifelse(-1, by_name)
        return (_.ck_own >= 0).ifelse(_.ck_own, by_lifecycle)

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """A number for each activity the specification names: comparing numbers is quicker."""
        return {activity.event: n for n, activity in enumerate(self.spec.activities)}

    def number(self, activity: str) -> int:
        """The number of an activity as in ``ck_does``."""
        return self.numbers[activity]

    @property
    def decided(self) -> bool:
        """Whether outcomes are known; without them every case counts as finished."""
        return self.journey.outcomes.won is not None

    @cached_property
    def stage_ids(self) -> tuple[str, ...]:
        """The stages of the specification, in order."""
        return tuple(stage.id for stage in self.spec.stages)

    @cached_property
    def won_in(self) -> int:
        """The place of the stage in which the specification says that a case is won; -1 without."""
        places = [
            s
            for s, stage in enumerate(self.spec.stages)
            if any(activity.outcome == "won" for activity in stage.activities)
        ]
        return max(places, default=-1)

    @cached_property
    def ends(self) -> Mapping[Clock, int]:
        """The end of observation on each clock the journey has (µs)."""
        e = self.journey.event_table
        clocks = [Clock.CALENDAR, *([Clock.WORKING] if works(e) else [])]
        row = self.journey.log.engine.row(
            e.aggregate(**{clock.value: moment_of(e, clock).max() for clock in clocks})
        )
        return {clock: int(getattr(row, clock.value)) for clock in clocks}


def _numbered(setting: Setting, events: ir.Table) -> ir.Table:
    """Events with ``ck_does``, ``ck_next`` and ``ck_own``, the stage the specification gives."""
    own = [
        (activity.event, n, s)
        for n, (activity, s) in enumerate(
            (activity, s) for s, st in enumerate(setting.spec.stages) for activity in st.activities
        )
    ]
    if not own:
        return events.mutate(ck_does=-1, ck_next=-1, ck_own=-1)
    names, numbers, stages = zip(*own, strict=True)
    lookup = setting.journey.log.engine.lookup(
        {"ck_name": list(names), "ck_number": list(numbers), "ck_in": list(stages)}
    )
    following = lookup.view()
    joined = events.left_join(lookup, events.activity == lookup.ck_name).select(
        events, ck_does=lookup.ck_number.fill_null(-1), ck_own=lookup.ck_in.fill_null(-1)
    )
    return joined.left_join(following, joined.next_activity == following.ck_name).select(
        joined, ck_next=following.ck_number.fill_null(-1)
    )


def _with_takers(setting: Setting, events: ir.Table) -> ir.Table:
    log = setting.journey.log
    if not log.has("department") or not any(stage.handovers for stage in setting.spec.stages):
        return events
    if log.work is log.events:
        own = {"ck_taken_worked": _.worked_wait} if works(events) else {}
        return events.mutate(ck_taker=_.next_department, ck_taken=_.next_at - _.at, **own)
    taken = log.engine.materialise(_taken(setting.journey.event_table, log.work), "taken")
    joined = events.left_join(taken, ["case_id", "position"], rname="ck_right_{name}")
    return joined.drop("ck_right_case_id", "ck_right_position")


def _taken(events: ir.Table, work: ir.Table) -> ir.Table:
    """For each event of work: who takes over next, looking past what automation does between."""
    order = ibis.window(group_by="case_id", order_by="position")
    staffed = events.semi_join(work, ["case_id", "position"])
    own = {"ck_taken_worked": _.worked.lead().over(order) - _.worked} if works(events) else {}
    return staffed.mutate(
        ck_taker=_.department.lead().over(order), ck_taken=_.at.lead().over(order) - _.at, **own
    ).select("case_id", "position", "ck_taker", "ck_taken", *own)


Family = Callable[[Setting, ir.Table, Sequence[Member]], ir.Table]


@dataclass(eq=False)
class Ledger:
    """Collects questions, each once; `table` answers them all. Answers are columns, given as `_`."""

    setting: Setting
    asked: dict[Hashable, Deferred] = field(default_factory=dict)
    alone: dict[str, tuple[Deferred, int]] = field(default_factory=dict)
    beside: dict[str, Deferred] = field(default_factory=dict)
    families: dict[Family, list[Member]] = field(default_factory=dict)

    # -- of a case, by its events alone --------------------------------------------------------

    def first(self, activity: str) -> Deferred:
        """Position of the first event of `activity`; `FAR` without any."""
        done = _.ck_does == self.setting.number(activity)
        return self._alone(("first", activity), _.position.min(where=done), FAR)

    def last(self, activity: str) -> Deferred:
        """Position of its last event; 0 without any."""
        done = _.ck_does == self.setting.number(activity)
        return self._alone(("last", activity), _.position.max(where=done), 0)

    def count(self, key: Hashable, holds: Deferred) -> Deferred:
        """How many of its events fulfil a condition; `key` tells one question from another."""
        return self._alone(("count", key), _.count(where=holds), 0)

    def known(self, attribute: str) -> Deferred:
        """Position of the first event that shows a value of `attribute`; `FAR` without any."""
        shown = _[attribute].notnull()
        return self._alone(("known", attribute), _.position.min(where=shown), FAR)

    def shown(self, attribute: str, department: str) -> Deferred:
        """Position of the last event at which `department` shows a value; 0 without any."""
        there = _[attribute].notnull() & (_.department == department)
        return self._alone(("shown", attribute, department), _.position.max(where=there), 0)

    def entered(self, s: int) -> Deferred:
        """Position of the first event in stage `s`; `FAR` where it is never reached."""
        return self._alone(("entered", s), _.position.min(where=_.ck_stage == s), FAR)

    def entered_at(self, s: int, clock: Clock) -> Deferred:
        """The moment of that event (µs of `clock`)."""
        first = moment_of(_, clock).min(where=_.ck_stage == s)
        return self._alone(("entered_at", s, clock), first, _NEVER)

    def last_at(self, clock: Clock) -> Deferred:
        """The moment of the last event of the case (µs of `clock`)."""
        return self._alone(("last_at", clock), moment_of(_, clock).max(), 0)

    def ended_at(self, clock: Clock) -> Deferred:
        """The moment at which the case was decided; never, while it is open."""
        won, lost = (
            self._alone((word, clock), moment_of(_, clock).min(where=_.decides == word), _NEVER)
            for word in ("won", "lost")
        )
        return ibis.cases(
            (_.ck_won & (won < _NEVER), won),
            (_.ck_lost & (lost < _NEVER), lost),
            (_.ck_won | _.ck_lost, self.last_at(clock)),
            else_=_NEVER,
        )

    # -- of a case in a stage --------------------------------------------------------------------

    def onward(self, s: int) -> Deferred:
        """Position at which a stage beyond `s` is first entered."""
        return _earliest([self.entered(t) for t in range(s + 1, len(self.setting.stage_ids))], FAR)

    def onward_at(self, s: int, clock: Clock) -> Deferred:
        """The moment of it."""
        stages = range(s + 1, len(self.setting.stage_ids))
        return _earliest([self.entered_at(t, clock) for t in stages], _NEVER)

    def visits(self, s: int) -> Deferred:
        """Whether the case comes into the stage, and had not been further before."""
        entered = self.entered(s)
        return (entered < FAR) & (self.onward(s) > entered)

    def left(self, s: int) -> Deferred:
        """Position before which lies what happened before leaving: see `cohort.Cohort.visits`."""
        entered = self.entered(s)
        ended = (_.ck_ended >= entered).ifelse(_.ck_ended, FAR)
        left = ibis.least(self.onward(s), ended)
        return (left < FAR).ifelse(left, _.ck_last + 1)

    def moved_on(self, s: int) -> Deferred:
        """Whether a case in the stage has left it by going on: a further stage, or winning."""
        entered = self.entered(s)
        won_here = _.ck_won & (_.ck_ended >= entered)
        on = (self.onward(s) < FAR) | ((entered < FAR) & won_here)
        return on if self.setting.decided else on | (entered < FAR)

    def passed(self, s: int) -> Deferred:
        """Whether the case went on from the stage, or past it without ever being in it."""
        on = self.moved_on(s)
        return on | _.ck_won if s <= self.setting.won_in else on

    # -- what needs an answer first ----------------------------------------------------------------

    def count_beside(self, key: Hashable, holds: Deferred) -> Deferred:
        """How many events fulfil a condition that also speaks of answers about their case."""
        return self._beside(("count", key), _.count(where=holds))

    def value_before(self, attribute: str, key: Hashable, position: Deferred) -> Deferred:
        """The value of `attribute` last shown before `position` of the case; `key` names that place."""
        shown = _[attribute].notnull() & (_.position < position)
        return self._beside(("value", attribute, key), _[attribute].argmax(_.position, where=shown))

    def counts(self, family: Family, rule: Rule, extra: Any = None) -> tuple[Deferred, ...]:
        """Three counts of `rule` from the table of its family."""
        members = self.families.setdefault(family, [])
        stem = f"ck_{family.__name__}_{len(members)}"
        names = (f"{stem}_a", f"{stem}_b", f"{stem}_c")
        members.append(Member(rule, names, extra))
        return tuple(_[name] for name in names)

    # -- answering -----------------------------------------------------------------------------------

    def table(self) -> ir.Table:
        """One row per case with all answers."""
        engine = self.setting.journey.log.engine
        table = engine.materialise(self._first_answers(), "ledger")
        if self.beside:
            events = self.setting.events.join(table, "case_id")
            second = events.group_by("case_id").aggregate(**self.beside)
            table = engine.materialise(table.join(second, "case_id"), "ledger")
        for family, members in self.families.items():
            side = family(self.setting, table, members)
            names = [name for member in members for name in member.names]
            joined = table.left_join(side, "case_id", rname="ck_right_{name}")
            counts = {name: joined[name].fill_null(0) for name in names}
            table = engine.materialise(joined.select(*table.columns, **counts), "ledger")
        return table

    def _first_answers(self) -> ir.Table:
        e = self.setting.events
        told = e.group_by("case_id").aggregate(
            ck_last=e.position.max(),
            ck_tail=e.ck_does.max(where=e.next_activity.isnull()),
            ck_won_by=e.position.min(where=e.decides == "won"),
            ck_lost_by=e.position.min(where=e.decides == "lost"),
            **{name: ask for name, (ask, _none) in self.alone.items()},
        )
        none = {name: _[name].fill_null(value) for name, (_ask, value) in self.alone.items()}
        cases = self.setting.journey.case_table.select("case_id", ck_outcome="outcome")
        table = told.join(cases, "case_id").mutate(**none, **self._states())
        return table.mutate(
            ck_ended=ibis.cases(
                (_.ck_won, _.ck_won_by.coalesce(_.ck_last)),
                (_.ck_lost, _.ck_lost_by.coalesce(_.ck_last)),
                else_=FAR,
            )
        )

    def _states(self) -> dict[str, Any]:
        known = ibis.literal(self.setting.decided)
        return {
            "ck_won": (_.ck_outcome == "won") & known,
            "ck_lost": (_.ck_outcome == "lost") & known,
            "ck_open": (_.ck_outcome == "open") & known,
        }

    def _alone(self, key: Hashable, ask: Deferred, none: int) -> Deferred:
        if key not in self.asked:
            name = f"ck_{len(self.asked)}"
            self.asked[key], self.alone[name] = _[name], (ask, none)
        return self.asked[key]

    def _beside(self, key: Hashable, ask: Deferred) -> Deferred:
        if key not in self.asked:
            name = f"ck_{len(self.asked)}"
            self.asked[key], self.beside[name] = _[name], ask
        return self.asked[key]


def _earliest(positions: Sequence[Deferred], none: int) -> Deferred:
    if not positions:
        return Deferred(ibis.literal(none, type="int64"))
    return ibis.least(*positions) if len(positions) > 1 else positions[0]


def narrow(table: ir.Table, *columns: str) -> ir.Table:
    """A table of the engine as if it had only these columns: Ibis is slow where there are hundreds."""
    whole = table.op()
    if not isinstance(whole, ops.DatabaseTable):
        return table.select(*columns)
    schema = ibis.schema({name: table.schema()[name] for name in columns})
    return ops.DatabaseTable(whole.name, schema, whole.source, whole.namespace).to_expr()
