"""Findings: touchpoints, experience breakpoints and information silos, with evidence.

`diagnose` measures every hypothesis of every family, corrects for having asked so many questions,
and lists what holds (``proven``), what points that way (``suggestive``) and what cannot be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from journeylib.findings.blocks import department_blocks
from journeylib.findings.breakpoints import bottlenecks, drop_off, ping_pong, rework
from journeylib.findings.claim import Claim
from journeylib.findings.finding import Family, Finding, Findings, Impact
from journeylib.findings.judge import Trial, judged
from journeylib.findings.rules import Rules
from journeylib.findings.shares import power_of_shares
from journeylib.findings.silos import carry_over, travelling_attributes
from journeylib.findings.slow import frequent_segments, slow_segments, slow_slas
from journeylib.journey import Journey
from journeylib.terms import Text, say

__all__ = ["Family", "Finding", "Findings", "Impact", "Rules", "diagnose"]


def diagnose(journey: Journey, rules: Rules | str | Path = "rules") -> Findings:
    """Find where the experience breaks and where information gets stuck.

    `rules` holds the tolerances; a path reads them from a copy of ``templates/rules.toml``.
    """
    if not isinstance(rules, Rules):
        rules = Rules.load(rules)
    return judged(journey, rules, _trials(journey, rules))


def _trials(journey: Journey, rules: Rules) -> list[Trial]:
    return [
        *_work_trials(journey, rules),
        _shares("rework_loop", rework(journey, rules), rules, "finding.need_repeats"),
        _drop_off_trial(journey, rules),
        _slow_trial(journey, rules),
        Trial("bottleneck", tuple(bottlenecks(journey))),
    ]


def _work_trials(journey: Journey, rules: Rules) -> list[Trial]:
    """The families that look at departments; all share one table of blocks."""
    departments = {h.source for h in journey.handovers} | {h.target for h in journey.handovers}
    if len(departments) < 2:
        missing = say("finding.power_untested", reason=say("finding.need_department"))
        return [Trial(name, (), missing) for name in ("ping_pong", "carry_over_loss")]
    attributes = travelling_attributes(journey)
    blocks = department_blocks(journey, attributes, rules.within)
    returned = ping_pong(journey, rules, blocks)
    lost = carry_over(journey, rules, blocks, attributes)
    return [
        _shares("ping_pong", returned, rules, "finding.need_department"),
        _shares("carry_over_loss", lost, rules, "finding.need_attributes"),
    ]


def _drop_off_trial(journey: Journey, rules: Rules) -> Trial:
    if journey.outcomes.lost is None:
        reason = say("finding.need_outcome")
        return Trial("drop_off", (), say("finding.power_untested", reason=reason))
    return _shares("drop_off", drop_off(journey, rules), rules, "finding.need_repeats")


def _slow_trial(journey: Journey, rules: Rules) -> Trial:
    claims = (*slow_segments(journey, rules), *slow_slas(journey, rules))
    if not claims:
        reason = say("finding.need_segment")
        return Trial("slow_transition", (), say("finding.power_untested", reason=reason))
    sizes = sorted(claim.n for claim in claims)
    power = say(
        "finding.power_ratio",
        n=sizes[len(sizes) // 2],
        ratio=f"{rules.slow_ratio:g}",
        fdr=f"{rules.fdr:g}",
    )
    return Trial("slow_transition", claims, _with_cut(journey, rules, power))


def _with_cut(journey: Journey, rules: Rules, power: Text) -> Text:
    """Says so when the segment column has more values than are compared."""
    if len(frequent_segments(journey, rules)) < rules.segments:
        return power
    cut = say("finding.caveat_segments", n=rules.segments)
    return Text(f"{power.zh}{cut.zh}", f"{power.en} {cut.en}")


def _shares(name: str, claims: Sequence[Claim], rules: Rules, missing: str) -> Trial:
    sizes = [claim.n for claim in claims if claim.n >= rules.least]
    if not sizes:
        return Trial(name, tuple(claims), say("finding.power_untested", reason=say(missing)))
    tolerance = getattr(rules.tolerance, name)
    return Trial(name, tuple(claims), power_of_shares(sizes, tolerance))
