"""A network split at a layer: the part before the cut runs once per image, the part after it once per mask."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.channels import PrunableLayer
from core.cut.batches import batch_size
from core.cut.graph import CutPlan, Graph
from core.cut.program import SuffixProgram, call_layer, find_logits, linear_copy, run_linear, take_apart

FloatArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]
LabelArray = NDArray[np.int64]

SMALLEST_LOGIT = 1e-2  # with the margin tolerance: outputs closer than 1e-6 can become equal after a softmax


class Cut:
    """A network split at the layer whose channels are masked.

    The *prefix* (the layers before the mask) is computed once per image. The *suffix* (the layers after it) is computed
    again for each mask.

    Attributes:
        layer: the layer whose channels are masked.
        plan: where the network splits.
        program: the suffix split into linear and other steps; None if no part of it is linear.
        batch_size: number of images per TensorFlow batch.
        value_count: the largest number of values stored per image.
        is_closed: whether the masked channels are the suffix's only input.
    """

    def __init__(self, graph: Graph, layer: PrunableLayer, plan: CutPlan) -> None:
        self.layer = layer
        self.plan = plan
        self.program: SuffixProgram | None = take_apart(graph, plan)
        self.is_closed = not plan.crossing
        self.batch_size = batch_size(graph.layers.values())
        self._graph = graph
        self._logits = find_logits(graph)
        self._early = find_early(graph, keep=(plan.measured_at, *plan.crossing))
        self.measured_shape = self._shape(plan.measured_at)
        self.crossing_shapes = {name: self._shape(name) for name in plan.crossing}
        pixels = tf.TensorSpec((None, *self._shape(graph.input_layer)), tf.float32)
        self.value_count = sum(int(np.prod(shape)) for shape in self._tensor_shapes)
        if self.program is not None:
            sums = [step.shape for step in self.program.linear if step.name in self.program.sums]
            self.value_count += sum(int(np.prod(shape)) for shape in sums)
        mask, masks = (tf.TensorSpec((*shape, layer.channel_count), tf.bool) for shape in ((), (None,)))
        tensors = [tf.TensorSpec((None, *shape), tf.float32) for shape in self._tensor_shapes]
        self._measure = compiled(lambda images: self._run_prefix(images)[0], pixels)
        self._prefix = compiled(self._run_prefix, pixels)
        self._prefix_and_sums = compiled(self._run_prefix_and_sums, pixels)
        self._plain = compiled(self._run_plain, pixels, masks)
        self._suffix = compiled(self._run_suffix, mask, *tensors)

    @property
    def _tensor_shapes(self) -> tuple[tuple[int, ...], ...]:
        return (self.measured_shape, *self.crossing_shapes.values())

    def measure(self, pixels: FloatArray) -> FloatArray:
        """Return the measured tensor (n, h, w, C) for pixels (n, H, W, C)."""
        measured: FloatArray = self._measure(pixels).numpy()
        return measured

    def prefix(self, pixels: FloatArray) -> tuple[FloatArray, ...]:
        """Return the measured tensor (n, h, w, C), then the crossing tensors, for pixels (n, H, W, C)."""
        return tuple(as_array(tensor) for tensor in self._prefix(pixels))

    def prefix_and_sums(self, pixels: FloatArray) -> tuple[FloatArray, ...]:
        """Return the measured tensor, the unpruned sums (n, D) of `program.sums`, then `program.crossing`."""
        return tuple(as_array(tensor) for tensor in self._prefix_and_sums(pixels))

    def answer(self, channel_mask: BoolArray, tensors: Sequence[FloatArray]) -> tuple[LabelArray, FloatArray]:
        """Return predicted labels (n,) and margins (n,) under a mask (C,), given the output of `prefix` for n images.

        A margin is the difference between the best and the second best output, relative to the largest absolute output.
        """
        labels, margins = self._suffix(channel_mask, *tensors)
        return labels.numpy(), margins.numpy()

    def plain_outputs(self, pixels: FloatArray, channel_masks: BoolArray) -> FloatArray:
        """Return the outputs (n, K) of the whole network, computed layer by layer without caches or shortcuts.

        Args:
            pixels: shape (n, H, W, C).
            channel_masks: one mask per image, shape (n, C), or one for all images, shape (1, C).
        """
        return np.asarray(self._plain(pixels, channel_masks))

    def _run_plain(self, pixels: Any, channel_masks: Any) -> Any:
        tensors = self._run_prefix(pixels, early={})
        between = (1,) * (len(self.measured_shape) - 1)
        masks = tf.reshape(channel_masks, (-1, *between, self.layer.channel_count))
        return self._run_layers(masks, *tensors)

    def _shape(self, name: str) -> tuple[int, ...]:
        return tuple(int(size) for size in self._graph.layers[name].output.shape[1:])

    def _run_prefix(self, pixels: Any, early: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
        graph, wanted = self._graph, (self.plan.measured_at, *self.plan.crossing)
        values = {graph.input_layer: pixels}
        run_layers(graph, values, wanted, early=self._early if early is None else early)
        return tuple(values[name] for name in wanted)

    def _run_prefix_and_sums(self, pixels: Any) -> tuple[Any, ...]:
        assert self.program is not None
        measured, *others = self._run_prefix(pixels)
        crossing: Mapping[str, Any] = dict(zip(self.plan.crossing, others, strict=True))
        sums = run_linear(self.program, measured, crossing)
        return (measured, *sums, *(crossing[name] for name in self.program.crossing))

    def _run_suffix(self, channel_mask: Any, *tensors: Any) -> tuple[Any, Any]:
        outputs = self._run_layers(channel_mask, *tensors, instead=self._logits)
        return label_and_margin(outputs, is_before_softmax=bool(self._logits))

    def _run_layers(
        self, channel_mask: Any, measured: Any, *crossing: Any, instead: Mapping[str, Any] | None = None
    ) -> Any:
        graph, plan, instead = self._graph, self.plan, instead or {}
        masked = tf.where(channel_mask, measured, tf.zeros_like(measured))
        for name in plan.path:
            masked = call_layer(graph.layers[name], [masked])
        values: dict[str, Any] = dict(zip(plan.crossing, crossing, strict=True))
        for name in plan.suffix:
            inputs = [
                masked if (name, position) in plan.entry else values[source]
                for position, source in enumerate(graph.inputs[name])
            ]
            values[name] = call_layer(instead.get(name, graph.layers[name]), inputs)
        return values[graph.output_layer] if plan.suffix else masked


def compiled(function: Callable[..., Any], *signature: Any) -> Any:
    """Compile a function of tensors into one graph; AutoGraph is off because nothing branches on tensor values."""
    return tf.function(function, input_signature=signature, autograph=False)


def as_array(tensor: Any) -> Any:
    """Return a tensor as a read-only array, without a copy if the tensor is in CPU memory."""
    return np.asarray(memoryview(tensor))


def label_and_margin(outputs: Any, *, is_before_softmax: bool = False) -> tuple[Any, Any]:
    """Return labels (n,) and margins (n,) of outputs (n, K), as TensorFlow tensors; see `Cut.answer`.

    Args:
        outputs: the network's outputs.
        is_before_softmax: whether the outputs are logits whose softmax was left out. A softmax turns small differences
            into ties, so absolute outputs below `SMALLEST_LOGIT` are treated as `SMALLEST_LOGIT`.
    """
    # If an arg max is the only reader of an activation, TensorFlow removes the activation, and with it the ties that it
    # creates. So another operation must also read the outputs.
    labels = tf.argmax(outputs, axis=-1)
    if outputs.shape[-1] < 2:
        return labels, tf.ones_like(labels, tf.float32)
    best = tf.reduce_max(outputs, axis=-1)
    is_best = tf.one_hot(labels, outputs.shape[-1], on_value=True, off_value=False, dtype=tf.bool)
    second = tf.reduce_max(tf.where(is_best, tf.constant(-np.inf, outputs.dtype), outputs), axis=-1)
    margins = (best - second) / tf.maximum(
        tf.reduce_max(tf.abs(outputs), axis=-1), SMALLEST_LOGIT if is_before_softmax else 1e-30
    )
    return labels, margins


def run_layers(
    graph: Graph,
    values: dict[str, Any],
    wanted: Sequence[str],
    *,
    early: Mapping[str, Any],
    call: Callable[[str, Any, list[Any]], Any] = lambda _, layer, inputs: call_layer(layer, inputs),
    change: Callable[[str, Any], Any] = lambda _, value: value,
) -> None:
    """Compute the outputs of the layers in `wanted`, and of the layers they depend on, and add them to `values`.

    Args:
        graph: the network.
        values: known outputs by layer name, as tensors; updated in place.
        wanted: names of the layers to compute.
        early: replacement layers, see `find_early`.
        call: computes a layer's output from its name, the layer (its replacement in `early`, if any) and its inputs.
        change: transforms each output, given the layer's name.
    """
    needed = set(wanted)
    for name in reversed(list(graph.layers)):
        if name in needed and name not in values:
            needed.update(graph.inputs[name])
    for name in graph.layers:
        if name in needed and name not in values:
            inputs = [values[source] for source in graph.inputs[name]]
            value = call(name, early.get(name, graph.layers[name]), inputs)
            is_late = any(source in early for source in graph.inputs[name])
            values[name] = change(name, tf.nn.relu(value) if is_late else value)


def find_early(graph: Graph, *, keep: Sequence[str]) -> dict[str, Any]:
    """Return a copy without ReLU for each layer with a ReLU whose output is read only by a max-pooling.

    ReLU and maximum commute bit for bit, so the ReLU can run after the pooling, on a smaller tensor.
    """
    early = {}
    for name, layer in graph.layers.items():
        takers = graph.consumers[name]
        has_relu = getattr(layer, "activation", None) is keras.activations.relu
        is_pooled = len(takers) == 1 and graph.kind(takers[0]) == "MaxPooling2D"
        if has_relu and is_pooled and graph.kind(name) in ("Conv2D", "Activation") and name not in keep:
            early[name] = linear_copy(layer)
    return early
