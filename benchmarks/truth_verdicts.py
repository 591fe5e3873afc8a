"""One generated log and what is said of it: by journeylib, and by three naive ways of ranking.

A verdict is plain JSON, so that a run can be killed and go on. Nothing here names a family: whatever
`FAMILIES` holds is asked, and whatever it claims is noted down.
"""

from __future__ import annotations

import functools
import inspect
import random
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

import journeylib as jl
from journeylib.errors import JourneyError
from journeylib.findings import FAMILIES, Rules
from journeylib.findings.claim import Measured
from journeylib.findings.judge import judged
from journeylib.findings.study import Study
from journeylib.terms import plain

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "event_logs"))

import generate as generator  # noqa: E402

Row = dict[str, str]
Verdict = dict[str, Any]
NAIVE = 10  # as many places of a ranking are looked at
RAW = 0.05
NOTED = ("kind", "type", "n", "n_censored", "estimate", "unit", "clock", "ci_low", "ci_high", "p")


@dataclass(frozen=True, order=True)
class Task:
    """A log to be judged; `strength` none is a log in which nothing is wrong.

    `shuffled` names a column whose values were dealt anew: what goes with it goes with nothing.
    """

    world: str
    strength: str
    cases: int
    seed: int
    shuffled: str = ""


def verdict(task: Task) -> Verdict:
    """Make the log, diagnose it, and note down all that the scores need."""
    made = generator.generate_all(task.world, task.cases, task.seed, task.strength)
    rows = _shuffled(made.rows, made.truth["columns"], task)
    journey = jl.mine(_read(rows, made.changes))
    study = Study(journey, rules())
    trials = [family(study) for family in FAMILIES]
    claims = [claim for trial in trials for claim in trial.claims]
    plants = [
        plant | {"cost": cost} for plant, cost in zip(made.truth["plants"], made.costs, strict=True)
    ]
    return {
        "task": asdict(task),
        "plants": plants,
        "findings": [_noted(finding, "confidence", "q") for finding in judged(study, trials)],
        "claims": [_noted(claim) for claim in claims],
        "naive": _naive(journey),
    }


def _read(rows: Sequence[Row], changes: Sequence[Row]) -> jl.EventLog:
    given = {}
    if changes and "changes" in inspect.signature(jl.read_log).parameters:
        given["changes"] = pa.Table.from_pylist(list(changes))
    return jl.read_log(pa.Table.from_pylist(list(rows)), **given)


@functools.cache
def rules() -> Rules:
    """The shipped rules with what `truth_rules.toml` declares, as far as they can be told."""
    text = ""
    for section in (HERE / "truth_rules.toml").read_text(encoding="utf-8").split("\n\n"):
        told = f"{text}\n{section}\n"
        text = told if _loaded(told) else text
    return _loaded(text) or Rules.load()


def _loaded(text: str) -> Rules | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rules.toml"
        path.write_text(text, encoding="utf-8")
        try:
            return Rules.load(path)
        except JourneyError:
            return None


def _noted(said: Measured, *more: str) -> Verdict:
    return {name: plain(getattr(said, name)) for name in (*NOTED, *more)} | {
        "locus": dict(said.locus)
    }


# -- labels dealt anew -----------------------------------------------------------------------------


def _shuffled(rows: list[Row], columns: Mapping[str, str], task: Task) -> list[Row]:
    """The rows with one column dealt anew: segments among cases, channels among like events."""
    if not task.shuffled:
        return rows
    header = {name: header for header, name in columns.items()}
    column, case, activity = header[task.shuffled], header["case_id"], header["activity"]
    unit = case if task.shuffled == "segment" else ""
    dice = random.Random(task.seed)
    if unit:
        first = {row[unit]: row[column] for row in rows}
        dealt = dict(zip(first, dice.sample(list(first.values()), len(first)), strict=True))
        return [row | {column: dealt[row[unit]]} for row in rows]
    decks: dict[str, list[str]] = {}
    for row in rows:
        decks.setdefault(row[activity], []).append(row[column])
    for deck in decks.values():
        dice.shuffle(deck)
    return [row | {column: decks[row[activity]].pop()} for row in rows]


# -- naive rankings --------------------------------------------------------------------------------


def _naive(journey: jl.Journey) -> dict[str, list[Verdict]]:
    """The steps with the longest mean wait, and those with the most time in all."""
    moves = [move for move in journey.moves if move.wait.mean is not None]
    by = {
        "mean wait": lambda move: move.wait.mean,
        "total time": lambda move: move.wait.mean * move.count,
    }
    return {
        name: [
            {"locus": {"from": move.source, "to": move.target}}
            for move in sorted(moves, key=key, reverse=True)[:NAIVE]
        ]
        for name, key in by.items()
    }


def raw(verdict: Verdict) -> Iterator[Verdict]:
    """Every claim with p < .05, the smallest first: no correction, no tolerance, no ranking."""
    said = [claim for claim in verdict["claims"] if claim["p"] is not None and claim["p"] < RAW]
    yield from sorted(said, key=lambda claim: claim["p"])
