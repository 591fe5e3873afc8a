"""The engine runs what it is given, and the one ordering pass equals plain Python's sort."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journeylib import engine as engines
from journeylib.engine import SEPARATOR, arrange
from journeylib.errors import ResourceError, UsageError
from tests.logs import at

ENGINE = engines.duckdb(threads=1)

texts = st.one_of(st.none(), st.text("ab客户 '\"\x00\n", max_size=5))
integers = st.integers(-(2**63), 2**63 - 1)


# -- tables in, rows out -----------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(texts, integers), max_size=6))
def test_a_lookup_gives_back_what_was_put_in(rows):
    table = ENGINE.lookup({"文": [t for t, _ in rows], "n": [n for _, n in rows]})
    assert table.columns == ("文", "n")
    assert sorted(map(repr, ENGINE.rows(table))) == sorted(
        f"Row(文={t!r}, n={n!r})" for t, n in rows
    )


def test_a_lookup_has_texts_integers_or_the_arrays_it_was_given():
    times = pa.array([at(0), None], pa.timestamp("us"))
    table = ENGINE.lookup({"text": [None, "x"], "n": [1, 2], "time": times})
    schema = table.schema()
    assert schema["text"].is_string()
    assert schema["n"].is_int64()
    assert schema["time"].is_timestamp()
    assert sorted(ENGINE.rows(table), key=lambda row: row.n) == [(None, 1, at(0)), ("x", 2, None)]


def test_lookups_of_one_name_do_not_overwrite_each_other():
    first, second = ENGINE.lookup({"a": ["1"]}), ENGINE.lookup({"a": ["2"]})
    assert (ENGINE.row(first).a, ENGINE.row(second).a) == ("1", "2")


def test_columns_that_are_no_python_names_are_reached_by_place():
    [row] = ENGINE.rows(ENGINE.lookup({"class": ["x"], "a b": ["y"], "plain": ["z"]}))
    assert (tuple(row), row.plain) == (("x", "y", "z"), "z")


def test_what_is_materialised_stays_as_it_was():
    ENGINE.backend.raw_sql("CREATE TABLE source AS SELECT 1 AS n")
    live = ENGINE.backend.table("source")
    kept = ENGINE.materialise(live, "kept")
    again = ENGINE.materialise(live, "kept")
    ENGINE.backend.raw_sql("UPDATE source SET n = 2")
    assert (ENGINE.row(live).n, ENGINE.row(kept).n, ENGINE.row(again).n) == (2, 1, 1)
    assert kept.get_name() != again.get_name()


def test_sql_asked_again_gives_the_same_rows():
    table = ENGINE.lookup({"a": ["x", "x", "y"]})
    counts = table.group_by("a").aggregate(n=table.count())
    asked = ENGINE.ask(ENGINE.sql(counts))
    assert sorted(asked.itertuples(index=False, name=None)) == sorted(ENGINE.rows(counts))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("xy"), st.text("abc ", min_size=1)), max_size=8))
def test_a_sequence_is_what_python_joins(rows):
    order = list(range(len(rows)))[::-1]
    table = ENGINE.lookup({"k": [k for k, _ in rows], "v": [v for _, v in rows], "o": order})
    table = table.mutate(o=table.o.cast("int64"))
    found = dict(ENGINE.rows(ENGINE.sequence(table, "v", by="k", order="o")))
    assert found == {
        key: SEPARATOR.join(v for k, v in reversed(rows) if k == key)
        for key in {k for k, _ in rows}
    }


def test_a_table_of_another_engine_is_adopted_with_its_types():
    other = engines.duckdb(threads=1)
    columns = {
        "text": ["客户", None],
        "n": [1, 2],
        "t": pa.array([at(0), at(1)], pa.timestamp("us")),
    }
    foreign = other.lookup(columns)
    adopted = [ENGINE.adopt(foreign), ENGINE.adopt(foreign)]
    for table in adopted:
        assert table.get_backend() is ENGINE.backend
        assert table.schema() == foreign.schema()
        assert sorted(ENGINE.rows(table), key=lambda r: r.n) == [
            ("客户", 1, at(0)),
            (None, 2, at(1)),
        ]
    assert ENGINE.adopt(adopted[0]) is adopted[0]


def test_the_engine_of_a_table_is_the_one_that_holds_it():
    table = ENGINE.lookup({"a": ["x"]})
    assert engines.of_table(table).backend is ENGINE.backend


# -- the ordering pass -------------------------------------------------------------------------

NEXT = ("activity", "at", "stage", "department", "channel", "system")
EPOCH = datetime(1970, 1, 1)

events = st.tuples(
    st.sampled_from(["k1", "k2", "客户三"]),
    st.sampled_from("ab"),
    st.integers(-3, 3).map(at) | st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)),
    st.sampled_from(["市场部", "销售部", None]),
    st.sampled_from(["电话", None]),
)


def table_of(rows):
    """The events as a table that does not hold them in the order of the file."""
    case, activity, timestamp, department, system = zip(*reversed(rows), strict=True)
    return ENGINE.lookup(
        {
            "case_id": case,
            "activity": activity,
            "timestamp": pa.array(timestamp, pa.timestamp("us")),
            "department": department,
            "system": system,
            "row": range(len(rows))[::-1],
        }
    )


def microseconds(moment):
    delta = moment - EPOCH
    return (delta.days * 86400 + delta.seconds) * 1_000_000 + delta.microseconds


def arranged_by_python(rows):
    """Events sorted by case, time and place in the file, each with the one after it."""
    names = ("case_id", "activity", "timestamp", "department", "system")
    told = [
        dict(zip(names, row, strict=True)) | {"row": i, "at": microseconds(row[2])}
        for i, row in enumerate(rows)
    ]
    told.sort(key=lambda event: (event["case_id"], event["at"], event["row"]))
    for _, group in groupby(told, key=lambda event: event["case_id"]):
        case = list(group)
        for place, event in enumerate(case):
            following = case[place + 1] if place + 1 < len(case) else {}
            event |= {"position": place + 1, "case_start": case[0]["at"]}
            event |= {f"next_{n}": following.get(n) for n in NEXT if n in case[0]}
    return told


@settings(max_examples=60, deadline=None)
@given(st.lists(events, min_size=1, max_size=12))
def test_arranging_is_what_python_sorts(rows):
    arranged = arrange(ENGINE, table_of(rows)).order_by("case_id", "position")
    assert [row._asdict() for row in ENGINE.rows(arranged)] == arranged_by_python(rows)


def test_what_the_log_lacks_has_no_next():
    added = set(arrange(ENGINE, table_of([("k", "a", at(0), None, None)])).columns)
    assert {"next_department", "next_system"} <= added
    assert not {"next_stage", "next_channel"} & added


# -- limits ------------------------------------------------------------------------------------


@pytest.mark.parametrize("memory", ["lots", "3 elephants", "3"])
def test_a_memory_limit_that_is_no_amount_is_refused(memory):
    with pytest.raises(UsageError, match=f"memory '{memory}' is no amount; write .* '3GB'"):
        engines.duckdb(memory)


@pytest.mark.parametrize("threads", [0, -2])
def test_no_cores_cannot_work(threads):
    with pytest.raises(UsageError, match=f"{threads} cores cannot work"):
        engines.connect("duckdb", threads=threads)


def test_memory_and_threads_reach_the_engine():
    engine = engines.connect("duckdb", memory="512MiB", threads=1)
    setting = "current_setting('memory_limit') AS memory, current_setting('threads') AS threads"
    [row] = engine.ask(f"SELECT {setting}").itertuples(index=False)
    assert tuple(row) == ("512.0 MiB", 1)


@pytest.mark.parametrize("url", ["oracle", "", "DUCKDB", "localhost", "local[two]", "yarnball"])
def test_an_unknown_engine_is_refused_with_the_known_ones(url):
    with pytest.raises(UsageError, match=r"unknown engine .*; use 'duckdb', 'local"):
        engines.connect(url)


@pytest.mark.parametrize("url", ["local", "local[2]", "local[*,3]", "yarn", "spark://host:7077"])
def test_every_master_of_spark_goes_to_spark(monkeypatch, url):
    monkeypatch.setattr(engines, "spark", lambda master: f"Spark at {master}")
    assert engines.connect(url) == f"Spark at {url}"


def test_running_out_of_memory_says_what_to_do():
    tiny = engines.duckdb("20MB", threads=1)
    numbers = ibis.range(0, 1_000_000).unnest().name("n").as_table()
    greedy = numbers.aggregate(all=numbers.n.cast("string").collect())
    asks = (tiny.rows, lambda t: tiny.materialise(t, "kept"), lambda t: tiny.ask(tiny.sql(t)))
    for ask in asks:
        with pytest.raises(ResourceError, match=r"--memory 6GB.*Out of Memory") as caught:
            ask(greedy)
        assert caught.value.exit_code == 3


def test_other_problems_of_the_engine_stay_what_they_are():
    with pytest.raises(Exception, match="Conversion Error") as caught:
        ENGINE.rows(ENGINE.lookup({"a": ["x"]}).select(n=ibis._.a.cast("int64")))
    assert not isinstance(caught.value, ResourceError)
