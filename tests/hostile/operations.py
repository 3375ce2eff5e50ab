"""Model files whose operations, or layers that stand for others, are a trap."""

from collections.abc import Callable, Iterator
from typing import Any

import h5py

from tests.hostile.case import Case, edited, hostile, in_both_formats

Edit = Callable[[Any, h5py.File], object]


def _entry(description: Any, name: str) -> Any:
    return next(one for one in description["config"]["layers"] if one["name"] == name)


def _first(description: Any, class_name: str) -> Any:
    return next(one for one in description["config"]["layers"] if one["class_name"] == class_name)


def _argument(class_name: str, place: int, value: Any) -> Edit:
    """Return an edit of what an operation is called with."""

    def edit(description: Any, file: h5py.File) -> None:
        _first(description, class_name)["inbound_nodes"][0]["args"][place] = value

    return edit


def _settings(class_name: str, **settings: Any) -> Edit:
    return lambda description, file: _first(description, class_name)["config"].update(settings)


def _renamed(class_name: str, /, **entry: Any) -> Edit:
    return lambda description, file: _first(description, class_name).update(entry)


def _as_function(function: Any, **call: Any) -> Edit:
    """Turn an operation into one of Keras 2."""

    def edit(description: Any, file: h5py.File) -> None:
        entry = _first(description, "TrueDivide")
        (read,) = [one for one in entry["inbound_nodes"][0]["args"] if isinstance(one, dict)]
        source = read["config"]["keras_history"][0]
        name = entry["name"]
        entry.clear()
        entry.update(class_name="TFOpLambda", name=name, config={"name": name, "function": function})
        entry["inbound_nodes"] = [[source, 0, 0, {"y": 2.0, **call}]]

    return edit


_APPLICATIONS = {"LayerScale": "convnext", "CustomScaleLayer": "inception_resnet_v2"}


def _stands_for(class_name: str, other: str, **config: Any) -> Edit:
    """Turn a layer into one that is opened as other layers."""

    def edit(description: Any, file: h5py.File) -> None:
        entry = _first(description, class_name)
        entry.update(class_name=other, registered_name=other, config={"name": entry["name"], **config})
        if "module" in entry:
            entry["module"] = f"keras.src.applications.{_APPLICATIONS[other]}"

    return edit


def _call_twice(description: Any, file: h5py.File) -> None:
    _first(description, "TrueDivide")["inbound_nodes"] *= 2


def _keyword(description: Any, file: h5py.File) -> None:
    _first(description, "TrueDivide")["inbound_nodes"][0]["kwargs"] = {"out": "/etc/passwd"}


def _other_module(description: Any, file: h5py.File) -> None:
    _first(description, "TrueDivide").update(module="keras.src.ops.numpy.os", class_name="system")


def _other_source(description: Any, file: h5py.File) -> None:
    layers = description["config"]["layers"]
    picked = next(one for one in layers if one["class_name"] == "GetItem")
    flat = _first(description, "Conv2D")["name"]
    picked["inbound_nodes"][0]["args"][0]["config"]["keras_history"] = [flat, 0, 0]


def _read_a_channel(description: Any, file: h5py.File) -> None:
    picked = _first(description, "GetItem")["name"]
    conv = _first(description, "Conv2D")
    conv["inbound_nodes"][0]["args"][0]["config"]["keras_history"] = [picked, 0, 0]


