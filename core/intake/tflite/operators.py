"""The operators of TensorFlow Lite that are converted.

Source: tensorflow/compiler/mlir/lite/schema/schema.fbs, and the reference kernels in tensorflow/lite/kernels/internal.
"""

from collections.abc import Callable, Mapping

import numpy as np

from core.intake.conversion.arithmetic import dense, flat, joined
from core.intake.conversion.layout import image, reshaped, transposed
from core.intake.conversion.margins import Pair, crop, pad
from core.intake.conversion.tensor import Tensor
from core.intake.conversion.windows import (
    Window,
    as_kernel,
    convolve,
    global_pool,
    pool_average,
    pool_maximum,
    same_margins,
    scaled_up,
)
from core.intake.tflite import functions
from core.intake.tflite.call import Call, Known, Spread
from core.intake.tflite.folding import BATCH
from core.intake.tflite.functions import with_activation

Convert = Callable[[Call], Known]
_SAME = 0
_FAR = float("inf")


def spread(call: Call) -> Spread:
    """Convert SPACE_TO_BATCH_ND, if a convolution follows."""
    block, pads = call.wholes(1), call.wholes(2)
    if len(block) != 2 or len(pads) != 4:
        raise call.refusal("it cuts up something other than an image")
    tensor = image(call.builder, call.tensor())
    return Spread(tensor, (block[0], block[1]), (pads[0], pads[2]), (pads[1], pads[3]))


def gathered(call: Call) -> Tensor:
    """Convert BATCH_TO_SPACE_ND behind a convolution with gaps."""
    found, block, crops = call.inputs[0], call.wholes(1), call.wholes(2)
    if not isinstance(found, Spread) or found.before is not None or block != found.block or len(crops) != 4:
        raise call.refusal("it puts together images that no convolution made")
    return crop(call.builder, found.tensor, (crops[0], crops[2]), (crops[1], crops[3]), hint=f"{call.hint}_crop")


def convolution(call: Call) -> Known:
    """Convert CONV_2D."""
    tensor = image(call.builder, _image_of(call))
    kernel = as_kernel(call.floats(1), (1, 2, 3, 0))
    groups = tensor.stored_shape[2] // kernel.shape[2]
    return _convolved(call, tensor, kernel, groups, activation=3, dilation=4)


def depthwise_convolution(call: Call) -> Known:
    """Convert DEPTHWISE_CONV_2D."""
    tensor = image(call.builder, _image_of(call))
    kernel = as_kernel(call.floats(1), (1, 2, 0, 3))
    return _convolved(call, tensor, kernel, tensor.stored_shape[2], activation=4, dilation=5)


def fully_connected(call: Call) -> Tensor:
    """Convert FULLY_CONNECTED."""
    kernel = call.floats(1)
    if call.option(1, "<b"):
        raise call.refusal("its weights are stored in a shuffled order")
    tensor = call.tensor()
    if tensor.size == kernel.shape[1]:
        tensor = flat(tensor)
    elif not call.option(2, "<b"):
        raise call.refusal(f"it multiplies {tensor.shape} by a matrix {kernel.shape}")
    bias = call.floats(2) if call.has(2) else None
    made = dense(call.builder, tensor, np.ascontiguousarray(kernel.T), bias, hint=call.hint)
    return with_activation(call, made, 0)


def max_pool(call: Call) -> Tensor:
    """Convert MAX_POOL_2D."""
    tensor = image(call.builder, call.tensor())
    return with_activation(call, pool_maximum(call.builder, tensor, _pool_window(call, tensor), hint=call.hint), 5)


def average_pool(call: Call) -> Tensor:
    """Convert AVERAGE_POOL_2D."""
    tensor = image(call.builder, call.tensor())
    window = _pool_window(call, tensor)
    return with_activation(call, pool_average(call.builder, tensor, window, counts_padding=False, hint=call.hint), 5)


def mean(call: Call) -> Tensor:
    """Convert MEAN over height and width."""
    return _reduced(call, "Average")


def maximum_of_image(call: Call) -> Tensor:
    """Convert REDUCE_MAX over height and width."""
    return _reduced(call, "Max")


