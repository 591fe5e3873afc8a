"""The records a target specification is made of. Each proposal carries a `Provenance`: why.

All are frozen pydantic models that refuse unknown fields, so that a misspelt key is an error and not
a silent loss. Names of things in the log (activities, attributes, departments) are kept as the log
writes them: that is what a later check looks for.
"""

from __future__ import annotations

import dataclasses
import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)

from journeylib.errors import FeelError, UsageError
from journeylib.spec import feel
from journeylib.terms import Fact, Span, Text, rounded

# -- field types ---------------------------------------------------------------------------------


def _read_span(value: Any) -> Span:
    """A span written with its unit; also takes a `Span` that can be written so."""
    text = str(value)
    try:
        return Span.parse(text)
    except UsageError:
        number = text.strip()
        if number.replace(".", "", 1).isdigit():
            hint = f'{number!r} has no unit; write "{number}h" or "{number}d"'
        else:
            hint = f'{text!r} is no duration; write for example "4h", "90min" or "2d working"'
        raise ValueError(hint) from None


def _said(text: Text) -> Text:
    if not (text.zh.strip() and text.en.strip()):
        raise ValueError("a name must not be blank in either language")
    return text


def _readable(expression: str) -> str:
    try:
        feel.parse(expression)
    except FeelError as problem:
        raise ValueError(f"{expression!r}, {problem}") from None
    return expression


def _item_name(name: str) -> str:
    try:
        is_name = isinstance(feel.parse(name), feel.Name) and name.strip() == name
    except FeelError:
        is_name = False
    if not is_name or name == feel.DONE:
        raise ValueError(
            f"{name!r} cannot be named in a criterion; use letters, digits and '_' only"
        )
    return name


def _rounded_fact(fact: Fact) -> Fact:
    numbers = {name: getattr(fact, name) for name in ("value", "ci_low", "ci_high")}
    known = {name: rounded(number) for name, number in numbers.items() if number is not None}
    return dataclasses.replace(fact, **known)  # type: ignore[arg-type]


SPAN_PATTERN = r"^\s*\d+(\.\d+)?\s*(s|min|h|d)(\s+(calendar|working))?\s*$"

Id = Annotated[str, StringConstraints(min_length=1, pattern=r"^\S(.*\S)?$")]
Number = Annotated[float, AfterValidator(rounded)]
Named = Annotated[Text, AfterValidator(_said)]
Within = Annotated[
    Span,
    PlainValidator(_read_span),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": SPAN_PATTERN, "examples": ["4h", "2d working"]}),
]
Measured = Annotated[Fact, AfterValidator(_rounded_fact), PlainSerializer(Fact.to_dict)]
Condition = Annotated[str, AfterValidator(_readable)]
ItemName = Annotated[str, AfterValidator(_item_name)]


class Record(BaseModel):
    """Base of all parts: immutable, and strict about its fields."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True
    )


# -- why -----------------------------------------------------------------------------------------


class Provenance(Record):
    """Why something is proposed: the measure, its size and its certainty, or the discussion.

    `estimate` is in `unit` (``share`` or ``h``) over `n` observations, with a 95 % interval; `lift`
    is the share among the won divided by that among the lost. `reason` says in words what the
    numbers cannot: why nothing is proposed, or what was decided. `findings` and `cards` are ids.
    """

    method: str
    n: int | None = None
    estimate: Number | None = None
    unit: Literal["share", "h"] | None = None
    ci_low: Number | None = None
    ci_high: Number | None = None
    lift: Number | None = None
    reason: Text | None = None
    findings: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()


# -- who and what --------------------------------------------------------------------------------


class Department(Record):
    """A department; `id` is its name in the log."""

    id: Id
    name: Named


class Role(Record):
    """A role people take in a department."""

    id: Id
    name: Named
    department: str | None = None


ItemType = Literal["string", "number", "boolean", "date"]
CustomerPart = Literal["initiates", "meets"]


class InformationItem(Record):
    """Something to know about the case; `id` is its name in criteria, `attribute` in the log.

    `first_known` is the stage in which it is mostly first filled, by `department`.
    """

    id: ItemName
    name: Named
    attribute: str
    type: ItemType = "string"
    first_known: str | None = None
    department: str | None = None


# -- what a stage holds --------------------------------------------------------------------------


class Criterion(Record):
    """A condition to enter or leave a stage, in FEEL and in words."""

    id: Id
    when: Condition
    text: Named
    why: Provenance


SlaLevel = Literal["p50", "p80", "p90", "best_team", "knee"]


class SlaOption(Record):
    """A time limit the workshop may choose, what it rests on, and what it would mean today.

    `level` says where it comes from: what half, 80 % or 90 % of the winning cases achieve, what the
    best team does, or where answering later begins to go with winning less. `breach` is the share of
    all steps that take longer today, `weekly` how many that are a week for each of the `owners` who
    do it, or for all together where the log names nobody (None).
    """

    level: SlaLevel
    limit: Within
    breach: Number | None = None
    weekly: Number | None = None
    owners: int | None = None
    why: Provenance


class Activity(Record):
    """Something to be done in a stage; `event` is the activity of the log that shows it was done.

    `customer` says whether the customer initiates it or is met in it (None: internal). `sla` is the
    time it may take from the step before, `sla_options` are other limits to choose from. `outcome` is
    set where doing it decides the case.
    """

    id: Id
    event: str
    name: Named
    required: bool
    department: str | None = None
    role: str | None = None
    customer: CustomerPart | None = None
    output: str | None = None
    sla: Within | None = None
    sla_why: Provenance | None = None
    sla_options: tuple[SlaOption, ...] = ()
    repeatable: bool = False
    outcome: Literal["won", "lost"] | None = None
    why: Provenance


class Raci(Record):
    """A department's part in a stage: responsible, accountable, consulted or informed."""

    department: str
    part: Literal["R", "A", "C", "I"]
    why: Provenance


