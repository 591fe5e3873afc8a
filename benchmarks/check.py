"""How fast a log is checked against a specification, and in how much memory.

    python benchmarks/check.py --events 1e6 1e7 --repeat 3

Each run is a process of its own: read and mine the log, draft a specification from it, keep its first
`--rules` rules' worth of parts, and check the log against it. Fitness is left out: it costs by variant,
not by event. Processor time is that of all threads: on a busy machine it is the figure to go by.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent


def main() -> None:
    asked = _arguments()
    if asked.child:
        print(json.dumps(measured(asked.child, asked.rules)))
        return
    from generate import generate
    from timing import run

    print("| events | rules | read and mine | check | of processor time | per rule | peak memory |")
    print("|---:|---:|---:|---:|---:|---:|---:|")
    for events in map(int, asked.events):
        log = asked.data / f"sales_{events}.parquet"
        generate(log, events)
        found = [
            run("check.py", "--child", str(log), "--rules", str(asked.rules))
            for _ in range(asked.repeat)
        ]
        said = {name: statistics.median(r.said[name] for r in found) for name in found[0].said}
        memory = statistics.median(r.megabytes for r in found)
        print(
            f"| {events:,} | {said['rules']:.0f} | {said['open']:.1f} s | {said['check']:.1f} s "
            f"| {said['cpu']:.1f} s | {1000 * said['check'] / said['rules']:.0f} ms | {memory:,.0f} MB |"
        )


def measured(path: str, rules: int) -> dict[str, float]:
    """Seconds of each step in this process."""
    import journeylib as jl
    from journeylib.checking import check, rules_of

    started = time.perf_counter()
    journey = jl.mine(jl.read_log(path))
    opened = time.perf_counter()
    spec = trimmed(jl.specify(journey), rules)
    drafted, worked = time.perf_counter(), time.process_time()
    told = check(spec, journey, variants=0)
    done, spent = time.perf_counter(), time.process_time() - worked
    assert len(told.rules) == len(rules_of(spec))
    return {
        "rules": len(told.rules),
        "open": opened - started,
        "check": done - drafted,
        "cpu": spent,
    }


def trimmed(spec, rules: int):
    """The specification without entry criteria, and with fewer hand-overs, down to so many rules."""
    from journeylib.checking import rules_of

    stages = [stage.model_copy(update={"entry": ()}) for stage in spec.stages]
    spec = spec.model_copy(update={"stages": tuple(stages)})
    while len(rules_of(spec)) > rules and any(stage.handovers for stage in spec.stages):
        most = max(stages, key=lambda stage: len(stage.handovers))
        stages[stages.index(most)] = most.model_copy(update={"handovers": most.handovers[:-1]})
        spec = spec.model_copy(update={"stages": tuple(stages)})
    return spec


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", nargs="+", type=float, default=[1e6, 1e7])
    parser.add_argument("--rules", type=int, default=60)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--data", type=Path, default=HERE / "data", help="folder of the logs")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
