"""Constants that an ONNX graph computes from constants: shapes, above all."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from core.intake.conversion.tensor import Tensor
from core.intake.onnx.call import BATCH, Call
from core.intake.onnx.graph_file import whole_numbers
from core.intake.onnx.tensors import Array
from core.intake.refusal import Refusal

_MOST_VALUES = 2**22
_DTYPES = {1: np.float32, 6: np.int32, 7: np.int64, 9: np.bool_, 10: np.float16, 11: np.float64}
_FAR = 2**62


def folded(call: Call) -> Array | None:
    """Return what an operator gives if that does not depend on the images; None if it does.

    Raises:
        Refusal: `unsupported-config` or `unsupported-layer`.
    """
    if call.node.kind == "Shape" and isinstance(call.inputs[0], Tensor):
        shape = np.array([BATCH, *call.inputs[0].shape], np.int64)
        return shape[call.setting("start", 0) : call.setting("end", len(shape))]
    arrays = [each for each in call.inputs if each is not None and not isinstance(each, Tensor)]
    if any(isinstance(each, Tensor) for each in call.inputs):
        return None
    fold = _FOLDS.get(call.node.kind)
    if fold is None:
        raise Refusal(
            "unsupported-layer", f"the operator {call.node.kind} '{call.node.title}' computes with constants alone"
        )
    if sum(each.size for each in arrays) > _MOST_VALUES and call.node.kind not in _MOVING:
        raise call.refusal("it computes with too many constants")
    try:
        with np.errstate(all="ignore"):
            found = np.asarray(fold(call))
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, ZeroDivisionError) as error:
        raise call.refusal("its constants do not fit together") from error
    return found


def _constant(call: Call) -> Array:
    for name, dtype in (
        ("value", None),
        ("value_float", np.float32),
        ("value_floats", np.float32),
        ("value_int", np.int64),
        ("value_ints", np.int64),
    ):
        if name in call.node.settings:
            return np.asarray(call.node.settings[name], dtype)
    raise call.refusal("it is a constant of another kind than numbers")


def _constant_of_shape(call: Call) -> Array:
    shape = call.wholes(0)
    if np.prod([max(0, length) for length in shape], dtype=object) > _MOST_VALUES:
        raise call.refusal("it makes too many constants")
    return np.full(shape, np.asarray(call.node.settings.get("value", np.zeros(1, np.float32))).reshape(-1)[0])


def _expand(call: Call) -> Array:
    shape = np.broadcast_shapes(call.constant(0).shape, call.wholes(1))
    if np.prod(shape, dtype=object) > _MOST_VALUES:
        raise call.refusal("it makes too many constants")
    return np.broadcast_to(call.constant(0), shape)


def _gather(call: Call) -> Array:
    if call.constant(1).size > 64:
        raise call.refusal("it makes too many constants")
    return np.take(call.constant(0), call.constant(1), axis=call.setting("axis", 0))


def _slice(call: Call) -> Array:
    values = call.constant(0)
    steps: tuple[int, ...] | None = None
    if call.opset < 10:
        starts, ends = (whole_numbers(call.node.settings[name]) for name in ("starts", "ends"))
        axes = whole_numbers(call.node.settings["axes"]) if "axes" in call.node.settings else None
    else:
        starts, ends = call.wholes(1), call.wholes(2)
        axes = call.wholes(3) if call.has(3) else None
        steps = call.wholes(4) if call.has(4) else None
    chosen: list[Any] = [slice(None)] * values.ndim
    for index, axis in enumerate(range(len(starts)) if axes is None else axes):
        end = None if ends[index] >= _FAR else ends[index]
        chosen[axis] = slice(starts[index], end, steps[index] if steps else 1)
    return values[tuple(chosen)]


def _unsqueeze(call: Call) -> Array:
    values = call.constant(0)
    axes = call.axes(1) or ()
    rank = values.ndim + len(axes)
    for axis in sorted(axis % rank for axis in axes):
        values = np.expand_dims(values, axis)
    return values


def _squeeze(call: Call) -> Array:
    return np.squeeze(call.constant(0), call.axes(1))


def _reshape(call: Call) -> Array:
    values = call.constant(0)
    shape = [values.shape[index] if length == 0 else length for index, length in enumerate(call.wholes(1))]
    return values.reshape(shape)


def _cast(call: Call) -> Array:
    dtype = _DTYPES.get(call.setting("to", 0))
    if dtype is None:
        raise call.refusal("it converts to a type that is not read")
    return call.constant(0).astype(dtype)


def _divided(values: Array, other: Array) -> Array:
    return values // other if values.dtype.kind in "iu" else values / other


def _reduced(reduce: Callable[..., Array]) -> Callable[[Call], Array]:
    def fold(call: Call) -> Array:
        return reduce(call.constant(0), axis=call.axes(1), keepdims=bool(call.setting("keepdims", 1)))

    return fold


def _of_values(function: Callable[..., Array]) -> Callable[[Call], Array]:
    def fold(call: Call) -> Array:
        arrays: Sequence[Array] = [call.constant(index) for index in range(len(call.inputs))]
        if np.prod(np.broadcast_shapes(*(each.shape for each in arrays)), dtype=object) > _MOST_VALUES:
            raise call.refusal("it makes too many constants")
        return function(*arrays)

    return fold


_FOLDS: dict[str, Callable[[Call], Array]] = {
    "Constant": _constant,
    "ConstantOfShape": _constant_of_shape,
    "Expand": _expand,
    "Identity": lambda call: call.constant(0),
    "Shape": lambda call: np.array(call.constant(0).shape, np.int64),
    "Gather": _gather,
    "Slice": _slice,
    "Unsqueeze": _unsqueeze,
    "Squeeze": _squeeze,
    "Reshape": _reshape,
    "Transpose": lambda call: call.constant(0).transpose(call.setting("perm", None)),
    "Concat": lambda call: np.concatenate(
        [call.constant(index) for index in range(len(call.inputs))], axis=call.setting("axis", 0)
    ),
    "Cast": _cast,
    "Floor": _of_values(np.floor),
    "Ceil": _of_values(np.ceil),
    "Sqrt": _of_values(np.sqrt),
    "Neg": _of_values(np.negative),
    "Reciprocal": _of_values(np.reciprocal),
    "Abs": _of_values(np.abs),
    "Add": _of_values(np.add),
    "Sub": _of_values(np.subtract),
    "Mul": _of_values(np.multiply),
    "Div": _of_values(_divided),
    "Pow": _of_values(np.power),
    "Equal": _of_values(np.equal),
    "Greater": _of_values(np.greater),
    "Less": _of_values(np.less),
    "And": _of_values(np.logical_and),
    "Or": _of_values(np.logical_or),
    "Not": _of_values(np.logical_not),
    "Where": _of_values(np.where),
    "Max": _of_values(lambda *values: functools.reduce(np.maximum, values)),
    "Min": _of_values(lambda *values: functools.reduce(np.minimum, values)),
    "ReduceProd": _reduced(np.prod),
    "ReduceSum": _reduced(np.sum),
}
# These move values, and make no more of them.
_MOVING = {"Constant", "Identity", "Reshape", "Transpose", "Concat", "Squeeze", "Unsqueeze", "Cast"}
