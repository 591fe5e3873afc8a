"""The reported layer of the experience: CSAT, NPS and CES where customers were met.

Sources: Reichheld 2003 (NPS), Dixon, Freeman & Toman 2010 (CES); Wilson 1927. Instruments are never
averaged with each other, nor with what behaviour or the workshop says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import ibis.expr.types as ir
from ibis import _

from journeylib.findings.study import Study
from journeylib.findings.surveys import Asks, Instrument, asks, instruments, survey_activities
from journeylib.findings.touches import completions, too_few
from journeylib.survival import Z95, wilson
from journeylib.terms import Fact, Text, say

Outcome = Literal["won", "lost", "open"]


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered at one place: a stage or, with `channel` and `activity`, a touchpoint.

    `measure` is the instrument's own: the share of the upper two scores (CSAT), points from −100 to
    100 (NPS), the mean from 1 to 7 (CES); `level` the same on the scale of the curve, −1 to 1. `median`
    and quartiles are on the instrument's scale. `response` is the share of the cases asked here that
    answered; unknown where the log shows answers only. `n` counts answers.
    """

    instrument: str
    stage: str
    name: Text
    channel: str | None
    activity: str | None
    n: int
    measure: Fact
    level: Fact
    median: float | None
    lower_quartile: float | None
    upper_quartile: float | None
    response: Fact


@dataclass(frozen=True, slots=True)
class ByOutcome:
    """Whom of the cases with one outcome a survey reached, and who of those answered.

    Where it is not known who was asked, `asked` is the share that answered and `response` unknown.
    """

    outcome: Outcome
    asked: Fact
    response: Fact


@dataclass(frozen=True, slots=True)
class SurveyFacts:
    """One instrument over the whole log; `refused` says why its answers cannot be used.

    `unattached` answers followed no touchpoint within the time of the rules: they count here and in no
    place.
    """

    instrument: str
    name: Text
    n: int
    unattached: int
    measure: Fact
    response: Fact
    by_outcome: tuple[ByOutcome, ...]
    caveats: tuple[Text, ...]
    refused: Text | None


@dataclass(frozen=True)
class Reported:
    """What customers said: per instrument, per stage and per touchpoint, in the journey's order."""

    instruments: tuple[SurveyFacts, ...]
    stages: tuple[Answers, ...]
    touchpoints: tuple[Answers, ...]


def reported(study: Study, surveys: Any = None) -> Reported | None:
    """What customers said in the log and in `surveys`; None where nobody was asked."""
    found = asks(study, surveys)
    if found is None:
        return None
    placed = study.engine.materialise(_placed(study, found), "answers")
    usable = placed.filter(_.stage_id.notnull(), ~_.instrument.isin(list(found.refused)))
    return Reported(
        tuple(_overall(study, found, placed)),
        _answers(study, found, usable, ("stage_id",)),
        _answers(
            study, found, usable.filter(_.channel.notnull()), ("stage_id", "channel", "activity")
        ),
    )


def _placed(study: Study, found: Asks) -> ir.Table:
    """Each ask with the last touchpoint of its case before it, within the time of the rules.

    Without a channel column, events stand in for touches: the stage is known, the touchpoint not.
    """
    met = _met(study).filter(~_.activity.isin(list(survey_activities(study.journey))))
    within = int(study.rules.experience.attached_within.seconds * 1e6)
    pairs = found.table.inner_join(met, "case_id")
    pairs = pairs.filter(_.at <= _.asked, _.at >= _.asked - within)
    pairs = pairs.filter((_.position <= _.upto) | _.upto.isnull())
    last = pairs.group_by("ask").aggregate(
        **{name: pairs[name].argmax(pairs.position) for name in ("stage_id", "channel", "activity")}
    )
    return found.table.left_join(last, "ask").drop("ask_right")


def _met(study: Study) -> ir.Table:
    kept = ("case_id", "position", "at", "stage_id", "channel", "activity")
    if study.touches is not None:
        return study.touches.events.select(*kept)
    events = completions(study.journey)
    nowhere = {"channel": events.activity.cast("string").nullif(events.activity.cast("string"))}
    return events.mutate(**nowhere).select(*kept)


# -- figures of each instrument --------------------------------------------------------------------


def _summary(placed: ir.Table, by: Sequence[str]) -> ir.Table:
    score = placed.score
    return placed.group_by("instrument", *by).aggregate(
        n=score.count(),
        asked=placed.case_id.nunique(),
        answered=placed.case_id.nunique(where=score.notnull()),
        top=(score >= 4).cast("int64").sum(),
        promoters=(score >= 9).cast("int64").sum(),
        detractors=(score <= 6).cast("int64").sum(),
        mean=score.mean(),
        spread=score.std(),
        q25=score.quantile(0.25),
        q50=score.quantile(0.5),
        q75=score.quantile(0.75),
        unplaced=score.count(where=placed.stage_id.isnull()),
    )


def csat(row: Any, least: int) -> Fact:
    """Share of answers in the upper two of five, Wilson's interval as if each case answered once."""
    if row.answered < least:
        return too_few("share", row.answered, least)
    low, high = wilson(row.top / row.n * row.answered, row.answered)
    return Fact(row.top / row.n, "share", row.n, "csat_top_two_wilson", None, None, low, high)


def nps(row: Any, least: int) -> Fact:
    """Share of 9–10 less share of 0–6, in points, ± 1.96 standard errors.

    Where all answers are alike there is no spread to tell an interval from.
    """
    if row.answered < least:
        return too_few("points", row.answered, least)
    up, down = row.promoters / row.n, row.detractors / row.n
    half = Z95 * ((up + down - (up - down) ** 2) / row.answered) ** 0.5
    return _within(
        100 * (up - down), 100 * half, row.n, "points", (-100, 100), "nps_standard_error"
    )


