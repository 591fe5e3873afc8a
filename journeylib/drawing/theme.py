"""Colours, from ``templates/theme.toml``."""

from __future__ import annotations

from dataclasses import dataclass, fields

from journeylib.drawing.scene import Badge, Mark
from journeylib.errors import TemplateError, UsageError, did_you_mean
from journeylib.terms import load_template, templates_dir

RAMP = 6
"""How many colours the cells of a matrix have."""


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as ``#rrggbb``, named after what they paint."""

    page: str
    panel: str
    border: str
    ink: str
    muted: str
    band: str
    band_ink: str
    box: str
    box_line: str
    gathered: str
    gathered_line: str
    tab: str
    tab_ink: str
    exit_tab: str
    exit_tab_ink: str
    unknown: str
    pace_0: str
    pace_1: str
    pace_2: str
    pace_3: str
    breakpoint: str
    breakpoint_soft: str
    silo: str
    silo_soft: str
    doubt: str
    doubt_soft: str
    on_mark: str
    grid: str
    ramp_0: str
    ramp_1: str
    ramp_2: str
    ramp_3: str
    ramp_4: str
    ramp_5: str
    quarter_0: str
    quarter_1: str
    quarter_2: str
    quarter_3: str
    reported: str
    proxy: str
    vote: str
    backed_strong: str
    backed_fair: str
    backed_thin: str

    @classmethod
    def load(cls, name: str) -> Theme:
        """The theme of that name; `UsageError` when there is none."""
        themes = load_template("", templates_dir() / "theme.toml")
        if name not in themes:
            raise UsageError(
                f"unknown theme {name!r}; use one of {', '.join(sorted(themes))}."
                + did_you_mean(name, themes)
            )
        missing = {field.name for field in fields(cls)} ^ set(themes[name])
        if missing:
            raise TemplateError(f"theme.toml [{name}]: wrong or missing: {sorted(missing)}")
        return cls(**themes[name])

    def line(self, mark: Mark, pace: int | None) -> str:
        """Colour of an edge: what was found there, else how long it takes."""
        named = {
            "breakpoint": self.breakpoint,
            "silo": self.silo,
            "more": self.reported,
            "less": self.vote,
        }
        if mark in named:
            return named[mark]
        return self.unknown if pace is None else str(getattr(self, f"pace_{pace}"))

    def badge(self, badge: Badge) -> str:
        """Colour of a badge and its card."""
        if badge.confidence == "too_few":
            return self.doubt
        return self.breakpoint if badge.kind == "breakpoint" else self.silo

    def card(self, badge: Badge) -> str:
        """Background of a card."""
        if badge.confidence == "too_few":
            return self.doubt_soft
        return self.breakpoint_soft if badge.kind == "breakpoint" else self.silo_soft

    def ramp(self, level: int) -> str:
        """Colour of a cell, from 0 (least) to `RAMP` − 1 (most)."""
        return str(getattr(self, f"ramp_{level}"))

    def quarter(self, n: int) -> str:
        """Colour of a quarter, from 0 (fastest) to 3 (slowest)."""
        return str(getattr(self, f"quarter_{n}"))

    def ink_on(self, colour: str) -> str:
        """Ink or page colour, whichever is read better on `colour`."""
        return max((self.ink, self.page), key=lambda ink: contrast(ink, colour))


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    low, high = sorted(map(_luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
