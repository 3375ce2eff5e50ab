"""Operations in a network's graph, such as `x / 127.5 - 1`, as layers that compute the same.

Keras 3 stores such an operation by the name of its class in `keras.ops`, Keras 2 by the name of a TensorFlow function
in a `TFOpLambda`. Only the names listed here are known; nothing is looked up or executed.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.intake.model.graph.entries import check_place
from core.intake.model.graph.stand_ins import Step, Steps
from core.intake.model.layers import RULES, Config, check_dtype
from core.intake.model.values import WrongValue, number, numbers
from core.intake.refusal import Refusal, shortened

Numbers = Any  # a number, or nested lists of numbers
_NUMPY, _NN, _CORE = "keras.src.ops.numpy", "keras.src.ops.nn", "keras.src.ops.core"
_MODULES = (_NUMPY, _NN, _CORE)
_OLD_CLASSES = ("TFOpLambda", "SlicingOpLambda")
# A constant as it stands in the place of the layer that an operation reads, in files of Keras 2.
_CONSTANT = "_CONSTANT_VALUE"

# Where Keras has the class of each operation, and what it is called here.
_CLASSES: Mapping[str, tuple[str, str]] = {
    "Add": (_NUMPY, "add"),
    "Subtract": (_NUMPY, "subtract"),
    "Multiply": (_NUMPY, "multiply"),
    "TrueDivide": (_NUMPY, "divide"),
    "Divide": (_NUMPY, "divide"),
    "Maximum": (_NUMPY, "maximum"),
    "Minimum": (_NUMPY, "minimum"),
    "Negative": (_NUMPY, "negative"),
    "Cast": (_CORE, "cast"),
    "Mean": (_NUMPY, "mean"),
    "Relu": (_NN, "relu"),
    "Relu6": (_NN, "relu6"),
    "Sigmoid": (_NN, "sigmoid"),
    "Silu": (_NN, "silu"),
    "Tanh": (_NUMPY, "tanh"),
    "Elu": (_NN, "elu"),
    "Softplus": (_NN, "softplus"),
    "HardSilu": (_NN, "hard_silu"),
    "HardSigmoid": (_NN, "hard_sigmoid"),
    "Softmax": (_NN, "softmax"),
    "GetItem": (_NUMPY, "getitem"),
    "Stack": (_NUMPY, "stack"),
    "Concatenate": (_NUMPY, "concatenate"),
}
_FUNCTIONS: Mapping[str, str] = {
    "math.add": "add",
    "__operators__.add": "add",
    "nn.bias_add": "add",
    "math.subtract": "subtract",
    "math.multiply": "multiply",
    "math.truediv": "divide",
    "math.divide": "divide",
    "math.negative": "negative",
    "math.maximum": "maximum",
    "math.minimum": "minimum",
    "cast": "cast",
    "math.reduce_mean": "mean",
    "nn.relu": "relu",
    "nn.relu6": "relu6",
    "math.sigmoid": "sigmoid",
    "nn.silu": "silu",
    "math.tanh": "tanh",
    "nn.softmax": "softmax",
    "__operators__.getitem": "getitem",
}
_ACTIVATIONS = frozenset(
    {"relu", "relu6", "sigmoid", "silu", "tanh", "elu", "softplus", "hard_silu", "hard_sigmoid", "softmax"}
)
_MERGES = {"add": "Add", "subtract": "Subtract", "multiply": "Multiply", "maximum": "Maximum", "minimum": "Minimum"}
# Settings of an operation beside its name and, in some releases, its dtype.
_SETTINGS: Mapping[str, frozenset[str]] = {
    "mean": frozenset({"axis", "keepdims"}),
    "elu": frozenset({"alpha"}),
    **dict.fromkeys(("softmax", "stack", "concatenate"), frozenset({"axis"})),
}
_OLD_SETTINGS = frozenset({"function", "trainable", "axis", "keepdims"})
# A square root gives back what was squared, bit for bit, while the square is a normal float32.
_SMALLEST_DIVISOR, _LARGEST_DIVISOR = 1e-6, 1e18


@dataclass(frozen=True, slots=True)
class Constant:
    """Numbers that an operation takes beside a tensor."""

    value: Numbers


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of a network's graph.

    Attributes:
        reads: names of the layers it reads, inside its network.
        steps: the layers that compute the same.
        channel: the channel that it takes out of its input, without an axis for it: only a `stack` may read it.
        is_stack: whether it puts single channels side by side; its steps follow from what it reads.
    """

    reads: list[str]
    steps: Steps = ()
    channel: int | None = None
    is_stack: bool = False


