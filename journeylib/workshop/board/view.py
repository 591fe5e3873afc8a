"""`View`: what the board shows, as the buttons have set it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

from journeylib.errors import did_you_mean
from journeylib.terms import LANGS, Lang
from journeylib.workshop.board.refusal import refused

Kind = Literal["map", "flow"]
Detail = Literal["activity", "touchpoint", "stage"]
Theme = Literal["light", "dark"]

DETAILS: tuple[Detail, ...] = ("activity", "touchpoint", "stage")
_ONE_OF: Mapping[str, Sequence[str]] = {
    "kind": ("map", "flow"),
    "detail": DETAILS,
    "target": ("shown", "hidden"),
    "lang": LANGS,
    "theme": ("light", "dark"),
}


@dataclass(frozen=True, slots=True)
class Offered:
    """What can be chosen on this log: segments by id, and how many variants there are."""

    segments: tuple[str, ...] = ()
    variants: int = 0


@dataclass(frozen=True, slots=True)
class View:
    """A picture of the journey: which, of which cases, in which language.

    `detail`, `traffic` (the share of all moves that is drawn at least) and `variant` (its rank, from 1)
    matter where `kind` is ``flow``; `target` where it is ``map``. `against` is a second segment.
    """

    kind: Kind = "map"
    detail: Detail = "activity"
    traffic: float = 0.8
    segment: str | None = None
    against: str | None = None
    variant: int | None = None
    target: Literal["shown", "hidden"] = "shown"
    lang: Lang = "zh"
    theme: Theme = "light"

    def changed(self, wanted: Mapping[str, Any], offered: Offered) -> View:
        """This view with other choices; `RefusedError` says what is wrong with one, and what there is.

        One path and a comparison exclude each other: the later choice holds. Without a segment there
        is nothing to compare.
        """
        for name, value in wanted.items():
            _check(name, value, offered)
        if wanted.get("variant") is not None and wanted.get("against") is not None:
            raise refused("variant_against")
        freed = dict(wanted)
        if wanted.get("variant") is not None or wanted.get("segment", "") is None:
            freed.setdefault("against", None)
        if wanted.get("against") is not None:
            freed.setdefault("variant", None)
        view = replace(self, **freed)
        if view.against is not None and view.segment in (None, view.against):
            raise refused("nothing_against", against=view.against)
        return view

    @property
    def essence(self) -> View:
        """The same without what makes no difference to the picture: what pictures are kept under."""
        if self.kind == "flow":
            return replace(self, target="shown")
        return replace(self, detail="activity", traffic=0.8, variant=None)

    @property
    def of_all(self) -> bool:
        """Whether all cases are shown, in one picture."""
        essence = self.essence
        return (essence.segment, essence.variant) == (None, None)

    def to_dict(self) -> dict[str, Any]:
        """As the browser reads it."""
        return asdict(self)


NAMES = tuple(field.name for field in fields(View))


def _check(name: str, value: Any, offered: Offered) -> None:
    if name not in NAMES:
        raise refused("no_option", have=name, near=did_you_mean(name, NAMES), known=_list(NAMES))
    if name in _ONE_OF:
        if value not in _ONE_OF[name]:
            raise refused("not_one_of", what=name, have=repr(value), known=_list(_ONE_OF[name]))
    elif name == "traffic":
        if not _is_number(value) or not 0 <= value <= 1:
            raise refused("no_share", have=repr(value))
    elif value is not None:
        _check_part(name, value, offered)


def _check_part(name: str, value: Any, offered: Offered) -> None:
    if name == "variant":
        if not isinstance(value, int) or isinstance(value, bool):
            raise refused("no_variant", have=repr(value), n=offered.variants)
        if not 1 <= value <= offered.variants:
            raise refused("no_variant", have=value, n=offered.variants)
    elif not offered.segments:
        raise refused("no_segments")
    elif value not in offered.segments:
        raise refused("no_segment", have=repr(value), known=_list(offered.segments[:20]))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _list(names: Sequence[str]) -> str:
    return ", ".join(names)
