"""The board in a real kernel: what a notebook front end gets, and what comes back over its comm."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

jupyter_client = pytest.importorskip("jupyter_client")

CODE = """
from journeylib.workshop.board import board
from tests.board_worlds import small
wall = board(small(), by="Ann", lang="en")
wall
"""


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    manager, client = jupyter_client.manager.start_new_kernel(startup_timeout=90)
    try:
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def outputs(client: Any, sent: str) -> list[dict[str, Any]]:
    """What the kernel says to one request, until it is idle again."""
    found, limit = [], time.monotonic() + 90
    while time.monotonic() < limit:
        message = client.get_iopub_msg(timeout=90)
        if message["parent_header"].get("msg_id") != sent:
            continue
        if message["content"].get("execution_state") == "idle":
            return found
        found.append({"type": message["msg_type"], **message["content"]})
    raise AssertionError("the kernel did not come to rest")


def test_a_notebook_gets_widget_and_picture_and_its_messages_are_answered(client: Any) -> None:
    told = outputs(client, client.execute(CODE))
    assert not [m for m in told if m["type"] == "error"], told
    [shown] = [m for m in told if m["type"] == "execute_result"]
    view = shown["data"]["application/vnd.jupyter.widget-view+json"]
    assert shown["data"]["image/svg+xml"].startswith("<svg")
    assert shown["data"]["text/plain"].startswith("Board(1 stage × ")
    opened = {m["comm_id"]: m["data"]["state"] for m in told if m["type"] == "comm_open"}
    state = opened[view["model_id"]]
    assert state["picture"].startswith("<svg")
    assert {"view", "cards", "words", "_esm", "_css"} <= state.keys()

    def ask(**message: Any) -> list[dict[str, Any]]:
        content = {
            "comm_id": view["model_id"],
            "data": {"method": "custom", "content": message},
        }
        sent = client.session.msg("comm_msg", content)
        client.shell_channel.send(sent)
        found = outputs(client, sent["header"]["msg_id"])
        return [m["data"] for m in found if m["type"] == "comm_msg"]

    pin = next(pin for pin in state["parts"] if pin.startswith("a-"))
    [reply] = ask(do="cases", re=5, pin=pin)
    assert reply["content"]["re"] == 5
    assert "of 20 cases" in reply["content"]["cases"]["note"]
    update, reply = ask(do="card", re=6, text="Call sooner", kind="idea", pins=[pin])
    assert update["state"].keys() == {"cards", "can"}
    assert reply["content"] == {"re": 6, "ok": True}
    told = outputs(client, client.execute("print(wall.selected, len(wall.annotations))"))
    assert [m["text"] for m in told if m["type"] == "stream"] == [f"{pin} 1\n"]
