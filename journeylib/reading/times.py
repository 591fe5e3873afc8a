"""Text and numbers as moments: one reading of a whole column, never a guess per row.

A column of times is surveyed once (what its values look like, which part can only be a day), then
read by one expression: ISO, year first, day first or month first, with or without a zone, 12-hour
clocks, Chinese dates, ``20200221``, Excel's day numbers and seconds, milli-, micro- or nanoseconds
since 1970. Only the order of day and month is a choice; it is decided for the whole column, and
the survey says when the values did not settle it. All expressions are Ibis, so they run anywhere.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Literal

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from journeylib.engine import Engine
from journeylib.terms import load_template

Order = Literal["ymd", "dmy", "mdy"]

_ZONE = r"\s*(?:Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)(?:\[[^\]]*\])?$"
_ISO = r"^\d{4}-\d{1,2}-\d{1,2}(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:" + _ZONE[:-1] + r")?)?$"
_CLOCK = r"\d{1,2}:\d{1,2}(?::\d{1,2}(?:[.,]\d+)?)?"
_ZONED = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s*[AaPp]\.?[Mm]\.?)?" + _ZONE
_PARTS = (
    r"^(\d{1,4})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{1,4})"
    rf"(?:[T ,]\s*({_CLOCK})?\s*([AaPp]\.?[Mm]\.?)?)?$"
)
_NAMED = r"^(?:[A-Za-z]{3,9},?\s+)?(\d{1,2})[\s-]+([A-Za-z]{3})[a-z]*\.?[\s,-]+(\d{4})(?:[T ,]+(.*))?$"
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
    r"^\s*(?:\d{1,4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,4}(?:日|\b).*|\d{1,2}[ -][A-Za-z]{3}[a-z]*[ -]\d{4}.*)$"
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
    """A read column: `at` is naive (UTC where `offset`, in minutes, is known); null if unreadable."""

    at: ir.TimestampValue
    offset: ir.IntegerValue | None
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


def given(column: ir.Column) -> ir.BooleanValue:
    """Whether a value was given at all, readable or not."""
    return column.notnull() if is_typed(column) else _text(column).notnull()


def read_times(
    engine: Engine, table: ir.Table, name: str, *, order: Order | None = None, zone: str | None = None
) -> Moment:
    """How to read column `name`; `order` and `zone` (of a typed column) override what is found."""
    column = table[name]
    if is_typed(column):
        return _typed(engine, column, zone)
    text = _text(column)
    survey = _survey(engine, table, text, order)
    if survey.values and survey.iso == survey.values:
        return _zoned(text, survey, _cast(_without_zone(text) if survey.zoned else text))
    if survey.chinese:
        text = _rewritten(text)
    bare = _without_zone(text) if survey.zoned else text
    return _zoned(text, survey, _read(bare, survey.order))


# -- surveying ---------------------------------------------------------------------------------


@functools.cache
def missing_words() -> tuple[str, ...]:
    """Words that stand for a time that is not there: ``?``, ``-``, ``NULL``, ``无``."""
    words = load_template("reading", "missing")
    return (*words["everywhere"], *words["times"])


def _text(column: ir.Column) -> ir.StringValue:
    text = column.cast("string").strip()
    return text.isin(("", *missing_words())).ifelse(ibis.null("string"), text)


def _survey(engine: Engine, table: ir.Table, text: ir.StringValue, order: Order | None) -> Survey:
    traits = table.select(t=text).filter(lambda t: t.t.notnull())
    t = traits.t
    found = engine.row(
        traits.aggregate(
            values=traits.count(),
            iso=_count(t.re_search(_ISO)),
            chinese=_count(t.re_search(_CHINESE)),
            zoned=_count(t.re_search(_ZONED)),
        )
    )
    if found.iso == found.values:
        return Survey(found.values, found.iso, 0, found.zoned, order or "ymd")
    parts = traits.mutate(t=_without_zone(_rewritten(t) if found.chinese else t))
    chosen, undecided, mixed = _order(engine, parts, order)
    return Survey(found.values, found.iso, found.chinese, found.zoned, chosen, undecided, mixed)


def _order(engine: Engine, texts: ir.Table, forced: Order | None) -> tuple[Order, int, int]:
    """The order of day and month, how many values leave it open, how many contradict it."""
    first, second = _part(texts.t, 1), _part(texts.t, 2)
    dated = first.notnull() & (texts.t.re_extract(_PARTS, 1).length() <= 2)
    found = engine.row(
        texts.aggregate(
            day_first=_count(dated & (first > 12) & (first <= 31) & (second <= 12)),
            month_first=_count(dated & (second > 12) & (first <= 12)),
            either=_count(dated & (first <= 12) & (second <= 12) & (first != second)),
            twelve=_count(texts.t.re_search(r"[AaPp]\.?[Mm]\.?$")),
            year_first=_count(dated & (first > 31)),
        )
    )
    if forced:
        return forced, 0, 0
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


def _read(text: ir.StringValue, order: Order) -> ir.TimestampValue:
    return ibis.coalesce(_dated(text, order), _numeric(text), _named(text))


def _dated(text: ir.StringValue, order: Order) -> ir.TimestampValue:
    """Three numbers and perhaps a clock. A first number of four digits is the year in any order."""
    first, second, third = (text.re_extract(_PARTS, n) for n in (1, 2, 3))
    year_first = first.length() == 4
    day, month = (first, second) if order == "dmy" else (second, first)
    if order == "ymd":
        day, month, last = third, second, first
    else:
        last = third
    year = year_first.ifelse(first, _full_year(last))
    month = year_first.ifelse(second, month)
    day = year_first.ifelse(third, day)
    clock = text.re_extract(_PARTS, 4).replace(",", ".")
    clock = (clock == "").ifelse("00:00", clock)
    moment = _cast(year + "-" + month + "-" + day + " " + clock)
    return _twelve_hours(moment, text.re_extract(_PARTS, 5))


def _full_year(digits: ir.StringValue) -> ir.StringValue:
    short = digits.lpad(2, "0")
    century = (short >= "69").ifelse("19", "20")
    return (digits.length() <= 2).ifelse(century + short, digits)


def _twelve_hours(moment: ir.TimestampValue, half: ir.StringValue) -> ir.TimestampValue:
    afternoon = half.upper().startswith("P") & (moment.hour() < 12)
    midnight = half.upper().startswith("A") & (moment.hour() == 12)
    moment = afternoon.ifelse(moment + ibis.interval(hours=12), moment)
    return midnight.ifelse(moment - ibis.interval(hours=12), moment)


def _numeric(text: ir.StringValue) -> ir.TimestampValue:
    """Digits alone: a written date, Excel's days since 1899-12-30, or time since 1970 by size."""
    is_number = text.re_search(_NUMBER)
    whole = text.re_extract(r"^\d+", 0)
    size = whole.length()
    number = is_number.ifelse(text, ibis.null("string")).try_cast("float64")
    excel = number.between(*_EXCEL_DAYS)
    per_second = ibis.cases((size <= 11, 1), (size <= 14, 10**3), (size <= 17, 10**6), else_=10**9)
    since_1970 = is_number & (size >= 9)
    microseconds = (number / per_second * 1_000_000).round()
    written = _compact(whole)
    return ibis.coalesce(
        (is_number & size.isin((8, 12, 14))).ifelse(written, ibis.null("timestamp")),
        excel.ifelse(_since(((number - 25_569) * 86_400_000).round() * 1000), ibis.null("timestamp")),
        since_1970.ifelse(_since(microseconds), ibis.null("timestamp")),
    )


