"""Small event logs for tests, written out or generated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from journeylib import engine as engines
from journeylib import log as logs
from journeylib.engine import Engine
from journeylib.log import EventLog, Source

START = datetime(2025, 1, 6, 9)


def at(hours: float) -> datetime:
    """A moment so many hours after the tests' Monday morning."""
    return START + timedelta(hours=hours)


def log_of(rows: Sequence[Mapping[str, Any]], engine: Engine | None = None) -> EventLog:
    """An `EventLog` of canonical rows, in the given order; other keys become attributes."""
    engine = engine or engines.duckdb()
    names = sorted({name for row in rows for name in row})
    columns = {name: [row.get(name) for row in rows] for name in names}
    columns["row"] = list(range(len(rows)))
    table = pa.table(
        {name: pa.array(values, type=_type(name, values)) for name, values in columns.items()}
    )
    attributes = tuple(name for name in names if name not in logs.ROLES)
    mapping = logs.Mapping("events", (), attributes)
    events = engine.lookup({n: table[n].combine_chunks() for n in table.column_names}, "rows")
    return EventLog.from_events(engine, events, mapping, Source("test", "0" * 64, len(rows)))


def _type(name: str, values: Iterable[Any]) -> pa.DataType:
    if name in ("timestamp", "start_timestamp"):
        return pa.timestamp("us")
    if name in ("row", "utc_offset"):
        return pa.int64()
    return pa.float64() if any(isinstance(v, float) for v in values) else pa.string()


def traces(*sequences: str, gap: float = 1.0, **columns: Any) -> list[dict[str, Any]]:
    """Rows of cases ``c1 c2 …``, a letter an activity: ``traces("abc", "ab")``."""
    return [
        {"case_id": f"c{i}", "activity": letter, "timestamp": at(i + gap * j)} | columns
        for i, sequence in enumerate(sequences, 1)
        for j, letter in enumerate(sequence)
    ]
