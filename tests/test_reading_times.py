"""Times: what is read, in which order of day and month, and what is left unread."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journeylib import engine
from journeylib.engine import Engine
from journeylib.reading.times import Survey, looks_like_time, read_times


@pytest.fixture(scope="module")
def duck() -> Engine:
    return engine.duckdb()


def read(duck: Engine, *texts: str | None, **options: object) -> tuple[list[object], Survey]:
    """The moments of a column of `texts`, each a datetime, (datetime, offset) or None."""
    table = duck.lookup({"row": list(range(len(texts))), "x": list(texts)})
    table, (moment,) = read_times(duck, table, ["x"], **options)  # type: ignore[arg-type]
    zoned = moment.offset is not None
    columns = {"row": table.row, "at": moment.at} | ({"offset": moment.offset} if zoned else {})
    rows = sorted(duck.rows(table.select(**columns)))
    assert moment.survey is not None
    return [(r.at, r.offset) if zoned else r.at for r in rows], moment.survey


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-02-21", datetime(2020, 2, 21)),
        ("2020-02-21T13:05:06.123456", datetime(2020, 2, 21, 13, 5, 6, 123456)),
        (" 2020/2/21 0:00 ", datetime(2020, 2, 21)),
        ("2020.2.21 9:05", datetime(2020, 2, 21, 9, 5)),
        ("20200221", datetime(2020, 2, 21)),
        ("202002211305", datetime(2020, 2, 21, 13, 5)),
        ("20200221130507", datetime(2020, 2, 21, 13, 5, 7)),
        ("2020年2月21日 13:05", datetime(2020, 2, 21, 13, 5)),
        ("2020年2月21日", datetime(2020, 2, 21)),
        ("2020年2月21日 下午1时5分7秒", datetime(2020, 2, 21, 13, 5, 7)),
        ("2020/2/21 上午 9:05:01", datetime(2020, 2, 21, 9, 5, 1)),
        ("2020-02-21 12:30 am", datetime(2020, 2, 21, 0, 30)),
        ("2020-02-21 1:05:00 PM", datetime(2020, 2, 21, 13, 5)),
        ("21 Feb 2020 13:05", datetime(2020, 2, 21, 13, 5)),
        ("Feb 21, 2020", datetime(2020, 2, 21)),
        ("43882.5", datetime(2020, 2, 21, 12)),
        ("1582290300", datetime(2020, 2, 21, 13, 5)),
        ("1582290300123", datetime(2020, 2, 21, 13, 5, 0, 123000)),
        ("1582290300123456", datetime(2020, 2, 21, 13, 5, 0, 123456)),
        ("29/2/2016 01:16", datetime(2016, 2, 29, 1, 16)),
        ("25.3.10 8:05", datetime(2010, 3, 25, 8, 5)),
        ("12/31/2016 23:59", datetime(2016, 12, 31, 23, 59)),
        ("2020-02-30", None),
        ("not a time", None),
        ("13", None),
        ("?", None),
        ("-", None),
        ("NULL", None),
        ("无", None),
        ("", None),
        (None, None),
    ],
)
def test_a_time_alone(duck: Engine, text: str | None, expected: datetime | None) -> None:
    assert read(duck, text)[0] == [expected]


def test_offsets_are_kept_and_times_become_utc(duck: Engine) -> None:
    found, _ = read(duck, "2011-10-11 13:45:40.276000+02:00", "2011-10-11T13:45:40Z")
    assert found == [
        (datetime(2011, 10, 11, 11, 45, 40, 276000), 120),
        (datetime(2011, 10, 11, 13, 45, 40), 0),
    ]


@pytest.mark.parametrize(
    ("zone", "minutes"), [("+0530", 330), ("-03:30", -210), ("+08", 480), (" UTC", 0), ("Z", 0)]
)
def test_ways_to_write_an_offset(duck: Engine, zone: str, minutes: int) -> None:
    ((at, offset),), _ = read(duck, f"2020-02-21 13:05:00{zone}")
    assert (at, offset) == (datetime(2020, 2, 21, 13, 5) - timedelta(minutes=minutes), minutes)


def test_a_time_without_offset_among_others_has_none(duck: Engine) -> None:
    found, _ = read(duck, "2020-02-21 13:05:00+08:00", "2020-02-21 13:05:00")
    assert found == [(datetime(2020, 2, 21, 5, 5), 480), (datetime(2020, 2, 21, 13, 5), None)]


def test_one_value_decides_the_order_for_the_whole_column(duck: Engine) -> None:
    assert read(duck, "1/3/2016", "29/2/2016")[0][0] == datetime(2016, 3, 1)
    assert read(duck, "1/3/2016", "2/29/2016")[0][0] == datetime(2016, 1, 3)


def test_an_undecided_order_is_day_first_and_counted(duck: Engine) -> None:
    found, survey = read(duck, "1/3/2016", "4/5/2016", "6/6/2016")
    assert found[0] == datetime(2016, 3, 1)
    assert (survey.order, survey.undecided) == ("dmy", 2)


def test_an_undecided_order_with_am_and_pm_is_month_first(duck: Engine) -> None:
    assert read(duck, "3/4/2020 1:05 PM")[0] == [datetime(2020, 3, 4, 13, 5)]


def test_contradicting_values_are_counted_and_unread(duck: Engine) -> None:
    found, survey = read(duck, "29/2/2016", "28/2/2016", "2/27/2016")
    assert found == [datetime(2016, 2, 29), datetime(2016, 2, 28), None]
    assert survey.mixed == 1


def test_a_given_order_wins(duck: Engine) -> None:
    assert read(duck, "1/3/2016", order="mdy")[0] == [datetime(2016, 1, 3)]


def test_real_dates_and_text_dates_of_excel_mix(duck: Engine) -> None:
    found, _ = read(duck, "2016-03-05 10:00:00", "29/2/2016 01:16", "42434.5")
    assert found == [
        datetime(2016, 3, 5, 10),
        datetime(2016, 2, 29, 1, 16),
        datetime(2016, 3, 5, 12),
    ]


def test_typed_columns_keep_their_zone(duck: Engine) -> None:
    moments = pa.array([datetime(2020, 7, 1, 5, tzinfo=UTC)], pa.timestamp("us", "Asia/Shanghai"))
    duck.backend.con.register("typed", pa.table({"x": moments}))
    table, (moment,) = read_times(
        duck, duck.backend.table("typed"), ["x"], zones={"x": "Asia/Shanghai"}
    )
    row = duck.row(table.select(at=moment.at, offset=moment.offset))
    assert (row.at, row.offset) == (datetime(2020, 7, 1, 5), 480)


FORMATS = {
    "%Y-%m-%d %H:%M:%S.%f": timedelta(0),
    "%Y-%m-%dT%H:%M:%S": timedelta(seconds=1),
    "%Y/%m/%d %H:%M": timedelta(minutes=1),
    "%d/%m/%Y %H:%M:%S": timedelta(seconds=1),
    "%m/%d/%Y %I:%M:%S %p": timedelta(seconds=1),
    "%d.%m.%y %H:%M": timedelta(minutes=1),
    "%Y年%m月%d日 %H:%M:%S": timedelta(seconds=1),
    "%Y%m%d%H%M%S": timedelta(seconds=1),
    "%d %b %Y %H:%M": timedelta(minutes=1),
}


@pytest.mark.parametrize("written", FORMATS)
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(moments=st.lists(st.datetimes(datetime(1990, 1, 1), datetime(2050, 1, 1)), min_size=1))
def test_what_is_written_is_read(duck: Engine, written: str, moments: list[datetime]) -> None:
    telling = datetime(2013, 12, 31, 23, 59, 58)  # settles the order of day and month
    texts = [moment.strftime(written) for moment in (telling, *moments)]
    expected = [datetime.strptime(text, written) for text in texts]
    assert read(duck, *texts)[0] == expected


def test_looking_like_a_time() -> None:
    assert all(map(looks_like_time, ["2020-02-21", "9.3.10 8:05", "2020年2月21日", "21 Feb 2020"]))
    assert not any(map(looks_like_time, ["", "13", "3.14", "1582290300", "1-2", "A-1-2-3"]))
