"""Must, Should, Could, Won't and phases, held against their laws and against a case worked by hand."""

import graphlib

from hypothesis import given
from hypothesis import strategies as st

from journeylib.project.priorities import PHASES, PRIORITIES, Candidate, planned

LIMIT, PILOT = 0.6, 0.2


NEVER, NOWHERE = st.just(False), st.none()


@st.composite
def candidates(draw, *, decided=NEVER, phase=NOWHERE):
    """Requirements that need only those before them, so that nothing goes in circles."""
    n = draw(st.integers(0, 9))
    return [
        Candidate(
            id=f"r{i}",
            cut=draw(st.sampled_from(PRIORITIES)),
            effort=draw(st.sampled_from((1, 2, 3, 5))),
            rank=draw(st.none() | st.floats(0, 30)),
            needs=frozenset(
                draw(st.sets(st.sampled_from([f"r{j}" for j in range(i)]))) if i else ()
            ),
            decided=draw(decided),
            phase=draw(phase),
        )
        for i in range(n)
    ]


def phase_rank(phase):
    return len(PHASES) if phase is None else PHASES.index(phase)


def total_effort(items, plan):
    return sum(c.effort for c in items if plan.priorities[c.id] != "wont")


@given(candidates())
def test_nothing_comes_before_what_it_needs(items):
    plan = planned(items, LIMIT, PILOT)
    for one in items:
        for need in one.needs:
            assert phase_rank(plan.phases[need]) <= phase_rank(plan.phases[one.id])
            assert PRIORITIES.index(plan.priorities[need]) <= PRIORITIES.index(
                plan.priorities[one.id]
            )


@given(candidates())
def test_must_takes_at_most_its_share_of_the_effort(items):
    plan = planned(items, LIMIT, PILOT)
    musts = sum(c.effort for c in items if plan.priorities[c.id] == "must")
    assert musts <= LIMIT * total_effort(items, plan) + 1e-9
    lowered = {c.id for c in items if c.cut == "must" and plan.priorities[c.id] != "must"}
    assert set(plan.lowered) == lowered


@given(candidates())
def test_a_phase_for_all_that_is_done_and_none_for_what_is_not(items):
    plan = planned(items, LIMIT, PILOT)
    for one in items:
        assert (plan.phases[one.id] is None) == (plan.priorities[one.id] == "wont")
    used = [phase for phase in PHASES[1:] if phase in plan.phases.values()]
    assert used == list(PHASES[1 : 1 + len(used)]), "no phase is skipped"
    ranked = [c for c in items if c.rank is not None and plan.priorities[c.id] != "wont"]
    assert ("pilot" in plan.phases.values()) == bool(ranked)


@given(candidates(decided=st.booleans()))
def test_what_people_decide_stays(items):
    plan = planned(items, LIMIT, PILOT)
    for one in items:
        if one.decided:
            assert plan.priorities[one.id] == one.cut


@given(candidates(phase=st.none() | st.sampled_from(PHASES)))
def test_a_phase_people_set_stays_and_takes_along_what_it_needs(items):
    plan, by_id = planned(items, LIMIT, PILOT), {c.id: c for c in items}
    for one in items:
        if one.phase:
            assert plan.phases[one.id] == one.phase
            for need in one.needs:
                if by_id[need].phase is None:
                    assert phase_rank(plan.phases[need]) <= phase_rank(one.phase)


@given(candidates(), st.randoms())
def test_the_order_of_the_list_does_not_matter(items, chance):
    shuffled = list(items)
    chance.shuffle(shuffled)
    assert planned(items, LIMIT, PILOT) == planned(shuffled, LIMIT, PILOT)


def test_by_hand():
    """Effort 10, so Must may take 6: b with its need a (5), then d (1); c would be too much."""
    items = [
        Candidate("a", "could", 3, 1.0),
        Candidate("b", "must", 2, 9.0, frozenset("a")),
        Candidate("c", "must", 3, 8.0),
        Candidate("d", "must", 1, 7.0),
        Candidate("e", "wont", 4, 2.0),
        Candidate("f", "could", 1, None),
    ]
    plan = planned(items, LIMIT, PILOT)
    assert plan.priorities == {
        "a": "must", "b": "must", "c": "should", "d": "must", "e": "wont", "f": "could",
    }  # fmt: skip
    assert plan.lowered == ("c",)
    assert plan.phases == {
        "a": "phase_1", "b": "phase_1", "c": "phase_2", "d": "pilot", "e": None, "f": "phase_3",
    }  # fmt: skip
    order = tuple(graphlib.TopologicalSorter({c.id: c.needs for c in items}).static_order())
    assert order.index("a") < order.index("b")
