"""Logs of others, as their makers left them: counts that are known, traps that are known."""

from __future__ import annotations

import os
import tempfile
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest

from journeylib import engine
from journeylib.errors import ColumnError, InputError, RowsError
from journeylib.log import EventLog
from journeylib.reading import read_log

SHARED = Path(os.environ.get("JOURNEY_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared logs are not here")


@cache
def read(path: str, mapping: str | None = None) -> EventLog:
    return read_log(SHARED / path, mapping=mapping, engine=engine.duckdb())


def size(log: EventLog) -> tuple[int, int, int]:
    return log.totals.cases, log.totals.events, log.totals.activities


def roles(log: EventLog) -> dict[str, str]:
    return {match.role: match.column for match in log.mapping.matches}


def notes(log: EventLog) -> dict[str, int]:
    return {note.check: note.count for note in log.quality}


def counts(log: EventLog, column: str) -> dict[object, int]:
    e = log.events
    return dict(tuple(r) for r in log.engine.rows(e.group_by(column).aggregate(n=e.count())))


@pytest.mark.parametrize(
    ("path", "cases", "events", "activities"),
    [
        ("bpic2012/bpic2012.xes.gz", 13_087, 262_200, 24),
        ("bpic2020/DomesticDeclarations.xes.gz", 10_357, 55_628, 14),
        ("helpdesk/helpdesk.xes.gz", 4_580, 21_348, 14),
        ("receipt/08_receipt.xes.gz", 1_434, 8_577, 27),
        ("receipt/receipt.csv", 1_434, 8_577, 27),
        ("teleclaims/02_teleclaims.xes.gz", 3_512, 46_138, 11),
        ("augusto-benchmark/SEPSIS.xes.gz", 1_050, 15_214, 16),
        ("eventdataR/sepsis.csv", 1_050, 15_214, 16),
        ("callcenter/CallcenterExample.csv", 3_885, 7_548, 6),
        ("bpic2017-sample/bpi17_sample.csv", 811, 9_992, 20),
        ("interval_event_log/interval_event_log.csv", 1_266, 8_109, 8),
        ("retentioneering/ecom.csv.gz", 3_605, 31_106, 19),
        ("running-example/running-example.xes", 6, 42, 8),
        ("running-example/running-example.csv", 6, 42, 8),
    ],
)
def test_sizes(path: str, cases: int, events: int, activities: int) -> None:
    log = read(path)
    assert size(log) == (cases, events, activities)
    assert log.source.rows == events and log.rejects is None


def test_the_local_day_survives() -> None:
    totals = read("bpic2012/bpic2012.xes.gz").totals
    assert totals.first.isoformat() == "2011-10-01T00:38:44.546000+02:00"
    assert roles(read("bpic2012/bpic2012.xes.gz"))["amount"] == "case:AMOUNT_REQ"


def test_csv_and_xes_of_one_log_are_one_log() -> None:
    columns = ("case_id", "activity", "timestamp", "utc_offset", "channel", "department")
    columns += ("resource", "lifecycle", "case:deadline", "concept:instance")

    def told(path: str) -> list[tuple[str, ...]]:
        log = read(path)
        return sorted(tuple(map(str, r)) for r in log.engine.rows(log.events.select(*columns)))

    xes, csv = told("receipt/08_receipt.xes.gz"), told("receipt/receipt.csv")
    assert [r[:8] for r in xes] == [r[:8] for r in csv]
    assert [r[9] for r in xes] == [r[9] for r in csv]
    assert read("receipt/receipt.csv").mapping.zone == "+01:00…+02:00"


def test_channels_of_receipt() -> None:
    log = read("receipt/receipt.csv")
    first = log.events.filter(log.events.position == 1)
    found = log.engine.rows(first.group_by("channel").aggregate(n=first.count()))
    assert dict(map(tuple, found)) == {
        "Internet": 1250,
        "Desk": 109,
        "Post": 53,
        "e-mail": 21,
        "Intern": 1,
    }


def test_servicenow_by_its_template() -> None:
    log = read("servicenow-incident/incident_event_log.zip", "servicenow")
    assert size(log) == (24_918, 141_712, 9)
    assert log.totals.first == datetime(2016, 2, 29, 1, 23)
    assert log.totals.last == datetime(2017, 2, 18, 15, 0)
    assert counts(log, "department")[None] == 14_213  # a question mark in the file
    assert notes(log)["precision_minute"] == 141_712


def test_servicenow_without_template_asks_which_time() -> None:
    with pytest.raises(ColumnError, match="sys_updated_at"):
        read("servicenow-incident/incident_event_log.zip")


def test_maven_crm_by_its_template() -> None:
    log = read("maven-crm/CRM+Sales+Opportunities.zip", "maven_crm")
    assert counts(log, "activity") == {"Engaging": 8_300, "Won": 4_238, "Lost": 2_473}
    assert notes(log)["rejected_no_dates"] == 500  # still prospecting
    assert "GTXPro" not in counts(log, "product") and None not in counts(log, "series")
    first = log.events.filter(log.events.position == 1)
    ended = log.engine.rows(first.group_by("outcome").aggregate(n=first.count()))
    assert dict(map(tuple, ended)) == {"won": 4_238, "lost": 2_473, "open": 1_589}


def test_an_archive_of_several_tables_says_how_to_choose() -> None:
    with pytest.raises(InputError, match=r"holds 5 tables.*zip!accounts\.csv"):
        read("maven-crm/CRM+Sales+Opportunities.zip")
    log = read("maven-crm/CRM+Sales+Opportunities.zip!sales_pipeline.csv")
    assert counts(log, "activity") == {"engage_date": 8_300, "close_date": 6_711}


def test_orders_with_two_dates_and_blanks_in_the_header() -> None:
    log = read("cn-tmall/tmall_order_report.csv")
    assert log.mapping.shape == "wide" and log.source.rows == 28_010
    assert counts(log, "activity") == {"订单创建时间": 28_010, "订单付款时间": 24_087}
    assert log.attributes == ("买家实际支付金额", "收货地址", "退款金额")


def test_a_table_without_activities_is_refused() -> None:
    with pytest.raises(
        ColumnError, match=r"as the activity\. Columns: 'update_time', 'id', 'title'"
    ):
        read("cn-cosmetic/cosmetic.csv")


def test_dates_of_call_centre_are_day_first() -> None:
    log = read("callcenter/CallcenterExample.csv")
    assert log.totals.first.date() == datetime(2010, 3, 2).date()
    assert log.totals.last.date() <= datetime(2010, 4, 30).date()
    assert roles(log)["start_timestamp"] == "Start Date"
    e = log.events
    assert log.engine.row(e.aggregate(n=(e.start_timestamp > e.timestamp).sum())).n == 0


def test_relative_time_is_noticed() -> None:
    assert notes(read("teleclaims/02_teleclaims.xes.gz"))["dates_1970"] == 46_138


def test_a_lead_table_of_382_columns() -> None:
    log = read("crm-schemas/salesforce/sf_lead_data.csv")
    assert log.mapping.shape == "wide" and log.totals.cases == 1


def test_versions_of_an_opportunity() -> None:
    log = read("crm-schemas/salesforce/sf_opportunity_history_data.csv", "salesforce_snapshots")
    assert (log.source.rows, log.totals.events) == (10, 10)


def test_property_history_with_a_field_of_ones_own() -> None:
    field = "ky4p2Nx3U/ctHYnc+rKWvg=="
    text = f"""shape = "history"\n[columns]\ncase_id = "deal_id"\nactivity = "value"
timestamp = "timestamp"\n[changes]\nfield = "name"\nof = ["{field}"]\n"""
    with tempfile.TemporaryDirectory() as folder:
        mapping = Path(folder) / "ours.toml"
        mapping.write_text(text, encoding="utf-8")
        log = read("crm-schemas/hubspot/deal_property_history_data.csv", str(mapping))
    assert log.totals.events + notes(log)["other_fields"] == log.source.rows


APROMORE = {
    "test1-valid": (3, {}),
    "test2-missing-columns": (2, {"too_few_fields": 1}),
    "test3-invalid-end-timestamp": (3, {"timestamp_unreadable": 1}),
    "test4-invalid-start-timestamp": (3, {"start_timestamp_unreadable": 1}),
    "test5-empty-caseID": (2, {"case_id_missing": 1}),
    "test7-record-invalid": (1, {"too_many_fields": 1, "start_timestamp_unreadable": 1}),
    "test10-eventAttribute": (6, {}),
}


@pytest.mark.parametrize("name", APROMORE)
def test_rejects_of_the_importer_cases(name: str) -> None:
    log = read(f"apromore-importer-cases/{name}.csv")
    events, reasons = APROMORE[name]
    rejects = [] if log.rejects is None else log.engine.rows(log.rejects)
    assert log.totals.events == events
    assert {row.reason: 1 for row in rejects} == reasons
    assert log.totals.events + len(rejects) == log.source.rows
    same = read(f"apromore-importer-cases/{name}.xlsx")
    assert same.totals.first == log.totals.first


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_when_no_row_can_be_read_every_reason_is_told(suffix: str) -> None:
    with pytest.raises(RowsError) as caught:
        read(f"apromore-importer-cases/test8-all-invalid.{suffix}")
    assert dict(caught.value.reasons) == {
        "the activity is empty": 1,
        "the case id is empty": 1,
        "the start time cannot be read": 1,
    }


@pytest.mark.parametrize(
    "path",
    [
        *("ocel-pm4py/ocel20_example.sqlite", "ocel-pm4py/example_log.jsonocel"),
        *("ocel-pm4py/ocel20_example.xmlocel", "pathdata/PathData.rda"),
        *("eventdataR/hospital.rda", "ocel-pm4py/VBFA.zip"),
    ],
)
def test_what_is_no_event_log_gives_a_clear_error(path: str) -> None:
    with pytest.raises(InputError, match=Path(path).name):
        read(path)
