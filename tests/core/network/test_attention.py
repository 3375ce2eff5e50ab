"""Networks with attention between positions, as in Keras' MobileViT example: opened, pruned, saved and refused."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest

from core.cut.batches import values_per_image
from core.cut.suffix import PlainSuffix, find_suffix
from core.data.dataset import from_arrays
from core.errors import ModelFileError
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.model_file import open_model
from core.network.model_saving import save_model
from core.network.network import open_network
from core.network.rebuild import build_pruned, build_repaired
from core.scale import Scale
from core.sweep.inspection import InspectionRequest, inspect

SIDE, WIDTH, HEADS = 6, 6, 2
Change = Callable[[dict[str, Any]], None]


def network_of(kind: str = "own") -> keras.Model:
    """Build a small MobileViT with random weights: patches attend to each other, or to those of another layer."""
    layers = keras.layers
    keras.utils.set_random_seed(1)
    pixels = keras.Input((SIDE, SIDE, 3), name="pixels")
    scaled = layers.Rescaling(1 / 255)(pixels)
    local = layers.Conv2D(WIDTH, 3, padding="same", activation="swish", name="local")(scaled)
    shape = (4, SIDE * SIDE // 4, WIDTH) if kind == "patches" else (SIDE * SIDE, WIDTH)
    patches = layers.Reshape(shape)(local)
    normed = layers.LayerNormalization(epsilon=1e-6)(patches)
    other = layers.Dense(WIDTH + 1, name="other")(patches)
    if kind == "cross":
        third = layers.Dense(WIDTH + 2, name="third")(patches)
        attention = layers.MultiHeadAttention(HEADS, 3, value_dim=5, use_bias=False, name="attention")
        found = attention(normed, other, key=third)
        found = layers.MultiHeadAttention(1, 2, output_shape=WIDTH, attention_axes=(-2,))(found, value=other)
    elif kind == "twice":
        attention = layers.MultiHeadAttention(HEADS, 3, name="attention")
        found = attention(attention(normed, normed), normed)
    else:
        attention = layers.MultiHeadAttention(HEADS, 3, dropout=0.1 if kind == "dropout" else 0, name="attention")
        found = attention(query=normed, value=normed, key=normed) if kind == "named" else attention(normed, normed)
    joined = layers.Add()([found, patches])
    dense = layers.Dense(WIDTH, activation=keras.activations.swish)(joined)
    image = layers.Concatenate()([layers.Reshape((SIDE, SIDE, WIDTH))(dense), local])
    last = layers.GlobalAveragePooling2D()(layers.Conv2D(5, 3, activation="swish", name="last")(image))
    model = keras.Model(pixels, layers.Dense(4, activation="softmax")(last))
    rng = np.random.default_rng(2)
    model.set_weights([rng.normal(0, 0.6, each.shape).astype(np.float32) for each in model.get_weights()])
    return model


def images() -> Any:
    return np.random.default_rng(3).uniform(0, 255, (7, SIDE, SIDE, 3)).astype(np.float32)


@pytest.mark.parametrize(
    ("kind", "ending"),
    [
        *((kind, "keras") for kind in ("own", "named", "dropout", "patches", "cross", "twice")),
        *((kind, "h5") for kind in ("own", "cross", "twice")),
    ],
)
def test_it_opens_with_the_answers_of_keras_to_the_last_bit(kind: str, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"model.{ending}"
    network_of(kind).save(path)
    plain = keras.models.load_model(path, compile=False)
    expected = plain.predict(images(), verbose=0)
    assert np.ptp(expected, axis=0).max() > 1e-3
    assert np.array_equal(open_network(path).model.predict(images(), verbose=0), expected)


@pytest.mark.parametrize(("kind", "layer"), [("own", "local"), ("cross", "local"), ("own", "last")])
def test_a_sweep_before_and_behind_it_is_that_of_the_plain_way(kind: str, layer: str, tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    network_of(kind).save(path)
    network = open_network(path)
    pixels = images()
    cut = network.cut(layer)
    assert isinstance(find_suffix(cut), PlainSuffix) == (layer == "local")
    dataset = from_arrays("set", pixels, np.zeros(len(pixels), np.int64))
    request = InspectionRequest(EvaluationInputs(network, dataset, dataset, (), scale=Scale.RAW), layer)
    sweep = inspect(request, monitor=Monitor()).sweep
    mask = np.ones(network.layer(layer).channel_count, dtype=bool)
    for point in sweep.points:
        if point.channel_index >= 0:
            mask[point.channel_index] = False
        built = build_pruned(network, layer=layer, channel_mask=mask, probe=pixels)
        labels = np.asarray(built(pixels, training=False)).argmax(axis=1)
        assert point.validation.pruned.count == (labels == 0).sum()
    assert len(sweep.points) == len(mask) + 1


@pytest.mark.parametrize("kind", ["own", "cross"])
def test_b_and_g_are_saved_and_opened_again(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    network_of(kind).save(path)
    network = open_network(path)
    mask = np.arange(WIDTH) > 2
    pruned = build_pruned(network, layer="local", channel_mask=mask, probe=images())
    for name, model in (("b", pruned), ("g", build_repaired(network, pruned, probe=images()))):
        saved = tmp_path / f"{name}.keras"
        save_model(model, saved, probe=images())
        expected = model.predict(images(), verbose=0)
        assert np.array_equal(keras.models.load_model(saved, compile=False).predict(images(), verbose=0), expected)
        assert np.array_equal(open_network(saved).model.predict(images(), verbose=0), expected)


def test_the_scores_count_as_values_of_an_image() -> None:
    layer = network_of().get_layer("attention")
    places = SIDE * SIDE
    expected = places * WIDTH + HEADS * (2 * places * places + 4 * places * 3)
    assert values_per_image([layer]) == expected


def with_description(path: Path, change: Change) -> None:
    """Change the entry of the attention in a `.keras` file."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    description = json.loads(parts["config.json"])
    change(next(each for each in description["config"]["layers"] if each["name"] == "attention"))
    parts["config.json"] = json.dumps(description).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def setting(**changes: Any) -> Change:
    return lambda entry: entry["config"].update(changes)


