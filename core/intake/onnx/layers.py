"""ONNX's convolutions, poolings, resizings and matrix products.

Source: ONNX Operator Schemas (onnx.ai/onnx/operators).
"""

from dataclasses import replace
from typing import Any

import numpy as np

from core.intake.conversion.arithmetic import dense, scaled
from core.intake.conversion.layout import image, plain, reordered, reshaped
from core.intake.conversion.margins import Pair
from core.intake.conversion.tensor import Tensor
from core.intake.conversion.windows import (
    FloatArray,
    Window,
    as_kernel,
    convolve,
    convolve_transposed,
    global_pool,
    pool_average,
    pool_maximum,
    same_margins,
    scaled_up,
    subsampled,
)
from core.intake.onnx.call import Call
from core.intake.onnx.graph_file import whole_numbers
from core.intake.refusal import Refusal


def convolution(call: Call) -> Tensor:
    """Convert Conv of an image, or of a line, which is read as an image of height 1."""
    values, tensor = call.floats(1), call.tensor()
    is_line = values.ndim == 3 and len(tensor.shape) == 2
    kernel = as_kernel(values[:, :, None] if is_line else values, (2, 3, 1, 0))
    bias = call.floats(2) if call.has(2) else None
    if is_line:
        made = _convolved(call, reshaped(tensor, (tensor.shape[0], 1, tensor.shape[1])), kernel, bias)
        return reshaped(made, (made.shape[0], made.shape[2]))
    return _convolved(call, tensor, kernel, bias)


def _convolved(call: Call, tensor: Tensor, kernel: FloatArray, bias: FloatArray | None) -> Tensor:
    tensor = image(call.builder, tensor)
    size: Pair = (kernel.shape[0], kernel.shape[1])
    if _pair(call, "kernel_shape", 0) not in {(0, 0), size}:
        raise call.refusal(f"it has a kernel of another size than {size}")
    window = _window(call, tensor, size)
    groups = call.setting("group", 1)
    return convolve(call.builder, tensor, kernel, bias, window, groups=groups, hint=call.hint)


def transposed_convolution(call: Call) -> Tensor:
    """Convert ConvTranspose without groups and dilation."""
    kernel = as_kernel(call.floats(1), (2, 3, 1, 0))
    bias = call.floats(2) if call.has(2) else None
    tensor = image(call.builder, call.tensor())
    size: Pair = (kernel.shape[0], kernel.shape[1])
    if call.setting("group", 1) != 1 or call.pair("dilations", 1) != (1, 1):
        raise call.refusal("it has groups or dilation, which Keras' transposed convolution does not offer")
    margins = whole_numbers(call.setting("pads", [0, 0, 0, 0]))
    is_plain = call.setting("auto_pad", "NOTSET") in {"NOTSET", "VALID"} and "output_shape" not in call.node.settings
    if not is_plain or len(margins) != 4 or min(margins) < 0:
        raise call.refusal("it says its padding in a way that is not supported")
    strides, more = call.pair("strides", 1), call.pair("output_padding", 0)
    return convolve_transposed(
        call.builder,
        tensor,
        kernel,
        bias,
        Window(size, strides, before=(margins[0], margins[1]), after=(margins[2], margins[3])),
        more=more,
        hint=call.hint,
    )


def max_pool(call: Call) -> Tensor:
    """Convert MaxPool."""
    if len([name for name in call.node.outputs if name]) > 1:
        raise call.refusal("it gives places as well as values")
    tensor = image(call.builder, call.tensor())
    window = _pool_window(call, tensor)
    return pool_maximum(call.builder, tensor, window, hint=call.hint)


def average_pool(call: Call) -> Tensor:
    """Convert AveragePool."""
    tensor = image(call.builder, call.tensor())
    window = _pool_window(call, tensor)
    counts_padding = bool(call.setting("count_include_pad", 0))
    if counts_padding and window != _window(call, tensor, window.size):
        raise call.refusal("it rounds up the size of its output and counts the padding")
    return pool_average(call.builder, tensor, window, counts_padding=counts_padding, hint=call.hint)


def global_average_pool(call: Call) -> Tensor:
    """Convert GlobalAveragePool."""
    return _global(call, "Average")


def global_max_pool(call: Call) -> Tensor:
    """Convert GlobalMaxPool."""
    return _global(call, "Max")


def reduce_mean(call: Call) -> Tensor:
    """Convert ReduceMean over height and width, or over channels."""
    return _reduced(call, "Average")


def reduce_max(call: Call) -> Tensor:
    """Convert ReduceMax over height and width, or over channels."""
    return _reduced(call, "Max")


