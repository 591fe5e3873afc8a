"""When work is done: weekly hours, holidays, make-up workdays (调休), half days, departments.

The days themselves are data under ``templates/calendars``. Working time is counted by prefix sums:
`Hours.before` says how much work a day has behind it, `worktime` adds what of the day itself has
passed, and a span of working time is the difference of two such counts.
"""

from __future__ import annotations

import bisect
import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Self, TypeAlias

from journeylib.errors import TemplateError, did_you_mean
from journeylib.terms import Text, load_template

MINUTE = 60_000_000
DAY = 86_400_000_000
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MAKEUP = "makeup"
_EPOCH = date(1970, 1, 1).toordinal()
_THURSDAY = 3
"""1970-01-01, the day 0, was one."""
_OPENING = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")


@dataclass(frozen=True, slots=True)
class Opening:
    """Open hours within one day, in µs since midnight; `end` is beyond the last of them."""

    start: int
    end: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``"09:00-12:00"``; ``"24:00"`` is midnight at the end of the day.

        >>> Opening.parse("09:00-12:30").length // MINUTE
        210
        """
        match = _OPENING.fullmatch(text.replace(" ", ""))
        if not match:
            raise ValueError(f'{text!r} is no opening; write for example "09:00-12:00"')
        h, m, to_h, to_m = map(int, match.groups())
        start, end = 60 * h + m, 60 * to_h + to_m
        if max(m, to_m) > 59 or end > 24 * 60:
            raise ValueError(f"{text!r} is no time of a day")
        if end <= start:
            raise ValueError(
                f"{text!r} ends before it starts; write a night shift as two openings, "
                'one until "24:00" and on the next day one from "00:00"'
            )
        return cls(start * MINUTE, end * MINUTE)

    @property
    def length(self) -> int:
        """µs from start to end."""
        return self.end - self.start


Openings: TypeAlias = tuple[Opening, ...]


@dataclass(frozen=True)
class Hours:
    """When somebody works: `week` from Monday on, but on `special` days (days since 1970-01-01)."""

    week: tuple[Openings, ...]
    special: tuple[tuple[int, Openings], ...] = ()

    def on(self, day: int) -> Openings:
        """The openings of `day` (days since 1970-01-01)."""
        return self._special_openings.get(day, self.week[(day + _THURSDAY) % 7])

    def before(self, day: int) -> int:
        """Working µs up to the start of `day`, counted from an origin of its own.

        Only differences mean something; far days cost no more than near ones.
        """
        weeks, rest = divmod(day + _THURSDAY, 7)
        place = bisect.bisect_left(self._special_days, day)
        return weeks * self._upto_weekday[7] + self._upto_weekday[rest] + self._corrections[place]

    @property
    def most_openings(self) -> int:
        """The largest number of openings a day can have."""
        return max(len(openings) for openings in (*self.week, *(o for _, o in self.special)))

    @functools.cached_property
    def _special_openings(self) -> Mapping[int, Openings]:
        return dict(self.special)

    @functools.cached_property
    def _special_days(self) -> Sequence[int]:
        return [day for day, _ in self.special]

    @functools.cached_property
    def _upto_weekday(self) -> Sequence[int]:
        """Work of a week before each weekday; the last entry is that of a whole week."""
        return [0, *itertools.accumulate(_work(openings) for openings in self.week)]

    @functools.cached_property
    def _corrections(self) -> Sequence[int]:
        """What the special days up to each place add to the weekly pattern."""
        added = (_work(own) - _work(self.week[(d + _THURSDAY) % 7]) for d, own in self.special)
        return [0, *itertools.accumulate(added)]


@dataclass(frozen=True, eq=False)
class Calendar:
    """Working hours of a firm, and of the `departments` whose hours differ.

    `years` are the first and last year whose holidays the calendar knows (None: it has none to
    know); outside of them only the week counts.
    """

    id: str
    name: Text
    hours: Hours
    departments: Mapping[str, Hours]
    years: tuple[int, int] | None = None

    @staticmethod
    def load(name_or_path: str | Path) -> Calendar:
        """The shipped calendar of that name, or one from a TOML file."""
        raw = load_template("calendars", name_or_path)
        try:
            return _calendar(raw)
        except KeyError as missing:
            raise TemplateError(f"{name_or_path}: the calendar lacks {missing}") from None
        except (AttributeError, TypeError, ValueError) as problem:
            raise TemplateError(f"{name_or_path}: {problem}") from None

    @property
    def patterns(self) -> tuple[Hours, ...]:
        """All different hours: the default first."""
        return tuple(dict.fromkeys((self.hours, *self.departments.values())))

    def pattern_of(self, department: str | None) -> int:
        """Which of `patterns` a department works by; the default for one without its own."""
        own = self.departments.get(department, self.hours) if department else self.hours
        return self.patterns.index(own)

    def covers(self, day: int) -> bool:
        """Whether the holidays of this day's year are known (days since 1970-01-01)."""
        return self.years is None or self.years[0] <= _year(day) <= self.years[1]


