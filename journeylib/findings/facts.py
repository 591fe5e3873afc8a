"""Facts of a case that become known some time, each with that time: what features are made of."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import ibis.expr.types as ir
from ibis import _

from journeylib.findings.study import Study
from journeylib.lifecycle import matches
from journeylib.log import EventLog
from journeylib.terms import load_template

Kind = Literal[
    "segment", "channel", "department", "system", "amount", "attribute",
    "filled", "activity", "repeat", "slow", "month", "weekday",
]  # fmt: skip
_NAMES = ("segment", "channel", "department", "system")


def steps_of(log: EventLog) -> ir.Table:
    """Per case and activity: when it was first completed, and when again (null: never)."""
    done = log.completions
    firsts = done.group_by("case_id", "activity").aggregate(first=_.at.min(), times=_.count())
    several = firsts.filter(_.times > 1)
    again = (
        done.join(several, ["case_id", "activity"])
        .filter(lambda t: t.at > t["first"])
        .group_by("case_id", "activity")
        .aggregate(again=_.at.min())
    )
    return firsts.left_join(again, ["case_id", "activity"]).select(
        "case_id", "activity", "first", "again"
    )


@dataclass(frozen=True, slots=True)
class Source:
    """A column of the log whose first value is a feature; `i` numbers it."""

    i: int
    of: str
    kind: Kind
    numeric: bool

    @property
    def value(self) -> str:
        """Name of the fact that holds the first value."""
        return f"value_{self.i}"

    @property
    def known(self) -> str:
        """Name of the fact that holds when it was first shown (µs)."""
        return f"known_{self.i}"


def sources_of(study: Study) -> tuple[Source, ...]:
    """The columns whose values can be features, leaks of the outcome aside."""
    log = study.journey.log
    leaks = tuple(words()["leaks"])
    attributes = [a for a in log.attributes if log.has(a) and not matches(a, leaks)]
    named: list[tuple[str, Kind]] = [(n, n) for n in _NAMES if log.has(n)]  # type: ignore[misc]
    named += [("amount", "amount")] if log.has("amount") else []
    named += [(a, "attribute") for a in attributes]
    kept = [(of, kind) for of, kind in named if _usable(log.events[of])]
    return tuple(
        Source(i, of, kind, log.events[of].type().is_numeric()) for i, (of, kind) in enumerate(kept)
    )


@functools.cache
def words() -> dict[str, Any]:
    """What column names tell: ``leaks`` of the outcome, ``sources`` of the case."""
    return load_template("", "features")


def _usable(column: ir.Column) -> bool:
    kind = column.type()
    return bool(kind.is_string() or kind.is_numeric() or kind.is_boolean() or kind.is_enum())


def activities_of(study: Study) -> tuple[str, ...]:
    """The activities asked about: undeciding, the most frequent by cases."""
    asked = [a for a in study.journey.activities if not a.decides]
    asked.sort(key=lambda a: (-a.cases, a.name))
    return tuple(a.name for a in asked[: study.rules.why.activities])


def facts_of(study: Study, steps: ir.Table, sources: Sequence[Source]) -> ir.Table:
    """One row per case: first values and when known, first and second times of activities, start."""
    full = _always_told(study, sources)
    gaps = [source for source in sources if source not in full]
    facts = _first_events(study, full).join(_times(study, steps), "case_id")
    return facts.join(_first_values(study, gaps), "case_id") if gaps else facts


def _always_told(study: Study, sources: Sequence[Source]) -> tuple[Source, ...]:
    """Columns filled on every event: their first value is that of the first event."""
    e = study.journey.log.events
    counts = {source.value: e[source.of].count() for source in sources}
    row = study.engine.row(e.aggregate(events=e.count(), **counts))
    return tuple(s for s in sources if getattr(row, s.value) == row.events)


def _first_events(study: Study, sources: Sequence[Source]) -> ir.Table:
    """``case_id start local_start``, and these columns, which every event tells."""
    log = study.journey.log
    first = log.events.filter(log.events.position == 1)
    local = first.timestamp
    if log.has("utc_offset"):
        local = local + first.utc_offset.fill_null(0).as_interval("m")
    values = {source.value: first[source.of] for source in sources}
    known = {source.known: first["at"] for source in sources}
    return first.select("case_id", start=first["at"], local_start=local, **values, **known)


def _first_values(study: Study, sources: Sequence[Source]) -> ir.Table:
    """Per case, the first value of each column that is not always told, and its time."""
    e = study.journey.log.events
    values: dict[str, Any] = {}
    for s in sources:
        told = e[s.of].notnull()
        values[s.value] = e[s.of].argmin(e.position, where=told)
        values[s.known] = e["at"].min(where=told)
    return e.group_by("case_id").aggregate(**values)


def _times(study: Study, steps: ir.Table) -> ir.Table:
    """Per case, when each activity was first done, and when again if enough cases do it again."""
    counted = study.engine.rows(steps.group_by("activity").aggregate(n=_.again.count()))
    repeated = {row.activity for row in counted if row.n >= study.rules.sample.least}
    times: dict[str, Any] = {}
    for i, name in enumerate(activities_of(study)):
        here = steps.activity == name
        times[f"first_{i}"] = steps["first"].min(where=here)
        if name in repeated:
            times[f"again_{i}"] = steps["again"].min(where=here)
    return steps.group_by("case_id").aggregate(**times)
