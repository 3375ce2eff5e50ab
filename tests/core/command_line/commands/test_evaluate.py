"""`evaluate`."""

import json
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

from core.data.dataset import Dataset
from core.data.dataset_writing import write_dataset
from core.network.network import Network


def test_prints_accuracy_and_attack_success(files: Any, run: Callable[..., Any]) -> None:
    ended = run("evaluate", "--model", files.model, "--validation", files.clean, "--poisoned", files.poisoned)
    assert (ended.status, ended.err) == (0, "")
    assert "clean validation accuracy" in ended.out
    assert "8 of 8" in ended.out
    assert "ASR, poisoned.h5 (target 2)" in ended.out


def test_json(files: Any, run: Callable[..., Any]) -> None:
    ended = run("evaluate", "--model", files.model, "--test", files.clean, "--poisoned", files.poisoned, "--json")
    answer = json.loads(ended.out)
    assert answer["clean_validation_accuracy"] is None
    assert answer["clean_test_accuracy"]["rate"] == 1.0
    assert answer["attack_success_rate"][0]["count"] == 8
    assert answer["attack_success_rate"][0]["target_labels"] == [2]
    assert answer["how"] == "found"


def test_how_the_network_was_read_is_said_once_beside_the_results(
    files: Any, run: Callable[..., Any], marked_network: Network
) -> None:
    path = str(files.folder / "varied.keras")
    pixels = keras.Input(marked_network.input_shape)
    varied = keras.Sequential([keras.layers.RandomFlip(), keras.layers.RandomZoom(0.1), keras.layers.RandomFlip()])
    keras.Model(pixels, marked_network.model(varied(pixels))).save(path)
    ended = run("evaluate", "--model", path, "--validation", files.clean, "--json")
    assert json.loads(ended.out)["clean_validation_accuracy"]["rate"] == 1.0
    (line,) = ended.err.splitlines()
    assert line.startswith("Note: Layers that act in training only were left out: RandomFlip and RandomZoom.")


def test_swapped_sets_are_told_first(files: Any, run: Callable[..., Any]) -> None:
    words = ["evaluate", "--model", files.model, "--validation", files.poisoned, "--poisoned", files.clean]
    ended = run(*words)
    assert ended.out.startswith("Caution: All 8 images of the clean validation set poisoned.h5 have label 2")
    cautions = json.loads(run(*words, "--json").out)["cautions"]
    assert "open them as a poisoned set" in cautions[0]
    ended = run("evaluate", "--model", files.model, "--validation", files.clean, "--poisoned", files.clean)
    assert "are the same file, byte for byte" in ended.out.splitlines()[0]


def test_a_poisoned_set_is_given_once(files: Any, run: Callable[..., Any]) -> None:
    link = files.folder / "link.h5"
    link.symlink_to(files.poisoned)
    for other in (files.poisoned, str(link)):
        for command in (["evaluate"], ["prune", "--out", str(files.folder / "out")]):
            ended = run(
                *command, "--model", files.model, "--validation", files.clean,
                "--poisoned", files.poisoned, "--poisoned", other,
            )  # fmt: skip
            assert ended.status == 2
            assert "same file" in " ".join(ended.err.replace("│", " ").split())


def test_sets_of_the_same_name_are_told_apart(
    files: Any, run: Callable[..., Any], marked_sets: tuple[Dataset, Dataset]
) -> None:
    (files.folder / "B").mkdir()
    write_dataset(files.folder / "B" / "poisoned.h5", marked_sets[1].images[:5], marked_sets[1].labels[:5])
    ended = run(
        "evaluate", "--model", files.model, "--validation", files.clean,
        "--poisoned", files.poisoned, "--poisoned", str(files.folder / "B" / "poisoned.h5"),
    )  # fmt: skip
    assert f"ASR, {files.folder.name}/poisoned.h5 (target 2)" in ended.out
    assert "ASR, B/poisoned.h5 (target 2)" in ended.out


def test_nothing_to_find_the_pixel_range_on(files: Any, run: Callable[..., Any]) -> None:
    assert run("evaluate", "--model", files.model).status == 2
    ended = run("evaluate", "--model", files.model, "--poisoned", files.poisoned)
    assert ended.status == 3
    assert ended.err.startswith("refused [no-scale]: ")
    assert "--scale" in ended.err
    assert run("evaluate", "--model", files.model, "--poisoned", files.poisoned, "--scale", "raw").status == 0


def test_a_data_file_as_model_is_refused(files: Any, run: Callable[..., Any]) -> None:
    ended = run("evaluate", "--model", files.clean, "--validation", files.clean)
    assert (ended.status, ended.out) == (3, "")
    assert ended.err.startswith("refused [images-not-model]: ")


def saved_trigger(files: Any) -> str:
    """The blue corner of the poisoned set, as a detection writes it."""
    nothing, change = np.zeros((6, 6, 3), np.float32), np.zeros((6, 6, 3), np.float32)
    change[:2, :2, 2] = 255
    np.savez(files.folder / "trigger_2.npz", opacity=nothing[..., :1], pixels=nothing, change=change)
    return str(files.folder / "trigger_2.npz")


def test_a_trigger_takes_the_place_of_triggered_images(files: Any, run: Callable[..., Any]) -> None:
    trigger = saved_trigger(files)
    words = ["evaluate", "--model", files.model, "--validation", files.clean, "--trigger", trigger, "--target", "2"]
    ended = run(*words)
    assert ended.status == 0
    assert "ASR, clean.h5 (estimated with the reconstructed trigger of class 2) (target 2)" in ended.out
    (told,) = json.loads(run(*words, "--json").out)["attack_success_rate"]
    assert told["is_estimated"] is True
    assert told["rate"] == 1.0
    assert told["total"] == 8


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--target", "2", "--poisoned", "poisoned.h5"], "takes the place of --poisoned"),
        ([], "give the class of the trigger"),
        (["--target", "auto"], "give the class of the trigger"),
        (["--target", "1", "--target", "2"], "give the class of the trigger"),
    ],
)
def test_a_trigger_that_is_given_wrongly(more: list[str], told: str, files: Any, run: Callable[..., Any]) -> None:
    ended = run("evaluate", "--model", files.model, "--validation", files.clean, "--trigger", "mask.npz", *more)
    assert ended.status == 2
    assert told in " ".join(ended.err.replace("│", " ").split())


def test_triggers_that_are_refused(files: Any, run: Callable[..., Any]) -> None:
    trigger = saved_trigger(files)
    words = ["evaluate", "--model", files.model, "--validation", files.clean, "--trigger"]
    ended = run(*words, trigger, "--target", "99")
    assert ended.status != 0 and "the target must be a class from 0" in ended.err
    ended = run(*words, files.clean, "--target", "2")
    assert ended.status != 0 and len(ended.err.strip().splitlines()) == 1