# -- from a template -------------------------------------------------------------------------------


def _calendar(raw: Mapping[str, Any]) -> Calendar:
    allowed = {"id", "zh", "en", "years", "holidays", "makeup_workdays", "week", "days"}
    _known(raw, {*allowed, "departments"})
    years = tuple(raw["years"]) if "years" in raw else None
    if years and not (len(years) == 2 and all(isinstance(y, int) for y in years)):
        raise ValueError(f"years must be the first and the last, such as [2015, 2026], not {years}")
    departments: dict[str, Hours] = {}
    for entry in raw.get("departments", []):
        _known(entry, {"names", "holidays", "week"})
        own = _hours(raw, entry.get("week", raw["week"]), holidays=entry.get("holidays", True))
        departments |= dict.fromkeys(entry["names"], own)
    hours = _hours(raw, raw["week"], holidays=True)
    return Calendar(raw["id"], Text(raw["zh"], raw["en"]), hours, departments, years)


def _hours(raw: Mapping[str, Any], week: Mapping[str, Any], *, holidays: bool) -> Hours:
    """The hours of a week; who works on `holidays` (False) has neither those nor days to make up."""
    _known(week, {*_WEEKDAYS, _MAKEUP})
    hours = Hours(tuple(_openings(week.get(name, [])) for name in _WEEKDAYS))
    if not holidays:
        return hours
    special = dict.fromkeys(_days(raw.get("holidays", [])), ())
    makeup = _days(raw.get("makeup_workdays", []))
    both = sorted(special.keys() & set(makeup))
    if both:
        raise ValueError(f"{_iso(both[0])} is both a holiday and a make-up workday")
    named = {day: _openings(own) for d, own in raw.get("days", {}).items() for day in _days([d])}
    made_up = dict.fromkeys(makeup, _openings(week[_MAKEUP]) if makeup else ())
    return replace(hours, special=tuple(sorted({**special, **made_up, **named}.items())))


def _openings(texts: Any) -> Openings:
    if isinstance(texts, str):
        raise ValueError(f'openings are a list such as ["09:00-18:00"], not {texts!r}')
    openings = tuple(sorted(map(Opening.parse, texts), key=lambda opening: opening.start))
    for first, second in itertools.pairwise(openings):
        if second.start < first.end:
            raise ValueError(f"the openings {', '.join(texts)} overlap")
    return openings


def _days(texts: Iterable[str]) -> list[int]:
    """Days since 1970 of ISO dates and of runs of them, ``"2025-10-01/2025-10-08"``."""
    return [day for text in texts for day in _run(text)]


def _run(text: str) -> Iterator[int]:
    first, _, last = text.partition("/")
    start, end = (date.fromisoformat(day).toordinal() - _EPOCH for day in (first, last or first))
    if end < start:
        raise ValueError(f"{text!r} ends before it starts")
    return iter(range(start, end + 1))


def _known(given: Mapping[str, Any], names: Iterable[str]) -> None:
    for name in given:
        if name not in set(names):
            raise ValueError(f"unknown entry {name!r}.{did_you_mean(name, sorted(names))}")


def _work(openings: Openings) -> int:
    return sum(opening.length for opening in openings)


def _iso(day: int) -> str:
    return date.fromordinal(day + _EPOCH).isoformat()


def _year(day: int) -> int:
    """The year of a day; days that no date can name lie in the first or the last year of all."""
    return date.fromordinal(min(max(day + _EPOCH, 1), date.max.toordinal())).year
