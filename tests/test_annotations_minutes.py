"""Suggestions, agendas, re-attached pins, and the minutes that tell it all."""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from pathlib import Path

import pytest

from journeylib.annotations import (
    Annotations,
    Claim,
    Pin,
    Places,
    agenda,
    attach,
    merge,
    minutes,
    suggest,
)
from journeylib.documents.html import to_html
from journeylib.documents.markdown import to_markdown
from journeylib.errors import TemplateError, UsageError
from journeylib.findings import Findings
from journeylib.journey import Journey
from journeylib.spec.drafting.draft import specify
from journeylib.terms import LANGS, Text, templates_dir
from tests import samples
from tests.goldens import check_golden

AT = {"clock": lambda: datetime(2026, 3, 2, 9, 30, tzinfo=UTC)}


@functools.cache
def crm() -> tuple[Journey, Findings]:
    return samples.mined("crm_sales"), samples.found("crm_sales")


@functools.cache
def solar() -> Journey:
    return samples.mined("solar_home")


# -- suggestions -----------------------------------------------------------------------------------


def test_a_complaint_becomes_measures_and_says_by_which_words() -> None:
    found = suggest("报价流程太繁琐", crm()[0])
    assert {s.measure for s in found} == {"wait", "rework"}
    assert all("报价" in " ".join(s.place.values()) for s in found)
    assert all("“繁琐”" in s.why.zh for s in found)
    rework = next(s for s in found if s.measure == "rework")
    assert (rework.threshold, rework.comparison) == ("10%", ">")
    assert rework.claim() == Claim(measure="rework", place=dict(rework.place), threshold="10%")
    wait = next(s for s in found if s.measure == "wait")
    assert wait.threshold is None
    with pytest.raises(UsageError, match="gives no threshold"):
        wait.claim()
    assert wait.claim("5d").threshold == "5d"


@pytest.mark.parametrize(
    ("text", "first"),
    [
        (
            "线索分配之后首次联系太慢，超过 2 个工作日",
            "wait {from: 线索分配, to: 首次联系} > 2d working",
        ),
        ("客户预算没填写，不到 90%", "filling {attribute: 预算} < 90%"),
        ("整个销售周期太长，超过90天", "cycle_time {} > 90d"),
        ("演示之后客户就流失了", "drop_off {activity: 产品演示} > 15%"),
    ],
)
def test_places_and_thresholds_are_read_from_the_text(text: str, first: str) -> None:
    assert repr(suggest(text, crm()[0])[0]) == f"Suggestion({first})"


@pytest.mark.parametrize(
    ("text", "first"),
    [
        (
            "From permit application to permit granted customers wait longer than 3 weeks",
            "wait {from: Permit Application, to: Permit Granted} > 21d",
        ),
        ("roof notes are often not entered", "filling {attribute: Roof Notes} < ?"),
        (
            "Half of the leads get lost after the site survey",
            "drop_off {activity: Site Survey} > 15%",
        ),
    ],
)
def test_english_is_understood_too(text: str, first: str) -> None:
    assert repr(suggest(text, solar())[0]) == f"Suggestion({first})"


def test_what_hints_at_nothing_suggests_nothing() -> None:
    for text in ("开会太多", "", "\x00", "<script>", "x" * 2000):
        assert suggest(text, crm()[0]) == ()


# -- agendas ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["90min", "half_day"])
def test_shipped_agendas_are_whole_in_both_languages(name: str) -> None:
    found = agenda(name)
    assert found.id == name
    assert sum(item.minutes for item in found.items) == found.minutes
    assert [item.start for item in found.items] == sorted({item.start for item in found.items})
    assert len(found.frame()) == len(found.items)
    for lang in LANGS:
        text = to_markdown(found.document(lang))
        assert all(item.name.in_(lang) in text for item in found.items)
        assert all(needed.in_(lang) in text for needed in found.materials)
    assert found.to_dict()["items"][0]["name"].keys() == {"zh", "en"}


def test_an_agenda_of_ones_own_is_told_all_that_is_wrong(tmp_path: Path) -> None:
    text = (templates_dir() / "agenda" / "90min.toml").read_text("utf-8")
    own = tmp_path / "own.toml"
    own.write_text(text, "utf-8")
    assert agenda(own) == agenda("90min")
    wrong = text.replace("minutes = 5\n", "minutes = 5\nminuts = 7\n", 1)
    wrong = wrong.replace("minutes = 15", "minutes = 25", 1).replace('"旅程图"]', "]", 1)
    own.write_text(wrong.replace("[[items]]\nminutes = 20", "[[items]]\nminutes = 20.5"), "utf-8")
    with pytest.raises(TemplateError) as caught:
        agenda(own)
    assert str(caught.value).splitlines() == [
        "own.toml: item 1: unknown entry 'minuts'. Did you mean 'minutes'?",
        "own.toml: item 2: 0 materials in Chinese, 1 in English",
        "own.toml: item 4: minutes = 20.5 is no number of minutes",
    ]
    own.write_text(text.replace("minutes = 15", "minutes = 25", 1), "utf-8")
    with pytest.raises(TemplateError, match="items take 100 minutes, the agenda says 90"):
        agenda(own)
    with pytest.raises(TemplateError, match="Did you mean '90min'"):
        agenda("90mim")


