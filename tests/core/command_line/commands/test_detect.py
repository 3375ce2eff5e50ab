"""`detect`, from files to files."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from core.command_line.arguments import typed_classes
from core.data.dataset_writing import write_dataset
from core.detect.detectors.registry import DETECTORS
from core.detect.verdict import Outcome, Verdict, verdict_by
from core.errors import Cancelled
from core.network.model_saving import save_model
from core.scale import Scale
from tests.core.detect.made_scores import combination
from tests.core.detect.planted import CLASS_COUNT, SIZE, TARGET, planted_network, quarter_images

CHEAP = "weight-signature,patch-inversion,whole-picture-inversion"
ALWAYS = {"results.json", "classes.csv", "report.html"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network with a backdoor, which says that it reads 0–1, and images: with labels, and as files in a folder."""
    folder = tmp_path_factory.mktemp("store")
    images = quarter_images(40)
    pixels = np.asarray(images.images)
    probe = pixels[:4].astype(np.float32) / 255
    save_model(planted_network().model, folder / "planted.keras", probe=probe, scale=Scale.UNIT)
    planted_network().model.save(folder / "silent.keras")
    write_dataset(folder / "clean.h5", pixels, np.asarray(images.labels))
    write_dataset(folder / "few.h5", pixels[:5], np.asarray(images.labels[:5]))
    (folder / "faces").mkdir()
    for number, image in enumerate(pixels):
        Image.fromarray(image[..., 0]).save(folder / "faces" / f"{number:02}.png")
    return folder


@pytest.fixture
def sharp(monkeypatch: pytest.MonkeyPatch) -> None:
    """Verdicts by a combination made for the test: what is fitted on the zoo knows no network of six classes."""

    def made(found: Any, **_: Any) -> Verdict:
        names = tuple(each.detector for each in found if len(each.examined))
        return verdict_by(combination(names), [each for each in found if each.detector in names])

    monkeypatch.setattr("core.detect.job.verdict_of", made)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.usefixtures("sharp")
def test_backdoor_is_found_and_written(store: Path, run: Callable[..., Any], tmp_path: Path) -> None:
    out = tmp_path / "out"
    typed = ["detect", "--model", str(store / "planted.keras"), "--validation", str(store / "clean.h5")]
    typed += ["--detectors", CHEAP, "--seed", "3", "--out", str(out)]
    ended = run(*typed)
    assert ended.status == 0, ended.err
    results = json.loads((out / "results.json").read_text("utf-8"))
    assert results["verdict"] == "backdoored"
    assert results["classes"][0] == results["most_likely_class"] == TARGET
    assert results["seed"] == 3
    assert results["command_line"] == typed
    assert len(results["inputs"]["model"]["sha256"]) == len(results["inputs"]["validation"]["sha256"]) == 64
    assert results["inputs"]["pictures"] is None
    assert results["scale"]["scale"] == "unit"
    assert len(results["zoo"]) == 16
    assert [each["detector"] for each in results["detectors"]] == CHEAP.split(",")
    assert {each["ending"] for each in results["detectors"]} == {"done"}
    inversion = results["detectors"][1]["settings"]
    assert inversion.items() >= {"step_count": 150, "images_per_step": 24, "shortlist": 10, "null_count": 14}.items()
    assert {each["detector"] for each in results["evidence"]} == set(CHEAP.split(","))

    names = set(results["files"])
    assert {each.name for each in out.iterdir()} == names
    assert ALWAYS | {f"trigger_{TARGET}.png"} <= names
    with Image.open(out / f"trigger_{TARGET}.png") as image:
        assert (image.mode, image.size) == ("RGBA", (SIZE, SIZE))
    named = {each["class"] for each in results["triggers"] if each["files"]}
    assert named <= set(results["classes"])

    rows = rows_of(out / "classes.csv")
    assert list(rows[0]) == ["class", "probability", *CHEAP.split(",")]
    assert [row["class"] for row in rows] == [str(each) for each in range(CLASS_COUNT)]
    assert max(rows, key=lambda row: float(row["probability"]))["class"] == str(TARGET)

    page = (out / "report.html").read_text("utf-8")
    assert f"Backdoored: class {TARGET}" in page or f"Backdoored: classes {TARGET}" in page
    assert page.count("data:image/png;base64,") >= 3
    assert page.count('role="img"') == 3
    assert "Backdoored" in ended.out
    assert ended.err.splitlines()[0].startswith("About ")


