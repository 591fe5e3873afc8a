"""The lane of information: where it is first known, how far it reaches, where it gets lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from journeylib.drawing import words
from journeylib.drawing.estimates import LEAST, estimated, measured, share_of
from journeylib.drawing.journeymap.counts import Born
from journeylib.drawing.journeymap.scene import Loss, Passage, Reach, Thread, ThreadLane
from journeylib.drawing.journeymap.sight import Pinned, Sight
from journeylib.terms import stable_id

THREADS = 8
"""More pieces of information than this are counted, not drawn."""
SUSPECT = 0.05
"""Without findings a hand-over is shown where surely more than this share is lost. Ours."""
_LOSSES: dict[str, Loss] = {
    "carry_over_loss": "lost",
    "information_lag": "late",
    "re_ask": "asked",
    "re_entry": "typed",
    "contradiction": "contradicted",
}


def threads(sight: Sight) -> ThreadLane:
    """A thread for each piece of information; those that get lost come first when there are many."""
    born = sight.counts.born
    name, note = sight.tell("information"), sight.tell("information_note")
    if not born:
        reason = sight.tell("need_attributes")
        return ThreadLane("information", name, note, (), reason=reason)
    order = {stage.id: n for n, stage in enumerate(sight.stages)}
    drawn = [_thread(sight, b, order) for b in born if b.stage in order]
    kept = sorted(drawn, key=_trouble, reverse=True)[:THREADS]
    kept.sort(key=lambda thread: (thread.born, drawn.index(thread)))
    left = len(drawn) - len(kept)
    hidden = sight.tell("more_threads", n=left) if left else ""
    return ThreadLane("information", name, note, tuple(kept), hidden)


def _trouble(thread: Thread) -> tuple[int, int]:
    return sum(bool(p.badges) for p in thread.passages), len(thread.passages)


def _thread(sight: Sight, born: Born, order: dict[str, int]) -> Thread:
    column = order[born.stage]
    passages = tuple(sorted(_passages(sight, born, order), key=lambda p: p.column))
    reaches = _reaches(sight, born, order, [p.column for p in passages])
    where = born.department or sight.tell("somebody")
    all_cases = words.number(born.all)
    origin = sight.tell("origin", department=where, cases=all_cases)
    share = words.share(born.cases / born.all)
    stage = sight.stages[column].name.in_(sight.lang)
    details = (
        (sight.tell("first_known"), sight.tell("first_in", stage=stage, share=share, who=where)),
        *((sight.stages[r.column].name.in_(sight.lang), r.words) for r in reaches),
        *((p.head, words_) for p in passages for _loss, words_ in p.losses),
        *_intact(sight, born.attribute),
    )
    thread = stable_id("t", born.attribute)
    return Thread(thread, born.attribute, column, origin, reaches, passages, details)


# -- how far -------------------------------------------------------------------------------------


def _reaches(
    sight: Sight, born: Born, order: dict[str, int], needed: Sequence[int]
) -> tuple[Reach, ...]:
    """From where it is first known to the last stage that shows it, or where it was needed."""
    found = {}
    for seen in sight.counts.seen:
        column = order.get(seen.stage, -1)
        if seen.attribute != born.attribute or column < order[born.stage]:
            continue
        fact = share_of(seen.shown, seen.known)
        if fact.value is not None:
            n = sight.tell("n", n=words.number(seen.known))
            found[column] = Reach(column, fact.value, f"{measured(fact, sight.lang)} · {n}")
    last = max([c for c, reach in found.items() if reach.share > 0] + list(needed), default=-1)
    return tuple(found[column] for column in sorted(found) if column <= last)


# -- hand-overs ----------------------------------------------------------------------------------


def _passages(sight: Sight, born: Born, order: dict[str, int]) -> Iterator[Passage]:
    """The hand-overs at which something befalls it, in the stage where they mostly happen."""
    found: dict[tuple[str, str], list[Pinned]] = defaultdict(list)
    flows = {row[1:3]: row for row in sight.counts.study.flows if row.attribute == born.attribute}
    for pinned in sight.flow_claims:
        if pinned.flow is not None and pinned.flow[0] == born.attribute:
            found[pinned.flow[1:]].append(pinned)
    if sight.findings is None:
        for ends, row in flows.items():
            if _suspect(row):
                found.setdefault(ends, [])
    for ends in sorted(found):
        stage = sight.counts.place_of.get(ends)
        column = order.get(stage or born.stage, order[born.stage])
        yield _passage(sight, ends, column, found[ends], flows.get(ends))


def _suspect(row: Any) -> bool:
    low = share_of(row.k_lost, row.n_lost).ci_low
    return low is not None and low > SUSPECT


def _passage(
    sight: Sight, ends: tuple[str, str], column: int, claims: Sequence[Pinned], row: Any
) -> Passage:
    head = sight.tell("from_to", source=ends[0], target=ends[1])
    losses = tuple((_LOSSES.get(p.finding.type, "lost"), _claimed(sight, p)) for p in claims)
    if not claims:
        lost = share_of(row.k_lost, row.n_lost)
        losses = (("lost", sight.tell("untested_loss", value=measured(lost, sight.lang))),)
    badges = tuple(p.badge for p in claims if p.badge.number)
    return Passage(column, head, losses, badges)


def _claimed(sight: Sight, pinned: Pinned) -> str:
    finding, lang = pinned.finding, sight.lang
    what = sight.tell(f"loss_{_LOSSES.get(finding.type, 'lost')}")
    if finding.estimate is None:
        return what
    value = estimated(finding.estimate, finding.ci_low, finding.ci_high, finding.unit, lang)
    return sight.tell("loss", what=what, value=value)


def _intact(sight: Sight, attribute: str) -> Iterator[tuple[str, str]]:
    """What arrives at every measured hand-over, for whoever looks closer."""
    for row in sight.counts.study.flows:
        if row.attribute == attribute and row.n_lost >= LEAST:
            arrived = share_of(row.n_lost - row.k_lost, row.n_lost)
            ends = sight.tell("from_to", source=row.source, target=row.target)
            yield ends, sight.tell("arrives", value=measured(arrived, sight.lang), n=row.n_lost)
