"""What could be changed: five kinds of interventions, each a plain record that checks itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from journeylib.errors import UsageError, did_you_mean
from journeylib.journey import Journey
from journeylib.terms import Clock, Span, Text, say
from journeylib.wording import span_text

MOST = 5
"""Every subset of the interventions is followed by some cases: five of them make 32."""


@dataclass(frozen=True, slots=True)
class CapWait:
    """No wait from `source` to the `target` that directly follows it is longer than `within`."""

    source: str
    target: str
    within: Span


@dataclass(frozen=True, slots=True)
class CapStage:
    """No case stays in `stage` (id or name) longer than `within` before it goes on or is lost."""

    stage: str
    within: Span


@dataclass(frozen=True, slots=True)
class DropLoop:
    """`activity` is done once: what was repeated because of it falls away."""

    activity: str


@dataclass(frozen=True, slots=True)
class SkipActivity:
    """`activity` is not done any more; its waiting and its work fall away."""

    activity: str


@dataclass(frozen=True, slots=True)
class RaiseConversion:
    """Of the cases that reach `stage` (id or name), the share `to` goes on; the others are lost."""

    stage: str
    to: float


Intervention: TypeAlias = CapWait | CapStage | DropLoop | SkipActivity | RaiseConversion


def told(intervention: Intervention, journey: Journey) -> Text:
    """An intervention in words."""
    match intervention:
        case CapWait(source, target, within):
            span = span_text(within)
            return say("goal.cap_wait", source=source, target=target, span=span)
        case CapStage(stage, within):
            return say("goal.cap_stage", stage=_name(journey, stage), span=span_text(within))
        case DropLoop(activity):
            return say("goal.drop_loop", activity=activity)
        case SkipActivity(activity):
            return say("goal.skip_activity", activity=activity)
        case RaiseConversion(stage, to):
            return say("goal.raise_conversion", stage=_name(journey, stage), to=f"{to:.1%}")


def checked(journey: Journey, interventions: Iterable[Intervention]) -> tuple[Intervention, ...]:
    """The interventions with stages by their ids; `UsageError` names all that cannot be."""
    given = tuple(dict.fromkeys(interventions))
    problems = [problem for each in given for problem in _problems(journey, each)]
    if sum(not isinstance(each, RaiseConversion) for each in given) > MOST:
        problems.append(f"at most {MOST} interventions on time at once; ask in several steps")
    if problems:
        raise UsageError("; ".join(problems))
    return tuple(_by_id(journey, each) for each in given)


def parsed(kind: str, text: str) -> Intervention:
    """An intervention from the command line.

    >>> parsed("cap", "A -> B = 2d")
    CapWait(source='A', target='B', within=Span(value=2.0, unit='d', clock=<Clock.CALENDAR: 'calendar'>))
    """
    return _READERS[kind](text)


# -- checking ------------------------------------------------------------------------------------


def _problems(journey: Journey, intervention: Intervention) -> Iterator[str]:
    match intervention:
        case CapWait(source, target, within):
            yield from _no_pair(journey, source, target)
            yield from _no_clock(journey, within)
        case CapStage(stage, within):
            yield from _no_stage(journey, stage)
            yield from _no_clock(journey, within)
        case DropLoop(activity):
            yield from _no_activity(journey, activity)
        case SkipActivity(activity):
            yield from _no_activity(journey, activity)
            if activity in journey.activity_names and journey.activity(activity).decides:
                yield f"{activity!r} decides the outcome of a case and cannot be skipped"
        case RaiseConversion(stage, to):
            yield from _no_stage(journey, stage)
            if not 0 < to < 1:
                yield f"a conversion is a share between 0 and 1, not {to}; write 0.2 for 20 %"


def _no_activity(journey: Journey, name: str) -> Iterator[str]:
    if name not in journey.activity_names:
        near = did_you_mean(name, sorted(journey.activity_names))
        yield f"the log has no activity {name!r}.{near}"


def _no_pair(journey: Journey, source: str, target: str) -> Iterator[str]:
    unknown = [p for name in (source, target) for p in _no_activity(journey, name)]
    yield from unknown
    if not unknown and not any((m.source, m.target) == (source, target) for m in journey.moves):
        yield f"{target!r} never directly follows {source!r}, so there is no wait to cap"


def _no_stage(journey: Journey, name: str) -> Iterator[str]:
    if journey.stage_id(name) is None:
        have = [stage.id for stage in journey.stages]
        yield f"the journey has no stage {name!r}; it has: {', '.join(have)}"


def _no_clock(journey: Journey, within: Span) -> Iterator[str]:
    if within.clock is Clock.WORKING and journey.calendar is None:
        yield f"{within}: working time needs a calendar; mine(log, calendar=…) or --calendar"


def _by_id(journey: Journey, intervention: Intervention) -> Intervention:
    if isinstance(intervention, CapStage | RaiseConversion):
        return replace(intervention, stage=journey.stage_id(intervention.stage) or "")
    return intervention


def _name(journey: Journey, stage: str) -> Text:
    found = journey.stage_id(stage)
    return next((s.name for s in journey.stages if s.id == found), Text.same(stage))


# -- reading -------------------------------------------------------------------------------------


def _cap(text: str) -> Intervention:
    match = re.fullmatch(r"\s*(.+?)\s*(?:->|→)\s*(.+?)\s*=\s*([^=]+)", text)
    if match is None:
        raise UsageError(f'{text!r} is no cap; write for example "Quote sent -> Order = 2d"')
    return CapWait(match[1], match[2], Span.parse(match[3]))


def _cap_stage(text: str) -> Intervention:
    stage, given, limit = text.rpartition("=")
    if not given:
        raise UsageError(f'{text!r} is no cap of a stage; write for example "evaluation = 20d"')
    return CapStage(stage.strip(), Span.parse(limit))


def _conversion(text: str) -> Intervention:
    match = re.fullmatch(r"\s*(.+?)\s*=\s*(\d+(?:\.\d+)?)\s*(%?)\s*", text)
    if match is None:
        raise UsageError(f'{text!r} is no conversion; write for example "interest = 60%"')
    return RaiseConversion(match[1], float(match[2]) / (100 if match[3] else 1))


_READERS: dict[str, Callable[[str], Intervention]] = {
    "cap": _cap,
    "cap_stage": _cap_stage,
    "drop": lambda text: DropLoop(text.strip()),
    "skip": lambda text: SkipActivity(text.strip()),
    "convert": _conversion,
}
