"""`journey workshop` as people start it: both pages draw, and nothing is left when it ends."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from journeylib.workshop.room import Room
from tests.browser.opened import Lab, open_notebook
from tests.test_cli import HEADER, ROWS

LOG = HEADER + ROWS
STARTER = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored if tests run in the background
from journeylib.cli import main
sys.exit(main(["workshop", *sys.argv[1:]]))
"""


@dataclass
class Running:
    """A workshop that runs: its process and what it printed."""

    process: subprocess.Popen[str]
    doors: dict[str, str]
    folder: Path

    @property
    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    @property
    def kernels(self) -> list[psutil.Process]:
        return [p for p in self.family if "ipykernel_launcher" in command_of(p)]

    def end(self, how: signal.Signals) -> tuple[int, str]:
        """Send a signal; the exit code and what was said on stderr."""
        self.process.send_signal(how)
        _, told = self.process.communicate(timeout=40)
        return self.process.returncode, told


def command_of(process: psutil.Process) -> list[str]:
    """The command line; that of a process that has just ended is blank."""
    with contextlib.suppress(psutil.Error):
        return process.cmdline()
    return []


def started(folder: Path, *options: str) -> Running:
    process = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(folder), "--no-browser", "--json", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(4)]
    if not any(lines):
        raise AssertionError(process.communicate(timeout=10)[1])
    return Running(process, json.loads("".join(lines)), folder)


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory, jupyter_home: Path) -> Path:
    """A room with its exhibit, so that it is drawn once for all tests here."""
    folder = tmp_path_factory.mktemp("room")
    (folder / "log.csv").write_text(LOG, encoding="utf-8")
    Room.furnish(folder, None, None, None).prepare()
    return folder


@pytest.fixture
def room(furnished: Path, tmp_path: Path) -> Path:
    """A copy of that room; times are kept, so its exhibit stays good."""
    return Path(shutil.copytree(furnished, tmp_path / "room"))


@pytest.fixture
def running(room: Path) -> Iterator[Running]:
    assert Room.open(room).is_prepared
    found = started(room)
    yield found
    if found.process.poll() is None:
        found.end(signal.SIGTERM)


def gone(family: list[psutil.Process]) -> bool:
    """Whether none of them is left, in the seconds that a kernel takes to notice."""
    return psutil.wait_procs(family, timeout=10)[1] == []


def run_all_by_menu(lab: Any) -> None:
    """As people do; again where the kernel was not there yet and the cells went nowhere."""
    for _ in range(10):
        lab.click(".lm-MenuBar-itemLabel:text-is('Run')")
        lab.click(".lm-Menu-item[data-command='runmenu:run-all']")
        lab.wait_for_timeout(2000)
        prompts = lab.locator(".jp-CodeCell .jp-InputPrompt").all_inner_texts()
        if any(character in prompts[0] for character in "*123456789"):
            return
    raise AssertionError("no cell has run")


def test_everybody_gets_the_board_and_nothing_is_left(
    running: Running, new_page: Any, artefacts: Path
) -> None:
    stranger = new_page()
    stranger.goto(running.doors["participants"].partition("?")[0])
    assert "/login" in stranger.url and running.kernels == []
    guest = new_page(viewport={"width": 1024, "height": 768})
    guest.goto(running.doors["participants"])
    guest.wait_for_selector(".journey-board[data-state=ready]", timeout=60_000)
    assert guest.locator(".jb-picture svg [data-pin]").count() > 5
    lab = new_page()
    lab.goto(running.doors["facilitator"])
    lab.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]", timeout=60_000)
    lab.wait_for_selector("h1:has-text('客户旅程工作坊')")
    run_all_by_menu(lab)
    lab.wait_for_selector(".journey-board[data-state=ready]", timeout=60_000)
    lab.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]", timeout=60_000)
    assert (running.folder / "minutes.docx").is_file()
    assert lab.locator(".Toastify__toast").count() == 0
    family = running.family
    assert len(running.kernels) == 2
    guest.close(run_before_unload=True)
    deadline = time.monotonic() + 20
    while len(running.kernels) > 1 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert len(running.kernels) == 1
    lab.screenshot(path=artefacts / "workshop.png")
    lab.close()
    code, told = running.end(signal.SIGINT)
    assert code == 0 and "Traceback" not in told
    assert gone(family)


def test_a_server_that_ends_ends_the_workshop_and_is_named(running: Running) -> None:
    family = running.family
    voila = next(p for p in family if "voila" in command_of(p))
    voila.kill()
    _, told = running.process.communicate(timeout=40)
    assert running.process.returncode == 3
    assert told.strip().splitlines()[-1].startswith("journey: Voila ended.")
    assert gone(family)


def test_a_taken_port_is_passed_over_and_termination_leaves_nothing(room: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        running = started(room, "--port", str(port), "--lang", "en")
        family = running.family
        assert f":{port}/" not in "".join(running.doors.values())
        code, told = running.end(signal.SIGTERM)
    assert code == 0 and f"Port {port} is taken" in told
    assert gone(family)


def test_the_form_of_a_specification_works_in_jupyterlab(page: Any, jupyter: Lab) -> None:
    cells = [
        "import journeylib as jl\nfrom journeylib.workshop.form import edit",
        "journey = jl.mine(jl.read_log('form.csv'))\nedit(jl.specify(journey))",
    ]
    (jupyter.folder / "form.csv").write_text(LOG, encoding="utf-8")
    open_notebook(page, jupyter, "form", cells)
    field = page.locator(".jp-OutputArea input[type=text]").first
    field.wait_for(timeout=60_000)
    field.fill("4")
    field.press("Enter")
    page.wait_for_selector("text=没有单位")
