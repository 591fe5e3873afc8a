"""A specification under edit: plain data that may be wrong for a while, and the way back.

Nothing here knows of widgets. Each edit is a new `Edits` that remembers the one before, so undoing is
going back, and whatever is wrong is told with its path while the work goes on.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from journeylib.errors import FeelError
from journeylib.spec import feel
from journeylib.spec.diff import Diff, diff
from journeylib.spec.drafting.draft import neighbours
from journeylib.spec.hints import Hint, hints, problems
from journeylib.spec.model import Problem, TargetSpec
from journeylib.spec.parts import Activity
from journeylib.terms import Text, say, stable_id

Address: TypeAlias = tuple[str | int, ...]
"""Where a value stands: ``("stages", 1, "sla")``."""

Data: TypeAlias = dict[str, Any]

_WORKSHOP = {"method": "workshop"}


def address_text(address: Address) -> str:
    """An address as problems name it.

    >>> address_text(("stages", 1, "sla"))
    '$.stages[1].sla'
    """
    return "$" + "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in address)


@dataclass(frozen=True, eq=False)
class Edits:
    """`data` as it stands now, made from `base`; `before` is the state one edit ago."""

    base: TargetSpec
    data: Data
    before: Edits | None = field(default=None, repr=False)

    @classmethod
    def of(cls, spec: TargetSpec) -> Edits:
        """Nothing changed yet."""
        return cls(spec, spec.to_dict())

    # -- asking ------------------------------------------------------------------------------

    def at(self, *address: str | int) -> Any:
        """The value at an address."""
        value: Any = self.data
        for step in address:
            value = value[step]
        return value

    @functools.cached_property
    def problems(self) -> tuple[Problem, ...]:
        """All that keeps it from being a specification, each with path and repair.

        What is wrong with a gate is told once, at the exit, where it is edited.
        """
        twins = tuple(f"$.stages[{stage + 1}].entry[" for stage in _shared_gates(self.data))
        found = problems(self.data)
        return tuple((path, told) for path, told in found if not path.startswith(twins))

    def problems_at(self, *address: str | int) -> tuple[str, ...]:
        """What is wrong with the value at an address, or with a part of it."""
        at = address_text(address)
        return tuple(
            told
            for path, told in self.problems
            if path == at or path.startswith((f"{at}.", f"{at}["))
        )

    @property
    def spec(self) -> TargetSpec:
        """The specification as it stands; `SpecError` with every problem while it is none."""
        return TargetSpec.model_validate(copy.deepcopy(self.data))

    @property
    def hints(self) -> tuple[Hint, ...]:
        """What deserves a second look; nothing while there are problems."""
        return () if self.problems else tuple(hints(self.spec))

    @property
    def diff(self) -> Diff:
        """What was changed, in words; `SpecError` while it is no specification."""
        return diff(self.base, self.spec)

    # -- changing ----------------------------------------------------------------------------

    def set(self, address: Address, value: Any) -> Edits:
        """With another value at `address`; both sides of a gate change together.

        What was measured of the old value is no reason for the new one: that is now the workshop,
        or the measurement of the option that was chosen.
        """

        def change(data: Data) -> None:
            part, name = _parent(data, address), str(address[-1])
            if name == "when" and part["text"] == _usual_words(data, part["when"]):
                part["text"] = _usual_words(data, str(value))
            if part[name] != value and name in _REASONS:
                part[_REASONS[name]] = _reason(part, name, value)
            part[name] = value
            if name == "required":
                _reflow(data)

        return self._changed(change)

    def add_criterion(self, stage: int, when: str) -> Edits:
        """With one more exit criterion of a stage, set by the workshop and worded as usual."""
        id = stable_id("c", self.at("stages", stage, "id"), "workshop", when)
        text = _usual_words(self.data, when)
        part = {"id": id, "when": when, "text": text, "why": _WORKSHOP}
        return self._changed(lambda data: data["stages"][stage]["exit"].append(part))

    def add_activity(self, stage: int, event: str, name: Mapping[str, str]) -> Edits:
        """With one more optional activity at the end of a stage; `event` is its name in logs."""

        def change(data: Data) -> None:
            part: Data = {"id": stable_id("a", event), "event": event, "name": dict(name)}
            part |= {"required": False, "why": _WORKSHOP}
            data["stages"][stage]["activities"].append(part)
            _reflow(data)

        return self._changed(change)

    def remove(self, address: Address) -> Edits:
        """Without the part at `address`; an activity takes along all that speaks of it."""

        def change(data: Data) -> None:
            part = _parent(data, address).pop(address[-1])
            if address[-2] == "activities":
                _forget(data, part)
                _reflow(data)

        return self._changed(change)

    def undo(self) -> Edits:
        """One edit back; itself where nothing was changed."""
        return self.before or self

    def _changed(self, change: Callable[[Data], None]) -> Edits:
        data = copy.deepcopy(self.data)
        gates = _shared_gates(data)
        change(data)
        for stage in gates:
            data["stages"][stage + 1]["entry"] = copy.deepcopy(data["stages"][stage]["exit"])
        return self if data == self.data else Edits(self.base, data, self)


def _parent(data: Data, address: Address) -> Any:
    value: Any = data
    for step in address[:-1]:
        value = value[step]
    return value


_REASONS = {"when": "why", "sla": "sla_why", "within": "why"}
"""Fields with a reason of their own, and where it stands."""


def _reason(part: Data, name: str, value: Any) -> Data:
    """Why a value stands there now; findings and cards it answers are still those."""
    before = part[_REASONS[name]] or {}
    kept = {key: before[key] for key in ("findings", "cards") if before.get(key)}
    options = {o["limit"]: o["why"] for o in part.get("sla_options", ())} if name == "sla" else {}
    return {**options.get(value, _WORKSHOP), **kept}


def _usual_words(data: Data, when: str) -> dict[str, str]:
    """How a draft would word a condition; what it has no words for speaks for itself."""
    names = {item["id"]: Text(**item["name"]) for item in data["information"]}
    try:
        tree = feel.parse(when)
    except FeelError:
        return Text.same(when).to_dict()
    match tree:
        case feel.Within(feel.Literal(str(event)), feel.Name(feel.DONE)):
            return say("spec.criterion_done", activity=event).to_dict()
        case feel.Compare("!=", feel.Name(id), feel.Literal(None)) if id in names:
            return say("spec.criterion_filled", item=names[id]).to_dict()
        case _:
            return Text.same(when).to_dict()


def _shared_gates(data: Data) -> list[int]:
    """Stages whose exit criteria are the entry criteria of the next."""
    stages = data["stages"]
    return [i for i in range(len(stages) - 1) if stages[i]["exit"] == stages[i + 1]["entry"]]


def _forget(data: Data, activity: Data) -> None:
    """Without the rules and criteria that speak of an activity that is gone."""
    id, done = activity["id"], f'"{activity["event"]}" in done'
    data["constraints"] = [c for c in data["constraints"] if id not in c["activities"]]
    for stage in data["stages"]:
        stage["automation"] = [r for r in stage["automation"] if r["activity"] != id]
        for gate in ("entry", "exit"):
            stage[gate] = [c for c in stage[gate] if c["when"] != done]


def _reflow(data: Data) -> None:
    """The transitions of the sequence as it is now; known ones keep their reasons."""
    reasons = {(t["source"], t["target"]): t["why"] for t in data["transitions"]}
    flow = [
        Activity.model_construct(id=a["id"], required=a["required"])
        for stage in data["stages"]
        for a in stage["activities"]
    ]
    pairs = [(a.id, b.id) for a, b in neighbours(flow)]
    data["transitions"] = [
        {"source": a, "target": b, "why": reasons.get((a, b), _WORKSHOP)} for a, b in pairs
    ]
