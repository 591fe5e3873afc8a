"""Journeys as Mermaid text, drawn by Mermaid itself in a browser.

Skipped until ``make test-clients`` has installed it.
"""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from journeylib.drawing.journeymap import journey_map
from journeylib.drawing.journeymap.mermaid import label
from journeylib.findings import diagnose
from journeylib.mining import mine
from journeylib.reading import read_log
from journeylib.terms import Lang, shipped_dir
from tests.hostile import NAMES

HERE = Path(__file__).parent
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
pytestmark = pytest.mark.skipif(
    not (HERE / "node_modules" / "mermaid").is_dir()
    or shutil.which("node") is None
    or CHROMIUM is None,
    reason="Mermaid is not installed: make test-clients",
)


def _drawn(*files: Path) -> list[Any]:
    done = subprocess.run(
        ["node", str(HERE / "mermaid.mjs"), *map(str, files)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"CHROMIUM": str(CHROMIUM)},
        timeout=120,
        check=True,
    )
    found = json.loads(done.stdout)
    return [found[str(file)] for file in files]


def _words(coded: str) -> str:
    """What a coded name stands for."""
    return html.unescape(re.sub(r"#(\d+);", r"&#\1;", coded)).strip()


@pytest.mark.parametrize(("name", "lang"), [("crm_sales", "zh"), ("solar_home", "en")])
def test_mermaid_draws_the_sample_logs_as_they_are_written(
    name: str, lang: Lang, tmp_path: Path
) -> None:
    journey = mine(read_log(shipped_dir("event_logs") / f"{name}.csv"))
    path = journey_map(journey, diagnose(journey), lang=lang).save(tmp_path / f"{name}.mmd")
    lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
    sections = [_words(line.removeprefix("section ")) for line in lines if line[:8] == "section "]
    tasks = [line.split(": ") for line in lines if re.match(r"[^%].*: [\d.]+", line)]
    (drawn,) = _drawn(path)
    named = {_words(task[0]) for task in tasks}
    named |= {_words(actor) for task in tasks for actor in task[2].split(", ")}
    assert set(drawn["texts"]) >= named | set(sections)
    # Mermaid draws a face 30 pixels lower for each point that is missing to five.
    assert drawn["faces"] == pytest.approx([300 + (5 - float(task[1])) * 30 for task in tasks])


def test_names_that_hurt_stay_names(tmp_path: Path) -> None:
    names = [
        *NAMES,
        "section x",
        "title",
        "Journey: a",
        "accTitle: b",
        "%%{init: {}}%%",
        "a::b,c;d#e",
    ]
    for number, name in enumerate(names):
        coded = label(name)
        text = f"journey\n  title {coded}\n  section {coded}\n    {coded}: 3: {coded}, other\n"
        (tmp_path / f"{number}.mmd").write_text(text, "utf-8")
    files = [tmp_path / f"{number}.mmd" for number in range(len(names))]
    for name, drawn in zip(names, _drawn(*files), strict=True):
        assert drawn.get("problem") is None, (name, drawn)
        assert not drawn["broken"]
        assert not drawn["scripts"]
        assert drawn["faces"] == [360]
        assert _squeezed(_words(label(name))) in map(_squeezed, drawn["texts"]), name
        assert {"other"} <= set(drawn["texts"])


def _squeezed(words: str) -> str:
    return "".join(words.split())


def test_mermaid_has_no_way_to_say_unknown(tmp_path: Path) -> None:
    """Why activities without a score are told in comments: else they would be drawn as worse than 1."""
    for name, score in (("blank", ""), ("word", "X"), ("dash", "-")):
        (tmp_path / name).write_text(f"journey\n  section S\n    Task: {score} : Me\n", "utf-8")
    blank, word, dash = _drawn(*(tmp_path / name for name in ("blank", "word", "dash")))
    assert blank["faces"] == [450]
    assert word["broken"]
    assert dash["broken"]
