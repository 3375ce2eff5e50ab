"""ONNX and TensorFlow Lite files that are traps, and files that people take for networks."""

import io
import json
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from tests.core.onnx_writer import OnnxWriter
from tests.hostile.case import Case, Make, constant, hostile, ordinary, pickled

Edit = Callable[[onnx.ModelProto], object]


def small_onnx() -> onnx.ModelProto:
    """Return an ordinary network: a convolution, a flattened image, a dense layer."""
    net = OnnxWriter(shape=(3, 6, 6))
    inside = net.flatten(net.relu(net.conv("input", 4, name="conv")), 4 * 36)
    return net.model(net.linear(inside, 5, "fc"))


def edited_onnx(edit: Edit) -> Make:
    """Return a function that writes the ordinary network, edited."""

    def make(path: Path, marker: Path) -> None:
        model = small_onnx()
        edit(model)
        path.write_bytes(model.SerializeToString())

    return make


def node_of(model: onnx.ModelProto, kind: str) -> Any:
    """Return the operator of a kind."""
    return next(node for node in model.graph.node if node.op_type == kind)


def weight_of(model: onnx.ModelProto, name: str) -> Any:
    """Return the constant of a name."""
    return next(weight for weight in model.graph.initializer if weight.name == name)


def _external(model: onnx.ModelProto) -> None:
    weight = weight_of(model, "fc.weight")
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    for key, value in (("location", "../../../../etc/passwd"), ("offset", "0"), ("length", "64")):
        weight.external_data.add(key=key, value=value)


def _external_attribute(model: onnx.ModelProto) -> None:
    value = helper.make_tensor("value", TensorProto.FLOAT, [1], [1.0])
    value.external_data.add(key="location", value="/etc/passwd")
    model.graph.node.insert(0, helper.make_node("Constant", [], ["c"], value=value))
    node_of(model, "Gemm").input[2] = "c"


def _other_kind(kind: str, **changes: Any) -> Edit:
    def edit(model: onnx.ModelProto) -> None:
        node = node_of(model, "Relu")
        node.op_type = kind
        for key, value in changes.items():
            if key == "domain":
                node.domain = value
            else:
                node.attribute.append(helper.make_attribute(key, value))

    return edit


def _attribute(kind: str, name: str, value: Any) -> Edit:
    def edit(model: onnx.ModelProto) -> None:
        node = node_of(model, kind)
        for one in [each for each in node.attribute if each.name == name]:
            node.attribute.remove(one)
        node.attribute.append(helper.make_attribute(name, value))

    return edit


def _dims(name: str, *dims: int) -> Edit:
    def edit(model: onnx.ModelProto) -> None:
        weight_of(model, name).dims[:] = dims

    return edit


def _raw(name: str, content: bytes) -> Edit:
    def edit(model: onnx.ModelProto) -> None:
        weight_of(model, name).raw_data = content

    return edit


def _cycle(model: onnx.ModelProto) -> None:
    node_of(model, "Conv").input[0] = node_of(model, "Relu").output[0]


def _subgraph(model: onnx.ModelProto) -> None:
    inner = helper.make_graph([], "inner", [], [])
    node = node_of(model, "Relu")
    node.op_type = "If"
    node.attribute.append(helper.make_attribute("then_branch", inner))


def _function(model: onnx.ModelProto) -> None:
    model.functions.add(name="Relu", domain="", input=["x"], output=["y"])


def _many_constants(model: onnx.ModelProto) -> None:
    for name, shape in (("a", 2**40), ("b", 2**40)):
        tensor = helper.make_tensor(f"{name}_shape", TensorProto.INT64, [1], [shape])
        model.graph.initializer.append(tensor)
        model.graph.node.insert(0, helper.make_node("ConstantOfShape", [f"{name}_shape"], [name]))
    node_of(model, "Gemm").input[2] = "a"


def _input_size(*shape: int | str) -> Edit:
    def edit(model: onnx.ModelProto) -> None:
        model.graph.input[0].CopyFrom(helper.make_tensor_value_info("input", TensorProto.FLOAT, shape))

    return edit


def _strings(model: onnx.ModelProto) -> None:
    weight = weight_of(model, "fc.bias")
    weight.CopyFrom(helper.make_tensor("fc.bias", TensorProto.STRING, [5], [b"a"] * 5))


def _second_output(model: onnx.ModelProto) -> None:
    model.graph.output.append(helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, 6, 6]))


def _missing(model: onnx.ModelProto) -> None:
    model.graph.initializer.remove(weight_of(model, "fc.bias"))


