"""What the checks look at, and what a check has seen."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from journeylib.annotations import Card
from journeylib.findings.finding import Findings
from journeylib.goals.kpis import Kpi, kpis
from journeylib.journey import Journey
from journeylib.project.integration import integration
from journeylib.project.links import Integration
from journeylib.project.requirement import Requirements
from journeylib.project.requirements import requirements
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Goal
from journeylib.terms import Text, say

State = Literal["ready", "not_yet", "not_measurable", "to_answer", "answered"]


class Checked(Protocol):
    """A log held against the specification, as the verb ``check`` returns it."""

    def to_dict(self) -> Mapping[str, Any]:
        """The contract's ``check/1``: ``rules`` (each with ``violated`` and ``activated``) …"""


@dataclass(frozen=True, slots=True)
class Seen:
    """The result of one check: state, evidence in words, how many it rests on, and where it was seen.

    `column` is what the log lacks where it is not measurable.
    """

    state: State
    evidence: Text
    n: int | None = None
    where: str | None = None
    column: str | None = None


@dataclass(frozen=True, eq=False)
class Situation:
    """All there is so far; what is None has not been done yet."""

    journey: Journey
    findings: Findings | None
    spec: TargetSpec | None
    cards: tuple[Card, ...] | None
    conformance: Checked | None
    goals: tuple[Goal, ...]
    thresholds: Mapping[str, float]
    indicators: tuple[str, ...]

    @functools.cached_property
    def requirements(self) -> Requirements | None:
        """The requirements map, where findings and specification allow one."""
        if self.findings is None or self.spec is None:
            return None
        return requirements(self.findings, self.spec, self.journey)

    @functools.cached_property
    def integration(self) -> Integration | None:
        """The integration list, where there is a specification."""
        return None if self.spec is None else integration(self.findings, self.spec, self.journey)

    @functools.cached_property
    def kpis(self) -> tuple[Kpi, ...]:
        """The indicators a project asks for."""
        return kpis(self.journey, measures=self.indicators)


Check = Callable[[Situation], Seen]


def counted(hits: int, n: int, key: str, where: str) -> Seen:
    """Ready if all of `n` are as they should be, and there are any."""
    return Seen(
        ready_if(n and hits == n),
        say(f"project.seen_{key}", hits=f"{hits:,}", n=f"{n:,}"),
        n,
        where,
    )


def ready_if(ready: object) -> State:
    """Ready, or not yet."""
    return "ready" if ready else "not_yet"


def missing(column: str, where: str = "log") -> Seen:
    """The log has no such column."""
    return Seen("not_measurable", say("project.seen_column", column=column), None, where, column)


def undone(verb: str) -> Seen:
    """A step that has to be taken first."""
    return Seen("not_yet", say(f"project.undone_{verb}"))


def with_spec(check: Callable[[Situation, TargetSpec], Seen]) -> Check:
    """A check that needs the specification."""

    @functools.wraps(check)
    def checked(situation: Situation) -> Seen:
        return undone("specify") if situation.spec is None else check(situation, situation.spec)

    return checked


def with_findings(check: Callable[[Situation, Findings], Seen]) -> Check:
    """A check that needs the diagnosis."""

    @functools.wraps(check)
    def checked(situation: Situation) -> Seen:
        return (
            undone("diagnose")
            if situation.findings is None
            else check(situation, situation.findings)
        )

    return checked
