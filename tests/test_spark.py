"""The same expressions give the same facts on Spark as on DuckDB, edge for edge."""

from __future__ import annotations

import json
import shutil

import pytest

pytest.importorskip("pyspark", reason="the extra [spark] is not installed")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java", allow_module_level=True)

from journeylib import engine as engines
from journeylib.findings import diagnose
from journeylib.mining import mine
from journeylib.reading import read_log
from tests.conftest import ROOT
from tests.logs import log_of
from tests.test_findings import world


@pytest.fixture(scope="module")
def both():
    rows = world(5, cases=80, slow=6.0, rework=0.4, pingpong=0.3, drop=0.4, loss=0.5)
    return [mine(log_of(rows, engine)) for engine in (engines.duckdb(), engines.spark())]


def test_every_fact_is_the_same_on_both_engines(both):
    duckdb, spark = (json.loads(json.dumps(journey.to_dict())) for journey in both)
    assert duckdb == spark


def test_every_finding_is_the_same_on_both_engines(both):
    duckdb, spark = (diagnose(journey).to_dict() for journey in both)
    for finding in (*duckdb["findings"], *spark["findings"]):
        del finding["sql"]
    assert rounded(duckdb) == rounded(spark)


def test_a_file_reads_alike_on_both_engines(tmp_path):
    """CSV is parsed beside Spark and travels there; Parquet Spark scans itself."""
    import duckdb

    csv, parquet = ROOT / "event_logs" / "solar_home.csv", tmp_path / "solar_home.parquet"
    duckdb.sql(f"COPY (FROM read_csv('{csv}', all_varchar = true)) TO '{parquet}'")
    for path in (csv, parquet):
        logs = [read_log(path, engine=e) for e in (engines.duckdb(), engines.spark())]
        here, there = ({**mine(log).to_dict()} for log in logs)
        assert rounded(here) == rounded(there)


def rounded(value):
    """p-values of sums added up in another order differ in the last digits."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value
