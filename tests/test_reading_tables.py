"""Files and frames: every way to store the same small log gives the same events."""

from __future__ import annotations

import codecs
import gzip
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import ibis
import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journeylib import engine
from journeylib.engine import Engine
from journeylib.errors import ColumnError, InputError, JourneyError, RowsError, UsageError
from journeylib.log import EventLog
from journeylib.reading import read_log

HEADER = ["客户编号", "活动", "时间", "渠道"]
ROWS = [
    ["007", "首次联系", "2025-03-01 09:00:00", "官网"],
    ["007", "报价", "2025-03-05 10:30:00", ""],
    ["12", "首次联系", "2025-03-02 08:00:00", "展会"],
]
EVENTS = [
    (0, "007", "首次联系", datetime(2025, 3, 1, 9), "官网"),
    (1, "007", "报价", datetime(2025, 3, 5, 10, 30), None),
    (2, "12", "首次联系", datetime(2025, 3, 2, 8), "展会"),
]
XES = """<?xml version="1.0" encoding="UTF-8"?>
<log xmlns="http://www.xes-standard.org/">
<global scope="event"><string key="concept:name" value="?"/></global>
<trace><event>
  <string key="concept:name" value="call"/>
  <date key="time:timestamp" value="2025-03-01T00:30:00+08:00"/>
  <list key="nested"><string key="inner" value="x"/></list>
</event><string key="concept:name" value="7"/><string key="channel" value="web"/></trace>
<trace><event><string key="concept:name" value="visit"/>
  <date key="time:timestamp" value="2025-03-02T00:30:00+08:00"/></event></trace>
</log>"""


@pytest.fixture(scope="module")
def duck() -> Engine:
    return engine.duckdb()


def events(log: EventLog, *columns: str) -> list[tuple[object, ...]]:
    wanted = columns or ("row", "case_id", "activity", "timestamp", "channel")
    return sorted(tuple(row) for row in log.engine.rows(log.events.select(*wanted)))


def notes(log: EventLog) -> dict[str, int]:
    return {note.check: note.count for note in log.quality}


def text(delimiter: str = ",", end: str = "\n") -> str:
    return end.join(delimiter.join(row) for row in [HEADER, *ROWS]) + end