def option(**changes: Any) -> Change:
    return lambda entry: entry["inbound_nodes"][0]["kwargs"].update(changes)


def arguments(count: int) -> Change:
    def change(entry: dict[str, Any]) -> None:
        node = entry["inbound_nodes"][0]
        node["args"] = (node["args"] * 4)[:count]

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (setting(num_heads=10**6), "query_kernel of layer 'attention' must have shape (6, 1000000, 3) here"),
        (setting(key_dim=0), "has key_dim = 0"),
        (setting(key_dim=4), "must have shape (6, 2, 4) here, got (6, 2, 3)"),
        (setting(value_dim=4), "value_kernel of layer 'attention' must have shape (6, 2, 4)"),
        (setting(num_heads=True), "has num_heads = True"),
        (setting(output_shape=[6, 1]), "cannot read an input"),
        (setting(attention_axes=[0]), "cannot read an input"),
        (setting(attention_axes=[2]), "cannot read an input"),
        (setting(use_bias=False), "expected 1 weights of its query, got 2"),
        (setting(use_gate=True), "not allowed: use_gate = True"),
        (setting(sliding_window=3), "not allowed: sliding_window = 3"),
        (option(return_attention_scores=True), "is called with return_attention_scores = True"),
        (option(use_causal_mask=True), "is called with use_causal_mask = True"),
        (option(training=True), "is called with training = True"),
        (option(attention_mask=[1]), "is called with attention_mask"),
        (option(value=[1]), "other things than a query, a value and a key"),
        (arguments(1), "is called without a value"),
        (arguments(4), "other things than a query, a value and a key"),
        (lambda entry: entry.update(inbound_nodes=[[["reshape", 0, 0, {}]]]), "not as Keras 3 writes them"),
        (lambda entry: entry.update(class_name="GroupedQueryAttention"), "only MultiHeadAttention"),
    ],
)
def test_other_settings_and_calls_are_refused_by_name(change: Change, words: str, tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    network_of().save(path)
    with_description(path, change)
    with pytest.raises(ModelFileError) as caught:
        open_model(path)
    assert words in str(caught.value)


def test_inputs_by_name_in_another_order_than_keras_lists_them_are_refused(tmp_path: Path) -> None:
    pixels = keras.Input((SIDE, WIDTH, 1))
    rows = keras.layers.Reshape((SIDE, WIDTH))(pixels)
    other = keras.layers.Dense(WIDTH)(rows)
    found = keras.layers.MultiHeadAttention(1, 2)(query=rows, value=rows, key=other)
    path = tmp_path / "model.keras"
    keras.Model(pixels, keras.layers.Dense(3)(keras.layers.Flatten()(found))).save(path)
    with pytest.raises(ModelFileError, match="by position, in this order"):
        open_model(path)


@pytest.mark.parametrize("decoy", ["_query_dense", "gate_dense", "vars"])
def test_weights_in_further_groups_are_refused(decoy: str, tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    network_of().save(path)
    inside = tmp_path / "weights.h5"
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    inside.write_bytes(parts["model.weights.h5"])
    with h5py.File(inside, "a") as file:
        group = file["layers/multi_head_attention"]
        place = decoy if decoy == "vars" else f"{decoy}/vars"
        group.require_group(place)["0"] = np.ones((WIDTH, HEADS, 3), np.float32)
    parts["model.weights.h5"] = inside.read_bytes()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(ModelFileError, match="contains data that none of its layers reads"):
        open_model(path)


def test_weights_listed_in_another_order_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.h5"
    network_of().save(path)
    with h5py.File(path, "a") as file:
        attributes = file["model_weights/attention"].attrs
        names = list(attributes["weight_names"])
        attributes["weight_names"] = [*names[2:4], *names[:2], *names[4:]]
    with pytest.raises(ModelFileError, match="as the kernel of its query"):
        open_model(path)
