"""A network cut at every convolution at once, for a sweep over all of them.

What every cut needs is kept, masked, for the images under way; pruning a channel computes anew only what lies behind
its own cut, and only for the images on which the channel is not zero.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.cut import as_array, batch_size, label_and_margin
from core.graph import Graph
from core.records import ALL_LAYERS, PrunableLayer
from core.shelf import Shelf
from core.suffix import PLAIN_TOLERANCE, Held, Working
from core.suffix_program import call_layer, find_logits

FloatArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


def all_layers(layers: Sequence[PrunableLayer]) -> PrunableLayer:
    """All convolutions as one layer, the deepest first: ties are pruned where it costs least."""
    parts = tuple(reversed(layers))
    return PrunableLayer(ALL_LAYERS, "", sum(each.channel_count for each in parts), (), parts)


class EveryCut:
    """All the cuts of a network.

    Attributes:
        layer: all convolutions as one.
        batch_size: how many images to put through at once.
        is_closed: whether nothing else of an image matters behind the cut; it does.
        value_count: numbers that are kept of an image under way.
    """

    is_closed = False

    def __init__(self, graph: Graph, layer: PrunableLayer) -> None:
        self.layer = layer
        self.batch_size = batch_size(graph)
        self._graph = graph
        self._logits = find_logits(graph)
        plans = [graph.plan_cut(part) for part in layer.parts]
        kept = dict.fromkeys(name for plan in plans for name in (plan.measured_at, *plan.crossing))
        self.kept = tuple(name for name in graph.layers if name in kept)
        self.measured = tuple(plan.measured_at for plan in plans)
        self.inputs = tuple((plan.measured_at, *plan.crossing) for plan in plans)
        self.outputs = tuple(
            tuple(name for name in self.kept if name in plan.suffix) for plan in plans
        )  # what is out of date once the layer's channels have changed
        self._suffixes = tuple(plan.suffix for plan in plans)
        self._starts = np.cumsum([0, *(part.channel_count for part in layer.parts)])
        self.value_count = sum(int(np.prod(self._shape(name))) for name in self.kept)
        pixels = tf.TensorSpec((None, *self._shape(graph.input_layer)), tf.float32)
        mask = tf.TensorSpec((None, layer.channel_count), tf.bool)
        self._prefix = tf.function(self._run_prefix, input_signature=[pixels])
        self._behind = tuple(
            tf.function(
                self._runner(place),
                input_signature=[mask, *(tf.TensorSpec((None, *self._shape(name)), tf.float32) for name in names)],
            )
            for place, names in enumerate(self.inputs)
        )

    def place(self, channel: int) -> tuple[int, int]:
        """Which of the layer's parts a channel belongs to, and which channel it is there."""
        part = int(np.searchsorted(self._starts, channel, side="right")) - 1
        return part, channel - int(self._starts[part])

    def prefix(self, pixels: FloatArray) -> tuple[FloatArray, ...]:
        """For images (n, H, W, C) the tensors of `kept`, then labels (n,) and margins (n,), all unpruned."""
        return tuple(as_array(tensor) for tensor in self._prefix(pixels))

    def behind(self, part: int, channel_mask: BoolArray, tensors: Sequence[FloatArray]) -> tuple[FloatArray, ...]:
        """From the masked tensors of `inputs[part]`: those of `outputs[part]`, then labels and margins."""
        return tuple(tensor.numpy() for tensor in self._behind[part](channel_mask[np.newaxis], *tensors))

    def plain_outputs(self, pixels: FloatArray, channel_masks: BoolArray) -> FloatArray:
        """What the whole network puts out under masks (n, C) or (1, C), layer after layer, not compiled; (n, K)."""
        values = self._run(tf.convert_to_tensor(pixels), tf.convert_to_tensor(channel_masks))
        return np.asarray(values[self._graph.output_layer])

    def _shape(self, name: str) -> tuple[int, ...]:
        return tuple(int(size) for size in self._graph.layers[name].output.shape[1:])

    def _masked(self, name: str, value: Any, channel_masks: Any) -> Any:
        """The output of a layer under the masks of all layers that are measured there."""
        for part, measured_at in enumerate(self.measured):
            if measured_at == name:
                between = (1,) * (len(value.shape) - 2)
                mask = channel_masks[:, self._starts[part] : self._starts[part + 1]]
                value = tf.where(tf.reshape(mask, (-1, *between, mask.shape[1])), value, tf.zeros_like(value))
        return value

    def _run(self, pixels: Any, channel_masks: Any, instead: Mapping[str, Any] | None = None) -> dict[str, Any]:
        graph, instead = self._graph, instead or {}
        values = {graph.input_layer: pixels}
        for name in graph.layers:
            if name not in values:
                layer = instead.get(name, graph.layers[name])
                value = call_layer(layer, [values[source] for source in graph.inputs[name]])
                values[name] = self._masked(name, value, channel_masks)
        return values

    def _run_prefix(self, pixels: Any) -> tuple[Any, ...]:
        values = self._run(pixels, tf.ones((1, self.layer.channel_count), tf.bool), instead=self._logits)
        return (*(values[name] for name in self.kept), *label_and_margin(values[self._graph.output_layer]))

    def _runner(self, part: int) -> Any:
        graph = self._graph

        def run(channel_masks: Any, *tensors: Any) -> tuple[Any, ...]:
            values = dict(zip(self.inputs[part], tensors, strict=True))
            for name in self._suffixes[part]:
                layer = self._logits.get(name, graph.layers[name])
                value = call_layer(layer, [values[source] for source in graph.inputs[name]])
                values[name] = self._masked(name, value, channel_masks)
            answer = label_and_margin(values[graph.output_layer])
            return (*(values[name] for name in self.outputs[part]), *answer)

        return run


