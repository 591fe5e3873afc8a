"""An Ibis connection, and the one pass that orders events.

Everything above this file is an aggregate expression; only here does it matter which engine runs it.
DuckDB runs embedded by default; Spark takes over where one machine is outgrown. Results come back as
plain tuples, never through pandas: importing it would cost more than most questions do.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import re
import tempfile
from array import array
from collections import namedtuple
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import ibis
import ibis.expr.types as ir

from journeylib.errors import MissingExtraError, ResourceError, UsageError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    Column: TypeAlias = Sequence[str | None] | Sequence[int] | pa.Array

SEPARATOR = "\x1f"
"""Joins the activities of a variant; the ASCII unit separator occurs in no sane activity name."""

_SPARK_MASTER = re.compile(r"local(-cluster)?(\[[\d*,]+\])?|yarn|(spark|k8s)://.+")


@dataclass(frozen=True, eq=False)
class Engine:
    """A connection that runs expressions; make one with `duckdb`, `spark` or `of_table`.

    A `guest` lives in somebody else's connection and looks before it names a table.
    """

    backend: Any
    scratch: tempfile.TemporaryDirectory[str] | None = field(default=None, repr=False)
    guest: bool = False
    _numbers: Iterator[int] = field(default_factory=itertools.count, repr=False)

    @property
    def name(self) -> str:
        """``duckdb``, ``pyspark``, ``postgres``, …"""
        return str(self.backend.name)

    def fresh(self, stem: str) -> str:
        """A name no other table of this engine has; the same in every run, as evidence shows it."""
        taken = self._taken() if self.guest else set()
        return next(name for n in self._numbers if (name := f"{stem}_{n}") not in taken)

    def _taken(self) -> set[str]:
        if self.name != "duckdb":  # where Ibis 12's list_tables stumbles over DuckDB 2
            return set(self.backend.list_tables())
        asked = "SELECT table_name FROM information_schema.tables"
        return {name for (name,) in self.backend.con.execute(asked).fetchall()}

    def rows(self, expr: ir.Table) -> list[Any]:
        """Run `expr`; named tuples in no particular order (sort them: engines are parallel)."""
        row = _row_type(tuple(expr.columns))
        with _resource_errors():
            if self.name == "duckdb":
                return [row._make(r) for r in self.backend.con.execute(self.sql(expr)).fetchall()]
            table = expr.to_pyarrow()
            return [row._make(r) for r in zip(*(c.to_pylist() for c in table.columns), strict=True)]

    def row(self, expr: ir.Table) -> Any:
        """The only row of `expr`."""
        return self.rows(expr)[0]

    def materialise(self, expr: ir.Table, name: str) -> ir.Table:
        """Run `expr` once and keep the result as a table under a fresh name."""
        fresh = self.fresh(name)
        with _resource_errors():
            if self.name == "duckdb":
                self.backend.raw_sql(f'CREATE TABLE "{fresh}" AS {self.sql(expr)}')
                return self.backend.table(fresh)
            if self.name == "pyspark":
                return self._parquet_copy(expr, fresh)
            return self.backend.create_table(fresh, expr, temp=True)

    def lookup(self, columns: Mapping[str, Column], name: str = "lookup") -> ir.Table:
        """A small table of texts or integers (or of Arrow arrays) as one of the engine's own."""
        table, fresh = arrow_table(columns), self.fresh(name)
        if self.name == "duckdb":  # Ibis 12's create_table stumbles over Arrow on DuckDB 2
            self.backend.con.register(fresh, table)
            return self.backend.table(fresh)
        if self.name == "pyspark":
            import pyarrow.parquet as pq

            path = self._scratch_path(fresh).with_suffix(".parquet")
            pq.write_table(table, path)
            return self.backend.read_parquet(str(path))
        return self.backend.create_table(fresh, table)

    def sequence(self, table: ir.Table, value: str, *, by: str, order: str) -> ir.Table:
        """One row per `by`: its `value` strings in `order`, joined by `SEPARATOR`, as ``sequence``."""
        if self.name == "duckdb":
            values = table[value].cast("string").collect(order_by=table[order])
            return table.group_by(by).aggregate(sequence=values.join(SEPARATOR))
        pairs = table.select(by, pair=ibis.struct({"o": table[order], "v": table[value]}))
        collected = pairs.group_by(by).aggregate(pairs=pairs.pair.collect())
        ordered = collected.pairs.sort().map(lambda pair: pair["v"]).join(SEPARATOR)
        return collected.select(by, sequence=ordered)

    def adopt(self, table: ir.Table) -> ir.Table:
        """`table` as one of this engine's; another engine's table travels through a Parquet file."""
        owner = table.get_backend()
        if owner is self.backend:
            return table
        path = self._scratch_path("adopted") / "part.parquet"
        path.parent.mkdir()
        table.to_parquet(path)
        return self.backend.read_parquet(str(path))

    def sql(self, expr: ir.Table) -> str:
        """The SQL that runs for `expr`: evidence for whoever wants to ask again."""
        return str(self.backend.compile(expr))

    def ask(self, sql: str) -> pd.DataFrame:
        """The result of SQL, such as the evidence of a finding, as a pandas frame."""
        frame: pd.DataFrame
        with _resource_errors():
            if self.name == "duckdb":
                frame = self.backend.con.execute(sql).df()
            elif self.name == "pyspark":
                frame = self.backend._session.sql(sql).toPandas()
            else:
                frame = self.backend.sql(sql).to_pandas()
        return frame

    def _parquet_copy(self, expr: ir.Table, name: str) -> ir.Table:
        """Spark's temporary views are lazy: writing is what makes a result stay."""
        path = str(self._scratch_path(name))
        self.backend._session.sql(self.sql(expr)).write.parquet(path)
        return self.backend.read_parquet(path)

    def _scratch_path(self, name: str) -> Path:
        assert self.scratch is not None, "this engine has no scratch folder"
        return Path(self.scratch.name) / self.fresh(name)


