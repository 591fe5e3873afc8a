"""Touchpoints and stages as boxes, and replay: against the relabelled events in pandas."""

from __future__ import annotations

import itertools
import json
from collections import defaultdict
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journeylib.annotations import Places, cell
from journeylib.drawing import Drawing, behind, draw, replay
from journeylib.drawing.anchors import OnActivity, OnMove, anchor
from journeylib.drawing.levels import level
from journeylib.errors import UsageError
from journeylib.findings import Findings
from journeylib.journey import Journey
from journeylib.mining import mine
from tests import samples
from tests.journeys import journey as by_hand
from tests.logs import log_of, traces
from tests.test_drawing_parts import everything_told

DETAILS = ("touchpoint", "stage")


@pytest.fixture(scope="module", params=("crm_sales", "solar_home"))
def mined(request: pytest.FixtureRequest) -> Journey:
    return samples.mined(request.param)


@pytest.fixture(scope="module")
def found(mined: Journey) -> Findings:
    return samples.found(mined.log.source.name.removesuffix(".csv"))


def box_of(mined: Journey, detail: str) -> dict[str, str]:
    """By activity, the pin of its box."""
    if detail == "stage":
        return {a.name: a.stage for a in mined.activities}
    if detail == "touchpoint":
        return {a.name: cell(a.stage, a.channel or "no_channel") for a in mined.activities}
    return {a.name: a.id for a in mined.activities}


def relabelled(mined: Journey, detail: str) -> pd.DataFrame:
    events = mined.log.events.to_pandas().sort_values(["case_id", "position"])
    events["box"] = events.activity.astype(str).map(box_of(mined, detail))
    events["next_box"] = events.groupby("case_id").box.shift(-1)
    events["wait"] = (events.next_at - events["at"]) / 3.6e9
    return events


@pytest.mark.parametrize("detail", DETAILS)
def test_boxes_and_moves_are_those_of_the_relabelled_log(mined: Journey, detail: str) -> None:
    events, shown = relabelled(mined, detail), level(mined, detail)
    by_box = events.groupby("box")
    told = {a.name: (a.events, a.cases, a.starts, a.ends) for a in shown.activities}
    firsts = events[events.position == 1].box.value_counts()
    lasts = events[events.next_box.isna()].box.value_counts()
    assert told == {
        box: (len(rows), rows.case_id.nunique(), firsts.get(box, 0), lasts.get(box, 0))
        for box, rows in by_box
    }
    for facts in shown.activities:
        rows = by_box.get_group(facts.name)
        assert facts.elapsed == pytest.approx((rows["at"] - rows.case_start).median() / 3.6e9)
    passed = events[events.next_box.notna()]
    between = passed[passed.box != passed.next_box]
    assert shown.inner == len(passed) - len(between)
    groups = dict(iter(between.groupby(["box", "next_box"])))
    assert {(m.source, m.target) for m in shown.moves} == set(groups)
    for move in shown.moves:
        rows = groups[move.source, move.target]
        assert (move.count, move.cases) == (len(rows), rows.case_id.nunique())
        assert move.wait.median == pytest.approx(rows.wait.median())
        assert move.wait.mean == pytest.approx(rows.wait.mean())
        assert move.wait.p90 == pytest.approx(rows.wait.quantile(0.9))


@pytest.mark.parametrize("detail", DETAILS)
def test_the_picture_tells_these_numbers(mined: Journey, detail: str) -> None:
    scene = draw(mined, lang="en", detail=detail, traffic=1, max_activities=99).scene
    events = relabelled(mined, detail)
    pins = {box.id: box.pin for box in scene.boxes}
    assert set(pins.values()) == set(events.box)
    counts = events[events.box != events.next_box].groupby(["box", "next_box"]).size()
    told = {(pins[e.source], pins[e.target]): e.label.split(" · ")[0] for e in scene.edges}
    assert told == {pair: f"{n:,}" for pair, n in counts.items()}
    assert not any(edge.is_loop for edge in scene.edges)
    inner = sum(events.box == events.next_box)
    assert any(line.startswith(f"{inner:,} steps within a box") for line in scene.footer)
    assert {name for box in scene.boxes for name in box.members} == mined.activity_names


