"""Names that criteria can use for whatever the log calls its columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set as AbstractSet

from journeylib.spec import feel


def free_name(attribute: str, taken: AbstractSet[str]) -> str:
    """`attribute` as a name of our FEEL subset, told apart from those already taken.

    >>> free_name("Budget (CNY)", {"Budget_CNY"})
    'Budget_CNY_2'
    """
    plain = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", attribute)).strip("_") or "item"
    base = f"_{plain}" if not re.match(r"[^\W\d]", plain) else plain
    if base in feel.KEYWORDS or base == feel.DONE:
        base += "_"
    names = (base, *(f"{base}_{count}" for count in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)
