"""`Live`: the source of a board that has its log at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from journeylib.annotations import Claim, Places, Suggestion, Verdict, suggest, verdict
from journeylib.annotations.claim import DURATIONS
from journeylib.drawing import Drawing, behind, replay
from journeylib.findings.finding import Findings
from journeylib.findings.rules import Rules
from journeylib.journey import Journey
from journeylib.spec.model import TargetSpec
from journeylib.terms import Lang, Text, say
from journeylib.workshop.board.choices import choices, offered, segments
from journeylib.workshop.board.drill import Drill
from journeylib.workshop.board.masking import CaseNames
from journeylib.workshop.board.pictures import Pictures
from journeylib.workshop.board.rulings import key
from journeylib.workshop.board.shown import CaseTable, Hung, Shown
from journeylib.workshop.board.source import Ruling
from journeylib.workshop.board.view import View

_ANY = {True: "1d", False: "10%"}
"""Thresholds that stand in, by whether it is a duration, until somebody says one."""


class Live:
    """Pictures, cases and verdicts, each asked of `journey` once."""

    def __init__(
        self,
        journey: Journey,
        findings: Findings | None,
        spec: TargetSpec | None,
        names: CaseNames,
        rules: Rules | str | Path = "rules",
    ) -> None:
        self.journey, self.findings, self.spec, self.names = journey, findings, spec, names
        self.rules = rules if isinstance(rules, Rules) else Rules.load(rules)
        self.pictures = Pictures(journey, _renamed(findings, names), spec)
        self.places = Places.of(journey, findings)
        self._segments = segments(journey)
        self.offered = offered(journey, self._segments)
        self._drills: dict[int, Drill] = {}
        self._verdicts: dict[str, Verdict] = {}
        self._tracks: dict[View, Mapping[str, Any]] = {}

    def choices(self, lang: Lang) -> Mapping[str, Any]:
        """What can be chosen on this log."""
        return choices(self.journey, self._segments, lang, has_spec=self.spec is not None)

    def shown(self, view: View) -> Shown:
        """The picture, made once for each view."""
        return self.pictures.shown(view)

    def with_cards(self, view: View, cards: Sequence[Hung]) -> Shown:
        """The picture with cards in the map's lane."""
        return self.pictures.with_cards(view, cards)

    def cases(self, view: View, pin: str) -> CaseTable:
        """The cases behind a part, of those that the view shows."""
        among, picture = self.pictures.among(view), self.shown(view).picture
        part = self.journey if among is not None else self.pictures.part(view)
        if id(part) not in self._drills:
            self._drills[id(part)] = Drill(part, self.findings, self.names)
        members = behind(picture.scene, pin) if isinstance(picture, Drawing) else ()
        return self._drills[id(part)].cases(pin, view.lang, members, among)

    def tracks(self, view: View) -> Mapping[str, Any]:
        """How the cases of the view move along its edges."""
        essence = view.essence
        if essence not in self._tracks:
            told = replay(self.pictures.part(view), self.shown(view).picture).to_dict()
            self._tracks[essence] = told
        return self._tracks[essence]

    def suggestions(self, text: str, lang: Lang) -> list[dict[str, Any]]:
        """Claims that the text may mean; where it names no threshold, `needs_threshold`."""
        return [self._told(found, lang) for found in suggest(text, self.journey, self.rules)]

    def _told(self, found: Suggestion, lang: Lang) -> dict[str, Any]:
        claim = found.claim(found.threshold or _ANY[found.measure in DURATIONS])
        words = claim.words({stage.id: stage.name for stage in self.journey.stages}).in_(lang)
        sign = claim.comparison  # a suggestion is never ≥ or ≤, which read otherwise
        return {
            "claim": claim.model_dump(mode="json") | {"threshold": found.threshold},
            "needs_threshold": found.threshold is None,
            "label": words if found.threshold else f"{words.rpartition(sign)[0]}{sign} ?",
            "why": found.why.in_(lang),
        }

    def verdict(self, claim: Claim) -> Verdict:
        """What the log says; asked once for each claim, whatever else changes."""
        name = key(claim)
        if name not in self._verdicts:
            self._verdicts[name] = verdict(claim, self.journey, self.rules)
        return self._verdicts[name]

    def ruling(self, claim: Claim) -> Ruling:
        """The verdict as the board tells it."""
        found = self.verdict(claim)
        cases = tuple(map(self.names.of_case, found.cases))
        return Ruling(found.outcome, self._words(found), cases, found.sql)

    def _words(self, found: Verdict) -> Text:
        """Claim and measurement: the board has the outcome as a heading over them."""
        claim = found.claim.words({stage.id: stage.name for stage in self.journey.stages})
        told = say("desk.ruling", claim=claim, detail=found.detail)
        return Text(told.zh, told.en[:1].upper() + told.en[1:])

    def finding(self, id: str) -> tuple[str, Text] | None:
        """Kind and title of a finding; None where there is none."""
        found = {f.id: f for f in self.findings or ()}.get(id)
        return None if found is None else (found.kind, found.title)

    def refresh(self) -> bool:
        """A log stays as it is."""
        return False


def _renamed(findings: Findings | None, names: CaseNames) -> Findings | None:
    """Findings whose examples have the names of the board: what pictures tell of them is masked too."""
    if findings is None or names.key is None:
        return findings
    items = (replace(f, cases=tuple(map(names.of_case, f.cases))) for f in findings)
    return replace(findings, items=tuple(items))
