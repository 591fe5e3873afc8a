"""The numbers that decide what is a finding, read from ``templates/rules.toml`` or a copy of it.

A number more is a field here and a line there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self, TypeVar

from journeylib.errors import TemplateError, did_you_mean
from journeylib.findings.patterns.library import adopting, load_library
from journeylib.findings.patterns.pattern import Library
from journeylib.terms import Span, load_template

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tolerances:
    """Shares that are tolerated, 0–1: of cases for breakpoints, of what the type counts for silos."""

    rework_loop: float
    ping_pong: float
    drop_off: float
    sla_breach: float
    unanswered: float
    stage_regression: float
    stage_skip: float
    channel_switch: float
    carry_over_loss: float
    re_entry: float
    contradiction: float
    re_ask: float
    gate_incomplete: float
    orphan_events: float
    identity_gap: float
    duplicate_customers: float
    owner_collision: float


@dataclass(frozen=True, slots=True)
class Slow:
    """A step is slow if its median is `ratio` times that of the others, and longer by `gap`.

    At most `segments` values of the segment column (and of every other grouping) are compared; of
    periods, only the newest that has `period` executions on either side.
    """

    ratio: float
    gap: Span
    segments: int
    period: int


@dataclass(frozen=True, slots=True)
class Stages:
    """A stage is left out, rather than no part of the way, if a share of `expected` goes through it."""

    expected: float


@dataclass(frozen=True, slots=True)
class Sample:
    """Fewer than `least` are never tested; `fdr` is the false discovery rate over everything tested.

    Of what is not proven, `listed` of each type are listed, the others counted.
    """

    least: int
    fdr: float
    listed: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A customer's request is answered if staff act `within` that time of it.

    An activity of customers is a request only if staff answer it in at least a share of `norm`,
    before the customer acts again. A later reply counts too, unless it takes more than `never` times
    the median of those that came within that time.
    """

    within: Span
    norm: float
    never: float


@dataclass(frozen=True, slots=True)
class Channels:
    """A switch of channel is forced if it follows `within` that time on a touch nobody answered."""

    within: Span


@dataclass(frozen=True, slots=True)
class Silo:
    """What a silo is: see the comments of ``templates/rules.toml``."""

    scope: float
    reads: float
    norm: float
    within: Span
    contradicts_within: Span
    linked_within: Span
    collides_within: Span
    entry: Span


@dataclass(frozen=True, slots=True)
class Batches:
    """How waiting is taken apart: see the comments of ``templates/rules.toml``."""

    batch_least: int
    batch_gap: Span
    look_back: Span


@dataclass(frozen=True, slots=True)
class ExperienceRules:
    """How answers find their touchpoint, and the weights of the behavioural proxy (relative)."""

    attached_within: Span
    moments: int
    correlated: int
    wait: float
    rework: float
    channel_switch: float
    re_ask: float
    drop_off: float


@dataclass(frozen=True, slots=True)
class Gain:
    """How many hours of customers' waiting one of each is worth: what makes findings comparable."""

    h: float
    case: float
    handover: float
    event: float
    record: float


@dataclass(frozen=True, slots=True)
class Why:
    """How much is asked when features are compared with outcomes, and how strictly.

    At most `landmarks`, `activities` and `values` per column are compared, the most frequent ones,
    and `listed` shown. An association that stratifying leaves with less than `shrink` of its size is
    withdrawn. `holdout` is the share of cases kept to confirm subgroups. `window` (in months) is
    compared on either side of a change, over `permutations`.
    """

    landmarks: int
    activities: int
    values: int
    listed: int
    shrink: float
    holdout: float
    window: int
    permutations: int


@dataclass(frozen=True, slots=True)
class Sla:
    """A declared limit for the step from one activity to the next; `rule` is its name."""

    source: str
    target: str
    within: Span
    rule: str


@dataclass(frozen=True, slots=True)
class Mirror:
    """A declared pair of records: `activity` in system `source` has its `counterpart` in `target`."""

    source: str
    target: str
    activity: str
    counterpart: str


@dataclass(frozen=True, slots=True)
class Gate:
    """A declared gate: no case shall leave `stage` (an id of the lifecycle) without `attribute`."""

    stage: str
    attribute: str


