"""Classes of cases to compare: the quarters they came in, segments, first channels, teams."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib.goals.catalogue import keywords
from journeylib.journey import Journey
from journeylib.lifecycle import matches

_EPOCH = datetime.datetime(1970, 1, 1)


def quarters(journey: Journey) -> ir.Table:
    """``case_id g``: the quarter in which each case came, such as ``2025Q1`` (local time)."""
    c = journey.case_table
    span = journey.log.engine.row(c.aggregate(first=c.start.min(), last=c.start.max()))
    ends = list(_quarter_ends(journey, span.first, span.last))
    *earlier, (last, _end) = ends
    name = ibis.literal(last)
    if earlier:
        name = ibis.cases(*((c.start < end, label) for label, end in earlier), else_=last)
    return c.select("case_id", g=name)


def classes(journey: Journey) -> dict[str, ir.Table]:
    """Kind of class → ``case_id g``, for each kind the log can tell apart."""
    found = {"quarter": quarters(journey)}
    log = journey.log
    if log.has("segment"):
        c = journey.case_table
        found["segment"] = c.filter(c.segment.notnull()).select(
            "case_id", g=c.segment.cast("string")
        )
    columns = [("channel", "channel")] if log.has("channel") else []
    columns += [("team", name) for name in log.attributes if matches(name, keywords("team"))][:1]
    for kind, column in columns:
        found[kind] = _first(journey, column)
    return found


def _first(journey: Journey, column: str) -> ir.Table:
    """The first value of `column` that a case shows."""
    e = journey.log.events
    told = e[column].notnull()
    first = e.filter(told).group_by("case_id").aggregate(g=e[column].argmin(e.position))
    return first.select("case_id", g=_.g.cast("string"))


def first_moment(journey: Journey, quarter: str) -> int:
    """When a quarter such as ``2025Q1`` begins (µs, local time of the log's first event)."""
    year, number = int(quarter[:4]), int(quarter[5])
    return _moment(journey, year, number - 1)


def _moment(journey: Journey, year: int, quarter: int) -> int:
    offset = journey.log.totals.first.utcoffset() or datetime.timedelta()
    begins = datetime.datetime(year, 3 * quarter + 1, 1) - offset
    return (begins - _EPOCH) // datetime.timedelta(microseconds=1)


def _quarter_ends(journey: Journey, first: int, last: int) -> Iterator[tuple[str, int]]:
    """Label and end (µs) of each quarter from that of `first` to that of `last`."""
    offset = journey.log.totals.first.utcoffset() or datetime.timedelta()
    day = _EPOCH + datetime.timedelta(microseconds=first) + offset
    year, quarter = day.year, (day.month - 1) // 3
    end = first - 1
    while end <= last:
        label = f"{year}Q{quarter + 1}"
        year, quarter = (year, quarter + 1) if quarter < 3 else (year + 1, 0)
        end = _moment(journey, year, quarter)
        yield label, end
