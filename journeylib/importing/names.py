"""Which part a name in a cell means."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from journeylib.errors import did_you_mean
from journeylib.exporting.cells import Labels
from journeylib.exporting.sheets import HOMES, Kind
from journeylib.importing.matching import Matched
from journeylib.importing.values import Raw, Unread
from journeylib.terms import Text, normalised, say


class Names:
    """Ids by the names people write: those on the sheets now, then those that were written."""

    def __init__(self, matches: Iterable[Matched], labels: Labels | None) -> None:
        self.now: dict[str, dict[str, str]] = {kind: {} for kind in HOMES}
        kinds = {sheet: kind for kind, sheet in HOMES.items()}
        for match in matches:
            if (kind := kinds.get(match.sheet.key)) and match.id is not None:
                column = next(c for c in match.sheet.columns if c.kind is Kind.TEXT)
                self.now[kind][match.id] = " ".join(str(match.raw(column) or "").split())
        self.now["place"] = self.now["stage"] | self.now["activity"]
        self._found = {kind: _by_name(named, kind, labels) for kind, named in self.now.items()}

    def id(self, kind: str, raw: Raw) -> str:
        """The id of the part that is meant."""
        word = str(int(raw)) if isinstance(raw, float) and raw.is_integer() else str(raw)
        for found in self._found[kind]:
            if ids := found.get(normalised(word)):
                return self._only(kind, word, sorted(ids))
        if word in self.now[kind] or kind == "finding":
            return word
        names = sorted(filter(None, self.now[kind].values()))
        near = did_you_mean(word, names)
        told = say("importing.near", name=near.split("'")[1]) if "'" in near else Text.same("")
        listed = ", ".join(names[:12])
        raise Unread(
            "no_part", found=word, kind=say(f"importing.{kind}"), near=told, choices=listed
        )

    def ids(self, kind: str, raw: Raw) -> list[str]:
        """Several: one a line, or with commas between where no name holds them."""
        found: list[str] = []
        for line in ("" if raw is None else str(raw)).splitlines():
            word = line.strip()
            if word.casefold() in ("", "-", "–"):
                continue
            try:
                found.append(self.id(kind, word))
            except Unread:
                parts = filter(None, map(str.strip, re.split("[,，、;；]", word)))
                found += [self.id(kind, part) for part in parts]
        return found

    def _only(self, kind: str, word: str, ids: Sequence[str]) -> str:
        if len(ids) > 1:
            full = ", ".join(f"{self.now[kind][id]} [{id}]" for id in ids)
            told = say(f"importing.{kind}")
            raise Unread("two_parts", found=word, kind=told, choices=full)
        return ids[0]


def _by_name(
    named: dict[str, str], kind: str, labels: Labels | None
) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    now: defaultdict[str, set[str]] = defaultdict(set)
    before: defaultdict[str, set[str]] = defaultdict(set)
    for id, name in named.items():
        now[normalised(name)].add(id)
        now[normalised(f"{name} [{id}]")].add(id)
    for id, label in labels.by_kind[kind].items() if labels else ():
        if id in named:
            before[normalised(label)].add(id)
    now.pop("", None)
    return dict(now), dict(before)
