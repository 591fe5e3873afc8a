"""Opening notebooks in a JupyterLab, and seeing what a page asks for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

CONNECTED = """() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel
    ?.connectionStatus === 'connected'"""
LOCAL = ("127.0.0.1", "")
NOT_OURS = "Could not restore the debugger state"
"""JupyterLab itself says so when a kernel is restarted under its debugger; nothing is lost."""


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: address, key, and the folder it shows."""

    url: str
    token: str
    folder: Path


class Watch:
    """Everything that a page asks of another machine, and every error it tells."""

    def __init__(self, page: Any) -> None:
        self.elsewhere: list[str] = []
        self.errors: list[str] = []
        page.context.on("request", lambda request: self._asked(request.url))
        page.on("websocket", lambda socket: self._asked(socket.url))
        page.on("console", self._told)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _asked(self, url: str) -> None:
        if urlsplit(url).hostname not in (None, *LOCAL):
            self.elsewhere.append(url)

    def _told(self, message: Any) -> None:
        if message.type == "error" and NOT_OURS not in message.text:
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")


def open_notebook(page: Any, lab: Lab, name: str, cells: Sequence[str]) -> None:
    """Write a notebook of code cells, open it in a workspace of its own, and run it all.

    Returns when the last cell has run; what a widget draws may come a moment later.
    """
    (lab.folder / f"{name}.ipynb").write_text(json.dumps(notebook(cells)), encoding="utf-8")
    address = f"{lab.url}/lab/workspaces/{name}/tree/{name}.ipynb"
    page.goto(f"{address}?token={lab.token}")
    page.wait_for_function(CONNECTED, timeout=60_000)
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")


def notebook(cells: Sequence[str]) -> dict[str, Any]:
    """A notebook of code cells that have not been run."""
    made = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }
        for number, source in enumerate(cells)
    ]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
