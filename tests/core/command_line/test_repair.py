"""`repair`, from files to files."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from core.dataset import Dataset, write_dataset
from core.words import TARGET_NOTE

ALWAYS = {"history.csv", "results.json", "pruned.keras", "repaired.keras", "report.html"}


@pytest.fixture
def arguments(files: Any) -> list[str]:
    return ["repair", "--model", files.model, "--validation", files.clean, "--poisoned", files.poisoned]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_pruning_and_refitting_cut_out_the_backdoor(
    files: Any, run: Callable[..., Any], arguments: list[str], marked_sets: tuple[Dataset, Dataset]
) -> None:
    out = files.folder / "results"
    typed = [*arguments, "--test", files.clean, "--method", "fine-pruning", "--epochs", "2", "--out", str(out)]
    ended = run(*typed)
    assert (ended.status, len(ended.err.splitlines())) == (0, 1), ended.err
    assert {each.name for each in out.iterdir()} == ALWAYS | {"curve.csv"}
    results = json.loads((out / "results.json").read_text("utf-8"))
    assert results["command_line"] == typed
    assert results["method"] == "fine-pruning"
    # The dead channel and the backdoor are pruned without a loss, and stay so.
    assert results["pruning"]["layers"] == [{"layer": "conv", "pruned_channels": [2, 3]}]
    assert results["pruning"]["threshold"] == 0.04
    assert results["base_network"]["attack_success_rate"][0]["count"] == 8
    assert results["pruned_network"]["attack_success_rate"][0]["count"] == 0
    assert results["pruned_network"]["clean_test_accuracy"]["count"] == 8
    assert results["repaired_network"]["detection_rate"][0]["count"] == 8
    assert results["repaired_network"]["false_alarm_rate"]["test"]["count"] == 0
    assert results["refit"]["training_count"] == 6
    assert set(results["files"]) == ALWAYS | {"curve.csv"}
    assert results["notes"][-1] == TARGET_NOTE

    rows = rows_of(out / "history.csv")
    assert [row["epoch"] for row in rows] == ["0", "1", "2"]
    assert (rows[0]["loss"], rows[0]["attack_success_count"]) == ("", "0")
    assert [float(row["attack_success_rate"]) for row in rows] == [0, 0, 0]
    assert [row["is_kept"] for row in rows].index("1") == results["refit"]["kept_epoch"]
    assert results["refit"]["history"][2]["loss"] == float(rows[2]["loss"])

    clean, poisoned = (np.asarray(each.images, np.float32) for each in marked_sets)
    repaired = keras.models.load_model(out / "repaired.keras")
    assert np.asarray(repaired(poisoned)).argmax(axis=1).tolist() == [3] * 8
    pruned = keras.models.load_model(out / "pruned.keras")
    assert np.asarray(pruned(clean)).argmax(axis=1).tolist() == marked_sets[0].labels.tolist()
    kernel, bias = pruned.get_layer("conv").get_weights()
    assert not kernel[..., 2:].any() and not bias[2:].any()
    page = (out / "report.html").read_text("utf-8")
    assert "Pruned channels: 2 of conv" in page and "<polyline" in page
    assert "ASR poisoned.h5" in ended.out and TARGET_NOTE in ended.out


@pytest.mark.parametrize("method", ["finetune", "ft-sam", "occlusion"])
def test_methods_that_only_refit(files: Any, run: Callable[..., Any], arguments: list[str], method: str) -> None:
    out = files.folder / "out"
    ended = run(*arguments, "--method", method, "--epochs", "1", "--seed", "4", "--json", "--out", str(out))
    assert ended.status == 0, ended.err
    assert {each.name for each in out.iterdir()} == ALWAYS
    printed = json.loads(ended.out)
    assert printed == json.loads((out / "results.json").read_text("utf-8"))
    assert printed["pruning"] is None
    settings = printed["refit"]["settings"]
    assert (settings["seed"], settings["epochs"]) == (4, 1)
    assert (settings["occlusion"] is not None, settings["perturbation_radius"] > 0) == (
        method == "occlusion",
        method == "ft-sam",
    )


def test_pruning_alone_over_all_layers(files: Any, run: Callable[..., Any], arguments: list[str]) -> None:
    out = files.folder / "out"
    ended = run(*arguments, "--method", "prune", "--layers", "all", "--threshold", "2", "--out", str(out))
    assert ended.status == 0, ended.err
    results = json.loads((out / "results.json").read_text("utf-8"))
    assert results["refit"] is None
    assert results["pruning"]["layers"] == [{"layer": "conv", "pruned_channels": [2, 3]}]
    assert rows_of(out / "history.csv") == []
    assert "<polyline" not in (out / "report.html").read_text("utf-8")


def test_masks_are_told_and_prune_all_layers(files: Any, run: Callable[..., Any], arguments: list[str]) -> None:
    out = files.folder / "out"
    ended = run(*arguments, "--method", "anp", "--seed", "5", "--out", str(out))
    assert ended.status == 0, ended.err
    assert {each.name for each in out.iterdir()} == ALWAYS | {"curve.csv"}
    results = json.loads((out / "results.json").read_text("utf-8"))
    assert (results["method"], results["refit"], results["pruning"]["order"]) == ("anp", None, "anp")
    masks = results["pruning"]["masks"]
    assert (masks["settings"]["seed"], masks["settings"]["mask_threshold"]) == (5, None)
    values = masks["values"]["conv"]
    assert len(values) == 4 and values[2] == values[3] == 1.0  # what no clean image wakes has nothing against it
    rows = rows_of(out / "curve.csv")
    assert len(rows) == 5
    assert "The order goes by masks of the channels (ANP)" in (out / "report.html").read_text("utf-8")
    assert "The order goes by masks of the channels (ANP)" in ended.out

    by_mask = [*arguments, "--method", "anp", "--mask-threshold", "0", "--layers", "conv", "--overwrite"]
    ended = run(*by_mask, "--out", str(out))
    assert ended.status == 0, ended.err
    results = json.loads((out / "results.json").read_text("utf-8"))
    assert results["pruning"]["layers"] == [{"layer": "conv", "pruned_channels": []}]
    assert "Pruned channels: 0 of conv, all those whose mask is below 0." in ended.out


def test_unlabelled_images_may_carry_any_label(
    files: Any, run: Callable[..., Any], arguments: list[str], marked_sets: tuple[Dataset, Dataset]
) -> None:
    write_dataset(files.folder / "more.h5", np.asarray(marked_sets[0].images), np.full(8, 99))
    more = ["--unlabelled", str(files.folder / "more.h5"), "--epochs", "1"]
    ended = run(*arguments, *more, "--out", str(files.folder / "out"))
    assert ended.status == 0, ended.err
    results = json.loads((files.folder / "out" / "results.json").read_text("utf-8"))
    assert results["method"] == "occlusion"
    assert results["inputs"]["unlabelled"]["image_count"] == 8


@pytest.mark.parametrize(
    ("extra", "status", "told"),
    [
        (["--method", "occlusion", "--layers", "conv"], 2, "prunes no channels"),
        (["--method", "prune", "--epochs", "3"], 2, "prune trains nothing"),
        (["--method", "anp", "--learning-rate", "3"], 2, "anp trains nothing"),
        (["--method", "prune", "--mask-threshold", "0.2"], 2, "only anp has masks"),
        (["--method", "anp", "--mask-threshold", "1.2"], 2, "--mask-threshold"),
        (["--method", "finetune", "--unlabelled", "x.h5"], 2, "only occlusion learns"),
        (["--method", "prune", "--threshold", "0"], 2, "thresholds must be numbers"),
        (["--method", "magic"], 2, "magic"),
        (["--method", "prune", "--layers", "conv,nope"], 3, "refused [no-such-layer]"),
        (["--method", "prune", "--layers", "conv,all"], 3, "refused [layers-twice]"),
        (["--test", "{folder}/missing.h5"], 3, "refused [missing-file]"),
    ],
)
def test_what_cannot_be_done_is_refused_and_leaves_nothing(
    files: Any, run: Callable[..., Any], arguments: list[str], extra: list[str], status: int, told: str
) -> None:
    extra = [each.format(folder=files.folder) for each in extra]
    ended = run(*arguments, *extra, "--out", str(files.folder / "out"))
    assert ended.status == status
    assert told in ended.err
    assert not (files.folder / "out").exists()