def reshape(call: Call) -> Tensor:
    """Convert RESHAPE, which must leave the batch axis first."""
    tensor = call.tensor()
    options = call.operator.options
    wanted = call.wholes(1) if call.has(1) else tuple(int(one) for one in options.integers(0)) if options else ()
    if not wanted or any(length < -1 for length in wanted):
        raise call.refusal("it has no shape that can be read")
    batch, rest = wanted[0], list(wanted[1:])
    if -1 in rest:
        known = int(np.prod([length for length in rest if length != -1], dtype=object))
        if batch not in (1, BATCH) or rest.count(-1) > 1 or known < 1 or tensor.size % known:
            raise call.refusal("it leaves several axes open")
        rest[rest.index(-1)] = tensor.size // known
    return reshaped(tensor, tuple(rest))


def squeeze(call: Call) -> Tensor:
    """Convert SQUEEZE."""
    tensor = call.tensor()
    options = call.operator.options
    axes = {call.axis(int(axis)) for axis in options.integers(0)} if options else set()
    if not axes or any(tensor.shape[axis] != 1 for axis in axes):
        raise call.refusal("it does not say which axes of length 1 it removes")
    return reshaped(tensor, tuple(length for axis, length in enumerate(tensor.shape) if axis not in axes))


def transpose(call: Call) -> Tensor:
    """Convert TRANSPOSE, which must leave the batch axis first."""
    tensor = call.tensor()
    axes = call.wholes(1)
    if sorted(axes) != list(range(len(tensor.shape) + 1)) or axes[0] != 0:
        raise call.refusal("it moves the batch axis")
    return transposed(call.builder, tensor, tuple(axis - 1 for axis in axes[1:]))


def concatenation(call: Call) -> Tensor:
    """Convert CONCATENATION."""
    tensors = [call.tensor(index) for index in range(len(call.inputs))]
    return with_activation(call, joined(call.builder, tensors, call.axis(call.option(0)), hint=call.hint), 1)


def padding(call: Call) -> Tensor:
    """Convert PAD by zeros around height and width."""
    if call.has(2) and call.constant(2).any():
        raise call.refusal("it pads with something other than zeros")
    tensor = image(call.builder, call.tensor())
    pads = np.asarray(call.wholes(1)).reshape(-1, 2)
    if pads.shape != (4, 2) or pads[[0, 3]].any() or (pads < 0).any():
        raise call.refusal("it pads something other than height and width")
    (top, bottom), (left, right) = pads[1:3].tolist()
    return pad(call.builder, tensor, (top, left), (bottom, right), hint=call.hint)


def sliced(call: Call) -> Tensor:
    """Convert STRIDED_SLICE of height and width, without steps."""
    tensor = image(call.builder, call.tensor())
    starts, ends, steps = (call.wholes(index) for index in (1, 2, 3))
    if (
        not len(starts) == len(ends) == len(steps) == 4
        or set(steps) != {1}
        or any(call.option(one) for one in (2, 3, 4))
    ):
        raise call.refusal("it takes something other than a part of an image")
    is_open = [call.option(0), call.option(1)]
    before, after = [], []
    for axis, length in enumerate(tensor.stored_shape, start=1):
        first = None if is_open[0] >> axis & 1 else starts[axis]
        last = None if is_open[1] >> axis & 1 else ends[axis]
        start, end, _ = slice(first, last).indices(length)
        before.append(start)
        after.append(length - end)
    if before[2] or after[2] or not is_open[1] & 1 or (starts[0] and not is_open[0] & 1):
        raise call.refusal("it takes some of the channels or of the batch, which no allowed Keras layer does")
    return crop(call.builder, tensor, (before[0], before[1]), (after[0], after[1]), hint=call.hint)


def resize(interpolation: str, first_option: int) -> Convert:
    """Return the conversion of a resizing with half-pixel centres."""

    def convert(call: Call) -> Tensor:
        if call.option(first_option, "<b") or not call.option(first_option + 1, "<b"):
            raise call.refusal("it resizes without half-pixel centres, which Keras does not offer")
        lengths = call.wholes(1)
        if len(lengths) != 2:
            raise call.refusal("it resizes something other than an image")
        return scaled_up(
            call.builder, call.tensor(), (lengths[0], lengths[1]), interpolation=interpolation, hint=call.hint
        )

    return convert


