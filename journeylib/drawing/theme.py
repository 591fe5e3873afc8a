"""Colours, from ``templates/theme.toml``."""

from __future__ import annotations

from dataclasses import dataclass, fields

from journeylib.drawing.scene import Badge, Mark
from journeylib.errors import TemplateError, UsageError, did_you_mean
from journeylib.terms import load_template, templates_dir


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
        if mark in ("breakpoint", "silo"):
            return self.breakpoint if mark == "breakpoint" else self.silo
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
