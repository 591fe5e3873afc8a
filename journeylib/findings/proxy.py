"""The behavioural proxy (行为代理) of the experience: how much friction the log shows, place by place.

S(place) = −Σ w_k · rank01(x_k): our own definition, after the idea that effort and waiting spoil an
experience. It ranks the places of one journey against each other and says nothing about another one.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import ibis.expr.types as ir
from ibis import _

from journeylib import survival
from journeylib.findings.study import Study
from journeylib.findings.touches import completions, forced, share_of_touches, too_few
from journeylib.lifecycle import UNMAPPED
from journeylib.survival import wilson
from journeylib.terms import Fact, Text, say

Name: TypeAlias = Literal["wait", "rework", "channel_switch", "re_ask", "drop_off"]
NAMES: tuple[Name, ...] = ("wait", "rework", "channel_switch", "re_ask", "drop_off")
Key: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Indicator:
    """One x_k at one place, and its rank among the places from 0 (least friction) to 1 (most).

    `rank` is None where the value is unknown or the indicator is left out.
    """

    name: Name
    value: Fact
    rank: float | None


@dataclass(frozen=True, slots=True)
class ProxyPoint:
    """The proxy at a stage or, with `channel` and `activity`, at a touchpoint.

    `level` runs from −1 (most friction of this journey in everything) to 0: behaviour shows friction,
    not delight. Where an indicator is unknown, the others carry its weight.
    """

    stage: str
    name: Text
    channel: str | None
    activity: str | None
    cases: int
    level: Fact
    indicators: tuple[Indicator, ...]


@dataclass(frozen=True, slots=True)
class Weight:
    """The weight of an indicator, all of them adding up to 1; 0 with a reason if it is left out."""

    name: Name
    weight: float
    reason: Text | None = None


@dataclass(frozen=True)
class Proxy:
    """The behavioural proxy per stage and per touchpoint, with its formula and weights.

    `weights` are those of the stages, `touchpoint_weights` those of the touchpoints, which know less.
    """

    label: Text
    formula: str
    weights: tuple[Weight, ...]
    touchpoint_weights: tuple[Weight, ...]
    stages: tuple[ProxyPoint, ...]
    touchpoints: tuple[ProxyPoint, ...]


FORMULA = "S = −Σ w_k · rank01(x_k), Σ w_k = 1"


def proxy(study: Study) -> Proxy:
    """Friction that behaviour shows, by the weights of ``[experience]`` in the rules."""
    stages = {s.id: s for s in study.journey.stages if s.id != UNMAPPED and s.cases}
    sizes: dict[Key, int] = {(stage.id,): stage.cases for stage in stages.values()}
    weights, points = _scored(study, sizes, _of_stages(study))
    met = _touchpoint_sizes(study)
    met = {place: n for place, n in met.items() if place[0] in stages}
    touch_weights, touch_points = _scored(study, met, _of_touchpoints(study) if met else {})
    return Proxy(say("experience.proxy"), FORMULA, weights, touch_weights, points, touch_points)


# -- ranks and weights -----------------------------------------------------------------------------


def rank01(values: Mapping[Key, float]) -> dict[Key, float]:
    """For each place the share of the others that have less; empty where all are alike.

    >>> rank01({("a",): 3.0, ("b",): 9.0, ("c",): 3.0})
    {('a',): 0.0, ('b',): 1.0, ('c',): 0.0}
    """
    ordered = sorted(values.values())
    if not ordered or ordered[0] == ordered[-1]:
        return {}
    return {key: bisect.bisect_left(ordered, x) / (len(ordered) - 1) for key, x in values.items()}


def _scored(
    study: Study, sizes: Mapping[Key, int], found: Mapping[Name, Mapping[Key, Fact]]
) -> tuple[tuple[Weight, ...], tuple[ProxyPoint, ...]]:
    least = study.rules.sample.least
    ranks = {name: _ranks(sizes, found.get(name, {}), least) for name in NAMES}
    weights = _weights(study, ranks, found)
    names = {stage.id: stage.name for stage in study.journey.stages}
    points = tuple(
        _point(study, key, names[key[0]], n, _indicators(key, found, ranks), weights)
        for key, n in sizes.items()
    )
    return weights, points


def _ranks(sizes: Mapping[Key, int], facts: Mapping[Key, Fact], least: int) -> dict[Key, float]:
    known = {key: facts[key] for key in sizes if key in facts}
    return rank01({k: f.value for k, f in known.items() if f.value is not None and f.n >= least})


def _weights(
    study: Study, ranks: Mapping[Name, Mapping[Key, float]], found: Mapping[Name, Any]
) -> tuple[Weight, ...]:
    given = {name: getattr(study.rules.experience, name) if ranks[name] else 0.0 for name in NAMES}
    total = sum(given.values())
    return tuple(
        Weight(name, given[name] / total if total else 0.0, _left_out(study, name, ranks, found))
        for name in NAMES
    )


def _left_out(
    study: Study, name: Name, ranks: Mapping[Name, Mapping[Key, float]], found: Mapping[Name, Any]
) -> Text | None:
    if ranks[name]:
        return None if getattr(study.rules.experience, name) else say("experience.weight_zero")
    told = [fact for fact in found.get(name, {}).values() if fact.value is not None]
    return say("experience.same_everywhere" if len(told) > 1 else f"experience.need_{name}")


def _indicators(
    key: Key, found: Mapping[Name, Mapping[Key, Fact]], ranks: Mapping[Name, Mapping[Key, float]]
) -> tuple[Indicator, ...]:
    return tuple(
        Indicator(name, found[name][key], ranks[name].get(key))
        for name in NAMES
        if key in found.get(name, {})
    )


def _point(
    study: Study,
    key: Key,
    name: Text,
    cases: int,
    indicators: Sequence[Indicator],
    weights: Iterable[Weight],
) -> ProxyPoint:
    stage, channel, activity = (*key, None, None)[:3]
    weight = {w.name: w.weight for w in weights}
    ranked = [(i.rank, weight[i.name]) for i in indicators if i.rank is not None]
    total = sum(w for _rank, w in ranked)
    if cases < study.rules.sample.least:
        level = too_few("level", cases, study.rules.sample.least)
    elif not total:
        level = Fact.unknown("level", say("experience.no_indicator"), n=cases)
    else:
        value = 0.0 - sum(rank * w for rank, w in ranked) / total
        level = Fact(value, "level", cases, "behavioural_proxy")
    return ProxyPoint(stage, name, channel, activity, cases, level, tuple(indicators))


# -- indicators ------------------------------------------------------------------------------------


def _of_stages(study: Study) -> dict[Name, dict[Key, Fact]]:
    moves = study.journey.event_table.filter(_.next_at.notnull())
    waits = moves.select("stage_id", duration=_.next_at - _.at)
    return {
        "wait": dict(survival.medians(study.engine, waits, ("stage_id",))),
        "rework": _rework(study),
        "channel_switch": _switches(study, ("stage_id",)),
        "re_ask": _re_asks(study),
        "drop_off": _drop_offs(study),
    }


def _share_of_stage(study: Study, counted: ir.Table, method: str) -> dict[Key, Fact]:
    """``k`` cases per ``stage_id``, of the stage's cases; a stage that is not counted has none."""
    found = {row.stage_id: row.k for row in study.engine.rows(counted)}
    shares: dict[Key, Fact] = {}
    for stage in study.journey.stages:
        if stage.cases:
            k = min(found.get(stage.id, 0), stage.cases)
            low, high = wilson(k, stage.cases)
            share = k / stage.cases
            shares[stage.id,] = Fact(share, "share", stage.cases, method, None, None, low, high)
    return shares


