"""Data in all forms by command: the given cases with their right figures, and small ones of our own."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from core.command_line.data_options import DataOptions, read_data_options
from tests.core.command_line.conftest import Files, Run

CASES = Path(__file__).resolve().parents[4] / "shared" / "cases"


@pytest.fixture
def case() -> Callable[[str], Path]:
    """Return the folder of a case; skips where there are none."""

    def found(name: str) -> Path:
        if not (CASES / name).is_dir():
            pytest.skip("the cases are not beside this project")
        return CASES / name

    return found


def figures(run: Run, model: Path, data: Path | str, *options: str) -> tuple[dict[str, object], str]:
    ended = run("evaluate", "--model", str(model), "--validation", str(data), "--json", "--no-progress", *options)
    assert ended.status == 0, ended.err
    return json.loads(ended.out), ended.err


@pytest.mark.parametrize(
    ("file", "options", "right"),
    [
        ("x_y.h5", (), 80),
        ("images_labels.h5", (), 80),
        ("coursera.h5", (), 80),
        ("x_y.npz", (), 80),
        ("folders", (), 80),
        ("four_keys_one_hot.h5", (), 40),
        ("four_keys_one_hot.h5", ("--data-key", "X_train"), 40),
        ("four_keys_one_hot.h5", ("--data-key", "validation=X_train", "--label-key", "Y_train"), 40),
    ],
)
def test_case_09(file: str, options: tuple[str, ...], right: int, case: Callable[[str], Path], run: Run) -> None:
    folder = case("09-data-forms")
    found, told = figures(run, folder / "net.keras", folder / file, *options)
    assert (found["clean_validation_accuracy"]["count"], found["clean_validation_accuracy"]["total"]) == (right, right)  # type: ignore[index]
    assert found["cautions"] == []
    if file.endswith((".h5", ".npz")):
        assert "images are '" in told


def test_case_09_classifies_a_ppm(case: Callable[[str], Path], run: Run) -> None:
    folder = case("09-data-forms")
    ended = run("classify", "--model", str(folder / "net.keras"), str(folder / "picture.ppm"))
    image = (folder / "picture.ppm").read_bytes()
    assert image.startswith(b"P6")
    assert json.loads(ended.out)["label"] == 1


@pytest.mark.parametrize(
    ("model", "data", "order", "right", "total", "before"),
    [
        ("alphabetical.keras", "valid.h5", "alphabetical", 240, 240, 37),
        ("numerical.keras", "valid_from_1.h5", "from-1", 218, 218, 0),
    ],
)
def test_case_07(
    model: str, data: str, order: str, right: int, total: int, before: int, case: Callable[[str], Path], run: Run
) -> None:
    folder = case("07-label-order")
    found, _ = figures(run, folder / model, folder / data)
    (caution,) = found["cautions"]  # type: ignore[misc]
    assert found["clean_validation_accuracy"]["count"] == before  # type: ignore[index]
    assert f"{right} of {total}" in caution
    assert f"--labels {order}" in caution
    assert "either pixel range" not in caution
    for option in (order, "found"):
        found, told = figures(run, folder / model, folder / data, "--labels", option)
        share = found["clean_validation_accuracy"]
        assert (share["count"], share["total"], found["scale"]) == (right, total, "raw")  # type: ignore[index]
        assert found["cautions"] == []
        assert "read in another order" in told


@pytest.fixture
def clean(files: Files) -> tuple[np.ndarray, np.ndarray]:
    """The clean images of the marked network, (8, 6, 6, 3), and their labels, 0 and 1."""
    with h5py.File(files.clean) as file:
        return file["data"][()].transpose(0, 2, 3, 1).astype(np.uint8), file["label"][()]


def test_every_form_gives_the_same_figures(files: Files, clean: tuple[np.ndarray, np.ndarray], run: Run) -> None:
    images, labels = clean
    folder = files.folder
    np.savez(folder / "a.npz", images=images, labels=labels)
    np.save(folder / "x.npy", images)
    np.save(folder / "y.npy", labels)
    (folder / "a.p").write_bytes(pickle.dumps({"features": images, "labels": labels}))
    lines = ["file,label"]
    for index, (image, label) in enumerate(zip(images, labels, strict=True)):
        (folder / "classes" / str(label)).mkdir(parents=True, exist_ok=True)
        (folder / "table").mkdir(exist_ok=True)
        Image.fromarray(image).save(folder / "classes" / str(label) / f"{index}.png")
        Image.fromarray(image).save(folder / "table" / f"{index}.ppm")
        lines.append(f"{index}.ppm,{label}")
    (folder / "table" / "labels.csv").write_text("\n".join(lines))
    sets = ["a.npz", "x.npy", "a.p", "classes", "table", "table/labels.csv"]
    arguments = [word for each in sets for word in ("--poisoned", str(folder / each))]
    found, _ = figures(run, Path(files.model), files.clean, *arguments)
    assert found["clean_validation_accuracy"]["count"] == 8  # type: ignore[index]
    assert [each["count"] for each in found["attack_success_rate"]] == [8] * len(sets)  # type: ignore[attr-defined]


def test_labels_from_1_are_told_chosen_and_kept_for_all_sets(
    files: Files, clean: tuple[np.ndarray, np.ndarray], run: Run
) -> None:
    images, labels = clean
    with h5py.File(files.folder / "one.h5", "w") as file:
        file["x"], file["y"] = np.concatenate([images, images]), np.concatenate([labels, labels]) + 1
    with h5py.File(files.poisoned) as source, h5py.File(files.folder / "bad.h5", "w") as file:
        file["data"], file["label"] = source["data"][()], source["label"][()] + 1  # 3: outside of the classes
    refused = run("evaluate", "--model", files.model, "--validation", str(files.folder / "bad.h5"))
    assert refused.status == 3
    assert "see --labels" in refused.err
    options = ("--poisoned", str(files.folder / "bad.h5"), "--labels", "from-1")
    found, _ = figures(run, Path(files.model), files.folder / "one.h5", *options)
    assert found["clean_validation_accuracy"]["count"] == 16  # type: ignore[index]
    assert found["attack_success_rate"][0]["count"] == 8  # type: ignore[index]
    (files.folder / "order.csv").write_text("label,class\n1,0\n2,1\n3,2\n")
    found, _ = figures(run, Path(files.model), files.folder / "one.h5", "--label-map", str(files.folder / "order.csv"))
    assert (found["clean_validation_accuracy"]["count"], found["labels"]) == (16, str(files.folder / "order.csv"))  # type: ignore[index]


def test_several_sets_are_asked_for(files: Files, clean: tuple[np.ndarray, np.ndarray], run: Run) -> None:
    images, labels = clean
    path = files.folder / "two.h5"
    with h5py.File(path, "w") as file:
        file["left_x"], file["left_y"], file["right_x"], file["right_y"] = images, labels, images[::-1], labels[::-1]
    refused = run("evaluate", "--model", files.model, "--validation", str(path))
    assert refused.status == 3
    assert "choose one with --data-key and --label-key" in refused.err
    found, _ = figures(run, Path(files.model), path, "--data-key", "right_x")
    assert found["clean_validation_accuracy"]["count"] == 8  # type: ignore[index]


def test_keys_are_given_for_all_sets_or_for_one() -> None:
    options = read_data_options(["x", "test=xt", "poisoned2=p=q"], ["y"], "as-is")
    assert (options.choice("validation").data_key, options.choice("validation").label_key) == ("x", "y")
    assert (options.choice("test").data_key, options.choice("poisoned", 1).data_key) == ("xt", "x")
    assert options.choice("poisoned", 2).data_key == "p=q"
    assert read_data_options(["a=b"], None, "as-is").choice("test").data_key == "a=b"
    assert DataOptions().choice("test").part == "test"


def test_wrong_options_are_told(files: Files, run: Run) -> None:
    for options in (("--labels", "backwards"), ("--data-key", "a", "--data-key", "b")):
        ended = run("evaluate", "--model", files.model, "--validation", files.clean, *options)
        assert ended.status == 2
