"""The cases to run: written by hand, or taken from a log."""

from __future__ import annotations

import datetime
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from journeylib.errors import UsageError
from journeylib.journey import Journey

EPOCH = datetime.datetime(1970, 1, 1)


@dataclass(frozen=True)
class Event:
    """An activity done at a time; `known` is what is known by then: item id or log column → value.

    What was known stays known; a blank value takes nothing away.
    """

    activity: str
    at: datetime.datetime
    known: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """What happened to one customer. `until` is when it was last looked at (the last event if None)."""

    id: str
    events: tuple[Event, ...]
    until: datetime.datetime | None = None

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """``{"id", "events": [{"activity", "at", "known"?}, …], "until"?}``, times in ISO 8601.

        >>> Case.from_dict({"id": "1", "events": [{"activity": "Call", "at": "2025-03-03T09:00"}]})
        Case('1', 1 events)
        """
        try:
            events = tuple(
                Event(str(e["activity"]), _moment(e["at"]), dict(e.get("known", {})))
                for e in data["events"]
            )
            until = data.get("until")
            return cls(str(data["id"]), events, _moment(until) if until else None)
        except (KeyError, TypeError, AttributeError, ValueError) as problem:
            raise UsageError(
                f"a case cannot be read: {problem!r} in {str(data)[:80]}. Write "
                '{"id": "1", "events": [{"activity": "…", "at": "2025-03-03T09:00", "known": {…}}]}'
            ) from None

    def __repr__(self) -> str:
        return f"Case({self.id!r}, {len(self.events)} events)"


def _moment(value: Any) -> datetime.datetime:
    return value if isinstance(value, datetime.datetime) else datetime.datetime.fromisoformat(value)


def as_case(case: Case | Mapping[str, Any]) -> Case:
    """A case with its events in order of time; `UsageError` where its times do not compare."""
    read = case if isinstance(case, Case) else Case.from_dict(case)
    if not read.events:
        raise UsageError(f"case {read.id!r} has no events; leave it out, or say what happened.")
    times = [event.at for event in read.events] + ([read.until] if read.until else [])
    if len({at.tzinfo is None for at in times}) > 1:
        raise UsageError(f"case {read.id!r} mixes times with and without a time zone; use one.")
    ordered = tuple(sorted(read.events, key=lambda event: event.at))
    last = ordered[-1].at
    return Case(read.id, ordered, max(read.until or last, last))


def cases_of(journey: Journey, *, limit: int = 200, seed: int = 0) -> tuple[Case, ...]:
    """At most `limit` cases of a log, drawn with `seed`; open cases are watched until the log ends.

    Times are those of the log, without zone.
    """
    ids = sorted(
        (row.case_id for row in journey.log.engine.rows(journey.case_table.select("case_id"))),
        key=str,
    )
    chosen = sorted(random.Random(seed).sample(ids, min(limit, len(ids))), key=str)  # noqa: S311 - no secret
    events = _events(journey, chosen)
    closed = _closed(journey, chosen)
    last = _at(journey.log.totals.last_at)
    return tuple(
        Case(str(id), events[str(id)], None if str(id) in closed else last) for id in chosen
    )


def _events(journey: Journey, ids: Sequence[Any]) -> dict[str, tuple[Event, ...]]:
    attributes = [name for name in journey.log.attributes if name in journey.event_table.columns]
    e = _only(journey, journey.event_table, ids)
    rows = journey.log.engine.rows(e.select("case_id", "position", "activity", "at", *attributes))
    found: dict[str, list[Event]] = {}
    for row in sorted(rows, key=lambda row: (str(row[0]), row[1])):
        known = dict(zip(attributes, row[4:], strict=True))
        known = {name: value for name, value in known.items() if value is not None}
        found.setdefault(str(row[0]), []).append(Event(row[2], _at(row[3]), known))
    return {id: tuple(events) for id, events in found.items()}


def _closed(journey: Journey, ids: Sequence[Any]) -> frozenset[str]:
    cases = _only(journey, journey.case_table, ids)
    rows = journey.log.engine.rows(cases.filter(cases.outcome != "open").select("case_id"))
    return frozenset(str(row.case_id) for row in rows)


def _only(journey: Journey, table: Any, ids: Sequence[Any]) -> Any:
    wanted = journey.log.engine.lookup({"wanted": list(ids)})
    return table.semi_join(wanted, table.case_id == wanted.wanted)


def _at(microseconds: int) -> datetime.datetime:
    return EPOCH + datetime.timedelta(microseconds=microseconds)
