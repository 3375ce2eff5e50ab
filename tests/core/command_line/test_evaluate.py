"""`evaluate`."""

import json
from collections.abc import Callable
from typing import Any


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


def test_nothing_to_find_the_pixel_range_on(files: Any, run: Callable[..., Any]) -> None:
    assert run("evaluate", "--model", files.model).status == 2
    ended = run("evaluate", "--model", files.model, "--poisoned", files.poisoned)
    assert ended.status == 2
    assert "--scale" in ended.err
    assert run("evaluate", "--model", files.model, "--poisoned", files.poisoned, "--scale", "raw").status == 0


def test_a_data_file_as_model_is_refused(files: Any, run: Callable[..., Any]) -> None:
    ended = run("evaluate", "--model", files.clean, "--validation", files.clean)
    assert (ended.status, ended.out) == (3, "")
    assert ended.err.startswith("refused [images-not-model]: ")