def arrow_table(columns: Mapping[str, Column]) -> pa.Table:
    """Columns of texts or of integers as an Arrow table; texts may be missing, integers not.

    `pyarrow.array` would import pandas only to look whether it was given a Series.
    """
    import pyarrow as pa

    arrays = [_arrow_array(pa, values) for values in columns.values()]
    return pa.Table.from_arrays(arrays, names=list(columns))


def _arrow_array(pa: Any, values: Column) -> pa.Array:
    if isinstance(values, pa.Array):
        return values
    if values and isinstance(values[0], int):
        buffer = pa.py_buffer(array("q", cast("Sequence[int]", values)))
        return pa.Array.from_buffers(pa.int64(), len(values), [None, buffer])
    builder = pa.lib.StringBuilder()
    builder.append_values(values)
    return builder.finish()


def duckdb(memory: str | None = None, threads: int | None = None) -> Engine:
    """An embedded DuckDB on `threads` cores (all, unless told).

    `memory` (``"3GB"``) limits it; what does not fit spills to disk.
    """
    scratch = _scratch_folder()
    options: dict[str, Any] = {"temp_directory": scratch.name}
    if memory:
        options["memory_limit"] = memory
    if threads is not None:
        options["threads"] = _positive(threads)
    try:
        backend = ibis.duckdb.connect(**options)
    except Exception as problem:  # noqa: BLE001 - of DuckDB's own, told in our words
        raise UsageError(
            f"memory {memory!r} is no amount; write for example '3GB'. ({problem})"
        ) from None
    backend.raw_sql("SET enable_progress_bar = false")
    return Engine(backend, scratch)


def spark(master: str = "local[2]") -> Engine:
    """Spark at `master`; needs the extra ``spark`` and Java."""
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise MissingExtraError("The Spark engine", "spark") from None
    session = (
        SparkSession.builder.master(master)
        .appName("journeylib")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "8")
        .getOrCreate()
    )
    return Engine(ibis.pyspark.connect(session), _scratch_folder())


def connect(url: str = "duckdb", memory: str | None = None, threads: int | None = None) -> Engine:
    """The engine for a command-line name: ``duckdb``, ``local[2]``, ``spark://host:port``.

    `memory` and `threads` are DuckDB's; Spark takes both from its own configuration.
    """
    if url == "duckdb":
        return duckdb(memory, threads)
    if _SPARK_MASTER.fullmatch(url):
        return spark(url)
    raise UsageError(f"unknown engine {url!r}; use 'duckdb', 'local[2]' or 'spark://host:port'")


