"""Facts into a `MapScene`: every number and every word of the map is decided here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from journeylib.drawing import rows, surroundings, words
from journeylib.drawing.estimates import measured
from journeylib.drawing.journeymap.contacts import channels, handovers, systems
from journeylib.drawing.journeymap.curve import curve
from journeylib.drawing.journeymap.figures import conversion, times
from journeylib.drawing.journeymap.people import people
from journeylib.drawing.journeymap.problems import Pinnable, pinboard, problems
from journeylib.drawing.journeymap.scene import (
    AnyLane,
    Column,
    Lane,
    MapScene,
    Meter,
    Step,
    ThreadLane,
)
from journeylib.drawing.journeymap.sight import Sight
from journeylib.drawing.journeymap.threads import threads
from journeylib.drawing.scene import Key
from journeylib.journey import StageFacts
from journeylib.terms import Lang, say, stable_id

UNPLACED = 5
"""So many of the findings that belong to no stage are named."""
_OTHER: dict[Lang, Lang] = {"zh": "en", "en": "zh"}


def compose(sight: Sight, cards: Iterable[Pinnable]) -> MapScene:
    """All lanes over all stages."""
    board = pinboard(sight, cards)
    lanes: list[AnyLane] = [
        *people(sight),
        channels(sight),
        handovers(sight),
        systems(sight),
        threads(sight),
        times(sight),
        conversion(sight),
        curve(sight),
        problems(sight, "breakpoint"),
        problems(sight, "silo"),
    ]
    if board.unplaced or any(cell.pieces for cell in board.lane.cells):
        lanes.append(board.lane)
    columns = tuple(column_of(sight, stage) for stage in sight.stages)
    title = sight.tell("title", name=sight.journey.lifecycle.name)
    subtitle = surroundings.subtitle(sight.journey, sight.lang)
    counted = Counter(c.backing for lane in lanes if isinstance(lane, Lane) for c in lane.cells)
    return MapScene(
        lang=sight.lang,
        title=sight.tell("title_target", title=title) if sight.spec else title,
        subtitle=subtitle,
        description=sight.tell(
            "description",
            stages=len(columns),
            lanes=len(lanes),
            unknown=counted["unknown"],
            findings=len(sight.pinned),
        ),
        columns=columns,
        lanes=tuple(lanes),
        legend=tuple(_legend(sight, lanes)),
        footer=tuple(_footer(sight, lanes, board.unplaced)),
    )


def column_of(sight: Sight, stage: StageFacts, *, share: bool = True) -> Column:
    """The head of a stage; without its `share` only its name, where two maps are held together."""
    cases, lang = sight.journey.log.totals.cases, sight.lang
    name, other = stage.name.in_(lang), stage.name.in_(_OTHER[lang])
    lines = [
        sight.tell("head_onward", value=measured(stage.conversion, lang))
        if stage.conversion.value is not None
        else sight.tell("head_no_onward"),
        sight.tell("head_dwell", value=measured(stage.dwell, lang))
        if stage.dwell.value is not None
        else sight.tell("head_no_dwell"),
    ]
    reached = words.share(stage.cases / cases) if cases else ""
    told = sight.tell("head_cases", n=words.number(stage.cases), share=reached)
    return Column(
        id=stable_id("s", stage.id),
        stage=stage.id,
        name=name,
        other=other if other != name else "",
        cases=told if share else "",
        lines=tuple(lines) if share else (),
        badges=tuple(p.badge for p in sight.pinned if p.stage == stage.id and p.activity is None),
        details=rows.of_stage(stage, lang) if share else ((name, other),),
    )


# -- around it -------------------------------------------------------------------------------------


def _legend(sight: Sight, lanes: Sequence[AnyLane]) -> Iterator[Key]:
    """Only the symbols that occur."""
    cells = [c for lane in lanes if isinstance(lane, Lane) for c in lane.cells]
    symbols = [f"backed_{level}" for level in ("strong", "fair", "thin", "unknown")
               if any(cell.backing == level for cell in cells)]  # fmt: skip
    aims = {p.aim for cell in cells for p in cell.pieces if isinstance(p, Step)}
    symbols += [f"aim_{aim}" for aim in ("required", "optional", "left_out", "new") if aim in aims]
    drawn = [t for lane in lanes if isinstance(lane, ThreadLane) for t in lane.threads]
    losses = {loss for t in drawn for p in t.passages for loss, _words in p.losses}
    symbols += ["thread"] if drawn else []
    symbols += [
        f"loss_{x}" for x in ("lost", "late", "asked", "typed", "contradicted") if x in losses
    ]
    meters = [p for cell in cells for p in cell.pieces if isinstance(p, Meter)]
    symbols += ["target"] if any(meter.target is not None for meter in meters) else []
    badges = [pinned.badge for pinned in sight.pinned]
    symbols += [kind for kind in ("breakpoint", "silo") if any(b.kind == kind for b in badges)]
    symbols += ["suggestive"] if any(b.confidence == "suggestive" for b in badges) else []
    symbols += ["too_few"] if any(b.confidence == "too_few" for b in badges) else []
    for symbol in symbols:
        yield Key(symbol, sight.tell(f"legend_{symbol}"))


def _footer(sight: Sight, lanes: Sequence[AnyLane], unplaced: int) -> Iterator[str]:
    log = sight.journey.log
    cells = [c for lane in lanes if isinstance(lane, Lane) for c in lane.cells]
    cut = sum(bool(cell.hidden) for cell in cells)
    if cut:
        yield sight.tell("footer_cut", n=cut)
    if sight.unplaced:
        titles = [f.title.in_(sight.lang) for f, stage, _a in sight.placed if stage is None]
        told = sight.tell("comma").join(titles[:UNPLACED]) + ("…" if titles[UNPLACED:] else "")
        yield sight.tell("footer_unplaced", n=sight.unplaced, titles=told)
    if unplaced:
        yield sight.tell("footer_cards", n=unplaced)
    yield sight.tell("footer_intervals")
    named = say("drawing.footer_source", name=log.source.name, fingerprint=log.fingerprint[:8])
    yield named.in_(sight.lang)
