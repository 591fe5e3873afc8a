"""What the first rows of a table show about columns whose names say nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from journeylib.log import REQUIRED
from journeylib.reading.mapping import Choices, Contents, Matches
from journeylib.reading.missing import missing_words
from journeylib.reading.tables import Raw
from journeylib.reading.times import is_typed, looks_like_time
from journeylib.terms import normalised

_ROWS = 2_000
_MOST_ACTIVITIES = 100
_ID_ENDINGS = ("id", "no", "key", "编号", "号", "代码", "号码", "单号")

Cells = dict[str, list[str | None]]


def date_columns(raw: Raw) -> tuple[str, ...]:
    """Columns whose values are times, in the order of the file."""
    cells = _sample(raw)
    return tuple(c for c in raw.columns if _is_time(raw, c, cells))


def is_record_table(raw: Raw, matches: Matches, choices: Sequence[Choices]) -> bool:
    """Whether a row is a record with several dates: an id of its own, no activity, dates ≥ 2."""
    activity, case = matches.get("activity"), matches.get("case_id")
    if case is None or (activity and activity.reason != "likely"):
        return False
    if any({"activity", "timestamp"} & set(choice.columns) for choice in choices):
        return False
    cells = _sample(raw)
    ids = [value for value in cells[case.column] if value is not None]
    unique = len(set(ids)) > 0.99 * len(ids)
    return unique and len([c for c in raw.columns if _is_time(raw, c, cells)]) >= 2


def look(raw: Raw, matches: Matches) -> Contents:
    """Which columns could fill the required roles that are still open, by their values."""
    cells = _sample(raw)
    settled = {matches[role].column for role in REQUIRED if role in matches}
    free = [column for column in raw.columns if column not in settled]
    times = tuple(c for c in free if _is_time(raw, c, cells))
    rest = [c for c in free if c not in times]
    case = matches.get("case_id")
    varying = _varying(rest, cells[case.column], cells) if case else ()
    stage = matches.get("stage")
    if stage and stage.column in varying:
        varying = (stage.column,)
    return Contents(times, varying, tuple(c for c in rest if _is_id(c, cells[c])))


def _sample(raw: Raw) -> Cells:
    """The first rows as text. Their order does not matter, only what they look like."""
    table = raw.table.limit(_ROWS)
    texts = table.select(**{f"c{n}": table[c].cast("string") for n, c in enumerate(raw.columns)})
    rows = raw.engine.rows(texts)
    missing = set(missing_words(times=True)) | {""}
    return {
        column: [None if (row[n] or "").strip() in missing else row[n].strip() for row in rows]
        for n, column in enumerate(raw.columns)
    }


def _is_time(raw: Raw, column: str, cells: Cells) -> bool:
    if is_typed(raw.table[column]):
        return True
    values = [value for value in cells[column] if value is not None]
    return bool(values) and sum(map(looks_like_time, values)) >= 0.9 * len(values)


def _varying(columns: Sequence[str], cases: Sequence[str | None], cells: Cells) -> tuple[str, ...]:
    """Columns of few words that change within a case, as what is done does."""
    return tuple(c for c in columns if _is_word(cells[c]) and _changes(cases, cells[c]))


def _is_word(values: Sequence[str | None]) -> bool:
    words = {value for value in values if value is not None}
    return 2 <= len(words) <= _MOST_ACTIVITIES and not all(_is_number(word) for word in words)


def _changes(cases: Sequence[str | None], values: Sequence[str | None]) -> bool:
    """Whether most cases with several rows show more than one value."""
    seen: dict[str, list[str | None]] = defaultdict(list)
    for case, value in zip(cases, values, strict=True):
        if case is not None:
            seen[case].append(value)
    several = [found for found in seen.values() if len(found) > 1]
    return bool(several) and 2 * sum(len(set(found)) > 1 for found in several) > len(several)


def _is_id(column: str, values: Sequence[str | None]) -> bool:
    known = [value for value in values if value is not None]
    named = normalised(column).endswith(_ID_ENDINGS)
    return named and len(known) == len(values) and 1 <= len(set(known)) < len(known)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
