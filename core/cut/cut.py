"""A network split where a layer's channels are masked: computed once in front of the cut, again and again behind it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.channels import PrunableLayer
from core.cut.graph import CutPlan, Graph
from core.cut.program import SuffixProgram, call_layer, find_logits, linear_copy, run_linear, take_apart

FloatArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]
LabelArray = NDArray[np.int64]

# Of all layers' outputs together, for the images that go through TensorFlow at once: enough to keep it busy, few enough
# to stop soon and to stay small in memory.
BATCH_VALUES = 1 << 25
MOST_AT_ONCE = 256
SMALLEST_LOGIT = 1e-2  # with the tolerance for margins: two outputs nearer than 1e-6 can be one after a softmax


class Cut:
    """A network split at the layer whose channels are masked.

    The *prefix* is computed once for each image; what is behind the mask, the *suffix*, anew for each mask.

    Attributes:
        layer: whose channels are masked.
        plan: where the network splits.
        program: the suffix taken apart where something of it is linear, else None.
        batch_size: how many images to put through at once.
        value_count: numbers that are kept of an image at most.
        is_closed: whether the masked channels are all that the suffix takes of an image.
    """

    def __init__(self, graph: Graph, layer: PrunableLayer, plan: CutPlan) -> None:
        self.layer = layer
        self.plan = plan
        self.program: SuffixProgram | None = take_apart(graph, plan)
        self.is_closed = not plan.crossing
        self.batch_size = batch_size(graph)
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
        """The measured tensor (n, h, w, C) for pixels (n, H, W, C)."""
        measured: FloatArray = self._measure(pixels).numpy()
        return measured

    def prefix(self, pixels: FloatArray) -> tuple[FloatArray, ...]:
        """The prefix's outputs for pixels (n, H, W, C): the measured tensor (n, h, w, C), then those that cross."""
        return tuple(as_array(tensor) for tensor in self._prefix(pixels))

    def prefix_and_sums(self, pixels: FloatArray) -> tuple[FloatArray, ...]:
        """The measured tensor, the unpruned pre-activations (n, D) of `program.sums`, then `program.crossing`."""
        return tuple(as_array(tensor) for tensor in self._prefix_and_sums(pixels))

    def answer(self, channel_mask: BoolArray, tensors: Sequence[FloatArray]) -> tuple[LabelArray, FloatArray]:
        """Predicted labels (n,) and margins (n,) under a mask (C,), from what `prefix` gave for n images.

        A margin is how far the second best output lies below the best, as a share of the largest output's size.
        """
        labels, margins = self._suffix(channel_mask, *tensors)
        return labels.numpy(), margins.numpy()

    def plain_outputs(self, pixels: FloatArray, channel_masks: BoolArray) -> FloatArray:
        """What the whole network puts out, layer after layer as they are, nothing kept or left out; shape (n, K).

        Args:
            pixels: shape (n, H, W, C).
            channel_masks: a mask each, shape (n, C), or one for all, shape (1, C).
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
    """A function of tensors as one graph; nothing in it branches on them, which would have to be looked for."""
    return tf.function(function, input_signature=signature, autograph=False)


def as_array(tensor: Any) -> Any:
    """A tensor as an array, read-only, without a copy where it lies in the processor's memory."""
    return np.asarray(memoryview(tensor))


def label_and_margin(outputs: Any, *, is_before_softmax: bool = False) -> tuple[Any, Any]:
    """Labels (n,) and margins (n,) of outputs (n, K), in TensorFlow; see `Cut.answer`.

    Args:
        outputs: of the network.
        is_before_softmax: whether a softmax follows that was left out. It makes ties of outputs that differ by little,
            so that sizes below `SMALLEST_LOGIT` count as that.
    """
    # Where an arg max alone reads an activation, TensorFlow leaves the activation out, and with it the ties it makes:
    # something else must read the outputs too.
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


def batch_size(graph: Graph) -> int:
    """How many images to put through a network at once."""
    values = sum(int(np.prod(layer.output.shape[1:])) for layer in graph.layers.values())
    return int(np.clip(BATCH_VALUES // max(values, 1), 1, MOST_AT_ONCE))


def run_layers(
    graph: Graph,
    values: dict[str, Any],
    wanted: Sequence[str],
    *,
    early: Mapping[str, Any],
    call: Callable[[str, Any, list[Any]], Any] = lambda _, layer, inputs: call_layer(layer, inputs),
    change: Callable[[str, Any], Any] = lambda _, value: value,
) -> None:
    """Compute the outputs of the layers in `wanted`, and those they need, from the ones in `values`, into it.

    Args:
        graph: the network.
        values: what is known already, by the names of layers, as tensors.
        wanted: names of layers.
        early: see `find_early`.
        call: what a layer makes of its inputs, from its name, the layer (that of `early` where it is there), and them.
        change: what becomes of each output, by the layer's name.
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
    """Layers with a ReLU whose output only a max-pooling takes, each with what to call instead: no ReLU.

    The largest of some values after a ReLU is the ReLU of the largest, bit for bit, and the pooled tensor is smaller.
    """
    early = {}
    for name, layer in graph.layers.items():
        takers = graph.consumers[name]
        has_relu = getattr(layer, "activation", None) is keras.activations.relu
        is_pooled = len(takers) == 1 and graph.kind(takers[0]) == "MaxPooling2D"
        if has_relu and is_pooled and graph.kind(name) in ("Conv2D", "Activation") and name not in keep:
            early[name] = linear_copy(layer)
    return early
