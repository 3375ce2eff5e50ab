"""Model files that bring code along, or name some: layers, functions and foreign formats."""

import gzip
import io
import json
import pickle
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.hostile.case import (
    Case,
    Make,
    constant,
    edit_model,
    hostile,
    in_both_formats,
    lambda_code,
    lambda_config,
    layer_named,
    pickled,
)

Entry = Callable[[Path], dict[str, Any]]


def _instead_of_a_layer(entry: Entry, form: str) -> Make:
    """Replace the activation, a layer without weights, by another."""

    def make(path: Path, marker: Path) -> None:
        def edit(description: Any, file: Any) -> None:
            found = layer_named(description, "act")
            replaced = {"module": "keras.layers", "registered_name": None, **entry(marker)}
            found.update(replaced)
            found["config"] = {"name": "act", "trainable": True, "dtype": "float32", **replaced["config"]}

        edit_model(path, edit, form)

    return make


def _in_a_layer(layer: str, settings: Entry, form: str) -> Make:
    """Change settings of a layer."""

    def make(path: Path, marker: Path) -> None:
        edit_model(
            path, lambda description, file: layer_named(description, layer)["config"].update(settings(marker)), form
        )

    return make


def _in_the_model(values: Entry, form: str) -> Make:
    """Change the outermost entries of the description."""

    def make(path: Path, marker: Path) -> None:
        edit_model(path, lambda description, file: description.update(values(marker)), form)

    return make


def _function(module: str, name: str) -> dict[str, Any]:
    return {"module": module, "class_name": "function", "config": name, "registered_name": name}


def _keras_layer(class_name: str, **config: Any) -> Entry:
    return lambda marker: {"class_name": class_name, "config": config}


_LAYERS: dict[str, Entry] = {
    "a Lambda layer": lambda marker: {"class_name": "Lambda", "config": {"function": lambda_config(marker)}},
    "a Lambda layer of Keras 2": lambda marker: {
        "class_name": "Lambda",
        "config": {"function": [lambda_code(marker), None, None], "function_type": "lambda", "module": "__main__"},
    },
    "a Lambda layer with a named function": lambda marker: {
        "class_name": "Lambda",
        "config": {"function": _function("os", "system"), "arguments": {"command": f"touch {marker}"}},
    },
    "a Lambda layer without a module": lambda marker: {
        "module": None,
        "class_name": "Lambda",
        "config": {"function": [lambda_code(marker), None, None], "function_type": "lambda"},
    },
    "a TFSMLayer": _keras_layer("TFSMLayer", filepath="/nowhere/saved_model", call_endpoint="serve"),
    "a TFSMLayer from a server": _keras_layer("TFSMLayer", filepath="http://127.0.0.1:9/model", call_endpoint="serve"),
    "a TorchModuleWrapper": lambda marker: {
        "module": "keras.src.utils.torch_utils",
        "class_name": "TorchModuleWrapper",
        "config": {"module": pickled(marker).hex()},
    },
    "a vocabulary that is another file": _keras_layer("StringLookup", vocabulary="/etc/passwd"),
    "text that is another file": _keras_layer("TextVectorization", vocabulary="/etc/hostname"),
    "a Lambda layer in a wrapper": lambda marker: {
        "class_name": "TimeDistributed",
        "config": {"layer": {"module": "keras.layers", **_LAYERS["a Lambda layer"](marker)}},
    },
    "a registered class": lambda marker: {
        "module": "evil", "class_name": "Layer", "registered_name": "evil>Layer", "config": {},
    },
    "a class of another package": lambda marker: {"module": "tensorflow.ops", "class_name": "ReLU", "config": {}},
    "os.system as a layer": lambda marker: {
        "module": "os", "class_name": "system", "config": {"command": f"touch {marker}"},
    },
    "subprocess.Popen as a layer": lambda marker: {
        "module": "subprocess", "class_name": "Popen", "config": {"args": ["touch", str(marker)]},
    },
    "exec as a layer": lambda marker: {
        "module": "builtins", "class_name": "exec", "registered_name": "exec",
        "config": {"source": f"open({str(marker)!r}, 'w')"},
    },
    "open as a layer": lambda marker: {
        "module": "builtins", "class_name": "open", "config": {"file": str(marker), "mode": "w"},
    },
    "a module to import": lambda marker: {
        "module": "importlib", "class_name": "import_module", "config": {"name": "antigravity"},
    },
    "a download by Keras' own function": lambda marker: {
        "module": "keras.utils", "class_name": "get_file",
        "config": {"fname": str(marker), "origin": "file:///etc/hostname"},
    },
    "Keras' switch of its safe mode": lambda marker: {
        "module": "keras.config", "class_name": "enable_unsafe_deserialization", "config": {},
    },
    "a class named like a module": lambda marker: {"module": "keras.layers", "class_name": "os.system", "config": {}},
    "a class named like an attribute": lambda marker: {"class_name": "__class__", "config": {}},
    "a recurrent layer with a foreign cell": lambda marker: {
        "class_name": "RNN", "config": {"cell": {"module": "os", "class_name": "system", "config": {}}},
    },
}  # fmt: skip

