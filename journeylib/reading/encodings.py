"""Which encoding and which delimiter a text table uses."""

from __future__ import annotations

import codecs
import csv
import io
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from journeylib.errors import InputError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LIKELY = ",;\t|"
_UNLIKELY = "\x01\x1f^~"
_CHUNK = 1 << 20
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1e]")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text table is laid out: `titles` are lines above the header."""

    delimiter: str
    header: tuple[str, ...]
    titles: int


def encoding_of(path: Path, name: str) -> str:
    """UTF-8, UTF-16/32 (by mark or zero bytes), GB18030 or Windows-1252, tried in that order.

    `InputError` for bytes that are no text at all.
    """
    with path.open("rb") as file:
        head = file.read(_CHUNK)
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    if b"\x00" in head:
        return _zeros(head, name)
    if len(_CONTROLS.findall(head)) > len(head) // 100:
        raise _junk(name)
    if _decodes(path, "utf-8"):
        return "utf-8"
    if _is_chinese(head) and _decodes(path, "gb18030"):
        return "gb18030"
    return "cp1252" if _decodes(path, "cp1252") else "latin-1"


def as_utf8(path: Path, encoding: str, name: str, scratch: Path) -> Path:
    """The same text in UTF-8: `path` itself where nothing has to change."""
    if encoding == "utf-8":
        return path
    target = scratch / f"{path.stem}.utf8"
    try:
        with (
            path.open(encoding=encoding, newline="") as source,
            target.open("w", encoding="utf-8", newline="") as sink,
        ):
            shutil.copyfileobj(source, sink, _CHUNK)
    except UnicodeError:
        raise _junk(name) from None
    return target


def dialect_of(path: Path) -> Dialect:
    """The delimiter that splits the first lines most evenly, and the header under any titles."""
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        text = file.read(_CHUNK)
    for candidates in (_LIKELY, _UNLIKELY):
        found = [(_evenness(_records(text, d)), -n, d) for n, d in enumerate(candidates)]
        (score, _), _, best = max(found)
        if score:
            break
    delimiter = best if score else ","
    records = _records(text, delimiter)
    line, header = records[_titles([cells for _, cells in records])]
    return Dialect(delimiter, tuple(header), line)


def has_one_line_end(path: Path) -> bool:
    """Whether all lines end alike; DuckDB's reader may lose lines in silence where they do not."""
    feeds = returns = both = 0
    last = b""
    with path.open("rb") as file:
        for chunk in iter(lambda: file.read(_CHUNK), b""):
            feeds += chunk.count(b"\n")
            returns += chunk.count(b"\r")
            both += chunk.count(b"\r\n") + (last == b"\r" and chunk[:1] == b"\n")
            last = chunk[-1:]
    return both in (0, max(feeds, returns)) and 0 in (feeds - both, returns - both)


def _zeros(head: bytes, name: str) -> str:
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > 4 * even and odd > len(head) // 8:
        return "utf-16-le"
    if even > 4 * odd and even > len(head) // 8:
        return "utf-16-be"
    raise _junk(name)


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            for chunk in iter(lambda: file.read(_CHUNK), b""):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_chinese(head: bytes) -> bool:
    """Bytes above ASCII come in pairs in Chinese text; in Western text most stand alone."""
    runs = [len(run) for run in re.findall(rb"[\x80-\xff]+", head)]
    return 2 * sum(run for run in runs if run >= 2) >= sum(runs)


def _records(text: str, delimiter: str, at_most: int = 200) -> list[tuple[int, list[str]]]:
    """The first records with the number of lines above each; blank lines are no records."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    records: list[tuple[int, list[str]]] = []
    above = 0
    for record in _tolerant(reader):
        if record:
            records.append((above, record))
        if len(records) > at_most:
            break
        above = reader.line_num
    return records


def _tolerant(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error:
        return


def _evenness(records: list[tuple[int, list[str]]]) -> tuple[float, int]:
    """Share of records with the usual number of fields, and that number; 0 for a single column."""
    sizes = Counter(len(cells) for _, cells in records)
    (fields, count), *_ = sorted(sizes.items(), key=lambda kv: (-kv[1], -kv[0])) or [(0, 0)]
    return (round(count / len(records), 1), fields) if fields > 1 else (0.0, 0)


def _titles(records: list[list[str]]) -> int:
    """How many records stand above the header: those that fill less than half of the columns."""
    usual = Counter(len(r) for r in records).most_common(1)[0][0] if records else 0
    for position, record in enumerate(records[:10]):
        if sum(1 for cell in record if cell.strip()) * 2 > usual:
            return position
    return 0


def _junk(name: str) -> InputError:
    return InputError(
        name,
        "is no text table: its bytes are in no known encoding.",
        "Save it as UTF-8 CSV, XLSX or Parquet.",
    )
