"""What can be written at all."""

from __future__ import annotations

import re

_HALVES = re.compile("[\ud800-\udfff]")


def characters(text: str) -> str:
    """Text without halves of characters, which no UTF-8 file can hold.

    >>> characters("a" + chr(0xD800)) == "a" + chr(0xFFFD)
    True
    """
    return _HALVES.sub("\ufffd", text)
