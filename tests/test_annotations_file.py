"""Notes on disk: nothing is lost, whoever writes, whatever breaks."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeylib.annotations.file import NotesFile, parsed, read_notes
from journeylib.annotations.line import Line
from journeylib.annotations.notes import Annotations
from journeylib.errors import InputError, ResourceError, UsageError
from tests.hostile import NAMES

WHEN = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
CLOCK = {"clock": lambda: WHEN}
ROOT = Path(__file__).parents[1]


def notes_file(folder: Path, name: str = "room") -> NotesFile:
    return NotesFile(folder / f"{name}.journey-notes.jsonl")


def filled(file: NotesFile, n: int = 3) -> Annotations:
    for i in range(n):
        text = f"第{i}张 “card” 😀"
        file.change(lambda notes, t=text: notes.with_card(t, by="王敏", pins=["a-1"], **CLOCK))
    return file.change(lambda notes: notes.with_vote(notes.cards[0], by="Li", **CLOCK))


def test_what_was_written_is_read(tmp_path: Path) -> None:
    file = notes_file(tmp_path)
    assert file.read() == Annotations()
    written = filled(file)
    assert file.read() == read_notes(file.path) == written
    lines = file.path.read_text("utf-8").splitlines()
    contract = {"id", "at", "by", "pin", "kind", "text", "status", "votes", "supersedes"}
    assert all(contract <= json.loads(line).keys() for line in lines)
    assert json.loads(lines[-1])["supersedes"] == json.loads(lines[0])["id"]
    assert "第0张" in lines[0], "the file reads well in a diff"


def test_the_same_notes_at_the_same_time_are_the_same_bytes(tmp_path: Path) -> None:
    one, other = notes_file(tmp_path, "one"), notes_file(tmp_path, "other")
    filled(one), filled(other)
    assert one.path.read_bytes() == other.path.read_bytes()


def test_a_file_cut_at_any_byte_opens_and_loses_the_last_line_only(tmp_path: Path) -> None:
    file = notes_file(tmp_path)
    filled(file)
    content = file.path.read_bytes()
    whole = content.splitlines(keepends=True)
    for cut in range(len(content) + 1):
        kept = content[:cut]
        notes = parsed(kept, "cut")
        complete = kept.count(b"\n")
        expected = [Line.from_json(line) for line in whole[:complete]]
        rest = kept[sum(map(len, whole[:complete])) :]
        if rest and rest == whole[complete].rstrip(b"\n"):
            expected.append(Line.from_json(rest))
        assert notes.lines == Annotations.of(expected).lines
        assert len(notes.unreadable) == (len(expected) == complete and bool(rest))


def test_a_torn_line_is_closed_off_and_kept(tmp_path: Path) -> None:
    file = notes_file(tmp_path)
    filled(file)
    torn = file.path.read_bytes()[:-20]
    file.path.write_bytes(torn)
    after = file.change(lambda notes: notes.with_card("after the crash", by="王敏", **CLOCK))
    assert file.path.read_bytes().startswith(torn + b"\n"), "not a byte is taken away"
    again = file.read()
    assert again == after
    assert [line.number for line in again.unreadable] == [4]
    assert [card.text for card in again.cards][-1] == "after the crash" or len(again) == 4
    assert repr(again).endswith("1 unreadable line)")


def test_garbage_is_listed_and_stays(tmp_path: Path) -> None:
    file = notes_file(tmp_path)
    filled(file, 1)
    good = file.path.read_bytes()
    garbage = [b"\xff\xfe\x00broken", b"{}", b"[1, 2]", b'{"id": 3}', b"{" * 5000, b"null"]
    garbage.append(good.splitlines()[0].replace(b'"idea"', b'"poem"'))
    garbage.append(good.splitlines()[0].replace(b"T09:30", b" half past nine"))
    file.path.write_bytes(b"\n".join((good.rstrip(), *garbage)) + b"\n")
    notes = file.read()
    assert len(notes) == 1 and len(notes.unreadable) == len(garbage)
    assert all(line.problem for line in notes.unreadable)
    file.change(lambda n: n.with_card("more", by="Li", **CLOCK))
    assert all(line in file.path.read_bytes() for line in garbage)


def test_byte_order_mark_windows_line_ends_and_blank_lines(tmp_path: Path) -> None:
    file = notes_file(tmp_path)
    notes = filled(file)
    content = file.path.read_bytes().replace(b"\n", b"\r\n\r\n")
    file.path.write_bytes(b"\xef\xbb\xbf" + content)
    assert file.read() == notes
    assert file.change(lambda n: n.with_card("more", by="Li", **CLOCK)) == file.read()


@pytest.mark.parametrize("text", [*NAMES, "half \ud83d of one", "a\u2028b\x85c\r\nd", " 前后空格 "])
def test_hostile_words_come_back_as_they_were(tmp_path: Path, text: str) -> None:
    file = notes_file(tmp_path)
    file.change(lambda n: n.with_card(text, by=text, owner=text, pins=[text], **CLOCK))
    [card] = file.read().cards
    expected = text.replace("\ud83d", "\ufffd")
    assert (card.text, card.owner, card.pins) == (expected, expected, (expected,))
    assert file.path.read_bytes().count(b"\n") == 1
    assert "\n" not in repr(card)


@given(st.lists(st.text(min_size=1).filter(str.strip), min_size=1, max_size=6))
def test_any_words_survive_the_file(texts: list[str]) -> None:
    notes = Annotations()
    for text in texts:
        notes = notes.with_card(text, by="a", **CLOCK)
    content = "".join(line.to_json() + "\n" for line in notes.lines).encode()
    assert parsed(content, "any") == notes
    assert [card.text for card in notes] == texts


def test_lines_of_other_programs_need_the_contract_only(tmp_path: Path) -> None:
    plain = {"id": "x1", "at": "2026-01-01T00:00:00Z", "by": "p", "pin": "a-1", "kind": "idea"}
    plain |= {"text": "t", "status": "open", "votes": {"p": 2}, "supersedes": None, "colour": "red"}
    then = plain | {"id": "x2", "card": "x1", "supersedes": "x1", "text": "u"}
    content = "\n".join(map(json.dumps, (plain, then))).encode()
    notes = parsed(content, "theirs")
    assert (notes["x1"].text, notes["x1"].pin, notes["x1"].dots) == ("u", "a-1", 2)
    assert json.loads(notes.lines[0].to_json())["colour"] == "red", "what we do not know we keep"


def test_what_cannot_be_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"ends with \.journey-notes\.jsonl"):
        NotesFile(tmp_path / "log.csv")
    with pytest.raises(InputError, match="no such file"):
        read_notes(tmp_path / "missing.journey-notes.jsonl")
    folder = tmp_path / "folder.journey-notes.jsonl"
    folder.mkdir()
    for use in (NotesFile.read, lambda file: file.change(lambda n: n.with_card("x", by="y"))):
        with pytest.raises(InputError, match="is a folder"):
            use(NotesFile(folder))
    table = notes_file(tmp_path, "table")
    table.path.write_text("case_id,activity\n1,a\n")
    with pytest.raises(InputError, match="holds no notes"):
        read_notes(table.path)
    empty = notes_file(tmp_path, "empty")
    empty.path.touch()
    assert len(read_notes(empty.path)) == 0
    nowhere = NotesFile(empty.path / "x.journey-notes.jsonl")
    with pytest.raises(InputError, match="cannot be written there"):
        nowhere.change(lambda n: n.with_card("x", by="y"))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_a_read_only_file_says_so(tmp_path: Path) -> None:
    file = notes_file(tmp_path)
    filled(file)
    file.path.chmod(0o444)
    with pytest.raises(InputError, match="cannot be written there"):
        file.change(lambda n: n.with_card("x", by="y"))
    assert len(file.read()) == 3


def test_a_file_that_refuses_writing_says_so(tmp_path: Path, monkeypatch) -> None:
    file = notes_file(tmp_path)
    filled(file)
    before = file.path.read_bytes()

    def refuse(*_args: object, **_options: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(InputError, match=r"cannot be written there: Permission denied\. Allow"):
        file.change(lambda n: n.with_card("x", by="y"))
    assert file.path.read_bytes() == before


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, monkeypatch) -> None:
    file = notes_file(tmp_path)
    filled(file)
    before, real = file.path.read_bytes(), os.write

    def full(handle: int, content: bytes) -> int:
        if len(content) < 10 or file.path.stat().st_size > len(before):
            raise OSError(28, "No space left on device")
        return real(handle, bytes(content)[:10])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(ResourceError, match="No space left"):
        file.change(lambda n: n.with_card("x", by="y"))
    monkeypatch.undo()
    assert file.path.read_bytes() == before


def test_a_change_never_takes_lines_away(tmp_path: Path) -> None:
    file = notes_file(tmp_path)
    filled(file)
    with pytest.raises(UsageError, match="never takes any away"):
        file.change(lambda _notes: Annotations())


# -- several kernels -------------------------------------------------------------------------------

_WRITER = """
import sys
from datetime import UTC, datetime
from journeylib.annotations.file import NotesFile
file, n = NotesFile(sys.argv[1]), int(sys.argv[2])
clock = lambda: datetime(2026, 3, 2, tzinfo=UTC)
print("ready", flush=True)
for i in range(n):
    file.change(lambda notes: notes.with_card("same words", by="same name", clock=clock))
    print(i, flush=True)
