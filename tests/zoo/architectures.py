"""The zoo's architectures: small relatives of networks that people train, from (N, H, W, C) to (N, K) probabilities.

Weights are drawn from Keras' global seed. A change of what an architecture builds raises its number in
`recipes.VERSIONS`.
"""

from collections.abc import Callable
from typing import Any

import keras
from keras import layers

from core.attack.deepid import build_deepid

Shape = tuple[int, int, int]
DEEPID_SMALLEST = 36  # height and width below which the lab's DeepID has no room for its convolutions


def deepid(shape: Shape, class_count: int) -> keras.Model:
    """DeepID as in the lab; for smaller images with padded 3 x 3 convolutions, so that both branches remain.

    Source:
        Yi Sun, Xiaogang Wang, Xiaoou Tang: Deep Learning Face Representation from Predicting 10,000 Classes, 2014,
        section 3.1.
    """
    if min(shape[:2]) >= DEEPID_SMALLEST:
        return build_deepid(class_count, seed=_drawn_seed(), input_shape=shape)
    x = images = keras.Input(shape)
    for count in (20, 40, 60):
        x = layers.Conv2D(count, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D()(x)
    near = layers.Dense(160)(layers.Flatten()(x))
    far = layers.Dense(160)(layers.Flatten()(layers.Conv2D(80, 2, activation="relu")(x)))
    return _classifier(images, layers.ReLU()(layers.Add()([near, far])), class_count)


def lenet(shape: Shape, class_count: int) -> keras.Model:
    """Two convolutions with pooling and one hidden dense layer.

    Source:
        Yann LeCun, Leon Bottou, Yoshua Bengio, Patrick Haffner: Gradient-Based Learning Applied to Document
        Recognition, 1998, section II.B; with ReLU and maximum pooling.
    """
    x = images = keras.Input(shape)
    for count, padding in ((16, "same"), (32, "valid")):
        x = layers.Conv2D(count, 5, padding=padding, activation="relu")(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Dense(96, activation="relu")(layers.Flatten()(x))
    return _classifier(images, x, class_count)


def vgg(shape: Shape, class_count: int) -> keras.Model:
    """Blocks of 3 x 3 convolutions with batch normalization, pooling between them, and one hidden dense layer.

    Source:
        Karen Simonyan, Andrew Zisserman: Very Deep Convolutional Networks for Large-Scale Image Recognition, 2015,
        section 2.1; batch normalization as in the later "VGG-BN" models.
    """
    x = images = keras.Input(shape)
    for count, repeats in ((12, 2), (24, 2), (48, 1)):
        for _ in range(repeats):
            x = _convolved(x, count, 3)
        x = layers.MaxPooling2D()(x)
    x = layers.Dense(96, activation="relu")(layers.Flatten()(x))
    return _classifier(images, x, class_count)


def resnet(shape: Shape, class_count: int) -> keras.Model:
    """ResNet-8: one convolution, three residual blocks of two, global average pooling.

    Source:
        Kaiming He, Xiangyu Zhang, Shaoqing Ren, Jian Sun: Deep Residual Learning for Image Recognition, 2016,
        section 4.2 with n = 1; 12, 24 and 48 channels, the first block at half size, projections as option B.
    """
    images = keras.Input(shape)
    x = _convolved(images, 12, 3)
    for count in (12, 24, 48):
        inner = _convolved(x, count, 3, strides=2)
        inner = _convolved(inner, count, 3, activation=None)
        x = layers.Add()([inner, _convolved(x, count, 1, strides=2, activation=None)])
        x = layers.ReLU()(x)
    return _classifier(images, layers.GlobalAveragePooling2D()(x), class_count)


def mobilenet(shape: Shape, class_count: int) -> keras.Model:
    """Depthwise-separable convolutions with batch normalization and ReLU6, global average pooling.

    Source:
        Andrew Howard et al.: MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications, 2017,
        section 3.2; ReLU6 as in Keras' MobileNet.
    """
    images = keras.Input(shape)
    x = _convolved(images, 16, 3, activation=6.0, strides=2 if min(shape[:2]) >= DEEPID_SMALLEST else 1)
    for count, strides in ((32, 2), (64, 2), (96, 1)):
        x = layers.DepthwiseConv2D(3, strides=strides, padding="same", use_bias=False)(x)
        x = layers.ReLU(6.0)(_normalized(x))
        x = _convolved(x, count, 1, activation=6.0)
    return _classifier(images, layers.GlobalAveragePooling2D()(x), class_count)


ARCHITECTURES: dict[str, Callable[[Shape, int], keras.Model]] = {
    each.__name__: each for each in (deepid, lenet, vgg, resnet, mobilenet)
}


def _drawn_seed() -> int:
    return int(keras.random.SeedGenerator().state.numpy()[0]) % 1_000_000


def _classifier(images: Any, features: Any, class_count: int) -> keras.Model:
    return keras.Model(images, layers.Dense(class_count, activation="softmax", name="output")(features))


def _normalized(x: Any) -> Any:
    # The trainings have a few hundred steps: with Keras' momentum of 0.99 the moving averages would lag behind.
    return layers.BatchNormalization(momentum=0.9)(x)


def _convolved(x: Any, count: int, size: int, *, strides: int = 1, activation: float | str | None = "relu") -> Any:
    """A padded convolution without bias, normalized; `activation` is None, `"relu"`, or the maximum of a ReLU."""
    x = layers.Conv2D(count, size, strides=strides, padding="same", use_bias=False)(x)
    x = _normalized(x)
    if activation is None:
        return x
    return layers.ReLU()(x) if activation == "relu" else layers.ReLU(activation)(x)
