"""What the charts of experience, touchpoints and systems need to be told: the shape of findings.

Protocols, so that a chart takes anything that says this much.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from journeylib.terms import Fact, Text


class Point(Protocol):
    """One stage of one layer."""

    @property
    def stage(self) -> str:
        """Id of the stage."""

    @property
    def name(self) -> Text:
        """Name of the stage."""

    @property
    def level(self) -> Fact:
        """From −1 (worst) to 1 (best); without a value it says why."""


class Answer(Point, Protocol):
    """What was answered to one instrument (CSAT, NPS, CES) in one stage."""

    @property
    def instrument(self) -> str:
        """Name of the instrument."""


class Reported(Protocol):
    """The layer of what customers said."""

    @property
    def stages(self) -> Sequence[Answer]:
        """In the order of the journey."""


class Proxy(Protocol):
    """The layer of what behaviour suggests."""

    @property
    def formula(self) -> str:
        """How it is reckoned, in one line."""

    @property
    def stages(self) -> Sequence[Point]:
        """In the order of the journey."""


class Marks(Protocol):
    """The stages of a layer that memory keeps."""

    @property
    def layer(self) -> str:
        """``reported``, ``proxy`` or ``votes``."""

    @property
    def instrument(self) -> str | None:
        """Of the reported layer."""

    @property
    def peak(self) -> str:
        """Where the curve is farthest from neutral."""

    @property
    def end(self) -> str:
        """The last stage with a value."""


class Curve(Protocol):
    """An experience curve: three layers, never averaged."""

    @property
    def reported(self) -> Reported | None:
        """None where nobody was asked."""

    @property
    def proxy(self) -> Proxy:
        """Of behaviour."""

    @property
    def votes(self) -> Sequence[Point]:
        """Of the workshop."""

    @property
    def marks(self) -> Sequence[Marks]:
        """Peak and end of each layer and instrument."""

    @property
    def reason(self) -> Text | None:
        """Why nothing is reported."""


class Contact(Protocol):
    """One cell of the touchpoint matrix: a channel within a stage."""

    @property
    def stage(self) -> str:
        """Id of the stage."""

    @property
    def name(self) -> Text:
        """Name of the stage."""

    @property
    def channel(self) -> str:
        """Through which customers are met."""

    @property
    def cases(self) -> int:
        """Cases touched here."""

    @property
    def events(self) -> int:
        """Touches."""

    @property
    def reach(self) -> Fact:
        """Share of the stage's cases that are touched here."""

    @property
    def per_case(self) -> Fact:
        """Touches per case touched."""

    @property
    def by_customer(self) -> Fact:
        """Share of touches that the customer initiated."""

    @property
    def conversion(self) -> Fact:
        """Share of the cases touched here that go on afterwards."""


class Written(Protocol):
    """How many events of a department one system records."""

    @property
    def department(self) -> str:
        """Who wrote."""

    @property
    def system(self) -> str:
        """Where it was written."""

    @property
    def events(self) -> int:
        """How many."""


class Systems(Protocol):
    """Which department works in which system."""

    @property
    def counts(self) -> Sequence[Written]:
        """One per pair that occurs."""

    @property
    def confinement(self) -> Fact:
        """From 0, all share all systems, to 1, each has its own."""
