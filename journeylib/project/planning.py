"""The assumptions by which requirements are made and ranked, read from ``templates/project/``.

A number more is a field here and a line there; what the workshop thinks otherwise is a copy of the
file.
"""

from __future__ import annotations

import graphlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self, get_args

from journeylib.errors import TemplateError, UsageError
from journeylib.terms import Span, load_template

Kind = Literal["process", "data", "integration", "automation", "training", "reporting"]
"""What has to be done about it: in the way of working, the data, between systems, by a system …"""
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Urgency:
    """Weights of what makes a requirement urgent, and how near a date has to be."""

    breach: float
    trend: float
    deadline: float
    near: Span
    far: Span
    no_rate: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moscow:
    """Cut points between Must, Should, Could and Won't, as percentiles; and the most of Must."""

    quartile: float
    compliance: tuple[str, ...]
    wont: float
    must_effort: float


@dataclass(frozen=True, slots=True)
class Repair:
    """What findings of these types ask for, where their locus names its `place`."""

    id: str
    kind: Kind
    size: str
    answers: tuple[str, ...]
    place: tuple[str, ...]
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Support:
    """What such repairs need beside them: one for each (``same`` place), or one a ``stage``."""

    id: str
    kind: Kind
    size: str
    supports: tuple[str, ...]
    place: Literal["same", "stage"]


@dataclass(frozen=True, slots=True)
class Needs:
    """A requirement of this kind comes after those of the kinds `on`, as far as they belong together."""

    kind: Kind
    on: tuple[Kind, ...]
    within: Literal["stage", "supported"]


@dataclass(frozen=True, slots=True)
class Planning:
    """Everything in ``requirements.toml``."""

    goal: float
    urgency: Urgency
    important: float
    urgent: float
    moscow: Moscow
    pilot: float
    sizes: Mapping[str, float]
    needs: tuple[Needs, ...]
    repairs: tuple[Repair, ...]
    supports: tuple[Support, ...]
    report: Support

    @classmethod
    def load(cls, name_or_path: str | Path = "requirements") -> Self:
        """A shipped file by name, or one of your own; `TemplateError` says all that is wrong."""
        read = load_template("project", name_or_path)
        try:
            planning = cls._of(read)
        except (KeyError, TypeError, AttributeError, UsageError) as problem:
            raise TemplateError(
                f"{name_or_path}: a part is missing or misspelt: {problem}"
            ) from None
        if problems := list(_problems(planning)):
            raise TemplateError(f"{name_or_path}: " + "; ".join(problems))
        return planning

    @classmethod
    def _of(cls, read: Mapping[str, Any]) -> Self:
        spans = {name: Span.parse(read["urgency"][name]) for name in ("near", "far")}
        report = {"supports": (), "place": "same"} | read["report"]
        return cls(
            goal=read["importance"]["goal"],
            urgency=Urgency(**(_tuples(read["urgency"]) | spans)),
            important=read["matrix"]["important"],
            urgent=read["matrix"]["urgent"],
            moscow=Moscow(**_tuples(read["moscow"])),
            pilot=read["phases"]["pilot"],
            sizes=dict(read["sizes"]),
            needs=tuple(Needs(**_tuples(one)) for one in read["needs"]),
            repairs=tuple(Repair(**_tuples(one)) for one in read["repair"]),
            supports=tuple(Support(**_tuples(one)) for one in read["support"]),
            report=Support(**_tuples(report)),
        )


def _tuples(record: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(v) if isinstance(v, list) else v for key, v in record.items()}


def _problems(planning: Planning) -> Iterator[str]:
    parts: tuple[Repair | Support, ...] = (*planning.repairs, *planning.supports, planning.report)
    for part in parts:
        if part.size not in planning.sizes:
            yield f"{part.id} has the unknown size {part.size!r}"
        if part.kind not in KINDS:
            yield f"{part.id} has the unknown kind {part.kind!r}; kinds are {', '.join(KINDS)}"
    if len({part.id for part in parts}) < len(parts):
        yield "two repairs bear the same id"
    if any(not units > 0 for units in planning.sizes.values()):
        yield "a size must be greater than 0"
    if planning.urgency.near.seconds >= planning.urgency.far.seconds:
        yield "urgency.near must be sooner than urgency.far"
    try:
        tuple(graphlib.TopologicalSorter({n.kind: n.on for n in planning.needs}).static_order())
    except graphlib.CycleError as cycle:
        yield f"the kinds need each other in a circle: {' → '.join(cycle.args[1])}"
