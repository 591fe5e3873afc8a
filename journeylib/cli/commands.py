"""The verbs as commands: each names the part of a study it needs, and shows or writes it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

import journeylib as jl
from journeylib.cli import files
from journeylib.cli.delivery import delivery, json_text
from journeylib.cli.doctor import examine
from journeylib.cli.options import Reading, Showing
from journeylib.cli.study import Study
from journeylib.errors import UsageError
from journeylib.terms import plain, say, shipped_dir

app = App(
    name="journey",
    help="How customers really travel, where it breaks, and how it shall be.",
    version=f"journeylib {jl.__version__}",
    help_format="plaintext",
    result_action="return_value",
    usage="Usage: journey COMMAND [OPTIONS]. Try first: journey demo",
)

Log = Annotated[str, Parameter(help="Event log: CSV, XLSX, Parquet, XES (.gz), OCEL …")]
Spec = Annotated[Path, Parameter(help="A specification: spec.json, an edited workbook or BPMN.")]
Out = Annotated[Path | None, Parameter(help="Folder to write the files of this command into.")]
OutOf = Annotated[Path, Parameter(help="Folder to write the files of this command into.")]


@app.command
def run(
    log: Log,
    /,
    *,
    out: OutOf = Path("out"),
    reading: Reading = Reading(),
    showing: Showing = Showing(),
) -> None:
    """Do everything: read, mine, diagnose, specify, draw and export."""
    study = Study(log, reading, showing)
    written = files.deliver_run(study, out)
    shown = (
        repr(study.log),
        study.columns(),
        *_notes(study),
        repr(study.journey),
        repr(study.findings),
        *_ranked(study, at_most=7),
    )
    show(study, _named(written), shown, written)


@app.command
def demo(*, out: OutOf = Path("out/demo"), showing: Showing = Showing()) -> None:
    """Do everything on the sample log we ship."""
    run(str(shipped_dir("event_logs") / "crm_sales.csv"), out=out, showing=showing)


@app.command
def read(
    log: Log, /, *, out: Out = None, reading: Reading = Reading(), showing: Showing = Showing()
) -> None:
    """Read a log and show how its columns were understood."""
    study = Study(log, reading, showing)
    written = files.deliver(study, ("log.json",), out)
    shown = (repr(study.log), study.columns(), *_notes(study))
    show(study, files.log_dict(study.log), shown, written)


@app.command
def quality(
    log: Log, /, *, out: Out = None, reading: Reading = Reading(), showing: Showing = Showing()
) -> None:
    """Show what was noticed about the data: ties, rejected rows, doubtful dates …"""
    study = Study(log, reading, showing)
    written = files.deliver(study, ("quality.json",), out)
    show(study, files.quality_dict(study.log), _notes(study), written)


@app.command
def mine(
    log: Log, /, *, out: Out = None, reading: Reading = Reading(), showing: Showing = Showing()
) -> None:
    """Mine the journey that customers really take."""
    study = Study(log, reading, showing)
    written = files.deliver(study, ("journey.json",), out)
    shown = (repr(study.log), repr(study.journey))
    show(study, study.journey.to_dict(), shown, written)


@app.command
def diagnose(
    log: Log, /, *, out: Out = None, reading: Reading = Reading(), showing: Showing = Showing()
) -> None:
    """Find touchpoints, experience breakpoints and information silos."""
    study = Study(log, reading, showing)
    written = files.deliver(study, ("findings.json",), out)
    shown = (repr(study.findings), *_ranked(study, at_most=20))
    show(study, study.findings.to_dict(), shown, written)


@app.command
def rules(
    log: Annotated[str | None, Parameter(help="Event log that shall answer them.")] = None,
    /,
    *,
    reading: Reading = Reading(),
    showing: Showing = Showing(),
) -> None:
    """List the sales patterns: what each asks and tolerates, and whether LOG can answer it."""
    from journeylib.findings import Rules, library_text, rule_library

    journey = Study(log, reading, showing).journey if log else None
    listing = rule_library(journey, Rules.load(reading.rules))
    if showing.json:
        _print(json_text({"schema": "rules/1", "rules": plain(listing)}))
    else:
        _tell(showing, library_text(listing, showing.lang))


@app.command
def specify(
    log: Annotated[str | None, Parameter(help="Event log to start from.")] = None,
    /,
    *,
    schema: Annotated[
        bool, Parameter(negative="", help="Print the JSON Schema of spec.json and stop.")
    ] = False,
    out: Out = None,
    reading: Reading = Reading(),
    showing: Showing = Showing(),
) -> None:
    """Write down the target process that follows from the journey and its findings."""
    if schema:
        _print(json_text(jl.TargetSpec.json_schema()))
        return
    if log is None:
        raise UsageError("specify needs a LOG to start from, or --schema for the JSON Schema")
    study = Study(log, reading, showing)
    written = files.deliver(study, ("spec.json",), out)
    show(study, study.spec.to_dict(), (repr(study.spec),), written)


@app.command
def draw(
    log: Log,
    /,
    *,
    out: OutOf = Path("out"),
    reading: Reading = Reading(),
    showing: Showing = Showing(),
) -> None:
    """Draw the journey map as SVG, PNG and HTML."""
    study = Study(log, reading, showing)
    written = files.deliver(study, files.PICTURES, out)
    show(study, _named(written), (repr(study.journey),), written)


@app.command
def export(
    spec: Spec,
    targets: Annotated[
        list[Path], Parameter(help="Files to write, told by suffix: .docx .bpmn .dmn .xlsx …")
    ],
    /,
    *,
    showing: Showing = Showing(),
) -> None:
    """Turn a specification into documents that other software opens."""
    target_process = opened(spec, showing)
    written = list(targets)
    for folder in sorted({target.parent for target in targets}):
        with delivery(folder) as scratch:
            for target in targets:
                if target.parent == folder:
                    jl.export(target_process, scratch / target.name, lang=showing.lang)
            made = [folder / path.name for path in sorted(scratch.iterdir())]
            written += [path for path in made if path not in targets]
    if showing.json:
        _print(json_text({"files": [str(path) for path in written]}))
    else:
        _tell(showing, *(_written([path], showing) for path in written))


@app.command
def doctor(*, showing: Showing = Showing()) -> int:
    """Check what is installed: versions, memory, engine, Graphviz, Chinese fonts, Spark."""
    checks = examine()
    if showing.json:
        _print(json_text({"schema": "doctor/1", "checks": [check.to_dict() for check in checks]}))
    else:
        _tell(showing, *map(str, checks))
    return 0 if all(check.works for check in checks if check.required) else 2


_QUIET_LAB = (  # JupyterLab itself would ask the network for news and newer versions
    "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
    "--LabApp.news_url=None",
)


@app.command
def lab(
    folder: Annotated[Path | None, Parameter(help="Folder to open; else our notebooks.")] = None,
    /,
) -> int:
    """Open JupyterLab on the notebooks."""
    ours = shipped_dir("notebooks")
    opened = folder or (ours if ours.is_dir() else Path.cwd())
    command = [sys.executable, "-m", "jupyterlab", "--ServerApp.root_dir", str(opened.resolve())]
    return subprocess.call([*command, *_QUIET_LAB])  # noqa: S603 - our own interpreter


def opened(path: Path, showing: Showing) -> jl.TargetSpec:
    """The specification in a file; what was found on reading an edited one is told."""
    from journeylib.importing import imported

    found = imported(path)
    if not showing.json:
        _tell(showing, *(f"  - {note.in_(showing.lang)}" for note in found.notes))
    return found.spec


def show(
    study: Study, data: Mapping[str, Any], shown: Sequence[str], written: Sequence[Path]
) -> None:
    """Print the JSON, or the summary and where the files are."""
    if study.showing.json:
        _print(json_text(data))
    else:
        paths = [_written(written, study.showing)] if written else []
        _tell(study.showing, *shown, *paths)


def _named(written: Sequence[Path]) -> dict[str, Any]:
    return {"out": str(written[0].parent), "files": [path.name for path in written]}


def _ranked(study: Study, at_most: int) -> list[str]:
    lang, found = study.showing.lang, study.findings
    claims = [finding for finding in found if finding.kind != "touchpoint"]
    lines = [
        say(
            "cli.finding",
            rank=rank,
            title=finding.title,
            confidence=say(f"cli.{finding.confidence}"),
        ).in_(lang)
        for rank, finding in enumerate(claims[:at_most], 1)
    ]
    if len(claims) > at_most:
        lines.append(say("cli.more", n=len(claims) - at_most).in_(lang))
    if left := sum(found.unlisted.values()):
        lines.append(say("cli.unlisted", n=left).in_(lang))
    return lines or [say("cli.no_findings").in_(lang)]


def _notes(study: Study) -> list[str]:
    return [f"  - {note.text.in_(study.showing.lang)}" for note in study.log.quality]


def _written(paths: Sequence[Path], showing: Showing) -> str:
    names = " ".join(path.name for path in paths)
    return say("cli.written", folder=paths[0].parent, files=names).in_(showing.lang)


def _tell(showing: Showing, *lines: str) -> None:
    if lines and not showing.quiet:
        _print("\n".join(lines) + "\n")


def _print(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
