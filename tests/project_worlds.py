"""Journeys, findings and specifications for the tests of a project; each is made once."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from journeylib.findings import diagnose
from journeylib.findings.finding import Findings
from journeylib.journey import Journey
from journeylib.log import EventLog
from journeylib.mining import mine
from journeylib.spec import TargetSpec, specify
from tests import logs, samples
from tests.spec_fixtures import crm_journey

SAMPLES = Path(__file__).parents[1] / "event_logs"


@dataclass(frozen=True)
class World:
    """One log taken as far as the specification."""

    journey: Journey
    findings: Findings
    spec: TargetSpec

    @classmethod
    def of(cls, log: EventLog) -> World:
        """Of a log."""
        return cls.from_journey(mine(log))

    @classmethod
    def from_journey(cls, journey: Journey) -> World:
        """Of a journey."""
        findings = diagnose(journey)
        return cls(journey, findings, specify(journey, findings))


@functools.cache
def sample(name: str) -> World:
    """A log we ship."""
    return World.from_journey(samples.mined(name))


@functools.cache
def small() -> World:
    """The planted CRM log of the specification's tests: departments, no systems."""
    return World.from_journey(crm_journey())


@functools.cache
def bare() -> World:
    """Nothing but cases, activities and times."""
    return World.of(logs.log_of(logs.traces(*["abcd"] * 15, *["abd"] * 10)))


HOSTILE = "=1+1|<b>{from}</b>*x*`y`"


@functools.cache
def hostile() -> World:
    """A log whose names try to be formulas, markup and placeholders; information gets lost in it."""
    rows = [
        {
            "case_id": f"c{case:03}",
            "activity": f"{activity}{HOSTILE}",
            "timestamp": logs.at(24 * case + 5 * step),
            "department": f"{department}{HOSTILE}",
            "system": f"S{department}{HOSTILE}",
            f"note{HOSTILE}": value if case % 4 else ("v" if department == "A" else None),
            "outcome": "won" if case % 2 else "lost",
        }
        for case in range(80)
        for step, (activity, department, value) in enumerate(
            (("form", "A", "v"), ("call", "B", None), ("demo", "B", "v" if case % 3 == 0 else None),
             ("quote", "A", "v"), ("contract", "B", None))
        )
    ]  # fmt: skip
    return World.of(logs.log_of(rows))
