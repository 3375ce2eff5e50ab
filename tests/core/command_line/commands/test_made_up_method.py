"""One object and one line are enough: a made-up method is in the help, runs, and is told of in the report."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from core.repair.methods.registry import METHODS
from tests.made_up import SHRINKING


@pytest.fixture(autouse=True)
def _method() -> Iterator[None]:
    with METHODS.with_added(SHRINKING):
        yield


@pytest.fixture
def arguments(files: Any) -> list[str]:
    return ["repair", "--model", files.model, "--validation", files.clean, "--poisoned", files.poisoned]


def test_it_is_in_the_help(run: Callable[..., Any]) -> None:
    ended = run("repair", "--help")
    assert ended.status == 0
    text = " ".join(ended.out.split())
    assert "shrinking: Makes the last weights smaller." in text
    assert "--strength" in text and "0<=x<=100" in text
    assert "─ Shrinking weights ─" in text


def test_it_repairs_and_is_told_of(files: Any, run: Callable[..., Any], arguments: list[str]) -> None:
    import keras  # noqa: PLC0415

    out = files.folder / "out"
    ended = run(*arguments, "--method", "shrinking", "--strength", "50", "--seed", "3", "--out", str(out))
    assert ended.status == 0, ended.err
    old, new = (keras.models.load_model(path).get_weights() for path in (files.model, out / "pruned.keras"))
    np.testing.assert_allclose(new[-2], old[-2] / 2)
    results = json.loads((out / "results.json").read_text("utf-8"))
    assert (results["method"], results["own_settings"]) == ("shrinking", {"strength": 0.5})
    page = (out / "report.html").read_text("utf-8")
    assert "Shrinking weights: Makes the last weights smaller." in page
    assert "Settings of Shrinking weights" in page and "50 %" in page
    assert "strength 50 %" in ended.out


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        (["--method", "prune", "--strength", "50"], "only shrinking takes it"),
        (["--method", "shrinking", "--strength", "101"], "--strength"),
        (["--method", "shrinking", "--epochs", "3"], "shrinking does not train: leave --epochs out"),
        (["--method", "shrinking", "--layers", "conv"], "shrinking does not prune channels"),
    ],
)
def test_what_does_not_go_together_is_refused(
    files: Any, run: Callable[..., Any], arguments: list[str], extra: list[str], told: str
) -> None:
    ended = run(*arguments, *extra, "--out", str(files.folder / "out"))
    assert ended.status == 2
    assert told in " ".join(ended.err.replace("│", " ").split())
