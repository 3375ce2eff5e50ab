"""TensorFlow Lite's arithmetic and activation functions.

Source: tensorflow/compiler/mlir/lite/schema/schema.fbs, and the reference kernels in tensorflow/lite/kernels/internal.
"""

from collections.abc import Callable

import numpy as np

from core.intake.conversion import activations
from core.intake.conversion.arithmetic import merged, scaled
from core.intake.conversion.layout import image
from core.intake.conversion.tensor import Tensor
from core.intake.tflite.call import Call

_FAR = float("inf")


def with_activation(call: Call, tensor: Tensor, option: int) -> Tensor:
    """Apply the activation that an operator has in it."""
    found = call.option(option, "<b")
    if found == 0:
        return tensor
    hint = f"{tensor.layer}_activation"
    if found == 4:
        return activations.activated(call.builder, tensor, "tanh", hint=hint)
    limits = {1: (0.0, _FAR), 2: (-1.0, 1.0), 3: (0.0, 6.0)}.get(found)
    if limits is None:
        raise call.refusal(f"it has an unknown activation, {found}")
    return activations.clipped(call.builder, tensor, *limits, hint=hint)


def add(call: Call) -> Tensor:
    """Convert ADD."""
    constant = _constant_index(call)
    if constant is None:
        made = merged(call.builder, "Add", [call.tensor(0), call.tensor(1)], hint=call.hint)
    else:
        made = scaled(call.builder, call.tensor(1 - constant), offset=call.floats(constant), hint=call.hint)
    return with_activation(call, made, 0)


def subtract(call: Call) -> Tensor:
    """Convert SUB."""
    constant = _constant_index(call)
    if constant is None:
        made = merged(call.builder, "Subtract", [call.tensor(0), call.tensor(1)], hint=call.hint)
    elif constant == 1:
        made = scaled(call.builder, call.tensor(0), offset=-call.floats(1), hint=call.hint)
    else:
        made = scaled(call.builder, call.tensor(1), scale=np.asarray(-1.0), offset=call.floats(0), hint=call.hint)
    return with_activation(call, made, 0)


def multiply(call: Call) -> Tensor:
    """Convert MUL."""
    constant = _constant_index(call)
    if constant is None:
        made = merged(call.builder, "Multiply", [call.tensor(0), call.tensor(1)], hint=call.hint)
    else:
        made = scaled(call.builder, call.tensor(1 - constant), scale=call.floats(constant), hint=call.hint)
    return with_activation(call, made, 0)


def divide(call: Call) -> Tensor:
    """Convert DIV by a constant."""
    if _constant_index(call) != 1:
        raise call.refusal("it divides by something that depends on the image, which no allowed Keras layer does")
    divisor = call.floats(1).astype(np.float64)
    if (divisor == 0).any():
        raise call.refusal("it divides by zero")
    return with_activation(call, scaled(call.builder, call.tensor(), scale=1 / divisor, hint=call.hint), 0)


def limit(class_name: str) -> Callable[[Call], Tensor]:
    """Return the conversion of MAXIMUM or MINIMUM, with a number or between tensors."""

    def convert(call: Call) -> Tensor:
        constant = _constant_index(call)
        if constant is None:
            return merged(call.builder, class_name, [call.tensor(0), call.tensor(1)], hint=call.hint)
        values = call.floats(constant).reshape(-1)
        if values.size != 1:
            raise call.refusal("it limits values by several constants")
        bounds = (float(values[0]), _FAR) if class_name == "Maximum" else (-_FAR, float(values[0]))
        return activations.clipped(call.builder, call.tensor(1 - constant), *bounds, hint=call.hint)

    return convert


def plain_activation(name: str) -> Callable[[Call], Tensor]:
    """Return the conversion of an operator that is one of Keras' activations."""
    return lambda call: activations.activated(call.builder, call.tensor(), name, hint=call.hint)


def clip(least: float, most: float) -> Callable[[Call], Tensor]:
    """Return the conversion of an operator that limits values to a range."""
    return lambda call: activations.clipped(call.builder, call.tensor(), least, most, hint=call.hint)


def softmax(call: Call) -> Tensor:
    """Convert SOFTMAX along the last axis."""
    if call.option(0, "<f", 1.0) != 1.0:
        raise call.refusal("it has a temperature")
    tensor = call.tensor()
    return activations.softmax(call.builder, tensor, len(tensor.shape) - 1, is_log=False, hint=call.hint)


def log_softmax(call: Call) -> Tensor:
    """Convert LOG_SOFTMAX along the last axis."""
    tensor = call.tensor()
    return activations.softmax(call.builder, tensor, len(tensor.shape) - 1, is_log=True, hint=call.hint)


def leaky_relu(call: Call) -> Tensor:
    """Convert LEAKY_RELU."""
    return activations.leaky(call.builder, call.tensor(), call.option(0, "<f"), hint=call.hint)


def elu(call: Call) -> Tensor:
    """Convert ELU."""
    return activations.exponential_linear(call.builder, call.tensor(), 1.0, hint=call.hint)


def gelu(call: Call) -> Tensor:
    """Convert GELU without the approximation by tanh."""
    if call.option(0, "<b"):
        raise call.refusal("it approximates the function by tanh, which is not among the allowed activations")
    return activations.activated(call.builder, call.tensor(), "gelu", hint=call.hint)


def p_relu(call: Call) -> Tensor:
    """Convert PRELU with a slope a channel."""
    tensor = image(call.builder, call.tensor())
    slopes = call.floats(1).reshape(-1)
    if slopes.size not in (1, tensor.stored_shape[2]):
        raise call.refusal("it has slopes for something other than channels")
    alpha = np.broadcast_to(slopes, (1, 1, tensor.stored_shape[2]))
    weights = {"alpha": alpha}
    return call.builder.add_alike("PReLU", tensor, hint=call.hint, weights=weights, shared_axes=[1, 2])


def _constant_index(call: Call) -> int | None:
    return next((index for index in range(2) if call.is_constant(index)), None)
