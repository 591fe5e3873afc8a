"""The journey map as a table with every number and word decided, and no coordinates.

Columns are stages, lanes are questions. A cell holds pieces, from top to bottom; two lanes run
through all columns: the threads of information and the curve of experience.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from journeylib.drawing.rows import Details
from journeylib.drawing.scene import Badge, Key
from journeylib.terms import Lang

Backing = Literal["strong", "fair", "thin", "unknown", "none"]
"""How well data back a cell; ``none``: there is nothing to be backed."""
Aim = Literal["required", "optional", "left_out", "new"]
"""What the target process says about an activity."""
Tone = Literal["ink", "muted", "head", "alarm"]
Loss = Literal["lost", "late", "asked", "contradicted", "typed"]
"""What befalls information at a hand-over."""

# -- pieces of a cell --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """Words over at most so many lines."""

    words: str
    tone: Tone = "muted"
    lines: int = 2


@dataclass(frozen=True, slots=True)
class Step:
    """An activity as a chip, two in a row; `new` ones are only in the target process.

    `pin` is its id; those that are only in the target have none.
    """

    name: str
    count: str
    badges: tuple[Badge, ...] = ()
    aim: Aim | None = None
    note: str = ""
    pin: str = ""
    details: Details = ()


@dataclass(frozen=True, slots=True)
class Meter:
    """A named value with a bar: `share` of its length, interval and target on the same scale (0–1).

    `aside` stands beside the bar, `note` below it; `against` is the same of the other side of a
    comparison, `differs` whether the interval of the difference leaves out none.
    """

    name: str
    value: str
    share: float | None = None
    low: float | None = None
    high: float | None = None
    target: float | None = None
    aside: str = ""
    note: str = ""
    against: Meter | None = None
    differs: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """A finding in words, with its number."""

    badge: Badge
    title: str
    lines: tuple[str, ...]
    details: Details = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """A card from the workshop: what kind, and its text."""

    kind: str
    words: str


Piece = Line | Step | Meter | Panel | Paper


# -- the table ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """One stage: its name in the language of the map and in the other one, and its numbers."""

    id: str
    stage: str
    name: str
    other: str
    cases: str
    lines: tuple[str, ...]
    badges: tuple[Badge, ...]
    details: Details


@dataclass(frozen=True, slots=True)
class Cell:
    """What one lane knows of one stage; `hidden` counts what is not shown.

    An unknown cell has no piece but says why.
    """

    pieces: tuple[Piece, ...] = ()
    backing: Backing = "none"
    n: str = ""
    hidden: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """One question, answered stage by stage."""

    id: str
    name: str
    note: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """How much of what is known is to be seen in one stage: `share` (0–1) and its words."""

    column: int
    share: float
    words: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A hand-over on a thread: between whom, and what befalls the information there.

    `badges` are those of the findings that say so; without any, none is listed or none was sought.
    """

    column: int
    head: str
    losses: tuple[tuple[Loss, str], ...]
    badges: tuple[Badge, ...]


@dataclass(frozen=True, slots=True)
class Thread:
    """One piece of information from where it is first known."""

    id: str
    name: str
    born: int
    origin: str
    reaches: tuple[Reach, ...]
    passages: tuple[Passage, ...]
    details: Details


@dataclass(frozen=True, slots=True)
class ThreadLane:
    """Information: each piece a thread through the stages; without any, `reason` says why."""

    id: str
    name: str
    note: str
    threads: tuple[Thread, ...]
    hidden: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Dot:
    """A level of −1 … 1 in one column, with its interval and words."""

    column: int
    level: float
    low: float | None
    high: float | None
    words: str


@dataclass(frozen=True, slots=True)
class Curve:
    """One layer of experience: never averaged with another."""

    layer: Literal["reported", "proxy", "votes"]
    name: str
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class CurveLane:
    """Experience, in layers; `gaps` say by column why there is no value."""

    id: str
    name: str
    note: str
    curves: tuple[Curve, ...]
    gaps: tuple[str, ...]
    ends: tuple[str, str]


AnyLane = Lane | ThreadLane | CurveLane


@dataclass(frozen=True, slots=True)
class MapScene:
    """The whole map."""

    lang: Lang
    title: str
    subtitle: str
    description: str
    columns: tuple[Column, ...]
    lanes: tuple[AnyLane, ...]
    legend: tuple[Key, ...]
    footer: tuple[str, ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """All cells, lane by lane."""
        return tuple(c for lane in self.lanes if isinstance(lane, Lane) for c in lane.cells)
