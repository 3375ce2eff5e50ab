"""Small networks of common shapes with random weights, and images on which their predictions differ.

Nothing in it acts by itself; `test_shapes.py` imports it.
"""

from collections.abc import Callable

import keras
import numpy as np
from hypothesis import strategies as st

from core.cut.graph import Graph
from core.data.dataset import Dataset, from_arrays
from core.network.network import Network

INPUT_SHAPE = (20, 16, 3)
CLASS_COUNT = 5
DEAD_CHANNEL = 1
FEW_INPUTS = 8

layers = keras.layers


def vgg(*, dropout: bool) -> keras.Model:
    """Blocks of convolutions with a bias, flattened into dense layers; sequential."""
    return keras.Sequential(
        [
            keras.Input(INPUT_SHAPE),
            layers.Conv2D(6, 3, padding="same", activation="relu", name="conv_1"),
            layers.Conv2D(6, 3, activation="relu", name="conv_2"),
            layers.MaxPooling2D(2),
            *([layers.Dropout(0.3)] if dropout else []),
            layers.Conv2D(8, 3, padding="same", name="conv_3"),
            layers.Activation("relu"),
            layers.Conv2D(8, 3, activation="relu", name="conv_4"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            *([layers.Dropout(0.3)] if dropout else []),
            layers.Dense(10, activation="relu"),
            *([layers.Dropout(0.5)] if dropout else []),
            layers.Dense(CLASS_COUNT, activation="softmax", name="logits"),
        ]
    )


def resnet() -> keras.Model:
    """A stem, an identity block, and a block whose shortcut is projected."""
    pixels = keras.Input(INPUT_SHAPE)
    x = layers.ReLU()(_normalized(layers.Conv2D(6, 3, padding="same", use_bias=False, name="stem"), pixels))
    for name, width, strides in (("identity", 6, 1), ("projected", 8, 2)):
        shortcut = x
        x = layers.Conv2D(width, 3, strides=strides, padding="same", use_bias=False, name=f"{name}_1")(x)
        x = layers.ReLU()(_batch_norm()(x))
        x = _normalized(layers.Conv2D(width, 3, padding="same", use_bias=False, name=f"{name}_2"), x)
        if strides > 1:
            shortcut = _normalized(layers.Conv2D(width, 1, strides=strides, name="projection"), shortcut)
        x = layers.ReLU()(layers.Add()([x, shortcut]))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(pixels, layers.Dense(CLASS_COUNT, activation="softmax", name="logits")(x))


def mobilenet() -> keras.Model:
    """Depthwise and pointwise convolutions with strides, one with a depth multiplier; a 1×1 convolution at the end."""
    pixels = keras.Input(INPUT_SHAPE)
    x = layers.ZeroPadding2D(((0, 1), (0, 1)))(pixels)
    x = layers.ReLU(6)(_normalized(layers.Conv2D(4, 3, strides=2, use_bias=False, name="stem"), x))
    x = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2, use_bias=False, name="depthwise_1")(x)
    x = layers.ReLU(6)(_batch_norm()(x))
    x = layers.ReLU(6)(_normalized(layers.Conv2D(6, 1, use_bias=False, name="pointwise_1"), x))
    x = layers.ZeroPadding2D(((0, 1), (0, 1)))(x)
    x = layers.ReLU(6)(_normalized(layers.DepthwiseConv2D(3, strides=2, name="depthwise_2"), x))
    x = layers.ReLU(6)(_normalized(layers.Conv2D(8, 1, use_bias=False, name="pointwise_2"), x))
    x = layers.GlobalAveragePooling2D(keepdims=True)(x)
    x = layers.Flatten()(layers.Conv2D(CLASS_COUNT, 1, name="logits")(layers.Dropout(0.2)(x)))
    return keras.Model(pixels, layers.Activation("softmax")(x))


def separable(*, answer: str = "softmax") -> keras.Model:
    """Separable convolutions after a plain one; the largest value of each map counts.

    Args:
        answer: the activation of the outputs; a ReLU leaves equal ones, and the first of these is the answer.
    """
    pixels = keras.Input(INPUT_SHAPE)
    x = layers.ReLU(6)(_normalized(layers.Conv2D(5, 3, strides=2, padding="same", name="stem"), pixels))
    x = layers.SeparableConv2D(6, 3, padding="same", use_bias=False, name="separable_1")(x)
    x = layers.MaxPooling2D(2)(layers.ReLU(6)(_batch_norm()(x)))
    x = layers.SeparableConv2D(8, 3, depth_multiplier=2, activation="relu", name="separable_2")(x)
    x = layers.Conv2D(CLASS_COUNT, 1, name="logits")(layers.GlobalMaxPooling2D(keepdims=True)(x))
    return keras.Model(pixels, layers.Activation(answer)(layers.Flatten()(x)))


