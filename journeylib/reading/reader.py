"""`read_log`: the steps from a source to an `EventLog`, in order."""

from __future__ import annotations

import dataclasses
import tempfile
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ibis.expr.types as ir

from journeylib.engine import Engine, arrow_table
from journeylib.errors import ColumnError, RowsError
from journeylib.log import ROLES, EventLog, Source
from journeylib.log import Mapping as ColumnMapping
from journeylib.reading import quality, shapes
from journeylib.reading.beside import with_changes, with_links
from journeylib.reading.contents import date_columns, is_record_table, look
from journeylib.reading.delimited import read_delimited
from journeylib.reading.mapping import Choices, Matches, Rivals, match_contents, match_names
from journeylib.reading.packed import member_beside
from journeylib.reading.sources import Frame, raw_of
from journeylib.reading.tables import Raw, load_arrow
from journeylib.reading.template import DateColumn, Shape, Template, load_mapping
from journeylib.reading.templated import joined, replaced
from journeylib.reading.values import surveyed
from journeylib.terms import Lang, say


def read_log(
    source: str | Path | ir.Table | Frame,
    *,
    mapping: str | Path | None = None,
    columns: Mapping[str, str] | None = None,
    engine: Engine | None = None,
    sheet: str | None = None,
    changes: str | Path | ir.Table | Frame | None = None,
    links: str | Path | ir.Table | Frame | None = None,
) -> EventLog:
    """Read `source` as an event log.

    Args:
        source: path of a CSV (any delimiter and encoding), XLSX, Parquet or XES file, packed as
            ``.gz`` or ``.zip`` or not (``archive.zip!member.csv``); or a pandas, polars, pyarrow or
            Ibis table. An Ibis table stays on its own backend unless `engine` says otherwise.
        mapping: name of a shipped mapping (``servicenow``, ``salesforce``, …) or a TOML file.
        columns: role → column, above anything else: ``{"case_id": "工单号"}``.
        engine: where the log lives; DuckDB by default.
        sheet: the sheet of a workbook that has several.
        changes: a table of field changes beside the log (object_id, attribute, old, new, timestamp,
            system, department, source), read like a log; object ids are the log's case ids.
        links: a table of which record of one system is which of another (system_a, id_a, system_b,
            id_b).

    Returns:
        The ordered log. Its `mapping` says which column plays which role and how sure that is,
        `quality` what was noticed, `rejects` which rows could not be read and why: no row is
        dropped in silence.

    Raises:
        InputError: the source cannot be read as a table.
        ColumnError: a required column is missing or ambiguous.
        RowsError: no row can be read.

    >>> import pyarrow as pa
    >>> columns = {"客户编号": ["1"], "活动": ["首次联系"], "时间": ["2025/3/1 9:00"]}
    >>> log = read_log(pa.table(columns))
    >>> log
    EventLog(1 cases, 1 events, 1 activities, 2025-03-01…2025-03-01)
    """
    template = load_mapping(mapping) if mapping is not None else Template("")
    choices = (Choices.given(columns), Choices(template.columns or {}, "template"))
    with tempfile.TemporaryDirectory(prefix="journeylib-read-") as scratch:
        raw = raw_of(source, template, engine, sheet, Path(scratch))
        home = engine or raw.engine
        raw = _with_side_tables(replaced(raw, template), source, template, Path(scratch))
        log = _log(home, surveyed(raw), template, choices)
    return with_links(with_changes(log, changes), links)


def mapping_table(log: EventLog, lang: Lang = "zh") -> str:
    """How the columns of `log` were understood, as aligned text: role, column, confidence, why."""
    rows = [
        [say(f"reading.head_{h}").in_(lang) for h in ("role", "column", "confidence", "reason")]
    ]
    for match in sorted(log.mapping.matches, key=lambda m: ROLES.index(m.role)):
        why = say(f"reading.reason_{match.reason}").in_(lang)
        rows.append([match.role, match.column, f"{match.confidence:.0%}", why])
    shape = say(f"reading.shape_{log.mapping.shape}").in_(lang)
    zone = log.mapping.zone or say("reading.zone_none").in_(lang)
    attributes = ", ".join(log.attributes) or "–"
    below = say("reading.mapping_below", shape=shape, zone=zone, attributes=attributes).in_(lang)
    return "\n".join([*_aligned(rows), below])


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(_width(row[n]) for row in rows) for n in range(len(rows[0]))]
    padded = [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        )
        for row in rows
    ]
    return [line.rstrip() for line in padded]


