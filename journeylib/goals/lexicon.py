"""The words by which goals are understood (`templates/goals/lexicon.toml`), as patterns."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from journeylib.terms import load_template

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2}
_COUNTED = (
    "个月|个季度|季度|个小时|小时|个工作日|工作日|分钟|周|星期|天|日|年|成|倍|个百分点|百分点|月"
)
_CHINESE_NUMBER = re.compile(rf"[零一二两三四五六七八九十百]+(?=\s*(?:{_COUNTED}))")
_CHINESE_PERCENT = re.compile(r"百分之([零一二两三四五六七八九十百]+|\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Unit:
    """What a number counts: ``h``, ``share``, ``point``, ``times`` or ``count``; `size` of one."""

    kind: str
    size: float
    working: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A word that was found, from `start` to before `end`; `what` it stands for."""

    start: int
    end: int
    what: str

    @property
    def length(self) -> int:
        """Its number of characters."""
        return self.end - self.start


def plain_text(text: str) -> str:
    """Text as it is matched: half-width, lower case, Chinese numbers before units as figures.

    >>> plain_text("９５％，三个月内"), plain_text("百分之九十五")
    ('95%,3个月内', '95%')
    """
    text = unicodedata.normalize("NFKC", text).casefold().strip()
    text = _CHINESE_PERCENT.sub(lambda m: f"{_value(m[1])}%", text)
    text = _CHINESE_NUMBER.sub(lambda m: _value(m[0]), text)
    return re.sub(r"(\d)\s*成半", r"\g<1>5%", text)


def _value(number: str) -> str:
    """A Chinese number below a thousand in figures; figures stay."""
    if number[0].isdigit():
        return number
    total = current = 0
    for char in number:
        if char in "十百":
            total += (current or 1) * (10 if char == "十" else 100)
            current = 0
        else:
            current = _DIGITS[char]
    return str(total + current)


@functools.cache
def lexicon() -> Mapping[str, Any]:
    """The file as it is."""
    return load_template("goals", "lexicon")


@functools.cache
def units() -> Mapping[str, Unit]:
    """Word → unit."""
    return {
        word: Unit(entry["kind"], float(entry["size"]), entry.get("working", False))
        for entry in lexicon()["units"]
        for word in entry["words"]
    }


@functools.cache
def any_of(words: tuple[str, ...]) -> str:
    """A pattern for any of `words`, the longest first; Latin ones as whole words."""
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    return "|".join(map(_bounded, ordered))


def _bounded(word: str) -> str:
    spaced = r"\s*".join(map(re.escape, word.split()))
    left = r"(?<![a-z])" if word[0].isascii() and word[0].isalpha() else ""
    right = r"(?![a-z])" if word[-1].isascii() and word[-1].isalpha() else ""
    return left + spaced + right


def words(kind: str) -> str:
    """A pattern for the words of a kind."""
    return any_of(tuple(lexicon()["words"][kind]))


def hits(text: str, pattern: str, what: str) -> Iterator[Hit]:
    """All places where `pattern` is found."""
    for match in re.finditer(pattern, text):
        yield Hit(match.start(), match.end(), what)


def longest(found: Iterable[Hit]) -> Hit | None:
    """The longest, the first of those."""
    return min(found, key=lambda hit: (-hit.length, hit.start), default=None)
