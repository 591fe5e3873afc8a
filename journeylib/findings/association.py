"""What goes with winning: features known at a landmark against winning by its horizon.

Never "causes": cases are compared as they came. What is listed has survived a landmark (no credit for
living longer), a correction for everything asked here, and stratifying over what the cases are.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ibis import _

from journeylib.findings.contrast import difference, fact, mantel, share_of
from journeylib.findings.features import Column, FeatureTable, case_features
from journeylib.findings.landmarks import Landmark
from journeylib.findings.rules import Rules
from journeylib.findings.stats import benjamini_hochberg
from journeylib.findings.stratified import Contrast, contrasts_of
from journeylib.findings.study import Study
from journeylib.journey import Journey
from journeylib.terms import LANGS, Fact, Lang, Text, plain, say

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Association:
    """A feature that goes with winning more, or less, among the cases at one landmark.

    `effect` is the share that wins by the horizon with the feature less that without it (a difference
    of shares, −1 to 1); `adjusted` the same within strata of `over`, unknown with a reason where no
    strata could be formed. `p` is the larger of the crude and the stratified p; `q` its correction
    over everything tested. `cases` are up to 20 that have the feature.
    """

    feature: Text
    value: str
    landmark: Landmark
    n_with: int
    n_without: int
    share_with: Fact
    share_without: Fact
    effect: Fact
    adjusted: Fact
    over: tuple[str, ...]
    p: float
    q: float
    caveats: tuple[Text, ...]
    cases: tuple[str, ...]
    sql: str

    @property
    def title(self) -> Text:
        """The association as a sentence, never as a cause."""
        way = "more" if (self.effect.value or 0.0) > 0 else "less"
        return say(
            f"why.goes_with_{way}",
            feature=self.feature,
            landmark=self.landmark.name,
            inside=f"{self.share_with.value:.0%}",
            outside=f"{self.share_without.value:.0%}",
            horizon=self.landmark.within,
        )

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        own = {f.name: plain(getattr(self, f.name)) for f in dataclasses.fields(self)}
        return {"title": self.title.to_dict(), **own, "p": self.p, "q": self.q}


@dataclass(frozen=True)
class Associations:
    """What goes with winning, by falling effect × volume; and what stratifying took away.

    `withdrawn` went with winning crudely but not, or far less, among cases of one kind: the trap that
    bears Simpson's name. `significant` counts all that hold, of which `items` lists the largest.
    At most a third as many are shown of what is withdrawn. `reason` says why nothing could be tested.
    """

    items: tuple[Association, ...]
    withdrawn: tuple[Association, ...]
    tested: int
    significant: int
    fdr: float
    reason: Text | None = None

    def __iter__(self) -> Iterator[Association]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def frame(self, lang: Lang = "zh") -> pd.DataFrame:
        """One row an association, in ranked order."""
        import pandas as pd

        rows = [
            {
                "title": a.title.in_(lang),
                "landmark": a.landmark.name.in_(lang),
                "feature": a.feature.in_(lang),
                "n with": a.n_with,
                "n without": a.n_without,
                "share with": a.share_with.value,
                "share without": a.share_without.value,
                "difference": a.effect.value,
                "low": a.effect.ci_low,
                "high": a.effect.ci_high,
                "adjusted": a.adjusted.value,
                "q": a.q,
            }
            for a in self.items
        ]
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        told = {
            "tested": self.tested,
            "significant": self.significant,
            "fdr": self.fdr,
            "associations": [item.to_dict() for item in self.items],
            "withdrawn": [item.to_dict() for item in self.withdrawn],
        }
        return told if self.reason is None else told | {"reason": self.reason.to_dict()}

    def __repr__(self) -> str:
        return (
            f"Associations({len(self)} listed of {self.significant} that hold, "
            f"{self.tested:,} tested, {len(self.withdrawn)} withdrawn on stratifying)"
        )


def associations(
    journey: Journey, rules: Rules | str | Path = "rules", *, features: FeatureTable | None = None
) -> Associations:
    """Features known at each landmark of `journey` that go with winning, or with not winning.

    `features` saves making them again where `case_features` has been called already.
    """
    if not isinstance(rules, Rules):
        rules = Rules.load(rules)
    if journey.outcomes.won is None:
        return Associations((), (), 0, 0, rules.sample.fdr, say("finding.need_outcome"))
    features = features or case_features(Study(journey, rules))
    if features is None:
        return Associations((), (), 0, 0, rules.sample.fdr, say("why.need_wins"))
    return _judged(features, contrasts_of(features))


# -- judging ---------------------------------------------------------------------------------------


def _judged(features: FeatureTable, tested: Sequence[Contrast]) -> Associations:
    rules = features.study.rules
    q_values = benjamini_hochberg([c.p for c in tested])
    crude_q = benjamini_hochberg([mantel([c.crude]) for c in tested])
    hold, gone = [], []
    for contrast, q, crude in zip(tested, q_values, crude_q, strict=True):
        survives = _survives(contrast, rules.why.shrink)
        if q <= rules.sample.fdr and survives:
            hold.append((contrast, q))
        elif crude <= rules.sample.fdr and not survives:
            gone.append((contrast, q))
    hold.sort(key=_rank)
    gone.sort(key=_rank)
    most = rules.why.listed
    return Associations(
        items=tuple(_association(features, c, q, lost=False) for c, q in hold[:most]),
        withdrawn=tuple(_association(features, c, q, lost=True) for c, q in gone[: most // 3]),
        tested=len(tested),
        significant=len(hold),
        fdr=rules.sample.fdr,
    )


def _survives(c: Contrast, shrink: float) -> bool:
    """Whether the stratified effect points the same way, surely, and keeps enough of its size."""
    if c.adjusted is None:
        return True
    gap, low, high = c.adjusted
    return low * high > 0 and gap * c.crude.gap > 0 and abs(gap) >= shrink * abs(c.crude.gap)


def _rank(judged: tuple[Contrast, float]) -> tuple[float, int, str, int]:
    c, _q = judged
    effect = min(abs(c.crude.gap), abs(c.adjusted[0])) if c.adjusted else abs(c.crude.gap)
    return -effect * c.crude.inside.n, c.landmark, c.column.name, c.code


def _association(features: FeatureTable, c: Contrast, q: float, *, lost: bool) -> Association:
    having = (features.table[c.column.name] == c.code).name("having")
    here = features.table.select("landmark", "case_id", "y", having).filter(
        _.landmark == c.landmark, _.having.notnull()
    )
    measure = here.group_by("having").aggregate(n=_.count(), share=_.y.mean())
    censored = features.censored[c.landmark]
    return Association(
        feature=c.column.titled(c.code),
        value=c.column.values[c.code].zh if not c.column.is_flag else c.column.of,
        landmark=features.landmarks[c.landmark],
        n_with=c.crude.inside.n,
        n_without=c.crude.outside.n,
        share_with=fact(share_of(c.crude.inside), c.crude.inside.n, "incidence_wilson"),
        share_without=fact(share_of(c.crude.outside), c.crude.outside.n, "incidence_wilson"),
        effect=fact(difference(c.crude), c.crude.all.n, "newcombe", censored),
        adjusted=_adjusted(c),
        over=tuple(column.of or column.kind for column in c.over),
        p=c.p,
        q=q,
        caveats=_caveats(features, c, lost=lost),
        cases=features.examples(here.filter(_.having)),
        sql=features.study.engine.sql(measure),
    )


def _adjusted(c: Contrast) -> Fact:
    if c.adjusted is None:
        reason = say("why.no_strata" if c.over else "why.no_confounder")
        return Fact.unknown("share", reason, n=c.crude.all.n, method="mantel_haenszel")
    return fact(c.adjusted, sum(p.all.n for p in c.strata), "mantel_haenszel")


def _caveats(features: FeatureTable, c: Contrast, *, lost: bool) -> tuple[Text, ...]:
    told = [say("finding.caveat_association")]
    over = Text(*(_listed(c.over, lang) for lang in LANGS))
    if c.adjusted is None:
        told.append(say("why.no_strata" if c.over else "why.no_confounder"))
    elif lost:
        flips = c.adjusted[0] * c.crude.gap < 0
        told.append(say("why.turns" if flips else "why.shrinks", over=over))
    if features.censored[c.landmark]:
        told.append(say("why.censored", n=features.censored[c.landmark]))
    return tuple(told)


def _listed(columns: Sequence[Column], lang: Lang) -> str:
    names = [column.of or say(f"why.of_{column.kind}").in_(lang) for column in columns]
    return say("why.comma").in_(lang).join(names)
