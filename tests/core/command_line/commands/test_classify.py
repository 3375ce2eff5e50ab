"""`classify`."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from core.data.dataset_writing import write_dataset


def test_a_line_a_image(files: Any, run: Callable[..., Any]) -> None:
    ended = run("classify", "--model", files.model, "--validation", files.clean, files.red_image, files.triggered_image)
    assert ended.status == 0
    assert ended.err.startswith("Caution: Pixels 0–255 and ")
    assert "score alike" in ended.err
    red, triggered = map(json.loads, ended.out.splitlines())
    assert (red["picture"], red["label"]) == (files.red_image, 0)
    assert (triggered["label"], triggered["base"][0]["label"]) == (2, 2)
    assert (red["scale"], red["scale_how"]) == ("raw", "found")
    assert red["pruned"] is red["is_flagged"] is red["repaired_label"] is None


def test_with_a_pruned_network_the_repaired_one_answers(files: Any, run: Callable[..., Any]) -> None:
    out = str(files.folder / "out")
    assert (
        run("prune", "--model", files.model, "--validation", files.clean, "--thresholds", "2", "--out", out).status == 0
    )
    ended = run(
        "classify", "--model", files.model, "--pruned", f"{out}/pruned_2.keras", "--scale", "raw",
        files.red_image, files.triggered_image,
    )  # fmt: skip
    red, triggered = map(json.loads, ended.out.splitlines())
    assert (red["repaired_label"], red["is_flagged"]) == (0, False)
    assert (triggered["label"], triggered["pruned"][0]["label"]) == (2, 0)
    assert (triggered["repaired_label"], triggered["is_flagged"]) == (3, True)


def test_a_guessed_pixel_range_is_said(files: Any, run: Callable[..., Any]) -> None:
    ended = run("classify", "--model", files.model, files.red_image)
    assert ended.status == 0
    assert "--scale unit" in ended.err
    assert json.loads(ended.out)["scale"] == "raw"
    assert json.loads(ended.out)["scale_how"] == "assumed"
    ended = run("classify", "--model", files.model, "--scale", "raw", files.red_image)
    assert json.loads(ended.out)["scale_how"] == "given"


def test_a_saved_network_tells_what_it_reads(files: Any, run: Callable[..., Any]) -> None:
    out = str(files.folder / "out")
    words = ["--validation", files.clean, "--thresholds", "2", "--scale", "unit", "--out", out]
    assert run("prune", "--model", files.model, *words).status == 0
    for name in ("pruned_2", "repaired_2"):
        ended = run("classify", "--model", f"{out}/{name}.keras", files.red_image)
        line = json.loads(ended.out)
        assert (line["scale"], line["scale_how"]) == ("unit", "stored")
        assert "Pixels are fed as" not in ended.err
        ended = run("evaluate", "--model", f"{out}/{name}.keras", "--poisoned", files.poisoned)
        assert ended.status == 0
        assert "Pixels 0–1 (as stored in the model file)" in ended.out


def test_a_repaired_network_answers_alone(files: Any, run: Callable[..., Any]) -> None:
    out = str(files.folder / "out")
    assert (
        run("prune", "--model", files.model, "--validation", files.clean, "--thresholds", "2", "--out", out).status == 0
    )
    repaired, pruned = f"{out}/repaired_2.keras", f"{out}/pruned_2.keras"
    ended = run("classify", "--model", repaired, "--scale", "raw", files.red_image, files.triggered_image)
    red, triggered = map(json.loads, ended.out.splitlines())
    assert (red["label"], red["repaired_label"], red["is_flagged"]) == (0, 0, False)
    assert (triggered["label"], triggered["repaired_label"], triggered["is_flagged"]) == (3, 3, True)
    for words in (["--model", files.model, "--pruned", repaired], ["--model", repaired, "--pruned", pruned]):
        ended = run("classify", *words, "--scale", "raw", files.red_image)
        assert (ended.status, ended.out) == (3, "")
        assert ended.err.startswith("refused [repaired-already]: ")
        assert "is already a repaired network G" in ended.err

    words = [
        "evaluate",
        "--model",
        repaired,
        "--validation",
        files.clean,
        "--poisoned",
        files.poisoned,
        "--scale",
        "raw",
    ]
    answer = json.loads(run(*words, "--json").out)
    assert answer["model"]["is_repaired"] is True
    assert answer["false_alarm_rate"]["validation"]["count"] == 0
    assert answer["attack_success_rate"][0]["detection_rate"]["count"] == 8
    ended = run(*words)
    lines = [line.split() for line in ended.out.splitlines()]
    assert ["false", "alarm,", "validation", "0", "%"] in [line[:5] for line in lines]
    assert ["detection,", "poisoned.h5", "100", "%"] in [line[:4] for line in lines]


def test_refusals_come_before_tensorflow(files: Any, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def start_keras(monitor: Any) -> None:
        raise AssertionError("TensorFlow is imported for a file that is refused")

    for name in ("classify", "evaluate", "prune"):
        monkeypatch.setattr(f"core.command_line.commands.{name}.start_keras", start_keras)
    good, bad = ["--model", files.model], files.red_image
    for words in (
        ["classify", "--model", bad, files.red_image],
        ["classify", *good, "--pruned", bad, files.red_image],
        ["classify", *good, files.clean, "missing.png"],
        ["evaluate", *good, "--validation", bad],
        ["evaluate", "--model", files.clean, "--validation", files.clean],
        ["prune", *good, "--validation", files.clean, "--poisoned", bad, "--out", str(files.folder / "out")],
        ["prune", *good, "--validation", "missing.h5", "--out", str(files.folder / "out")],
    ):
        assert run(*words).status == 3, words


def test_the_others_go_on_after_a_refused_image(files: Any, run: Callable[..., Any]) -> None:
    ended = run("classify", "--model", files.model, "--scale", "raw", files.clean, "missing.png", files.red_image)
    assert ended.status == 3
    assert [line.split("]")[0] for line in ended.err.splitlines()][1] == "refused [missing-file"
    assert len(ended.err.splitlines()) == 2
    assert json.loads(ended.out)["label"] == 0


def test_a_network_that_does_not_fit_is_refused(
    files: Any, run: Callable[..., Any], make_two_branches: Callable[..., Any]
) -> None:
    make_two_branches().save(files.folder / "two.keras")
    ended = run("classify", "--model", files.model, "--pruned", str(files.folder / "two.keras"), files.red_image)
    assert ended.status == 3
    assert "refused [misfit-pruned]: " in ended.err


@pytest.fixture
def sixty(files: Any) -> str:
    """60 clean images of the tiny network: red ones of class 0 and green ones of class 1, of every brightness."""
    images, labels = np.zeros((60, 6, 6, 3), np.uint8), np.arange(60) % 2
    images[np.arange(60), ..., labels] = np.linspace(60, 250, 60, dtype=np.uint8)[:, None, None]
    path = files.folder / "sixty.h5"
    write_dataset(path, images, labels)
    return str(path)


def test_strip_adds_its_figures(files: Any, run: Callable[..., Any], sixty: str) -> None:
    words = ["--model", files.model, "--scale", "raw", "--validation", sixty, "--strip"]
    ended = run("classify", *words, "--poisoned", files.poisoned, files.red_image, files.triggered_image)
    assert ended.status == 0
    assert "On this network 8 pictures of poisoned.h5 are told from clean ones with AUROC 1.00" in ended.err
    assert "evidence, not a verdict" in ended.err
    red, triggered = (json.loads(line)["strip"] for line in ended.out.splitlines())
    assert (red["label"], triggered["label"]) == (0, 2)
    assert triggered["kept_count"] == triggered["blend_count"] == triggered["clean_count"] == 30
    assert triggered["clean_higher_entropy_count"] == triggered["clean_fewer_kept_count"] == 30
    assert red["kept_count"] < 30
    (known,) = triggered["triggered"]
    assert known["by_kept"]["false_acceptance_count"] == 0
    ended = run("classify", *words, files.red_image)
    assert "is not known: no triggered pictures are open" in ended.err
    assert run("classify", *words, "--seed", "1", files.red_image).out != ended.out


def test_strip_needs_clean_images(files: Any, run: Callable[..., Any], sixty: str) -> None:
    ended = run("classify", "--model", files.model, "--strip", files.red_image)
    assert ended.status == 2
    assert "give --validation" in ended.err
    ended = run("classify", "--model", files.model, "--validation", sixty, "--poisoned", sixty, files.red_image)
    assert ended.status == 2
    ended = run("classify", "--model", files.model, "--validation", files.clean, "--strip", files.red_image)
    assert (ended.status, ended.out) == (3, "")
    assert "refused [few-images]: STRIP needs at least 40 clean pictures" in ended.err
