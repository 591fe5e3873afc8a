"""A draft on Spark is the draft on DuckDB, to the last digit that is written."""

from __future__ import annotations

import shutil

import pytest

pytest.importorskip("pyspark", reason="the extra [spark] is not installed")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java", allow_module_level=True)

from journeylib import engine as engines
from journeylib.mining import mine
from journeylib.spec.diff import diff
from journeylib.spec.drafting.draft import specify
from tests.logs import log_of
from tests.test_spec_mining import planted_rows


def test_the_same_draft_on_both() -> None:
    here, there = (
        specify(mine(log_of(planted_rows(400), engine)))
        for engine in (engines.duckdb(), engines.spark())
    )
    assert any("预算 >=" in c.when for stage in here.stages for c in stage.exit)
    assert not diff(here, there).sentences("en")