"""


def _writer(file: NotesFile, n: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _WRITER, str(file.path), str(n)]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)


def test_two_kernels_at_once_lose_nothing_and_never_collide(tmp_path: Path) -> None:
    file = notes_file(tmp_path)
    writers = [_writer(file, 60) for _ in range(2)]
    for writer in writers:
        writer.communicate(timeout=60)
        assert writer.returncode == 0
    notes = file.read()
    assert len(notes) == len({card.id for card in notes}) == 120
    assert sorted(line.n for line in notes.lines) == list(range(1, 121))
    assert not notes.unreadable


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is of Unix")
def test_kill_9_loses_no_line_that_was_said_to_be_saved(tmp_path: Path) -> None:
    """Two hundred saves and more in one file, their writers killed at random moments."""
    file, chance, saved = notes_file(tmp_path), random.Random(9), 0
    for _ in range(5):
        writer = _writer(file, 10_000)
        assert writer.stdout is not None and writer.stdout.readline() == "ready\n"
        told = [writer.stdout.readline() for _ in range(40)]
        time.sleep(chance.uniform(0, 0.1))
        os.kill(writer.pid, signal.SIGKILL)
        told += writer.stdout.readlines()
        writer.wait()
        saved += len(told)
        notes = file.read()
        assert saved <= len(notes) <= saved + 1, "at most the line that was not said to be saved"
        assert len(notes.unreadable) <= 1
        saved = len(notes)
    assert saved >= 200
