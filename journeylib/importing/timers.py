"""Timers on tasks: how long they may take, as ISO 8601 durations or as people write them."""

from __future__ import annotations

import re

from journeylib.importing.diagram import Diagram, Node, children, words_in
from journeylib.importing.values import Unread, duration
from journeylib.terms import Clock, Span, Text, say

_ISO = re.compile(
    r"P(?:(?P<w>\d+)W)?(?:(?P<d>\d+(?:\.\d+)?)D)?"
    r"(?:T(?:(?P<h>\d+(?:\.\d+)?)H)?(?:(?P<m>\d+(?:\.\d+)?)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?)?"
)
_SECONDS = {"w": 604_800.0, "d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0}
_UNITS = {"d": "d", "h": "h", "m": "min", "s": "s"}


def iso_span(text: str, clock: Clock = Clock.CALENDAR) -> Span | None:
    """An ISO 8601 duration without years and months, whose length is not fixed; else None.

    >>> str(iso_span("PT4H")), str(iso_span("P1DT12H")), str(iso_span("P1W")), iso_span("P1M")
    ('4h', '36h', '7d', None)
    """
    found = _ISO.fullmatch(text.strip().strip("\"'"))
    given = {unit: float(n) for unit, n in found.groupdict().items() if n} if found else {}
    if not given:
        return None
    unit = min(("d" if u == "w" else u for u in given), key=_SECONDS.__getitem__)
    seconds = sum(value * _SECONDS[u] for u, value in given.items())
    return Span(round(seconds / _SECONDS[unit], 6), _UNITS[unit], clock)


class Timers:
    """The time limits a diagram sets; `notes` tells of those that could not be read."""

    def __init__(self, diagram: Diagram) -> None:
        self.notes: list[Text] = []
        self.on: dict[str, Span] = {}
        self.ids: dict[str, str] = {}
        for node in diagram.nodes.values():
            host = node.element.get("attachedToRef")
            if node.tag == "boundaryEvent" and host in diagram.nodes and host not in self.ids:
                self._read(node, host)

    def _read(self, node: Node, host: str) -> None:
        definition = next(children(node.element, "timerEventDefinition"), None)
        if definition is None:
            return
        self.ids[host] = node.id
        text = words_in(definition, "timeDuration")
        span = iso_span(text) if text else None
        if span is None:
            span = self._leniently(node, text or "".join(map(str, definition.itertext())).strip())
        if span is not None:
            self.on[host] = span

    def _leniently(self, node: Node, text: str) -> Span | None:
        try:
            span = duration(text)
        except Unread:
            self.notes.append(say("diagram.timer_unread", id=node.id, found=text))
            return None
        self.notes.append(say("diagram.timer_lenient", id=node.id, found=text, read=str(span)))
        return span
