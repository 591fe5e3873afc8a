"""Child process: the same questions, answered by pm4py on pandas. Prints JSON of seconds.

*Cold* makes the facts of journey.json the way an analyst would: pm4py where it has a function for
them, pandas where it has none.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pm4py
from timing import Stopwatch

from journeylib.lifecycle import Lifecycle

CASE, ACTIVITY, TIME = "case:concept:name", "concept:name", "time:timestamp"


def opened(log: str) -> pd.DataFrame:
    """The log as pm4py wants it; departments are its resources, so that it can see hand-overs."""
    return pm4py.format_dataframe(
        pd.read_parquet(log),
        case_id="case_id",
        activity_key="activity",
        timestamp_key="timestamp",
    ).rename(columns={"department": "org:resource"})


def warm(log: str, repeat: int) -> Stopwatch:
    """Load and format once, then ask each question `repeat` times."""
    watch = Stopwatch(repeat)
    with watch.once("open"):
        frame = opened(log)
    watch.many("directly-follows graph", lambda: pm4py.discover_dfg(frame))
    watch.many("waits per edge", lambda: pm4py.discover_performance_dfg(frame))
    watch.many("variants", lambda: pm4py.get_variants(frame))
    watch.many("hand-overs", lambda: pm4py.discover_handover_of_work_network(frame))
    watch.many(
        "start and end activities",
        lambda: (pm4py.get_start_activities(frame), pm4py.get_end_activities(frame)),
    )
    watch.many(
        "directly-follows graph of one channel's cases",
        lambda: pm4py.discover_dfg(
            pm4py.filter_event_attribute_values(frame, "channel", ["展会"], level="case")
        ),
    )
    return watch


def cold(log: str, out: str) -> None:
    """The facts of journey.json, from a file on disk to a file on disk."""
    frame = opened(log).sort_values([CASE, TIME, "@@index"], kind="stable")
    pairs = _pairs(frame)
    facts = {
        "moves": _moves(frame, pairs),
        "handovers": _handovers(frame, pairs),
        "variants": _variants(frame),
        "activities": _activities(frame),
        "touchpoints": _table(_counted(frame, ["channel", ACTIVITY])),
        "stages": _stages(frame),
        "cycle_time": pd.Series(pm4py.get_all_case_durations(frame)).median(),
    }
    Path(out).write_text(json.dumps(facts, ensure_ascii=False, default=str), encoding="utf-8")


def _pairs(frame: pd.DataFrame) -> pd.DataFrame:
    following = frame.groupby(CASE, sort=False)[[ACTIVITY, TIME, "org:resource"]].shift(-1)
    pairs = frame[[CASE, ACTIVITY, TIME, "org:resource"]].join(following, rsuffix="+1")
    pairs = pairs[pairs[f"{ACTIVITY}+1"].notna()]
    return pairs.assign(wait=(pairs[f"{TIME}+1"] - pairs[TIME]).dt.total_seconds())


def _moves(frame: pd.DataFrame, pairs: pd.DataFrame) -> Any:
    counts, _, _ = pm4py.discover_dfg(frame)
    waits = pm4py.discover_performance_dfg(frame)[0]
    by = pairs.groupby([ACTIVITY, f"{ACTIVITY}+1"], sort=False)
    p90, cases = by["wait"].quantile(0.9), by[CASE].nunique()
    return [(*pair, n, waits[pair], p90[pair], cases[pair]) for pair, n in counts.items()]


def _handovers(frame: pd.DataFrame, pairs: pd.DataFrame) -> Any:
    network = pm4py.discover_handover_of_work_network(frame)
    passed = pairs[pairs["org:resource"] != pairs["org:resource+1"]]
    by = passed.groupby(["org:resource", "org:resource+1"])
    latency = by["wait"].quantile([0.4, 0.5, 0.6]).unstack()
    return [list(network.connections), _table(latency), _table(by[CASE].nunique().to_frame())]


def _variants(frame: pd.DataFrame) -> Any:
    counted = pm4py.get_variants(frame)
    return [len(counted), sorted(counted.items(), key=lambda v: -v[1])[:50]]


def _activities(frame: pd.DataFrame) -> Any:
    since = (frame[TIME] - frame.groupby(CASE)[TIME].transform("min")).dt.total_seconds()
    return {
        "counts": _table(_counted(frame, [ACTIVITY])),
        "elapsed": since.groupby(frame[ACTIVITY]).median().to_dict(),
        "starts": pm4py.get_start_activities(frame),
        "ends": pm4py.get_end_activities(frame),
        **{
            name: frame.groupby(ACTIVITY)[name].agg(lambda v: v.mode().iloc[0]).to_dict()
            for name in ("org:resource", "channel")
        },
    }


def _stages(frame: pd.DataFrame) -> Any:
    """Cases, dwell and conversion per stage: the estimates by hand, as pm4py has none."""
    lifecycle = Lifecycle.load("b2b")
    names = frame[ACTIVITY].unique()
    frame = frame.assign(stage=frame[ACTIVITY].map({n: lifecycle.stage_of(n) for n in names}))
    outcome_at = {
        word: frame[frame[ACTIVITY].isin([n for n in names if lifecycle.outcome_of(n) == word])]
        .groupby(CASE)[TIME]
        .min()
        for word in ("won", "lost")
    }
    entered = frame.groupby([CASE, "stage"])[TIME].min()
    visits = entered.reset_index().sort_values([CASE, TIME], kind="stable")
    won, lost = (
        pd.Series(at.reindex(visits[CASE]).to_numpy(), index=visits.index, dtype=visits[TIME].dtype)
        for at in outcome_at.values()
    )
    onward = visits.groupby(CASE)[TIME].shift(-1).fillna(won)
    until = onward.fillna(lost).fillna(frame[TIME].max())
    stays = visits.assign(
        cause=onward.notna() * 1 + (onward.isna() & lost.notna()) * 2,
        stay=(until - visits[TIME]).dt.total_seconds(),
    )
    return {stage: _dwell_and_conversion(group) for stage, group in stays.groupby("stage")}


def _dwell_and_conversion(stays: pd.DataFrame) -> tuple[int, float | None, float]:
    """Kaplan and Meier's median; Aalen and Johansen's share that goes on."""
    ended = stays.assign(any=stays["cause"] > 0, on=stays["cause"] == 1)
    steps = ended.groupby("stay").agg(size=("any", "size"), any=("any", "sum"), on=("on", "sum"))
    at_risk = len(stays) - steps["size"].cumsum() + steps["size"]
    survival = (1 - steps["any"] / at_risk).cumprod()
    reached = survival[survival <= 0.5]
    share = (survival.shift(1, fill_value=1.0) * steps["on"] / at_risk).sum()
    return len(stays), None if reached.empty else float(reached.index[0]), float(share)


def _counted(frame: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    return frame.groupby(by)[CASE].agg(["size", "nunique"])


def _table(frame: pd.DataFrame) -> Any:
    return frame.reset_index().to_dict("records")


if __name__ == "__main__":
    if sys.argv[1] == "cold":
        cold(sys.argv[2], sys.argv[3])
        print("{}")
    else:
        print(json.dumps(warm(sys.argv[2], int(sys.argv[3])).medians()))
