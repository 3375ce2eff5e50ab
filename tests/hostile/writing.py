"""Small valid files, written without Keras: networks in both formats, images with labels."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np


def layer(class_name: str, name: str, inputs: list[str] | None = None, **config: Any) -> dict[str, Any]:
    """Describe a layer as Keras 2 does."""
    nodes = [[[one, 0, 0, {}] for one in inputs]] if inputs else []
    return {"class_name": class_name, "name": name, "config": {"name": name, **config}, "inbound_nodes": nodes}


def functional(*layers: dict[str, Any], output: str | None = None) -> dict[str, Any]:
    """Describe a functional network; the first layer is its input, the last its output."""
    return {
        "class_name": "Functional",
        "config": {
            "name": "net",
            "layers": list(layers),
            "input_layers": [[layers[0]["name"], 0, 0]],
            "output_layers": [[output or layers[-1]["name"], 0, 0]],
        },
    }


def input_layer(*shape: int) -> dict[str, Any]:
    """Describe an input."""
    return layer("InputLayer", "input", batch_input_shape=[None, *(shape or (4, 4, 3))])


def small_network(*extra: dict[str, Any]) -> dict[str, Any]:
    """Describe input, flatten, given layers that read `flat`, and a dense output of two classes."""
    last = extra[-1]["name"] if extra else "flat"
    return functional(
        input_layer(),
        layer("Flatten", "flat", ["input"]),
        *extra,
        layer("Dense", "out", [last], units=2, activation="softmax"),
    )


SMALL_WEIGHTS = {"out": {"kernel:0": np.ones((48, 2), np.float32), "bias:0": np.zeros(2, np.float32)}}


def write_h5_model(
    path: Path,
    description: object,
    weights: dict[str, dict[str, np.ndarray]] | None = None,
    *,
    version: str = "2.4.0",
) -> Path:
    """Write a complete model as Keras 2 does; `description` may be any text."""
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = description if isinstance(description, str) else json.dumps(description)
        file.attrs["keras_version"] = version
        group = file.create_group("model_weights")
        weights = SMALL_WEIGHTS if weights is None else weights
        group.attrs["layer_names"] = np.array([name.encode() for name in weights])
        for name, values in weights.items():
            one = group.create_group(name)
            one.attrs["weight_names"] = np.array([f"{name}/{key}".encode() for key in values])
            for key, value in values.items():
                one.create_dataset(f"{name}/{key}", data=value)
    return path


def write_archive(
    path: Path,
    description: object,
    weights: dict[str, list[np.ndarray]] | None = None,
    *,
    extra: dict[str, bytes] | None = None,
    compression: int = zipfile.ZIP_STORED,
) -> Path:
    """Write a `.keras` archive; `weights` are by name of the layer's folder."""
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        for name, values in (weights or {"dense": [np.ones((48, 2), "f4"), np.zeros(2, "f4")]}).items():
            for index, value in enumerate(values):
                file[f"layers/{name}/vars/{index}"] = value
    entries = {
        "metadata.json": b'{"keras_version": "3.15.1"}',
        "config.json": json.dumps(description).encode(),
        "model.weights.h5": content.getvalue(),
        **(extra or {}),
    }
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, value in entries.items():
            archive.writestr(name, value)
    return path


def write_data(path: Path, data: Any, label: Any, **options: Any) -> Path:
    """Write images and labels."""
    with h5py.File(path, "w") as file:
        file.create_dataset("data", data=data, **options)
        file.create_dataset("label", data=label)
    return path
