"""`export`: a specification or a document as a file, its kind chosen by the suffix.

Each writer is a pure function ``(spec, lang) -> str | bytes`` in a file of its own and knows none of
its siblings; only `export` and `export_simulation` touch the disk.
"""

from __future__ import annotations

import functools
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from journeylib.documents.blocks import Document, Documented
from journeylib.documents.renderers import RENDERERS
from journeylib.errors import InputError, UsageError
from journeylib.exporting.bpmn import to_bpmn
from journeylib.exporting.crm import to_crm
from journeylib.exporting.declare import to_declare
from journeylib.exporting.dmn import decision_files, to_dmn
from journeylib.exporting.docx import to_docx
from journeylib.exporting.html import to_html
from journeylib.exporting.json import to_json
from journeylib.exporting.markdown import to_markdown
from journeylib.exporting.mermaid import to_mermaid
from journeylib.exporting.plantuml import to_plantuml
from journeylib.exporting.xlsx import to_xlsx
from journeylib.spec.model import TargetSpec
from journeylib.terms import Lang

if TYPE_CHECKING:
    from journeylib.journey import Journey

__all__ = ["RENDERERS", "WRITERS", "export", "export_simulation", "write"]

SPIFF = ".spiff.bpmn"

Writer = Callable[[TargetSpec, Lang], str | bytes]

WRITERS: Mapping[str, Writer] = {
    ".json": to_json,
    ".md": to_markdown,
    ".html": to_html,
    ".docx": to_docx,
    ".xlsx": to_xlsx,
    ".bpmn": to_bpmn,
    ".camunda7.bpmn": functools.partial(to_bpmn, dialect="camunda7"),
    ".camunda8.bpmn": functools.partial(to_bpmn, dialect="camunda8"),
    SPIFF: functools.partial(to_bpmn, dialect="spiff"),
    ".dmn": to_dmn,
    ".mmd": to_mermaid,
    ".puml": to_plantuml,
    ".declare.json": to_declare,
    ".crm.xlsx": to_crm,
}
"""What a specification can be written as; three of the BPMN files are for one engine each."""

SIMULATION = ".prosimos.json"


def export(thing: TargetSpec | Document | Documented, path: str | Path, lang: Lang = "zh") -> Path:
    """Write `thing` to `path` and return it; the suffix says as what (`WRITERS`, `RENDERERS`).

    `thing` is a specification, a document, or anything that gives one by ``document(lang)``. The folder
    is made where it is missing. The file appears whole or not at all. `UsageError` when no writer knows
    the suffix. SpiffWorkflow reads one decision a file, its cells as Python: beside
    ``target.spiff.bpmn`` there is a ``target.Decision_….spiff.dmn`` for each gate.
    """
    path = Path(path)
    if isinstance(thing, TargetSpec):
        suffix = _suffix(path, WRITERS)
        content = WRITERS[suffix](thing, lang)
        if suffix == SPIFF:
            _write_decisions(thing, path, lang)
    else:
        render = RENDERERS[_suffix(path, RENDERERS)]
        content = render(thing if isinstance(thing, Document) else thing.document(lang))
    write(path, content.encode() if isinstance(content, str) else content)
    return path


def _write_decisions(spec: TargetSpec, path: Path, lang: Lang) -> None:
    stem = path.name[: -len(SPIFF)]
    for name, decision in decision_files(spec, lang, "spiff").items():
        write(path.with_name(f"{stem}.{name.removesuffix('.dmn')}.spiff.dmn"), decision)


def export_simulation(
    spec: TargetSpec, journey: Journey, path: str | Path, lang: Lang = "zh"
) -> tuple[Path, ...]:
    """Write what Prosimos runs, its parameters measured on `journey`; returns the files.

    For ``target.prosimos.json`` these are the parameters, the model (``target.prosimos.bpmn``) and
    where each parameter comes from (``target.prosimos.md``).
    """
    from journeylib.exporting.prosimos import to_prosimos

    path = Path(path)
    if not path.name.lower().endswith(SIMULATION):
        raise UsageError(f"a simulation is written to a file *{SIMULATION}, not to {path.name!r}")
    stem = path.name[: -len(SIMULATION)]
    contents = to_prosimos(spec, journey, lang)
    files = {path.with_name(stem + suffix): content for suffix, content in contents.items()}
    for file, content in files.items():
        write(file, content)
    return tuple(files)


def _suffix(path: Path, known: Iterable[str]) -> str:
    """The longest of the known suffixes that the name ends with."""
    name = path.name.lower()
    if name.endswith(SIMULATION):
        raise UsageError(
            f"{path.name!r} needs the journey too: use export_simulation(spec, journey, path)"
        )
    found = [suffix for suffix in known if name.endswith(suffix) and name != suffix]
    if not found:
        raise UsageError(
            f"cannot export to {path.name!r}: its suffix says no known kind of file. "
            f"Use one of {', '.join(sorted(known))}."
        )
    return max(found, key=len)


def write(path: Path, content: bytes) -> None:
    """Write a temporary file beside `path`, then rename it: nobody ever sees half a file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as problem:
        raise InputError(str(path), f"cannot be written: {problem.strerror}.") from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(path)
    except OSError as problem:
        Path(temporary).unlink(missing_ok=True)
        raise InputError(str(path), f"cannot be written: {problem.strerror}.") from None


def _umask() -> int:
    """The permissions new files lack; `mkstemp` alone would keep them private."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
