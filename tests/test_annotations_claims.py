"""Claims of the room against the log: each verdict by an oracle that counts by hand."""

from __future__ import annotations

import functools
import math
import statistics
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from journeylib.annotations.claim import Claim
from journeylib.annotations.notes import Annotations
from journeylib.annotations.verdict import Verdict, judged, verdict, verdicts
from journeylib.findings import diagnose
from journeylib.journey import Journey
from journeylib.mining import mine
from journeylib.reading import read_log
from journeylib.terms import Fact
from tests.logs import at, log_of

LOG = Path(__file__).parents[1] / "event_logs" / "crm_sales.csv"


@functools.cache
def crm() -> Journey:
    return mine(read_log(LOG))


def small_rows() -> list[dict[str, Any]]:
    """Forty cases, quote → (review →) sign: waits of 1…40 h, every fourth quote done again."""
    rows: list[dict[str, Any]] = []
    for i in range(40):
        names = ["quote", *(["quote"] if i % 4 == 0 else []), "sign"]
        for place, name in enumerate(names):
            late = timedelta(hours=(i + 1) * place)
            told = {"budget": "10" if i % 2 else None, "outcome": "won" if i % 5 else "lost"}
            rows.append(
                {"case_id": f"c{i:02}", "activity": name, "timestamp": at(i) + late, **told}
                | {"segment": "big" if i < 12 else "small"}
            )
    return rows


@functools.cache
def small() -> Journey:
    return mine(log_of(small_rows()))


def claim(measure: str, threshold: str, comparison: str = ">", /, **place: str) -> Claim:
    segment = {k[4:]: place.pop(k) for k in list(place) if k.startswith("seg_")}
    place = {key.rstrip("_"): at for key, at in place.items()}
    return Claim(
        measure=measure, place=place, comparison=comparison, threshold=threshold, segment=segment
    )


def test_a_wait_is_proven_denied_or_open_by_its_interval() -> None:
    waits = [i + 1 for i in range(40)]
    found = {
        limit: verdict(claim("wait", limit, from_="quote", to="sign"), small())
        for limit in ("5h", "19h", "60h")
    }
    assert {limit: v.outcome for limit, v in found.items()} == {
        "5h": "proven",
        "19h": "open",
        "60h": "contradicted",
    }
    fact = found["5h"].fact
    assert fact is not None
    assert (fact.value, fact.n, fact.unit, fact.clock) == (
        statistics.median(waits),
        40,
        "h",
        "calendar",
    )
    assert fact.ci_low is not None and fact.ci_low > 5
    assert found["5h"].cases == tuple(f"c{i:02}" for i in range(5, 25)), "those that wait longer"
    assert "SELECT" in found["5h"].sql.upper()
    assert found["19h"].more is not None and found["19h"].more > 0
    reverse = verdict(claim("wait", "60h", "<", from_="quote", to="sign"), small())
    assert reverse.outcome == "proven"


def test_shares_are_those_one_counts_by_hand() -> None:
    rework = verdict(claim("rework", "10%", activity="quote"), small())
    assert (rework.fact.value, rework.fact.n, rework.outcome) == (0.25, 40, "proven")
    assert rework.cases == tuple(f"c{i:02}" for i in range(0, 40, 4))
    assert verdict(claim("rework", "10%"), small()).fact.value == 0.25, "anywhere"
    filling = verdict(claim("filling", "90%", "<", attribute="budget"), small())
    assert (filling.fact.value, filling.outcome) == (0.5, "proven")
    won = verdict(claim("conversion", "50%"), small())
    assert (won.fact.value, won.outcome) == (pytest.approx(0.8), "proven")
    lost = verdict(claim("drop_off", "50%", activity="sign"), small())
    assert (lost.fact.value, lost.outcome) == (pytest.approx(0.2), "contradicted")


def test_a_segment_is_the_journey_of_its_cases() -> None:
    found = verdict(claim("wait", "5h", from_="quote", to="sign", seg_segment="big"), small())
    assert (found.fact.n, found.fact.value) == (12, 6.5)
    assert all(case < "c12" for case in found.cases)
    few = verdict(claim("rework", "10%", activity="quote", seg_budget="11"), small())
    assert few.outcome == "not_measurable" and "No case belongs to budget=11" in few.words.en
    some = [{"case_id": f"c{i}", "activity": "a", "timestamp": at(i)} for i in range(4)]
    tiny = verdict(claim("rework", "10%", activity="a"), mine(log_of(some)))
    assert (tiny.outcome, tiny.more) == ("too_few", 6)


@pytest.mark.parametrize(
    ("said", "column", "words"),
    [
        (claim("filling", "9%", attribute="prise"), "prise", "no column “prise”"),
        (claim("rework", "9%", seg_region="x"), "region", "no column “region”"),
        (claim("loss", "9%", attribute="budget", from_="a", to="b"), "department", "department"),
        (claim("wait", "9h working", activity="sign"), None, "has no calendar"),
        (claim("wait", "9h", activity="sing"), None, "Did you mean 'sign'"),
        (claim("wait", "9h", from_="sign", to="quote"), None, "never taken"),
        (claim("dwell", "9h", stage="nowhere"), None, "knows no “nowhere”"),
    ],
)
def test_what_cannot_be_measured_names_what_is_missing(
    said: Claim, column: str | None, words: str
) -> None:
    found = verdict(said, small())
    assert (found.outcome, found.column, found.fact) == ("not_measurable", column, None)
    assert words in found.words.en and found.words.zh.startswith("无法测得")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"measure": "wait", "threshold": "10%", "place": {"activity": "a"}}, "with a duration"),
        ({"measure": "rework", "threshold": "5d"}, "with a share"),
        ({"measure": "dwell", "threshold": "5d"}, r"taken at \{stage\}, not at \{nothing\}"),
        ({"measure": "cycle_time", "threshold": "5"}, "no duration"),
        ({"measure": "rework", "threshold": "500%"}, "no share"),
        ({"measure": "mood", "threshold": "5%"}, "measure"),
    ],
)
def test_a_claim_that_makes_no_sense_is_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Claim(**wrong)


