"""Cells that hold nothing: blanks, and words such as ``NULL`` or ``?`` that stand for nothing."""

from __future__ import annotations

import functools
import re

import ibis
import ibis.expr.types as ir

from journeylib.terms import load_template


@functools.cache
def missing_words(*, times: bool = False) -> tuple[str, ...]:
    """Words that mean "no value": in every column, or also those that do so for `times` only."""
    words = load_template("reading", "missing")
    return (*words["everywhere"], *(words["times"] if times else ()))


def filled(text: ir.StringValue, words: tuple[str, ...]) -> ir.StringValue:
    """`text` without blanks around it; null where nothing or one of `words` is left."""
    bare = text.strip()
    cleaned = bare.isin(("", *words)).ifelse(ibis.null("string"), bare)
    # One search tells the few odd cells apart; trimming all would take ten times as long.
    return text.re_search(_odd(words)).ifelse(cleaned, text)


def is_odd(text: ir.StringValue, words: tuple[str, ...]) -> ir.BooleanValue:
    """Whether `filled` would change `text`."""
    bare = text.strip()
    return (bare != text) | bare.isin(("", *words))


@functools.cache
def _odd(words: tuple[str, ...]) -> str:
    return r"^\s|\s$|^(?:" + "|".join(map(re.escape, words)) + r")?$"
