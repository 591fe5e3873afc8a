"""Text and numbers as moments: one reading of a whole column, never a guess per row.

A column of times is surveyed once (what its values look like, which part can only be a day), then
read by one expression: ISO, year first, day first or month first, with or without a zone, 12-hour
clocks, Chinese dates, ``20200221``, Excel's day numbers and seconds, milli-, micro- or nanoseconds
since 1970. Only the order of day and month is a choice; it is decided for the whole column, and
the survey says when the values did not settle it. All expressions are Ibis, so they run anywhere.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from journeylib.engine import Engine
from journeylib.reading.missing import filled, missing_words

Order = Literal["ymd", "dmy", "mdy"]

_HIDDEN = "__time"
_fresh = (f"{_HIDDEN}{n}_" for n in itertools.count())

_ZONE = r"\s*(?:Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)(?:\[[^\]]*\])?$"
_ISO = r"^\d{4}-\d{1,2}-\d{1,2}(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:" + _ZONE[:-1] + r")?)?$"
_CLOCK = r"\d{1,2}:\d{1,2}(?::\d{1,2}(?:[.,]\d+)?)?"
_ZONED = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s*[AaPp]\.?[Mm]\.?)?" + _ZONE
_PARTS = (
    r"^(\d{1,4})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{1,4})"
    rf"(?:[T ,]\s*({_CLOCK})?\s*([AaPp]\.?[Mm]\.?)?)?$"
)
_NAMED = (
    r"^(?:[A-Za-z]{3,9},?\s+)?(\d{1,2})[\s-]+([A-Za-z]{3})[a-z]*\.?[\s,-]+(\d{4})(?:[T ,]+(.*))?$"
)
_NAMED_US = r"^(?:[A-Za-z]{3,9},\s+)?([A-Za-z]{3})[a-z]*\.?\s+(\d{1,2}),?\s+(\d{4})(?:[T ,]+(.*))?$"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NUMBER = r"^\d{4,20}(?:\.\d+)?$"
_CHINESE = "[年月日时点分秒：上下午凌晨早晚中]"
_REWRITTEN = (
    (r"[年月]", "-"),
    (r"日", " "),
    (r"[时点：]", ":"),
    (r"分(\d)", r":\1"),
    (r"[分秒]", ""),
    (r"(?:上午|凌晨|早上)\s*([\d:.]+)", r"\1 AM"),
    (r"(?:下午|晚上|中午)\s*([\d:.]+)", r"\1 PM"),
    (r":\s*( [AP]M)?$", r":00\1"),
)
_LOOKS = re.compile(
    r"^\s*(?:\d{1,4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,4}(?:日|\b).*"
    r"|\d{1,2}[ -][A-Za-z]{3}[a-z]*[ -]\d{4}.*)$"
)
_EXCEL_DAYS = (20_000, 80_000)  # 1954 to 2119


@dataclass(frozen=True, slots=True)
class Survey:
    """What the values of a time column look like: counts over the whole column.

    `undecided` counts the values whose day and month could be either way round while no value of
    the column settles it; `mixed` those that contradict the chosen `order`.
    """

    values: int
    iso: int
    chinese: int
    zoned: int
    order: Order
    undecided: int = 0
    mixed: int = 0


@dataclass(frozen=True, slots=True)
class Moment:
    """A read column: `at` is naive (UTC where `offset`, in minutes, is known); null if unreadable.

    `given` tells rows in which there was a value at all.
    """

    at: ir.TimestampValue
    given: ir.BooleanValue
    offset: ir.IntegerValue | None = None
    survey: Survey | None = None


def looks_like_time(text: str) -> bool:
    """Whether `text` is written like a date, so that a column of such text may be taken as times.

    Bare numbers are not: anything may be a number.

    >>> looks_like_time("9.3.10 8:05"), looks_like_time("2020年2月21日"), looks_like_time("13")
    (True, True, False)
    """
    return _LOOKS.match(text) is not None


def is_typed(column: ir.Column) -> bool:
    """Whether the column already holds moments or days."""
    return bool(column.type().is_timestamp() or column.type().is_date())


def read_times(
    engine: Engine,
    table: ir.Table,
    columns: Sequence[str],
    *,
    order: Order | None = None,
    zones: Mapping[str, str] | None = None,
) -> tuple[ir.Table, list[Moment]]:
    """`table` with hidden columns in which `columns` are read as times, and where they are.

    `order` overrides what is found; `zones` are those of columns typed with one.
    """
    read: list[tuple[str, Survey | None, bool]] = []
    for name in columns:
        stem = next(_fresh)
        if is_typed(table[name]):
            found = _typed(engine, table[name], (zones or {}).get(name))
            table, survey = _stage(engine, table, stem, given=table[name].notnull(), **found), None
        else:
            table, survey = _read_text(engine, table, name, stem, order)
            found = {"offset": None} if survey.zoned else {}
        read.append((stem, survey, "offset" in found))
    return table, [_moment(table, stem, survey, zoned=zoned) for stem, survey, zoned in read]


def _moment(table: ir.Table, stem: str, survey: Survey | None, *, zoned: bool) -> Moment:
    at, given = table[f"{stem}at"], table[f"{stem}given"]
    return Moment(at, given, table[f"{stem}offset"] if zoned else None, survey)


def is_hidden(column: str) -> bool:
    """Whether a column is one that reading times has added."""
    return column.startswith(_HIDDEN)


def _stage(engine: Engine, table: ir.Table, stem: str, **columns: ir.Value) -> ir.Table:
    """`table` with more hidden columns, as a view: expressions on it do not repeat them.

    Without it, every use of a part of a date would carry the whole way to that part along, and
    compiling the query would take longer than running it.
    """
    extended = table.mutate(**{f"{stem}{name}": value for name, value in columns.items()})
    if engine.name != "duckdb":
        return extended
    view = f"{stem}_view_{next(_fresh)}"
    engine.backend.raw_sql(f'CREATE TEMP VIEW "{view}" AS {engine.sql(extended)}')
    return engine.table(view)


def _read_text(
    engine: Engine, table: ir.Table, name: str, stem: str, order: Order | None
) -> tuple[ir.Table, Survey]:
    text = _text(table[name])
    table = _stage(engine, table, stem, text=text, given=text.notnull())
    survey = _traits(engine, table[f"{stem}text"], order)
    bare = table[f"{stem}text"]
    if survey.chinese:
        bare = _rewritten(bare)
    zoned = (
        {"bare": _without_zone(bare), "offset": _offset(bare)} if survey.zoned else {"bare": bare}
    )
    table = _stage(engine, table, stem, **zoned)
    if survey.iso == survey.values:
        local = _cast(table[f"{stem}bare"])
    else:
        table = _stage(engine, table, stem, **_parts(table[f"{stem}bare"]))
        survey = _with_order(engine, table, stem, survey, order)
        local = _read(table, stem, survey.order)
    table = _stage(engine, table, stem, local=local)
    return _stage(engine, table, stem, at=_to_utc(table, stem, survey)), survey


# -- surveying ---------------------------------------------------------------------------------


def _text(column: ir.Column) -> ir.StringValue:
    text = column if column.type().is_string() else column.cast("string")
    return filled(text, missing_words(times=True))


def _traits(engine: Engine, text: ir.StringValue, order: Order | None) -> Survey:
    found = engine.row(
        text.as_table().aggregate(
            values=text.count(),
            iso=_count(text.re_search(_ISO)),
            chinese=_count(text.re_search(_CHINESE)),
            zoned=_count(text.re_search(_ZONED)),
        )
    )
    return Survey(found.values, found.iso, found.chinese, found.zoned, order or "ymd")


def _with_order(
    engine: Engine, table: ir.Table, stem: str, survey: Survey, forced: Order | None
) -> Survey:
    """`survey` with the order of day and month that fits most values."""
    if forced:
        return survey
    short = table[f"{stem}p1"].length() <= 2
    first, second = (table[f"{stem}p{n}"].try_cast("int64") for n in (1, 2))
    found = engine.row(
        table.aggregate(
            day_first=_count(short & (first > 12) & (first <= 31) & (second <= 12)),
            month_first=_count(short & (second > 12) & (first <= 12)),
            either=_count(short & (first <= 12) & (second <= 12) & (first != second)),
            twelve=_count(table[f"{stem}p5"] != ""),
            year_first=_count(short & (first > 31)),
        )
    )
    order, undecided, mixed = _decided(found)
    return replace(survey, order=order, undecided=undecided, mixed=mixed)


def _decided(found: Any) -> tuple[Order, int, int]:
    """The order, how many values leave it open, how many contradict it."""
    if found.year_first > found.day_first:
        return "ymd", 0, found.day_first
    if not found.day_first and not found.month_first:
        return ("mdy" if found.twelve else "dmy"), found.either, 0
    if found.day_first >= found.month_first:
        return "dmy", 0, found.month_first
    return "mdy", 0, found.day_first


def _count(condition: ir.BooleanValue) -> ir.IntegerScalar:
    return condition.fill_null(False).cast("int64").sum().fill_null(0)


# -- reading -----------------------------------------------------------------------------------


def _parts(text: ir.StringValue) -> dict[str, ir.Value]:
    """What the patterns find in a value; empty where they do not fit."""
    dated = {f"p{n}": text.re_extract(_PARTS, n) for n in range(1, 6)}
    number = text.re_search(_NUMBER).ifelse(text, ibis.null("string"))
    return dated | {
        "number": number,
        "digits": number.re_extract(r"^\d+", 0),
        "day": text.re_extract(_NAMED, 1) + text.re_extract(_NAMED_US, 2),
        "month": (text.re_extract(_NAMED, 2) + text.re_extract(_NAMED_US, 1)).lower(),
        "year": text.re_extract(_NAMED, 3) + text.re_extract(_NAMED_US, 3),
        "rest": text.re_extract(_NAMED, 4) + text.re_extract(_NAMED_US, 4),
    }


def _read(table: ir.Table, stem: str, order: Order) -> ir.TimestampValue:
    def part(name: str) -> ir.StringValue:
        return table[f"{stem}{name}"]

    dated = _dated((part("p1"), part("p2"), part("p3")), part("p4"), part("p5"), order)
    named = _named(part("day"), part("month"), part("year"), part("rest"))
    return ibis.coalesce(dated, _numeric(part("number"), part("digits")), named)


def _dated(
    numbers: tuple[ir.StringValue, ir.StringValue, ir.StringValue],
    clock: ir.StringValue,
    half: ir.StringValue,
    order: Order,
) -> ir.TimestampValue:
    """Three numbers and perhaps a clock. A first number of four digits is the year in any order."""
    first, second, third = numbers
    year, month, day = {
        "ymd": (_full_year(first), second, third),
        "dmy": (_full_year(third), second, first),
        "mdy": (_full_year(third), first, second),
    }[order]
    other = year + "-" + month + "-" + day
    date = (first.length() == 4).ifelse(first + "-" + second + "-" + third, other)
    clock = (clock == "").ifelse("00:00", clock.replace(",", "."))
    return _twelve_hours(_cast(date + " " + clock), half)


def _full_year(digits: ir.StringValue) -> ir.StringValue:
    short = digits.lpad(2, "0")
    century = (short >= "69").ifelse("19", "20")
    return (digits.length() <= 2).ifelse(century + short, digits)


def _twelve_hours(moment: ir.TimestampValue, half: ir.StringValue) -> ir.TimestampValue:
    afternoon = half.upper().startswith("P") & (moment.hour() < 12)
    midnight = half.upper().startswith("A") & (moment.hour() == 12)
    moment = afternoon.ifelse(moment + ibis.interval(hours=12), moment)
    return midnight.ifelse(moment - ibis.interval(hours=12), moment)


def _numeric(text: ir.StringValue, digits: ir.StringValue) -> ir.TimestampValue:
    """Digits alone: a written date, Excel's days since 1899-12-30, or time since 1970 by size."""
    size, number = digits.length(), text.try_cast("float64")
    per_second = ibis.cases((size <= 11, 1), (size <= 14, 10**3), (size <= 17, 10**6), else_=10**9)
    nothing = ibis.null("timestamp")
    days = ((number - 25_569) * 86_400_000).round() * 1000
    return ibis.coalesce(
        size.isin((8, 12, 14)).ifelse(_compact(digits), nothing),
        number.between(*_EXCEL_DAYS).ifelse(_since(days), nothing),
        (size >= 9).ifelse(_since((number / per_second * 1_000_000).round()), nothing),
    )