@pytest.mark.parametrize("detail", DETAILS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_pin_has_a_part_and_a_place(
    mined: Journey, found: Findings, detail: str, lang: str
) -> None:
    places = Places.of(mined, found)
    for most in (30, 7):
        everything_told(
            draw(mined, found, lang=lang, detail=detail, max_activities=most), places, lang
        )


@pytest.mark.parametrize("detail", DETAILS)
def test_findings_sit_where_their_anchor_went(mined: Journey, found: Findings, detail: str) -> None:
    scene = draw(mined, found, detail=detail, max_activities=99).scene
    home = box_of(mined, detail)
    pins = {box.id: box.pin for box in scene.boxes}
    on_boxes = {(b.finding, box.pin) for box in scene.boxes for b in box.badges}
    on_edges = {(b.finding, pins[e.source], pins[e.target]) for e in scene.edges for b in e.badges}
    for card in scene.cards:
        finding = next(f for f in found if f.id == card.badge.finding)
        match anchor(finding, mined):
            case OnActivity(activity):
                assert (finding.id, home[activity]) in on_boxes
            case OnMove(source, target) if home[source] != home[target]:
                assert (finding.id, home[source], home[target]) in on_edges
            case OnMove(_, target):
                assert (finding.id, home[target]) in on_boxes


def test_without_channels_there_are_no_touchpoints() -> None:
    with pytest.raises(UsageError, match="no channel column"):
        draw(mine(log_of(traces("ab", "ac"))), detail="touchpoint")
    with pytest.raises(UsageError, match=r"unknown detail 'stages'.*Did you mean 'stage'"):
        draw(by_hand(15), detail="stages")


def test_activities_without_a_channel_have_a_touchpoint_of_their_own() -> None:
    rows = [
        row | {"channel": "web" if row["activity"] == "a" else None} for row in traces("aab", "ab")
    ]
    mined = mine(log_of(rows))
    drawing = draw(mined, detail="touchpoint", lang="en", traffic=1)
    assert {box.name for box in drawing.scene.boxes} == {"web", "no channel given"}
    everything_told(drawing, Places.of(mined), "en")


@pytest.mark.parametrize("detail", ["activity", *DETAILS])
def test_what_is_behind_a_pin(mined: Journey, found: Findings, detail: str) -> None:
    drawing = draw(mined, found, detail=detail, max_activities=9)
    scene, home = drawing.scene, {}
    for box in scene.boxes:
        home |= dict.fromkeys(box.members, box.id)
        if detail != "stage":
            assert behind(scene, box.pin) == (box.members,)
    for edge in scene.edges:
        sources, targets = behind(scene, edge.pin)
        assert {home[name] for name in sources} == {edge.source}
        assert {home[name] for name in targets} == {edge.target}
    stage_of = {a.name: a.stage for a in mined.activities}
    for band in scene.bands:
        [names] = behind(scene, band.pin)
        assert set(names) == {name for name, stage in stage_of.items() if stage == band.stage}
    assert behind(scene, found.items[0].id) == ()


# -- replay ------------------------------------------------------------------------------------------


def hops(mined: Journey, drawing: Drawing, sampled: int) -> list[list[tuple[str, float, float]]]:
    """Walk every sampled case in Python."""
    home = {name: box.id for box in drawing.scene.boxes for name in box.members}
    pins = {(edge.source, edge.target): edge.pin for edge in drawing.scene.edges}
    by_case: dict[str, list[Any]] = defaultdict(list)
    for row in mined.log.events.to_pandas().sort_values(["case_id", "position"]).itertuples():
        by_case[row.case_id].append((row.at, str(row.activity)))
    every = [at for walk in by_case.values() for at, _name in walk]
    begin, span = min(every), max(max(every) - min(every), 1)
    order = sorted(by_case, key=lambda case: (by_case[case][0][0], case))
    total = len(order)
    kept = [
        case
        for n, case in enumerate(order)
        if n == 0 or n * sampled // total != (n - 1) * sampled // total
    ]
    assert len(kept) == sampled
    told = []
    for case in kept:
        pairs = itertools.pairwise(by_case[case])
        told.append(
            [
                (
                    pins[home[a], home[b]],
                    round((t0 - begin) / span, 4),
                    round((t1 - begin) / span, 4),
                )
                for (t0, a), (t1, b) in pairs
                if (home[a], home[b]) in pins
            ]
        )
    return told


@pytest.mark.parametrize("detail", ["activity", *DETAILS])
def test_replay_walks_the_drawn_lines(mined: Journey, detail: str) -> None:
    drawing = draw(mined, detail=detail, max_activities=12)
    tracks = replay(mined, drawing, at_most=70)
    assert tracks == replay(mined, drawing.scene, at_most=70)
    assert [list(case) for case in tracks.cases] == hops(mined, drawing, 70)
    assert {pin for case in tracks.cases for pin, _t0, _t1 in case} <= drawing.parts.keys()
    assert all(0 <= t0 <= t1 <= 1 for case in tracks.cases for _pin, t0, t1 in case)
    assert json.loads(json.dumps(tracks.to_dict()))["first"] == f"{mined.log.totals.first:%Y-%m-%d}"
    assert tracks.of == mined.log.totals.cases


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.text("abc", min_size=1, max_size=6), min_size=1, max_size=12),
    st.integers(1, 15),
    st.floats(0, 1),
)
def test_replay_of_anything(walks: list[str], at_most: int, traffic: float) -> None:
    mined = mine(log_of(traces(*walks)))
    drawing = draw(mined, traffic=traffic, max_activities=2)
    tracks = replay(mined, drawing, at_most=at_most)
    assert [list(case) for case in tracks.cases] == hops(mined, drawing, min(at_most, len(walks)))


def test_replay_needs_a_case() -> None:
    mined = mine(log_of(traces("ab")))
    with pytest.raises(UsageError, match="at least 1"):
        replay(mined, draw(mined), at_most=0)


@pytest.mark.parametrize("detail", DETAILS)
def test_levels_are_drawn_as_xml(mined: Journey, detail: str) -> None:
    first, again = (draw(mined, detail=detail) for _ in range(2))
    assert first.svg == again.svg
    ElementTree.fromstring(first.svg)
