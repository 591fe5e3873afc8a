"""``journey check`` as a pipeline sees it: exit codes, files, JSON."""

import json
import signal

import pytest

import journeylib.cli
from tests.checking_worlds import case_rows, planted_spec

COLUMNS = ("case_id", "activity", "timestamp", "department", "resource", "预算", "等级", "同意",
           "日期", "outcome")  # fmt: skip


@pytest.fixture
def journey(capsys):
    terminated = signal.getsignal(signal.SIGTERM)

    def run(*arguments):
        code = journeylib.cli.main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    yield run
    signal.signal(signal.SIGTERM, terminated)


@pytest.fixture
def files(tmp_path):
    """The specification, a log that keeps it and one that does not."""
    (tmp_path / "spec.json").write_text(planted_spec().to_json(), encoding="utf-8")
    for name, plant in (("good", None), ("bad", "missing")):
        rows = [row for n in range(30) for row in case_rows(f"c{n:02}", n, plant)]
        lines = [",".join(str(row.get(c) or "") for c in COLUMNS) for row in rows]
        text = "\n".join((",".join(COLUMNS), *lines)) + "\n"
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


def test_exit_codes_and_files(journey, files):
    out = files / "out"
    code, told, _ = journey("check", files / "spec.json", files / "good.csv", "--out", out)
    assert code == 0 and "符合" in told
    assert sorted(path.name for path in out.iterdir()) == ["check.json", "check.md"]
    kept = json.loads((out / "check.json").read_text())
    assert kept["schema"] == "check/1" and kept["verdict"] == "kept"
    code, told, _ = journey(
        "check", files / "spec.json", files / "bad.csv", "--json", "--variants", 0,
        "--since", out / "check.json",
    )  # fmt: skip
    broken = json.loads(told)
    assert code == 1 and "required:survey" in broken["broken"]
    changes = {change["rule"]: change for change in broken["changes"]["changes"]}
    assert changes["required:survey"]["direction"] == "worse"
    for rule in broken["rules"]:
        assert rule["activated"] == rule["fulfilled"] + rule["violated"] + rule["pending"]
        assert len(rule["cases"]) <= 20
    code, _, _ = journey(
        "check",
        files / "spec.json",
        files / "bad.csv",
        "--variants",
        0,
        "--tolerance",
        1,
        "--quiet",
    )
    assert code == 0


def test_the_same_bytes_twice(journey, files):
    for name in ("one", "two"):
        journey("check", files / "spec.json", files / "bad.csv", "--out", files / name, "--quiet")
    for name in ("check.json", "check.md"):
        assert (files / "one" / name).read_bytes() == (files / "two" / name).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("nothing.json", "good.csv"), "nothing.json"),
        (("good.csv", "good.csv"), ".json"),
        (("spec.json", "nothing.csv"), "nothing.csv"),
        (("spec.json", "good.csv", "--since", "spec.json"), "check/1"),
        (("spec.json", "good.csv", "--tolerance", "2"), "between 0 and 1"),
    ],
)
def test_a_wrong_call_says_what_to_do_and_leaves_nothing(journey, files, arguments, word):
    paths = [files / a if "." in a else a for a in arguments]
    code, told, problem = journey("check", *paths, "--out", files / "out")
    assert (code, told) == (2, "") and word in problem and problem.count("\n") == 1
    assert not (files / "out").exists()
