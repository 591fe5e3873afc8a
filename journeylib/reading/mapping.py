"""Which column plays which role: by what the caller says, by its name, at last by its content."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from journeylib.errors import ColumnError, InputError, UsageError, did_you_mean
from journeylib.log import REQUIRED, ROLES, ColumnMatch
from journeylib.terms import load_template, normalised

Matches = dict[str, ColumnMatch]

_GIVEN, _TEMPLATE, _XES, _CANONICAL, _CASE_XES = 1.0, 1.0, 0.99, 0.98, 0.9
_NAMES, _LIKELY, _LAST = 0.95, 0.8, 0.6
CONTENT = 0.4
_OF_EVENTS = ("activity", "timestamp", "start_timestamp", "lifecycle", "actor", "system")
"""Roles that an attribute of a whole case (``case:…``) cannot play."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Columns the caller or a template names: role → columns, the first that exists counts."""

    columns: Mapping[str, tuple[str, ...]]
    reason: str

    @classmethod
    def given(cls, columns: Mapping[str, str] | None) -> Choices:
        """What the caller says (``--map role=column``)."""
        for role in columns or {}:
            if role not in ROLES:
                raise UsageError(
                    f"{role!r} is no role of a column; roles are {', '.join(ROLES)}."
                    + did_you_mean(role, ROLES)
                )
        return cls({role: (column,) for role, column in (columns or {}).items()}, "given")


Rivals = dict[str, list[str]]


def match_names(
    name: str, columns: Sequence[str], choices: Iterable[Choices]
) -> tuple[Matches, Rivals]:
    """Roles that `choices` and the columns' own names settle; each column serves one role.

    Also the required roles for which several columns are equally good: they stay open.
    `InputError` when a column that `choices` name does not exist.
    """
    matches: Matches = {}
    open_roles: Rivals = {}
    for choice in choices:
        _take(matches, name, columns, choice)
    scored = sorted(_scores(columns, matches), key=lambda s: (-s[0], s[1], s[2]))
    for score, rank, place, reason in scored:
        role, column = ROLES[rank], columns[place]
        if role in matches or role in open_roles or column in _used(matches):
            continue
        rivals = [columns[p] for s, r, p, _ in scored if (s, r) == (score, rank)]
        rivals = [c for c in rivals if c not in _used(matches)]
        if len(rivals) > 1 and role in REQUIRED:
            open_roles[role] = rivals
        else:
            matches[role] = ColumnMatch(role, column, score, reason)
    return matches, open_roles


def _take(matches: Matches, name: str, columns: Sequence[str], choice: Choices) -> None:
    for role, wanted in choice.columns.items():
        if role in matches:
            continue
        column = next((c for w in wanted if (c := _column(w, columns))), None)
        if column is None:
            if choice.reason == "given" or role in REQUIRED:
                raise _no_such_column(name, role, wanted[0], columns)
            continue
        if column in _used(matches):
            if choice.reason == "given":
                raise UsageError(f"column {column!r} is given for two roles; it can serve one.")
            continue
        matches[role] = ColumnMatch(role, column, _GIVEN, choice.reason)


def _column(wanted: str, columns: Sequence[str]) -> str | None:
    """The column called `wanted`: as written, else with case, blanks and ``_`` put aside."""
    if wanted in columns:
        return wanted
    return next((c for c in columns if normalised(c) == normalised(wanted)), None)


def _no_such_column(name: str, role: str, wanted: str, columns: Sequence[str]) -> InputError:
    have = ", ".join(map(repr, columns[:20]))
    return InputError(
        name,
        f"there is no column {wanted!r} for the {role}. Columns: {have}."
        + did_you_mean(wanted, columns),
    )


def _used(matches: Matches) -> set[str]:
    return {match.column for match in matches.values()}


# -- scores ------------------------------------------------------------------------------------


def _scores(columns: Sequence[str], taken: Matches) -> list[tuple[float, int, int, str]]:
    """(score, rank of the role, place of the column, reason) of all pairs that fit at all."""
    found = []
    for place, column in enumerate(columns):
        for rank, role in enumerate(ROLES):
            scored = None if role in taken else score(role, column)
            if scored:
                found.append((scored[0], rank, place, scored[1]))
    return found


def score(role: str, column: str) -> tuple[float, str] | None:
    """How well the name of `column` fits `role` (0–1) and why; None if it does not.

    >>> score("timestamp", "完成时间"), score("timestamp", "colour")
    ((0.95, 'synonym'), None)
    """
    if column in _names(role).xes:
        return _XES, "xes"
    bare = re.sub(r"^case:", "", column)
    plain = normalised(bare)
    fitted = _fit(role, plain)
    if fitted and bare != column:
        if role in _OF_EVENTS:
            return None
        return round(fitted[0] * _CASE_XES, 2), fitted[1]
    return fitted


def _fit(role: str, plain: str) -> tuple[float, str] | None:
    names = _names(role)
    if plain == normalised(role):
        return _CANONICAL, "name"
    if plain in names.names:
        return _NAMES, "synonym"
    if plain in names.likely:
        step = (_LIKELY - _LAST) / max(len(names.likely), 1)
        return round(_LIKELY - step * names.likely.index(plain), 3), "likely"
    return None


@dataclass(frozen=True, slots=True)
class _Names:
    xes: frozenset[str]
    names: frozenset[str]
    likely: tuple[str, ...]


@functools.cache
def _names(role: str) -> _Names:
    entry = load_template("reading", "roles")[role]
    names, likely = (tuple(map(normalised, entry[key])) for key in ("names", "likely"))
    return _Names(frozenset(entry["xes"]), frozenset(names), likely)


# -- content -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Contents:
    """What a few rows show about the columns that have no role yet."""

    times: tuple[str, ...]
    varying: tuple[str, ...]
    ids: tuple[str, ...]

    def of(self, role: str) -> tuple[str, ...]:
        """Columns whose content fits a required role."""
        return {"timestamp": self.times, "activity": self.varying, "case_id": self.ids}[role]


def match_contents(
    name: str, columns: Sequence[str], matches: Matches, look: Callable[[Matches], Contents]
) -> Matches:
    """`matches` with required roles filled by content, when exactly one column fits.

    `ColumnError` otherwise: it names the columns that might do, or all of them.
    """
    for role in ("timestamp", "case_id", "activity"):
        if role in matches:
            continue
        fitting = look(matches).of(role)
        if len(fitting) != 1:
            raise ColumnError(name, role, columns, fitting)
        matches = {r: m for r, m in matches.items() if m.column != fitting[0]}
        matches[role] = ColumnMatch(role, fitting[0], CONTENT, "content")
    return matches
