"""A room for a workshop: what it remembers, what it makes once, and ports and servers that fail."""

from __future__ import annotations

import dataclasses
import json
import socket
import string
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import journeylib.cli
from journeylib.errors import InputError, TemplateError, UsageError
from journeylib.workshop.room import HowRead, Room, Settings
from journeylib.workshop.room.servers import (
    Server,
    ServerEndedError,
    free_port,
    new_token,
    reachable,
    together,
    watch,
)
from tests.hostile import NAMES
from tests.test_cli import HEADER, ROWS

CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
WORDS = st.one_of(st.sampled_from(NAMES), st.text(st.characters(codec="utf-8"), min_size=1))
READ = st.builds(
    HowRead,
    mapping=st.none() | WORDS,
    columns=st.dictionaries(WORDS, WORDS, max_size=2),
    lifecycle=WORDS,
    engine=WORDS,
    jobs=st.none() | st.integers(1, 64),
)


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "室 1"
    made.mkdir()
    (made / "log.csv").write_text(HEADER + ROWS, encoding="utf-8")
    return made


@CALM
@given(remembered=st.builds(Settings, WORDS, st.sampled_from(["zh", "en"]), READ))
def test_whatever_is_remembered_is_read_back(tmp_path_factory, remembered):
    folder = tmp_path_factory.getbasetemp()
    remembered.save(folder)
    assert Settings.load(folder) == remembered


def test_the_only_log_is_taken_and_everything_is_made_once(folder):
    room = Room.furnish(folder, None, "en", None)
    assert room.settings == Settings("log.csv", "en")
    for path in (room.board, room.participants):
        made = json.loads(path.read_text("utf-8"))
        assert all(
            compile("".join(c["source"]), "cell", "exec")
            for c in made["cells"]
            if c["cell_type"] == "code"
        )
        path.write_text("mine")
    again = Room.furnish(folder, None, None, None)
    assert again == room == Room.open(folder)
    assert room.board.read_text() == room.participants.read_text() == "mine"


def test_both_languages_have_their_notebook(tmp_path):
    texts = []
    for lang, word in (("zh", "墙上的旅程"), ("en", "The journey on the wall")):
        here = tmp_path / lang
        here.mkdir()
        (here / "log.csv").write_text(HEADER)
        texts.append(Room.furnish(here, None, lang, None).board.read_text("utf-8"))
        assert word in texts[-1]
    assert texts[0] != texts[1]


def test_what_is_given_is_remembered_and_the_rest_stays(folder, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    Path("elsewhere.csv").write_text(HEADER)
    Path("own.toml").write_text("")
    read = HowRead(rules="own.toml", calendar="cn", columns={"case_id": "订单"})
    Room.furnish(folder, "elsewhere.csv", "en", read)
    settings = Room.furnish(folder, None, None, None).settings
    assert settings == Settings(
        "../elsewhere.csv", "en", dataclasses.replace(read, rules="../own.toml")
    )
    changed = Room.furnish(folder, str(folder / "log.csv"), None, None).settings
    assert changed == dataclasses.replace(settings, log="log.csv")


def test_a_log_elsewhere_is_found_from_a_folder_that_is_not_there_yet(folder, tmp_path):
    room = Room.furnish(tmp_path / "new" / "room", str(folder / "log.csv"), "zh", None)
    assert room.log_path.samefile(folder / "log.csv")
    assert Room.open(room.folder).log_path.samefile(folder / "log.csv")


def test_no_log_several_logs_and_no_such_log_are_told(folder, tmp_path):
    with pytest.raises(UsageError, match=r"holds no log.*--log"):
        Room.furnish(tmp_path / "new", None, None, None)
    assert not (tmp_path / "new").exists()
    (folder / "b.xlsx").write_bytes(b"")
    with pytest.raises(UsageError, match=r"2 logs \(b.xlsx, log.csv\).*--log"):
        Room.furnish(folder, None, None, None)
    with pytest.raises(InputError, match="no such log"):
        Room.furnish(tmp_path / "new", "none.csv", None, None)
    assert not (tmp_path / "new").exists()
    with pytest.raises(UsageError, match="is a file"):
        Room.furnish(folder / "b.xlsx", None, None, None)
    with pytest.raises(UsageError, match="journey workshop"):
        Room.open(tmp_path)


@pytest.mark.parametrize(
    "text",
    ["log = 1", "lang = 'zh'", "log = 'a'\nlang = 'fr'", "log =", "log = 'a'\nlifecycel = 'b'"],
)
def test_wrong_settings_are_named(tmp_path, text):
    (tmp_path / "workshop.toml").write_text(text)
    with pytest.raises(TemplateError, match=r"workshop\.toml"):
        Settings.load(tmp_path)


def test_the_exhibit_is_renewed_when_log_or_reading_change(folder):
    room = Room.furnish(folder, None, None, None)
    assert not room.is_prepared
    room.prepare()
    assert room.is_prepared and Room.open(folder).is_prepared
    good = room.exhibit.read_bytes()
    room.exhibit.write_bytes(good[:-9])
    assert not room.is_prepared
    room.exhibit.write_bytes(good)
    assert room.is_prepared
    other = Room.furnish(folder, None, None, HowRead(calendar="cn"))
    assert not other.is_prepared
    Room.furnish(folder, None, None, HowRead(calendar="weekdays")).prepare()
    room.log_path.write_text(HEADER + ROWS + ROWS, encoding="utf-8")
    assert not Room.open(folder).is_prepared


def test_a_taken_port_is_passed_over():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert free_port("127.0.0.1", port) > port
    with pytest.raises(UsageError, match="no address"):
        free_port("192.0.2.1", 8000)
    with pytest.raises(UsageError, match="no free port"):
        free_port("127.0.0.1", 65536)


def test_tokens_are_never_the_same_and_safe_in_an_address():
    tokens = {new_token() for _ in range(50)}
    assert len(tokens) == 50 and set("".join(tokens)) <= set(string.hexdigits)


def test_others_are_told_an_address_and_not_all_addresses():
    assert reachable("0.0.0.0") not in ("0.0.0.0", "")
    assert reachable("10.1.2.3") == "10.1.2.3"


def server(tmp_path, code):
    log = tmp_path / "server.log"
    with log.open("wb") as said:
        process = subprocess.Popen([sys.executable, "-c", code], stdout=said, stderr=said)
    return Server("Voila", process, "127.0.0.1", free_port("127.0.0.1", 19500), log)


def test_a_server_that_fails_is_told_with_its_last_words(tmp_path):
    failing = server(tmp_path, "print('early')\nraise SystemExit('port 7 denied')")
    with (
        together([failing]),
        pytest.raises(ServerEndedError, match=r"Voila ended.*port 7 denied") as told,
    ):
        failing.await_answer()
    assert told.value.exit_code == 3
    with pytest.raises(ServerEndedError):
        watch([failing])


def test_a_server_that_ignores_the_end_is_ended_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr("journeylib.workshop.room.servers._GRACE", 0.5)
    deaf = server(
        tmp_path,
        "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(60)",
    )
    with together([deaf]):
        while not deaf.log.read_text():
            time.sleep(0.05)
    assert deaf.process.poll() is not None


def test_the_command_tells_what_is_missing(capsys, tmp_path):
    assert journeylib.cli.main(["workshop", str(tmp_path / "new")]) == 2
    assert "--log" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
