"""`journey workshop` as people start it: both pages draw, and nothing is left when it ends."""

from __future__ import annotations

import signal
import socket
import time
from pathlib import Path
from typing import Any

import psutil

from tests.browser.opened import Lab, open_notebook
from tests.browser.running import LOG, Running, command_of, started


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
