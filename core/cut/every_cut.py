"""A network cut at every convolution at once, for a sweep over all layers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.channels import PrunableLayer
from core.cut.batches import batch_size
from core.cut.cut import Cut, as_array, compiled, find_early, label_and_margin, run_layers
from core.cut.graph import CutPlan, Graph
from core.cut.program import SuffixProgram, call_layer, find_logits, run_linear
from core.cut.slim import convolve, find_live, find_slim, widen
from core.cut.suffix import SubtractingSuffix, find_suffix

FloatArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """The shallowest cut from which all deeper channels can be pruned without TensorFlow.

    Attributes:
        part: index of the part where the network is cut.
        plan: how the network splits there.
        program: the steps after the cut.
        suffix: subtracts the contributions of this part's own channels.
        folded: for each deeper part, the index of the program's sum that holds its channels before their ReLU.
    """

    part: int
    plan: CutPlan
    program: SuffixProgram
    suffix: SubtractingSuffix
    folded: tuple[int, ...]


class EveryCut:
    """All the cuts of a network.

    Attributes:
        layer: all convolutions combined into one layer.
        base: the cut where fast pruning begins; None if there is none.
        batch_size: number of images per TensorFlow batch.
        is_closed: whether the masked channels are the suffix's only input; always False here.
        kept: names of the layers whose masked outputs are stored for the current images.
        measured: for each part, the layer whose output is masked.
        outputs: for each part, the layers of `kept` that are out of date after its channels changed.
        value_count: number of values stored per current image.
    """

    is_closed = False

    def __init__(self, graph: Graph, layer: PrunableLayer) -> None:
        self.layer = layer
        self.batch_size = batch_size(graph.layers.values())
        self._graph = graph
        self._logits = find_logits(graph)
        plans = [graph.plan_cut(part) for part in layer.parts]
        self.measured = tuple(plan.measured_at for plan in plans)
        self.base = _find_base(graph, layer.parts, plans)
        based = self.base.part if self.base else 0
        kept = dict.fromkeys(name for plan in plans[based:] for name in (plan.measured_at, *plan.crossing))
        self.kept = tuple(name for name in graph.layers if name in kept)
        self.outputs = tuple(tuple(name for name in self.kept if name in plan.suffix) for plan in plans)
        self._starts = np.cumsum([0, *(part.channel_count for part in layer.parts)])
        self.value_count = sum(int(np.prod(self.shape(name))) for name in self.kept)
        if self.base:
            self.value_count += sum(self.sum_widths)
        ends = self.kept if self.base else (*self.kept, graph.output_layer)
        self._early = find_early(graph, keep=(*self.measured, *ends))
        self._slim = {name: part for name, part in find_slim(graph, layer.parts).items() if self._is_alone(part)}
        self._inputs = tuple(_inputs(plan, self.base) for plan in plans)
        pixels = tf.TensorSpec((None, *self.shape(graph.input_layer)), tf.float32)
        mask, masks = (tf.TensorSpec((*shape, layer.channel_count), tf.bool) for shape in ((), (None,)))
        self._prefix = compiled(self._run_prefix, pixels)
        self._plain = compiled(self._run_plain, pixels, masks)
        self._behind = tuple(
            compiled(self._runner(part), mask, *(tf.TensorSpec((None, *self.shape(name)), tf.float32) for name in own))
            for part, own in enumerate(self._inputs)
        )

    @property
    def sum_widths(self) -> tuple[int, ...]:
        """The width of each of the base's sums."""
        assert self.base
        shapes = {step.name: step.shape for step in self.base.program.linear}
        return tuple(int(np.prod(shapes[name])) for name in self.base.program.sums)

    def _is_alone(self, part: int) -> bool:
        return self.measured.count(self.measured[part]) == 1

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of a layer's output, without the image axis."""
        return tuple(int(size) for size in self._graph.layers[name].output.shape[1:])

    def place(self, channel: int) -> tuple[int, int]:
        """Return the part a channel belongs to, and its index within that part."""
        part = int(np.searchsorted(self._starts, channel, side="right")) - 1
        return part, channel - int(self._starts[part])

    def prefix(self, pixels: FloatArray) -> tuple[FloatArray, ...]:
        """Return, for images (n, H, W, C), the tensors of `kept`, then the final tensors of `behind`, all unpruned."""
        return tuple(as_array(tensor) for tensor in self._prefix(pixels))

    def behind(self, part: int, channel_mask: BoolArray, values: Mapping[str, FloatArray]) -> tuple[FloatArray, ...]:
        """Return the tensors of `outputs[part]`, then the base's sums or labels and margins, given masked `values`."""
        tensors = [values[name] for name in self._inputs[part]]
        return tuple(as_array(tensor) for tensor in self._behind[part](channel_mask, *tensors))

    def plain_outputs(self, pixels: FloatArray, channel_masks: BoolArray) -> FloatArray:
        """Return the outputs (n, K) of the whole network under masks (n, C) or (1, C), computed layer by layer."""
        return np.asarray(self._plain(pixels, channel_masks))

    def inputs(self, part: int) -> tuple[str, ...]:
        """Return the names of the tensors that `behind` needs for a part."""
        return self._inputs[part]

    def _run_plain(self, pixels: Any, channel_masks: Any) -> Any:
        values = {self._graph.input_layer: pixels}
        masked = self._masker(channel_masks)
        run_layers(self._graph, values, [self._graph.output_layer], early={}, change=masked)
        return values[self._graph.output_layer]

    def _run_prefix(self, pixels: Any) -> tuple[Any, ...]:
        values = {self._graph.input_layer: pixels}
        run_layers(self._graph, values, self.kept, early=self._early)
        run = partial(run_layers, self._graph, early=self._early)
        return (*(values[name] for name in self.kept), *self._end(values, run))

    def _runner(self, part: int) -> Any:
        def run(channel_mask: Any, *tensors: Any) -> tuple[Any, ...]:
            values = dict(zip(self._inputs[part], tensors, strict=True))
            call, change = self._slimming(channel_mask)
            run_some = partial(run_layers, self._graph, early=self._early, call=call, change=change)
            run_some(values, self.outputs[part])
            return (*(values[name] for name in self.outputs[part]), *self._end(values, run_some))

        return run

    def _end(self, values: dict[str, Any], run: Callable[[dict[str, Any], Sequence[str]], None]) -> tuple[Any, ...]:
        """Return the base's sums, or labels and margins if there is no base; then the last layer has no channels."""
        if self.base:
            plan = self.base.plan
            run(values, (plan.measured_at, *plan.crossing))
            crossing = {name: values[name] for name in plan.crossing}
            return run_linear(self.base.program, values[plan.measured_at], crossing)
        last = self._graph.output_layer
        if last not in self._logits:
            run(values, [last])
            return label_and_margin(values[last])
        run(values, self._graph.inputs[last])
        outputs = call_layer(self._logits[last], [values[name] for name in self._graph.inputs[last]])
        return label_and_margin(outputs, is_before_softmax=True)

    def _masks(self, name: str, channel_masks: Any) -> list[Any]:
        """Return the slices of masks (n, C) or (C,) for the parts that are measured at a layer."""
        places = [part for part, measured_at in enumerate(self.measured) if measured_at == name]
        return [channel_masks[..., self._starts[part] : self._starts[part + 1]] for part in places]

    def _masker(self, channel_masks: Any) -> Callable[[str, Any], Any]:
        """Return a function that masks a layer's output under masks (n, C)."""

        def masked(name: str, value: Any) -> Any:
            for masks in self._masks(name, channel_masks):
                between = (1,) * (len(value.shape) - 2)
                value = tf.where(tf.reshape(masks, (-1, *between, masks.shape[-1])), value, tf.zeros_like(value))
            return value

        return masked

    def _slimming(self, channel_mask: Any) -> tuple[Callable[[str, Any, list[Any]], Any], Callable[[str, Any], Any]]:
        """Return the `call` and `change` arguments of `run_layers` for one mask (C,) shared by all images."""
        masked = self._masker(channel_mask[tf.newaxis])
        slimmed: set[str] = set()

        def call(name: str, layer: Any, inputs: list[Any]) -> Any:
            if name not in self._slim:
                return call_layer(layer, inputs)
            measured_at = self.measured[self._slim[name]]
            slimmed.add(measured_at)
            read = self._masks(self._graph.inputs[name][0], channel_mask)
            return convolve(
                self._graph.layers[name],
                inputs[0],
                taken=find_live(read[0]) if len(read) == 1 else None,
                live=find_live(self._masks(measured_at, channel_mask)[0]),
                is_linear=name in self._early,
            )

        def change(name: str, value: Any) -> Any:
            if name not in slimmed:
                return masked(name, value)
            (mask,) = self._masks(name, channel_mask)
            return masked(name, widen(value, find_live(mask), mask.shape[0]))

        return call, change


