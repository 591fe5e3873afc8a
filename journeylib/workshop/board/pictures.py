"""From a view to a picture: which cases, which drawing, with which words."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir
from ibis import _

from journeylib.drawing import Drawing, compare_flow, draw
from journeylib.drawing.cards import badge_of, card_of, numbering
from journeylib.drawing.journeymap import JourneyMap, compare_map, journey_map
from journeylib.drawing.parts import Part
from journeylib.drawing.words import number
from journeylib.engine import SEPARATOR
from journeylib.findings.finding import Finding, Findings
from journeylib.journey import Journey
from journeylib.log import EventLog
from journeylib.mining import mine
from journeylib.spec.model import TargetSpec
from journeylib.terms import Lang, say
from journeylib.wording import so_many
from journeylib.workshop.board.refusal import refused
from journeylib.workshop.board.shown import Hung, Shown
from journeylib.workshop.board.view import View

MOST = 100
"""Pictures that are kept, about 200 kB each."""


@dataclass(frozen=True, eq=False)
class Pictures:
    """Pictures of one journey, each made once; parts of it are mined when they are first shown.

    Findings are those of all cases: they are not shown on a part, and `Shown.note` says so. To
    diagnose each part anew would take seconds a click.
    """

    journey: Journey
    findings: Findings | None
    spec: TargetSpec | None
    _made: dict[View, Shown] = dataclasses.field(default_factory=dict, repr=False)
    _parts: dict[tuple[str | None, int | None], Journey] = dataclasses.field(
        default_factory=dict, repr=False
    )

    def shown(self, view: View) -> Shown:
        """The picture without cards."""
        key = view.essence
        found = self._made.pop(key, None) or self._shown(key, ())
        self._made[key] = found  # the last that was looked at is the last to be forgotten
        if len(self._made) > MOST:
            del self._made[next(iter(self._made))]
        return found

    def with_cards(self, view: View, cards: Sequence[Hung]) -> Shown:
        """The picture with the cards of the room, where it has a lane for them."""
        key = view.essence
        if key.kind == "flow" or key.against is not None or not cards:
            return self.shown(key)
        return self._shown(key, tuple(cards))

    def part(self, view: View) -> Journey:
        """The journey of the cases that a view shows (of its first segment where it compares)."""
        essence = view.essence
        return self._part(essence.segment, essence.variant)

    def among(self, view: View) -> ir.Table | None:
        """The cases that a comparison shows; None for any other view."""
        key = view.essence
        if key.against is None:
            return None
        one, other = (
            self._part(s, None).case_table.select("case_id") for s in (key.segment, key.against)
        )
        return one.union(other)

    # -- parts of the journey ---------------------------------------------------------------------

    def _part(self, segment: str | None, variant: int | None) -> Journey:
        if (segment, variant) == (None, None):
            return self.journey
        if (segment, variant) not in self._parts:
            log = self.journey.log if segment is None else self.journey.log.where(segment=segment)
            if variant is not None:
                log = self._of_variant(log, variant)
            if not log.totals.cases:
                raise refused("no_cases", segment=segment or "–", variant=variant)
            mined = mine(log, self.journey.lifecycle, self.journey.calendar)
            self._parts[segment, variant] = mined
        return self._parts[segment, variant]

    def _of_variant(self, log: EventLog, rank: int) -> EventLog:
        """Only the cases that took exactly this path."""
        wanted = SEPARATOR.join(self.journey.variants[rank - 1].activities)
        paths = log.engine.sequence(log.events, "activity", by="case_id", order="position")
        cases = log.engine.materialise(paths.filter(_.sequence == wanted), "path")
        events = log.engine.materialise(log.events.semi_join(cases, "case_id"), "events")
        changes = log.changes
        if changes is not None:
            changes = log.engine.materialise(changes.semi_join(cases, "case_id"), "changes")
        recipe = (*log.recipe, f"variant {rank}")
        return dataclasses.replace(log, events=events, changes=changes, recipe=recipe)

    # -- drawing ------------------------------------------------------------------------------------

    def _shown(self, view: View, cards: Sequence[Hung]) -> Shown:
        picture = self._compared(view) if view.against is not None else self._single(view, cards)
        return Shown(
            svg=picture.svg,
            title=picture.title,
            size=_size(picture),
            parts={pin: _part_dict(part) for pin, part in picture.parts.items()},
            findings=tuple(self._findings(view.lang)) if view.of_all else (),
            note=self._note(view),
            reached=picture.scene.traffic if isinstance(picture, Drawing) else None,
            picture=picture,
        )

    def _single(self, view: View, cards: Sequence[Hung]) -> Drawing | JourneyMap:
        findings = self.findings if view.of_all else None
        part = self.part(view)
        if view.kind == "flow":
            return draw(
                part,
                findings,
                traffic=view.traffic,
                lang=view.lang,
                theme=view.theme,
                detail=view.detail,
            )
        spec = self.spec if view.target == "shown" else None
        return journey_map(part, findings, spec, cards, lang=view.lang, theme=view.theme)

    def _compared(self, view: View) -> Drawing | JourneyMap:
        assert view.segment is not None and view.against is not None, "a view names both"
        names = (view.segment, view.against)
        one, other = (self._part(segment, None) for segment in names)
        if view.kind == "map":
            return compare_map(one, other, names=names, lang=view.lang, theme=view.theme)
        return compare_flow(
            one,
            other,
            names=names,
            lang=view.lang,
            theme=view.theme,
            detail=view.detail,
            traffic=view.traffic,
        )

    def _note(self, view: View) -> str:
        """How many cases are shown, where these are not all; and what is missing beside them."""
        told = [say("desk.not_diagnosed")] if self.findings is None else []
        if not view.of_all:
            cases = self.part(view).log.totals.cases
            total = self.journey.log.totals.cases
            told = [say("desk.part", n=number(cases), total=number(total))]
            told += [say("desk.findings_of_all")] if self.findings is not None else []
        return " ".join(text.in_(view.lang) for text in told)

    def _findings(self, lang: Lang) -> list[dict[str, Any]]:
        """All of them by their numbers, which are the same in every picture."""
        numbers = numbering(self.findings)
        known = {finding.id: finding for finding in self.findings or ()}
        ranked = sorted(numbers, key=lambda id: numbers[id])
        return [_finding_dict(known[id], numbers[id], lang) for id in ranked]


def _finding_dict(finding: Finding, number: int, lang: Lang) -> dict[str, Any]:
    card = card_of(badge_of(number, finding, lang), finding, lang, placed=True)
    return {
        "id": finding.id,
        "number": number,
        "kind": finding.kind,
        "title": card.title,
        "lines": list(card.lines),
        "confidence": finding.confidence,
    }


def _size(picture: Drawing | JourneyMap) -> str:
    if isinstance(picture, JourneyMap):
        table = picture.scene
        return f"{so_many(len(table.columns), 'stage')} × {so_many(len(table.lanes), 'lane')}"
    scene = picture.scene
    return f"{so_many(len(scene.boxes), 'box')}, {so_many(len(scene.edges), 'path')}"


def _part_dict(part: Part) -> dict[str, Any]:
    return {"kind": part.kind, "label": part.label, "rows": [list(row) for row in part.rows]}
