"""What a pattern can count: a measure is a few parameters and one question to the cases.

`things` gives one row per case (visit, batch …) in scope: ``case_id``, ``hit`` (concerned or not),
``amount`` (hours lost, where that makes sense), ``weight`` (1, or how many it stands for) and
``place`` (the stage or column it is about, else empty). Names follow Declare where it has one
(Pesic, Schonenberg & van der Aalst 2007).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Protocol

import ibis
import ibis.expr.types as ir

from journeylib.findings.patterns.cases import Ask, Cases, Column, Concepts
from journeylib.terms import Span

_ONE, _NOWHERE, _UNKNOWN = ibis.literal(1), ibis.literal(""), ibis.literal(None, "float64")


class Measure(Protocol):
    """What all measures have: the unit of what is lost, what `place` is, and the counting itself."""

    unit: ClassVar[str]
    place: ClassVar[str | None]

    def asks(self) -> Iterator[Ask]:
        """What it has to know of each case."""
        ...

    def things(self, cases: Cases) -> ir.Table:
        """What is in scope, and which of it is concerned."""
        ...


def tally(
    table: ir.Table, hit: Any, *, amount: Any = None, weight: Any = _ONE, place: Any = _NOWHERE
) -> ir.Table:
    """These rows as a measure gives them; `amount` in µs is only ever added up over hits."""
    hours = _UNKNOWN if amount is None else amount.cast("float64") / 3.6e9
    place = place.cast("string")
    return table.select("case_id", hit=hit, amount=hours, weight=weight.cast("int64"), place=place)


def firsts(*concepts: Concepts) -> Iterator[Ask]:
    """When any of each of these sets of concepts was first done, where any is named."""
    return (Ask("first", several) for several in concepts if several)


def values(kind: Column, *whats: str) -> Iterator[Ask]:
    """These facts about the values of one kind of column."""
    return (Ask(what, (kind,)) for what in whats)


def micro(span: Span) -> int:
    """A duration in µs, the unit of all times in the engine."""
    return int(span.seconds * 1e6)