# -- on the sample log -----------------------------------------------------------------------------


def test_measures_are_those_of_the_journey_and_of_the_findings() -> None:
    journey = crm()
    for stage in journey.stages:
        dwell = verdict(claim("dwell", "1d", stage=stage.id), journey)
        assert dwell.fact == stage.dwell
        conversion = verdict(claim("conversion", "50%", stage=stage.id), journey)
        if stage.conversion.value is not None:
            assert conversion.fact == stage.conversion
    assert verdict(claim("cycle_time", "30d"), journey).fact == journey.cycle_time
    move = journey.moves[0]
    wait = verdict(claim("wait", "1h", from_=move.source, to=move.target), journey)
    assert wait.fact.value == pytest.approx(move.wait.median)
    for finding in diagnose(journey):
        locus = {key.replace("from", "from_"): v for key, v in finding.locus.items()}
        measure = {"carry_over_loss": "loss", "drop_off": "drop_off", "rework_loop": "rework"}
        if finding.type in measure and finding.locus.keys() <= {
            "activity",
            "attribute",
            "from",
            "to",
        }:
            if finding.type == "rework_loop" and "activity" not in finding.locus:
                continue
            found = verdict(claim(measure[finding.type], "10%", **locus), journey)
            assert (found.fact.value, found.fact.n) == (finding.estimate, finding.n)
            assert found.cases == finding.cases


def test_every_measure_says_its_piece_in_both_languages() -> None:
    journey = crm()
    attribute, passed = journey.log.attributes[0], journey.handovers[0]
    said = [
        claim("wait", "2d", activity=journey.activities[3].name),
        claim("rework", "10%"),
        claim("drop_off", "20%", stage="evaluation"),
        claim("conversion", "50%"),
        claim("filling", "95%", "<", attribute=attribute, stage="evaluation"),
        claim("loss", "10%", attribute=attribute, from_=passed.source, to=passed.target),
    ]
    notes = Annotations()
    for one in said:
        notes = notes.with_card("?", by="王敏", claim=one)
    found = verdicts(notes, journey)
    assert list(found) == [card.id for card in notes]
    for one in found.values():
        assert one.words.zh and one.words.en and "{" not in one.words.zh + one.words.en
        assert one.outcome == "not_measurable" or (one.fact and one.fact.n and one.sql)
        assert one.to_dict()["claim"]["measure"] == one.claim.measure
        assert "\n" not in repr(one)


def test_working_time_is_measured_where_there_is_a_calendar() -> None:
    journey = mine(crm().log, calendar="cn")
    found = verdict(claim("cycle_time", "30d working"), journey)
    assert found.fact == journey.cycle_time_working and found.fact.clock == "working"
    move = journey.moves[0]
    wait = verdict(claim("wait", "1h working", from_=move.source, to=move.target), journey)
    assert move.working is not None
    assert wait.fact.value == pytest.approx(move.working.median)
    assert wait.fact.clock == "working"


# -- judging ---------------------------------------------------------------------------------------


@given(
    value=st.floats(0.01, 0.99),
    half=st.floats(0.001, 0.5),
    limit=st.integers(1, 99),
    sign=st.sampled_from([">", ">=", "<", "<="]),
    n=st.integers(1, 1000),
)
def test_the_verdict_follows_from_the_interval_alone(value, half, limit, sign, n) -> None:
    said = Claim(measure="rework", comparison=sign, threshold=f"{limit}%")
    fact = Fact(value, "share", n, "test", ci_low=value - half, ci_high=value + half)
    outcome, more = judged(said, fact, least=10)
    opposite = Claim(
        measure="rework",
        comparison={">": "<", ">=": "<=", "<": ">", "<=": ">="}[sign],
        threshold=f"{limit}%",
    )
    if n < 10:
        assert (outcome, more) == ("too_few", 10 - n)
        return
    mirror = {"proven": "contradicted", "contradicted": "proven", "open": "open"}
    assert judged(opposite, fact, least=10)[0] == mirror[outcome]
    inside = value - half <= limit / 100 <= value + half
    assert (outcome == "open") == inside
    # At the threshold itself no number of cases decides anything; beside it, rounding would.
    if outcome == "open" and more is not None and abs(value - limit / 100) > 1e-6:
        shrunk = half * math.sqrt(n / (n + more))
        enough = Fact(
            value, "share", n + more, "test",
            ci_low=value - shrunk * (1 - 1e-9), ci_high=value + shrunk * (1 - 1e-9),
        )  # fmt: skip
        assert judged(said, enough, least=10)[0] != "open"


def test_an_unknown_end_proves_nothing_and_denies_nothing() -> None:
    said = Claim(measure="cycle_time", threshold="10h")
    half_known = Fact(None, "h", 50, "test", ci_low=12.0)
    assert judged(said, half_known, 10) == ("proven", None)
    assert judged(said, Fact(None, "h", 50, "test"), 10) == ("open", None)


def test_a_verdict_reads_as_a_sentence() -> None:
    found = verdict(claim("rework", "10%", activity="quote"), small())
    assert isinstance(found, Verdict)
    assert found.words.zh == (
        "数据证实：“quote”的返工率 > 10 %。实测 25 %，95 % 置信区间 14.2 %–40.2 %，n=40。"
    )
    assert repr(found).startswith("Verdict(rework {activity: quote} > 10%: proven; Proven: share")
