"""The check counts the same on Spark as on DuckDB."""

from __future__ import annotations

import shutil

import pytest

pytest.importorskip("pyspark", reason="the extra [spark] is not installed")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java", allow_module_level=True)

from journeylib import engine as engines
from journeylib.checking import backtest, check
from journeylib.mining import mine
from tests.checking_worlds import PLANTS, case_rows, full_spec
from tests.logs import log_of


def test_every_rule_counts_alike_on_both_engines():
    """With every kind of rule, every kind of violation, automation between and a calendar."""
    rows = [row for n, plant in enumerate((None, *PLANTS)) for row in case_rows(f"c{n}", n, plant)]
    for n, row in enumerate(rows):
        row["actor"] = "system" if n % 7 == 0 else "staff"
        row["outcome"] = "open" if row["case_id"].endswith("3") else "won"
    told = []
    for engine in (engines.duckdb(), engines.spark()):
        journey = mine(log_of(rows, engine), calendar="weekdays")
        conformance = check(full_spec(), journey, variants=0)
        found = backtest(full_spec(), journey)
        told.append((conformance.to_dict(), found.to_dict()))
    assert told[0] == told[1]
