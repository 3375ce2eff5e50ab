"""Small networks of many kinds, as people build and save them with Keras, for tests that compare with Keras itself."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
from keras import layers

Build = Callable[[], keras.Model]
SHAPE = (12, 12, 3)
CLASSES = 5


def plain() -> keras.Model:
    """Build a sequential network."""
    return keras.Sequential(
        [
            layers.Input(SHAPE),
            layers.Conv2D(4, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(CLASSES, activation="softmax"),
        ]
    )


def two_branches() -> keras.Model:
    """Build branches of equal shapes that are created in another order than they are read."""
    start = layers.Input(SHAPE)
    first, second = layers.Conv2D(4, 3, name="z_first"), layers.Conv2D(4, 3, name="a_second")
    late = second(start)
    early = first(start)
    both = layers.Add()([layers.Activation("relu")(late), layers.Activation("relu")(early)])
    left = layers.Dense(6, name="left")(layers.Flatten()(both))
    right = layers.Dense(6, name="right")(layers.GlobalAveragePooling2D()(both))
    return keras.Model(start, layers.Dense(CLASSES)(layers.Concatenate()([right, left])))


def uneven_branches() -> keras.Model:
    """Build a residual block with a shortcut, whose layers of equal shapes are at different depths."""
    start = layers.Input(SHAPE)
    stem = layers.Conv2D(4, 3, padding="same")(start)
    inside = layers.ReLU()(layers.Conv2D(4, 3, padding="same")(stem))
    inside = layers.Conv2D(4, 3, padding="same")(inside)
    shortcut = layers.Conv2D(4, 3, padding="same")(stem)
    joined = layers.Add()([shortcut, inside])
    return keras.Model(start, layers.Dense(CLASSES, activation="softmax")(layers.GlobalMaxPooling2D()(joined)))


def _block(name: str, *, trainable: bool = True, frozen_norm: bool = False) -> keras.Model:
    start = layers.Input((10, 10, 4))
    inside = layers.Conv2D(4, 3, padding="same")(start)
    inside = layers.BatchNormalization(trainable=not frozen_norm)(inside)
    inside = layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same")(inside))
    block = keras.Model(start, inside, name=name)
    if not trainable:
        block.trainable = False
    return block


def nested(*, trainable: bool = True, frozen_norm: bool = False) -> keras.Model:
    """Build a network with a network inside, as in transfer learning; a frozen one lists its weights otherwise."""
    start = layers.Input(SHAPE)
    inside = layers.Conv2D(4, 3)(start)
    inside = _block("backbone", trainable=trainable, frozen_norm=frozen_norm)(inside)
    return keras.Model(start, layers.Dense(CLASSES)(layers.Flatten()(inside)))


def ends_nested(*, is_sequential: bool = False) -> keras.Model:
    """Build a network whose last layer is a network, as in transfer learning; Keras counts a functional one twice."""
    inner_input = layers.Input(SHAPE)
    parts = [layers.Conv2D(4, 3, name="inner_conv"), layers.Flatten(), layers.Dense(CLASSES, activation="softmax")]
    if is_sequential:
        inner = keras.Sequential([inner_input, *parts], name="inner")
    else:
        x = inner_input
        for part in parts:
            x = part(x)
        inner = keras.Model(inner_input, x, name="inner")
    pixels = layers.Input(SHAPE)
    return keras.Model(pixels, inner(layers.ReLU(name="front")(pixels)))


def nested_sequential() -> keras.Model:
    """Build a sequential network in a functional one in a sequential one."""
    head = keras.Sequential([layers.Input((10, 10, 4)), layers.Flatten(), layers.Dense(6), layers.Dense(CLASSES)])
    middle_start = layers.Input((10, 10, 4))
    middle = keras.Model(middle_start, head(_block("deep", frozen_norm=True)(middle_start)), name="middle")
    return keras.Sequential([layers.Input(SHAPE), layers.Conv2D(4, 3), middle, layers.Softmax()])


def many_layers() -> keras.Model:
    """Build a network of the less usual layers that have weights."""
    start = layers.Input(SHAPE)
    inside = layers.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 3.0])(start)
    inside = layers.SeparableConv2D(6, 3)(layers.PReLU(shared_axes=[1, 2])(inside))
    inside = layers.DepthwiseConv2D(3, depth_multiplier=2)(layers.LeakyReLU(0.1)(inside))
    inside = layers.LayerNormalization(axis=[-2, -1])(inside)
    inside = layers.SpatialDropout2D(0.1)(layers.GaussianNoise(0.1)(inside))
    inside = layers.Reshape((64, 12))(inside)
    inside = layers.EinsumDense("abc,cd->abd", output_shape=(64, 7), bias_axes="d")(inside)
    inside = layers.Conv1D(5, 3, padding="causal")(inside)
    return keras.Model(start, layers.Dense(CLASSES)(layers.GlobalAveragePooling1D()(inside)))


def rarer_layers() -> keras.Model:
    """Build a network of layers from Keras' examples: transposed convolutions, other normalizations, one axis."""
    start = layers.Input(SHAPE)
    inside = layers.Conv2D(6, 3, strides=2, activation="swish")(layers.CenterCrop(10, 10)(start))
    inside = layers.Conv2DTranspose(6, (3, 2), strides=2, padding="same", activation="relu")(inside)
    inside = layers.Conv2DTranspose(4, 3, strides=2, output_padding=1, use_bias=False)(inside)
    inside = layers.GroupNormalization(2)(inside)
    inside = layers.UnitNormalization()(layers.RMSNormalization()(layers.Activation("gelu")(inside)))
    inside = layers.GroupNormalization(-1, scale=False)(inside)
    inside = layers.Reshape((-1, 4))(layers.MaxPooling2D(3)(inside))
    inside = layers.SeparableConv1D(5, 3)(layers.DepthwiseConv1D(3, depth_multiplier=2)(inside))
    inside = layers.AveragePooling1D(2)(layers.MaxPooling1D(2)(layers.SpatialDropout1D(0.2)(inside)))
    gate = layers.RepeatVector(int(inside.shape[1]))(
        layers.Dense(5, activation="hard_sigmoid")(layers.Flatten()(inside))
    )
    return keras.Model(start, layers.Dense(CLASSES)(layers.Flatten()(layers.Multiply()([inside, gate]))))