def _compact(digits: ir.StringValue) -> ir.TimestampValue:
    """``20200221``, ``202002211305`` or ``20200221130500``."""
    pattern = r"^((?:19|20)\d{2})(\d{2})(\d{2})(\d{2})?(\d{2})?(\d{2})?$"
    year, month, day, hour, minute, second = (digits.re_extract(pattern, n) for n in range(1, 7))
    return _cast(year + "-" + month + "-" + day + " " + _clock(hour, minute, second))


def _clock(*parts: ir.StringValue) -> ir.StringValue:
    filled = [(part == "").ifelse("00", part) for part in parts]
    return filled[0] + ":" + filled[1] + ":" + filled[2]


def _named(text: ir.StringValue) -> ir.TimestampValue:
    """``21 Feb 2020 13:05`` or ``Feb 21, 2020``."""
    day = text.re_extract(_NAMED, 1) + text.re_extract(_NAMED_US, 2)
    name = (text.re_extract(_NAMED, 2) + text.re_extract(_NAMED_US, 1)).lower()
    year = text.re_extract(_NAMED, 3) + text.re_extract(_NAMED_US, 3)
    rest = text.re_extract(_NAMED, 4) + text.re_extract(_NAMED_US, 4)
    month = ibis.cases(*((name == m, f"{n:02d}") for n, m in enumerate(_MONTHS, 1)), else_="")
    clock = rest.re_extract(_CLOCK, 0)
    moment = _cast(year + "-" + month + "-" + day + " " + (clock == "").ifelse("00:00", clock))
    return _twelve_hours(moment, rest.re_extract(r"([AaPp])\.?[Mm]\.?$", 1))


