"""Breaking lines: nothing lost, nothing too wide, no punctuation on the wrong side."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeylib.drawing.measure import ELLIPSIS, width, wrap

CLOSING = "，。；：、？！）》」”’,.;:?!)]%"
OPENING = "（《「“‘(["
_TEXTS = st.text(
    st.sampled_from("客户报价，。；：、（）“”《》ab cd-/_.()[]%WM 1·…"), min_size=1, max_size=60
)
_ROOMS = st.floats(40, 200)


@given(_TEXTS, _ROOMS, st.integers(1, 6))
def test_nothing_is_lost_and_nothing_too_wide(words: str, room: float, lines: int) -> None:
    broken = wrap(words, 10, room, lines=lines)
    assert len(broken) <= lines
    assert all(width(line, 10) <= room for line in broken)
    joined, whole = ("".join(part.split()) for part in ("".join(broken), words))
    if not broken[-1].endswith(ELLIPSIS):
        assert joined == whole
    else:
        assert whole.startswith(joined.removesuffix(ELLIPSIS)) or joined == whole


@given(_TEXTS, _ROOMS)
def test_no_line_begins_with_closing_or_ends_with_opening_punctuation(
    words: str, room: float
) -> None:
    """Unless there is no other place within the last two thirds of the line."""
    broken = wrap(words, 10, room, lines=40)
    for one, other in itertools.pairwise(broken):
        if one[-1:] in OPENING or other[:1] in CLOSING:
            tail = one[len(one) // 3 :] + other[:1]
            pairs = list(itertools.pairwise(tail.replace(" ", "")))
            assert all(a in OPENING + "…·" or b in CLOSING + "…·" for a, b in pairs[1:]), broken


@pytest.mark.parametrize(
    ("words", "room", "expected"),
    [
        ("先联系客户，再报价", 50, ("先联系客", "户，再报价")),
        ("先联系客户，再报价。", 55, ("先联系客", "户，再报", "价。")),
        ("客户画像（中型客户）", 50, ("客户画像", "（中型客", "户）")),
        ("“交付承诺”迟到", 60, ("“交付承", "诺”迟到")),
        ("Design Team迟到", 60, ("Design", "Team迟到")),
        ("opportunity_created_date", 80, ("opportunity_", "created_date")),
        ("HasSignedContract", 60, ("HasSigned", "Contract")),
        ("first (second)", 50, ("first", "(second)")),
    ],
)
def test_lines(words: str, room: float, expected: tuple[str, ...]) -> None:
    assert wrap(words, 10, room, lines=4) == expected
