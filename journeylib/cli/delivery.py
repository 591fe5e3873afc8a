"""All or nothing: files reach the user's folder together at the end, or not at all."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from journeylib.errors import ResourceError, UsageError


@contextlib.contextmanager
def delivery(folder: Path) -> Iterator[Path]:
    """A scratch folder beside `folder`; what is in it at the end is moved into `folder`.

    When the block raises, or when moving fails half-way, `folder` is as it was before: files of
    the user's stay, files that were replaced come back, and a folder that did not exist still does
    not.
    """
    _must_be_folder(folder)
    with (
        _disk_errors(folder),
        tempfile.TemporaryDirectory(
            prefix=".journey-", dir=_nearest_existing(folder), ignore_cleanup_errors=True
        ) as scratch,
    ):
        fresh, kept = Path(scratch, "new"), Path(scratch, "old")
        fresh.mkdir()
        kept.mkdir()
        yield fresh
        _move_in(fresh, folder, kept)


def json_text(data: Mapping[str, Any] | Sequence[Any]) -> str:
    """JSON as all our files have it: UTF-8 as it is, one space of indent, a final newline."""
    return json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def write_json(data: Mapping[str, Any] | Sequence[Any], path: Path) -> None:
    """Write `data` as `json_text` to `path`."""
    path.write_text(json_text(data), encoding="utf-8", newline="\n")


def _move_in(fresh: Path, folder: Path, kept: Path) -> None:
    """Move every file of `fresh` into `folder`, replaced files into `kept`; undo on any error."""
    created = [part for part in (folder, *folder.parents) if not part.exists()]
    moved: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for source in sorted(fresh.iterdir()):
            target = folder / source.name
            if target.is_dir():
                raise UsageError(f"{target} is a folder, but a file of that name is to be written")
            if target.exists():
                target.replace(kept / source.name)
            moved.append(target)
            source.replace(target)
    except BaseException:
        _undo(moved, kept, created)
        raise


def _undo(moved: Sequence[Path], kept: Path, created: Sequence[Path]) -> None:
    for target in moved:
        target.unlink(missing_ok=True)
    for earlier in kept.iterdir():
        earlier.replace(moved[0].with_name(earlier.name))
    for part in created:
        with contextlib.suppress(OSError):
            part.rmdir()


def _must_be_folder(folder: Path) -> None:
    for part in (folder, *folder.parents):
        if part.exists():
            if not part.is_dir():
                raise UsageError(f"{part} is a file; --out needs a folder")
            return


def _nearest_existing(folder: Path) -> Path:
    """The closest folder that exists: on the same disk as `folder`, so that moving is renaming."""
    return next(part for part in folder.absolute().parents if part.is_dir())


@contextlib.contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except PermissionError as problem:
        raise UsageError(f"no permission to write in {folder} ({problem.strerror})") from problem
    except OSError as problem:
        if shutil.disk_usage(_nearest_existing(folder)).free < 1_000_000:
            raise ResourceError(f"the disk of {folder} is full; nothing was written") from problem
        raise
