"""The experience curve in three layers that never mix: reported, behavioural proxy, votes.

Each has its own evidence: what customers said, what their behaviour suggests, what the workshop feels.
Peak and end are marked because memory keeps those (Kahneman, Fredrickson, Schreiber & Redelmeier 1993).
"""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from journeylib.errors import UsageError, did_you_mean
from journeylib.findings.proxy import Proxy, proxy
from journeylib.findings.reported import Answers, Reported, reported
from journeylib.findings.rules import Rules
from journeylib.findings.study import Study
from journeylib.frames import frame_of
from journeylib.journey import Journey
from journeylib.terms import Fact, Lang, Text, plain, say

if TYPE_CHECKING:
    import pandas as pd

Layer = Literal["reported", "proxy", "votes"]
Votes = Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Vote:
    """What the workshop voted on a stage, from −2 to 2: how many, their median, and on the curve."""

    stage: str
    name: Text
    n: int
    median: float
    level: Fact


@dataclass(frozen=True, slots=True)
class Marks:
    """The stages that memory keeps: where a curve is farthest from neutral, and where it ends."""

    layer: Layer
    instrument: str | None
    peak: str
    end: str


@dataclass(frozen=True, slots=True)
class Correlation:
    """Spearman's correlation of the proxy with one instrument over touchpoints that have both."""

    instrument: str
    rho: Fact


