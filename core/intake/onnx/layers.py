"""ONNX's convolutions, poolings, normalizations and matrix products.

Source: ONNX Operator Schemas (onnx.ai/onnx/operators).
"""

from dataclasses import replace

import numpy as np

from core.intake.conversion.arithmetic import dense, normalized
from core.intake.conversion.layout import image, plain, reordered, reshaped
from core.intake.conversion.tensor import Tensor
from core.intake.conversion.windows import (
    Pair,
    Window,
    as_kernel,
    convolve,
    global_pool,
    pool_average,
    pool_maximum,
    same_margins,
    scaled_up,
)
from core.intake.onnx.call import Call
from core.intake.onnx.graph_file import whole_numbers
from core.intake.refusal import Refusal


def convolution(call: Call) -> Tensor:
    """Convert Conv."""
    kernel = as_kernel(call.floats(1), (2, 3, 1, 0))
    bias = call.floats(2) if call.has(2) else None
    tensor = image(call.builder, call.tensor())
    size: Pair = (kernel.shape[0], kernel.shape[1])
    if call.pair("kernel_shape", 0) not in {(0, 0), size}:
        raise call.refusal(f"it has a kernel of another size than {size}")
    window = _window(call, tensor, size)
    groups = call.setting("group", 1)
    return convolve(call.builder, tensor, kernel, bias, window, groups=groups, hint=call.hint)


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
    """Convert ReduceMean over height and width."""
    return _reduced(call, "Average")


def reduce_max(call: Call) -> Tensor:
    """Convert ReduceMax over height and width."""
    return _reduced(call, "Max")


def batch_normalization(call: Call) -> Tensor:
    """Convert BatchNormalization."""
    if call.setting("training_mode", 0) or call.setting("spatial", 1) != 1:
        raise call.refusal("it normalizes as in training")
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    weights = {name: call.floats(index + 1) for index, name in enumerate(names)}
    epsilon = call.setting("epsilon", 1e-5)
    return normalized(call.builder, call.tensor(), 0, weights, epsilon=epsilon, hint=call.hint)


def layer_normalization(call: Call) -> Tensor:
    """Convert LayerNormalization along the last axis."""
    rank = len(call.tensor().shape)
    if call.axis(call.setting("axis", -1)) != rank - 1:
        raise call.refusal("it normalizes along several axes")
    tensor = plain(call.builder, call.tensor())
    weights = {"gamma": call.floats(1)}
    if call.has(2):
        weights["beta"] = call.floats(2)
    axis = tensor.order[-1]
    return call.builder.add(
        "LayerNormalization",
        tensor,
        tensor.stored_shape,
        hint=call.hint,
        weights=weights,
        axis=-1 if axis == rank - 1 else axis + 1,
        epsilon=call.setting("epsilon", 1e-5),
        center=call.has(2),
    )


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


def _window(call: Call, tensor: Tensor, size: Pair) -> Window:
    """Return the window of a convolution or a pooling with the padding that is written there."""
    strides, dilation = call.pair("strides", 1), call.pair("dilations", 1)
    window = Window(size, strides, dilation)
    kind = call.setting("auto_pad", "NOTSET")
    if kind in {"SAME_UPPER", "SAME_LOWER"}:
        lengths = (tensor.stored_shape[0], tensor.stored_shape[1])
        before, after = same_margins(lengths, window.reach, strides)
        before, after = (before, after) if kind == "SAME_UPPER" else (after, before)
    elif kind in {"NOTSET", "VALID", ""}:
        margins = whole_numbers(call.setting("pads", [0, 0, 0, 0])) if kind != "VALID" else (0, 0, 0, 0)
        if len(margins) != 4:
            raise call.refusal("its padding is not that of an image")
        before, after = (margins[0], margins[1]), (margins[2], margins[3])
    else:
        raise call.refusal(f"it pads by '{kind}'")
    return replace(window, before=before, after=after)


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
