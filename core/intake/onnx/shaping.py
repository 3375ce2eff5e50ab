"""ONNX's operators that move values and reshape tensors.

Source: ONNX Operator Schemas (onnx.ai/onnx/operators).
"""

from dataclasses import replace

import numpy as np

from core.intake.conversion.arithmetic import flat, joined
from core.intake.conversion.layout import image, plain, reshaped, transposed
from core.intake.conversion.margins import crop, crop_channels, pad, pad_channels
from core.intake.conversion.tensor import Tensor
from core.intake.conversion.windows import repeated, subsampled
from core.intake.onnx.call import BATCH, Call
from core.intake.onnx.graph_file import whole_numbers

_FLOAT_TYPES = (1, 10, 11)
_FAR = 2**31
_MOST_REPEATS = 4096


def unchanged(call: Call) -> Tensor:
    """Convert Identity and Dropout."""
    if call.node.kind == "Dropout" and call.has(2) and call.constant(2).any():
        raise call.refusal("it drops values as in training")
    return call.tensor()


def cast(call: Call) -> Tensor:
    """Convert a Cast to floats: the network computes in floats of 32 bits throughout."""
    if call.setting("to", 0) not in _FLOAT_TYPES:
        raise call.refusal("it converts to whole numbers")
    return call.tensor()


def flattened(call: Call) -> Tensor:
    """Convert Flatten behind the batch axis."""
    rank = len(call.tensor().shape) + 1
    if call.setting("axis", 1) not in (1, 1 - rank):
        raise call.refusal("it flattens the batch axis")
    return flat(call.tensor())


def reshape(call: Call) -> Tensor:
    """Convert Reshape, which must leave the batch axis first."""
    tensor = call.tensor()
    wanted = list(call.wholes(1)) if call.has(1) else list(whole_numbers(call.node.settings.get("shape", [])))
    if not wanted or any(length < -1 for length in wanted) or (call.setting("allowzero", 0) and 0 in wanted):
        raise call.refusal("it has no shape that can be read")
    batch, rest = wanted[0], wanted[1:]
    for index, length in enumerate(rest):
        if length == 0:
            if index >= len(tensor.shape):
                raise call.refusal("it keeps an axis that is not there")
            rest[index] = tensor.shape[index]
        elif length == BATCH:
            raise call.refusal("it moves the batch axis")
    if -1 in rest:
        known = int(np.prod([length for length in rest if length != -1], dtype=object))
        # Exporters write the batch size that they saw, or 0 for "as before".
        is_batch = batch in (0, 1, BATCH, call.batch_size)
        if not is_batch or rest.count(-1) > 1 or known < 1 or tensor.size % known:
            raise call.refusal("it leaves several axes open")
        rest[rest.index(-1)] = tensor.size // known
    return reshaped(tensor, tuple(rest))


def squeeze(call: Call) -> Tensor:
    """Convert Squeeze."""
    tensor = call.tensor()
    axes = call.axes(1)
    if axes is None:
        raise call.refusal("it does not say which axes it removes")
    places = {call.axis(axis) for axis in axes}
    if any(tensor.shape[place] != 1 for place in places):
        raise call.refusal("it removes an axis that is longer than 1")
    return reshaped(tensor, tuple(length for place, length in enumerate(tensor.shape) if place not in places))


def unsqueeze(call: Call) -> Tensor:
    """Convert Unsqueeze."""
    tensor = call.tensor()
    axes = call.axes(1) or ()
    rank = len(tensor.shape) + len(axes)
    shape = list(tensor.shape)
    for place in sorted(call.axis(axis, rank=rank) for axis in axes):
        shape.insert(place, 1)
    return reshaped(tensor, tuple(shape))


def transpose(call: Call) -> Tensor:
    """Convert Transpose, which must leave the batch axis first."""
    tensor = call.tensor()
    axes = whole_numbers(call.setting("perm", list(range(len(tensor.shape) + 1))[::-1]))
    if sorted(axes) != list(range(len(tensor.shape) + 1)) or axes[0] != 0:
        raise call.refusal("it moves the batch axis")
    return transposed(call.builder, tensor, tuple(axis - 1 for axis in axes[1:]))


