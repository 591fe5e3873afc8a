"""What the families of findings share: the journey, the rules, and tables that several ask of."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import ibis.expr.types as ir
from ibis import _

from journeylib.engine import Engine
from journeylib.findings.blocks import department_blocks
from journeylib.findings.rules import Rules
from journeylib.findings.touches import Touches, touches
from journeylib.journey import Journey


@dataclass(frozen=True, eq=False)
class Study:
    """One journey under one set of rules. Its tables are made once, when first asked for."""

    journey: Journey
    rules: Rules

    @property
    def engine(self) -> Engine:
        """Where the log lives."""
        return self.journey.log.engine

    @functools.cached_property
    def departments(self) -> tuple[str, ...]:
        """Departments that pass work to another or take it over, in alphabetical order."""
        passed = self.journey.handovers
        return tuple(sorted({h.source for h in passed} | {h.target for h in passed}))

    @functools.cached_property
    def attributes(self) -> tuple[str, ...]:
        """Information attributes that can be lost: shown somewhere, but not on every event of work."""
        log = self.journey.log
        if not log.attributes or len(self.departments) < 2:
            return ()
        filled = {f"n_{i}": log.work[name].count() for i, name in enumerate(log.attributes)}
        row = self.engine.row(log.work.aggregate(all=log.work.count(), **filled))
        return tuple(name for i, name in enumerate(log.attributes) if 0 < row[i + 1] < row.all)

    @functools.cached_property
    def blocks(self) -> ir.Table:
        """`department_blocks` of these `attributes`; ask only with two departments or more."""
        return department_blocks(self.journey, self.attributes, self.rules.silo.within)

    @functools.cached_property
    def touches(self) -> Touches | None:
        """Contacts with the customer; None where the log names no channel."""
        return touches(self.journey)

    @functools.cached_property
    def requests(self) -> tuple[str, ...]:
        """Activities by which customers ask for something: mostly, staff are the next to touch."""
        if self.touches is None or not self.journey.log.has("actor"):
            return ()
        theirs = self.touches.events.filter(_.by_customer == 1).group_by("activity")
        rows = self.engine.rows(
            theirs.aggregate(n=_.count(), answered=(_.next_by_customer == 0).cast("int64").sum())
        )
        norm = self.rules.answer.norm
        return tuple(sorted(r.activity for r in rows if (r.answered or 0) >= norm * r.n))

    @functools.cached_property
    def segments(self) -> tuple[str, ...]:
        """The values of the segment column that are compared: the most frequent by cases."""
        if not self.journey.log.has("segment"):
            return ()
        counted = self.journey.case_table.filter(_.segment.notnull()).group_by("segment")
        rows = self.engine.rows(counted.aggregate(n=_.count()))
        rows.sort(key=lambda row: (-row.n, str(row.segment)))
        return tuple(row.segment for row in rows[: self.rules.slow.segments])