def is_operation(entry: Mapping[str, Any]) -> bool:
    """Tell whether an entry of a network's list of layers is an operation and no layer."""
    class_name, module = entry.get("class_name"), entry.get("module")
    if class_name in _OLD_CLASSES:
        return True
    if isinstance(module, str):
        # One name, such as Concatenate, is a layer in one module and an operation in another.
        return module in _MODULES
    if module is not None or class_name not in _CLASSES:
        return False
    # An `.h5` file of Keras 3 does not tell modules: a layer reads several others as one list.
    nodes = entry.get("inbound_nodes")
    node = nodes[0] if isinstance(nodes, list) and nodes else None
    args = node.get("args") if isinstance(node, dict) else None
    return class_name not in RULES or (isinstance(args, list) and len(args) > 1)


def modules_of(class_name: str) -> tuple[str, ...]:
    """Return where Keras has the class of an operation; empty for one of Keras 2, or an unknown one."""
    return (_CLASSES[class_name][0],) if class_name in _CLASSES else ()


def read_operation(entry: Mapping[str, Any], *, name: str) -> Operation:
    """Read an operation.

    Raises:
        Refusal: `unsupported-layer`, `unsupported-config` or `damaged-file`.
    """
    class_name, config = str(entry.get("class_name")), entry.get("config")
    config = config if isinstance(config, dict) else {}
    is_old = class_name in _OLD_CLASSES
    function = config.get("function") if is_old else class_name
    kind = None
    if isinstance(function, str):
        kind = _FUNCTIONS.get(function) if is_old else _CLASSES.get(function, ("", None))[1]
    if kind is None:
        raise Refusal(
            "unsupported-layer",
            f"layer '{shortened(name)}' is the operation {shortened(function)}, which is not among the allowed ones",
        )
    where = f"layer '{shortened(name)}'"
    if is_old or kind != "cast":
        check_dtype(config.get("dtype"), where)
    known = {"name", "dtype"} | (_OLD_SETTINGS if is_old else _SETTINGS.get(kind, frozenset()))
    if unknown := sorted(key for key in config if key not in known):
        raise Refusal("unsupported-config", f"{where} has a setting that is not allowed: {shortened(unknown[0])}")
    nodes = entry.get("inbound_nodes")
    if not isinstance(nodes, list) or len(nodes) != 1:
        raise Refusal("unsupported-network", f"{where} must be used once, like every layer")
    try:
        operands, settings = (_old_call if is_old else _call)(nodes[0])
        _expect(is_old or kind != "softmax" or config.get("axis", -1) == -1, "the last axis")
        return _made(kind, operands, {**config, **settings})
    except WrongValue as expected:
        raise Refusal(
            "unsupported-config",
            f"the operation '{shortened(name)}' ({shortened(function)}) is used in a way that is not supported: "
            f"expected {expected}",
        ) from expected


def _made(kind: str, operands: list[Any], settings: Config) -> Operation:
    reads = [each for each in _flat(operands) if isinstance(each, str)]
    if not 1 <= len(reads) <= 64:
        raise WrongValue("1 to 64 inputs that layers give")
    if kind == "stack":
        _expect(settings.get("axis") == -1 and len(operands) == 1 and isinstance(operands[0], list), "the last axis")
        _expect(len(reads) == len(operands[0]), "only inputs that layers give")
        return Operation(reads, is_stack=True)
    if kind == "concatenate":
        _expect(len(operands) == 1 and isinstance(operands[0], list), "one list of inputs")
        _expect(len(reads) == len(operands[0]) >= 2, "only inputs that layers give")
        return Operation(
            reads, (Step("Concatenate", {"axis": settings.get("axis")}, tuple(range(len(reads))), is_operation=True),)
        )
    if kind == "getitem":
        _expect(len(operands) == 2 and operands[0] == reads[0] and len(reads) == 1, "one input")
        return _picked(reads, operands[1])
    _expect(all(isinstance(each, str | Constant) for each in operands), "tensors and numbers, not lists of them")
    if kind in {*_MERGES, "divide"}:
        _expect(len(operands) == 2, "two operands")
        return Operation(reads, _arithmetic(kind, operands[0], operands[1]))
    _expect(len(operands) == 1, "one operand")
    return Operation(reads, _UNARY[kind](settings) if kind in _UNARY else _activation(kind, settings))