def reduce_sum(call: Call) -> Tensor:
    """Convert ReduceSum over height and width, or over channels: as many times the mean."""
    count = call.tensor().size
    made = _reduced(call, "Average")
    factor = np.asarray(float(count // made.size))
    return scaled(call.builder, replace(made, is_alone=False), scale=factor, hint=f"{call.hint}_sum")


def gemm(call: Call) -> Tensor:
    """Convert Gemm: a dense layer."""
    if call.setting("transA", 0):
        raise call.refusal("it transposes what it reads")
    kernel = call.floats(1)
    if kernel.ndim != 2 or (
        call.has(2) and call.floats(2).size not in (1, kernel.shape[1 - call.setting("transB", 0)])
    ):
        raise Refusal(
            "wrong-weight-shape", f"'{call.node.title}' has a matrix of shape {kernel.shape} and another bias"
        )
    kernel = (kernel.T if call.setting("transB", 0) else kernel) * np.float32(call.setting("alpha", 1.0))
    bias = None
    if call.has(2):
        bias = call.floats(2) * np.float32(call.setting("beta", 1.0))
        bias = np.broadcast_to(bias.reshape(-1), kernel.shape[1:]).copy()
    tensor = call.tensor()
    if len(tensor.shape) != 1:
        raise call.refusal(f"it reads {tensor.shape}")
    return dense(call.builder, tensor, kernel, bias, hint=call.hint)


def matrix_product(call: Call) -> Tensor:
    """Convert MatMul by a constant: a dense layer without a bias."""
    return dense(call.builder, call.tensor(), call.floats(1), None, hint=call.hint)


def resize(call: Call) -> Tensor:
    """Convert Resize and Upsample: nearest by whole factors, or linear with half-pixel centres."""
    tensor = image(call.builder, call.tensor())
    height, width, channels = tensor.stored_shape
    lengths = (channels, height, width)
    sizes, scales = (3, 2) if call.node.kind == "Resize" and call.opset >= 11 else (len(call.inputs), 1)
    if call.has(sizes) and call.constant(sizes).size:
        target = call.wholes(sizes)[-3:]
    else:
        factors = call.constant(scales) if call.has(scales) else np.asarray(call.node.settings.get("scales", []))
        if factors.size != 4 or not np.isfinite(factors).all() or (factors > 64).any() or factors.reshape(-1)[0] != 1:
            raise call.refusal("it resizes something other than an image")
        target = tuple(int(length * factor) for length, factor in zip(lengths, factors.reshape(-1)[1:], strict=True))
    if len(target) != 3 or target[0] != channels:
        raise call.refusal("it resizes the channels")
    mode, places = call.setting("mode", "nearest"), call.setting("coordinate_transformation_mode", "half_pixel")
    places = places if call.node.kind == "Resize" and call.opset >= 11 else "asymmetric"
    is_half = places in {"half_pixel", "pytorch_half_pixel"} and min(target[1:]) > 1
    is_floor = places == "asymmetric" and call.setting("nearest_mode", "round_prefer_floor") == "floor"
    is_rounded = call.setting("nearest_mode", "round_prefer_floor").startswith("round")
    if mode == "nearest" and ((is_half and is_rounded) or is_floor or call.opset < 11):
        interpolation = "nearest"
    elif mode == "linear" and is_half and not call.setting("antialias", 0):
        interpolation = "bilinear"
    else:
        raise call.refusal(f"it resizes by '{mode}' with '{places}', which Keras does not offer")
    steps = (height // max(1, target[1]), width // max(1, target[2]))
    if is_floor and mode == "nearest" and (steps[0] * target[1], steps[1] * target[2]) == (height, width):
        return subsampled(call.builder, tensor, steps, hint=call.hint)
    return scaled_up(call.builder, tensor, (target[1], target[2]), interpolation=interpolation, hint=call.hint)


def p_relu(call: Call) -> Tensor:
    """Convert PRelu with a slope a channel."""
    tensor = image(call.builder, call.tensor())
    slopes = call.floats(1).reshape(-1)
    if slopes.size not in (1, tensor.stored_shape[2]):
        raise call.refusal("it has slopes for something other than channels")
    alpha = np.broadcast_to(slopes, (1, 1, tensor.stored_shape[2]))
    return call.builder.add(
        "PReLU", tensor, tensor.stored_shape, hint=call.hint, weights={"alpha": alpha}, shared_axes=[1, 2]
    )


def _global(call: Call, kind: str) -> Tensor:
    pooled = global_pool(call.builder, call.tensor(), kind=kind, hint=call.hint)
    return reshaped(pooled, (*pooled.shape, 1, 1))


def _reduced(call: Call, kind: str) -> Tensor:
    tensor = call.tensor()
    rank = len(tensor.shape)
    axes = call.axes(1)
    if axes is None or rank != 3:
        raise call.refusal("it reduces something other than the height and width of an image")
    places = sorted(call.axis(axis) for axis in axes)
    is_kept = bool(call.setting("keepdims", 1))
    left = [axis for axis in range(3) if axis not in places]
    if len(places) == 1 and plain(call.builder, tensor).order[places[0]] == 2:
        return _channels_reduced(call, plain(call.builder, tensor), kind, is_kept=is_kept)
    if len(places) != 2:
        raise call.refusal("it reduces something other than the height and width of an image")
    # What is left over is the channels, wherever the file has them.
    tensor = plain(call.builder, tensor)
    order = [0, 0, 0]
    order[left[0]], order[places[0]], order[places[1]] = 2, 0, 1
    if tensor.order[left[0]] != 2:
        tensor = reordered(call.builder, tensor, tuple(order))
    pooled = call.builder.add(
        f"Global{kind}Pooling2D",
        tensor,
        (tensor.stored_shape[2],),
        hint=call.hint,
        order=(0,),
        is_nonnegative=tensor.is_nonnegative,
    )
    kept = tuple(length if axis == left[0] else 1 for axis, length in enumerate(tensor.shape))
    return reshaped(pooled, kept) if is_kept else pooled


def _channels_reduced(call: Call, tensor: Tensor, kind: str, *, is_kept: bool) -> Tensor:
    """Reduce the channels of each pixel, by layers without weights."""
    builder = call.builder
    options: dict[str, Any] = {"is_nonnegative": tensor.is_nonnegative}
    place, order = tensor.order.index(2), tensor.order
    height, width, channels = tensor.stored_shape
    turned = builder.add("Permute", tensor, (channels, height, width), dims=[3, 1, 2], order=(0, 1, 2), **options)
    lines = (channels, height * width)
    table = builder.add("Reshape", turned, lines, target_shape=list(lines), order=(0, 1), **options)
    pooled = builder.add(f"Global{kind}Pooling1D", table, lines[1:], hint=call.hint, order=(0,), **options)
    stored = (height, width, 1)
    made = builder.add("Reshape", pooled, stored, target_shape=list(stored), order=order, **options)
    if is_kept:
        return made
    return reshaped(made, tuple(length for axis, length in enumerate(made.shape) if axis != place))


def _window(call: Call, tensor: Tensor, size: Pair) -> Window:
    """Return the window of a convolution or a pooling with the padding that is written there."""
    strides, dilation = _pair(call, "strides", 1), _pair(call, "dilations", 1)
    window = Window(size, strides, dilation)
    kind = call.setting("auto_pad", "NOTSET")
    if kind in {"SAME_UPPER", "SAME_LOWER"}:
        lengths = (tensor.stored_shape[0], tensor.stored_shape[1])
        before, after = same_margins(lengths, window.reach, strides)
        before, after = (before, after) if kind == "SAME_UPPER" else (after, before)
    elif kind in {"NOTSET", "VALID", ""}:
        margins = whole_numbers(call.setting("pads", [0, 0, 0, 0])) if kind != "VALID" else (0, 0, 0, 0)
        if len(margins) == 2:
            margins = (0, margins[0], 0, margins[1])
        if len(margins) != 4:
            raise call.refusal("its padding is not that of an image")
        before, after = (margins[0], margins[1]), (margins[2], margins[3])
    else:
        raise call.refusal(f"it pads by '{kind}'")
    return replace(window, before=before, after=after)


def _pair(call: Call, name: str, default: int) -> Pair:
    """Return an attribute of two numbers; of the one for a line, with the other one for its height of 1."""
    found = whole_numbers(call.setting(name, [default, default]))
    return (1, found[0]) if len(found) == 1 else call.pair(name, default)


def _pool_window(call: Call, tensor: Tensor) -> Window:
    """Return the window of a pooling; where it rounds up, with as much padding as that takes."""
    window = _window(call, tensor, call.pair("kernel_shape", 0))
    if window.dilation != (1, 1):
        raise call.refusal("it leaves out values between those it reads")
    if not call.setting("ceil_mode", 0):
        return window
    after = []
    for axis in range(2):
        length, size, stride = tensor.stored_shape[axis], window.size[axis], window.strides[axis]
        whole = length + window.before[axis] + window.after[axis]
        steps = -(-(whole - size) // stride)
        if steps * stride >= length + window.before[axis]:
            steps -= 1  # a window that starts behind the image is left out
        after.append(max(window.after[axis], steps * stride + size - length - window.before[axis]))
    return replace(window, after=(after[0], after[1]))
