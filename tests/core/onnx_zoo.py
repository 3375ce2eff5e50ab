"""Small ONNX networks of the kinds that people export, each as `torch.onnx.export` or tf2onnx writes it."""

from collections.abc import Callable

import numpy as np
import onnx

from tests.core.onnx_writer import OnnxWriter

CLASSES = 7


def resnet() -> onnx.ModelProto:
    """Like ResNet-18: a padded pooling, residual blocks, shortcuts with stride."""
    net = OnnxWriter(seed=1, shape=(3, 32, 32))
    inside = net.relu(net.norm(net.conv("input", 4, 7, stride=2, has_bias=False, name="conv1"), "bn1"))
    inside = net.max_pool(inside, 3, stride=2, pads=1)
    for stage, (filters, stride) in enumerate(((4, 1), (8, 2), (16, 2)), start=1):
        for block in range(2):
            name, step = f"layer{stage}.{block}", stride if block == 0 else 1
            branch = net.conv(inside, filters, stride=step, has_bias=False, name=f"{name}.conv1")
            branch = net.relu(net.norm(branch, f"{name}.bn1"))
            branch = net.norm(net.conv(branch, filters, has_bias=False, name=f"{name}.conv2"), f"{name}.bn2")
            if step != 1 or net.channels(inside) != filters:
                short = net.conv(inside, filters, 1, stride=step, has_bias=False, name=f"{name}.downsample.0")
                inside = net.norm(short, f"{name}.downsample.1")
            inside = net.relu(net.op("Add", branch, inside, name=f"layer{stage}/{name}"))
    return net.model(net.linear(net.pooled_features(inside), CLASSES, "fc"))


def vgg() -> onnx.ModelProto:
    """Like VGG-11: a classifier behind a flattened image, whose values lie channels first."""
    net = OnnxWriter(seed=2, opset=13, shape=(3, 32, 32))
    inside = "input"
    for index, filters in enumerate((4, 8, 8, 16)):
        inside = net.max_pool(net.relu(net.conv(inside, filters, name=f"features.{index}")))
    inside = net.flatten(net.average_pool(inside, 1, stride=1), 16 * 4)
    for index in (0, 3):
        inside = net.op("Dropout", net.relu(net.linear(inside, 24, f"classifier.{index}")), name="dropout")
    return net.model(net.linear(inside, CLASSES, "classifier.6"))


def mobilenet() -> onnx.ModelProto:
    """Like MobileNetV2: inverted residuals of depthwise convolutions, ReLU6 as Clip, normalizations folded."""
    net = OnnxWriter(seed=3, opset=14, shape=(3, 24, 24), batch=1)
    inside = net.relu6(net.conv("input", 8, stride=2, name="features.0.0"))
    for index, (filters, stride) in enumerate(((8, 1), (12, 2), (12, 1)), start=1):
        wide = 3 * net.channels(inside)
        branch = net.relu6(net.conv(inside, wide, 1, name=f"features.{index}.conv.0"))
        branch = net.relu6(net.conv(branch, wide, stride=stride, groups=wide, name=f"features.{index}.conv.1"))
        branch = net.conv(branch, filters, 1, name=f"features.{index}.conv.2")
        inside = net.op("Add", inside, branch) if stride == 1 and filters == net.channels(inside) else branch
    inside = net.relu6(net.conv(inside, 20, 1, name="features.18.0"))
    return net.model(net.linear(net.pooled_features(inside), CLASSES, "classifier.1"))


