"""One output as two classes: class 0 with 1 - p, class 1 with p.

The output is a sigmoid p, or its logit, as Keras' own examples train it. Label 1 is predicted where p > 0.5, as usual:
in float32, p > 1 - p exactly there. The layers for it are added when a file is opened, and left out when the network,
or B′ made from it, is saved.
"""

from collections.abc import Callable
from typing import Any

import keras

from core.cut.graph import BOTH_CLASSES, FIRST_CLASS, single_output

SIGMOIDS = ("sigmoid", "hard_sigmoid")
SIGMOID = "p_of_logit"  # name of the layer that makes p of a logit; a number may follow
SMALLEST_PROBABILITY = 1e-7


def is_single(output: Any) -> bool:
    """Whether a Keras tensor is one sigmoid, or the logit of one, for each image: shape (N, 1)."""
    return len(output.shape) == 2 and output.shape[-1] == 1 and (_is_sigmoid(output) or _is_logit(output))


def with_two_classes(output: Any, *, taken: set[str]) -> Any:
    """Return the outputs (N, 2) for one output (N, 1), as Keras tensors.

    Args:
        output: p, or its logit.
        taken: names of the network's layers.
    """
    if _is_logit(output):
        output = keras.layers.Activation("sigmoid", name=_free(SIGMOID, taken))(output)
    first = keras.layers.Rescaling(-1.0, offset=1.0, name=_free(FIRST_CLASS, taken))(output)
    return keras.layers.Concatenate(name=_free(BOTH_CLASSES, taken))([first, output])


def name_in_network(name: str, taken: set[str]) -> str:
    """Return the name that a layer of a file gets: another one, if by its own it would pass for an added layer.

    Added layers are left out of saved files, those of the file never are.

    Args:
        name: its name in the file.
        taken: names of all layers of the file.
    """
    is_of_added = name.startswith((SIGMOID, FIRST_CLASS, BOTH_CLASSES))
    return _free(f"layer_{name}", taken) if is_of_added else name


def stored_output(model: keras.Model) -> Any:
    """Return the output that a file of a network has: p or its logit alone, if two classes were made of it."""
    single = single_output(model.outputs[0])
    if single is None:
        return model.outputs[0]
    return single._keras_history.operation.input if is_from_logit(single) else single


def is_from_logit(single: Any) -> bool:
    """Whether p was made of a logit when the file was opened."""
    last = single._keras_history.operation
    is_added = isinstance(last, keras.layers.Activation) and last.name.startswith(SIGMOID)
    return is_added and _is_sigmoid(single) and _is_logit(last.input)


def _is_sigmoid(output: Any) -> bool:
    activation = getattr(output._keras_history.operation, "activation", None)
    return activation is not None and keras.activations.serialize(activation) in SIGMOIDS


def _is_logit(output: Any) -> bool:
    last = output._keras_history.operation
    return isinstance(last, keras.layers.Dense) and keras.activations.serialize(last.activation) == "linear"


def pair_logits(model: keras.Model, single: Any) -> Callable[[Any, bool], Any]:
    """Return a function (pixels, training) -> logits (N, 2) float32 of a network whose two classes are 1 - p and p.

    They are 0 and the input of the sigmoid: a softmax makes 1 - p and p of them.

    Args:
        model: (N, H, W, C) -> (N, 2).
        single: p, a tensor of that network.
    """
    last = single._keras_history.operation
    is_sigmoid = keras.activations.serialize(last.activation) == "sigmoid"
    if is_sigmoid and isinstance(last, keras.layers.Activation):
        before = keras.Model(model.inputs[0], last.input)
        return lambda pixels, training: _beside_zero(before(pixels, training=training))
    if is_sigmoid and isinstance(last, keras.layers.Dense):
        features = keras.Model(model.inputs[0], last.input)

        def from_dense(pixels: Any, training: bool) -> Any:
            values = keras.ops.matmul(features(pixels, training=training), last.kernel)
            return _beside_zero(values + last.bias if last.use_bias else values)

        return from_dense
    return lambda pixels, training: log_of(model(pixels, training=training))


def log_of(probabilities: Any) -> Any:
    """Return the logarithms of probabilities: logits of which a softmax makes them again."""
    return keras.ops.log(keras.ops.maximum(probabilities, SMALLEST_PROBABILITY))


def _beside_zero(values: Any) -> Any:
    return keras.ops.concatenate([keras.ops.zeros_like(values), values], axis=-1)


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free
