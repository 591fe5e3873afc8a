"""What the findings that are shares have in common: interval, p-value, and words about power."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from journeylib.findings.claim import Claim, Impact, Trial
from journeylib.findings.rules import Rules
from journeylib.findings.stats import binomial_above, smallest_provable
from journeylib.survival import Z95, wilson
from journeylib.terms import Text, say


def share_claim(k: int, n: int, tolerance: float, **place: Any) -> Claim:
    """The claim that more than `tolerance` of `n` cases (hand-overs, …) are concerned, as `k` are.

    Wilson's interval, exact one-sided binomial test. `place` are the other fields of a `Claim`: kind,
    type, locus, title, impact, method, measure, evidence, caveats.
    """
    low, high = wilson(k, n)
    return Claim(
        n=n,
        n_censored=None,
        estimate=k / n,
        unit="share",
        clock=None,
        ci_low=low,
        ci_high=high,
        comparator=tolerance,
        p=binomial_above(k, n, tolerance),
        exceeds=low > tolerance,
        notable=k / n > tolerance,
        **place,
    )


def counted(k: int, n: int, unit: str) -> Impact:
    """`k` of `n` things concerned, with the interval of the share carried over to the count."""
    low, high = wilson(k, n)
    return Impact(k, unit, low * n, high * n)


def summed(total: float | None, mean: float | None, std: float | None, k: int) -> Impact:
    """Hours added up over `k` cases, with a normal interval from their spread."""
    if total is None or mean is None:
        return Impact(None, "h")
    if std is None or k < 2:
        return Impact(total, "h")
    half = Z95 * std * k**0.5
    return Impact(total, "h", max(0.0, total - half), total + half)


def share_trial(name: str, claims: Sequence[Claim], rules: Rules, missing: str) -> Trial:
    """The claims of a family of shares with its power; `missing` names the text on why there is none."""
    sizes = [claim.n for claim in claims if claim.n >= rules.sample.least]
    if not sizes:
        return Trial(name, tuple(claims), say("finding.power_untested", reason=say(missing)))
    return Trial(name, tuple(claims), power_of_shares(sizes, getattr(rules.tolerance, name)))


def untested(name: str, missing: str) -> Trial:
    """A family that could not be measured at all, and the text on what is missing."""
    return Trial(name, (), say("finding.power_untested", reason=say(missing)))


def power_of_shares(sizes: Sequence[int], tolerance: float) -> Text:
    """What could have been seen at the median sample size."""
    n = int(statistics.median(sizes))
    share = smallest_provable(n, tolerance)
    if share is None:
        return say("finding.power_none", n=n)
    return say("finding.power", n=n, share=f"{share:.0%}")
