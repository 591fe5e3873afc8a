"""The minutes of a workshop: what was decided, said, voted for, claimed, and left open."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from journeylib.annotations.card import Card
from journeylib.annotations.claim import Claim
from journeylib.documents import Block, Bullets, Document, Heading, Line, Paragraph, Strong, Table
from journeylib.documents.blocks import Value, rows
from journeylib.terms import Lang, Text, say

if TYPE_CHECKING:
    from journeylib.annotations.attach import Attached
    from journeylib.annotations.notes import Annotations
    from journeylib.annotations.verdict import Verdict

DECIDED = ("confirmed", "rejected", "done")
HIGH = 50
"""From here on a card is important, or urgent."""


def document_of(
    notes: Annotations,
    lang: Lang,
    attached: Attached | None = None,
    verdicts: Mapping[str, Verdict] | None = None,
) -> Document:
    """The minutes of `notes`; with the map of today and verdicts where they are given."""
    writer = _Writer(notes, lang, attached, verdicts or {})
    return Document(writer.say("minutes"), tuple(writer.blocks()), lang)


class _Writer:
    """One workshop in one language, as blocks."""

    def __init__(
        self,
        notes: Annotations,
        lang: Lang,
        attached: Attached | None,
        verdicts: Mapping[str, Verdict],
    ) -> None:
        self.notes, self.lang = notes, lang
        self.attached, self.verdicts = attached, verdicts
        self.cards: Sequence[Card] = notes.cards if attached is None else attached.cards

    def say(self, key: str, **values: object) -> str:
        return say(f"annotation.{key}", **values).in_(self.lang)

    def blocks(self) -> Iterator[Block]:
        yield from self.summary()
        yield from self.decisions()
        yield from self.by_stage()
        yield from self.voted()
        yield from self.claims()
        yield from self.listed("open_questions", self.questions())
        yield from self.matrix()
        yield from self.listed("conflicts", self.conflicts())
        yield from self.listed("moved", self.moved())
        yield from self.listed("orphans", self.orphans())
        yield from self.listed("unreadable", self.unreadable())

    # -- parts -----------------------------------------------------------------------------------

    def summary(self) -> Iterator[Block]:
        people = sorted({line.by for line in self.notes.lines})
        days = sorted({line.at[:10] for line in self.notes.lines})
        if not days:
            yield Paragraph(self.say("nothing"))
            return
        span = days[0] if len(days) == 1 else f"{days[0]} – {days[-1]}"
        dots = sum(card.dots for card in self.cards)
        decided = sum(card.status in DECIDED for card in self.cards)
        yield Paragraph(
            self.say("summary", days=span, n=len(self.cards), decided=decided, votes=dots)
        )
        yield Paragraph(self.say("people", people=self.say("list_mark").join(people)))

    def decisions(self) -> Iterator[Block]:
        decided = [card for status in DECIDED for card in self.cards if card.status == status]
        head = ("status", "text", "place", "owner", "votes")
        yield from self.table("decisions", head, decided)

    def by_stage(self) -> Iterator[Block]:
        if self.cards:
            yield Heading(self.say("by_stage"))
        for stage, cards in self.staged():
            yield Heading(stage, 3)
            yield self.rows(("kind", "text", "place", "author", "status", "votes"), cards, stage)

    def staged(self) -> list[tuple[str, list[Card]]]:
        """Stage by stage in their order where the map tells it, else in that of the cards."""
        found: dict[str, list[Card]] = {}
        for card in self.by_rank():
            found.setdefault(self.stage(card), []).append(card)
        return list(found.items())

    def by_rank(self) -> Sequence[Card]:
        staged = sorted(self.cards, key=lambda card: _stage(card) is None)
        if self.attached is None:
            return staged
        places = self.attached.places
        return sorted(staged, key=lambda card: places.rank(_stage(card)))

    def stage(self, card: Card) -> str:
        stage = _stage(card)
        return self.say("no_stage") if stage is None else stage.in_(self.lang)

    def voted(self) -> Iterator[Block]:
        most = sorted((card for card in self.cards if card.dots), key=lambda c: -c.dots)
        yield from self.table("votes_heading", ("votes", "text", "place", "voters"), most)

    def claims(self) -> Iterator[Block]:
        claimed = [card for card in self.cards if card.claim is not None]
        yield from self.table("claims", ("text", "claim", "verdict"), claimed)

    def questions(self) -> Iterator[Line]:
        for card in self.cards:
            if card.status == "open" and card.kind == "question":
                yield self.line(card)

    def matrix(self) -> Iterator[Block]:
        """Importance × urgency: what comes first, what is planned, delegated, left."""
        rated = [c for c in self.cards if c.importance is not None and c.urgency is not None]
        if not rated:
            return
        yield Heading(self.say("matrix"))
        head = ("", self.say("urgent"), self.say("not_urgent"))
        body = [
            (self.say(name), *(self.cell(rated, high, hot) for hot in (True, False)))
            for name, high in (("important", True), ("unimportant", False))
        ]
        yield Table(head, rows(body), self.say("matrix"))
        yield Paragraph(self.say("matrix_scale", high=HIGH))

    def cell(self, rated: Sequence[Card], important: bool, urgent: bool) -> str:  # noqa: FBT001
        here = [
            card
            for card in rated
            if ((card.importance or 0) >= HIGH) == important
            and ((card.urgency or 0) >= HIGH) == urgent
        ]
        here.sort(key=lambda card: -((card.importance or 0) + (card.urgency or 0)))
        told = (f"{_words(card)} ({card.importance}/{card.urgency})" for card in here)
        return self.say("semicolon").join(told) or "–"

    def conflicts(self) -> Iterator[Line]:
        for conflict in self.notes.conflicts:
            versions = self.say("semicolon").join(
                self.say("version", by=line.by, value=self.value(getattr(line, conflict.what)))
                for line in conflict.versions
            )
            card = self.notes[conflict.card]
            what = self.say(f"what_{conflict.what}")
            yield self.say("conflict", text=_words(card), what=what, versions=versions)

    def moved(self) -> Iterator[Line]:
        for moved in self.attached.moved if self.attached else ():
            card = self.notes[moved.card]
            yield self.say("found_by_name", text=_words(card), place=moved.after.label)

    def orphans(self) -> Iterator[Line]:
        for card in self.attached.orphans if self.attached else ():
            yield self.say("orphan", text=_words(card), place=self.place(card))

    def unreadable(self) -> Iterator[Line]:
        for line in self.notes.unreadable:
            yield self.say("unreadable_line", number=line.number, problem=line.problem)

    # -- forms -----------------------------------------------------------------------------------

    def listed(self, key: str, lines: Iterator[Line]) -> Iterator[Block]:
        if told := tuple(lines):
            yield Heading(self.say(key))
            yield Bullets(told)

    def table(self, key: str, head: Sequence[str], cards: Sequence[Card]) -> Iterator[Block]:
        if cards:
            yield Heading(self.say(key))
            yield self.rows(head, cards, self.say(key))

    def rows(self, head: Sequence[str], cards: Sequence[Card], name: str) -> Table:
        cells = self.cells()
        body = [[cells[column](card) for column in head] for card in cards]
        return Table(tuple(self.say(f"head_{column}") for column in head), rows(body), name)

    def cells(self) -> Mapping[str, Callable[[Card], Value]]:
        return {
            "status": lambda card: self.say(f"status_{card.status}"),
            "kind": lambda card: self.say(f"kind_{card.kind}"),
            "text": _words,
            "place": self.place,
            "author": lambda card: card.author,
            "owner": lambda card: card.owner,
            "votes": lambda card: card.dots,
            "voters": self.voters,
            "claim": self.claim,
            "verdict": self.verdict,
        }

    def place(self, card: Card) -> str | None:
        return self.say("list_mark").join(p.label.in_(self.lang) for p in card.places) or None

    def voters(self, card: Card) -> str:
        told = (f"{person} {dots}" for person, dots in sorted(card.votes.items()))
        return self.say("list_mark").join(told)

    def verdict(self, card: Card) -> Line:
        found = self.verdicts.get(card.id)
        if found is None:
            return self.say("not_asked")
        return (Strong(self.say(f"outcome_{found.outcome}")), " ", found.detail.in_(self.lang))

    def claim(self, card: Card) -> str | None:
        places = self.attached.places.by_id if self.attached else {}
        names = {id: pin.label for id, pin in places.items()}
        return card.claim.words(names).in_(self.lang) if card.claim else None

    def line(self, card: Card) -> Line:
        place = self.place(card)
        return self.say("at_place", text=_words(card), place=place) if place else _words(card)

    def value(self, value: object) -> str:
        """What two lines disagree about."""
        if isinstance(value, tuple):
            return self.say("list_mark").join(pin.label.in_(self.lang) for pin in value) or "–"
        if isinstance(value, Claim):
            return value.words().in_(self.lang)
        return "–" if value is None else str(value)


def _words(card: Card) -> str:
    return " ".join(card.text.split())


def _stage(card: Card) -> Text | None:
    return next((pin.stage for pin in card.places if pin.stage is not None), None)
