"""Text that XML can hold."""

from __future__ import annotations

import json
import re
from typing import Any

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def legal(text: str) -> str:
    """`text` without the characters XML cannot hold (control characters out of spreadsheets).

    >>> legal("a\\x0bb")
    'ab'
    """
    return _ILLEGAL.sub("", text)


def escaped(expression: str) -> str:
    """An expression whose strings hold such characters as escapes, so that nothing is lost."""
    return _ILLEGAL.sub(lambda match: f"\\u{ord(match[0]):04x}", expression)


def to_json(data: Any) -> str:
    """JSON that XML can hold."""
    return escaped(json.dumps(data, ensure_ascii=False, separators=(",", ":")))
