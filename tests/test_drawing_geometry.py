"""Nothing in the picture lies upon anything else."""

from __future__ import annotations

import functools
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journeylib.drawing import sizes
from journeylib.drawing.channels import End, Segment, tracks
from journeylib.drawing.compose import compose
from journeylib.drawing.geometry import Point, Rect
from journeylib.drawing.layout import PlacedEdge
from journeylib.drawing.measure import shorten, wrap
from journeylib.drawing.page import PagePlan, place
from journeylib.exporting.layout import LONGEST, lines_of
from tests.journeys import NAMES, findings, journey, journey_of

CASES = [
    *itertools.product((15, 30, 60), (True, False), ("zh", "en"), (0.8,)),
    (30, True, "zh", 0.97),
    (60, True, "en", 0.95),
]
LETTERS = {name: stage for stage, names in NAMES.items() for name in names[:2]}


@functools.cache
def plan_of(activities: int, staged: bool, lang, traffic: float) -> PagePlan:
    mined = journey(activities, staged=staged)
    return place(compose(mined, findings(), lang=lang, traffic=traffic, max_activities=activities))


@pytest.fixture(params=CASES, ids=lambda case: "-".join(map(str, case)))
def plan(request) -> PagePlan:
    return plan_of(*request.param)


def test_boxes_and_their_tabs_keep_apart(plan: PagePlan) -> None:
    assert_apart(solids(plan))


def test_labels_keep_off_boxes_and_each_other(plan: PagePlan) -> None:
    labels = [edge.label.rect for edge in plan.map.edges]
    assert_apart(labels)
    for label, solid in itertools.product(labels, solids(plan)):
        assert not label.overlaps(solid, 0.5), (label, solid)


def test_badges_keep_off_labels_and_each_other(plan: PagePlan) -> None:
    badges = [badge_rect(b.at) for part in parts(plan) for b in part.badges]
    assert_apart(badges)
    for label, badge in itertools.product([e.label.rect for e in plan.map.edges], badges):
        assert not label.overlaps(badge, 1), (label, badge)


def test_edges_end_at_the_border_of_their_boxes(plan: PagePlan) -> None:
    rects = {box.box.id: box.rect for box in plan.map.boxes}
    for edge in plan.map.edges:
        assert on_border(edge.points[0], rects[edge.edge.source]), edge
        assert on_border(edge.points[-1], rects[edge.edge.target]), edge


def test_no_edge_runs_under_a_box(plan: PagePlan) -> None:
    for edge, box in itertools.product(plan.map.edges, plan.map.boxes):
        for line in segments(edge):
            assert not line.overlaps(box.rect, 0.5), (edge, box)


def test_no_line_runs_through_the_words_of_another(plan: PagePlan) -> None:
    for edge, other in itertools.permutations(plan.map.edges, 2):
        for line in segments(other):
            assert not line.overlaps(edge.label.rect, 1), (edge, other)


def test_no_two_edges_run_upon_each_other(plan: PagePlan) -> None:
    for edge, other in itertools.combinations(plan.map.edges, 2):
        for a, b in itertools.product(segments(edge), segments(other)):
            if (a.w > a.h) == (b.w > b.h):
                assert not a.overlaps(b, 0.6), (edge, other)


def test_arrow_heads_have_room(plan: PagePlan) -> None:
    for edge in plan.map.edges:
        last = segments(edge)[-1]
        assert max(last.w, last.h) >= sizes.head(edge.edge) - 5, edge


def test_everything_is_inside_the_page(plan: PagePlan) -> None:
    page = Rect(0, 0, plan.width, plan.height)
    lines = [line for edge in plan.map.edges for line in segments(edge)]
    labels = [edge.label.rect for edge in plan.map.edges]
    around = [*plan.bands, *plan.cards, *plan.keys]
    for rect in (*solids(plan), *lines, *labels, *(part.rect for part in around)):
        assert page.contains(rect), rect


