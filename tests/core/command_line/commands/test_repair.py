"""`repair`, from files to files."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest

from core.data.dataset import Dataset
from core.data.dataset_writing import write_dataset
from core.words import TARGET_NOTE

pytestmark = pytest.mark.usefixtures("short_searches")

ALWAYS = {
    "history.csv",
    "results.json",
    "pruned.keras",
    "repaired.keras",
    "repaired_by_confidence.keras",
    "report.html",
}


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
    by_confidence = results["repaired_network_by_confidence"]
    assert by_confidence.keys() == results["repaired_network"].keys() | {"confidence_level", "calibration"}
    assert by_confidence["calibration"]["asked_false_alarm_rate"] == 0.05
    # Two held-out images are too few for 5 %.
    assert by_confidence["calibration"]["certainty"] == 0.95
    assert by_confidence["calibration"]["is_held_out"] and not by_confidence["calibration"]["is_honoured"]
    assert by_confidence["calibration"]["false_alarm_rate"]["total"] == 2
    assert by_confidence["detection_rate"][0]["count"] == 8
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
    answers = np.asarray(keras.models.load_model(out / "repaired_by_confidence.keras")(clean)).argmax(axis=1)
    assert (answers == 3).sum() == by_confidence["false_alarm_rate"]["test"]["count"]
    pruned = keras.models.load_model(out / "pruned.keras")
    assert np.asarray(pruned(clean)).argmax(axis=1).tolist() == marked_sets[0].labels.tolist()
    kernel, bias = pruned.get_layer("conv").get_weights()
    assert not kernel[..., 2:].any() and not bias[2:].any()
    page = (out / "report.html").read_text("utf-8")
    assert "Pruned channels: 2 of conv" in page and "<polyline" in page
    assert "Images of poisoned.h5" in page and page.count('alt="with the trigger"') == 3
    assert page.count("<figcaption>2 → ") == 3  # B answers with the target
    assert "ASR poisoned.h5" in ended.out and TARGET_NOTE in ended.out
    assert "G (agreement)" in ended.out and "G (confidence)" in page
    assert "2 held-out validation images are too few" in ended.out
    # B's held-out figure is its own, though refitting began with a pruned network.
    for name in ("base_network", "pruned_network"):
        assert results[name]["clean_held_out_accuracy"]["total"] == 2
    assert results["base_network"]["clean_held_out_accuracy"]["count"] == 2
    (row,) = (line for line in ended.out.splitlines() if line.startswith("clean held-out"))
    assert row.removeprefix("clean held-out").split()[:3] == ["100", "%", "2/2"]
    same = "The clean test set and the clean validation set are the same file"
    assert same in ended.out and same in results["cautions"][0] and same in page


def test_a_repaired_network_is_not_repaired_again(
    files: Any, run: Callable[..., Any], marked_network: Any, arguments: list[str]
) -> None:
    from core.network.rebuild import build_repaired  # noqa: PLC0415 - brings Keras

    path = files.folder / "g.keras"
    build_repaired(marked_network, marked_network.model).save(path)
    out = files.folder / "out"
    ended = run("repair", "--model", str(path), *arguments[3:], "--out", str(out))
    assert (ended.status, ended.out) == (3, "")
    assert f"refused [repaired-already]: '{path}' is already a repaired network G: repair the network B" in ended.err
    assert not out.exists()


@pytest.mark.parametrize("method", ["finetune", "ft-sam", "occlusion"])
def test_methods_that_only_refit(files: Any, run: Callable[..., Any], arguments: list[str], method: str) -> None:
    out = files.folder / "out"
    ended = run(
        *arguments, "--method", method, "--epochs", "1", "--steps", "3", "--seed", "4", "--held-out", "25", "--json",
        "--out", str(out),
    )  # fmt: skip
    assert ended.status == 0, ended.err
    assert {each.name for each in out.iterdir()} == ALWAYS
    printed = json.loads(ended.out)
    assert printed == json.loads((out / "results.json").read_text("utf-8"))
    assert printed["pruning"] is None
    settings = printed["refit"]["settings"]
    told = [settings[name] for name in ("seed", "epochs", "least_steps", "held_out_share")]
    assert told == [4, 1, 3, 0.25]
    assert [each["occluded_held_out_accuracy"] is not None for each in printed["refit"]["history"]] == [
        method == "occlusion"
    ] * 2
    assert printed["recipe"] is None
    assert (settings["occlusion"] is not None, settings["perturbation_radius"] > 0) == (
        method == "occlusion",
        method == "ft-sam",
    )


def test_repair_for_me_tells_what_it_tried(files: Any, run: Callable[..., Any], arguments: list[str]) -> None:
    out = files.folder / "out"
    ended = run(*arguments, "--test", files.clean, "--seed", "2", "--held-out", "25", "--out", str(out))
    assert ended.status == 0, ended.err
    assert {each.name for each in out.iterdir()} == ALWAYS | {"curve.csv"}
    results = json.loads((out / "results.json").read_text("utf-8"))
    assert results["method"] == "auto"
    recipe = results["recipe"]
    # The marked network's backdoor has a channel of its own, idle on clean images: the first plan does.
    (attempt,) = recipe["attempts"]
    assert (attempt["title"], attempt["is_chosen"], attempt["pruned_count"]) == ("pruning", True, 2)
    assert attempt["keeps_accuracy"] and attempt["is_hardly_fooled"]
    assert recipe["base_network"]["fooling_rate"]["rate"] > 0.5
    assert attempt["fooling_rate"]["rate"] < 0.05
    assert recipe["base_network"]["clean_held_out_accuracy"]["total"] == 2
    assert results["pruning"]["threshold"] == 0.02
    assert results["pruned_network"]["attack_success_rate"][0]["count"] == 0
    lines = ended.out.splitlines()
    head = next(place for place, line in enumerate(lines) if line.startswith("tried"))
    assert lines[head].split() == ["tried", "channels", "pruned", "clean", "held-out", "fooled", "smallest", "trigger"]
    assert lines[head + 2].startswith("pruning") and lines[head + 2].endswith("chosen")
    assert recipe["outcome"] == "repaired" and attempt["relative_sizes"] and not attempt["is_suspicious"]
    assert "Repaired: pruning" in ended.out
    page = (out / "report.html").read_text("utf-8")
    assert "What was tried" in page and "<h1>Pruning of " in page


def test_pruning_alone_over_all_layers(files: Any, run: Callable[..., Any], arguments: list[str]) -> None:
    out = files.folder / "out"
    ended = run(*arguments, "--method", "prune", "--layers", "all", "--threshold", "2", "--out", str(out))
    assert ended.status == 0, ended.err
    results = json.loads((out / "results.json").read_text("utf-8"))
    assert results["refit"] is None
    assert results["pruning"]["layers"] == [{"layer": "conv", "pruned_channels": [2, 3]}]
    assert rows_of(out / "history.csv") == []
    assert "<polyline" not in (out / "report.html").read_text("utf-8")


def test_the_false_alarms_that_are_asked_for_set_the_level(
    files: Any, run: Callable[..., Any], arguments: list[str], marked_sets: tuple[Dataset, Dataset]
) -> None:
    """Three of eight may be flagged, the dimmer ones: were it each in 72 % of cases, so few were it in 4.4 %."""
    out = files.folder / "out"
    asked = ["--method", "prune", "--threshold", "2", "--scale", "unit", "--false-alarms", "72"]
    ended = run(*arguments, *asked, "--out", str(out))
    assert ended.status == 0, ended.err
    told = json.loads((out / "results.json").read_text("utf-8"))
    assert told["repaired_network"]["false_alarm_rate"]["validation"]["count"] == 0
    by_confidence = told["repaired_network_by_confidence"]
    clean = np.asarray(marked_sets[0].images, np.float32) / 255
    confidences = np.asarray(keras.models.load_model(out / "pruned.keras")(clean)).max(axis=1)
    assert by_confidence["confidence_level"] == pytest.approx(float(np.sort(confidences)[3]), rel=1e-6)
    assert by_confidence["calibration"]["asked_false_alarm_rate"] == 0.72
    assert not by_confidence["calibration"]["is_held_out"]
    assert by_confidence["false_alarm_rate"]["validation"]["count"] == 3
    assert "with 95 % certainty at most 72 % of further clean images" in ended.out


def test_masks_are_told_and_prune_all_layers(files: Any, run: Callable[..., Any], arguments: list[str]) -> None:
    out = files.folder / "out"
    ended = run(*arguments, "--method", "anp", "--seed", "5", "--false-alarms", "45", "--out", str(out))
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
    assert "The channels are pruned in the order of their masks" in (out / "report.html").read_text("utf-8")
    assert "The channels are pruned in the order of their masks" in ended.out
    assert "Settings of the masks: mask steps 200;" in ended.out and "seed 5." in ended.out
    assert "that also chose what was pruned" in ended.out

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
    more = ["--unlabelled", str(files.folder / "more.h5"), "--method", "occlusion", "--epochs", "1", "--steps", "2"]
    ended = run(*arguments, *more, "--out", str(files.folder / "out"))
    assert ended.status == 0, ended.err
    results = json.loads((files.folder / "out" / "results.json").read_text("utf-8"))
    assert results["method"] == "occlusion"
    assert results["inputs"]["unlabelled"]["image_count"] == 8


@pytest.mark.parametrize("label", [None, np.full(8, -1)])
def test_unlabelled_images_need_no_labels(
    files: Any,
    run: Callable[..., Any],
    arguments: list[str],
    marked_sets: tuple[Dataset, Dataset],
    label: np.ndarray | None,
) -> None:
    path = files.folder / "more.h5"
    with h5py.File(path, "w") as file:
        file["data"] = np.asarray(marked_sets[0].images)
        if label is not None:
            file["label"] = label
    out = files.folder / "out"
    ended = run(*arguments, "--unlabelled", str(path), "--method", "finetune", "--epochs", "1", "--out", str(out))
    assert ended.status == 0, ended.err
    assert "8 images without labels" in ended.out
    ended = run(*arguments, "--test", str(path), "--method", "prune", "--out", str(files.folder / "two"))
    assert (ended.status, "refused [" in ended.err) == (3, True)


def test_a_repair_that_trained_with_what_it_is_judged_by_says_so(
    files: Any, run: Callable[..., Any], arguments: list[str]
) -> None:
    typed = [*arguments, "--unlabelled", files.poisoned, "--method", "finetune", "--epochs", "1"]
    ended = run(*typed, "--out", str(files.folder / "out"))
    assert ended.status == 0, ended.err
    assert "refitting learns B's answers to triggered images" in ended.out
    results = json.loads((files.folder / "out" / "results.json").read_text("utf-8"))
    assert any("without labels are the same file" in each for each in results["cautions"])


@pytest.mark.parametrize("method", ["finetune", "fine-pruning", "ft-sam"])
def test_methods_that_learn_from_labels_take_unlabelled_images_too(
    files: Any, run: Callable[..., Any], arguments: list[str], marked_sets: tuple[Dataset, Dataset], method: str
) -> None:
    write_dataset(files.folder / "more.h5", np.asarray(marked_sets[0].images), np.full(8, 99))
    typed = [*arguments, "--method", method, "--epochs", "1", "--unlabelled", str(files.folder / "more.h5")]
    ended = run(*typed, "--out", str(files.folder / "out"))
    assert ended.status == 0, ended.err
    results = json.loads((files.folder / "out" / "results.json").read_text("utf-8"))
    assert results["refit"]["settings"]["distillation_weight"] == 0.5
    assert "Refitted on 6 of the 8 validation images and 8 images without labels for 1 epoch;" in ended.out
    assert "distillation weight 0.5" in ended.out

    ended = run(*typed, "--distillation", "0.2", "--temperature", "3", "--json", "--out", str(files.folder / "two"))
    assert ended.status == 0, ended.err
    settings = json.loads(ended.out)["refit"]["settings"]
    assert (settings["distillation_weight"], settings["temperature"]) == (0.2, 3)


def test_all_that_is_typed_of_training_is_done_and_told(
    files: Any, run: Callable[..., Any], arguments: list[str]
) -> None:
    out = files.folder / "out"
    ended = run(
        *arguments, "--method", "occlusion", "--epochs", "2", "--steps", "6", "--batch-size", "3",
        "--augmentation", "none", "--distillation", "0.7", "--temperature", "2", "--rollback", "12.5",
        "--optimizer", "sgd", "--learning-rate", "0.001", "--out", str(out),
    )  # fmt: skip
    assert ended.status == 0, ended.err
    settings = json.loads((out / "results.json").read_text("utf-8"))["refit"]["settings"]
    assert settings["augmentation"] == {"shift": 0, "light": 0, "is_mirrored": False, "turn": 0, "zoom": 0}
    told = [settings[name] for name in ("batch_size", "least_steps", "rollback_margin", "optimizer")]
    assert told == [3, 6, 0.125, "sgd"]
    assert [settings[name] for name in ("distillation_weight", "temperature")] == [0.7, 2]
    page = (out / "report.html").read_text("utf-8")
    assert "Settings of training" in page and "Settings of the masks" not in page
    for name, value in (
        ("batch size", "3"),
        ("augmentation", "none"),
        ("returns to the best epoch after a drop of", "12.5 points"),
    ):
        assert f'<tr><th scope="row">{name}</th><td>{value}</td></tr>' in page
        assert f"{name} {value}" in ended.out


def test_repair_for_me_hands_on_what_suits_all_it_tries(
    files: Any, run: Callable[..., Any], arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fine-pruning alone is tried, so that something is refitted."""
    from core.repair import recipe  # noqa: PLC0415 - brings Keras
    from core.repair.recipe_records import all_plans  # noqa: PLC0415

    real = recipe.try_plans
    monkeypatch.setattr(
        "core.repair.recipe.try_plans", lambda *args, **words: real(*args, **(words | {"plans": all_plans()[1:2]}))
    )
    typed = [*arguments, "--no-mirroring", "--batch-size", "4", "--held-out", "25"]
    ended = run(*typed, "--json", "--out", str(files.folder / "out"))
    assert ended.status == 0, ended.err
    settings = json.loads(ended.out)["refit"]["settings"]
    assert settings["augmentation"] == {"shift": 0.04, "light": 0.1, "is_mirrored": False, "turn": 0, "zoom": 0}
    assert (settings["batch_size"], settings["held_out_share"], settings["epochs"]) == (4, 0.25, 20)


