"""XES, streamed: every event a row, attributes of its trace with the prefix ``case:``.

Times stay text with their offset: the local day of an event is part of the journey, and readers
that turn everything into UTC lose it. Nested attributes (lists, containers) are left out.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from xml.parsers import expat

from journeylib.engine import Engine, arrow_table
from journeylib.errors import InputError, RowsError
from journeylib.log import Note
from journeylib.reading.packed import Packed
from journeylib.reading.tables import Raw, load_arrow, raw_table
from journeylib.terms import say

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH = 50_000
CASE = "case:concept:name"


def read_xes(engine: Engine, packed: Packed) -> Raw:
    """The events of an XES log as text columns, in the order of the file."""
    handler = _Handler()
    try:
        handler.parse(packed.path)
    except expat.ExpatError as problem:
        raise InputError(
            packed.name, f"the XES is damaged or cut off ({problem}).", "Export it again."
        ) from None
    table = handler.table()
    if not table.num_rows:
        raise RowsError(packed.name, ())
    header = table.column_names
    plain = table.rename_columns([f"c{n}" for n in range(len(header))])
    return raw_table(
        engine,
        load_arrow(engine, plain),
        header,
        name=packed.name,
        sha256=packed.sha256,
        notes=handler.notes(),
    )


class _Handler:
    """What the parser calls: it knows where in log > trace > event it is, and nothing else."""

    def __init__(self) -> None:
        self.depth = self.traces = self.unnamed = self.nested = 0
        self.trace: dict[str, str] = {}
        self.event: dict[str, str] | None = None
        self.event_depth = self.trace_depth = -2
        self.trace_from = 0
        self.events: list[dict[str, str]] = []
        self.batches: list[pa.Table] = []

    def parse(self, path: Path) -> None:
        """Read the file from beginning to end."""
        parser = expat.ParserCreate()
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        with path.open("rb") as file:
            parser.ParseFile(file)

    def start(self, tag: str, values: dict[str, str]) -> None:
        """An element opens."""
        self.depth += 1
        if self.depth == self.event_depth + 1:
            if "value" in values:
                self.event[values["key"]] = values["value"]  # type: ignore[index]
        elif tag == "event":
            self.event, self.event_depth = {}, self.depth
        elif tag == "trace":
            self.trace, self.trace_depth = {}, self.depth
            self.trace_from = len(self.events)
            self.traces += 1
        elif self.depth == self.trace_depth + 1 and "value" in values:
            self.trace["case:" + values["key"]] = values["value"]
        elif self.trace_depth > 0 and "value" in values:
            self.nested += 1

    def end(self, _tag: str) -> None:
        """An element closes."""
        if self.depth == self.event_depth:
            self.events.append(self.event)  # type: ignore[arg-type]
            self.event_depth = -2
        elif self.depth == self.trace_depth:
            self._close_trace()
        self.depth -= 1

    def _close_trace(self) -> None:
        """Trace attributes may follow its events, so they are joined when the trace is complete."""
        if CASE not in self.trace:
            self.trace[CASE] = str(self.traces)
            self.unnamed += 1
        for event in self.events[self.trace_from :]:
            event.update(self.trace)
        self.trace_depth = -2
        if len(self.events) >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        keys = dict.fromkeys(key for event in self.events for key in event)
        self.batches.append(arrow_table({k: [e.get(k) for e in self.events] for k in keys}))
        self.events = []

    def table(self) -> pa.Table:
        """All events; a column for every attribute that any of them has."""
        import pyarrow as pa

        self._flush()
        filled = [batch for batch in self.batches if batch.num_columns] or [arrow_table({})]
        return pa.concat_tables(filled, promote_options="default")

    def notes(self) -> tuple[Note, ...]:
        """What of the file is not in the table as it stood there."""
        told = (("unnamed_traces", self.unnamed), ("nested_attributes", self.nested))
        return tuple(Note(key, n, say(f"reading.{key}", n=f"{n:,}")) for key, n in told if n)