_ACTIVATIONS: dict[str, Callable[[Path], Any]] = {
    "code as an activation": lambda_config,
    "os.system as an activation": lambda marker: _function("os", "system"),
    "a module's name as an activation": lambda marker: "os.system",
    "a list as an activation": lambda marker: [lambda_code(marker), None, None],
}


def _described(form: str) -> Iterator[Case]:
    for name, entry in _LAYERS.items():
        yield hostile(name, "model", "model", _instead_of_a_layer(entry, form), "unsupported-layer")
    for name, value in _ACTIVATIONS.items():
        make = _in_a_layer("conv", lambda marker, value=value: {"activation": value(marker)}, form)
        yield hostile(name, "model", "model", make, "unsupported-config")
    made = _in_a_layer("conv", lambda marker: {"kernel_initializer": lambda_config(marker)}, form)
    yield hostile("code as an initializer", "model", "model", made, "unsupported-config")
    made = _in_a_layer("out", lambda marker: {"kernel_regularizer": _function("os", "system")}, form)
    yield hostile("os.system as a regularizer", "model", "model", made, "unsupported-config")
    made = _in_a_layer("conv", lambda marker: {"quantization_config": {"module": "os", "class_name": "system"}}, form)
    yield hostile("a setting of a later release", "model", "model", made, "unsupported-config")
    made = _in_the_model(lambda marker: {"class_name": "Layer", "module": "evil", "registered_name": "a>Layer"}, form)
    yield hostile("a network of a foreign class", "model", "model", made, "unsupported-network")
    made = _in_the_model(lambda marker: {"module": "evil"}, form)
    yield hostile("a network of a foreign module", "model", "model", made, "unsupported-layer")
    made = _in_the_model(lambda marker: {"compile_config": {"optimizer": "sgd", "loss": lambda_config(marker)}}, form)
    yield hostile("code as a loss", "model", "model", made, "unsupported-config")