def _compact(digits: ir.StringValue) -> ir.TimestampValue:
    """``20200221``, ``202002211305`` or ``20200221130500``."""
    pattern = r"^((?:19|20)\d{2})(\d{2})(\d{2})(\d{2})?(\d{2})?(\d{2})?$"
    year, month, day, *clock = (digits.re_extract(pattern, n) for n in range(1, 7))
    hour, minute, second = ((part == "").ifelse("00", part) for part in clock)
    return _cast(year + "-" + month + "-" + day + " " + hour + ":" + minute + ":" + second)


def _named(
    day: ir.StringValue, name: ir.StringValue, year: ir.StringValue, rest: ir.StringValue
) -> ir.TimestampValue:
    """``21 Feb 2020 13:05`` or ``Feb 21, 2020``."""
    month = ibis.cases(*((name == m, f"{n:02d}") for n, m in enumerate(_MONTHS, 1)), else_="")
    clock = rest.re_extract(_CLOCK, 0)
    moment = _cast(year + "-" + month + "-" + day + " " + (clock == "").ifelse("00:00", clock))
    return _twelve_hours(moment, rest.re_extract(r"([AaPp])\.?[Mm]\.?$", 1))


def _rewritten(text: ir.StringValue) -> ir.StringValue:
    """Chinese dates and clocks in common signs: ``2020年2月21日 下午1时5分`` → ``2020-2-21 …``."""
    for pattern, replacement in _REWRITTEN:
        text = text.re_replace(pattern, replacement)
    return text.strip()