def _width(text: str) -> int:
    """Columns on a terminal: East Asian signs are two wide."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


# -- steps -------------------------------------------------------------------------------------


def _with_side_tables(raw: Raw, source: Any, template: Template, scratch: Path) -> Raw:
    if not isinstance(source, str | Path):
        return raw
    for join in template.joins:
        packed = member_beside(source, join.table, scratch)
        if packed:
            side = replaced(read_delimited(raw.engine, packed, scratch), template)
            raw = joined(raw, side, join)
    return raw


def _log(engine: Engine, raw: Raw, template: Template, choices: tuple[Choices, ...]) -> EventLog:
    shape, shaped = _shaped(raw, template, choices)
    counted = raw.engine.row(raw.table.aggregate(n=raw.table.count())).n
    rows = counted + len(raw.broken)
    log = EventLog.from_events(
        engine,
        engine.adopt(shaped.events),
        ColumnMapping(shape, tuple(shaped.matches.values()), shaped.attributes),
        Source(raw.name, raw.sha256, rows),
    )
    events = engine.row(log.events.aggregate(n=log.events.count())).n
    all_read = shape != "wide" and events == counted and not raw.broken
    counts = [] if all_read else quality.count_rejects(raw.engine, shaped.rejects, raw.broken)
    if not events:
        raise RowsError(raw.name, [(quality.why(reason).en, n) for reason, n in counts])
    before = (*quality.row_notes(rows, counts), *shaped.notes)
    return dataclasses.replace(
        log,
        mapping=dataclasses.replace(log.mapping, zone=quality.zone_of(log)),
        quality=(*before, *log.quality, *quality.event_notes(log)),
        rejects=_rejects(engine, raw, shaped) if counts else None,
    )


def _rejects(engine: Engine, raw: Raw, shaped: shapes.Shaped) -> ir.Table:
    rejects = shaped.rejects
    if raw.broken:
        cells = {
            column: [line.cells[n] if n < len(line.cells) else None for line in raw.broken]
            for n, column in enumerate(raw.columns)
        }
        rejects = rejects.union(_broken(raw, cells))
    return engine.materialise(engine.adopt(rejects).order_by("row"), "rejects")


def _broken(raw: Raw, cells: Mapping[str, list[str | None]]) -> ir.Table:
    plain: dict[str, Sequence[str | None]] = {
        "row": [str(line.row) for line in raw.broken],
        "reason": [line.reason for line in raw.broken],
        **{f"c{n}": column for n, column in enumerate(cells.values())},
    }
    table = load_arrow(raw.engine, arrow_table(plain))
    names = {c: table[f"c{n}"] for n, c in enumerate(raw.columns)}
    return table.select(row=table.row, reason=table.reason, **names)


def _shaped(
    raw: Raw, template: Template, choices: tuple[Choices, ...]
) -> tuple[Shape, shapes.Shaped]:
    if template.shape == "wide":
        matches, _ = match_names(raw.name, raw.columns, choices)
        return "wide", _wide(raw, matches, template.dates, template)
    if template.shape == "history":
        raw = shapes.only_changes(raw, template)
    matches, rivals = match_names(raw.name, raw.columns, choices)
    if template.shape is None and is_record_table(raw, matches, choices):
        dates = tuple(DateColumn(column) for column in date_columns(raw))
        return "wide", _wide(raw, matches, dates, template)
    matches = _settled(raw, matches, rivals)
    if template.shape == "snapshots":
        raw = shapes.only_new_states(raw, matches, template)
    raw, branches = shapes.event_list(raw, matches, template)
    return template.shape or "events", shapes.shaped(raw, matches, branches, ())


def _settled(raw: Raw, matches: Matches, rivals: Rivals) -> Matches:
    """All required roles filled, or an error that says what to do."""
    for role, columns in rivals.items():
        raise ColumnError(raw.name, role, raw.columns, columns)
    return match_contents(raw.name, raw.columns, matches, lambda known: look(raw, known))


def _wide(
    raw: Raw, matches: Matches, dates: Sequence[DateColumn], template: Template
) -> shapes.Shaped:
    if "case_id" not in matches:
        raise ColumnError(raw.name, "case_id", raw.columns)
    missing = [date.column for date in dates if date.column not in raw.columns]
    if missing or not dates:
        raise ColumnError(raw.name, missing[0] if missing else "timestamp", raw.columns)
    taken = {date.column for date in dates}
    kept = {
        role: match
        for role, match in matches.items()
        if role not in ("activity", "timestamp", "start_timestamp") and match.column not in taken
    }
    branches = shapes.wide(raw, kept, dates, template)
    return shapes.shaped(raw, kept, branches, [date.column for date in dates])
