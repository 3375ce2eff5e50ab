"""The layers after a cut as a list of steps, split into those linear in the masked channels and the rest.

If only linear layers (convolution, dense, average pooling, addition, ...) lie between the masked channels and the next
non-linearity, its input is a sum of one contribution per channel. Pruning a channel subtracts its contribution from the
stored sums, the *pre-activations*; nothing before them is recomputed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.cut.graph import CutPlan, Graph, call_arguments

FloatArray = NDArray[np.float32]
Shapes = Mapping[str, tuple[int, ...]]
MASKED = "masked/"  # names the cut tensor; Keras allows no "/" in a layer's name, so no file can use it

# Linear or affine in their inputs: the constant part does not depend on the mask.
LINEAR = frozenset({
    *("Dense", "Conv2D", "DepthwiseConv2D", "SeparableConv2D", "BatchNormalization"),
    *("AveragePooling2D", "GlobalAveragePooling2D", "ZeroPadding2D", "Cropping2D", "UpSampling2D"),
    *("Flatten", "Reshape", "Add", "Subtract", "Average", "Concatenate", "linear"),
    *("Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "AlphaDropout"),
})  # fmt: skip
_WITHOUT_CONSTANT = ("bias", "beta", "moving_mean")
_MOST_KEPT = 1 << 25  # values in all contribution matrices together, 128 MiB
_MOST_PUSHED = 1 << 28  # values in the largest tensor of all unit images together
_MOST_AT_ONCE = 1 << 24  # values of one channel's unit images, which form one batch


@dataclass(frozen=True, slots=True, eq=False)
class SuffixStep:
    """One layer of a suffix, without its activation.

    Attributes:
        name: the layer's name; the layer's activation is a separate step, `<layer>/<activation>`.
        kind: the Keras class, or the function's name for an activation.
        layer: the Keras layer, without an activation.
        inputs: the names of the steps or crossing tensors it reads.
        shape: shape of its output, without the image axis.
    """

    name: str
    kind: str
    layer: Any
    inputs: tuple[str, ...]
    shape: tuple[int, ...]

    def __call__(self, values: Mapping[str, Any]) -> Any:
        """Return the step's output as a TensorFlow tensor."""
        return call_layer(self.layer, [values[name] for name in self.inputs])


@dataclass(frozen=True, slots=True, eq=False)
class SuffixProgram:
    """A suffix split into linear steps and the rest.

    Attributes:
        linear: the steps that are linear in the masked channels.
        rest: the other steps; a final softmax is left out, since it changes no label, and so are a final sigmoid and
            the two classes that were made of it.
        sums: the linear steps read by the rest or used as output: their outputs are the pre-activations.
        crossing: other tensors that the rest reads, by layer name.
        output: the step that gives the network's output.
        has_softmax: whether a final softmax, or such a sigmoid, was left out.
    """

    linear: tuple[SuffixStep, ...]
    rest: tuple[SuffixStep, ...]
    sums: tuple[str, ...]
    crossing: tuple[str, ...]
    output: str
    has_softmax: bool


def take_apart(graph: Graph, plan: CutPlan) -> SuffixProgram | None:
    """Split a suffix into its linear part and the rest; return None if nothing can be subtracted."""
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
    """Return the pre-activations (n, D) of n images, as tensors, given the measured and the crossing tensors."""
    values = {MASKED: measured, **crossing}
    for step in program.linear:
        values[step.name] = step(values)
    return tuple(tf.reshape(values[name], (-1, _width(values[name]))) for name in program.sums)


def is_small(program: SuffixProgram, measured_shape: tuple[int, ...], crossing_shapes: Shapes) -> bool:
    """Whether computing and storing the contributions takes little time and memory."""
    values = int(np.prod(measured_shape))
    place_count = values // measured_shape[-1]
    widths = {step.name: int(np.prod(step.shape)) for step in program.linear}
    kept = values * sum(widths[name] for name in program.sums)
    image = max(values, *widths.values(), *(int(np.prod(shape)) for shape in crossing_shapes.values()))
    return kept <= _MOST_KEPT and values * image <= _MOST_PUSHED and place_count * image <= _MOST_AT_ONCE


def contributions(
    program: SuffixProgram, measured_shape: tuple[int, ...], crossing_shapes: Shapes
) -> tuple[FloatArray, ...]:
    """Return what each channel adds to each pre-activation: an array (C, S, D) per sum, with S positions per channel.

    Computed by running one unit image per position and channel through the linear steps, with all constants removed.
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
    """Return the pre-activations (D,) with all channels pruned, if no other tensor crosses the cut."""
    return tuple(np.asarray(tensor)[0] for tensor in run_linear(program, tf.zeros((1, *measured_shape)), {}))


def _steps(graph: Graph, plan: CutPlan) -> tuple[list[SuffixStep], str, bool]:
    """Return the suffix's layers in order, activations as separate steps; the output step's name; `has_softmax`."""
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
    elif graph.single_output() is not None and _pair_logits(steps):
        output, has_softmax = steps[-1].name, True
    return steps, output, has_softmax


def _pair_logits(steps: list[SuffixStep]) -> bool:
    """Let a dense layer, its sigmoid and the two classes 1 - p and p end as a dense layer with outputs 0 and p's logit.

    Return False, and change nothing, if they are not the last steps.
    """
    if [step.kind for step in steps[-4:]] != ["Dense", "sigmoid", "Rescaling", "Concatenate"]:
        return False
    dense, sigmoid, negated, joined = steps[-4:]
    if (sigmoid.inputs, negated.inputs, joined.inputs[-1]) != ((dense.name,), (sigmoid.name,), sigmoid.name):
        return False
    layer = keras.layers.Dense(2, use_bias=dense.layer.use_bias)
    layer(keras.KerasTensor(dense.layer.input.shape, dense.layer.input.dtype))
    layer.set_weights([np.concatenate([np.zeros_like(each), each], axis=-1) for each in dense.layer.get_weights()])
    steps[-4:] = [SuffixStep(dense.name, "Dense", layer, dense.inputs, (*dense.shape[:-1], 2))]
    return True


def _append(
    steps: list[SuffixStep], graph: Graph, name: str, inputs: tuple[str, ...], *, called: str | None = None
) -> str:
    """Append a layer, and its activation as a separate step; return the name of the last step."""
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
    """Call a Keras layer on its inputs, in inference mode."""
    arguments = call_arguments(layer, inputs)
    return layer(*arguments, training=False) if layer._call_has_training_arg else layer(*arguments)


def find_logits(graph: Graph) -> dict[str, Any]:
    """Map the network's last layer to a copy of it without its softmax; return an empty mapping if it has none.

    A softmax changes no label, and its inputs can be compared more precisely than its outputs.
    """
    layer = graph.layers[graph.output_layer]
    has_softmax = getattr(layer, "activation", None) is keras.activations.softmax
    return {graph.output_layer: linear_copy(layer)} if has_softmax else {}


def linear_copy(layer: Any) -> Any:
    """Return a copy of a Keras layer with the same weights and no activation."""
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
