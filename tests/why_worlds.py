"""Small sales logs in which something goes with winning, or only seems to."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from tests.logs import at

MONTH = 730.0
Row = dict[str, Any]
Chance = Callable[[Row], float]


def even(case: Row) -> float:
    """Nothing goes with winning."""
    return 0.4


def world(
    seed: int,
    cases: int = 500,
    *,
    wins: Chance = even,
    demo: Chance = lambda case: 0.5,
    calls: Chance = lambda case: 0.0,
    months: float = 6,
    ends: float | None = None,
) -> list[Row]:
    """Form, contact, perhaps a demo, a quotation, perhaps calls, and then a contract or a loss.

    `wins` is the chance of a case to win, `demo` to get a demo, `calls` the mean number of calls
    while it waits for the decision; each sees the case's segment, channel, demo. What lies after
    `ends` (h) is cut off, and cases undecided then are open.
    """
    rng = random.Random(seed)
    rows: list[Row] = []
    for number in range(cases):
        case: Row = {
            "case_id": f"c{number:05}",
            "segment": rng.choice(["大型", "小型"]),
            "channel": rng.choice(["官网", "电话", "展会"]),
            "start": rng.uniform(0, months * MONTH),
        }
        case["demo"] = rng.random() < demo(case)
        case["won"] = rng.random() < wins(case)
        rows += _kept(case, list(_events(case, calls, rng)), ends)
    return rows


def _events(case: Row, calls: Chance, rng: random.Random) -> Iterator[tuple[str, float]]:
    time = case["start"]
    yield "提交表单", time
    for activity in ("首次联系", *(["产品演示"] if case["demo"] else []), "发送报价"):
        time += rng.expovariate(1 / 24) + 0.1
        yield activity, time
    decided = time + rng.expovariate(1 / 240) + 1.0
    for _call in range(round(rng.expovariate(1.0) * calls(case))):
        yield "电话跟进", rng.uniform(time, decided)
    yield ("签订合同" if case["won"] else "输单"), decided


def _kept(case: Row, events: list[tuple[str, float]], ends: float | None) -> Iterator[Row]:
    decided = events[-1][1]
    is_open = ends is not None and decided > ends
    outcome = "open" if is_open else "won" if case["won"] else "lost"
    for activity, time in sorted(events, key=lambda event: event[1]):
        if ends is None or time <= ends:
            yield {
                "case_id": case["case_id"],
                "activity": activity,
                "timestamp": at(time),
                "segment": case["segment"],
                "channel": case["channel"],
                "outcome": outcome,
            }