def _arithmetic(kind: str, first: str | Constant, second: str | Constant) -> Steps:
    if isinstance(first, str) and isinstance(second, str):
        _expect(kind in _MERGES, "a constant as divisor")
        return (Step(_MERGES[kind], {}, (0, 1), is_operation=True),)
    constant = first if isinstance(first, Constant) else second
    _expect(isinstance(constant, Constant), "a tensor or numbers")
    assert isinstance(constant, Constant)
    value, is_left = constant.value, isinstance(first, Constant)
    if kind == "add":
        return _rescaled(1.0, value)
    if kind == "subtract":
        return _rescaled(-1.0, value) if is_left else _rescaled(1.0, _each(value, lambda one: -one))
    if kind == "multiply":
        return _rescaled(value, 0.0)
    _expect(kind == "divide" and not is_left, "a tensor divided by numbers" if kind == "divide" else "two tensors")
    return _divided(value)


def _divided(value: Numbers) -> Steps:
    """Divide by numbers, with the rounding of a division where `Normalization` can divide: it takes a root first."""
    plain = value if isinstance(value, list) else [value]
    if not all(isinstance(one, float) and _SMALLEST_DIVISOR < abs(one) < _LARGEST_DIVISOR for one in plain):
        return _rescaled(_each(value, _inverse), 0.0)
    zeros, squares = _each(value, lambda one: 0.0), _each(value, lambda one: one * one)
    signs = () if min(plain) > 0 else _rescaled(_each(value, lambda one: math.copysign(1.0, one)), 0.0)
    config = {"axis": [-1], "mean": zeros, "variance": squares, "invert": False}
    return (*signs, Step("Normalization", config, (len(signs),)))


def _inverse(value: float) -> float:
    _expect(value != 0, "a divisor other than 0")
    return float(number()(1 / value))


def _rescaled(scale: Numbers, offset: Numbers) -> Steps:
    return (Step("Rescaling", {"scale": scale, "offset": offset}),)


def _each(value: Numbers, change: Callable[[float], float]) -> Numbers:
    return [_each(one, change) for one in value] if isinstance(value, list) else change(value)


def _activation(kind: str, settings: Config) -> Steps:
    _expect(kind in _ACTIVATIONS and settings.get("axis", -1) in (-1, None), "the last axis")
    _expect(settings.get("alpha", 1.0) == 1.0, "alpha = 1")
    return (Step("Activation", {"activation": kind}),)


def _cast(settings: Config) -> Steps:
    _expect(settings.get("dtype") == "float32", "float32")
    return ()


def _mean(settings: Config) -> Steps:
    axis = settings.get("axis")
    axis = axis.get("items") if isinstance(axis, dict) else axis
    _expect(isinstance(axis, list | tuple) and sorted(axis) in ([1, 2], [-3, -2]), "the mean over height and width")
    return (Step("GlobalAveragePooling2D", {"keepdims": settings.get("keepdims") or False}),)


_UNARY: Mapping[str, Callable[[Config], Steps]] = {
    "negative": lambda settings: _rescaled(-1.0, 0.0),
    "cast": _cast,
    "mean": _mean,
}


def _picked(reads: list[str], key: Any) -> Operation:
    """Read `x[..., 2]` or `x[..., ::-1]`: the only parts of a tensor that are supported."""
    key = key.get("items") if isinstance(key, dict) and key.get("class_name") == "__tuple__" else key
    is_last = isinstance(key, list) and len(key) == 2 and _is_ellipsis(key[0])
    _expect(is_last, "one channel, or all channels in reverse")
    part = key[1]
    if type(part) is int and 0 <= part < 4096:
        return Operation(reads, channel=part)
    bounds = _slice(part)
    _expect(bounds == (None, None, -1), "one channel, or all channels in reverse")
    return Operation(reads, (Step("TakeChannels", {"channels": "reversed"}),))


