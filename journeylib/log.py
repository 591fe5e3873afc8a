"""`EventLog`: ordered events in canonical columns, and how they came to be read so."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from numbers import Number
from typing import TYPE_CHECKING, Any, Concatenate

import ibis
import ibis.expr.types as ir

from journeylib.engine import Engine, arrange
from journeylib.errors import UsageError, did_you_mean
from journeylib.terms import Text, say

if TYPE_CHECKING:
    import pandas as pd

REQUIRED = ("case_id", "activity", "timestamp")
ROLES = (
    *REQUIRED,
    *("start_timestamp", "stage", "department", "system", "channel", "resource", "actor"),
    *("segment", "amount", "outcome", "lifecycle"),
)
"""Canonical event columns; every other column of a log is an information attribute."""

ACTORS = ("customer", "staff", "partner", "system")
_UNFINISHED = ("start", "schedule", "assign", "reassign", "suspend", "resume")


@dataclass(frozen=True, slots=True)
class ColumnMatch:
    """Which column of the file plays a canonical role, how sure that is (0–1), and why."""

    role: str
    column: str
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class Mapping:
    """How a file's columns became canonical ones.

    `shape` is ``events`` (a row an event), ``wide`` (a row a case, a column a date), ``history``
    (a row a change of a field) or ``snapshots``. `zone` is the time zone or offset of the times,
    None where the file does not say.
    """

    shape: str
    matches: tuple[ColumnMatch, ...]
    attributes: tuple[str, ...] = ()
    zone: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The ``mapping`` object of ``journey.json``."""
        return {
            "shape": self.shape,
            "columns": {match.role: dataclasses.asdict(match) for match in self.matches},
            "attributes": list(self.attributes),
            "zone": self.zone,
        }


@dataclass(frozen=True, slots=True)
class Note:
    """One thing noticed about the data: a stable `check` name, how many rows, and a sentence."""

    check: str
    count: int
    text: Text

    def to_dict(self) -> dict[str, Any]:
        """An entry of ``quality`` in ``journey.json``."""
        return {"check": self.check, "count": self.count, "text": self.text.to_dict()}


@dataclass(frozen=True, slots=True)
class Source:
    """The file (its bare name) or table a log was read from, with the hash of its bytes."""

    name: str
    sha256: str
    rows: int


@dataclass(frozen=True)
class Totals:
    """Size and span of a log; `first` and `last` in the local time of the log."""

    events: int
    cases: int
    activities: int
    first: datetime
    last: datetime
    last_at: int


