"""All files arrive, or the folder is as it was."""

import pytest

from journeylib.cli.delivery import delivery, json_text
from journeylib.errors import UsageError


def contents(folder):
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


def test_files_arrive_together(tmp_path):
    out = tmp_path / "deep" / "out"
    with delivery(out) as scratch:
        (scratch / "a").write_text("1")
        assert not out.exists()
        (scratch / "b").write_text("2")
    assert contents(out) == {"a": "1", "b": "2"}
    assert [path.name for path in tmp_path.iterdir()] == ["deep"]


def test_files_of_the_user_stay_and_ours_are_replaced(tmp_path):
    (tmp_path / "mine").write_text("keep")
    (tmp_path / "a").write_text("old")
    with delivery(tmp_path) as scratch:
        (scratch / "a").write_text("new")
    assert contents(tmp_path) == {"mine": "keep", "a": "new"}


@pytest.mark.parametrize("problem", [ValueError, KeyboardInterrupt, MemoryError])
def test_nothing_remains_of_a_failed_run(tmp_path, problem):
    out = tmp_path / "out"
    with pytest.raises(problem), delivery(out) as scratch:
        (scratch / "a").write_text("half")
        raise problem
    assert list(tmp_path.iterdir()) == []


def test_a_failed_move_is_undone(tmp_path):
    out = tmp_path / "out"
    (out / "b").mkdir(parents=True)
    (out / "a").write_text("old")
    with pytest.raises(UsageError, match="b is a folder"), delivery(out) as scratch:
        for name in "abc":
            (scratch / name).write_text("new")
    assert contents(out) == {"a": "old"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_out_must_not_be_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "file", tmp_path / "file" / "deeper"):
        with pytest.raises(UsageError, match="file is a file"), delivery(out):
            pass


def test_json_keeps_chinese_and_ends_with_a_newline():
    assert json_text({"stage": "认知"}) == '{\n "stage": "认知"\n}\n'
    with pytest.raises(ValueError, match="JSON"):
        json_text({"value": float("nan")})
