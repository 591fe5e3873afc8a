"""Gates, systems and identities: planted silos are proven, legitimate behaviour is none."""

from __future__ import annotations

import dataclasses
import json
import math
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import journeylib.cli
from journeylib import engine as engines
from journeylib.errors import InputError, TemplateError
from journeylib.findings import values
from journeylib.findings.gaps import SchemaGap, schema_gaps
from journeylib.findings.rules import Gate, Mirror, Rules
from journeylib.findings.systems import department_systems
from journeylib.mining import mine
from tests.logs import at, log_of
from tests.silo_worlds import linked, promises, sales, table, traced
from tests.test_silos import powers, proven, silos_in, study_of

ENGINE = engines.duckdb()
RULES = Rules.load()


def told(expression_of, *texts):
    """An expression of one column, over these texts in order."""
    lookup = ENGINE.lookup({"n": list(range(len(texts))), "v": list(texts)})
    rows = ENGINE.rows(lookup.select("n", r=expression_of(lookup.v)))
    return [row.r for row in sorted(rows)]


# -- values that say the same ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "alike",
    [
        ("北京市", "北京", " 北京 "),
        ("ＡＢＣ科技有限公司", "abc科技", "ABC科技股份有限公司"),
        ("+86 138-0013-8000", "13800138000", "0086 13800138000"),
        ("Acme Co., Ltd.", "ACME", "acme inc"),
        ("广西壮族自治区", "广西"),
    ],
)
def test_spellings_of_one_thing_have_one_normal_form(alike):
    assert len(set(told(values.phi, *alike))) == 1


@given(st.lists(st.text(alphabet="ab市省公司有限 Ａ1.,-+", max_size=12), min_size=1, max_size=20))
@settings(max_examples=20, deadline=None)
def test_blanks_case_and_width_never_count(texts):
    wide = [text.translate({ord("1"): "１", ord("a"): "Ａ"}) for text in texts]
    assert told(values.phi, *texts) == told(values.phi, *wide)
    assert told(values.phi, *texts) == told(values.phi, *(f" {text.upper()} " for text in texts))


def test_numbers_within_a_percent_say_the_same_but_ids_do_not():
    near = told(lambda v: values.same(v, v.replace(v, "101")), "100", "102.5", "1,010", "101元")
    assert near == [True, False, False, True]
    phones = told(lambda v: values.same(v, v.replace(v, "13800138001")), "13800138000")
    assert phones == [False]


def test_placeholders_catch_alls_and_fillers():
    assert told(values.is_default, "其他", "TBD", "N/A", "none", "上海") == [True] * 3 + [False] * 2
    assert told(values.is_placeholder, "其他", "未知") == [False, True]
    assert told(values.is_filler, "00000000", "11111111111", "13800138000") == [True, True, False]


# -- gates -----------------------------------------------------------------------------------------


def without_budget(rows, share, value=None):
    """`rows`, in which that share of the cases never learns the budget."""
    rng = random.Random(1)
    hit = {case: rng.random() < share for case in sorted({row["case_id"] for row in rows})}
    return [
        {**row, "预算": value if row["预算"] and hit[row["case_id"]] else row["预算"]}
        for row in rows
    ]


def test_what_may_be_optional_is_a_fact_until_it_is_declared():
    log = log_of(without_budget(sales(1), 0.3), ENGINE)
    [fact] = silos_in(log).of_type("gate_incomplete")
    assert (fact.confidence, fact.p) == ("suggestive", None)
    declared = dataclasses.replace(RULES, gate=(Gate("interest", "预算"),))
    [claim] = silos_in(log, declared).of_type("gate_incomplete")
    assert (claim.confidence, claim.estimate) == ("proven", fact.estimate)
    assert claim.locus == {"stage": "interest", "attribute": "预算"}


