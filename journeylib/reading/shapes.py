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

from journeylib.engine import Engine
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
    """One kind of event: its name, when it ended and began, and the rows that have it."""

    activity: ir.StringValue
    time: Moment
    time_column: str
    start: Moment | None = None
    start_column: str = ""
    holds: ir.BooleanValue | None = None


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
    roles, matches, notes = _roles(raw, matches)
    used = {match.column for match in matches.values()} | set(dates)
    kept = [column for column in raw.columns if column not in used]
    attributes = dict(zip(_attribute_names(kept), kept, strict=True))
    parts = [_part(raw, roles, attributes, branches, n) for n in range(len(branches))]
    events = parts[0][0].union(*(p[0] for p in parts[1:])) if len(parts) > 1 else parts[0][0]
    faults = [p[1] for p in parts] + _dateless(raw, branches)
    rejects = faults[0].union(*faults[1:]) if len(faults) > 1 else faults[0]
    surveys = [(b.time_column, b.time.survey) for b in branches]
    surveys += [(b.start_column, b.start.survey) for b in branches if b.start]
    noticed = tuple(n for column, survey in surveys if survey for n in _time_notes(column, survey))
    return Shaped(events, rejects, tuple(attributes), matches, (*notes, *noticed))


# -- branches of each shape --------------------------------------------------------------------


def event_list(raw: Raw, matches: Matches, template: Template) -> tuple[Raw, list[Branch]]:
    """A row an event."""
    roles = [role for role in ("timestamp", "start_timestamp") if role in matches]
    columns = [matches[role].column for role in roles]
    raw, (time, *start) = _timed(raw, columns, template)
    activity = values.word(raw.table[matches["activity"].column])
    if not start:
        return raw, [Branch(activity, time, columns[0])]
    return raw, [Branch(activity, time, columns[0], start[0], columns[1])]


def wide(
    raw: Raw, dates: Sequence[DateColumn], template: Template
) -> tuple[Raw, list[Branch]]:
    """A row a record: each date of it an event, named like its column unless the template says."""
    raw, times = _timed(raw, [date.column for date in dates], template)
    return raw, [
        Branch(_date_activity(raw, date), time, date.column, holds=time.given)
        for date, time in zip(dates, times, strict=True)
    ]


def _date_activity(raw: Raw, date: DateColumn) -> ir.StringValue:
    if date.activity_from:
        return values.word(raw.table[date.activity_from])
    return ibis.literal(date.activity or date.column, type="string")


def _timed(
    raw: Raw, columns: Sequence[str], template: Template
) -> tuple[Raw, list[Moment]]:
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
    case, state = (values.word(timed.table[column]) for column in columns[:2])
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


def _part(
    raw: Raw,
    roles: Mapping[str, ir.Value],
    attributes: Mapping[str, str],
    branches: Sequence[Branch],
    index: int,
) -> tuple[ir.Table, ir.Table]:
    table, branch = raw.table, branches[index]
    holds = ibis.literal(True) if branch.holds is None else branch.holds
    reason = _reason(roles["case_id"], branch)
    columns: dict[str, ir.Value] = {
        "row": (table.row * len(branches) + index).cast("int64"),
        "case_id": roles["case_id"],
        "activity": branch.activity,
        "timestamp": branch.time.at,
        **_offset(branches, branch),
        **({"start_timestamp": branch.start.at} if branch.start else {}),
        **{role: value for role, value in roles.items() if role != "case_id"},
        **{name: values.information(table[column]) for name, column in attributes.items()},
    }
    sound = table.filter(holds & reason.isnull()).select(**columns)
    faulty = table.filter(holds & reason.notnull())
    return sound, _as_text(faulty, reason, raw.columns)


def _offset(branches: Sequence[Branch], branch: Branch) -> dict[str, ir.Value]:
    if all(b.time.offset is None for b in branches):
        return {}
    offset = branch.time.offset
    return {"utc_offset": ibis.null("int64") if offset is None else offset}


def _reason(case_id: ir.Value, branch: Branch) -> ir.StringValue:
    """Why a row is no event; null when it is one."""
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


def _dateless(raw: Raw, branches: Sequence[Branch]) -> list[ir.Table]:
    """Records of a wide table in which no date is filled in."""
    if any(b.holds is None for b in branches):
        return []
    none = functools.reduce(lambda a, b: a & b, [~b.holds for b in branches if b.holds is not None])
    empty = raw.table.filter(none)
    return [_as_text(empty, ibis.literal("no_dates", type="string"), raw.columns)]


def _as_text(table: ir.Table, reason: ir.StringValue, columns: Sequence[str]) -> ir.Table:
    cells = {column: table[column].cast("string") for column in columns}
    return table.select(row=table.row, reason=reason, **cells)


# -- roles and attributes ----------------------------------------------------------------------


def _roles(raw: Raw, matches: Matches) -> tuple[dict[str, ir.Value], Matches, tuple[Note, ...]]:
    """Canonical values of all roles but activity and times; roles that proved wrong are given up."""
    engine, table = raw.engine, raw.table
    found: dict[str, ir.Value] = {"case_id": values.word(table[matches["case_id"].column])}
    notes: list[Note] = []
    kept = dict(matches)
    for role in (r for r in ROLES if r in matches and r not in found):
        understood = _understood(engine, table, role, matches)
        if understood is None:
            continue
        notes += understood.notes
        if understood.value is None:
            del kept[role]
        else:
            found[role] = understood.value
    return found, kept, tuple(notes)


def _understood(
    engine: Engine, table: ir.Table, role: str, matches: Matches
) -> values.Understood | None:
    column, given = matches[role].column, matches[role].reason in ("given", "template")
    if role in ("actor", "outcome"):
        return values.vocabulary(engine, table, role, column, given)
    if role == "amount":
        return values.amount(engine, table, column, given)
    return values.Understood(values.word(table[column])) if role in _PLAIN else None


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
