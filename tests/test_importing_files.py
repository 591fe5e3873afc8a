"""`read_spec`: any kind of file, told by its content before its name."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from journeylib.errors import InputError, JourneyError, SpecError
from journeylib.exporting import export
from journeylib.importing import imported, read_spec
from tests.spec_fixtures import small_spec


@pytest.mark.parametrize("suffix", [".json", ".xlsx", ".bpmn"])
def test_every_kind_is_read_also_under_another_name(tmp_path: Path, suffix: str) -> None:
    path = export(small_spec(), tmp_path / f"target{suffix}")
    renamed = path.rename(tmp_path / "target.txt")
    assert read_spec(renamed) == small_spec()
    assert read_spec(renamed.read_bytes()) == small_spec()
    assert read_spec(renamed.read_bytes(), f"x{suffix}") == small_spec()


def test_json_may_begin_with_a_mark() -> None:
    content = b"\xef\xbb\xbf" + small_spec().to_json().encode()
    assert read_spec(content, "spec.json") == small_spec()


def test_one_line_tells_what_was_read() -> None:
    found = imported(small_spec().to_json().encode())
    assert repr(found) == f"Imported({small_spec()!r}, 0 notes)"


def test_what_is_not_there_or_no_specification_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.xlsx: cannot be opened \(No such file"):
        read_spec(tmp_path / "nothing.xlsx")
    with pytest.raises(InputError, match="cannot be opened"):
        read_spec(tmp_path)
    with pytest.raises(InputError, match=r"Give one of: \.bpmn, \.json"):
        read_spec(b"hello", "notes.txt")
    with pytest.raises(SpecError, match=r"^spec\.json, \$: this is no JSON"):
        read_spec(b"{", "spec.json")
    with pytest.raises(InputError, match=r"spec\.json: is not UTF-8 \(byte 1\)\. Save it as UTF-8"):
        read_spec(b"{\xff}", "spec.json")


def test_a_bomb_of_zeros_is_not_unpacked() -> None:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 201_000_000)
    with pytest.raises(InputError, match="more than 200,000,000"):
        read_spec(raw.getvalue(), "bomb.xlsx")


@pytest.mark.parametrize("content", [b"PK", b"PK\x03\x04", b"\xd0\xcf\x11\xe0" + b"\0" * 600])
def test_damaged_workbooks_are_told(content: bytes) -> None:
    with pytest.raises(JourneyError, match="damaged"):
        read_spec(content, "x.xlsx")