@dataclass(frozen=True, slots=True)
class Rules:
    """Tolerances, references, sample limits, weights, declared service levels, and the patterns of
    the rule libraries, of which those adopted are tests.
    """

    tolerance: Tolerances
    slow: Slow
    sample: Sample
    answer: Answer
    stages: Stages
    channels: Channels
    silo: Silo
    waiting: Batches
    experience: ExperienceRules
    gain: Gain
    why: Why
    sla: tuple[Sla, ...] = ()
    mirror: tuple[Mirror, ...] = ()
    gate: tuple[Gate, ...] = ()
    library: Library = field(default_factory=Library)

    @classmethod
    def load(cls, name_or_path: str | Path = "rules") -> Self:
        """The shipped rules, or those of a TOML file: what it leaves out is as shipped.

        Unknown names in it are an error.
        """
        shipped = load_template("", "rules")
        raw = load_template("", name_or_path)
        known = {*_SECTIONS, "sla", "mirror", "gate", *_PATTERNS}
        _known(raw, known, str(name_or_path))
        sections = {
            name: _section(kind, shipped[name], raw.get(name, {}), f"{name_or_path}: [{name}]")
            for name, kind in _SECTIONS.items()
        }
        where = str(name_or_path)
        slas = raw.get("sla", shipped.get("sla", ()))
        mirrors = raw.get("mirror", shipped.get("mirror", ()))
        names = raw.get("libraries", shipped["libraries"])
        return cls(
            **sections,
            sla=tuple(_sla(entry, where) for entry in slas),
            mirror=tuple(_mirror(entry, where) for entry in mirrors),
            gate=tuple(_gate(entry, where) for entry in raw.get("gate", shipped.get("gate", ()))),
            library=adopting(load_library(names, where), raw, where),
        )


_PATTERNS = ("libraries", "adopt", "rule", "concepts", "columns")


_SECTIONS: Mapping[str, type[Any]] = {
    "tolerance": Tolerances,
    "slow": Slow,
    "sample": Sample,
    "answer": Answer,
    "stages": Stages,
    "channels": Channels,
    "silo": Silo,
    "waiting": Batches,
    "experience": ExperienceRules,
    "gain": Gain,
    "why": Why,
}


def _section(kind: type[T], shipped: Mapping[str, Any], own: Mapping[str, Any], where: str) -> T:
    spans = {field.name: field.type == "Span" for field in fields(kind)}  # type: ignore[arg-type]
    _known(own, set(spans), where)
    given = {**shipped, **own}
    return kind(
        **{name: _value(given[name], f"{where} {name}", span=spans[name]) for name in spans}
    )


def _value(value: Any, where: str, *, span: bool) -> Any:
    if span and isinstance(value, str):
        return Span.parse(value)
    if span or not isinstance(value, int | float):
        wanted = 'a duration such as "24h"' if span else "a number"
        raise TemplateError(f"{where}: {value!r} is not {wanted}.")
    return value


def _sla(entry: Mapping[str, Any], where: str) -> Sla:
    _known(entry, {"from", "to", "within", "rule"}, f"{where}: [[sla]]")
    try:
        source, target, within = entry["from"], entry["to"], Span.parse(entry["within"])
    except KeyError as missing:
        raise TemplateError(f"{where}: an [[sla]] lacks {missing}") from None
    return Sla(source, target, within, entry.get("rule", f"{source} → {target}"))


def _mirror(entry: Mapping[str, Any], where: str) -> Mirror:
    _known(entry, {"from", "to", "activity", "counterpart"}, f"{where}: [[mirror]]")
    try:
        source, target, activity = entry["from"], entry["to"], entry["activity"]
    except KeyError as missing:
        raise TemplateError(f"{where}: a [[mirror]] lacks {missing}") from None
    return Mirror(source, target, activity, entry.get("counterpart", activity))


def _gate(entry: Mapping[str, Any], where: str) -> Gate:
    _known(entry, {"stage", "attribute"}, f"{where}: [[gate]]")
    try:
        return Gate(entry["stage"], entry["attribute"])
    except KeyError as missing:
        raise TemplateError(f"{where}: a [[gate]] lacks {missing}") from None


def _known(given: Mapping[str, Any], names: set[str], where: str) -> None:
    for name in given:
        if name not in names:
            raise TemplateError(f"{where}: unknown entry {name!r}.{did_you_mean(name, names)}")