def _deep(model: onnx.ModelProto) -> None:
    last = node_of(model, "Relu").output[0]
    for index in range(12_000):
        model.graph.node.append(helper.make_node("Relu", [last], [f"deep_{index}"]))
        last = f"deep_{index}"
    node_of(model, "Flatten").input[0] = last


def _wide(path: Path) -> None:
    """Make each of 20 layers read the one before it twice: walked without care, a million paths."""
    net = OnnxWriter(shape=(3, 6, 6))
    inside = net.conv("input", 4)
    for _ in range(20):
        inside = net.op("Max", inside, inside)
    path.write_bytes(net.model(net.linear(net.pooled_features(inside), 5)).SerializeToString())


def proto_field(number: int, content: bytes) -> bytes:
    """Return a field of bytes of a Protocol Buffers message."""
    length, value = b"", len(content)
    while value > 0x7F:
        length, value = length + bytes([value & 0x7F | 0x80]), value >> 7
    return bytes([number << 3 | 2]) + length + bytes([value]) + content


def _two_graphs(path: Path, marker: Path) -> None:
    model = small_onnx()
    path.write_bytes(model.SerializeToString() + proto_field(7, model.graph.SerializeToString()))


def _truncated(path: Path, marker: Path) -> None:
    path.write_bytes(small_onnx().SerializeToString()[:-200])


_MANY_FIELDS = b"\x08\x08" + proto_field(7, b"\x52\x00" * 3_000_000)
_NESTED = b"\x08\x08" + proto_field(7, proto_field(1, proto_field(5, proto_field(6, proto_field(1, b"")) * 50_000)))

_ONNX: dict[str, tuple[Make, tuple[str, ...]]] = {
    "weights in another file": (edited_onnx(_external), ("external-data",)),
    "a constant in another file": (edited_onnx(_external_attribute), ("external-data",)),
    "an operator of its own": (edited_onnx(_other_kind("Evil", domain="evil.code")), ("unsupported-layer",)),
    "a Python operator": (edited_onnx(_other_kind("PyOp", domain="ai.onnx.contrib")), ("unsupported-layer",)),
    "an unknown operator": (edited_onnx(_other_kind("NonZero")), ("unsupported-layer",)),
    "a graph in the graph": (edited_onnx(_subgraph), ("unsupported-layer",)),
    "an operator of whole numbers": (edited_onnx(_other_kind("QLinearConv")), ("unsupported-layer",)),
    "an operator defined anew": (edited_onnx(_function), ("unsupported-network",)),
    "operators in a circle": (edited_onnx(_cycle), ("unsupported-network",)),
    "two outputs": (edited_onnx(_second_output), ("unsupported-network",)),
    "a tensor that nothing gives": (edited_onnx(_missing), ("damaged-file",)),
    "a huge shape": (edited_onnx(_dims("fc.weight", 2**40, 2**20)), ("file-too-large",)),
    "a shape below nothing": (edited_onnx(_dims("fc.weight", -1, 144)), ("damaged-file",)),
    "another shape than its numbers": (edited_onnx(_dims("fc.weight", 5, 145)), ("damaged-file",)),
    "weights of another shape": (edited_onnx(_dims("fc.weight", 144, 5)), ("wrong-weight-shape",)),
    "a bias for other units": (
        edited_onnx(lambda model: (_dims("fc.bias", 4)(model), _raw("fc.bias", bytes(16))(model))),
        ("damaged-file", "wrong-weight-shape"),
    ),
    "weights that are no numbers": (edited_onnx(_raw("fc.bias", np.full(5, np.nan, "f4").tobytes())), ("bad-weights",)),
    "weights of texts": (edited_onnx(_strings), ("unsafe-type",)),
    "huge constants": (edited_onnx(_many_constants), ("unsupported-network", "damaged-file")),
    "a huge margin": (edited_onnx(_attribute("Conv", "pads", [2**40] * 4)), ("unsupported-config",)),
    "a margin below nothing": (edited_onnx(_attribute("Conv", "pads", [-1] * 4)), ("unsupported-config",)),
    "a stride of nothing": (edited_onnx(_attribute("Conv", "strides", [0, 0])), ("unsupported-config",)),
    "strides in words": (edited_onnx(_attribute("Conv", "strides", "evil")), ("unsupported-config",)),
    "a group of nothing": (edited_onnx(_attribute("Conv", "group", 0)), ("wrong-weight-shape",)),
    "a huge image": (edited_onnx(_input_size("n", 3, 2**40, 2**40)), ("wrong-input",)),
    "an image of open size": (edited_onnx(_input_size("n", 3, "h", "w")), ("wrong-input",)),
    "a sequence in place of an image": (edited_onnx(_input_size("n", 3)), ("wrong-input",)),
    "very many operators": (edited_onnx(_deep), ("file-too-large",)),
    "two weights of one name": (
        edited_onnx(lambda model: model.graph.initializer.append(weight_of(model, "fc.bias"))),
        ("damaged-file",),
    ),
    "a setting twice": (
        edited_onnx(lambda model: node_of(model, "Conv").attribute.append(node_of(model, "Conv").attribute[0])),
        ("damaged-file",),
    ),
    "two versions of its operators": (
        edited_onnx(lambda model: model.opset_import.append(helper.make_opsetid("ai.onnx", 9))),
        ("damaged-file",),
    ),
    "two graphs": (_two_graphs, ("damaged-file",)),
    "an end cut off": (_truncated, ("damaged-file",)),
    "a field for every two bytes": (constant(_MANY_FIELDS), ("file-too-large",)),
    "messages in messages": (constant(_NESTED), ("unsupported-network", "damaged-file", "wrong-format")),
    "only a version": (constant(b"\x08\x08"), ("wrong-format",)),
    "noise": (constant(np.random.default_rng(5).bytes(4_000)), ("damaged-file", "wrong-format")),
}