def rescaled() -> keras.Model:
    """Build a network that changes its images first."""
    return keras.Sequential(
        [
            layers.Input(SHAPE),
            layers.Rescaling(1 / 255, offset=-0.5),
            layers.ZeroPadding2D(1),
            layers.Conv2D(4, (3, 2), strides=(2, 1), use_bias=False),
            layers.UpSampling2D(2),
            layers.AveragePooling2D(2),
            layers.GlobalAveragePooling2D(keepdims=True),
            layers.Flatten(),
            layers.Dense(CLASSES, activation="sigmoid"),
        ]
    )


def augmented() -> keras.Model:
    """Build a network that varies its images in training, in a nested network and beside it."""
    start = layers.Input(SHAPE)
    varied = keras.Sequential(
        [layers.RandomFlip("horizontal"), layers.RandomRotation(0.1, seed=3)], name="augmentation"
    )
    inside = layers.RandomZoom(0.1)(varied(start))
    inside = layers.Resizing(10, 9)(layers.RandomContrast(0.2)(inside))
    inside = layers.ActivityRegularization(1e-4)(
        layers.Conv2D(4, 3, activation="relu")(layers.Rescaling(1 / 255)(inside))
    )
    return keras.Model(start, layers.Dense(CLASSES)(layers.Flatten()(layers.Identity()(inside))))


def arithmetic() -> keras.Model:
    """Build a network with operations between tensors and constants, as `preprocess_input` makes them."""
    start = layers.Input(SHAPE)
    inside = keras.applications.densenet.preprocess_input(2.0 * (1.0 - start / 127.5) + 3)
    inside = layers.Conv2D(4, 3, padding="same")(inside / -0.3)
    gate = keras.ops.sigmoid(layers.Conv2D(4, 1)(layers.GlobalAveragePooling2D(keepdims=True)(inside)))
    inside = keras.ops.maximum(inside * gate, -inside) - keras.ops.relu6(inside + 0.5)
    joined = keras.ops.concatenate([inside, keras.ops.cast(inside, "float32")], axis=-1)
    return keras.Model(start, layers.Dense(CLASSES)(keras.ops.mean(joined, axis=(1, 2))))


