"""`journey workshop` as people start it, and a room that is ready for it."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.test_cli import HEADER, ROWS

LOG = HEADER + ROWS
STARTER = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored if tests run in the background
from journeylib.cli import main
sys.exit(main(["workshop", *sys.argv[1:]]))
"""


@dataclass
class Running:
    """A workshop that runs: its process and what it printed."""

    process: subprocess.Popen[str]
    doors: dict[str, str]
    folder: Path

    @property
    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    @property
    def kernels(self) -> list[psutil.Process]:
        return [p for p in self.family if "ipykernel_launcher" in command_of(p)]

    def end(self, how: signal.Signals) -> tuple[int, str]:
        """Send a signal; the exit code and what was said on stderr."""
        self.process.send_signal(how)
        _, told = self.process.communicate(timeout=40)
        return self.process.returncode, told


def command_of(process: psutil.Process) -> list[str]:
    """The command line; that of a process that has just ended is blank."""
    with contextlib.suppress(psutil.Error):
        return process.cmdline()
    return []


def started(folder: Path, *options: str) -> Running:
    process = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(folder), "--no-browser", "--json", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(4)]
    if not any(lines):
        raise AssertionError(process.communicate(timeout=10)[1])
    return Running(process, json.loads("".join(lines)), folder)
