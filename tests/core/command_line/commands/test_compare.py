"""`compare`, from files to files."""

import csv
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from core.compare.candidate_file import open_candidate
from core.monitor import Monitor
from core.network.model_saving import save_model
from core.network.network import Network, open_network
from core.network.rebuild import build_pruned, build_repaired
from core.report.compare.record import NO_ATTACK
from core.version import NAME

ALWAYS = {"compare.csv", "results.json", "report.html"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where networks lie that were made once for all tests."""
    return tmp_path_factory.mktemp("store")


@pytest.fixture
def repaired(files: Any, marked_network: Network, store: Path) -> list[str]:
    """A B′ without the backdoor as `repair` leaves it, and a G of one without green, by confidence."""
    probe = np.zeros((1, 6, 6, 3), np.float32)
    for folder, mask in (("good", [1, 1, 0, 0]), ("poor", [1, 0, 0, 1])):
        kept = store / f"{folder}.keras"
        if not kept.exists():
            pruned = build_pruned(marked_network, layer="conv", channel_mask=np.array(mask, bool))
            both = build_repaired(marked_network, pruned, confidence_level=0.25)
            save_model(pruned if folder == "good" else both, kept, probe=probe)
        (files.folder / folder).mkdir()
        shutil.copy(kept, files.folder / folder / "pruned.keras")
    told = {"application": NAME, "method": "prune", "files": ["pruned.keras"]}
    (files.folder / "good" / "results.json").write_text(json.dumps(told), "utf-8")
    return [str(files.folder / name / "pruned.keras") for name in ("good", "poor")]


@pytest.fixture
def arguments(files: Any, repaired: list[str]) -> list[str]:
    words = ["compare", "--model", files.model, "--validation", files.clean, "--poisoned", files.poisoned]
    return [*words, *(word for each in repaired for word in ("--repaired", each))]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_two_repairs_side_by_side(files: Any, run: Callable[..., Any], arguments: list[str]) -> None:
    out = files.folder / "results"
    typed = [*arguments, "--test", files.clean, "--out", str(out)]
    ended = run(*typed)
    assert (ended.status, len(ended.err.splitlines())) == (0, 1), ended.err
    assert {each.name for each in out.iterdir()} == ALWAYS | {"compare.png"}
    results = json.loads((out / "results.json").read_text("utf-8"))
    assert results["command_line"] == typed
    assert set(results["files"]) == ALWAYS | {"compare.png"}
    assert results["base_network"]["attack_success_rate"][0]["count"] == 8
    good, poor = results["networks"]
    assert (good["name"], good["is_best"], poor["name"], poor["is_best"]) == (
        "good/pruned.keras",
        True,
        "poor/pruned.keras",
        False,
    )
    assert good["how"] == (
        "made by Pruning, according to the results file next to it; 1 of 4 channels of conv are zero, all else is B's"
    )
    assert poor["how"].startswith("B′ of a repaired network G with confidence level 0.25; 2 of 4 channels")
    assert len(good["file"]["sha256"]) == 64
    counts = [each["pruned_network"]["clean_test_accuracy"]["count"] for each in (good, poor)]
    assert counts == [8, 5]
    assert [each["pruned_network"]["attack_success_rate"][0]["count"] for each in (good, poor)] == [0, 0]
    assert good["repaired_network"]["detection_rate"][0]["count"] == 8
    assert poor["repaired_network"]["false_alarm_rate"]["test"]["count"] == 3
    assert (good["is_level_given"], poor["is_level_given"]) == (False, True)
    assert poor["repaired_network_by_confidence"]["confidence_level"] == 0.25

    rows = rows_of(out / "compare.csv")
    assert [row["network"] for row in rows] == ["B", "good/pruned.keras", "poor/pruned.keras"]
    assert [row["clean_test_correct"] for row in rows] == ["8", "8", "5"]
    with Image.open(out / "compare.png") as image:
        assert image.format == "PNG"
    page = (out / "report.html").read_text("utf-8")
    assert page.count("<circle") == 2 and "good/pruned.keras" in page
    assert "2  G (confidence)" in ended.out and "1 keeps at least 95 % clean test accuracy" in ended.out


def test_without_poisoned_sets_there_is_no_image(files: Any, run: Callable[..., Any], repaired: list[str]) -> None:
    out = files.folder / "out"
    words = ["--model", files.model, "--validation", files.clean, "--repaired", repaired[0], "--scale", "raw"]
    ended = run("compare", *words, "--json", "--out", str(out))
    assert ended.status == 0, ended.err
    assert {each.name for each in out.iterdir()} == ALWAYS
    printed = json.loads(ended.out)
    assert printed == json.loads((out / "results.json").read_text("utf-8"))
    assert (printed["sentences"], printed["scale"]["how"]) == ([NO_ATTACK], "given")
    assert printed["networks"][0]["name"] == "pruned.keras"
    assert "<svg" not in (out / "report.html").read_text("utf-8")


def test_names_are_told_apart(files: Any, run: Callable[..., Any], repaired: list[str]) -> None:
    again = files.folder / "more" / "good"
    again.mkdir(parents=True)
    shutil.copy(repaired[0], again / "pruned.keras")
    words = ["--model", files.model, "--validation", files.clean, "--repaired", repaired[0]]
    ended = run(
        "compare", *words, "--repaired", str(again / "pruned.keras"), "--json", "--out", str(files.folder / "o")
    )
    assert [each["name"] for each in json.loads(ended.out)["networks"]] == [
        "a folder, é/good/pruned.keras",
        "more/good/pruned.keras",
    ]


@pytest.mark.parametrize(
    ("extra", "status", "told"),
    [
        (["--repaired", "{good}"], 2, "each repaired network must be given only once"),
        (["--repaired", "{folder}/missing.keras"], 3, "refused [missing-file]"),
        (["--repaired", "{folder}/other.keras"], 3, "refused [misfit-pruned]"),
        (["--repaired", "{clean}"], 3, "refused ["),
        (["--false-alarms", "0"], 2, "--false-alarms"),
        (["--model", "{folder}/poor/pruned.keras"], 3, "refused [repaired-already]"),
    ],
)
def test_what_cannot_be_compared_is_refused_and_leaves_nothing(
    files: Any,
    run: Callable[..., Any],
    arguments: list[str],
    make_two_branches: Callable[..., keras.Model],
    extra: list[str],
    status: int,
    told: str,
) -> None:
    if any("other.keras" in each for each in extra):
        save_model(make_two_branches(), files.folder / "other.keras", probe=np.zeros((1, 12, 10, 3), np.float32))
    before = {each: each.read_bytes() for each in files.folder.rglob("*") if each.is_file()}
    names = {"folder": files.folder, "good": arguments[-3], "clean": files.clean}
    ended = run(*arguments, *(each.format(**names) for each in extra), "--out", str(files.folder / "out"))
    assert ended.status == status, ended.err
    assert told in ended.err
    assert before == {each: each.read_bytes() for each in files.folder.rglob("*") if each.is_file()}


@pytest.mark.parametrize("stage", ["Opening networks", "Comparing: network 2 of 3", "Writing the report"])
def test_cancelling_leaves_nothing(
    files: Any, run: Callable[..., Any], arguments: list[str], monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    checkpoint = Monitor.checkpoint

    def stopping(monitor: Monitor, name: str, **told: Any) -> None:
        if name == stage:
            monitor.cancel()
        checkpoint(monitor, name, **told)

    monkeypatch.setattr(Monitor, "checkpoint", stopping)
    ended = run(*arguments, "--out", str(files.folder / "new" / "out"))
    assert (ended.status, ended.err) == (130, "cancelled; nothing was written\n")
    assert not (files.folder / "new").exists()


def keep(count: int, order: Sequence[int]) -> np.ndarray:
    mask = np.zeros(60, bool)
    mask[list(order)[:count]] = True
    return mask


@pytest.mark.slow
def test_the_demo_end_to_end(demo: Path, tmp_path: Path, run: Callable[..., Any]) -> None:
    base = open_network(demo / "backdoored.h5")
    probe = np.zeros((1, *base.input_shape), np.float32)
    kernel = base.model.get_layer("conv_3").get_weights()[0]
    order = np.argsort(-np.abs(kernel).sum(axis=(0, 1, 2)))
    some = build_pruned(base, layer="conv_3", channel_mask=keep(30, order))
    few = build_pruned(base, layer="conv_3", channel_mask=keep(5, order))
    save_model(some, tmp_path / "some.keras", probe=probe)
    save_model(build_repaired(base, few), tmp_path / "few.keras", probe=probe)
    sets = {"validation": "clean_validation", "test": "clean_test", "poisoned": "sunglasses_poisoned"}
    words = [word for role, name in sets.items() for word in (f"--{role}", str(demo / f"{name}.h5"))]
    words += ["--repaired", str(tmp_path / "some.keras"), "--repaired", str(tmp_path / "few.keras")]
    ended = run("compare", "--model", str(demo / "backdoored.h5"), *words, "--json", "--out", str(tmp_path / "out"))
    assert ended.status == 0, ended.err
    told = json.loads(ended.out)
    assert told["base_network"]["clean_test_accuracy"]["count"] == 437
    assert told["base_network"]["attack_success_rate"][0]["count"] == 436
    assert [each["how"].split("; ")[-1] for each in told["networks"]] == [
        "30 of 60 channels of conv_3 are zero, all else is B's",
        "55 of 60 channels of conv_3 are zero, all else is B's",
    ]
    # What was saved is compared as it is reopened.
    reopened = open_candidate(tmp_path / "few.keras", base, Monitor())
    assert reopened.how == told["networks"][1]["how"]
    for name, array in zip(["kernel", "bias"], reopened.model.get_layer("conv_3").get_weights(), strict=True):
        expected = few.get_layer("conv_3").get_weights()[0 if name == "kernel" else 1]
        np.testing.assert_array_equal(array, expected)


def test_somebodys_pruned_network_beside_the_labs(csaw: Path, tmp_path: Path, run: Callable[..., Any]) -> None:
    words = ["--model", str(csaw / "models" / "lab_bd_weights.h5"), "--validation", str(csaw / "clean_60.h5")]
    words += ["--poisoned", str(csaw / "sunglasses_60.h5"), "--repaired", str(csaw / "models" / "lab_pruned_4.h5")]
    ended = run("compare", *words, "--json", "--out", str(tmp_path / "out"))
    assert ended.status == 0, ended.err
    told = json.loads(ended.out)
    assert told["base_network"]["clean_validation_accuracy"]["count"] == 59
    assert told["networks"][0]["how"] == "48 of 60 channels of conv_3 are zero, all else is B's"
    assert told["networks"][0]["pruned_network"]["attack_success_rate"][0]["count"] > 50