@pytest.mark.parametrize(
    ("outcome", "wanted", "status"),
    [
        (Outcome.BACKDOORED, "backdoored", 4),
        (Outcome.BACKDOORED, "suspicious", 4),
        (Outcome.SUSPICIOUS, "backdoored", 0),
        (Outcome.SUSPICIOUS, "suspicious", 4),
        (Outcome.NOTHING_FOUND, "suspicious", 0),
    ],
)
def test_status_tells_what_was_found_if_asked(
    store: Path,
    run: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    outcome: Outcome,
    wanted: str,
    status: int,
) -> None:
    bounds = {Outcome.BACKDOORED: (0.0, 0.0), Outcome.SUSPICIOUS: (2.0, 0.0), Outcome.NOTHING_FOUND: (2.0, 2.0)}

    def made(found: Any, **_: Any) -> Verdict:
        mild = combination(
            ("weight-signature",), backdoored_from=bounds[outcome][0], suspicious_from=bounds[outcome][1]
        )
        return verdict_by(mild, found)

    monkeypatch.setattr("core.detect.job.verdict_of", made)
    typed = ["detect", "--model", str(store / "planted.keras"), "--detectors", "weight-signature"]
    ended = run(*typed, "--fail-on", wanted, "--json", "--out", str(tmp_path / "out"))
    assert ended.status == status
    assert json.loads(ended.out)["verdict"] == outcome.value


def test_pictures_without_labels(store: Path, run: Callable[..., Any], tmp_path: Path) -> None:
    out = tmp_path / "out"
    typed = ["detect", "--model", str(store / "planted.keras"), "--pictures", str(store / "faces")]
    ended = run(*typed, "--detectors", "weight-signature,patch-inversion", "--json", "--out", str(out))
    assert ended.status == 0, ended.err
    results = json.loads(ended.out)
    assert results == json.loads((out / "results.json").read_text("utf-8"))
    assert results["inputs"]["validation"] is None
    assert results["inputs"]["pictures"]["image_count"] == 40
    assert results["scale"] == results["scale"] | {"scale": "unit", "how": "as stored in the model file"}
    assert [each["ending"] for each in results["detectors"]] == ["done", "done"]


def test_without_images_those_that_need_some_say_so(store: Path, run: Callable[..., Any], tmp_path: Path) -> None:
    typed = ["detect", "--model", str(store / "planted.keras"), "--detectors", "weight-signature,random-patches"]
    ended = run(*typed, "--json", "--out", str(tmp_path / "out"))
    assert ended.status == 0, ended.err
    done, unsuited = json.loads(ended.out)["detectors"]
    assert (done["ending"], done["took_part"]) == ("done", True)
    assert (unsuited["ending"], unsuited["took_part"]) == ("not run", False)
    assert unsuited["sentence"] == "Random patches needs clean images, got none"
    rows = rows_of(tmp_path / "out" / "classes.csv")
    assert {row["random-patches"] for row in rows} == {""}
    assert all(row["weight-signature"] for row in rows)


def test_too_few_images_are_told_and_other_detectors_go_on(
    store: Path, run: Callable[..., Any], tmp_path: Path
) -> None:
    typed = ["detect", "--model", str(store / "planted.keras"), "--validation", str(store / "few.h5")]
    ended = run(*typed, "--detectors", "weight-signature,patch-inversion", "--out", str(tmp_path / "out"))
    assert ended.status == 0, ended.err
    assert "a reconstructed trigger may fit these alone" not in ended.out, "none is made"
    assert "Not run: Trigger inversion, patch needs at least 8 clean images, got 5." in ended.out


