"""TensorFlow Lite networks opened here give what TensorFlow Lite computes."""

import contextlib
import io
import warnings
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from core.errors import ModelFileError
from core.network.model_file import open_model
from core.network.model_saving import save_model
from core.network.network import Network
from tests.core.keras_zoo import with_random_weights

SHAPE = (16, 14, 3)
CLASSES = 6


def plain() -> keras.Model:
    """Build a chain: normalization behind the convolution and in front of it, margins, flattened at the end."""
    return keras.Sequential([
        layers.Input(SHAPE),
        layers.Rescaling(1 / 127.5, offset=-1.0),
        layers.Conv2D(4, 3, padding="same", activation="relu"),
        layers.BatchNormalization(),
        layers.MaxPooling2D(),
        layers.ZeroPadding2D(((1, 0), (2, 1))),
        layers.Conv2D(6, (3, 2), strides=2, use_bias=False),
        layers.BatchNormalization(),
        layers.ReLU(6.0),
        layers.AveragePooling2D(2, strides=1, padding="same"),
        layers.Flatten(),
        layers.Dense(9, activation="tanh"),
        layers.Dense(CLASSES, activation="softmax"),
    ])  # fmt: skip


def branches() -> keras.Model:
    """Build depthwise convolutions, a shortcut, squeeze-and-excitation, joined branches."""
    start = layers.Input(SHAPE)
    stem = layers.Conv2D(6, 3, strides=2, padding="same", activation="relu6")(start)
    inside = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(stem)
    inside = layers.ReLU()(layers.BatchNormalization()(inside))
    inside = layers.Conv2D(6, 1)(inside)
    inside = layers.Add()([inside, stem])
    gate = layers.GlobalAveragePooling2D(keepdims=True)(inside)
    gate = layers.Conv2D(6, 1, activation="sigmoid")(layers.Conv2D(2, 1, activation="relu")(gate))
    inside = layers.Multiply()([inside, gate])
    left = layers.Conv2D(4, 3, dilation_rate=2, padding="same", activation="elu")(inside)
    right = layers.LeakyReLU(negative_slope=0.2)(layers.DepthwiseConv2D(3, depth_multiplier=2)(inside))
    right = layers.UpSampling2D(2, interpolation="bilinear")(layers.MaxPooling2D(3)(right))
    left = layers.Subtract()(
        [layers.Cropping2D(2)(layers.Conv2D(4, 1)(left)), layers.Conv2D(4, 1)(layers.Cropping2D(2)(left))]
    )
    both = layers.Concatenate()([layers.GlobalMaxPooling2D()(left), layers.GlobalAveragePooling2D()(right)])
    return keras.Model(start, layers.Dense(CLASSES)(layers.Activation("hard_swish")(both)))


NETWORKS: dict[str, Callable[[], keras.Model]] = {"plain": plain, "branches": branches}


def converted(model: keras.Model, *, optimizations: str = "") -> bytes:
    """Convert a network to TensorFlow Lite: as floats, or with weights of another kind."""
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if optimizations:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if optimizations == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if optimizations == "int8":
        images = np.random.default_rng(0).uniform(0, 1, (4, 1, *SHAPE)).astype(np.float32)
        converter.representative_dataset = lambda: ([one] for one in images)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        return converter.convert()


def computed(content: bytes, images: np.ndarray) -> np.ndarray:
    """Return TensorFlow Lite's output for images."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that its interpreter moves to another package
        interpreter = tf.lite.Interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    start, end = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
    outputs = []
    for image in images:
        interpreter.set_tensor(start, image[np.newaxis])
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(end)[0])
    return np.array(outputs)


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(1).uniform(0, 255, (3, *SHAPE)).astype(np.float32)


@pytest.mark.parametrize("kind", ["", "float16"])
@pytest.mark.parametrize("name", NETWORKS)
def test_outputs_are_those_of_tensorflow_lite(name: str, kind: str, tmp_path: Path, images: np.ndarray) -> None:
    model = with_random_weights(NETWORKS[name])
    path = tmp_path / "network.tflite"
    path.write_bytes(content := converted(model, optimizations=kind))
    images = images if name == "plain" else images / 255
    found = open_model(path)
    network = Network(found.model, path=path)
    expected = computed(content, images)
    assert found.source_format == "tflite"
    assert np.ptp(expected) > 1e-2
    np.testing.assert_allclose(network.outputs(images), expected, rtol=1e-4, atol=1e-4)
    convolutions = ("Conv2D", "DepthwiseConv2D")
    assert len(network.summary.layers) == sum(type(one).__name__ in convolutions for one in model.layers)


@pytest.mark.parametrize("kind", ["int8", "dynamic"])
def test_quantized_networks_are_refused_by_name(kind: str, tmp_path: Path) -> None:
    start = layers.Input(SHAPE)
    inside = layers.Flatten()(layers.Conv2D(16, 5, activation="relu")(start))
    path = tmp_path / "network.tflite"
    path.write_bytes(converted(keras.Model(start, layers.Dense(CLASSES)(inside)), optimizations=kind))
    with pytest.raises(ModelFileError, match=r"quantized to u?int8") as caught:
        open_model(path)
    assert caught.value.code == "unsupported-layer"


def test_what_was_opened_is_saved_as_keras(tmp_path: Path, images: np.ndarray) -> None:
    path = tmp_path / "network.tflite"
    path.write_bytes(converted(with_random_weights(plain)))
    found = open_model(path)
    saved = save_model(found.model, tmp_path / "network.keras", probe=images)
    np.testing.assert_array_equal(open_model(saved.path).model(images), found.model(images))
