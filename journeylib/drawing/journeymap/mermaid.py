"""The journey as a Mermaid `journey` diagram, to paste into Markdown and wikis.

Source: Mermaid's grammar of user journeys (11.17). Each task must have a number as its score: none is
drawn as 0, a worse face than any there is. What has no known experience is therefore told in comments,
and its stages are counted in the title.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

from journeylib.documents.blocks import printable
from journeylib.drawing.journeymap.curve import curve
from journeylib.drawing.journeymap.scene import Curve, Dot
from journeylib.drawing.journeymap.sight import Sight
from journeylib.journey import ActivityFacts, StageFacts
from journeylib.terms import say

MOST = 4
"""Activities of a stage that are drawn: more faces in a row and nobody reads their words."""
_LONGEST, _LONGEST_TITLE = 60, 160
_PLAIN = frozenset(" ()，。：；、？！（）《》“”‘’…–—·-/")
"""Kept as they are, besides letters and digits of any script; all else could mean something."""
_KEYWORD = re.compile(r"(title|section|journey|acctitle|accdescr)\b", re.IGNORECASE)


def mermaid_text(sight: Sight) -> str:
    """Stages as sections, their most frequent activities as tasks, who takes part as actors.

    The score is the level of the first layer of the map's experience curve that has any, since layers
    are never mixed; a whole number, for Mermaid frowns at all below 3 and smiles at all above.
    """
    return "\n".join(_lines(sight)) + "\n"


def label(words: str, longest: int = _LONGEST) -> str:
    """A name in which nothing is markup; longer ones end in an ellipsis.

    >>> label("a: b, c; #1")
    'a#58; b#44; c#59; #35;1'
    """
    short = _short(words, longest)
    coded = [c if c.isalnum() or c in _PLAIN else f"#{ord(c)};" for c in short]
    if _KEYWORD.match(short):
        coded[0] = f"#{ord(short[0])};"
    return "".join(coded)


def _short(words: str, longest: int) -> str:
    kept = " ".join(printable(words).split()) or "–"
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"


def _lines(sight: Sight) -> Iterator[str]:
    lane = curve(sight)
    layer = next((one for one in lane.curves if one.dots), None)
    dots = {dot.column: dot for dot in layer.dots} if layer else {}
    title = _title(sight, layer, len(sight.stages) - len(dots))
    yield "journey"
    yield f"  title {label(title, _LONGEST_TITLE)}"
    yield from (_comment(line) for line in _about(sight, layer, lane.curves))
    for column, stage in enumerate(sight.stages):
        yield from _section(sight, stage, dots.get(column))
    for pinned in sight.pinned:
        yield _comment(say("mermaid.finding", words=pinned.badge.words).in_(sight.lang))


def _title(sight: Sight, layer: Curve | None, gaps: int) -> str:
    title = sight.journey.lifecycle.name.in_(sight.lang)
    shown = layer.name if layer else say("mermaid.no_layer").in_(sight.lang)
    whole = say("mermaid.title", title=title, layer=shown)
    return (say("mermaid.title_gaps", title=whole, n=gaps) if gaps else whole).in_(sight.lang)


def _about(sight: Sight, layer: Curve | None, curves: tuple[Curve, ...]) -> Iterator[str]:
    if layer is None:
        return
    yield say("mermaid.scale", layer=layer.name).in_(sight.lang)
    if layer.layer == "proxy":
        yield say("mermaid.proxy").in_(sight.lang)
    others = [one.name for one in curves if one.dots and one is not layer]
    if others:
        yield say("mermaid.others", layers=_comma(sight).join(others)).in_(sight.lang)


def _section(sight: Sight, stage: StageFacts, dot: Dot | None) -> Iterator[str]:
    here, name = sight.activities.get(stage.id, ()), stage.name.in_(sight.lang)
    most = sorted(sorted(here, key=lambda a: (-a.events, a.name))[:MOST], key=here.index)
    values: Mapping[str, object] = {"stage": name, "n": len(here) - len(most)}
    if not here:
        yield _comment(say("mermaid.empty", **values).in_(sight.lang))
    elif dot is None:
        names = _comma(sight).join(_short(activity.name, _LONGEST) for activity in here)
        yield _comment(say("mermaid.unknown", **values, activities=names).in_(sight.lang))
    else:
        yield f"  section {label(name)}"
        yield _comment(say("mermaid.level", **values, words=dot.words).in_(sight.lang))
        score = math.floor(3.5 + 2 * dot.level)
        yield from (f"    {_task(sight, activity, score)}" for activity in most)
        if len(here) > len(most):
            yield _comment(say("mermaid.more", **values).in_(sight.lang))


def _task(sight: Sight, activity: ActivityFacts, score: int) -> str:
    actors = [say("mermaid.customer").in_(sight.lang)] if _is_of_customer(activity) else []
    actors += [activity.department] if activity.department else []
    told = ", ".join(map(label, actors))
    return f"{label(activity.name)}: {score}" + (f": {told}" if told else "")


def _is_of_customer(activity: ActivityFacts) -> bool:
    return activity.customer_share is not None and activity.customer_share >= 0.5


def _comma(sight: Sight) -> str:
    return say("mermaid.comma").in_(sight.lang)


def _comment(words: str) -> str:
    """A line that Mermaid leaves aside; in two per cent signs with a brace it would find orders."""
    kept = " ".join(printable(words).split())
    return "  %% " + re.sub("%(?=[%{])", "% ", kept)
