"""ONNX's arithmetic and activation functions.

Source: ONNX Operator Schemas (onnx.ai/onnx/operators).
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from core.intake.conversion import activations
from core.intake.conversion.arithmetic import merged, scaled
from core.intake.conversion.layout import plain, reshaped
from core.intake.conversion.tensor import Tensor
from core.intake.onnx.call import Call

_FAR = float("inf")


def add(call: Call) -> Tensor:
    """Convert Add, between tensors or with a constant."""
    if constant := _constant_index(call):
        tensor, values = call.tensor(constant - 1 ^ 1), call.floats(constant - 1)
        return scaled(call.builder, tensor, offset=values, hint=call.hint)
    return _merged(call, "Add")


def subtract(call: Call) -> Tensor:
    """Convert Sub, between tensors or with a constant."""
    constant = _constant_index(call)
    if constant == 2:
        return scaled(call.builder, call.tensor(0), offset=-call.floats(1), hint=call.hint)
    if constant == 1:
        return scaled(call.builder, call.tensor(1), scale=np.asarray(-1.0), offset=call.floats(0), hint=call.hint)
    return _merged(call, "Subtract")


def multiply(call: Call) -> Tensor:
    """Convert Mul, between tensors or with a constant."""
    if constant := _constant_index(call):
        tensor, values = call.tensor(constant - 1 ^ 1), call.floats(constant - 1)
        return scaled(call.builder, tensor, scale=values, hint=call.hint)
    return _merged(call, "Multiply")


def divide(call: Call) -> Tensor:
    """Convert Div by a constant."""
    if _constant_index(call) != 2:
        raise call.refusal("it divides by something that depends on the image, which no allowed Keras layer does")
    divisor = call.floats(1).astype(np.float64)
    if (divisor == 0).any():
        raise call.refusal("it divides by zero")
    return scaled(call.builder, call.tensor(), scale=1 / divisor, hint=call.hint)


def negative(call: Call) -> Tensor:
    """Convert Neg."""
    return scaled(call.builder, call.tensor(), scale=np.asarray(-1.0), hint=call.hint)


def combined(class_name: str) -> Callable[[Call], Tensor]:
    """Return the conversion of an operator that is one of Keras' merging layers."""
    return lambda call: _merged(call, class_name)


def maximum(call: Call) -> Tensor:
    """Convert Max, of tensors or of a tensor and a number."""
    if constant := _constant_index(call):
        return activations.clipped(
            call.builder, call.tensor(constant - 1 ^ 1), _limit(call, constant - 1), _FAR, hint=call.hint
        )
    return _merged(call, "Maximum")


def minimum(call: Call) -> Tensor:
    """Convert Min, of tensors or of a tensor and a number."""
    if constant := _constant_index(call):
        return activations.clipped(
            call.builder, call.tensor(constant - 1 ^ 1), -_FAR, _limit(call, constant - 1), hint=call.hint
        )
    return _merged(call, "Minimum")


def _limit(call: Call, index: int) -> float:
    values = call.floats(index)
    if values.size != 1 or len(call.inputs) != 2:
        raise call.refusal("it has several limits")
    return float(values.reshape(-1)[0])


def absolute(call: Call) -> Tensor:
    """Convert Abs: the larger one of a tensor and its negative."""
    tensor = call.tensor()
    turned = scaled(call.builder, replace(tensor, is_alone=False), scale=np.asarray(-1.0), hint=f"{call.hint}_negative")
    made = merged(call.builder, "Maximum", [tensor, turned], hint=call.hint)
    return replace(made, is_nonnegative=True)


def selu(call: Call) -> Tensor:
    """Convert Selu with its usual constants."""
    alpha, gamma = call.setting("alpha", 1.67326319217681884765625), call.setting("gamma", 1.05070102214813232421875)
    if abs(alpha - 1.6732632) > 1e-5 or abs(gamma - 1.0507010) > 1e-5:
        raise call.refusal("it has other constants than usual, which is not among the allowed activations")
    return activations.activated(call.builder, call.tensor(), "selu", hint=call.hint)


def celu(call: Call) -> Tensor:
    """Convert Celu: alpha times the function of x / alpha."""
    alpha, tensor = call.setting("alpha", 1.0), call.tensor()
    if alpha <= 0:
        raise call.refusal("it has an alpha that is not positive")
    if alpha != 1:
        tensor = scaled(call.builder, replace(tensor, is_alone=False), scale=np.asarray(1 / alpha), hint=call.hint)
    made = activations.exponential_linear(call.builder, replace(tensor, is_alone=False), 1.0, hint=call.hint)
    return made if alpha == 1 else scaled(call.builder, made, scale=np.asarray(alpha), hint=f"{call.hint}_scaled")


