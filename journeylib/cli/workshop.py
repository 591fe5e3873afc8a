"""``journey workshop``: a room for a workshop on this machine, until Ctrl-C."""

from __future__ import annotations

import contextlib
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Group, Parameter

from journeylib.cli.commands import app
from journeylib.cli.delivery import json_text
from journeylib.cli.options import Reading

if TYPE_CHECKING:
    from journeylib.workshop.room import HowRead

_USUAL = Reading()


@Parameter(name="*", group=Group("The room", sort_key=1))
@dataclass(frozen=True)
class Entrance:
    """Where people come in."""

    host: str = "127.0.0.1"
    """Where participants are let in; 0.0.0.0 lets others on this network join."""

    port: int = 8888
    """First port to try; a taken one is passed over."""

    browser: bool = True
    """Open the facilitator's page."""


@Parameter(name="*", group=Group("What is shown", sort_key=3))
@dataclass(frozen=True)
class Speaking:
    """What the command and the room say."""

    lang: Literal["zh", "en"] | None = None
    """Language of the workshop; remembered, Chinese at first."""

    json: Annotated[bool, Parameter(negative="")] = False
    """Print the addresses as JSON."""

    debug: Annotated[bool, Parameter(negative="")] = False
    """Show the traceback when something fails."""


_OPEN, _PLAIN = Entrance(), Speaking()


@app.command
def workshop(
    folder: Annotated[Path, Parameter(help="Folder of the workshop; made if need be.")],
    /,
    *,
    log: Annotated[str | None, Parameter(help="Event log; remembered in workshop.toml.")] = None,
    entrance: Entrance = _OPEN,
    reading: Reading = _USUAL,
    speaking: Speaking = _PLAIN,
) -> None:
    """Start a workshop: the board for the facilitator, a page for each participant."""
    from journeylib.workshop.room import Room
    from journeylib.workshop.room.serving import prepared, served

    read = None if reading == _USUAL else _how_read(reading)
    room = Room.furnish(folder, log, speaking.lang, read)
    _end_with_the_terminal()
    tell = _aside if speaking.json else _told
    try:
        prepared(room, tell)
        with served(room, entrance.host, entrance.port, tell) as doors:
            if speaking.json:
                _told(json_text(doors.to_dict()).rstrip())
            if entrance.browser:
                doors.open_browser()
            doors.watch()
    except KeyboardInterrupt:
        tell(room.farewell)


def _how_read(reading: Reading) -> HowRead:
    from journeylib.workshop.room import HowRead

    return HowRead(
        reading.mapping,
        reading.columns() or {},
        reading.sheet,
        reading.changes,
        reading.links,
        reading.lifecycle,
        reading.calendar,
        reading.rules,
        reading.engine,
        reading.memory,
        reading.jobs,
    )


def _end_with_the_terminal() -> None:
    """A terminal that is closed ends the workshop as Ctrl-C does."""
    with contextlib.suppress(AttributeError, ValueError):  # Windows; not the main thread
        signal.signal(signal.SIGHUP, signal.default_int_handler)


def _told(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _aside(line: str) -> None:
    sys.stderr.write(f"{line}\n")
