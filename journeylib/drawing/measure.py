"""How wide words are, without any font: estimates that never fall far below the truth.

A Chinese, Japanese or Korean character is one em wide. Latin letters follow the proportions common
to Helvetica, Arial and their metric twins, which is what renderers fall back to.
"""

from __future__ import annotations

import unicodedata

_NARROW = {0.28: "iljftI.,:;|!'·()[] /-", 0.40: 'r"*°', 0.86: "mMWw%@≥≤", 1.0: "→—–…"}
_EM = {letter: em for em, letters in _NARROW.items() for letter in letters}
_BOLD = 1.06
ELLIPSIS = "…"
_BREAKS = " -/,，、"


def width(words: str, size: float, *, bold: bool = False) -> float:
    """Estimated width of `words` at font `size`, in the same unit.

    >>> width("线索", 10)
    20.0
    """
    return sum(map(_em, words)) * size * (_BOLD if bold else 1.0)


def shorten(words: str, size: float, room: float, *, bold: bool = False) -> str:
    """`words` if they fit into `room`, else as many as do, with an ellipsis.

    >>> shorten("提交表单并等待", 10, 50)
    '提交表单…'
    """
    if width(words, size, bold=bold) <= room:
        return words
    left = room - width(ELLIPSIS, size, bold=bold)
    kept = 0
    for letter in words:
        left -= width(letter, size, bold=bold)
        if left < 0:
            break
        kept += 1
    return words[:kept].rstrip() + ELLIPSIS


def wrap(
    words: str, size: float, room: float, *, lines: int = 2, bold: bool = False
) -> tuple[str, ...]:
    """`words` on at most `lines` lines of width `room`; the last is shortened if need be."""
    wrapped: list[str] = []
    rest = words.strip()
    whole = width(rest, size, bold=bold)
    if room < whole < 1.8 * room and lines == 2:
        room = max(whole / 2 + size, room * 0.6)
    while rest and len(wrapped) < lines - 1 and width(rest, size, bold=bold) > room:
        cut = _cut(rest, size, room, bold=bold)
        wrapped.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return (*wrapped, shorten(rest, size, room, bold=bold))


def _cut(words: str, size: float, room: float, *, bold: bool) -> int:
    """Where to break: after the last blank or hyphen that fits, or after a CJK character."""
    fits = 0
    used = 0.0
    for letter in words:
        used += width(letter, size, bold=bold)
        if used > room:
            break
        fits += 1
    fits = max(fits, 1)
    for at in range(fits, fits // 3, -1):
        if words[at - 1] in _BREAKS or is_wide(words[at - 1]):
            return at
    return fits


def is_word(words: str) -> bool:
    """Whether there is no place in `words` to break a line."""
    return not any(letter in _BREAKS or is_wide(letter) for letter in words)


def is_wide(letter: str) -> bool:
    """Whether a character takes a full em: CJK, kana, full-width forms, emoji."""
    return unicodedata.east_asian_width(letter) in "WF"


def _em(letter: str) -> float:
    if letter in _EM:
        return _EM[letter]
    if unicodedata.combining(letter):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WFA":
        return 1.0
    return 0.70 if letter.isupper() else 0.56
