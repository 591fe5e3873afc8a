"""The command line: the verbs of the library as commands, with exit codes a pipeline can rely on.

====  =======================================================================================
0     done
1     ``check`` found violations above the tolerance of the specification
2     the input or the call is wrong: one message on stderr says what, where and what to do
3     the run was cut short (interrupt, memory, disk, a bug); nothing half-written is left behind
====  =======================================================================================
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from typing import Any

import cyclopts

from journeylib.cli import check, goals, project, workshop  # noqa: F401 - each adds its commands
from journeylib.cli.commands import app
from journeylib.errors import JourneyError

DONE, WRONG, CUT_SHORT = 0, 2, 3


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; never shows a traceback without ``--debug``."""
    tokens = list(sys.argv[1:] if argv is None else argv)
    _speak_utf8()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return int(app(tokens, exit_on_error=False, print_error=False) or DONE)
    except BaseException as problem:  # noqa: BLE001 - the one place that turns errors into words
        if any(isinstance(cause, BrokenPipeError) for cause in _causes(problem)):
            # Whoever read our output (`| head`) has seen enough.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return DONE
        code, message = _verdict(problem)
        if "--debug" in tokens:
            traceback.print_exception(problem)
        sys.stderr.write(f"journey: {message}\n")
        return code


def _verdict(problem: BaseException) -> tuple[int, str]:
    """Exit code and message for whatever ended the command."""
    if isinstance(problem, JourneyError):
        return problem.exit_code, str(problem)
    if isinstance(problem, cyclopts.CycloptsError):
        return WRONG, f"{problem} See journey --help."
    if _was_interrupted(problem):
        return CUT_SHORT, "interrupted; nothing was written"
    if isinstance(problem, MemoryError):
        return (
            CUT_SHORT,
            "out of memory; nothing was written. Close other programs or use --memory.",
        )
    return CUT_SHORT, (
        f"this is a bug in journeylib, nothing was written: {type(problem).__name__}: "
        f"{_first_line(problem)} (add --debug for the traceback and please report it)"
    )


def _was_interrupted(problem: BaseException) -> bool:
    """Engines that catch an interrupt raise an error of their own on top of it."""
    return any(
        isinstance(cause, KeyboardInterrupt) or "INTERRUPT" in str(cause)[:40].upper()
        for cause in _causes(problem)
    )


def _causes(problem: BaseException | None) -> Iterator[BaseException]:
    """The error and what it was raised on top of, outermost first."""
    while problem is not None:
        yield problem
        problem = problem.__cause__ or problem.__context__


def _first_line(problem: BaseException) -> str:
    return (str(problem).strip().splitlines() or ["no message"])[0][:200]


def _speak_utf8() -> None:
    """Chinese goes out as UTF-8 even where the locale is not."""
    streams: list[Any] = [sys.stdout, sys.stderr]
    for stream in streams:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
