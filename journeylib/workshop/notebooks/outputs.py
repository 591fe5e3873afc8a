"""What of a cell's output stands still: where widgets cannot run, their static twin is shown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Literal

Missed = Literal["widget", "script", "remote", "unknown"]
"""What a page without kernel and network cannot show as it was: counted, and told."""

STILL = (
    "image/svg+xml",
    "text/html",
    "image/png",
    "image/jpeg",
    "image/gif",
    "text/markdown",
    "text/plain",
)
"""The forms that stand still, best first."""

WIDGET = "application/vnd.jupyter.widget-view+json"
_SCRIPT = re.compile(r"<script\b", re.IGNORECASE)


def still(data: Mapping[str, Any], missed: Counter[Missed]) -> tuple[str, str]:
    """The media type of `data` to show, and its content; what gets lost is counted in `missed`.

    HTML that brings a script gives way to a picture, and to nothing else: without its script it
    still says more than plain text.

    >>> still({WIDGET: {}, "text/plain": "Map(7)", "image/svg+xml": ["<svg/>"]}, Counter())
    ('image/svg+xml', '<svg/>')
    """
    have = [kind for kind in STILL if kind in data]
    if not have:
        missed["widget" if WIDGET in data else "unknown"] += 1
        return "text/plain", ", ".join(sorted(data))
    best = have[0]
    if best == "text/html" and _SCRIPT.search(joined(data[best])):
        best = next((kind for kind in have if kind.startswith("image/")), best)
        missed["script"] += best != "text/html"  # else counted where the script is taken out
    if best == "text/plain" and len(data) > 1:
        missed["widget" if WIDGET in data else "unknown"] += 1
    return best, joined(data[best])


def joined(content: Any) -> str:
    """Text of a notebook, which may be stored line by line."""
    return content if isinstance(content, str) else "".join(content)
