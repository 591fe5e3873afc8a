from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from journeylib.errors import InputError, UsageError
from journeylib.exporting import WRITERS, export
from journeylib.exporting.markdown import to_markdown
from journeylib.exporting.mdtext import cell, code
from journeylib.exporting.report import to_report
from journeylib.findings.finding import Family, Findings
from journeylib.spec.draft import specify
from journeylib.spec.model import TargetSpec
from journeylib.terms import Text
from tests.goldens import check_golden
from tests.spec_fixtures import carry_over_loss, crm_journey, small_spec
from tests.spec_strategies import specs


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


def test_text_from_a_log_cannot_format_a_document() -> None:
    assert cell("a | b\n# c *d*") == r"a \| b \# c \*d\*"
    assert code("a `b`") == "`` a `b` ``"


# -- export ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", sorted(WRITERS))
def test_export_writes_by_suffix_and_leaves_nothing_else(tmp_path: Path, suffix: str) -> None:
    path = export(small_spec(), tmp_path / "new" / f"target{suffix}")
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    again = path.read_bytes()
    assert export(small_spec(), path).read_bytes() == again


def test_export_says_which_suffixes_it_knows(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.bpmn, \.json, \.md, \.xlsx"):
        export(small_spec(), tmp_path / "target.doc")


def test_export_into_a_place_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        export(small_spec(), tmp_path / "file" / "target.md")