class HandedItem(Record):
    """One piece of information that must pass with the work."""

    item: str
    why: Provenance


class DataHandover(Record):
    """What one department hands to another in a stage, and within what time."""

    id: Id
    source: str
    target: str
    items: tuple[HandedItem, ...]
    within: Within | None = None
    why: Provenance


class AutomationRule(Record):
    """Something a system shall do by itself: assign, remind, escalate, or carry data over."""

    id: Id
    kind: Literal["assign", "remind", "escalate", "carry"] = "remind"
    activity: str | None = None
    trigger: Named
    action: Named
    why: Provenance


class ReferenceClass(Record):
    """What one class of past cases achieved: a quarter of arrival, a segment, a channel, a team.

    `shrunk` is `value` drawn towards that of all classes of its kind by how uncertain it is, because the
    best of many classes is partly the luckiest; `reaches` says whether that reaches the target.
    """

    kind: str
    name: str
    value: Number
    shrunk: Number
    n: int
    ci_low: Number | None = None
    ci_high: Number | None = None
    reaches: bool


class AtAdherence(Record):
    """What the interventions lead to when `adherence` of the cases keep to them."""

    adherence: Number
    probability: Number
    expected: Measured


class Capacity(Record):
    """How busy a department is: its work (h) over the hours of its `people`, 0 idle to 1."""

    department: str
    people: int
    utilisation: Number


class Attainment(Record):
    """Whether a target can be reached, and what says so.

    `probability` is that of reaching it if the interventions are kept to in `adherence` of the cases;
    `levels` tell the same for several degrees. `classes` have shown what is possible; `too_small` names
    those with too few cases. `needed` cases must be seen until the change would show (power 0.8),
    `expected` are to come by the date. `capacity` is empty where the log cannot tell.
    """

    verdict: Literal["supported", "stretch", "not_supported", "unknown"]
    probability: Number | None = None
    adherence: Number | None = None
    reason: Text
    levels: tuple[AtAdherence, ...] = ()
    classes: tuple[ReferenceClass, ...] = ()
    too_small: tuple[str, ...] = ()
    needed: int | None = None
    expected: int | None = None
    capacity: tuple[Capacity, ...] = ()
    notes: tuple[Text, ...] = ()


GoalMeasure = Literal[
    "cycle_time", "conversion", "win_rate", "dwell", "wait", "filling", "repeat", "new_cases",
    "response_time", "logging", "won_cases", "won_amount", "velocity",
    "weekly_users", "regular_use", "fresh_cases", "known_owner", "known_channel",
]  # fmt: skip


class Goal(Record):
    """A measure to improve: its baseline is mined, target and date come from the workshop.

    `target` is in the unit of the baseline. `measure` says what is measured, so that the next log can
    be asked again, and `of` the stage or activity (id) it is measured at; None is the whole journey.
    `findings` are ids of those it is relevant to.
    `missing` says in words what the goal lacks to be specific, measurable, attainable, relevant and
    timed (`goals.smart_gaps`).
    """

    id: Id
    name: Named
    definition: Text
    measure: GoalMeasure | None = None
    of: str | None = None
    better: Literal["higher", "lower"]
    baseline: Measured
    target: Number | None = None
    due: datetime.date | None = None
    missing: tuple[Text, ...] = ()
    attainment: Attainment | None = None
    findings: tuple[str, ...] = ()


class Stage(Record):
    """A stage of the target process. `sla` is the time a case may stay in it.

    `probability` is the share of the cases entering it that are won. `answers` are ids of the
    findings this stage is meant to put right.
    """

    id: Id
    name: Named
    definition: Text
    entry: tuple[Criterion, ...] = ()
    exit: tuple[Criterion, ...] = ()
    activities: tuple[Activity, ...] = ()
    raci: tuple[Raci, ...] = ()
    handovers: tuple[DataHandover, ...] = ()
    automation: tuple[AutomationRule, ...] = ()
    goals: tuple[Goal, ...] = ()
    sla: Within | None = None
    sla_why: Provenance | None = None
    probability: Number | None = None
    probability_why: Provenance | None = None
    answers: tuple[str, ...] = ()


# -- around the stages ---------------------------------------------------------------------------


class Transition(Record):
    """The target flow: `target` may follow `source` directly (ids of activities).

    A transition runs forward in the order of the activities; those between are optional.
    """

    source: str
    target: str
    why: Provenance


ConstraintKind = Literal[
    "existence", "absence", "exactly_one", "precedence", "response", "chain_response",
    "not_coexistence", "four_eyes", "condition",
]  # fmt: skip


class Constraint(Record):
    """A rule beyond the flow, as a Declare template over `activities` (ids, in the template's order).

    ``existence absence exactly_one condition`` speak of one activity, all others of two: ``precedence``
    (the second only after the first), ``response`` (the first is followed by the second, `within`
    that time), ``chain_response`` (directly followed), ``not_coexistence`` (never both),
    ``four_eyes`` (never both by the same resource). ``condition``: `when` holds whenever the activity
    is done. Source: Pesic, Schonenberg & van der Aalst (2007).
    """

    id: Id
    kind: ConstraintKind
    activities: tuple[str, ...]
    text: Named
    within: Within | None = None
    when: Condition | None = None
    why: Provenance


class Answered(Record):
    """A finding the specification answers, in short."""

    id: Id
    kind: Literal["breakpoint", "silo", "touchpoint"]
    type: str
    title: Text
    confidence: Literal["proven", "suggestive", "too_few"]
    n: int
