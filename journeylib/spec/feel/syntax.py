"""A small subset of FEEL, the expression language of DMN: enough for entry and exit criteria.

::

    expression  = conjunction {"or" conjunction}
    conjunction = comparison {"and" comparison}
    comparison  = operand [("=" | "!=" | "<" | "<=" | ">" | ">=") operand | "in" tests]
    operand     = number | string | "true" | "false" | "null" | name
                | "not" "(" expression ")" | "(" expression ")"
    tests       = range | "(" test {"," test} ")" | "[" operand {"," operand} "]" | name
    range       = ("[" | "(" | "]") operand ".." operand ("]" | ")" | "[")

A name is a run of letters (Chinese ones too), digits and ``_``. The list ``done`` holds the names of
the activities done so far: ``"Needs survey" in done``. The syntax tree is kept so that rules and
decision tables can be made from it. Source: OMG DMN 1.3, chapter 10.3.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal as OneOf
from typing import NamedTuple

from journeylib.errors import FeelError

DONE = "done"
"""The list of the activities a case has done so far."""

KEYWORDS = frozenset({"and", "or", "not", "in", "true", "false", "null"})

Comparator = OneOf["=", "!=", "<", "<=", ">", ">="]


# -- the tree ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Literal:
    """A string, number, truth value or null."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Name:
    """A named information item, or ``done``; `column` (from 1) says where it stands."""

    id: str
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Range:
    """An interval; each end belongs to it or not."""

    low: Expression
    high: Expression
    low_closed: bool = True
    high_closed: bool = True


@dataclass(frozen=True, slots=True)
class Compare:
    """``left operator right``."""

    operator: Comparator
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Among:
    """``subject in tests``: true when the subject is any of the values or within any range."""

    subject: Expression
    tests: tuple[Expression | Range, ...]


@dataclass(frozen=True, slots=True)
class Within:
    """``subject in name``: true when the list called `name` holds the subject."""

    subject: Expression
    name: Name


