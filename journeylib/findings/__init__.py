"""Findings: touchpoints, experience breakpoints and information silos, with evidence.

`diagnose` measures every hypothesis of every family, corrects for having asked so many questions,
and lists what holds (``proven``), what points that way (``suggestive``) and what cannot be told.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from journeylib.findings.answers import channel_switches, unanswered
from journeylib.findings.bottlenecks import bottlenecks
from journeylib.findings.claim import Impact, Trial
from journeylib.findings.experience import Experience, experience
from journeylib.findings.finding import Family, Finding, Findings
from journeylib.findings.gates import incomplete_gates
from journeylib.findings.identity import duplicates, identity_gaps, owner_collisions
from journeylib.findings.judge import judged
from journeylib.findings.lag import handover_latency, information_lag
from journeylib.findings.loops import ping_pong, rework
from journeylib.findings.losses import drop_off
from journeylib.findings.moments import moments_of_truth
from journeylib.findings.patterns.family import sales_patterns
from journeylib.findings.patterns.listing import library_frame, library_text, rule_library
from journeylib.findings.rules import Rules
from journeylib.findings.silos import carry_over, contradiction, re_ask, re_entry
from journeylib.findings.sla import sla_breaches
from journeylib.findings.slow import slow_transitions
from journeylib.findings.stages import stage_regressions, stage_skips
from journeylib.findings.study import Study
from journeylib.findings.systems import orphans
from journeylib.findings.touchpoints import Touchpoints, touchpoints
from journeylib.journey import Journey

__all__ = [
    "Experience",
    "Family",
    "Finding",
    "Findings",
    "Impact",
    "Rules",
    "Touchpoints",
    "diagnose",
    "experience",
    "library_frame",
    "library_text",
    "rule_library",
    "touchpoints",
]

FAMILIES: tuple[Callable[[Study], Trial], ...] = (
    ping_pong,
    carry_over,
    re_entry,
    contradiction,
    information_lag,
    re_ask,
    incomplete_gates,
    handover_latency,
    orphans,
    identity_gaps,
    duplicates,
    owner_collisions,
    rework,
    drop_off,
    slow_transitions,
    sla_breaches,
    unanswered,
    channel_switches,
    stage_regressions,
    stage_skips,
    bottlenecks,
    moments_of_truth,
    sales_patterns,
)
"""What is looked for: each measures its hypotheses over the whole journey."""


def diagnose(journey: Journey, rules: Rules | str | Path = "rules") -> Findings:
    """Find where the experience breaks and where information gets stuck.

    `rules` holds the tolerances; a path reads them from a file with those that differ from
    ``templates/rules.toml``.
    """
    if not isinstance(rules, Rules):
        rules = Rules.load(rules)
    study = Study(journey, rules)
    return judged(study, [family(study) for family in FAMILIES])
