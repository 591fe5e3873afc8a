"""Findings: touchpoints, experience breakpoints and information silos, with evidence.

`diagnose` measures every hypothesis of every family, corrects for having asked so many questions,
and lists what holds (``proven``), what points that way (``suggestive``) and what cannot be told.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from journeylib.findings.breakpoints import bottlenecks, drop_off, ping_pong, rework
from journeylib.findings.claim import Impact, Trial
from journeylib.findings.finding import Family, Finding, Findings
from journeylib.findings.judge import judged
from journeylib.findings.patterns.family import sales_patterns
from journeylib.findings.patterns.listing import library_frame, library_text, rule_library
from journeylib.findings.rules import Rules
from journeylib.findings.silos import carry_over
from journeylib.findings.slow import slow_transitions
from journeylib.findings.study import Study
from journeylib.journey import Journey

__all__ = [
    "Family",
    "Finding",
    "Findings",
    "Impact",
    "Rules",
    "diagnose",
    "library_frame",
    "library_text",
    "rule_library",
]

FAMILIES: tuple[Callable[[Study], Trial], ...] = (
    ping_pong,
    carry_over,
    rework,
    drop_off,
    slow_transitions,
    bottlenecks,
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
