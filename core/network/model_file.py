"""Opening of network files: rebuilt from a checked description."""

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from core.cut.batches import LARGEST_VALUES, patch_values, values_per_image
from core.errors import ModelFileError
from core.intake.answers import LayerAnswer, ModelDescription
from core.intake.client import Reading, read_file
from core.intake.limits import MIB
from core.intake.model.layers import RULES, checked_config
from core.intake.model.weight_shapes import weight_names, weight_shapes
from core.intake.refusal import Refusal
from core.monitor import Monitor
from core.network.layer_refusals import refuse_misfit_scale, refuse_mixing
from core.scale import Scale

# No real image classifier has a layer with more outputs per image than this; a malicious one might.
_LARGEST_ACTIVATION = 2**26

_CALLS_PER_LAYER = 4
_LAYER_CLASSES: dict[str, Callable[..., Any]] = {
    name: getattr(keras.layers, name) for name in RULES if name != "InputLayer"
}


@dataclass(frozen=True, slots=True, eq=False)
class OpenedModel:
    """A network that was opened.

    Attributes:
        model: the network, plain Keras, in inference form.
        description: the description it was rebuilt from.
        path: the file.
        name: the file's name.
        sha256: SHA-256 of the file, in hexadecimal.
        source_format: `"keras2-h5"`, `"keras3-h5"`, `"keras"` or `"weights-h5"`.
        input_shape: height, width, channels.
        class_count: number of outputs, K.
        scale: what the network reads for a pixel, as this program stored it in the file; None if it did not.
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

    def __repr__(self) -> str:
        return f"OpenedModel({self.name!r}, {self.source_format}, {self.input_shape} -> {self.class_count})"


def open_model(path: Path | str, *, monitor: Monitor | None = None, is_logged: bool = True) -> OpenedModel:
    """Open a network from an `.h5` or `.keras` file, or from a weights file of a known architecture.

    No code of the file is executed: the network is rebuilt from allowed Keras layers.

    Args:
        path: the file.
        monitor: receives progress, and can cancel.
        is_logged: whether the log names the file; not for the temporary file of a save.

    Raises:
        ModelFileError: the file is refused.
        Cancelled: the job was cancelled.
    """
    path, monitor = Path(path), monitor or Monitor()
    reading = read_file("model", path, monitor=monitor, is_logged=is_logged)
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
    )


def _rebuilt(reading: Reading, description: ModelDescription, monitor: Monitor) -> keras.Model:
    """Rebuild the network.

    Raises:
        Refusal: a layer does not fit its inputs, or the output is not one score per class.
    """
    # Keras walks a network by recursion, a few calls for each layer, here and wherever the network is copied later.
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 1_000 + _CALLS_PER_LAYER * len(description.layers)))
    tensors: dict[str, Any] = {}
    for index, layer in enumerate(description.layers):
        monitor.checkpoint(f"Building {reading.name}", done_count=index, total_count=len(description.layers))
        if layer.name in tensors or any(name not in tensors for name in layer.inputs):
            raise Refusal("intake-answer", f"layer '{layer.name}' comes before its inputs")
        if layer.class_name == "InputLayer":
            if tensors:
                raise Refusal("unsupported-network", "it has more than one input")
            tensors[layer.name] = keras.Input(tuple(description.input_shape), name=layer.name, dtype="float32")
        else:
            tensors[layer.name] = _applied(reading, layer, [tensors[name] for name in layer.inputs])
    output = tensors.get(description.output)
    first = description.layers[0]
    if output is None or first.class_name != "InputLayer":
        raise Refusal("intake-answer", "it has no input or no output")
    if len(output.shape) != 2 or output.shape[-1] is None or output.shape[-1] < 2:
        raise Refusal("wrong-output", f"it must output one score per class, got an output of shape {output.shape[1:]}")
    model = keras.Model(tensors[first.name], output, name=_model_name(description.network_name))
    _refuse_too_large(model)
    return model


def _refuse_too_large(model: keras.Model) -> None:
    """Refuse a network that takes too much memory for a single image."""
    values = values_per_image(model.layers) + patch_values(model.layers)
    if values > LARGEST_VALUES:
        raise Refusal(
            "file-too-large",
            f"one image takes {4 * values / MIB:,.0f} MiB in its layers: at most {4 * LARGEST_VALUES // MIB:,} MiB are "
            "allowed",
        )


def _applied(reading: Reading, layer: LayerAnswer, inputs: list[Any]) -> Any:
    """Apply a layer to its inputs; Keras allocates its weights only after they are checked against the inputs."""
    config = checked_config(layer.class_name, layer.config, layer=layer.name)
    least, most = RULES[layer.class_name].input_count
    if not least <= len(inputs) <= most:
        raise Refusal("unsupported-network", f"layer '{layer.name}' reads {len(inputs)} layers")
    expected = weight_shapes(layer.class_name, config, tuple(inputs[0].shape[1:]))
    names = weight_names(layer.class_name, config)
    stored = [tuple(weight.shape) for weight in layer.weights]
    for name, wanted, got in zip(names, expected, stored, strict=False):
        if wanted != got:
            raise Refusal(
                "wrong-weight-shape", f"{name} of layer '{layer.name}' must have shape {wanted} here, got {got}"
            )
    if len(stored) != len(expected):
        raise Refusal("missing-weights", f"layer '{layer.name}' must have {len(expected)} weights, got {len(stored)}")
    refuse_mixing(layer, config, len(inputs[0].shape))
    refuse_misfit_scale(layer, config, tuple(inputs[0].shape[1:]))
    try:
        made = _LAYER_CLASSES[layer.class_name](
            **_arguments(layer.class_name, config), name=layer.name, dtype="float32"
        )
        answer = made(inputs if most > 1 else inputs[0])
    except Exception as error:  # for settings that do not fit the input, Keras and TensorFlow may raise anything
        shapes = [tuple(one.shape[1:]) for one in inputs]
        raise Refusal(
            "unsupported-config", f"layer '{layer.name}' of class {layer.class_name} cannot read {shapes}"
        ) from error
    if (
        any(length is None for length in answer.shape[1:])
        or np.prod(answer.shape[1:], dtype=float) > _LARGEST_ACTIVATION
    ):
        raise Refusal(
            "file-too-large", f"the output of layer '{layer.name}' is too large, with shape {tuple(answer.shape[1:])}"
        )
    if stored:
        made.set_weights([np.array(reading.array(weight)) for weight in layer.weights])
        if layer.class_name == "Normalization":
            made.finalize_state()
    return answer


def _arguments(class_name: str, config: dict[str, Any]) -> dict[str, Any]:
    """Return the settings as Keras' constructors expect them, without random weights, which are replaced anyway."""
    arguments = {
        key: tuple(value) if isinstance(value, list) and key != "shared_axes" else value
        for key, value in config.items()
    }
    if class_name in {"Rescaling", "Normalization"}:
        for key in ("scale", "offset", "mean", "variance"):
            if isinstance(config.get(key), list):
                arguments[key] = np.array(config[key], dtype=np.float32)
    elif class_name in {"ZeroPadding2D", "Cropping2D"}:
        for key in ("padding", "cropping"):
            if key in config:
                arguments[key] = tuple(tuple(side) for side in config[key])
    elif class_name in {"Conv1D", "Conv2D", "Dense", "EinsumDense"}:
        arguments["kernel_initializer"] = "zeros"
    elif class_name == "DepthwiseConv2D":
        arguments["depthwise_initializer"] = "zeros"
    elif class_name == "SeparableConv2D":
        arguments |= {"depthwise_initializer": "zeros", "pointwise_initializer": "zeros"}
    return arguments


def _model_name(name: str) -> str:
    safe = "".join(character if character.isalnum() or character in "_-." else "_" for character in name)
    return safe.strip("._-") or "network"