def _torch_archive(path: Path, marker: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickled(marker, 2))
        archive.writestr("archive/data/0", bytes(64))
        archive.writestr("archive/version", b"3\n")


def _torch_pickle(path: Path, marker: Path) -> None:
    path.write_bytes(pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickled(marker, 2))


def _torch_script(path: Path, marker: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("net/code/__torch__.py", b"import os")
        archive.writestr("net/data.pkl", pickled(marker, 2))
        archive.writestr("net/constants.pkl", pickled(marker, 2))


def _numpy_archive(path: Path, marker: Path) -> None:
    content = io.BytesIO()
    np.savez(content, images=np.zeros((2, 4, 4, 3)), labels=np.arange(2))
    path.write_bytes(content.getvalue())


_HEADER = json.dumps({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
_SAFETENSORS = struct.pack("<Q", len(_HEADER)) + _HEADER + bytes(8)
_LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n"
_PAGE = b"\n<!DOCTYPE html>\n<html><body><script>alert(1)</script>Sign in</body></html>"
_TFJS = json.dumps({"format": "layers-model", "modelTopology": {}, "weightsManifest": []}).encode()

_OTHERS: dict[str, tuple[str, Make, str]] = {
    "a PyTorch file": ("net.pt", _torch_archive, "wrong-format"),
    "a PyTorch file named .onnx": ("net.onnx", _torch_archive, "wrong-format"),
    "an old PyTorch file": ("net.pth", _torch_pickle, "wrong-format"),
    "a TorchScript file": ("net.pt", _torch_script, "wrong-format"),
    "a pickle": ("net.pkl", lambda path, marker: path.write_bytes(pickled(marker)), "wrong-format"),
    "a pickle named .onnx": ("net.onnx", lambda path, marker: path.write_bytes(pickled(marker)), "wrong-format"),
    "a safetensors file": ("model.safetensors", constant(_SAFETENSORS), "wrong-format"),
    "a Git LFS pointer": ("net.h5", constant(_LFS), "wrong-format"),
    "a Git LFS pointer named .onnx": ("net.onnx", constant(_LFS), "wrong-format"),
    "a web page": ("net.keras", constant(_PAGE), "wrong-format"),
    "a web page named .tflite": ("net.tflite", constant(_PAGE), "wrong-format"),
    "a server's error": ("net.onnx", constant(b"<?xml version='1.0'?><Error>AccessDenied</Error>"), "wrong-format"),
    "a TensorFlow.js network": ("model.json", constant(_TFJS), "wrong-format"),
    "weights of TensorFlow.js": ("group1-shard1of1.bin", constant(bytes(range(256))), "wrong-format"),
    "arrays of NumPy": ("net.npz", _numpy_archive, "wrong-format"),
    "a network without weights": (
        "net.json",
        constant(b'{"class_name": "Functional", "config": {}}'),
        "missing-weights",
    ),
    "a frozen graph": ("frozen.pb", constant(b"\x0a\x10\x0a\x05input"), "wrong-format"),
    "an empty download": ("net.onnx", constant(b""), "empty-file"),
}

FOREIGN_CASES: list[Case] = [
    *(hostile(f"ONNX: {name}", "model", "net.onnx", make, *codes) for name, (make, codes) in _ONNX.items()),
    *(hostile(f"no network: {name}", "model", file, make, code) for name, (file, make, code) in _OTHERS.items()),
    ordinary("ONNX: operators read twice", "model", "net.onnx", _wide),
    ordinary(
        "ONNX: an ordinary network", "model", "net.onnx", lambda path: edited_onnx(lambda model: None)(path, path)
    ),
]