def concat(call: Call) -> Tensor:
    """Convert Concat."""
    tensors = [call.tensor(index) for index in range(len(call.inputs))]
    return joined(call.builder, tensors, call.axis(call.setting("axis", 1)), hint=call.hint)


def padding(call: Call) -> Tensor:
    """Convert Pad by zeros around height and width; negative padding cuts off."""
    if call.setting("mode", "constant") != "constant":
        raise call.refusal("it pads with something other than zeros")
    value = call.floats(2).reshape(-1)[:1] if call.has(2) else np.asarray([call.setting("value", 0.0)])
    if value.size and value[0] != 0:
        raise call.refusal("it pads with something other than zeros")
    tensor = plain(call.builder, call.tensor())
    if call.has(3):
        raise call.refusal("it names axes")
    pads = call.wholes(1) if call.has(1) else whole_numbers(call.node.settings.get("pads", []))
    rank = len(tensor.shape) + 1
    if rank != 4 or len(pads) != 2 * rank:
        raise call.refusal("it pads something other than an image")
    # Margins by the axes of the layer's output: height, width, channels.
    margins = [(0, 0)] * 3
    image_like = image(call.builder, tensor) if sorted(tensor.order) != list(range(3)) else tensor
    for axis in range(3):
        margins[image_like.order[axis]] = (pads[axis + 1], pads[axis + 1 + rank])
    if (pads[0], pads[rank]) != (0, 0) or min(margins[2]) < 0:
        raise call.refusal("it pads something other than height, width and channels")
    (top, bottom), (left, right) = margins[:2]
    order = image_like.order
    as_image = replace(
        image_like,
        order=call.builder.image_order,
        shape=tuple(image_like.stored_shape[a] for a in call.builder.image_order),
    )
    padded = pad(call.builder, as_image, (max(top, 0), max(left, 0)), (max(bottom, 0), max(right, 0)), hint=call.hint)
    cut = crop(call.builder, padded, (max(-top, 0), max(-left, 0)), (max(-bottom, 0), max(-right, 0)), hint=call.hint)
    cut = pad_channels(call.builder, cut, *margins[2], hint=call.hint)
    return replace(cut, order=order, shape=tuple(cut.stored_shape[axis] for axis in order))


def slice_image(call: Call) -> Tensor:
    """Convert a Slice of an image; height and width may have steps."""
    tensor = image(call.builder, call.tensor())
    if call.opset < 10:
        starts, ends = (whole_numbers(call.node.settings.get(name, [])) for name in ("starts", "ends"))
        axes = whole_numbers(call.node.settings.get("axes", list(range(len(starts)))))
    else:
        starts, ends = call.wholes(1), call.wholes(2)
        axes = call.wholes(3) if call.has(3) else tuple(range(len(starts)))
    every = call.wholes(4) if call.opset >= 10 and call.has(4) else (1,) * len(starts)
    before, after, steps = [0, 0, 0], [0, 0, 0], [1, 1, 1]
    for axis, start, end, step in zip(axes, starts, ends, every, strict=True):
        if axis == 0 and start == 0 and end >= _FAR and step == 1:
            continue
        place = tensor.order[call.axis(axis, rank=3)]
        if step < 1 or (place == 2 and step != 1):
            raise call.refusal("it takes every other channel" if step > 0 else "it takes values in reverse")
        steps[place] = step
        length = tensor.stored_shape[place]
        first, last, _ = slice(start, end).indices(length)
        if last <= first:
            raise call.refusal("it leaves nothing")
        before[place], after[place] = first, length - last
    tensor = crop(call.builder, tensor, (before[0], before[1]), (after[0], after[1]), hint=call.hint)
    tensor = crop_channels(call.builder, tensor, before[2], tensor.stored_shape[2] - after[2], hint=call.hint)
    return subsampled(call.builder, tensor, (steps[0], steps[1]), hint=f"{call.hint}_places")


