"""What MuPDF cannot draw is said on the picture: no character vanishes, none turns into an empty box.

Its built-in fonts have no glyph for rare Chinese characters (CJK extensions), private ones and those not
yet assigned, and its SVG reader sets Hebrew and Arabic from left to right.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator

from journeylib.drawing.geometry import Rect
from journeylib.drawing.measure import shorten
from journeylib.drawing.svg import FONTS, element, rect, text
from journeylib.drawing.theme import contrast
from journeylib.terms import LANGS, Text, say

GETA = "〓"
"""What Chinese and Japanese typesetters put where a character is missing."""
_TEXT = re.compile(r"(<text[^>]*>)([^<]*)(?=</text>)")
_SIZE = re.compile(r'height="[\d.]+" viewBox="0 0 (?P<wide>[\d.]+) (?P<high>[\d.]+)"')
_PAGE = re.compile(r'<rect [^>]*fill="(#[0-9a-fA-F]{6})"')
_FONT, _LINE, _MARGIN, _CODES = 10.0, 15.0, 28.0, 5


def legible(svg: str) -> str:
    """`svg` with a mark for each character that has no glyph, and lines below that count them.

    A picture of which everything can be drawn comes back as it is.
    """
    said = [words for _start, words in _TEXT.findall(svg)]
    letters = {letter for words in said for letter in words if not letter.isascii()}
    missing = _without_glyph(letters)
    turned = sum(any(map(_is_turned, words)) for words in said)
    if not missing and not turned:
        return svg
    lost = Counter(letter for words in said for letter in words if letter in missing)
    for letter in [one for one in lost if _is_unseen(one)]:
        del lost[letter]
    marked = {ord(one): "" if _is_unseen(one) else GETA for one in missing}
    shown = _TEXT.sub(lambda found: found[1] + found[2].translate(marked), svg)
    return _noted(shown, tuple(_told(lost, turned)))


def _without_glyph(letters: Collection[str]) -> set[str]:
    import pymupdf

    if not letters:
        return set()
    font = pymupdf.Font("cjk")
    return {one for one in letters if not font.has_glyph(ord(one), fallback=True)}


def _is_turned(letter: str) -> bool:
    return unicodedata.bidirectional(letter) in {"R", "AL"}


def _is_unseen(letter: str) -> bool:
    """Joiners, marks of direction and choices of a variant have no glyph of their own."""
    chooses = "VARIATION SELECTOR" in unicodedata.name(letter, "")
    return chooses or unicodedata.category(letter) == "Cf"


def _told(lost: Counter[str], turned: int) -> Iterator[Text]:
    if lost:
        codes = " ".join(f"U+{ord(one):04X}" for one in sorted(lost)[:_CODES])
        more = " …" if len(lost) > _CODES else ""
        yield say("glyphs.lost", n=lost.total(), codes=codes + more)
    if turned:
        yield say("glyphs.turned", n=turned)


def _noted(svg: str, told: tuple[Text, ...]) -> str:
    """The picture with one more line in each language at its foot."""
    size, page = _SIZE.search(svg), _PAGE.search(svg)
    if not told or size is None:
        return svg
    wide, high = float(size["wide"]), float(size["high"])
    foot = (len(LANGS) + 1) * _LINE
    ground = page[1] if page else "#ffffff"
    ink = max(("#000000", "#ffffff"), key=lambda colour: contrast(colour, ground))
    lines = [rect(Rect(0, high, wide, foot), fill=ground)]
    for row, lang in enumerate(LANGS, 1):
        joined = say("glyphs.semicolon").in_(lang).join(one.in_(lang) for one in told)
        words = say("glyphs.elsewhere", told=joined).in_(lang)
        room = wide - 2 * _MARGIN
        at = high + row * _LINE
        lines.append(text(shorten(words, _FONT, room), _MARGIN, at, _FONT, ink))
    grown = f'height="{high + foot:g}" viewBox="0 0 {wide:g} {high + foot:g}"'
    body = _SIZE.sub(grown, svg, count=1).removesuffix("</svg>")
    return f"{body}{element('g', *lines, font_family=FONTS)}</svg>"