def _inputs(plan: CutPlan, base: Base | None) -> tuple[str, ...]:
    """Return the tensors needed to compute the layers after a cut, including the base's sums."""
    wanted = (base.plan.measured_at, *base.plan.crossing) if base else ()
    others = (name for name in wanted if name not in plan.suffix)
    return tuple(dict.fromkeys((plan.measured_at, *plan.crossing, *others)))


def _find_base(graph: Graph, parts: Sequence[PrunableLayer], plans: Sequence[CutPlan]) -> Base | None:
    """Return the base that covers as many of the deepest parts as one cut can."""
    found = None
    measured = [plan.measured_at for plan in plans]
    for part, plan in enumerate(plans):
        cut = Cut(graph, parts[part], plan)
        folded = [_find_folded(cut.program, deeper, name) for deeper, name in zip(parts, measured[:part], strict=False)]
        is_fitting = measured.count(plan.measured_at) == 1 and len(set(folded)) == len(folded) and None not in folded
        suffix = find_suffix(cut) if is_fitting else None
        if not isinstance(suffix, SubtractingSuffix):
            break
        assert cut.program is not None
        found = Base(part, plan, cut.program, suffix, tuple(each for each in folded if each is not None))
    return found


def _find_folded(program: SuffixProgram | None, part: PrunableLayer, measured_at: str) -> int | None:
    """Return the index of the sum, read only by a ReLU, that holds a layer's channels before that ReLU."""
    for step in program.rest if program else ():
        is_measured = step.kind == "relu" and step.name in (measured_at, f"{measured_at}/relu")
        if is_measured and program and step.inputs[0] in program.sums and step.shape[-1] == part.channel_count:
            takers = [each for each in program.rest if step.inputs[0] in each.inputs]
            return program.sums.index(step.inputs[0]) if len(takers) == 1 else None
    return None
