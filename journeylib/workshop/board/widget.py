"""The board as a widget: it passes messages to the desk, and shows what is different then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

from journeylib.workshop.board.desk import Desk

STATIC = Path(__file__).parent / "static"


class BoardWidget(anywidget.AnyWidget):  # type: ignore[misc]
    """One trait for each part of `Desk.state`; the browser reads them and sends messages."""

    _esm = STATIC / "board.js"
    _css = STATIC / "board.css"

    view = traitlets.Dict().tag(sync=True)
    choices = traitlets.Dict().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    picture = traitlets.Unicode().tag(sync=True)
    reached = traitlets.Float(allow_none=True, default_value=None).tag(sync=True)
    parts = traitlets.Dict().tag(sync=True)
    cards: Any = traitlets.List().tag(sync=True)
    findings: Any = traitlets.List().tag(sync=True)
    agenda = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    tracks = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    person = traitlets.Dict().tag(sync=True)
    can = traitlets.Dict().tag(sync=True)
    said = traitlets.Dict().tag(sync=True)

    def __init__(self, desk: Desk) -> None:
        super().__init__(**desk.state())
        self._desk = desk
        self.on_msg(self._asked)

    def show(self) -> None:
        """Send what is different: a card that is typed sends no picture."""
        with self.hold_sync():
            for name, value in self._desk.state().items():
                if getattr(self, name) is not value:
                    setattr(self, name, value)

    def _asked(self, _widget: Any, message: Any, _buffers: Any) -> None:
        reply = self._desk.handle(message)
        self.show()
        self.send(reply)
