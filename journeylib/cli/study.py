"""One log taken as far as a command asks: read, mined, diagnosed, specified, drawn."""

from __future__ import annotations

import contextlib
import functools
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import journeylib as jl
from journeylib.cli.options import Reading, Showing
from journeylib.terms import say

if TYPE_CHECKING:
    from journeylib.drawing import Drawing
    from journeylib.drawing.journeymap import JourneyMap


class Study:
    """Each property is one step, taken when it is first asked for and timed in `seconds`."""

    def __init__(self, source: str, reading: Reading, showing: Showing) -> None:
        self.source, self.reading, self.showing = source, reading, showing
        self.seconds: dict[str, float] = {}

    @functools.cached_property
    def log(self) -> jl.EventLog:
        """The events."""
        from journeylib import engine  # costs most of a second, which --help need not pay

        asked = self.reading
        columns = asked.columns()
        with self.step("read"):
            return jl.read_log(
                self.source,
                mapping=asked.mapping,
                columns=columns,
                engine=engine.connect(asked.engine, asked.memory, asked.jobs),
                sheet=asked.sheet,
                changes=asked.changes,
                links=asked.links,
            )

    def columns(self) -> str:
        """How the columns of the log were understood, as text."""
        from journeylib.reading import mapping_table

        return mapping_table(self.log, self.showing.lang)

    @functools.cached_property
    def journey(self) -> jl.Journey:
        """The facts."""
        log = self.log
        with self.step("mine"):
            return jl.mine(log, self.reading.lifecycle, self.reading.calendar)

    @functools.cached_property
    def findings(self) -> jl.Findings:
        """Touchpoints, breakpoints, silos."""
        journey = self.journey
        with self.step("diagnose"):
            return jl.diagnose(journey, self.reading.rules)

    @functools.cached_property
    def spec(self) -> jl.TargetSpec:
        """The process as it shall be."""
        journey, findings = self.journey, self.findings
        with self.step("specify"):
            return jl.specify(journey, findings)

    @functools.cached_property
    def drawing(self) -> Drawing:
        """The picture."""
        journey, findings = self.journey, self.findings
        with self.step("draw"):
            return jl.draw(journey, findings, lang=self.showing.lang)

    @functools.cached_property
    def map(self) -> JourneyMap:
        """The same as a table of stages and questions."""
        journey, findings = self.journey, self.findings
        with self.step("map"):
            return jl.journey_map(journey, findings, lang=self.showing.lang)

    def take_all_steps(self) -> None:
        """Go all the way now, so that each step shows its own progress."""
        _ = self.spec, self.drawing, self.map

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step, and on a terminal show that it is under way."""
        started = time.perf_counter()
        with self._spinner(say(f"cli.{name}").in_(self.showing.lang)):
            yield
        self.seconds[name] = round(time.perf_counter() - started, 3)

    @contextlib.contextmanager
    def _spinner(self, words: str) -> Iterator[None]:
        if self.showing.quiet or not sys.stderr.isatty():
            yield
            return
        from rich.console import Console  # only a terminal needs it

        with Console(stderr=True).status(words):
            yield
