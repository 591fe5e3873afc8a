import functools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from journeylib.documents import markdown as documents
from journeylib.documents.blocks import Document, Documented, Paragraph, plain
from journeylib.documents.markdown import escaped
from journeylib.errors import InputError, UsageError
from journeylib.exporting import RENDERERS, WRITERS, export, words
from journeylib.exporting.evidence import families, firmness
from journeylib.exporting.html import to_html
from journeylib.exporting.markdown import to_markdown
from journeylib.exporting.report import report, to_report
from journeylib.exporting.words import told
from journeylib.findings import diagnose
from journeylib.findings.finding import Family, Findings
from journeylib.spec.drafting.draft import specify
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Attainment, Constraint, Provenance
from journeylib.terms import Fact, Lang, Text, counted, load_template, say
from tests.goldens import check_golden
from tests.hostile import NAMES, hostile_spec
from tests.spec_fixtures import carry_over_loss, crm_journey, same, small_spec
from tests.spec_strategies import specs


@functools.cache
def diagnosed() -> Findings:
    return diagnose(crm_journey())


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_markdown(lang: Any) -> None:
    check_golden(f"small.{lang}.md", to_markdown(small_spec(), lang))


def test_json() -> None:
    check_golden("small.json", small_spec().to_json())


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_report(lang: Any) -> None:
    power = Text("案例太少，不能排除往返。", "Too few cases to exclude a ping-pong.")
    findings = Findings((carry_over_loss(),), 31, (Family("ping_pong", 3, 0, power),))
    journey = crm_journey()
    check_golden(
        f"report.{lang}.md", to_report(journey, findings, specify(journey, findings), lang)
    )


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(specs(most_stages=4, most_activities=4))
def test_every_row_of_a_markdown_table_has_its_cells(spec: TargetSpec) -> None:
    width = 0
    for line in to_markdown(spec, "zh").split("\n"):
        cells = line.replace("\\|", "").count("|")
        assert not line.startswith("|") or width in (0, cells)
        width = cells if line.startswith("|") else 0


def test_what_is_new_in_a_specification_is_shown() -> None:
    spec = small_spec()
    goal = (
        spec.stages[0]
        .goals[0]
        .model_copy(
            update={
                "attainment": Attainment(verdict="stretch", probability=0.3, reason=same("why"))
            }
        )
    )
    stage = spec.stages[0].model_copy(update={"goals": (goal,), "probability": 0.42})
    four_eyes = Constraint(
        id="k", kind="four_eyes", activities=("a-contact", "a-contract"), text=same("two people"),
        why=Provenance(method="discussion"),
    )  # fmt: skip
    changes = {"version": 2, "follows": "feed", "constraints": (four_eyes,)}
    spec = spec.model_copy(update={"stages": (stage, spec.stages[1]), **changes})
    text = to_markdown(spec, "en")
    assert "**Probability of winning**: 42 %" in text
    assert "| a stretch (probability 30 %); why |" in text
    assert "| two people | – | – | Set in discussion |" in text
    assert "Version 2, following the version with fingerprint: `feed`" in text


def test_text_from_a_log_cannot_format_a_document() -> None:
    hostile = Text.same("- a | b\n# c *d* <script>")
    text = to_markdown(small_spec().model_copy(update={"notes": (hostile,)}), "zh")
    assert r"- \- a \| b \# c \*d\* \<script\>" in text.split("\n")


def test_every_unit_of_the_catalogue_is_spelt_out() -> None:
    for unit in load_template("text", "unit"):
        assert words.number(1234.4, unit, "en") == counted("1,234", unit).en


def test_every_family_of_hypotheses_has_a_name() -> None:
    findings = diagnosed()
    assert findings.families
    table = families(findings, "zh")
    assert len(table.rows) == len(findings.families)
    assert all(str(row[0]).isprintable() and "_" not in str(row[0]) for row in table.rows)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_report_shows_gain_stability_power_and_background(lang: Any) -> None:
    journey, findings = crm_journey(), diagnosed()
    made = report(journey, findings, specify(journey, findings), lang)
    heads = {head for table in made.tables for head in table.head}
    assert {told(f"head_{key}", lang) for key in ("gain", "impact", "power")} <= heads
    text = documents.to_markdown(made)
    for finding in findings.breakpoints.top(10):
        assert f"`{finding.id}`" in text
    looks = ("touchpoints", "experience", "waiting", "schema_gaps", "associations", "drift")
    for look in looks:
        assert f"### {say(f'document.look_{look}').in_(lang)}\n" in text
    assert escaped(findings.background.waiting_causes.reason.in_(lang)) in text


def test_stability_is_told_with_its_percentiles() -> None:
    stable = Fact(0.83, "share", 200, "bootstrap", ci_low=0.67, ci_high=1.0)
    findings = Findings((), 0, (), stability=stable)
    text = plain(next(b for b in list(firmness(findings, "en"))[2:3]).line)
    assert "83 %" in text and "67 % – 100 %" in text and "200 times" in text


# -- export ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", sorted(WRITERS))
def test_export_writes_by_suffix_and_leaves_nothing_else(tmp_path: Path, suffix: str) -> None:
    path = export(small_spec(), tmp_path / "new" / f"target{suffix}")
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    again = path.read_bytes()
    assert export(small_spec(), path).read_bytes() == again


def test_export_says_which_suffixes_it_knows(tmp_path: Path) -> None:
    for name in ("target.doc", "json", ".json"):
        with pytest.raises(UsageError, match=r"\.bpmn, \.camunda7\.bpmn, .*\.html, .*\.puml"):
            export(small_spec(), tmp_path / name)


def test_the_longest_suffix_decides(tmp_path: Path) -> None:
    made = export(small_spec(), tmp_path / "v1.2.Declare.JSON").read_bytes()
    assert json.loads(made)["schema"] == "declare/1"
    with pytest.raises(UsageError, match="export_simulation"):
        export(small_spec(), tmp_path / "target.prosimos.json")


@pytest.mark.parametrize("suffix", sorted(RENDERERS))
def test_whatever_gives_a_document_can_be_exported(tmp_path: Path, suffix: str) -> None:
    class Report:
        def document(self, lang: Lang) -> Document:
            return Document("报告" if lang == "zh" else "Report", (Paragraph("x"),), lang)

    path = export(Report(), tmp_path / f"report{suffix}", "en")
    assert path.read_bytes() == export(Report().document("en"), path).read_bytes()
    assert isinstance(Report(), Documented)
    with pytest.raises(UsageError, match=r"\.docx, \.html, \.md, \.xlsx"):
        export(Report(), tmp_path / "report.bpmn")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_specification_as_a_page(lang: Any) -> None:
    check_golden(f"small.{lang}.html", to_html(small_spec(), lang))


@pytest.mark.parametrize("name", NAMES)
def test_every_export_takes_names_as_they_are(name: str) -> None:
    for suffix, writer in WRITERS.items():
        made = writer(hostile_spec(name), "zh")
        assert made == writer(hostile_spec(name), "zh"), suffix
        if suffix in (".html", ".mmd", ".puml", ".md"):
            assert "<script" not in str(made).replace("\\<", ""), suffix


def test_export_into_a_place_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        export(small_spec(), tmp_path / "file" / "target.md")