def _rework(study: Study) -> dict[Key, Fact]:
    """Cases that do an activity of the stage again which is not meant to repeat."""
    meant = [a.name for a in study.journey.activities if a.repeatable]
    done = completions(study.journey).filter(~_.activity.isin(meant))
    times = done.group_by("stage_id", "case_id", "activity").aggregate(n=_.count())
    again = times.filter(_.n > 1).group_by("stage_id").aggregate(k=_.case_id.nunique())
    return _share_of_stage(study, again, "cases_with_rework")


def _re_asks(study: Study) -> dict[Key, Fact]:
    """Cases in which the customer is asked again; without an activity that says so, unknown."""
    if not study.asking_again:
        return {}
    asked = study.journey.event_table.filter(_.activity.isin(sorted(study.asking_again)))
    counted = asked.group_by("stage_id").aggregate(k=_.case_id.nunique())
    return _share_of_stage(study, counted, "cases_asked_again")


def _drop_offs(study: Study) -> dict[Key, Fact]:
    """The share that does not go on from a stage; nobody drops off where no further stage follows."""
    found: dict[Key, Fact] = {}
    for stage in study.journey.stages:
        c = stage.conversion
        if c.value is not None and study.journey.outcomes.won is not None:
            low, high = (None if x is None else 1 - x for x in (c.ci_high, c.ci_low))
            method = "one_minus_conversion"
            found[stage.id,] = Fact(1 - c.value, "share", c.n, method, None, c.censored, low, high)
    return found


def _switches(study: Study, by: tuple[str, ...]) -> dict[Key, Fact]:
    """Touches left for another channel: forced ones where the log says who acts, else any."""
    if study.touches is None:
        return {}
    followed = study.touches.events.filter(_.next_channel.notnull())
    told = study.journey.log.has("actor")
    changed = followed.channel != followed.next_channel
    if told:
        changed = forced(followed, study.request_names, study.rules.channels.within)
    counted = followed.group_by(*by).aggregate(
        n=_.count(), cases=_.case_id.nunique(), k=changed.cast("int64").sum()
    )
    least = study.rules.sample.least
    return {
        tuple(row[: len(by)]): share_of_touches(int(row.k or 0), row.n, row.cases, least)
        for row in study.engine.rows(counted)
    }


# -- touchpoints -----------------------------------------------------------------------------------

_PLACE = ("stage_id", "channel", "activity")


def _touchpoint_sizes(study: Study) -> dict[Key, int]:
    """Cases per touchpoint, in the journey's order."""
    return {(t.stage, t.channel, t.activity): t.cases for t in study.journey.touchpoints}


def _of_touchpoints(study: Study) -> dict[Name, dict[Key, Fact]]:
    """What is known of a touchpoint: the wait for it, doing it again, leaving for another channel."""
    assert study.touches is not None
    contacts = study.touches.contacts
    waits = contacts.filter(_.waited >= 0).select(*_PLACE, duration=_.waited)
    counted = contacts.group_by(*_PLACE).aggregate(n=_.count(), k=(_.times > 1).cast("int64").sum())
    meant = {a.name for a in study.journey.activities if a.repeatable}
    again: dict[Key, Fact] = {}
    for row in study.engine.rows(counted):
        if row.activity not in meant:
            low, high = wilson(row.k, row.n)
            share = row.k / row.n
            again[tuple(row[:3])] = Fact(
                share, "share", row.n, "cases_with_rework", None, None, low, high
            )
    return {
        "wait": dict(survival.medians(study.engine, waits, _PLACE)),
        "rework": again,
        "channel_switch": _switches(study, _PLACE),
    }
