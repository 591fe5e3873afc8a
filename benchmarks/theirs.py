"""Child process: the same questions, answered by pm4py on pandas. Prints JSON of seconds."""

from __future__ import annotations

import json
import sys

import pandas as pd
import pm4py
from timing import Stopwatch


def warm(log: str, repeat: int) -> Stopwatch:
    """Load and format once, then ask each question `repeat` times."""
    watch = Stopwatch(repeat)
    with watch.once("open"):
        frame = pm4py.format_dataframe(
            pd.read_parquet(log),
            case_id="case_id",
            activity_key="activity",
            timestamp_key="timestamp",
        ).rename(columns={"department": "org:resource"})
    watch.many("directly-follows graph", lambda: pm4py.discover_dfg(frame))
    watch.many("waits per edge", lambda: pm4py.discover_performance_dfg(frame))
    watch.many("variants", lambda: pm4py.get_variants(frame))
    watch.many("hand-overs", lambda: pm4py.discover_handover_of_work_network(frame))
    watch.many(
        "start and end activities",
        lambda: (pm4py.get_start_activities(frame), pm4py.get_end_activities(frame)),
    )
    return watch


if __name__ == "__main__":
    print(json.dumps(warm(sys.argv[1], int(sys.argv[2])).medians()))
