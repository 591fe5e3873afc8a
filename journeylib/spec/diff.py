"""What changed from one version of a specification to the next, told part by part in words.

Nothing is missed: the difference is empty only where both versions read the same, and each value
that differs lies under the path of some change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from journeylib.documents import Bullets, Document, Heading
from journeylib.spec.diff_words import Names, changed, moved, reordered
from journeylib.spec.model import TargetSpec
from journeylib.spec.tree import ABSENT, Branch, Key, Listed, Path, path_text, tree_of
from journeylib.terms import Lang, Text, say

Kind = Literal["added", "removed", "moved", "reordered", "changed"]


@dataclass(frozen=True, slots=True)
class Change:
    """One change at `path`; `before` and `after` are plain data (`ABSENT` where there is none).

    ``moved`` is a part that stands under another stage now: `path` is where it went, `origin` where
    it was. ``reordered`` is a list whose common parts follow each other differently. `also` are paths
    at which the very same happened: the entry criteria of the stage after a gate.
    """

    kind: Kind
    path: Path
    before: Any
    after: Any
    text: Text
    origin: Path | None = None
    also: tuple[Path, ...] = ()

    @property
    def paths(self) -> tuple[Path, ...]:
        """All places this change speaks of."""
        return (self.path, *((self.origin,) if self.origin else ()), *self.also)

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        values = {"before": self.before, "after": self.after}
        return {
            "kind": self.kind,
            "path": path_text(self.path),
            "text": self.text.to_dict(),
            **{name: value for name, value in values.items() if value is not ABSENT},
            "also": [path_text(path) for path in self.paths[1:]],
        }


@dataclass(frozen=True)
class Diff:
    """All changes in the order of the newer document; falsy where there are none."""

    changes: tuple[Change, ...]
    names: Names

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    def __len__(self) -> int:
        return len(self.changes)

    def sentences(self, lang: Lang = "zh") -> tuple[str, ...]:
        """One sentence a change."""
        return tuple(change.text.in_(lang) for change in self.changes)

    def document(self, lang: Lang = "zh") -> Document:
        """The changes as a document, stage by stage; what concerns no one stage comes first."""
        groups: dict[str, list[str]] = {}
        for change in self.changes:
            stage = change.path[1] if change.path[0] == "stages" and len(change.path) > 2 else ""
            groups.setdefault(stage, []).append(change.text.in_(lang))
        blocks: list[Any] = [] if groups else [Bullets((say("draft.diff_none").in_(lang),))]
        for stage in sorted(groups, key=lambda stage: stage != ""):
            name = self.names.of("stages", stage) if stage else say("draft.diff_overall")
            blocks += [Heading(name.in_(lang)), Bullets(tuple(groups[stage]))]
        return Document(say("draft.diff_title").in_(lang), tuple(blocks), lang)

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {"schema": "diff/1", "changes": [change.to_dict() for change in self.changes]}

    def __repr__(self) -> str:
        told = "; ".join(self.sentences("en")[:3])
        more = f"; … {len(self) - 3} more" if len(self) > 3 else ""
        return f"Diff({len(self)} changes{': ' + told if told else ''}{more})"


def diff(before: TargetSpec, after: TargetSpec) -> Diff:
    """What changed from `before` to `after`; empty only where both are written the same."""
    names = Names.of_both(before, after)
    found = list(_compared((), tree_of(before), tree_of(after)))
    told = [
        replace(change, text=_told(change, names)) for change in _gates_once(_moves_joined(found))
    ]
    return Diff(tuple(told), names)


def _told(change: Change, names: Names) -> Text:
    words = _worded(change, names)
    return Text(words.zh, words.en[:1].upper() + words.en[1:])


def _worded(change: Change, names: Names) -> Text:
    if change.kind == "moved":
        assert change.origin is not None
        return moved(change.path, change.origin, names)
    if change.kind == "reordered":
        return reordered(change.path, change.after, names)
    return changed(change.path, change.before, change.after, names)


# -- finding ---------------------------------------------------------------------------------------

_UNTOLD = Text("", "")


def _compared(path: Path, before: Any, after: Any) -> Iterator[Change]:
    if isinstance(before, Branch) and isinstance(after, Branch):
        for name in dict.fromkeys((*after, *before)):
            old, new = before.get(name, ABSENT), after.get(name, ABSENT)
            yield from _compared((*path, name), old, new)
    elif isinstance(before, Listed) and isinstance(after, Listed):
        yield from _compared_lists(path, before, after)
    elif before != after:
        yield Change("changed", path, before, after, _UNTOLD)


def _compared_lists(path: Path, before: Listed, after: Listed) -> Iterator[Change]:
    kept = [key for key in after if key in before]
    for key in (*after, *(key for key in before if key not in after)):
        here = (*path, Key(key))
        if key not in before:
            yield Change("added", here, ABSENT, after[key], _UNTOLD)
        elif key not in after:
            yield Change("removed", here, before[key], ABSENT, _UNTOLD)
        else:
            yield from _compared(here, before[key], after[key])
    order = [key for key in before if key in after]
    if order != kept:
        yield Change("reordered", path, order, kept, _UNTOLD)


def _moves_joined(changes: list[Change]) -> Iterator[Change]:
    """What left one stage and came to another has moved; what else changed in it is told after."""
    gone = {key: c for c in changes if c.kind == "removed" and (key := _movable(c))}
    moved = {key for c in changes if c.kind == "added" and (key := _movable(c)) in gone}
    for change in changes:
        key = _movable(change)
        if key not in moved:
            yield change
        elif change.kind == "added":
            origin = gone[key]
            yield replace(change, kind="moved", before=origin.before, origin=origin.path)
            yield from _compared(change.path, origin.before, change.after)


def _movable(change: Change) -> tuple[str, str] | None:
    """Kind and key of a part of a stage that keeps its id wherever it stands."""
    whole = change.kind in ("added", "removed") and len(change.path) == 4
    if not whole or change.path[2] not in ("activities", "handovers", "automation", "goals"):
        return None
    return change.path[2], change.path[3]


def _gates_once(changes: Iterator[Change]) -> list[Change]:
    """A change of exit criteria that the next stage's entry repeats is told once, at the exit."""
    found = list(changes)
    exits = {
        (c.kind, c.path[3:], _frozen(c.before), _frozen(c.after)): c
        for c in found
        if c.path[:1] == ("stages",) and c.path[2:3] == ("exit",)
    }
    also: dict[int, tuple[Path, ...]] = {}
    kept = []
    for change in found:
        key = (change.kind, change.path[3:], _frozen(change.before), _frozen(change.after))
        if change.path[2:3] == ("entry",) and key in exits:
            twin = id(exits[key])
            also[twin] = (*also.get(twin, ()), change.path)
        else:
            kept.append(change)
    return [replace(c, also=also[id(c)]) if id(c) in also else c for c in kept]


def _frozen(value: Any) -> str:
    return repr(value)