# -- new data --------------------------------------------------------------------------------------


def test_pins_go_along_to_new_data_and_what_moved_is_said() -> None:
    journey, findings = crm()
    places = Places.of(journey, findings)
    renamed = Pin(id="a-before", name=Text.same("首次 联系"))
    gone = Pin(id="a-gone", name=Text.same("电话回访（旧）"))
    notes = Annotations()
    for pins in ([places.pin("发送报价")], [renamed, gone], [gone], []):
        notes = notes.with_card("x", by="王敏", pins=pins, **AT)
    attached = attach(notes, journey, findings)
    contact = journey.activity("首次联系").id
    assert [card.pins for card in attached] == [
        (journey.activity("发送报价").id,),
        (contact, "a-gone"),
        ("a-gone",),
        (),
    ]
    assert [(m.before.id, m.after.id) for m in attached.moved] == [("a-before", contact)]
    assert [card.id for card in attached.orphans] == [notes.cards[2].id]
    assert attached.orphans[0].id == notes.orphans(journey, findings)[0].id
    assert repr(attached) == "Attached(4 cards: 1 pin found by name, 2 lost, 1 orphan)"


def test_the_specification_takes_notes_as_they_are_and_as_attached() -> None:
    journey, findings = crm()
    top = findings.proven.items[0]
    pin = Places.of(journey, findings).pin(top.id)
    notes = Annotations().with_card("不成立", by="王敏", kind="breakpoint", pins=[pin], **AT)
    notes = notes.with_status(notes.newest, "rejected", by="Li", **AT)
    for given in (notes, attach(notes, journey, findings)):
        assert top.id not in {
            answered.id for answered in specify(journey, findings, given).findings
        }
    undone = notes.undo(by="Li", **AT)
    assert top.id in {answered.id for answered in specify(journey, findings, undone).findings}


# -- minutes ---------------------------------------------------------------------------------------


def _workshop() -> Annotations:
    journey, findings = crm()
    places = Places.of(journey, findings)
    notes = Annotations()

    def add(text: str, by: str, *pins: Pin | None, **more: object) -> str:
        nonlocal notes
        kept = [pin for pin in pins if pin is not None]
        notes = notes.with_card(text, by=by, pins=kept, **more, **AT)
        assert notes.newest is not None
        return notes.newest.id

    quote = add(
        "报价要改好几遍\n客户等不及", "王敏", places.pin("修改报价"), kind="breakpoint",
        claim=Claim(measure="rework", place={"activity": "修改报价"}, threshold="10%"),
    )  # fmt: skip
    promise = add(
        "服务部看不到交付承诺", "李娜", places.pin("after_sales"), kind="silo",
        claim=Claim(measure="filling", place={"attribute": "满意度"}, comparison="<", threshold="9%"),
    )  # fmt: skip
    add("谁来维护客户画像？", "Tom", places.pin("interest"), kind="question")
    add("<script>alert(1)</script> | =1+1", "Tom", Pin(id="a-gone", name=Text.same("旧活动")))
    notes = notes.with_status(quote, "confirmed", by="王敏", **AT)
    notes = notes.with_owner(quote, "销售总监", by="王敏", **AT)
    notes = notes.with_rating(quote, 90, 80, by="王敏", **AT)
    notes = notes.with_rating(promise, 70, 30, by="李娜", **AT)
    for person, card, dots in (("王敏", quote, 2), ("Tom", quote, 1), ("Tom", promise, 1)):
        notes = notes.with_vote(card, by=person, dots=dots, **AT)
    seen = notes[promise]
    return merge(
        notes.with_text(seen, "服务部看不到承诺", by="李娜", **AT),
        notes.with_text(seen, "承诺没进系统", by="Tom", **AT),
    )


@pytest.mark.parametrize("lang", LANGS)
def test_the_minutes_tell_all_of_it(lang: str) -> None:
    journey, findings = crm()
    told = minutes(_workshop(), journey, findings)
    check_golden(f"minutes.{lang}.md", to_markdown(told.document(lang)))
    assert "<script>" not in to_html(told.document(lang))
    assert repr(told) == "Minutes(4 cards, 2 claims: 1 not_measurable, 1 proven)"
    assert len(told.to_dict()["verdicts"]) == 2


def test_minutes_need_no_journey_and_an_empty_wall_says_so() -> None:
    text = to_markdown(_workshop().document("zh"))
    assert "尚未用数据核对" in text and "### 购买" in text
    assert "还没有人写下意见" in to_markdown(Annotations().document("zh"))
