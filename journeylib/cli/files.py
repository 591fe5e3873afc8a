"""The files a study can leave behind, by name; each writer knows one of them."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import journeylib as jl
from journeylib.cli.delivery import delivery, write_json
from journeylib.cli.study import Study

Writer = Callable[[Study, Path], None]


def _drawn(study: Study, path: Path) -> None:
    study.drawing.save(path)


def _mapped(study: Study, path: Path) -> None:
    study.map.save(path)


def _exported(study: Study, path: Path) -> None:
    jl.export(study.spec, path, lang=study.showing.lang)


def _report(study: Study, path: Path) -> None:
    from journeylib.exporting.report import to_report  # brings the engine; --help need not

    text = to_report(study.journey, study.findings, study.spec, lang=study.showing.lang)
    path.write_text(text, encoding="utf-8", newline="\n")


WRITERS: dict[str, Writer] = {
    "log.json": lambda study, path: write_json(log_dict(study.log), path),
    "quality.json": lambda study, path: write_json(quality_dict(study.log), path),
    "journey.json": lambda study, path: write_json(study.journey.to_dict(), path),
    "findings.json": lambda study, path: write_json(study.findings.to_dict(), path),
    "spec.json": _exported,
    "journey.svg": _drawn,
    "journey.png": _drawn,
    "journey.html": _drawn,
    "journey.pdf": _drawn,
    "journey.pptx": _drawn,
    "journey-map.svg": _mapped,
    "journey-map.html": _mapped,
    "journey-map.pdf": _mapped,
    "journey-map.pptx": _mapped,
    "journey.mmd": _mapped,
    "report.md": _report,
    "target.md": _exported,
    "target.html": _exported,
    "target.docx": _exported,
    "target.bpmn": _exported,
    "target.dmn": _exported,
    "target.xlsx": _exported,
}

PICTURES = tuple(name for name, writer in WRITERS.items() if writer in {_drawn, _mapped})
_ALONE = {"log.json", "quality.json", "journey.mmd"}
"""What only its own command writes; of the pictures, that is also what is made to be taken home."""
RUN = tuple(name for name in WRITERS if name not in _ALONE and not name.endswith((".pdf", ".pptx")))


def deliver(study: Study, names: Iterable[str], out: Path | None) -> list[Path]:
    """Write these files of `study` into `out`, all or none of them; without `out`, nothing."""
    if out is None:
        return []
    with delivery(out) as scratch:
        for name in names:
            WRITERS[name](study, scratch / name)
    return [out / name for name in names]


def deliver_run(study: Study, out: Path) -> list[Path]:
    """Write everything and, in ``run.json``, what no other file may hold: times and versions."""
    started = time.time()
    with delivery(out) as scratch:
        study.take_all_steps()
        with study.step("export"):
            for name in RUN:
                WRITERS[name](study, scratch / name)
        write_json(_run_dict(study, scratch, started), scratch / "run.json")
    return [out / name for name in (*RUN, "run.json")]


def log_dict(log: jl.EventLog) -> dict[str, Any]:
    """A log as ``journey read --json`` tells it."""
    totals = log.totals
    return {
        "schema": "log/1",
        "source": {"name": log.source.name, "sha256": log.source.sha256, "rows": log.source.rows},
        "cases": totals.cases,
        "events": totals.events,
        "activities": totals.activities,
        "first": totals.first.isoformat(),
        "last": totals.last.isoformat(),
        "fingerprint": log.fingerprint,
        "mapping": log.mapping.to_dict(),
        "quality": quality_dict(log)["quality"],
    }


def quality_dict(log: jl.EventLog) -> dict[str, Any]:
    """What was noticed about the data."""
    return {"schema": "quality/1", "quality": [note.to_dict() for note in log.quality]}


def _run_dict(study: Study, folder: Path, started: float) -> dict[str, Any]:
    return {
        "schema": "run/1",
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
        "seconds": study.seconds,
        "versions": _versions(),
        "source": log_dict(study.log)["source"],
        "fingerprint": study.log.fingerprint,
        "files": {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.iterdir())
        },
    }


def _versions() -> dict[str, str]:
    packages = ("journeylib", "duckdb", "ibis-framework", "pyarrow", "pymupdf")
    found = {name: _version(name) for name in packages}
    return {"python": platform.python_version(), **found}


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return jl.__version__ if package == "journeylib" else "not installed"
