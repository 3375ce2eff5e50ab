"""An open network: its layers, its answers under a channel mask, and the cut that makes a sweep cheap.

Weights are never edited: a channel mask is an argument.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.errors import LayerError
from core.graph import CutPlan, Graph
from core.monitor import Monitor
from core.records import ModelSummary, PrunableLayer

FloatArray = NDArray[np.float32]
BATCH_SIZE = 256

# TensorFlow 2.21 with oneDNN breaks an addition followed by a ReLU while it fuses them, complains, and falls back to
# the graph as it was. Without the attempt the speed is the same.
tf.config.optimizer.set_experimental_options({"remapping": False})


class Network:
    """A trained classifier that is looked at and never changed.

    Args:
        model: functional or built sequential Keras model, (N, H, W, C) float32 -> (N, K).
        path: the file it came from.
        sha256: of that file.
        source_format: of that file.

    Raises:
        LayerError: the model has several inputs or outputs.
    """

    def __init__(self, model: keras.Model, *, path: Path, sha256: str = "", source_format: str = "keras") -> None:
        self.graph = Graph(model)
        self.model = model
        height, width, channels = (int(size) for size in model.inputs[0].shape[1:])
        self.summary = ModelSummary(
            path=path,
            sha256=sha256,
            source_format=source_format,
            input_shape=(height, width, channels),
            class_count=int(model.outputs[0].shape[-1]),
            parameter_count=int(model.count_params()),
            layers=self.graph.prunable_layers(),
            is_repaired=self.graph.is_repaired(),
        )
        self._cuts: dict[tuple[str, str | None], Cut] = {}

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """(H, W, C) of the pictures it takes."""
        return self.summary.input_shape

    @property
    def class_count(self) -> int:
        """How many classes it knows."""
        return self.summary.class_count

    def layer(self, name: str) -> PrunableLayer:
        """The convolution of that name.

        Raises:
            LayerError: there is none.
        """
        for each in self.summary.layers:
            if each.name == name:
                return each
        names = ", ".join(each.name for each in self.summary.layers) or "none"
        raise LayerError(
            f"the layer must be a convolution of '{self.summary.path.name}' ({names}), got '{name}'",
            code="no-such-layer",
        )

    def default_layer(self) -> str:
        """The last convolution that several layers read, where a bypass can hide; else the last convolution.

        Raises:
            LayerError: the network has no convolution.
        """
        if not self.summary.layers:
            raise LayerError(
                f"'{self.summary.path.name}' has no convolution whose channels could be pruned", code="no-convolution"
            )
        several = [each for each in self.summary.layers if sum(r.is_cuttable for r in each.readers) > 1]
        return (several or list(self.summary.layers))[-1].name

    def cut(self, layer: str, *, reader: str | None = None) -> "Cut":
        """The network split where that layer's channels are masked; made once.

        Raises:
            LayerError: no such layer or reader.
        """
        key = (layer, reader)
        if key not in self._cuts:
            prunable = self.layer(layer)
            self._cuts[key] = Cut(self.graph, prunable, self.graph.plan_cut(prunable, reader=reader))
        return self._cuts[key]

    def outputs(
        self,
        pixels: FloatArray,
        *,
        layer: str | None = None,
        reader: str | None = None,
        channel_mask: NDArray[np.bool_] | None = None,
    ) -> FloatArray:
        """What the network answers, plainly: every layer, one after the other.

        Args:
            pixels: shape (N, H, W, C), float32, in the range the network wants.
            layer: the convolution that `channel_mask` belongs to.
            reader: mask only what this layer reads.
            channel_mask: shape (C,), True = kept; None keeps all.

        Returns:
            Shape (N, K), float32.
        """
        if layer is None or channel_mask is None:
            return np.asarray(self.model(pixels, training=False))
        return self.cut(layer, reader=reader).plain_outputs(pixels, channel_mask)

    @cached_property
    def answer(self) -> Callable[[FloatArray], tuple[NDArray[np.int64], FloatArray]]:
        """A compiled function: pixels (n, H, W, C) -> predicted labels (n,) and margins (n,)."""
        compiled = tf.function(
            lambda pixels: _label_and_margin(self.model(pixels, training=False)),
            input_signature=[tf.TensorSpec((None, *self.input_shape), tf.float32)],
        )

        def answer(pixels: FloatArray) -> tuple[NDArray[np.int64], FloatArray]:
            labels, margins = compiled(pixels)
            return labels.numpy(), margins.numpy()

        return answer

    def feature_maps(self, pixels: FloatArray, layer: str) -> FloatArray:
        """The output of a convolution after activation and pooling, shape (N, h, w, C), float32."""
        return self.cut(layer).measure(pixels)[0]


class Cut:
    """A network split at the layer whose channels are masked.

    The *prefix* is computed once for each image; what is behind the mask, the *suffix*, anew for each mask.
    """

    def __init__(self, graph: Graph, layer: PrunableLayer, plan: CutPlan) -> None:
        self.layer = layer
        self.plan = plan
        self._graph = graph
        measured_shape = graph.layers[plan.measured_at].output.shape[1:]
        crossing_shapes = [graph.layers[name].output.shape[1:] for name in plan.crossing]
        pixel_shape = graph.layers[graph.input_layer].output.shape[1:]
        self.tensor_shapes = tuple(tuple(int(s) for s in shape) for shape in (measured_shape, *crossing_shapes))
        self._prefix = tf.function(self._run_prefix, input_signature=[tf.TensorSpec((None, *pixel_shape), tf.float32)])
        self._suffix = tf.function(
            self._run_suffix,
            input_signature=[
                tf.TensorSpec((layer.channel_count,), tf.bool),
                *(tf.TensorSpec((None, *shape), tf.float32) for shape in self.tensor_shapes),
            ],
        )

    def measure(self, pixels: FloatArray) -> tuple[FloatArray, ...]:
        """The prefix's outputs for pixels (n, H, W, C): the measured tensor (n, h, w, C), then those that cross."""
        return tuple(tensor.numpy() for tensor in self._prefix(pixels))

    def answer(
        self, channel_mask: NDArray[np.bool_], tensors: Sequence[FloatArray]
    ) -> tuple[NDArray[np.int64], FloatArray]:
        """Predicted labels (n,) and margins (n,) under a mask (C,), from what `measure` gave for n images.

        A margin is how far the second best output lies below the best, as a share of the largest output's size.
        """
        labels, margins = self._suffix(channel_mask, *tensors)
        return labels.numpy(), margins.numpy()

    def plain_outputs(self, pixels: FloatArray, channel_mask: NDArray[np.bool_]) -> FloatArray:
        """The whole network, layer after layer without compiling, under a mask; shape (n, K)."""
        tensors = self._run_prefix(tf.convert_to_tensor(pixels))
        return np.asarray(self._run_layers(tf.convert_to_tensor(channel_mask), *tensors))

    def _run_prefix(self, pixels: Any) -> tuple[Any, ...]:
        graph, wanted = self._graph, (self.plan.measured_at, *self.plan.crossing)
        needed = _ancestors(graph, wanted)
        values = {graph.input_layer: pixels}
        for name in graph.layers:
            if name in needed and name not in values:
                values[name] = _call(graph.layers[name], [values[source] for source in graph.inputs[name]])
        return tuple(values[name] for name in wanted)

    def _run_suffix(self, channel_mask: Any, *tensors: Any) -> tuple[Any, Any]:
        return _label_and_margin(self._run_layers(channel_mask, *tensors))

    def _run_layers(self, channel_mask: Any, measured: Any, *crossing: Any) -> Any:
        graph, plan = self._graph, self.plan
        masked = tf.where(channel_mask, measured, tf.zeros_like(measured))
        for name in plan.path:
            masked = _call(graph.layers[name], [masked])
        values: dict[str, Any] = dict(zip(plan.crossing, crossing, strict=True))
        for name in plan.suffix:
            inputs = [
                masked if (name, position) in plan.entry else values[source]
                for position, source in enumerate(graph.inputs[name])
            ]
            values[name] = _call(graph.layers[name], inputs)
        return values[graph.output_layer] if plan.suffix else masked