def _convolved(call: Call, tensor: Tensor, kernel: np.ndarray, groups: int, *, activation: int, dilation: int) -> Known:
    strides = (call.option(2), call.option(1))
    dilations = (call.option(dilation + 1, default=1), call.option(dilation, default=1))
    window = _window(call, tensor, (kernel.shape[0], kernel.shape[1]), strides, dilations)
    cut = call.inputs[0]
    if isinstance(cut, Spread):
        if cut.before is None or cut.after is None or window != Window(window.size):
            raise call.refusal("it reads an image that is cut up twice")
        window = Window(window.size, (1, 1), cut.block, cut.before, cut.after)
    bias = call.floats(2) if call.has(2) else None
    if bias is not None and bias.shape != kernel.shape[3:]:
        raise call.refusal("its bias has another number of channels")
    made = convolve(call.builder, tensor, kernel, bias, window, groups=groups, hint=call.hint)
    made = with_activation(call, made, activation)
    return Spread(made, cut.block, None, None) if isinstance(cut, Spread) else made


def _image_of(call: Call) -> Tensor:
    """Return the image that a convolution reads, also where it is cut up."""
    return cut.tensor if isinstance(cut := call.inputs[0], Spread) else call.tensor()


def _pool_window(call: Call, tensor: Tensor) -> Window:
    return _window(call, tensor, (call.option(4), call.option(3)), (call.option(2), call.option(1)), (1, 1))


def _window(call: Call, tensor: Tensor, size: Pair, strides: Pair, dilation: Pair) -> Window:
    window = Window(size, strides, dilation)
    if call.option(0, "<b") != _SAME:
        return window
    before, after = same_margins((tensor.stored_shape[0], tensor.stored_shape[1]), window.reach, strides)
    return Window(size, strides, dilation, before, after)


def _reduced(call: Call, kind: str) -> Tensor:
    tensor = call.tensor()
    places = sorted({call.axis(axis) for axis in call.wholes(1)})
    if len(tensor.shape) != 3 or places != [0, 1]:
        raise call.refusal("it reduces something other than the height and width of an image")
    pooled = global_pool(call.builder, tensor, kind=kind, hint=call.hint)
    return reshaped(pooled, (1, 1, *pooled.shape)) if call.option(0, "<b") else pooled


OPERATORS: Mapping[str, Convert] = {
    "ADD": functions.add,
    "AVERAGE_POOL_2D": average_pool,
    "CONCATENATION": concatenation,
    "CONV_2D": convolution,
    "DEPTHWISE_CONV_2D": depthwise_convolution,
    "FULLY_CONNECTED": fully_connected,
    "LOGISTIC": functions.plain_activation("sigmoid"),
    "MAX_POOL_2D": max_pool,
    "MUL": functions.multiply,
    "SPACE_TO_BATCH_ND": spread,
    "BATCH_TO_SPACE_ND": gathered,
    "RELU": functions.clip(0.0, _FAR),
    "RELU_N1_TO_1": functions.clip(-1.0, 1.0),
    "RELU6": functions.clip(0.0, 6.0),
    "RESHAPE": reshape,
    "RESIZE_BILINEAR": resize("bilinear", 2),
    "SOFTMAX": functions.softmax,
    "TANH": functions.plain_activation("tanh"),
    "PAD": padding,
    "TRANSPOSE": transpose,
    "MEAN": mean,
    "SUB": functions.subtract,
    "DIV": functions.divide,
    "SQUEEZE": squeeze,
    "EXP": functions.plain_activation("exponential"),
    "LOG_SOFTMAX": functions.log_softmax,
    "PRELU": functions.p_relu,
    "MAXIMUM": functions.limit("Maximum"),
    "MINIMUM": functions.limit("Minimum"),
    "PADV2": padding,
    "REDUCE_MAX": maximum_of_image,
    "STRIDED_SLICE": sliced,
    "RESIZE_NEAREST_NEIGHBOR": resize("nearest", 0),
    "LEAKY_RELU": functions.leaky_relu,
    "ELU": functions.elu,
    "HARD_SWISH": functions.plain_activation("hard_swish"),
    "GELU": functions.gelu,
    "RELU_0_TO_1": functions.clip(0.0, 1.0),
}