@dataclass(slots=True, eq=False)
class _Standing(Working):
    tensors: dict[str, FloatArray] = field(default_factory=dict)
    part: int = -1


class EverySuffix:
    """Answers images while channels of any layer are pruned; nothing is kept once they are through."""

    is_kept = False

    def __init__(self, cut: EveryCut) -> None:
        self._cut = cut

    def prefix(self, pixels: FloatArray) -> tuple[FloatArray, ...]:
        """See `Suffix`."""
        return self._cut.prefix(pixels)

    def measure(self, tensors: Sequence[FloatArray]) -> list[FloatArray]:
        """See `Suffix`."""
        values = dict(zip(self._cut.kept, tensors, strict=False))
        return [values[name] for name in self._cut.measured]

    def hold(self, tensors: Sequence[FloatArray], shelf: Shelf) -> Held:
        """See `Suffix`."""
        return Held((), tuple(tensors), len(tensors[0]))

    def begin(self, held: Held) -> Working:
        """See `Suffix`."""
        *tensors, labels, _ = held.arrays
        kept = dict(zip(self._cut.kept, (tensor.copy() for tensor in tensors), strict=True))
        return _Standing(np.ones(self._cut.layer.channel_count, dtype=bool), labels.astype(np.int64), tensors=kept)

    def touched(self, held: Held, working: Working, channel: int) -> IntArray:
        """See `Suffix`."""
        assert isinstance(working, _Standing)
        part, place = self._cut.place(channel)
        values = working.tensors[self._cut.measured[part]][..., place]
        return np.flatnonzero((values != 0).reshape(len(values), -1).any(axis=1))

    def toggle(self, held: Held, working: Working, channel: int) -> None:
        """Prune a channel; there is no way back."""
        assert isinstance(working, _Standing)
        working.part, place = self._cut.place(channel)
        working.tensors[self._cut.measured[working.part]][..., place] = 0
        working.channel_mask[channel] = False

    def answer(self, held: Held, working: Working, rows: IntArray) -> IntArray:
        """See `Suffix`."""
        assert isinstance(working, _Standing)
        if working.part < 0:  # unpruned: the prefix has answered already
            return rows[~(held.arrays[-1][rows] > PLAIN_TOLERANCE)]
        part, close = working.part, []
        for start in range(0, len(rows), self._cut.batch_size):
            chosen = rows[start : start + self._cut.batch_size]
            tensors = [working.tensors[name][chosen] for name in self._cut.inputs[part]]
            *renewed, labels, margins = self._cut.behind(part, working.channel_mask, tensors)
            for name, tensor in zip(self._cut.outputs[part], renewed, strict=True):
                working.tensors[name][chosen] = tensor
            working.labels[chosen] = labels
            close.append(chosen[~(margins > PLAIN_TOLERANCE)])
        return np.concatenate(close) if close else rows
