"""A room made ready and opened: both servers, and what people are told."""

from __future__ import annotations

import contextlib
import webbrowser
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from journeylib.terms import say
from journeylib.workshop.room.room import Room
from journeylib.workshop.room.servers import (
    Server,
    free_port,
    lab,
    new_token,
    reachable,
    together,
    voila,
    watch,
)

Tell = Callable[[str], None]
LOCAL = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Doors:
    """The addresses of an open room, and the servers behind them."""

    facilitator: str
    participants: str
    servers: tuple[Server, ...]

    def open_browser(self) -> None:
        """Show the facilitator's page, where a browser can be had."""
        with contextlib.suppress(webbrowser.Error):
            webbrowser.open(self.facilitator)

    def watch(self) -> None:
        """Wait for Ctrl-C; `ServerEndedError` when a server ends before."""
        watch(self.servers)

    def to_dict(self) -> dict[str, str]:
        """The addresses."""
        return {"facilitator": self.facilitator, "participants": self.participants}


def prepared(room: Room, tell: Tell) -> None:
    """Make the exhibit for the participants if there is none of this log."""
    if not room.is_prepared:
        tell(say("serve.preparing").in_(room.lang))
        room.prepare()


@contextlib.contextmanager
def served(room: Room, host: str, port: int, tell: Tell) -> Iterator[Doors]:
    """The room is open in the block; whatever ends it, both servers and all kernels end with it.

    JupyterLab listens to this machine alone and Voila to `host`, on the first free ports from
    `port` on. Each has a token of its own: who joins cannot run code.
    """
    lab_port = free_port(LOCAL, port)
    voila_port = free_port(host, lab_port + 1)
    if lab_port != port:
        tell(say("serve.moved", wanted=port, port=lab_port).in_(room.lang))
    tell(say("serve.starting").in_(room.lang))
    keys = new_token(), new_token()
    servers: list[Server] = []
    with together(servers):
        servers.append(lab(room.folder, lab_port, keys[0], room.hidden))
        servers.append(voila(room.participants, host, voila_port, keys[1], room.hidden))
        for server in servers:
            server.await_answer()
        place = quote(room.board.name)
        doors = Doors(
            f"http://{LOCAL}:{lab_port}/doc/workspaces/journey/tree/{place}?token={keys[0]}",
            f"http://{_written(reachable(host))}:{voila_port}/?token={keys[1]}",
            tuple(servers),
        )
        for line in _welcome(room, doors, host):
            tell(line)
        yield doors


def _welcome(room: Room, doors: Doors, host: str) -> Iterator[str]:
    is_shared = host not in (LOCAL, "localhost", "::1")
    yield ""
    yield say("serve.running", folder=room.folder).in_(room.lang)
    yield say("serve.facilitator", url=doors.facilitator).in_(room.lang)
    yield say("serve.participants", url=doors.participants).in_(room.lang)
    yield say("serve.next_shared" if is_shared else "serve.next_local").in_(room.lang)


def _written(host: str) -> str:
    return f"[{host}]" if ":" in host else host
