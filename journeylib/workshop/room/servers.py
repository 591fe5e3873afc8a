"""JupyterLab and Voila as processes of their own: started, awaited, watched and ended together."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from journeylib.errors import JourneyError, UsageError

QUIET_LAB = (  # JupyterLab itself would ask the network for news, newer versions and extensions
    "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
    "--LabApp.news_url=None",
    "--LabApp.extension_manager=readonly",
)
SHARE = Path(__file__).parent / "share"
"""Where Jupyter's software finds our template for Voila, and that JupyterLab asks nobody for news."""

_EXTENSIONS = (
    "@jupyter-widgets/jupyterlab-manager",
    "@voila-dashboards/widgets-manager7",
    "@voila-dashboards/widgets-manager8",
    "anywidget",
)
"""What a page of participants needs; whatever else is installed may load what it likes."""

_PORTS, _SECONDS = 100, 90
_GRACE = 8
"""A server that was told to end while it starts a kernel may never do; kernels end without it."""
_IDLE, _LOOK = 120, 30
"""A kernel of a page that was closed without saying so ends after so many seconds; how often to look."""


class ServerEndedError(JourneyError):
    """A server ended by itself, or never came up."""

    exit_code = 3

    def __init__(self, name: str, log: Path) -> None:
        self.name, self.log = name, log
        super().__init__(f"{name} ended. It said last: {_last_line(log)} (all of it: {log})")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where it is reached, and where it writes what it has to say."""

    name: str
    process: subprocess.Popen[bytes]
    host: str
    port: int
    log: Path

    def await_answer(self) -> None:
        """Return when it takes calls; `ServerEndedError` when it does not come to that."""
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline:
            self.must_run()
            with contextlib.suppress(OSError), socket.create_connection((self.host, self.port), 1):
                return
            time.sleep(0.1)
        raise ServerEndedError(self.name, self.log)

    def must_run(self) -> None:
        """`ServerEndedError` when it does not."""
        if self.process.poll() is not None:
            raise ServerEndedError(self.name, self.log)


def lab(folder: Path, port: int, token: str, hidden: Path, more: Sequence[str] = ()) -> Server:
    """JupyterLab on `folder`, for this machine alone; `more` are options of its own."""
    options = [
        "-m",
        "jupyterlab",
        "--no-browser",
        *_allow_root(),
        f"--ServerApp.root_dir={folder.resolve()}",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        *QUIET_LAB,
        *more,
    ]
    settings = {
        "JUPYTERLAB_WORKSPACES_DIR": str((hidden / "workspaces").resolve()),
        **_also("JUPYTER_CONFIG_PATH"),
    }
    return _started("JupyterLab", options, ("127.0.0.1", port), token, hidden, settings)


def voila(notebook: Path, host: str, port: int, token: str, hidden: Path) -> Server:
    """Voila on `notebook`: each page has a kernel of its own, which ends with the page."""
    options = [
        "-m",
        "voila",
        str(notebook.resolve()),
        "--no-browser",
        "--token",
        f"--Voila.ip={host}",
        f"--port={port}",
        "--Voila.port_retries=0",
        "--template=journey",
        "--VoilaConfiguration.file_denylist=.*",
        # A page says good-bye without the cookie that would be asked for (Voila's issue 1458); ending
        # a kernel is all that can be posted here, and takes its name and the token.
        "--Voila.tornado_settings=disable_check_xsrf=True",
        *(f"--VoilaConfiguration.extension_allowlist={name}" for name in _EXTENSIONS),
        f"--MappingKernelManager.cull_idle_timeout={_IDLE}",
        f"--MappingKernelManager.cull_interval={_LOOK}",
    ]
    address = (_near(host), port)
    return _started("Voila", options, address, token, hidden, _also("JUPYTER_PATH"))


def new_token() -> str:
    """A word that nobody guesses."""
    return secrets.token_hex(16)


def free_port(host: str, wanted: int) -> int:
    """`wanted`, or the next port on `host` that nobody uses."""
    for port in range(wanted, min(wanted + _PORTS, 65536)):
        if _is_free(host, port):
            return port
    raise UsageError(f"no free port from {wanted} on; name another with --port")


@contextlib.contextmanager
def together(servers: list[Server]) -> Iterator[None]:
    """Whatever happens in the block, afterwards all `servers` and their kernels have ended."""
    try:
        yield
    finally:
        for server in servers:
            server.process.terminate()
        deadline = time.monotonic() + _GRACE
        for server in servers:
            try:
                server.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                server.process.kill()
                server.process.wait()


def watch(servers: Sequence[Server]) -> None:
    """Never returns; `ServerEndedError` when one of them ends."""
    while True:
        for server in servers:
            server.must_run()
        time.sleep(0.5)


def reachable(host: str) -> str:
    """An address that others in the room can type for a server that listens on `host`.

    >>> reachable("127.0.0.1")
    '127.0.0.1'
    """
    if host not in ("0.0.0.0", "::"):  # noqa: S104 - what the user asked for
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # chooses the way; nothing is sent
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def _started(
    name: str,
    options: Sequence[str],
    address: tuple[str, int],
    token: str,
    hidden: Path,
    settings: dict[str, str],
) -> Server:
    """The token goes by the environment: a command line can be read by everybody."""
    log = hidden / f"{name.lower()}.log"
    environment = os.environ | {"JUPYTER_TOKEN": token, "PYTHONUNBUFFERED": "1"} | settings
    with log.open("wb") as said:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, *options],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
    return Server(name, process, *address, log)


def _also(variable: str) -> dict[str, str]:
    """A search path of Jupyter's, with our folder before whatever is in it."""
    earlier = os.environ.get(variable)
    return {variable: os.pathsep.join([str(SHARE), *([earlier] if earlier else [])])}


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(os.name != "nt"))
        try:
            probe.bind((host, port))
        except OSError as problem:
            if problem.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise UsageError(f"this machine has no address {host!r} ({problem.strerror})") from None
    return True


def _near(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def _allow_root() -> list[str]:
    """Jupyter refuses root unless told; in a container there is nobody else."""
    return ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1].strip()[:300] if lines else "–"
