"""What a template does to a table before its columns get roles: other words, side tables."""

from __future__ import annotations

from dataclasses import replace

from journeylib.errors import TemplateError, did_you_mean
from journeylib.reading.tables import Raw
from journeylib.reading.template import Join, Template


def replaced(raw: Raw, template: Template) -> Raw:
    """Spellings of one thing made one, as the template lists them."""
    table = raw.table
    for column, words in (template.replace or {}).items():
        if column in raw.columns:
            text = table[column].cast("string")
            table = table.mutate(**{column: text.substitute(dict(words), else_=text)})
    return replace(raw, table=table)


def joined(raw: Raw, side: Raw, join: Join) -> Raw:
    """The columns of a side table beside ours; each of its keys may occur once."""
    _has_key(raw, join)
    _has_key(side, join)
    keys = side.table[join.on]
    seen = side.engine.row(side.table.aggregate(n=keys.count(), unique=keys.nunique()))
    if seen.n != seen.unique:
        raise TemplateError(
            f"{join.table}: {join.on!r} is not unique, so it cannot be joined by it."
        )
    fresh = [column for column in side.columns if column not in raw.columns]
    if not fresh:
        return raw
    other = side.table.select(join.on, *fresh)
    together = raw.table.left_join(other, join.on)
    return replace(raw, table=together.select(*raw.table.columns, *fresh))


def _has_key(raw: Raw, join: Join) -> None:
    if join.on not in raw.columns:
        raise TemplateError(
            f"{raw.name}: there is no column {join.on!r} to join {join.table} by."
            + did_you_mean(join.on, raw.columns)
        )