def ces(row: Any, least: int) -> Fact:
    """Mean of 1 (much effort) to 7 (made it easy), ± 1.96 standard errors."""
    if row.answered < least:
        return too_few("score", row.answered, least)
    half = Z95 * (row.spread or 0.0) / row.answered**0.5
    return _within(row.mean, half, row.n, "score", (1, 7), "ces_mean_normal")


def _within(
    value: float, half: float, n: int, unit: str, scale: tuple[float, float], method: str
) -> Fact:
    if half == 0:
        return Fact(value, unit, n, method)
    low, high = max(scale[0], value - half), min(scale[1], value + half)
    return Fact(value, unit, n, method, ci_low=low, ci_high=high)


_MEASURES = {"csat": (csat, 0.0, 1.0), "nps": (nps, -100.0, 100.0), "ces": (ces, 1.0, 7.0)}


def level(instrument: str, measure: Fact) -> Fact:
    """A measure on the scale of the curve: its lower end at −1, its upper end at 1."""
    _, low, high = _MEASURES[instrument]
    on_curve = [
        None if x is None else 2 * (x - low) / (high - low) - 1
        for x in (measure.value, measure.ci_low, measure.ci_high)
    ]
    value, ci_low, ci_high = on_curve
    return Fact(
        value, "level", measure.n, measure.method, None, None, ci_low, ci_high, measure.reason
    )


# -- places and the whole --------------------------------------------------------------------------


def _answers(
    study: Study, found: Asks, placed: ir.Table, by: tuple[str, ...]
) -> tuple[Answers, ...]:
    stages = {stage.id: stage for stage in study.journey.stages}
    rows = study.engine.rows(_summary(placed, by))
    rows.sort(key=lambda row: (row.instrument, stages[row.stage_id].rank, row[2 : 1 + len(by)]))
    return tuple(_place(study, found, row, stages[row.stage_id].name) for row in rows if row.n)


def _place(study: Study, found: Asks, row: Any, name: Text) -> Answers:
    least = study.rules.sample.least
    measure = _MEASURES[row.instrument][0](row, least)
    return Answers(
        instrument=row.instrument,
        stage=row.stage_id,
        name=name,
        channel=getattr(row, "channel", None),
        activity=getattr(row, "activity", None),
        n=row.n,
        measure=measure,
        level=level(row.instrument, measure),
        median=row.q50,
        lower_quartile=row.q25,
        upper_quartile=row.q75,
        response=_response(found, row, least),
    )


def _response(found: Asks, row: Any, least: int) -> Fact:
    if row.instrument not in found.invited:
        return Fact.unknown("share", say("experience.need_asked"))
    return _plain_share(row.answered, row.asked, least)


def _plain_share(k: int, n: int, least: int) -> Fact:
    if n < least:
        return too_few("share", n, least)
    low, high = wilson(k, n)
    return Fact(k / n, "share", n, "wilson", ci_low=low, ci_high=high)


def _overall(study: Study, found: Asks, placed: ir.Table) -> list[SurveyFacts]:
    rows = {row.instrument: row for row in study.engine.rows(_summary(placed, ()))}
    by_outcome = _by_outcome(study, found, placed)
    return [
        _survey(study, found, instrument, rows[instrument.id], by_outcome.get(instrument.id, ()))
        for instrument in instruments()
        if instrument.id in rows
    ]


def _survey(
    study: Study, found: Asks, instrument: Instrument, row: Any, outcomes: tuple[ByOutcome, ...]
) -> SurveyFacts:
    least, refused = study.rules.sample.least, found.refused.get(instrument.id)
    measure = _MEASURES[instrument.id][0](row, least)
    if refused is not None:
        measure = Fact.unknown(measure.unit, refused, n=row.n)
    return SurveyFacts(
        instrument=instrument.id,
        name=instrument.name,
        n=row.n,
        unattached=int(row.unplaced),
        measure=measure,
        response=_response(found, row, least),
        by_outcome=outcomes,
        caveats=tuple(_caveats({o.outcome: o.asked for o in outcomes})),
        refused=refused,
    )


def _by_outcome(study: Study, found: Asks, placed: ir.Table) -> dict[str, tuple[ByOutcome, ...]]:
    outcomes, least = study.journey.outcomes, study.rules.sample.least
    if outcomes.won is None:
        return {}
    cases = study.journey.case_table.select("case_id", "outcome")
    rows = study.engine.rows(_summary(placed.inner_join(cases, "case_id"), ("outcome",)))
    asked = {(row.instrument, row.outcome): row for row in rows}
    words: tuple[Outcome, ...] = ("won", "lost", "open")
    return {
        name: tuple(
            ByOutcome(
                word,
                _plain_share(row.asked if row else 0, getattr(outcomes, word), least),
                _response(found, row, least) if row else too_few("share", 0, least),
            )
            for word in words
            for row in [asked.get((name, word))]
        )
        for name in {row.instrument for row in rows}
    }


def _caveats(asked: Mapping[Outcome, Fact]) -> list[Text]:
    """A survey that reaches winners at least twice as often as losers tells of winners."""
    won, lost = asked.get("won"), asked.get("lost")
    if won is None or lost is None or won.value is None or lost.value is None:
        return []
    apart = (won.ci_low or 0.0) > (lost.ci_high or 1.0) and won.value >= 2 * lost.value
    shares = {"won": f"{won.value:.0%}", "lost": f"{lost.value:.0%}"}
    return [say("experience.caveat_winners", **shares)] if apart else []
