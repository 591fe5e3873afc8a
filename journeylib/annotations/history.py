"""What one person changed, what of it is taken back, and what it was before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from journeylib.annotations.card import Card, settled
from journeylib.annotations.line import CONTENT, WITHDRAWN, Line

__all__ = ["CONTENT", "History", "back", "of"]


@dataclass(frozen=True, slots=True)
class History:
    """Lines of one person: those that stand (`done`), and the undoing lines that could be undone."""

    done: tuple[Line, ...]
    undone: tuple[Line, ...]


def of(lines: Sequence[Line], by: str) -> History:
    """The history of `by`: a new change forgets what was undone before it, as everywhere."""
    done: list[Line] = []
    undone: list[Line] = []
    own = (line for line in lines if line.by == by.strip())
    for line in sorted(own, key=lambda line: (line.n, line.order)):
        if line.undoes is None:
            done, undone = [*done, line], []
        elif undone and undone[-1].id == line.undoes:
            undone.pop()
            done.append(line)
        elif done:
            done.pop()
            undone.append(line)
    return History(tuple(done), tuple(undone))


def back(lines: Sequence[Line], line: Line, card: Card) -> dict[str, Any]:
    """What taking `line` back changes of `card`: what it changed and still stands as it left it."""
    own = [other for other in lines if other.card == line.card]
    before = [other for other in own if other.id in line.supersedes]
    if not before:
        return {"status": WITHDRAWN}
    was = before[0].content if len(before) == 1 else _content(settled(before)[0])
    is_now = _content(card)
    changed = {
        name: was[name]
        for name in CONTENT
        if name != "votes" and was[name] != getattr(line, name) == is_now[name]
    }
    return changed | {"votes": _votes(was["votes"], line.votes, card.votes)}


def _content(card: Card) -> dict[str, Any]:
    return {name: getattr(card, name) for name in CONTENT}


def _votes(
    was: Mapping[str, int], changed: Mapping[str, int], today: Mapping[str, int]
) -> dict[str, int]:
    votes = dict(today)
    for person in was.keys() | changed.keys():
        before, after = was.get(person, 0), changed.get(person, 0)
        if before != after == today.get(person, 0):
            votes[person] = before
    return {person: dots for person, dots in sorted(votes.items()) if dots}
