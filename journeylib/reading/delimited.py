"""CSV and its kin: DuckDB's reader for well-formed files, a patient one for the others."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import ibis.expr.types as ir

from journeylib.engine import Engine, arrow_table
from journeylib.errors import InputError
from journeylib.log import Note
from journeylib.reading.encodings import Dialect, as_utf8, dialect_of, encoding_of, has_one_line_end
from journeylib.reading.packed import Packed
from journeylib.reading.tables import Broken, Raw, fresh_name, load_arrow, raw_table
from journeylib.terms import say

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH = 50_000
_MOST_FIELD = 1 << 30


def read_delimited(engine: Engine, packed: Packed, scratch: Path) -> Raw:
    """A text table with every cell as text; lines with a wrong number of fields are set aside."""
    encoding = encoding_of(packed.path, packed.name)
    path = as_utf8(packed.path, encoding, packed.name, scratch)
    csv.field_size_limit(_MOST_FIELD)  # the only way: the module keeps its limit globally
    dialect = dialect_of(path)
    quick = _quick(engine, path, dialect) if has_one_line_end(path) else None
    table, broken = (
        (quick, ()) if quick is not None else _patient(engine, path, dialect, packed.name)
    )
    notes = (*_encoding_note(encoding), *_titles_note(dialect))
    return raw_table(
        engine,
        table,
        dialect.header,
        name=packed.name,
        sha256=packed.sha256,
        broken=broken,
        notes=notes,
    )


def _encoding_note(encoding: str) -> tuple[Note, ...]:
    if encoding.startswith("utf-8"):
        return ()
    return (Note("encoding", 0, say("reading.encoding", encoding=encoding)),)


def _titles_note(dialect: Dialect) -> tuple[Note, ...]:
    if not dialect.titles:
        return ()
    return (Note("title_lines", dialect.titles, say("reading.title_lines", n=dialect.titles)),)


def _quick(engine: Engine, path: Path, dialect: Dialect) -> ir.Table | None:
    """The whole file by DuckDB, all threads; None as soon as one line is not as it should be."""
    columns = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(len(dialect.header)))
    name = fresh_name("raw")
    options = {
        "delim": dialect.delimiter,
        "quote": '"',
        "escape": '"',
    }
    told = ", ".join(f"{key} = {_quoted(value)}" for key, value in options.items())
    try:
        engine.backend.con.execute(
            f'CREATE TABLE "{name}" AS SELECT row_number() OVER () - 1 AS row, * FROM read_csv('
            f"{_quoted(str(path))}, auto_detect = false, header = true, skip = {dialect.titles}, "
            f"{told}, columns = {{{columns}}}, strict_mode = true)"
        )
    except duckdb.Error:
        return None
    return engine.table(name)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _patient(
    engine: Engine, path: Path, dialect: Dialect, name: str
) -> tuple[ir.Table, tuple[Broken, ...]]:
    """The same file record by record: wrong ones are set aside, their positions are kept."""
    import pyarrow as pa

    width = len(dialect.header)
    broken: list[Broken] = []
    batches: list[pa.Table] = []
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        records = enumerate(_records(file, dialect))
        while batch := list(itertools.islice(records, _BATCH)):
            batches.append(_arrow([record for record in batch if _fits(record[1], width)], width))
            wrong = (record for record in batch if not _fits(record[1], width))
            broken += (_broken(*record, width, dialect.delimiter, name) for record in wrong)
    table = pa.concat_tables(batches) if batches else _arrow([], width)
    return load_arrow(engine, table), tuple(broken)


def _records(file: Iterator[str], dialect: Dialect) -> Iterator[list[str]]:
    """Records below the header, blank lines left out."""
    lines = itertools.islice(file, dialect.titles, None)
    filled = (record for record in csv.reader(lines, delimiter=dialect.delimiter) if record)
    return itertools.islice(filled, 1, None)


def _fits(cells: list[str], width: int) -> bool:
    """Whether there is a cell for each column; empty ones after the last do no harm."""
    return len(cells) == width or (len(cells) > width and not any(cells[width:]))


def _arrow(records: list[tuple[int, list[str]]], width: int) -> pa.Table:
    columns = {f"c{n}": [cells[n] for _, cells in records] for n in range(width)}
    return arrow_table({"row": [str(row) for row, _ in records], **columns})


def _broken(row: int, cells: list[str], width: int, delimiter: str, name: str) -> Broken:
    if len(cells) < width and cells and cells[-1].count("\n") > 1:
        raise InputError(
            name,
            f"in row {row + 1} (below the header) a quotation mark is opened and never closed.",
            "Close or remove it.",
        )
    if len(cells) < width:
        return Broken(row, "too_few_fields", tuple(cells))
    joined = delimiter.join(cells[width - 1 :])
    return Broken(row, "too_many_fields", (*cells[: width - 1], joined))
