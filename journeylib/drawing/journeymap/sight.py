"""`Sight`: what every lane needs to know to say its part."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from journeylib.drawing.anchors import Anchoring, OnActivity, OnMove, OnStage
from journeylib.drawing.cards import badge_of, numbering
from journeylib.drawing.journeymap.counts import Counts
from journeylib.drawing.journeymap.telling import tell
from journeylib.drawing.scene import Badge
from journeylib.findings.claim import Kind
from journeylib.findings.finding import Finding, Findings
from journeylib.journey import ActivityFacts, Journey, StageFacts
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Activity, Stage
from journeylib.terms import Lang

PER_CELL = 3
"""More findings of one kind in one stage than this are counted, not listed."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """A finding with a number and where it belongs: a stage, perhaps an activity in it."""

    badge: Badge
    finding: Finding
    stage: str
    activity: str | None

    @property
    def flow(self) -> tuple[str, str, str] | None:
        """Attribute, sender and receiver, where it speaks of these."""
        locus = self.finding.locus
        if not {"attribute", "from", "to"} <= set(locus):
            return None
        return (str(locus["attribute"]), str(locus["from"]), str(locus["to"]))


@dataclass(frozen=True, eq=False)
class Sight:
    """A journey and all that is asked of it, in one language; `spec` is what it shall become."""

    journey: Journey
    findings: Findings | None
    spec: TargetSpec | None
    lang: Lang

    @functools.cached_property
    def counts(self) -> Counts:
        """What else the log says."""
        return Counts.of(self.journey, self.findings)

    @property
    def stages(self) -> tuple[StageFacts, ...]:
        """The columns."""
        return self.journey.stages

    def tell(self, key: str, **values: object) -> str:
        """The text ``map.<key>``."""
        return tell(key, self.lang, **values)

    @functools.cached_property
    def activities(self) -> Mapping[str, tuple[ActivityFacts, ...]]:
        """Activities by stage, in the order of the journey."""
        found: dict[str, list[ActivityFacts]] = defaultdict(list)
        for activity in self.journey.activities:
            found[activity.stage].append(activity)
        return {stage: tuple(several) for stage, several in found.items()}

    # -- findings ----------------------------------------------------------------------------

    @functools.cached_property
    def placed(self) -> Sequence[tuple[Finding, str | None, str | None]]:
        """All breakpoints and silos in ranked order, with stage and activity."""
        problems = [f for f in self.findings or () if f.kind != "touchpoint"]
        return [(finding, *self._place(finding)) for finding in problems]

    @functools.cached_property
    def pinned(self) -> tuple[Pinned, ...]:
        """Those that get a number: no mere consequence of another, at most `PER_CELL` a cell."""
        numbers = numbering(self.findings)
        taken: dict[tuple[Kind, str], int] = defaultdict(int)
        found: list[Pinned] = []
        for finding, stage, activity in self.placed:
            if stage is None or "because" in finding.locus:
                continue
            taken[finding.kind, stage] += 1
            if taken[finding.kind, stage] <= PER_CELL:
                badge = badge_of(numbers[finding.id], finding, self.lang)
                found.append(Pinned(badge, finding, stage, activity))
        return tuple(found)

    @functools.cached_property
    def unplaced(self) -> int:
        """Findings that belong to no stage."""
        return sum(stage is None for _finding, stage, _activity in self.placed)

    def badges(self, activity: str) -> tuple[Badge, ...]:
        """The numbers at one activity."""
        return tuple(p.badge for p in self.pinned if p.activity == activity)

    @functools.cached_property
    def flow_claims(self) -> tuple[Pinned, ...]:
        """Every claim about information at a hand-over; one that is not listed has the number 0."""
        numbered = {pinned.finding.id: pinned for pinned in self.pinned}
        claims = [
            numbered.get(f.id) or Pinned(badge_of(0, f, self.lang), f, stage or "", None)
            for f, stage, _activity in self.placed
            if f.kind == "silo"
        ]
        return tuple(pinned for pinned in claims if pinned.flow is not None)

    @functools.cached_property
    def _anchoring(self) -> Anchoring:
        return Anchoring(self.journey)

    def _place(self, finding: Finding) -> tuple[str | None, str | None]:
        """Stage and activity; what passes between departments is where they mostly hand over."""
        match self._anchoring.of(finding):
            case OnActivity(activity) | OnMove(_, activity):
                name: str | None = activity
                stage: str | None = self.journey.activity(activity).stage
            case OnStage(stage):
                name = None
            case _:
                return None, None
        locus = finding.locus
        here = self.counts.place_of.get((str(locus.get("from")), str(locus.get("to"))))
        if here is not None and "attribute" in locus:
            return here, None
        return stage, name

    # -- the target process ------------------------------------------------------------------

    @functools.cached_property
    def target_stages(self) -> Mapping[str, Stage]:
        """Stages of the target process by id."""
        return {stage.id: stage for stage in self.spec.stages} if self.spec else {}

    @functools.cached_property
    def target_activities(self) -> Mapping[str, Activity]:
        """Activities of the target process by the activity of the log that shows them."""
        return {a.event: a for a in self.spec.activities} if self.spec else {}
