"""Exit codes, messages and files of the commands, as a pipeline sees them."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import journeylib.cli
from journeylib.cli import files

ROOT = Path(__file__).parents[1]
HEADER = "case_id,activity,timestamp\n"
STEPS = ("提交表单", "首次联系", "产品演示", "发送报价", "签订合同")
ROWS = "".join(
    f"C{case},{step},2025-01-{case % 20 + number + 1:02} 1{number}:00\n"
    for case in range(40)
    for number, step in enumerate(STEPS[: 2 + case % 4])
)


@pytest.fixture
def journey(capsys):
    """Run a command in this process; its exit code, stdout and stderr."""
    terminated = signal.getsignal(signal.SIGTERM)

    def run(*arguments):
        code = journeylib.cli.main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    yield run
    signal.signal(signal.SIGTERM, terminated)


@pytest.fixture
def good(tmp_path):
    path = tmp_path / "good.csv"
    path.write_text(HEADER + ROWS, encoding="utf-8")
    return path


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def refused(journey, out, *arguments):
    """Run, expecting exit code 2, one message and an untouched folder; the message."""
    out.mkdir()
    (out / "journey.json").write_text("from an earlier run")
    code, printed, told = journey("run", *arguments, "--out", out)
    assert (code, printed) == (2, "")
    assert told.startswith("journey: ") and told.count("\n") == 1
    assert "Traceback" not in told and "bug" not in told
    assert contents(out) == {"journey.json": b"from an earlier run"}
    assert not list(out.parent.glob(".journey-*"))
    return told


PACKED = gzip.compress((HEADER + ROWS).encode())
WIDE = ",".join(f"column{number}" for number in range(382))
BAD_FILES = {
    "empty.csv": (b"", "empty"),
    "header.csv": (HEADER.encode(), "no row"),
    "timeless.csv": (b"case_id,activity,note\n1,a,x\n", "timestamp"),
    "times.csv": (HEADER.encode() + b"1,a,yesterday\n", "time cannot be read"),
    "junk.csv": (bytes(range(256)) * 50, "no known encoding"),
    "zeros.csv": (b"\0" * 4000, "no known encoding"),
    "junk.xlsx": (b"PK\x03\x04" + bytes(range(256)), "damaged"),
    "junk.parquet": (b"PAR1" + bytes(range(256)), "damaged"),
    "half.xes": (b"<log><trace>", "damaged"),
    "half.csv.gz": (PACKED[: len(PACKED) // 2], "damaged"),
    "half.xes.gz": (PACKED[: len(PACKED) // 2], "damaged"),
    "wide.csv": (f"{WIDE}\n{WIDE}\n".encode(), "and 362 more"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_named_with_its_problem(journey, tmp_path, name):
    content, problem = BAD_FILES[name]
    (tmp_path / name).write_bytes(content)
    told = refused(journey, tmp_path / "out", tmp_path / name)
    assert name in told and problem in told


def test_a_missing_file_and_a_folder_are_named(journey, tmp_path):
    assert "no such file" in refused(journey, tmp_path / "a", tmp_path / "none.csv")
    assert "folder" in refused(journey, tmp_path / "b", tmp_path)


BAD_CALLS = {
    ("--engine", "oracle"): "oracle",
    ("--memory", "lots"): "3GB",
    ("--jobs", "0"): "1 or more",
    ("--lifecycle", "b3b"): "Did you mean 'b2b'",
    ("--mapping", "nobody"): "salesforce",
    ("--map", "case_id"): "role=column",
    ("--map", "case_id=Fall"): "'Fall'",
    ("--lang", "fr"): "zh",
    ("--colour", "red"): "--colour",
}


@pytest.mark.parametrize("arguments", BAD_CALLS, ids=" ".join)
def test_a_bad_call_is_told_with_the_way_out(journey, tmp_path, good, arguments):
    assert BAD_CALLS[arguments] in refused(journey, tmp_path / "out", good, *arguments)


def test_unknown_command_and_out_that_is_a_file(journey, good):
    code, _, told = journey("rnu")
    assert (code, told.count("\n")) == (2, 1) and 'Did you mean "run"' in told
    code, _, told = journey("mine", good, "--out", good)
    assert code == 2 and "needs a folder" in told


ODD = {
    "one_event": "1,a,2025-01-01 10:00\n",
    "one_case": "1,a,2025-01-01 10:00\n1,b,2025-01-02 10:00\n",
    "ties": "".join(f"{case},{step},2025-01-01 10:00\n" for case in range(9) for step in "abc"),
    "one_activity": "".join(f"{case},a,2025-01-0{case + 1} 10:00\n" for case in range(9)),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_log_still_gets_every_file(journey, tmp_path, name):
    log, out = tmp_path / "odd.csv", tmp_path / "out"
    log.write_text(HEADER + ODD[name])
    assert journey("run", log, "--out", out, "--quiet") == (0, "", "")
    assert set(contents(out)) == {*files.RUN, "run.json"}


def test_draw_writes_both_views_to_take_home(journey, tmp_path, good):
    outs = [tmp_path / name for name in ("first", "second")]
    for out in outs:
        assert journey("draw", good, "--out", out, "--quiet", "--lang", "en") == (0, "", "")
    first, second = map(contents, outs)
    assert first == second
    assert set(first) == set(files.PICTURES)
    views = {f"{name}.{kind}" for name in ("journey", "journey-map") for kind in KINDS}
    assert set(first) == views | {"journey.png", "journey.mmd"}
    assert all(first[name].startswith(KINDS[name.rpartition(".")[2]]) for name in views)
    assert first["journey.mmd"].startswith(b"journey\n")


KINDS = {"svg": b"<svg", "html": b"<!DOCTYPE html>", "pdf": b"%PDF", "pptx": b"PK"}


def test_run_writes_what_is_looked_at_and_what_others_read():
    assert [name for name in files.RUN if name in files.PICTURES] == [
        "journey.svg", "journey.png", "journey.html", "journey-map.svg", "journey-map.html",
    ]  # fmt: skip


def test_a_second_run_gives_the_same_bytes(tmp_path, good):
    outs = [tmp_path / name for name in ("first", "second")]
    for seed, out in enumerate(outs):
        subprocess.run(
            [sys.executable, "-m", "journeylib.cli", "run", good, "--out", out, "--quiet"],
            env=os.environ | {"PYTHONHASHSEED": str(seed)},
            cwd=ROOT,
            check=True,
        )
    first, second = map(contents, outs)
    assert json.loads(first.pop("run.json"))["versions"]["duckdb"]
    second.pop("run.json")
    assert first == second
    assert not [name for name, content in first.items() if str(tmp_path).encode() in content]


SCHEMAS = {
    "read": "log/1",
    "quality": "quality/1",
    "mine": "journey/1",
    "diagnose": "findings/1",
}


@pytest.mark.parametrize("command", [*SCHEMAS, "specify", "draw", "run"])
def test_json_is_for_machines(journey, tmp_path, good, command):
    code, printed, told = journey(command, good, "--json", "--out", tmp_path / "out")
    assert (code, told) == (0, "")
    assert printed.endswith("}\n")
    data = json.loads(printed)
    assert command not in SCHEMAS or data["schema"] == SCHEMAS[command]


@pytest.mark.parametrize("command", ["read", "quality", "mine", "diagnose", "specify"])
def test_json_on_screen_is_the_file(journey, tmp_path, good, command):
    _, printed, _ = journey(command, good, "--json", "--out", tmp_path / "out")
    (written,) = contents(tmp_path / "out").values()
    assert json.loads(printed) == json.loads(written)


def test_summaries_speak_both_languages(journey, good):
    assert "（有迹象）" in journey("diagnose", good)[1]
    assert "(suggestive)" in journey("diagnose", good, "--lang", "en")[1]
    assert "confidence" in journey("read", good, "--lang", "en")[1]


def test_specification_to_documents(journey, tmp_path, good):
    journey("specify", good, "--out", tmp_path)
    targets = [tmp_path / name for name in ("a.bpmn", "a.xlsx", "a.md", "a.json")]
    assert journey("export", tmp_path / "spec.json", *targets)[0] == 0
    assert all(target.stat().st_size for target in targets)
    assert targets[3].read_bytes() == (tmp_path / "spec.json").read_bytes()


def test_export_refuses_what_it_cannot_read_or_write(journey, tmp_path, good):
    assert journey("export", tmp_path / "none.json", tmp_path / "a.md")[0] == 2
    assert journey("export", good, tmp_path / "a.md")[0] == 2
    journey("specify", good, "--out", tmp_path)
    code, _, told = journey("export", tmp_path / "spec.json", tmp_path / "a.doc")
    assert code == 2 and "a.doc" in told
    assert sorted(contents(tmp_path)) == ["good.csv", "spec.json"]


def test_schema_is_printed_without_a_log(journey):
    code, printed, _ = journey("specify", "--schema")
    assert code == 0 and json.loads(printed)["$schema"].startswith("https://json-schema.org/")
    assert journey("specify")[0] == 2


def test_doctor_finds_what_it_needs(journey):
    code, printed, _ = journey("doctor", "--json")
    checks = {check["name"]: check for check in json.loads(printed)["checks"]}
    assert code == 0 and all(check["works"] for check in checks.values() if check["required"])
    assert checks["Chinese text"]["required"]


def test_a_bug_shows_no_traceback_and_is_no_verdict(journey, monkeypatch, tmp_path, good):
    def broken(*_, **__):
        raise ZeroDivisionError("boom")

    monkeypatch.setattr("journeylib.mine", broken, raising=False)
    code, _, told = journey("mine", good, "--out", tmp_path / "out")
    assert code == 3 and told.count("\n") == 1 and "ZeroDivisionError: boom" in told
    assert not (tmp_path / "out").exists()
    assert "Traceback" in journey("mine", good, "--debug")[2]


@pytest.mark.parametrize("problem", [KeyboardInterrupt, MemoryError])
def test_cut_short_is_3(journey, monkeypatch, good, problem):
    def cut(*_, **__):
        raise problem

    monkeypatch.setattr("journeylib.mine", cut, raising=False)
    code, _, told = journey("mine", good)
    assert code == 3 and told.count("\n") == 1 and "nothing was written" in told


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
def test_a_terminated_run_leaves_nothing(tmp_path):
    log, out = tmp_path / "long.csv", tmp_path / "out"
    rows = "".join(
        f"{case},a{case * step % 97},2025-01-{step + 1:02} 10:00\n"
        for case in range(60_000)
        for step in range(8)
    )
    log.write_text(HEADER + rows)
    process = subprocess.Popen(
        [sys.executable, "-m", "journeylib.cli", "run", log, "--out", out],
        stderr=subprocess.PIPE,
        encoding="utf-8",
        cwd=ROOT,
    )
    while not list(tmp_path.glob(".journey-*")):
        assert process.poll() is None
        time.sleep(0.05)
    time.sleep(0.3)
    process.terminate()
    _, told = process.communicate(timeout=30)
    assert process.returncode == 3, told
    assert told == "journey: interrupted; nothing was written\n"
    assert [path.name for path in tmp_path.iterdir()] == ["long.csv"]


def test_reading_help_and_importing_is_quick():
    code = (
        "import sys, journeylib, journeylib.cli;"
        "heavy = {'pandas', 'pm4py', 'ibis', 'duckdb', 'ipywidgets', 'pymupdf', 'openpyxl'};"
        "sys.exit(' '.join(heavy & set(sys.modules)) or 0)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