def of_table(table: ir.Table) -> Engine:
    """The engine that already holds `table`."""
    return Engine(table.get_backend(), _scratch_folder(), guest=True)


def arrange(engine: Engine, events: ir.Table) -> ir.Table:
    """Order events once by (case, time, file position); all facts are aggregates after this.

    `events` has the canonical columns and ``row`` (position in the file). Added are ``at``
    (microseconds since 1970, so that durations are plain integers on every engine), ``position``
    (from 1) and ``case_start`` (as ``at``) within the case, and ``next_activity``, ``next_at`` and,
    for each of stage, department, channel and system that exists, ``next_<name>``: null at the end
    of a case.
    """
    events = _coded(engine, events.mutate(at=microseconds(engine, events.timestamp)))
    order = ibis.window(group_by="case_id", order_by=["at", "row"])
    following = [name for name in ("at", *_NAMES) if name in events.columns]
    arranged = events.mutate(
        position=ibis.row_number().over(order) + 1,
        case_start=events.at.first().over(order),
        **{f"next_{name}": events[name].lead().over(order) for name in following},
    )
    return engine.materialise(arranged, "events")


_NAMES = ("activity", "stage", "department", "channel", "system")
_MOST_CODES = 4096


def _coded(engine: Engine, events: ir.Table) -> ir.Table:
    """Names as DuckDB enumerations: they sort and group as small integers, several times faster.

    Nothing else changes: an enumeration made in alphabetical order compares and reads as its text.
    A column with very many different values stays text; so do all on other engines.
    """
    if engine.name != "duckdb":
        return events
    names = [name for name in _NAMES if name in events.columns]
    found = engine.row(events.aggregate(**{n: events[n].collect(distinct=True) for n in names}))
    view, casts = engine.fresh("coded"), []
    for name, values in zip(names, found, strict=True):
        if values and len(values) <= _MOST_CODES:
            codes = ", ".join("'" + value.replace("'", "''") + "'" for value in sorted(values))
            engine.backend.raw_sql(f"CREATE TYPE {view}_{name} AS ENUM ({codes})")
            casts.append(f'"{name}"::{view}_{name} AS "{name}"')
    if not casts:
        return events
    plain = engine.sql(events)
    engine.backend.raw_sql(
        f"CREATE VIEW {view} AS SELECT * REPLACE ({', '.join(casts)}) FROM ({plain})"
    )
    return engine.backend.table(view)


def microseconds(engine: Engine, timestamp: ir.TimestampValue) -> ir.IntegerValue:
    """Microseconds since 1970; Ibis itself only offers whole seconds."""
    function = {"duckdb": "epoch_us", "pyspark": "unix_micros"}.get(engine.name)
    if function is None:
        return timestamp.epoch_seconds().cast("int64") * 1_000_000
    return _builtin(function)(timestamp)


def _positive(threads: int) -> int:
    if threads < 1:
        raise UsageError(f"{threads} cores cannot work; use 1 or more, or leave it out for all")
    return threads


@functools.cache
def _builtin(function: str) -> Any:
    def microseconds(timestamp: Any) -> None: ...

    microseconds.__name__ = function
    return ibis.udf.scalar.builtin(microseconds, signature=(("timestamp",), "int64"))


@functools.cache
def _row_type(columns: tuple[str, ...]) -> Any:
    return namedtuple("Row", columns, rename=True)  # noqa: PYI024 - the columns are known only now


def _scratch_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="journeylib-", ignore_cleanup_errors=True)


@contextlib.contextmanager
def _resource_errors() -> Iterator[None]:
    """An engine that runs out of memory or disk says so in our words."""
    try:
        yield
    except Exception as problem:
        text = str(problem)
        if "Out of Memory" in text or "OutOfMemory" in text or "No space left" in text:
            raise ResourceError(
                "The engine ran out of memory or disk. Give it more (--memory 6GB), free the "
                f"temporary folder, or use --engine. It said: {text.splitlines()[0][:200]}"
            ) from problem
        raise
