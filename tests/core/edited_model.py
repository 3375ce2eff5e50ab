"""A copy of a model file with an edited description or content."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

Edit = Callable[[Any, h5py.File, np.random.Generator], object]


def edit_file(source: Path, target: Path, edit: Edit, rng: np.random.Generator) -> None:
    """Write a copy of a model file whose description (as JSON) and HDF5 content were edited.

    Raises:
        ValueError, KeyError: the edit does not apply to this file.
    """
    if source.suffix == ".keras":
        with zipfile.ZipFile(source) as archive:
            entries = {name: archive.read(name) for name in archive.namelist()}
        weights = io.BytesIO(entries["model.weights.h5"])
        description = json.loads(entries["config.json"])
        with h5py.File(weights, "a") as file:
            edit(description, file, rng)
        entries["model.weights.h5"] = weights.getvalue()
        entries["config.json"] = json.dumps(description).encode()
        with zipfile.ZipFile(target, "w") as archive:
            for name, content in entries.items():
                archive.writestr(name, content)
        return
    target.write_bytes(source.read_bytes())
    with h5py.File(target, "a") as file:
        description = json.loads(file.attrs["model_config"])
        edit(description, file, rng)
        file.attrs["model_config"] = json.dumps(description)


def layer_lists(description: Any) -> list[list[dict[str, Any]]]:
    """Return all lists of layers in a description, the outermost first."""
    found = []
    if isinstance(description, dict):
        layers = description.get("layers")
        if isinstance(layers, list):
            found.append(layers)
        for value in description.values():
            found += layer_lists(value)
    elif isinstance(description, list):
        for value in description:
            found += layer_lists(value)
    return found


def two(rng: np.random.Generator, values: list[Any]) -> list[Any]:
    """Choose two values, in their order."""
    if len(values) < 2:
        raise ValueError("too few")
    return [values[index] for index in sorted(rng.choice(len(values), 2, replace=False))]


def some_layers(description: Any, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Choose one of the lists of layers."""
    lists = layer_lists(description)
    return lists[rng.integers(len(lists))]
