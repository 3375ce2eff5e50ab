"""`screen`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_files_that_open_give_status_0(files: Any, run: Callable[..., Any]) -> None:
    ended = run("screen", files.model, files.clean)
    assert (ended.status, ended.err) == (0, "")
    assert "opens as a network" in ended.out
    assert "opens as labelled images" in ended.out
    assert "2 files: 2 open, 0 refused. No network was used, and nothing in a file was executed." in ended.out
    assert "Sandbox: " in ended.out


def test_a_refused_file_gives_status_3_in_text_json_and_sarif(files: Any, run: Callable[..., Any]) -> None:
    bad = Path(files.folder) / "bad.h5"
    bad.write_bytes(b"no network")
    sarif = Path(files.folder) / "found.sarif"
    ended = run("screen", str(bad), files.model, "--sarif", str(sarif))
    assert ended.status == 3
    assert "bad.h5: refused [wrong-format]" in ended.out
    log = json.loads(sarif.read_text("utf-8"))
    assert [result["ruleId"] for result in log["runs"][0]["results"]] == ["wrong-format", "opens"]
    ended = run("screen", str(bad), "--json")
    assert ended.status == 3
    told = json.loads(ended.out)
    assert (told["opened_count"], told["files"][0]["code"]) == (0, "wrong-format")


def test_a_kind_can_be_asked_for(files: Any, run: Callable[..., Any]) -> None:
    ended = run("screen", files.clean, "--as", "model")
    assert ended.status == 3
    assert "refused [images-not-model]" in ended.out
    assert run("screen", files.clean, "--as", "nothing").status == 2
    assert run("screen").status == 2


def test_findings_replace_no_file_unasked_and_no_screened_one(files: Any, run: Callable[..., Any]) -> None:
    taken = Path(files.folder) / "mine.sarif"
    taken.write_text("mine")
    before = Path(files.model).read_bytes()
    assert run("screen", files.model, "--sarif", str(taken)).status == 2
    assert run("screen", files.model, "--sarif", files.model, "--overwrite").status == 2
    assert (taken.read_text(), Path(files.model).read_bytes()) == ("mine", before)
    assert run("screen", files.model, "--sarif", str(taken), "--overwrite").status == 0
    assert json.loads(taken.read_text("utf-8"))["version"] == "2.1.0"


def test_nothing_to_screen_is_not_a_clean_result(files: Any, run: Callable[..., Any], tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    (empty / "deep").mkdir(parents=True)
    ended = run("screen", str(empty))
    assert (ended.status, ended.out) == (3, "")
    assert "refused [missing-file]: there is no file to screen in '" in ended.err
    # an unset variable in a script is not the current folder
    for arguments in ([""], [files.model, ""]):
        ended = run("screen", *arguments)
        assert (ended.status, ended.out) == (2, "")
        assert "an empty name names no file" in ended.err
