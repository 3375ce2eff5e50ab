"""Read a SavedModel of Keras 2 in the child: its description of layers, and its variables; never its graph.

Source: keras/protobuf/saved_metadata.proto, and keras/saving/legacy/saved_model of Keras 2.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from core.intake.limits import Limits
from core.intake.model.description import parse_network
from core.intake.model.foreign_code import refuse_code
from core.intake.model.graph.flattening import flattened
from core.intake.model.graph.members import Layer, NetworkDescription
from core.intake.model.graph.repeats import Repeats
from core.intake.model.weight_shapes import weight_names
from core.intake.readers.scratch import Stored, write_array
from core.intake.readers.strict_json import parse_json
from core.intake.refusal import Refusal, shortened
from core.intake.savedmodel.checkpoint import Checkpoint
from core.intake.savedmodel.joined_parts import split_parts
from core.intake.wire.protobuf import FieldBudget, Message

_NETWORKS = {"_tf_keras_sequential", "_tf_keras_network", "_tf_keras_model"}
_ROOT = "root"


def read_saved_model(
    file: BinaryIO, folder: Path, *, name: str, limits: Limits, on_progress: Callable[[int, int], None]
) -> dict[str, object]:
    """Read a SavedModel's joined parts; return its description as plain JSON values, as for a Keras file.

    Raises:
        Refusal: see `codes.CODES`.
    """
    file.seek(0)
    metadata, index, values = split_parts(memoryview(file.read()), name)
    budget = FieldBudget(name)
    tracked = _Metadata.read(metadata, budget)
    try:
        network = parse_network(tracked.description, limits=limits, is_keras_2=True)
        refuse_code(tracked.description)
        flat = flattened(network)
        keys = _Search(Checkpoint(index, values, budget), tracked)
        keys.find(network, _ROOT, 0)
        described = []
        total, repeats = sum(len(one) for one in keys.found.values()), Repeats(limits)
        written: dict[str, Stored] = {}
        for layer, inputs in flat.layers:
            stored = []
            names = weight_names(layer.class_name, layer.config)
            found = keys.found.get(flat.weights_of.get(layer.flat_name, layer.flat_name), [])
            for weight, key in zip(names, found, strict=True):
                if key in written:
                    repeats.add(written[key])
                else:
                    array = _checked(keys.checkpoint, key)
                    written[key] = write_array(folder, f"weight_{len(written):04d}.npy", array)
                    on_progress(len(written), total)
                stored.append({"name": weight, **written[key].as_json()})
            described.append(
                {
                    "name": layer.flat_name,
                    "class_name": layer.class_name,
                    "config": layer.config,
                    "inputs": inputs,
                    "weights": stored,
                    "is_operation": layer.is_operation,
                }
            )
        return {
            "kind": "model",
            "source_format": "saved-model",
            "network_name": shortened(network.name, 100),
            "input_shape": _input_shape(network),
            "output": flat.output,
            "layers": described,
            "left_out": list(flat.left_out),
            "repeated": flat.repeated(),
        }
    except Refusal as refusal:
        raise Refusal(refusal.code, f"the network in '{name}' cannot be opened: {refusal}") from refusal


@dataclass(frozen=True, slots=True)
class _Metadata:
    """What `keras_metadata.pb` says.

    Attributes:
        description: the network, as Keras describes it.
        names: the name of each layer by its path ("root.layer_with_weights-0").
    """

    description: dict[str, Any]
    names: dict[str, str]

    @classmethod
    def read(cls, content: memoryview, budget: FieldBudget) -> "_Metadata":
        """Parse the nodes of the file.

        Raises:
            Refusal: `damaged-file` or `unsupported-network`.
        """
        description: dict[str, Any] | None = None
        names: dict[str, str] = {}
        for node in Message(content, budget).messages(1):
            path = node.text(3)
            try:
                parsed = parse_json(node.text(5))
            except ValueError as error:
                raise node.damaged() from error
            if not isinstance(parsed, dict) or path in names:
                raise node.damaged()
            names[path] = str(parsed.get("name"))
            if path == _ROOT and node.text(4) in _NETWORKS:
                description = {key: parsed.get(key) for key in ("class_name", "config")}
                refuse_code(parsed.get("training_config"))
        if description is None or description["class_name"] not in {"Functional", "Sequential", "Model"}:
            raise Refusal(
                "unsupported-network",
                f"'{budget.name}' is not a functional or sequential Keras network: load it where it was made, save it "
                "as one .keras file (model.save('network.keras')), and open that",
            )
        return cls(description, names)


class _Search:
    """Finds the keys of the weights of each layer, by its flat name."""

    def __init__(self, checkpoint: Checkpoint, metadata: _Metadata) -> None:
        self.checkpoint, self.found = checkpoint, dict[str, list[str]]()
        self._metadata = metadata

    def find(self, network: NetworkDescription, path: str, number: int) -> None:
        """Find the weights of a network that is an object of the checkpoint's graph."""
        children = self._children(number, network.name)
        places: dict[str, str] = {}
        for child in children:
            if (name := self._metadata.names.get(f"{path}.{child}")) is not None and child.startswith("layer"):
                places.setdefault(name, child)
        for member in network.members:
            inner = places.get(member.name)
            if isinstance(member, NetworkDescription):
                if inner is None:
                    raise _missing(member.name)
                self.find(member, f"{path}.{inner}", children[inner])
            elif names := member.weights:
                if inner is None:
                    raise _missing(member.name)
                self.found[member.flat_name] = self._keys(member, names, children[inner])

    def _keys(self, layer: Layer, names: list[str], number: int) -> list[str]:
        children = self._children(number, layer.name)
        keys = []
        for name in names:
            variable = self.checkpoint.objects[children[name]] if self._has(children, name) else None
            if variable is None or not variable.key:
                raise _missing(layer.name)
            keys.append(variable.key)
        return keys

    def _children(self, number: int, name: str) -> dict[str, int]:
        if not 0 <= number < len(self.checkpoint.objects):
            raise _missing(name)
        return self.checkpoint.objects[number].children

    def _has(self, children: dict[str, int], name: str) -> bool:
        return 0 <= children.get(name, -1) < len(self.checkpoint.objects)


def _missing(layer: str) -> Refusal:
    return Refusal("missing-weights", f"the weights of layer '{shortened(layer)}' are not among its variables")


def _checked(checkpoint: Checkpoint, key: str) -> Any:
    values = checkpoint.array(key)
    values = values.astype(np.int64 if values.dtype.kind == "i" else np.float32)
    if not np.isfinite(values).all():
        raise Refusal("bad-weights", f"'{shortened(key)}' contains values that are not finite numbers")
    return values


def _input_shape(network: NetworkDescription) -> list[int]:
    shape = network.input_shape
    if (
        not isinstance(shape, list)
        or len(shape) != 3
        or any(type(one) is not int or not 0 < one <= 16_384 for one in shape)
    ):
        raise Refusal(
            "wrong-input", f"it must read images of a fixed shape (height, width, channels), got {shortened(shape)}"
        )
    return shape
