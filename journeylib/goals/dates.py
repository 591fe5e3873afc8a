"""Due dates in free text, Chinese and English: the last day that still counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_YEAR = r"(?P<year>20\d\d)"
_BY = r"(?:\b(?:by|before|until|in|on|till)\s+)?(?:the\s+)?(?:end\s+of\s+)?(?:the\s+)?"
_END = r"\s*(?:底|末|内|结束|终|之前|前|以前)*"


@dataclass(frozen=True, slots=True)
class Due:
    """A date in a text, from `start` to before `end`; `day` is None if it needs to know today."""

    day: date | None
    start: int
    end: int


def due_in(text: str, today: date | None = None) -> Due | None:
    """The first date of `text` (as `plain_text` leaves it), relative ones counted from `today`.

    >>> due_in("by end of q3 2026").day, due_in("2026年底前").day
    (datetime.date(2026, 9, 30), datetime.date(2026, 12, 31))
    """
    for pattern, day_of in _FORMS:
        match = re.search(pattern, text)
        if match is not None:
            return Due(day_of(match.groupdict(), today), match.start(), match.end())
    return None


Parts = Mapping[str, str | None]


def _full(parts: Parts, _today: date | None) -> date | None:
    return _date(_int(parts, "year"), _month(parts), _int(parts, "day"))


def _end_of_month(parts: Parts, today: date | None) -> date | None:
    month = _month(parts)
    if not 1 <= month <= 12:
        return None
    year = parts.get("year")
    if year is None:
        return _next(today, lambda year: _last_day(year, month))
    return _last_day(int(year), month)


def _end_of_quarter(parts: Parts, today: date | None) -> date | None:
    month = 3 * _int(parts, "quarter")
    year = parts.get("year")
    if year is None:
        return _next(today, lambda year: _last_day(year, month))
    return _last_day(int(year), month)


def _end_of_half(parts: Parts, today: date | None) -> date | None:
    month = 6 if parts.get("half") in ("上", "first") else 12
    year = parts.get("year")
    if year is None:
        return _next(today, lambda year: _last_day(year, month))
    return _last_day(int(year), month)


def _end_of_year(parts: Parts, today: date | None) -> date | None:
    year = parts.get("year")
    if year is not None:
        return date(int(year), 12, 31)
    if today is None:
        return None
    return date(today.year + (parts.get("next") is not None), 12, 31)


def _before_year(parts: Parts, _today: date | None) -> date | None:
    return date(_int(parts, "year") - 1, 12, 31)


def _this_quarter(parts: Parts, today: date | None) -> date | None:
    if today is None:
        return None
    months = 3 * ((today.month - 1) // 3 + 1) + (3 if parts.get("next") else 0)
    return _last_day(today.year + (months - 1) // 12, (months - 1) % 12 + 1)


def _this_month(parts: Parts, today: date | None) -> date | None:
    if today is None:
        return None
    months = today.month + (1 if parts.get("next") else 0)
    return _last_day(today.year + (months - 1) // 12, (months - 1) % 12 + 1)


def _later(parts: Parts, today: date | None) -> date | None:
    """So many months, quarters or years from today."""
    if today is None:
        return None
    unit = str(parts["unit"])
    size = 3 if "季" in unit or "quarter" in unit else 12 if "年" in unit or "year" in unit else 1
    months = today.month - 1 + size * _int(parts, "number")
    year, month = today.year + months // 12, months % 12 + 1
    last = _last_day(year, month)
    return last.replace(day=min(today.day, last.day))


_FORMS: tuple[tuple[str, Callable[[Parts, date | None], date | None]], ...] = (
    (rf"{_BY}{_YEAR}\s*[-/.]\s*(?P<month>\d\d?)\s*[-/.]\s*(?P<day>\d\d?){_END}", _full),
    (rf"{_YEAR}\s*年\s*(?P<month>\d\d?)\s*月\s*(?P<day>\d\d?)\s*[日号]{_END}", _full),
    (rf"{_BY}(?P<day>\d\d?)(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH},?\s+{_YEAR}", _full),
    (rf"{_BY}{_MONTH}\s+(?P<day>\d\d?)(?:st|nd|rd|th)?,?\s+{_YEAR}", _full),
    (rf"{_YEAR}\s*年?\s*第?\s*(?P<quarter>[1-4])\s*季度{_END}", _end_of_quarter),
    (rf"{_YEAR}\s*年?\s*q\s*(?P<quarter>[1-4]){_END}", _end_of_quarter),
    (rf"{_BY}q\s*(?P<quarter>[1-4])\s*(?:of\s+)?{_YEAR}(?:\s+end)?{_END}", _end_of_quarter),
    (rf"{_YEAR}\s*年\s*(?P<half>[上下])半年{_END}", _end_of_half),
    (rf"{_YEAR}\s*年\s*(?P<month>\d\d?)\s*月份?{_END}", _end_of_month),
    (rf"{_BY}{_MONTH}\s+{_YEAR}", _end_of_month),
    (rf"{_YEAR}\s*年?\s*(?:之前|以前|前)", _before_year),
    (rf"{_YEAR}\s*年(?:度|底|末|内|终|年底|年末){_END}", _end_of_year),
    (rf"{_YEAR}\s*年{_END}", _end_of_year),
    (rf"{_BY}(?:year\s+)?{_YEAR}(?!\d)(?:\s+year[- ]end)?", _end_of_year),
    (rf"第?\s*(?P<quarter>[1-4])\s*季度{_END}", _end_of_quarter),
    (rf"{_BY}(?<![a-z])q\s*(?P<quarter>[1-4])(?![\d])(?:\s+end)?{_END}", _end_of_quarter),
    (r"(?P<half>[上下])半年" + _END, _end_of_half),
    (r"(?P<next>明)年\s*(?:年底|年末|底|末|内)?" + _END, _end_of_year),
    (r"(?:今年|本年|(?<!\d)年)\s*(?:底|末|内|终)" + _END, _end_of_year),
    (r"今年" + _END, _end_of_year),
    (rf"{_BY}(?P<next>next)\s+year", _end_of_year),
    (rf"{_BY}(?:this\s+year|year[- ]end|end\s+of\s+(?:the\s+)?year)", _end_of_year),
    (r"\bby\s+the\s+end\s+of\s+the\s+year|\bby\s+year", _end_of_year),
    (r"(?P<next>下)个?季度" + _END, _this_quarter),
    (r"(?:本|这个?|当)季度?" + _END, _this_quarter),
    (rf"{_BY}(?P<next>next)\s+quarter", _this_quarter),
    (rf"{_BY}this\s+quarter", _this_quarter),
    (r"(?P<next>下)个?月" + _END, _this_month),
    (r"(?:本|这个|当)月" + _END, _this_month),
    (r"(?P<number>\d+)\s*(?P<unit>个月|个季度|季度|年)(?:之|以)?内", _later),
    (
        r"(?:within|in)\s+(?:the\s+next\s+)?(?P<number>\d+)\s+(?P<unit>months?|quarters?|years?)",
        _later,
    ),
    (r"(?P<month>1[0-2]|[1-9])\s*月份?(?:底|末|内|之前|前)+", _end_of_month),
    (rf"\b(?:by|before|until)\s+(?:the\s+)?(?:end\s+of\s+)?{_MONTH}(?![a-z])", _end_of_month),
)


def _int(parts: Parts, name: str) -> int:
    return int(parts[name] or 0)


def _month(parts: Parts) -> int:
    name = parts.get("name")
    return _MONTHS.index(name[:3]) + 1 if name else _int(parts, "month")


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _last_day(year: int, month: int) -> date:
    first_of_next = date(year + month // 12, month % 12 + 1, 1)
    return first_of_next - timedelta(days=1)


def _next(today: date | None, day_in: Callable[[int], date]) -> date | None:
    """The first such day that is not over today."""
    if today is None:
        return None
    this_year = day_in(today.year)
    return this_year if this_year >= today else day_in(today.year + 1)
