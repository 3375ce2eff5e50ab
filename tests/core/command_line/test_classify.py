"""`classify`."""

import json
from collections.abc import Callable
from typing import Any


def test_a_line_a_picture(files: Any, run: Callable[..., Any]) -> None:
    ended = run(
        "classify", "--model", files.model, "--validation", files.clean, files.red_picture, files.triggered_picture
    )
    assert (ended.status, ended.err) == (0, "")
    red, triggered = map(json.loads, ended.out.splitlines())
    assert (red["picture"], red["label"]) == (files.red_picture, 0)
    assert (triggered["label"], triggered["base"][0]["label"]) == (2, 2)
    assert red["pruned"] is red["is_flagged"] is red["repaired_label"] is None


def test_with_a_pruned_network_the_repaired_one_answers(files: Any, run: Callable[..., Any]) -> None:
    out = str(files.folder / "out")
    assert (
        run("prune", "--model", files.model, "--validation", files.clean, "--thresholds", "2", "--out", out).status == 0
    )
    ended = run(
        "classify", "--model", files.model, "--pruned", f"{out}/pruned_2.keras", "--scale", "raw",
        files.red_picture, files.triggered_picture,
    )  # fmt: skip
    red, triggered = map(json.loads, ended.out.splitlines())
    assert (red["repaired_label"], red["is_flagged"]) == (0, False)
    assert (triggered["label"], triggered["pruned"][0]["label"]) == (2, 0)
    assert (triggered["repaired_label"], triggered["is_flagged"]) == (3, True)


def test_a_guessed_pixel_range_is_said(files: Any, run: Callable[..., Any]) -> None:
    ended = run("classify", "--model", files.model, files.red_picture)
    assert ended.status == 0
    assert "--scale unit" in ended.err
    assert json.loads(ended.out)["scale"] == "raw"


def test_the_others_go_on_after_a_refused_picture(files: Any, run: Callable[..., Any]) -> None:
    ended = run("classify", "--model", files.model, "--scale", "raw", files.clean, "missing.png", files.red_picture)
    assert ended.status == 3
    assert [line.split("]")[0] for line in ended.err.splitlines()][1] == "refused [missing-file"
    assert len(ended.err.splitlines()) == 2
    assert json.loads(ended.out)["label"] == 0


def test_a_network_that_does_not_fit_is_refused(
    files: Any, run: Callable[..., Any], make_two_branches: Callable[..., Any]
) -> None:
    make_two_branches().save(files.folder / "two.keras")
    ended = run("classify", "--model", files.model, "--pruned", str(files.folder / "two.keras"), files.red_picture)
    assert ended.status == 3
    assert "refused [misfit-pruned]: " in ended.err
