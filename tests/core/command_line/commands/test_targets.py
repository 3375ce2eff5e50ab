"""Poisoned sets with true labels, and `--target`, in every command that takes poisoned sets."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.data.dataset import Dataset
from core.data.dataset_writing import write_dataset
from core.words import TARGET_NOTE


@pytest.fixture
def true_labels(files: Any, marked_sets: tuple[Dataset, Dataset]) -> str:
    """The triggered images with their true labels, and two blue images of the target class, 2."""
    blue = np.zeros((2, 6, 6, 3), np.float32)
    blue[..., 2] = 255
    path = files.folder / "true.h5"
    images = np.concatenate([np.asarray(marked_sets[1].images), blue])
    write_dataset(path, images, np.array([0] * 5 + [1] * 3 + [2] * 2))
    return str(path)


def test_the_table_and_the_files_say_how_a_set_was_understood(
    files: Any, run: Callable[..., Any], true_labels: str
) -> None:
    out = files.folder / "out"
    ended = run(
        "prune", "--model", files.model, "--validation", files.clean, "--poisoned", true_labels,
        "--scale", "raw", "--out", str(out),
    )  # fmt: skip
    assert ended.status == 0, ended.err
    understood = (
        "true.h5: labels are true labels; target 2 found: 10 of 10 (100 %) are answered as it by B; 2 images of"
    )
    assert understood in ended.out and TARGET_NOTE not in ended.out
    results = json.loads((out / "results.json").read_text("utf-8"))
    (told,) = results["inputs"]["poisoned"]
    assert (told["image_count"], told["target_labels"]) == (10, [2])
    interpretation = told["interpretation"]
    assert (interpretation["labels"], interpretation["attack"], interpretation["how"]) == ("true", "one", "found")
    assert interpretation["left_out_count"] == 2
    assert [(each["label"], each["count"], each["total"]) for each in interpretation["by_true_label"]] == [
        (0, 5, 5), (1, 3, 3),
    ]  # fmt: skip
    assert results["notes"][0].startswith(understood)
    first = results["table"][0]["pruned_network"]["attack_success_rate"][0]
    assert (first["count"], first["total"]) == (8, 8)
    with (out / "curve.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["poisoned_labels"] for row in rows} == {"true labels, target 2 found"}
    # The attack dies with its channel, and what is counted never rises again.
    counts = [int(row["attack_success_count"]) for row in rows]
    assert counts[0] == 8 and counts[-1] == 0 and counts == sorted(counts, reverse=True)
    page = (out / "report.html").read_text("utf-8")
    assert "labels are true labels; target 2 found" in page


def test_compare_and_repair_count_the_same_images(files: Any, run: Callable[..., Any], true_labels: str) -> None:
    usual = ["--model", files.model, "--validation", files.clean, "--poisoned", true_labels, "--scale", "raw"]
    done = run("repair", *usual, "--method", "prune", "--threshold", "12.5", "--out", str(files.folder / "repaired"))
    assert done.status == 0, done.err
    assert "true.h5: labels are true labels; target 2 found" in done.out
    repaired = json.loads((files.folder / "repaired" / "results.json").read_text("utf-8"))
    assert repaired["base_network"]["attack_success_rate"][0]["total"] == 8
    network = str(files.folder / "repaired" / "pruned.keras")
    done = run("compare", *usual, "--repaired", network, "--out", str(files.folder / "compared"))
    assert done.status == 0, done.err
    compared = json.loads((files.folder / "compared" / "results.json").read_text("utf-8"))
    assert compared["base_network"]["attack_success_rate"][0]["count"] == 8
    rows = list(csv.DictReader((files.folder / "compared" / "compare.csv").read_text("utf-8").splitlines()))
    assert {row["poisoned_labels"] for row in rows} == {"true labels, target 2 found"}


@pytest.mark.parametrize(
    ("target", "figure"),
    [("2", "8 of 8"), ("0", "0 of 5"), ("next", "3 of 10"), ("labels", "2 of 10"), ("auto", "8 of 8")],
)
def test_the_target_is_given(files: Any, run: Callable[..., Any], true_labels: str, target: str, figure: str) -> None:
    ended = run(
        "evaluate", "--model", files.model, "--validation", files.clean, "--poisoned", true_labels, "--target", target
    )
    assert ended.status == 0 and figure in ended.out


def test_a_target_for_each_set(files: Any, run: Callable[..., Any], true_labels: str) -> None:
    ended = run(
        "evaluate", "--model", files.model, "--validation", files.clean, "--json", "--poisoned", files.poisoned,
        "--poisoned", true_labels, "--target", "labels", "--target", "2",
    )  # fmt: skip
    sets = json.loads(ended.out)["attack_success_rate"]
    assert [each["interpretation"]["attack"] for each in sets] == ["labels", "one"]
    assert [each["count"] for each in sets] == [8, 8]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--target", "glasses"], 2, "must be a class number, next, each, labels or auto"),
        (["--target", "1", "--target", "2"], 2, "once for each of the 1, got 2"),
        (["--target", "3"], 3, "the target must be a class from 0 to 2 for this network, got 3"),
        (["--target", "-1"], 2, "must be a class number"),
    ],
)
def test_a_wrong_target_is_refused(
    files: Any, run: Callable[..., Any], true_labels: str, words: list[str], status: int, said: str
) -> None:
    ended = run("evaluate", "--model", files.model, "--validation", files.clean, "--poisoned", true_labels, *words)
    assert ended.status == status
    assert said in " ".join(ended.err.replace("│", " ").split())


def test_a_target_without_a_poisoned_set_is_refused(files: Any, run: Callable[..., Any]) -> None:
    ended = run("evaluate", "--model", files.model, "--validation", files.clean, "--target", "2")
    assert ended.status == 2 and "give --poisoned" in ended.err


def test_a_doubtful_target_is_told_first(files: Any, run: Callable[..., Any], true_labels: str) -> None:
    ended = run(
        "evaluate", "--model", files.model, "--validation", files.clean, "--poisoned", true_labels, "--target", "1"
    )
    assert ended.out.startswith("Caution: B answers 10 of 10 images of the poisoned set true.h5 as class 2, not as")
    assert Path(true_labels).name in ended.out
