"""Any table to a `Raw`: the columns as they stand, cleaned names, and ``row``, the position."""

from __future__ import annotations

import hashlib
import itertools
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir

from journeylib.engine import Engine
from journeylib.errors import InputError
from journeylib.log import Note
from journeylib.reading.times import is_hidden
from journeylib.terms import say

if TYPE_CHECKING:
    import pyarrow as pa

_fresh = itertools.count()
_FOLLOWED = ("activity", "at", "stage", "department", "channel", "system")
_RESERVED = frozenset(
    (
        *("row", "reason", "utc_offset", "at", "position", "case_start"),
        *(f"next_{name}" for name in _FOLLOWED),
    )
)


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that has too few or too many fields: its position, its cells."""

    row: int
    reason: str
    cells: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Raw:
    """A table before anyone knows what its columns mean.

    `table` has ``row`` and the columns under cleaned names, on `engine`; `zones` names the time
    zone of columns that were typed with one; `tidy` are text columns known to need no cleaning.
    """

    engine: Engine
    table: ir.Table
    name: str
    sha256: str
    broken: tuple[Broken, ...] = ()
    notes: tuple[Note, ...] = ()
    zones: Mapping[str, str] = field(default_factory=dict)
    tidy: frozenset[str] = frozenset()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the file in its order."""
        return tuple(c for c in self.table.columns if c != "row" and not is_hidden(c))


def raw_table(
    engine: Engine,
    table: ir.Table,
    header: Sequence[str],
    *,
    name: str,
    sha256: str,
    broken: tuple[Broken, ...] = (),
    notes: tuple[Note, ...] = (),
    zones: Mapping[int, str] | None = None,
) -> Raw:
    """A `Raw` of `table` (``row`` first, then one column per name of `header`, in order)."""
    names, naming = clean_names(header)
    columns = [c for c in table.columns if c != "row"]
    if not columns:
        raise InputError(name, "the table has no columns.")
    renamed = table.select(
        row=table.row.cast("int64"), **{n: table[c] for n, c in zip(names, columns, strict=True)}
    )
    named = {names[index]: zone for index, zone in (zones or {}).items()}
    return Raw(engine, renamed, name, sha256, broken, (*notes, *naming), named)


def clean_names(header: Iterable[str]) -> tuple[tuple[str, ...], tuple[Note, ...]]:
    """Names without blanks and marks around them, none empty, none twice (in any case).

    >>> clean_names([" 收货地址 ", "a", "A", ""])[0]
    ('收货地址', 'a', 'A (2)', 'column 4')
    """
    taken, names, repeated = set(_RESERVED), [], []
    for position, given in enumerate(header, 1):
        name = _clean(given) or f"column {position}"
        unique = _unique(name, taken)
        if unique != name:
            repeated.append(unique)
        taken.add(unique.casefold())
        names.append(unique)
    if not repeated:
        return tuple(names), ()
    told = say("reading.renamed_columns", columns=", ".join(repeated[:10]))
    return tuple(names), (Note("renamed_columns", len(repeated), told),)


def _unique(name: str, taken: set[str]) -> str:
    if name.casefold() not in taken:
        return name
    return next(n for i in itertools.count(2) if (n := f"{name} ({i})").casefold() not in taken)


def _clean(name: str) -> str:
    text = "".join(
        c for c in str(name) if unicodedata.category(c) not in ("Cc", "Cf") or c in "\t\n"
    )
    return re.sub(r"\s+", " ", text).strip()


# -- into the engine ---------------------------------------------------------------------------


def load_arrow(engine: Engine, table: pa.Table) -> ir.Table:
    """An Arrow table as one of a DuckDB engine's own, with ``row`` counted from 0."""
    view, stored = f"arrow_{next(_fresh)}", f"raw_{next(_fresh)}"
    connection = engine.backend.con
    connection.register(view, table)
    names = ", ".join(f'"{c}"' for c in table.column_names if c != "row")
    row = (
        'CAST("row" AS BIGINT) AS row'
        if "row" in table.column_names
        else "row_number() OVER () - 1 AS row"
    )
    connection.execute(f'CREATE TABLE "{stored}" AS SELECT {row}, {names} FROM "{view}"')
    connection.unregister(view)
    return engine.table(stored)


def fresh_name(stem: str) -> str:
    """A table name that nothing else uses."""
    return f"{stem}_{next(_fresh)}"


# -- parquet -----------------------------------------------------------------------------------


def read_parquet(engine: Engine, path: str, name: str, sha256: str) -> Raw:
    """A Parquet file, scanned lazily by `engine` itself."""
    try:
        header, zoned = _parquet_columns(engine, path)
        zones = _parquet_zones(path) if zoned else None
    except Exception as problem:  # noqa: BLE001 - DuckDB's or Arrow's own, told in our words
        said = str(problem).splitlines()[0]
        raise InputError(name, f"the Parquet file is damaged ({said}).", "Copy it again.") from None
    return raw_table(engine, _scan(engine, path), header, name=name, sha256=sha256, zones=zones)


