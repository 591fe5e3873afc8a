"""What one view of the board shows: the picture, its parts, and the findings with their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Parts = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, eq=False)
class Shown:
    """`svg` and what the panel tells of its `parts` (by pin); `size` says in short how much it shows.

    `findings` are those of the whole log, in the order and with the numbers of the picture, without
    what the room decided; `note` says what is not shown here, and why. `reached` is the share of all
    moves that a flow draws, which may be more than was asked for; None for a map.
    """

    svg: str
    title: str
    size: str
    parts: Parts
    findings: tuple[Mapping[str, Any], ...] = ()
    note: str = ""
    reached: float | None = None
    picture: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class CaseTable:
    """Rows of cases, as text: `head` names the columns, `note` tells how many there are in all."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str

    def to_dict(self) -> dict[str, Any]:
        """As the browser reads it."""
        return {"head": list(self.head), "rows": [list(r) for r in self.rows], "note": self.note}


@dataclass(frozen=True, slots=True)
class Hung:
    """A card as a picture of the map hangs it up: in the stage of its place, `kind` in its language."""

    pin: str
    kind: str
    text: str
