"""Specifications read back from the files people edited: JSON, workbook, BPMN.

`read_spec` gives the specification; `imported` also tells what was changed, repaired or left out.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from journeylib.errors import InputError, SpecError
from journeylib.importing.imported import Imported
from journeylib.spec.model import TargetSpec

Reader = Callable[[bytes, str], Imported]

_MOST_BYTES = 200_000_000


def read_spec(file: str | Path | bytes, name: str | None = None) -> TargetSpec:
    """The specification in a file: ``spec.json``, a workbook or BPMN of ours or of others.

    `file` is a path or the content itself; `name` then says what to call it in messages, and its
    suffix helps to tell the kind. `InputError` when it cannot be read as any of these, `SpecError`
    with every problem and its place when what it says cannot hold.
    """
    return imported(file, name).spec


def imported(file: str | Path | bytes, name: str | None = None) -> Imported:
    """As `read_spec`, with notes: each change, repair, and piece that was not understood."""
    content = file if isinstance(file, bytes) else _content(Path(file))
    called = name or ("specification" if isinstance(file, bytes) else str(file))
    try:
        return _reader(content, called)(content, called)
    except SpecError as problem:
        raise SpecError(problem.problems, Path(called).name) from None


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        raise InputError(str(path), f"cannot be opened ({reason}).") from problem


# -- which kind of file ----------------------------------------------------------------------------


def _reader(content: bytes, name: str) -> Reader:
    """By content where that is plain, else by suffix: people rename files."""
    start = content[:200].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if start.startswith(b"PK"):
        return _workbook
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        return _workbook
    if start.startswith(b"<"):
        return _bpmn
    if start.startswith((b"{", b"[")) and Path(name).suffix.lower() not in (".bpmn", ".xml"):
        return _json
    found = _BY_SUFFIX.get(Path(name).suffix.lower())
    if found is None:
        known = ", ".join(sorted(_BY_SUFFIX))
        raise InputError(name, "is no specification we can read.", f"Give one of: {known}.")
    return found


def _json(content: bytes, name: str) -> Imported:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        where = f"is not UTF-8 (byte {problem.start:,})."
        raise InputError(name, where, "Save it as UTF-8.") from None
    return Imported(TargetSpec.from_json(text))


def _workbook(content: bytes, name: str) -> Imported:
    from journeylib.importing.workbook import read_workbook

    _must_unpack(content, name)
    return read_workbook(content, name)


def _bpmn(content: bytes, name: str) -> Imported:
    from journeylib.importing.bpmn import read_bpmn

    return read_bpmn(content, name)


def _must_unpack(content: bytes, name: str) -> None:
    """A few kilobytes of zip can unpack to more than the machine holds."""
    if not content.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as problem:
        raise InputError(name, f"the workbook is damaged ({problem}).") from None
    if size > _MOST_BYTES:
        raise InputError(name, f"unpacks to {size:,} bytes, more than {_MOST_BYTES:,}.")


_BY_SUFFIX: Mapping[str, Reader] = {
    ".json": _json,
    ".xlsx": _workbook,
    ".xlsm": _workbook,
    ".xls": _workbook,
    ".ods": _workbook,
    ".bpmn": _bpmn,
    ".xml": _bpmn,
}
