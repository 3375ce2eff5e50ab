"""Layers and nested networks that are called several times open as a layer for each call, and answer as in Keras."""

import json
from collections.abc import Callable
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from core.errors import ModelFileError
from core.network.model_file import open_model
from core.network.network import open_network
from tests.core.saved_networks import SHAPE, L, answers, filled, save_plainly


def siamese() -> keras.Model:
    start = keras.Input(SHAPE)
    conv = L.Conv2D(4, 3, padding="same", name="conv")
    relu, pool, normal = L.ReLU(), L.MaxPooling2D(), L.BatchNormalization()
    one = pool(relu(normal(conv(start))))
    other = pool(relu(normal(conv(L.Rescaling(-1.0, offset=1.0)(start)))))
    merged = L.Concatenate()([L.Subtract()([one, other]), one])
    return keras.Model(start, L.Dense(3, activation="softmax")(L.Flatten()(merged)))


def recurrent() -> keras.Model:
    """A layer whose calls follow each other, at two sizes, with layers between that are nearer to the output."""
    start = keras.Input(SHAPE)
    first, again = L.Conv2D(4, 3, padding="same", name="first"), L.Conv2D(4, 3, padding="same", activation="relu")
    once = again(first(start))
    twice = again(L.AveragePooling2D(2)(L.Conv2D(4, 1, name="between")(once)))
    thrice = again(twice)
    joined = L.Add()([L.GlobalAveragePooling2D()(once), L.GlobalAveragePooling2D()(thrice)])
    return keras.Model(start, L.Dense(3)(joined))


def backbone_twice() -> keras.Model:
    inner_start = keras.Input(SHAPE, name="inner_input")
    inner_conv = L.Conv2D(3, 3, padding="same", name="conv")
    inner = keras.Model(inner_start, L.BatchNormalization()(inner_conv(inner_conv(inner_start))), name="backbone")
    row = keras.Sequential([keras.Input(SHAPE), L.Conv2D(3, 3, padding="same", name="conv"), L.ReLU()], name="row")
    start = keras.Input(SHAPE, name="input")
    one, other = row(inner(start)), row(inner(L.Rescaling(0.5)(start)))
    return keras.Model(start, L.Dense(3, name="output")(L.Flatten()(L.Maximum()([one, other]))))


def backbone_at_the_end() -> keras.Model:
    inner_start = keras.Input(SHAPE, name="inner_input")
    inner = keras.Model(inner_start, L.Conv2D(3, 3, padding="same", name="conv")(inner_start), name="backbone")
    outer_start = keras.Input(SHAPE, name="outer_input")
    outer = keras.Model(outer_start, inner(inner(outer_start)), name="outer")
    start = keras.Input(SHAPE, name="input")
    head = keras.Sequential([keras.Input(SHAPE), L.Flatten(), L.Dense(3)], name="head")
    return keras.Model(start, L.Average()([head(outer(start)), head(outer(outer(start)))]))


def arithmetic() -> keras.Model:
    start = keras.Input(SHAPE)
    dense = L.Dense(3, name="dense")
    flat = L.Flatten()
    one, other = dense(flat(start)), dense(flat(start / 2.0))
    return keras.Model(start, one + other * 0.5)


@pytest.mark.parametrize("build", [siamese, recurrent, backbone_twice, backbone_at_the_end, arithmetic])
@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_repeated_layers_answer_as_in_keras(build: Callable[[], keras.Model], suffix: str, tmp_path: Path) -> None:
    model = filled(build)
    opened = open_model(save_plainly(model, tmp_path / f"net{suffix}"))
    assert np.array_equal(answers(opened.model), answers(model))
    again = open_model(save_plainly(opened.model, tmp_path / f"again{suffix}"))
    assert np.array_equal(answers(again.model), answers(model))


def test_weights_beside_their_description_are_repeated(tmp_path: Path) -> None:
    model = filled(siamese)
    model.save_weights(tmp_path / "net.weights.h5")
    (tmp_path / "net.json").write_text(model.to_json())
    opened = open_model(tmp_path / "net.weights.h5")
    assert np.array_equal(answers(opened.model), answers(model))


