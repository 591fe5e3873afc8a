"""The KPI catalogue as data: what can be measured, at what, in which unit, from which columns."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from journeylib.errors import TemplateError
from journeylib.journey import Journey
from journeylib.terms import Span, Text, load_template, say
from journeylib.wording import span_text

Family = Literal["business", "process", "adoption"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A measure of the catalogue; `place` is its name at a stage or activity, where it has one."""

    id: str
    family: Family
    name: Text
    place: Text | None
    definition: Text
    unit: str
    better: Literal["higher", "lower"]
    of: Literal["case", "stage", "activity"]
    needs: tuple[str, ...]
    caution: Text | None

    def defined(self, horizon: Span) -> Text:
        """The definition, with the horizon where one is part of it."""
        words = span_text(horizon)
        return Text(
            self.definition.zh.format(horizon=words.zh), self.definition.en.format(horizon=words.en)
        )


@functools.cache
def catalogue() -> Mapping[str, Entry]:
    """The measures by id, in the order of the file."""
    raw = load_template("goals", "kpis")
    try:
        return {entry["id"]: _entry(entry) for entry in raw["kpis"]}
    except KeyError as missing:
        raise TemplateError(f"kpis.toml: an entry lacks {missing}") from None


def family(name: Family) -> tuple[str, ...]:
    """The measures of the business, of the process or of adoption.

    >>> family("adoption")[:2]
    ('weekly_users', 'regular_use')
    """
    return tuple(entry.id for entry in catalogue().values() if entry.family == name)


@functools.cache
def keywords(name: str) -> tuple[str, ...]:
    """Words by which activities or columns are recognised: ``repurchase``, ``team``."""
    return tuple(load_template("goals", "kpis")[name])


def measure_words(journey: Journey, measure: str, of: str | None) -> Text:
    """The name of a measure, with the stage, activity or department it is measured at."""
    if measure == "load":
        return say("goal.load", place=_place(journey, of or ""))
    entry = catalogue()[measure]
    if of is None or entry.place is None:
        return entry.name
    place = _place(journey, of)
    return Text(entry.place.zh.format(place=place.zh), entry.place.en.format(place=place.en))


def _place(journey: Journey, of: str) -> Text:
    found = journey.stage_id(of)
    named = (stage.name for stage in journey.stages if stage.id == found)
    return next(named, Text.same(activity_name(journey, of) or of))


def activity_name(journey: Journey, of: str | None) -> str | None:
    """The activity with this id; what is no id stays."""
    return {activity.id: activity.name for activity in journey.activities}.get(of or "", of)


def _entry(raw: Mapping[str, Any]) -> Entry:
    return Entry(
        raw["id"],
        raw["family"],
        Text(raw["zh"], raw["en"]),
        Text(raw["place_zh"], raw["place_en"]) if "place_zh" in raw else None,
        Text(raw["definition_zh"], raw["definition_en"]),
        raw["unit"],
        raw["better"],
        raw["of"],
        tuple(raw["needs"]),
        Text(raw["caution_zh"], raw["caution_en"]) if "caution_zh" in raw else None,
    )
