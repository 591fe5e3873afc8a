"""A kernel that is killed while it saves: the file always opens, and at most one card is missing."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from pathlib import Path

import pytest

from journeylib.annotations import NotesFile

jupyter_client = pytest.importorskip("jupyter_client")

SAVES, KILLS, SEED = 200, 6, 20261125
NOTES = "killed.journey-notes.jsonl"
SAVING = """
import os
from journeylib.workshop.board.store import Store

store = Store({notes!r})
told = os.open({told!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
os.write(told, b"ready\\n")
for n in range({first}, {saves}):
    store.change(lambda notes: notes.with_card(f"card {{n}}", by="王敏", kind="idea", pins=[]))
    os.write(told, f"{{n}}\\n".encode())
"""


def saved(told: Path) -> list[int]:
    """What the kernel says it saved; a word that was cut short says nothing."""
    words = told.read_text().split("\n")[:-1] if told.exists() else []
    return [int(word) for word in words if word != "ready"]


def is_ready(told: Path, lives: int) -> bool:
    return told.exists() and told.read_text().count("ready") == lives


def lives_on(told: Path, lives: int, moment: float | None, kernel: int) -> None:
    """Return when the kernel has been killed at its moment, or has saved everything."""
    limit = time.monotonic() + 120
    while not is_ready(told, lives):
        assert time.monotonic() < limit, "the kernel never began"
        time.sleep(0.005)
    if moment is not None:
        time.sleep(moment)
        os.kill(kernel, signal.SIGKILL)
        return
    while saved(told)[-1:] != [SAVES - 1]:
        assert time.monotonic() < limit, "the kernel never ended"
        time.sleep(0.02)


@pytest.mark.skipif(os.name == "nt", reason="nothing is killed this way there")
def test_a_kernel_may_be_killed_at_any_moment(tmp_path: Path) -> None:
    path, told = tmp_path / NOTES, tmp_path / "told.txt"
    moments = random.Random(SEED)
    cut = 0
    for life in range(1, KILLS + 2):
        manager = jupyter_client.KernelManager(kernel_name="python3")
        manager.start_kernel()
        client = manager.client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=120)
            before = saved(told)
            first = before[-1] + 1 if before else 0
            file = NotesFile(path)
            have = {card.text for card in file.read().cards}
            first += f"card {first}" in have
            client.execute(SAVING.format(notes=str(path), told=str(told), first=first, saves=SAVES))
            moment = moments.uniform(0, 0.25) if life <= KILLS else None
            lives_on(told, life, moment, manager.provisioner.pid)
        finally:
            client.stop_channels()
            with contextlib.suppress(Exception):
                manager.shutdown_kernel(now=True)
        notes = NotesFile(path).read()
        found = [card.text for card in notes.cards]
        acknowledged = [f"card {n}" for n in saved(told)]
        assert set(acknowledged) <= set(found), "what was said to be saved is there"
        assert len(found) - len(acknowledged) <= life, "and at most one more for each death"
        assert len(found) == len(set(found))
        assert len(notes.unreadable) <= life
        cut += bool(moment is not None and len(saved(told)) < SAVES)
    assert cut >= KILLS // 2, "most kernels were killed before they were done"
    assert sorted(found) == sorted(f"card {n}" for n in range(SAVES))