def _is_ellipsis(value: Any) -> bool:
    return value == "Ellipsis" or (isinstance(value, dict) and value.get("class_name") == "__ellipsis__")


def _slice(value: Any) -> tuple[Any, ...] | None:
    if not isinstance(value, dict):
        return None
    if value.keys() == {"start", "stop", "step"}:
        return (value["start"], value["stop"], value["step"])
    config = value.get("config")
    if value.get("class_name") == "slice" and isinstance(config, dict) and isinstance(config.get("args"), list):
        return tuple(config["args"])
    if value.get("class_name") == "__slice__" and isinstance(config, dict):
        return (config.get("start"), config.get("stop"), config.get("step"))
    return None


def _call(node: Any) -> tuple[list[Any], Config]:
    """Return what an operation of Keras 3 is called with: layers' names, constants, lists and keys."""
    if not isinstance(node, dict) or not isinstance(node.get("args"), list) or len(node["args"]) > 8:
        raise WrongValue("a call as Keras writes it")
    _expect(not node.get("kwargs"), "no named operands")
    return [_operand(each) for each in node["args"]], {}


def _operand(value: Any) -> Any:
    if isinstance(value, dict) and value.get("class_name") == "__tuple__":
        value = value.get("items")
    if isinstance(value, dict):
        class_name, config = value.get("class_name"), value.get("config")
        config = config if isinstance(config, dict) else {}
        if class_name == "__keras_tensor__":
            return _source(config.get("keras_history"), is_old=False)
        if class_name not in {"__tensor__", "__numpy__"}:
            return value
        # Keras computes in the array's own type, and rounds to whole numbers or computes on in double precision.
        _expect(config.get("dtype") == "float32", "numbers in single precision")
        return Constant(_floats(config.get("value")))
    if isinstance(value, list):
        is_of_tensors = any(isinstance(one, dict) and one.get("class_name") == "__keras_tensor__" for one in value)
        if is_of_tensors:
            _expect(len(value) <= 64, "at most 64 inputs")
            return [_operand(one) for one in value]
        return value if any(isinstance(one, dict) for one in value) else Constant(_floats(value))
    return Constant(_floats(value))


def _old_call(node: Any) -> tuple[list[Any], Config]:
    """Return what a TensorFlow function is called with, in files of Keras 2."""
    node = node[0] if isinstance(node, list) and len(node) == 1 else node
    if not (isinstance(node, list) and len(node) == 4 and isinstance(node[3], dict)):
        raise WrongValue("a call as Keras writes it")
    first = Constant(_floats(node[2])) if node[0] == _CONSTANT else _source(node[:3], is_old=True)
    settings = {key: value for key, value in node[3].items() if key != "name"}
    operands = [first]
    _expect(settings.pop("data_format", None) in (None, "NHWC"), "channels last")
    if "slice_spec" in settings:
        return [first, settings.pop("slice_spec")], settings
    for key in ("y", "bias"):
        if key in settings:
            value = settings.pop(key)
            is_tensor = isinstance(value, list) and bool(value) and isinstance(value[0], str)
            operands.append(_source(value, is_old=True) if is_tensor else Constant(_floats(value)))
    _expect(settings.keys() <= {"axis", "keepdims", "dtype"}, "no other operands")
    return operands, settings


def _source(history: Any, *, is_old: bool) -> str:
    return check_place(history, "an operation", calls=(0, 1) if is_old else (0,))


def _floats(value: Any) -> Numbers:
    """Return finite numbers as float32 sees them; a first axis of one constant for all images is left out."""
    checked = numbers(value)
    depth, part = 0, checked
    while isinstance(part, list):
        _expect(bool(part), "numbers")
        depth, part = depth + 1, part[0]
    _expect(depth <= 4, "a number, or one for each channel")
    if depth == 4:  # one axis fewer than the tensor has, which `Rescaling` checks against its input
        _expect(len(checked) == 1, "the same constant for all images")
        checked = checked[0]
    return _each(checked, lambda one: float(np.float32(one)))


def _flat(operands: list[Any]) -> list[Any]:
    return [one for each in operands for one in (each if isinstance(each, list) else [each])]


def _expect(is_so: bool, what: str) -> None:
    if not is_so:
        raise WrongValue(what)
