"""What Keras does not offer in ONNX networks is refused by the operator's name."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import ModelFileError
from core.network.model_file import open_model
from tests.core.intake.onnx.test_onnx_operators import (
    _FLOAT,
    SIDE,
    Body,
    _combined,
    _norm_of,
    _start,
    _unary,
    _wholes,
)
from tests.core.onnx_writer import OnnxWriter

REFUSED: dict[str, tuple[Body, str]] = {
    "a split image": (lambda net: net.op("Split", _start(net), axis=2, num_outputs=1), "Split"),
    "a transposed batch": (_unary("Transpose", perm=[1, 0, 2, 3]), "moves the batch axis"),
    "a padding by reflection": (
        lambda net: net.op("Pad", _start(net), _wholes(net, 0, 0, 1, 1, 0, 0, 1, 1), mode="reflect"),
        "something other than zeros",
    ),
    "every other channel": (
        lambda net: net.op("Slice", _start(net), *(_wholes(net, value) for value in (0, 4, 1, 2))),
        "every other channel",
    ),
    "channels in reverse": (
        lambda net: net.op("Slice", _start(net), *(_wholes(net, value) for value in (-1, -99, 1, -1))),
        "values in reverse",
    ),
    "a transposed convolution of groups": (
        lambda net: net.op("ConvTranspose", _start(net), net.weight(net.random(4, 1, 3, 3)), group=4),
        "groups or dilation",
    ),
    "a norm with a large limit": (
        lambda net: net.op("Div", _start(net), _norm_of(net, "input", 0.5)), "ReduceL2"
    ),
    "a SELU of other constants": (_unary("Selu", alpha=1.0), "other constants"),
    "a quotient of tensors": (_combined("Div"), "depends on the image"),
    "a GELU by tanh": (_unary("Gelu", approximate="tanh"), "by tanh"),
    "a resizing to aligned corners": (
        lambda net: net.op(
            "Resize", _start(net), "", net.weight(np.array([1, 1, 2, 2], _FLOAT)), mode="linear",
            coordinate_transformation_mode="align_corners",
        ),
        "align_corners",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_keras_does_not_offer_is_refused_by_name(name: str, tmp_path: Path) -> None:
    body, words = REFUSED[name]
    net = OnnxWriter(opset=20, shape=(3, SIDE, SIDE))
    path = net.save(tmp_path / "network.onnx", net.pooled_features(body(net)))
    with pytest.raises(ModelFileError, match=words):
        open_model(path)


def _attended(net: OnnxWriter, start: str) -> str:
    """Add an attention of each channel to all channels, as exporters write it."""
    rows = net.op("Reshape", start, _wholes(net, 0, 0, -1))
    scores = net.op("MatMul", rows, net.op("Transpose", rows, perm=[0, 2, 1]))
    found = net.op("MatMul", net.op("Identity", net.op("Softmax", scores, axis=-1)), rows)
    return net.op("Reshape", found, _wholes(net, 0, 0, SIDE, SIDE))


def test_attention_is_refused_as_such_whatever_else_a_transformer_has(tmp_path: Path) -> None:
    for before in ("", "Mod"):
        net = OnnxWriter(opset=20, shape=(3, SIDE, SIDE))
        start = net.op(before, _start(net), net.weight(np.ones(1, _FLOAT))) if before else _start(net)
        inside = _attended(net, start)
        path = net.save(tmp_path / f"attention{before}.onnx", net.linear(net.flatten(inside, 4 * SIDE * SIDE), 4))
        with pytest.raises(ModelFileError, match="are an attention between positions") as caught:
            open_model(path)
        assert caught.value.code == "unsupported-layer"
        assert "the operators Softmax " in str(caught.value)


def test_a_reshaping_across_images_is_refused_by_the_operators_name(tmp_path: Path) -> None:
    net = OnnxWriter(opset=20, shape=(3, SIDE, SIDE))
    path = net.save(tmp_path / "across.onnx", net.op("Reshape", _start(net), _wholes(net, -1)))
    with pytest.raises(ModelFileError, match=r"the operator Reshape '.*': it reshapes"):
        open_model(path)
