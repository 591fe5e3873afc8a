"""What the families of findings share: the journey, the rules, and tables that several ask of."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

from journeylib.engine import Engine
from journeylib.findings.blocks import department_blocks
from journeylib.findings.passages import (
    Scope,
    flows,
    shown_passages,
    shown_scope,
    written_passages,
    written_scope,
)
from journeylib.findings.requests import requests
from journeylib.findings.rules import Rules
from journeylib.findings.touches import Touches, touches
from journeylib.findings.values import says, words
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
    def asking(self) -> frozenset[str]:
        """Activities that ask the customer for something, by their names."""
        return self.asking_again | self._named("request")

    @functools.cached_property
    def asking_again(self) -> frozenset[str]:
        """Activities that say of themselves that the customer is asked once more."""
        return self._named("again")

    def _named(self, key: str) -> frozenset[str]:
        keywords = words("ask", key)
        return frozenset(name for name in self.journey.activity_names if says(name, keywords))

    @functools.cached_property
    def blocks(self) -> ir.Table:
        """`department_blocks` of these `attributes`; ask only with two departments or more."""
        return department_blocks(self.journey, self.attributes, self.rules.silo.within, self.asking)

    @functools.cached_property
    def traced(self) -> frozenset[str]:
        """Attributes with a history of field changes."""
        changes = self.journey.log.changes
        if changes is None:
            return frozenset()
        return frozenset(
            row.attribute for row in self.engine.rows(changes[["attribute"]].distinct())
        )

    @functools.cached_property
    def scope(self) -> Scope:
        """Who needs which attribute; ask only with two departments or more."""
        least = self.rules.silo.scope
        shown = shown_scope(self.engine, self.blocks, self.attributes, least)
        if not self.traced:
            return shown
        written = written_scope(self.journey, self.blocks, least)
        return {**shown, **{n: shown.get(n, frozenset()) | written[n] for n in written}}

    @functools.cached_property
    def passages(self) -> ir.Table | None:
        """`passages` of what is known and needed; None where nothing is, or nobody hands over."""
        if len(self.departments) < 2:
            return None
        silo, scope = self.rules.silo, self.scope
        untraced = {name: needed for name, needed in scope.items() if name not in self.traced}
        parts = list(shown_passages(self.blocks, self.attributes, untraced, silo))
        if any(scope[name] for name in self.traced):
            traced = {name: scope[name] for name in self.traced}
            parts.append(written_passages(self.journey, self.blocks, traced, silo))
        if not parts:
            return None
        return self.engine.materialise(ibis.union(*parts) if parts[1:] else parts[0], "passages")

    @functools.cached_property
    def flows(self) -> tuple[Any, ...]:
        """The rows of `passages.flows` of `passages`, by attribute, sender and receiver."""
        return self._flows(self.passages)

    @functools.cached_property
    def shown_flows(self) -> tuple[Any, ...]:
        """The same of `shown_passages`."""
        if self.shown_passages is self.passages:
            return self.flows
        return self._flows(self.shown_passages)

    def _flows(self, passages: ir.Table | None) -> tuple[Any, ...]:
        if passages is None:
            return ()
        rows = self.engine.rows(flows(passages, self.rules.silo.within))
        return tuple(sorted(rows, key=lambda row: row[:3]))

    @functools.cached_property
    def shown_passages(self) -> ir.Table | None:
        """As `passages`, by what events show, also of attributes with a history of field changes."""
        if self.passages is None or not self.traced:
            return self.passages
        parts = list(shown_passages(self.blocks, self.attributes, self.scope, self.rules.silo))
        if not parts:
            return None
        return self.engine.materialise(ibis.union(*parts) if parts[1:] else parts[0], "shown")

    @functools.cached_property
    def requests(self) -> ir.Table | None:
        """What customers ask for and what became of it: see `requests.requests`."""
        return requests(self.journey, self.rules.answer)

    @functools.cached_property
    def request_names(self) -> tuple[str, ...]:
        """Activities by which customers ask for something, in alphabetical order."""
        if self.requests is None:
            return ()
        rows = self.engine.rows(self.requests[["activity"]].distinct())
        return tuple(sorted(row.activity for row in rows))

    @functools.cached_property
    def touches(self) -> Touches | None:
        """Contacts with the customer; None where the log names no channel."""
        return touches(self.journey)
