"""`prune`, from files to files."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from core.data.dataset import Dataset
from core.data.dataset_writing import write_dataset
from core.scale import Scale
from core.words import TARGET_NOTE

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
    test = files.folder / "test.h5"
    write_dataset(test, np.asarray(marked_sets[0].images)[::-1], np.asarray(marked_sets[0].labels)[::-1])
    typed = [*arguments, "--test", str(test), "--thresholds", "2,12.5,2", "--scale", "raw", "--out", str(out)]
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
    assert results["scale"]["how"] == "given"
    effort = results["effort"]
    assert list(effort["phases_s"]) == ["finding the target", "measuring", "pruning"]
    # Three sets of 8 images and 4 steps; green touches 3 clean images (2 loads of them), blue all 8 triggered ones, red
    # 5 clean ones, and where nothing is left one answer does for all of a set.
    assert effort["update_count"] + effort["skipped_update_count"] == 3 * 8 * 4
    assert 0 < effort["update_count"] < 30
    assert effort["peak_memory_bytes"] > 0
    assert results["settled_count"] > 0
    assert set(results["files"]) == ALL_FILES
    assert results["cautions"] == []
    headline = "Separable or entangled, too few images to say which: the attack with poisoned.h5 is gone"
    assert ended.out.startswith(headline)
    assert "8 images of poisoned.h5 and 8 clean validation images are too few to be sure" in ended.out
    assert TARGET_NOTE in ended.out
    assert len(results["inputs"]["model"]["sha256"]) == 64
    assert ended.out.count(headline) == 2
    assert headline in (out / "report.html").read_text("utf-8")
    (shape,) = results["shapes"]
    assert (shape["shape"], shape["may_be"], shape["pruned_count"]) == ("separable", ["entangled"], 1)

    repaired = keras.models.load_model(out / "repaired_2.keras")
    clean, poisoned = (np.asarray(each.images, np.float32) for each in marked_sets)
    assert np.asarray(repaired(poisoned)).argmax(axis=1).tolist() == [3] * 8
    assert np.asarray(repaired(clean)).argmax(axis=1).tolist() == marked_sets[0].labels.tolist()
    pruned = keras.models.load_model(out / "pruned_2.keras")
    assert np.asarray(pruned(poisoned)).argmax(axis=1).tolist() == marked_sets[0].labels.tolist()


def test_the_order_of_masks(files: Any, run: Callable[..., Any], arguments: list[str]) -> None:
    out = str(files.folder / "out")
    ended = run(*arguments, "--order", "anp", "--layer", "all", "--thresholds", "2", "--scale", "raw", "--out", out)
    assert ended.status == 0, ended.err
    results = json.loads((files.folder / "out" / "results.json").read_text("utf-8"))
    assert results["order"]["kind"] == "anp"
    assert results["order"]["mask_settings"]["seed"] == 0
    assert list(results["effort"]["phases_s"]) == ["finding the target", "optimizing masks", "measuring", "pruning"]
    scores = [each["score"] for each in sorted(results["channels"], key=lambda each: each["pruning_step"])]
    assert scores == sorted(scores)
    assert "anp order" in ended.out


def test_json_instead_of_the_table(files: Any, run: Callable[..., Any], arguments: list[str]) -> None:
    ended = run(*arguments, "--json", "--thresholds", "2", "--scale", "raw", "--out", str(files.folder / "out"))
    printed = json.loads(ended.out)
    assert printed["files"][-1] == "report.html"
    assert printed == json.loads((files.folder / "out" / "results.json").read_text("utf-8"))
    assert printed["scale"] == {"scale": "raw", "mean": [0.0], "deviation": [1.0], "bgr": False, "how": "given"}


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


@pytest.mark.parametrize("memory", ["", "12", "1T", "-1G", "nanG", "x"])
def test_bad_sizes_are_wrong_usage(files: Any, run: Callable[..., Any], arguments: list[str], memory: str) -> None:
    ended = run(*arguments, "--memory", memory, "--out", str(files.folder / "out"))
    assert ended.status == 2
    assert "512M or 2G" in " ".join(ended.err.replace("│", " ").split())


@pytest.mark.parametrize("layer", ["", " ,conv"])
def test_a_layer_without_a_name_is_wrong_usage(
    files: Any, run: Callable[..., Any], arguments: list[str], layer: str
) -> None:
    ended = run(*arguments, "--layer", layer, "--out", str(files.folder / "out"))
    assert ended.status == 2
    assert f"or all, got '{layer}'" in " ".join(ended.err.replace("│", " ").split())


def test_without_memory_everything_is_spilled_and_the_same(
    files: Any, run: Callable[..., Any], arguments: list[str]
) -> None:
    for name, memory in (("kept", "1.5G"), ("spilled", "0M")):
        ended = run(*arguments, "--memory", memory, "--out", str(files.folder / name))
        assert ended.status == 0, ended.err
    curves = [(files.folder / name / "curve.csv").read_text("utf-8") for name in ("kept", "spilled")]
    assert curves[0] == curves[1]
    efforts = [
        json.loads((files.folder / n / "results.json").read_text("utf-8"))["effort"] for n in ("kept", "spilled")
    ]
    assert efforts[0]["spilled_bytes"] == 0 < efforts[1]["spilled_bytes"]


def test_all_layers_at_once(files: Any, run: Callable[..., Any], arguments: list[str]) -> None:
    out = files.folder / "all"
    ended = run(*arguments, "--layer", "all", "--out", str(out))
    assert ended.status == 0, ended.err
    assert "all convolutions (conv)" in ended.out
    results = json.loads((out / "results.json").read_text("utf-8"))
    assert results["layer"]["parts"] == ["conv"]
    assert results["order"]["channels"] == [["conv", 2], ["conv", 3], ["conv", 1], ["conv", 0]]
    assert {each["layer"] for each in results["channels"]} == {"conv"}
    assert "all convolutions (conv)" in (out / "report.html").read_text("utf-8")
    ended = run(*arguments, "--layer", "all", "--reader", "conv", "--out", str(files.folder / "no"))
    assert ended.status == 3


@pytest.mark.parametrize("thresholds", ["", "2,,4", "x", "0", "-1", "100", "nan", "inf"])
def test_bad_thresholds_are_wrong_usage(
    files: Any, run: Callable[..., Any], arguments: list[str], thresholds: str
) -> None:
    ended = run(*arguments, "--thresholds", thresholds, "--out", str(files.folder / "out"))
    assert ended.status == 2
    assert "thresholds" in ended.err
    assert "from 0.0001 to 99.9999" in " ".join(ended.err.replace("│", " ").split())
    assert not (files.folder / "out").exists()


def test_thresholds_of_one_file_name_are_wrong_usage(files: Any, run: Callable[..., Any], arguments: list[str]) -> None:
    ended = run(*arguments, "--thresholds", "2,2.0000001", "--out", str(files.folder / "out"))
    assert ended.status == 2
    assert "both '2'" in " ".join(ended.err.replace("│", " ").split())


def test_swapped_sets_give_no_confident_headline(files: Any, run: Callable[..., Any]) -> None:
    out = files.folder / "out"
    ended = run(
        "prune", "--model", files.model, "--validation", files.poisoned, "--poisoned", files.clean,
        "--thresholds", "2", "--out", str(out),
    )  # fmt: skip
    assert ended.status == 0
    assert ended.out.startswith("Caution: All 8 images of the clean validation set poisoned.h5 have label")
    page = (out / "report.html").read_text("utf-8")
    assert "open them as a poisoned set" in page
    for text in (ended.out, page):
        assert "No attack" not in text
        assert "Separable" not in text
        assert "too few" not in text
    results = json.loads((out / "results.json").read_text("utf-8"))
    assert "have label 2, though the network has 3 classes" in results["cautions"][0]
    assert results["verdict"]["headline"] == f"Caution: {results['cautions'][0]}"
    assert results["shapes"] == []


def test_overwriting_leaves_no_network_of_an_earlier_run(
    files: Any, run: Callable[..., Any], arguments: list[str]
) -> None:
    out = files.folder / "out"
    assert run(*arguments, "--thresholds", "2,4", "--out", str(out)).status == 0
    (out / "pruned_7.keras").write_text("somebody's own")
    ended = run(*arguments, "--thresholds", "10", "--overwrite", "--out", str(out))
    assert ended.status == 0, ended.err
    assert {each.name for each in out.glob("*.keras")} == {
        "pruned_10.keras", "repaired_10.keras", "pruned_7.keras",
    }  # fmt: skip
    ended = run(
        "prune", "--model", str(out / "pruned_10.keras"), "--validation", files.clean, "--thresholds", "3",
        "--overwrite", "--out", str(out),
    )  # fmt: skip
    assert ended.status == 3
    assert ended.err.startswith("refused [would-replace-input]: ")
    assert (out / "pruned_10.keras").exists()


def test_saved_networks_do_what_the_curve_says(
    files: Any, run: Callable[..., Any], make_two_branches: Callable[..., Any], random_sets: tuple[Dataset, ...]
) -> None:
    make_two_branches().save(files.folder / "two.keras")
    answers = np.asarray(make_two_branches()(random_sets[0].batch(0, 40, scale=Scale.RAW))).argmax(axis=1)
    truths = [answers, *(each.labels for each in random_sets[1:])]
    for each, labels in zip(random_sets, truths, strict=True):
        write_dataset(files.folder / f"two_{each.name}", each.images, labels)
    out = files.folder / "out"
    paths = [str(files.folder / f"two_{name}.h5") for name in ("valid", "test", "poisoned")]
    ended = run(
        "prune", "--model", str(files.folder / "two.keras"), "--validation", paths[0], "--test", paths[1],
        "--poisoned", paths[2], "--scale", "raw", "--thresholds", "5,60", "--out", str(out),
    )  # fmt: skip
    assert ended.status == 0, ended.err
    with (out / "curve.csv").open(newline="", encoding="utf-8") as stream:
        rows = {row["pruned_count"]: row for row in csv.DictReader(stream)}
    table = json.loads((out / "results.json").read_text("utf-8"))["table"]
    stops = {row["threshold_points"]: row["pruned_count"] for row in table if row["side"] == "before"}
    assert len(set(stops.values())) > 1
    for threshold, pruned_count in stops.items():
        row = rows[str(pruned_count)]
        pruned = keras.models.load_model(out / f"pruned_{threshold:g}.keras")
        repaired = keras.models.load_model(out / f"repaired_{threshold:g}.keras")
        repaired.save(files.folder / "again.h5")
        again = keras.models.load_model(files.folder / "again.h5", compile=False)
        columns = ("clean_validation_correct", "clean_test_correct", "attack_success_count")
        flags = ("clean_validation", "clean_test", "poisoned")
        for each, labels, column, flag in zip(random_sets, truths, columns, flags, strict=True):
            images = each.batch(0, each.image_count, scale=Scale.RAW)
            assert (np.asarray(pruned(images)).argmax(axis=1) == labels).sum() == int(row[column])
            for network in (repaired, again):
                predicted = np.asarray(network(images)).argmax(axis=1)
                assert (predicted == labels).sum() == int(row[f"repaired_{column}"])
                assert (predicted == 4).sum() == int(row[f"repaired_{flag}_flagged"])


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
    assert ended.out.count("Bypass: ") == 1
    assert ended.out.index("Pruned network B′") < ended.out.index("Bypass: ") < ended.out.index("Repaired network G")
    assert json.loads((files.folder / "out" / "results.json").read_text("utf-8"))["bypass"] == {
        "layer": "conv_2", "cut_reader": "conv_3", "open_readers": ["fc_1"],
    }  # fmt: skip


def test_a_curve_with_a_trigger_in_place_of_triggered_images(files: Any, run: Callable[..., Any]) -> None:
    change = np.zeros((6, 6, 3), np.float32)
    change[:2, :2, 2] = 255
    trigger, folder = files.folder / "trigger_2.npz", files.folder / "out"
    np.savez(trigger, opacity=np.zeros((6, 6, 1)), pixels=np.zeros((6, 6, 3)), change=change)
    ended = run(
        "prune", "--model", files.model, "--validation", files.clean, "--test", files.clean, "--trigger", str(trigger),
        "--target", "2", "--out", str(folder),
    )  # fmt: skip
    assert ended.status == 0
    assert "ASR (estimated)" in ended.out
    results = json.loads((folder / "results.json").read_text("utf-8"))
    (told,) = results["inputs"]["poisoned"]
    assert told["estimated_from"] == {"images": results["inputs"]["test"], "trigger": str(trigger)}
    assert results["table"][0]["pruned_network"]["attack_success_rate"][0]["rate"] == 1.0
    assert "attack_success_rate_estimated" in (folder / "curve.csv").read_text("utf-8").splitlines()[0]