def power(call: Call) -> Tensor:
    """Convert Pow by 1, 2 or 3: a product of the tensor with itself."""
    exponent = call.constant(1)
    if exponent.size != 1 or float(exponent.reshape(-1)[0]) not in (1.0, 2.0, 3.0):
        raise call.refusal("it has another exponent than 1, 2 or 3")
    count = int(exponent.reshape(-1)[0])
    return call.tensor() if count == 1 else merged(call.builder, "Multiply", [call.tensor()] * count, hint=call.hint)


def plain_activation(name: str) -> Callable[[Call], Tensor]:
    """Return the conversion of an operator that is one of Keras' activations."""
    return lambda call: activations.activated(call.builder, call.tensor(), name, hint=call.hint)


def relu(call: Call) -> Tensor:
    """Convert Relu."""
    return call.builder.add_alike("ReLU", call.tensor(), hint=call.hint, is_nonnegative=True)


def leaky_relu(call: Call) -> Tensor:
    """Convert LeakyRelu."""
    return activations.leaky(call.builder, call.tensor(), call.setting("alpha", 0.01), hint=call.hint)


def elu(call: Call) -> Tensor:
    """Convert Elu."""
    return activations.exponential_linear(call.builder, call.tensor(), call.setting("alpha", 1.0), hint=call.hint)


def clip(call: Call) -> Tensor:
    """Convert Clip."""
    bounds = []
    for index, (name, default) in enumerate((("min", -_FAR), ("max", _FAR)), start=1):
        values = call.floats(index) if call.has(index) else np.asarray(call.setting(name, default))
        if values.size != 1:
            raise call.refusal("it has several limits")
        bounds.append(float(values.reshape(-1)[0]))
    # What float32 cannot exceed is no limit.
    largest = float(np.finfo(np.float32).max)
    least, most = (bound if abs(bound) < largest else np.copysign(_FAR, bound) for bound in bounds)
    return activations.clipped(call.builder, call.tensor(), least, most, hint=call.hint)


def hard_sigmoid(call: Call) -> Tensor:
    """Convert HardSigmoid."""
    alpha, beta = call.setting("alpha", 0.2), call.setting("beta", 0.5)
    return activations.hard_sigmoid(call.builder, call.tensor(), alpha, beta, hint=call.hint)


def gelu(call: Call) -> Tensor:
    """Convert Gelu without the approximation by tanh."""
    if call.setting("approximate", "none") != "none":
        raise call.refusal("it approximates the function by tanh, which is not among the allowed activations")
    return activations.activated(call.builder, call.tensor(), "gelu", hint=call.hint)


def swish(call: Call) -> Tensor:
    """Convert Swish, x · sigmoid(x)."""
    if call.setting("alpha", 1.0) != 1.0:
        raise call.refusal("it has another slope than 1, which is not among the allowed activations")
    return activations.activated(call.builder, call.tensor(), "silu", hint=call.hint)


def softmax(call: Call) -> Tensor:
    """Convert Softmax."""
    return _softmax(call, is_log=False)


def log_softmax(call: Call) -> Tensor:
    """Convert LogSoftmax."""
    return _softmax(call, is_log=True)


def _softmax(call: Call, *, is_log: bool) -> Tensor:
    tensor = call.tensor()
    is_old = call.opset < 13
    axis = call.axis(call.setting("axis", 1 if is_old else -1))
    long = [place for place, length in enumerate(tensor.shape) if length > 1]
    if is_old and long and (axis > long[0] or len(long) > 1):
        # Before version 13 the axes from this one on are taken together.
        raise call.refusal("it computes along several axes together")
    if is_old and long:
        axis = long[0]
    if long == [axis]:
        line = plain(call.builder, reshaped(tensor, (tensor.size,)))
        made = activations.softmax(call.builder, line, 0, is_log=is_log, hint=call.hint)
        return reshaped(made, tensor.shape)
    return activations.softmax(call.builder, tensor, axis, is_log=is_log, hint=call.hint)


def _merged(call: Call, class_name: str) -> Tensor:
    tensors = [call.tensor(index) for index in range(len(call.inputs))]
    if len(tensors) == 1:
        return tensors[0]
    return merged(call.builder, class_name, tensors, hint=call.hint)


def _constant_index(call: Call) -> int:
    """Return which of two inputs is a constant, counted from 1; 0 if neither is."""
    return next((index + 1 for index, each in enumerate(call.inputs) if not isinstance(each, Tensor)), 0)