def _zip(entries: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, value in entries.items():
            archive.writestr(name, value)
    return content.getvalue()


def _numpy_objects(path: Path, marker: Path) -> None:
    content = io.BytesIO()
    np.lib.format.write_array_header_1_0(content, {"descr": "|O", "fortran_order": False, "shape": (1,)})
    path.write_bytes(content.getvalue() + pickled(marker))


def _numpy_archive(path: Path, marker: Path) -> None:
    inner = path.with_name("inner.npy")
    _numpy_objects(inner, marker)
    path.write_bytes(_zip({"kernel.npy": inner.read_bytes()}))
    inner.unlink()


def _torch(path: Path, marker: Path) -> None:
    path.write_bytes(_zip({"archive/data.pkl": pickled(marker, 2), "archive/version": b"3\n"}))


def _tar(path: Path, marker: Path) -> None:
    with tarfile.open(path, "w") as archive:
        for name in ("storages", "../../pickle"):
            member = tarfile.TarInfo(name)
            member.size = len(pickled(marker))
            archive.addfile(member, io.BytesIO(pickled(marker)))


def _pickle(protocol: int) -> Make:
    return lambda path, marker: path.write_bytes(pickled(marker, protocol))


def _folder(path: Path, marker: Path) -> None:
    (path / "variables").mkdir(parents=True)
    (path / "saved_model.pb").write_bytes(b"\x08\x01\x12\x00")


_ONNX = b"\x08\x07\x12\x07pytorch\x1a\x032.0"
_SAFETENSORS = struct.pack("<Q", 2**60) + b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
_YAML = b"!!python/object/apply:os.system ['touch marker']\n"

_FOREIGN: dict[str, tuple[str, Make, tuple[str, ...]]] = {
    "a pickle": ("model.pkl", _pickle(4), ("wrong-format",)),
    "a pickle named .h5": ("model.h5", _pickle(2), ("wrong-format",)),
    "a pickle named .keras": ("model.keras", _pickle(5), ("wrong-format",)),
    "a text pickle named .h5": ("model.h5", _pickle(0), ("wrong-format",)),
    "a compressed pickle": (
        "model.pkl.gz",
        lambda path, marker: path.write_bytes(gzip.compress(pickled(marker))),
        ("wrong-format",),
    ),
    "a PyTorch model": ("model.pt", _torch, ("wrong-format",)),
    "a PyTorch model named .keras": ("model.keras", _torch, ("wrong-format",)),
    "an old PyTorch model": ("model.pth", _tar, ("wrong-format",)),
    "an array of objects": ("model.npy", _numpy_objects, ("wrong-format",)),
    "an array of objects named .h5": ("model.h5", _numpy_objects, ("wrong-format",)),
    "an archive of arrays of objects": ("model.npz", _numpy_archive, ("wrong-format",)),
    "an archive of arrays named .keras": ("model.keras", _numpy_archive, ("wrong-format",)),
    "a SavedModel's folder": ("saved_model", _folder, ("not-a-file",)),
    "a SavedModel's graph": ("saved_model.pb", constant(b"\x08\x01\x12\x00\x1a"), ("wrong-format",)),
    "an ONNX model": ("model.onnx", constant(_ONNX), ("wrong-format",)),
    "a TFLite model": ("model.tflite", constant(b"\x1c\x00\x00\x00TFL3" + bytes(64)), ("wrong-format",)),
    "safetensors with a huge header": ("model.safetensors", constant(_SAFETENSORS), ("wrong-format",)),
    "a GGUF model": ("model.gguf", constant(b"GGUF\x03\x00\x00\x00" + b"\xff" * 16), ("wrong-format",)),
    "YAML with an object": ("model.yaml", constant(_YAML), ("wrong-format",)),
    "a program named .h5": ("model.h5", constant(b"\x7fELF\x02\x01\x01" + bytes(57)), ("wrong-format",)),
    "a script named .keras": (
        "model.keras",
        lambda path, marker: path.write_text(f"#!/bin/sh\ntouch '{marker}'\n"),
        ("wrong-format",),
    ),
    "a Python module named .h5": (
        "h5py.h5",
        lambda path, marker: path.write_text(f"open({str(marker)!r}, 'w')\n"),
        ("wrong-format",),
    ),
    "a list of pickles in an archive": (
        "model.keras",
        lambda path, marker: path.write_bytes(_zip({"config.json": b"{}", "metadata.pkl": pickled(marker)})),
        ("unsafe-archive",),
    ),
    "a pickle as the weights": (
        "model.keras",
        lambda path, marker: path.write_bytes(_zip({"config.json": b"{}", "model.weights.h5": pickled(marker)})),
        ("wrong-format", "damaged-file"),
    ),
    "a pickle as the description": (
        "model.keras",
        lambda path, marker: path.write_bytes(_zip({"config.json": pickle.dumps([]), "model.weights.h5": b"x"})),
        ("damaged-file",),
    ),
}  # fmt: skip


def _trained_with_code(path: Path, marker: Path) -> None:
    """Put code into the training's settings of an .h5 file, which Keras reads unless it is told not to."""
    config = {"optimizer_config": {"class_name": "SGD", "config": {}}, "loss": lambda_config(marker)}
    edit_model(path, lambda description, file: file.attrs.update(training_config=json.dumps(config)), "h5")


CODE_CASES = [
    hostile("code as a loss beside the network", "model", "model.h5", _trained_with_code, "unsupported-config"),
    *in_both_formats(_described),
    *(hostile(name, "model", file, make, *codes) for name, (file, make, codes) in _FOREIGN.items()),
]
