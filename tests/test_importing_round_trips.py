"""Laws: whatever is written is read back as it was, from every kind of file."""

from hypothesis import HealthCheck, given, settings

from journeylib.exporting.bpmn import to_bpmn
from journeylib.exporting.xlsx import to_xlsx
from journeylib.importing.bpmn import read_bpmn
from journeylib.importing.workbook import read_workbook
from journeylib.spec.model import TargetSpec
from tests.spec_strategies import specs

calm = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


@calm
@given(specs())
def test_json(spec: TargetSpec) -> None:
    assert TargetSpec.from_json(spec.to_json()) == spec


@calm
@given(specs())
def test_a_workbook(spec: TargetSpec) -> None:
    for lang in ("zh", "en"):
        found = read_workbook(to_xlsx(spec, lang), "target.xlsx")
        assert found.spec == spec
        assert found.notes == ()


@calm
@given(specs())
def test_bpmn(spec: TargetSpec) -> None:
    for lang in ("zh", "en"):
        found = read_bpmn(to_bpmn(spec, lang), "target.bpmn")
        assert found.spec == spec
        assert found.notes == ()
