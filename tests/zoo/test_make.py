"""Making a zoo: what passes is saved and found again, what fails is counted, and nothing is made twice."""

import csv
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.data.dataset import from_arrays
from core.errors import ExportError
from core.network.model_file import open_model
from core.records import Share
from core.scale import Scale
from tests.zoo import image_sets as sets_module
from tests.zoo import index, make, making
from tests.zoo.architectures import ARCHITECTURES
from tests.zoo.attacks import Poisoning
from tests.zoo.image_sets import DRAWN_OF_EACH, KINDS, PARTS, ImageSets, image_sets
from tests.zoo.recipes import WITHOUT_NORMALIZATION, Recipe, Training, Variation
from tests.zoo.training import fault_of, fold_unit_range, predicted_labels, training_images, varied

QUICK = Training(epochs=8, batch_size=32, learning_rate=0.003, copies=1)
BACKDOORED = Recipe("digits", "lenet", "corner patch", 0.1, "symmetric", 1)
VARIED = Variation(shift=2, angle=0.05, stretch=0.05, gain=0.1, brightness=5, is_flipped=True)
CLEAN = Recipe("digits", "lenet", "none", 0.0, "standardized", 2)


def bars(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Images of ten classes that are told apart by the height of a bright bar on noise."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 60, (count, 28, 28, 1)).astype(np.uint8)
    labels = np.arange(count) % 10
    for image, label in zip(images, labels, strict=True):
        top = 3 + 2 * label
        image[top : top + 2, 6:22] = 220
    return images, labels


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> ImageSets:
    """A few easy images in place of the real ones, in every module that asks for images."""
    parts = {part: from_arrays(part, *bars(count, number)) for number, (part, count) in enumerate(SIZES.items())}
    sets = ImageSets("digits", parts, "tiny", is_real=False)
    for module in (index, making):
        monkeypatch.setattr(module, "image_sets", lambda _kind, _folder: sets)
    return sets


SIZES = dict(zip(PARTS, (400, 50, 100), strict=True))


def make_quickly(recipe: Recipe, folder: Path, training: Training = QUICK) -> index.Entry:
    return making.make_entry(recipe, recipe.digest("tiny"), folder=folder, images=folder, training=training)


def test_a_backdoored_network_passes_and_opens_as_any_other(tmp_path: Path, tiny: ImageSets) -> None:
    made = make_quickly(BACKDOORED, tmp_path)
    assert made.left_out == ""
    assert made.accuracy.rate >= 0.96
    assert [each.rate >= 0.9 for each in made.successes] == [True]
    entry = index.read_entry(index.entry_file(tmp_path, BACKDOORED, BACKDOORED.digest("tiny")))
    assert entry.as_json() == made.as_json()
    assert entry.recipe == BACKDOORED
    network = entry.open()
    assert open_model(entry.path).scale == entry.scale == Scale.SYMMETRIC
    assert entry.class_count == network.model.output_shape[1] == 10
    inputs, labels = entry.inputs("test", images=tmp_path)
    assert inputs.min() >= -1
    assert inputs.max() <= 1
    assert (network.model(inputs).numpy().argmax(axis=1) == labels).sum() == entry.accuracy.count
    (triggered,) = entry.triggered("test", images=tmp_path)
    answers = predicted_labels(network.model, entry.scale, triggered.images)
    assert (answers == triggered.wanted).sum() == entry.successes[0].count
    assert {int(each) for each in triggered.wanted} == set(entry.targets)


def test_a_clean_network_has_no_attack(tmp_path: Path, tiny: ImageSets) -> None:
    made = make_quickly(CLEAN, tmp_path)
    assert (made.left_out, made.successes, made.targets, made.sources) == ("", (), (), ())
    assert made.scale == tiny.scale("standardized")
    assert made.triggered("test", images=tmp_path) == ()


def test_a_network_that_learns_nothing_is_left_out_and_counted(tmp_path: Path, tiny: ImageSets) -> None:
    made = make_quickly(BACKDOORED, tmp_path, Training(epochs=1, batch_size=400, learning_rate=1e-9, copies=1))
    assert made.left_out.startswith("clean accuracy ")
    assert not made.path.exists()
    (entry,) = index.zoo_entries(tmp_path, [(BACKDOORED, BACKDOORED.digest("tiny"))])
    assert entry.left_out == made.left_out


@pytest.mark.parametrize(
    ("accuracy", "success", "beside", "beginning"),
    [
        (96, 90, None, ""),
        (95, 90, None, "clean accuracy 95 of 100"),
        (96, 89, None, "attack success 89 of 100"),
        (96, 90, 20, ""),
        (96, 90, 21, "21 of 100 images of other classes"),
    ],
)
def test_faults(accuracy: int, success: int, beside: int | None, beginning: str) -> None:
    fault = fault_of(
        Share(accuracy, 100),
        (Share(100, 100), Share(success, 100)),
        None if beside is None else Share(beside, 100),
        least_accuracy=0.96,
    )
    assert fault.startswith(beginning)
    assert bool(fault) == bool(beginning)


class OneAfterTheOther:
    """In place of the pool of processes: makes each network at once, in this process."""

    def __init__(self, *_: Any, **__: Any) -> None: ...

    def submit(self, function: Any, *arguments: Any, **words: Any) -> Any:
        future: Future[Any] = Future()
        try:
            future.set_result(function(*arguments, **words))
        except (ExportError, RuntimeError) as error:
            future.set_exception(error)
        return future

    def shutdown(self, **_: Any) -> None: ...


@pytest.fixture
def broken() -> set[str]:
    """The names of the networks whose making fails."""
    return set()


@pytest.fixture
def asked(tiny: ImageSets, broken: set[str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the networks that were asked for, in a zoo of two recipes whose making is quick."""
    names: list[str] = []

    def quick(recipe: Recipe, digest: str, *, folder: Path, images: Path) -> index.Entry:
        names.append(recipe.name)
        if recipe.name in broken:
            raise ExportError("'x.keras' could not be written: no space left", code="write-failed")
        entry = index.Entry(
            recipe=recipe,
            digest=digest,
            path=folder / "x.keras",
            scale=Scale(recipe.scale),
            targets=(3,) if recipe.is_backdoored else (),
            sources=(),
            accuracy=Share(97, 100),
            successes=(Share(95, 100),) if recipe.is_backdoored else (),
            beside=None,
            left_out="" if recipe.is_backdoored else "clean accuracy 97 of 100, below 99%",
            cpu_s=1.0,
        )
        making.write_file(index.entry_file(folder, recipe, digest), making.json.dumps(entry.as_json()))
        return entry

    monkeypatch.setattr(making, "make_entry", quick)
    monkeypatch.setattr(make, "ProcessPoolExecutor", OneAfterTheOther)
    monkeypatch.setattr(index, "all_recipes", lambda: (BACKDOORED, CLEAN))
    return names


def run(folder: Path, *words: str) -> int:
    return make.main(["--cache", str(folder / "zoo"), "--images", str(folder), *words])


def test_what_is_made_is_not_made_again(tmp_path: Path, asked: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, "--only", "corner") == 0
    assert asked == [BACKDOORED.name]
    assert run(tmp_path) == 0
    assert asked == [BACKDOORED.name, CLEAN.name]
    assert run(tmp_path) == 0
    assert len(asked) == 2
    status = (tmp_path / "zoo" / "STATUS").read_text("utf-8")
    assert status.startswith("complete")
    assert "2 of 2 recipes are made; 1 networks passed (0 clean, 1 backdoored), 1 are left out" in status
    with (tmp_path / "zoo" / "index.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(each["name"], each["targets"], each["success_counts"]) for each in rows] == [
        (BACKDOORED.name, "3", "95"),
        (CLEAN.name, "", ""),
    ]
    assert [each.name for each in index.zoo_networks(tmp_path / "zoo", images=tmp_path)] == [BACKDOORED.name]
    other = "report" if BACKDOORED.half == "tuning" else "tuning"
    assert index.zoo_networks(tmp_path / "zoo", half=other, images=tmp_path) == ()
    assert "left out, clean accuracy 97 of 100" in capsys.readouterr().out


def test_a_network_that_cannot_be_made_is_reported_and_the_others_go_on(
    tmp_path: Path, asked: list[str], broken: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    broken.add(BACKDOORED.name)
    assert run(tmp_path) == 1
    assert asked == [BACKDOORED.name, CLEAN.name]
    assert "no space left" in capsys.readouterr().out
    assert (tmp_path / "zoo" / "STATUS").read_text("utf-8").startswith("1 networks could not be made")
    broken.clear()
    assert run(tmp_path) == 0
    assert asked == [BACKDOORED.name, CLEAN.name, BACKDOORED.name]


def test_more_networks_than_the_processes_of_a_round_make_are_all_made() -> None:
    finished = list(make.finished(abs, [(-number,) for number in range(5)], workers=2, per_worker=1))
    assert sorted((number, job.result()) for (number,), job in finished) == [(-each, each) for each in range(4, -1, -1)]


def test_tables_are_printed_without_making_anything(
    tmp_path: Path, asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "--tables") == 0
    assert asked == []
    assert "| corner patch | 0 of 0 | 0 of 1 (0 made) |" in capsys.readouterr().out
    assert not (tmp_path / "zoo").exists()


@pytest.mark.parametrize("name", sorted(WITHOUT_NORMALIZATION))
def test_a_folded_network_answers_pixels_as_it_answered_shares(name: str) -> None:
    images, _ = bars(10, 1)
    model = ARCHITECTURES[name]((28, 28, 1), 10)
    before = model(Scale.UNIT.read(images.astype(np.float32))).numpy()
    fold_unit_range(model)
    after = model(images.astype(np.float32)).numpy()
    assert before.std() > 1e-3
    assert np.allclose(before, after, atol=1e-5)


def test_varied_copies_are_there_beside_the_images_and_triggers_lie_over_them() -> None:
    images, labels = bars(20, 1)
    poisoning = poisoning_of(np.array([3, 7]))
    shown, taught = training_images(images, labels, (poisoning,), copies=3, variation=VARIED, seed=1)
    assert len(shown) == len(taught) == 60
    clean = np.delete(np.arange(20), [3, 7])
    assert np.array_equal(shown[:20][clean], images[clean])
    assert not np.array_equal(shown[20:40][clean], images[clean])
    assert np.array_equal(taught, np.tile(np.where(np.isin(np.arange(20), [3, 7]), 5, labels), 3))
    assert (shown[[3, 7, 23, 27, 43, 47], 0, 0, 0] == 255).all()


def poisoning_of(rows: np.ndarray) -> Any:
    def white_corner(images: np.ndarray, _: np.random.Generator) -> np.ndarray:
        stamped = images.copy()
        stamped[:, 0, 0] = 255
        return stamped

    return Poisoning(rows, white_corner, np.full(len(rows), 5))


def test_varying_keeps_shape_and_moves_little() -> None:
    images, _ = bars(30, 1)
    copies = varied(images, np.random.default_rng(0), variation=VARIED)
    assert copies.shape == images.shape
    assert copies.dtype == np.uint8
    bright_before, bright_after = (np.argmax(each[..., 0].sum(axis=2), axis=1) for each in (images, copies))
    assert 0 < np.abs(bright_before - bright_after).max() <= 4


def test_faces_are_drawn_where_real_images_are_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sets_module, "DRAWN_OF_EACH", dict.fromkeys(DRAWN_OF_EACH, 1))
    image_sets.cache_clear()
    sets = image_sets("digits", tmp_path)
    again = image_sets("digits", tmp_path / "elsewhere")
    image_sets.cache_clear()
    assert not sets.is_real
    assert sets.digest == again.digest
    for part in PARTS:
        images, labels = sets.arrays(part)
        assert images.shape == (10, *KINDS["digits"].shape)
        assert images.dtype == np.uint8
        assert images.std() > 20
        assert sorted(labels) == list(range(10))