@pytest.mark.parametrize(("value", "confidence"), [("未知", "proven"), ("其他", "suggestive")])
def test_placeholders_lack_a_value_and_show_that_one_was_asked_for(value, confidence):
    rows = without_budget(sales(1), 0.3, value)
    [found] = silos_in(log_of(rows, ENGINE)).of_type("gate_incomplete")
    lacking = {row["case_id"] for row in rows if row["预算"] == value}
    assert found.confidence == confidence
    assert (found.n, found.estimate) == (150, len(lacking) / 150)
    assert set(found.cases) <= lacking


def test_what_no_later_stage_uses_is_not_asked_for():
    rows = [
        {**row, "备注": "x" if n % 2 and row["stage"] == "interest" else None}
        for n, row in enumerate(sales(1))
    ]
    assert not silos_in(log_of(rows, ENGINE)).of_type("gate_incomplete")


# -- systems ---------------------------------------------------------------------------------------


def mirrored(seed, orphans=0.0, name="签订合同"):
    """Contracts of the CRM that the ERP records an hour later, but for that share."""
    rng, rows = random.Random(seed), []
    for row in sales(seed):
        rows.append(row)
        if row["activity"] == "签订合同" and rng.random() >= orphans:
            later = row["timestamp"].replace(minute=59)
            rows.append({**row, "activity": name, "system": "ERP", "timestamp": later})
    return rows


def test_records_without_their_counterpart_are_proven_one_way_only():
    rows = mirrored(1, 0.35)
    found = silos_in(log_of(rows, ENGINE))
    assert proven(found) == {("orphan_events", "CRM", "ERP")}
    [finding] = found.of_type("orphan_events")
    there = Counter(r["system"] for r in rows if r["activity"] == "签订合同")
    assert abs(finding.estimate - (1 - there["ERP"] / there["CRM"])) < 0.02
    assert proven(silos_in(log_of(mirrored(1), ENGINE))) == set()


def test_counterparts_of_another_name_are_declared():
    log = log_of(mirrored(1, 0.35, "创建订单"), ENGINE)
    assert "[[mirror]]" in powers(silos_in(log))["orphan_events"]
    rules = dataclasses.replace(RULES, mirror=(Mirror("CRM", "ERP", "签订合同", "创建订单"),))
    assert ("orphan_events", "CRM", "ERP") in proven(silos_in(log, rules))


def test_records_at_the_end_of_observation_may_still_get_theirs():
    rows = mirrored(1)
    end = max(row["timestamp"] for row in rows)
    young = [
        {**row, "case_id": f"y{n}", "timestamp": end}
        for n, row in enumerate(rows[:150])
        if row["activity"] == "签订合同" and row["system"] == "CRM"
    ]
    assert not silos_in(log_of(rows + young, ENGINE)).of_type("orphan_events")


def test_confinement_equals_the_textbook():
    rows = sales(1)
    picture = department_systems(mine(log_of(rows, ENGINE)))
    joint = Counter((row["department"], row["system"]) for row in rows)
    assert {(c.department, c.system): c.events for c in picture.counts} == joint
    assert picture.confinement.value == pytest.approx(1.0, abs=0.01)
    mixed = [{**row, "system": "CRM" if n % 2 else "ERP"} for n, row in enumerate(rows)]
    joint = Counter((row["department"], row["system"]) for row in mixed)
    value = department_systems(mine(log_of(mixed, ENGINE))).confinement.value
    assert value == pytest.approx(_confinement(joint), abs=1e-9)


def _confinement(joint):
    def entropy(key):
        counts = Counter()
        for pair, n in joint.items():
            counts[key(pair)] += n
        total = sum(counts.values())
        plain = -sum(n / total * math.log(n / total) for n in counts.values())
        return plain + (len(counts) - 1) / (2 * total)

    d, s, both = entropy(lambda p: p[0]), entropy(lambda p: p[1]), entropy(lambda p: p)
    return min(1.0, max(0.0, (d + s - both) / min(d, s)))