def _parquet_columns(engine: Engine, path: str) -> tuple[list[str], bool]:
    """Names of the columns, and whether any is a time with a zone; without Arrow where possible."""
    if engine.name != "duckdb":
        import pyarrow.parquet as pq

        return pq.read_schema(path).names, True
    asked = "DESCRIBE SELECT * FROM read_parquet(?)"
    found = engine.backend.con.execute(asked, [path]).fetchall()
    return [column for column, *_ in found], any("WITH TIME ZONE" in kind for _, kind, *_ in found)


def _parquet_zones(path: str) -> dict[int, str]:
    import pyarrow.parquet as pq

    return _zones(pq.read_schema(path))


def _scan(engine: Engine, path: str) -> ir.Table:
    if engine.name != "duckdb":
        table = engine.backend.read_parquet(path)
        return table.select(row=position(engine, table), **{c: table[c] for c in table.columns})
    view = fresh_name("parquet")
    quoted = path.replace("'", "''")
    engine.backend.raw_sql(
        f'CREATE TEMP VIEW "{view}" AS SELECT file_row_number AS row, '
        f"* EXCLUDE (file_row_number) FROM read_parquet('{quoted}', file_row_number = true)"
    )
    return engine.table(view)


def _zones(schema: pa.Schema) -> dict[int, str]:
    import pyarrow as pa

    return {
        index: column.type.tz
        for index, column in enumerate(schema)
        if pa.types.is_timestamp(column.type) and column.type.tz
    }


# -- frames and Ibis tables --------------------------------------------------------------------


def read_frame(engine: Engine, frame: Any) -> Raw:
    """A pandas, polars or Arrow table; its content is hashed in Arrow's own layout."""
    table = _arrow(frame)
    if not table.num_columns:
        raise InputError("table", "the table has no columns.")
    header, digest = table.column_names, _arrow_sha256(table)
    zones = _zones(table.schema)
    plain = table.rename_columns([f"c{n}" for n in range(table.num_columns)])
    stored = load_arrow(engine, plain)
    return raw_table(engine, stored, header, name="table", sha256=digest, zones=zones)


def _arrow(frame: Any) -> pa.Table:
    import pyarrow as pa

    try:
        table = _pandas_arrow(frame) if hasattr(frame, "iloc") else pa.table(frame)
    except (TypeError, ValueError, pa.ArrowException) as problem:
        raise InputError("table", f"cannot be read as a table ({problem}).") from None
    plain = [_plain_column(column) for column in table.columns]
    return pa.table(plain, names=table.column_names).combine_chunks()


def _pandas_arrow(frame: Any) -> pa.Table:
    """Arrow from pandas; columns of mixed objects become text."""
    import pyarrow as pa

    names = [str(c) for c in frame.columns]
    plain = frame.set_axis([f"c{n}" for n in range(len(names))], axis=1)
    try:
        table = pa.Table.from_pandas(plain, preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        objects = plain.select_dtypes("object")
        plain = plain.assign(**{c: objects[c].map(str, na_action="ignore") for c in objects})
        table = pa.Table.from_pandas(plain, preserve_index=False)
    return table.rename_columns(names)


def _plain_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        return column.cast(kind.value_type)
    return column.cast(pa.string()) if pa.types.is_null(kind) else column


def _arrow_sha256(table: pa.Table) -> str:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema.remove_metadata()) as stream:
        stream.write_table(table.replace_schema_metadata())
    return hashlib.sha256(sink.getvalue()).hexdigest()


def read_ibis(engine: Engine, table: ir.Table) -> Raw:
    """A table that stays where it is; its hash is one scan by its own engine."""
    digest = _ibis_sha256(engine, table)
    header = [c for c in table.columns if c != "row"]
    row = table.row if _has_row(table) else position(engine, table)
    if not _has_row(table):
        header = list(table.columns)
    numbered = table.select(row=row, **{f"c{n}": table[c] for n, c in enumerate(header)})
    return raw_table(engine, numbered, header, name=_table_name(table), sha256=digest)


def _has_row(table: ir.Table) -> bool:
    return "row" in table.columns and table.row.type().is_integer()


def _table_name(table: ir.Table) -> str:
    name = str(getattr(table.op(), "name", "table"))
    return "table" if name.startswith("ibis_") else name  # names that Ibis makes up are random


def position(engine: Engine, table: ir.Table) -> ir.IntegerValue:
    """The place of a row in its table: storage order where the engine has one, else by values."""
    if engine.name == "duckdb":
        return ibis.row_number()
    if engine.name == "pyspark":
        return _monotonic()
    return ibis.row_number().over(order_by=list(table.columns))


def _monotonic() -> ir.IntegerValue:
    def monotonically_increasing_id(): ...  # type: ignore[no-untyped-def]

    return ibis.udf.scalar.builtin(monotonically_increasing_id, signature=((), "int64"))()


def _ibis_sha256(engine: Engine, table: ir.Table) -> str:
    """Schema, number of rows, and the sum of each column's hashes: independent of row order."""
    hashes = {
        f"c{n}": (table[c].cast("string").fill_null("").hash() % 2_147_483_647).cast("int64").sum()
        for n, c in enumerate(table.columns)
    }
    found = engine.row(table.aggregate(rows=table.count(), **hashes))
    text = repr([(c, str(t)) for c, t in table.schema().items()]) + repr(tuple(map(str, found)))
    return hashlib.sha256(text.encode()).hexdigest()
