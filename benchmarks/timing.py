"""Measuring: repeated calls inside a process, and whole processes from outside."""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path


class Stopwatch:
    """Seconds by name; the median of `repeat` calls."""

    def __init__(self, repeat: int) -> None:
        self.repeat = repeat
        self._seconds: dict[str, list[float]] = {}

    @contextlib.contextmanager
    def once(self, name: str) -> Iterator[None]:
        """Time a block."""
        started = time.perf_counter()
        yield
        self._seconds.setdefault(name, []).append(time.perf_counter() - started)

    def many(self, name: str, question: Callable[[], object]) -> None:
        """Time `repeat` calls."""
        for _ in range(self.repeat):
            with self.once(name):
                question()

    def medians(self) -> dict[str, float]:
        """Median seconds by name."""
        return {name: statistics.median(found) for name, found in self._seconds.items()}


@dataclass(frozen=True)
class Run:
    """A finished process: wall seconds, most memory it held, and what it printed."""

    seconds: float
    megabytes: float
    said: dict[str, float]


def run(*arguments: str) -> Run:
    """Run ``python arguments`` as a process of its own."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=Path(__file__).parent,
    )
    assert process.stdout is not None
    printed = process.stdout.read().decode()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)} ended with {process.returncode}:\n{printed}")
    kilobytes = used.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    lines = printed.strip().splitlines()
    said = json.loads(lines[-1]) if lines else {}
    return Run(time.perf_counter() - started, kilobytes / 1024, said)
