"""The journey as the patterns see it: one wide table of cases, made in one scan of the events.

Patterns name activities and columns by *concepts*; here a concept becomes what this log has of it.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.journey import Journey, StageFacts
from journeylib.lifecycle import UNMAPPED, matches
from journeylib.log import ROLES
from journeylib.terms import Text

Concepts = tuple[str, ...]
"""Any of these kinds of activity, by their names in ``[concepts]``."""

Column = str
"""A kind of column: a canonical role, or a name in ``[columns]``."""

Columns = tuple[str, ...]

Outcome = Literal["any", "won", "lost", "closed", "open"]
OUTCOMES: tuple[Outcome, ...] = ("any", "won", "lost", "closed", "open")


@dataclass(frozen=True, slots=True, order=True)
class Ask:
    """One thing to know of each case, so that one scan finds out all of them.

    Of activities (`of` are concepts, any of them): ``first`` and ``last`` time; ``most``, how often
    the most frequent one was done; ``answered``, when first done at or after the first of `since` (with
    no concepts: when anything happened after it). Of values (`of` is one kind of column): ``told``, how
    often one is shown; ``known``, when first; ``least`` and ``greatest``; ``before`` and ``after``, the
    first and the last one.
    """

    what: str
    of: tuple[str, ...]
    since: Concepts = ()


@dataclass(frozen=True, slots=True)
class Concept:
    """A kind of activity or column and the words by which it is recognised, in either language.

    `library` is the file that defines it: concepts of one file share out the activities, the longest
    word wins; a user's own concepts take nothing away from the shipped ones.
    """

    id: str
    name: Text
    words: tuple[str, ...]
    library: str


def recognised(concepts: Sequence[Concept], names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The names that belong to each concept, in alphabetical order; within a library each to one."""
    found: dict[str, tuple[str, ...]] = {}
    for name in sorted(names):
        for library in sorted({concept.library for concept in concepts}):
            own = [concept for concept in concepts if concept.library == library]
            if hit := _longest(own, name):
                found[hit] = (*found.get(hit, ()), name)
    return found


def _longest(concepts: Sequence[Concept], name: str) -> str | None:
    hits = [
        (len(word), -rank, concept.id)
        for rank, concept in enumerate(concepts)
        for word in concept.words
        if matches(name, (word,))
    ]
    return max(hits)[2] if hits else None


