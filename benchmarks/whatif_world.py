"""A small sales process in which interventions can really be carried out, case by case.

It knows nothing of journeylib. Times are hours since a case arrived; two checks of a quote run beside
each other, and what follows waits for both.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any

START = datetime(2025, 1, 6)
ARRIVING = 360.0  # days in which cases arrive, evenly
HOURS_A_QUARTER = 365.25 * 6


@dataclass(frozen=True)
class Process:
    """How the process runs. `cap` limits a wait, by its ends; None does not."""

    reaches_quote: float = 0.6
    quoted_again: float = 0.45
    cap: tuple[str, str, float] | None = None
    asks_approval: bool = True


Event = tuple[str, str, str, float, float]
"""Stage, activity, department, begin, end."""


@dataclass(frozen=True)
class Case:
    """What happened to a customer, and when it was decided."""

    events: tuple[Event, ...]
    won: bool

    @property
    def hours(self) -> float:
        return max(end for *_, end in self.events)


def changed(process: Process, **to: Any) -> Process:
    """The process with an intervention carried out."""
    return replace(process, **to)


def case(process: Process, dice: random.Random) -> Case:
    """One customer's way."""
    events: list[Event] = []

    def do(stage: str, activity: str, department: str, after: Event | None, wait: float) -> Event:
        waited = dice.lognormvariate(math.log(wait), 0.9)
        if process.cap and after and process.cap[:2] == (after[1], activity):
            waited = min(waited, process.cap[2])
        begin = (after[-1] if after else 0.0) + waited
        work = dice.lognormvariate(math.log(6.0), 0.5)
        events.append((stage, activity, department, begin, begin + work))
        return events[-1]

    at = ("interest", "Enquiry", "Marketing", 0.0, 0.0)
    events.append(at)
    at = do("interest", "First call", "Sales", at, 60)
    at = do("evaluation", "Demo", "Presales", at, 110)
    if dice.random() >= process.reaches_quote:
        do("evaluation", "Closed lost", "Sales", at, 160)
        return Case(tuple(events), won=False)
    at = do("purchase", "Quote", "Sales", at, 120)
    while dice.random() < process.quoted_again:
        at = do("purchase", "Revise quote", "Presales", at, 70)
        at = do("purchase", "Quote", "Sales", at, 50)
    legal = do("purchase", "Legal check", "Legal", at, 90)
    credit = do("purchase", "Credit check", "Finance", at, 60)
    at = max(legal, credit, key=lambda event: event[-1])
    if process.asks_approval:
        at = do("purchase", "Approval", "Finance", at, 80)
    won = dice.random() < 0.75
    do("purchase", "Contract signed" if won else "Closed lost", "Sales", at, 70)
    return Case(tuple(events), won)


def log_rows(process: Process, cases: int, observed: float, seed: int) -> list[dict[str, Any]]:
    """The events that an observer sees until `observed` days, of about `cases` customers.

    They come at random, so their number varies by chance as well.
    """
    dice = random.Random(f"log {seed}")
    rows: list[dict[str, Any]] = []
    arrival, number = 0.0, 0
    while (arrival := arrival + dice.expovariate(cases / (ARRIVING * 24))) < ARRIVING * 24:
        walked, number = case(process, dice), number + 1
        is_over = arrival + walked.hours <= observed * 24
        outcome = ("won" if walked.won else "lost") if is_over else "open"
        rows += list(_rows(f"c{number:05}", arrival, walked, observed * 24, outcome))
    return rows


def _rows(
    id: str, arrival: float, walked: Case, until: float, outcome: str
) -> Iterator[dict[str, Any]]:
    for stage, activity, department, begin, end in walked.events:
        if arrival + end <= until:
            yield {
                "case_id": id,
                "activity": activity,
                "start_timestamp": START + timedelta(hours=arrival + begin),
                "timestamp": START + timedelta(hours=arrival + end),
                "stage": stage,
                "department": department,
                "outcome": outcome,
            }


def population(
    now: Process, then: Process, adherence: float, cases: int, seed: int = 0
) -> dict[str, float]:
    """What many customers meet when `then` is kept to in that share of them: the truth."""
    dice = random.Random(f"population {seed}")
    walked = [case(then if dice.random() < adherence else now, dice) for _ in range(cases)]
    share = sum(c.won for c in walked) / cases
    return {"cycle_time": median(c.hours for c in walked), "won_share": share}


def won_a_quarter(share: float, cases: int, observed: float) -> float:
    """Won cases a quarter of `cases` that came until `observed` days."""
    return share * cases / (observed * 24 / HOURS_A_QUARTER)
