"""What the browser may ask for, each request checked before anything is done about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from journeylib.annotations.characters import characters
from journeylib.annotations.line import Kind
from journeylib.workshop.board.refusal import refused

LONGEST = 10_000
"""Characters of a card; whoever has more to say writes a document."""

Words = Annotated[str, Field(max_length=LONGEST)]
Name = Annotated[str, Field(max_length=200)]
Id = Annotated[str, Field(min_length=1, max_length=4000)]
Pins = Annotated[list[Id], Field(max_length=50)]
Rating = Annotated[int, Field(ge=0, le=100)]


class Request(BaseModel):
    """One message; what it has besides its fields is nobody's business."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class Look(Request):
    """Another view: any of its options."""

    model_config = ConfigDict(frozen=True, strict=True, extra="allow")
    do: Literal["look"]

    @property
    def options(self) -> dict[str, Any]:
        """What shall be different."""
        return {k: v for k, v in (self.model_extra or {}).items() if k != "re"}


class Cases(Request):
    """The cases behind a part."""

    do: Literal["cases"]
    pin: Id


class Bare(Request):
    """What needs no more than being asked for."""

    do: Literal["play", "undo", "redo", "poll", "minutes"]


class Sign(Request):
    """Who sits here."""

    do: Literal["sign"]
    by: Name


class NewCard(Request):
    """A new card."""

    do: Literal["card"]
    text: Words
    kind: Kind = "idea"
    pins: Pins = []
    owner: Name | None = None


class Edit(Request):
    """Another text, kind, owner, place or status of a card: what is given."""

    do: Literal["edit"]
    card: Id
    text: Words | None = None
    kind: Kind | None = None
    owner: Name | None = None
    status: Literal["open", "confirmed", "rejected", "done", "withdrawn"] | None = None
    pins: Pins | None = None


class Rate(Request):
    """How important and how urgent, 0–100; None takes it back."""

    do: Literal["rate"]
    card: Id
    importance: Rating | None
    urgency: Rating | None


class Vote(Request):
    """Dots of this person on a card; 0 takes them back."""

    do: Literal["vote"]
    card: Id
    dots: Annotated[int, Field(ge=0, le=1000)]


class Judge(Request):
    """What the room decides on a finding."""

    do: Literal["judge"]
    finding: Id
    status: Literal["open", "confirmed", "rejected"]


class Suggest(Request):
    """What a text may claim."""

    do: Literal["suggest"]
    text: Words
    card: Id | None = None


class SetClaim(Request):
    """What a card claims; None takes the claim off it."""

    do: Literal["claim"]
    card: Id
    claim: dict[str, Any] | None


AnyRequest: TypeAlias = Annotated[
    Look | Cases | Bare | Sign | NewCard | Edit | Rate | Vote | Judge | Suggest | SetClaim,
    Field(discriminator="do"),
]
_READER: TypeAdapter[AnyRequest] = TypeAdapter(AnyRequest)


def read(message: object) -> AnyRequest:
    """The request in a message of the browser; `RefusedError` where it is none."""
    if not isinstance(message, Mapping):
        raise refused("malformed", what="message", problem=f"{type(message).__name__}")
    try:
        return _READER.validate_python(dict(message))
    except ValidationError as problem:
        raise refused("malformed", what=_short(message.get("do")), problem=first(problem)) from None


def first(problem: ValidationError) -> str:
    """What is wrong first, and where."""
    error = problem.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(map(str, error["loc"][1:] if len(error["loc"]) > 1 else error["loc"]))
    return f"{place}: {error['msg']}" if place else error["msg"]


def _short(value: object) -> str:
    told = value if isinstance(value, str) else type(value).__name__
    return told if len(told) <= 40 else f"{told[:39]}…"


def number_of(message: object) -> int | str | None:
    """What the browser calls its message, as far as it can be sent back."""
    number = message.get("re") if isinstance(message, Mapping) else None
    if isinstance(number, str):
        return characters(number)
    return number if isinstance(number, int) else None
