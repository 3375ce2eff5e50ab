"""`prune`, from files to files."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from core.dataset import Dataset, write_dataset

ALL_FILES = {
    "curve.csv", "results.json", "curve.png", "report.html",
    *(f"{kind}_{points}.keras" for kind in ("pruned", "repaired") for points in ("2", "12.5")),
}  # fmt: skip


@pytest.fixture
def arguments(files: Any) -> list[str]:
    return ["prune", "--model", files.model, "--validation", files.clean, "--poisoned", files.poisoned]


def test_finds_and_cuts_out_the_backdoor(
    files: Any, run: Callable[..., Any], arguments: list[str], marked_sets: tuple[Dataset, Dataset]
) -> None:
    out = files.folder / "new" / "results here"
    typed = [*arguments, "--test", files.clean, "--thresholds", "2,12.5,2", "--out", str(out)]
    ended = run(*typed)
    assert (ended.status, len(ended.err.splitlines())) == (0, 1), ended.err
    assert {each.name for each in out.iterdir()} == ALL_FILES

    with (out / "curve.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    # The dead channel goes first, then the backdoor, which clean images never fire.
    assert [row["channel_index"] for row in rows] == ["-1", "2", "3", "1", "0"]
    assert [row["attack_success_count"] for row in rows] == ["8", "0", "0", "0", "0"]
    assert [row["clean_test_correct"] for row in rows] == ["8", "8", "8", "5", "5"]
    assert [row["repaired_poisoned_flagged"] for row in rows][:3] == ["0", "8", "8"]

    results = json.loads((out / "results.json").read_text("utf-8"))
    assert results["command_line"] == typed
    assert [(row["threshold_points"], row["side"], row["channels_left"]) for row in results["table"]] == [
        (None, None, 4), (2.0, "before", 2), (2.0, "after", 1), (12.5, "before", 2), (12.5, "after", 1),
    ]  # fmt: skip
    assert results["scale"]["how"] == "found"
    assert len(results["inputs"]["model"]["sha256"]) == 64
    assert "Pruning removes the backdoor of poisoned.h5" in ended.out
    assert "Pruning removes the backdoor of poisoned.h5" in (out / "report.html").read_text("utf-8")

    repaired = keras.models.load_model(out / "repaired_2.keras")
    clean, poisoned = (np.asarray(each.images, np.float32) for each in marked_sets)
    assert np.asarray(repaired(poisoned)).argmax(axis=1).tolist() == [3] * 8
    assert np.asarray(repaired(clean)).argmax(axis=1).tolist() == marked_sets[0].labels.tolist()
    pruned = keras.models.load_model(out / "pruned_2.keras")
    assert np.asarray(pruned(poisoned)).argmax(axis=1).tolist() == marked_sets[0].labels.tolist()


def test_json_instead_of_the_table(files: Any, run: Callable[..., Any], arguments: list[str]) -> None:
    ended = run(*arguments, "--json", "--thresholds", "2", "--scale", "raw", "--out", str(files.folder / "out"))
    printed = json.loads(ended.out)
    assert printed == json.loads((files.folder / "out" / "results.json").read_text("utf-8"))
    assert printed["scale"] == {"scale": "raw", "how": "given"}


def test_only_overwrites_when_asked_and_only_its_own(files: Any, run: Callable[..., Any], arguments: list[str]) -> None:
    out = files.folder / "out"
    out.mkdir()
    (out / "curve.csv").write_text("mine")
    (out / "notes.txt").write_text("mine too")
    ended = run(*arguments, "--out", str(out))
    assert ended.status == 3
    assert ended.err.startswith("refused [already-exists]: ")
    assert (out / "curve.csv").read_text() == "mine"
    ended = run(*arguments, "--thresholds", "2", "--overwrite", "--out", str(out))
    assert ended.status == 0, ended.err
    assert (out / "curve.csv").read_text().startswith("pruned_count,")
    assert (out / "notes.txt").read_text() == "mine too"
    assert not list(out.glob(".*"))


def test_never_replaces_an_input(files: Any, run: Callable[..., Any], arguments: list[str]) -> None:
    (files.folder / "pruned_2.keras").hardlink_to(files.model)
    before = Path(files.model).read_bytes()
    ended = run(*arguments, "--overwrite", "--out", str(files.folder))
    assert ended.status == 3
    assert ended.err.startswith("refused [would-replace-input]: ")
    assert Path(files.model).read_bytes() == before


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        (["--layer", "nope"], "no-such-layer"),
        (["--reader", "nope"], "no-such-reader"),
        (["--test", "{folder}/missing.h5"], "missing-file"),
        (["--test", "{folder}/red.png"], "wrong-format"),
        (["--test", "{folder}/marked.keras"], None),
    ],
)
def test_refusals_are_one_line_and_leave_nothing(
    files: Any, run: Callable[..., Any], arguments: list[str], extra: list[str], code: str | None
) -> None:
    ended = run(
        *arguments, *(each.format(folder=files.folder) for each in extra), "--out", str(files.folder / "a" / "b")
    )
    assert ended.status == 3
    assert ended.out == ""
    assert len(ended.err.splitlines()) == 1
    assert ended.err.startswith(f"refused [{code}]: " if code else "refused [")
    assert not (files.folder / "a").exists()


@pytest.mark.parametrize("thresholds", ["", "2,,4", "x", "0", "-1", "100", "nan", "inf"])
def test_bad_thresholds_are_wrong_usage(
    files: Any, run: Callable[..., Any], arguments: list[str], thresholds: str
) -> None:
    ended = run(*arguments, "--thresholds", thresholds, "--out", str(files.folder / "out"))
    assert ended.status == 2
    assert "thresholds" in ended.err
    assert not (files.folder / "out").exists()


def test_bypass_is_told(
    files: Any, run: Callable[..., Any], make_two_branches: Callable[..., Any], random_sets: tuple[Dataset, ...]
) -> None:
    make_two_branches().save(files.folder / "two.keras")
    for each in random_sets:
        write_dataset(files.folder / f"two_{each.name}", each.images, each.labels)
    ended = run(
        "prune", "--model", str(files.folder / "two.keras"), "--validation", str(files.folder / "two_valid.h5"),
        "--poisoned", str(files.folder / "two_poisoned.h5"), "--reader", "conv_3", "--thresholds", "10",
        "--out", str(files.folder / "out"),
    )  # fmt: skip
    assert ended.status == 0, ended.err
    assert "fc_1 still reads them" in ended.out
    assert json.loads((files.folder / "out" / "results.json").read_text("utf-8"))["bypass"] == {
        "layer": "conv_2", "cut_reader": "conv_3", "open_readers": ["fc_1"],
    }  # fmt: skip
