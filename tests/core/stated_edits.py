"""Edits of what a file says beside settings and weights, and Keras believes: shapes, calls, modules, identifiers."""

import json
from typing import Any

import h5py
import numpy as np

from tests.core.edited_model import Edit, layer_lists, some_layers, two


def build_for_another_rank(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Let a layer be built for an input of another number of axes."""
    built = [
        one
        for layers in layer_lists(description)
        for one in layers
        if isinstance((one.get("build_config") or {}).get("input_shape"), list)
        and one["class_name"] not in {"Functional", "Model"}
    ]
    config = built[rng.integers(len(built))]["build_config"]
    shape = config["input_shape"]
    config["input_shape"] = [shape[0]] * 2 if isinstance(shape[0], list) else [*shape[:1], *shape[2:]]
    if config["input_shape"] == shape:
        config["input_shape"] = [shape[0][:-1]] * 2


def share_layers(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Give two layers one identifier, so that Keras takes the first for both; let the calls say so, or not."""
    layers = [one for one in some_layers(description, rng) if one["class_name"] != "InputLayer"]
    first, second = two(rng, layers)
    first["shared_object_id"] = second["shared_object_id"] = 7
    if rng.integers(2):
        text = json.dumps(description).replace(f'["{second["config"]["name"]}", 0, 0]', f'["{second["name"]}", 1, 0]')
        description.update(json.loads(text))
    drop_own_names(description, file, rng)


def share_a_policy(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Give the policies of two layers, of which one is another, one identifier."""
    first, second = two(rng, [one["config"] for one in some_layers(description, rng)])
    policy = {"module": "keras", "class_name": "DTypePolicy", "registered_name": None, "shared_object_id": 3}
    first["bias_regularizer"] = {**policy, "config": {"name": "float16"}}
    second["dtype"] = {**policy, "config": {"name": "float32"}}


def name_another_call(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Let a layer read another call, or another output, of what it reads."""
    layers = [one for one in some_layers(description, rng) if one.get("inbound_nodes")]
    layer = layers[rng.integers(len(layers))]
    place = [", 1, 0]", ", -1, 0]", ", true, 0]", ", 0, -1]", ", 0, 0.0]"][rng.integers(5)]
    layer["inbound_nodes"] = json.loads(json.dumps(layer["inbound_nodes"]).replace(", 0, 0]", place))


def name_another_end(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Let the network's output be another call of its last layer."""
    end = description["config"]["output_layers"]
    end[1] = int(rng.choice([number for number in (-1, 0, 1, 2) if number != end[1]]))


def call_with_a_list(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Call a layer of one input with a list, from which Keras makes one tensor of one more axis."""
    layers = [one for one in some_layers(description, rng) if one.get("inbound_nodes")]
    args = layers[rng.integers(len(layers))]["inbound_nodes"][0]["args"]
    args[0] = [args[0]]


def other_module(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Take a layer's class from the module of another class of that name."""
    names = {"Add", "Multiply", "Concatenate", "Maximum", "Softmax", "Flatten", "Reshape", "Dense", "Conv2D"}
    layers = [one for one in some_layers(description, rng) if one["class_name"] in names and "module" in one]
    layer = layers[rng.integers(len(layers))]
    before = layer["module"]
    layer["module"] = ["keras.src.ops.numpy", "keras.src.ops.nn", "keras.src.layers", None][rng.integers(4)]
    layer["registered_name"] = layer["class_name"]
    layer["config"] = {key: value for key, value in layer["config"].items() if key in {"name", "units", "filters"}}
    layer.pop("build_config", None)
    if before == layer["module"]:
        raise ValueError("unchanged")


def network_precision(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Let a whole network compute in another precision, which Keras passes to all its layers."""
    policy = {"module": "keras", "class_name": "DTypePolicy", "registered_name": None}
    description["config"]["dtype"] = ["float16", {**policy, "config": {"name": "mixed_float16"}}][rng.integers(2)]


def whole_pixels(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Let the network take whole numbers, to which Keras cuts its images."""
    first = description["config"]["layers"][0]
    if first["class_name"] != "InputLayer":
        raise ValueError("no input layer")
    first["config"]["dtype"] = ["uint8", "int32", "bool", "float16"][rng.integers(4)]


def round_an_array(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Store numbers as an array of a type in which Keras rounds them."""
    found = [
        (one["config"], key)
        for layers in layer_lists(description)
        for one in layers
        for key in ("scale", "offset")
        if isinstance(one["config"].get(key), float)
    ]
    config, key = found[rng.integers(len(found))]
    dtype = ["int8", "float16", "bool"][rng.integers(3)]
    config[key] = {"class_name": ["__numpy__", "__tensor__"][rng.integers(2)], "config": {"value": 0.7, "dtype": dtype}}


def round_an_operand(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Store what an operation takes beside a tensor as an array that Keras computes with in another precision."""
    found = [
        one["inbound_nodes"][0]["args"]
        for layers in layer_lists(description)
        for one in layers
        if str(one.get("module")).startswith("keras.src.ops") and len(one["inbound_nodes"][0]["args"]) > 1
    ]
    found = [each for each in found if any(isinstance(value, float) for value in each)]
    args = found[int(rng.integers(len(found)))]
    place = next(index for index, value in enumerate(args) if isinstance(value, float))
    dtype = ["int32", "float64", "float16"][rng.integers(3)]
    args[place] = {"class_name": "__numpy__", "config": {"value": [args[place]] * 3, "dtype": dtype}}


def unknown_setting(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Add a setting that the layer does not have, which Keras refuses; some are empty."""
    layers = [one for one in some_layers(description, rng) if one["class_name"] in {"Conv2D", "Dense", "Flatten"}]
    config = layers[rng.integers(len(layers))]["config"]
    config[["noise_shape", "shared", "renorm_momentum"][rng.integers(3)]] = [None, False, [1]][rng.integers(3)]


def second_shape(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Give the input another shape beside its own."""
    layers = description["config"]["layers"]
    layers[0]["config"][["input_shape", "batch_input_shape"][rng.integers(2)]] = [None, 5, 5]


def drop_own_names(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Leave out the names that `.keras` files store beside some weights, by which a swap would show."""
    named: list[Any] = []
    file.visititems(lambda _, node: named.append(node) if "name" in node.attrs else None)
    for node in named[:: int(rng.integers(1, 3))]:
        del node.attrs["name"]


STATED_EDITS: tuple[Edit, ...] = (
    *(build_for_another_rank, share_layers, share_a_policy, name_another_call, name_another_end, call_with_a_list),
    *(other_module, network_precision, whole_pixels, round_an_array, round_an_operand, unknown_setting, second_shape),
    drop_own_names,
)
