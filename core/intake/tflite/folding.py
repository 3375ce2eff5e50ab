"""Constants that a TensorFlow Lite graph computes: shapes, and weights stored as floats of 16 bits."""

from collections.abc import Callable, Mapping

import numpy as np

from core.intake.conversion.tensor import Tensor
from core.intake.refusal import Refusal
from core.intake.tflite.call import Call, Spread
from core.intake.tflite.graph_file import Array

# Stands for the open number of images in shapes that a graph computes; no computed length equals it by chance.
BATCH = 7_368_787

_SHRINKS = 4  # option of STRIDED_SLICE: the axes that it leaves out


def folded(call: Call) -> Array | None:
    """Return what an operator gives if that does not depend on the images; None if it does.

    Raises:
        Refusal: `unsupported-network` or `unsupported-layer`.
    """
    if call.kind == "SHAPE" and isinstance(call.inputs[0], Tensor):
        return np.array([BATCH, *call.inputs[0].shape], np.int32)
    if any(isinstance(each, Tensor | Spread) for each in call.inputs) or not call.inputs:
        return None
    fold = _FOLDS.get(call.kind)
    if fold is None:
        raise Refusal("unsupported-layer", f"the operator {call.kind} '{call.hint}' computes with constants alone")
    return np.asarray(fold(call))


def _strided_slice(call: Call) -> Array:
    begin, end, step = (call.wholes(index) for index in (1, 2, 3))
    values = call.constant(0)
    if values.ndim != 1 or not len(begin) == len(end) == len(step) == 1 or values.size > 64:
        raise call.refusal("it takes a part of something other than a shape")
    if call.option(_SHRINKS):
        return values[begin[0]]
    first = None if call.option(0) & 1 else begin[0]
    last = None if call.option(1) & 1 else end[0]
    return values[slice(first, last, step[0])]


def _pack(call: Call) -> Array:
    parts = [call.constant(index) for index in range(len(call.inputs))]
    if len(parts) > 8 or any(part.size != 1 for part in parts):
        raise call.refusal("it makes something other than a shape")
    return np.array([part.reshape(-1)[0] for part in parts])


def _dequantized(call: Call) -> Array:
    values = call.constant(0)
    if values.dtype != np.float16:
        raise call.refusal("it reads whole numbers that stand for others")
    return values.astype(np.float32)


def _gather(call: Call) -> Array:
    values, indices = call.constant(0), call.wholes(1)
    if values.ndim != 1 or values.size > 64:
        raise call.refusal("it takes a part of something other than a shape")
    return values[list(indices)]


_FOLDS: Mapping[str, Callable[[Call], Array]] = {
    "STRIDED_SLICE": _strided_slice,
    "PACK": _pack,
    "DEQUANTIZE": _dequantized,
    "GATHER": _gather,
}
