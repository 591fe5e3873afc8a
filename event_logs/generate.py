"""Event logs with planted truth: the sample data, and an oracle that knows nothing of journeylib.

    python event_logs/generate.py                         renew the shipped logs and truth files
    python event_logs/generate.py crm_sales --cases 600 --seed 7 --no-plants --out DIR
    python event_logs/generate.py benchmark --mild --out DIR        a plant of every type, all weak

A world (``worlds/*.toml``) is a clean process: activities, the moves between them with their shares
and working-time waits, and the information that departments show. Plants change shares, waits and
losses of that world; one loop then walks every customer through it. A planted share is only a
probability: what the log holds in the end is counted from the walked cases and written as truth.
"""

from __future__ import annotations

import argparse
import csv
import functools
import hashlib
import io
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # this folder is data, not an installed package

from simulator.costs import cost  # noqa: E402
from simulator.truth import realised  # noqa: E402
from simulator.walk import Case, Event, walk_cases  # noqa: E402
from simulator.world import Plant, World, load_world, planted  # noqa: E402

SHIPPED = ("crm_sales", "solar_home")
WITH_HISTORY = ("benchmark",)  # worlds whose changes of attributes are written beside the log
Row = dict[str, str]


@dataclass(frozen=True)
class Generated:
    """A log, the history of what departments wrote down, the truth, and what each plant costs."""

    world: World
    cases: Sequence[Case]
    truth: dict[str, Any]
    costs: list[float]

    @functools.cached_property
    def rows(self) -> list[Row]:
        """The events, keyed by column header, by time."""
        return _rows(self.world, self.cases)

    @functools.cached_property
    def changes(self) -> list[Row]:
        """Who wrote what down when, by time."""
        return _changes(self.cases)


def generate(
    world: str,
    cases: int | None = None,
    seed: int | None = None,
    plants: bool = True,  # noqa: FBT001, FBT002 (one word at every call: plants=False)
) -> tuple[list[Row], dict[str, Any]]:
    """Rows of the event log, keyed by column header, and the truth about them.

    `world` names a file in ``worlds/``; `cases` and `seed` default to those of the shipped log.
    Without `plants` nothing is wrong in the log, and the truth's list of plants is empty.
    """
    made = generate_all(world, cases, seed, "strong" if plants else "none")
    return made.rows, made.truth


def generate_all(
    world: str, cases: int | None = None, seed: int | None = None, strength: str = "strong"
) -> Generated:
    """As `generate`, with the changes of attributes beside it.

    `strength` of the plants: ``strong``, ``mild`` (those that have a mild magnitude), ``none``.
    """
    clean = load_world(world)
    cases = clean.cases if cases is None else cases
    seed = clean.seed if seed is None else seed
    chosen = _PLANTS[strength](clean.plants)
    walked = walk_cases(functools.reduce(planted, chosen, clean), cases, seed)
    truth = _truth(clean, walked, seed, chosen)
    found = [plant["realised"] for plant in truth["plants"]]
    costs = [cost(plant, real, walked) for plant, real in zip(chosen, found, strict=True)]
    return Generated(clean, walked, truth, costs)


_PLANTS = {
    "strong": lambda plants: plants,
    "mild": lambda plants: [replace(p, magnitude=p.mild) for p in plants if p.mild],
    "none": lambda _: (),
}


def _rows(world: World, cases: Sequence[Case]) -> list[Row]:
    """All events by time; events of one case at one second keep their order."""
    rows = []
    for case in cases:
        amount = ""
        for event in case.events:
            if event.activity.name == world.amount_from:
                amount = str(case.amount)
            elif event.activity.name == world.won_by:
                amount = str(case.agreed)
            rows.append((event.ended, case.id, _row(world, case, event, amount)))
    rows.sort(key=lambda row: row[:2])
    return [row for _, _, row in rows]


def _row(world: World, case: Case, event: Event, amount: str) -> Row:
    done = event.activity
    fields = {
        "case_id": case.id,
        "activity": done.name,
        "timestamp": f"{event.ended:%Y-%m-%d %H:%M:%S}",
        "start_timestamp": f"{event.started:%Y-%m-%d %H:%M:%S}" if done.work else "",
        "stage": done.stage,
        "department": done.department,
        "system": done.system,
        "channel": event.channel,
        "resource": event.resource,
        "actor": world.actors[done.actor],
        "segment": case.segment.name,
        "amount": amount,
        "outcome": world.outcomes[case.outcome],
    }
    fields |= {**event.shown, **case.known_as(done.system)}
    return {header: fields.get(name, "") for header, name in world.columns.items()}


