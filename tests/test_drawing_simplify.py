"""The spanning filter, against its promise and against brute force."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeylib.drawing.selection import END, START, gather, select
from journeylib.drawing.simplify import Pair, arborescence, reachable, spanning_filter
from tests.journeys import journey, journey_of
from tests.test_real_logs import LOGS
from tests.test_real_logs import journey_of as journey_of_file

NODES = "abcde"
WALKS = st.lists(st.text(NODES, min_size=1, max_size=8).map(list), min_size=1, max_size=25)


@st.composite
def graphs(draw: st.DrawFn) -> dict[Pair, int]:
    pairs = list(itertools.product("s" + NODES, repeat=2))
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=14))
    return {pair: draw(st.integers(1, 9)) for pair in chosen}


@given(graphs())
def test_arborescence_is_the_best_of_all(counts: dict[Pair, int]) -> None:
    inner = sorted(reachable(counts, "s") - {"s"})
    found = arborescence(counts, "s")
    into = [[p for p in counts if p[1] == node and p[0] != node] for node in inner]
    spanning = (
        set(tree) for tree in itertools.product(*into) if set(inner) <= reachable(tree, "s")
    )
    best = max(sum(counts[pair] for pair in tree) for tree in spanning)
    assert sorted(target for _, target in found) == inner
    assert reachable(found, "s") == {"s", *inner}
    assert sum(counts[pair] for pair in found) == best


@given(WALKS, st.floats(0, 1))
def test_no_shown_activity_is_cut_off(walks: list[list[str]], traffic: float) -> None:
    selection = select(journey_of(walks, {}), traffic=traffic, max_activities=30)
    pairs = selection.shown.pairs
    shown = {node.key for node in selection.nodes}
    assert shown <= reachable(pairs, START)
    assert shown <= reachable([(b, a) for a, b in pairs], END)
    assert selection.shown.traffic >= traffic - 1e-9


def test_a_threshold_would_cut_activities_off() -> None:
    """The reason for all this: the same number of edges, chosen by count alone."""
    selection = select(journey(30), traffic=0.5, max_activities=30)
    counts = selection.counts
    by_count = sorted(counts, key=lambda pair: -counts[pair])[: len(selection.shown.pairs)]
    shown = {node.key for node in selection.nodes}
    cut = shown - (reachable(by_count, START) & reachable([(b, a) for a, b in by_count], END))
    assert cut


def test_edges_are_added_by_count_until_there_is_enough() -> None:
    counts = {("s", "a"): 10, ("a", "e"): 10, ("a", "a"): 6, ("a", "b"): 1, ("b", "e"): 1}
    least = spanning_filter(counts, start="s", end="e", traffic=0)
    assert least.pairs == counts.keys() - {("a", "a")}
    more = spanning_filter(counts, start="s", end="e", traffic=0.9)
    assert more.pairs == counts.keys()
    assert math.isclose(more.traffic, 1)


def test_edges_with_a_finding_are_kept() -> None:
    walks = [["a", "b", "c"]] * 50 + [["a", "c", "b"]]
    rare = select(journey_of(walks, {}), traffic=0, max_activities=9, keep={("c", "b")})
    assert ("c", "b") in rare.shown.pairs
    assert ("c", "b") not in select(journey_of(walks, {}), traffic=0, max_activities=9).shown.pairs


@pytest.mark.parametrize("at_most", [6, 7, 12, 30, 59, 60, 100])
def test_rare_activities_are_gathered_and_counted(at_most: int) -> None:
    mined = journey(60)
    selection = select(mined, traffic=0.8, max_activities=at_most)
    assert len(selection.nodes) <= at_most
    gathered = [m for node in selection.nodes if node.gathered for m in node.members]
    assert selection.hidden_activities == len(gathered)
    assert sum(len(node.members) for node in selection.nodes) == len(mined.activities)
    assert all(len(node.members) > 1 for node in selection.nodes if node.gathered)
    alone = [node.members[0].events for node in selection.nodes if not node.gathered]
    most = max((member.events for member in gathered), default=0)
    assert sum(events < most for events in alone) <= 6, "at most a lone rare one in each stage"


def test_what_a_finding_is_about_is_gathered_last() -> None:
    mined = journey(60)
    rarest = min(mined.activities, key=lambda a: (a.events, a.name)).name
    assert all(node.key != rarest for node in gather(mined, 20))
    assert any(node.key == rarest for node in gather(mined, 20, {rarest}))


def test_hidden_edges_count_pairs_of_the_log() -> None:
    walks = [["a", "b"]] * 9 + [["a", "c", "b"]]
    everything = select(journey_of(walks, {}), traffic=1, max_activities=9)
    assert everything.hidden_edges == 0
    one_hidden = select(journey_of([*walks, ["b", "b", "a", "b"]], {}), traffic=0, max_activities=9)
    pairs = {("a", "b"), ("a", "c"), ("c", "b"), (START, "a"), ("b", END)}
    assert one_hidden.shown.pairs == pairs
    assert one_hidden.hidden_edges == 3, "start to b, b to b, b to a"


def test_bpic2012_as_published(shared_data) -> None:
    """42 edges carry 80 % of the traffic, 55 carry 90 %."""
    mined = journey_of_file(shared_data / LOGS["bpic2012"])
    selection = select(mined, traffic=0.8, max_activities=60)
    assert len(selection.nodes) == 24
    assert len(selection.shown.pairs) <= 42
    assert 0.8 <= selection.shown.traffic < 0.83
    assert len(select(mined, traffic=0.9, max_activities=60).shown.pairs) <= 55
