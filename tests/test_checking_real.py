"""Real logs split by time: the first half makes the specification, the second is checked against it."""

from __future__ import annotations

import pytest

from journeylib.checking import check
from journeylib.mining import mine
from journeylib.reading import read_log
from journeylib.spec import specify

LOGS = {
    "bpic2020/DomesticDeclarations.xes.gz": (None, "2018-01-01"),
    "receipt/receipt.csv": (None, "2011-06-01"),
    "helpdesk/helpdesk.xes.gz": (None, "2012-06-01"),
    "maven-crm/CRM+Sales+Opportunities.zip": ("maven_crm", "2017-06-01"),
}


@pytest.mark.parametrize("name", LOGS)
def test_the_second_half_is_checked_against_the_first(shared_data, name):
    path = shared_data / name
    if not path.exists():
        pytest.skip(f"{name} is not here")
    mapping, day = LOGS[name]
    log = read_log(path, mapping=mapping)
    before, after = (mine(part) for part in (log.until(day), log.since(day)))
    spec = specify(before)
    told = check(spec, after, variants=0)
    cases = after.log.totals.cases
    measured = [c for c in told.rules if c.reason is None]
    assert measured
    for c in measured:
        assert c.activated == c.fulfilled + c.violated + c.pending
        assert min(c.fulfilled, c.violated, c.pending, c.vacuous) >= 0
        assert c.cases_violated <= min(c.violated, cases - c.vacuous)
        if c.rule.unit == "case":
            assert c.activated + c.vacuous == cases
    own = check(spec, before, variants=0)
    assert own["unknown"].rate is not None
    required = [c for c in own.rules if c.rule.kind == "required" and c.decided]
    assert all(c.rate > 0 for c in required)
