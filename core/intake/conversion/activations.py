"""Functions of single values as Keras layers."""

from dataclasses import replace

import numpy as np

from core.intake.conversion.arithmetic import scaled
from core.intake.conversion.builder import NetworkBuilder
from core.intake.conversion.layout import plain
from core.intake.conversion.tensor import Tensor
from core.intake.refusal import Refusal

_NONNEGATIVE = {"relu", "relu6", "sigmoid", "hard_sigmoid", "softplus", "exponential"}


def activated(builder: NetworkBuilder, tensor: Tensor, name: str, *, hint: str) -> Tensor:
    """Apply one of Keras' activation functions."""
    return builder.add_alike("Activation", tensor, hint=hint, activation=name, is_nonnegative=name in _NONNEGATIVE)


def leaky(builder: NetworkBuilder, tensor: Tensor, slope: float, *, hint: str) -> Tensor:
    """Apply a ReLU that multiplies negative values by a slope."""
    return builder.add_alike("LeakyReLU", tensor, hint=hint, negative_slope=slope)


def exponential_linear(builder: NetworkBuilder, tensor: Tensor, alpha: float, *, hint: str) -> Tensor:
    """Apply alpha · (exp(x) - 1) to negative values."""
    return builder.add_alike("ELU", tensor, hint=hint, alpha=alpha)


def clipped(builder: NetworkBuilder, tensor: Tensor, least: float, most: float, *, hint: str) -> Tensor:
    """Limit values to a range, which may be open at one end or both."""
    if least > most or np.isnan(least) or np.isnan(most):
        raise Refusal("unsupported-config", f"'{hint}' limits values to {least} to {most}")
    if np.isinf(least) and np.isinf(most):
        return tensor
    if np.isinf(least):
        # min(x, m) = m - relu(m - x)
        turned = scaled(builder, _kept(tensor), scale=np.asarray(-1.0), offset=np.asarray(most), hint=f"{hint}_turned")
        cut = builder.add_alike("ReLU", turned, hint=hint, is_nonnegative=True)
        return scaled(builder, cut, scale=np.asarray(-1.0), offset=np.asarray(most), hint=f"{hint}_back")
    shifted = scaled(builder, _kept(tensor), offset=np.asarray(-least), hint=f"{hint}_shifted")
    limit = {} if np.isinf(most) else {"max_value": most - least}
    cut = builder.add_alike("ReLU", shifted, hint=hint, is_nonnegative=True, **limit)
    back = scaled(builder, cut, offset=np.asarray(least), hint=f"{hint}_back")
    return replace(back, is_nonnegative=least >= 0)


def hard_sigmoid(builder: NetworkBuilder, tensor: Tensor, alpha: float, beta: float, *, hint: str) -> Tensor:
    """Apply alpha · x + beta, limited to 0 to 1."""
    if abs(alpha - 1 / 6) < 1e-6 and abs(beta - 0.5) < 1e-6:
        return activated(builder, tensor, "hard_sigmoid", hint=hint)
    line = scaled(builder, _kept(tensor), scale=np.asarray(alpha), offset=np.asarray(beta), hint=f"{hint}_line")
    return clipped(builder, line, 0.0, 1.0, hint=hint)


def softmax(builder: NetworkBuilder, tensor: Tensor, axis: int, *, is_log: bool, hint: str) -> Tensor:
    """Apply a softmax along an axis of the file's tensor, or its logarithm."""
    tensor = plain(builder, tensor)
    stored_axis = tensor.order[axis]
    if stored_axis == len(tensor.stored_shape) - 1:
        return activated(builder, tensor, "log_softmax" if is_log else "softmax", hint=hint)
    if is_log:
        raise Refusal("unsupported-config", f"'{hint}' applies a log-softmax along another axis than the last one")
    return builder.add_alike("Softmax", tensor, hint=hint, axis=stored_axis + 1)


def _kept(tensor: Tensor) -> Tensor:
    """Return a tensor whose layer is left as it is."""
    return replace(tensor, is_alone=False)
