"""Which findings and which cards of the board a part of the specification answers."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from journeylib.annotations import Card
from journeylib.findings.finding import Finding, Findings
from journeylib.journey import Journey
from journeylib.spec.parts import Answered

Verdict = Literal["confirmed", "rejected"]


def verdicts(cards: Iterable[Card]) -> dict[str, Verdict]:
    """Pin → what the workshop decided of it; the last card that decides counts."""
    return {
        pin: card.status
        for card in cards
        if card.status in ("confirmed", "rejected")
        for pin in card.pins
    }


def ideas(cards: Iterable[Card]) -> tuple[str, ...]:
    """The words of the cards that propose something (``kind`` idea), rejected ones aside."""
    return tuple(
        card.text.strip() for card in cards if card.kind == "idea" and card.status != "rejected"
    )


@dataclass(frozen=True, eq=False)
class Answers:
    """Findings and cards by the place they speak of.

    `handover_stages` says in which stage work mostly passes from one department to another.
    """

    journey: Journey
    findings: tuple[Finding, ...]
    cards: tuple[Card, ...]
    handover_stages: Mapping[tuple[str, str], str]

    @classmethod
    def collect(
        cls,
        journey: Journey,
        findings: Findings | None,
        cards: Iterable[Card],
        handover_stages: Mapping[tuple[str, str], str],
    ) -> Answers:
        """Only findings that say something, or that the workshop confirmed; none that it rejected.

        With too few cases there is nothing to put right, unless those who were there know better.
        """
        cards = tuple(cards)
        decided = verdicts(cards)
        telling = [
            f
            for f in findings or ()
            if decided.get(f.id) != "rejected"
            and (f.confidence != "too_few" or decided.get(f.id) == "confirmed")
        ]
        return cls(journey, tuple(telling), cards, handover_stages)

    def about(self, *types: str, **locus: str) -> tuple[str, ...]:
        """Ids of findings of these types at this place; ``source`` and ``target`` are from and to."""
        place = {{"source": "from", "target": "to"}.get(k, k): v for k, v in locus.items()}
        return tuple(
            f.id
            for f in self.findings
            if f.type in types and all(f.locus.get(key) == value for key, value in place.items())
        )

    def in_stage(self, stage: str, *types: str) -> tuple[str, ...]:
        """Ids of the findings located in a stage, of these types or of any."""
        return tuple(
            f.id
            for f in self.findings
            if self._stages[f.id] == stage and (not types or f.type in types)
        )

    def pinned(self, *ids: str) -> tuple[str, ...]:
        """Ids of the cards pinned to any of these."""
        return tuple(card.id for card in self.cards if not set(ids).isdisjoint(card.pins))

    def short(self) -> tuple[Answered, ...]:
        """All findings that lie in some stage, in ranked order."""
        return tuple(
            Answered(
                id=f.id, kind=f.kind, type=f.type, title=f.title, confidence=f.confidence, n=f.n
            )
            for f in self.findings
            if self._stages[f.id] is not None
        )

    @functools.cached_property
    def _stages(self) -> dict[str, str | None]:
        return {finding.id: self._stage(finding) for finding in self.findings}

    def _stage(self, finding: Finding) -> str | None:
        """Where it has to be put right: for what lies between two places, where it arrives."""
        locus = finding.locus
        if isinstance(pair := locus.get("departments"), list | tuple) and len(pair) == 2:
            a, b = map(str, pair)
            return self.handover_stages.get((a, b)) or self.handover_stages.get((b, a))
        between = str(locus.get("from")), str(locus.get("to"))
        if stage := self.handover_stages.get(between):
            return stage
        named = (locus.get(key) for key in ("stage", "activity", "to", "from"))
        return next((stage for place in named if (stage := self._stage_named(place))), None)

    def _stage_named(self, place: object) -> str | None:
        if place in {stage.id for stage in self.journey.stages}:
            return str(place)
        if place in self.journey.activity_names:
            return self.journey.activity(str(place)).stage
        return None