_TENSOR = {"class_name": "__tensor__"}
_ELLIPSIS = {"class_name": "__ellipsis__", "config": {}}
_ARITHMETIC: dict[str, tuple[Edit, tuple[str, ...]]] = {
    "a division by zero": (_argument("TrueDivide", 1, 0), ("unsupported-config",)),
    "a division by almost zero": (_argument("TrueDivide", 1, 1e-45), ("unsupported-config",)),
    "a constant of 10³⁰⁰": (_argument("TrueDivide", 1, 1e300), ("unsupported-config",)),
    "a constant of a million numbers": (
        _argument("TrueDivide", 1, {**_TENSOR, "config": {"value": [1.0] * 1_000_000}}),
        ("unsupported-config",),
    ),
    "a constant of uneven lists": (
        _argument("TrueDivide", 1, {**_TENSOR, "config": {"value": [[1.0], [1.0, 2.0]]}}),
        ("unsupported-config",),
    ),
    "a constant for each image": (
        _argument("TrueDivide", 1, {**_TENSOR, "config": {"value": [[[[1.0]]], [[[2.0]]]]}}),
        ("unsupported-config",),
    ),
    "a constant of five axes": (
        _argument("TrueDivide", 1, {**_TENSOR, "config": {"value": [[[[[1.0]]]]]}}),
        ("unsupported-config",),
    ),
    "a constant of seven channels": (_argument("TrueDivide", 1, [1.0] * 7), ("unsupported-config",)),
    "a constant that is a text": (_argument("TrueDivide", 1, "__import__('os')"), ("unsupported-config",)),
    "a constant that is code": (
        _argument("TrueDivide", 1, {"class_name": "__lambda__", "config": {"code": "4wA="}}),
        ("unsupported-config",),
    ),
    "an operand that is a deep list": (
        _argument("TrueDivide", 1, [[[[[[[[[[[[1.0]]]]]]]]]]]]),
        ("unsupported-config",),
    ),
    "an operation on no tensor": (_argument("TrueDivide", 0, 1.0), ("unsupported-config",)),
    "an operation that is not known": (
        _renamed("TrueDivide", class_name="Fft", registered_name="Fft"),
        ("unsupported-layer",),
    ),
    "an operation of another module": (_other_module, ("unsupported-layer",)),
    "an operation that is used twice": (_call_twice, ("unsupported-network",)),
    "an operation with a named operand": (_keyword, ("unsupported-config",)),
    "an operation in half precision": (_settings("TrueDivide", dtype="float16"), ("unsupported-config",)),
    "an operation with a setting of its own": (_settings("TrueDivide", device="/gpu:0"), ("unsupported-config",)),
    "a cast to whole numbers": (_settings("Cast", dtype="int32"), ("unsupported-config",)),
    "a mean over the images": (_settings("Mean", axis=[0, 1]), ("unsupported-config",)),
    "a function that reads files": (_as_function("io.read_file"), ("unsupported-layer",)),
    "a function that is no name": (_as_function({"config": "os.system"}), ("unsupported-layer",)),
    "a function with other operands": (_as_function("math.truediv", device="/gpu:0"), ("unsupported-config",)),
    "a layer that only this program makes": (
        _renamed("Conv2D", class_name="TakeChannels", registered_name=None),
        ("unsupported-layer",),
    ),
    "a layer that crops at random": (
        _renamed("Conv2D", class_name="RandomCrop", registered_name=None),
        ("unsupported-layer",),
    ),
}  # fmt: skip
_CHANNELS: dict[str, tuple[Edit, tuple[str, ...]]] = {
    "a channel that is not there": (_argument("GetItem", 1, [_ELLIPSIS, 3]), ("unsupported-config",)),
    "a channel of 10⁹": (_argument("GetItem", 1, [_ELLIPSIS, 10**9]), ("unsupported-config",)),
    "a part of the image": (_argument("GetItem", 1, [0, _ELLIPSIS]), ("unsupported-config",)),
    "channels of two tensors as one": (_other_source, ("unsupported-network",)),
    "a single channel that a layer reads": (_read_a_channel, ("unsupported-network", "damaged-file")),
    "channels side by side along the images": (_settings("Stack", axis=0), ("unsupported-config",)),
}


_RARER: dict[str, tuple[Edit, tuple[str, ...]]] = {
    "a transposed convolution of 10⁹ filters": (
        _settings("Conv2DTranspose", filters=10**9),
        ("unsupported-config", "wrong-weight-shape"),
    ),
    "a transposed convolution with strides of 4,096": (
        _settings("Conv2DTranspose", strides=[4096, 4096]),
        ("file-too-large",),
    ),
    "a transposed convolution padded by more than its strides": (
        _settings("Conv2DTranspose", output_padding=[7, 7]),
        ("unsupported-config",),
    ),
    "a transposed convolution padded by a negative number": (
        _settings("Conv2DTranspose", output_padding=[-1, -1]),
        ("unsupported-config",),
    ),
    "a transposed convolution, channels first": (
        _settings("Conv2DTranspose", data_format="channels_first"),
        ("channels-first",),
    ),
    "groups that do not divide the channels": (_settings("GroupNormalization", groups=3), ("unsupported-config",)),
    "no groups": (_settings("GroupNormalization", groups=0), ("unsupported-config",)),
    "groups of minus two": (_settings("GroupNormalization", groups=-2), ("unsupported-config",)),
    "groups along the images": (_settings("GroupNormalization", axis=0), ("unsupported-config",)),
    "lengths along the images": (_settings("UnitNormalization", axis=0), ("unsupported-config",)),
    "lengths along an axis that is not there": (_settings("UnitNormalization", axis=[1, 7]), ("unsupported-config",)),
    "roots along the images": (_settings("RMSNormalization", axis=[0]), ("unsupported-config",)),
    "a vector repeated 10⁹ times": (_settings("RepeatVector", n=10**9), ("unsupported-config",)),
    "a crop of 10⁹ lines": (_settings("CenterCrop", height=10**9), ("unsupported-config",)),
    "a kernel of one axis that is larger than its input": (
        _settings("SeparableConv1D", kernel_size=[4000]),
        ("unsupported-config", "wrong-weight-shape"),
    ),
    "a scale of 10⁹ channels": (
        _stands_for("UnitNormalization", "LayerScale", projection_dim=10**9),
        ("unsupported-config",),
    ),
    "a scale of as many channels as it likes": (
        _stands_for("UnitNormalization", "LayerScale", projection_dim=50_000),
        ("wrong-weight-shape", "missing-weights", "names-disagree"),
    ),
    "a scale without its number": (_stands_for("UnitNormalization", "LayerScale"), ("unsupported-config",)),
    "a sum of two that reads one": (
        _stands_for("UnitNormalization", "CustomScaleLayer", scale=0.5),
        ("unsupported-network",),
    ),
    "a layer of a person's own with a known name": (
        _renamed("UnitNormalization", class_name="LayerScale", registered_name="Custom>LayerScale", module="__main__"),
        ("unsupported-layer", "unsupported-config", "missing-weights"),
    ),
}


def _cases(form: str) -> Iterator[Case]:
    for network, edits in (("arithmetic", _ARITHMETIC), ("blue first", _CHANNELS), ("rarer layers", _RARER)):
        for name, (edit, codes) in edits.items():
            yield hostile(name, "model", "operation", edited(edit, form, network), *codes)


OPERATION_CASES = in_both_formats(_cases)
