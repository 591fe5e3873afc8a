"""`export`: a specification as a file, its kind chosen by the suffix.

Each writer is a pure function ``(spec, lang) -> str | bytes`` in a file of its own and knows none of
its siblings; only `export` touches the disk.
"""

from __future__ import annotations

import functools
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from journeylib.errors import InputError, UsageError
from journeylib.exporting.bpmn import to_bpmn
from journeylib.exporting.dmn import to_dmn
from journeylib.exporting.json import to_json
from journeylib.exporting.markdown import to_markdown
from journeylib.exporting.xlsx import to_xlsx
from journeylib.spec.model import TargetSpec
from journeylib.terms import Lang

Writer = Callable[[TargetSpec, Lang], str | bytes]

WRITERS: Mapping[str, Writer] = {
    ".json": to_json,
    ".md": to_markdown,
    ".xlsx": to_xlsx,
    ".bpmn": to_bpmn,
    ".camunda7.bpmn": functools.partial(to_bpmn, dialect="camunda7"),
    ".camunda8.bpmn": functools.partial(to_bpmn, dialect="camunda8"),
    ".spiff.bpmn": functools.partial(to_bpmn, dialect="spiff"),
    ".dmn": to_dmn,
}


def export(spec: TargetSpec, path: str | Path, lang: Lang = "zh") -> Path:
    """Write `spec` to `path` and return it; the suffix says as what, the longest that is known.

    ``.camunda7.bpmn``, ``.camunda8.bpmn`` and ``.spiff.bpmn`` are BPMN for one engine (`WRITERS`).

    The folder is made where it is missing. The file appears whole or not at all. `UsageError` when
    no writer knows the suffix.
    """
    path = Path(path)
    writer = WRITERS.get(_suffix(path))
    if writer is None:
        raise UsageError(
            f"cannot export to {path.name!r}: its suffix says no known kind of file. "
            f"Use one of {', '.join(sorted(WRITERS))}."
        )
    content = writer(spec, lang)
    write(path, content.encode() if isinstance(content, str) else content)
    return path


def _suffix(path: Path) -> str:
    """The longest suffix that a writer knows, or nothing."""
    known = [suffix for suffix in WRITERS if path.name.lower().endswith(suffix)]
    return max(known, key=len, default="")


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
