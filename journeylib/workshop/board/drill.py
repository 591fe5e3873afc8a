"""The cases behind a part of the map: who did this, took this step, stands behind this finding."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.annotations.pin import kept as _kept
from journeylib.drawing.words import duration
from journeylib.errors import TemplateError
from journeylib.findings.finding import Finding, Findings
from journeylib.journey import ActivityFacts, Journey, Move, StageFacts
from journeylib.log import local_time
from journeylib.terms import Lang, Text, say
from journeylib.workshop.board.masking import CaseNames
from journeylib.workshop.board.refusal import refused
from journeylib.workshop.board.shown import CaseTable

MOST = 50
"""More rows nobody reads in a workshop; the total is told."""
_HOUR = 3_600_000_000
_ENDS = 2

Members = tuple[str, ...]
"""Activities."""


@dataclass(frozen=True, eq=False)
class Drill:
    """Asks `journey` for cases; `findings` know theirs, `names` says what to call them."""

    journey: Journey
    findings: Findings | None
    names: CaseNames

    def cases(
        self,
        pin: str,
        lang: Lang,
        members: tuple[Members, ...] = (),
        among: ir.Table | None = None,
    ) -> CaseTable:
        """Up to 50 cases behind the part `pin`, and how many there are.

        `members` are the activities of the log behind it, as `drawing.behind` tells them for boxes and
        lines that stand for several; `among` holds the cases to choose from. A step lists its longest
        waits first, anything else the latest starts. Of a finding up to 20 examples are known.
        `RefusedError` where the map has no such part.
        """
        behind = self._behind(pin, members)
        if among is not None:
            behind = replace(behind, cases=behind.cases.semi_join(among, "case_id"))
        rows = self.journey.log.engine.rows(self._asked(behind))
        rows.sort(key=lambda row: (-row.key, row.case_id))
        head = (
            "case",
            "start",
            "duration",
            "events",
            "outcome",
            *(["wait"] if behind.waits else []),
        )
        total = rows[0].total if rows else 0
        told = say(f"desk.cases_{behind.told}", shown=len(rows), total=f"{total:,}", n=behind.n)
        return CaseTable(
            tuple(say(f"desk.head_{name}").in_(lang) for name in head),
            tuple(self._row(row, lang, waits=behind.waits) for row in rows),
            told.in_(lang),
        )

    # -- which cases ---------------------------------------------------------------------------

    def _behind(self, pin: str, members: tuple[Members, ...]) -> _Behind:
        if pin in self._stages:
            return _Behind(self._of_stage(pin))
        members = self._members(pin) or members
        if len(members) == _ENDS:
            return self._step(*members)
        if members:
            return _Behind(_distinct(self._events.filter(_.activity.isin(members[0]))))
        if pin in self._findings:
            return self._finding(self._findings[pin])
        for stage, lane in _cuts(pin):
            if stage in self._stages and lane:
                return self._cell(stage, lane)
        raise refused("no_part", pin=pin)

    def _members(self, pin: str) -> tuple[Members, ...]:
        """Of an activity itself, of a step its two."""
        if pin in self._activities:
            return ((self._activities[pin].name,),)
        move = self._moves.get(pin)
        return () if move is None else ((move.source,), (move.target,))

    @functools.cached_property
    def _stages(self) -> Mapping[str, StageFacts]:
        return {kept: s for s in self.journey.stages for kept in (_kept(s.id), s.id)}

    @functools.cached_property
    def _activities(self) -> Mapping[str, ActivityFacts]:
        return {activity.id: activity for activity in self.journey.activities}

    @functools.cached_property
    def _moves(self) -> Mapping[str, Move]:
        return {move.id: move for move in self.journey.moves}

    @functools.cached_property
    def _findings(self) -> Mapping[str, Finding]:
        return {finding.id: finding for finding in self.findings or ()}

    @property
    def _events(self) -> ir.Table:
        return self.journey.event_table

    def _of_stage(self, stage: str) -> ir.Table:
        visits = self.journey.visit_table
        return visits.filter(visits.stage_id == self._stages[stage].id).select("case_id")

    def _step(self, here: Members, then: Members) -> _Behind:
        taken = self._events.filter(_.activity.isin(here), _.next_activity.isin(then))
        waits = taken.group_by("case_id").aggregate(wait=(_.next_at - _.at).max())
        return _Behind(waits, waits=True)

    def _finding(self, finding: Finding) -> _Behind:
        cases = self.journey.case_table
        chosen = cases.case_id.isin(finding.cases) if finding.cases else ibis.literal(False)
        return _Behind(cases.filter(chosen).select("case_id"), "finding", n=f"{finding.n:,}")

    # -- cells -----------------------------------------------------------------------------------

    def _cell(self, stage: str, lane: str) -> _Behind:
        """The cases of a department or a system in the stage; of any other lane, all of the stage."""
        for column in ("department", "system"):
            if lane in self._values(column):
                here = self._events.filter(_.stage_id == self._stages[stage].id)
                return _Behind(_distinct(here.filter(here[column] == lane)))
        return _Behind(self._of_stage(stage), "stage")

    @functools.cached_property
    def _known(self) -> dict[str, frozenset[str]]:
        return {}

    def _values(self, column: str) -> frozenset[str]:
        """All departments, or systems, of the log; asked once."""
        if column not in self._known and self.journey.log.has(column):
            found = self.journey.log.engine.rows(self._events.select(column).distinct())
            self._known[column] = frozenset(str(row[0]) for row in found if row[0] is not None)
        return self._known.get(column, frozenset())

    # -- what is told of them ------------------------------------------------------------------

    def _asked(self, behind: _Behind) -> ir.Table:
        cases = self.journey.case_table.join(behind.cases, "case_id")
        offset: Any = ibis.null("int64")
        if self.journey.log.has("utc_offset"):
            first = self._events.filter(_.position == 1).select("case_id", "utc_offset")
            cases = cases.join(first, "case_id")
            offset = cases.utc_offset
        key = cases.wait if behind.waits else cases.start
        told = cases.select("case_id", "start", "end", "events", "outcome", key=key, offset=offset)
        counted = told.mutate(total=told.count().over())
        return counted.order_by(ibis.desc("key"), "case_id").limit(MOST)

    def _row(self, row: Any, lang: Lang, *, waits: bool) -> tuple[str, ...]:
        cells = (
            self.names.of_case(str(row.case_id)),
            f"{local_time(row.start, row.offset):%Y-%m-%d %H:%M}",
            duration((row.end - row.start) / _HOUR, lang),
            f"{row.events:,}",
            self._outcome(row.outcome).in_(lang),
        )
        return (*cells, duration(row.key / _HOUR, lang)) if waits else cells

    def _outcome(self, outcome: str) -> Text:
        if self.journey.outcomes.won is None:
            return say("desk.outcome_unknown")
        try:
            return say(f"desk.outcome_{outcome}")
        except TemplateError:
            return Text.same(outcome)


@dataclass(frozen=True, eq=False, slots=True)
class _Behind:
    """Case ids, each once; with their longest ``wait`` (µs) where they took a step."""

    cases: ir.Table
    told: str = "all"
    n: str = ""
    waits: bool = False


def _distinct(events: ir.Table) -> ir.Table:
    return events.select("case_id").distinct()


def _cuts(id: str) -> Iterator[tuple[str, str]]:
    """What stands before and after each slash: ids of stages may have one in them."""
    parts = id.split("/")
    for n in range(1, len(parts)):
        yield "/".join(parts[:n]), "/".join(parts[n:])