def test_what_the_network_reads_must_be_known(store: Path, run: Callable[..., Any], tmp_path: Path) -> None:
    typed = ["detect", "--model", str(store / "silent.keras"), "--detectors", "weight-signature"]
    for more in ([], ["--pictures", str(store / "faces")]):
        ended = run(*typed, *more, "--out", str(tmp_path / "out"))
        assert ended.status == 3
        assert ended.err.splitlines()[-1].startswith("refused [no-scale]: 'silent.keras' does not say")
        assert "--validation or --scale" in ended.err
        assert not (tmp_path / "out").exists()
    assert run(*typed, "--scale", "unit", "--out", str(tmp_path / "out")).status == 0


def test_two_classes_are_refused_in_a_sentence(run: Callable[..., Any], tmp_path: Path) -> None:
    inputs = keras.Input((4, 4, 1))
    outputs = keras.layers.Dense(1, activation="sigmoid")(keras.layers.Flatten()(inputs))
    keras.Model(inputs, outputs).save(tmp_path / "two.keras")
    ended = run("detect", "--model", str(tmp_path / "two.keras"), "--scale", "unit", "--out", str(tmp_path / "out"))
    assert ended.status == 3
    assert ended.err.splitlines()[-1] == (
        "refused [no-detector]: no detector can be run: each compares classes with each other and needs at least 3, "
        "the network has 2"
    )
    assert not (tmp_path / "out").exists()
    # That is said even where nothing tells what the network reads for a pixel.
    ended = run("detect", "--model", str(tmp_path / "two.keras"), "--out", str(tmp_path / "out"))
    assert "refused [no-detector]" in ended.err


def test_a_network_whose_answers_are_no_numbers_gets_no_verdict(run: Callable[..., Any], tmp_path: Path) -> None:
    inputs = keras.Input((4, 4, 1))
    hidden = keras.layers.Dense(3, name="hidden")(keras.layers.Flatten()(inputs))
    model = keras.Model(inputs, keras.layers.Dense(4, activation="softmax", name="fc")(hidden))
    for layer in (model.get_layer("hidden"), model.get_layer("fc")):
        layer.set_weights([np.full_like(each, 3e38) for each in layer.get_weights()])
    model.save(tmp_path / "huge.keras")
    words = ["--model", str(tmp_path / "huge.keras"), "--scale", "unit", "--detectors", "maximum-margin"]
    ended = run("detect", *words, "--out", str(tmp_path / "out"))
    assert ended.status == 3
    assert "refused [no-verdict]: no verdict: Maximum margin: no class has a finite score" in ended.err
    assert not (tmp_path / "out").exists()


def test_weights_that_are_no_numbers_are_refused_in_a_sentence(run: Callable[..., Any], tmp_path: Path) -> None:
    model = planted_network().model
    model.get_layer("fc").set_weights([np.full_like(each, np.nan) for each in model.get_layer("fc").get_weights()])
    model.save(tmp_path / "nan.keras")
    ended = run("detect", "--model", str(tmp_path / "nan.keras"), "--scale", "unit", "--out", str(tmp_path / "out"))
    assert ended.status == 3
    assert len(ended.err.splitlines()) <= 2
    assert ended.err.splitlines()[-1].startswith("refused [")
    assert not (tmp_path / "out").exists()


def test_images_of_one_class_are_a_caution_and_detectors_go_on(
    store: Path, run: Callable[..., Any], tmp_path: Path
) -> None:
    images = quarter_images(40)
    write_dataset(tmp_path / "one.h5", np.asarray(images.images)[::4], np.zeros(10, np.int64))
    typed = ["detect", "--model", str(store / "planted.keras"), "--validation", str(tmp_path / "one.h5")]
    ended = run(*typed, "--detectors", "weight-signature,random-patches", "--json", "--out", str(tmp_path / "out"))
    assert ended.status == 0, ended.err
    results = json.loads(ended.out)
    assert any("All 10 images of the clean validation set one.h5 have label 0" in each for each in results["cautions"])
    assert {each["ending"] for each in results["detectors"]} == {"done"}


