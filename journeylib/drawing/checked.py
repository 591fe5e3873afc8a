"""Arguments of a picture, checked once."""

from __future__ import annotations

from journeylib.drawing.theme import Theme
from journeylib.errors import UsageError
from journeylib.terms import LANGS


def checked(lang: str, theme: str, traffic: float = 1.0, max_activities: int = 1) -> Theme:
    """The theme of that name; `UsageError` when an argument makes no sense."""
    if lang not in LANGS:
        raise UsageError(f"unknown language {lang!r}; use one of {', '.join(LANGS)}")
    if not 0 <= traffic <= 1:
        raise UsageError(f"traffic is a share between 0 and 1, for example 0.8, not {traffic:g}")
    if max_activities < 1:
        raise UsageError(f"max_activities must be at least 1, not {max_activities}")
    return Theme.load(theme)