def _cast(text: ir.StringValue) -> ir.TimestampValue:
    return text.try_cast("timestamp")


# -- zones -------------------------------------------------------------------------------------


def _without_zone(text: ir.StringValue) -> ir.StringValue:
    return text.re_search(_ZONED).ifelse(text.re_replace(_ZONE, ""), text)


def _to_utc(table: ir.Table, stem: str, survey: Survey) -> ir.TimestampValue:
    local = table[f"{stem}local"]
    if not survey.zoned:
        return local
    return local - table[f"{stem}offset"].fill_null(0).as_interval("m")


def _offset(text: ir.StringValue) -> ir.IntegerValue:
    """Minutes east of Greenwich; null where the value names no zone."""
    sign, hours, minutes = (
        text.re_extract(r"([+-])(\d{2}):?(\d{2})?(?:\[[^\]]*\])?$", n) for n in (1, 2, 3)
    )
    size = hours.try_cast("int64") * 60 + minutes.try_cast("int64").fill_null(0)
    east = ibis.cases((sign == "-", -size), (sign == "+", size), else_=0)
    return text.re_search(_ZONED).ifelse(east, ibis.null("int64")).cast("int64")


def _typed(engine: Engine, column: ir.Column, zone: str | None) -> dict[str, ir.Value]:
    kind = column.type()
    if not isinstance(kind, dt.Timestamp) or kind.timezone is None:
        return {"at": column.cast("timestamp")}
    utc = _at_zone(engine, column, "UTC")
    if zone is None or zone == "UTC" or engine.name != "duckdb":
        return {"at": utc, "offset": ibis.literal(0, type="int64")}
    east = _at_zone(engine, column, zone).epoch_seconds() - utc.epoch_seconds()
    return {"at": utc, "offset": (east / 60).cast("int64")}


def _at_zone(engine: Engine, column: ir.Column, zone: str) -> ir.TimestampValue:
    """The wall clock of `zone` at these moments."""
    if engine.name != "duckdb":
        return column.cast("timestamp")
    return _timezone()(ibis.literal(zone), column)


@functools.cache
def _timezone():  # type: ignore[no-untyped-def]
    def timezone(zone, moment): ...  # type: ignore[no-untyped-def]

    kinds = (("string", dt.Timestamp(timezone="UTC")), dt.Timestamp())
    return ibis.udf.scalar.builtin(timezone, signature=kinds)


def _since(microseconds: ir.FloatingValue) -> ir.TimestampValue:
    whole = microseconds.cast("int64")
    return ibis.timestamp("1970-01-01") + whole.as_interval("us")
