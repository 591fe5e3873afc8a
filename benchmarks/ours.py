"""Child process: the questions, answered by journeylib. Prints one JSON object of seconds."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from timing import Stopwatch


def cold(log: str, out: str) -> None:
    """Everything in journey.json, from a file on disk to a file on disk."""
    import journeylib as jl

    journey = jl.mine(jl.read_log(log))
    Path(out).write_text(json.dumps(journey.to_dict(), ensure_ascii=False), encoding="utf-8")


def warm(log: str, repeat: int) -> Stopwatch:
    """Open and mine the log once, then ask each question `repeat` times."""
    import ibis

    import journeylib as jl

    watch = Stopwatch(repeat)
    with watch.once("open"):
        journey = jl.mine(jl.read_log(log))
    engine, e = journey.log.engine, journey.log.events
    followed = e.filter(e.next_activity.notnull())
    pairs = followed.group_by("activity", "next_activity")
    wait = followed.next_at - followed.at
    handed = e.filter(e.department != e.next_department)
    fair = followed.semi_join(e.filter(e.channel == "展会"), "case_id")
    asked = {
        "directly-follows graph": lambda: pairs.aggregate(n=ibis._.count()),
        "waits per edge": lambda: pairs.aggregate(median=wait.median(), mean=wait.mean()),
        "variants": lambda: journey.variant_table,
        "hand-overs": lambda: handed.group_by("department", "next_department").aggregate(
            n=ibis._.count()
        ),
        "start and end activities": lambda: e.group_by("activity").aggregate(
            starts=(e.position == 1).sum(), ends=e.next_activity.isnull().sum()
        ),
        "directly-follows graph of one channel's cases": lambda: fair.group_by(
            "activity", "next_activity"
        ).aggregate(n=ibis._.count()),
    }
    for name, question in asked.items():
        watch.many(name, lambda question=question: engine.rows(question()))
    return watch


if __name__ == "__main__":
    started = time.perf_counter()
    if sys.argv[1] == "cold":
        cold(sys.argv[2], sys.argv[3])
        print(json.dumps({"inside": time.perf_counter() - started}))
    else:
        print(json.dumps(warm(sys.argv[2], int(sys.argv[3])).medians()))
