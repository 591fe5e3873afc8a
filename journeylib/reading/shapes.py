"""Rows to events: a row an event, a row a record with several dates, a row a change of a field.

Every shape ends as *branches*: what a row's event is called, when it happened, and for which rows
that holds. An event list has one branch, a wide table one per column of dates. From there on all
shapes are alike: rows that cannot be read are set aside with a reason, the rest become events.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import ibis
import ibis.expr.types as ir

from journeylib.errors import InputError
from journeylib.log import ROLES, Note
from journeylib.reading import values
from journeylib.reading.mapping import Matches
from journeylib.reading.tables import Raw
from journeylib.reading.template import DateColumn, Template
from journeylib.reading.times import Moment, Survey, read_times
from journeylib.terms import say

_PLAIN = ("stage", "department", "system", "channel", "resource", "segment", "lifecycle")


@dataclass(frozen=True, eq=False)
class Branch:
    """One kind of event: its name, when it ended and began, and the rows that have it.

    All are expressions on `table`, which has the ``row`` of the file.
    """

    table: ir.Table
    case_id: ir.StringValue
    activity: ir.StringValue
    time: Moment
    time_column: str
    start: Moment | None = None
    start_column: str = ""


@dataclass(frozen=True, eq=False)
class Shaped:
    """Canonical events and rejected rows, both still expressions; and what was noticed."""

    events: ir.Table
    rejects: ir.Table
    attributes: tuple[str, ...]
    matches: Matches
    notes: tuple[Note, ...]


def shaped(raw: Raw, matches: Matches, branches: Sequence[Branch], dates: Sequence[str]) -> Shaped:
    """The events of all `branches` of `raw`; `dates` are columns that became events themselves."""
    roles, matches, notes, partly = _roles(raw, matches)
    used = {match.column for match in matches.values()} - partly | set(dates)
    kept = [column for column in raw.columns if column not in used]
    attributes = dict(zip(_attribute_names(kept), kept, strict=True))
    information = {n: values.information(raw, c) for n, c in attributes.items()}
    parts = _side_by_side if dates else _in_place
    events, rejects = parts(raw, roles | information, branches)
    surveys = [(b.time_column, b.time.survey) for b in branches]
    surveys += [(b.start_column, b.start.survey) for b in branches if b.start]
    noticed = tuple(n for column, survey in surveys if survey for n in _time_notes(column, survey))
    return Shaped(events, rejects, tuple(attributes), matches, (*raw.notes, *notes, *noticed))


# -- branches of each shape --------------------------------------------------------------------


def event_list(raw: Raw, matches: Matches, template: Template) -> tuple[Raw, list[Branch]]:
    """A row an event."""
    roles = [role for role in ("timestamp", "start_timestamp") if role in matches]
    columns = [matches[role].column for role in roles]
    raw, (time, *start) = _timed(raw, columns, template)
    case_id, activity = (values.word(raw, matches[role].column) for role in ("case_id", "activity"))
    started = (start[0], columns[1]) if start else (None, "")
    return raw, [Branch(raw.table, case_id, activity, time, columns[0], *started)]


def wide(
    raw: Raw, matches: Matches, dates: Sequence[DateColumn], template: Template
) -> list[Branch]:
    """A row a record: each date of it an event, named like its column unless the template says.

    The dates are read on a narrow table: such exports have hundreds of other columns.
    """
    case, names = matches["case_id"].column, [date.column for date in dates]
    sources = [date.activity_from for date in dates if date.activity_from]
    narrow = replace(raw, table=raw.table.select("row", *dict.fromkeys([case, *names, *sources])))
    timed, times = _timed(narrow, names, template)
    case_id = values.word(timed, case)
    return [
        Branch(timed.table, case_id, _date_activity(timed, date), time, date.column)
        for date, time in zip(dates, times, strict=True)
    ]


def _date_activity(raw: Raw, date: DateColumn) -> ir.StringValue:
    if date.activity_from:
        return values.word(raw, date.activity_from)
    return ibis.literal(date.activity or date.column, type="string")


def _timed(raw: Raw, columns: Sequence[str], template: Template) -> tuple[Raw, list[Moment]]:
    table, moments = read_times(
        raw.engine, raw.table, columns, order=template.order, zones=raw.zones
    )
    return replace(raw, table=table), moments


def only_changes(raw: Raw, template: Template) -> Raw:
    """Of a field history, the changes of the fields that are events."""
    table, field = raw.table, template.field
    if field is None or field not in raw.columns:
        columns = ", ".join(map(repr, raw.columns[:20]))
        raise InputError(
            raw.name,
            f"the mapping {template.name} needs a column {field!r} that says which field changed. "
            f"Columns: {columns}.",
        )
    chosen = table[field].cast("string").isin(template.of)
    seen = raw.engine.row(table.aggregate(n=table.count(), others=(~chosen).cast("int64").sum()))
    return _less(raw, chosen, seen.others or 0, "other_fields")


def only_new_states(raw: Raw, matches: Matches, template: Template) -> Raw:
    """Of snapshots, those whose state differs from the one before of the same record."""
    columns = [matches[role].column for role in ("case_id", "activity", "timestamp")]
    timed, (when,) = _timed(raw, columns[2:], template)
    case, state = (values.word(timed, column) for column in columns[:2])
    table = timed.table.mutate(_case=case, _state=state, _when=when.at)
    before = ibis.window(group_by="_case", order_by=["_when", "row"])
    table = table.mutate(_new=(table._state.lag().over(before) != table._state).fill_null(True))
    kept = raw.engine.materialise(table, "snapshots")
    same = raw.engine.row(kept.aggregate(n=(~kept._new).cast("int64").sum())).n or 0
    bare = replace(raw, table=kept)
    hidden = [c for c in kept.columns if c not in ("row", *raw.columns)]
    return _less(bare, kept._new, same, "same_state", drop=hidden)


def _less(
    raw: Raw, condition: ir.BooleanValue, left_out: int, check: str, drop: Sequence[str] = ()
) -> Raw:
    table = raw.table.filter(condition).drop(*drop)
    note = Note(check, left_out, say(f"reading.{check}", n=f"{left_out:,}"))
    return replace(raw, table=table, notes=(*raw.notes, note))


# -- events and rejects of a branch ------------------------------------------------------------


def _in_place(
    raw: Raw, columns: Mapping[str, ir.Value], branches: Sequence[Branch]
) -> tuple[ir.Table, ir.Table]:
    """Events and rejects of an event list: each row is one or the other."""
    (branch,), table = branches, raw.table
    reason = _reason(branch)
    start = {"start_timestamp": branch.start.at} if branch.start else {}
    told = _told(branch, zoned=branch.time.offset is not None)
    sound = table.filter(reason.isnull()).select(row=table.row, **told, **start, **columns)
    return sound, _as_text(table.filter(reason.notnull()), reason, raw.columns)


def _side_by_side(
    raw: Raw, columns: Mapping[str, ir.Value], branches: Sequence[Branch]
) -> tuple[ir.Table, ir.Table]:
    """Events and rejects of a wide table: its dates below each other, the rest joined to them."""
    zoned = any(branch.time.offset is not None for branch in branches)
    parts = [_dates(branch, n, len(branches), zoned=zoned) for n, branch in enumerate(branches)]
    dates = ibis.union(*parts, _dateless(branches, zoned=zoned))
    rest = raw.table.select(record=raw.table.row, **columns)
    events = dates.filter(dates.reason.isnull()).drop("reason").inner_join(rest, "record")
    faults = dates.filter(dates.reason.notnull()).select("record", "reason")
    faulty = faults.inner_join(raw.table, faults.record == raw.table.row)
    return events.drop("record"), _as_text(faulty, faulty.reason, raw.columns)


def _dates(branch: Branch, index: int, branches: int, *, zoned: bool) -> ir.Table:
    """The events of one column of dates; records in which it is blank have none."""
    row = branch.table.row
    return branch.table.filter(branch.time.given).select(
        record=row,
        reason=_reason(branch),
        row=(row * branches + index).cast("int64"),
        **_told(branch, zoned=zoned),
    )


def _dateless(branches: Sequence[Branch], *, zoned: bool) -> ir.Table:
    """Records in which no date is filled in."""
    table = branches[0].table
    none = functools.reduce(lambda a, b: a & b, [~branch.time.given for branch in branches])
    reason = ibis.literal("no_dates", type="string")
    told = _told(branches[0], zoned=zoned)
    return table.filter(none).select(record=table.row, reason=reason, row=table.row, **told)


def _told(branch: Branch, *, zoned: bool) -> dict[str, ir.Value]:
    told: dict[str, ir.Value] = {
        "case_id": branch.case_id,
        "activity": branch.activity,
        "timestamp": branch.time.at,
    }
    if not zoned:
        return told
    offset = branch.time.offset
    return told | {"utc_offset": ibis.null("int64") if offset is None else offset}


def _reason(branch: Branch) -> ir.StringValue:
    """Why a row is no event; null when it is one."""
    case_id = branch.case_id
    blank = case_id.isnull() & branch.activity.isnull() & ~branch.time.given
    causes = [
        (blank, "blank"),
        (case_id.isnull(), "case_id_missing"),
        (branch.activity.isnull(), "activity_missing"),
        (~branch.time.given, "timestamp_missing"),
        (branch.time.at.isnull(), "timestamp_unreadable"),
    ]
    if branch.start:
        unread = branch.start.given & branch.start.at.isnull()
        causes.append((unread, "start_timestamp_unreadable"))
    return ibis.cases(*causes, else_=ibis.null("string"))


def _as_text(table: ir.Table, reason: ir.StringValue, columns: Sequence[str]) -> ir.Table:
    cells = {column: table[column].cast("string") for column in columns}
    return table.select(row=table.row, reason=reason, **cells)


# -- roles and attributes ----------------------------------------------------------------------


def _roles(
    raw: Raw, matches: Matches
) -> tuple[dict[str, ir.Value], Matches, tuple[Note, ...], set[str]]:
    """Canonical values of all roles but case, activity and times; roles that proved wrong go.

    The last is the columns that are understood only in part.
    """
    found = {role: _understood(raw, role, matches) for role in matches}
    settled = {role: u for role, u in found.items() if u is not None}
    kept = {r: m for r, m in matches.items() if r not in settled or settled[r].value is not None}
    values_of = {r: settled[r].value for r in ROLES if r in settled and r in kept}
    notes = tuple(note for role in ROLES if role in settled for note in settled[role].notes)
    partly = {kept[role].column for role in kept if role in settled and settled[role].partly}
    return values_of, kept, notes, partly


def _understood(raw: Raw, role: str, matches: Matches) -> values.Understood | None:
    column, given = matches[role].column, matches[role].reason in ("given", "template")
    if role in ("actor", "outcome"):
        return values.vocabulary(raw, role, column, given=given)
    if role == "amount":
        return values.amount(raw, column, given=given)
    return values.Understood(values.word(raw, column)) if role in _PLAIN else None


def _attribute_names(columns: Sequence[str]) -> list[str]:
    """Names for what is left over: none may look like a role or like another (in any case)."""
    taken, names = set(ROLES), []
    for column in columns:
        name, n = column, 2
        while name.casefold() in taken:
            name, n = f"{column} ({n})", n + 1
        taken.add(name.casefold())
        names.append(name)
    return names


def _time_notes(column: str, survey: Survey) -> list[Note]:
    order = say(f"reading.order_{survey.order}")
    told = (("undecided_dates", survey.undecided), ("mixed_dates", survey.mixed))
    return [
        Note(check, n, say(f"reading.{check}", column=column, n=f"{n:,}", order=order))
        for check, n in told
        if n
    ]