def test_one_department_has_no_confinement_but_a_reason():
    rows = [row for row in sales(1) if row["department"] == "销售部"]
    fact = department_systems(mine(log_of(rows, ENGINE))).confinement
    assert fact.value is None
    assert fact.reason is not None


# -- identities ------------------------------------------------------------------------------------


def phoned(seed, shared=0.0, **columns):
    """Sales with a phone number; in that share a case has the number of the case before it."""
    rng, rows, phone, last = random.Random(seed), [], "", ""
    for row in sorted(sales(seed), key=lambda row: (row["case_id"], row["timestamp"])):
        if row["case_id"] != last:
            last = row["case_id"]
            again = phone and rng.random() < shared
            phone = f"+86 {phone}" if again else f"138{rng.randrange(10**8):08}"
            phone = phone.removeprefix("+86 +86 ")
        rows.append({**row, "手机号": phone} | columns)
    return rows


def at_once(rows):
    """The same, with all cases under way at the same time."""
    starts = {}
    for row in rows:
        starts.setdefault(row["case_id"], row["timestamp"])
    return [{**r, "timestamp": at(0) + (r["timestamp"] - starts[r["case_id"]])} for r in rows]


def test_records_that_share_a_phone_are_duplicates_if_they_overlap():
    clean, rows = at_once(phoned(1)), at_once(phoned(1, 0.4))
    assert not silos_in(log_of(clean, ENGINE)).of_type("duplicate_customers")
    [found] = silos_in(log_of(rows, ENGINE)).of_type("duplicate_customers")
    numbers = {row["手机号"].removeprefix("+86 ") for row in rows}
    assert found.confidence == "proven"
    assert found.estimate == pytest.approx((150 - len(numbers)) / 150)
    assert any("case is a customer" in caveat.en for caveat in found.caveats)


def test_who_comes_back_later_is_no_duplicate():
    rows = [
        {**row, "timestamp": at(4000 * int(row["case_id"][1:])) + (row["timestamp"] - at(0))}
        for row in phoned(1, 0.4)
    ]
    assert not silos_in(log_of(rows, ENGINE)).of_type("duplicate_customers")


def test_a_number_of_the_customer_makes_cases_mere_cases():
    """The same customer on two opportunities shares a phone with itself only."""
    rows = at_once(phoned(1, 0.4))
    numbered = [{**row, "客户编号": row["手机号"].removeprefix("+86 ")} for row in rows]
    assert not silos_in(log_of(numbered, ENGINE)).of_type("duplicate_customers")
    renumbered = [{**row, "客户编号": row["case_id"]} for row in rows]
    assert ("duplicate_customers", "手机号") in proven(silos_in(log_of(renumbered, ENGINE)))


def test_made_up_numbers_are_no_keys():
    rows = [{**row, "手机号": "00000000000"} for row in at_once(sales(1))]
    found = silos_in(log_of(rows, ENGINE))
    assert not found.of_type("duplicate_customers")
    assert "Nothing could be tested" in powers(found)["duplicate_customers"]


def test_owners_collide_over_one_customer_but_not_by_passing_it_on():
    rows = at_once(phoned(1, 0.5))
    found = silos_in(log_of(rows, ENGINE))
    assert ("owner_collision", "销售部") in proven(found)
    alone = silos_in(log_of(at_once(phoned(1)), ENGINE))
    assert not alone.of_type("owner_collision")
    passed = [
        {
            **row,
            "resource": "S9"
            if row["activity"] == "签订合同" and int(row["case_id"][1:]) % 3
            else row["resource"],
        }
        for row in sales(1)
    ]
    assert not silos_in(log_of(passed, ENGINE)).of_type("owner_collision")


def test_where_nobody_owns_customers_none_collide():
    rng = random.Random(1)
    rows = [{**row, "resource": f"S{rng.randrange(9)}"} for row in sales(1)]
    told_ = powers(silos_in(log_of(rows, ENGINE)))
    assert "several owners anyway" in told_["owner_collision"]