def expand(call: Call) -> Tensor:
    """Convert Expand; what its readers repeat by themselves is left as it is."""
    tensor, wanted = call.tensor(), list(call.wholes(1))
    wanted = [1] * (len(tensor.shape) + 1 - len(wanted)) + wanted
    if len(wanted) != len(tensor.shape) + 1 or min(wanted) < 1:
        raise call.refusal("it repeats a tensor along a new axis")
    if wanted[0] not in (1, BATCH, call.batch_size):
        raise call.refusal("it repeats images")
    shape = tuple(max(pair) for pair in zip(wanted[1:], tensor.shape, strict=True))
    partners = [each for each in call.partners if isinstance(each, Tensor)]
    is_repeated_later = bool(partners) and len(partners) == len(call.partners)
    if shape == tensor.shape or (is_repeated_later and all(each.shape == shape for each in partners)):
        return tensor
    return _repeated(call, tensor, shape)


def tile(call: Call) -> Tensor:
    """Convert Tile along axes of length 1."""
    tensor, counts = call.tensor(), call.wholes(1)
    pairs = list(zip(counts[1:], tensor.shape, strict=True))
    if counts[0] != 1 or any(count < 1 or (count > 1 and length > 1) for count, length in pairs):
        raise call.refusal("it repeats images, or axes that are longer than 1")
    return _repeated(call, tensor, tuple(count * length for count, length in pairs))


def _repeated(call: Call, tensor: Tensor, shape: tuple[int, ...]) -> Tensor:
    if len(shape) != 3 or max(shape) > _MOST_REPEATS:
        raise call.refusal(f"it repeats {tensor.shape} to {shape}")
    made = image(call.builder, tensor)
    stored = [0, 0, 0]
    for axis, length in zip(made.order, shape, strict=True):
        stored[axis] = length
    return repeated(call.builder, made, (stored[0], stored[1], stored[2]), hint=call.hint)


def depth_to_space(call: Call) -> Tensor:
    """Convert DepthToSpace, which PyTorch calls a pixel shuffle."""
    tensor, side = call.tensor(), call.setting("blocksize", 0)
    channels, height, width = _image_shape(call, tensor)
    if side < 1 or channels % (side * side):
        raise call.refusal("its blocks do not fit the channels")
    count, is_columns_first = channels // (side * side), call.setting("mode", "DCR") == "CRD"
    parts = (count, side, side, height, width) if is_columns_first else (side, side, count, height, width)
    moved = transposed(call.builder, reshaped(tensor, parts), (0, 3, 1, 4, 2) if is_columns_first else (2, 3, 0, 4, 1))
    return reshaped(moved, (count, height * side, width * side))


def space_to_depth(call: Call) -> Tensor:
    """Convert SpaceToDepth."""
    tensor, side = call.tensor(), call.setting("blocksize", 0)
    channels, height, width = _image_shape(call, tensor)
    if side < 1 or height % side or width % side:
        raise call.refusal("its blocks do not fit the image")
    parts = (channels, height // side, side, width // side, side)
    moved = transposed(call.builder, reshaped(tensor, parts), (2, 4, 0, 1, 3))
    return reshaped(moved, (channels * side * side, height // side, width // side))


def _image_shape(call: Call, tensor: Tensor) -> tuple[int, int, int]:
    if len(tensor.shape) != 3:
        raise call.refusal("it reads something other than an image")
    return tensor.shape[0], tensor.shape[1], tensor.shape[2]


def split(call: Call) -> list[Tensor]:
    """Convert Split of an image's channels."""
    tensor = image(call.builder, call.tensor())
    channels, count = tensor.stored_shape[2], len(call.node.outputs)
    if tensor.order[call.axis(call.setting("axis", 0))] != 2:
        raise call.refusal("it divides something other than the channels of an image")
    if call.has(1):
        sizes = call.wholes(1)
    elif "split" in call.node.settings:
        sizes = whole_numbers(call.node.settings["split"])
    else:
        size = -(-channels // count)
        sizes = (*[size] * (count - 1), channels - size * (count - 1))
    if len(sizes) != count or min(sizes) < 1 or sum(sizes) != channels:
        raise call.refusal(f"it divides {channels} channels into {count} parts of other sizes")
    starts = [sum(sizes[:index]) for index in range(count)]
    return [
        crop_channels(call.builder, tensor, start, start + size, hint=call.hint)
        for start, size in zip(starts, sizes, strict=True)
    ]
