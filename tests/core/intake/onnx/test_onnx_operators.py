"""Single operators of ONNX in small networks: the figures are onnxruntime's, or the refusal names the operator."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from tests.core.intake.onnx.test_onnx_networks import computed, images_for, opened
from tests.core.onnx_writer import OnnxWriter

Body = Callable[[OnnxWriter], str]
SIDE = 6
_FLOAT = np.float32


def _wholes(net: OnnxWriter, *values: int) -> str:
    return net.weight(np.array(values, np.int64))


def _flat(net: OnnxWriter, tensor: str, channels: int = 4) -> str:
    return net.flatten(tensor, channels * SIDE * SIDE)


def _start(net: OnnxWriter) -> str:
    """Add a convolution, once, whose output is also called "conv_out"."""
    if not net.has("conv_out"):
        net.alias(net.conv("input", 4, name="conv"), "conv_out")
    return "conv_out"


def _scalar(net: OnnxWriter, value: float) -> str:
    return net.weight(_FLOAT(value))


def _weights(net: OnnxWriter, *shape: int) -> list[str]:
    return [net.weight(net.random(*shape, scale=1.0)) for _ in range(2)]


def _transposed(net: OnnxWriter, size: int, **settings: object) -> str:
    kernel, bias = net.weight(net.random(4, 2, size, size)), net.weight(net.random(2))
    return net.op("ConvTranspose", _start(net), kernel, bias, channels=2, **settings)


def _grouped(net: OnnxWriter, groups: int) -> str:
    table = net.op("Reshape", _start(net), _wholes(net, 0, groups, -1))
    weights = [net.weight(np.full(groups, value, _FLOAT)) for value in (1, 0)]
    inside = net.op("InstanceNormalization", table, *weights, epsilon=1e-5)
    back = net.op("Reshape", inside, net.op("Shape", "conv_out"), channels=4)
    scaled = net.op("Mul", back, net.weight(net.random(4, 1, 1, scale=1.0)))
    return net.op("Add", scaled, net.weight(net.random(4, 1, 1, scale=1.0)))


def _in_parts(net: OnnxWriter, axes: list[int], *, is_product: bool = False) -> str:
    mean = net.op("ReduceMean", _start(net), axes=axes, keepdims=1)
    difference = net.op("Sub", "conv_out", mean)
    square = net.op("Mul", difference, difference) if is_product else net.op("Pow", difference, _scalar(net, 2.0))
    spread = net.op("Add", net.op("ReduceMean", square, axes=axes, keepdims=1), _scalar(net, 1e-6))
    return net.op("Div", difference, net.op("Sqrt", spread))


def _norm_of(net: OnnxWriter, tensor: str, least: float) -> str:
    limited = net.op("Clip", net.op("ReduceL2", tensor, axes=[1], keepdims=1), _scalar(net, least))
    return net.op("Expand", limited, net.op("Shape", tensor))


def _unit_vector(net: OnnxWriter) -> str:
    line = _flat(net, _start(net))
    return net.op("Div", line, _norm_of(net, line, 1e-12))


def _line_convolution(net: OnnxWriter) -> str:
    line = net.op("Squeeze", net.op("GlobalAveragePool", _start(net)), _wholes(net, -1))
    line = net.op("Transpose", line, perm=[0, 2, 1])
    line = net.op("Conv", line, net.weight(net.random(1, 1, 3)), kernel_shape=[3], pads=[1, 1], strides=[1], channels=1)
    gate = net.op("Unsqueeze", net.op("Transpose", line, perm=[0, 2, 1]), _wholes(net, -1))
    return net.op("Mul", "conv_out", net.op("Sigmoid", gate), channels=4)


def _gate(net: OnnxWriter) -> str:
    pooled = net.op("Sigmoid", net.op("GlobalAveragePool", _start(net)))
    return net.op("Expand", pooled, net.op("Shape", "conv_out"))


def _one_channel(net: OnnxWriter) -> str:
    return net.conv("input", 1)


def _shuffled(net: OnnxWriter) -> str:
    inside = net.op("Reshape", _start(net), _wholes(net, -1, 2, 2, SIDE, SIDE))
    inside = net.op("Transpose", inside, perm=[0, 2, 1, 3, 4])
    return net.conv(net.op("Reshape", inside, _wholes(net, -1, 4, SIDE, SIDE)), 4)


def _joined_lines(net: OnnxWriter) -> str:
    inside = _start(net)
    return net.op("Concat", _flat(net, net.op("Tanh", inside)), _flat(net, inside), channels=8 * SIDE * SIDE, axis=1)


def _line_norm(net: OnnxWriter) -> str:
    return net.relu(net.norm(_flat(net, _start(net))))


def _line_constants(net: OnnxWriter) -> str:
    line = _flat(net, _start(net))
    return net.op("Mul", net.op("Add", line, net.weight(net.random(4 * SIDE * SIDE))), net.weight(net.random(144)))


def _line_and_back(net: OnnxWriter) -> str:
    line = net.op("Sigmoid", _flat(net, _start(net)))
    return net.conv(net.op("Reshape", line, _wholes(net, 0, 4, SIDE, SIDE), channels=4), 4)


def _turned_lines(net: OnnxWriter) -> str:
    inside = _start(net)
    turned = net.op("Reshape", net.op("Transpose", inside, perm=[0, 2, 3, 1]), _wholes(net, -1, 4 * SIDE * SIDE))
    return net.op("Add", turned, _flat(net, inside), channels=4 * SIDE * SIDE)


def _sequence(net: OnnxWriter) -> str:
    tokens = net.op("Reshape", _start(net), _wholes(net, 0, 4, SIDE * SIDE))
    tokens = net.op("Transpose", tokens, perm=[0, 2, 1])
    tokens = net.op("Add", net.op("MatMul", tokens, net.weight(net.random(4, 5))), net.weight(net.random(5)))
    tokens = net.op(
        "LayerNormalization", tokens, net.weight(net.random(5)), net.weight(net.random(5)), axis=-1, epsilon=1e-6
    )
    return net.op("Flatten", tokens, channels=5 * SIDE * SIDE)


def _standardised(net: OnnxWriter) -> str:
    mean, deviation = (
        net.weight(net.random(1, 3, 1, 1)),
        net.weight(np.array([0.2, 0.3, 0.25], _FLOAT).reshape(3, 1, 1)),
    )
    return net.conv(net.op("Div", net.op("Sub", "input", mean), deviation), 4)


def _image_constants(net: OnnxWriter) -> str:
    return net.conv(net.op("Mul", "input", net.weight(net.random(3, SIDE, SIDE))), 4)


def _batch_by_shape(net: OnnxWriter) -> str:
    inside = _start(net)
    first = net.op("Slice", net.op("Shape", inside), _wholes(net, 0), _wholes(net, 1), _wholes(net, 0))
    length = net.op("Mul", _wholes(net, 4), _wholes(net, SIDE * SIDE))
    return net.op("Reshape", inside, net.op("Concat", first, length, axis=0), channels=144)


def _split(net: OnnxWriter) -> str:
    """ShuffleNetV2: channels in two halves, one of them convolved, joined and shuffled."""
    left, right = net.split(_start(net), 2)
    both = net.op("Concat", left, net.relu(net.conv(right, 2)), channels=4, axis=1)
    return net.conv(both, 4)


def _conv_next(net: OnnxWriter) -> str:
    """ConvNeXt: a depthwise convolution, normalization and dense layers with the channels last, a shortcut."""
    start = net.conv("input", 4, 2, stride=2, pads=0)
    inside = net.op("Transpose", net.conv(start, 4, 7, groups=4), perm=[0, 2, 3, 1])
    inside = net.op(
        "LayerNormalization", inside, net.weight(net.random(4)), net.weight(net.random(4)), axis=-1, epsilon=1e-6
    )
    inside = net.op("Add", net.op("MatMul", inside, net.weight(net.random(4, 8))), net.weight(net.random(8)))
    inner = net.op("Erf", net.op("Div", inside, _scalar(net, 2**0.5)))
    inside = net.op("Mul", net.op("Mul", inside, net.op("Add", inner, _scalar(net, 1))), _scalar(net, 0.5))
    inside = net.op("Add", net.op("MatMul", inside, net.weight(net.random(8, 4))), net.weight(net.random(4)))
    inside = net.op("Mul", inside, net.weight(net.random(4)))
    return net.op("Add", net.op("Transpose", inside, perm=[0, 3, 1, 2]), start)


def _unary(kind: str, **attributes: object) -> Body:
    return lambda net: net.op(kind, _start(net), **attributes)


def _pooled(kind: str, **attributes: object) -> Body:
    return lambda net: net.op(kind, _start(net), **attributes)


def _clipped(least: float | None, most: float | None) -> Body:
    return lambda net: net.op(
        "Clip", _start(net), *("" if bound is None else _scalar(net, bound) for bound in (least, most))
    )


def _combined(kind: str) -> Body:
    def body(net: OnnxWriter) -> str:
        inside = _start(net)
        return net.op(kind, inside, net.op("Tanh", inside))

    return body


def _gelu_forms(form: int) -> Body:
    def body(net: OnnxWriter) -> str:
        inside = _start(net)
        part = net.op("Mul", inside, _scalar(net, 2**-0.5)) if form else net.op("Div", inside, _scalar(net, 2**0.5))
        gate = net.op("Add", net.op("Erf", part), _scalar(net, 1))
        if form == 0:
            return net.op("Mul", net.op("Mul", inside, _scalar(net, 0.5)), gate)
        if form == 1:
            return net.op("Mul", inside, net.op("Mul", gate, _scalar(net, 0.5)))
        return net.op("Mul", _scalar(net, 0.5), net.op("Mul", gate, inside))

    return body


BODIES: dict[str, Body] = {
    "channels shuffled": _shuffled,
    "channels split": _split,
    "ConvNeXt": _conv_next,
    "some channels": lambda net: net.op("Slice", _start(net), _wholes(net, 1), _wholes(net, -1), _wholes(net, 1)),
    "flattened images joined": _joined_lines,
    "a flattened image normalized": _line_norm,
    "a flattened image and constants": _line_constants,
    "a flattened image and back": _line_and_back,
    "images flattened in two orders added": _turned_lines,
    "a sequence": _sequence,
    "a standardised input": _standardised,
    "an input times an image": _image_constants,
    "the batch size from the shape": _batch_by_shape,
    "Elu": _unary("Elu", alpha=0.3),
    "LeakyRelu": _unary("LeakyRelu", alpha=0.3),
    "HardSigmoid": _unary("HardSigmoid"),
    "HardSigmoid of PyTorch": _unary("HardSigmoid", alpha=1 / 6, beta=0.5),
    "HardSwish": _unary("HardSwish"),
    "Softplus": _unary("Softplus"),
    "Softsign": _unary("Softsign"),
    "Exp": _unary("Exp"),
    "Neg": _unary("Neg"),
    "Mish": _unary("Mish"),
    "Softmax of channels": _unary("Softmax", axis=1),
    "Softmax of rows": _unary("Softmax", axis=3),
    "Cast": _unary("Cast", to=1),
    "PRelu": lambda net: net.op("PRelu", _start(net), net.weight(net.random(4, 1, 1))),
    "Pow": lambda net: net.op("Pow", _start(net), _scalar(net, 2)),
    "constant minus": lambda net: net.op("Sub", net.weight(net.random(4, 1, 1)), _start(net)),
    "one scale": lambda net: net.op("Mul", _start(net), _scalar(net, 0.3)),
    "Clip to 6": _clipped(0, 6),
    "Clip to -1 and 1": _clipped(-1, 1),
    "Clip above": _clipped(None, 0.4),
    "Clip below": _clipped(-0.2, None),
    "Max": _combined("Max"),
    "Min": _combined("Min"),
    "Mean": _combined("Mean"),
    "Sum": _combined("Sum"),
    "Sub": _combined("Sub"),
    "MaxPool padded": _pooled("MaxPool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
    "MaxPool 5 padded": _pooled("MaxPool", kernel_shape=[5, 5], strides=[3, 3], pads=[1, 2, 2, 1]),
    "MaxPool rounded up": _pooled("MaxPool", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1),
    "MaxPool same": _pooled("MaxPool", kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER"),
    "MaxPool same, odd one first": _pooled("MaxPool", kernel_shape=[2, 2], strides=[1, 1], auto_pad="SAME_UPPER"),
    "AveragePool padded": _pooled("AveragePool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
    "AveragePool counting": _pooled(
        "AveragePool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], count_include_pad=1
    ),
    "AveragePool rounded up": _pooled("AveragePool", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1),
    "ReduceMean": _pooled("ReduceMean", axes=[-1, -2], keepdims=1),
    "Slice": lambda net: net.op("Slice", _start(net), _wholes(net, 1, 0), _wholes(net, 99, -1), _wholes(net, 2, 3)),
    "Conv same, odd one first": lambda net: net.op(
        "Conv", "input", net.weight(net.random(4, 3, 2, 2)), channels=4, auto_pad="SAME_LOWER"
    ),
    **{f"Gelu, form {form}": _gelu_forms(form) for form in range(3)},
}


# Several of these make one network, since most of the time goes into starting a child for each file.
JOINED: dict[str, Body] = {
    "strides and dilation": lambda net: net.conv("input", 4, stride=2, dilation=2),
    "ConvTranspose": lambda net: _transposed(net, 2, strides=[2, 2]),
    "ConvTranspose padded": lambda net: _transposed(
        net, 3, strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1], dilations=[1, 1], group=1
    ),
    "ConvTranspose with gaps": lambda net: _transposed(net, 1, strides=[2, 3]),
    "InstanceNormalization": lambda net: net.op("InstanceNormalization", _start(net), *_weights(net, 4), epsilon=1e-3),
    "groups by InstanceNormalization": lambda net: _grouped(net, 2),
    "one group by InstanceNormalization": lambda net: _grouped(net, 1),
    "LayerNormalization of an image": lambda net: net.op(
        "LayerNormalization", _start(net), *_weights(net, 4, SIDE, SIDE), axis=1
    ),
    "LayerNormalization of rows": lambda net: net.op("LayerNormalization", _start(net), *_weights(net, SIDE), axis=-1),
    "LayerNormalization in parts": lambda net: _in_parts(net, [-1]),
    "LayerNormalization of channels in parts": lambda net: _in_parts(net, [1], is_product=True),
    "a unit vector": _unit_vector,
    "Conv of a line": _line_convolution,
    "ReduceMean of channels": _pooled("ReduceMean", axes=[1], keepdims=1),
    "ReduceMax of channels": _pooled("ReduceMax", axes=[-3], keepdims=0),
    "ReduceSum": lambda net: net.op("ReduceSum", _start(net), _wholes(net, 2, 3), keepdims=0),
    "Expand by a reader": lambda net: net.op("Mul", _start(net), _gate(net)),
    "Expand to an image": lambda net: net.op("Sigmoid", _gate(net)),
    "Expand of channels": lambda net: net.op("Expand", _one_channel(net), _wholes(net, 1, 3, SIDE, SIDE), channels=3),
    "Tile": lambda net: net.op("Tile", _one_channel(net), _wholes(net, 1, 3, 1, 1), channels=3),
    "every other pixel": lambda net: net.op(
        "Slice", _start(net), *(_wholes(net, *values) for values in ((0, 1), (99, 99), (2, 3), (2, 2)))
    ),
    "padded channels": lambda net: net.op(
        "Pad", net.op("Tanh", _start(net)), _wholes(net, 0, 2, 1, 0, 0, 3, 0, 1), channels=9
    ),
    "Resize to every other pixel": lambda net: net.op(
        "Resize", _start(net), "", net.weight(np.array([1, 1, 0.5, 0.5], _FLOAT)), mode="nearest",
        coordinate_transformation_mode="asymmetric", nearest_mode="floor",
    ),
    "DepthToSpace": lambda net: net.op("DepthToSpace", _start(net), blocksize=2, mode="DCR", channels=1),
    "DepthToSpace by columns": lambda net: net.op("DepthToSpace", _start(net), blocksize=2, mode="CRD", channels=1),
    "SpaceToDepth": lambda net: net.op("SpaceToDepth", _start(net), blocksize=3, channels=36),
    "Abs": _unary("Abs"),
    "Max with a number": lambda net: net.op("Max", _start(net), _scalar(net, 0.1)),
    "Min with a number": lambda net: net.op("Min", _scalar(net, 0.1), _start(net)),
    "Selu": _unary("Selu"),
    "Celu": _unary("Celu", alpha=0.7),
    "a softsign in parts": lambda net: net.op(
        "Div", _start(net), net.op("Add", _scalar(net, 1.0), net.op("Abs", "conv_out"))
    ),
    "a logarithm of a sigmoid": lambda net: net.op("Log", net.op("Sigmoid", _start(net))),
    "a Softplus with a limit": lambda net: net.op(
        "Where", net.op("Greater", _start(net), _scalar(net, 20.0)), "conv_out", net.op("Softplus", "conv_out")
    ),
}  # fmt: skip


def network(body: Body, *, opset: int = 17, units: int = 5) -> onnx.ModelProto:
    """Return a network of a body, whatever its shape, and a dense layer."""
    net = OnnxWriter(opset=opset, shape=(3, SIDE, SIDE))
    inside = body(net)
    features = features_of(net, inside)
    return net.model(net.linear(net.flatten(inside, features), units))


def features_of(net: OnnxWriter, tensor: str) -> int:
    """Return how many values of an image a tensor has, as onnxruntime finds it."""
    images = np.zeros((1, *net.shape), _FLOAT)
    return computed(net.model(tensor), images).shape[1]


@pytest.mark.parametrize("name", BODIES)
def test_figures_are_those_of_onnxruntime(name: str, tmp_path: Path) -> None:
    model = network(BODIES[name], opset=18 if name == "Mish" else 17)
    images = images_for(model)
    path = tmp_path / "network.onnx"
    path.write_bytes(model.SerializeToString())
    _, outputs = opened(path, images)
    np.testing.assert_allclose(outputs, computed(model, images), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("names", [list(JOINED)[start::4] for start in range(4)], ids=range(4))
def test_figures_of_several_operators_are_those_of_onnxruntime(names: list[str], tmp_path: Path) -> None:
    net = OnnxWriter(opset=17, shape=(3, SIDE, SIDE))
    lines = []
    for name in names:
        inside = JOINED[name](net)
        lines.append(net.flatten(inside, features_of(net, inside)))
    total = sum(net.channels(line) for line in lines)
    line = net.op("Concat", *lines, axis=1, channels=total)
    model = net.model(line)
    images = images_for(model)
    path = tmp_path / "network.onnx"
    path.write_bytes(model.SerializeToString())
    _, outputs = opened(path, images)
    np.testing.assert_allclose(outputs, computed(model, images), rtol=1e-4, atol=1e-4)


def test_constants_in_the_older_fields_are_read(tmp_path: Path) -> None:
    model = network(_start)
    for weight in model.graph.initializer:
        values = onnx.numpy_helper.to_array(weight)
        kind = TensorProto.FLOAT16 if weight.name == "conv.weight" else TensorProto.FLOAT
        weight.CopyFrom(helper.make_tensor(weight.name, kind, values.shape, values.reshape(-1)))
        assert not weight.raw_data
    path = tmp_path / "network.onnx"
    path.write_bytes(model.SerializeToString())
    images = images_for(model)
    for weight in model.graph.initializer:
        if weight.data_type == TensorProto.FLOAT16:
            values = onnx.numpy_helper.to_array(weight).astype(_FLOAT)
            weight.CopyFrom(onnx.numpy_helper.from_array(values, weight.name))
    np.testing.assert_allclose(opened(path, images)[1], computed(model, images), rtol=1e-4, atol=1e-4)
