"""Laws: whatever is written is read back as it was, from every kind of file."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journeylib.exporting.bpmn import to_bpmn
from journeylib.exporting.xlsx import to_xlsx
from journeylib.importing.bpmn import read_bpmn
from journeylib.importing.workbook import read_workbook
from journeylib.spec.model import TargetSpec
from journeylib.terms import LANGS, Lang
from tests.spec_strategies import specs

langs = st.sampled_from(LANGS)
calm = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


@calm
@given(specs())
def test_json(spec: TargetSpec) -> None:
    assert TargetSpec.from_json(spec.to_json()) == spec


@calm
@given(specs(), langs)
def test_a_workbook(spec: TargetSpec, lang: Lang) -> None:
    found = read_workbook(to_xlsx(spec, lang), "target.xlsx")
    assert found.spec == spec
    assert found.notes == ()


@calm
@given(specs(), langs)
def test_bpmn(spec: TargetSpec, lang: Lang) -> None:
    found = read_bpmn(to_bpmn(spec, lang), "target.bpmn")
    assert found.spec == spec
    assert found.notes == ()
