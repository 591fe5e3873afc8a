"""Tables beside the log: the history of field changes, and links between systems' records.

They are opened, decoded and timed like a log; only their columns are others.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from journeylib.engine import Engine, microseconds
from journeylib.errors import InputError, did_you_mean
from journeylib.log import EventLog, Note, Source
from journeylib.reading import values
from journeylib.reading.sources import Frame, raw_of
from journeylib.reading.tables import Raw
from journeylib.reading.template import Template
from journeylib.reading.times import read_times
from journeylib.terms import load_template, normalised, say

CHANGES = ("object_id", "attribute", "new", "timestamp")
"""Columns that a table of field changes must have; old, system, department, source may be."""
LINKS = ("system_a", "id_a", "system_b", "id_b")


def with_changes(log: EventLog, source: str | Path | ir.Table | Frame | None) -> EventLog:
    """`log` with the field changes of `source`; those of objects it does not know are counted."""
    if source is None:
        return log
    with tempfile.TemporaryDirectory(prefix="journeylib-read-") as scratch:
        raw = raw_of(source, Template(""), log.engine, None, Path(scratch))
        columns = _columns(raw, "changes", CHANGES)
        raw, read, zoned, notes = _changes(raw, columns)
        changes = _kept(log.engine, raw, read, "changes")
    known = changes.semi_join(log.events, "case_id")
    kept = log.engine.materialise(known, "changes")
    unknown = _count(log.engine, changes) - _count(log.engine, kept)
    notes += _note("changes_unknown", unknown)
    notes += _note(
        "changes_zone", _count(log.engine, kept) if zoned != log.has("utc_offset") else 0
    )
    return _beside(log, raw, notes, changes=kept)


def with_links(log: EventLog, source: str | Path | ir.Table | Frame | None) -> EventLog:
    """`log` with the links of `source`; rows that lack a part of a link are counted."""
    if source is None:
        return log
    with tempfile.TemporaryDirectory(prefix="journeylib-read-") as scratch:
        raw = raw_of(source, Template(""), log.engine, None, Path(scratch))
        columns = _columns(raw, "links", LINKS)
        read = raw.table.select(**{role: values.word(raw, columns[role]) for role in LINKS})
        whole = read.drop_null(LINKS)
        lost = _count(raw.engine, read) - _count(raw.engine, whole)
        links = _kept(log.engine, raw, whole.distinct(), "links")
    return _beside(log, raw, _note("links_rejected", lost + len(raw.broken)), links=links)


# -- steps ---------------------------------------------------------------------------------------


def _changes(raw: Raw, columns: Mapping[str, str]) -> tuple[Raw, ir.Table, bool, tuple[Note, ...]]:
    """The changes in canonical columns, whether their times know a zone, and what was noticed."""
    table, (time,) = read_times(raw.engine, raw.table, [columns["timestamp"]], zones=raw.zones)
    raw = dataclasses.replace(raw, table=table)
    words = {role: _word(raw, columns.get(role)) for role in ("old", "system", "department")}
    by = (
        values.vocabulary(raw, "source", columns["source"], given=True)
        if "source" in columns
        else None
    )
    read = table.select(
        case_id=values.word(raw, columns["object_id"]),
        attribute=values.word(raw, columns["attribute"]),
        new=_word(raw, columns["new"]),
        at=microseconds(raw.engine, time.at),
        source=ibis.null("string") if by is None else by.value,
        **words,
    )
    whole = read.drop_null(["case_id", "attribute", "at"])
    lost = _count(raw.engine, read) - _count(raw.engine, whole) + len(raw.broken)
    noticed = () if by is None else by.notes
    zoned = time.offset is not None
    return raw, whole, zoned, (*raw.notes, *noticed, *_note("changes_rejected", lost))


def _word(raw: Raw, column: str | None) -> ir.StringValue:
    return ibis.null("string") if column is None else values.word(raw, column)


def _kept(engine: Engine, raw: Raw, read: ir.Table, name: str) -> ir.Table:
    """What was read as a table of the log's own engine, before its file goes away."""
    kept = raw.engine.materialise(read, name)
    return engine.materialise(engine.adopt(kept), name) if raw.engine is not engine else kept


def _beside(log: EventLog, raw: Raw, notes: tuple[Note, ...], **tables: ir.Table) -> EventLog:
    source = Source(raw.name, raw.sha256, _count(log.engine, next(iter(tables.values()))))
    return dataclasses.replace(
        log, quality=(*log.quality, *notes), beside=(*log.beside, source), **tables
    )


def _columns(raw: Raw, kind: str, required: Sequence[str]) -> dict[str, str]:
    """Role → column by name; the canonical name before its synonyms, each column once."""
    names = dict(load_template("reading", "beside")[kind])
    if kind == "changes":
        case = load_template("reading", "roles")["case_id"]
        names["object_id"] += [*case["xes"], *case["names"], *case["likely"]]
    found: dict[str, str] = {}
    for role, synonyms in names.items():
        wanted = [normalised(word) for word in (role, *synonyms)]
        free = [c for c in raw.columns if c not in found.values() and normalised(c) in wanted]
        if free:
            found[role] = min(free, key=lambda column: wanted.index(normalised(column)))
    for role in required:
        if role not in found:
            raise _missing(raw, kind, role)
    return found


def _missing(raw: Raw, kind: str, role: str) -> InputError:
    have = ", ".join(map(repr, raw.columns[:20]))
    return InputError(
        raw.name,
        f"no column could be recognised as the {role} of the {kind}. Columns: {have}.",
        f"Name one of them {role!r}." + did_you_mean(role, raw.columns),
    )


def _note(check: str, n: int) -> tuple[Note, ...]:
    return (Note(check, n, say(f"reading.{check}", n=f"{n:,}")),) if n else ()


def _count(engine: Engine, table: ir.Table) -> int:
    found: Any = engine.row(table.aggregate(n=table.count()))
    return int(found.n)
