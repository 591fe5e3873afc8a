"""What people write into a cell, understood: durations, shares, dates, yes and no, codes.

Full-width characters, capitals and words of either language are understood; whatever is not raises
`Unread` with a sentence that says what to write instead.
"""

from __future__ import annotations

import datetime
import functools
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from journeylib.exporting.sheets import CHOICES, choice
from journeylib.terms import LANGS, Clock, Lang, Span, Text, load_template, normalised, say


class Unread(ValueError):  # noqa: N818 - it is a reason, collected and reported with others
    """A cell cannot be understood; `text` says why and what to write."""

    def __init__(self, key: str, **values: object) -> None:
        self.text = say(f"importing.{key}", **values)
        super().__init__(self.text.en)


Raw = Any
"""A cell as the workbook's reader gives it: text, number, truth value, date, time, or ``""``."""

_PARTS = re.compile(r"(\d+(?:[.,]\d+)?|半|[一二两三四五六七八九十])\s*个?\s*([^\d\s.,]+)\s*")
_NUMERALS = {"半": 0.5, "两": 2.0} | {c: n + 1.0 for n, c in enumerate("一二三四五六七八九十")}
_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86_400}


@functools.cache
def _words() -> dict[str, Any]:
    return load_template("importing", "words")


@functools.cache
def _unit_names() -> Mapping[str, str]:
    return {name: unit for unit, names in _words()["units"].items() for name in names}


def plain_text(raw: Raw) -> str:
    """A cell as people see it.

    >>> plain_text(4.0), plain_text("４Ｈ "), plain_text(None)
    ('4', '4H', '')
    """
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    return "" if raw is None else unicodedata.normalize("NFKC", str(raw)).strip()


def is_blank(raw: Raw) -> bool:
    """Nothing in it, or only blanks."""
    return raw is None or (isinstance(raw, str) and not raw.strip())


def says_nothing(raw: Raw) -> bool:
    """Blank, or a word for nothing such as "–" or "无"."""
    return is_blank(raw) or plain_text(raw).casefold() in _words()["nothing"]


def duration(raw: Raw) -> Span:
    """A span as people write it.

    >>> str(duration("4 小时")), str(duration("2 个工作日")), str(duration("1 day 6 hours"))
    ('4h', '2d working', '30h')
    >>> duration("4")
    Traceback (most recent call last):
    journeylib.importing.values.Unread: "4" has no unit; write "4h" or "4d"
    """
    text = plain_text(raw).casefold()
    if re.fullmatch(r"\d+([.,]\d+)?", text):
        raise Unread("no_unit", found=text, n=text)
    rest, clock = _without_clock(text)
    parts = _PARTS.findall(rest)
    if not parts or _PARTS.sub("", rest).strip() or not all(u in _unit_names() for _, u in parts):
        raise Unread("no_duration", found=plain_text(raw))
    spans = [_span(number, _unit_names()[unit], clock) for number, unit in parts]
    if len(spans) == 1:
        return spans[0]
    unit = min((span.unit for span in spans), key=_SECONDS.__getitem__)
    total = sum(span.value * _SECONDS[span.unit] for span in spans)
    return Span(total / _SECONDS[unit], unit, clock)


def _span(number: str, unit: str, clock: Clock) -> Span:
    value = _NUMERALS.get(number) or float(number.replace(",", "."))
    if unit == "w":
        return Span(value * (5 if clock is Clock.WORKING else 7), "d", clock)
    return Span(value, unit, clock)


def _without_clock(text: str) -> tuple[str, Clock]:
    """The text without the words that name its clock."""
    found = Clock.CALENDAR
    for clock, names in _words()["clocks"].items():
        for name in names:
            if name in text:
                found = Clock(clock)
                text = text.replace(name, "")
    return re.sub(r"\(\s*\)", "", text.replace("工时", "小时")), _clock(text, found)


def _clock(text: str, found: Clock) -> Clock:
    return Clock.WORKING if "工时" in text else found


def number(raw: Raw) -> float:
    """A number; ``40%`` is 0.4.

    >>> number("１，２００"), number("45 %")
    (1200.0, 0.45)
    """
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return float(raw)
    text = re.sub(r"[\s,]", "", plain_text(raw))
    factor = 0.01 if text.endswith("%") else 1.0
    try:
        return round(float(text.removesuffix("%")) * factor, 12)
    except ValueError:
        raise Unread("no_number", found=plain_text(raw)) from None


def whole(raw: Raw) -> int:
    """A whole number."""
    value = number(raw)
    if not value.is_integer():
        raise Unread("no_whole", found=plain_text(raw))
    return int(value)


def share(raw: Raw) -> float:
    """A share between 0 and 1."""
    value = number(raw)
    if not 0 <= value <= 1:
        raise Unread("no_share", found=plain_text(raw))
    return value


def target(raw: Raw, unit: str) -> float:
    """A target in the unit of its baseline; for hours also a duration in words."""
    if unit == "h" and isinstance(raw, str) and not re.fullmatch(r"[\d.,\s]+", plain_text(raw)):
        return duration(raw).hours
    return number(raw)


def date(raw: Raw) -> datetime.date:
    """A date, as a date cell or in writing.

    >>> date("2026年12月31日"), date("2026/1/5")
    (datetime.date(2026, 12, 31), datetime.date(2026, 1, 5))
    """
    if isinstance(raw, datetime.datetime):
        return raw.date()
    if isinstance(raw, datetime.date):
        return raw
    found = re.fullmatch(r"(\d{4})\D{1,2}(\d{1,2})\D{1,2}(\d{1,2})\D?", plain_text(raw))
    try:
        return datetime.date(*(int(group) for group in found.groups()))  # type: ignore[union-attr]
    except (AttributeError, ValueError):
        raise Unread("no_date", found=plain_text(raw)) from None


def yes(raw: Raw) -> bool:
    """Yes or no, in either language; blank is no."""
    text = plain_text(raw).casefold()
    if not text or text in _words()["no"]:
        return False
    if text in _words()["yes"]:
        return True
    raise Unread("no_yes", found=plain_text(raw))


def code(of: str, raw: Raw, lang: Lang) -> Any:
    """The code that is meant, by its words in either language or by what else it is called."""
    found = normalised(plain_text(raw))
    for value in CHOICES[of]:
        key = f"{of}_{str(value).lower()}"
        names = [str(value), *_words()["choices"].get(key, ())]
        names += [choice(of, value, language) for language in LANGS]
        if found in map(normalised, names):
            return value
    told = ", ".join(choice(of, value, lang) for value in CHOICES[of])
    raise Unread("no_choice", found=plain_text(raw), choices=told)


def quoted(value: object) -> Text:
    """A cell's content as notes show it."""
    if value in (None, ""):
        return say("importing.nothing")
    text = " ".join(str(value).split())
    return Text.same(f"“{text}”" if len(text) <= 60 else f"“{text[:59]}…”")
