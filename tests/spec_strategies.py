"""Random specifications that obey the rules: odd names, every part, any number of stages."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from journeylib.spec import feel
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import (
    Activity,
    Answered,
    Attainment,
    AutomationRule,
    Constraint,
    Criterion,
    DataHandover,
    Department,
    Goal,
    HandedItem,
    InformationItem,
    Provenance,
    Raci,
    Role,
    Stage,
    Transition,
)
from journeylib.terms import Clock, Fact, Span, Text
from tests.spec_fixtures import small_spec

ODD = "线索报价“”'\"&<>|=+-@`*\\_\x0b\x00\x1f\x85\u2028\ufffe\uffff😀é \n\r\tABCabc019（）,、"
ODD_WORDS = (
    "=SUM(A1)", "_x000B_", "_x005F_x0041_", " 前后有空 ", "مرحبا \u202eabc", "a\r\nb", "是", "–", "无",
    "[a-0-0]", "1", "TRUE", "2026-01-01", "长" * 1_800,
)  # fmt: skip
words = (
    st.text(st.sampled_from(ODD), min_size=1, max_size=40) | st.sampled_from(ODD_WORDS)
).filter(str.strip)
texts = st.builds(Text, words, words) | words.map(Text.same)
shares = st.floats(0, 1, allow_nan=False)
finding_ids = st.lists(st.sampled_from(["f-1", "f-2", "发现 3"]), max_size=3, unique=True).map(
    tuple
)
reasons = st.builds(
    Provenance,
    method=st.sampled_from(["share_of_won_cases", "workshop"]),
    n=st.none() | st.integers(0, 10**6),
    estimate=st.none() | shares,
    unit=st.none() | st.sampled_from(["share", "h"]),
    ci_low=st.none() | shares,
    ci_high=st.none() | shares,
    lift=st.none() | st.floats(0, 100),
    reason=st.none() | texts,
    findings=finding_ids,
    cards=st.lists(words, max_size=2).map(tuple),
)
spans = st.builds(
    Span,
    st.integers(1, 500) | st.sampled_from([0.5, 1234567.25]),
    st.sampled_from(["s", "min", "h", "d"]),
    st.sampled_from(list(Clock)),
)
facts = st.builds(
    Fact,
    st.none() | shares,
    st.sampled_from(["share", "h", "case"]),
    st.integers(0, 99),
    words,
    clock=st.none() | st.sampled_from(list(Clock)),
    censored=st.none() | st.integers(0, 9),
    ci_low=st.none() | shares,
    reason=st.none() | texts,
)


def goals(places: list[str], findings: list[str]) -> st.SearchStrategy[Goal]:
    """Goals at these stages and activities, relevant to these findings."""
    return st.builds(
        Goal,
        id=st.uuids().map(str),
        name=texts,
        definition=texts,
        measure=st.sampled_from([None, "cycle_time", "conversion", "win_rate", "dwell", "wait"]),
        of=st.sampled_from([None, *places]),
        better=st.sampled_from(["higher", "lower"]),
        baseline=facts,
        target=st.none() | shares,
        due=st.none() | st.dates(datetime.date(2025, 1, 1)),
        missing=st.lists(texts, max_size=2).map(tuple),
        attainment=st.none()
        | st.builds(
            Attainment,
            verdict=st.sampled_from(["supported", "stretch", "not_supported", "unknown"]),
            probability=st.none() | shares,
            adherence=st.none() | shares,
            reason=texts,
        ),
        findings=(
            st.lists(st.sampled_from(findings), unique=True) if findings else st.just([])
        ).map(tuple),
    )


answered = st.builds(
    Answered,
    id=st.just("?"),
    kind=st.sampled_from(["breakpoint", "silo", "touchpoint"]),
    type=words,
    title=texts,
    confidence=st.sampled_from(["proven", "suggestive", "too_few"]),
    n=st.integers(0, 10**6),
)


@st.composite
def specs(draw: st.DrawFn, most_stages: int = 40, most_activities: int = 20) -> TargetSpec:
    """A valid specification of 1–40 stages with up to 40 activities in all."""
    departments = draw(st.lists(words.map(str.strip), max_size=4, unique=True))
    departments = [d for d in departments if "\n" not in d]
    roles = draw(_roles(departments))
    items = draw(st.lists(st.sampled_from(["预算", "budget", "_x1", "行业"]), unique=True))
    findings = [f.model_copy(update={"id": id}) for id, f in
                zip(("f-1", "f-2"), draw(st.lists(answered, max_size=2)), strict=False)]  # fmt: skip
    sizes = draw(
        st.lists(st.integers(0, most_activities), min_size=1, max_size=most_stages).filter(
            lambda sizes: sum(sizes) <= 40
        )
    )
    known = {"departments": departments, "roles": [r.id for r in roles], "items": items,
             "findings": [f.id for f in findings]}  # fmt: skip
    stages = [draw(_stages(number, size, known)) for number, size in enumerate(sizes)]
    flow = [activity for stage in stages for activity in stage.activities]
    place = st.sampled_from([None, *(stage.id for stage in stages)])
    owner = st.sampled_from([None, *departments])
    return TargetSpec(
        name=draw(texts),
        lifecycle="b2b",
        source="f" * 16,
        version=draw(st.integers(1, 30)),
        follows=draw(st.none() | words),
        departments=tuple(Department(id=d, name=draw(texts)) for d in departments),
        roles=tuple(roles),
        information=tuple(
            InformationItem(
                id=i, name=draw(texts), attribute=draw(words), first_known=draw(place),
                type=draw(st.sampled_from(["string", "number", "boolean", "date"])),
                department=draw(owner),
            )
            for i in items
        ),
        stages=tuple(stages),
        transitions=draw(_transitions(flow)),
        constraints=draw(_constraints(flow, items)),
        goals=draw(st.lists(
            goals([*(s.id for s in stages), *(a.id for a in flow)], known["findings"]), max_size=2
        ).map(tuple)),
        findings=tuple(findings),
        notes=draw(st.lists(texts, max_size=2).map(tuple)),
    )  # fmt: skip


@st.composite
def _roles(draw: st.DrawFn, departments: list[str]) -> list[Role]:
    owner = st.sampled_from([None, *departments])
    count = draw(st.integers(0, 2))
    return [Role(id=f"role {n}", name=draw(texts), department=draw(owner)) for n in range(count)]


@st.composite
def _stages(draw: st.DrawFn, number: int, size: int, known: dict[str, list[str]]) -> Stage:
    departments, items = known["departments"], known["items"]
    activities = tuple(draw(_activities(f"{number}-{place}", known)) for place in range(size))
    asked = [feel.was_done(activity.event) for activity in activities[:2]]
    asked += [feel.filled(item) for item in items[:2]]
    named = draw(st.sampled_from([f"stage{number}", f"阶段{number}"]))
    handovers = draw(_handovers(number, departments, items)) if departments else ()
    return Stage(
        id=named,
        name=draw(texts),
        definition=draw(texts),
        entry=draw(_criteria(f"e{number}", asked[:1])),
        exit=draw(_criteria(f"c{number}", asked)),
        activities=activities,
        raci=draw(_raci(departments)),
        handovers=handovers,
        automation=draw(_automation(number, [a.id for a in activities])),
        goals=draw(
            st.lists(
                goals([named, *(a.id for a in activities)], known["findings"]), max_size=1
            ).map(tuple)
        ),
        sla=draw(st.none() | spans),
        sla_why=draw(st.none() | reasons),
        probability=draw(st.none() | shares),
        probability_why=draw(st.none() | reasons),
        answers=tuple(known["findings"][: draw(st.integers(0, 2))]),
    )


@st.composite
def _activities(draw: st.DrawFn, at: str, known: dict[str, list[str]]) -> Activity:
    return Activity(
        id=f"a-{at}",
        event=f"{at} {draw(words)}",
        name=draw(texts),
        required=draw(st.booleans()),
        department=draw(st.sampled_from([None, *known["departments"]])),
        role=draw(st.sampled_from([None, *known["roles"]])),
        output=draw(st.sampled_from([None, *known["items"]])),
        customer=draw(st.sampled_from([None, "initiates", "meets"])),
        sla=draw(st.none() | spans),
        sla_why=draw(st.none() | reasons),
        repeatable=draw(st.booleans()),
        outcome=draw(st.sampled_from([None, None, None, "won", "lost"])),
        why=draw(reasons),
    )


@st.composite
def _criteria(
    draw: st.DrawFn, prefix: str, asked: Sequence[feel.Expression]
) -> tuple[Criterion, ...]:
    return tuple(
        Criterion(id=f"{prefix}.{i}", when=feel.to_text(e), text=draw(texts), why=draw(reasons))
        for i, e in enumerate(asked)
    )


@st.composite
def _raci(draw: st.DrawFn, departments: list[str]) -> tuple[Raci, ...]:
    if not departments:
        return ()
    parts = st.builds(
        Raci,
        department=st.sampled_from(departments),
        part=st.sampled_from(["R", "A", "C", "I"]),
        why=reasons,
    )
    return tuple(draw(st.lists(parts, max_size=3)))


@st.composite
def _automation(draw: st.DrawFn, number: int, about: list[str]) -> tuple[AutomationRule, ...]:
    return tuple(
        AutomationRule(
            id=f"r{number}.{place}",
            kind=draw(st.sampled_from(["assign", "remind", "escalate", "carry"])),
            activity=draw(st.sampled_from([None, *about])),
            trigger=draw(texts),
            action=draw(texts),
            why=draw(reasons),
        )
        for place in range(draw(st.integers(0, 2)))
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


@st.composite
def _transitions(draw: st.DrawFn, flow: list[Activity]) -> tuple[Transition, ...]:
    """Most neighbours, now and then one twice."""
    pairs = list(itertools.pairwise(flow))
    kept = draw(st.lists(st.sampled_from(pairs), max_size=40)) if pairs else []
    return tuple(Transition(source=a.id, target=b.id, why=draw(reasons)) for a, b in kept)


@st.composite
def _constraints(draw: st.DrawFn, flow: list[Activity], items: list[str]) -> tuple[Constraint, ...]:
    if len(flow) < 2:
        return ()
    first, second = flow[0].id, flow[-1].id
    possible: list[dict[str, Any]] = [
        {"kind": "existence", "activities": (first,)},
        {"kind": "four_eyes", "activities": (second, first)},
        {"kind": "response", "activities": (first, second), "within": draw(st.none() | spans)},
        *({"kind": "condition", "activities": (second,), "when": f"{i} != null"} for i in items),
    ]
    chosen = draw(st.lists(st.sampled_from(possible), max_size=3))
    return tuple(
        Constraint(id=f"k {place}", text=draw(texts), why=draw(reasons), **fields)
        for place, fields in enumerate(chosen)
    )


def edited(**changes: object) -> dict[str, object]:
    """The small specification as data, with some top-level fields replaced."""
    return small_spec().to_dict() | changes
