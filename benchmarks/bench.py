"""How fast and how large, measured here and now; the same questions asked of pm4py for scale.

    python benchmarks/bench.py --events 1e6 1e7 --repeat 3 --write benchmarks/results.md

Every measurement runs in a process of its own, ours and theirs in turn. *Cold* is a whole process
from a Parquet file to the facts of journey.json on disk; *warm* is one more question to a log that is
already open: loaded and formatted for pm4py, read and mined for journeylib. A warm question is always
asked anew, also where the `Journey` holds the answer already.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from generate import generate
from timing import Run, run

HERE = Path(__file__).parent


def main() -> None:
    asked = _arguments()
    lines = ["# Benchmark", "", _machine(), "", _imports(asked.repeat)]
    for events in asked.events:
        lines += _table(int(events), asked.repeat, alone=asked.alone)
    text = "\n".join(lines) + "\n"
    print(text)
    if asked.write:
        asked.write.write_text(text, encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", nargs="+", type=float, default=[1e6, 1e7])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--alone", action="store_true", help="leave pm4py out")
    parser.add_argument("--write", type=Path)
    return parser.parse_args()


def _table(events: int, repeat: int, *, alone: bool) -> Iterator[str]:
    log = str(generate(HERE / "data" / f"sales_{events}.parquet", events))
    scripts = ("ours.py",) if alone else ("ours.py", "theirs.py")
    cold: dict[str, list[Run]] = {script: [] for script in scripts}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(repeat):
            for script in scripts:
                cold[script].append(run(script, "cold", log, f"{folder}/facts.json"))
    warm = {script: run(script, "warm", log, str(repeat)) for script in scripts}
    yield from (
        "",
        f"## {events:,} events",
        "",
        f"Medians of {repeat}.",
        "",
        "| | journeylib | pm4py on pandas | ratio |",
        "|---|---:|---:|---:|",
        _row("cold: Parquet file to facts", [_median(runs, "seconds") for runs in cold.values()]),
        _memory("cold: peak memory", [_median(runs, "megabytes") for runs in cold.values()]),
    )
    for name in warm["ours.py"].said:
        told = "opening" if name == "open" else f"warm: {name}"
        yield _row(told, [run.said[name] for run in warm.values()])
    yield _memory("warm: peak memory", [run.megabytes for run in warm.values()])


def _row(name: str, seconds: list[float]) -> str:
    shown = [f"{value:.3f} s" if value < 1 else f"{value:.1f} s" for value in seconds]
    return _line(name, shown, seconds)


def _memory(name: str, megabytes: list[float]) -> str:
    return _line(name, [f"{value:,.0f} MB" for value in megabytes], megabytes)


def _line(name: str, shown: list[str], values: list[float]) -> str:
    ours, *theirs = values
    ratio = [f"{value / ours:.1f} ×" for value in theirs]
    return (
        f"| {name} | {' | '.join([*shown, *ratio])} |" if theirs else f"| {name} | {shown[0]} | | |"
    )


def _imports(repeat: int) -> str:
    nothing = [run("-c", "pass") for _ in range(repeat)]
    package = [run("-c", "import journeylib") for _ in range(repeat)]
    spent = _median(package, "seconds") - _median(nothing, "seconds")
    return f"`import journeylib`: {1000 * spent:.0f} ms on top of Python's own start."


def _median(runs: list[Run], figure: str) -> float:
    return statistics.median(getattr(run, figure) for run in runs)


def _machine() -> str:
    packages = ("journeylib", "duckdb", "ibis-framework", "pandas", "pm4py")
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {versions}."


if __name__ == "__main__":
    main()
