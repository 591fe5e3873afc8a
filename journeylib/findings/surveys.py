"""What customers said: asks and answers from the log or from a table of surveys, at their touchpoint.

How instruments are recognised is data in ``templates/surveys.toml``.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.errors import UsageError, did_you_mean
from journeylib.findings.study import Study
from journeylib.findings.touches import completions
from journeylib.journey import Journey
from journeylib.lifecycle import matches
from journeylib.log import EventLog
from journeylib.reading import read_log
from journeylib.terms import Text, load_template, normalised, say

Scale = tuple[float, float]
LEAST_ONES = 5
"""So many answers of 1 and none of 0 speak for a scale that began with 1: had there been a 0, at
least half of those at the bottom would be expected there (one-sided sign test, p = 1/32)."""

_STATED = re.compile(r"(\d+)\s*(?:-|–|—|~|～|至|到|to)\s*(\d+)")
_BRACKETS = re.compile(r"[(（\[【].*[)）\]】]")


@dataclass(frozen=True, slots=True)
class Instrument:
    """A way of asking: its scale from `low` to `high`, and the words by which it is recognised."""

    id: str
    name: Text
    low: float
    high: float
    columns: tuple[str, ...]
    activities: tuple[str, ...]

    @property
    def scale(self) -> str:
        """As it is written: ``0–10``."""
        return f"{self.low:g}–{self.high:g}"

    def is_called(self, name: str) -> bool:
        """Whether a column or a table of surveys means this instrument by `name`."""
        return _plain(name) in {normalised(word) for word in (self.id, *self.columns)}


@dataclass(frozen=True, eq=False)
class Asks:
    """Who was asked what, and what the answer was; see `asks` for the columns of `table`.

    `invited` are the instruments of which it is known who was asked (of others only answers are);
    `refused` says of an instrument why its answers cannot be used.
    """

    table: ir.Table
    invited: frozenset[str]
    refused: dict[str, Text]


@functools.cache
def instruments() -> tuple[Instrument, ...]:
    """The instruments of ``templates/surveys.toml`` that have a scale."""
    raw = load_template("", "surveys")
    return tuple(
        Instrument(
            id=name,
            name=Text(entry["zh"], entry["en"]),
            low=entry["low"],
            high=entry["high"],
            columns=tuple(entry["columns"]),
            activities=tuple(entry["activities"]),
        )
        for name, entry in raw.items()
        if "low" in entry
    )


def words(name: str, kind: str = "columns") -> tuple[str, ...]:
    """The words of an entry of ``templates/surveys.toml`` that is no instrument."""
    return tuple(load_template("", "surveys")[name][kind])


def survey_activities(journey: Journey) -> tuple[str, ...]:
    """Activities by which customers are asked; they are no touchpoints to have an opinion on."""
    every = tuple(word for instrument in instruments() for word in instrument.activities)
    return tuple(sorted(a.name for a in journey.activities if matches(a.name, every)))


def asks(study: Study, surveys: Any = None) -> Asks | None:
    """All asks and answers; None where neither the log nor `surveys` has any.

    `table` has ``ask`` (a number), ``case_id``, ``instrument``, ``asked`` (µs, as ``at``), ``upto``
    (position of the event in its case; null for a table of surveys) and ``score`` (null: no answer).
    """
    sources = list(_of_log(study.journey))
    if surveys is not None:
        sources += _of_table(study.journey.log, surveys)
    if not sources:
        return None
    rows = ibis.union(*(s.rows for s in sources)) if len(sources) > 1 else sources[0].rows
    numbered = rows.mutate(ask=ibis.row_number().over(order_by=_ORDER))
    table = study.engine.materialise(numbered, "asks")
    return Asks(
        table,
        frozenset(s.instrument.id for s in sources if s.invited),
        _refusals(study, table, sources),
    )


_ORDER = ("instrument", "case_id", "asked", "upto", "score", "written")


@dataclass(frozen=True, eq=False)
class _Source:
    """Rows of one instrument from one place, and the scales on which it says it was asked."""

    instrument: Instrument
    rows: ir.Table
    invited: bool
    scales: frozenset[Scale]
    refused: Text | None = None


def _plain(name: str) -> str:
    return normalised(_BRACKETS.sub("", name))


def _stated(text: str) -> frozenset[Scale]:
    found = _STATED.search(text)
    return frozenset({(float(found[1]), float(found[2]))} if found else ())


# -- the log itself --------------------------------------------------------------------------------


def _of_log(journey: Journey) -> Iterator[_Source]:
    scores = {normalised(word) for word in words("score")}
    general = [name for name in journey.log.attributes if _plain(name) in scores]
    for instrument in instruments():
        columns = [name for name in journey.log.attributes if instrument.is_called(name)]
        own = sorted(a.name for a in journey.activities if matches(a.name, instrument.activities))
        if columns or (general and own):
            yield _of_column(journey, instrument, (columns or general)[0], own)


def _of_column(journey: Journey, instrument: Instrument, column: str, own: list[str]) -> _Source:
    """Answers given at the survey's own activities or, without such, wherever a score appears.

    A score that stays on the following events is one answer, not many; one that is on all events of
    its case belongs to the case and tells no moment.
    """
    events = completions(journey)
    here = events.activity.isin(own)
    asked = journey.log.engine.row(
        events.aggregate(n=(here & events[column].notnull()).cast("int64").sum())
    )
    stated = _stated(column)
    if asked.n:
        return _Source(instrument, _rows(instrument, events.filter(here), column), True, stated)
    order = ibis.window(group_by="case_id", order_by="position")
    fresh = events.mutate(before=events[column].lag().over(order))
    fresh = fresh.filter(~fresh[column].identical_to(fresh.before), fresh[column].notnull())
    refused = say("experience.of_case", column=column) if _is_of_case(journey, column) else None
    return _Source(instrument, _rows(instrument, fresh, column), False, stated, refused)


def _rows(instrument: Instrument, events: ir.Table, column: str) -> ir.Table:
    return _asked(instrument, events, events[column], events.at, events.position)


def _asked(
    instrument: Instrument,
    rows: ir.Table,
    score: ir.Value,
    asked: ir.Value,
    upto: ir.Value,
) -> ir.Table:
    return rows.select(
        case_id=rows.case_id,
        instrument=ibis.literal(instrument.id),
        asked=asked,
        upto=upto.cast("int64"),
        score=score.try_cast("float64"),
        written=score.notnull(),
    )


def _is_of_case(journey: Journey, column: str) -> bool:
    """Whether most cases of several events that show a score show it on each of them."""
    per_case = journey.log.events.group_by("case_id").aggregate(
        n=_.count(), shown=journey.log.events[column].count()
    )
    several = per_case.filter(_.n > 1, _.shown > 0)
    row = journey.log.engine.row(
        several.aggregate(cases=_.count(), all=(_.n == _.shown).cast("int64").sum())
    )
    return bool(row.cases) and 2 * row.all > row.cases


# -- a table of surveys ----------------------------------------------------------------------------


def _of_table(log: EventLog, surveys: Any) -> Iterator[_Source]:
    """A table with ``case_id instrument asked_at score`` (read as an event log of its own)."""
    columns = {"activity": "instrument", "timestamp": "asked_at"}
    is_read = isinstance(surveys, EventLog)
    told = surveys if is_read else read_log(surveys, columns=columns, engine=log.engine)
    score = _score_column(told)
    here = told.events.mutate(asked=_in_time_of(log, told), upto=ibis.literal(None, type="int64"))
    names = sorted(row.activity for row in log.engine.rows(here.select("activity").distinct()))
    for instrument, meant in _meant(names).items():
        theirs = here.filter(_.activity.isin(meant))
        rows = _asked(instrument, theirs, theirs[score], theirs.asked, theirs.upto)
        yield _Source(instrument, rows, True, _scales(told, theirs))


def _score_column(told: EventLog) -> str:
    scores = {normalised(word) for word in words("score")}
    for name in told.attributes:
        if normalised(name) in scores:
            return name
    known = ", ".join(words("score"))
    raise UsageError(f"the table of surveys has no column of scores; call it one of: {known}.")


def _meant(names: list[str]) -> dict[Instrument, list[str]]:
    """Which names mean which instrument; one that means none is an error, not an answer lost."""
    found = {i: [name for name in names if i.is_called(name)] for i in instruments()}
    strange = [name for name in names if not any(name in meant for meant in found.values())]
    if strange:
        known = [instrument.id for instrument in instruments()]
        told = f"no instrument is called {strange[0]!r}; known are {', '.join(known)}."
        raise UsageError(told + did_you_mean(strange[0].lower(), known))
    return {instrument: meant for instrument, meant in found.items() if meant}


def _in_time_of(log: EventLog, told: EventLog) -> ir.IntegerValue:
    """When was asked, as the log's ``at``: a time without a zone is the log's local time."""
    at = told.events.at
    if log.has("utc_offset") == told.has("utc_offset"):
        return cast("ir.IntegerValue", at)
    if told.has("utc_offset"):
        return cast("ir.IntegerValue", at + told.events.utc_offset * 60_000_000)
    offset = log.engine.row(log.events.aggregate(mode=log.events.utc_offset.mode())).mode or 0
    return cast("ir.IntegerValue", at - offset * 60_000_000)


def _scales(told: EventLog, here: ir.Table) -> frozenset[Scale]:
    named = {normalised(word) for word in words("scale")}
    column = next((name for name in told.attributes if normalised(name) in named), None)
    if column is None:
        return frozenset()
    found = told.engine.rows(here.select(scale=here[column].cast("string")).distinct())
    return frozenset(scale for row in found for scale in _stated(row.scale or ""))


# -- what cannot be used ---------------------------------------------------------------------------


def _refusals(study: Study, table: ir.Table, sources: list[_Source]) -> dict[str, Text]:
    score = table.score
    looked = table.group_by("instrument").aggregate(
        low=score.min(),
        high=score.max(),
        zeros=(score == 0).cast("int64").sum(),
        ones=(score == 1).cast("int64").sum(),
        odd=(table.written & score.isnull()).cast("int64").sum(),
    )
    rows = {row.instrument: row for row in study.engine.rows(looked)}
    found = {
        source.instrument.id: reason
        for source in sources
        if source.instrument.id in rows
        and (reason := source.refused or _wrong(source, rows[source.instrument.id], sources))
    }
    return dict(sorted(found.items()))


def _wrong(source: _Source, row: Any, sources: list[_Source]) -> Text | None:
    """Why the scores of an instrument are not all on its scale, if they are not."""
    instrument, right = source.instrument, {(source.instrument.low, source.instrument.high)}
    said = frozenset().union(*(s.scales for s in sources if s.instrument == instrument))
    told = {"name": instrument.name, "scale": instrument.scale}
    if said - right:
        found = ", ".join(f"{low:g}–{high:g}" for low, high in sorted(said))
        return say("experience.wrong_scale", found=found, **told)
    if row.odd:
        return say("experience.no_number", n=row.odd, **told)
    if row.low is None:
        return say("experience.no_answer", **told)
    if row.low < instrument.low or row.high > instrument.high:
        found = f"{row.low:g}–{row.high:g}"
        return say("experience.wrong_scale", found=found, **told)
    if instrument.low == 0 and not said and not row.zeros and row.ones >= LEAST_ONES:
        return say("experience.no_zero", n=row.ones, **told)
    return None
