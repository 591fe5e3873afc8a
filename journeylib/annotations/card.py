"""`Card`: what somebody pinned to the map, as the lines of a file leave it today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from journeylib.annotations.claim import Claim
from journeylib.annotations.line import CONTENT, Kind, Line, Status
from journeylib.annotations.pin import Pin
from journeylib.terms import plain
from journeylib.wording import so_many


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A note: its kind, words, pins, owner, votes, and what the room decided (`status`).

    `id` stays the same through all changes. `text` is as typed. `votes` are dots by person;
    `importance` and `urgency` go from 0 to 100, None where nobody rated it. `at` and `changed` are
    UTC; `lines` are the ids of the newest lines behind it, more than one where two people changed it
    at once.
    """

    id: str
    kind: Kind
    text: str
    author: str
    at: str
    changed: str
    lines: tuple[str, ...]
    status: Status = "open"
    owner: str | None = None
    votes: Mapping[str, int] = field(default_factory=dict)
    importance: int | None = None
    urgency: int | None = None
    places: tuple[Pin, ...] = ()
    claim: Claim | None = None

    @property
    def pin(self) -> str:
        """The id it is pinned to first; empty where it is pinned to nothing."""
        return self.places[0].id if self.places else ""

    @property
    def pins(self) -> tuple[str, ...]:
        """All ids it is pinned to."""
        return tuple(place.id for place in self.places)

    @property
    def dots(self) -> int:
        """Its votes in all."""
        return sum(self.votes.values())

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "id": self.id,
            "kind": self.kind,
            "text": self.text,
            "status": self.status,
            "author": self.author,
            "owner": self.owner,
            "at": self.at,
            "changed": self.changed,
            "votes": dict(sorted(self.votes.items())),
            "importance": self.importance,
            "urgency": self.urgency,
            "pins": [place.model_dump(mode="json") for place in self.places],
            "claim": None if self.claim is None else self.claim.model_dump(mode="json"),
            "lines": plain(self.lines),
        }

    def __repr__(self) -> str:
        words = " ".join(self.text.split())
        shown = words if len(words) <= 40 else words[:39] + "…"
        return (
            f"Card({self.id}, {self.kind}, {self.status}, {so_many(self.dots, 'vote')}: {shown!r})"
        )


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two people changed the same thing of a card, neither having seen the other's change.

    `versions` are the lines that stand against each other, the one that is shown last.
    """

    card: str
    what: str
    versions: tuple[Line, ...]

    def __repr__(self) -> str:
        authors = " / ".join(line.by for line in self.versions)
        return f"Conflict({self.card}, {self.what}: {authors})"


# -- from lines to a card --------------------------------------------------------------------------


def settled(lines: Sequence[Line]) -> tuple[Card, tuple[Conflict, ...]]:
    """The card that `lines` (all of one card, in order) leave, and what they disagree on.

    Each thing a card says (and each person's vote) is as the last line left it that changed it: last
    in the sense that nobody who changed it later had seen that line. Where there are several such
    lines, they are in conflict, and the latest is shown.
    """
    if _is_chain(lines):
        return _card(lines, lines[-1].content, lines[-1:]), ()
    lineage = _Lineage(lines)
    content: dict[str, Any] = {}
    conflicts: list[Conflict] = []
    for what in CONTENT:
        if what != "votes":
            standing = lineage.standing(lambda line, what=what: getattr(line, what))
            content[what] = getattr(standing[-1], what)
            if len(standing) > 1:
                conflicts.append(Conflict(lines[0].card, what, standing))
    content["votes"] = _votes(lineage)
    return _card(lines, content, lineage.newest), tuple(conflicts)


def _is_chain(lines: Sequence[Line]) -> bool:
    """Everybody had seen what was there: what the last line says holds."""
    return all(after.supersedes == (before.id,) for before, after in pairwise(lines))


def _votes(lineage: _Lineage) -> dict[str, int]:
    people = sorted({person for line in lineage.lines for person in line.votes})
    found = {p: lineage.standing(lambda line, p=p: line.votes.get(p, 0))[-1] for p in people}
    return {p: line.votes[p] for p, line in found.items() if p in line.votes}


class _Lineage:
    """Which line had been seen by whoever wrote which."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = tuple(lines)
        known: dict[str, list[Line]] = {}
        for line in lines:
            known.setdefault(line.id, []).append(line)
        first = known.get(lines[0].card, [])
        self.before = {
            id(line): [seen for name in line.supersedes for seen in known.get(name, ())]
            or ([] if line in first else first)
            for line in lines
        }
        self.seen = {id(line): self._seen(line) for line in lines}

    def _seen(self, line: Line) -> frozenset[int]:
        found: set[int] = set()
        todo = list(self.before[id(line)])
        while todo:
            earlier = todo.pop()
            if id(earlier) not in found and earlier is not line:
                found.add(id(earlier))
                todo.extend(self.before[id(earlier)])
        return frozenset(found)

    @property
    def newest(self) -> tuple[Line, ...]:
        """Lines that nobody has superseded."""
        return self._unseen(self.lines)

    def standing(self, value: Any) -> tuple[Line, ...]:
        """The lines whose `value` holds: one, or several with different values."""
        last = self._unseen([line for line in self.lines if self._changes(line, value)])
        told: list[Line] = []
        for line in reversed(last):
            if all(value(line) != value(other) for other in told):
                told.append(line)
        return tuple(reversed(told))

    def _changes(self, line: Line, value: Any) -> bool:
        before = self.before[id(line)]
        return len(before) != 1 or value(before[0]) != value(line)

    def _unseen(self, lines: Sequence[Line]) -> tuple[Line, ...]:
        seen = {earlier for line in lines for earlier in self.seen[id(line)]}
        return tuple(line for line in lines if id(line) not in seen) or tuple(lines[-1:])


def _card(lines: Sequence[Line], content: Mapping[str, Any], newest: Sequence[Line]) -> Card:
    first = min(lines, key=lambda line: line.id != line.card)
    return Card(
        id=first.card,
        author=first.by,
        at=first.at,
        changed=max(line.at for line in lines),
        lines=tuple(sorted({line.id for line in newest})),
        **content,
    )
