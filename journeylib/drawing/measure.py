"""How wide words are, without any font: estimates that never fall far below the truth.

A Chinese, Japanese or Korean character is one em wide. Latin letters follow the proportions common
to Helvetica, Arial and their metric twins, which is what renderers fall back to.
"""

from __future__ import annotations

import functools
import itertools
import unicodedata
from collections.abc import Sequence

_NARROW = {0.6: "·", 0.28: "iljftI.,:;|!'()[] /-", 0.40: 'r"*°', 0.86: "mMWw%@≥≤", 1.0: "→—–…"}
_EM = {letter: em for em, letters in _NARROW.items() for letter in letters}
_BOLD = 1.06
ELLIPSIS = "…"
_BREAKS = " -/,，、"
_CLOSING = frozenset("，。；：、？！）］｝】〕〉》」』”’％…·,.;:?!)]}%")
"""What no line begins with, as Chinese and Japanese printers have it (GB/T 15834, JIS X 4051)."""
_OPENING = frozenset("（［｛【〔〈《「『“‘([{")
"""What no line ends with."""
_SOFT = frozenset("_.@:=|\\")
"""Where a raw name is broken that has no better place."""
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

    Lines break after a blank or a hyphen, before or after a CJK character; none begins with closing
    punctuation or ends with an opening one. A long raw name breaks at its joints. The last line is
    shortened if need be.

    >>> wrap("客户画像，中型", 10, 40)
    ('客户画', '像，中型')
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
    places = range(fits, fits // 3, -1)
    for breaks in (_breaks, _joint, _unforbidden):
        found = next((at for at in places if breaks(words, at)), None)
        if found is not None:
            return found
    return fits


def _torn(pieces: list[str]) -> int:
    """How many words are broken inside."""
    return sum(not _breaks(one + other, len(one)) for one, other in itertools.pairwise(pieces))


def _stripped(pieces: list[str]) -> tuple[str, ...]:
    return tuple(piece.strip() for piece in pieces)


def _breaks(words: str, at: int) -> bool:
    """Whether a line may end before the character `at`."""
    if not 0 < at < len(words) or not _unforbidden(words, at):
        return False
    return words[at - 1] in _BREAKS or is_wide(words[at - 1]) or is_wide(words[at])


def _joint(words: str, at: int) -> bool:
    """Whether a raw name has a joint there: after an underscore, before a capital."""
    if not 0 < at < len(words) or not _unforbidden(words, at):
        return False
    return words[at - 1] in _SOFT or (words[at - 1].islower() and words[at].isupper())


def _unforbidden(words: str, at: int) -> bool:
    """Whether no punctuation stands on the wrong side."""
    return words[:at].rstrip()[-1:] not in _OPENING and words[at:].lstrip()[:1] not in _CLOSING


def is_word(words: str) -> bool:
    """Whether there is no place in `words` to break a line."""
    return not any(_breaks(words, at) for at in range(1, len(words)))


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
