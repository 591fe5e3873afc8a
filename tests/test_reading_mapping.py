"""Which column plays which role, what templates do, and how it is told."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest

from journeylib import engine
from journeylib.engine import Engine
from journeylib.errors import ColumnError, InputError, TemplateError, UsageError
from journeylib.log import ROLES, EventLog
from journeylib.reading import mapping_table, read_log
from journeylib.reading.mapping import Choices, Matches, match_names, score
from journeylib.reading.template import load_mapping
from journeylib.terms import load_template, normalised
from tests.goldens import check_golden


@pytest.fixture(scope="module")
def duck() -> Engine:
    return engine.duckdb()


def matched(*columns: str) -> dict[str, str]:
    matches, _ = match_names("log.csv", columns, (Choices({}, "given"),))
    return told(matches)


def told(matches: Matches) -> dict[str, str]:
    return {role: match.column for role, match in matches.items()}


def roles(log: EventLog) -> dict[str, str]:
    return {match.role: match.column for match in log.mapping.matches}


def log_of(duck: Engine, **columns: list[object]) -> EventLog:
    return read_log(pa.table(columns), engine=duck)


def values(log: EventLog, *columns: str) -> list[tuple[object, ...]]:
    rows = log.engine.rows(log.events.select("row", *columns))
    return [tuple(row)[1:] for row in sorted(rows, key=lambda row: row[0])]


def notes(log: EventLog) -> dict[str, int]:
    return {note.check: note.count for note in log.quality}


# -- names -------------------------------------------------------------------------------------


def test_canonical_names_map_to_themselves() -> None:
    assert matched(*ROLES) == {role: role for role in ROLES}


def test_xes_names_win_over_others() -> None:
    columns = (
        *("case:concept:name", "case_id", "concept:name", "Activity", "time:timestamp", "time"),
        *("org:resource", "org:group", "department", "case:department", "lifecycle:transition"),
    )
    assert matched(*columns) == {
        "case_id": "case:concept:name",
        "activity": "concept:name",
        "timestamp": "time:timestamp",
        "resource": "org:resource",
        "department": "org:group",
        "lifecycle": "lifecycle:transition",
    }


def test_chinese_names() -> None:
    columns = ("客户编号", "线索编号", "环节", "开始时间", "完成时间", "部门", "系统", "渠道")
    columns += ("操作人", "客户类型", "阶段", "金额", "结果", "备注")
    assert matched(*columns) == {
        "case_id": "线索编号",
        "activity": "环节",
        "start_timestamp": "开始时间",
        "timestamp": "完成时间",
        "department": "部门",
        "system": "系统",
        "channel": "渠道",
        "resource": "操作人",
        "segment": "客户类型",
        "stage": "阶段",
        "amount": "金额",
        "outcome": "结果",
    }


def test_the_case_wins_over_the_customer() -> None:
    assert matched("customer_id", "Case ID")["case_id"] == "Case ID"
    assert matched("Customer ID", "other")["case_id"] == "Customer ID"


def test_attributes_of_a_case_are_no_properties_of_an_event() -> None:
    found = matched("case:startdate", "case:channel", "case:activity")
    assert found == {"channel": "case:channel"}


def test_a_name_belongs_to_one_role_at_one_level() -> None:
    seen: dict[str, str] = {}
    for role, names in load_template("reading", "roles").items():
        for name in names["names"]:
            assert seen.setdefault(normalised(name), role) == role, name


@pytest.mark.parametrize("role", ROLES)
def test_scores_fall_from_standard_to_likely(role: str) -> None:
    names = load_template("reading", "roles")[role]
    scores = [score(role, names[k][0]) for k in ("xes", "names", "likely") if names[k]]
    assert scores == sorted(scores, key=lambda s: -s[0] if s else 0)


def test_two_equally_good_columns_are_an_error(duck: Engine) -> None:
    columns = {"case_id": ["1"], "活动": ["a"], "环节": ["b"], "timestamp": ["2025-03-01"]}
    with pytest.raises(ColumnError, match=r"'活动', '环节'\. Say which: --map activity='活动'"):
        read_log(pa.table(columns), engine=duck)
    log = read_log(pa.table(columns), columns={"activity": "环节"}, engine=duck)
    assert roles(log)["activity"] == "环节"
    assert log.attributes == ("活动",)


def test_a_missing_column_names_the_nearest(duck: Engine) -> None:
    with pytest.raises(ColumnError, match="Did you mean 'actvity'") as caught:
        log_of(duck, case_id=["1", "2"], actvity=["a", "b"], timestamp=["2025-03-01", "2025-03-02"])
    assert caught.value.role == "activity"


def test_given_columns_win_and_are_checked(duck: Engine) -> None:
    table = pa.table({"activity": ["x"], "case_id": ["1"], "t": ["2025-03-01"], "what": ["y"]})
    given = {"activity": "What", "timestamp": "t"}
    log = read_log(table, columns=given, engine=duck)
    assert values(log, "activity") == [("y",)]
    assert log.attributes == ("activity (2)",)
    with pytest.raises(InputError, match=r"no column 'whut' for the activity.*Did you mean 'what'"):
        read_log(table, columns={"activity": "whut"}, engine=duck)
    with pytest.raises(UsageError, match="given for two roles"):
        read_log(table, columns={"activity": "t", "timestamp": "t"}, engine=duck)
    with pytest.raises(UsageError, match="Did you mean 'timestamp'"):
        read_log(table, columns={"timestmp": "t"}, engine=duck)


# -- content -----------------------------------------------------------------------------------


def test_columns_are_recognised_by_content_with_little_confidence(duck: Engine) -> None:
    log = log_of(
        duck,
        vorgangsid=["1", "1", "2"],
        was=["call", "visit", "call"],
        wann=["2025-03-01", "2025-03-02", "2025-03-03"],
        menge=["1", "2", "3"],
    )
    assert roles(log) == {"case_id": "vorgangsid", "activity": "was", "timestamp": "wann"}
    assert {match.confidence for match in log.mapping.matches} == {0.4}


def test_what_never_changes_within_a_case_is_no_activity(duck: Engine) -> None:
    with pytest.raises(ColumnError, match="recognised as the activity"):
        log_of(
            duck,
            id=["1", "1", "2", "2"],
            店名=["甲", "甲", "乙", "乙"],
            update_time=["2016/11/14", "2016/11/15", "2016/11/14", "2016/11/15"],
        )


def test_a_stage_that_changes_is_the_activity_when_there_is_no_other(duck: Engine) -> None:
    log = log_of(
        duck,
        客户编号=["1", "1"],
        阶段=["线索", "商机"],
        备注=["x", "y"],
        时间=["2025-03-01", "2025-03-02"],
    )
    assert roles(log)["activity"] == "阶段" and "stage" not in roles(log)


def test_the_only_time_is_the_timestamp_even_if_it_is_a_start(duck: Engine) -> None:
    log = log_of(duck, case_id=["1"], activity=["a"], 开始时间=["2025-03-01"])
    assert roles(log)["timestamp"] == "开始时间" and "start_timestamp" not in roles(log)


def test_a_record_with_several_dates_becomes_an_event_each(duck: Engine) -> None:
    log = log_of(
        duck,
        订单编号=["1", "2", "3", "4"],
        状态=["完成", "关闭", "新建", "完成"],
        订单创建时间=["2020-02-21 00:00:00", "2020-02-20 23:59:54", None, "2020-02-21 01:00:00"],
        订单付款时间=[None, "2020-02-21 00:00:02", None, "2020-02-30"],
    )
    assert log.mapping.shape == "wide"
    assert values(log, "case_id", "activity", "timestamp") == [
        ("1", "订单创建时间", datetime(2020, 2, 21)),
        ("2", "订单创建时间", datetime(2020, 2, 20, 23, 59, 54)),
        ("2", "订单付款时间", datetime(2020, 2, 21, 0, 0, 2)),
        ("4", "订单创建时间", datetime(2020, 2, 21, 1)),
    ]
    assert log.rejects is not None
    rejects = sorted((r.row, r.reason, r.订单付款时间) for r in duck.rows(log.rejects))
    assert rejects == [(2, "no_dates", None), (3, "timestamp_unreadable", "2020-02-30")]
    assert log.attributes == ("状态",)


# -- values ------------------------------------------------------------------------------------


def test_values_become_canonical(duck: Engine) -> None:
    log = log_of(
        duck,
        case_id=[7, 7, 8, 8],
        activity=["a ", " b", "a", "b"],
        timestamp=["2025-03-01"] * 4,
        actor=["客户", "员工", "系统", "合作伙伴"],
        outcome=["赢单", "输 单", "进行中", None],
        amount=["¥1,234.50", "12 EUR", "1e3", ""],
        note=["  ", "?", "无", "x"],
    )
    assert values(log, "case_id", "activity", "actor", "outcome", "amount", "note") == [
        ("7", "a", "customer", "won", 1234.5, None),
        ("7", "b", "staff", "lost", 12.0, None),
        ("8", "a", "system", "open", 1000.0, "无"),
        ("8", "b", "partner", None, None, "x"),
    ]


def test_unknown_words_become_empty_and_the_column_stays(duck: Engine) -> None:
    log = log_of(
        duck,
        case_id=["1"] * 3,
        activity=["a"] * 3,
        timestamp=["2025-03-01"] * 3,
        actor=["客户", "员工", "精灵"],
        amount=["1", "2", "许多"],
    )
    assert values(log, "actor", "actor (2)", "amount", "amount (2)")[2] == (
        *(None, "精灵"),
        *(None, "许多"),
    )
    assert notes(log)["unknown_values"] == 1 and notes(log)["unread_amounts"] == 1


def test_a_column_of_quite_other_words_does_not_serve(duck: Engine) -> None:
    log = log_of(duck, case_id=["1"], activity=["a"], timestamp=["2025-03-01"], 结果=["材料齐全"])
    assert not log.has("outcome") and log.attributes == ("结果",)
    assert notes(log)["unused_column"] == 1


def test_what_is_noticed_about_events(duck: Engine) -> None:
    log = log_of(
        duck,
        case_id=["1", "1", "1", "2", "2"],
        activity=["a", "a", "a", "b", "c"],
        timestamp=["2020-01-02", "2020-01-02", "2020-01-02", "1970-01-01", "2050-01-01"],
        channel=["web", "web", None, "web", "web"],
    )
    found = notes(log)
    assert found["duplicates"] == 1 and found["ties"] == 2
    assert found["dates_1970"] == 1 and found["dates_far"] == 1
    assert found["precision_day"] == found["zone"] == found["rows"] == 5
    assert found["empty_channel"] == 1


# -- templates ---------------------------------------------------------------------------------


def test_field_history(duck: Engine) -> None:
    table = pa.table(
        {
            "OpportunityId": ["1", "1", "1"],
            "Field": ["StageName", "Amount", "StageName"],
            "OldValue": ["Prospecting", "1", "Proposal"],
            "NewValue": ["Proposal", "2", "Closed Won"],
            "CreatedDate": ["2025-03-01T10:00:00.000+0000"] * 3,
            "CreatedById": ["u"] * 3,
        }
    )
    log = read_log(table, mapping="salesforce", engine=duck)
    assert values(log, "activity", "OldValue") == [
        ("Proposal", "Prospecting"),
        ("Closed Won", "Proposal"),
    ]
    assert log.mapping.shape == "history" and notes(log)["other_fields"] == 1


def test_snapshots_are_events_where_the_state_is_new(duck: Engine) -> None:
    table = pa.table(
        {
            "id": ["1", "1", "1", "1"],
            "stage_name": ["A", "B", "B", "A"],
            "_fivetran_start": ["2025-03-02", "2025-03-03", "2025-03-04", "2025-03-01"],
        }
    )
    log = read_log(table, mapping="salesforce_snapshots", engine=duck)
    assert values(log, "activity", "timestamp") == [
        ("B", datetime(2025, 3, 3)),
        ("A", datetime(2025, 3, 1)),
    ]
    assert notes(log)["same_state"] == 2


def test_a_template_of_the_user(tmp_path: Path, duck: Engine) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(
        'shape = "wide"\norder = "mdy"\n[columns]\ncase_id = "nr"\n[[dates]]\ncolumn = "d"\n'
        'activity_from = "what"\n[replace.what]\n"calll" = "call"\n'
        '[[joins]]\ntable = "side.csv"\non = "nr"\n',
        encoding="utf-8",
    )
    (tmp_path / "main.csv").write_text("nr,d,what\n1,2/3/2025,calll\n2,2/4/2025,visit\n")
    (tmp_path / "side.csv").write_text("nr,colour\n1,North\n")
    log = read_log(tmp_path / "main.csv", mapping=path, engine=duck)
    assert values(log, "activity", "timestamp", "colour") == [
        ("call", datetime(2025, 2, 3), "North"),
        ("visit", datetime(2025, 2, 4), None),
    ]
    (tmp_path / "side.csv").write_text("nr,colour\n1,North\n1,South\n")
    with pytest.raises(TemplateError, match="not unique"):
        read_log(tmp_path / "main.csv", mapping=path, engine=duck)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('shap = "wide"', "Did you mean 'shape'"),
        ('shape = "tall"', "must be one of events, wide"),
        ('[columns]\ncase = "x"', "Did you mean 'case_id'"),
        ('[[dates]]\ncolum = "x"', "malformed"),
        ("shape = ", "not readable as TOML"),
    ],
)
def test_a_wrong_template_says_what_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(TemplateError, match=words):
        load_mapping(path)


def test_shipped_templates_load_and_an_unknown_one_is_named() -> None:
    for name in ("servicenow", "maven_crm", "salesforce", "salesforce_snapshots", "hubspot"):
        assert load_mapping(name).columns
    with pytest.raises(TemplateError, match="Did you mean 'salesforce'"):
        load_mapping("salesfroce")


def test_a_template_that_does_not_fit_says_so(duck: Engine) -> None:
    table = pa.table({"case_id": ["1"], "activity": ["a"], "timestamp": ["2025-03-01"]})
    with pytest.raises(InputError, match="needs a column 'Field'"):
        read_log(table, mapping="salesforce", engine=duck)
    with pytest.raises(InputError, match="no column 'number' for the case_id"):
        read_log(table, mapping="servicenow", engine=duck)


# -- telling -----------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_mapping_is_printed(duck: Engine, lang: str) -> None:
    log = log_of(
        duck,
        客户编号=["1", "1"],
        活动=["首次联系", "报价"],
        完成时间=["2025-03-01 10:00:00+08:00", "2025-03-02 10:00:00+08:00"],
        平台系统=["CRM", "ERP"],
        备注=["", "x"],
    )
    check_golden(f"reading_mapping_{lang}.txt", mapping_table(log, lang) + "\n")  # type: ignore[arg-type]
