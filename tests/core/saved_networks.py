"""Networks with every layer allowed in a file, with distinct weights."""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

L = keras.layers
SHAPE = (8, 8, 3)
PROBE = np.random.default_rng(1).random((5, *SHAPE), dtype=np.float32)


def two_branches() -> keras.Model:
    start = keras.Input(SHAPE, name="input")
    pooled = L.MaxPooling2D(name="pool")(L.Conv2D(6, 3, activation="relu", name="conv_1")(start))
    one = L.Dense(7, name="fc_1")(L.Flatten()(pooled))
    two = L.Dense(7, name="fc_2")(L.Flatten()(L.Conv2D(5, 2, activation="relu", name="conv_2")(pooled)))
    merged = L.Activation("relu")(L.Add()([one, two]))
    return keras.Model(start, L.Dense(4, activation="softmax", name="output")(merged), name="branches")


def sequential() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input(SHAPE),
            L.Rescaling(1 / 255, offset=[0.1, 0.2, 0.3]),
            L.ZeroPadding2D(((1, 0), (2, 1))),
            L.SeparableConv2D(5, 3, strides=2, padding="same", activation="elu"),
            L.BatchNormalization(axis=3, momentum=0.5),
            L.LeakyReLU(negative_slope=0.2),
            L.SpatialDropout2D(0.1),
            L.AveragePooling2D(2, strides=1, padding="same"),
            L.Cropping2D(((1, 0), (0, 1))),
            L.UpSampling2D(2, interpolation="bilinear"),
            L.GlobalAveragePooling2D(),
            L.Dropout(0.5),
            L.Dense(6, use_bias=False),
            L.ReLU(max_value=6),
            L.Dense(3),
            L.Softmax(),
        ]
    )


def residual() -> keras.Model:
    start = keras.Input(SHAPE)
    normal = L.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 3.0])(start)
    one = L.DepthwiseConv2D(3, padding="same", depth_multiplier=2)(normal)
    one = L.LayerNormalization()(L.PReLU(shared_axes=[1, 2])(one))
    two = L.Conv2D(6, 1, dilation_rate=1, groups=3, activation="gelu")(normal)
    merged = L.Multiply()([L.Add()([one, two]), L.Maximum()([one, two]), L.Average()([one, two])])
    merged = L.Concatenate()([merged, L.Minimum()([one, two])])
    merged = L.GlobalMaxPooling2D(keepdims=True)(L.GaussianNoise(0.1)(L.GaussianDropout(0.1)(merged)))
    merged = L.Reshape((12,))(L.Permute((3, 1, 2))(merged))
    return keras.Model(start, L.Dense(3, activation="sigmoid")(L.ELU(0.5)(merged)))


def nested() -> keras.Model:
    inner_start = keras.Input(SHAPE, name="inner_input")
    inner = keras.Model(inner_start, L.BatchNormalization()(L.Conv2D(4, 3, name="conv")(inner_start)), name="backbone")
    frozen = keras.Sequential([keras.Input((6, 6, 4)), L.Conv2D(4, 3, name="conv"), L.BatchNormalization()], name="top")
    frozen.trainable = False
    start = keras.Input(SHAPE, name="input")
    flat = L.Flatten()(frozen(inner(start)))
    return keras.Model(start, L.Dense(3, name="output")(flat))


def repaired() -> keras.Model:
    start = keras.Input(SHAPE)
    scores = L.Dense(4, activation="softmax")(L.Flatten()(start))
    best = L.GlobalMaxPooling1D()(L.Reshape((4, 1))(scores))
    hot = L.ReLU(max_value=1.0)(L.Rescaling(1e38, offset=1.0)(L.Subtract()([scores, best])))
    weighted = L.EinsumDense("ab,b->ab", output_shape=(4,))(hot)
    agree = L.Dot(axes=1)([hot, weighted])
    return keras.Model(start, L.Concatenate()([L.Multiply()([scores, agree]), L.Rescaling(-1.0, offset=1.0)(agree)]))


BUILDERS: list[Callable[[], keras.Model]] = [two_branches, sequential, residual, nested, repaired]


def filled(build: Callable[[], keras.Model]) -> keras.Model:
    """Give a network distinct weights, including moving variances."""
    keras.utils.set_random_seed(0)
    model = build()
    generator = np.random.default_rng(2)
    model.set_weights([generator.uniform(0.1, 1.0, weight.shape).astype(weight.dtype) for weight in model.weights])
    return model


def save_plainly(model: keras.Model, path: Path) -> Path:
    model.save(path)
    return path


def answers(model: keras.Model, probe: np.ndarray = PROBE) -> np.ndarray:
    return np.asarray(model(probe, training=False))