def saved(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# -- encodings and layouts ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_encodings(tmp_path: Path, duck: Engine, encoding: str) -> None:
    log = read_log(saved(tmp_path / "log.csv", text().encode(encoding)), engine=duck)
    assert events(log) == EVENTS
    assert ("encoding" in notes(log)) == (not encoding.startswith("utf-8"))


def test_western_text_is_not_taken_for_chinese(tmp_path: Path, duck: Engine) -> None:
    content = "case_id,activity,timestamp\n1,Müller prüft,2025-03-01\n".encode("cp1252")
    log = read_log(saved(tmp_path / "log.csv", content), engine=duck)
    assert events(log, "activity") == [("Müller prüft",)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(tmp_path: Path, duck: Engine, delimiter: str, end: str) -> None:
    assert (
        events(read_log(saved(tmp_path / "log.txt", text(delimiter, end)), engine=duck)) == EVENTS
    )


def test_mixed_line_ends_title_lines_and_blank_lines(tmp_path: Path, duck: Engine) -> None:
    lines = text().split("\n")
    content = "客户旅程 2025,,,\r\n\n" + lines[0] + "\r\n" + "\n\n".join(lines[1:])
    log = read_log(saved(tmp_path / "log.csv", content), engine=duck)
    assert events(log) == EVENTS
    assert notes(log)["title_lines"] == 2


def test_headers_are_cleaned_and_made_unique(tmp_path: Path, duck: Engine) -> None:
    content = "\ufeff case_id ,activity,timestamp\u00a0,note,Note,\n1,a,2025-03-01,x,y,z\n"
    log = read_log(saved(tmp_path / "log.csv", content), engine=duck)
    assert log.attributes == ("note", "Note (2)", "column 6")
    assert notes(log)["renamed_columns"] == 1


def test_own_names_of_the_log_are_not_taken_by_attributes(tmp_path: Path, duck: Engine) -> None:
    content = "case_id,activity,timestamp,at,position,row,Event\n1,a,2025-03-01,x,y,z,w\n"
    log = read_log(saved(tmp_path / "log.csv", content), engine=duck)
    assert log.attributes == ("at (2)", "position (2)", "row (2)", "Event")


def test_quoted_newlines_huge_fields_and_many_columns(tmp_path: Path, duck: Engine) -> None:
    names = [f"x{n}" for n in range(400)]
    huge = '"line\none ""quoted"" ' + "x" * 1_500_000 + '"'
    content = "case_id,activity,timestamp," + ",".join(names)
    content += "\n1,a,2025-03-01," + huge + "," * 399 + "\n1,b,2025-03-02" + ",y" * 400 + "\n"
    log = read_log(saved(tmp_path / "log.csv", content), engine=duck)
    assert len(log.attributes) == 400
    first = min(events(log, "row", "x0"))
    assert str(first[1]).startswith('line\none "quoted"') and len(str(first[1])) > 1_500_000


def test_lines_with_wrong_numbers_of_fields_are_set_aside(tmp_path: Path, duck: Engine) -> None:
    lines = text().splitlines()
    content = "\n".join([*lines[:2], "9,short", lines[2], "9,a,2025-03-01,web,too,long", lines[3]])
    log = read_log(saved(tmp_path / "log.csv", content), engine=duck)
    assert [row[1:] for row in events(log)] == [row[1:] for row in EVENTS]
    assert [row[0] for row in events(log)] == [0, 2, 4]
    assert log.source.rows == 5
    assert log.rejects is not None
    rejects = sorted(tuple(row) for row in duck.rows(log.rejects))
    assert rejects == [
        (1, "too_few_fields", "9", "short", None, None),
        (3, "too_many_fields", "9", "a", "2025-03-01", "web,too,long"),
    ]
    assert notes(log)["rejected_too_few_fields"] == 1


def test_rows_without_case_activity_or_time_are_rejected_with_their_text(
    tmp_path: Path, duck: Engine
) -> None:
    content = (
        "case_id,activity,timestamp,start_timestamp\n,a,2025-03-01,\n1,,2025-03-01,\n1,a,?,\n"
        "1,a,soon,\n1,a,2025-03-01,soon\n,,,\n1,a,2025-03-01,\n"
    )
    log = read_log(saved(tmp_path / "log.csv", content), engine=duck)
    assert log.rejects is not None
    assert sorted((r.row, r.reason, r.timestamp) for r in duck.rows(log.rejects)) == [
        (0, "case_id_missing", "2025-03-01"),
        (1, "activity_missing", "2025-03-01"),
        (2, "timestamp_missing", "?"),
        (3, "timestamp_unreadable", "soon"),
        (4, "start_timestamp_unreadable", "2025-03-01"),
        (5, "blank", None),
    ]
    assert events(log, "row") == [(6,)]


# -- other containers --------------------------------------------------------------------------


def workbook(path: Path, *sheets: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    for n, rows in enumerate(sheets):
        sheet = book.active if n == 0 else book.create_sheet(f"Sheet{n + 1}")
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_workbooks_with_real_dates_titles_and_empty_sheets(tmp_path: Path, duck: Engine) -> None:
    rows = [[int(r[0]), r[1], datetime.fromisoformat(r[2]), r[3] or None] for r in ROWS]
    path = workbook(tmp_path / "log.xlsx", [["客户旅程"], [], HEADER, *rows], [])
    log = read_log(path, engine=duck)
    assert events(log) == [(row, case.lstrip("0"), *rest) for row, case, *rest in EVENTS]


def test_several_sheets_must_be_chosen_from(tmp_path: Path, duck: Engine) -> None:
    path = workbook(tmp_path / "log.xlsx", [HEADER, *ROWS], [["说明"]])
    with pytest.raises(InputError, match="2 sheets with data: Sheet, Sheet2"):
        read_log(path, engine=duck)
    assert events(read_log(path, engine=duck, sheet="Sheet")) == EVENTS
    with pytest.raises(InputError, match="Did you mean 'Sheet2'"):
        read_log(path, engine=duck, sheet="Shet2")


def test_names_lie_and_bytes_do_not(tmp_path: Path, duck: Engine) -> None:
    assert (
        events(
            read_log(
                workbook(tmp_path / "a.xlsx", [HEADER, *ROWS]).rename(tmp_path / "a.csv"),
                engine=duck,
            )
        )
        == EVENTS
    )
    assert events(read_log(saved(tmp_path / "b.zip", text()), engine=duck)) == EVENTS
    assert (
        events(read_log(saved(tmp_path / "c.csv", gzip.compress(text().encode())), engine=duck))
        == EVENTS
    )


def test_archives(tmp_path: Path, duck: Engine) -> None:
    path = tmp_path / "logs.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("in/log.csv", text())
        archive.writestr("__MACOSX/in/._log.csv", "junk")
    assert events(read_log(path, engine=duck)) == EVENTS
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("in/other.csv.gz", gzip.compress(text(";").encode()))
    with pytest.raises(InputError, match=r"holds 2 tables.*logs\.zip!log\.csv"):
        read_log(path, engine=duck)
    one, other = (read_log(f"{path}!{m}", engine=duck) for m in ("log.csv", "other.csv.gz"))
    assert events(one) == events(other) == EVENTS
    assert one.source.name == "logs.zip!in/log.csv"
    assert one.fingerprint != other.fingerprint
    with pytest.raises(InputError, match=r"Did you mean 'in/log\.csv'"):
        read_log(f"{path}!in/lg.csv", engine=duck)


def test_names_with_signs_of_patterns(tmp_path: Path, duck: Engine) -> None:
    path = tmp_path / "log [1] 'x'.parquet"
    pq.write_table(pa.table(columns()), path)
    assert events(read_log(path, engine=duck)) == EVENTS


def test_xes_keeps_local_time_and_trace_attributes(tmp_path: Path, duck: Engine) -> None:
    log = read_log(saved(tmp_path / "log.xes", XES), engine=duck)
    assert events(log, "case_id", "activity", "timestamp", "utc_offset", "channel") == [
        ("2", "visit", datetime(2025, 3, 1, 16, 30), 480, None),
        ("7", "call", datetime(2025, 2, 28, 16, 30), 480, "web"),
    ]
    assert log.totals.first.isoformat() == "2025-03-01T00:30:00+08:00"
    assert log.mapping.zone == "+08:00"
    assert notes(log)["unnamed_traces"] == 1 and notes(log)["nested_attributes"] == 1


# -- frames and engines ------------------------------------------------------------------------


def columns() -> dict[str, list[str]]:
    return dict(zip(HEADER, map(list, zip(*ROWS, strict=False)), strict=True))


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table, ibis.memtable])
def test_frames(make: Callable[[object], object], duck: Engine) -> None:
    first, second = read_log(make(columns())), read_log(make(columns()))
    assert events(first) == EVENTS
    assert first.fingerprint == second.fingerprint
    changed = columns() | {"渠道": ["官网", "", "电话"]}
    assert read_log(make(changed)).fingerprint != first.fingerprint


def test_a_pandas_frame_as_it_comes(duck: Engine) -> None:
    frame = pd.DataFrame(
        {
            "case_id": [1.0, 2.0, None],
            "activity": pd.Categorical(["a", "b", "a"]),
            "timestamp": pd.to_datetime(["2025-07-01 00:30", None, "2025-07-02 00:00"]).tz_localize(
                "Europe/Amsterdam"
            ),
            "mixed": [1, "x", None],
            7: [1, 2, 3],
        },
        index=[9, 9, 9],
    )
    log = read_log(frame, engine=duck)
    assert events(log, "row", "case_id", "activity", "timestamp", "utc_offset", "mixed", "7") == [
        (0, "1", "a", datetime(2025, 6, 30, 22, 30), 120, "1", 1)
    ]
    assert log.rejects is not None and len(duck.rows(log.rejects)) == 2


def test_an_ibis_table_keeps_its_backend() -> None:
    home = engine.duckdb()
    table = home.lookup(columns())
    log = read_log(table)
    assert log.engine.backend is home.backend
    assert events(log) == EVENTS
    other = engine.duckdb()
    assert events(read_log(table, engine=other)) == EVENTS
    assert read_log(table, engine=other).engine is other


def test_something_that_is_no_table() -> None:
    with pytest.raises(UsageError, match="list"):
        read_log([1, 2])


def test_reading_loads_neither_pandas_nor_pm4py(tmp_path: Path) -> None:
    path = saved(tmp_path / "log.xes", XES)
    bad = saved(tmp_path / "bad.csv", text() + "1,2\n")
    code = (
        "import sys; from journeylib.reading import read_log, mapping_table\n"
        f"for path in ({str(path)!r}, {str(bad)!r}): mapping_table(read_log(path))\n"
        "assert not {'pandas', 'pm4py', 'polars'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# -- what cannot be read -----------------------------------------------------------------------

_HEAD = "case_id,activity,timestamp\n"
BAD: dict[str, tuple[str | bytes, type[JourneyError], str]] = {
    "empty.csv": (b"", InputError, "is empty"),
    "blank.csv": (b" \n \n", InputError, "is empty"),
    "header.csv": (_HEAD, RowsError, "no row can be read"),
    "one-column.csv": ("just words\nmore words\n", ColumnError, "case_id|timestamp"),
    "no-time.csv": (_HEAD + "1,a,soon\n2,b,later\n", RowsError, "2 rows: the time cannot be read"),
    "no-columns.csv": ("x,y\n1,2\n", ColumnError, "no column could be recognised"),
    "two-times.csv": (
        "case_id,activity,完成时间,结束时间\n1,a,2025-03-01,2025-03-01\n",
        ColumnError,
        "'完成时间', '结束时间'",
    ),
    "all-short.csv": (_HEAD + "1,a\n2,b\n", RowsError, "fewer fields"),
    "unclosed.csv": (
        _HEAD + '1,a,2025-03-01\n2,"b,2025-03-01\n3,c,x\n4,d,y\n',
        InputError,
        "row 2",
    ),
    "junk.csv": (bytes(range(256)) * 20, InputError, "no text table"),
    "nul.csv": (b"a,b\n\x00\x00,1\n\x00", InputError, "no text table"),
    "cut.csv.gz": (gzip.compress(text().encode() * 500)[:-30], InputError, "damaged or cut off"),
    "cut.zip": (b"PK\x03\x04" + b"x" * 50, InputError, "damaged or cut off"),
    "cut.parquet": (b"PAR1" + b"x" * 50, InputError, "damaged"),
    "old.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, InputError, "workbook"),
    "cut.xes": (XES[:300], InputError, "damaged or cut off"),
    "empty.xes": ("<log></log>", RowsError, "no row"),
    "page.xls": ("<html><body><table></table></body></html>", InputError, "web page"),
    "other.xml": ("<?xml version='1.0'?><ocel/>", InputError, "no XES log"),
    "log.json": ('{"events": []}', InputError, "JSON"),
    "log.sqlite": (b"SQLite format 3\x00" + b"x" * 50, InputError, "database"),
    "log.pdf": (b"%PDF-1.7", InputError, "PDF"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_gives_one_clear_error(tmp_path: Path, duck: Engine, name: str) -> None:
    content, kind, words = BAD[name]
    with pytest.raises(kind, match=words) as caught:
        read_log(saved(tmp_path / name, content), engine=duck)
    assert name in str(caught.value) and "\n" not in str(caught.value)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    saved(tmp_path / "crm_sales.csv", text())
    with pytest.raises(InputError, match=r"no such file. Did you mean 'crm_sales.csv'"):
        read_log(tmp_path / "crm_sale.csv")
    with pytest.raises(InputError, match=r"is a folder.*crm_sales\.csv"):
        read_log(tmp_path)
    with pytest.raises(InputError, match="no archive"):
        read_log(f"{tmp_path / 'crm_sales.csv'}!x.csv")


# -- law: what is written is read ---------------------------------------------------------------

words = st.text(
    st.characters(codec="gb2312", exclude_categories=("C", "Z")), min_size=1, max_size=8
).filter(lambda w: w not in ("?", "-", "/", ".") and w.casefold() not in ("nan", "null"))
moments = st.datetimes(datetime(2001, 1, 1), datetime(2040, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0)
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rows=st.lists(st.tuples(words, words, moments), min_size=1, max_size=12),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
)
def test_a_written_log_is_read_back(
    tmp_path: Path,
    duck: Engine,
    rows: list[tuple[str, str, datetime]],
    delimiter: str,
    encoding: str,
) -> None:
    def cell(value: object) -> str:
        return '"' + str(value).replace('"', '""') + '"'

    lines = [delimiter.join(map(cell, row)) for row in [("案例编号", "活动", "完成时间"), *rows]]
    path = saved(tmp_path / "law.csv", "\n".join(lines).encode(encoding))
    log = read_log(path, engine=duck)
    expected = sorted((n, *row) for n, row in enumerate(rows))
    assert events(log, "row", "case_id", "activity", "timestamp") == expected


def test_bom_constant_is_not_part_of_a_name(tmp_path: Path, duck: Engine) -> None:
    content = codecs.BOM_UTF8 + b'"case_id","activity","timestamp"\n1,a,2025-03-01\n'
    assert events(read_log(saved(tmp_path / "log.csv", content), engine=duck), "case_id") == [
        ("1",)
    ]
