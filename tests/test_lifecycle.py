"""Activities find their stage by keywords, and a wrong template is told rather than used."""

from __future__ import annotations

import pytest

from journeylib.errors import TemplateError
from journeylib.lifecycle import UNMAPPED, Lifecycle, Stage, matches
from journeylib.terms import Text


def stage(id, *keywords, names=()):
    return Stage(id, Text(f"{id}段", id.title()), Text("", ""), tuple(names), keywords)


def of_stages(*stages, **words):
    return Lifecycle("test", Text("测试", "Test"), stages, **words)


@pytest.mark.parametrize(
    ("activity", "keyword", "found"),
    [
        ("Form sent", "form", True),
        ("web-form", "form", True),
        ("WEB_FORMS", "form", True),
        ("ＦＯＲＭ", "form", True),
        ("Information", "form", False),
        ("2form", "form", False),
        ("提交form", "form", True),
        ("提交表单", "表单", True),
        ("表单", "表单", True),
        ("表 单", "表单", False),
        ("Go  live", "go-live", True),
        ("a+b", "a.b", False),
    ],
)
def test_latin_keywords_start_a_word_and_chinese_ones_are_anywhere(activity, keyword, found):
    assert matches(activity, (keyword,)) is found


def test_no_keyword_matches_nothing():
    assert not matches("anything", ())


def test_the_longest_keyword_wins_whatever_the_order():
    short, long = stage("short", "合同"), stage("long", "合同签订")
    for stages in ((short, long), (long, short)):
        lifecycle = of_stages(*stages)
        assert lifecycle.stage_of("完成合同签订") == "long"
        assert lifecycle.stage_of("合同审批") == "short"
        assert lifecycle.stage_of("其他") == UNMAPPED


def test_of_equally_long_keywords_the_earlier_stage_wins():
    assert of_stages(stage("one", "alpha"), stage("two", "bravo")).stage_of("bravo alpha") == "one"


def test_a_stage_is_known_by_its_id_and_all_its_names():
    lifecycle = of_stages(stage("after_sales", names=("服务",)), stage("other"))
    for name in ("after_sales", "After Sales", "AFTER-SALES", "after_sales段", "服务"):
        assert lifecycle.stage_named(name) == "after_sales"
    assert lifecycle.stage_named("服务台") is None


def test_a_loss_outweighs_a_win():
    lifecycle = of_stages(won=("won", "成交"), lost=("lost", "未成交"))
    assert lifecycle.outcome_of("Closed won") == "won"
    assert lifecycle.outcome_of("未成交") == "lost"
    assert lifecycle.outcome_of("won, then lost") == "lost"
    assert lifecycle.outcome_of("call") is None


def test_only_repeatable_activities_are_meant_to_repeat():
    lifecycle = of_stages(repeatable=("call",))
    assert lifecycle.is_repeatable("Call customer")
    assert not lifecycle.is_repeatable("Recall")


def test_the_shipped_lifecycle_knows_its_own_words():
    b2b = Lifecycle.load("b2b")
    assert len(b2b.stages) == 6
    for found in b2b.stages:
        assert all(b2b.stage_named(name) == found.id for name in (found.id, *found.names))
        assert all(b2b.stage_of(word) != UNMAPPED for word in found.keywords)
        assert found.name.zh
        assert found.definition.en
    assert all(b2b.outcome_of(word) == "won" for word in b2b.won)
    assert all(b2b.outcome_of(word) == "lost" for word in b2b.lost)


WHOLE = """
id = "own"
zh = "自有"
en = "Own"
lost = ["gone"]
[[stages]]
id = "first"
zh = "一"
en = "One"
keywords = ["begin"]
"""


def load(tmp_path, toml):
    path = tmp_path / "own.toml"
    path.write_text(toml, encoding="utf-8")
    return Lifecycle.load(path)


def test_a_lifecycle_of_ones_own(tmp_path):
    own = load(tmp_path, WHOLE)
    assert own == Lifecycle(
        "own",
        Text("自有", "Own"),
        (Stage("first", Text("一", "One"), Text("", ""), (), ("begin",)),),
        lost=("gone",),
    )


@pytest.mark.parametrize("key", ["id", "zh", "stages"])
def test_a_lifecycle_that_lacks_something_says_what(tmp_path, key):
    toml = WHOLE.replace(f"{key} = ", "other = ").replace(f"[[{key}]]", "[[other]]")
    with pytest.raises(TemplateError, match=rf"own\.toml: the lifecycle lacks '{key}'"):
        load(tmp_path, toml)


def test_malformed_toml_names_the_file(tmp_path):
    with pytest.raises(TemplateError, match=r"own\.toml: not readable as TOML"):
        load(tmp_path, WHOLE + "[[stages")


@pytest.mark.parametrize("words", ['"begin"', '["begin", ""]', "[1]", "true"])
@pytest.mark.parametrize("key", ["keywords", "lost"])
def test_words_are_a_list_of_words_and_never_letters(tmp_path, key, words):
    given = {"keywords": '["begin"]', "lost": '["gone"]'}[key]
    with pytest.raises(TemplateError, match=rf"own\.toml: {key} must be a list of words"):
        load(tmp_path, WHOLE.replace(f"{key} = {given}", f"{key} = {words}"))
