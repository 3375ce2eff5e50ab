"""Edits of a model file's structure, not of its bytes: what someone does who wants two programs to see two networks."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from tests.core.edited_model import Edit, edit_file, layer_lists, some_layers, two
from tests.core.stated_edits import STATED_EDITS


def swap_layers(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Change the order of two layers in the description."""
    layers = some_layers(description, rng)
    first, second = sorted(rng.choice(len(layers), 2, replace=False))
    layers[first], layers[second] = layers[second], layers[first]


def swap_configs(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Exchange the settings of two layers of one class, but not their places in the graph."""
    layers = some_layers(description, rng)
    first, second = two(rng, [one for one in layers if one["class_name"] == layers[-2]["class_name"]])
    first["config"], second["config"] = second["config"], first["config"]


def swap_inputs(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Exchange what two layers read."""
    first, second = two(rng, [one for one in some_layers(description, rng) if one.get("inbound_nodes")])
    first["inbound_nodes"], second["inbound_nodes"] = second["inbound_nodes"], first["inbound_nodes"]


def reverse_inputs(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Reverse the order in which a layer reads several others, by which Keras orders its layers."""
    for one in some_layers(description, rng):
        for node in one.get("inbound_nodes", []):
            tensors = node["args"][0] if isinstance(node, dict) else node
            if isinstance(tensors, list):
                tensors.reverse()


def freeze(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Flip `trainable` of a layer or a network."""
    nodes = [one["config"] for layers in layer_lists(description) for one in layers] + [description["config"]]
    node = nodes[rng.integers(len(nodes))]
    node["trainable"] = not node.get("trainable", True)


def rename_layer(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Rename a layer in its settings alone."""
    layers = some_layers(description, rng)
    layers[rng.integers(len(layers))]["config"]["name"] = "renamed"


def exchange_names(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Exchange the names of two layers of one class everywhere in the description."""
    layers = some_layers(description, rng)
    first, second = two(rng, [one["config"]["name"] for one in layers if one["class_name"] != "InputLayer"])
    text = json.dumps(description)
    for before, after in [(first, "\0"), (second, first), ("\0", second)]:
        text = text.replace(json.dumps(before), json.dumps(after))
    description.clear()
    description.update(json.loads(text))


def build_otherwise(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Change the input shape that a layer was built with."""
    built = [one for layers in layer_lists(description) for one in layers if one.get("build_config")]
    config = built[rng.integers(len(built))]["build_config"]
    shape = config.get("input_shape") or config["shapes_dict"]
    if isinstance(shape, list):
        place = int(rng.integers(1, len(shape)))
        shape[place] = (shape[place] or 1) + 1


def unused_layer(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Add a copy of a layer that leads nowhere."""
    layers = some_layers(description, rng)
    copy = json.loads(json.dumps(layers[int(rng.integers(1, len(layers)))]))
    copy["name"] = copy["config"]["name"] = "unused"
    layers.insert(int(rng.integers(1, len(layers))), copy)


def use_twice(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Let a layer be called twice."""
    layers = [one for one in some_layers(description, rng) if one.get("inbound_nodes")]
    one = layers[rng.integers(len(layers))]
    one["inbound_nodes"] *= 2


def half_precision(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Let a layer compute in half precision."""
    layers = some_layers(description, rng)
    layers[rng.integers(len(layers))]["config"]["dtype"] = ["float16", "mixed_float16", "bfloat16"][rng.integers(3)]


def legacy_axis(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Set the axis of a layer that has one."""
    with_axis = [one for layers in layer_lists(description) for one in layers if "axis" in one["config"]]
    choices: list[Any] = [None, [1, 2], [-1], 1, [3]]
    with_axis[rng.integers(len(with_axis))]["config"]["axis"] = choices[rng.integers(len(choices))]


def _weight_groups(file: h5py.File) -> list[h5py.Group]:
    groups: list[h5py.Group] = []
    file.visititems(
        lambda name, node: (
            groups.append(node)
            if isinstance(node, h5py.Group)
            and not name.startswith("optimizer")
            and any(isinstance(child, h5py.Dataset) for child in node.values())
            else None
        )
    )
    if not groups:
        raise ValueError("no groups")
    return groups


def swap_groups(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Exchange the groups of two layers' weights."""
    first, second = (group.name for group in two(rng, _weight_groups(file)))
    file.move(first, "/swapped")
    file.move(second, first)
    file.move("/swapped", second)


def swap_datasets(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Exchange two weights of equal shape in one group."""
    groups = _weight_groups(file)
    group = groups[rng.integers(len(groups))]
    by_shape: dict[Any, list[str]] = {}
    for name, dataset in group.items():
        by_shape.setdefault(getattr(dataset, "shape", None), []).append(name)
    first, second = two(rng, max(by_shape.values(), key=len))
    group.move(first, "swapped")
    group.move(second, first)
    group.move("swapped", second)


def _reorder(group: h5py.Group, key: str, rng: np.random.Generator) -> None:
    names = list(group.attrs[key])
    rng.shuffle(names)
    group.attrs[key] = names


def shuffle_layer_names(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Shuffle `layer_names`, by which Keras binds groups to layers."""
    _reorder(file["model_weights"], "layer_names", rng)


def shuffle_weight_names(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Shuffle the `weight_names` of a layer."""
    groups = [group for group in file["model_weights"].values() if len(group.attrs.get("weight_names", []))]
    _reorder(groups[rng.integers(len(groups))], "weight_names", rng)


def split_layer_names(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Add a second, split list of layers' names, of which Keras reads only the first."""
    group = file["model_weights"]
    names = list(group.attrs["layer_names"])
    group.attrs["layer_names0"] = names[::-1]
    if rng.integers(2):
        del group.attrs["layer_names"]


def decoy_group(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Copy a layer's weights, change the copy, and bind one of both by name and the other by place."""
    groups = _weight_groups(file)
    name = groups[rng.integers(len(groups))].name
    parent, _, last = name.rpartition("/")
    copy = f"{parent}/{last}_copy"
    file.copy(name, copy)
    for child in file[name if rng.integers(2) else copy].values():
        if isinstance(child, h5py.Dataset):
            child[...] = np.asarray(child) * 0.5
    if "layer_names" in file.get("model_weights", file).attrs and rng.integers(2):
        group = file["model_weights"]
        group.attrs["layer_names"] = [*group.attrs["layer_names"], "copy"]


def own_name(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Exchange the names that `.keras` files store beside weights."""
    named: list[Any] = []
    file.visititems(lambda _, node: named.append(node) if "name" in node.attrs else None)
    first, second = two(rng, named)
    before = first.attrs["name"]
    first.attrs["name"] = second.attrs["name"]
    second.attrs["name"] = before


def cast_weights(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Store a weight in another type of number."""
    datasets = [child for group in _weight_groups(file) for child in group.values() if isinstance(child, h5py.Dataset)]
    dataset = datasets[rng.integers(len(datasets))]
    name, values = dataset.name, np.asarray(dataset)
    del file[name]
    file[name] = values.astype([np.float16, np.float64, np.int32][rng.integers(3)])


def round_weights(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Mark a weight as bfloat16, to which Keras rounds it."""
    groups = _weight_groups(file)
    for child in groups[rng.integers(len(groups))].values():
        child.attrs["dtype"] = "bfloat16"


def old_folder(description: Any, file: h5py.File, rng: np.random.Generator) -> None:
    """Keep the weights under the name that Keras 2.12 gave their group, or under both."""
    if rng.integers(2):
        file.move("layers", "_layer_checkpoint_dependencies")
    else:
        file.copy("layers", "_layer_checkpoint_dependencies")


EDITS: dict[str, Edit] = {
    edit.__name__: edit
    for edit in (
        *(swap_layers, swap_configs, swap_inputs, reverse_inputs, freeze, rename_layer, exchange_names),
        *(build_otherwise, unused_layer, use_twice, half_precision, legacy_axis),
        *(swap_groups, swap_datasets, shuffle_layer_names, shuffle_weight_names, split_layer_names),
        *STATED_EDITS,
        *(decoy_group, own_name, cast_weights, round_weights, old_folder),
    )
}


def all_edits(sources: list[Path], folder: Path, *, rounds: int, seed: int = 0) -> Iterator[tuple[str, Path]]:
    """Apply every edit to every file, `rounds` times with other choices; yield what was done and the edited file."""
    rng = np.random.default_rng(seed)
    for round_index in range(rounds):
        for source in sources:
            for name, edit in EDITS.items():
                target = folder / f"{source.stem}_{round_index}_{name}{source.suffix}"
                try:
                    edit_file(source, target, edit, rng)
                except (ValueError, KeyError, TypeError, IndexError, AttributeError, RuntimeError):
                    continue  # the edit does not apply to this file
                yield name, target
