"""TensorFlow Lite files that are traps."""

import contextlib
import io
import struct
import warnings
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from tests.hostile.case import Case, Make, constant, hostile, ordinary

_RELU, _CUSTOM, _WHILE, _IDENTIFIER = 19, 32, 119, b"TFL3"


@lru_cache
def small_tflite() -> bytes:
    """Return an ordinary network: a convolution, an activation of its own, a dense layer."""
    import keras  # noqa: PLC0415 - the other cases need neither Keras nor TensorFlow
    import tensorflow as tf  # noqa: PLC0415

    layers = keras.layers
    start = layers.Input((8, 8, 3))
    inside = layers.Activation("sigmoid")(layers.Conv2D(4, 3)(start))
    model = keras.Model(start, layers.Dense(5)(layers.GlobalAveragePooling2D()(inside)))
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        return bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert())


def edited_tflite(edit: Callable[[Any], object]) -> Make:
    """Return a function that writes the ordinary network, edited as the schema's objects."""

    def make(path: Path, marker: Path) -> None:
        import flatbuffers  # noqa: PLC0415
        from tensorflow.lite.python import schema_py_generated as schema  # noqa: PLC0415

        model = schema.ModelT.InitFromPackedBuf(small_tflite())
        edit(model)
        builder = flatbuffers.Builder(4096)
        builder.Finish(model.Pack(builder), file_identifier=_IDENTIFIER)
        path.write_bytes(bytes(builder.Output()))

    return make


def _bytes(change: Callable[[bytearray], object]) -> Make:
    """Return a function that writes the ordinary network with changed bytes."""

    def make(path: Path, marker: Path) -> None:
        content = bytearray(small_tflite())
        change(content)
        path.write_bytes(content)

    return make


def _code(model: Any, code: int, custom: bytes | None = None) -> None:
    found = next(one for one in model.operatorCodes if one.builtinCode == 14)
    found.builtinCode, found.deprecatedBuiltinCode, found.customCode = code, min(code, 127), custom


def _weights(model: Any, values: Any, dtype: str = "<f4") -> None:
    buffer = max((one for one in model.buffers if one.data is not None), key=lambda one: len(one.data))
    buffer.data = np.frombuffer(np.asarray(values(len(buffer.data) // 4), dtype).tobytes(), np.uint8)


def _number(model: Any, value: int, *, of: str) -> None:
    operator = model.subgraphs[0].operators[1]
    setattr(operator, of, np.array([value], np.int32))


def _external(model: Any) -> None:
    buffer = max((one for one in model.buffers if one.data is not None), key=lambda one: len(one.data))
    buffer.data, buffer.offset, buffer.size = None, 2**40, 2**40


def _shape(model: Any, *shape: int) -> None:
    tensor = model.subgraphs[0].tensors[model.subgraphs[0].inputs[0]]
    tensor.shape = np.array(shape, np.int32)
    tensor.shapeSignature = np.array(shape, np.int32)


def _quantized(model: Any) -> None:
    for tensor in model.subgraphs[0].tensors:
        tensor.type = 9


def _options(model: Any, name: str, value: int) -> None:
    options = next(one.builtinOptions for one in model.subgraphs[0].operators if hasattr(one.builtinOptions, "strideH"))
    setattr(options, name, value)


def _other_options(model: Any) -> None:
    """Give the dense layer options that TensorFlow Lite passes over: their activation counts for other readers."""
    operator = next(one for one in model.subgraphs[0].operators if hasattr(one.builtinOptions, "weightsFormat"))
    operator.builtinOptions.fusedActivationFunction = 1
    operator.builtinOptionsType = 10


def _second_shape(model: Any) -> None:
    """Give the bias of the convolution a second shape; TensorFlow Lite takes the first."""
    graph = model.subgraphs[0]
    tensor = graph.tensors[graph.operators[0].inputs[2]]
    tensor.shape, tensor.shapeSignature = np.array([4], np.int32), np.array([4, 1], np.int32)


def _everywhere(content: bytearray) -> None:
    """Make every other number of the first part point far out of the file."""
    for place in range(16, min(len(content), 600) - 4, 8):
        struct.pack_into("<I", content, place, 0x7FFFFFF0)


_CASES: dict[str, tuple[Make, tuple[str, ...]]] = {
    "options of another kind": (edited_tflite(_other_options), ("damaged-file",)),
    "a constant of two shapes": (edited_tflite(_second_shape), ("shapes-disagree",)),
    "only its signature": (constant(b"\x1c\x00\x00\x00TFL3"), ("damaged-file",)),
    "an end cut off": (_bytes(lambda content: content.__delitem__(slice(len(content) // 2, None))), ("damaged-file",)),
    "a root outside of the file": (
        _bytes(lambda content: struct.pack_into("<I", content, 0, 2**32 - 1)),
        ("damaged-file",),
    ),
    "a root that is its own table": (
        _bytes(lambda content: struct.pack_into("<I", content, 0, 4)),
        ("damaged-file", "wrong-format"),
    ),
    "places far away": (_bytes(_everywhere), ("damaged-file", "wrong-format")),
    "noise": (
        constant(b"\x20\x00\x00\x00TFL3" + np.random.default_rng(2).bytes(4_000)),
        ("damaged-file", "wrong-format"),
    ),
    "another version": (edited_tflite(lambda model: setattr(model, "version", 99)), ("wrong-format",)),
    "an operator of its own": (edited_tflite(lambda model: _code(model, _CUSTOM, b"FlexEvil")), ("unsupported-layer",)),
    "a loop": (edited_tflite(lambda model: _code(model, _WHILE)), ("unsupported-layer",)),
    "an unknown operator": (edited_tflite(lambda model: _code(model, 5_000)), ("unsupported-layer",)),
    "two graphs": (edited_tflite(lambda model: model.subgraphs.append(model.subgraphs[0])), ("unsupported-network",)),
    "a tensor out of range": (edited_tflite(lambda model: _number(model, 10_000, of="inputs")), ("damaged-file",)),
    "a tensor below nothing": (edited_tflite(lambda model: _number(model, -7, of="inputs")), ("damaged-file",)),
    "an output of the input": (
        edited_tflite(lambda model: _number(model, int(model.subgraphs[0].inputs[0]), of="outputs")),
        ("unsupported-network",),
    ),
    "weights that are no numbers": (
        edited_tflite(lambda model: _weights(model, lambda count: np.full(count, np.nan))),
        ("bad-weights",),
    ),
    "fewer weights": (
        edited_tflite(lambda model: _weights(model, lambda count: np.ones(count - 1))),
        ("damaged-file",),
    ),
    "weights outside of the network": (edited_tflite(_external), ("external-data",)),
    "a huge image": (edited_tflite(lambda model: _shape(model, 1, 2**30, 2**30, 3)), ("wrong-input",)),
    "an image of open size": (edited_tflite(lambda model: _shape(model, -1, -1, -1, 3)), ("wrong-input",)),
    "whole numbers": (edited_tflite(_quantized), ("unsupported-layer",)),
    "a stride of nothing": (edited_tflite(lambda model: _options(model, "strideH", 0)), ("unsupported-config",)),
    "a huge stride": (edited_tflite(lambda model: _options(model, "strideH", 2**31 - 1)), ("unsupported-config",)),
}

TFLITE_CASES: list[Case] = [
    *(
        hostile(f"TensorFlow Lite: {name}", "model", "net.tflite", make, *codes)
        for name, (make, codes) in _CASES.items()
    ),
    ordinary(
        "TensorFlow Lite: an ordinary network", "model", "net.tflite", lambda path: path.write_bytes(small_tflite())
    ),
]
