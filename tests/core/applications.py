"""The families of `keras.applications`, each by a small member with random weights."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
from keras import applications, layers
from keras.src.applications import (
    convnext,
    densenet,
    efficientnet,
    efficientnet_v2,
    inception_resnet_v2,
    nasnet,
    resnet,
)

CLASSES = 10
_Build = Callable[[], keras.Model]


def _member(make: Callable[..., keras.Model], size: int = 32, **settings: Any) -> _Build:
    return lambda: make(weights=None, input_shape=(size, size, 3), classes=CLASSES, **settings)


def _inception_resnet() -> keras.Model:
    """Build one block of each kind of Inception-ResNet-v2; the whole has 782 layers."""
    module = inception_resnet_v2
    start = layers.Input((32, 32, 3))
    inside = module.conv2d_bn(start, 16, 3, strides=2, padding="valid")
    for block_index, block_type in enumerate(("block35", "block17", "block8")):
        inside = module.inception_resnet_block(inside, 0.17, block_type, block_index)
    return keras.Model(start, layers.Dense(CLASSES, activation="softmax")(layers.GlobalAveragePooling2D()(inside)))


def _resnet(*, is_second: bool) -> keras.Model:
    """Build two stacks of blocks of a ResNet, of its first or its second version."""
    stack = resnet.stack_residual_blocks_v2 if is_second else resnet.stack_residual_blocks_v1

    def stacks(tensor: Any) -> Any:
        return stack(stack(tensor, 8, 2, name="conv2"), 16, 2, name="conv3")

    return resnet.ResNet(
        stacks, is_second, True, weights=None, input_shape=(32, 32, 3), classes=CLASSES, weights_name="resnet"
    )


# As small as the family allows. Of those whose smallest member takes seconds to build, fewer blocks.
FAMILIES: Mapping[str, _Build] = {
    "ConvNeXt": _member(convnext.ConvNeXt, depths=[1, 1, 2, 1], projection_dims=[8, 16, 24, 32], drop_path_rate=0.2),
    "DenseNet": _member(densenet.DenseNet, blocks=[2, 2, 2, 2]),
    "EfficientNet": _member(efficientnet.EfficientNet, width_coefficient=0.25, depth_coefficient=0.2, default_size=32),
    "EfficientNetV2": _member(
        efficientnet_v2.EfficientNetV2,
        width_coefficient=0.25,
        depth_coefficient=0.2,
        default_size=32,
        name="efficientnetv2-b0",
    ),
    "InceptionResNetV2": _inception_resnet,
    "MobileNet": _member(applications.MobileNet, alpha=0.25),
    "MobileNetV2": _member(applications.MobileNetV2, alpha=0.35),
    "MobileNetV3": _member(applications.MobileNetV3Small, include_preprocessing=True),
    "MobileNetV3 minimalistic": _member(applications.MobileNetV3Small, minimalistic=True),
    "NASNet": _member(nasnet.NASNet, penultimate_filters=96, num_blocks=1, stem_block_filters=8),
    "ResNet": lambda: _resnet(is_second=False),
    "ResNetV2": lambda: _resnet(is_second=True),
    "VGG": _member(applications.VGG16),
    "Xception": _member(applications.Xception, 71),
}
# The smallest real members of these families, about 5 s each or more: see `tests/benchmarks/applications.py`.
HEAVY: Mapping[str, _Build] = {
    "ConvNeXtTiny": _member(applications.ConvNeXtTiny),
    "DenseNet121": _member(applications.DenseNet121),
    "EfficientNetB0": _member(applications.EfficientNetB0),
    "EfficientNetV2B0": _member(applications.EfficientNetV2B0),
    "InceptionResNetV2": _member(applications.InceptionResNetV2, 75),
    "InceptionV3": _member(applications.InceptionV3, 75),
    "NASNetMobile": _member(applications.NASNetMobile),
    "ResNet50": _member(applications.ResNet50),
    "ResNet50V2": _member(applications.ResNet50V2),
    "VGG19": _member(applications.VGG19),
}


def with_random_statistics(build: _Build, *, seed: int = 0) -> keras.Model:
    """Build a network whose vectors are drawn at random too, and whose normalizations know their inputs.

    So two swapped weights show, and different images get different answers.
    """
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    model = build()
    rng = np.random.default_rng(seed)
    for variable in model.weights:
        # A Normalization layer would go on with what it made of its weights when it was built.
        is_drawn = len(variable.shape) == 1 and not variable.path.startswith("normalization/")
        if is_drawn and variable.dtype.startswith("float"):
            middle = 1.0 if variable.name in {"gamma", "moving_variance"} else 0.0
            variable.assign(middle + rng.uniform(-0.1, 0.1, variable.shape))
    norms = [layer for layer in model.layers if isinstance(layer, layers.BatchNormalization)]
    momentums = [layer.momentum for layer in norms]
    for layer in norms:
        layer.momentum = 0.0
    model(images(model.input_shape[1:], 8), training=bool(norms))
    for layer, momentum in zip(norms, momentums, strict=True):
        layer.momentum = momentum
    return model


def images(shape: tuple[int, ...], count: int = 4) -> np.ndarray:
    """Draw images of different colours and contrasts, float32, 0–255."""
    rng = np.random.default_rng(1)
    colours, contrasts = rng.uniform(0, 155, (count, 1, 1, shape[-1])), rng.uniform(0, 100, (count, 1, 1, 1))
    return (colours + contrasts * rng.uniform(0, 1, (count, *shape))).astype(np.float32)
