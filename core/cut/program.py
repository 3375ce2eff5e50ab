"""What lies behind a cut, as a list of steps: what of it is linear in the masked channels, and what is left.

Whoever reads a channel through linear layers alone (convolution, dense, average pooling, addition, ...) up to the next
non-linearity gets the sum of one contribution a channel: pruning a channel subtracts its contribution from the sums
that were kept, the *pre-activations*, and nothing in front of them is computed again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.cut.graph import CutPlan, Graph

FloatArray = NDArray[np.float32]
Shapes = Mapping[str, tuple[int, ...]]
MASKED = "masked/"  # stands for the cut tensor; Keras allows no "/" in a layer's name, so that no file can take it

# Linear in their inputs, or affine: the constant part is the same whatever is pruned.
LINEAR = frozenset({
    *("Dense", "Conv2D", "DepthwiseConv2D", "SeparableConv2D", "BatchNormalization"),
    *("AveragePooling2D", "GlobalAveragePooling2D", "ZeroPadding2D", "Cropping2D", "UpSampling2D"),
    *("Flatten", "Reshape", "Add", "Subtract", "Average", "Concatenate", "linear"),
    *("Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "AlphaDropout"),
})  # fmt: skip
_WITHOUT_CONSTANT = ("bias", "beta", "moving_mean")
_MOST_KEPT = 1 << 25  # numbers in all contribution matrices together, 128 MiB
_MOST_PUSHED = 1 << 28  # numbers in the largest tensor of all unit images together
_MOST_AT_ONCE = 1 << 24  # of those of one channel, which go through at once


@dataclass(frozen=True, slots=True, eq=False)
class SuffixStep:
    """One layer of a suffix, its activation apart.

    Attributes:
        name: of the layer; an activation that was part of it has a step of its own, `<layer>/<activation>`.
        kind: its Keras class, or its function's name for an activation.
        layer: the Keras layer, without an activation.
        inputs: the names of the steps or crossing tensors it takes.
        shape: of its output, without the images' axis.
    """

    name: str
    kind: str
    layer: Any
    inputs: tuple[str, ...]
    shape: tuple[int, ...]

    def __call__(self, values: Mapping[str, Any]) -> Any:
        """Its output, in TensorFlow."""
        return call_layer(self.layer, [values[name] for name in self.inputs])


@dataclass(frozen=True, slots=True, eq=False)
class SuffixProgram:
    """A suffix taken apart.

    Attributes:
        linear: the steps that are linear in the masked channels.
        rest: the other steps; a softmax at the very end is left out, since it changes no label.
        sums: the linear steps that the rest or the answer takes: their outputs are the pre-activations.
        crossing: other tensors that the rest takes, by the names of their layers.
        output: the step that gives the answer.
        has_softmax: whether a softmax was left out behind it.
    """

    linear: tuple[SuffixStep, ...]
    rest: tuple[SuffixStep, ...]
    sums: tuple[str, ...]
    crossing: tuple[str, ...]
    output: str
    has_softmax: bool


def take_apart(graph: Graph, plan: CutPlan) -> SuffixProgram | None:
    """Tell the linear part of a suffix from the rest; None where nothing can be subtracted."""
    steps, output, has_softmax = _steps(graph, plan)
    if output in plan.crossing:
        return None
    dependent, linear = {MASKED}, {MASKED}
    for step in steps:
        if any(name in dependent for name in step.inputs):
            dependent.add(step.name)
            if step.kind in LINEAR and all(name in linear for name in step.inputs if name in dependent):
                linear.add(step.name)
    rest = tuple(step for step in steps if step.name not in linear)
    taken = dict.fromkeys(name for step in rest for name in step.inputs)
    taken[output] = None
    sums = tuple(name for name in taken if name in linear)
    if MASKED in sums or not sums:
        return None
    return SuffixProgram(
        linear=tuple(step for step in steps if step.name in linear),
        rest=rest,
        sums=sums,
        crossing=tuple(name for name in taken if name in plan.crossing),
        output=output,
        has_softmax=has_softmax,
    )


def run_linear(program: SuffixProgram, measured: Any, crossing: Mapping[str, Any]) -> tuple[Any, ...]:
    """The pre-activations (n, D) of n images, in TensorFlow, from the measured tensor and those that cross."""
    values = {MASKED: measured, **crossing}
    for step in program.linear:
        values[step.name] = step(values)
    return tuple(tf.reshape(values[name], (-1, _width(values[name]))) for name in program.sums)


def is_small(program: SuffixProgram, measured_shape: tuple[int, ...], crossing_shapes: Shapes) -> bool:
    """Whether finding the contributions, and keeping them, takes little time and memory."""
    values = int(np.prod(measured_shape))
    place_count = values // measured_shape[-1]
    widths = {step.name: int(np.prod(step.shape)) for step in program.linear}
    kept = values * sum(widths[name] for name in program.sums)
    image = max(values, *widths.values(), *(int(np.prod(shape)) for shape in crossing_shapes.values()))
    return kept <= _MOST_KEPT and values * image <= _MOST_PUSHED and place_count * image <= _MOST_AT_ONCE


def contributions(
    program: SuffixProgram, measured_shape: tuple[int, ...], crossing_shapes: Shapes
) -> tuple[FloatArray, ...]:
    """What each channel adds to each pre-activation: a matrix (C, S, D) for each of `sums`, S places a channel.

    Found by pushing one image a place and channel through the linear steps, with all constants taken out.
    """
    *spatial, channel_count = measured_shape
    place_count = int(np.prod(spatial))
    homogeneous = replace(
        program, linear=tuple(replace(step, layer=_without_constant(step.layer)) for step in program.linear)
    )
    found: list[tuple[FloatArray, ...]] = []
    group = max(1, _MOST_AT_ONCE // 2 // (place_count * place_count * channel_count))
    for first in range(0, channel_count, group):
        count = min(group, channel_count - first)
        images = np.zeros((count, place_count, place_count, channel_count), dtype=np.float32)
        for k in range(count):
            images[k, np.arange(place_count), np.arange(place_count), first + k] = 1
        zeros = {name: tf.zeros((count * place_count, *shape)) for name, shape in crossing_shapes.items()}
        sums = run_linear(homogeneous, tf.convert_to_tensor(images.reshape(-1, *measured_shape)), zeros)
        found.append(tuple(tensor.numpy() for tensor in sums))
    return tuple(np.concatenate(parts).reshape(channel_count, place_count, -1) for parts in zip(*found, strict=True))


def constant_sums(program: SuffixProgram, measured_shape: tuple[int, ...]) -> tuple[FloatArray, ...]:
    """The pre-activations (D,) where nothing is left of the measured tensor, and nothing else crosses the cut."""
    return tuple(np.asarray(tensor)[0] for tensor in run_linear(program, tf.zeros((1, *measured_shape)), {}))


def _steps(graph: Graph, plan: CutPlan) -> tuple[list[SuffixStep], str, bool]:
    """The layers of a suffix in order, each activation a step of its own; the step that answers; `has_softmax`."""
    steps: list[SuffixStep] = []
    made: dict[str, str] = {name: name for name in plan.crossing}
    masked = MASKED
    for name in plan.path:  # a path layer may also cross the cut unmasked, under its own name
        masked = _append(steps, graph, name, (masked,), called=f"{MASKED}{name}")
    for name in plan.suffix:
        inputs = tuple(
            masked if (name, position) in plan.entry else made[source]
            for position, source in enumerate(graph.inputs[name])
        )
        made[name] = _append(steps, graph, name, inputs)
    output = made[graph.output_layer] if plan.suffix else masked
    has_softmax = bool(steps) and steps[-1].name == output and steps[-1].kind == "softmax"
    if has_softmax:
        output = steps.pop().inputs[0]
    return steps, output, has_softmax


def _append(
    steps: list[SuffixStep], graph: Graph, name: str, inputs: tuple[str, ...], *, called: str | None = None
) -> str:
    """Add a layer, and its activation as a step of its own; gives the name of the last."""
    called = called or name
    layer, kind = graph.layers[name], graph.kind(name)
    shape = tuple(int(size) for size in layer.output.shape[1:])
    activation = getattr(layer, "activation", None)
    function = "linear" if activation is None else _function_name(activation)
    is_plain_relu = kind == "ReLU" and layer.max_value is None and not (layer.negative_slope or layer.threshold)
    if kind == "Activation" or is_plain_relu:
        steps.append(SuffixStep(called, "relu" if is_plain_relu else function, layer, inputs, shape))
        return called
    if function == "linear":
        steps.append(SuffixStep(called, kind, layer, inputs, shape))
        return called
    steps.append(SuffixStep(called, kind, linear_copy(layer), inputs, shape))
    steps.append(SuffixStep(f"{called}/{function}", function, keras.layers.Activation(activation), (called,), shape))
    return f"{called}/{function}"


def _function_name(activation: Callable[..., Any]) -> str:
    named = keras.activations.serialize(activation)
    return named if isinstance(named, str) else str(named.get("config", named))


def call_layer(layer: Any, inputs: list[Any]) -> Any:
    """What a Keras layer makes of its inputs, in TensorFlow, as it answers and not as it trains."""
    argument = inputs[0] if len(inputs) == 1 else inputs
    return layer(argument, training=False) if layer._call_has_training_arg else layer(argument)


def find_logits(graph: Graph) -> dict[str, Any]:
    """The network's last layer, and the same without its softmax; empty where it has none.

    A softmax changes no label, and differences of its inputs are told more exactly than those of its outputs.
    """
    layer = graph.layers[graph.output_layer]
    has_softmax = getattr(layer, "activation", None) is keras.activations.softmax
    return {graph.output_layer: linear_copy(layer)} if has_softmax else {}


def linear_copy(layer: Any) -> Any:
    """The same Keras layer with the same weights, without its activation."""
    return _copy(layer, activation="linear")


def _copy(layer: Any, **settings: Any) -> Any:
    copy = type(layer).from_config({**layer.get_config(), **settings})
    copy(keras.tree.map_structure(lambda tensor: keras.KerasTensor(tensor.shape, tensor.dtype), layer.input))
    copy.set_weights(layer.get_weights())
    return copy


def _without_constant(layer: Any) -> Any:
    held = [getattr(layer, name, None) for name in _WITHOUT_CONSTANT]
    if all(each is None for each in held):
        return layer
    copy = _copy(layer)
    for name in _WITHOUT_CONSTANT:
        variable = getattr(copy, name, None)
        if variable is not None:
            variable.assign(keras.ops.zeros_like(variable))
    return copy


def _width(tensor: Any) -> int:
    return int(np.prod(tensor.shape[1:]))
