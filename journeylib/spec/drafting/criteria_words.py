"""Mined rules as FEEL and as sentences."""

from __future__ import annotations

from collections.abc import Sequence

from journeylib.findings.features import Column
from journeylib.spec import feel
from journeylib.spec.drafting.evidence import Evidence
from journeylib.spec.drafting.gate_features import GateFeatures
from journeylib.spec.parts import ItemType
from journeylib.terms import Text, say


def condition_of(
    gates: GateFeatures, evidence: Evidence, column: Column, codes: tuple[int, ...]
) -> tuple[feel.Expression, Text]:
    """A set of codes of a column as a condition, and in words."""
    if column.kind == "activity":
        return feel.was_done(column.of), say("spec.criterion_done", activity=column.of)
    item = evidence.items[column.of]
    if column.kind == "filled":
        return feel.filled(item.id), say("spec.criterion_filled", item=item.name)
    if column.name in gates.cuts:
        cuts = gates.cuts[column.name]
        is_low = codes[0] == 0
        cut = cuts[codes[-1]] if is_low else cuts[codes[0] - 1]
        value = int(cut) if cut == int(cut) else cut
        words = {"item": item.name, "value": f"{value:,}"}
        tree = feel.Compare("<" if is_low else ">=", feel.Name(item.id), feel.Literal(value))
        return tree, say("draft.criterion_below" if is_low else "draft.criterion_from", **words)
    return _one_of(item.id, item.name, [column.values[code].zh for code in codes], item.type)


def _one_of(
    id: str, name: Text, values: Sequence[str], kind: ItemType
) -> tuple[feel.Expression, Text]:
    literals: list[feel.Expression] = [
        feel.Literal(value == "true" if kind == "boolean" else value) for value in values
    ]
    if len(literals) == 1:
        tree: feel.Expression = feel.Compare("=", feel.Name(id), literals[0])
        return tree, say("draft.criterion_is", item=name, value=values[0])
    listed = Text("、".join(values), ", ".join(values))
    return feel.Among(feel.Name(id), tuple(literals)), say(
        "draft.criterion_one_of", item=name, values=listed
    )


def joined(texts: Sequence[Text]) -> Text:
    """Both at once."""
    return Text("，且".join(t.zh for t in texts), " and ".join(t.en for t in texts))
