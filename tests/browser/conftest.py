"""A JupyterLab that really runs, and a page in Chromium that reaches nothing but this machine.

Skipped until ``make test-browser`` has installed Playwright and Chromium.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from journeylib.workshop.room import Room
from journeylib.workshop.room.servers import free_port, lab, new_token, together
from tests.browser.opened import Lab, Watch
from tests.browser.running import LOG, Running, started

ROOT = Path(__file__).parents[2]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
JUPYTER = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """Where pictures of what was seen are kept."""
    folder = ROOT / "out" / "browser"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def jupyter_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Jupyter's settings of nobody: what people have set on this machine changes no test."""
    home = tmp_path_factory.mktemp("jupyter")
    with pytest.MonkeyPatch.context() as patched:
        for name in JUPYTER:
            patched.setenv(name, str(home / name.lower()))
        yield home


@pytest.fixture(scope="session")
def jupyter(jupyter_home: Path) -> Iterator[Lab]:
    """JupyterLab on an empty folder, started as `journey workshop` starts it."""
    folder, token = jupyter_home / "notebooks", new_token()
    folder.mkdir()
    port = free_port("127.0.0.1", 18900)
    server = lab(folder, port, token, jupyter_home, ["--expose-app-in-browser"])
    with together([server]):
        server.await_answer()
        yield Lab(f"http://127.0.0.1:{server.port}", token, folder)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A browser for all tests; each has a context of its own."""
    if CHROMIUM is None or importlib.util.find_spec("playwright") is None:
        pytest.skip("no browser to test with: make test-browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium: Any, artefacts: Path, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Make pages (options of `Browser.new_context` may be given); each fails its test at the end
    for any request to elsewhere, any error on its console, and any error that nobody caught."""
    opened: list[tuple[Any, Watch]] = []

    def make(**options: Any) -> Any:
        context = chromium.new_context(**{"viewport": {"width": 1400, "height": 900}} | options)
        page = context.new_page()
        opened.append((page, Watch(page)))
        return page

    yield make
    name = re.sub(r"\W+", "_", request.node.name)
    for number, (page, _) in enumerate(opened):
        if not page.is_closed():
            page.screenshot(path=artefacts / f"{name}.{number}.png")
        page.context.close()
    for _, watch in opened:
        assert watch.elsewhere == []
        assert watch.errors == []


@pytest.fixture
def page(new_page: Any) -> Any:
    """One page."""
    return new_page()


@pytest.fixture(scope="session")
def seconds() -> int:
    """How long two boards are written to at once; BOARD_SECONDS=60 for the whole of it."""
    return int(os.environ.get("BOARD_SECONDS", "15"))


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory, jupyter_home: Path) -> Path:
    """A room with its exhibit, so that it is drawn once for all tests."""
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
    """A workshop that runs in the room."""
    assert Room.open(room).is_prepared
    found = started(room)
    yield found
    if found.process.poll() is None:
        found.end(signal.SIGTERM)
