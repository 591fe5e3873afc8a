"""A case as the process meets it: when each activity was done, and what was known at any time."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from journeylib.scenarios.cases import Case
from journeylib.scenarios.result import Misread
from journeylib.spec.feel.evaluate import Value, typed
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import InformationItem

Moment = datetime.datetime


@dataclass(frozen=True)
class Course:
    """`done` says when each activity (id) was first done; `learnt` what item got which value when."""

    case: str
    start: Moment
    until: Moment
    done: dict[str, Moment]
    learnt: tuple[tuple[Moment, str, Value], ...]
    unknown: tuple[str, ...]
    order: tuple[str, ...]

    @classmethod
    def of(cls, spec: TargetSpec, case: Case, misread: list[Misread]) -> Course:
        """The course of `case`; values that are none of their item's type go to `misread`."""
        ids = {activity.event: activity.id for activity in spec.activities}
        done: dict[str, Moment] = {}
        for event in case.events:
            if event.activity in ids:
                done.setdefault(ids[event.activity], event.at)
        strangers = (e.activity for e in case.events if e.activity not in ids)
        return cls(
            case=case.id,
            start=case.events[0].at,
            until=case.until or case.events[-1].at,
            done=done,
            learnt=tuple(_learnt(spec, case, misread)),
            unknown=tuple(dict.fromkeys(strangers)),
            order=tuple(activity.id for activity in spec.activities),
        )

    @property
    def last(self) -> str | None:
        """The last activity of the flow."""
        return self.order[-1] if self.order else None

    def known_at(self, now: Moment) -> dict[str, Value]:
        """The items known by then, each with its latest value."""
        return {item: value for at, item, value in self.learnt if at <= now}

    def done_by(self, now: Moment) -> frozenset[str]:
        """The activities done by then."""
        return frozenset(id for id, at in self.done.items() if at <= now)

    def goes_on_after(self, activity: str | None) -> bool:
        """Whether the case did anything that comes later in the flow; None is before the first."""
        later = self.order if activity is None else self.order[self.order.index(activity) + 1 :]
        return any(id in self.done for id in later)


def _learnt(
    spec: TargetSpec, case: Case, misread: list[Misread]
) -> Iterator[tuple[Moment, str, Value]]:
    items = {i.attribute: i for i in spec.information} | {i.id: i for i in spec.information}
    for event in case.events:
        for name, value in event.known.items():
            if (item := items.get(name)) is None:
                continue
            if (kept := _typed(item, value, case.id, misread)) is not None:
                yield event.at, item.id, kept


def _typed(item: InformationItem, value: object, case: str, misread: list[Misread]) -> Value:
    try:
        return typed(value, item.type)
    except ValueError:
        misread.append(Misread(case, item.id, str(value)))
        return None