def densenet() -> onnx.ModelProto:
    """Like DenseNet: joined channels, normalization before the activation, average pooling, view(size(0), -1)."""
    net = OnnxWriter(seed=4, opset=11)
    inside = net.max_pool(net.relu(net.norm(net.conv("input", 6, has_bias=False))), 3, stride=2, pads=1)
    for _ in range(2):
        for _ in range(3):
            branch = net.conv(net.relu(net.norm(inside)), 8, 1, has_bias=False)
            branch = net.conv(net.relu(net.norm(branch)), 4, has_bias=False)
            inside = net.op("Concat", inside, branch, channels=net.channels(inside) + 4, axis=1)
        inside = net.conv(net.relu(net.norm(inside)), net.channels(inside) // 2, 1, has_bias=False)
        inside = net.average_pool(inside)
    channels = net.channels(inside)
    inside = net.op("ReduceMean", net.relu(net.norm(inside)), axes=[2, 3], keepdims=1)
    size = net.op("Gather", net.op("Shape", inside), net.weight(np.int64(0)), axis=0)
    shape = net.op("Concat", net.op("Unsqueeze", size, axes=[0]), net.weight(np.array([-1])), axis=0)
    return net.model(net.linear(net.op("Reshape", inside, shape, channels=channels), CLASSES))


def badnets() -> onnx.ModelProto:
    """BadNets' small network of grey digits: pooling by averages, softmax at the end."""
    net = OnnxWriter(seed=5, opset=11, shape=(1, 28, 28))
    inside = net.average_pool(net.relu(net.conv("input", 4, 5, pads=0)))
    inside = net.average_pool(net.relu(net.conv(inside, 6, 5, pads=0)))
    inside = net.op("Reshape", inside, net.weight(np.array([-1, 6 * 16])), channels=6 * 16)
    inside = net.linear(net.relu(net.linear(inside, 12)), CLASSES)
    return net.model(net.op("Softmax", inside, axis=1))


def lenet() -> onnx.ModelProto:
    """LeNet with tanh and sigmoid, weights in other floats, a logarithm of the softmax at the end."""
    net = OnnxWriter(seed=6, opset=18, shape=(1, 32, 32), batch=4)
    inside = net.max_pool(net.op("Tanh", net.conv("input", 3, 5, pads=0)))
    inside = net.max_pool(net.op("Sigmoid", net.conv(inside, 5, 5, pads=0)))
    inside = net.op("Tanh", net.conv(inside, 20, 5, pads=0))
    inside = net.op("Squeeze", inside, net.weight(np.array([2, 3])))
    inside = net.op("LeakyRelu", net.linear(inside, 10), alpha=0.2)
    return net.model(net.op("LogSoftmax", net.linear(inside, CLASSES), axis=-1))


def depthwise() -> onnx.ModelProto:
    """Depthwise convolutions with several filters a channel, groups, dilation, ELU, SiLU, hard swish and GELU."""
    net = OnnxWriter(seed=7, opset=16)
    inside = net.op("Elu", net.conv("input", 6, groups=3), alpha=0.7)
    inside = net.conv(inside, 12, 5, groups=6)
    inside = net.op("Mul", inside, net.op("Sigmoid", inside))
    inside = net.op("HardSwish", net.conv(inside, 8, groups=4, stride=2))
    inside = net.conv(inside, 8, dilation=2)
    inner = net.op("Erf", net.op("Div", inside, net.weight(np.float32(2**0.5))))
    inside = net.op("Mul", inside, net.op("Add", inner, net.weight(np.float32(1))))
    inside = net.op("Mul", inside, net.weight(np.float32(0.5)))
    inside = net.conv(inside, 8, 1)
    gate = net.op(
        "Clip", net.op("Add", inside, net.weight(np.float32(3))), *(net.weight(np.float32(v)) for v in (0, 6))
    )
    inside = net.op("Div", net.op("Mul", inside, gate), net.weight(np.float32(6)))
    inside = net.op("Mul", inside, net.op("Tanh", net.op("Softplus", inside)))
    return net.model(net.linear(net.pooled_features(inside), CLASSES))


def squeeze_excite() -> onnx.ModelProto:
    """Squeeze-and-excitation: channels multiplied by what their means say, as convolutions and as dense layers."""
    net = OnnxWriter(seed=8, opset=17)
    inside = net.relu(net.norm(net.conv("input", 8)))
    gate = net.op("GlobalAveragePool", inside)
    gate = net.op("Sigmoid", net.conv(net.relu(net.conv(gate, 2, 1)), 8, 1))
    inside = net.relu(net.conv(net.op("Mul", gate, inside), 12))
    line = net.op(
        "HardSigmoid", net.linear(net.relu(net.linear(net.pooled_features(inside), 3)), 12), alpha=1 / 6, beta=0.5
    )
    gate = net.op("Reshape", line, net.weight(np.array([0, 12, 1, 1])))
    inside = net.op("Mul", inside, gate)
    return net.model(net.linear(net.pooled_features(inside), CLASSES))


def asymmetric() -> onnx.ModelProto:
    """Margins of every kind: uneven, rounded up, negative, counted in averages; poolings of negative values."""
    net = OnnxWriter(seed=9, opset=15, shape=(3, 19, 21))
    inside = net.op(
        "Pad", "input", net.weight(np.array([0, 0, 1, 2, 0, 0, 0, 3])), net.weight(np.float32(0)), mode="constant"
    )
    inside = net.conv(inside, 6, (3, 5), pads=(0, 1, 2, 3), stride=2)
    inside = net.max_pool(inside, 3, stride=2, pads=1)
    inside = net.conv(inside, 6, 4, pads=(1, 1, 2, 2))
    inside = net.max_pool(inside, 3, stride=2, ceil_mode=1)
    inside = net.average_pool(inside, 3, stride=1, pads=1, count_include_pad=0)
    inside = net.average_pool(inside, 3, stride=2, pads=1, count_include_pad=1)
    inside = net.op(
        "Resize", inside, "", net.weight(np.array([1, 1, 3, 3], np.float32)), mode="nearest", nearest_mode="floor",
        coordinate_transformation_mode="asymmetric",
    )  # fmt: skip
    inside = net.op(
        "Resize", inside, "", net.weight(np.array([1, 1, 2, 2], np.float32)), mode="linear",
        coordinate_transformation_mode="pytorch_half_pixel",
    )  # fmt: skip
    inside = net.op("Pad", inside, net.weight(np.array([0, 0, -1, 0, 0, 0, 0, -2])), mode="constant")
    far = net.op("ReduceMax", inside, axes=[2, 3], keepdims=0)
    near = net.flatten(net.op("GlobalMaxPool", inside), 6)
    both = net.op("Concat", net.op("Sub", far, near), near, channels=12, axis=1)
    return net.model(net.linear(both, CLASSES))


def channels_last() -> onnx.ModelProto:
    """Channels last around operators that want them first, as tf2onnx writes; constants at the input."""
    net = OnnxWriter(seed=10, opset=13, shape=(14, 12, 3))
    net._channels["input"] = 3
    inside = net.op("Sub", net.op("Mul", "input", net.weight(np.float32(1 / 127.5))), net.weight(np.float32(1)))
    inside = net.op("Transpose", inside, perm=[0, 3, 1, 2])
    inside = net.op("Add", net.conv(inside, 5, has_bias=False), net.weight(net.random(1, 5, 1, 1)))
    inside = net.max_pool(net.op("Relu", inside))
    inside = net.op("Transpose", net.op("Relu", net.conv(inside, 6, pads=(0, 0, 1, 1), stride=2)), perm=[0, 2, 3, 1])
    inside = net.op("Add", net.op("Mul", inside, net.weight(net.random(6))), net.weight(net.random(6)))
    inside = net.op("Reshape", inside, net.weight(np.array([-1, 3 * 3 * 6])))
    inside = net.op("MatMul", inside, net.weight(net.random(54, 20)))
    inside = net.op("Relu", net.op("Add", inside, net.weight(net.random(20))))
    inside = net.op(
        "Add", net.op("MatMul", inside, net.weight(net.random(20, CLASSES))), net.weight(net.random(CLASSES))
    )
    return net.model(net.op("Softmax", inside, axis=-1))


ONNX_ZOO: dict[str, Callable[[], onnx.ModelProto]] = {
    "ResNet": resnet,
    "VGG": vgg,
    "MobileNetV2": mobilenet,
    "DenseNet": densenet,
    "BadNets": badnets,
    "LeNet": lenet,
    "depthwise": depthwise,
    "squeeze-excite": squeeze_excite,
    "asymmetric margins": asymmetric,
    "channels last": channels_last,
}
