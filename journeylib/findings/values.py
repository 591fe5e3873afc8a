"""When two values say the same, as engine expressions; the words for it are in ``templates/silos.toml``.

The normal form φ of a value: blanks around it, full-width signs, upper case, the spelling of phone
numbers, the legal form of companies and the suffix of provinces and cities do not count. Our own
definition (docs/definitions.md).
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from journeylib.terms import load_template, normalised

_WIDE = "".join(map(chr, range(0xFF01, 0xFF5F))) + "\u3000"
_NARROW = "".join(map(chr, range(0x21, 0x7F))) + " "
_NEAR = 0.01
"""Numbers that differ by no more than this share say the same."""

_PHONE = r"^\+?[\d\s()\-]{7,20}$"
_FILLER = r"^0+$|^1+$|^2+$|^3+$|^4+$|^5+$|^6+$|^7+$|^8+$|^9+$|^0?123456789?0?$"


@functools.cache
def words(section: str, key: str) -> tuple[str, ...]:
    """A list of ``templates/silos.toml``."""
    return tuple(load_template("", "silos")[section][key])


def says(name: str, keywords: Sequence[str]) -> bool:
    """Whether one of `keywords` occurs in `name`, both as `terms.normalised`.

    >>> says("重新询问客户", words("ask", "again")), says("发送报价", words("ask", "again"))
    (True, False)
    """
    plain = normalised(name)
    return any(normalised(word) in plain for word in keywords)


def phi(value: ir.StringValue) -> ir.StringValue:
    """The normal form of a value; null stays null."""
    text = value.translate(_WIDE, _NARROW).strip().lower()
    text = text.re_replace(r"\s+", " ")
    bare = _without(_without(text, words("company", "suffixes")), words("place", "suffixes"))
    return text.re_search(_PHONE).ifelse(phone(text), bare)


def phone(text: ir.StringValue) -> ir.StringValue:
    """The digits of a phone number, without China's country code."""
    digits = text.re_replace(r"[^\d]", "")
    return digits.re_search(r"^(?:00)?861\d{10}$").ifelse(digits.right(11), digits)


def is_default(value: ir.Value) -> ir.BooleanValue:
    """Whether a value only fills the field: "其他", "未知", "N/A", 0; null stays null."""
    if value.type().is_numeric():
        return value == 0
    return _is_one_of(value, "placeholders", "catch_alls")


def is_placeholder(value: ir.Value) -> ir.BooleanValue:
    """Whether a value says that there is none, as "未知" does but not "其他"; null stays null."""
    return _is_one_of(value, "placeholders")


def _is_one_of(value: ir.Value, *kinds: str) -> ir.BooleanValue:
    """Compared as it is written, in small and capital letters: folding millions of values would
    cost more than all that is asked of them."""
    if value.type().is_string():
        return value.isin(_spellings(kinds))
    return value.isnull().nullif(True)


@functools.cache
def _spellings(kinds: tuple[str, ...]) -> tuple[str, ...]:
    plain = {_plain(word) for kind in kinds for word in words("missing", kind)}
    return tuple(
        sorted({f(word) for word in plain for f in (str, str.upper, str.title, str.capitalize)})
    )


def is_filler(key: ir.StringValue) -> ir.BooleanValue:
    """Whether a key is made up to get past a form: a default, or 00000000000."""
    return is_default(key) | key.re_search(_FILLER)


def same(a: ir.StringValue, b: ir.StringValue) -> ir.BooleanValue:
    """Whether two values say the same: one normal form, or numbers within 1 %."""
    left, right = number(a), number(b)
    near = (left - right).abs() <= _NEAR * ibis.greatest(left.abs(), right.abs())
    return (phi(a) == phi(b)) | near.fill_null(False)


def number(value: ir.StringValue) -> ir.FloatingValue:
    """A value as a number, null if it is none; thousands separators and signs of money put aside.

    More than nine digits are a phone number or an id, of which 1 % is not near.
    """
    plain = value.translate(_WIDE, _NARROW).re_replace(r"[,\s¥￥$€元]", "")
    is_number = plain.re_search(r"^-?\d{1,9}(\.\d+)?$")
    return is_number.ifelse(plain, ibis.null("string")).cast("float64")


def _without(text: ir.StringValue, suffixes: Sequence[str]) -> ir.StringValue:
    """A name without one of `suffixes` at its end, the longest that fits, if two signs are left.

    No back-reference: DuckDB writes it ``\\1``, Spark ``$1``.
    """
    alternatives = "|".join(re.escape(_plain(suffix)) for suffix in suffixes)
    bare = text.re_replace(rf"[\s,]*(?:{alternatives})$", "")
    return (bare.length() >= 2).ifelse(bare, text)


def _plain(word: str) -> str:
    return unicodedata.normalize("NFKC", word).strip().casefold()
