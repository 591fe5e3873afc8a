"""Two journeys held against each other: the same fact on both sides, and their difference."""

from __future__ import annotations

import math
from dataclasses import dataclass

from journeylib.drawing.estimates import estimated, share_of, why
from journeylib.journey import Journey, StageFacts
from journeylib.terms import Fact, Lang, say


@dataclass(frozen=True, slots=True)
class Both:
    """The same fact on both sides; None where one side has no such thing at all."""

    name: str
    a: Fact | None
    b: Fact | None

    @property
    def known(self) -> bool:
        """Whether both sides have a value."""
        return None not in (value(self.a), value(self.b))

    def difference(self) -> Fact:
        """B less A with its interval (MOVER, Zou & Donner 2008; for shares: Newcombe 1998)."""
        a, b = self.a, self.b
        if a is None or b is None or a.value is None or b.value is None:
            unit = (a or b or Fact(None, "share", 0, "")).unit
            return Fact.unknown(unit, say("map.one_side"))
        n, gap = min(a.n, b.n), b.value - a.value
        ends = (a.ci_low, a.ci_high, b.ci_low, b.ci_high)
        if None in ends or a.clock != b.clock:
            return Fact(gap, a.unit, n, "difference", a.clock)
        a_low, a_high, b_low, b_high = (float(end) for end in ends if end is not None)
        low = gap - math.hypot(b.value - b_low, a_high - a.value)
        high = gap + math.hypot(b_high - b.value, a.value - a_low)
        return Fact(gap, a.unit, n, "mover", a.clock, ci_low=low, ci_high=high)


def value(fact: Fact | None) -> float | None:
    """The value, if there is any."""
    return None if fact is None else fact.value


def differs(gap: Fact) -> bool:
    """Whether the interval of the difference leaves out none."""
    return gap.ci_low is not None and gap.ci_high is not None and not gap.ci_low <= 0 <= gap.ci_high


def as_mature(a: Journey, b: Journey) -> bool:
    """Whether about as many cases are still open: else one side has had less time to get anywhere."""
    open_ = [share_of(j.outcomes.open or 0, j.log.totals.cases) for j in (a, b)]
    return not differs(Both("", *open_).difference())


def stages_of(a: Journey, b: Journey) -> list[StageFacts]:
    """The stages of both, in the order of the lifecycle; facts are those of `a` where it has them."""
    every = {stage.id: stage for journey in (b, a) for stage in journey.stages}
    order = {stage.id: n for n, stage in enumerate(a.lifecycle.stages)}
    return sorted(every.values(), key=lambda s: (order.get(s.id, len(order)), s.rank, s.id))


def gap_words(gap: Fact, lang: Lang) -> str:
    """The difference with its interval, in points or time; signs are told."""
    if gap.value is None:
        return why(gap, lang)
    if gap.unit == "share":
        numbers = [x for x in (gap.value, gap.ci_low, gap.ci_high) if x is not None]
        signed_ = [signed(x) for x in numbers]
        ends = f" [{', '.join(signed_[1:])}]" if signed_[1:] else ""
        return say("map.points", value=signed_[0] + ends).in_(lang)
    told = estimated(gap.value, gap.ci_low, gap.ci_high, gap.unit, lang).replace("-", "−")
    return say("map.apart", value=("+" if gap.value > 0 else "") + told).in_(lang)


def signed(share: float) -> str:
    """A difference of shares in points, with its sign.

    >>> signed(0.054), signed(-0.2)
    ('+5.4', '−20.0')
    """
    return f"{100 * share + 0.0:+.1f}".replace("-", "−").replace("−0.0", "0.0")


def source_of(journey: Journey, lang: Lang) -> str:
    """Which file, and which version of it."""
    log = journey.log
    told = say("drawing.footer_source", name=log.source.name, fingerprint=log.fingerprint[:8])
    return told.in_(lang)
