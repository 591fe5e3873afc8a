"""How long pictures take: from a mined journey to SVG, scene, layout and words.

    python benchmarks/draw.py --repeat 5

Prints a Markdown table of medians. The logs are drawn by lot, the same for the same seed: 1,500 cases
of about 20 events that mostly go forward through six stages, with detours enough that most pairs of
neighbouring activities occur.
"""

from __future__ import annotations

import argparse
import csv
import random
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from timing import Stopwatch

from journeylib.drawing import compare_flow, draw, replay
from journeylib.drawing.journeymap import compare_map, journey_map
from journeylib.findings import diagnose
from journeylib.journey import Journey
from journeylib.mining import mine
from journeylib.reading import read_log

STAGES = ("认知", "兴趣", "评估", "购买", "售后", "拥护")
CASES = 1500
_HEADER = (
    *("case_id", "activity", "timestamp", "stage", "department", "channel", "system", "actor"),
    *("segment", "persona"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--activities", nargs="+", type=int, default=[15, 30, 60, 120])
    parser.add_argument("--repeat", type=int, default=5)
    asked = parser.parse_args()
    measured = {n: _measured(n, asked.repeat) for n in asked.activities}
    print("\n".join(_table(measured)))


def _table(measured: dict[int, dict[str, float]]) -> Iterator[str]:
    yield "| median seconds | " + " | ".join(f"{n} activities" for n in measured) + " |"
    yield "|---|" + "---:|" * len(measured)
    for name in next(iter(measured.values())):
        yield f"| {name} | " + " | ".join(f"{row[name]:.3f}" for row in measured.values()) + " |"


def _measured(activities: int, repeat: int) -> dict[str, float]:
    journey = _journey(activities)
    findings = diagnose(journey)
    one, other = (mine(journey.log.where(segment=name)) for name in ("大型", "小型"))
    drawing = draw(journey, findings, max_activities=activities)
    questions: dict[str, Callable[[], object]] = {
        "flow": lambda: draw(journey, findings, max_activities=activities),
        "flow, 95% of the traffic": lambda: draw(
            journey, findings, max_activities=activities, traffic=0.95
        ),
        "flow by touchpoints": lambda: draw(journey, findings, detail="touchpoint"),
        "flow by stages": lambda: draw(journey, findings, detail="stage"),
        "two in one flow": lambda: compare_flow(one, other, max_activities=activities),
        "replay": lambda: replay(journey, drawing),
        "journey map": lambda: journey_map(journey, findings),
        "journey map without findings": lambda: journey_map(journey),
        "two in one map": lambda: compare_map(one, other),
    }
    watch = Stopwatch(repeat)
    for name, question in questions.items():
        question()
        watch.many(name, question)
    return watch.medians()


def _journey(activities: int, seed: int = 1) -> Journey:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"walks_{activities}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(_HEADER)
            writer.writerows(_events(activities, random.Random(seed)))
        return mine(read_log(path))


def _events(activities: int, chance: random.Random) -> Iterator[tuple[str, ...]]:
    names = [f"{STAGES[n * 6 // activities]}活动{n:03d}" for n in range(activities)]
    for case in range(CASES):
        at = datetime(2025, 1, 6, 9) + timedelta(hours=chance.random() * 8000)
        segment = chance.choice(("大型", "中型", "小型"))
        here = chance.randrange(max(activities // 10, 1))
        while here < activities and chance.random() > 0.02:
            at += timedelta(hours=chance.expovariate(1 / 20))
            yield (
                f"C{case:05d}",
                names[here],
                at.isoformat(sep=" ", timespec="seconds"),
                STAGES[here * 6 // activities],
                f"部门{here * 9 // activities + (chance.random() < 0.1)}",
                f"渠道{here % 7}",
                f"系统{here % 3}",
                "customer" if here % 2 else "staff",
                segment,
                f"P{case % 9}" if chance.random() < 0.8 else "",
            )
            step = chance.choice((1, 1, 1, 1, 2, 2, 3, -1, -3, 0)) * max(activities // 20, 1)
            here = max(here + step + chance.randrange(2), 0)


if __name__ == "__main__":
    main()
