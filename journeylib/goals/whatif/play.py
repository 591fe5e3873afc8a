"""`whatif`: what the journey would look like if a stage were different, with intervals.

No simulation: the durations of the cases that were seen are rewritten (a wait capped, rework taken
out, a conversion raised), and the figures computed anew on resampled cases. What that takes for
granted is listed with the result (`WhatIf.assumptions`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from journeylib.documents import Bullets, Document, Heading, Paragraph, Table
from journeylib.errors import UsageError
from journeylib.goals.catalogue import measure_words
from journeylib.goals.whatif.draws import Key, draws, setting
from journeylib.goals.whatif.interventions import (
    CapStage,
    CapWait,
    DropLoop,
    Intervention,
    RaiseConversion,
    SkipActivity,
    checked,
    told,
)
from journeylib.goals.whatif.spans import CaseTable, case_table
from journeylib.goals.words import fact_words, figure
from journeylib.journey import Journey
from journeylib.terms import Clock, Fact, Lang, Text, say
from journeylib.wording import percent

if TYPE_CHECKING:
    from journeylib.goals.whatif.spans import Numbers

DRAWS = 500
SEED = 20260101
_QUARTER = 365.25 / 4 * 86_400e6
_WEEK = 7 * 86_400e6
_UNITS = {
    "cycle_time": "h", "dwell": "h", "conversion": "share", "win_rate": "share",
    "won_cases": "case/quarter", "load": "event/week",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Effect:
    """One figure before, after, and its change (paired by resample); `of` a stage or department."""

    measure: str
    of: str | None
    name: Text
    before: Fact
    after: Fact
    change: Fact

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "measure": self.measure,
            "of": self.of,
            "name": self.name.to_dict(),
            "before": self.before.to_dict(),
            "after": self.after.to_dict(),
            "change": self.change.to_dict(),
        }


@dataclass(frozen=True)
class WhatIf:
    """The effects of `interventions` that are kept to in the share `adherence` of the cases.

    Intervals hold `level` of the resamples. `samples` are the figures of each resample, a row each,
    before and after; the first row is the log as it is.
    """

    interventions: tuple[Intervention, ...]
    told: tuple[Text, ...]
    adherence: float
    cases: int
    level: float
    effects: tuple[Effect, ...]
    assumptions: tuple[Text, ...]
    samples: Mapping[Key, Numbers] = field(repr=False, compare=False)

    def effect(self, measure: str, of: str | None = None) -> Effect:
        """The effect on one figure; `UsageError` names those there are."""
        for effect in self.effects:
            if (effect.measure, effect.of) == (measure, of):
                return effect
        have = sorted({f"{e.measure} {e.of or ''}".strip() for e in self.effects})
        raise UsageError(f"nothing is known of {measure} {of or ''}; there is: {', '.join(have)}")

    def probability(self, target: float, measure: str, of: str | None = None) -> float:
        """The share of the resamples in which the figure reaches `target` (in its unit)."""
        after = self.samples[self._key(measure, of)][1:, 1]
        is_lower = measure in ("cycle_time", "dwell", "load")
        return float(((after <= target) if is_lower else (after >= target)).mean())

    def _key(self, measure: str, of: str | None) -> Key:
        effect = self.effect(measure, of)
        return effect.measure, effect.of

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "schema": "whatif/1",
            "interventions": [text.to_dict() for text in self.told],
            "adherence": self.adherence,
            "cases": self.cases,
            "level": self.level,
            "effects": [effect.to_dict() for effect in self.effects],
            "assumptions": [text.to_dict() for text in self.assumptions],
        }

    def document(self, lang: Lang = "zh") -> Document:
        """What is done, what comes of it, and what that takes for granted."""
        head = ("whatif_figure", "whatif_before", "whatif_after", "whatif_change")
        moved = [e for e in self.effects if e.change.value or e.measure == "cycle_time"]
        rows = tuple(
            (e.name.in_(lang), *(fact_words(f).in_(lang) for f in (e.before, e.after, e.change)))
            for e in moved
        )
        comma = "、" if lang == "zh" else ", "
        still = comma.join(e.name.in_(lang) for e in self.effects if e not in moved)
        return Document(
            say("goal.whatif_title").in_(lang),
            (
                Bullets((*(t.in_(lang) for t in self.told), self._kept().in_(lang))),
                Heading(say("goal.whatif_effects").in_(lang)),
                Table(tuple(say(f"goal.{key}").in_(lang) for key in head), rows, "whatif"),
                Paragraph(say("goal.whatif_still", names=still).in_(lang) if still else ""),
                Heading(say("goal.whatif_assumptions").in_(lang)),
                Bullets(tuple(text.in_(lang) for text in self.assumptions)),
            ),
            lang,
        )

    def _kept(self) -> Text:
        return say("goal.whatif_kept", share=percent(self.adherence), level=percent(self.level))

    def __repr__(self) -> str:
        shown = [e for e in self.effects if e.measure in ("cycle_time", "won_cases")]
        parts = [
            f"{e.name.zh} {figure(e.before.value, e.before.unit).zh} → {fact_words(e.after).zh}"
            for e in shown
        ]
        doing = "；".join(text.zh for text in self.told) or "–"
        return f"WhatIf({doing} @ {percent(self.adherence)}: {'; '.join(parts)})"


def whatif(
    journey: Journey,
    *interventions: Intervention,
    adherence: float = 1.0,
    level: float = 0.95,
    resamples: int = DRAWS,
) -> WhatIf:
    """What `interventions` would change, if each is kept to in the share `adherence` of the cases.

    Cycle time and dwell are medians with open cases censored, in calendar hours; conversion of
    stages, won cases a quarter, and events a week of each department beside them. Intervals hold
    `level` of `resamples` bootstraps by case. `UsageError` names everything that cannot be asked.
    """
    return whatifs(journey, interventions, (adherence,), level=level, resamples=resamples)[0]


def whatifs(
    journey: Journey,
    interventions: tuple[Intervention, ...],
    adherences: tuple[float, ...],
    *,
    level: float = 0.95,
    resamples: int = DRAWS,
) -> tuple[WhatIf, ...]:
    """`whatif` at several degrees of adherence, from one pass over the log."""
    for share in adherences:
        if not 0 <= share <= 1:
            raise UsageError(f"adherence is a share from 0 to 1, not {share}; write 0.8 for 80 %")
    given = checked(journey, interventions)
    raised = _raised(journey, given)
    table = case_table(journey, given)
    return tuple(
        _whatif(journey, given, table, raised, (share, level, resamples)) for share in adherences
    )


def _raised(journey: Journey, interventions: tuple[Intervention, ...]) -> dict[str, float]:
    """The conversions to raise, by stage; each must be known and lower than it shall be."""
    now = {stage.id: stage.conversion.value for stage in journey.stages}
    raised = {i.stage: i.to for i in interventions if isinstance(i, RaiseConversion)}
    problems = []
    for stage, to in sorted(raised.items()):
        conversion = now[stage]
        if conversion is None or journey.outcomes.won is None:
            problems.append(f"the conversion of {stage} is not known, so it cannot be raised")
        elif conversion >= to:
            problems.append(f"the conversion of {stage} is {conversion:.3f} already")
    if problems:
        raise UsageError("; ".join(problems))
    return raised


def _whatif(
    journey: Journey,
    interventions: tuple[Intervention, ...],
    table: CaseTable,
    raised: Mapping[str, float],
    asked: tuple[float, float, int],
) -> WhatIf:
    adherence, level, resamples = asked
    decided = journey.outcomes.won is not None
    times = _times(journey)
    samples = draws(
        setting(table, raised, adherence, times=times, decided=decided), resamples, SEED
    )
    return WhatIf(
        interventions,
        tuple(told(each, journey) for each in interventions),
        adherence,
        table.cases,
        level,
        tuple(_effects(journey, table, samples, level)),
        tuple(_assumptions(journey, interventions)),
        samples,
    )


def _times(journey: Journey) -> tuple[float, float]:
    """Quarters in which cases came, and weeks in which anything happened; at least one of each."""
    c = journey.case_table
    first = journey.log.engine.row(c.aggregate(at=c.start.min())).at
    span = journey.log.totals.last_at - first
    return max(span / _QUARTER, 1.0), max(span / _WEEK, 1.0)


# -- figures -------------------------------------------------------------------------------------


def _effects(
    journey: Journey, table: CaseTable, samples: Mapping[Key, Numbers], level: float
) -> Iterator[Effect]:
    converts = {s.id for s in journey.stages if s.conversion.value is not None}
    if journey.outcomes.won is None:
        converts = set()
    stages = [stage.id for stage in journey.stages]
    ordered = sorted(samples, key=lambda key: (list(_UNITS).index(key[0]), _place(stages, key[1])))
    for key in ordered:
        measure, of = key
        if measure == "conversion" and of not in converts:
            continue
        pairs = samples[key]
        n = _n(table, key)
        before, after = (_fact(measure, pairs[:, side], n, level) for side in (0, 1))
        change = _fact(measure, _difference(pairs), n, level)
        yield Effect(measure, of, _name(journey, key), before, after, change)


def _name(journey: Journey, key: Key) -> Text:
    """What is won in the end is another figure than what has been won so far."""
    if key[0] in ("won_cases", "win_rate"):
        return say(f"goal.{key[0]}_in_the_end")
    return measure_words(journey, *key)


def _place(stages: list[str], of: str | None) -> tuple[int, str]:
    return (stages.index(of), "") if of in stages else (len(stages), of or "")


def _n(table: CaseTable, key: Key) -> int:
    measure, of = key
    return len(table.spans[of].case) if measure in ("conversion", "dwell") and of else table.cases


def _difference(pairs: Numbers) -> Numbers:
    """After less before; nothing where both are unknown."""
    import numpy as np

    with np.errstate(invalid="ignore"):
        found: Numbers = pairs[:, 1] - pairs[:, 0]
    return found


def _fact(measure: str, values: Numbers, n: int, level: float) -> Fact:
    """The figure on the log as it is, with the quantiles of the resamples; infinite is unknown."""
    import numpy as np

    unit, clock = _UNITS[measure], Clock.CALENDAR if _UNITS[measure] == "h" else None
    if not np.isfinite(values[0]):
        return Fact.unknown(
            unit, say("journey.mostly_open", n=n), n=n, method="whatif", clock=clock
        )
    drawn = np.sort(np.where(np.isnan(values[1:]), np.inf, values[1:]))
    tail = (1 - level) / 2
    low, high = (_quantile(drawn, share) for share in (tail, 1 - tail))
    method = "whatif_bootstrap_by_case"
    return Fact(float(values[0]), unit, n, method, clock, ci_low=low, ci_high=high)


def _quantile(drawn: Numbers, share: float) -> float | None:
    import numpy as np

    if not len(drawn):
        return None
    found = float(np.quantile(drawn, share, method="inverted_cdf"))
    return found if np.isfinite(found) else None


# -- what it takes for granted ---------------------------------------------------------------------


def _assumptions(journey: Journey, interventions: tuple[Intervention, ...]) -> Iterator[Text]:
    yield say("goal.assume_independent")
    yield say("goal.assume_demand")
    yield say("goal.assume_open")
    timed = [each for each in interventions if not isinstance(each, RaiseConversion)]
    if any(isinstance(each, CapWait | CapStage) for each in timed):
        yield say("goal.assume_capacity")
    if timed and not journey.log.has("start_timestamp"):
        yield say("goal.assume_no_starts")
    for each in timed:
        if isinstance(each, CapWait) and (journey.activity(each.target).customer_share or 0) > 0.5:
            yield say("goal.assume_customer", activity=each.target)
        if isinstance(each, DropLoop | SkipActivity):
            yield say("goal.assume_needless", activity=each.activity)
    if len(timed) < len(interventions):
        yield say("goal.assume_alike")
