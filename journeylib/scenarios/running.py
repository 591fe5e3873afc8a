"""`run_scenarios`: the exported files, opened and executed as an engine would, case by case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from journeylib.errors import MissingExtraError
from journeylib.scenarios.cases import Case, as_case
from journeylib.scenarios.course import Course
from journeylib.scenarios.result import Misread, Scenarios
from journeylib.spec.model import TargetSpec


def run_scenarios(spec: TargetSpec, cases: Iterable[Case | Mapping[str, Any]]) -> Scenarios:
    """Run each case through the BPMN and DMN files of `spec` with SpiffWorkflow, on a virtual clock.

    The process asks for its activities in order. One that the case did is done at its time, or at
    once where that has passed; one it did not do is skipped where the case did something after it
    (the gate then decides on what is known), else the case waits there. An optional activity is
    needed where the case did it; a stage without criteria is left where the case did something after
    it, or where nothing comes after it. `MissingExtraError` without SpiffWorkflow; `UsageError` for
    cases that cannot be read.
    """
    try:
        from journeylib.scenarios.replaying import Process
    except ModuleNotFoundError as missing:
        if not str(missing.name).startswith("SpiffWorkflow"):
            raise
        raise MissingExtraError("Running scenarios", "bpmn") from None
    process = Process.of(spec)
    misread: list[Misread] = []
    replayed = tuple(process.replay(Course.of(spec, as_case(case), misread)) for case in cases)
    return Scenarios(spec, replayed, tuple(misread))