def _rewritten(text: ir.StringValue) -> ir.StringValue:
    """Chinese dates and clocks in the signs of others: ``2020年2月21日 下午1时5分`` → ``2020-2-21 …``."""
    for pattern, replacement in _REWRITTEN:
        text = text.re_replace(pattern, replacement)
    return text.strip()


def _part(text: ir.StringValue, index: int) -> ir.IntegerValue:
    return text.re_extract(_PARTS, index).try_cast("int64")


def _cast(text: ir.StringValue) -> ir.TimestampValue:
    return text.try_cast("timestamp")


# -- zones -------------------------------------------------------------------------------------


def _without_zone(text: ir.StringValue) -> ir.StringValue:
    return text.re_search(_ZONED).ifelse(text.re_replace(_ZONE, ""), text)


def _zoned(text: ir.StringValue, survey: Survey, local: ir.TimestampValue) -> Moment:
    if not survey.zoned:
        return Moment(local, None, survey)
    offset = _offset(text)
    return Moment(local - offset.fill_null(0).as_interval("m"), offset, survey)


def _offset(text: ir.StringValue) -> ir.IntegerValue:
    """Minutes east of Greenwich; null where the value names no zone."""
    sign, hours, minutes = (
        text.re_extract(r"([+-])(\d{2}):?(\d{2})?(?:\[[^\]]*\])?$", n) for n in (1, 2, 3)
    )
    size = hours.try_cast("int64") * 60 + minutes.try_cast("int64").fill_null(0)
    east = ibis.cases((sign == "-", -size), (sign == "+", size), else_=0)
    return text.re_search(_ZONED).ifelse(east, ibis.null("int64")).cast("int64")


def _typed(engine: Engine, column: ir.Column, zone: str | None) -> Moment:
    kind = column.type()
    if not isinstance(kind, dt.Timestamp) or kind.timezone is None:
        return Moment(column.cast("timestamp"), None)
    utc = _at_zone(engine, column, "UTC")
    if zone is None or zone == "UTC" or engine.name != "duckdb":
        return Moment(utc, utc.notnull().ifelse(0, ibis.null("int64")).cast("int64"))
    local = _at_zone(engine, column, zone)
    return Moment(utc, ((local.epoch_seconds() - utc.epoch_seconds()) / 60).cast("int64"))


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
