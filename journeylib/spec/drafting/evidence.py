"""All measures a draft rests on, asked once, and the thresholds by which they become proposals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import ibis.expr.types as ir

from journeylib.annotations import Card
from journeylib.findings.finding import Findings
from journeylib.journey import ActivityFacts, Journey, StageFacts
from journeylib.lifecycle import UNMAPPED
from journeylib.spec.drafting import measures
from journeylib.spec.drafting.answers import Answers
from journeylib.spec.drafting.cohort import Cohort, cohort_of
from journeylib.spec.drafting.measures import FirstFilled, Gate, Passing, Practice, Share
from journeylib.spec.drafting.names import free_name
from journeylib.spec.parts import InformationItem, ItemType, Provenance
from journeylib.terms import Fact, Text

REQUIRED_FROM = 0.8
"""Four of five winning cases do it: those that do without are the exception to be explained."""

OPTIONAL_FROM = 0.2
"""Below one in five it is an exception itself, and no part of a process people should learn."""

CRITERION_FROM = 0.8
"""A gate that one winning case in five would fail shuts out business; hence no lower."""

AT_START_FROM = 0.95
"""Filled from the first event on nearly always: a column of the export, not something learnt."""

OUTPUT_FROM = 0.5
"""An activity's output is what more than half of the cases first know by it."""

CARRIED_FROM = 0.05
"""Evidence of need: the receiver works with it after one hand-over in twenty."""

MIN_HANDOVERS = 10
"""Below ten hand-overs no share of them says anything."""

MIN_FOR_SLA = 29
"""From 29 cases on, the interval of a p80 has both ends well inside the data."""

MAX_ITEMS = 60
"""The most filled attributes; a CRM export may have hundreds that nobody uses."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What the log says about how winning cases run, by stage, activity, attribute, department."""

    cohort: Cohort
    practices: Mapping[tuple[str, str], Practice]
    reached: Mapping[str, int]
    done: Mapping[tuple[str, str], Gate]
    known: Mapping[tuple[str, str], Gate]
    waits: Mapping[str, Fact]
    stays: Mapping[str, Fact]
    first_filled: Mapping[str, FirstFilled]
    workloads: Mapping[tuple[str, str], Share]
    passings: tuple[Passing, ...]
    items: Mapping[str, InformationItem]
    answers: Answers

    @classmethod
    def gather(cls, journey: Journey, findings: Findings | None, cards: Iterable[Card]) -> Evidence:
        """Ask everything of the log, once."""
        cohort = cohort_of(journey)
        filled = _most_filled(measures.first_filled(cohort))
        passings = tuple(measures.passings(cohort))
        in_stage = {(p.source, p.target): p.stage for p in passings}
        return cls(
            cohort=cohort,
            practices=measures.practices(cohort),
            reached=measures.reaching(cohort),
            done=measures.gates(cohort, cohort.done),
            known=measures.gates(cohort, cohort.known),
            waits=measures.waits(cohort),
            stays=measures.stays(cohort),
            first_filled=filled,
            workloads=measures.workloads(cohort),
            passings=passings,
            items=_items(cohort, filled),
            answers=Answers.collect(journey, findings, cards, in_stage),
        )

    @property
    def journey(self) -> Journey:
        """Where all of it comes from."""
        return self.cohort.journey

    @property
    def population(self) -> str:
        """The cases that serve as a model, as part of a method's name."""
        return "won_cases" if self.cohort.decided else "all_cases"

    @property
    def stages(self) -> tuple[StageFacts, ...]:
        """The stages model cases reach; what belongs to none only where nothing belongs to any."""
        reached = [stage for stage in self.journey.stages if self.reached.get(stage.id)]
        mapped = [stage for stage in reached if stage.id != UNMAPPED]
        return tuple(mapped or reached)

    def activities(self, stage: str) -> tuple[ActivityFacts, ...]:
        """The activities worth keeping in a stage, in the order model cases first do them."""
        kept = [
            a
            for a in self.journey.activities
            if a.stage == stage
            and a.decides != "lost"
            and self.practice(a) is not None
            and self.share(a).value >= OPTIONAL_FROM
        ]
        return tuple(sorted(kept, key=lambda a: (self.practices[stage, a.name].elapsed, a.name)))

    def practice(self, activity: ActivityFacts) -> Practice | None:
        """How model cases do an activity; None where none of them does."""
        return self.practices.get((activity.stage, activity.name))

    def share(self, activity: ActivityFacts) -> Share:
        """How many of the model cases in its stage do an activity."""
        return self.practices[activity.stage, activity.name].share

    def at_start(self, attribute: str) -> bool:
        """Whether the attribute is there from the first event on, so that no gate can ask for it."""
        return self.first_filled[attribute].at_start.value >= AT_START_FROM

    def why(
        self, method: str, share: Share, *, lift: float | None = None, about: tuple[str, ...] = ()
    ) -> Provenance:
        """A share among the model cases as the reason of a proposal."""
        low, high = share.interval
        return Provenance(
            method=f"{method}_of_{self.population}",
            n=share.n,
            estimate=share.value,
            unit="share",
            ci_low=low,
            ci_high=high,
            lift=lift,
            findings=about,
            cards=self.answers.pinned(*about),
        )


def _most_filled(filled: Mapping[str, FirstFilled]) -> dict[str, FirstFilled]:
    ranked = sorted(filled.items(), key=lambda pair: (-pair[1].cases.hits, pair[0]))
    return dict(ranked[:MAX_ITEMS])


def _items(cohort: Cohort, filled: Mapping[str, FirstFilled]) -> dict[str, InformationItem]:
    """Attribute → information item with a name that criteria can use."""
    items: dict[str, InformationItem] = {}
    taken: set[str] = set()
    numbers = _numbers_in_words(cohort)
    for attribute in (name for name in cohort.attributes if name in filled):
        id = free_name(attribute, taken)
        taken.add(id)
        items[attribute] = InformationItem(
            id=id,
            name=Text.same(attribute.strip() or id),
            attribute=attribute,
            type="number" if attribute in numbers else _type(cohort, attribute),
            first_known=filled[attribute].stage if filled[attribute].stage != UNMAPPED else None,
            department=filled[attribute].department,
        )
    return items


def _type(cohort: Cohort, attribute: str) -> ItemType:
    kind = cohort.events[attribute].type()
    if kind.is_boolean():
        return "boolean"
    if kind.is_numeric():
        return "number"
    return "date" if kind.is_temporal() else "string"


def _numbers_in_words(cohort: Cohort) -> frozenset[str]:
    """Text columns that hold numbers alone: an export knows no types."""
    texts = [a for a in cohort.attributes if cohort.events[a].type().is_string()]
    if not texts:
        return frozenset()
    counts = {f"n{i}": cohort.events[a].count() for i, a in enumerate(texts)}
    numbers = {f"m{i}": as_number(cohort.events[a]).count() for i, a in enumerate(texts)}
    row = cohort.journey.log.engine.row(cohort.events.aggregate(**counts, **numbers))
    found = zip(texts, row[: len(texts)], row[len(texts) :], strict=True)
    return frozenset(name for name, filled, numeric in found if 0 < filled == numeric)


def as_number(column: ir.Column) -> ir.FloatingColumn:
    """A column's values as numbers, null where they are none; 007 is a name, not seven."""
    if not column.type().is_string():
        return column.cast("float64")
    text = column.strip()
    is_name = text.re_search(r"^[+-]?0[0-9]")
    return is_name.ifelse(None, text).try_cast("float64")
