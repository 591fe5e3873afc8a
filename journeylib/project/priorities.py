"""Must, Should, Could, Won't, and phases: what comes first, and never before what it depends on.

MoSCoW after the DSDM Agile Project Framework: Must takes at most a given share of the effort. What a
requirement needs is at least as high and at least as early as the requirement itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Priority = Literal["must", "should", "could", "wont"]
PRIORITIES: tuple[Priority, ...] = ("must", "should", "could", "wont")
Phase = Literal["pilot", "phase_1", "phase_2", "phase_3"]
PHASES: tuple[Phase, ...] = ("pilot", "phase_1", "phase_2", "phase_3")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A requirement as it is ranked: its `cut` by the cut points, effort, rank, and what it needs.

    The greater `rank`, the sooner; None comes last. `decided` means that people set the priority, and
    `phase` the phase they set.
    """

    id: str
    cut: Priority
    effort: float
    rank: float | None
    needs: frozenset[str] = frozenset()
    decided: bool = False
    phase: Phase | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Priority and phase (None: not this time) of each candidate by id; `lowered` lost their Must."""

    priorities: Mapping[str, Priority]
    phases: Mapping[str, Phase | None]
    lowered: tuple[str, ...]


def planned(candidates: Iterable[Candidate], must_effort: float, pilot: float) -> Plan:
    """Rank `candidates`: at most the share `must_effort` of the effort is Must, `pilot` is the pilot's.

    The pilot is drawn from what has a rank: nobody starts with what nobody could judge yet.
    What people decided stays as it is, whatever it does to the shares.
    """
    by_id = {c.id: c for c in candidates}
    ranked = sorted(by_id.values(), key=lambda c: (c.rank is None, -(c.rank or 0.0), c.id))
    active = _with_needs(by_id, [c.id for c in ranked if c.cut != "wont"])
    total = sum(by_id[id].effort for id in active)
    musts = _musts(by_id, ranked, must_effort * total)
    priorities = _priorities(by_id, musts)
    known = [c for c in ranked if c.rank is not None and priorities[c.id] != "wont"]
    best = min((priorities[c.id] for c in known), key=PRIORITIES.index, default="wont")
    top = [c for c in known if priorities[c.id] == best]
    first = _pilot(by_id, top, pilot * total)
    lowered = tuple(sorted(c.id for c in ranked if c.cut == "must" and priorities[c.id] != "must"))
    return Plan(priorities, _phases(by_id, priorities, first), lowered)


def _with_needs(by_id: Mapping[str, Candidate], ids: Iterable[str]) -> set[str]:
    """These and all they need, directly or not; what people put off is not taken along."""
    found: set[str] = set()
    waiting = list(ids)
    while waiting:
        id = waiting.pop()
        if id not in found:
            found.add(id)
            waiting += [
                need for need in by_id[id].needs if need in by_id and not _is_put_off(by_id[need])
            ]
    return found


def _is_put_off(candidate: Candidate) -> bool:
    return candidate.decided and candidate.cut == "wont"


def _musts(by_id: Mapping[str, Candidate], ranked: Iterable[Candidate], budget: float) -> set[str]:
    """Those decided and what they need, then by rank what fits with what it needs."""
    wanted = [c for c in ranked if c.cut == "must"]
    decided = _with_needs(by_id, [c.id for c in wanted if c.decided])
    chosen = {id for id in decided if _may_be(by_id[id], "must")}
    for candidate in wanted:
        bundle = chosen | {
            id for id in _with_needs(by_id, [candidate.id]) if _may_be(by_id[id], "must")
        }
        if _effort(by_id, bundle) <= budget + 1e-9 and _is_whole(by_id, bundle, candidate):
            chosen = bundle
    return chosen


def _is_whole(by_id: Mapping[str, Candidate], bundle: set[str], candidate: Candidate) -> bool:
    """Whether nothing it needs was decided to be lower."""
    return _with_needs(by_id, [candidate.id]) <= bundle


def _may_be(candidate: Candidate, priority: Priority) -> bool:
    return not candidate.decided or candidate.cut == priority


def _effort(by_id: Mapping[str, Candidate], ids: Collection[str]) -> float:
    return sum(by_id[id].effort for id in ids)


def _priorities(by_id: Mapping[str, Candidate], musts: set[str]) -> dict[str, Priority]:
    """Each at its cut, lowered where Must is full, raised to what needs it."""
    order = PRIORITIES.index
    found: dict[str, Priority] = {
        id: "must" if id in musts else "should" if c.cut == "must" and not c.decided else c.cut
        for id, c in by_id.items()
    }
    for priority in PRIORITIES[1:3]:
        for id in _with_needs(by_id, [id for id in by_id if order(found[id]) <= order(priority)]):
            if order(found[id]) > order(priority) and not by_id[id].decided:
                found[id] = priority
    return found


def _pilot(by_id: Mapping[str, Candidate], ranked: list[Candidate], budget: float) -> set[str]:
    """By rank what fits with what it needs; if nothing does, the smallest."""
    bundles = [_with_needs(by_id, [c.id]) for c in ranked]
    chosen: set[str] = set()
    for bundle in bundles:
        if _effort(by_id, chosen | bundle) <= budget + 1e-9:
            chosen |= bundle
    if chosen or not bundles:
        return chosen
    return min(bundles, key=lambda bundle: (_effort(by_id, bundle), sorted(bundle)))


def _phases(
    by_id: Mapping[str, Candidate], priorities: Mapping[str, Priority], pilot: set[str]
) -> dict[str, Phase | None]:
    """The pilot, then a phase for each priority that is left; and what people decided."""
    left = {id: p for id, p in priorities.items() if id not in pilot and p != "wont"}
    used = sorted(set(left.values()), key=PRIORITIES.index)
    phases: dict[str, Phase | None] = dict.fromkeys(by_id)
    phases |= {id: PHASES[1 + used.index(priority)] for id, priority in left.items()}
    phases |= dict.fromkeys(pilot, PHASES[0])
    phases |= {id: c.phase for id, c in by_id.items() if c.phase is not None}
    return _pulled(by_id, phases)


def _pulled(
    by_id: Mapping[str, Candidate], phases: dict[str, Phase | None]
) -> dict[str, Phase | None]:
    """What people moved forward takes along what it needs, as far as that is not decided too."""
    for phase in PHASES:
        for id in _with_needs(by_id, [id for id, own in phases.items() if own == phase]):
            own = phases[id]
            late = own is None or PHASES.index(own) > PHASES.index(phase)
            if late and by_id[id].phase is None and not _is_put_off(by_id[id]):
                phases[id] = phase
    return phases
