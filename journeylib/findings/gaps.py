"""Schema gaps: information that a department passes on to one that has no place for it.

Not findings: whether the receiver should have it is for the workshop to decide.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
from ibis import _

from journeylib.findings.passages import (
    BY,
    Scope,
    shown_passages,
    shown_scope,
    written_passages,
    written_scope,
)
from journeylib.findings.study import Study


@dataclass(frozen=True, slots=True)
class SchemaGap:
    """At so many hand-overs `source` knew `attribute`, which `target` never shows nor writes."""

    attribute: str
    source: str
    target: str
    handovers: int


def schema_gaps(study: Study) -> tuple[SchemaGap, ...]:
    """All gaps, the most frequent first; empty where nobody hands over or nothing is known."""
    if len(study.departments) < 2:
        return ()
    shown = _lacking(study, shown_scope(study.engine, study.blocks, study.attributes, 0.0))
    untraced = {name: missing for name, missing in shown.items() if name not in study.traced}
    parts = list(shown_passages(study.blocks, study.attributes, untraced, study.rules.silo))
    if study.traced:
        written = _lacking(study, written_scope(study.journey, study.blocks, 0.0))
        both = {name: missing & shown.get(name, missing) for name, missing in written.items()}
        if any(both.values()):
            rules = study.rules.silo
            parts.append(written_passages(study.journey, study.blocks, both, rules))
    if not parts:
        return ()
    passages = ibis.union(*parts) if parts[1:] else parts[0]
    counts = passages.filter(_.lost).group_by(*BY).aggregate(n=_.count())
    gaps = [SchemaGap(*row) for row in study.engine.rows(counts)]
    return tuple(sorted(gaps, key=lambda g: (-g.handovers, g.attribute, g.source, g.target)))


def _lacking(study: Study, using: Scope) -> Scope:
    """Attribute → the departments that take work over and never use it."""
    everybody = frozenset(study.departments)
    return {name: everybody - departments for name, departments in using.items()}
