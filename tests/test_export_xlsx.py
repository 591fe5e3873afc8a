"""The workbook: pleasant to edit, safe to open, the same every time."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings

from journeylib.exporting.sheets import CHOICES, META, SHEETS, Kind, choice
from journeylib.exporting.xlsx import escaped, to_xlsx
from journeylib.spec.model import TargetSpec
from journeylib.terms import LANGS, Lang
from tests.importing_worlds import full_spec
from tests.spec_fixtures import same, small_spec
from tests.spec_strategies import specs


def opened(spec: TargetSpec, lang: Lang = "zh") -> Any:
    return openpyxl.load_workbook(io.BytesIO(to_xlsx(spec, lang)))


@pytest.mark.parametrize("lang", LANGS)
def test_it_opens_and_is_ready_to_work_on(lang: Lang) -> None:
    book = opened(full_spec(), lang)
    titles = [sheet.title(lang) for sheet in SHEETS]
    assert book.sheetnames[1:-1] == titles
    assert book[META].sheet_state == "hidden"
    for sheet, page in zip(SHEETS, book.worksheets[1:-1], strict=True):
        assert page.freeze_panes in ("B2", "C2")
        assert page.auto_filter.ref.startswith("A1:")
        heads = [cell.value for cell in page[1]]
        assert heads == [sheet.head(column, lang) for column in sheet.columns]
        assert len(set(heads)) == len(heads)


def test_input_cells_are_marked_and_ids_stand_last_and_grey() -> None:
    page = opened(full_spec())["活动"]
    fills = [cell.fill.fgColor.rgb for cell in page[2]]
    activities = next(sheet for sheet in SHEETS if sheet.key == "activities")
    marked = [fill.endswith("FFF9E5") for fill in fills]
    assert marked == [column.is_input for column in activities.columns]
    assert page.cell(2, page.max_column).value == "a-form"
    assert page.cell(2, page.max_column).font.color.rgb.endswith("7F7F7F")


def test_choices_and_names_can_be_picked() -> None:
    rules = {
        str(rule.sqref).split(":")[0]: rule.formula1
        for rule in opened(full_spec())["活动"].data_validations.dataValidation
    }
    assert rules["C2"] == '"必做,可选"'
    assert "'部门'!$A$2" in rules["D2"]
    assert "'信息项'!$A$2" in rules["G2"]
    for sheet in SHEETS:
        for column in sheet.columns:
            if column.kind is Kind.CHOICE:
                assert CHOICES[column.of]


def test_text_that_looks_like_a_formula_stays_text() -> None:
    book = opened(small_spec())
    found = [c for row in book["目标"].iter_rows() for c in row if c.value == "=SUM(A1)"]
    assert [c.data_type for c in found] == ["s", "s"]
    risky = small_spec().model_copy(update={"notes": tuple(map(same, ("=1+1", "+1", "@x")))})
    content = zipfile.ZipFile(io.BytesIO(to_xlsx(risky, "zh")))
    sheets = [content.read(name) for name in content.namelist() if "sheets/" in name]
    assert not any(b"<f>" in sheet for sheet in sheets)


def test_it_is_the_same_every_time() -> None:
    assert to_xlsx(small_spec(), "en") == to_xlsx(small_spec(), "en")
    archive = zipfile.ZipFile(io.BytesIO(to_xlsx(small_spec(), "en")))
    assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert b"1980-01-01" in archive.read("docProps/core.xml")


def test_what_a_cell_cannot_hold_is_escaped_or_cut() -> None:
    assert escaped("a\x00b\rc_x0041_\ufffe") == "a_x0000_b_x000D_c_x005F_x0041__xFFFE_"
    assert len(escaped("\x00" * 20_000)) <= 32_767
    assert escaped("a\x00" + "长" * 40_000) == "a_x0000_" + "长" * 32_758 + "…"
    assert len(escaped("🚀" * 40_000)) <= 16_384


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(specs(most_stages=3, most_activities=4))
def test_any_specification_fits(spec: TargetSpec) -> None:
    rows = opened(spec)["活动"].iter_rows(min_row=2, max_col=15, values_only=True)
    assert sum(row[-1] is not None for row in rows) == len(spec.activities)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_lists_of_choices_are_such_as_excel_takes(lang: Lang) -> None:
    """A list written out in a formula has 255 characters at most, and commas between its entries."""
    for name, codes in CHOICES.items():
        words = [choice(name, code, lang) for code in codes]
        assert len(",".join(words)) <= 255, name
        assert not any("," in word for word in words), name
        assert len(set(words)) == len(words), name
