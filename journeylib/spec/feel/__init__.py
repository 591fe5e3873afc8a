"""A small subset of FEEL: its syntax, its types, what it evaluates to, and its decision tables.

Here are the names of the syntax; ``types``, ``evaluate``, ``normal`` and ``cells`` build on them.
"""

from journeylib.spec.feel.syntax import (
    DONE,
    KEYWORDS,
    Among,
    Both,
    Comparator,
    Compare,
    Either,
    Expression,
    Literal,
    Name,
    Negation,
    Range,
    Within,
    activities,
    filled,
    names,
    parse,
    to_text,
    walk,
    was_done,
)

__all__ = [
    "DONE",
    "KEYWORDS",
    "Among",
    "Both",
    "Comparator",
    "Compare",
    "Either",
    "Expression",
    "Literal",
    "Name",
    "Negation",
    "Range",
    "Within",
    "activities",
    "filled",
    "names",
    "parse",
    "to_text",
    "walk",
    "was_done",
]