def inception() -> keras.Model:
    """Branches of different sizes that read one layer and are joined, twice."""
    pixels = keras.Input(INPUT_SHAPE)
    x = layers.MaxPooling2D(2)(layers.Conv2D(6, 3, padding="same", activation="relu", name="stem")(pixels))
    near = layers.Conv2D(4, 1, activation="relu", name="one")(x)
    middle = layers.Conv2D(4, 1, activation="relu", name="three_reduced")(x)
    middle = layers.Conv2D(5, 3, padding="same", activation="relu", name="three")(middle)
    far = layers.Conv2D(4, 1, activation="relu", name="five_reduced")(x)
    far = layers.Conv2D(4, 5, padding="same", activation="relu", name="five")(far)
    pooled = layers.AveragePooling2D(3, strides=1, padding="same")(x)
    pooled = layers.Conv2D(4, 1, activation="relu", name="pooled")(pooled)
    x = layers.MaxPooling2D(2)(layers.Concatenate()([near, middle, far, pooled]))
    x = layers.Conv2D(8, 3, padding="same", activation="relu", name="last")(x)
    joined = layers.Concatenate()([layers.GlobalAveragePooling2D()(x), layers.GlobalMaxPooling2D()(x)])
    return keras.Model(pixels, layers.Dense(CLASS_COUNT, activation="softmax", name="logits")(joined))


SHAPES: dict[str, Callable[[], keras.Model]] = {
    "vgg": lambda: vgg(dropout=False),
    "vgg with dropout": lambda: vgg(dropout=True),
    "resnet": resnet,
    "mobilenet": mobilenet,
    "separable": separable,
    "separable with a ReLU at the end": lambda: separable(answer="relu"),
    "inception": inception,
}


def random_network(draw: st.DrawFn) -> keras.Model:
    """Draw a network of one to three random blocks and a random head."""
    pixels = keras.Input(INPUT_SHAPE)
    x = _dressed(draw, layers.Conv2D(draw(st.integers(1, 5)), 3, strides=2)(pixels))
    for _ in range(draw(st.integers(0, 2))):
        x = _block(draw, x)
    class_count = draw(st.integers(2, CLASS_COUNT))
    activation = draw(st.sampled_from(["softmax", "sigmoid", "linear", "relu", "tanh"]))
    if draw(st.booleans()):
        pooled = draw(st.sampled_from([layers.Flatten, layers.GlobalAveragePooling2D, layers.GlobalMaxPooling2D]))()(x)
        if draw(st.booleans()):
            pooled = layers.Dense(6, activation="relu")(pooled)
        return keras.Model(pixels, layers.Dense(class_count, activation=activation, name="logits")(pooled))
    maps = layers.Conv2D(class_count, 1, name="logits")(layers.GlobalAveragePooling2D(keepdims=True)(x))
    return keras.Model(pixels, layers.Activation(activation)(layers.Flatten()(maps)))


def _block(draw: st.DrawFn, x: keras.KerasTensor) -> keras.KerasTensor:
    width, strides = draw(st.integers(1, 5)), draw(st.integers(1, 2))
    conv = {"padding": "same", "strides": strides, "use_bias": draw(st.booleans())}
    match draw(st.sampled_from(["plain", "depthwise", "separable", "grouped", "branches", "residual"])):
        case "plain":
            return _dressed(draw, layers.Conv2D(width, 3, **conv)(x))
        case "depthwise":
            return _dressed(draw, layers.DepthwiseConv2D(3, depth_multiplier=draw(st.integers(1, 2)), **conv)(x))
        case "separable":
            return _dressed(draw, layers.SeparableConv2D(width, 3, depth_multiplier=draw(st.integers(1, 2)), **conv)(x))
        case "grouped":
            groups = 2 if x.shape[-1] % 2 == 0 else 1
            return _dressed(draw, layers.Conv2D(2 * width, 3, groups=groups, **conv)(x))
        case "branches":
            near = _dressed(draw, layers.Conv2D(width, 1)(x), can_pool=False)
            return layers.Concatenate()([near, layers.Conv2D(2, 3, padding="same", activation="relu")(x)])
        case _:
            own = layers.Conv2D(x.shape[-1], 3, padding="same")(x)
            return layers.ReLU()(layers.Add()([x, _dressed(draw, own, can_pool=False)]))


def _dressed(draw: st.DrawFn, x: keras.KerasTensor, *, can_pool: bool = True) -> keras.KerasTensor:
    """Append layers that may follow a convolution: normalization, an activation or none, pooling."""
    if draw(st.booleans()):
        x = _batch_norm()(x)
    dress = ["relu", "relu6", "linear", "leaky", "elu", "tanh", "sigmoid"]
    match draw(st.sampled_from(dress)):
        case "leaky":
            x = layers.LeakyReLU(0.2)(x)
        case "elu":
            x = layers.ELU()(x)
        case name:
            x = layers.Activation(name)(x)
    if can_pool and min(x.shape[1:3]) >= 2:
        match draw(st.sampled_from(["max", "average", None])):
            case "max":
                x = layers.MaxPooling2D(2)(x)
            case "average":
                x = layers.AveragePooling2D(2)(x)
    return x


