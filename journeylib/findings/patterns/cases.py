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
    kind of column, `asked` the sets of concepts whose moments the wide table holds, `shown` the kinds
    of column whose values it holds.
    """

    journey: Journey
    activities: Mapping[str, tuple[str, ...]]
    columns: Mapping[str, str]
    asked: tuple[Concepts, ...] = ()
    shown: tuple[Column, ...] = ()

    @classmethod
    def of(cls, journey: Journey, concepts: Sequence[Concept], kinds: Sequence[Concept]) -> Cases:
        """What `journey` has of the concepts of activities and of the kinds of columns."""
        found = recognised(kinds, journey.log.attributes)
        columns = {kind: names[0] for kind, names in found.items()}
        roles = {role: role for role in ROLES if journey.log.has(role)}
        return cls(journey, recognised(concepts, journey.activity_names), columns | roles)

    def asking(self, asked: tuple[Concepts, ...], shown: tuple[Column, ...]) -> Cases:
        """The same with a wide table that holds these moments and values."""
        return dataclasses.replace(self, asked=asked, shown=shown)

    @property
    def last_at(self) -> int:
        """The end of observation (µs)."""
        return self.journey.log.totals.last_at

    @property
    def stages(self) -> tuple[StageFacts, ...]:
        """The stages of the journey that the lifecycle knows, in order."""
        return tuple(stage for stage in self.journey.stages if stage.id != UNMAPPED)

    @functools.cached_property
    def events(self) -> ir.Table:
        """What was done: completions only, so that start and end of one execution are one event."""
        return self.journey.log.completions

    # -- the wide table ----------------------------------------------------------------------

    @functools.cached_property
    def table(self) -> ir.Table:
        """``journey.case_table`` with the moments of each set of concepts and the values shown.

        ``first_i last_i most_i`` of the i-th of `asked`: first and last time, and how often the most
        frequent activity of the set was done; null and 0 where it never was. Of the i-th of `shown`:
        ``told_i`` how often a value is shown, ``known_i`` when first, ``least_i`` and ``greatest_i``,
        ``before_i`` and ``after_i`` the first and the last value. ``offset`` is that of the log's
        local time in minutes, where it has one.
        """
        columns = self._moments() | self._values()
        if self.journey.log.has("utc_offset"):
            columns["offset"] = _.utc_offset.max()
        if not columns:
            return self.journey.case_table
        wide = self.events.group_by("case_id").aggregate(**columns)
        cases = self.journey.case_table
        joined = cases.left_join(wide, "case_id").drop("case_id_right")
        return self.journey.log.engine.materialise(joined, "pattern_cases")

    def _moments(self) -> dict[str, Any]:
        columns: dict[str, Any] = {}
        for i, concepts in enumerate(self.asked):
            done = self._is(concepts)
            columns[f"first_{i}"] = _.at.min(where=done)
            columns[f"last_{i}"] = _.at.max(where=done)
            times = [(_.activity == name).cast("int64").sum() for name in self._names(concepts)]
            columns[f"most_{i}"] = ibis.greatest(*times) if len(times) > 1 else times[0]
        return columns

    def _values(self) -> dict[str, Any]:
        columns: dict[str, Any] = {}
        for i, kind in enumerate(self.shown):
            value = self.events[self.columns[kind]]
            columns[f"told_{i}"] = value.count()
            columns[f"known_{i}"] = _.at.min(where=value.notnull())
            columns[f"least_{i}"], columns[f"greatest_{i}"] = value.min(), value.max()
            columns[f"before_{i}"] = value.argmin(_.position, where=value.notnull())
            columns[f"after_{i}"] = value.argmax(_.position, where=value.notnull())
        return columns

    def _names(self, concepts: Concepts) -> list[str]:
        return sorted({name for c in concepts for name in self.activities.get(c, ())})

    def _is(self, concepts: Concepts) -> Any:
        return _.activity.isin(self._names(concepts))

    # -- its columns -------------------------------------------------------------------------

    def first(self, concepts: Concepts) -> Any:
        """When any of them was first done (µs), null if never."""
        return _[f"first_{self.asked.index(concepts)}"]

    def last(self, concepts: Concepts) -> Any:
        """When any of them was last done (µs), null if never."""
        return _[f"last_{self.asked.index(concepts)}"]

    def most(self, concepts: Concepts) -> Any:
        """How often the most frequent activity among them was done."""
        return _[f"most_{self.asked.index(concepts)}"]

    def shows(self, kind: Column, what: Literal["told", "known", "least", "greatest"]) -> Any:
        """How often a case shows a value of this kind, since when, and the extremes of it."""
        return _[f"{what}_{self.shown.index(kind)}"]

    def value(self, kind: Column, what: Literal["before", "after"]) -> Any:
        """The first or the last value of this kind that a case shows."""
        return _[f"{what}_{self.shown.index(kind)}"]

    # -- questions that several measures ask -------------------------------------------------

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

    def following(self, trigger: Concepts, by: Concepts) -> ir.Table:
        """Per case (``case_id answered``) when `by`, or without it anything, was first done after."""
        asked = self.table.select("case_id", asked=self.first(trigger)).filter(_.asked.notnull())
        done = self.events.filter(self._is(by)) if by else self.events
        pairs = done.select("case_id", "at").inner_join(asked, "case_id")
        later = (_.at >= _.asked) if by else (_.at > _.asked)
        return pairs.filter(later).group_by("case_id").aggregate(answered=_.at.min())
