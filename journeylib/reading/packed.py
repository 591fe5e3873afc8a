"""Any file to one plain table on disk: archives are opened, and bytes decide what a file is.

Names lie (a ``.csv`` may be a workbook, a ``.zip`` a CSV), so only the first bytes count.
"""

from __future__ import annotations

import gzip
import hashlib
import shutil
import zipfile
import zlib
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Literal

from journeylib.errors import InputError, did_you_mean

Kind = Literal["delimited", "workbook", "parquet", "xes"]

_TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".parquet", ".xes", ".gz", ".zip")
_DEPTH = 3
_REFUSED = {
    b"SQLite format 3": "is a database.",
    b"%PDF": "is a PDF document.",
    b"\x89PNG": "is a picture.",
    b"\xff\xd8\xff": "is a picture.",
    b"Rar!": "is a RAR archive.",
    b"7z\xbc\xaf": "is a 7z archive.",
}
_REMEDY = "Save the table as CSV, XLSX or Parquet, or the log as XES."


@dataclass(frozen=True, slots=True)
class Packed:
    """A plain file, unpacked: where it is, what it is, its name for people, its hash."""

    path: Path
    kind: Kind
    name: str
    sha256: str


def unpack(source: str | Path, scratch: Path, default_member: str | None = None) -> Packed:
    """The one table in `source`; ``archive.zip!member.csv`` chooses from several.

    `default_member` is taken when the source does not choose. `InputError` when there is no such
    file, no table in it, or several.
    """
    path, member = _split(source)
    _must_exist(path)
    packed = Packed(path, "delimited", path.name, _sha256(path))
    return _opened(packed, member or None, default_member, scratch, _DEPTH)


def member_beside(source: str | Path, name: str, scratch: Path) -> Packed | None:
    """The table `name` in the same archive or folder as `source`, if it is there."""
    path, _ = _split(source)
    if zipfile.is_zipfile(path) and any(_is_named(m, name) for m in _members(path)):
        return unpack(f"{path}!{name}", scratch)
    sibling = path.with_name(name)
    return unpack(sibling, scratch) if sibling.is_file() else None


# -- opening -----------------------------------------------------------------------------------


def _split(source: str | Path) -> tuple[Path, str]:
    path = Path(source).expanduser()
    if path.exists() or "!" not in str(source):
        return path, ""
    archive, _, member = str(source).rpartition("!")
    return Path(archive).expanduser(), member


def _must_exist(path: Path) -> None:
    if path.is_dir():
        tables = sorted(p.name for p in path.iterdir() if p.suffix.lower() in _TABLES)
        inside = f" It holds: {', '.join(tables[:10])}." if tables else ""
        raise InputError(str(path), f"is a folder, not a table.{inside}", "Name one file.")
    if not path.is_file():
        folder = path.parent
        near = [p.name for p in sorted(folder.iterdir())] if folder.is_dir() else []
        raise InputError(str(path), "there is no such file." + did_you_mean(path.name, near))


def _opened(
    packed: Packed, member: str | None, default: str | None, scratch: Path, depth: int
) -> Packed:
    head = _head(packed.path)
    if not head.strip():
        raise InputError(packed.name, "the file is empty.", "Export it again.")
    if depth and head.startswith(b"\x1f\x8b"):
        return _opened(_gunzipped(packed, scratch), member, default, scratch, depth - 1)
    if depth and head.startswith(b"PK"):
        inside = _members(packed.path, packed.name)
        if not _is_workbook(inside):
            chosen = _unzipped(packed, inside, member, default, scratch)
            return _opened(chosen, None, default, scratch, depth - 1)
    if member:
        raise InputError(packed.name, f"is no archive, so there is no {member!r} in it.")
    return replace(packed, path=_plain_name(packed.path, scratch), kind=_kind(head, packed.name))


def _kind(head: bytes, name: str) -> Kind:
    for magic, what in _REFUSED.items():
        if head.startswith(magic):
            raise InputError(name, what, _REMEDY)
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        return "workbook"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<"):
        return _markup(head, name)
    if text.startswith((b"{", b"[{")):
        raise InputError(name, "is JSON, not a table.", _REMEDY)
    return "delimited"


def _markup(head: bytes, name: str) -> Kind:
    if b"<log" in head:
        return "xes"
    what = "is a web page." if b"<html" in head.lower() else "is XML, but no XES log."
    raise InputError(name, what, _REMEDY)


def _gunzipped(packed: Packed, scratch: Path) -> Packed:
    target = scratch / f"unpacked-{packed.sha256[:12]}.bin"
    try:
        with gzip.open(packed.path) as source, target.open("wb") as sink:
            shutil.copyfileobj(source, sink, 1 << 20)
    except (EOFError, gzip.BadGzipFile, zlib.error) as problem:
        raise InputError(
            packed.name, f"the compressed file is damaged or cut off ({problem}).", "Copy it again."
        ) from None
    return replace(packed, path=target)


def _unzipped(
    packed: Packed, inside: list[str], member: str | None, default: str | None, scratch: Path
) -> Packed:
    chosen = _chosen(packed.name, inside, member, default)
    target = scratch / f"member-{packed.sha256[:12]}-{inside.index(chosen)}.bin"
    try:
        with (
            zipfile.ZipFile(packed.path) as archive,
            archive.open(chosen) as source,
            target.open("wb") as sink,
        ):
            shutil.copyfileobj(source, sink, 1 << 20)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as problem:
        raise InputError(packed.name, f"{chosen!r} cannot be unpacked ({problem}).") from None
    if len(inside) == 1:
        return replace(packed, path=target)
    return Packed(target, "delimited", f"{packed.name}!{chosen}", _sha256(target))


def _chosen(name: str, inside: list[str], member: str | None, default: str | None) -> str:
    if not inside:
        raise InputError(name, "the archive holds no table.")
    if member or (default and any(_is_named(m, default) for m in inside)):
        wanted = member or default or ""
        found = [m for m in inside if _is_named(m, wanted)]
        if not found:
            raise InputError(
                name,
                f"there is no {wanted!r} in the archive; it holds {', '.join(inside)}."
                + did_you_mean(wanted, inside),
            )
        return found[0]
    if len(inside) > 1:
        raise InputError(
            name,
            f"the archive holds {len(inside)} tables: {', '.join(inside[:20])}.",
            f"Say which: '{name}!{PurePosixPath(inside[0]).name}'.",
        )
    return inside[0]


def _members(path: Path, name: str | None = None) -> list[str]:
    """Members of a ZIP that may be tables: all files but those an operating system leaves."""
    try:
        with zipfile.ZipFile(path) as archive:
            files = [info.filename for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, OSError, UnicodeDecodeError) as problem:
        raise InputError(
            name or path.name, f"the archive is damaged or cut off ({problem}).", "Copy it again."
        ) from None
    return [f for f in files if not f.startswith("__MACOSX/") and not _bare(f).startswith(".")]


def _is_workbook(members: list[str]) -> bool:
    return any(m in ("xl/workbook.xml", "xl/workbook.bin", "content.xml") for m in members)


def _is_named(member: str, wanted: str) -> bool:
    return wanted in (member, _bare(member))


def _bare(member: str) -> str:
    return PurePosixPath(member).name


def _plain_name(path: Path, scratch: Path) -> Path:
    """A path that no engine takes for a pattern."""
    if not set("*?[]{}'") & set(str(path)):
        return path
    link = scratch / f"plain-{hashlib.sha256(str(path).encode()).hexdigest()[:12]}.bin"
    if not link.exists():
        link.symlink_to(path.resolve())
    return link


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1 << 16)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
