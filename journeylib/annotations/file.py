"""`NotesFile`: notes on disk. Lines are only ever added, and what was added is never lost.

A change is read, decided and written under one lock, so that two kernels never write over each other;
the lines of a change reach the disk in one write before it counts as made. A crash loses at most the
line that was being written: what is left of it is closed off by the next change and listed.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from journeylib.annotations.line import Line
from journeylib.annotations.notes import Annotations, Unreadable, merge
from journeylib.errors import InputError, ResourceError, UsageError

SUFFIX = ".journey-notes.jsonl"
PATIENCE = 20.0
"""Seconds to wait for another program that is writing; a write takes milliseconds."""

_BOM = b"\xef\xbb\xbf"


def read_notes(path: str | Path) -> Annotations:
    """The notes in a file; `InputError` when it is not there or is no notes file."""
    file = NotesFile(path)
    if not file.path.exists():
        raise InputError(str(path), "there is no such file.", "The first note makes it.")
    return file.read()


@dataclass(frozen=True)
class NotesFile:
    """The notes at `path` (``*.journey-notes.jsonl``); the first change makes it, and its folder."""

    path: Path

    def __init__(self, path: str | Path) -> None:
        object.__setattr__(self, "path", Path(path))
        if not self.path.name.endswith(SUFFIX) or self.path.name == SUFFIX:
            raise UsageError(
                f"notes are kept in a file whose name ends with {SUFFIX}, not in {self.path.name!r}"
            )

    def read(self) -> Annotations:
        """What is there now; no card where there is no file yet."""
        return parsed(self._bytes(), str(self.path))

    def change(self, what: Callable[[Annotations], Annotations]) -> Annotations:
        """Apply `what` to the newest notes, write the lines it adds, and return the notes.

        ``file.change(lambda notes: notes.with_card("报价太慢", by="王敏"))``. Whatever else was written
        meanwhile is there already when `what` is asked. `InputError` when the file cannot be written,
        `ResourceError` when another program holds it too long or the disk is full.
        """
        with self._locked():
            content = self._bytes()
            before = parsed(content, str(self.path))
            after = what(before)
            self._append(_new(before, after), closed=not content or content.endswith(b"\n"))
        return after

    def add(self, notes: Annotations) -> Annotations:
        """Take in the notes of another workshop (see `merge`)."""
        return self.change(lambda own: merge(own, notes))

    # -- disk ------------------------------------------------------------------------------------

    def _bytes(self) -> bytes:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""
        except IsADirectoryError:
            raise InputError(str(self.path), "is a folder, not a notes file.") from None
        except OSError as problem:
            raise InputError(str(self.path), f"cannot be read: {problem.strerror}.") from None

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        from filelock import FileLock, Timeout

        beside = self.path.with_name(f".{self.path.name}.lock")
        lock = FileLock(beside, timeout=PATIENCE, mode=0o666, poll_interval=0.005)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except Timeout:
            raise ResourceError(
                f"{self.path}: another program has been writing for {PATIENCE:g} s. "
                "Close what hangs there, then try again; nothing was changed."
            ) from None
        except OSError as problem:
            raise self._unwritable(problem) from None
        try:
            yield
        finally:
            lock.release()

    def _append(self, lines: Sequence[Line], *, closed: bool) -> None:
        if not lines:
            return
        text = "".join(line.to_json() + "\n" for line in lines)
        content = (b"" if closed else b"\n") + text.encode()
        is_new = not self.path.exists()
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | _BINARY, 0o666)
        except OSError as problem:
            raise self._unwritable(problem) from None
        try:
            self._write(handle, content)
        finally:
            os.close(handle)
        if is_new:
            _sync_folder(self.path.parent)

    def _write(self, handle: int, content: bytes) -> None:
        """All of it, or none: what a full disk left of it is cut off again."""
        size = os.fstat(handle).st_size
        try:
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(handle, rest) :]
            os.fsync(handle)
        except OSError as problem:
            with contextlib.suppress(OSError):
                os.ftruncate(handle, size)
            raise ResourceError(
                f"{self.path}: the note could not be written ({problem.strerror}); "
                "make room on the disk and try again."
            ) from None

    def _unwritable(self, problem: OSError) -> InputError:
        return InputError(
            str(self.path),
            f"notes cannot be written there: {problem.strerror}.",
            "Allow writing to the file and its folder, or keep the notes elsewhere.",
        )


_BINARY = getattr(os, "O_BINARY", 0)


def _sync_folder(folder: Path) -> None:
    """A new file is safe only once its folder is; Windows has no such notion."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _new(before: Annotations, after: Annotations) -> list[Line]:
    have: dict[tuple[str, int, str], list[Line]] = {}
    for line in before.lines:
        have.setdefault(line.order, []).append(line)
    added = [line for line in after.lines if line not in have.get(line.order, ())]
    if len(after.lines) - len(added) < len(before.lines):
        raise UsageError("a change adds lines; it never takes any away")
    return sorted(added, key=lambda line: (line.n, line.order))


# -- bytes to notes ------------------------------------------------------------------------------


def parsed(content: bytes, name: str) -> Annotations:
    """The notes in `content`; what is no note is kept aside. `InputError` when nothing looks like one.

    Blank lines, a byte order mark and Windows line ends are nothing to speak of.
    """
    lines: list[Line] = []
    aside: list[Unreadable] = []
    for number, raw in enumerate(content.removeprefix(_BOM).split(b"\n"), 1):
        if raw.strip():
            try:
                lines.append(Line.from_json(raw.removesuffix(b"\r")))
            except ValueError as problem:
                text = raw.removesuffix(b"\r").decode("utf-8", "backslashreplace")
                aside.append(Unreadable(number, text, str(problem)))
    if aside and not lines and not any(line.text.lstrip().startswith("{") for line in aside):
        raise InputError(
            name,
            "holds no notes.",
            "A notes file has one JSON object a line, as the workshop writes it.",
        )
    return Annotations.of(lines, aside)
