"""The vocabulary keeps its laws: texts, spans, facts, names and templates."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeylib.errors import TemplateError, UsageError
from journeylib.terms import (
    LANGS,
    Clock,
    Fact,
    Span,
    Text,
    Wait,
    as_dict,
    counted,
    load_template,
    normalised,
    say,
    stable_id,
    template_path,
)

SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
units = st.sampled_from(sorted(SECONDS))
clocks = st.sampled_from(Clock)
thousandths = st.integers(0, 10**9)
spans = st.builds(Span, thousandths.map(lambda n: n / 1000), units, clocks)
calendar = st.builds(Span, st.integers(0, 10**6), units)
words = st.text("abcXYZ 一二三ＡＢ_-", max_size=12)


# -- texts -------------------------------------------------------------------------------------


def test_a_text_is_chosen_by_language():
    text = Text("线索", "Lead")
    assert [text.in_(lang) for lang in LANGS] == ["线索", "Lead"]
    assert text.to_dict() == {"zh": "线索", "en": "Lead"}
    assert Text.same("CRM") == Text("CRM", "CRM")


def test_say_fills_fields_and_puts_texts_in_by_language():
    text = say("journey.ill_fitting", name=Text("甲", "A"), share="25.0%")
    assert "甲" in text.zh
    assert "甲" not in text.en
    assert all("25.0%" in text.in_(lang) and "{" not in text.in_(lang) for lang in LANGS)


def test_say_names_the_nearest_text_when_there_is_none():
    with pytest.raises(TemplateError, match=r"'stage\.unmaped'\. Did you mean 'stage\.unmapped'\?"):
        say("stage.unmaped")


def test_counted_says_what_is_counted():
    assert counted("1,204", "case") == Text("1,204 例", "1,204 cases")


# -- spans -------------------------------------------------------------------------------------


@given(spans)
def test_a_span_reads_back_what_it_writes(span):
    again = Span.parse(str(span))
    assert (again.value, again.unit, again.clock) == (span.value, span.unit, span.clock)


@given(thousandths, units, clocks)
def test_blanks_in_a_span_do_not_count(n, unit, clock):
    assert Span.parse(f"  {n} {unit}  {clock} ") == Span.parse(f"{n}{unit} {clock}")


@given(calendar, calendar)
def test_spans_are_ordered_as_their_seconds(a, b):
    ours, theirs = (span.value * SECONDS[span.unit] for span in (a, b))
    assert (a < b, a <= b, a > b, a >= b) == (
        ours < theirs,
        ours <= theirs,
        ours > theirs,
        ours >= theirs,
    )
    assert (a == b) == (ours == theirs)
    assert a.hours == pytest.approx(ours / 3600)


@given(st.integers(0, 10**6), clocks)
def test_the_same_length_is_equal_in_every_unit_and_hashes_alike(minutes, clock):
    same = {
        Span(minutes * 60, "s", clock),
        Span(minutes, "min", clock),
        Span(minutes / 60, "h", clock),
        Span(minutes / 1440, "d", clock),
    }
    assert len(same) == 1


def test_clocks_do_not_mix():
    calendar, working = Span(4, "h"), Span(4, "h", Clock.WORKING)
    assert calendar != working
    assert len({calendar, working}) == 2
    for compare in (Span.__lt__, Span.__le__, Span.__gt__, Span.__ge__):
        with pytest.raises(TypeError, match="cannot compare 4h with 4h working"):
            compare(calendar, working)


def test_a_span_is_no_number():
    assert Span(4, "h") != 4
    with pytest.raises(TypeError, match="not supported between"):
        assert Span(4, "h") < 5


@pytest.mark.parametrize("text", ["", "4", "h", "-4h", "4 weeks", "4h sleeping", "4,5h", "1e3s"])
def test_what_is_no_duration_is_refused_with_an_example(text):
    with pytest.raises(UsageError, match="is no duration; write for example '4h'"):
        Span.parse(text)


def test_an_unknown_unit_is_refused_with_the_known_ones():
    with pytest.raises(UsageError, match="unknown unit 'w'; use one of s, min, h, d"):
        Span(1, "w")


# -- facts -------------------------------------------------------------------------------------

FACT_KEYS = ["value", "unit", "clock", "n", "censored", "ci_low", "ci_high", "method"]


def test_a_fact_carries_all_that_belongs_to_a_number():
    fact = Fact(1 / 3, "h", 12, "median", Clock.WORKING, 2, 0.1, 2 / 3)
    told = fact.to_dict()
    assert list(told) == FACT_KEYS
    assert told == {
        "value": 0.333333,
        "unit": "h",
        "clock": "working",
        "n": 12,
        "censored": 2,
        "ci_low": 0.1,
        "ci_high": 0.666667,
        "method": "median",
    }


def test_an_unknown_fact_has_a_reason_and_no_zero():
    told = Fact.unknown("share", Text("未知", "unknown"), n=3, method="m").to_dict()
    assert list(told) == [*FACT_KEYS, "reason"]
    assert [told[key] for key in ("value", "clock", "censored", "ci_low", "ci_high")] == [None] * 5
    assert (told["n"], told["method"], told["reason"]["en"]) == (3, "m", "unknown")


@dataclass(frozen=True)
class Record:
    name: Text
    fact: Fact
    waits: tuple[Wait, ...]
    clock: Clock
    share: float
    missing: None = None


def test_a_record_is_plain_data_all_the_way_down():
    fact = Fact(1, "h", 1, "m")
    record = Record(Text("名", "name"), fact, (Wait(1 / 3, None, 2.0),), Clock.WORKING, 2 / 3)
    assert as_dict(record) == {
        "name": {"zh": "名", "en": "name"},
        "fact": fact.to_dict(),
        "waits": [{"median": 0.333333, "mean": None, "p90": 2.0, "unit": "h", "clock": "calendar"}],
        "clock": "working",
        "share": 0.666667,
        "missing": None,
    }
    assert type(as_dict(record)["clock"]) is str


# -- names -------------------------------------------------------------------------------------


@given(words)
def test_normalising_once_is_enough(name):
    assert normalised(normalised(name)) == normalised(name)


@given(words, words)
def test_blanks_case_and_width_do_not_count(one, other):
    assert normalised(f"{one} {other}") == normalised(f" {one}_-{other}".upper())


def test_full_width_letters_are_letters():
    assert normalised("ＣＡＳＥ＿ＩＤ") == "caseid"


@given(st.lists(words, max_size=4), st.lists(words, max_size=4))
def test_ids_differ_exactly_when_their_parts_do(one, other):
    assert (stable_id("a", *one) == stable_id("a", *other)) == (
        "\x1f".join(one) == "\x1f".join(other)
    )
    assert stable_id("a", *one).removeprefix("a-").isalnum()


# -- templates ---------------------------------------------------------------------------------


def test_a_template_is_found_by_name_or_by_path(tmp_path):
    shipped = template_path("lifecycles", "b2b")
    assert shipped.name == "b2b.toml"
    assert template_path("lifecycles", shipped) == shipped
    own = tmp_path / "own.toml"
    own.write_text("id = 'own'", encoding="utf-8")
    assert load_template("lifecycles", own) == {"id": "own"}


def test_an_unknown_template_lists_what_there_is_and_the_nearest():
    with pytest.raises(
        TemplateError, match=r"no lifecycles template 'b2bb'; shipped are: .*b2b.*mean 'b2b'\?"
    ):
        template_path("lifecycles", "b2bb")


@pytest.mark.parametrize("content", [b"id = ", b"id = '\xff'"])
def test_a_malformed_template_names_its_file(tmp_path, content):
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    with pytest.raises(TemplateError, match=r"^bad\.toml: not readable as TOML"):
        load_template("lifecycles", path)
