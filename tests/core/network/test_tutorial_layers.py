"""Networks with the layers that official tutorials put in: opened with plain Keras' answers, pruned and saved."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest

from core.errors import ModelFileError
from core.network.model_file import open_model
from core.network.model_saving import save_model
from core.network.network import Network, open_network
from core.network.rebuild import build_pruned, build_repaired
from tests.core.keras_zoo import ZOO, save, with_random_weights

ROOT = Path(__file__).parents[3]


def case(folder: str, name: str) -> Path:
    path = ROOT.parent / "shared" / "cases" / folder / name
    if not path.is_file():
        pytest.skip("the cases are not beside this project")
    return path


def right_count(network: Network, path: Path) -> int:
    with h5py.File(path) as file:
        pixels, labels = np.asarray(file["data"], np.float32), np.asarray(file["label"])
    return int((network.answer(pixels)[0] == labels).sum())


def saved_alike(network: Network, folder: Path) -> None:
    """Save B′ and G of a network; in plain Keras they must answer as they do here."""
    layer = network.default_layer()
    mask = np.ones(network.layer(layer).channel_count, dtype=bool)
    mask[0] = False
    probe = np.random.default_rng(0).uniform(0, 255, (5, *network.input_shape)).astype(np.float32)
    pruned = build_pruned(network, layer=layer, channel_mask=mask, probe=probe)
    masked = network.outputs(probe, layer=layer, channel_mask=mask)
    np.testing.assert_allclose(np.asarray(pruned(probe, training=False)), masked, rtol=1e-4, atol=1e-4)
    for name, model in (("pruned", pruned), ("repaired", build_repaired(network, pruned, probe=probe))):
        path = folder / f"{name}.keras"
        save_model(model, path, probe=probe)
        loaded = keras.models.load_model(path, compile=False)
        assert np.array_equal(loaded.predict(probe, verbose=0), model.predict(probe, verbose=0))


@pytest.mark.parametrize("name", ["resizing.keras", "resizing_functional.keras", "resizing_nested.keras"])
def test_the_case_of_resizing_opens_and_saves(name: str, tmp_path: Path) -> None:
    path = case("01-resizing-cannot-save", name)
    network = open_network(path)
    assert network.summary.notes == ()
    plain = keras.models.load_model(path, compile=False)
    with h5py.File(path.parent / "valid.h5") as file:
        pixels, labels = np.asarray(file["data"], np.float32), np.asarray(file["label"])
    expected = plain.predict(pixels, verbose=0).argmax(axis=1)
    assert np.array_equal(network.answer(pixels)[0], expected)
    assert right_count(network, path.parent / "valid.h5") == int((expected == labels).sum()) > 50
    saved_alike(network, tmp_path)


@pytest.mark.parametrize("name", ["augment.keras", "augment.h5"])
def test_the_case_of_augmentation_is_right_on_all_images(name: str, tmp_path: Path) -> None:
    path = case("02-augmentation-layers", name)
    network = open_network(path)
    assert right_count(network, path.parent / "valid.h5") == 200
    assert [note.count("RandomFlip and RandomRotation") for note in network.summary.notes] == [1]
    saved_alike(network, tmp_path)


def test_the_case_of_preprocessing_is_right_on_all_images(tmp_path: Path) -> None:
    path = case("03-preprocess-ops", "preprocess.keras")
    network = open_network(path)
    assert right_count(network, path.parent / "valid.h5") == 200
    saved_alike(network, tmp_path)


@pytest.mark.parametrize("name", ["augmented", "arithmetic", "blue first"])
def test_a_network_of_tutorial_layers_is_saved_as_plain_keras(name: str, tmp_path: Path) -> None:
    network = open_network(save(with_random_weights(ZOO[name]), tmp_path / "net.keras"))
    saved_alike(network, tmp_path)


def test_the_note_names_each_class_that_was_left_out_once(tmp_path: Path) -> None:
    (note,) = open_network(save(with_random_weights(ZOO["augmented"]), tmp_path / "net.keras")).summary.notes
    for name in ("RandomFlip", "RandomRotation", "RandomZoom", "RandomContrast", "ActivityRegularization"):
        assert note.count(name) == 1
    assert open_network(save(with_random_weights(ZOO["plain"]), tmp_path / "plain.keras")).summary.notes == ()


def _classified(change: Callable[[Any], Any]) -> keras.Model:
    start = keras.Input((6, 6, 3))
    return keras.Model(start, keras.layers.Dense(2)(keras.layers.Flatten()(change(start))))


@pytest.mark.parametrize("constant", [127.5, 0.229, -0.3, 3, 1e-7, 1e19, [0.229, -0.224, 0.225], [[[0.1, 7.0, -3.0]]]])
def test_a_division_rounds_as_in_keras(constant: object, tmp_path: Path) -> None:
    divisor = np.array(constant, np.float32) if isinstance(constant, list) else constant
    model = _classified(lambda start: start / divisor)
    model.save(tmp_path / "net.keras")
    opened = open_model(tmp_path / "net.keras").model
    pixels = np.random.default_rng(0).uniform(0, 255, (4, 6, 6, 3)).astype(np.float32)
    answers, expected = (np.asarray(each(pixels, training=False)) for each in (opened, model))
    is_exact = np.ndim(divisor) < 2 and np.abs(divisor).min() > 1e-6 and np.abs(divisor).max() < 1e18
    np.testing.assert_allclose(answers, expected, rtol=0 if is_exact else 1e-5, atol=0 if is_exact else 1e-30)


# What Keras 2.18 wrote for `preprocess_input` of MobileNetV2 and VGG16, for `1 - 2 * x`, and for a sum of tensors.
OLD_CALLS: dict[str, tuple[list[tuple[str, str, list[Any]]], Callable[[Any], Any]]] = {
    "mobilenet": (
        [
            ("tf.math.truediv", "math.truediv", ["in", 0, 0, {"y": 127.5, "name": None}]),
            ("tf.math.subtract", "math.subtract", ["tf.math.truediv", 0, 0, {"y": 1.0, "name": None}]),
        ],
        lambda x: x / np.float32(127.5) - np.float32(1),
    ),
    "vgg": (
        [
            (
                "tf.__operators__.getitem",
                "__operators__.getitem",
                [
                    *("in", 0, 0),
                    {"slice_spec": [{"class_name": "__ellipsis__"}, {"start": None, "stop": None, "step": -1}]},
                ],
            ),
            (
                "tf.nn.bias_add",
                "nn.bias_add",
                [
                    *("tf.__operators__.getitem", 0, 0),
                    {"bias": [-103.93900299072266, -116.77899932861328, -123.68000030517578], "data_format": "NHWC"},
                ],
            ),
        ],
        lambda x: x[..., ::-1] + np.array([-103.939, -116.779, -123.68], np.float32),
    ),
    "constant first": (
        [
            ("tf.math.multiply", "math.multiply", ["in", 0, 0, {"y": 2.0, "name": None}]),
            ("tf.math.subtract", "math.subtract", ["_CONSTANT_VALUE", -1, 1.0, {"y": ["tf.math.multiply", 0, 0]}]),
        ],
        lambda x: np.float32(1) - np.float32(2) * x,
    ),
    "two tensors": (
        [
            ("tf.nn.relu", "nn.relu", ["in", 0, 0, {"name": None}]),
            ("tf.__operators__.add", "__operators__.add", ["tf.nn.relu", 0, 0, {"y": ["in", 0, 0], "name": None}]),
        ],
        lambda x: np.maximum(x, 0) + x,
    ),
}


@pytest.mark.parametrize("name", OLD_CALLS)
def test_operations_of_keras_2_are_read(name: str, tmp_path: Path) -> None:
    calls, function = OLD_CALLS[name]
    path = tmp_path / "old.h5"
    keras.utils.clear_session()
    model = _classified(lambda start: start)
    model.save(path)
    with h5py.File(path, "a") as file:
        text = json.loads(file.attrs["model_config"])
        flat, dense = (one for one in text["config"]["layers"] if one["class_name"] in {"Flatten", "Dense"})
        operations = [
            {
                "class_name": "SlicingOpLambda" if "slice_spec" in node[3] else "TFOpLambda",
                "config": {"name": own, "trainable": True, "dtype": "float32", "function": function_name},
                "name": own,
                "inbound_nodes": [node],
            }
            for own, function_name, node in calls
        ]
        start = text["config"]["layers"][0]
        start["name"] = start["config"]["name"] = "in"
        text["config"]["input_layers"] = [["in", 0, 0]]
        flat["inbound_nodes"] = [[[calls[-1][0], 0, 0, {}]]]
        text["config"]["layers"] = [start, *operations, flat, dense]
        file.attrs["model_config"] = json.dumps(text)
        file.attrs["keras_version"] = "2.18.0"
    network = open_network(path)
    pixels = np.random.default_rng(0).uniform(0, 255, (4, 6, 6, 3)).astype(np.float32)
    expected = np.asarray(model(function(pixels), training=False))
    assert np.array_equal(np.asarray(network.model(pixels, training=False)), expected)


def test_augmentation_that_keras_2_applies_to_every_image_is_refused(tmp_path: Path) -> None:
    # `augmentation(x, training=True)`: Keras 2 varies the images also when the network answers.
    path = save(with_random_weights(ZOO["augmented"]), tmp_path / "net.h5")
    assert open_model(path).description.left_out
    with h5py.File(path, "a") as file:
        file.attrs["keras_version"] = "2.15.0"
    with pytest.raises(ModelFileError, match="training = True") as caught:
        open_model(path)
    assert caught.value.code == "unsupported-network"
