"""Opening of network files: rebuilt from a checked description."""

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from core.cut.batches import LARGEST_VALUES, patch_values, values_per_image
from core.errors import ModelFileError
from core.intake.answers import ModelDescription
from core.intake.client import Reading, read_file
from core.intake.limits import MIB
from core.intake.refusal import Refusal
from core.monitor import Monitor
from core.network.layer_building import applied
from core.network.two_classes import is_single, name_in_network, with_two_classes
from core.scale import Scale

_CALLS_PER_LAYER = 4


@dataclass(frozen=True, slots=True, eq=False)
class OpenedModel:
    """A network that was opened.

    Attributes:
        model: the network, plain Keras, in inference form.
        description: the description it was rebuilt from.
        path: the file.
        name: the file's name.
        sha256: SHA-256 of the file, in hexadecimal.
        source_format: `"keras2-h5"`, `"keras3-h5"`, `"keras"`, `"weights-h5"`, `"onnx"`, `"tflite"` or
            `"saved-model"`.
        input_shape: height, width, channels.
        class_count: number of outputs, K.
        scale: what the network reads for a pixel, as this program stored it in the file; None if it did not.
        keras_version: version of the Keras that wrote the file, as the file says; empty if it does not.
    """

    model: keras.Model
    description: ModelDescription
    path: Path
    name: str
    sha256: str
    source_format: str
    input_shape: tuple[int, int, int]
    class_count: int
    scale: Scale | None = None
    keras_version: str = ""

    def __repr__(self) -> str:
        return f"OpenedModel({self.name!r}, {self.source_format}, {self.input_shape} -> {self.class_count})"


def open_model(
    path: Path | str, *, monitor: Monitor | None = None, architecture: Path | None = None, is_logged: bool = True
) -> OpenedModel:
    """Open a network from an `.h5`, `.keras`, `.onnx` or `.tflite` file, or from weights whose network is known.

    The network of weights is known if they are those of the lab's network, or if a JSON file describes it: the one that
    is named, or else that of the same name beside them.

    No code of the file is executed: the network is rebuilt from allowed Keras layers.

    Args:
        path: the file.
        monitor: receives progress, and can cancel.
        architecture: a JSON file that describes the network of weights.
        is_logged: whether the log names the file; not for the temporary file of a save.

    Raises:
        ModelFileError: the file is refused.
        Cancelled: the job was cancelled.
    """
    path, monitor = Path(path), monitor or Monitor()
    reading = read_file("model", path, monitor=monitor, architecture=architecture, is_logged=is_logged)
    description = reading.answer
    assert isinstance(description, ModelDescription)
    try:
        model = _rebuilt(reading, description, monitor)
    except Refusal as refusal:
        raise ModelFileError(
            f"the network in '{path.name}' cannot be opened: {refusal}", code=refusal.code
        ) from refusal
    height, width, channels = description.input_shape
    return OpenedModel(
        model=model,
        description=description,
        path=path,
        name=path.name,
        sha256=description.sha256,
        source_format=description.source_format,
        input_shape=(height, width, channels),
        class_count=int(model.output_shape[-1]),
        scale=None if description.scale is None else description.scale.scale,
        keras_version=description.keras_version,
    )


def _rebuilt(reading: Reading, description: ModelDescription, monitor: Monitor) -> keras.Model:
    """Rebuild the network.

    Raises:
        Refusal: a layer does not fit its inputs, or the output is not one score per class.
    """
    # Keras walks a network by recursion, a few calls for each layer, here and wherever the network is copied later.
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 1_000 + _CALLS_PER_LAYER * len(description.layers)))
    tensors: dict[str, Any] = {}
    names = {layer.name for layer in description.layers}
    for index, layer in enumerate(description.layers):
        monitor.checkpoint(f"Building {reading.name}", done_count=index, total_count=len(description.layers))
        if layer.name in tensors or any(name not in tensors for name in layer.inputs):
            raise Refusal("intake-answer", f"layer '{layer.name}' comes before its inputs")
        if layer.class_name == "InputLayer":
            if tensors:
                raise Refusal("unsupported-network", "it has more than one input")
            tensors[layer.name] = keras.Input(tuple(description.input_shape), name=layer.name, dtype="float32")
        else:
            named = layer.model_copy(update={"name": name_in_network(layer.name, names)})
            tensors[layer.name] = applied(reading, named, [tensors[name] for name in layer.inputs])
    _check_shapes(description, tensors)
    output = tensors.get(description.output)
    first = description.layers[0]
    if output is None or first.class_name != "InputLayer":
        raise Refusal("intake-answer", "it has no input or no output")
    if is_single(output):
        output = with_two_classes(output, taken=set(tensors))
    if len(output.shape) != 2 or output.shape[-1] is None or output.shape[-1] < 2:
        raise Refusal(
            "wrong-output",
            f"it must output one score per class, or one sigmoid or logit for two classes, got an output of shape "
            f"{output.shape[1:]}",
        )
    model = keras.Model(tensors[first.name], output, name=_model_name(description.network_name))
    _refuse_too_large(model)
    return model


def _check_shapes(description: ModelDescription, tensors: dict[str, Any]) -> None:
    """Check that each layer is computed on the shape for which Keras would build it.

    Raises:
        Refusal: `shapes-disagree`.
    """
    for stated in description.shapes:
        if stated.layer not in tensors:
            raise Refusal("intake-answer", f"it has no layer '{stated.layer}'")
        real = tuple(tensors[stated.layer].shape[1:])
        is_same_rank = len(real) == len(stated.shape)
        if not is_same_rank or any(wanted not in (None, got) for wanted, got in zip(stated.shape, real, strict=True)):
            raise Refusal(
                "shapes-disagree",
                f"Keras builds what reads '{stated.layer}' for an input of shape {tuple(stated.shape)}, but it has the "
                f"shape {real}",
            )


def _refuse_too_large(model: keras.Model) -> None:
    """Refuse a network that takes too much memory for a single image."""
    values = values_per_image(model.layers) + patch_values(model.layers)
    if values > LARGEST_VALUES:
        raise Refusal(
            "file-too-large",
            f"one image takes {4 * values / MIB:,.0f} MiB in its layers: at most {4 * LARGEST_VALUES // MIB:,} MiB are "
            "allowed",
        )


def _model_name(name: str) -> str:
    safe = "".join(character if character.isalnum() or character in "_-." else "_" for character in name)
    return safe.strip("._-") or "network"
