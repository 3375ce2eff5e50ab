"""Windows that slide over images: convolutions and poolings with any margins, as Keras layers."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from core.intake.conversion.builder import NetworkBuilder
from core.intake.conversion.layout import image
from core.intake.conversion.margins import Pair, crop, pad
from core.intake.conversion.tensor import Shape, Tensor
from core.intake.refusal import Refusal

FloatArray = npt.NDArray[Any]

_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Window:
    """A window over height and width.

    Attributes:
        size: its height and width.
        strides: how far it moves.
        dilation: distance of the values that it reads.
        before, after: rows and columns of padding before and after the image.
    """

    size: Pair
    strides: Pair = (1, 1)
    dilation: Pair = (1, 1)
    before: Pair = (0, 0)
    after: Pair = (0, 0)

    def __post_init__(self) -> None:
        for values, least in ((self.size, 1), (self.strides, 1), (self.dilation, 1), (self.before, 0), (self.after, 0)):
            if len(values) != 2 or any(not least <= value <= _LONGEST for value in values):
                raise Refusal("unsupported-config", f"it has a window of {values}")

    @property
    def reach(self) -> Pair:
        """Height and width of what the window covers, gaps included."""
        return (1 + (self.size[0] - 1) * self.dilation[0], 1 + (self.size[1] - 1) * self.dilation[1])

    def output_lengths(self, lengths: Pair) -> Pair:
        """Return height and width of the output for an image of some height and width."""
        found = [
            (length + self.before[axis] + self.after[axis] - self.reach[axis]) // self.strides[axis] + 1
            for axis, length in enumerate(lengths)
        ]
        if min(found) < 1:
            raise Refusal("unsupported-network", f"a window of {self.reach} does not fit into an image of {lengths}")
        return found[0], found[1]

    def is_same(self, lengths: Pair) -> bool:
        """Whether Keras pads in the same way where it is told "same"."""
        return (self.before, self.after) == same_margins(lengths, self.reach, self.strides)

    @property
    def has_margins(self) -> bool:
        """Whether the image is padded at all."""
        return any((*self.before, *self.after))


def same_margins(lengths: Pair, reach: Pair, strides: Pair) -> tuple[Pair, Pair]:
    """Return the padding before and after that gives ceil(length / stride) outputs, the odd one after the image."""
    totals = [
        max((-(-length // stride) - 1) * stride + size - length, 0)
        for length, size, stride in zip(lengths, reach, strides, strict=True)
    ]
    return (totals[0] // 2, totals[1] // 2), (totals[0] - totals[0] // 2, totals[1] - totals[1] // 2)


def convolve(
    builder: NetworkBuilder,
    tensor: Tensor,
    kernel: FloatArray,
    bias: FloatArray | None,
    window: Window,
    *,
    groups: int,
    hint: str,
) -> Tensor:
    """Add a convolution.

    Args:
        builder: the network.
        tensor: the image.
        kernel: shape (height, width, channels of a group, filters).
        bias: shape (filters,), or None.
        window: size, strides, dilation and padding.
        groups: the number of groups that channels and filters are divided into.
        hint: what to name the layer after.
    """
    tensor = image(builder, tensor)
    channels, filters = tensor.stored_shape[2], kernel.shape[3]
    if groups < 1 or kernel.shape[2] * groups != channels or filters % groups:
        raise Refusal(
            "wrong-weight-shape",
            f"a convolution of {groups} groups with a kernel {kernel.shape} reads {channels} channels",
        )
    is_both = window.dilation != (1, 1) and window.strides != (1, 1)
    tensor, padding = _padded(builder, tensor, replace(window, strides=(1, 1)) if is_both else window, hint)
    height, width = window.output_lengths(_lengths(tensor, window, padding))
    config: dict[str, Any] = {
        "kernel_size": list(window.size),
        "strides": list(window.strides),
        "dilation_rate": list(window.dilation),
        "padding": padding,
        "use_bias": bias is not None,
    }
    weights = {} if bias is None else {"bias": bias}
    is_depthwise = groups == channels > 1 and kernel.shape[2] == 1 and window.strides[0] == window.strides[1]
    if is_depthwise and (window.dilation == (1, 1) or window.strides == (1, 1)):
        multiplier = filters // channels
        weights["depthwise_kernel"] = kernel.reshape(*kernel.shape[:2], channels, multiplier)
        return builder.add(
            "DepthwiseConv2D",
            tensor,
            (height, width, filters),
            hint=hint,
            weights=weights,
            depth_multiplier=multiplier,
            **config,
        )
    weights["kernel"] = kernel
    if is_both:
        # Keras does not offer both: the convolution at every place, of which each n-th is kept.
        lengths = replace(window, strides=(1, 1)).output_lengths(_lengths(tensor, window, padding))
        config["strides"] = [1, 1]
        everywhere = builder.add(
            "Conv2D", tensor, (*lengths, filters), hint=hint, weights=weights, filters=filters, groups=groups, **config
        )
        return subsampled(builder, everywhere, window.strides, hint=f"{hint}_places")
    return builder.add(
        "Conv2D", tensor, (height, width, filters), hint=hint, weights=weights, filters=filters, groups=groups, **config
    )


def convolve_transposed(
    builder: NetworkBuilder,
    tensor: Tensor,
    kernel: FloatArray,
    bias: FloatArray | None,
    window: Window,
    *,
    more: Pair,
    hint: str,
) -> Tensor:
    """Add a transposed convolution.

    Args:
        builder: the network.
        tensor: the image.
        kernel: shape (height, width, filters, channels).
        bias: shape (filters,), or None.
        window: size and strides; its padding is cut off the output.
        more: rows and columns by which less is cut off at the end.
        hint: what to name the layer after.
    """
    tensor = image(builder, tensor)
    filters = kernel.shape[2]
    if kernel.shape[3] != tensor.stored_shape[2]:
        raise Refusal(
            "wrong-weight-shape", f"'{hint}' has a kernel {kernel.shape} for {tensor.stored_shape[2]} channels"
        )
    whole = [
        length * stride + max(size - stride, 0)
        for length, stride, size in zip(_size(tensor), window.strides, window.size, strict=True)
    ]
    wanted = [
        (length - 1) * stride + size + extra - begin - end
        for length, stride, size, extra, begin, end in zip(
            _size(tensor), window.strides, window.size, more, window.before, window.after, strict=True
        )
    ]
    after = [whole[axis] - wanted[axis] - window.before[axis] for axis in range(2)]
    if min(after) < 0 or min(wanted) < 1:
        raise Refusal("unsupported-config", f"'{hint}' has a padding that Keras' transposed convolution does not offer")
    weights = {"kernel": kernel} if bias is None else {"kernel": kernel, "bias": bias}
    made = builder.add(
        "Conv2DTranspose",
        tensor,
        (whole[0], whole[1], filters),
        hint=hint,
        weights=weights,
        filters=filters,
        kernel_size=list(window.size),
        strides=list(window.strides),
        padding="valid",
        use_bias=bias is not None,
    )
    return crop(builder, made, window.before, (after[0], after[1]), hint=f"{hint}_cut")


def subsampled(builder: NetworkBuilder, tensor: Tensor, steps: Pair, *, hint: str) -> Tensor:
    """Keep each n-th row and column of an image, the first one first."""
    tensor = image(builder, tensor)
    if steps == (1, 1):
        return tensor
    return _pool(builder, "MaxPooling2D", tensor, Window((1, 1), steps), hint)


def repeated(builder: NetworkBuilder, tensor: Tensor, shape: Shape, *, hint: str) -> Tensor:
    """Repeat an image along its axes of length 1, to a shape of height, width and channels."""
    tensor = image(builder, tensor)
    if any(length not in (1, wanted) for length, wanted in zip(tensor.stored_shape, shape, strict=True)):
        raise Refusal("unsupported-network", f"'{hint}' repeats an image of shape {tensor.stored_shape} to {shape}")
    options: dict[str, Any] = {"is_nonnegative": tensor.is_nonnegative}
    height, width, channels = tensor.stored_shape
    if channels < shape[2]:
        made = builder.add("Concatenate", [tensor] * shape[2], (height, width, shape[2]), hint=hint, axis=-1, **options)
        return repeated(builder, made, shape, hint=hint)
    return scaled_up(builder, tensor, (shape[0], shape[1]), interpolation="nearest", hint=hint)


def pool_maximum(builder: NetworkBuilder, tensor: Tensor, window: Window, *, hint: str) -> Tensor:
    """Add a maximum pooling; padding never is the maximum."""
    tensor = image(builder, tensor)
    if not window.has_margins or window.is_same(_size(tensor)):
        return _pool(builder, "MaxPooling2D", tensor, window, hint)
    if tensor.is_nonnegative:
        padded = pad(builder, tensor, window.before, window.after, hint=f"{hint}_pad")
        return _pool(builder, "MaxPooling2D", padded, _without_margins(window), hint)
    return _pool_everywhere(builder, "MaxPooling2D", tensor, window, hint)


def pool_average(builder: NetworkBuilder, tensor: Tensor, window: Window, *, counts_padding: bool, hint: str) -> Tensor:
    """Add an average pooling.

    Args:
        builder: the network.
        tensor: the image.
        window: size, strides and padding.
        counts_padding: whether the padding takes part in the average, as zeros.
        hint: what to name the layer after.
    """
    tensor = image(builder, tensor)
    if counts_padding and window.has_margins:
        padded = pad(builder, tensor, window.before, window.after, hint=f"{hint}_pad")
        return _pool(builder, "AveragePooling2D", padded, _without_margins(window), hint)
    if window == Window((1, 1)):
        return tensor
    if not window.has_margins or window.is_same(_size(tensor)):
        return _pool(builder, "AveragePooling2D", tensor, window, hint)
    return _pool_everywhere(builder, "AveragePooling2D", tensor, window, hint)


def _pool_everywhere(builder: NetworkBuilder, class_name: str, tensor: Tensor, window: Window, hint: str) -> Tensor:
    """Pool at every place, where Keras pads as it is wanted, and keep the places that the window really stops at."""
    size = _size(tensor)
    outputs = window.output_lengths(size)
    start = [(window.size[axis] - 1) // 2 - window.before[axis] for axis in range(2)]
    last = [start[axis] + (outputs[axis] - 1) * window.strides[axis] for axis in range(2)]
    if min(start) < 0 or any(last[axis] >= size[axis] for axis in range(2)):
        raise Refusal("unsupported-config", f"'{hint}' pads more than Keras' poolings can")
    margins = same_margins(size, window.size, (1, 1))
    everywhere = _pool(builder, class_name, tensor, Window(window.size, (1, 1), (1, 1), *margins), hint)
    kept = crop(
        builder,
        everywhere,
        (start[0], start[1]),
        (size[0] - 1 - last[0], size[1] - 1 - last[1]),
        hint=f"{hint}_places",
    )
    return kept if window.strides == (1, 1) else _pool(builder, class_name, kept, Window((1, 1), window.strides), hint)


def _pool(builder: NetworkBuilder, class_name: str, tensor: Tensor, window: Window, hint: str) -> Tensor:
    height, width = window.output_lengths(_size(tensor))
    return builder.add(
        class_name,
        tensor,
        (height, width, tensor.stored_shape[2]),
        hint=hint,
        is_nonnegative=tensor.is_nonnegative,
        pool_size=list(window.size),
        strides=list(window.strides),
        padding="same" if window.has_margins else "valid",
    )


def _padded(builder: NetworkBuilder, tensor: Tensor, window: Window, hint: str) -> tuple[Tensor, str]:
    """Return an image with its padding, and what to tell Keras of it."""
    if not window.has_margins:
        return tensor, "valid"
    if window.is_same(_size(tensor)):
        return tensor, "same"
    return pad(builder, tensor, window.before, window.after, hint=f"{hint}_pad"), "valid"


def _lengths(tensor: Tensor, window: Window, padding: str) -> Pair:
    """Return height and width of the image without the padding that the window adds to it."""
    height, width = _size(tensor)
    if padding == "same":
        return height, width
    return height - window.before[0] - window.after[0], width - window.before[1] - window.after[1]


def _size(tensor: Tensor) -> Pair:
    return tensor.stored_shape[0], tensor.stored_shape[1]


def _without_margins(window: Window) -> Window:
    return replace(window, before=(0, 0), after=(0, 0))


def global_pool(builder: NetworkBuilder, tensor: Tensor, *, kind: str, hint: str) -> Tensor:
    """Add a pooling over height and width; the shape of its output is (channels,).

    Args:
        builder: the network.
        tensor: the image.
        kind: "Average" or "Max".
        hint: what to name the layer after.
    """
    tensor = image(builder, tensor)
    return builder.add(
        f"Global{kind}Pooling2D",
        tensor,
        tensor.stored_shape[2:],
        hint=hint,
        order=(0,),
        is_nonnegative=tensor.is_nonnegative,
    )


def scaled_up(builder: NetworkBuilder, tensor: Tensor, lengths: Pair, *, interpolation: str, hint: str) -> Tensor:
    """Add a resizing to another height and width: nearest by whole factors, or bilinear with half-pixel centres."""
    tensor = image(builder, tensor)
    height, width, channels = tensor.stored_shape
    if lengths == (height, width):
        return tensor
    shape: Shape = (*lengths, channels)
    options: dict[str, Any] = {"hint": hint, "is_nonnegative": tensor.is_nonnegative, "interpolation": interpolation}
    if not (lengths[0] % height or lengths[1] % width):
        factors = [lengths[0] // height, lengths[1] // width]
        return builder.add("UpSampling2D", tensor, shape, size=factors, **options)
    if interpolation == "nearest":
        raise Refusal("unsupported-config", f"'{hint}' resizes {height}x{width} to {lengths} by the nearest pixel")
    return builder.add("Resizing", tensor, shape, height=lengths[0], width=lengths[1], **options)


def as_kernel(values: FloatArray, axes: Shape) -> FloatArray:
    """Return a kernel with its axes as Keras has them: height, width, channels of a group, filters."""
    if values.ndim != 4 or 0 in values.shape:
        raise Refusal(
            "wrong-weight-shape", f"a convolution has a kernel of shape {values.shape}: only images are supported"
        )
    return np.ascontiguousarray(values.transpose(axes))
