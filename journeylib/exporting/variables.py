"""The variables of a running process: what tasks, gateways and decisions tell one another.

Information items keep the names that criteria use. The others are made from ids: ``done_…`` (the
activity was done), ``needed_…`` (an optional one is wanted), ``advance_…`` (people decide to go on
after a stage), ``leave_…`` (what the decision of a gate says) and ``handed_…`` (a document's content).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal as OneOf

from journeylib.errors import SpecError
from journeylib.spec import feel
from journeylib.spec.feel import (
    Among,
    Both,
    Compare,
    Either,
    Expression,
    Literal,
    Name,
    Negation,
    Range,
    Within,
)
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Stage
from journeylib.terms import stable_id

Purpose = OneOf["done", "needed", "advance", "leave", "handed"]


@dataclass(frozen=True)
class Variables:
    """The names of a specification's variables, all different."""

    spec: TargetSpec

    def name(self, purpose: Purpose, id: str) -> str:
        """The variable of a purpose for a stage or activity: the same id gives the same name."""
        plain = re.fullmatch(r"[A-Za-z0-9_-]+", id)
        name = f"{purpose}_{id.replace('-', '_')}" if plain else ""
        if not plain or self._is_taken(name, id):
            return f"{purpose}_{stable_id('x', id).replace('-', '_')}"
        return name

    def _is_taken(self, name: str, id: str) -> bool:
        """By an item, or by another id that differs in its dashes alone."""
        ids = [*(stage.id for stage in self.spec.stages), *(a.id for a in self.spec.activities)]
        twins = (
            other
            for other in ids
            if other != id and other.replace("-", "_") == id.replace("-", "_")
        )
        return any(item.id == name for item in self.spec.information) or any(twins)

    def condition(self, stage: Stage) -> Expression:
        """When a case may leave a stage, over variables; without criteria people decide.

        `SpecError` where a criterion asks of the activities done what no variable can say.
        """
        parts = tuple(self.criterion(criterion.id, criterion.when) for criterion in stage.exit)
        if not parts:
            return Compare("=", Name(self.name("advance", stage.id)), Literal(True))
        return parts[0] if len(parts) == 1 else Both(parts)

    def criterion(self, id: str, when: str) -> Expression:
        """A criterion over variables: ``"X" in done`` asks for the variable of X."""
        tree = self._over_variables(feel.parse(when))
        if any(name == feel.DONE for name in _names(tree)):
            raise SpecError(
                [
                    (
                        f"criterion {id}",
                        f'{when}: only a quoted activity can be asked for: "…" in done',
                    )
                ]
            )
        return tree

    def _over_variables(self, tree: Expression) -> Expression:  # noqa: PLR0911 - one case a kind
        match tree:
            case Within(Literal(str(activity)), Name(feel.DONE)):
                ids = {a.event: a.id for a in self.spec.activities}
                return Compare("=", Name(self.name("done", ids[activity])), Literal(True))
            case Within(subject, name):
                # An item is a single value, and a single value is a list of one.
                return Compare("=", subject, name)
            case Compare(sign, left, right):
                return Compare(sign, self._over_variables(left), self._over_variables(right))
            case Among(subject, tests):
                return Among(self._over_variables(subject), tests)
            case Both(parts):
                return Both(tuple(map(self._over_variables, parts)))
            case Either(parts):
                return Either(tuple(map(self._over_variables, parts)))
            case Negation(part):
                return Negation(self._over_variables(part))
        return tree


def _names(tree: Expression | Range) -> Iterator[str]:
    return (node.id for node in feel.walk(tree) if isinstance(node, Name))