@dataclass(frozen=True, slots=True)
class Both:
    """All parts hold."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part holds."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """The part does not hold."""

    part: Expression


Expression = Literal | Name | Compare | Among | Within | Both | Either | Negation


def filled(item: str) -> Expression:
    """The item has a value.

    >>> to_text(filled("budget"))
    'budget != null'
    """
    return Compare("!=", Name(item), Literal(None))


def was_done(activity: str) -> Expression:
    """The activity has been done.

    >>> to_text(was_done("需求调研"))
    '"需求调研" in done'
    """
    return Within(Literal(activity), Name(DONE))


# -- reading -------------------------------------------------------------------------------------


def parse(text: str) -> Expression:
    """The syntax tree of `text`; `FeelError` names the column and the way out.

    >>> parse("budget != null")
    Compare(operator='!=', left=Name(id='budget', column=1), right=Literal(value=None))
    >>> parse("grade = “A”")
    Traceback (most recent call last):
    journeylib.errors.FeelError: column 9: '“' is a full-width character; write '"'
    """
    return _Parser(text).whole()


class _Token(NamedTuple):
    kind: str
    text: str
    column: int


_TOKEN = re.compile(
    r"""(?P<blank>\s+)
      | (?P<number>\d+(?:\.(?!\.)\d+)?)
      | (?P<string>"(?:[^"\\]|\\.)*")
      | (?P<name>[^\W\d]\w*)
      | (?P<sign>\.\.|!=|<=|>=|[=<>()\[\],-])""",
    re.VERBOSE,
)
_FULL_WIDTH = dict.fromkeys("“”„＂「」『』", '"') | {
    "＝": "=", "≠": "!=", "≥": ">=", "≤": "<=", "＞": ">", "＜": "<", "（": "(", "）": ")",
    "，": ",", "【": "[", "】": "]", "［": "[", "］": "]", "－": "-",
}  # fmt: skip
_FOREIGN = {
    "==": "=", "<>": "!=", "&&": "and", "||": "or", "&": "and", "|": "or", "!": "not(…)", "'": '"',
}  # fmt: skip
_OPENING = {"[": True, "(": False, "]": False}
_CLOSING = {"]": True, ")": False, "[": False}


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or text.startswith(("==", "<>"), place):
            raise FeelError(text, place + 1, _stranger(text, place))
        if match.lastgroup != "blank":
            yield _Token(str(match.lastgroup), match[0], place + 1)
        place = match.end()
    yield _Token("end", "", len(text) + 1)


def _stranger(text: str, place: int) -> str:
    """What is wrong with a character that no token starts with."""
    char = text[place]
    if char in _FULL_WIDTH:
        return f"{char!r} is a full-width character; write {_FULL_WIDTH[char]!r}"
    for foreign, ours in _FOREIGN.items():
        if text.startswith(foreign, place):
            return f"{foreign!r} is not FEEL; write {ours!r}"
    if char == '"':
        return "this string does not end; close it with '\"'"
    return f"{char!r} cannot stand here"


class _Parser:
    """Recursive descent over the grammar at the top of this file."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(_tokens(text))
        self.place = 0

    def whole(self) -> Expression:
        tree = self.expression()
        if self.here.kind != "end":
            raise self.refuse(f"{self.here.text!r} is left over after the expression")
        return tree

    @property
    def here(self) -> _Token:
        return self.tokens[self.place]

    def refuse(self, problem: str) -> FeelError:
        return FeelError(self.text, self.here.column, problem)

    @property
    def before(self) -> str:
        return f"before {self.here.text!r}" if self.here.text else "at the end"

    def take(self, *texts: str) -> str | None:
        """Step over the token and return it if it is one of these signs or words."""
        if self.here.kind in ("sign", "name") and self.here.text in texts:
            self.place += 1
            return self.tokens[self.place - 1].text
        return None

    def need(self, *texts: str) -> str:
        found = self.take(*texts)
        if found is None:
            wanted = " or ".join(repr(text) for text in texts)
            raise self.refuse(f"{wanted} is missing {self.before}")
        return found

    def expression(self) -> Expression:
        parts = self.chain("or", self.conjunction)
        return parts[0] if len(parts) == 1 else Either(parts)

    def conjunction(self) -> Expression:
        parts = self.chain("and", self.comparison)
        return parts[0] if len(parts) == 1 else Both(parts)

    def chain(self, word: str, part: Callable[[], Expression]) -> tuple[Expression, ...]:
        parts = [part()]
        while self.take(word):
            parts.append(part())
        return tuple(parts)

    def comparison(self) -> Expression:
        left = self.operand()
        for operator in ("=", "!=", "<", "<=", ">", ">="):
            if self.take(operator):
                return Compare(operator, left, self.operand())
        return self.membership(left) if self.take("in") else left

    def operand(self) -> Expression:
        token = self.here
        if self.take("("):
            inner = self.expression()
            self.need(")")
            return inner
        if self.take("not"):
            self.need("(")
            part = self.expression()
            self.need(")")
            return Negation(part)
        if token.kind == "name" and token.text not in KEYWORDS:
            self.place += 1
            return Name(token.text, token.column)
        return self.literal()

    def literal(self) -> Literal:
        sign = -1 if self.take("-") else 1
        token = self.here
        if token.kind == "number":
            self.place += 1
            return Literal(sign * (float(token.text) if "." in token.text else int(token.text)))
        if sign == 1 and token.kind == "string":
            self.place += 1
            return Literal(self.string(token))
        constants = {"true": True, "false": False, "null": None}
        if sign == 1 and token.text in constants:
            self.place += 1
            return Literal(constants[token.text])
        raise self.refuse(f"a value or a name is missing {self.before}")

    def string(self, token: _Token) -> str:
        try:
            return str(json.loads(token.text, strict=False))
        except json.JSONDecodeError:
            raise FeelError(
                self.text, token.column, "a backslash in a string must be doubled"
            ) from None

    def membership(self, subject: Expression) -> Expression:
        token = self.here
        if token.kind == "name" and token.text not in KEYWORDS:
            self.place += 1
            return Within(subject, Name(token.text, token.column))
        if not (opening := self.take("[", "(", "]")):
            raise self.refuse("after 'in' a list, a range or a name is missing")
        first = self.operand_or_range()
        if isinstance(first, Range):
            tests = (first, *self.more())
            self.need(")")
            return Among(subject, tests)
        if self.take(".."):
            return Among(subject, (self.range_from(opening, first),))
        tests = (first, *self.more())
        self.need("]" if opening == "[" else ")")
        return Among(subject, tests)

    def more(self) -> Iterator[Expression | Range]:
        while self.take(","):
            yield self.operand_or_range()

    def operand_or_range(self) -> Expression | Range:
        """A test inside ``( … )``; only ``[`` and ``]`` can open a range there."""
        if opening := self.take("[", "]"):
            low = self.operand()
            self.need("..")
            return self.range_from(opening, low)
        return self.operand()

    def range_from(self, opening: str, low: Expression) -> Range:
        high = self.operand()
        closing = self.need("]", ")", "[")
        return Range(low, high, _OPENING[opening], _CLOSING[closing])


