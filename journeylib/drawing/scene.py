"""`Scene`: a picture with every number and text decided, and no coordinates.

The same scene can be laid out in more than one way; tests read it instead of pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from journeylib.findings.claim import Kind
from journeylib.findings.finding import Confidence
from journeylib.terms import Lang

Mark = Literal["breakpoint", "silo", "touchpoint", "more", "less"] | None
"""What was found there; in a comparison, whether the second side has more or less of it."""


@dataclass(frozen=True, slots=True)
class Badge:
    """A numbered finding pinned to a box, an edge or a stage; `words` add how sure it is."""

    number: int
    kind: Kind
    confidence: Confidence
    finding: str
    words: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """One stage: its name, how many cases reach it, how many go on."""

    id: str
    pin: str
    name: str
    cases: str
    conversion: str
    badges: tuple[Badge, ...]
    details: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Box:
    """One activity, or the rare activities of a stage gathered in one.

    `order` counts the boxes of the whole scene by stage, then median elapsed time. `entry` and
    `exit` are the cases that begin and end here, where the picture shows them; `loop` is the edge
    from this box to itself. `pin` is the place that cards are pinned to, `kind` what sort of place that
    is, `label` what to call it where its stage is not to be seen, `members` the activities behind it.
    """

    id: str
    pin: str
    kind: str
    name: str
    label: str
    stage: str
    order: int
    count: str
    note: str
    gathered: bool
    entry: str | None
    exit: str | None
    badges: tuple[Badge, ...]
    mark: Mark
    details: tuple[tuple[str, str], ...]
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Edge:
    """One directly-follows pair.

    `weight` (0–1) is the count relative to the greatest; `pace` the class of the median wait (0 is
    fast, 3 slow, None unknown); `back` tells a step back in the order of the boxes. `pin` is the place
    that cards are pinned to.
    """

    id: str
    pin: str
    source: str
    target: str
    label: str
    weight: float
    pace: int | None
    back: bool
    badges: tuple[Badge, ...]
    mark: Mark
    details: tuple[tuple[str, str], ...]

    @property
    def is_loop(self) -> bool:
        """Whether the activity follows itself."""
        return self.source == self.target


@dataclass(frozen=True, slots=True)
class Card:
    """One finding in words, below the map."""

    badge: Badge
    title: str
    lines: tuple[str, ...]
    placed: bool
    details: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Key:
    """An entry of the legend: a symbol and its words."""

    symbol: str
    words: str


@dataclass(frozen=True, slots=True)
class Scene:
    """The whole picture; `boxes` in order, `edges` by rising weight (drawn in this order).

    `traffic` is the share of all traffic that is shown.
    """

    lang: Lang
    title: str
    subtitle: str
    description: str
    bands: tuple[Band, ...]
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    cards: tuple[Card, ...]
    cards_title: str
    cards_note: str
    legend: tuple[Key, ...]
    footer: tuple[str, ...]
    traffic: float