@dataclass(frozen=True)
class Experience:
    """One value per stage on −1 … 1 in each layer, never averaged over layers or instruments.

    `reported` is None, with `reason`, where nobody was asked; `votes` are empty until the workshop.
    """

    reported: Reported | None
    proxy: Proxy
    votes: tuple[Vote, ...]
    marks: tuple[Marks, ...]
    correlations: tuple[Correlation, ...]
    reason: Text | None = None
    stages: Mapping[str, Text] = field(default_factory=dict, repr=False)

    def with_votes(self, votes: Votes) -> Experience:
        """The same with the votes of the workshop: stage id → votes from −2 to 2."""
        counted = tuple(_votes(self.stages, votes))
        kept = tuple(marks for marks in self.marks if marks.layer != "votes")
        marks = (*kept, *_marks("votes", None, counted))
        return dataclasses.replace(self, votes=counted, marks=marks)

    def frame(self, lang: Lang = "zh") -> pd.DataFrame:
        """One row per layer, instrument and stage: level with interval, n, and what was measured."""
        return frame_of(_lines(self), lang)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON: the three layers, each for itself."""
        told = None if self.reported is None else plain(self.reported)
        reason = {} if self.reason is None else {"reason": self.reason.to_dict()}
        names = ("proxy", "votes", "marks", "correlations")
        return {"reported": told, **reason, **{name: plain(getattr(self, name)) for name in names}}

    def __repr__(self) -> str:
        told = "–" if self.reported is None else _counted(self.reported)
        known = sum(point.level.value is not None for point in self.proxy.stages)
        votes = sum(vote.n for vote in self.votes)
        return f"Experience(reported: {told}; proxy: {known} stages; votes: {votes})"


@dataclass(frozen=True, slots=True)
class Line:
    """One value of one layer, as `Experience.frame` shows it."""

    layer: Text
    instrument: str | None
    stage: Text
    level: Fact
    measure: Fact


def experience(
    journey: Journey,
    rules: Rules | str | Path = "rules",
    *,
    surveys: Any = None,
    votes: Votes | None = None,
) -> Experience:
    """The experience of `journey`'s customers, stage by stage.

    `surveys` is a table of what was asked apart from the log, anything that `read_log` reads, with
    ``case_id instrument asked_at score``: a blank score is no answer, a column ``scale`` ("0-10") is
    believed, others (``answered_at``) are left aside. `votes` maps stage ids to votes from −2 to 2.
    """
    rules = rules if isinstance(rules, Rules) else Rules.load(rules)
    return experience_of(Study(journey, rules), surveys=surveys, votes=votes)


def experience_of(study: Study, *, surveys: Any = None, votes: Votes | None = None) -> Experience:
    """`experience` of a study, whose tables are shared with its findings."""
    told, shown = reported(study, surveys), proxy(study)
    found = Experience(
        reported=told,
        proxy=shown,
        votes=(),
        marks=(*_told_marks(told), *_marks("proxy", None, shown.stages)),
        correlations=tuple(_correlations(study, told, shown)),
        reason=say("experience.need_surveys") if told is None else None,
        stages={stage.id: stage.name for stage in study.journey.stages},
    )
    return found.with_votes(votes or {})


# -- votes -----------------------------------------------------------------------------------------


def _votes(stages: Mapping[str, Text], votes: Votes) -> Iterator[Vote]:
    for stage, given in votes.items():
        if stage not in stages:
            raise UsageError(
                f"there is no stage {stage!r} to vote on.{did_you_mean(stage, stages)}"
            )
        strange = [vote for vote in given if vote not in (-2, -1, 0, 1, 2)]
        if strange:
            raise UsageError(f"{strange[0]!r} is no vote on {stage!r}; votes are −2, −1, 0, 1 or 2")
    for stage, name in stages.items():
        if votes.get(stage):
            yield _vote(stage, name, votes[stage])


def _vote(stage: str, name: Text, given: Sequence[int]) -> Vote:
    middle = float(statistics.median(given))
    return Vote(
        stage, name, len(given), middle, Fact(middle / 2, "level", len(given), "median_vote")
    )


# -- peak and end ----------------------------------------------------------------------------------


class _Point(Protocol):
    @property
    def stage(self) -> str: ...

    @property
    def level(self) -> Fact: ...


def _marks(layer: Layer, instrument: str | None, points: Iterable[_Point]) -> Iterator[Marks]:
    """Of two places as far from neutral the earlier one is the peak."""
    known = [(p.stage, p.level.value) for p in points if p.level.value is not None]
    if known:
        peak, _level = max(known, key=lambda point: abs(point[1]))
        yield Marks(layer, instrument, peak, known[-1][0])


def _told_marks(told: Reported | None) -> Iterator[Marks]:
    for instrument, answers in _by_instrument(told.stages if told else ()).items():
        yield from _marks("reported", instrument, answers)


def _by_instrument(answers: Iterable[Answers]) -> dict[str, list[Answers]]:
    found: dict[str, list[Answers]] = {}
    for answer in answers:
        found.setdefault(answer.instrument, []).append(answer)
    return found


# -- do behaviour and words agree? -----------------------------------------------------------------


def _correlations(study: Study, told: Reported | None, shown: Proxy) -> Iterator[Correlation]:
    least = study.rules.experience.correlated
    friction = {(p.stage, p.channel, p.activity): p.level.value for p in shown.touchpoints}
    for instrument, answers in _by_instrument(told.touchpoints if told else ()).items():
        both = [
            (behaved, answer.level.value)
            for answer in answers
            if (behaved := friction.get((answer.stage, answer.channel, answer.activity)))
            is not None
            and answer.level.value is not None
        ]
        yield Correlation(instrument, _spearman(both, int(least)))


def _spearman(pairs: Sequence[tuple[float, float]], least: int) -> Fact:
    n, method = len(pairs), "spearman"
    if n < least:
        reason = say("experience.few_places", n=n, least=least)
        return Fact.unknown("rho", reason, n=n, method=method)
    from scipy.stats import spearmanr

    behaved, told = [p[0] for p in pairs], [p[1] for p in pairs]
    if len(set(behaved)) < 2 or len(set(told)) < 2:
        return Fact.unknown("rho", say("experience.same_everywhere"), n=n, method=method)
    return Fact(float(spearmanr(behaved, told).statistic), "rho", n, method)


# -- showing ---------------------------------------------------------------------------------------


def _lines(e: Experience) -> Iterator[Line]:
    for answer in e.reported.stages if e.reported else ():
        yield Line(
            say("experience.reported"), answer.instrument, answer.name, answer.level, answer.measure
        )
    for point in e.proxy.stages:
        yield Line(e.proxy.label, None, point.name, point.level, point.level)
    for vote in e.votes:
        yield Line(say("experience.votes"), None, vote.name, vote.level, vote.level)


def _counted(told: Reported) -> str:
    return ", ".join(
        f"{survey.name.en} {'refused' if survey.refused else f'n={survey.n:,}'}"
        for survey in told.instruments
    )
