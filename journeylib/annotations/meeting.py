"""`minutes`: a workshop written up beside the journey it spoke about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from journeylib.annotations.attach import Attached, attach
from journeylib.annotations.minutes import document_of
from journeylib.annotations.notes import Annotations
from journeylib.annotations.verdict import Verdict, verdicts
from journeylib.documents import Document
from journeylib.findings.finding import Findings
from journeylib.findings.rules import Rules
from journeylib.journey import Journey
from journeylib.terms import Lang
from journeylib.wording import so_many


@dataclass(frozen=True)
class Minutes:
    """The notes on the map of today, and the verdicts on what they claim, by card."""

    attached: Attached
    verdicts: Mapping[str, Verdict]

    def document(self, lang: Lang = "zh") -> Document:
        """The minutes to read: `export(minutes, "minutes.docx")`."""
        return document_of(self.attached.notes, lang, self.attached, self.verdicts)

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        told = {card: found.to_dict() for card, found in self.verdicts.items()}
        return self.attached.notes.to_dict() | {"verdicts": told}

    def __repr__(self) -> str:
        outcomes = [found.outcome for found in self.verdicts.values()]
        counts = (f"{outcomes.count(o)} {o}" for o in sorted(set(outcomes)))
        told = f": {', '.join(counts)}" if outcomes else ""
        cards, claims = so_many(len(self.attached), "card"), so_many(len(outcomes), "claim")
        return f"Minutes({cards}, {claims}{told})"


def minutes(
    notes: Annotations,
    journey: Journey,
    findings: Findings | None = None,
    rules: Rules | str | Path = "rules",
) -> Minutes:
    """Attach `notes` to the map of `journey` and judge what they claim."""
    return Minutes(attach(notes, journey, findings), verdicts(notes, journey, rules))
