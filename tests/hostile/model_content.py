"""Model files that show one network and are another, or whose description is a trap."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from tests.core.structure_edits import EDITS
from tests.hostile.case import (
    Case,
    Make,
    constant,
    edit_model,
    edited,
    hostile,
    in_both_formats,
    layer_named,
    saved_by_keras,
    weight,
)

# What makes another network of a file, by the edits of structure_edits; the codes that tell it.
_DECOYS: dict[str, tuple[str, ...]] = {
    "decoy_group": ("unread-data", "names-disagree", "missing-weights"),
    "rename_layer": ("names-disagree",),
    "unused_layer": ("unsupported-network", "names-disagree"),
    "use_twice": ("unsupported-network", "damaged-file"),
    "half_precision": ("unsupported-config",),
    "round_weights": ("bad-weights", "unread-data"),
    "share_layers": ("unsupported-config",),
    "share_a_policy": ("unsupported-config",),
    "name_another_call": ("damaged-file",),
    "name_another_end": ("damaged-file",),
    "call_with_a_list": ("unsupported-network",),
    "network_precision": ("unsupported-config",),
    "whole_pixels": ("unsupported-config",),
    "unknown_setting": ("unsupported-config",),
    "second_shape": ("unsupported-config",),
}
_H5_DECOYS = {"shuffle_layer_names": ("names-disagree",), "shuffle_weight_names": ("names-disagree",)}
_KERAS_DECOYS = {
    "own_name": ("names-disagree",),
    "swap_groups": ("names-disagree", "missing-weights"),
    "old_folder": ("unread-data", "missing-weights"),
    "drop_own_names": ("names-disagree",),
    "build_otherwise": ("shapes-disagree",),
    "build_for_another_rank": ("shapes-disagree",),
    "other_module": ("unsupported-layer", "unsupported-config"),
}
# Some edits draw what they do: with this seed they do what is meant.
_SEEDS = {"shuffle_weight_names": 2, "drop_own_names": 2}


def _edit_by_name(name: str, seed: int) -> Callable[[Any, h5py.File], object]:
    return lambda description, file: EDITS[name](description, file, np.random.default_rng(seed))


def _decoys(form: str) -> Iterator[Case]:
    for name, codes in {**_DECOYS, **(_H5_DECOYS if form == "h5" else _KERAS_DECOYS)}.items():
        make = edited(_edit_by_name(name, _SEEDS.get(name, 1)), form, "two branches")
        yield hostile(f"a decoy: {name.replace('_', ' ')}", "model", "decoy", make, *codes)


def _set_layer(layer: str, **settings: Any) -> Callable[[Any, h5py.File], None]:
    return lambda description, file: layer_named(description, layer)["config"].update(settings)


def _cycle(description: Any, file: h5py.File) -> None:
    layers = description["config"]["layers"]
    text = json.dumps(layers[1]["inbound_nodes"]).replace('"start"', '"act"')
    layers[1]["inbound_nodes"] = json.loads(text)


def _two_outputs(description: Any, file: h5py.File) -> None:
    description["config"]["output_layers"] = [["out", 0, 0], ["flat", 0, 0]]


def _other_output(description: Any, file: h5py.File) -> None:
    description["config"]["output_layers"] = ["act", 0, 0]


def _missing_layer(description: Any, file: h5py.File) -> None:
    description["config"]["output_layers"] = ["nowhere", 0, 0]


def _many_layers(description: Any, file: h5py.File) -> None:
    layers = description["config"]["layers"]
    layers += [
        {**layers[2], "name": f"n{index}", "config": {**layers[2]["config"], "name": f"n{index}"}}
        for index in range(2_100)
    ]


def _nested_networks(description: Any, file: h5py.File) -> None:
    inner = json.loads(json.dumps(description))
    for _ in range(12):
        inner = {**description, "config": {**description["config"], "layers": [inner]}}
    description.update(inner)


def _call_argument(description: Any, file: h5py.File) -> None:
    layer_named(description, "act")["inbound_nodes"][0]["kwargs"] = {"training": True}


def _upsampled(description: Any, file: h5py.File) -> None:
    found = layer_named(description, "act")
    found.update(class_name="UpSampling2D", module="keras.layers", build_config=None)
    found["config"] = {"name": "act", "size": [64, 64], "data_format": "channels_last", "interpolation": "nearest"}


def _hidden_as_training(description: Any, file: h5py.File) -> None:
    for name in ("optimizer_weights", "optimizer"):
        file[f"{name}/dense/kernel"] = np.ones((5, 5), np.float32)


def _long_name(description: Any, file: h5py.File) -> None:
    description["config"]["layers"][2]["name"] = description["config"]["layers"][2]["config"]["name"] = "n" * 20_000


_DESCRIPTIONS: dict[str, tuple[Callable[[Any, h5py.File], object], tuple[str, ...]]] = {
    "layers that read each other": (_cycle, ("unsupported-network",)),
    "two outputs": (_two_outputs, ("unsupported-network",)),
    "an output inside": (_other_output, ("unsupported-network",)),
    "an output that is not there": (_missing_layer, ("damaged-file",)),
    "2,100 layers": (_many_layers, ("file-too-large",)),
    "12 networks in each other": (_nested_networks, ("unsupported-network",)),
    "a layer that trains when it is asked": (_call_argument, ("unsupported-network",)),
    "an activation of 9 GB": (_upsampled, ("file-too-large", "wrong-weight-shape")),
    "a name of 20,000 letters": (_long_name, ("damaged-file",)),
    "10¹² filters": (_set_layer("conv", filters=10**12), ("unsupported-config", "wrong-weight-shape")),
    "10⁹ units": (_set_layer("out", units=10**9), ("unsupported-config", "wrong-weight-shape")),
    "negative units": (_set_layer("out", units=-5), ("unsupported-config",)),
    "a whole number of 5,000 digits": (_set_layer("out", units=10**4_000), ("unsupported-config", "damaged-file")),
    "true as a number": (_set_layer("out", units=True), ("unsupported-config",)),
    "channels first": (_set_layer("conv", data_format="channels_first"), ("channels-first",)),
    "half precision": (_set_layer("conv", dtype="float16"), ("unsupported-config",)),
    "mixed precision": (
        _set_layer("out", dtype={"module": "keras", "class_name": "DTypePolicy", "config": {"name": "mixed_float16"}}),
        ("unsupported-config",),
    ),
    "quantized layers": (
        _set_layer("out", dtype={"class_name": "QuantizedDTypePolicy", "config": {"mode": "int8"}}),
        ("unsupported-config",),
    ),
    "low-rank weights beside the weights": (_set_layer("out", lora_rank=4), ("unsupported-config",)),
    "weights hidden as the state of a training that never was": (_hidden_as_training, ("unread-data",)),
    "a huge input": (_set_layer("start", batch_shape=[None, 10**6, 10**6, 3]), ("wrong-input",)),
    "an input of any size": (_set_layer("start", batch_shape=[None, None, None, 3]), ("wrong-input",)),
}


def _described(form: str) -> Iterator[Case]:
    for name, (edit, codes) in _DESCRIPTIONS.items():
        yield hostile(name, "model", "model", edited(edit, form), *codes)
    for name, (change, code) in _TEXTS.items():
        yield hostile(name, "model", "model", _with_text(change, form), code)
    for name, value in (("not a number", np.nan), ("infinite", np.inf)):
        yield hostile(f"weights that are {name}", "model", "model", edited(_fill(value), form), "bad-weights")
    yield hostile("whole numbers as weights", "model", "model", edited(_round, form), "bad-weights")
    yield hostile("weights of another shape", "model", "model", edited(_reshape, form), "wrong-weight-shape")


_TEXTS: dict[str, tuple[Callable[[str], bytes], str]] = {
    "a description with a key twice": (
        lambda text: text.replace('"units": 5', '"units": 5, "units": 5').encode(),
        "damaged-file",
    ),
    "a description with NaN": (lambda text: text.replace('"units": 5', '"units": NaN').encode(), "damaged-file"),
    "a description with infinity": (
        lambda text: text.replace('"units": 5', '"units": -Infinity').encode(),
        "damaged-file",
    ),
    "a description with 1e999": (lambda text: text.replace('"units": 5', '"units": 1e999').encode(), "damaged-file"),
    "a description with lists in lists": (lambda text: b"[" * 20_000 + b"]" * 20_000, "damaged-file"),
    "a description that is a list": (lambda text: b"[1, 2]", "damaged-file"),
    "a description that is no text": (lambda text: b"\xff\xfe\x00\x01", "damaged-file"),
    "a description cut off": (lambda text: text[: len(text) // 2].encode(), "damaged-file"),
    "a description with more behind it": (lambda text: text.encode() + b" {}", "damaged-file"),
    "a number of 20,000 digits": (
        lambda text: text.replace('"units": 5', f'"units": {"9" * 20_000}').encode(),
        "damaged-file",
    ),
}


def _with_text(change: Callable[[str], bytes], form: str) -> Make:
    """Replace the text of the description."""

    def make(path: Path, marker: Path) -> None:
        path.write_bytes(saved_by_keras(form))
        if form == "h5":
            with h5py.File(path, "a") as file:
                text = file.attrs["model_config"]
                file.attrs["model_config"] = np.bytes_(change(text.replace('"units":5', '"units": 5')))
            return
        with zipfile.ZipFile(path) as archive:
            entries = {name: archive.read(name) for name in archive.namelist()}
        entries["config.json"] = change(entries["config.json"].decode())
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in entries.items():
                archive.writestr(name, content)

    return make


def _fill(value: float) -> Callable[[Any, h5py.File], None]:
    def edit(description: Any, file: h5py.File) -> None:
        file[weight(file)][3, 2] = value

    return edit


def _replace_kernel(file: h5py.File, values: np.ndarray) -> None:
    name = weight(file)
    del file[name]
    file[name] = values


def _round(description: Any, file: h5py.File) -> None:
    _replace_kernel(file, np.asarray(file[weight(file)]).astype(np.int32))


def _reshape(description: Any, file: h5py.File) -> None:
    _replace_kernel(file, np.zeros((401, 5), np.float32))


def _in_user_block(path: Path, marker: Path) -> None:
    """Write an HDF5 model whose user block is another model, in a ZIP archive."""
    inner = saved_by_keras("keras")
    size = 1 << max(9, (len(inner) - 1).bit_length())
    with (
        h5py.File(io.BytesIO(saved_by_keras("h5")), "r") as source,
        h5py.File(path, "w", userblock_size=size) as target,
    ):
        source.copy("model_weights", target)
        for key, value in source.attrs.items():
            target.attrs[key] = value
    with path.open("r+b") as file:
        file.write(inner)


def _glued(*forms: str) -> Make:
    return lambda path, marker: path.write_bytes(b"".join(saved_by_keras(form) for form in forms))


_TWO_IN_ONE: dict[str, tuple[str, Make, tuple[str, ...]]] = {
    "HDF5, then ZIP, named .keras": ("model.keras", _glued("h5", "keras"), ("wrong-suffix",)),
    "HDF5, then ZIP, named .h5": ("model.h5", _glued("h5", "keras"), ("foreign-bytes",)),
    "ZIP, then HDF5, named .keras": ("model.keras", _glued("keras", "h5"), ("foreign-bytes", "truncated-file")),
    "ZIP, then HDF5, named .h5": ("model.h5", _glued("keras", "h5"), ("wrong-suffix",)),
    "two ZIP archives": ("model.keras", _glued("keras", "keras"), ("foreign-bytes",)),
    "two HDF5 files": ("model.h5", _glued("h5", "h5"), ("foreign-bytes",)),
    "a ZIP archive in the user block, named .h5": ("model.h5", _in_user_block, ("wrong-suffix",)),
    "a ZIP archive in the user block, named .hdf5": ("model.hdf5", _in_user_block, ("wrong-suffix",)),
    "a ZIP archive in the user block, named .keras": ("model.keras", _in_user_block, ("foreign-bytes",)),
    "HDF5 named .keras": ("model.keras", _glued("h5"), ("wrong-suffix",)),
    "ZIP named .h5": ("model.h5", _glued("keras"), ("wrong-suffix",)),
    "a PNG before the ZIP": (
        "model.keras",
        lambda path, marker: path.write_bytes(b"\x89PNG\r\n\x1a\n" + saved_by_keras("keras")),
        ("wrong-format", "foreign-bytes"),
    ),
    "only the first bytes of HDF5": ("model.h5", constant(b"\x89HDF\r\n\x1a\n"), ("damaged-file", "truncated-file")),
    "only the first bytes of ZIP": ("model.keras", constant(b"PK\x03\x04"), ("truncated-file",)),
}  # fmt: skip


def _second_network(path: Path, marker: Path) -> None:
    """Write a model with the weights of a second network."""
    edit_model(path, lambda description, file: file.copy("model_weights", "second_weights"), "h5")


CONTENT_CASES = [
    *in_both_formats(_decoys),
    *in_both_formats(_described),
    *(hostile(name, "model", file, make, *codes) for name, (file, make, codes) in _TWO_IN_ONE.items()),
    hostile("a second network beside the first", "model", "model.h5", _second_network, "unread-data"),
]
