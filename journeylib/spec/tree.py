"""A specification as a tree whose branches have names, so that two versions can be laid side by side.

Parts in a list are known by what they are (their id, an item, a pair of places), not by where they
stand: inserting one does not change the address of the next. Reasons, texts and facts are leaves:
they change as a whole.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from journeylib.spec.model import TargetSpec


class Key(str):
    """A step of a path that is the key of a part in a list, not the name of a field."""

    __slots__ = ()


Path: TypeAlias = tuple[str, ...]
"""Field names and keys of parts: ``("stages", Key("interest"), "exit", Key("c-1"), "when")``."""


@dataclass(frozen=True, slots=True)
class Absent:
    """Stands where one of the versions has nothing."""


ABSENT: Final = Absent()

_KEYS: dict[str, tuple[str, ...]] = {
    "raci": ("department", "part"),
    "items": ("item",),
    "transitions": ("source", "target"),
    "sla_options": ("level",),
}
"""Fields that tell the parts of a list apart, where it is not their id."""

_BRANCHES = frozenset(
    {
        "departments", "roles", "information", "stages", "constraints", "goals", "findings",
        "entry", "exit", "activities", "handovers", "automation", *_KEYS,
    }
)  # fmt: skip
"""Lists whose parts have fields of their own; in all others an element is a leaf."""


class Branch(dict[str, Any]):
    """A part with fields that may change one by one."""


class Listed(dict[str, Any]):
    """The parts of a list by key; order counts."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Listed) and list(self.items()) == list(other.items())

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None


def tree_of(spec: TargetSpec) -> Branch:
    """`spec` as plain data, its parts as branches and its lists by key."""
    return _branch(spec.to_dict())


def data_of(tree: Any) -> Any:
    """Back to plain data as ``spec.json`` holds it."""
    if isinstance(tree, Branch):
        return {name: data_of(value) for name, value in tree.items()}
    if isinstance(tree, Listed):
        return [data_of(value) for value in tree.values()]
    return tree


def _named(name: str, value: Any) -> Any:
    # The order of a constraint's activities is its meaning, so they are one leaf.
    if not isinstance(value, list) or (name == "activities" and _is_plain(value)):
        return value
    counted: Counter[str] = Counter()
    named = Listed()
    for part in value:
        key = _key(name, part)
        counted[key] += 1
        branch = _branch(part) if isinstance(part, dict) and name in _BRANCHES else part
        named[key if counted[key] == 1 else f"{key}#{counted[key]}"] = branch
    return named


def _is_plain(values: Sequence[Any]) -> bool:
    return bool(values) and all(isinstance(value, str) for value in values)


def _branch(part: Mapping[str, Any]) -> Branch:
    return Branch({name: _named(name, value) for name, value in part.items()})


def _key(name: str, part: Any) -> str:
    if isinstance(part, str):
        return part
    if name in _KEYS:
        return " → ".join(str(part[field]) for field in _KEYS[name])
    if name in _BRANCHES:
        return str(part["id"])
    return json.dumps(part, ensure_ascii=False, sort_keys=True)


def path_text(path: Path) -> str:
    """A path as people write it: keys in brackets.

    >>> path_text(("stages", Key("interest"), "sla"))
    '$.stages[interest].sla'
    """
    return "$" + "".join(f"[{s}]" if isinstance(s, Key) else f".{s}" for s in path)