def open_network(path: Path, *, monitor: Monitor | None = None) -> Network:
    """Open a model file through the intake and look at its graph.

    Raises:
        ModelFileError: the file is refused.
        LayerError: its graph is of a kind that cannot be inspected.
    """
    from core.model_file import open_model  # noqa: PLC0415 - the intake's client is not needed by tests of the graph

    opened = open_model(path, monitor=monitor)
    return Network(opened.model, path=opened.path, sha256=opened.sha256, source_format=opened.source_format)


def _call(layer: Any, inputs: list[Any]) -> Any:
    argument = inputs[0] if len(inputs) == 1 else inputs
    return layer(argument, training=False) if layer._call_has_training_arg else layer(argument)


def _ancestors(graph: Graph, names: Sequence[str]) -> set[str]:
    reached = set(names)
    for name in reversed(list(graph.layers)):
        if name in reached:
            reached.update(graph.inputs[name])
    return reached


def _label_and_margin(outputs: Any) -> tuple[Any, Any]:
    labels = tf.argmax(outputs, axis=-1)
    if outputs.shape[-1] < 2:
        return labels, tf.ones_like(labels, tf.float32)
    best = tf.math.top_k(outputs, k=2).values
    margins = (best[:, 0] - best[:, 1]) / tf.maximum(tf.reduce_max(tf.abs(outputs), axis=-1), 1e-30)
    return labels, margins
