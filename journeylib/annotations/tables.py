"""Cards as rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from journeylib.annotations.card import Card
from journeylib.terms import Lang, say

if TYPE_CHECKING:
    import pandas as pd


def card_frame(cards: Sequence[Card], lang: Lang) -> pd.DataFrame:
    """One row a card; columns have the field's names, what they hold is in `lang`."""
    import pandas as pd

    columns = {
        "id": [card.id for card in cards],
        "kind": [say(f"annotation.kind_{card.kind}").in_(lang) for card in cards],
        "text": [card.text for card in cards],
        "places": [", ".join(pin.label.in_(lang) for pin in card.places) for card in cards],
        "status": [say(f"annotation.status_{card.status}").in_(lang) for card in cards],
        "author": [card.author for card in cards],
        "owner": [card.owner for card in cards],
        "votes": [card.dots for card in cards],
        "importance": pd.array([card.importance for card in cards], dtype="Int64"),
        "urgency": pd.array([card.urgency for card in cards], dtype="Int64"),
        "claim": [None if c.claim is None else c.claim.words().in_(lang) for c in cards],
    }
    return pd.DataFrame(columns)
