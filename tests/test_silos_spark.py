"""Silos on Spark are the silos on DuckDB, and values that say the same do so on both."""

from __future__ import annotations

import shutil

import pytest

pytest.importorskip("pyspark", reason="the extra [spark] is not installed")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java", allow_module_level=True)

from journeylib import engine as engines
from journeylib.findings import values
from tests.logs import log_of
from tests.silo_worlds import promises, sales, traced
from tests.test_silo_systems import at_once, mirrored, phoned
from tests.test_silos import silos_in
from tests.test_spark import rounded

SPELT = (
    *(" 北京市", "ＡＢＣ科技有限公司", "Acme Co., Ltd.", "超市", "广西壮族自治区"),
    *("+86 138-0013-8000", "0086 13800138000", "100.5", "1,000元", "其他", "00000000"),
)
WORLDS = {
    "history": lambda engine: traced(*promises(3, 60, typed=0.45, contradict=0.2), engine),
    "snapshots": lambda engine: log_of(sales(3, 60, contradict=0.4, ask=0.3, gate=0.3), engine),
    "systems": lambda engine: log_of(mirrored(1, 0.35), engine),
    "identities": lambda engine: log_of(at_once(phoned(1, 0.5)), engine),
}


@pytest.fixture(scope="module")
def both():
    return engines.duckdb(), engines.spark()


@pytest.mark.parametrize("world", WORLDS)
def test_silos_are_the_same_on_both_engines(both, world):
    duckdb, spark = (silos_in(WORLDS[world](engine)).to_dict() for engine in both)
    for finding in (*duckdb["findings"], *spark["findings"]):
        del finding["sql"]
    assert rounded(duckdb) == rounded(spark)


def test_values_say_the_same_on_both_engines(both):
    answers = []
    for engine in both:
        told = engine.lookup({"n": list(range(len(SPELT))), "v": list(SPELT)})
        asked = told.select(
            "n",
            phi=values.phi(told.v),
            number=values.number(told.v),
            default=values.is_default(told.v),
            filler=values.is_filler(told.v),
        )
        answers.append(sorted(tuple(row) for row in engine.rows(asked)))
    assert answers[0] == answers[1]
