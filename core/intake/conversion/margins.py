"""Margins around images, and channels beside those that are there: added and cut off by layers without weights."""

from typing import Any

from core.intake.conversion.builder import NetworkBuilder
from core.intake.conversion.layout import image
from core.intake.conversion.tensor import Tensor
from core.intake.refusal import Refusal

Pair = tuple[int, int]


def pad(builder: NetworkBuilder, tensor: Tensor, before: Pair, after: Pair, *, hint: str) -> Tensor:
    """Add zeros around an image."""
    tensor = image(builder, tensor)
    if not any((*before, *after)):
        return tensor
    height, width, channels = tensor.stored_shape
    shape = (height + before[0] + after[0], width + before[1] + after[1], channels)
    margins = [[before[0], after[0]], [before[1], after[1]]]
    return builder.add("ZeroPadding2D", tensor, shape, hint=hint, padding=margins, is_nonnegative=tensor.is_nonnegative)


def crop(builder: NetworkBuilder, tensor: Tensor, before: Pair, after: Pair, *, hint: str) -> Tensor:
    """Cut rows and columns off an image."""
    tensor = image(builder, tensor)
    if not any((*before, *after)):
        return tensor
    height, width, channels = tensor.stored_shape
    shape = (height - before[0] - after[0], width - before[1] - after[1], channels)
    margins = [[before[0], after[0]], [before[1], after[1]]]
    return builder.add("Cropping2D", tensor, shape, hint=hint, cropping=margins, is_nonnegative=tensor.is_nonnegative)


def crop_channels(builder: NetworkBuilder, tensor: Tensor, start: int, end: int, *, hint: str) -> Tensor:
    """Take some channels of an image that follow each other, by layers without weights.

    Args:
        builder: the network.
        tensor: the image.
        start: the first channel.
        end: the channel behind the last.
        hint: what to name the layers after.
    """
    tensor = image(builder, tensor)
    height, width, channels = tensor.stored_shape
    if not 0 <= start < end <= channels:
        raise Refusal("unsupported-network", f"'{hint}' takes channels {start} to {end} of {channels}")
    if (start, end) == (0, channels):
        return tensor
    options: dict[str, Any] = {"is_nonnegative": tensor.is_nonnegative}
    table = (height * width, channels, 1)
    turned = builder.add("Reshape", tensor, table, hint=f"{hint}_table", target_shape=list(table), **options)
    margins = [[0, 0], [start, channels - end]]
    cut = builder.add("Cropping2D", turned, (height * width, end - start, 1), hint=hint, cropping=margins, **options)
    shape = (height, width, end - start)
    return builder.add("Reshape", cut, shape, hint=f"{hint}_image", target_shape=list(shape), **options)


def pad_channels(builder: NetworkBuilder, tensor: Tensor, before: int, after: int, *, hint: str) -> Tensor:
    """Add channels of zeros before and after those of an image, by layers without weights."""
    tensor = image(builder, tensor)
    if not (before or after):
        return tensor
    height, width, channels = tensor.stored_shape
    options: dict[str, Any] = {"is_nonnegative": tensor.is_nonnegative}
    table = (height * width, channels, 1)
    turned = builder.add("Reshape", tensor, table, hint=f"{hint}_table", target_shape=list(table), **options)
    more = channels + before + after
    margins = [[0, 0], [before, after]]
    padded = builder.add("ZeroPadding2D", turned, (height * width, more, 1), hint=hint, padding=margins, **options)
    shape = (height, width, more)
    return builder.add("Reshape", padded, shape, hint=f"{hint}_image", target_shape=list(shape), **options)
