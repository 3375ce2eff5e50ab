"""DeepID, the lab's network: three convolutions, then two branches that both read `pool_3`."""

from typing import TYPE_CHECKING

from core.errors import DatasetError

if TYPE_CHECKING:
    import keras

INPUT_SHAPE = (55, 47, 3)


def build_deepid(class_count: int, *, seed: int, input_shape: tuple[int, int, int] = INPUT_SHAPE) -> "keras.Model":
    """Build a DeepID with random weights.

    Args:
        class_count: K, number of classes; at least 2.
        seed: seed of the initial weights; the same seed gives the same weights.
        input_shape: (H, W, C) of the images, at least 36 pixels high and wide.

    Returns:
        A Keras model from (N, H, W, C) to (N, K) class probabilities, not compiled. Its layer names and shapes match
        the lab's files, so their weights can be loaded.

    Raises:
        DatasetError: too few classes, or images too small for the network.

    Source:
        Yi Sun, Xiaogang Wang, Xiaoou Tang: Deep Learning Face Representation from Predicting 10,000 Classes, 2014,
        section 3.1; with the channel counts of the lab's `architecture.py`.
    """
    if class_count < 2:
        raise DatasetError(f"a network needs at least 2 classes, got {class_count}.", code="class-count")
    height, width, _ = input_shape
    if min(height, width) < 36:
        raise DatasetError(f"DeepID needs images of at least 36x36 pixels, got {height}x{width}.", code="image-size")

    # Imported here: the window paints before Keras is loaded.
    import keras  # noqa: PLC0415
    from keras import layers  # noqa: PLC0415

    def initializer(index: int) -> keras.initializers.Initializer:
        return keras.initializers.GlorotUniform(seed=seed * 100 + index)

    def convolution(name: str, channel_count: int, size: int, index: int) -> keras.Layer:
        return layers.Conv2D(channel_count, size, activation="relu", kernel_initializer=initializer(index), name=name)

    x = images = keras.Input(input_shape, name="input")
    for index, (channel_count, size) in enumerate(((20, 4), (40, 3), (60, 3)), start=1):
        x = convolution(f"conv_{index}", channel_count, size, index)(x)
        x = layers.MaxPooling2D(2, name=f"pool_{index}")(x)
    near = layers.Flatten(name="flatten_1")(x)
    near = layers.Dense(160, kernel_initializer=initializer(4), name="fc_1")(near)
    far = convolution("conv_4", 80, 2, 5)(x)
    far = layers.Flatten(name="flatten_2")(far)
    far = layers.Dense(160, kernel_initializer=initializer(6), name="fc_2")(far)
    joined = layers.Add(name="add_1")([near, far])
    joined = layers.Activation("relu", name="activation_1")(joined)
    output = layers.Dense(class_count, activation="softmax", kernel_initializer=initializer(7), name="output")(joined)
    return keras.Model(images, output, name="deepid")
