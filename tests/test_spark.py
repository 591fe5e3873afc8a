"""The same expressions give the same facts on Spark as on DuckDB, edge for edge."""

from __future__ import annotations

import json
import shutil

import pytest

pytest.importorskip("pyspark", reason="the extra [spark] is not installed")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java", allow_module_level=True)

from journeylib import engine as engines
from journeylib import survival
from journeylib.findings import Rules, diagnose
from journeylib.findings.waiting import waiting
from journeylib.findings.waiting_causes import decompose
from journeylib.mining import mine
from journeylib.reading import read_log
from tests.conftest import ROOT
from tests.logs import log_of
from tests.test_findings import world
from tests.test_waiting import random_rows


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


def test_working_time_and_waiting_are_the_same_on_both_engines(both):
    rows = [
        r | {"utc_offset": 480, "department": "abc"[n % 3]}
        for n, r in enumerate(random_rows(1, cases=12))
    ]
    told = []
    for journey in both:
        mined = mine(log_of(rows, journey.log.engine), calendar="cn")
        causes = decompose(mined, Rules.load()).to_dict()
        told.append((mined.to_dict(), waiting(mined).to_dict(), causes))
    assert rounded(json.loads(json.dumps(told[0]))) == rounded(json.loads(json.dumps(told[1])))


def test_delayed_entry_is_the_same_on_both_engines(both):
    columns = {
        "g": ["x"] * 4,
        "duration": [3, 5, 7, 9],
        "entry": [0, 1, 5, 2],
        "cause": [1, 2, 1, 0],
    }
    found = [
        survival.exits(journey.log.engine, journey.log.engine.lookup(columns), "g")["x"]
        for journey in both
    ]
    assert found[0].share.value == pytest.approx(found[1].share.value)
    assert found[0].median.value == found[1].median.value
