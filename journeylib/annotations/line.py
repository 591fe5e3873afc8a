"""One line of a notes file: one state of one card, as JSON that reads well in a diff."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from journeylib.annotations.characters import characters
from journeylib.annotations.claim import Claim
from journeylib.annotations.pin import Pin
from journeylib.errors import UsageError

Kind = Literal["touchpoint", "breakpoint", "silo", "idea", "question"]
Status = Literal["open", "confirmed", "rejected", "done", "withdrawn"]
KINDS: tuple[Kind, ...] = ("touchpoint", "breakpoint", "silo", "idea", "question")
WITHDRAWN = "withdrawn"
"""What undoing the very first line of a card leaves: the card is not shown, and never lost."""

CONTENT = (
    "kind",
    "text",
    "status",
    "owner",
    "votes",
    "importance",
    "urgency",
    "places",
    "claim",
)
"""What a card says; the other fields of a line say who wrote it, when, and after which line."""


def _several(value: object) -> object:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value


Rating = Annotated[int, Field(ge=0, le=100, strict=True)]
Lines = Annotated[tuple[str, ...], BeforeValidator(_several)]


class Line(BaseModel):
    """A card as it is from this line on.

    `id` names the line and depends on all the others; `card` is the id of the card's first line,
    under which the card is known. `supersedes` names the lines that whoever wrote this one had before
    them: one, or several after a conflict. `n` counts up from line to line, so that lines of the same
    second have an order and equal words of one author are two cards. `at` is UTC. `undoes` names the
    line that this one takes back. `votes` are dots by person; `pin` is the id of the first of `places`.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    id: Annotated[str, Field(min_length=1)]
    at: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    by: Annotated[str, Field(min_length=1)]
    pin: str | None = None
    kind: Kind
    text: str
    status: Status = "open"
    votes: dict[str, Annotated[int, Field(ge=1, strict=True)]] = {}
    supersedes: Lines = ()
    card: str = ""
    n: Annotated[int, Field(ge=0, strict=True)] = 0
    owner: str | None = None
    importance: Rating | None = None
    urgency: Rating | None = None
    places: tuple[Pin, ...] = ()
    claim: Claim | None = None
    undoes: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _completed(cls, given: Any) -> Any:
        """Other programs may write the contract's fields alone."""
        if not isinstance(given, dict):
            return given
        added = {} if given.get("card") else {"card": given.get("id")}
        if given.get("pin") and not given.get("places"):
            added["places"] = [{"id": given["pin"]}]
        return given | added

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a line; `ValueError` says what is wrong with it."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as problem:
            first = problem.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, first["loc"]))
            raise ValueError(f"{place}: {first['msg']}" if place else first["msg"]) from None

    def to_json(self) -> str:
        """The line, without its end: the contract's fields, then what else is said."""
        return json.dumps(self.to_dict(), ensure_ascii=False)

    def to_dict(self) -> dict[str, Any]:
        """As plain data; what is not said is left out, the contract's fields never are."""
        told = self.model_dump(mode="json")
        told["votes"] = dict(sorted(self.votes.items()))
        told["supersedes"] = _one_or_all(self.supersedes)
        return {
            name: value
            for name, value in told.items()
            if name in _ALWAYS or value not in (None, [], "", {})
        }

    @property
    def order(self) -> tuple[str, int, str]:
        """By time, then as they were written: the same order wherever lines come together."""
        return self.at, self.n, self.id

    @property
    def content(self) -> dict[str, Any]:
        """What the card says from here on, by the names in `CONTENT`."""
        return {name: getattr(self, name) for name in CONTENT}


_ALWAYS = frozenset(
    ("id", "at", "by", "pin", "kind", "text", "status", "votes", "supersedes", "card", "n")
)


def _one_or_all(ids: tuple[str, ...]) -> str | list[str] | None:
    if len(ids) > 1:
        return list(ids)
    return ids[0] if ids else None


def written(
    content: Mapping[str, Any],
    *,
    by: str,
    at: datetime,
    n: int,
    card: str | None = None,
    supersedes: tuple[str, ...] = (),
    undoes: str | None = None,
) -> Line:
    """A new line with its id; `UsageError` when what it shall say makes no sense."""
    author = characters(by).strip()
    if not author:
        raise UsageError("every note is signed: say who writes it (by=…)")
    owner = content.get("owner")
    said = dict(content) | {
        "text": characters(content["text"]),
        "owner": None if owner is None else characters(owner),
    }
    fields = {
        **said,
        "by": author,
        "at": moment(at),
        "n": n,
        "pin": said["places"][0].id if said["places"] else None,
        "supersedes": supersedes,
        "undoes": undoes,
    }
    draft = _checked({**fields, "id": "new", "card": card or "new"})
    told = {key: value for key, value in draft.to_dict().items() if key != "id"}
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    id = f"n-{digest[:16]}"
    return _checked({**fields, "id": id, "card": card or id})


def _checked(fields: Mapping[str, Any]) -> Line:
    try:
        return Line.model_validate(dict(fields))
    except ValidationError as problem:
        told = (
            f"{'.'.join(map(str, error['loc']))}: {error['msg']}"
            for error in problem.errors(include_url=False, include_input=False)
        )
        raise UsageError("no such note can be written: " + "; ".join(told)) from None


def moment(at: datetime) -> str:
    """A moment as a line tells it: UTC, in seconds; a time without a zone is taken for UTC."""
    aware = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return f"{aware:%Y-%m-%dT%H:%M:%S}Z"


def now() -> datetime:
    """The clock of the wall, for those who do not bring their own."""
    return datetime.now(UTC)
