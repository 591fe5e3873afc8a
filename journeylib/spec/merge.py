"""Two edits of one specification brought together, part by part (three-way merge by ids).

What only one of them touched is taken from it. Where both changed the same thing differently there
is a conflict: it is listed with all three values, and the merged draft holds ours until it is chosen.
Source of the rules: Mens, A State-of-the-Art Survey on Software Merging (2002), state-based merging.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from journeylib.spec.diff_words import Names, place, value_text
from journeylib.spec.hints import problems
from journeylib.spec.model import Problem, TargetSpec
from journeylib.spec.tree import ABSENT, Branch, Key, Listed, Path, data_of, path_text, tree_of
from journeylib.terms import Text, say
from journeylib.wording import so_many

Side = Literal["ours", "theirs"]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Both sides changed the value at `path`, differently; `ABSENT` where a side removed the part."""

    path: str
    base: Any
    ours: Any
    theirs: Any
    text: Text


@dataclass(frozen=True)
class Merged:
    """The merged draft as plain data, the conflicts in it, and what it breaks as a specification.

    Two edits that are each sound can contradict each other: one removes what the other refers to.
    `problems` then lists this as any specification's.
    """

    draft: dict[str, Any]
    conflicts: tuple[Conflict, ...]
    problems: tuple[Problem, ...]

    @property
    def spec(self) -> TargetSpec:
        """The merged specification, ours where there is a conflict; `SpecError` if it breaks rules."""
        return TargetSpec.model_validate(self.draft)

    def __repr__(self) -> str:
        conflicts = so_many(len(self.conflicts), "conflict")
        return f"Merged({conflicts}, {so_many(len(self.problems), 'problem')})"


def merge(
    base: TargetSpec,
    ours: TargetSpec,
    theirs: TargetSpec,
    choose: Mapping[str, Side] | None = None,
) -> Merged:
    """What `ours` and `theirs` both made of `base`.

    `choose` settles conflicts by their paths: ``{"$.stages[interest].sla": "theirs"}``. Swapping the
    sides gives the same draft wherever there is no conflict, and the same conflicts mirrored.
    """
    names = Names({**Names.of_both(base, theirs).known, **Names.of_both(base, ours).known})
    meeting = _Meeting(names, dict(choose or {}))
    draft = data_of(meeting.value((), tree_of(base), tree_of(ours), tree_of(theirs)))
    return Merged(draft, tuple(meeting.conflicts), tuple(problems(draft)))


@dataclass
class _Meeting:
    """Collects conflicts on the way through the trees."""

    names: Names
    choose: dict[str, Side]
    conflicts: list[Conflict] = field(default_factory=list)

    def value(self, path: Path, base: Any, ours: Any, theirs: Any) -> Any:
        """The three-way rule, deeper where all have parts of their own."""
        if theirs in (ours, base):
            return ours
        if ours == base:
            return theirs
        if isinstance(ours, Branch) and isinstance(theirs, Branch):
            old = base if isinstance(base, Branch) else Branch()
            return Branch(self.fields(path, old, ours, theirs))
        if isinstance(ours, Listed) and isinstance(theirs, Listed):
            list_before = base if isinstance(base, Listed) else Listed()
            return self.listed(path, list_before, ours, theirs)
        return self.conflict(path, base, ours, theirs)

    def fields(self, path: Path, base: Branch, ours: Branch, theirs: Branch) -> dict[str, Any]:
        found = {
            name: self.value(
                (*path, name), *(side.get(name, ABSENT) for side in (base, ours, theirs))
            )
            for name in dict.fromkeys((*ours, *theirs))
        }
        return {name: value for name, value in found.items() if value is not ABSENT}

    def listed(self, path: Path, base: Listed, ours: Listed, theirs: Listed) -> Listed:
        merged = {
            key: self.value(
                (*path, Key(key)), *(side.get(key, ABSENT) for side in (base, ours, theirs))
            )
            for key in sorted({*base, *ours, *theirs})
        }
        kept = {key for key, value in merged.items() if value is not ABSENT}
        return Listed({key: merged[key] for key in self.order(path, (base, ours, theirs), kept)})

    def order(
        self, path: Path, sides: tuple[Listed, Listed, Listed], kept: set[str]
    ) -> Sequence[str]:
        """That of the side that rearranged what both have; additions stay where they were put."""
        base, ours, theirs = ([key for key in side if key in kept] for side in sides)
        common = set(base) & set(ours) & set(theirs)
        was, mine, yours = ([k for k in keys if k in common] for keys in (base, ours, theirs))
        spine = yours if mine == was else mine
        if mine not in (was, yours) and yours != was:
            spine = self.conflict((*path, "order"), was, mine, yours)
        return _woven(spine, ours, theirs)

    def conflict(self, path: Path, base: Any, ours: Any, theirs: Any) -> Any:
        told = path_text(path)
        if told in self.choose:
            return ours if self.choose[told] == "ours" else theirs
        values = {
            name: value_text(path[-1], data_of(value), self.names)
            for name, value in (("base", base), ("ours", ours), ("theirs", theirs))
        }
        text = say("draft.conflict", place=place(path, self.names), **values)
        self.conflicts.append(Conflict(told, data_of(base), data_of(ours), data_of(theirs), text))
        # Work is not lost for a choice that nobody has made: what one side removed stays for now.
        return theirs if ours is ABSENT else ours


def _woven(spine: Sequence[str], *sides: Iterable[str]) -> list[str]:
    """`spine` with what the sides add, each run behind the key it follows; runs meet by name."""
    after: dict[str | None, set[tuple[str, ...]]] = {}
    placed = set(spine)
    for side in sides:
        anchor: str | None = None
        run: list[str] = []
        for key in [*side, None]:
            if key is None or key in placed:
                if run:
                    after.setdefault(anchor, set()).add(tuple(run))
                anchor, run = key, []
            else:
                run.append(key)
    order = []
    for anchor in (None, *spine):
        order += [anchor] if anchor is not None else []
        order += [key for run in sorted(after.get(anchor, ())) for key in run]
    return list(dict.fromkeys(order))
