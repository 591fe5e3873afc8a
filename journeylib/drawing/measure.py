"""How wide words are, without any font: estimates that never fall far below the truth.

A Chinese, Japanese or Korean character is one em wide. Latin letters follow the proportions common
to Helvetica, Arial and their metric twins, which is what renderers fall back to.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Sequence

_NARROW = {0.6: "·", 0.28: "iljftI.,:;|!'()[] /-", 0.40: 'r"*°', 0.86: "mMWw%@≥≤", 1.0: "→—–…"}
_EM = {letter: em for em, letters in _NARROW.items() for letter in letters}
_BOLD = 1.06
ELLIPSIS = "…"
_BREAKS = " -/,，、"
_NARROWER = (0.55, 0.65, 0.75, 0.85)


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
    if len(words) <= _most(size, room) and width(words, size, bold=bold) <= room:
        return words
    left = room - width(ELLIPSIS, size, bold=bold)
    kept = 0
    for letter in words:
        left -= width(letter, size, bold=bold)
        if left < 0:
            break
        kept += 1
    return words[:kept].rstrip() + ELLIPSIS


def flowing(parts: Sequence[str], size: float, room: float) -> tuple[str, ...]:
    """Parts joined on as few lines as they fit on."""
    lines: list[str] = []
    for part in parts:
        joined = f"{lines[-1]} · {part}" if lines else part
        if lines and width(joined, size) <= room:
            lines[-1] = joined
        else:
            lines.append(shorten(part, size, room))
    return tuple(lines)


def wrap(
    words: str, size: float, room: float, *, lines: int = 2, bold: bool = False
) -> tuple[str, ...]:
    """`words` on at most `lines` lines of like length, none wider than `room`.

    Lines break after a blank, a hyphen or a CJK character; the last is shortened if need be.
    """
    widest = _broken(words[: _most(size, room * (lines + 1))], size, room, bold=bold)
    if len(widest) > lines:
        rest = "".join(widest[lines - 1 :]).strip()
        return (*_stripped(widest[: lines - 1]), shorten(rest, size, room, bold=bold))
    for part in _NARROWER:
        narrow = _broken(words, size, room * part, bold=bold)
        if len(narrow) == len(widest) and _torn(narrow) <= _torn(widest):
            return _stripped(narrow)
    return _stripped(widest)


def _most(size: float, room: float) -> int:
    """No more letters than this can fit into `room`: what follows them need not be measured."""
    return 1 + int(room / (min(_NARROW) * size))


def _broken(words: str, size: float, room: float, *, bold: bool) -> list[str]:
    """All of `words` in pieces that fit, blanks kept."""
    pieces, rest = [], words.strip()
    while width(rest, size, bold=bold) > room:
        cut = _cut(rest, size, room, bold=bold)
        pieces.append(rest[:cut])
        rest = rest[cut:]
    return [*pieces, rest]


def _cut(words: str, size: float, room: float, *, bold: bool) -> int:
    """After the last place to break that fits; inside a word if there is none."""
    fits = 0
    used = 0.0
    for letter in words:
        used += width(letter, size, bold=bold)
        if used > room and letter != " ":
            break
        fits += 1
    fits = max(fits, 1)
    return next((at for at in range(fits, fits // 3, -1) if _breaks(words[at - 1])), fits)


def _torn(pieces: list[str]) -> int:
    """How many words are broken inside."""
    return sum(not _breaks(piece[-1]) for piece in pieces[:-1])


def _stripped(pieces: list[str]) -> tuple[str, ...]:
    return tuple(piece.strip() for piece in pieces)


def _breaks(letter: str) -> bool:
    return letter in _BREAKS or is_wide(letter)


def is_word(words: str) -> bool:
    """Whether there is no place in `words` to break a line."""
    return not any(map(_breaks, words))


def is_wide(letter: str) -> bool:
    """Whether a character takes a full em: CJK, kana, full-width forms, emoji."""
    return unicodedata.east_asian_width(letter) in "WF"


@functools.lru_cache(4096)
def _em(letter: str) -> float:
    if letter in _EM:
        return _EM[letter]
    if unicodedata.combining(letter):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WFA":
        return 1.0
    return 0.70 if letter.isupper() else 0.56