def operations() -> keras.Model:
    """Build a network with each operation that is none of `arithmetic` nor of `blue_first`."""
    ops, start = keras.ops, layers.Input(SHAPE)
    inside, other = layers.Conv2D(4, 3)(start), layers.Conv2D(4, 3)(start)
    for change in (ops.relu, ops.silu, ops.tanh, ops.elu, ops.softplus, ops.hard_silu, ops.hard_sigmoid):
        inside = change(inside * 1.5 - 0.25) + inside
    inside = ops.minimum(ops.divide(inside, 3.0), ops.softmax(other)) - other
    inside = ops.concatenate([inside * other, inside + other], axis=1)
    return keras.Model(start, layers.Dense(CLASSES)(layers.Flatten()(0.5 - inside)))


def blue_first() -> keras.Model:
    """Build a network that turns its channels around, as `preprocess_input` of VGG and ResNet does."""
    start = layers.Input(SHAPE)
    inside = layers.Conv2D(4, 3, activation="relu")(keras.applications.vgg16.preprocess_input(start))
    return keras.Model(start, layers.Dense(CLASSES)(layers.Flatten()(inside)))


def uneven_ranks() -> keras.Model:
    """Build merges of tensors with different numbers of axes, and layers along an axis other than the last."""
    start = layers.Input(SHAPE)
    inside = layers.Normalization(axis=1, mean=[0.1] * 12, variance=[2.0] * 12)(start)
    inside = layers.Conv2D(4, 3)(layers.Rescaling(np.float32([0.5, 0.25, 2.0]), offset=0.5)(inside))
    gate = layers.Dense(4, activation="sigmoid")(layers.GlobalAveragePooling2D()(inside))
    inside = layers.Multiply()([layers.BatchNormalization(axis=1)(inside), gate])
    inside = layers.Add()([layers.GlobalMaxPooling2D()(inside), inside])
    return keras.Model(start, layers.Dense(CLASSES)(layers.Flatten()(layers.Average()([inside, gate]))))


ZOO: dict[str, Build] = {
    "plain": plain,
    "two branches": two_branches,
    "uneven branches": uneven_branches,
    "nested": nested,
    "nested frozen": lambda: nested(trainable=False),
    "nested with a frozen layer": lambda: nested(frozen_norm=True),
    "nested sequential": nested_sequential,
    "ends in a nested network": ends_nested,
    "ends in a nested sequential network": lambda: ends_nested(is_sequential=True),
    "many layers": many_layers,
    "rescaled": rescaled,
    "rarer layers": rarer_layers,
    "augmented": augmented,
    "arithmetic": arithmetic,
    "operations": operations,
    "blue first": blue_first,
    "uneven ranks": uneven_ranks,
}


def with_random_weights(build: Build, *, seed: int = 0) -> keras.Model:
    """Build a network whose every weight is drawn at random, so that two swapped ones show."""
    keras.utils.clear_session()
    model = build()
    rng = np.random.default_rng(seed)
    for variable in model.weights:
        if variable.dtype.startswith("float"):
            variable.assign(rng.uniform(0.02, 0.4, variable.shape))
    return model


def save(model: keras.Model, path: Path, *, is_trained: bool = False) -> Path:
    """Save a network with Keras; a trained one has an optimizer's state beside it."""
    if is_trained:
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        weights = model.get_weights()
        model.fit(np.zeros((4, *SHAPE), np.float32), np.zeros(4, int), verbose=0)
        model.set_weights(weights)
    model.save(path)
    return path


def probe() -> np.ndarray:
    """Draw images, (6, 12, 12, 3) float32."""
    return np.random.default_rng(1).uniform(0, 1, (6, *SHAPE)).astype(np.float32)
