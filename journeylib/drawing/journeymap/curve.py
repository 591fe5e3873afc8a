"""The lane of experience: what customers said, what behaviour suggests, what the room voted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, Protocol

from journeylib.drawing import words
from journeylib.drawing.charts.telling import interval
from journeylib.drawing.journeymap.scene import Curve, CurveLane, Dot
from journeylib.drawing.journeymap.sight import Sight
from journeylib.terms import Fact


class _Point(Protocol):
    @property
    def stage(self) -> str: ...

    @property
    def level(self) -> Fact: ...


def curve(sight: Sight) -> CurveLane:
    """One curve a layer and instrument, never averaged; where none has a value it says why."""
    found = sight.counts.experience
    curves = [*_reported(sight), _curve(sight, "proxy", sight.tell("proxy"), found.proxy.stages)]
    if found.votes:
        curves.append(_curve(sight, "votes", sight.tell("votes"), found.votes))
    note = sight.tell("curve_note")
    if found.reported is None and found.reason is not None:
        note = sight.tell("curve_unreported", reason=found.reason)
    ends = (sight.tell("best"), sight.tell("worst"))
    return CurveLane("curve", sight.tell("curve"), note, tuple(curves), _gaps(sight), ends)


def _reported(sight: Sight) -> Iterator[Curve]:
    told = sight.counts.experience.reported
    answers = told.stages if told else ()
    for instrument in dict.fromkeys(answer.instrument for answer in answers):
        name = sight.tell("reported", instrument=instrument.upper())
        own = [answer for answer in answers if answer.instrument == instrument]
        yield _curve(sight, "reported", name, own)


def _curve(
    sight: Sight,
    layer: Literal["reported", "proxy", "votes"],
    name: str,
    points: Iterable[_Point],
) -> Curve:
    column = {stage.id: n for n, stage in enumerate(sight.stages)}
    dots = (_dot(sight, column[p.stage], p.level) for p in points if p.stage in column)
    return Curve(layer, name, tuple(filter(None, dots)))


def _dot(sight: Sight, column: int, level: Fact) -> Dot | None:
    if level.value is None:
        return None
    told = f"{level.value:+.2f}".replace("-", "−")
    between = interval(level.ci_low, level.ci_high, "level", sight.lang) if level.ci_low else ""
    n = sight.tell("n", n=words.number(level.n))
    return Dot(
        column,
        level.value,
        level.ci_low,
        level.ci_high,
        " · ".join(filter(None, (told, between, n))),
    )


def _gaps(sight: Sight) -> tuple[str, ...]:
    """By column, why the proxy has no value there; blank where it has one."""
    known = {p.stage: p.level for p in sight.counts.experience.proxy.stages}
    return tuple(
        ""
        if (level := known.get(stage.id)) is not None and level.value is not None
        else (level.reason.in_(sight.lang) if level and level.reason else sight.tell("unknown"))
        for stage in sight.stages
    )
