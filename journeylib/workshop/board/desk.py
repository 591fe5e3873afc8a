"""`Desk`: everything a board knows and does, without widgets.

The browser sends messages, `handle` answers them, and `state` is what the browser shall show now.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, Literal

from pydantic import ValidationError

from journeylib.annotations import Annotations, Card, Claim, Pin, history
from journeylib.annotations.characters import characters
from journeylib.errors import JourneyError
from journeylib.terms import Lang, Text, say
from journeylib.workshop.board import requests as ask
from journeylib.workshop.board import telling
from journeylib.workshop.board.refusal import refused, told
from journeylib.workshop.board.shown import Hung
from journeylib.workshop.board.source import Ruling, Source
from journeylib.workshop.board.store import Change, Store
from journeylib.workshop.board.view import View

Role = Literal["facilitator", "participant", "reader"]
DOTS = 5
"""Dots a person may give in all: enough to choose, too few to please everybody."""

Minutes = Callable[["Desk"], Text]
"""Writes the minutes, and says where."""
Publish = Callable[["Desk"], None]
"""Lets those who have no log know what it says to claims."""


class Desk:
    """The state of one board: its view, who sits there, what was said; the notes are in `store`."""

    def __init__(
        self,
        source: Source,
        store: Store,
        *,
        view: View,
        by: str | None = None,
        role: Role = "facilitator",
        agenda: telling.AgendaTold | None = None,
        minutes: Minutes | None = None,
        publish: Publish = lambda _desk: None,
    ) -> None:
        self.source, self.store, self.view, self.role = source, store, view, role
        self.by = None if by is None else self._name(by)
        self.agenda, self.selected = agenda, ""
        self._minutes, self._publish = minutes, publish
        self._said: dict[str, Any] = {"n": 0, "level": "info", "text": ""}
        self._tracks: tuple[View, Mapping[str, Any]] | None = None
        self._noted: telling.Noted | None = None
        self._words: dict[Lang, tuple[Any, ...]] = {}

    # -- what the browser asks -----------------------------------------------------------------

    def handle(self, message: object) -> dict[str, Any]:
        """Do what a message asks; the reply repeats its ``re`` and tells whether it went well.

        What cannot be done is said (`state`), and nothing is changed: no message raises.
        """
        number = ask.number_of(message)
        try:
            request = ask.read(message)
            reply = self._handlers[request.do](request)
        except JourneyError as problem:
            self.tell(told(problem, self.view.lang), "error")
            return {"re": number, "ok": False}
        return {"re": number, "ok": True} | (reply or {})

    @functools.cached_property
    def _handlers(self) -> Mapping[str, Callable[[Any], dict[str, Any] | None]]:
        return {
            "look": lambda request: self.look(request.options),
            "cases": self._on_cases,
            "play": lambda _request: self.play(),
            "sign": lambda request: self.sign(request.by),
            "card": self._on_card,
            "edit": self._on_edit,
            "rate": self._on_rate,
            "vote": self._on_vote,
            "judge": self._on_judge,
            "suggest": self._on_suggest,
            "claim": self._on_claim,
            "undo": lambda _request: self._on_history("undo"),
            "redo": lambda _request: self._on_history("redo"),
            "poll": lambda _request: self._on_poll(),
            "minutes": lambda _request: self._on_minutes(),
        }

    # -- looking -------------------------------------------------------------------------------

    def look(self, options: Mapping[str, Any]) -> None:
        """Show another view; `RefusedError` where it makes no sense, and all stays as it is."""
        view = self.view.changed(options, self.source.offered)
        before, after = self.source.shown(self.view).note, self.source.shown(view).note
        if after != before:
            self.tell(after or say("desk.all_cases").in_(view.lang))
        self.view = view

    def play(self) -> None:
        """Fill the tracks along which cases move through the flow view."""
        if self.view.kind != "flow":
            raise refused("play_needs_flow")
        if self.view.against is not None:
            raise refused("play_needs_one")
        self._tracks = (self.view.essence, self.source.tracks(self.view))

    def _on_cases(self, request: ask.Cases) -> dict[str, Any]:
        self.selected = request.pin
        return {"cases": self.source.cases(self.view, request.pin).to_dict()}

    # -- saying --------------------------------------------------------------------------------

    def sign(self, by: str) -> None:
        """Who sits here from now on."""
        self.by = self._name(by)

    def _on_card(self, request: ask.NewCard) -> None:
        by = self._signed()
        if not request.text.strip():
            raise refused("empty_card")
        pins = self._pins(request.pins)
        owner = (request.owner or "").strip() or None
        self._change(
            lambda notes: notes.with_card(
                request.text, by=by, kind=request.kind, pins=pins, owner=owner
            )
        )

    def _on_edit(self, request: ask.Edit) -> None:
        by, given = self._signed(), request.model_fields_set - {"do", "card"}
        changes: dict[str, Any] = {name: getattr(request, name) for name in given}
        self._check_edit(request, changes)
        if "owner" in changes:
            changes["owner"] = (changes["owner"] or "").strip() or None

        def change(notes: Annotations) -> Annotations:
            card = self._card(notes, request.card)
            self._check_owned(card, by, changes)
            content = dict(changes)
            if "pins" in content:
                content["places"] = tuple(self._pins(content.pop("pins"), card))
            if all(getattr(card, name) == value for name, value in content.items()):
                return notes
            return telling.with_line(notes, content, by=by, card=card)

        self._change(change)

    def _check_edit(self, request: ask.Edit, changes: Mapping[str, Any]) -> None:
        if request.text is not None and not request.text.strip():
            raise refused("empty_card")
        for name, value in changes.items():
            if value is None and name != "owner":
                raise refused("malformed", what="edit", problem=f"{name}: null")

    def _check_owned(self, card: Card, by: str, changes: Mapping[str, Any]) -> None:
        """Participants change their own cards, and decide nothing."""
        if self.role == "facilitator":
            return
        if card.author != by:
            raise refused("not_yours", author=card.author)
        if changes.get("status") not in (None, "withdrawn", card.status):
            raise refused("facilitator_only")

    def _on_rate(self, request: ask.Rate) -> None:
        by = self._signed()

        def change(notes: Annotations) -> Annotations:
            card, rating = self._card(notes, request.card), (request.importance, request.urgency)
            if (card.importance, card.urgency) == rating:
                return notes
            return notes.with_rating(card.id, *rating, by=by)

        self._change(change)

    def _on_vote(self, request: ask.Vote) -> None:
        by = self._signed()

        def change(notes: Annotations) -> Annotations:
            card = self._card(notes, request.card)
            left = DOTS - telling.dots_of(notes, by, besides=card.id)
            if request.dots > left:
                raise refused("no_dots", dots=DOTS, left=max(left, 0), asked=request.dots)
            if card.votes.get(by, 0) == request.dots:
                return notes
            return notes.with_vote(request.card, by=by, dots=request.dots)

        self._change(change)

    def _on_judge(self, request: ask.Judge) -> None:
        """The decision is the status of a card pinned to the finding; the second one changes it."""
        by = self._signed()
        if self.role != "facilitator":
            raise refused("facilitator_only")
        found = self.source.finding(request.finding)
        if found is None:
            raise refused("no_part", pin=request.finding)
        kind, title = found
        content = {
            "text": say("desk.decision", title=title).in_(self.view.lang),
            "kind": kind,
            "status": request.status,
            "places": tuple(self._pins([request.finding])),
            telling.JUDGES: request.finding,
        }

        def change(notes: Annotations) -> Annotations:
            card = telling.decisions(notes).get(request.finding)
            if card is None:
                return telling.with_line(notes, content, by=by)
            if card.status == request.status:
                return notes
            return notes.with_status(card, request.status, by=by)

        self._change(change)

    # -- claiming ------------------------------------------------------------------------------

    def _on_suggest(self, request: ask.Suggest) -> dict[str, Any]:
        return {"suggestions": self.source.suggestions(request.text, self.view.lang)}

    def _on_claim(self, request: ask.SetClaim) -> None:
        by, claim = self._signed(), None
        if request.claim is not None:
            try:
                claim = Claim.model_validate(
                    {k: v for k, v in request.claim.items() if k != "words"}
                )
            except ValidationError as problem:
                raise refused("no_claim", problem=ask.first(problem)) from None
            self.source.ruling(claim)  # before anything is written: what cannot be asked is refused

        def change(notes: Annotations) -> Annotations:
            card = self._card(notes, request.card)
            self._check_owned(card, by, {})
            return notes if card.claim == claim else notes.with_claim(card.id, claim, by=by)

        self._change(change)

    # -- back and forth, others, minutes -------------------------------------------------------

    def _on_history(self, what: Literal["undo", "redo"]) -> None:
        by = self._signed()

        def change(notes: Annotations) -> Annotations:
            past = history.of(notes.lines, by)
            if not (past.done if what == "undo" else past.undone):
                raise refused(f"nothing_to_{what}", by=by)
            return notes.undo(by=by) if what == "undo" else notes.redo(by=by)

        self._change(change)

    def _on_poll(self) -> None:
        others = self.store.refresh()
        if self.source.refresh():
            self._noted = None
        if others:
            self._publish(self)

    def _on_minutes(self) -> None:
        if self._minutes is None:
            raise refused("facilitator_only")
        self.store.refresh()
        self.tell(self._minutes(self).in_(self.view.lang))

    # -- what the browser shows ----------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Every trait by name. What has not changed is the same object as before."""
        view, shown = self.view, self.source.shown(self.view)
        if shown.note and not self._said["n"]:
            self.tell(shown.note)
        choices, words, agenda = self._of_language(view.lang)
        noted = self._notes_told()
        tracks = self._tracks[1] if self._tracks and self._tracks[0] == view.essence else None
        return {
            "view": view.to_dict(),
            "choices": choices,
            "words": words,
            "picture": shown.svg,
            "parts": shown.parts,
            "reached": shown.reached,
            "cards": noted.cards,
            "findings": noted.findings,
            "agenda": agenda,
            "tracks": tracks,
            "person": self._person(),
            "can": self._can(),
            "said": self._said,
        }

    def cards(self, lang: Lang) -> list[dict[str, Any]]:
        """The cards of the room, as they are told in `lang`."""
        return [
            telling.card_dict(card, self.source.places, self._ruling(card), lang, self.by)
            for card in self.store.notes.cards
        ]

    def hung(self) -> list[Hung]:
        """The cards where they hang today, in the view's language: for pictures of the map."""
        places = self.source.places
        return [
            Hung(
                telling.hung_today(card, places),
                say(f"annotation.kind_{card.kind}").in_(self.view.lang),
                card.text,
            )
            for card in self.store.notes.cards
        ]

    def rulings(self) -> dict[str, Ruling]:
        """What the log says to claims, by card."""
        found = ((card.id, self._ruling(card)) for card in self.store.notes.cards)
        return {card: ruling for card, ruling in found if ruling is not None}

    def tell(self, text: str, level: Literal["info", "error"] = "info") -> None:
        """Put a sentence into the status line."""
        self._said = {"n": self._said["n"] + 1, "level": level, "text": characters(text)}

    # -- small parts -----------------------------------------------------------------------------

    def _of_language(self, lang: Lang) -> tuple[Any, ...]:
        if lang not in self._words:
            agenda = None if self.agenda is None else self.agenda.get(lang)
            self._words[lang] = (self.source.choices(lang), telling.words(lang), agenda)
        return self._words[lang]

    def _notes_told(self) -> telling.Noted:
        """Cards and findings, told anew only when notes, picture or person are others."""
        notes, shown, by = self.store.notes, self.source.shown(self.view), self.by
        last = self._noted
        if last is None or not last.is_of(notes, shown, by):
            judged = telling.decisions(notes)
            findings = [
                {**f, "status": judged[f["id"]].status if f["id"] in judged else "open"}
                for f in shown.findings
            ]
            self._noted = last = telling.Noted(
                notes, shown, by, self.cards(self.view.lang), findings
            )
        return last

    def _ruling(self, card: Card) -> Ruling | None:
        return None if card.claim is None else self.source.ruling(card.claim)

    def _person(self) -> dict[str, Any]:
        given = telling.dots_of(self.store.notes, self.by) if self.by else 0
        return {"by": self.by, "role": self.role, "dots": DOTS, "left": max(DOTS - given, 0)}

    def _can(self) -> dict[str, bool]:
        past = history.of(self.store.notes.lines, self.by) if self.by else None
        return {"undo": bool(past and past.done), "redo": bool(past and past.undone)}

    def _change(self, what: Change) -> None:
        claims = [card.claim for card in self.store.notes.cards]
        self.store.change(what)
        if claims != [card.claim for card in self.store.notes.cards]:
            self._publish(self)

    def _signed(self) -> str:
        if self.role == "reader":
            raise refused("read_only")
        if not self.by:
            raise refused("unsigned")
        return self.by

    def _name(self, by: str) -> str:
        name = characters(by).strip()
        if not name:
            raise refused("no_name")
        return name

    def _card(self, notes: Annotations, id: str) -> Card:
        card = {card.id: card for card in notes.cards}.get(id)
        if card is None:
            raise refused("no_card", card=id)
        return card

    def _pins(self, ids: list[str], card: Card | None = None) -> list[Pin]:
        """Places of today by their ids, each with its name, to be found again by.

        A place that `card` has already stays, even if it is nowhere today.
        """
        own = {} if card is None else {pin.id: pin for pin in card.places}
        found = [self.source.places.pin(id) or own.get(id) for id in dict.fromkeys(ids)]
        for id, pin in zip(dict.fromkeys(ids), found, strict=True):
            if pin is None:
                raise refused("no_part", pin=id)
        return [pin for pin in found if pin is not None]
