"""A page printed to PDF by the browser that is on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from journeylib.errors import JourneyError, ResourceError

_COMMANDS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
    "msedge",
    "brave-browser",
)
_MAC = ("Google Chrome", "Microsoft Edge", "Chromium", "Brave Browser")
_WINDOWS = (
    "Google/Chrome/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
    "Chromium/Application/chrome.exe",
)
_QUIET = (
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pdf-header-footer",
    "--run-all-compositor-stages-before-draw",
)
_SECONDS = 180


class NoBrowserError(JourneyError):
    """No browser is here that could print."""

    def __init__(self) -> None:
        super().__init__(
            "a PDF is printed by Chromium, Chrome or Edge, and none was found here. Install one of "
            "them (or name it in the variable CHROMIUM); or take --html, which needs none and can "
            "be printed from any browser"
        )


def browser() -> str:
    """Path of a browser that prints; `NoBrowserError` where there is none.

    The environment variable ``CHROMIUM`` says which, where several are.
    """
    told = os.environ.get("CHROMIUM")
    if told:
        found = shutil.which(told)
        if found is None:
            raise NoBrowserError
        return found
    for path in _candidates():
        if path.is_file():
            return str(path)
    raise NoBrowserError


def pdf(page: str, title: str) -> bytes:
    """`page` (HTML) as PDF, without the moment of printing; the rest is the browser's work."""
    with tempfile.TemporaryDirectory(prefix="journey-", ignore_cleanup_errors=True) as scratch:
        source, target = Path(scratch, "page.html"), Path(scratch, "page.pdf")
        source.write_text(page, encoding="utf-8")
        _print(source, target, Path(scratch, "profile"))
        return _timeless(target, title)


def _print(source: Path, target: Path, profile: Path) -> None:
    sandbox = ["--no-sandbox"] if _is_root() else []
    command = [browser(), *_QUIET, *sandbox, f"--user-data-dir={profile}"]
    command += [f"--print-to-pdf={target}", source.as_uri()]
    try:
        done = subprocess.run(  # noqa: S603 - the browser of this machine
            command, capture_output=True, text=True, timeout=_SECONDS, check=False, errors="replace"
        )
    except subprocess.TimeoutExpired as problem:
        raise ResourceError(f"{command[0]} printed for {_SECONDS} s without an end") from problem
    if done.returncode or not target.is_file():
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise ResourceError(f"{command[0]} could not print the page: {last[:300]}")


def _timeless(path: Path, title: str) -> bytes:
    """Without the moment of printing: two runs shall not differ by that."""
    import pymupdf

    with pymupdf.open(path) as document:
        document.set_metadata({"title": title, "creationDate": "", "modDate": ""})
        document.del_xml_metadata()
        return bytes(document.tobytes(garbage=3, deflate=True, no_new_id=True))


def _candidates() -> Iterator[Path]:
    for name in _COMMANDS:
        if found := shutil.which(name):
            yield Path(found)
    if sys.platform == "darwin":
        for folder in (Path("/Applications"), Path.home() / "Applications"):
            yield from (folder / f"{name}.app" / "Contents" / "MacOS" / name for name in _MAC)
    for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
        if folder_of := os.environ.get(variable):
            yield from (Path(folder_of, name) for name in _WINDOWS)


def _is_root() -> bool:
    """Chromium refuses its sandbox to root, as in a container."""
    return hasattr(os, "geteuid") and os.geteuid() == 0