@pytest.mark.parametrize(
    ("extra", "status", "told"),
    [
        (["--method", "occlusion", "--layers", "conv"], 2, "does not prune channels"),
        (["--method", "prune", "--epochs", "3"], 2, "prune does not train"),
        (["--method", "anp", "--learning-rate", "0.3"], 2, "anp does not train"),
        (["--method", "finetune", "--threshold", "3"], 2, "finetune does not prune channels"),
        (["--method", "anp", "--mask-threshold", "0.3", "--threshold", "2"], 2, "replaces the threshold"),
        (["--method", "finetune", "--learning-rate", "inf"], 2, "--learning-rate"),
        (["--method", "prune", "--mask-threshold", "0.2"], 2, "only anp has masks"),
        (["--method", "anp", "--mask-threshold", "1.2"], 2, "--mask-threshold"),
        (["--method", "prune", "--unlabelled", "x.h5"], 2, "prune does not train, so it cannot use"),
        (["--method", "finetune", "--unlabelled", "x.h5", "--distillation", "0"], 2, "used only with B's answers"),
        (["--method", "finetune", "--temperature", "4"], 2, "the temperature softens B's answers"),
        (["--method", "occlusion", "--distillation", "0"], 2, "images made of two"),
        (["--method", "anp", "--batch-size", "8"], 2, "leave --batch-size out"),
        (["--method", "anp", "--held-out", "8"], 2, "leave --held-out out"),
        (["--rollback", "5", "--optimizer", "sgd"], 2, "leave --optimizer and"),
        (["--method", "finetune", "--batch-size", "0"], 2, "--batch-size"),
        (["--method", "finetune", "--distillation", "1.5"], 2, "--distillation"),
        (["--method", "prune", "--threshold", "0"], 2, "greater than or equal to 0.0001"),
        (["--method", "prune", "--false-alarms", "0"], 2, "--false-alarms"),
        (["--method", "prune", "--false-alarms", "100"], 2, "--false-alarms"),
        (["--method", "prune", "--layers", ""], 2, "convolutions must be names separated by commas, or all, got ''"),
        (["--layers", ","], 2, "convolutions must be names separated by commas, or all, got ','"),
        (["--method", "prune", "--suspects", "0"], 2, "only auto and unlearning unlearn triggers"),
        (["--suspects", "x"], 2, "classes must look like 0,3-5, got 'x'"),
        (["--suspects", "0,0"], 2, "given once"),
        (["--suspects", "next,99"], 3, "refused [suspects]: a suspected class must be from 0 to 2, got 99"),
        (["--method", "magic"], 2, "Invalid value for '--method': 'magic' is not one of 'auto'"),
        (["--epochs", "3"], 2, "auto has its own settings"),
        (["--method", "auto", "--threshold", "2"], 2, "auto has its own settings"),
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
    assert told in " ".join(ended.err.replace("│", " ").split())  # wrong usage stands in a frame, wrapped
    assert not (files.folder / "out").exists()
