"""The network that a foreign file is converted to: allowed Keras layers with their weights."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.intake.conversion.tensor import Shape, Tensor, in_order
from core.intake.limits import MIB, Limits
from core.intake.model.layers import checked_config
from core.intake.model.weight_shapes import weight_names, weight_shapes
from core.intake.readers.scratch import write_array
from core.intake.refusal import Refusal, shortened

Weights = Mapping[str, npt.NDArray[Any]]

_LONGEST_NAME = 100
_LARGEST_VALUES = 2**26  # as in the window's process: no real classifier's layer has more for an image


@dataclass(slots=True)
class ConvertedLayer:
    """A Keras layer of the converted network.

    Attributes:
        name: its unique name.
        class_name: a class of the allow-list.
        config: its settings.
        inputs: names of the layers that it reads.
        input_shape: shape of the first of its inputs, without the batch axis.
        weights: its weights by Keras' names.
    """

    name: str
    class_name: str
    config: dict[str, Any]
    inputs: list[str]
    input_shape: Shape
    weights: dict[str, npt.NDArray[Any]] = field(default_factory=dict)


class NetworkBuilder:
    """Collects the layers of a network, input first.

    Args:
        name: the file's name, for messages.
        limits: limits of the reading.
        image_order: for each axis of an image in the file, its axis among height, width and channels: (2, 0, 1) where
            files put channels first, (0, 1, 2) where they put them last.
    """

    def __init__(self, name: str, limits: Limits, *, image_order: Shape) -> None:
        self.name = name
        self.image_order = image_order
        self.layers: dict[str, ConvertedLayer] = {}
        self._limits = limits
        self._numbers: dict[str, int] = {}

    def add_input(self, shape: Shape, *, order: Shape) -> Tensor:
        """Add the input of images.

        Args:
            shape: height, width, channels.
            order: for each axis of the file's input, its axis among them.

        Raises:
            Refusal: `wrong-input`.
        """
        if any(not 0 < length <= 16_384 for length in shape) or np.prod(shape, dtype=float) > 64 * MIB:
            raise Refusal("wrong-input", f"it reads images of shape {shape}, which is too large")
        self.layers["input"] = ConvertedLayer("input", "InputLayer", {}, [], shape)
        return Tensor("input", shape, order, in_order(shape, order))

    def add(
        self,
        class_name: str,
        inputs: Tensor | Sequence[Tensor],
        stored_shape: Shape,
        *,
        hint: str = "",
        order: Shape | None = None,
        weights: Weights | None = None,
        is_nonnegative: bool = False,
        **config: Any,
    ) -> Tensor:
        """Add a layer and return its output, whose axes are in the order of the first input where that fits.

        Args:
            class_name: its class.
            inputs: what it reads.
            stored_shape: shape of its output.
            hint: what to name it after; its class if empty.
            order: see `Tensor.order`; that of the first input if None.
            weights: its weights by Keras' names.
            is_nonnegative: whether its output has no negative value.
            **config: its settings.

        Raises:
            Refusal: `file-too-large`.
        """
        read = [inputs] if isinstance(inputs, Tensor) else list(inputs)
        if len(self.layers) >= self._limits.layer_count:
            raise Refusal("file-too-large", f"it has more than the {self._limits.layer_count:,} layers allowed")
        if any(length < 1 for length in stored_shape) or np.prod(stored_shape, dtype=float) > _LARGEST_VALUES:
            raise Refusal("unsupported-network", f"'{shortened(hint or class_name)}' has an output of {stored_shape}")
        name = self._unused(hint or class_name.lower())
        self.layers[name] = ConvertedLayer(
            name, class_name, config, [one.layer for one in read], read[0].stored_shape, dict(weights or {})
        )
        order = read[0].order if order is None else order
        return Tensor(name, stored_shape, order, in_order(stored_shape, order), is_nonnegative=is_nonnegative)

    def add_alike(self, class_name: str, tensor: Tensor, **options: Any) -> Tensor:
        """Add a layer that keeps the shape of what it reads, also where that is not yet reshaped."""
        made = self.add(class_name, tensor, tensor.stored_shape, **options)
        return replace(made, shape=tensor.shape)

    def described(
        self,
        output: Tensor,
        folder: Path,
        *,
        source_format: str,
        network_name: str,
        on_progress: Callable[[int, int], None],
    ) -> dict[str, object]:
        """Write all weights, and return the description as plain JSON values, as for a Keras file.

        Raises:
            Refusal: `wrong-weight-shape`, `bad-weights`, or those of the allow-list.
        """
        layers = self._read_by(output)
        total = sum(len(layer.weights) for layer in layers)
        done = 0
        described = []
        for layer in layers:
            config = checked_config(layer.class_name, layer.config, layer=layer.name)
            names = weight_names(layer.class_name, config)
            stored = []
            for weight, wanted in zip(names, weight_shapes(layer.class_name, config, layer.input_shape), strict=True):
                values = self._checked(layer, weight, wanted)
                stored.append({"name": weight, **write_array(folder, f"weight_{done:04d}.npy", values).as_json()})
                done += 1
                on_progress(done, total)
            described.append(
                {
                    "name": layer.name,
                    "class_name": layer.class_name,
                    "config": config,
                    "inputs": layer.inputs,
                    "weights": stored,
                }
            )
        return {
            "kind": "model",
            "source_format": source_format,
            "network_name": shortened(network_name, _LONGEST_NAME),
            "input_shape": list(self.layers["input"].input_shape),
            "output": output.layer,
            "layers": described,
        }

    def _checked(self, layer: ConvertedLayer, weight: str, wanted: Shape) -> npt.NDArray[np.float32]:
        values = np.ascontiguousarray(layer.weights[weight], dtype=np.float32)
        if values.shape != wanted:
            raise Refusal(
                "wrong-weight-shape",
                f"{weight} of layer '{layer.name}' must have shape {wanted} here, got {values.shape}",
            )
        if not np.isfinite(values).all():
            raise Refusal(
                "bad-weights", f"{weight} of layer '{layer.name}' contains values that are not finite numbers"
            )
        return values

    def _read_by(self, output: Tensor) -> list[ConvertedLayer]:
        """Return the layers that the output depends on; the others play no part."""
        wanted = {output.layer}
        for layer in reversed(self.layers.values()):
            if layer.name in wanted:
                wanted.update(layer.inputs)
        if "input" not in wanted:
            raise Refusal("unsupported-network", "its output does not depend on its input")
        return [layer for layer in self.layers.values() if layer.name in wanted]

    def _unused(self, hint: str) -> str:
        text = "".join(character if character.isalnum() or character in "_-." else "_" for character in hint)
        text = text.strip("._-")[:_LONGEST_NAME] or "layer"
        name = text
        while name in self.layers:
            self._numbers[text] = self._numbers.get(text, 1) + 1
            name = f"{text}_{self._numbers[text]}"
        return name
