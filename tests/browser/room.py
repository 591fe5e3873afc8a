"""A room with a board in it, over a desk without Python (`desk.js`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.browser.board_world import world

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "journeylib" / "workshop" / "board" / "static"
ADDRESS = "http://127.0.0.1/board"
NINE, TEN = (f"2026-11-25T{hour}:00:00" for hour in ("09", "10"))
PART = ".jb-svg g[data-kind][data-pin='{}']"
_FOCUS = "document.activeElement.dataset.pin ?? document.activeElement.dataset.do ?? ''"


class Room:
    """A page with a board: what is seen there, and what the browser sent to the desk."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def sent(self, what: str | None = None) -> list[dict[str, Any]]:
        """Messages of one sort; without one, all that change or show something."""
        every: list[dict[str, Any]] = self.page.evaluate("model.sent")
        quiet = ("poll", "cases")
        return [m for m in every if m["do"] == what or (what is None and m["do"] not in quiet)]

    def put(self, **traits: Any) -> None:
        """Traits arrive from the desk."""
        self.page.evaluate("traits => model.put(traits)", traits)

    def settle(self) -> None:
        """Replies have arrived, and what they change is drawn."""
        self.page.wait_for_timeout(60)

    def part(self, pin: str) -> Any:
        """A part of the picture."""
        return self.page.locator(PART.format(pin)).first

    def do(self, name: str) -> Any:
        """A button."""
        return self.page.locator(f'[data-do="{name}"]').first

    def focus(self) -> str:
        """Pin or button that has the focus."""
        return str(self.page.evaluate(_FOCUS))

    def text(self, selector: str) -> str:
        """Words as they are seen."""
        return str(self.page.locator(selector).first.inner_text())


@contextmanager
def rooms(chromium: Any) -> Iterator[Callable[..., Room]]:
    """A function that opens rooms; at the end none may have told of an error."""
    contexts: list[Any] = []
    errors: list[str] = []

    def enter(
        given: dict[str, Any] | None = None,
        *,
        size: tuple[int, int] = (1400, 900),
        motion: str = "no-preference",
        clock: bool = False,
        **options: Any,
    ) -> Room:
        viewport = {"width": size[0], "height": size[1]}
        contexts.append(chromium.new_context(viewport=viewport, reduced_motion=motion))
        page = contexts[-1].new_page()
        page.route("**/*", _serve)
        if clock:
            page.clock.install(time=NINE)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda told: told.type == "error" and errors.append(told.text))
        page.on("dialog", lambda dialog: errors.append(f"dialog {dialog.message}"))
        page.goto(ADDRESS)
        page.wait_for_function("window.boardModule")
        page.evaluate("([world, how]) => startBoard(world, how)", [given or world(), options])
        page.wait_for_selector('.journey-board[data-state="ready"]')
        if clock:
            page.clock.pause_at(TEN)
        return Room(page)

    yield enter
    for context in contexts:
        context.close()
    assert errors == []


def _serve(route: Any) -> None:
    if route.request.url.endswith("board.js"):
        route.fulfill(body=(STATIC / "board.js").read_text("utf-8"), content_type="text/javascript")
        return
    style = (STATIC / "board.css").read_text("utf-8")
    desk = (Path(__file__).parent / "desk.js").read_text("utf-8")
    load = "import * as m from '/board.js'; window.boardModule = m;"
    route.fulfill(
        content_type="text/html; charset=utf-8",
        body=f"<!doctype html><style>{style}</style><body><div id=place></div>"
        f"<script>{desk}</script><script type=module>{load}</script></body>",
    )
