"""Verdicts beside the notes, for those in the room who have no log to ask."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from journeylib.annotations import Claim
from journeylib.annotations.file import SUFFIX
from journeylib.terms import Text
from journeylib.workshop.board.source import Ruling

BESIDE = ".journey-verdicts.json"


def beside(notes: Path) -> Path:
    """Where the verdicts on the claims of a notes file are."""
    return notes.with_name(notes.name.removesuffix(SUFFIX) + BESIDE)


def write_rulings(path: Path, rulings: Mapping[str, Ruling]) -> None:
    """Write verdicts by claim (`key`): outcome and words alone, no case, no SQL."""
    from journeylib.exporting import write

    told = {
        claim: {"outcome": ruling.outcome, "words": ruling.words.to_dict()}
        for claim, ruling in sorted(rulings.items())
    }
    write(path, (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode())


def read_rulings(path: Path) -> dict[str, Ruling]:
    """What is there; nothing where there is no such file or it makes no sense."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return {
            claim: Ruling(str(entry["outcome"]), Text(entry["words"]["zh"], entry["words"]["en"]))
            for claim, entry in told.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def key(claim: Claim) -> str:
    """The name of a claim: equal claims, equal names.

    >>> key(Claim(measure="rework", threshold="10%"))
    '{"measure":"rework","place":{},"comparison":">","threshold":"10%","segment":{}}'
    """
    parts = claim.model_dump(mode="json")
    ordered = {k: dict(sorted(v.items())) if isinstance(v, dict) else v for k, v in parts.items()}
    return json.dumps(ordered, ensure_ascii=False, separators=(",", ":"))
