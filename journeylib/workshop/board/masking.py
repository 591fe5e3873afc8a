"""Pseudonyms of cases and people, for what hangs on a wall or leaves the house."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from journeylib.log import EventLog
from journeylib.terms import Lang, say

Cases = Literal["masked", "shown"]


@dataclass(frozen=True, slots=True)
class CaseNames:
    """What cases are called on this board: their ids, or (with a `key`) pseudonyms.

    A pseudonym is a keyed hash (HMAC-SHA256) of the id, 40 bits of it: of a million cases two may come
    to share one. The key comes from the hash of the log's bytes and filters and from the name of the
    notes file: the same case has the same pseudonym for as long as both stay, and another one in another
    log or workshop.

    It protects against people who see the board, the minutes or the saved page: they cannot read the
    id, and a list of all ids (say, of all customers) does not help without the log itself, since the
    key is nowhere shown. It does not protect against whoever has the log (who sees the cases anyway),
    nor against being recognised by what stands beside the name: the start of a case, its length, how
    it ended. It is a pseudonym, no anonymity.
    """

    key: bytes | None

    @classmethod
    def of(cls, log: EventLog, notes: str, cases: Cases) -> CaseNames:
        """The names on the board over `log` with the notes file `notes` (its bare name)."""
        if cases == "shown":
            return cls(None)
        parts = (log.source.sha256, log.fingerprint, notes)
        return cls(hashlib.sha256("\x1f".join(parts).encode()).digest())

    def of_case(self, case: str) -> str:
        """What to call the case with this id.

        >>> CaseNames(None).of_case("C-7"), len(CaseNames(b"k").of_case("C-7"))
        ('C-7', 9)
        """
        if self.key is None:
            return case
        digest = hmac.new(self.key, case.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
        short = base64.b32encode(digest[:5]).decode()
        return f"{short[:4]}-{short[4:]}"


def people(names: Iterable[str], lang: Lang) -> dict[str, str]:
    """Every name as “person 1”, “person 2” … in order of appearance."""
    each = dict.fromkeys(name for name in names if name)
    return {name: say("desk.person", n=number).in_(lang) for number, name in enumerate(each, 1)}


def without(text: str, names: Mapping[str, str]) -> str:
    """`text` with every one of `names` replaced, longer ones first; no replacement is replaced again.

    >>> without("Anna asks Ann", {"Ann": "P1", "Anna": "P2"})
    'P2 asks P1'
    """
    import re

    if not names:
        return text
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    pattern = "|".join(map(re.escape, longest_first))
    return re.sub(pattern, lambda match: names[match[0]], text)