def test_stages_stand_side_by_side_with_their_boxes_inside(plan: PagePlan) -> None:
    for left, right in itertools.pairwise(plan.bands):
        assert left.rect.right <= right.rect.x
    panels = [band.panel for band in plan.bands]
    for box in plan.map.boxes:
        assert any(panel.contains(box.rect) for panel in panels)
    assert_apart([card.rect for card in plan.cards])
    assert_apart([key.rect for key in plan.keys])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from(sorted(LETTERS)), min_size=1, max_size=12), min_size=1, max_size=8
    )
)
def test_any_journey_can_be_drawn(walks: list[list[str]]) -> None:
    scene = compose(journey_of(walks, LETTERS), None, lang="zh", traffic=1, max_activities=30)
    any_plan = place(scene)
    for law in (
        test_boxes_and_their_tabs_keep_apart,
        test_labels_keep_off_boxes_and_each_other,
        test_edges_end_at_the_border_of_their_boxes,
        test_no_edge_runs_under_a_box,
        test_no_line_runs_through_the_words_of_another,
        test_no_two_edges_run_upon_each_other,
        test_everything_is_inside_the_page,
    ):
        law(any_plan)


def test_order_within_a_stage_is_down_and_then_on() -> None:
    placed = plan_of(60, True, "zh", 0.8).map.boxes
    for _, group in itertools.groupby(placed, key=lambda box: box.box.stage):
        corners = [(box.rect.x, box.rect.y) for box in group]
        assert corners == sorted(corners)


SEGMENTS = st.builds(
    Segment,
    *[st.builds(End, st.integers(0, 200).map(float), st.sampled_from((-1, 1)))] * 2,
)


@given(st.lists(SEGMENTS, max_size=10))
def test_segments_on_one_track_keep_their_distance(lines: list[Segment]) -> None:
    placed = list(zip(lines, tracks(lines, apart=8), strict=True))
    for (a, m), (b, n) in itertools.combinations(placed, 2):
        assert m != n or a.high + 8 <= b.low or b.high + 8 <= a.low


def test_lines_that_would_lie_upon_each_other_change_sides() -> None:
    """One comes from the left at 50, the other leaves to the right at 50: the first turns first."""
    comes = Segment(End(50, -1), End(90, 1))
    leaves = Segment(End(10, -1), End(50, 1))
    first, second = tracks([comes, leaves], apart=8)
    assert first < second


# -- what the laws speak of --------------------------------------------------------------------


def solids(plan: PagePlan) -> list[Rect]:
    found = [(box.rect, box.entry, box.exit) for box in plan.map.boxes]
    return [rect for rects in found for rect in rects if rect]


def parts(plan: PagePlan) -> tuple:
    return (*plan.map.boxes, *plan.map.edges)


def badge_rect(at: Point) -> Rect:
    r = sizes.BADGE / 2
    return Rect(at[0] - r, at[1] - r, 2 * r, 2 * r)


def segments(edge: PlacedEdge) -> list[Rect]:
    """The pieces of its line as thick as they are drawn, without the ends on the boxes."""
    half = sizes.thickness(edge.edge) / 2
    pieces = []
    for (x1, y1), (x2, y2) in itertools.pairwise(edge.points):
        assert x1 == pytest.approx(x2) or y1 == pytest.approx(y2), "right angles only"
        wide, high = (half, 0) if abs(x1 - x2) < 1e-6 else (0, half)
        x, y = min(x1, x2) - wide, min(y1, y2) - high
        pieces.append(Rect(x, y, abs(x2 - x1) + 2 * wide, abs(y2 - y1) + 2 * high))
    return pieces


def on_border(point: Point, rect: Rect) -> bool:
    x, y = point
    level = rect.y - 0.01 <= y <= rect.bottom + 0.01
    upright = rect.x - 0.01 <= x <= rect.right + 0.01
    sides = min(abs(x - rect.x), abs(x - rect.right)) < 0.01
    ends = min(abs(y - rect.y), abs(y - rect.bottom)) < 0.01
    return (level and sides) or (upright and ends)


def assert_apart(rects: list[Rect]) -> None:
    for a, b in itertools.combinations(rects, 2):
        assert not a.overlaps(b, 0.5), (a, b)


def test_a_name_of_a_million_letters_is_cut_like_any_long_name():
    for letter in ("x", "线", "i"):
        long, longer = letter * 1_000, letter * 1_000_000
        assert wrap(longer, 12, 100, lines=3) == wrap(long, 12, 100, lines=3)
        assert shorten(longer, 12, 100) == shorten(long, 12, 100)
        assert wrap(longer, 12, 100)[-1].endswith("…")
        assert lines_of(longer, 90) == lines_of(letter * LONGEST, 90)
