"""Boxes, and the room that text needs in a diagram."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

LONGEST = 2_000
"""Characters of a text that a diagram can have room for."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle: left, top, width, height."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.height

    @property
    def middle(self) -> tuple[float, float]:
        """The centre."""
        return self.x + self.width / 2, self.y + self.height / 2


Point = tuple[float, float]


def lines_of(text: str, width: float, cjk: float = 12.0) -> int:
    """How many lines `text` takes at most in `width` pixels, Chinese characters `cjk` wide.

    A diagram has room for so much of a text only: what is beyond `LONGEST` does not count.

    >>> lines_of("需求调研", 90), lines_of("Determine necessity of stop advice", 90)
    (1, 3)
    """
    lines = 0
    for paragraph in text[:LONGEST].split("\n") or [""]:
        used, lines = 0.0, lines + 1
        for word in _words(paragraph):
            size = sum(char_width(char, cjk) for char in word)
            if used and used + size > width:
                used, lines = 0.0, lines + 1
            lines += int(size // (width + 0.1))
            used += size
    return lines


def _words(text: str) -> list[str]:
    """Where a line may break: after blanks, and around every wide character."""
    words = [""]
    for char in text:
        wide = unicodedata.east_asian_width(char) in "WF"
        if wide or words[-1].endswith(" "):
            words.append("")
        words[-1] += char
        if wide:
            words.append("")
    return [word for word in words if word]


def char_width(char: str, cjk: float) -> float:
    """How wide a character is at most, Chinese ones `cjk` pixels."""
    return cjk if unicodedata.east_asian_width(char) in "WFA" else cjk * 0.56
