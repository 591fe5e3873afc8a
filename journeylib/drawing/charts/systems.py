"""Which departments write in which systems: ribbons from department to system."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ibis import _

from journeylib.drawing import words
from journeylib.drawing.charts import ramp
from journeylib.drawing.charts.chart import Chart
from journeylib.drawing.charts.nouns import Systems
from journeylib.drawing.charts.sheet import HEAD, SMALL, Key, Plot, Style, finished
from journeylib.drawing.charts.telling import phrase, population, source, unknown
from journeylib.drawing.geometry import Rect
from journeylib.drawing.measure import shorten
from journeylib.drawing.svg import element, number, rect, text
from journeylib.journey import Journey
from journeylib.terms import Lang

CONFINED = 0.9
"""A system of which one department writes at least this share is (nearly) its own. Ours."""
NODES = 12
_NODE, _GAP, _LEAST, _HEAD = 14.0, 18.0, 26.0, 34.0
_LABEL, _TALL = 270.0, 300.0

Writing = Mapping[tuple[str, str], int]
"""Events by (department, system)."""


def systems(
    journey: Journey, found: Systems | None = None, *, lang: Lang = "zh", theme: str = "light"
) -> Chart:
    """Departments on the left, systems on the right; a ribbon is as thick as its events are many.

    A system nine tenths of which one department writes is drawn in the colour of silos: what is
    known there, the others do not see unless it is carried over. Confinement alone is context, no
    finding: specialists have tools of their own. Without `found` the log is asked, and the measure
    of confinement left out. Events without department or system are counted in the footer.
    """
    style = Style.of(lang, theme)
    counts = writing(journey) if found is None else _counts(found)
    if not counts:
        return unknown("systems", journey, phrase("no_systems", lang), style)
    picture = _Ribbons.of(counts, style)
    plot = Plot(
        name="systems",
        title=picture.title(),
        subtitle=population(journey, lang),
        told=f"{len(picture.left)} departments, {len(picture.right)} systems",
        height=_HEAD + picture.height,
        paint=picture.paint,
        keys=picture.keys(),
        footer=source(journey, lang, *_measure(found, lang), *picture.left_out(journey, counts)),
    )
    return finished(plot, style)


def writing(journey: Journey) -> Writing:
    """Events by (department, system), in alphabetical order; none where the log lacks either."""
    if not journey.log.has("department", "system"):
        return {}
    told = journey.event_table.filter(_.department.notnull(), _.system.notnull())
    counted = told.group_by("department", "system").aggregate(n=_.count())
    return {(r.department, r.system): r.n for r in sorted(journey.log.engine.rows(counted))}


def _counts(found: Systems) -> Writing:
    return {(cell.department, cell.system): cell.events for cell in found.counts}


def _measure(found: Systems | None, lang: Lang) -> Iterable[str]:
    if found is not None and found.confinement.value is not None:
        fact = found.confinement
        yield phrase("systems_confinement", lang, value=f"{fact.value:.2f}", n=words.number(fact.n))


@dataclass(frozen=True, slots=True)
class _Ribbons:
    """`left` and `right` are departments and systems with their events, in drawing order."""

    counts: Writing
    left: Mapping[str, int]
    right: Mapping[str, int]
    style: Style

    @classmethod
    def of(cls, counts: Writing, style: Style) -> _Ribbons:
        """The busiest nodes, ordered so that ribbons cross little."""
        left, right = _busiest(counts, 0), _busiest(counts, 1)
        kept = {pair: n for pair, n in counts.items() if pair[0] in left and pair[1] in right}
        left, right = (
            {name: n for name, n in nodes.items() if any(pair[side] == name for pair in kept)}
            for side, nodes in enumerate((left, right))
        )
        for _sweep in range(4):
            right = _by_barycentre(right, left, {(s, d): n for (d, s), n in kept.items()})
            left = _by_barycentre(left, right, kept)
        return cls(kept, left, right, style)

    def title(self) -> str:
        """How many systems are shared, how many one department's own."""
        lang, own = self.style.lang, [s for s in self.right if self._owner(s) is not None]
        told = {"systems": len(self.right), "own": len(own), "share": words.share(CONFINED)}
        if 0 < len(own) <= 2:
            names = phrase("and", lang).join(own)
            return phrase("systems_named", lang, names=names, **told)
        return phrase("systems_title" if own else "systems_shared", lang, **told)

    def _owner(self, system: str) -> str | None:
        """The department that writes nearly all of `system`, if one does."""
        shares = ((self.counts.get((d, system), 0) / self.right[system], d) for d in self.left)
        share, department = max(shares)
        return department if share >= CONFINED else None

    def left_out(self, journey: Journey, counts: Writing) -> Iterable[str]:
        """Events at no known place, and nodes that are not drawn."""
        lang, drawn, told = self.style.lang, sum(self.counts.values()), sum(counts.values())
        if told > drawn:
            yield phrase("systems_hidden", lang, n=words.number(told - drawn))
        unplaced = journey.log.totals.events - told
        if unplaced > 0:
            yield phrase("systems_unplaced", lang, n=words.number(unplaced))
        yield phrase("systems_context", lang)

    def keys(self) -> list[Key]:
        """The two colours, as far as they occur."""
        theme, lang = self.style.theme, self.style.lang
        owned = {self._owner(system) is not None for system in self.right}
        colours = {False: theme.pace_1, True: theme.silo}
        share = words.share(CONFINED)
        return [
            ramp.swatch(colours[own], theme, phrase(f"systems_key_{own:d}", lang, share=share))
            for own in (False, True)
            if own in owned
        ]

    # -- geometry ------------------------------------------------------------------------------

    @property
    def height(self) -> float:
        """Of the taller side."""
        return max(sum(map(self._slot, side.values())) for side in (self.left, self.right))

    @property
    def _unit(self) -> float:
        """Pixels an event."""
        return _TALL / sum(self.counts.values())

    def _slot(self, events: int) -> float:
        return max(events * self._unit, _LEAST) + _GAP

    def _nodes(self, side: Mapping[str, int], x: float, top: float) -> dict[str, Rect]:
        """Bars of one side, in the middle of their slots; the shorter side is centred."""
        top += (self.height - sum(map(self._slot, side.values()))) / 2
        placed = {}
        for name, events in side.items():
            tall, slot = max(events * self._unit, 1.5), self._slot(events)
            placed[name] = Rect(x, top + (slot - tall) / 2, _NODE, tall)
            top += slot
        return placed

    def paint(self, area: Rect) -> Iterable[str]:
        """Ribbons, then bars and their words."""
        theme, top = self.style.theme, area.y + _HEAD
        left = self._nodes(self.left, area.x + _LABEL, top)
        right = self._nodes(self.right, area.right - _LABEL - _NODE, top)
        yield from self._heads(area)
        yield from self._ribbons(left, right)
        for name, bar in left.items():
            yield rect(bar, radius=2, fill=theme.pace_3)
            into = {system: self.counts.get((name, system), 0) for system in right}
            told = self._told(self.left[name], into, "systems_mostly_in")
            yield from self._label(name, told, bar.x - 12, bar.middle[1], "end")
        for name, bar in right.items():
            yield rect(bar, radius=2, fill=self._colour(name))
            by = {department: self.counts.get((department, name), 0) for department in left}
            told = self._told(self.right[name], by, "systems_mostly_by")
            yield from self._label(name, told, bar.right + 12, bar.middle[1], None)

    def _heads(self, area: Rect) -> Iterable[str]:
        theme, lang = self.style.theme, self.style.lang
        x, y = area.x + _LABEL - 12, area.y + 12
        told = phrase("systems_departments", lang)
        yield text(told, x, y, HEAD, theme.ink, anchor="end", bold=True)
        yield text(
            phrase("systems_systems", lang), area.right - _LABEL + 12, y, HEAD, theme.ink, bold=True
        )

    def _ribbons(self, left: Mapping[str, Rect], right: Mapping[str, Rect]) -> Iterable[str]:
        """In each bar the ribbons lie in the order of the other side."""
        out, into = {n: bar.y for n, bar in left.items()}, {n: bar.y for n, bar in right.items()}
        for department in left:
            for system in right:
                thick = self.counts.get((department, system), 0) * self._unit
                if thick:
                    start = Rect(left[department].right, out[department], 0, thick)
                    end = Rect(right[system].x, into[system], 0, thick)
                    yield _ribbon(start, end, self._colour(system))
                    out[department] += thick
                    into[system] += thick

    def _colour(self, system: str) -> str:
        theme = self.style.theme
        return theme.pace_1 if self._owner(system) is None else theme.silo

    def _told(self, events: int, ties: Mapping[str, int], key: str) -> str:
        """How many events, and which node of the other side has most of them."""
        most, lang = max(ties, key=lambda other: (ties[other], other)), self.style.lang
        count = phrase("events", lang, n=words.number(events))
        return f"{count} · {phrase(key, lang, share=words.share(ties[most] / events), name=most)}"

    def _label(self, name: str, told: str, x: float, y: float, anchor: str | None) -> Iterable[str]:
        theme, room = self.style.theme, _LABEL - 16
        head = shorten(name, HEAD, room, bold=True)
        yield text(head, x, y - 2, HEAD, theme.ink, anchor=anchor, bold=True)
        yield text(shorten(told, SMALL, room), x, y + 13, SMALL, theme.muted, anchor=anchor)


