"""What is opened is what Keras loads: the same answers on ordinary files, and never others on edited ones."""

import json
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest

from core.errors import ModelFileError
from core.intake.__main__ import _read
from core.intake.answers import ModelDescription
from core.intake.client import Reading, _opened
from core.intake.limits import Limits
from core.intake.refusal import Refusal
from core.intake.sandbox.state import SandboxState
from core.monitor import Monitor
from core.network.model_file import _rebuilt, open_model
from tests.core.edited_model import edit_file
from tests.core.keras_zoo import ZOO, probe, save, with_random_weights
from tests.core.structure_edits import EDITS, all_edits

FORMATS = ("keras", "h5")
# Keras cannot read such a file, and reads another axis where the shapes happen to fit.
REFUSED = {("many layers", "h5")}
# Keras cannot read the operations in such a file, which it writes itself; the network that was saved stands for it.
UNREADABLE = {("arithmetic", "h5"), ("blue first", "h5"), ("operations", "h5")}
# Edits that change which network Keras loads, or leave two networks in one file: never opened, whatever the choice.
DECOYS = {"decoy_group", "own_name", "half_precision", "round_weights", "use_twice", "share_layers", "share_a_policy"}
DECOYS |= {"build_for_another_rank", "name_another_call", "name_another_end", "call_with_a_list", "other_module"}
DECOYS |= {"network_precision", "whole_pixels", "round_an_array", "round_an_operand", "unknown_setting"}


def answers(model: keras.Model) -> np.ndarray:
    return np.asarray(model(probe(), training=False))


def loaded_by_keras(path: Path) -> keras.Model:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return keras.models.load_model(path, compile=False)


def saved(name: str, form: str, folder: Path) -> Path:
    path = folder / f"{name.replace(' ', '_')}.{form}"
    path.write_bytes(saved_content(name, form))
    return path


