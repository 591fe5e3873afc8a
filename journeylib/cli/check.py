"""``journey check``: a log against a specification, with an exit code a pipeline can rely on."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

import journeylib as jl
from journeylib.cli.commands import Log, Out, Spec, app, opened
from journeylib.cli.delivery import delivery, json_text, write_json
from journeylib.cli.options import Reading, Showing
from journeylib.cli.study import Study
from journeylib.errors import InputError

if TYPE_CHECKING:
    from journeylib.checking import Changes, Conformance

KEPT, BROKEN = 0, 1


@app.command
def check(
    spec: Spec,
    log: Log,
    /,
    *,
    out: Out = None,
    since: Annotated[
        Path | None, Parameter(help="The check.json of an earlier time, to see what changed.")
    ] = None,
    tolerance: Annotated[
        float | None,
        Parameter(help="Share of violations every rule may have, for example 0.1."),
    ] = None,
    variants: Annotated[
        int | None, Parameter(help="So many variants are replayed for the fitness; 0 for none.")
    ] = None,
    reading: Reading = Reading(),
    showing: Showing = Showing(),
) -> int:
    """Check a log against a specification; exit code 1 when it breaks a rule beyond tolerance."""
    from journeylib.checking import check as checked
    from journeylib.checking import compare  # bring the engine; --help need not

    target, before = opened(spec, showing), earlier(since)
    study = Study(log, _by_lifecycle_of(target, reading), showing)
    journey = study.journey
    with study.step("check"):
        told = checked(target, journey, tolerance=tolerance, variants=variants)
    changes = compare(before, told) if before is not None else None
    written = _deliver(told, changes, out, showing)
    _show(told, changes, written, showing)
    return BROKEN if told.verdict == "broken" else KEPT


def earlier(path: Path | None) -> Mapping[str, Any] | None:
    """A ``check.json`` that was kept."""
    if path is None:
        return None
    try:
        data = json.loads(_bytes(path))
    except (json.JSONDecodeError, UnicodeDecodeError) as problem:
        raise InputError(str(path), f"this is no JSON ({problem}).") from None
    if not isinstance(data, dict) or data.get("schema") != "check/1":
        raise InputError(
            str(path), "is no earlier check (schema check/1).", "Give the check.json it left."
        )
    return data


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        raise InputError(str(path), f"cannot be opened ({reason}).") from problem


def _by_lifecycle_of(spec: jl.TargetSpec, reading: Reading) -> Reading:
    """The lifecycle the specification was drafted by, unless another one is asked for."""
    if reading.lifecycle != Reading().lifecycle:
        return reading
    return dataclasses.replace(reading, lifecycle=spec.lifecycle)


def _deliver(
    told: Conformance, changes: Changes | None, out: Path | None, showing: Showing
) -> list[Path]:
    """``check.json``, ``check.md`` and, with an earlier check, ``changes.json``: all or none."""
    if out is None:
        return []
    from journeylib.documents.markdown import to_markdown

    with delivery(out) as scratch:
        write_json(told.to_dict(), scratch / "check.json")
        text = to_markdown(told.document(showing.lang, changes))
        (scratch / "check.md").write_text(text, encoding="utf-8", newline="\n")
        if changes is not None:
            write_json(changes.to_dict(), scratch / "changes.json")
        return [out / path.name for path in sorted(scratch.iterdir())]


def _show(
    told: Conformance, changes: Changes | None, written: list[Path], showing: Showing
) -> None:
    from journeylib.checking.report import change_lines, summary_lines
    from journeylib.terms import say

    if showing.json:
        more = {} if changes is None else {"changes": changes.to_dict()}
        sys.stdout.write(json_text({**told.to_dict(), **more}))
        return
    if showing.quiet:
        return
    lines = [repr(told), *summary_lines(told, showing.lang)]
    if changes is not None:
        lines += change_lines(changes, showing.lang)
    if written:
        names = " ".join(path.name for path in written)
        said = say("cli.written", folder=written[0].parent, files=names)
        lines.append(said.in_(showing.lang))
    sys.stdout.write("\n".join(lines) + "\n")
