"""Expected files under ``tests/golden``; ``make golden`` renews them, a diff then shows why."""

from __future__ import annotations

import os
from pathlib import Path

GOLDEN = Path(__file__).parent / "golden"


def check_golden(name: str, content: str | bytes) -> None:
    """Assert that `content` is byte for byte the expected file of that name."""
    path, found = GOLDEN / name, content.encode() if isinstance(content, str) else content
    if os.environ.get("GOLDEN") == "renew":
        path.write_bytes(found)
    expected = path.read_bytes()
    assert found.decode() == expected.decode(), "make golden writes it anew"