@dataclass(frozen=True, eq=False)
class Cases:
    """One journey's cases with what the patterns ask of them; its tables are made when first asked.

    `activities` holds the activities of each concept that the log has, `columns` the column of each
    kind of column, `asked` what the wide table shall hold.
    """

    journey: Journey
    activities: Mapping[str, tuple[str, ...]]
    columns: Mapping[str, str]
    asked: tuple[Ask, ...] = ()

    @classmethod
    def of(cls, journey: Journey, concepts: Sequence[Concept], kinds: Sequence[Concept]) -> Cases:
        """What `journey` has of the concepts of activities and of the kinds of columns."""
        found = recognised(kinds, journey.log.attributes)
        columns = {kind: names[0] for kind, names in found.items()}
        roles = {role: role for role in ROLES if journey.log.has(role)}
        return cls(journey, recognised(concepts, journey.activity_names), columns | roles)

    def asking(self, asked: Iterable[Ask]) -> Cases:
        """The same with a wide table that holds what is asked, as far as the log has it."""
        kept = {ask for ask in asked if self.has(ask.of) or ask.of[0] in self.columns}
        return dataclasses.replace(self, asked=tuple(sorted(kept)))

    def has(self, concepts: Concepts) -> bool:
        """Whether the log has an activity of any of them; none asked for is none missing."""
        return not concepts or any(concept in self.activities for concept in concepts)

    @property
    def last_at(self) -> int:
        """The end of observation (µs)."""
        return self.journey.log.totals.last_at

    @property
    def stages(self) -> tuple[StageFacts, ...]:
        """The stages of the journey that the lifecycle knows, in order."""
        return tuple(stage for stage in self.journey.stages if stage.id != UNMAPPED)

    # -- its tables --------------------------------------------------------------------------

    @functools.cached_property
    def events(self) -> ir.Table:
        """What was done: completions only, so that start and end of one execution are one event."""
        return self.journey.log.completions

    @functools.cached_property
    def table(self) -> ir.Table:
        """``journey.case_table`` with a column for everything asked, null where there is nothing.

        ``offset`` is that of the log's local time in minutes, where it has one.
        """
        plain = {self._name(ask): self._fact(ask) for ask in self.asked if ask.what != "answered"}
        if self.journey.log.has("utc_offset"):
            plain["offset"] = _.utc_offset.max()
        cases = self._with(self.journey.case_table, self.events, plain)
        asked = [ask for ask in self.asked if ask.what == "answered"]
        since = {f"since_{i}": self.first(ask.since) for i, ask in enumerate(asked)}
        timed = self.events.inner_join(cases.select("case_id", **since), "case_id")
        answers = {self._name(ask): self._answer(ask, i) for i, ask in enumerate(asked)}
        return self._with(cases, timed, answers)

    def _with(self, cases: ir.Table, events: ir.Table, columns: Mapping[str, Any]) -> ir.Table:
        """`cases` and these aggregates over their events."""
        if not columns:
            return cases
        found = events.group_by("case_id").aggregate(**columns)
        joined = cases.left_join(found, "case_id").drop("case_id_right")
        return self.journey.log.engine.materialise(joined, "pattern_cases")

    def _fact(self, ask: Ask) -> Any:
        return self._value(ask) if ask.of[0] in self.columns else self._moment(ask)

    def _moment(self, ask: Ask) -> Any:
        if ask.what == "most":
            times = [(_.activity == name).cast("int64").sum() for name in self._names(ask.of)]
            return ibis.greatest(*times) if len(times) > 1 else times[0]
        done = self._is(ask.of)
        return _.at.min(where=done) if ask.what == "first" else _.at.max(where=done)

    def _value(self, ask: Ask) -> Any:
        value = self.events[self.columns[ask.of[0]]]
        told = value.notnull()
        facts = {
            "told": value.count(),
            "known": _.at.min(where=told),
            "least": value.min(),
            "greatest": value.max(),
            "before": value.argmin(_.position, where=told),
            "after": value.argmax(_.position, where=told),
        }
        return facts[ask.what]

    def _answer(self, ask: Ask, i: int) -> Any:
        if not ask.of:
            return _.at.min(where=_.at > _[f"since_{i}"])
        return _.at.min(where=self._is(ask.of) & (_.at >= _[f"since_{i}"]))

    def _names(self, concepts: Concepts) -> list[str]:
        return sorted({name for c in concepts for name in self.activities.get(c, ())})

    def _is(self, concepts: Concepts) -> Any:
        return _.activity.isin(self._names(concepts))

    @functools.cached_property
    def visits(self) -> ir.Table:
        """Visits of known stages with the case's outcome; ``onward``: first entry of a further one."""
        later = ibis.window(group_by="case_id", order_by="rank", rows=(1, None))
        visits = self.journey.visit_table.filter(_.stage_id != UNMAPPED)
        visits = visits.mutate(onward=_.entered.min().over(later))
        outcomes = self.journey.case_table.select("case_id", "outcome", "outcome_at")
        joined = visits.inner_join(outcomes, "case_id")
        return self.journey.log.engine.materialise(joined, "pattern_visits")

    # -- their columns -----------------------------------------------------------------------

    def first(self, concepts: Concepts) -> Any:
        """When any of them was first done (µs), null if never."""
        return _[self._name(Ask("first", concepts))]

    def known(self, ask: Ask) -> Any:
        """The column that answers `ask`."""
        return _[self._name(ask)]

    def _name(self, ask: Ask) -> str:
        return f"{ask.what}_{self.asked.index(ask)}"

    def ended(self, outcome: Outcome) -> Any:
        """Whether a case has this outcome; ``closed`` is won or lost."""
        if outcome == "any":
            return ibis.literal(value=True)
        wanted = ("won", "lost") if outcome == "closed" else (outcome,)
        return _.outcome.isin(list(wanted))

    def reached(self, concepts: Concepts, outcome: Outcome = "any") -> ir.Table:
        """The cases of this outcome in which any of `concepts` was done; all of them without one."""
        cases = self.table.filter(self.ended(outcome))
        return cases.filter(self.first(concepts).notnull()) if concepts else cases
