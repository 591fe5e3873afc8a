"""What a reader should know about a log before believing it: counts, each with a sentence."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import ibis
import ibis.expr.types as ir

from journeylib.engine import Engine
from journeylib.log import EventLog, Note
from journeylib.reading.tables import Broken
from journeylib.terms import say

_DAY, _MINUTE, _SECOND = 86_400_000_000, 60_000_000, 1_000_000
_FAR_YEARS = 10
_KEYS = ("stage", "department", "system", "channel", "resource", "actor", "segment", "outcome")


def count_rejects(
    engine: Engine, rejects: ir.Table, broken: Sequence[Broken]
) -> list[tuple[str, int]]:
    """How many rows were rejected for which reason, most first."""
    rows = engine.rows(rejects.group_by("reason").aggregate(n=rejects.count()))
    counts: dict[str, int] = {row.reason: row.n for row in rows}
    for line in broken:
        counts[line.reason] = counts.get(line.reason, 0) + 1
    return sorted(counts.items(), key=lambda kv: (-kv[1], kv[0]))


def row_notes(rows: int, rejects: Sequence[tuple[str, int]]) -> tuple[Note, ...]:
    """How many rows there were, and how many of them were rejected for which reason."""
    read = Note("rows", rows, say("reading.rows", n=f"{rows:,}"))
    rejected = [
        Note(f"rejected_{reason}", n, say("reading.rejected", n=f"{n:,}", why=why(reason)))
        for reason, n in rejects
    ]
    return (read, *rejected)


def why(reason: str) -> Any:
    """A reason for a rejected row in words."""
    return say(f"reading.reject_{reason}")


def event_notes(log: EventLog) -> tuple[Note, ...]:
    """Precision, zone, doubtful dates, exact duplicates and gaps of the events of `log`."""
    return (
        *_time_notes(log),
        *_odd_dates(log),
        *_duplicates(log),
        *_gaps(log),
    )


def zone_of(log: EventLog) -> str | None:
    """The offset of the times (``+02:00``), or their range; None where the file names none."""
    if not log.has("utc_offset"):
        return None
    e = log.events
    found = log.engine.row(e.aggregate(low=e.utc_offset.min(), high=e.utc_offset.max()))
    if found.low is None:
        return None
    low, high = _offset(found.low), _offset(found.high)
    return low if low == high else f"{low}…{high}"


def _offset(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02d}:{rest:02d}"


def _time_notes(log: EventLog) -> list[Note]:
    e = log.events
    local = e.at if not log.has("utc_offset") else e.at + e.utc_offset.fill_null(0) * _MINUTE
    found = log.engine.row(
        e.aggregate(
            n=e.count(),
            days=_count(local % _DAY == 0),
            minutes=_count(local % _MINUTE == 0),
            zoned=e.utc_offset.count() if log.has("utc_offset") else ibis.literal(0),
        )
    )
    notes = []
    if found.days == found.n:
        notes.append(Note("precision_day", found.n, say("reading.precision_day")))
    elif found.minutes == found.n:
        notes.append(Note("precision_minute", found.n, say("reading.precision_minute")))
    if not found.zoned:
        notes.append(Note("zone", found.n, say("reading.zone_unknown")))
    elif found.zoned < found.n:
        left = found.n - found.zoned
        notes.append(Note("zone", left, say("reading.zone_partly", n=f"{left:,}")))
    return notes


def _odd_dates(log: EventLog) -> list[Note]:
    """Dates of 1970 and before (a zero, or relative time), and dates far past the log's middle."""
    year = log.events.timestamp.year()
    rows = log.engine.rows(log.events.group_by(year=year).aggregate(n=log.events.count()))
    years = sorted((row.year, row.n) for row in rows)
    half, running = sum(n for _, n in years) / 2, itertools.accumulate(n for _, n in years)
    middle = next(y for (y, _), seen in zip(years, running, strict=True) if seen >= half)
    early = sum(n for y, n in years if y <= 1970)
    far = sum(n for y, n in years if y > middle + _FAR_YEARS)
    told = (("dates_1970", early), ("dates_far", far))
    return [Note(c, n, say(f"reading.{c}", n=f"{n:,}", year=middle)) for c, n in told if n]


def _duplicates(log: EventLog) -> list[Note]:
    """Events that repeat another in every column. Only events that share case and time can."""
    e = log.events
    tied = e.filter(e.next_at == e.at).select("case_id", "at").distinct()
    alike = e.semi_join(tied, ["case_id", "at"])
    columns = [c for c in _told(log) if c in e.columns]
    found = log.engine.row(alike.aggregate(n=alike.count()))
    if not found.n:
        return []
    kinds = log.engine.row(alike.select(columns).distinct().aggregate(n=lambda t: t.count())).n
    n = found.n - kinds
    return [Note("duplicates", n, say("reading.duplicates", n=f"{n:,}"))] if n else []


def _told(log: EventLog) -> list[str]:
    ordering = ("row", "at", "position", "case_start")
    return [c for c in log.events.columns if c not in ordering and not c.startswith("next_")]


def _gaps(log: EventLog) -> list[Note]:
    keys = [key for key in _KEYS if log.has(key)]
    if not keys:
        return []
    e = log.events
    found = log.engine.row(e.aggregate(all=e.count(), **{key: e[key].count() for key in keys}))
    gaps = {key: found.all - getattr(found, key) for key in keys}
    return [
        Note(f"empty_{key}", n, say("reading.empty", role=key, share=f"{n / found.all:.1%}"))
        for key, n in gaps.items()
        if n
    ]


def _count(condition: ir.BooleanValue) -> ir.IntegerScalar:
    return condition.cast("int64").sum()
