"""Any source to a `Raw`: which reader opens it, and on which engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ibis.expr.types as ir
from ibis.expr.operations import InMemoryTable

from journeylib.engine import Engine, duckdb, of_table
from journeylib.errors import UsageError
from journeylib.reading.delimited import read_delimited
from journeylib.reading.packed import unpack
from journeylib.reading.tables import Raw, read_frame, read_ibis, read_parquet
from journeylib.reading.template import Template
from journeylib.reading.workbook import read_workbook
from journeylib.reading.xes import read_xes

Frame = Any
"""A pandas, polars or pyarrow table: anything that offers its columns as Arrow."""


def raw_of(
    source: str | Path | ir.Table | Frame,
    template: Template,
    engine: Engine | None,
    sheet: str | None,
    scratch: Path,
) -> Raw:
    """`source` as a table of raw columns; `scratch` holds what is unpacked while it is read."""
    if isinstance(source, str | Path):
        return _raw_file(source, template, engine, sheet, scratch)
    if isinstance(source, ir.Table) and source.op().find(InMemoryTable):
        return read_frame(_local(engine), source.to_pyarrow())
    if isinstance(source, ir.Table):
        return read_ibis(of_table(source), source)
    if hasattr(source, "__arrow_c_stream__") or hasattr(source, "iloc"):
        return read_frame(_local(engine), source)
    raise UsageError(
        f"cannot read a log from {type(source).__name__}; give a path, or a pandas, polars, "
        "pyarrow or Ibis table"
    )


def _raw_file(
    source: str | Path, template: Template, engine: Engine | None, sheet: str | None, scratch: Path
) -> Raw:
    packed = unpack(source, scratch, template.table)
    if packed.kind == "parquet":
        return read_parquet(engine or duckdb(), str(packed.path), packed.name, packed.sha256)
    local = _local(engine)
    if packed.kind == "workbook":
        return read_workbook(local, packed, sheet)
    if packed.kind == "xes":
        return read_xes(local, packed)
    return read_delimited(local, packed, scratch)


def _local(engine: Engine | None) -> Engine:
    """Where files are parsed: the engine itself when it is DuckDB, else one beside it."""
    return engine if engine is not None and engine.name == "duckdb" else duckdb()
