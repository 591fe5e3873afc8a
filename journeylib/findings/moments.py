"""Moments of truth (Carlzon 1987): touchpoints at which much hangs on how fast they come.

Candidates for the workshop, never proven: importance × variability, see docs/definitions.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from math import hypot

import ibis
import ibis.expr.types as ir
from ibis import _

from journeylib import survival
from journeylib.findings.claim import Claim, Impact, Trial
from journeylib.findings.shares import untested
from journeylib.findings.study import Study
from journeylib.findings.touches import parts, place, until_won
from journeylib.survival import Share, hours
from journeylib.terms import say

TYPE = "moment_of_truth"
MOST = 40
"""So many touchpoints, the most reached, are compared: a score is at most the share that comes there."""

_PLACE = ("stage_id", "channel", "activity")


def moments_of_truth(study: Study) -> Trial:
    """`moment_of_truth {stage, channel, activity}`: fast and slow handling end differently.

    Handling is the wait for the touch, since the event before it: known at the touch, so that both
    groups start equal (landmark) and no case is slow because it was lost early. Score: difference of
    the cumulative incidence of winning between the faster and the slower half × share of all cases
    that come here. Only the foremost whose difference is clear of 0 are listed.
    """
    if study.touches is None:
        return untested(TYPE, "experience.need_channel")
    if study.journey.outcomes.won is None:
        return untested(TYPE, "finding.need_outcome")
    reached = _reached(study, study.touches.contacts)
    found = sorted(_moments(study, reached), key=lambda m: (-m.score, m.place))
    if not found:
        return untested(TYPE, "experience.need_moments")
    clear = [m for m in found if m.low > 0][: study.rules.experience.moments]
    claims = tuple(_claim(moment, reached, listed=moment in clear) for moment in found)
    return Trial(TYPE, claims, say("experience.power_candidates", n=len(found)))


@dataclass(frozen=True, slots=True)
class _Moment:
    """A touchpoint, how its halves end, and the difference with the interval of its size."""

    place: tuple[str, ...]
    reach: float
    median: float
    fast: Share
    slow: Share

    @property
    def difference(self) -> float:
        return abs(self.fast.value - self.slow.value)

    @property
    def score(self) -> float:
        return self.difference * self.reach

    @property
    def low(self) -> float:
        return max(0.0, self.difference - self._half(upwards=False))

    @property
    def high(self) -> float:
        return min(1.0, self.difference + self._half(upwards=True))

    def _half(self, *, upwards: bool) -> float:
        """From the intervals of both shares (Newcombe 1998, method 10)."""
        more, less = sorted((self.fast, self.slow), key=lambda s: s.value, reverse=True)
        if upwards:
            return hypot(more.ci_high - more.value, less.value - less.ci_low)
        return hypot(more.value - more.ci_low, less.ci_high - less.value)


def _reached(study: Study, contacts: ir.Table) -> ir.Table:
    """Per case and touchpoint: ``waited`` for it, ``fast`` or not, and how it goes on from there."""
    waited = contacts.filter(_.waited >= 0)
    sizes = waited.group_by(*_PLACE).aggregate(n=_.count())
    foremost = sizes.order_by(ibis.desc("n"), *_PLACE).limit(MOST)
    kept = waited.semi_join(foremost, _PLACE).select(
        "case_id", *_PLACE, "waited", landmark=_.first_at
    )
    ahead = study.engine.materialise(until_won(study.journey, kept), "ahead")
    middles = ahead.group_by(*_PLACE).aggregate(middle=_.waited.median())
    split = ahead.inner_join(middles, _PLACE)
    return split.mutate(fast=(split.waited <= split.middle).cast("int64"))


def _moments(study: Study, reached: ir.Table) -> Iterable[_Moment]:
    halves = reached.select(
        "duration", "cause", half=place(*(reached[name] for name in _PLACE), reached.fast)
    )
    shares = survival.incidence(study.engine, halves, "half")
    facts = {
        row[:3]: row
        for row in study.engine.rows(
            reached.group_by(*_PLACE).aggregate(n=_.count(), middle=_.middle.max())
        )
    }
    ended: Mapping[tuple[str, ...], Share] = {parts(half): s for half, s in shares.items()}
    cases, least = study.journey.log.totals.cases, study.rules.sample.least
    for where, row in facts.items():
        fast, slow = ended.get((*where, "1")), ended.get((*where, "0"))
        if fast and slow and min(fast.n, slow.n) >= least:
            yield _Moment(where, row.n / cases, hours(row.middle) or 0.0, fast, slow)


def _claim(moment: _Moment, reached: ir.Table, *, listed: bool) -> Claim:
    stage, channel, activity = moment.place
    here = (_.stage_id == stage) & (_.channel == channel) & (_.activity == activity)
    better = 1 if moment.fast.value >= moment.slow.value else 0
    worse = moment.slow if better else moment.fast
    return Claim(
        kind="touchpoint",
        type=TYPE,
        locus={"stage": stage, "channel": channel, "activity": activity},
        title=say("experience.moment_of_truth", activity=activity, channel=channel),
        n=moment.fast.n + moment.slow.n,
        n_censored=moment.fast.censored + moment.slow.censored,
        estimate=moment.score,
        unit="share",
        clock=None,
        ci_low=moment.low * moment.reach,
        ci_high=moment.high * moment.reach,
        comparator=None,
        p=None,
        exceeds=False,
        notable=listed,
        impact=Impact(
            moment.difference * worse.n, "case", moment.low * worse.n, moment.high * worse.n
        ),
        measure=lambda: reached.filter(here).group_by("fast", "cause").aggregate(cases=_.count()),
        evidence=partial(reached.filter, here, _.fast != better),
        method="difference_of_incidence_times_reach",
        caveats=(
            say(
                "experience.caveat_handling",
                median=f"{moment.median:.3g}",
                fast=f"{moment.fast.value:.0%}",
                slow=f"{moment.slow.value:.0%}",
            ),
            say("experience.caveat_candidate"),
        ),
    )