def _changes(cases: Sequence[Case]) -> list[Row]:
    rows = [
        {
            "object_id": case.id,
            "attribute": change.attribute,
            "old": change.old,
            "new": change.new,
            "timestamp": f"{change.at:%Y-%m-%d %H:%M:%S}",
            "system": change.activity.system,
            "department": change.activity.department,
            "source": change.source,
        }
        for case in cases
        for change in case.changes
    ]
    return sorted(rows, key=lambda row: (row["timestamp"], row["object_id"], row["attribute"]))


def _truth(
    world: World, cases: Sequence[Case], seed: int, plants: Sequence[Plant]
) -> dict[str, Any]:
    outcomes = [case.outcome for case in cases]
    return {
        "world": world.name,
        "seed": seed,
        "t_obs": world.observed.isoformat(sep=" "),
        "cases": len(cases),
        "events": sum(len(case.events) for case in cases),
        "outcomes": {name: outcomes.count(name) for name in ("won", "lost", "open")},
        "outcome_words": world.outcomes,
        "columns": world.columns,
        "plants": [
            {
                "type": plant.type,
                "locus": plant.locus,
                "magnitude": plant.magnitude,
                "realised": realised(world, plant, cases),
                "echoes": plant.echoes,
            }
            for plant in plants
        ],
        "repeatable": [a.name for a in world.activities.values() if a.repeatable],
        "distractors": world.distractors,
    }


# -- files -----------------------------------------------------------------------------------------


def csv_bytes(rows: Sequence[Row]) -> bytes:
    """The rows as a UTF-8 CSV file with a header line, the same on every platform."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")


def truth_bytes(truth: dict[str, Any]) -> bytes:
    """The truth as a UTF-8 JSON file."""
    return (json.dumps(truth, ensure_ascii=False, indent=2) + "\n").encode("utf-8")


def write(name: str, made: Generated, out: Path) -> None:
    """Write ``<name>.csv`` and ``<name>.truth.json``; stamp a datasheet that lies beside them.

    A world with history has ``<name>.changes.csv`` as well.
    """
    out.mkdir(parents=True, exist_ok=True)
    content = csv_bytes(made.rows)
    (out / f"{name}.csv").write_bytes(content)
    (out / f"{name}.truth.json").write_bytes(truth_bytes(made.truth))
    if name in WITH_HISTORY:
        (out / f"{name}.changes.csv").write_bytes(csv_bytes(made.changes))
    datasheet = out / f"{name}.md"
    if datasheet.exists():
        digest = hashlib.sha256(content).hexdigest()
        text = datasheet.read_text(encoding="utf-8")
        datasheet.write_text(re.sub(r"\b[0-9a-f]{64}\b", digest, text), encoding="utf-8")


def _count(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; see the top of this file."""
    parser = argparse.ArgumentParser(description="Generate event logs with planted truth.")
    worlds = (*SHIPPED, *WITH_HISTORY)
    parser.add_argument("world", nargs="?", choices=worlds, help="both shipped logs if left out")
    parser.add_argument("--cases", type=_count, help="number of customers")
    parser.add_argument("--seed", type=int)
    weaker = {"dest": "strength", "action": "store_const", "default": "strong"}
    parser.add_argument("--no-plants", const="none", help="nothing wrong", **weaker)
    parser.add_argument("--mild", const="mild", help="weak plants (of benchmark)", **weaker)
    parser.add_argument("--out", type=Path, help="where to write (default: beside this file)")
    args = parser.parse_args(arguments)
    varied = args.cases is not None or args.seed is not None or args.strength != "strong"
    varied |= args.world in WITH_HISTORY
    if varied and args.out is None:
        parser.error("this would overwrite the shipped logs; say where to write with --out")
    for name in [args.world] if args.world else SHIPPED:
        made = generate_all(name, args.cases, args.seed, args.strength)
        write(name, made, args.out or HERE)
        cases, events = made.truth["cases"], made.truth["events"]
        sys.stdout.write(f"{name}: {cases} cases, {events} events\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