@cache
def saved_content(name: str, form: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        is_trained = name in {"plain", "nested", "augmented"}
        return save(with_random_weights(ZOO[name]), Path(folder) / f"net.{form}", is_trained=is_trained).read_bytes()


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", ZOO)
def test_an_ordinary_file_answers_as_in_keras(name: str, form: str, tmp_path: Path) -> None:
    path = saved(name, form, tmp_path)
    if (name, form) in REFUSED:
        with pytest.raises(ModelFileError, match="which Keras ignores"):
            open_model(path)
        return
    theirs = with_random_weights(ZOO[name]) if (name, form) in UNREADABLE else loaded_by_keras(path)
    model = open_model(path).model
    assert np.array_equal(answers(model), answers(theirs))
    ours = sorted((weight.shape, weight.tobytes()) for weight in model.get_weights())
    assert ours == sorted(
        (weight.shape, weight.tobytes()) for weight in theirs.get_weights() if weight.dtype.kind == "f"
    )


def opened(path: Path, folder: Path) -> keras.Model:
    """Open a file as `open_model` does, but in this process."""
    folder.mkdir()
    answer = {"ok": True, **_read("model", path, folder, Limits())}
    description = ModelDescription.model_validate_json(json.dumps(answer))
    arrays = _opened(description, folder, path.name, lambda: None)
    reading = Reading(folder, description, "model", path.name, SandboxState(), arrays)
    return _rebuilt(reading, description, Monitor())


def test_an_edited_file_is_refused_or_answers_as_in_keras(tmp_path: Path) -> None:
    skipped = REFUSED | UNREADABLE
    sources = [saved(name, form, tmp_path) for name in ZOO for form in FORMATS if (name, form) not in skipped]
    counts: Counter[tuple[str, str]] = Counter()
    for index, (edit, path) in enumerate(all_edits(sources, tmp_path, rounds=1)):
        try:
            ours = answers(opened(path, tmp_path / f"scratch_{index}"))
        except Refusal:
            counts[edit, "refused"] += 1
            continue
        try:
            theirs = answers(loaded_by_keras(path))
        except Exception:  # noqa: BLE001 - Keras may raise anything; a file that it cannot load is no decoy
            counts[edit, "not loaded by Keras"] += 1
            continue
        assert np.array_equal(ours, theirs), f"{path.name} shows another network than Keras loads"
        counts[edit, "equal"] += 1
    assert {edit for edit, _ in counts} == EDITS.keys()
    assert all(counts[edit, "refused"] and not counts[edit, "equal"] for edit in DECOYS)
    outcomes = Counter(outcome for (_, outcome), count in counts.items() for _ in range(count))
    assert outcomes["refused"] > 100
    assert outcomes["equal"] > 50
    assert outcomes["not loaded by Keras"] < 20


@pytest.mark.parametrize(
    ("form", "edit", "code"),
    [
        ("h5", "shuffle_layer_names", "names-disagree"),
        ("keras", "swap_groups", "names-disagree"),
        ("keras", "own_name", "names-disagree"),
        ("h5", "decoy_group", "unread-data"),
        ("keras", "decoy_group", "unread-data"),
        ("h5", "half_precision", "unsupported-config"),
        ("keras", "unused_layer", "unsupported-network"),
    ],
)
def test_decoys_are_refused_with_a_code(form: str, edit: str, code: str, tmp_path: Path) -> None:
    source = saved("two branches", form, tmp_path)
    codes = set()
    for seed in range(4):
        path = tmp_path / f"edited_{seed}.{form}"
        edit_file(source, path, EDITS[edit], np.random.default_rng(seed))
        with pytest.raises(Refusal) as caught:
            opened(path, tmp_path / f"scratch_{seed}")
        codes.add(caught.value.code)
    assert code in codes


@pytest.mark.parametrize("layer_count", [1_500])
def test_a_very_deep_network_opens(layer_count: int, tmp_path: Path, deep_calls: Callable[[int], None]) -> None:
    deep_calls(20_000)
    start = keras.Input((4, 4, 3))
    inside = start
    for _ in range(layer_count):
        inside = keras.layers.ReLU()(inside)
    network = keras.Model(start, keras.layers.Dense(2)(keras.layers.Flatten()(inside)))
    network.save(tmp_path / "deep.keras")
    deep_calls(1_000)
    assert len(open_model(tmp_path / "deep.keras").model.layers) == layer_count + 3


@pytest.fixture
def deep_calls() -> Iterator[Callable[[int], None]]:
    """Set how deep Python may call itself, and reset it."""
    yield sys.setrecursionlimit
    sys.setrecursionlimit(1_000)


def test_an_input_shape_inside_a_network_is_passed_over_as_in_keras(tmp_path: Path) -> None:
    # Keras 2 stored what people gave to every convolution of a network.
    def edit(description: Any, file: object, rng: object) -> None:
        description["config"]["layers"][2]["config"]["batch_input_shape"] = [None, 5, 5, 3]

    source, path = saved("plain", "h5", tmp_path), tmp_path / "edited.h5"
    edit_file(source, path, edit, np.random.default_rng(0))
    assert np.array_equal(answers(open_model(path).model), answers(loaded_by_keras(path)))


def _softmax(start: keras.KerasTensor) -> keras.KerasTensor:
    return keras.layers.Softmax(axis=0)(start)


def _concatenated(start: keras.KerasTensor) -> keras.KerasTensor:
    return keras.layers.Concatenate(axis=0)([start, keras.layers.ReLU()(start)])


def _scaled(start: keras.KerasTensor) -> keras.KerasTensor:
    return keras.layers.Rescaling(np.ones((1, 1, 1, 3), np.float32))(start)


@pytest.mark.parametrize("mixing", [_softmax, _concatenated, _scaled])
def test_layers_that_mix_the_images_of_a_batch_are_refused(
    mixing: Callable[[keras.KerasTensor], keras.KerasTensor], tmp_path: Path
) -> None:
    start = keras.Input((12, 12, 3))
    inside = keras.layers.GlobalAveragePooling2D()(mixing(start))
    network = keras.Model(start, keras.layers.Dense(2)(inside))
    network.save(tmp_path / "net.keras")
    with pytest.raises(ModelFileError, match=r"net\.keras") as caught:
        open_model(tmp_path / "net.keras")
    assert caught.value.code == "unsupported-config"


@pytest.mark.parametrize("scale", [[1.0, 2.0], [[1.0], [1.0, 2.0]], [[[1.0] * 3] * 12] * 2])
@pytest.mark.parametrize("key", ["scale", "offset"])
def test_scales_that_do_not_fit_the_images_are_refused(key: str, scale: list[object], tmp_path: Path) -> None:
    # Keras builds such a layer, and fails when it computes.
    def edit(description: Any, file: object, rng: object) -> None:
        description["config"]["layers"][1]["config"][key] = scale

    source, path = saved("rescaled", "keras", tmp_path), tmp_path / "edited.keras"
    edit_file(source, path, edit, np.random.default_rng(0))
    with pytest.raises(ModelFileError, match=r"edited\.keras") as caught:
        open_model(path)
    assert caught.value.code == "unsupported-config"


def _normalized(start: keras.KerasTensor, mean: float) -> keras.Model:
    inner_start = keras.Input(start.shape[1:])
    inner = keras.Model(inner_start, keras.layers.Normalization(name="scaled")(inner_start))
    scores = keras.layers.Dense(2)(keras.layers.Flatten()(inner(start)))
    inner.get_layer("scaled").set_weights([np.full(3, mean, np.float32), np.ones(3, np.float32), np.array(1)])
    inner.get_layer("scaled").finalize_state()
    return keras.Model(start, scores)


def test_statistics_that_keras_does_not_use_are_refused(tmp_path: Path) -> None:
    pixels = probe()
    for mean in (0.0, 3.0):
        network = _normalized(keras.Input(pixels.shape[1:]), mean)
        network.save(tmp_path / f"net_{mean:.0f}.h5")
        network.save(tmp_path / f"net_{mean:.0f}.keras")
    for used in ("net_0.h5", "net_0.keras", "net_3.keras"):
        path = tmp_path / used
        assert np.array_equal(answers(open_model(path).model), answers(loaded_by_keras(path)))
    with pytest.raises(ModelFileError, match="'scaled' of class Normalization is in a nested network") as caught:
        open_model(tmp_path / "net_3.h5")
    assert caught.value.code == "unsupported-config"


def test_weights_for_two_readers_are_refused(tmp_path: Path) -> None:
    # Keras reads a .weights.h5 file by the places in it, and other .h5 files by the lists of names.
    start = keras.Input((12, 12, 3))
    inside = keras.layers.GlobalAveragePooling2D()(keras.layers.BatchNormalization(name="layers")(start))
    network = keras.Model(start, inside)
    path = tmp_path / "net.weights.h5"
    network.save_weights(path)
    (tmp_path / "net.json").write_text(network.to_json())
    assert np.array_equal(answers(open_model(path).model), answers(network))
    with h5py.File(path, "r+") as file:
        file.attrs["layer_names"] = [b"layers"]
        file["layers"].attrs["weight_names"] = [f"batch_normalization/vars/{place}".encode() for place in (3, 1, 2, 0)]
    with pytest.raises(ModelFileError, match=r"as in a \.weights\.h5 file") as caught:
        open_model(path)
    assert caught.value.code == "names-disagree"


def test_a_second_list_of_weights_is_refused(tmp_path: Path) -> None:
    # For `load_weights`, unlike for `load_model`, Keras takes the list in front.
    path = saved("plain", "h5", tmp_path)
    with h5py.File(path, "r+") as file:
        file.attrs["layer_names"] = [f"model_weights/{name}" for name in file["model_weights"].attrs["layer_names"]]
    with pytest.raises(ModelFileError, match="lists the weights of its layers twice") as caught:
        open_model(path)
    assert caught.value.code == "names-disagree"
