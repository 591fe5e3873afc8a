"""`Annotations`: what a workshop has said, as a frozen view of its lines."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from journeylib.annotations import history
from journeylib.annotations.card import Card, Conflict, settled
from journeylib.annotations.claim import Claim
from journeylib.annotations.line import WITHDRAWN, Kind, Line, Status, now, written
from journeylib.annotations.minutes import document_of
from journeylib.annotations.pin import Pin, Places, pinned
from journeylib.annotations.tables import card_frame
from journeylib.documents import Document
from journeylib.errors import UsageError, did_you_mean
from journeylib.findings.finding import Findings
from journeylib.journey import Journey
from journeylib.terms import Lang
from journeylib.wording import so_many

if TYPE_CHECKING:
    import pandas as pd

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, order=True)
class Unreadable:
    """A line of a file that is no note: kept in the file as it is, never lost, only not understood."""

    number: int
    text: str
    problem: str


@dataclass(frozen=True)
class Annotations:
    """Cards in the order in which they were written, and the `lines` they come from.

    Nothing is ever changed: each ``with_…`` gives annotations with one line more, which supersedes an
    earlier one. `by` signs it; `clock` tells when (UTC now, unless you bring your own). Two people of
    the same name share their votes: sign so that the room can tell you apart.
    """

    lines: tuple[Line, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()

    @classmethod
    def of(cls, lines: Iterable[Line], unreadable: Iterable[Unreadable] = ()) -> Annotations:
        """From lines in any order, some perhaps twice."""
        alike: dict[tuple[str, int, str], list[Line]] = {}
        for line in lines:
            same = alike.setdefault(line.order, [])
            if line not in same:
                same.append(line)
        # One id with two contents: somebody edited the file by hand.
        ordered = (
            sorted(alike[key], key=_text) if alike[key][1:] else alike[key] for key in sorted(alike)
        )
        return cls(tuple(line for same in ordered for line in same), tuple(sorted(set(unreadable))))

    # -- what is there -------------------------------------------------------------------------

    @property
    def cards(self) -> tuple[Card, ...]:
        """All cards but those whose author took them back."""
        return tuple(card for card in self._settled[0].values() if card.status != WITHDRAWN)

    @property
    def withdrawn(self) -> tuple[Card, ...]:
        """The cards that were taken back."""
        return tuple(card for card in self._settled[0].values() if card.status == WITHDRAWN)

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """What two people changed at once, each not having seen the other's change."""
        return self._settled[1]

    @property
    def votes(self) -> dict[str, int]:
        """Dots by card, for the cards that have any, most first."""
        voted = sorted((card for card in self.cards if card.dots), key=lambda c: (-c.dots, c.id))
        return {card.id: card.dots for card in voted}

    @property
    def newest(self) -> Card | None:
        """The card that was written or changed last."""
        if not self.lines:
            return None
        return self[max(self.lines, key=lambda line: (line.n, line.order)).card]

    def for_pin(self, id: str) -> tuple[Card, ...]:
        """The cards pinned to this id."""
        return tuple(card for card in self.cards if id in card.pins)

    def of_kind(self, *kinds: Kind) -> tuple[Card, ...]:
        """The cards of these kinds."""
        return tuple(card for card in self.cards if card.kind in kinds)

    def orphans(self, journey: Journey, findings: Findings | None = None) -> tuple[Card, ...]:
        """Cards pinned to something, none of which is on the map of `journey` any more."""
        places = Places.of(journey, findings)
        return tuple(
            card
            for card in self.cards
            if card.places and not any(places.again(pin) for pin in card.places)
        )

    def __iter__(self) -> Iterator[Card]:
        return iter(self.cards)

    def __len__(self) -> int:
        return len(self.cards)

    def __getitem__(self, card: str) -> Card:
        return self._settled[0][card]

    @functools.cached_property
    def _settled(self) -> tuple[dict[str, Card], tuple[Conflict, ...]]:
        of_card: dict[str, list[Line]] = {}
        for line in self.lines:
            of_card.setdefault(line.card, []).append(line)
        found = {id: settled(lines) for id, lines in of_card.items()}
        conflicts = tuple(c for _card, several in found.values() for c in several)
        return {id: card for id, (card, _several) in found.items()}, conflicts

    # -- changes: one line more ----------------------------------------------------------------

    def with_card(
        self,
        text: str,
        *,
        by: str,
        kind: Kind = "idea",
        pins: Sequence[Pin | str] = (),
        owner: str | None = None,
        claim: Claim | None = None,
        clock: Clock = now,
    ) -> Annotations:
        """A new card; it is then `newest`. A pin given as an id has no name to be found again by."""
        if not text.strip():
            raise UsageError("a card says something: its text is empty")
        content = {
            "text": text,
            "kind": kind,
            "places": tuple(map(pinned, pins)),
            "owner": owner,
            "claim": claim,
        }
        return self._added(written(content, by=by, at=clock(), n=self._next))

    def with_text(self, card: Card | str, text: str, *, by: str, clock: Clock = now) -> Annotations:
        """Other words."""
        return self._changed(card, by, clock, text=text)

    def with_kind(
        self, card: Card | str, kind: Kind, *, by: str, clock: Clock = now
    ) -> Annotations:
        """Another kind."""
        return self._changed(card, by, clock, kind=kind)

    def with_status(
        self, card: Card | str, status: Status, *, by: str, clock: Clock = now
    ) -> Annotations:
        """What the room decides: open, confirmed, rejected, done; or withdrawn."""
        return self._changed(card, by, clock, status=status)

    def with_owner(
        self, card: Card | str, owner: str | None, *, by: str, clock: Clock = now
    ) -> Annotations:
        """Who takes care of it; None for nobody."""
        return self._changed(card, by, clock, owner=owner)

    def with_rating(
        self,
        card: Card | str,
        importance: int | None,
        urgency: int | None,
        *,
        by: str,
        clock: Clock = now,
    ) -> Annotations:
        """How important and how urgent it is, each 0–100."""
        return self._changed(card, by, clock, importance=importance, urgency=urgency)

    def with_pins(
        self, card: Card | str, pins: Sequence[Pin | str], *, by: str, clock: Clock = now
    ) -> Annotations:
        """Pinned elsewhere."""
        return self._changed(card, by, clock, places=tuple(map(pinned, pins)))

    def with_claim(
        self, card: Card | str, claim: Claim | None, *, by: str, clock: Clock = now
    ) -> Annotations:
        """What the log shall confirm or deny."""
        return self._changed(card, by, clock, claim=claim)

    def with_vote(
        self, card: Card | str, *, by: str, dots: int = 1, clock: Clock = now
    ) -> Annotations:
        """The dots `by` gives the card; 0 takes them back."""
        if dots < 0:
            raise UsageError(f"dots are given, not taken: {dots} is less than none")
        votes = {p: n for p, n in self._card(card).votes.items() if p != by.strip()}
        return self._changed(card, by, clock, votes=votes | ({by.strip(): dots} if dots else {}))

    def undo(self, *, by: str, clock: Clock = now) -> Annotations:
        """Take back the last change of `by`, in a line that brings the earlier state back.

        Only what that change changed, and only where nobody has changed it since. `UsageError` when
        there is nothing to take back.
        """
        return self._reverted(history.of(self.lines, by).done, "undo", by, clock)

    def redo(self, *, by: str, clock: Clock = now) -> Annotations:
        """Take back the last `undo` of `by`; `UsageError` when nothing was undone since."""
        return self._reverted(history.of(self.lines, by).undone, "redo", by, clock)

    def _reverted(self, stack: Sequence[Line], what: str, by: str, clock: Clock) -> Annotations:
        if not stack:
            raise UsageError(f"there is nothing to {what} for {by!r}")
        line = stack[-1]
        card = self[line.card]
        back = history.back(self.lines, line, card)
        return self._changed(card, by, clock, undoes=line.id, **back)

    # -- telling -------------------------------------------------------------------------------

    def frame(self, lang: Lang = "zh") -> pd.DataFrame:
        """One row a card."""
        return card_frame(self.cards, lang)

    def document(self, lang: Lang = "zh") -> Document:
        """The minutes; those of `minutes` also know the journey, and what it says to claims."""
        return document_of(self, lang)

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "schema": "notes/1",
            "cards": [card.to_dict() for card in self.cards],
            "withdrawn": [card.to_dict() for card in self.withdrawn],
            "conflicts": [
                {"card": c.card, "what": c.what, "lines": [v.to_dict() for v in c.versions]}
                for c in self.conflicts
            ],
            "unreadable": [
                {"number": u.number, "text": u.text, "problem": u.problem} for u in self.unreadable
            ],
        }

    def __repr__(self) -> str:
        counts = dict.fromkeys(("open", "confirmed", "rejected", "done"), 0)
        for card in self.cards:
            counts[card.status] += 1
        told = ", ".join(f"{n} {status}" for status, n in counts.items() if n)
        more = [so_many(len(self.conflicts), "conflict")] if self.conflicts else []
        more += [so_many(len(self.unreadable), "unreadable line")] if self.unreadable else []
        votes = so_many(sum(card.dots for card in self.cards), "vote")
        cards = so_many(len(self), "card") + (f" ({told})" if told else "")
        return f"Annotations({', '.join((cards, votes, *more))})"

    # -- how a change is made ------------------------------------------------------------------

    @property
    def _next(self) -> int:
        return 1 + max((line.n for line in self.lines), default=0)

    def _added(self, line: Line) -> Annotations:
        return Annotations.of((*self.lines, line), self.unreadable)

    def _card(self, card: Card | str) -> Card:
        """The card as whoever changes it saw it."""
        if isinstance(card, Card):
            card = card if set(card.lines) <= {line.id for line in self.lines} else card.id
        if isinstance(card, Card):
            return card
        try:
            return self[card]
        except KeyError:
            known = self._settled[0]
            raise UsageError(f"there is no card {card!r}.{did_you_mean(card, known)}") from None

    def _changed(
        self,
        card: Card | str,
        by: str,
        clock: Clock,
        *,
        undoes: str | None = None,
        **changes: Any,
    ) -> Annotations:
        seen = self._card(card)
        content = {name: getattr(seen, name) for name in history.CONTENT} | changes
        if not content["text"].strip():
            raise UsageError("a card says something: its text is empty; withdraw it instead")
        line = written(
            content,
            by=by,
            at=clock(),
            n=self._next,
            card=seen.id,
            supersedes=seen.lines,
            undoes=undoes,
        )
        return self._added(line)


def _text(line: Line) -> str:
    return line.to_json()


def merge(a: Annotations, b: Annotations) -> Annotations:
    """Two workshops in one: every line of both, cards known by their ids.

    In any order and any number of times the outcome is the same. What both changed of the same card
    is a conflict: both versions stay, and are listed in `Annotations.conflicts`.
    """
    return Annotations.of((*a.lines, *b.lines), (*a.unreadable, *b.unreadable))
