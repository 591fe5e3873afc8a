"""Random specifications that obey the rules: odd names, any number of stages and activities."""

from __future__ import annotations

import datetime
import itertools

from hypothesis import strategies as st

from journeylib.spec import feel
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import (
    Activity,
    Criterion,
    DataHandover,
    Department,
    Goal,
    HandedItem,
    InformationItem,
    Provenance,
    Stage,
    Transition,
)
from journeylib.terms import Clock, Fact, Span, Text
from tests.spec_fixtures import small_spec

ODD = "线索报价“”'\"&<>|=+-@`*\\_\x0b\x00\ufffe😀é \n\tABCabc019（）"
words = st.text(st.sampled_from(ODD), min_size=1, max_size=40).filter(str.strip)
texts = st.builds(Text, words, words)
shares = st.floats(0, 1, allow_nan=False)
reasons = st.builds(
    Provenance,
    method=st.sampled_from(["share_of_won_cases", "workshop"]),
    n=st.none() | st.integers(0, 10**6),
    estimate=st.none() | shares,
    unit=st.none() | st.sampled_from(["share", "h"]),
    lift=st.none() | st.floats(0, 100),
    reason=st.none() | texts,
    cards=st.lists(words, max_size=2).map(tuple),
)
spans = st.builds(
    Span,
    st.integers(1, 500) | st.sampled_from([0.5, 1234567.25]),
    st.sampled_from(["s", "min", "h", "d"]),
    st.sampled_from(list(Clock)),
)
goals = st.builds(
    Goal,
    id=st.uuids().map(str),
    name=texts,
    definition=texts,
    better=st.sampled_from(["higher", "lower"]),
    baseline=st.builds(Fact, st.none() | shares, st.just("share"), st.integers(0, 99), words),
    target=st.none() | shares,
    due=st.none() | st.dates(datetime.date(2025, 1, 1)),
)


@st.composite
def specs(draw: st.DrawFn, most_stages: int = 20, most_activities: int = 20) -> TargetSpec:
    """A valid specification with 1–20 stages of 0–20 activities each."""
    departments = draw(st.lists(words.map(str.strip), max_size=4, unique=True))
    departments = [d for d in departments if "\n" not in d]
    items = draw(st.lists(st.sampled_from(["预算", "budget", "_x1", "行业"]), unique=True))
    sizes = draw(
        st.lists(st.integers(0, most_activities), min_size=1, max_size=most_stages).filter(
            lambda sizes: sum(sizes) <= 40
        )
    )
    stages = [draw(_stages(number, size, departments, items)) for number, size in enumerate(sizes)]
    flow = [activity for stage in stages for activity in stage.activities]
    return TargetSpec(
        name=draw(texts),
        lifecycle="b2b",
        source="f" * 16,
        departments=tuple(Department(id=d, name=Text.same(d)) for d in departments),
        information=tuple(
            InformationItem(id=i, name=draw(texts), attribute=draw(words)) for i in items
        ),
        stages=tuple(stages),
        transitions=tuple(
            Transition(source=a.id, target=b.id, why=Provenance(method="workshop"))
            for a, b in itertools.pairwise(flow)
        ),
        notes=draw(st.lists(texts, max_size=2).map(tuple)),
    )


@st.composite
def _stages(
    draw: st.DrawFn, number: int, size: int, departments: list[str], items: list[str]
) -> Stage:
    owners = st.sampled_from([None, *departments])
    activities = tuple(
        Activity(
            id=f"a-{number}-{place}",
            event=f"{number} {place} {draw(words)}",
            name=draw(texts),
            required=draw(st.booleans()),
            department=draw(owners),
            customer=draw(st.sampled_from([None, "initiates", "meets"])),
            sla=draw(st.none() | spans),
            outcome=draw(st.sampled_from([None, None, None, "won"])),
            why=draw(reasons),
        )
        for place in range(size)
    )
    asked = [feel.was_done(activity.event) for activity in activities[:2]]
    asked += [feel.filled(item) for item in items[:2]]
    handovers = draw(_handovers(number, departments, items)) if departments and items else ()
    return Stage(
        id=draw(st.sampled_from([f"stage{number}", f"阶段{number}"])),
        name=draw(texts),
        definition=draw(texts),
        exit=tuple(
            Criterion(
                id=f"c{number}.{i}", when=feel.to_text(e), text=draw(texts), why=draw(reasons)
            )
            for i, e in enumerate(asked)
        ),
        activities=activities,
        handovers=handovers,
        goals=draw(st.lists(goals, max_size=1).map(tuple)),
        sla=draw(st.none() | spans),
    )


@st.composite
def _handovers(
    draw: st.DrawFn, number: int, departments: list[str], items: list[str]
) -> tuple[DataHandover, ...]:
    party = st.sampled_from(departments)
    return tuple(
        DataHandover(
            id=f"h{number}.{place}",
            source=draw(party),
            target=draw(party),
            items=tuple(HandedItem(item=item, why=draw(reasons)) for item in items),
            within=draw(st.none() | spans),
            why=draw(reasons),
        )
        for place in range(draw(st.integers(0, 3)))
    )


def edited(**changes: object) -> dict[str, object]:
    """The small specification as data, with some top-level fields replaced."""
    return small_spec().to_dict() | changes
