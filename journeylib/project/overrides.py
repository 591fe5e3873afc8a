"""What the workshop thinks otherwise: kept over new data, told beside what was measured.

A file (TOML or JSON) holds a table per requirement, named by its id::

    [r-1f2e3d4c]
    importance = 90
    because = "The board has promised it to the largest customer."
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from journeylib.errors import InputError, did_you_mean, one_sentence
from journeylib.project.priorities import PHASES, PRIORITIES
from journeylib.terms import Text, say

Value = float | str
FIELDS = ("importance", "urgency", "size", "priority", "phase")
"""What can be overridden."""


@dataclass(frozen=True, slots=True)
class Override:
    """`field` of the requirement `id` shall be `value`, for the reason told in `because`."""

    id: str
    field: str
    value: Value
    because: str


@dataclass(frozen=True, slots=True)
class Overridden:
    """An override at work: what the kit had found (None: unknown), and what holds now."""

    id: str
    field: str
    was: Value | None
    now: Value
    because: str

    @property
    def text(self) -> Text:
        """The log entry in words."""
        values = {"was": shown(self.was), "now": shown(self.now), "because": self.because}
        return say("project.overridden", field=say(f"project.head_{self.field}"), **values)


def shown(value: Value | None) -> Text:
    """A value of a requirement in words.

    >>> shown(72.0).en, shown("must").en, shown(None).zh
    ('72', 'Must', '未知')
    """
    if value is None:
        return say("project.unknown")
    if isinstance(value, str):
        return say(f"project.{value}") if value in (*PRIORITIES, *PHASES) else Text.same(value)
    return Text.same(f"{value:.6g}")


def read_beside(given: str | Path | Mapping[str, Any] | None) -> tuple[str, Mapping[str, Any]]:
    """What people wrote, from a TOML or JSON file or as it is; and the name for messages."""
    if given is None or isinstance(given, Mapping):
        return "overrides", given or {}
    path = Path(given)
    try:
        text = path.read_text(encoding="utf-8-sig")
        read = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except OSError as problem:
        raise InputError(path.name, f"cannot be opened ({problem.strerror}).") from None
    except ValueError as problem:
        raise InputError(
            path.name, f"neither TOML nor JSON as its suffix says: {problem}."
        ) from None
    if not isinstance(read, dict):
        raise InputError(path.name, "is no table of ids.", "Write a table for each id.")
    return path.name, read


def overrides_of(
    given: str | Path | Mapping[str, Any] | None, sizes: Mapping[str, float]
) -> tuple[Override, ...]:
    """Every override of a file or mapping; all that is wrong with them is reported at once."""
    name, read = read_beside(given)
    problems = [problem for id, table in read.items() for problem in _problems(id, table, sizes)]
    if problems:
        raise InputError(name, one_sentence(problems))
    return tuple(
        Override(id, field, table[field], table["because"])
        for id, table in sorted(read.items())
        for field in FIELDS
        if field in table
    )


def _problems(id: str, table: Any, sizes: Mapping[str, float]) -> Iterator[str]:
    if not isinstance(table, Mapping):
        yield f"{id} is no table of fields"
        return
    if not str(table.get("because", "")).strip():
        yield f'{id} gives no reason; write because = "…"'
    for field, value in table.items():
        if field == "because":
            continue
        if field not in FIELDS:
            yield f"{id}.{field} cannot be overridden.{did_you_mean(field, FIELDS)}"
        elif not _fits(field, value, sizes):
            yield f"{id}.{field}: {value!r} is none of {_allowed(field, sizes)}"


def _fits(field: str, value: Any, sizes: Mapping[str, float]) -> bool:
    if field in ("importance", "urgency"):
        return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 100
    return value in _choices(field, sizes)


def _choices(field: str, sizes: Mapping[str, float]) -> tuple[str, ...]:
    return {"size": tuple(sizes), "priority": PRIORITIES, "phase": PHASES}[field]


def _allowed(field: str, sizes: Mapping[str, float]) -> str:
    if field in ("importance", "urgency"):
        return "the numbers from 0 to 100"
    return ", ".join(_choices(field, sizes))