def _busiest(counts: Writing, side: int) -> dict[str, int]:
    events = Counter[str]()
    for pair, n in counts.items():
        events[pair[side]] += n
    return dict(sorted(events.items(), key=lambda item: (-item[1], item[0]))[:NODES])


def _by_barycentre(
    nodes: Mapping[str, int], others: Mapping[str, int], counts: Writing
) -> dict[str, int]:
    """`nodes` in the order of the mean place of what they are tied to (Sugiyama et al. 1981)."""
    place = {name: n for n, name in enumerate(others)}

    def centre(name: str) -> float:
        ties = {other: counts.get((name, other), 0) for other in others}
        return sum(place[o] * n for o, n in ties.items()) / max(sum(ties.values()), 1)

    return {name: nodes[name] for name in sorted(nodes, key=lambda name: (centre(name), name))}


def _ribbon(start: Rect, end: Rect, colour: str) -> str:
    """A band from one upright edge to another, with level ends."""
    middle = (start.x + end.x) / 2
    path = (
        f"M{_xy(start.x, start.y)}"
        f"C{_xy(middle, start.y)} {_xy(middle, end.y)} {_xy(end.x, end.y)}"
        f"L{_xy(end.x, end.bottom)}"
        f"C{_xy(middle, end.bottom)} {_xy(middle, start.bottom)} {_xy(start.x, start.bottom)}Z"
    )
    return element("path", d=path, fill=colour, fill_opacity="0.38")


def _xy(x: float, y: float) -> str:
    return f"{number(x)},{number(y)}"