def make_images(count: int, *, seed: int) -> np.ndarray:
    """Return coarse random patches with a little noise; each activates other channels; uint8 (count, H, W, 3)."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(0, 220, (count, 5, 4, 3)).repeat(4, axis=1).repeat(4, axis=2)
    return (coarse + rng.uniform(0, 35, coarse.shape)).astype(np.uint8)


def make_sets(network: Network) -> tuple[Dataset, Dataset, Dataset]:
    """23 validation, 17 test and 19 poisoned images; two of three clean ones are labelled as predicted."""

    def clean(name: str, count: int, seed: int) -> Dataset:
        images = make_images(count, seed=seed)
        labels = network.outputs(images.astype(np.float32) / 255).argmax(axis=1)
        labels[::3] = np.arange(len(labels[::3])) % network.class_count
        return from_arrays(name, images, labels)

    triggered = make_images(19, seed=3)
    triggered[:, -4:, -4:] = (255, 0, 255)
    target = network.outputs(triggered.astype(np.float32) / 255).argmax(axis=1)[0]
    poisoned = from_arrays("poisoned.h5", triggered, np.full(19, target))
    return clean("valid.h5", 23, 1), clean("test.h5", 17, 2), poisoned


def with_random_weights(model: keras.Model, *, seed: int) -> keras.Model:
    """Fill a network so that its channels fire on some images and one of each layer on none, and all classes occur.

    Args:
        model: its answering layer is named `logits`.
        seed: of the weights.
    """
    rng = np.random.default_rng(seed)
    graph = Graph(model)
    last = graph.layers[graph.output_layer]
    below = 1.5 if last.activation is keras.activations.relu else 0.0  # all outputs of some images are zero then
    values = {graph.input_layer: make_images(64, seed=0).astype(np.float32) / 255}
    for name, layer in graph.layers.items():
        if name not in values:
            inputs = [values[source] for source in graph.inputs[name]]
            if layer.weights:
                _fill(layer, np.asarray(inputs[0]), rng, below)
            values[name] = layer(inputs[0] if len(inputs) == 1 else inputs)
    return model


def _fill(layer: keras.Layer, x: np.ndarray, rng: np.random.Generator, below: float) -> None:
    arrays = [rng.normal(0, 1, array.shape).astype(np.float32) for array in layer.get_weights()]
    if isinstance(layer, layers.BatchNormalization):
        mean, variance = x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2))
        scale = np.abs(arrays[0]) + 0.5
        shift = _thresholds(scale * (x - mean) / np.sqrt(variance + layer.epsilon), rng)
        _kill(scale, shift)
        layer.set_weights([scale, shift, mean, variance])
        return
    for kernel in arrays[: -1 if layer.use_bias else None]:
        if kernel[..., 0].size > FEW_INPUTS:  # with few inputs, nearly all outputs would be equal
            np.subtract(kernel, kernel.mean(axis=tuple(range(kernel.ndim - 1))), out=kernel)
    layer.set_weights(arrays)
    if not layer.use_bias:
        return
    arrays[-1][:] = 0
    layer.set_weights(arrays)
    activation, layer.activation = layer.activation, keras.activations.linear
    sums = np.asarray(layer(x))
    layer.activation = activation
    if layer.name == "logits":  # the mean of each over the images is zero, and their spreads are alike
        sums = sums.reshape(len(x), -1)
        spread = sums.std(axis=0)
        scale = rng.uniform(1.5, 2.5, len(spread)) / np.where(spread > 1e-3, spread, 1)
        layer.set_weights([arrays[0] * scale, -sums.mean(axis=0) * scale - below])
        return
    arrays[-1] = _thresholds(sums, rng)
    if sums.ndim == 4 and not isinstance(layer, layers.DepthwiseConv2D):
        _kill(arrays[-2], arrays[-1])
    layer.set_weights(arrays)


def _thresholds(sums: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return biases, shape (C,), with which half of the channels fire everywhere and half only on some images."""
    channels = np.arange(sums.shape[-1])
    best = sums.reshape(len(sums), -1, len(channels)).max(axis=1)
    quiet = np.quantile(best, rng.uniform(0.2, 0.9, len(channels)), axis=0)[channels, channels]
    return -np.where(rng.random(len(channels)) < 0.5, quiet, sums.reshape(-1, len(channels)).mean(axis=0))


def _kill(kernel: np.ndarray, bias: np.ndarray) -> None:
    if len(bias) > DEAD_CHANNEL + 1:
        kernel[..., DEAD_CHANNEL] = 0
        bias[DEAD_CHANNEL] = -1


def _batch_norm() -> keras.Layer:
    return layers.BatchNormalization()


def _normalized(convolution: keras.Layer, x: keras.KerasTensor) -> keras.KerasTensor:
    return _batch_norm()(convolution(x))