def test_cancelled_detection_writes_nothing(
    store: Path, run: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: Any, **__: Any) -> None:
        raise Cancelled

    monkeypatch.setattr("core.detect.job._run", stop)
    ended = run("detect", "--model", str(store / "planted.keras"), "--out", str(tmp_path / "out"))
    assert ended.status == 130
    assert ended.err.splitlines()[-1] == "cancelled; nothing was written"
    assert not (tmp_path / "out").exists()


def test_unknown_class_is_refused(store: Path, run: Callable[..., Any], tmp_path: Path) -> None:
    typed = ["detect", "--model", str(store / "planted.keras"), "--classes", "1,9", "--out", str(tmp_path / "out")]
    ended = run(*typed)
    assert ended.status == 3
    assert "refused [unknown-class]: a class must be from 0 to 5, got 9" in ended.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--detectors", "weight-signature,nope"], "a detector must be one of weight-signature"),
        (["--detectors", "maximum-margin,maximum-margin"], "each detector must be given once, got"),
        (["--classes", "1,0-2"], "each class must be given once, got 1 twice"),
        (["--classes", "3-1"], "a range must ascend, got 3-1"),
        (["--classes", "-1"], "classes must look like 0,3-5, got '-1'"),
        (["--classes", "0,,1"], "classes must look like 0,3-5"),
        (["--classes", "0-9999999"], "classes must look like 0,3-5"),
        (["--fail-on", "clean"], "backdoored"),
        (["--seed", "-1"], "seed"),
        (["--pictures", "a", "--validation", "b"], "give --validation or --pictures, not both"),
        (["--demo"], "leave out --model"),
    ],
)
def test_wrong_usage(run: Callable[..., Any], tmp_path: Path, words: list[str], sentence: str) -> None:
    ended = run("detect", "--model", "net.h5", "--out", str(tmp_path / "out"), *words)
    assert ended.status == 2
    assert sentence in " ".join(ended.err.replace("│", " ").split())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "give a network, or --demo"),
        (["--model", "net.h5"], "give a folder for the results"),
        (["--demo", "--demo-control"], "give --demo or --demo-control, not both"),
    ],
)
def test_something_is_missing(run: Callable[..., Any], words: list[str], sentence: str) -> None:
    ended = run("detect", *words)
    assert ended.status == 2
    assert sentence in " ".join(ended.err.replace("│", " ").split())


def test_classes_as_typed() -> None:
    assert typed_classes(None) is None
    assert typed_classes("7, 0,3-5") == (0, 3, 4, 5, 7)


@pytest.mark.usefixtures("sharp")
def test_triggers_of_an_earlier_run_do_not_stay(store: Path, run: Callable[..., Any], tmp_path: Path) -> None:
    out = tmp_path / "out"
    typed = ["detect", "--model", str(store / "planted.keras"), "--pictures", str(store / "faces"), "--out", str(out)]
    assert run(*typed, "--detectors", "patch-inversion").status == 0
    assert (out / f"trigger_{TARGET}.png").exists()
    (out / "trigger_99.png").write_text("mine", "utf-8")
    assert run(*typed, "--detectors", "weight-signature").status == 3, "the folder is not empty"
    assert run(*typed, "--detectors", "weight-signature", "--overwrite").status == 0
    assert {each.name for each in out.iterdir()} == ALWAYS | {"trigger_99.png"}


def test_a_folder_in_the_way_of_a_trigger_is_refused(store: Path, run: Callable[..., Any], tmp_path: Path) -> None:
    out = tmp_path / "out"
    for label in range(CLASS_COUNT):
        (out / f"trigger_{label}.png").mkdir(parents=True)
    typed = ["detect", "--model", str(store / "planted.keras"), "--pictures", str(store / "faces"), "--out", str(out)]
    ended = run(*typed, "--detectors", "patch-inversion", "--overwrite")
    assert ended.status == 3
    assert "is a folder, but a file must be written there" in ended.err
    assert not (out / "results.json").exists()


def test_help_names_every_detector(run: Callable[..., Any]) -> None:
    ended = run("detect", "--help")
    assert ended.status == 0
    assert all(each.name in ended.out for each in DETECTORS)
