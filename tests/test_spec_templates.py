import pytest

from journeylib.errors import JourneyError
from journeylib.spec.drafting.draft import specify
from journeylib.spec.templates import TEMPLATES, CriteriaTemplate, matched, with_criteria
from journeylib.terms import templates_dir
from tests.spec_fixtures import crm_journey, small_spec


def test_all_shipped_lists_load_and_are_named() -> None:
    on_disk = {path.stem for path in (templates_dir() / "criteria").glob("*.toml")}
    assert on_disk == set(TEMPLATES)
    sizes = {name: len(CriteriaTemplate.load(name).items) for name in TEMPLATES}
    assert sizes == {"bant": 4, "meddic": 6, "meddpicc": 8, "champ": 4, "gpct": 4}


def test_items_are_found_by_name_or_synonym_and_the_rest_is_said_to_be_unmeasured() -> None:
    spec = specify(crm_journey())
    found = {m.item.id: m.found.id for m in matched(spec, CriteriaTemplate.load("bant")) if m.found}
    assert found == {"budget": "预算"}
    more = with_criteria(spec, "bant", "interest")
    asked = {c.when: c for c in more.stages[0].exit if c.why.method == "template_bant"}
    assert list(asked) == ["预算 != null", "authority != null", "need != null", "timeline != null"]
    assert "not measured yet" in asked["need != null"].why.reason.en  # type: ignore[union-attr]
    assert more.stages[1].entry == more.stages[0].exit, "one gate"
    assert "Decision maker, Need, Timeline" in more.notes[-1].en
    assert {i.id for i in more.information} - {i.id for i in spec.information} == {
        "authority", "need", "timeline",
    }  # fmt: skip


def test_what_is_asked_already_is_not_asked_again() -> None:
    spec = specify(crm_journey())
    assert any(c.when == "预算 != null" for c in spec.stages[1].exit)
    later = with_criteria(spec, "bant", "evaluation")
    assert sum(c.when == "预算 != null" for c in later.stages[1].exit) == 1
    again = with_criteria(later, "bant", "evaluation")
    assert again.stages == later.stages
    assert len(again.information) == len(later.information)


def test_two_lists_share_the_items_they_have_in_common() -> None:
    spec = with_criteria(with_criteria(small_spec(), "bant", "interest"), "meddic", "interest")
    ids = [item.id for item in spec.information]
    assert "economic_buyer" not in ids, "the decision maker of BANT is the same person"
    assert len(ids) == len(set(ids))


def test_a_list_of_ones_own(tmp_path) -> None:  # type: ignore[no-untyped-def]
    own = tmp_path / "ours.toml"
    own.write_text(
        'id = "ours"\nname = { zh = "自有", en = "Ours" }\n[[items]]\nid = "score"\n'
        'name = { zh = "评分", en = "Score" }\ntype = "number"\n'
        'criterion = { zh = "评分不低于 60", en = "A score of 60 or more" }\n'
        'when = "{item} >= 60"\nsynonyms = ["lead score"]\n',
        encoding="utf-8",
    )
    spec = with_criteria(small_spec(), own, "interest")
    assert spec.stages[0].exit[-1].when == "score >= 60"


@pytest.mark.parametrize(("template", "stage"), [("bnat", "interest"), ("bant", "intrest")])
def test_a_misspelt_name_is_told(template: str, stage: str) -> None:
    with pytest.raises(JourneyError, match="Did you mean"):
        with_criteria(small_spec(), template, stage)
