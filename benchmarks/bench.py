"""How fast and how large, measured here and now; the same questions asked of pm4py for scale.

    python benchmarks/bench.py --events 1e6 1e7 --repeat 3 --write benchmarks/results.md

Every measurement runs in a process of its own. *Cold* is a whole process from a Parquet file to a
complete journey.json on disk; *warm* is one more question to a log that is already open: loaded and
formatted for pm4py, read and mined for journeylib.
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
    with tempfile.TemporaryDirectory() as folder:
        cold = [run("ours.py", "cold", log, f"{folder}/journey.json") for _ in range(repeat)]
    ours = run("ours.py", "warm", log, str(repeat))
    theirs = None if alone else run("theirs.py", log, str(repeat))
    yield from (
        "",
        f"## {events:,} events",
        "",
        f"Parquet file to journey.json, whole process: **{_median(cold, 'seconds'):.1f} s**, "
        f"peak {_median(cold, 'megabytes'):,.0f} MB (median of {repeat}).",
        "",
        "| on an opened log | journeylib | pm4py on pandas | ratio |",
        "|---|---:|---:|---:|",
    )
    for name, seconds in ours.said.items():
        yield _row("opening it" if name == "open" else name, seconds, theirs and theirs.said[name])
    memory = "" if theirs is None else f"{theirs.megabytes:,.0f} MB"
    yield f"| peak memory | {ours.megabytes:,.0f} MB | {memory} | |"


def _row(name: str, ours: float, theirs: float | None) -> str:
    if theirs is None:
        return f"| {name} | {ours:.3f} s | | |"
    return f"| {name} | {ours:.3f} s | {theirs:.2f} s | {theirs / ours:.1f} × |"


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
