import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings

from journeylib.errors import InputError, UsageError
from journeylib.exporting import WRITERS, export
from journeylib.exporting.markdown import to_markdown
from journeylib.exporting.mdtext import cell, code
from journeylib.exporting.report import to_report
from journeylib.exporting.xlsx import to_xlsx
from journeylib.findings.finding import Family, Findings
from journeylib.spec.draft import specify
from journeylib.spec.model import TargetSpec
from journeylib.terms import Text
from tests.goldens import check_golden
from tests.spec_fixtures import carry_over_loss, crm_journey, same, small_spec
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


# -- the workbook ----------------------------------------------------------------------------------


def _opened(spec: TargetSpec) -> Any:
    return openpyxl.load_workbook(io.BytesIO(to_xlsx(spec, "zh")))


def test_the_workbook_opens_and_is_ready_to_work_on() -> None:
    book = _opened(small_spec())
    assert book.sheetnames == [
        *("总览", "活动", "标准", "职责", "数据交接", "自动化", "目标", "信息项", "发现"),
    ]
    for sheet in book:
        assert sheet.freeze_panes == "B2"
        assert sheet.column_dimensions["A"].width >= 10
    events = [row[1] for row in book["活动"].iter_rows(min_row=2, values_only=True)]
    assert events == ["提交表单", "首次联系", "产品演示", "签订合同"]


def test_text_that_looks_like_a_formula_stays_text() -> None:
    book = _opened(small_spec())
    [definition] = [c for row in book["目标"].iter_rows() for c in row if c.value == "=SUM(A1)"]
    assert definition.data_type == "s"
    risky = small_spec().model_copy(update={"notes": tuple(map(same, ("=1+1", "+1", "@x")))})
    content = zipfile.ZipFile(io.BytesIO(to_xlsx(risky, "zh")))
    assert not any(b"<f>" in content.read(name) for name in content.namelist())


def test_the_workbook_is_the_same_every_time() -> None:
    assert to_xlsx(small_spec(), "en") == to_xlsx(small_spec(), "en")
    archive = zipfile.ZipFile(io.BytesIO(to_xlsx(small_spec(), "en")))
    assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert b"1980-01-01" in archive.read("docProps/core.xml")


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(specs(most_stages=3, most_activities=4))
def test_any_specification_fits_a_workbook(spec: TargetSpec) -> None:
    book = _opened(spec)
    assert book["活动"].max_row == 1 + len(spec.activities)


# -- export ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", sorted(WRITERS))
def test_export_writes_by_suffix_and_leaves_nothing_else(tmp_path: Path, suffix: str) -> None:
    path = export(small_spec(), tmp_path / "new" / f"target{suffix}")
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    again = path.read_bytes()
    assert export(small_spec(), path).read_bytes() == again


def test_export_says_which_suffixes_it_knows(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"\.bpmn, \.camunda7\.bpmn, .*\.dmn, \.json, \.md, .*\.xlsx"
    ):
        export(small_spec(), tmp_path / "target.doc")


def test_export_into_a_place_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        export(small_spec(), tmp_path / "file" / "target.md")