def test_the_note_names_the_layers_with_the_same_weights(tmp_path: Path) -> None:
    network = open_network(save_plainly(filled(siamese), tmp_path / "net.keras"))
    (conv, normal) = network.summary.notes
    assert "Layer conv is called 2 times" in conv
    assert "(conv and conv_call_2), which is pruned and refitted by itself" in conv
    assert "batch_normalization" in normal
    assert [layer.name for layer in network.summary.layers] == ["conv", "conv_call_2"]


def old_description() -> dict[str, object]:
    """Describe a network as Keras 2 does, where a nested network counts itself as its first call."""

    def layer(class_name: str, name: str, *nodes: list[list[object]], **config: object) -> dict[str, object]:
        return {"class_name": class_name, "name": name, "config": {"name": name, **config}, "inbound_nodes": [*nodes]}

    inner = {
        "name": "inner",
        "layers": [
            layer("InputLayer", "inner_input", batch_input_shape=[None, *SHAPE], dtype="float32"),
            layer(
                "Conv2D", "inner_conv", [["inner_input", 0, 0, {}]], filters=3, kernel_size=[1, 1], activation="linear"
            ),
        ],
        "input_layers": [["inner_input", 0, 0]],
        "output_layers": [["inner_conv", 0, 0]],
    }
    return {
        "class_name": "Functional",
        "config": {
            "name": "old",
            "layers": [
                layer("InputLayer", "input", batch_input_shape=[None, *SHAPE], dtype="float32"),
                {
                    "class_name": "Functional",
                    "name": "inner",
                    "config": inner,
                    "inbound_nodes": [[["input", 0, 0, {}]], [["inner", 1, 0, {}]]],
                },
                layer("Flatten", "flat", [["inner", 1, 0, {}]], [["inner", 2, 0, {}]]),
                layer("Dense", "dense", [["flat", 0, 0, {}]], [["flat", 1, 0, {}]], units=2, activation="linear"),
                layer("Add", "add", [["dense", 0, 0, {}], ["dense", 1, 0, {}]]),
            ],
            "input_layers": [["input", 0, 0]],
            "output_layers": [["add", 0, 0]],
        },
    }


def test_calls_are_counted_as_in_keras_2(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    weights = {
        "inner": {"inner_conv/kernel:0": generator.random((1, 1, 3, 3)), "inner_conv/bias:0": generator.random(3)},
        "dense": {"dense/kernel:0": generator.random((192, 2)), "dense/bias:0": generator.random(2)},
    }
    with h5py.File(tmp_path / "net.h5", "w") as file:
        file.attrs["model_config"] = json.dumps(old_description())
        file.attrs["keras_version"], file.attrs["backend"] = "2.12.0", "tensorflow"
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [b"input", b"inner", b"flat", b"dense", b"add"]
        for name in ("input", "inner", "flat", "dense", "add"):
            one = group.create_group(name)
            one.attrs["weight_names"] = [key.encode() for key in weights.get(name, {})]
            for key, values in weights.get(name, {}).items():
                one.create_dataset(key, data=values.astype(np.float32))
    opened = open_model(tmp_path / "net.h5")
    probe = generator.random((4, *SHAPE), dtype=np.float32)
    conv = {key.rpartition("/")[2]: values for key, values in weights["inner"].items()}
    dense = {key.rpartition("/")[2]: values for key, values in weights["dense"].items()}
    once = probe @ conv["kernel:0"][0, 0] + conv["bias:0"]
    twice = once @ conv["kernel:0"][0, 0] + conv["bias:0"]
    expected = (once + twice).reshape(4, -1) @ dense["kernel:0"] + 2 * dense["bias:0"]
    assert np.allclose(answers(opened.model, probe), expected, rtol=1e-4)


def test_too_many_calls_and_too_large_copies_are_refused(tmp_path: Path) -> None:
    start = keras.Input(SHAPE)
    layer = L.ReLU(name="again")
    tensor = start
    for _ in range(65):
        tensor = layer(tensor)
    path = save_plainly(keras.Model(start, L.Dense(2)(L.Flatten()(tensor))), tmp_path / "many.keras")
    with pytest.raises(ModelFileError, match="layer 'again' is called 65 times: at most 64") as caught:
        open_model(path)
    assert caught.value.code == "unsupported-network"
