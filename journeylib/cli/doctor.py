"""``journey doctor``: does everything we need work here, and what is missing otherwise."""

from __future__ import annotations

import dataclasses
import functools
import importlib.metadata
import importlib.resources
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import journeylib as jl
from journeylib.terms import shipped_dir

_PACKAGES = (
    *("ibis-framework", "duckdb", "pyarrow", "pandas", "pm4py"),
    *("jupyterlab", "anywidget", "voila"),
)
_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="40">'
    '<text x="4" y="30" font-size="24">{word}</text></svg>'
)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: whether it works, whether it has to, and what was seen."""

    name: str
    works: bool
    required: bool
    seen: str

    def to_dict(self) -> dict[str, Any]:
        """As in ``journey doctor --json``."""
        return dataclasses.asdict(self)

    def __str__(self) -> str:
        mark = "ok     " if self.works else "MISSING" if self.required else "absent "
        return f"{mark}  {self.name:<16} {self.seen}"


def examine() -> list[Check]:
    """Every check, in a fixed order."""
    return [
        _needed("Python", lambda: f"{platform.python_version()} on {platform.system()}"),
        _needed("journeylib", lambda: jl.__version__),
        *(_needed(name, functools.partial(_version, name)) for name in _PACKAGES),
        _needed("engine", _duckdb),
        _needed("Chinese text", _chinese),
        _needed("templates", functools.partial(_folder, "templates")),
        _needed("sample logs", functools.partial(_folder, "event_logs")),
        _needed("board", _board),
        _optional("browser", _browser),
        _optional("memory", _memory),
        _optional("Java", _java),
        _optional("Spark", functools.partial(_version, "pyspark")),
        _optional("SpiffWorkflow", functools.partial(_version, "SpiffWorkflow")),
    ]


def _needed(name: str, look: Callable[[], str]) -> Check:
    return _check(name, look, required=True)


def _optional(name: str, look: Callable[[], str]) -> Check:
    return _check(name, look, required=False)


def _check(name: str, look: Callable[[], str], *, required: bool) -> Check:
    """Whatever goes wrong while looking is what there is to report."""
    try:
        return Check(name, True, required, look())
    except Exception as problem:  # noqa: BLE001
        return Check(name, False, required, f"{type(problem).__name__}: {problem}")


def _version(package: str) -> str:
    return importlib.metadata.version(package)


def _duckdb() -> str:
    from journeylib import engine

    answer = engine.duckdb().backend.raw_sql("SELECT 6 * 7, current_setting('threads')").fetchone()
    if answer[0] != 42:
        raise ArithmeticError(f"6 × 7 = {answer[0]}")
    return f"DuckDB answers on {answer[1]} cores"


def _chinese() -> str:
    """Two different characters must not look alike, as two empty boxes would."""
    journey, border = (_pixels(character) for character in "旅程")
    if journey == border or journey == _pixels(" "):
        raise ValueError("Chinese characters come out as boxes or not at all")
    return f"drawn (PyMuPDF {_version('pymupdf')})"


def _pixels(character: str) -> bytes:
    import pymupdf

    drawing = _SVG.format(word=character).encode()
    with pymupdf.open(stream=drawing, filetype="svg") as document:
        return bytes(document[0].get_pixmap().samples)


def _folder(name: str) -> str:
    found = sorted(path.name for path in shipped_dir(name).iterdir())
    return f"{len(found)} entries: {', '.join(found)}"


def _board() -> str:
    """The browser's side of the board has to come with the package."""
    static = importlib.resources.files("journeylib.workshop.board") / "static"
    sizes = (len((static / name).read_bytes()) for name in ("board.js", "board.css"))
    return "script {:,} and style {:,} bytes".format(*sizes)


def _browser() -> str:
    from journeylib.workshop.notebooks.printing import browser

    return f"{browser()} prints notebooks as PDF"


def _memory() -> str:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    free = shutil.disk_usage(tempfile.gettempdir()).free / 1e9
    return f"{total:.1f} GB, {free:.0f} GB free for spilling in the temporary folder"


def _java() -> str:
    java = shutil.which("java")
    if java is None:
        raise FileNotFoundError("only the Spark engine needs it")
    asked = subprocess.run([java, "-version"], capture_output=True, text=True, check=True)  # noqa: S603
    return asked.stderr.splitlines()[0]