@dataclass(frozen=True, eq=False)
class EventLog:
    """Events ordered by (case, time, file position); immutable, each filter gives a new log.

    `events` is an Ibis table as `engine.arrange` leaves it: canonical columns as far as the file
    has them, information attributes, and the columns of the ordering. `rejects` holds the rows that
    could not be read, as text, with their ``row`` and ``reason``.

    Two tables may lie beside the events, each read from a source of its own (`beside`): `changes`
    of fields (``case_id attribute old new at system department source``; ``at`` in µs, ``source``
    one of manual, sync, import, api, workflow) and `links` between records of two systems
    (``system_a id_a system_b id_b``).
    """

    engine: Engine
    events: ir.Table
    mapping: Mapping
    source: Source
    quality: tuple[Note, ...] = ()
    rejects: ir.Table | None = None
    recipe: tuple[str, ...] = ()
    changes: ir.Table | None = None
    links: ir.Table | None = None
    beside: tuple[Source, ...] = ()

    @classmethod
    def from_events(
        cls,
        engine: Engine,
        events: ir.Table,
        mapping: Mapping,
        source: Source,
        quality: tuple[Note, ...] = (),
        rejects: ir.Table | None = None,
    ) -> EventLog:
        """A log from canonical, unordered events (with ``row``, their position in the file)."""
        ordered = arrange(engine, events)
        log = cls(engine, ordered, mapping, source, quality, rejects)
        return dataclasses.replace(log, quality=(*quality, *_ties(log)))

    # -- what is there ---------------------------------------------------------------------

    def has(self, *columns: str) -> bool:
        """Whether the log has all these columns."""
        return all(column in self.events.columns for column in columns)

    @property
    def attributes(self) -> tuple[str, ...]:
        """The information attributes: every column without a canonical role."""
        return self.mapping.attributes

    @functools.cached_property
    def totals(self) -> Totals:
        """Counts and span, in one scan."""
        e = self.events
        found = self.engine.row(
            e.aggregate(
                events=e.count(),
                cases=e.case_id.nunique(),
                activities=e.activity.nunique(),
                first=e.at.min(),
                last=e.at.max(),
                **self._offsets(),
            )
        )
        return Totals(
            found.events,
            found.cases,
            found.activities,
            local_time(found.first, found.first_offset),
            local_time(found.last, found.last_offset),
            found.last,
        )

    def _offsets(self) -> dict[str, ir.Scalar]:
        e = self.events
        if not self.has("utc_offset"):
            unknown = ibis.literal(None, type="int64")
            return {"first_offset": unknown, "last_offset": unknown}
        return {
            "first_offset": e.utc_offset.argmin(e.at),
            "last_offset": e.utc_offset.argmax(e.at),
        }

    @functools.cached_property
    def fingerprint(self) -> str:
        """Changes whenever bytes, mapping or filters do: equal fingerprints, equal numbers."""
        parts = [self.source.sha256, self.mapping.to_dict(), list(self.recipe)]
        parts += [f"{source.name} {source.sha256}" for source in self.beside]
        text = json.dumps(parts, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @functools.cached_property
    def work(self) -> ir.Table:
        """Events at which a department acted: no automation, department known.

        As in `events`, but ``next_department`` and ``next_at`` look past what lies between: the
        next department at work on the case, and when.
        """
        e = self.events
        if not self.has("department"):
            raise UsageError("this log has no department column, so no hand-overs can be seen")
        staffed = e.department.notnull()
        if self.has("actor"):
            staffed &= (e.actor != "system").fill_null(True)
        if self.engine.row(e.aggregate(all=staffed.all())).all:
            return e
        order = ibis.window(group_by="case_id", order_by="position")
        kept = e.filter(staffed).drop("next_department", "next_at", "next_activity")
        return self.engine.materialise(
            kept.mutate(
                next_department=kept.department.lead().over(order),
                next_at=kept.at.lead().over(order),
                next_activity=kept.activity.lead().over(order),
            ),
            "work",
        )

    # -- for other tools -----------------------------------------------------------------------

    def to_pandas(self) -> pd.DataFrame:
        """The ordered events as a pandas frame, in order."""
        ordered: pd.DataFrame = self.events.order_by("case_id", "position").to_pandas()
        return ordered.reset_index(drop=True)

    def to_pm4py(self) -> pd.DataFrame:
        """The events as pm4py wants them: its column names, aware times, our order kept."""
        from journeylib import _pm4py

        return _pm4py.formatted(self.to_pandas())

    # -- filters: whole cases, so that no false neighbours arise ------------------------------

    def where(self, **values: object) -> EventLog:
        """Only cases in which an event has these values: ``log.where(channel="官网")``.

        Several values (a list, tuple or set) mean any of them, None that the value is missing.
        Cases stay whole: dropping single events would put events side by side that never were.
        """
        if not values:
            return self
        wanted = {column: _several(value) for column, value in values.items()}
        conditions = [self._is_any_of(column, several) for column, several in wanted.items()]
        told = ", ".join(f"{c}={(v[0] if len(v) == 1 else v)!r}" for c, v in wanted.items())
        return self._only(self.events.filter(conditions), f"where {told}")

    def since(self, day: str) -> EventLog:
        """Only cases that start on or after `day` (ISO date, local time)."""
        return self._only(self._starts(self._local_start() >= _moment(day)), f"since {day}")

    def until(self, day: str) -> EventLog:
        """Only cases that start before `day` (ISO date, local time)."""
        return self._only(self._starts(self._local_start() < _moment(day)), f"until {day}")

    def completed(self) -> EventLog:
        """Only the completion of each piece of work, where ``lifecycle`` also records its start.

        The one filter that drops events of a case, so their order is found anew.
        """
        kept = self.completions
        added = [name for name in kept.columns if name.startswith("next_")]
        plain = kept.drop("at", "position", "case_start", *added)
        events = arrange(self.engine, plain)
        return dataclasses.replace(self, events=events, recipe=(*self.recipe, "completed"))

    @property
    def completions(self) -> ir.Table:
        """The events that complete something: all of them where no lifecycle is recorded."""
        return completions_of(self.events)

    def pipe(
        self, verb: Callable[Concatenate[EventLog, ...], Any], *args: Any, **options: Any
    ) -> Any:
        """``log.pipe(mine)`` is ``mine(log)``, for those who like one chain."""
        return verb(self, *args, **options)

    def _is_any_of(self, column: str, wanted: list[Any]) -> ir.BooleanValue:
        if not self.has(column):
            raise UsageError(
                f"the log has no column {column!r}." + did_you_mean(column, self.events.columns)
            )
        values = self.events[column]
        known = [value for value in wanted if value is not None]
        _check_kind(column, values, known)
        found = values.isin(known)
        return found if len(known) == len(wanted) else found | values.isnull()

    def _local_start(self) -> ir.TimestampValue:
        e = self.events
        if not self.has("utc_offset"):
            return e.timestamp
        return e.timestamp + e.utc_offset.fill_null(0).as_interval("m")

    def _starts(self, condition: ir.BooleanValue) -> ir.Table:
        return self.events.filter(self.events.position == 1, condition)

    def _only(self, chosen: ir.Table, step: str) -> EventLog:
        cases = chosen.select("case_id").distinct()
        kept = self.engine.materialise(self.events.semi_join(cases, "case_id"), "events")
        changes = self.changes
        if changes is not None:
            changes = self.engine.materialise(changes.semi_join(kept, "case_id"), "changes")
        return dataclasses.replace(self, events=kept, changes=changes, recipe=(*self.recipe, step))

    # -- showing -----------------------------------------------------------------------------

    def __repr__(self) -> str:
        t = self.totals
        span = f"{t.first:%Y-%m-%d}…{t.last:%Y-%m-%d}" if t.events else "empty"
        steps = "".join(f" | {step}" for step in self.recipe)
        return (
            f"EventLog({t.cases:,} cases, {t.events:,} events, {t.activities:,} activities, "
            f"{span}{steps})"
        )


def completions_of(events: ir.Table) -> ir.Table:
    """The rows of `events` that complete something: all of them where no lifecycle is recorded."""
    if "lifecycle" not in events.columns:
        return events
    started = events.lifecycle.lower().isin(_UNFINISHED)
    return events.filter(~started.fill_null(False))


def local_time(at: int | None, offset_minutes: int | None) -> datetime:
    """A moment (µs since 1970) as local time, aware when the offset is known."""
    if at is None:
        return datetime(1970, 1, 1)
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
    if offset_minutes is None:
        return moment.replace(tzinfo=None)
    return moment.astimezone(timezone(timedelta(minutes=offset_minutes)))


def _several(value: object) -> list[Any]:
    """The values asked for as a list; a set has no order of its own, so it gets one."""
    if isinstance(value, set | frozenset):
        return sorted(value, key=repr)
    return list(value) if isinstance(value, list | tuple) else [value]


def _check_kind(column: str, values: ir.Column, wanted: list[Any]) -> None:
    """Refuse values the column cannot hold, in our words rather than the engine's."""
    for is_kind, kind, told in (
        (values.type().is_string(), str, "texts"),
        (values.type().is_numeric(), Number, "numbers"),
    ):
        strange = [value for value in wanted if is_kind and not isinstance(value, kind)]
        if strange:
            raise UsageError(f"column {column!r} holds {told}; no event can have {strange[0]!r}")


def _moment(day: str) -> ir.TimestampScalar:
    told = f"{day!r} is no date; write for example '2025-01-31' (local time)"
    try:
        moment = datetime.fromisoformat(day)
    except ValueError:
        raise UsageError(told) from None
    if moment.tzinfo:
        raise UsageError(told)
    return ibis.timestamp(moment)


def _ties(log: EventLog) -> tuple[Note, ...]:
    """How many events share case and time with their successor: their order is the file's."""
    e = log.events
    tied = log.engine.row(e.aggregate(n=(e.next_at == e.at).sum())).n or 0
    if not tied:
        return ()
    return (Note("ties", tied, say("quality.ties", n=f"{tied:,}")),)
