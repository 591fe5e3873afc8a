"""A board over a log of names that nobody should have given: they are shown, and run nothing."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.opened import Lab
from tests.browser.walls import CLICK, PATIENCE, hang
from tests.hostile import NAMES


@pytest.fixture(scope="module")
def hostile_log(jupyter: Lab) -> Iterator[tuple[str, list[str]]]:
    """A log of names that nobody should have given, as far as a CSV can hold them."""
    names = [name.replace("\x00", "") for name in NAMES]
    path = jupyter.folder / "hostile.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["case_id", "activity", "timestamp", "department", "segment", names[0]])
        for case in range(26):
            name = names[case % len(names)]
            for step, activity in enumerate(names[: len(names) - case % 2]):
                moment = f"2025-01-{case % 20 + 1:02}T{step + 1:02}:00:00"
                row = [f"{case} {name}", activity, moment, names[step % 5], names[case % 3], name]
                writer.writerow(row)
    yield path.name, names


def test_hostile_names_are_shown_and_run_nothing(
    page: Any, jupyter: Lab, hostile_log: tuple[str, list[str]], artefacts: Path
) -> None:
    log, names = hostile_log
    page.add_init_script(
        "window.ran = []; for (const name of ['alert', 'confirm', 'prompt'])"
        " window[name] = (...given) => { window.ran.push([name, ...given]); };"
    )
    wall = hang(page, jupyter, "hostile", "hostile", log=log, by=names[1], cases="shown")
    for kind in ("map", "flow"):
        wall.show(kind)
        for pin in wall.pins("activity"):
            wall.page.evaluate(CLICK, pin)
    shown = set(wall.get(".jb-cases td").all_inner_texts())
    assert any("<img src=x onerror=alert(1)>" in text for text in shown)
    short = [name for name in names if len(name) < 100]
    for name in short:
        wall.write(name)
    cards = {" ".join(text.split()) for text in wall.get(".jb-card-text").all_inner_texts()}
    assert cards == {" ".join(name.split()) for name in short}
    wall.do("matrix").click()
    wall.page.screenshot(path=artefacts / "lab_hostile.png")
    for lang in ("en", "zh-CN"):
        wall.do("lang").click()
        wall.page.wait_for_selector(f".journey-board[lang={lang}]", timeout=PATIENCE)
    assert wall.page.evaluate("window.ran") == []
    assert wall.page.locator(".journey-board :is(script, img, iframe)").count() == 0
