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
    e = study.journey.log.events
    local = e.timestamp
    if study.journey.log.has("utc_offset"):
        local = local + e.utc_offset.fill_null(0).as_interval("m")
    values: dict[str, Any] = {"start": e.at.min(), "local_start": local.min()}
    for s in sources:
        told = e[s.of].notnull()
        values[s.value] = e[s.of].argmin(e.position, where=told)
        values[s.known] = e.at.min(where=told)
    times: dict[str, Any] = {}
    for i, name in enumerate(activities_of(study)):
        here = steps.activity == name
        times[f"first_{i}"] = steps["first"].min(where=here)
        times[f"again_{i}"] = steps.again.min(where=here)
    first_values = e.group_by("case_id").aggregate(**values)
    return first_values.join(steps.group_by("case_id").aggregate(**times), "case_id")
