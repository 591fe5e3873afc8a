"""Pieces dealt out to slides: as the notebook's metadata say, else a slide for each heading."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from journeylib.workshop.notebooks.pieces import Piece

_BEGINS = ("slide", "subslide")
_BESIDE = 3
"""So many small things leave room for a big one."""


@dataclass(frozen=True, slots=True)
class Slide:
    """What is seen at once; `again` is the title that a slide goes on with."""

    pieces: tuple[Piece, ...]
    again: str | None = None


def slides(pieces: Sequence[Piece]) -> tuple[Slide, ...]:
    """All slides, in order. Cells that the metadata skip, and speaker's notes, are on none."""
    shown = [piece for piece in pieces if piece.slide not in ("skip", "notes")]
    if any(piece.slide in _BEGINS for piece in pieces):
        return _by_metadata(shown)
    return _by_heading(shown)


def _by_metadata(pieces: Iterable[Piece]) -> tuple[Slide, ...]:
    decks: list[list[Piece]] = []
    for piece in pieces:
        if piece.slide in _BEGINS or not decks:
            decks.append([])
        decks[-1].append(piece)
    return tuple(Slide(tuple(deck)) for deck in decks)


def _by_heading(pieces: Iterable[Piece]) -> tuple[Slide, ...]:
    """A slide holds one big thing; what follows it goes on to another of the same title."""
    found: list[Slide] = []
    title: str | None = None
    deck: list[Piece] = []
    for piece in pieces:
        if deck and (piece.title is not None or _is_full(deck, piece)):
            found.append(_under(title, deck))
            deck = []
        title = title if piece.title is None else piece.title
        deck.append(piece)
    return (*found, _under(title, deck)) if deck else tuple(found)


def _is_full(deck: Sequence[Piece], coming: Piece) -> bool:
    has_words = sum(piece.kind != "code" for piece in deck)
    return any(piece.is_big for piece in deck) or (coming.is_big and has_words > _BESIDE)


def _under(title: str | None, deck: Sequence[Piece]) -> Slide:
    return Slide(tuple(deck), title if deck[0].title is None else None)