def test_keys_that_another_system_lacks_are_a_gap():
    rng = random.Random(1)
    lacks = {f"c{n:04}": rng.random() < 0.4 for n in range(150)}
    rows = [
        {
            **row,
            "手机号": None if row["system"] == "ERP" and lacks[row["case_id"]] else row["手机号"],
        }
        for row in phoned(1)
    ]
    found = proven(silos_in(log_of(rows, ENGINE)))
    gaps = {
        locus
        for kind, *locus in map(tuple, found)
        for locus in [tuple(locus)]
        if kind == "identity_gap"
    }
    assert gaps == {("CRM", "ERP"), ("营销自动化", "ERP")}
    assert not silos_in(log_of(phoned(1), ENGINE)).of_type("identity_gap")


def test_links_tell_gaps_where_there_is_a_table_of_them():
    rng = random.Random(1)
    every = [
        {"system_a": "CRM", "id_a": f"c{n:04}", "system_b": "ERP", "id_b": f"e{n}"}
        for n in range(150)
    ]
    some = [link for link in every if rng.random() < 0.7]
    assert not silos_in(linked(sales(1), every, ENGINE)).of_type("identity_gap")
    found = silos_in(linked(sales(1), some, ENGINE))
    assert ("identity_gap", "CRM", "ERP") in proven(found)


# -- schema gaps, and the tables beside the log ----------------------------------------------------


def test_what_a_receiver_has_no_place_for_is_listed_apart():
    rows = sales(1)
    gaps = schema_gaps(study_of(log_of(rows, ENGINE)))
    assert gaps == (SchemaGap("画像", "销售部", "交付部", 150),)


def test_changes_follow_the_cases_and_are_part_of_the_fingerprint():
    rows, changes = promises(1, cases=20)
    strange = [{**changes[0], "object_id": "nobody"}, {**changes[0], "timestamp": None}]
    log = traced(rows, changes + strange)
    notes = {note.check: note.count for note in log.quality}
    assert (notes["changes_unknown"], notes["changes_rejected"]) == (1, 1)
    assert log.fingerprint != log_of(rows).fingerprint
    half = log.since("2025-03-01")
    kept = {row.case_id for row in half.engine.rows(half.events[["case_id"]].distinct())}
    left = {row.case_id for row in half.engine.rows(half.changes[["case_id"]].distinct())}
    assert left <= kept
    assert 0 < len(left) < 20


def test_changes_without_a_column_they_need_are_an_error_that_names_it():
    rows, changes = promises(1, cases=20)
    with pytest.raises(InputError, match="attribute of the changes"):
        traced(rows, [{"object_id": c["object_id"], "new": "x"} for c in changes])
    assert table(changes).num_rows == len(changes)


@pytest.mark.parametrize("section", ["mirror", "gate"])
def test_a_declaration_that_lacks_something_is_an_error(tmp_path, section):
    path = tmp_path / "rules.toml"
    path.write_text(f"[[{section}]]\n", encoding="utf-8")
    with pytest.raises(TemplateError, match=f"{section}.*lacks"):
        Rules.load(path)


def test_the_command_line_takes_both_tables(tmp_path, capsys):
    rows, changes = promises(3, cases=60, typed=0.45)
    links = [{"system_a": "CRM", "id_a": "c0001", "system_b": "ERP", "id_b": "e1"}]
    for name, content in (("log", rows), ("changes", changes), ("links", links)):
        table(content).to_pandas().to_csv(tmp_path / f"{name}.csv", index=False)
    called = ["diagnose", "log.csv", "--changes", "changes.csv", "--links", "links.csv", "--json"]
    paths = [str(tmp_path / word) if word.endswith(".csv") else word for word in called]
    assert journeylib.cli.main(paths) == 0
    found = json.loads(capsys.readouterr().out)["findings"]
    assert "re_entry" in {f["type"] for f in found if f["confidence"] == "proven"}
