"""`Scenarios`: where each case ended in the target process, and what went wrong on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from journeylib.documents import Block, Document, Heading, Paragraph, Table, Value
from journeylib.documents.blocks import rows
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Activity, Stage
from journeylib.terms import Lang, plain, say

End = Literal["goal", "stopped", "waiting"]


@dataclass(frozen=True, slots=True)
class Reminder:
    """A time limit passed: of an activity, or of a stage. `hours` is how long it took in the end, in
    calendar time, or has taken so far where `done` is false; `limit_hours` is the limit written."""

    kind: Literal["activity", "stage"]
    of: str
    limit_hours: float
    hours: float
    done: bool


@dataclass(frozen=True, slots=True)
class Lacking:
    """An item that a hand-over had to carry and that nobody knew then."""

    handover: str
    item: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """One case. `at` is where it ended: the stage whose gate stopped it, or the activity it waits for
    (ids; None at the goal); `unmet` are the criteria of that gate that did not hold. `skipped` are
    required activities it went past, `unknown` those it did that the process does not know."""

    case: str
    end: End
    at: str | None = None
    unmet: tuple[str, ...] = ()
    reminders: tuple[Reminder, ...] = ()
    lacking: tuple[Lacking, ...] = ()
    skipped: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Misread:
    """A value that is none of its item's type; the case was run without it."""

    case: str
    item: str
    value: str


@dataclass(frozen=True)
class Scenarios:
    """All cases in the order given."""

    spec: TargetSpec
    cases: tuple[Replayed, ...]
    misread: tuple[Misread, ...] = ()

    def ending(self, end: End) -> tuple[Replayed, ...]:
        """The cases that end so."""
        return tuple(case for case in self.cases if case.end == end)

    def __repr__(self) -> str:
        late = sum(bool(case.reminders) for case in self.cases)
        counts = [len(self.ending(end)) for end in ("goal", "stopped", "waiting")]
        return (
            f"Scenarios({len(self.cases)} cases: {counts[0]} reach the goal, {counts[1]} stop at a "
            f"gate, {counts[2]} wait; {late} pass a time limit)"
        )

    __str__ = __repr__

    def to_dict(self) -> dict[str, Any]:
        """As plain data, ``scenarios/1``; times in hours of the calendar."""
        return {
            "schema": "scenarios/1",
            "spec": self.spec.fingerprint,
            "ends": {end: len(self.ending(end)) for end in ("goal", "stopped", "waiting")},
            "cases": [plain(case) for case in self.cases],
            "misread": [plain(value) for value in self.misread],
        }

    def document(self, lang: Lang = "zh") -> Document:
        """What happened, for people: ends, gates, time limits, hand-overs, and case by case."""
        return _Telling(self, lang).document()


class _Telling:
    """The result in words."""

    def __init__(self, result: Scenarios, lang: Lang) -> None:
        self.result, self.spec, self.lang = result, result.spec, lang
        self.stages: dict[str, Stage] = {stage.id: stage for stage in self.spec.stages}
        self.activities: dict[str, Activity] = {a.id: a for a in self.spec.activities}

    def say(self, key: str, **values: object) -> str:
        return say(f"scenario.{key}", **values).in_(self.lang)

    def document(self) -> Document:
        title = self.say("title", name=self.spec.name)
        return Document(title, tuple(self.blocks()), self.lang)

    def blocks(self) -> Iterator[Block]:
        yield Paragraph(self.say("about"))
        yield self.table("ends", self.ends())
        for name, lines in (
            ("gates", self.gates()),
            ("waits", self.waits()),
            ("limits", self.limits()),
            ("handovers", self.handovers()),
            ("unknown", self.counted("unknown")),
            ("skipped", self.counted("skipped")),
            ("misread", [(m.case, self.item(m.item), m.value) for m in self.result.misread]),
            ("cases", self.cases()),
        ):
            if lines:
                yield Heading(self.say(name))
                yield self.table(name, lines)

    def table(self, name: str, lines: Sequence[Sequence[Value]]) -> Table:
        head = tuple(self.say(f"{name}_head").split("|"))
        return Table(head, rows(lines), self.say(name))

    def ends(self) -> list[tuple[Value, ...]]:
        counts = Counter(case.end for case in self.result.cases)
        return [(self.say(f"end_{end}"), counts[end]) for end in ("goal", "stopped", "waiting")]

    def gates(self) -> list[tuple[Value, ...]]:
        """Each criterion that held cases back; a case that lacks several counts at each."""
        stopped = self.result.ending("stopped")
        words = {c.id: c.text.in_(self.lang) for s in self.spec.stages for c in s.exit}
        people = self.say("people")
        counts = Counter((str(c.at), unmet) for c in stopped for unmet in c.unmet or ("",))
        order = list(self.stages)
        return [
            (self.stages[stage].name.in_(self.lang), words.get(criterion, people), n)
            for (stage, criterion), n in sorted(
                counts.items(), key=lambda pair: (order.index(pair[0][0]), -pair[1], pair[0][1])
            )
        ]

    def waits(self) -> list[tuple[Value, ...]]:
        counts = Counter(str(case.at) for case in self.result.ending("waiting"))
        return [
            (a.name.in_(self.lang), counts[id]) for id, a in self.activities.items() if counts[id]
        ]

    def limits(self) -> list[tuple[Value, ...]]:
        counts = Counter(
            (r.kind, r.of, r.limit_hours) for c in self.result.cases for r in c.reminders
        )
        return [
            (self.say(f"limit_{kind}"), self.name(of), round(limit, 2), n)
            for (kind, of, limit), n in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        ]

    def handovers(self) -> list[tuple[Value, ...]]:
        known = {h.id: h for s in self.spec.stages for h in s.handovers}
        counts = Counter(
            (lack.handover, lack.item) for c in self.result.cases for lack in c.lacking
        )
        return [
            (known[handover].source, known[handover].target, self.item(item), n)
            for (handover, item), n in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        ]

    def counted(self, field: Literal["unknown", "skipped"]) -> list[tuple[Value, ...]]:
        counts = Counter(name for case in self.result.cases for name in getattr(case, field))
        return [
            (self.name(name), n)
            for name, n in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        ]

    def cases(self) -> list[tuple[Value, ...]]:
        return [
            (case.case, self.say(f"end_{case.end}"), self.name(case.at) if case.at else None,
             len(case.reminders), len(case.lacking))
            for case in self.result.cases
        ]  # fmt: skip

    def name(self, id: str) -> str:
        found = self.activities.get(id) or self.stages.get(id)
        return found.name.in_(self.lang) if found else id

    def item(self, id: str) -> str:
        return self.spec.item_name(id).in_(self.lang)
