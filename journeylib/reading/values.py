"""Cells as canonical values: words, amounts, and the closed vocabularies of actor and outcome."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

import ibis
import ibis.expr.types as ir

from journeylib.log import Note
from journeylib.reading.missing import filled, is_odd, missing_words
from journeylib.reading.tables import Raw
from journeylib.terms import load_template, normalised, say

_MANY = 200
_MONEY = (
    r"^[¥￥$€£]?\s*-?\s*(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:[eE][+-]?\d+)?"
    r"\s*(?:元|¥|€|CNY|RMB|USD|EUR)?$"
)


@dataclass(frozen=True, slots=True)
class Understood:
    """A column in canonical values, or None where it cannot serve the role; and what was noticed.

    `partly`: some values mean nothing to the role, so the column stays an attribute as well.
    """

    value: ir.Value | None
    notes: tuple[Note, ...] = ()
    partly: bool = False


def surveyed(raw: Raw) -> Raw:
    """`raw`, knowing which of its text columns are tidy: one cheap look spares dear cleaning."""
    texts = [name for name in raw.columns if raw.table[name].type().is_string()]
    if not texts:
        return raw
    odd = {f"c{n}": is_odd(raw.table[name], missing_words()).any() for n, name in enumerate(texts)}
    found = raw.engine.row(raw.table.aggregate(**odd))
    tidy = frozenset(name for name, any_odd in zip(texts, found, strict=True) if not any_odd)
    return replace(raw, tidy=tidy)


def word(raw: Raw, name: str) -> ir.StringValue:
    """Text without blanks around it; blank and missing are null; whole numbers have no point."""
    column = raw.table[name]
    if column.type().is_floating():
        whole = column.cast("int64").cast("string")
        return (column == column.floor()).ifelse(whole, column.cast("string"))
    text = column if column.type().is_string() else column.cast("string")
    return text if name in raw.tidy else filled(text, missing_words())


def information(raw: Raw, name: str) -> ir.Value:
    """An information attribute: text is cleaned as a `word`, anything else stays what it is."""
    column = raw.table[name]
    return word(raw, name) if column.type().is_string() else column


def vocabulary(raw: Raw, role: str, name: str, *, given: bool) -> Understood:
    """Actor and outcome words in their closed vocabulary; a word that is unknown becomes null.

    A column that was not `given` and in which few words are known does not serve the role at all.
    """
    column = word(raw, name)
    counts = raw.table.select(word=column)
    found = raw.engine.rows(counts.group_by("word").aggregate(n=counts.count()).limit(_MANY + 1))
    words = {r.word: r.n for r in found if r.word is not None}
    known = {w: meaning for w in words if (meaning := _meanings(role).get(normalised(w)))}
    understood = sum(words[w] for w in known)
    if not given and (2 * understood < sum(words.values()) or len(words) > _MANY):
        return Understood(None, (_not_understood(role, name, words, "unused_column"),))
    unknown = {w: n for w, n in words.items() if w not in known}
    value = _translated(column, known)
    if not unknown:
        return Understood(value)
    return Understood(value, (_not_understood(role, name, unknown, "unknown_values"),), partly=True)


def amount(raw: Raw, name: str, *, given: bool) -> Understood:
    """An amount as a number; thousands separators and a currency sign are put aside."""
    column = raw.table[name]
    if column.type().is_numeric():
        return Understood(column.cast("float64"))
    text = word(raw, name)
    bare = text.re_search(_MONEY).ifelse(
        text.re_replace(r"[A-Z]{3}$|[^\d.eE+-]", ""), ibis.null("string")
    )
    value = bare.try_cast("float64")
    seen = raw.engine.row(raw.table.aggregate(given=text.count(), read=value.count()))
    unread = seen.given - seen.read
    if not unread:
        return Understood(value)
    note = Note(
        "unread_amounts", unread, say("reading.unread_amounts", column=name, n=f"{unread:,}")
    )
    if not given and 2 * unread > seen.given:
        unused = say("reading.unused_column", role="amount", column=name, values="")
        return Understood(None, (Note("unused_column", unread, unused),))
    return Understood(value, (note,), partly=True)


def _translated(column: ir.StringValue, known: dict[str, str]) -> ir.StringValue:
    if all(word == meaning for word, meaning in known.items()):
        return column.isin(sorted(known)).ifelse(column, ibis.null("string"))
    pairs = [(column == word, meaning) for word, meaning in sorted(known.items())]
    return ibis.cases(*pairs, else_=ibis.null("string"))


def _not_understood(role: str, column: str, words: dict[str, int], check: str) -> Note:
    shown = ", ".join(sorted(words, key=lambda w: (-words[w], w))[:5])
    told = say(f"reading.{check}", role=role, column=column, values=shown)
    return Note(check, sum(words.values()), told)


@functools.cache
def _meanings(role: str) -> dict[str, str]:
    entries = load_template("reading", "values")[role]
    own = {normalised(meaning): meaning for meaning in entries}
    return {normalised(w): meaning for meaning, ws in entries.items() for w in ws} | own