# -- writing and asking --------------------------------------------------------------------------


def to_text(tree: Expression | Range) -> str:  # noqa: C901, PLR0911 - one case a kind of node
    """FEEL text that `parse` reads as the same tree."""
    match tree:
        case Literal(value):
            return json.dumps(value, ensure_ascii=False)
        case Name(id):
            return id
        case Range(low, high, low_closed, high_closed):
            ends = "[" if low_closed else "(", "]" if high_closed else ")"
            return f"{ends[0]}{_inner(low)}..{_inner(high)}{ends[1]}"
        case Compare(operator, left, right):
            return f"{_inner(left)} {operator} {_inner(right)}"
        case Within(subject, name):
            return f"{_inner(subject)} in {name.id}"
        case Among(subject, (Range() as only,)):
            return f"{_inner(subject)} in {to_text(only)}"
        case Among(subject, tests):
            return f"{_inner(subject)} in ({', '.join(map(_listed, tests))})"
        case Negation(part):
            return f"not({to_text(part)})"
        case Both(parts):
            return " and ".join(_bracketed(part, Both, Either) for part in parts)
        case Either(parts):
            return " or ".join(_bracketed(part, Either) for part in parts)


def _listed(test: Expression | Range) -> str:
    """Among others an open interval begins with ``]``: a ``(`` would be one of an expression."""
    text = _inner(test)
    return f"]{text[1:]}" if isinstance(test, Range) and not test.low_closed else text


def _inner(tree: Expression | Range) -> str:
    """As an operand: whatever has an operator of its own goes into brackets."""
    return _bracketed(tree, Compare, Among, Within, Both, Either)


def _bracketed(tree: Expression | Range, *kinds: type) -> str:
    return f"({to_text(tree)})" if isinstance(tree, kinds) else to_text(tree)


def names(tree: Expression | Range) -> tuple[Name, ...]:
    """The information items it speaks of, in order of appearance (``done`` is none)."""
    return tuple(node for node in walk(tree) if isinstance(node, Name) and node.id != DONE)


def activities(tree: Expression | Range) -> tuple[str, ...]:
    """The activities it asks to be done (or not), in order of appearance."""
    return tuple(
        str(node.subject.value)
        for node in walk(tree)
        if isinstance(node, Within) and node.name.id == DONE and isinstance(node.subject, Literal)
    )


def walk(tree: Expression | Range) -> Iterator[Expression | Range]:
    """Every node of the tree, from the top."""
    yield tree
    match tree:
        case Range(first, second) | Compare(_, first, second) | Within(first, second):
            children: tuple[Expression | Range, ...] = (first, second)
        case Among(subject, tests):
            children = (subject, *tests)
        case Both(parts) | Either(parts):
            children = parts
        case Negation(part):
            children = (part,)
        case _:
            children = ()
    for child in children:
        yield from walk(child)
