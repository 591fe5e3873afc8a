"""Mapping templates: how the export of one system is to be read, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from journeylib.errors import TemplateError, did_you_mean
from journeylib.log import ROLES
from journeylib.reading.times import Order
from journeylib.terms import load_template

Shape = Literal["events", "wide", "history", "snapshots"]

_KEYS = ("shape", "table", "order", "columns", "dates", "changes", "replace", "joins")


@dataclass(frozen=True, slots=True)
class DateColumn:
    """A column of dates and the activity each stands for: a name, or the value of a column."""

    column: str
    activity: str | None = None
    activity_from: str | None = None


@dataclass(frozen=True, slots=True)
class Join:
    """A side table in the same archive or folder, joined where its key equals ours."""

    table: str
    on: str


@dataclass(frozen=True, slots=True)
class Template:
    """One ``templates/mappings/*.toml``: shape, roles, and what is particular to the shape.

    `field` and `of` (history): only changes of these fields are events.
    """

    name: str
    shape: Shape | None = None
    table: str | None = None
    order: Order | None = None
    columns: Mapping[str, tuple[str, ...]] | None = None
    dates: tuple[DateColumn, ...] = ()
    field: str | None = None
    of: tuple[str, ...] = ()
    replace: Mapping[str, Mapping[str, str]] | None = None
    joins: tuple[Join, ...] = ()


def load_mapping(name_or_path: str | Path) -> Template:
    """The shipped mapping of that name, or one from a TOML file; `TemplateError` if it is wrong."""
    raw, name = load_template("mappings", name_or_path), str(name_or_path)
    _known(name, "key", raw, _KEYS)
    _known(name, "role", raw.get("columns", {}), ROLES)
    _one_of(name, "shape", raw.get("shape"), get_args(Shape))
    _one_of(name, "order", raw.get("order"), get_args(Order))
    try:
        return _template(name, raw)
    except (TypeError, AttributeError, KeyError) as problem:
        raise TemplateError(f"{name}: the mapping is malformed ({problem}).") from None


def _template(name: str, raw: Mapping[str, Any]) -> Template:
    changes = raw.get("changes", {})
    return Template(
        name=name,
        shape=raw.get("shape"),
        table=raw.get("table"),
        order=raw.get("order"),
        columns={role: _several(columns) for role, columns in raw.get("columns", {}).items()},
        dates=tuple(DateColumn(**entry) for entry in raw.get("dates", ())),
        field=changes.get("field"),
        of=_several(changes.get("of", ())),
        replace=dict(raw.get("replace", {})),
        joins=tuple(Join(**entry) for entry in raw.get("joins", ())),
    )


def _several(value: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _known(name: str, what: str, given: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for word in given:
        if word not in known:
            raise TemplateError(
                f"{name}: there is no {what} {word!r}; known are {', '.join(known)}."
                + did_you_mean(word, known)
            )


def _one_of(name: str, key: str, value: object, known: tuple[str, ...]) -> None:
    if value is not None and value not in known:
        raise TemplateError(f"{name}: {key} is {value!r}; it must be one of {', '.join(known)}.")
