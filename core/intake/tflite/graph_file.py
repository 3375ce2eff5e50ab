"""The graph in a TensorFlow Lite file: operators with their options, constants, one input, one output.

Source: tensorflow/compiler/mlir/lite/schema/schema.fbs of TensorFlow (github.com/tensorflow/tensorflow).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.intake.limits import Limits
from core.intake.refusal import Refusal, shortened
from core.intake.wire.flatbuffer import Table

Array = npt.NDArray[Any]

_VERSION = 3
_PARTS_PER_LAYER = 10
_OLD_CODES = 127  # codes of operators above are in a field of their own
# TensorType, by the dtypes that are read.
_DTYPES = {0: "<f4", 1: "<f2", 2: "<i4", 4: "<i8", 6: "?", 10: "<f8"}
_QUANTIZED = {3: "uint8", 7: "int16", 9: "int8", 16: "uint16", 17: "int4", 19: "int2", 20: "uint4"}
_FLOAT32 = 0
# The kind of options (BuiltinOptions) of operators by code: TensorFlow Lite passes over options of another kind.
_OPTIONS = {
    0: 11, 1: 5, 2: 10, 3: 1, 4: 2, 9: 8, 17: 5, 18: 21, 22: 17, 23: 15, 25: 9, 40: 27, 41: 28, 42: 29, 43: 30,
    45: 32, 82: 27, 97: 74, 98: 75, 150: 116,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """A tensor as the file describes it.

    Attributes:
        name: its name.
        shape: its shape, the batch axis included; -1 for a length that is open.
        kind: its TensorType.
        values: its values, if it is a constant.
    """

    name: str
    shape: tuple[int, ...]
    kind: int
    values: Array | None


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator.

    Attributes:
        code: its BuiltinOperator.
        inputs, outputs: numbers of the tensors that it reads and gives; -1 where one is left out.
        options: its options; None if it has none.
    """

    code: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Table | None


@dataclass(frozen=True, slots=True)
class TfliteGraph:
    """The graph of a TensorFlow Lite file.

    Attributes:
        name: its name.
        tensors: all tensors.
        operators: the operators in computation order.
        input, output: numbers of the tensors that are its input and output.
    """

    name: str
    tensors: list[TensorInfo]
    operators: list[Operator]
    input: int
    output: int


def read_graph(content: memoryview, *, name: str, limits: Limits) -> TfliteGraph:
    """Read the graph of a TensorFlow Lite file.

    Raises:
        Refusal: `damaged-file`, `wrong-format`, `unsupported-network`, `unsupported-layer`, `external-data`,
            `unsafe-type` or `file-too-large`.
    """
    most = limits.layer_count * _PARTS_PER_LAYER
    model = Table.root(content, name)
    if model.number(0, "<I") != _VERSION:
        raise Refusal(
            "wrong-format", f"'{name}' has version {model.number(0, '<I')} of TensorFlow Lite: expected {_VERSION}"
        )
    codes = [_code(one, name) for one in model.tables(1, most_count=most)]
    graphs = model.tables(2, most_count=most)
    if len(graphs) != 1:
        raise Refusal("unsupported-network", f"'{name}' has {len(graphs)} graphs: only one is supported")
    if model.has(8) or model.has(9):
        raise Refusal("external-data", f"'{name}' keeps weights in another file, which is not read")
    buffers = model.tables(4, most_count=most)
    graph = graphs[0]
    tensors = [_tensor(one, buffers, name) for one in graph.tables(0, most_count=most)]
    ends = []
    for field, word in ((1, "inputs"), (2, "outputs")):
        found = graph.integers(field)
        if len(found) != 1:
            raise Refusal(
                "unsupported-network", f"the network in '{name}' has {len(found)} {word}: only one is supported"
            )
        ends.append(int(found[0]))
    operators = [_operator(one, codes) for one in graph.tables(3, most_count=most)]
    numbers = [*ends, *(number for one in operators for number in (*one.inputs, *one.outputs) if number != -1)]
    if any(not 0 <= number < len(tensors) for number in numbers):
        raise graph.damaged()
    return TfliteGraph(graph.text(4) or "network", tensors, operators, ends[0], ends[1])


def is_quantized(kind: int) -> bool:
    """Tell whether a tensor holds whole numbers that stand for others."""
    return kind in _QUANTIZED


def refuse_quantized(tensor: TensorInfo) -> None:
    """Refuse a tensor of whole numbers that stand for others.

    Raises:
        Refusal: `unsupported-layer`.
    """
    if is_quantized(tensor.kind):
        raise Refusal(
            "unsupported-layer",
            f"'{shortened(tensor.name)}' is quantized to {_QUANTIZED[tensor.kind]}: only networks of floats are read; "
            "convert the Keras model again without optimizations, or open the Keras model itself",
        )


def is_float(kind: int) -> bool:
    """Tell whether a tensor holds floats of 32 bits."""
    return kind == _FLOAT32


def _code(table: Table, name: str) -> int:
    old, new = table.number(0, "<b"), table.number(3)
    code = max(int(old), int(new)) if old < _OLD_CODES else int(new)
    if custom := table.text(1):
        raise Refusal(
            "unsupported-layer",
            f"'{name}' uses the operator '{shortened(custom)}', which is not one of TensorFlow Lite's own",
        )
    return code


def _operator(table: Table, codes: list[int]) -> Operator:
    index = table.number(0, "<I")
    if not 0 <= index < len(codes):
        raise table.damaged()
    inputs, outputs = (tuple(int(number) for number in table.integers(field)) for field in (1, 2))
    options = table.table(4)
    if options is not None and table.number(3, "<B") != _OPTIONS.get(codes[index], table.number(3, "<B")):
        raise table.damaged()
    return Operator(codes[index], inputs, outputs, options)


def _tensor(table: Table, buffers: list[Table], file_name: str) -> TensorInfo:
    name, kind = table.text(3), int(table.number(1, "<b"))
    lengths, signature = ([int(length) for length in table.integers(field)] for field in (0, 7))
    shape = tuple(signature or lengths)
    is_one = len(shape) == len(lengths) and all(
        wanted in (-1, got) for wanted, got in zip(signature, lengths, strict=False)
    )
    if not is_one:
        raise Refusal("shapes-disagree", f"'{shortened(name)}' in '{file_name}' has two shapes: {lengths}, {signature}")
    index = table.number(2, "<I")
    if not 0 <= index < len(buffers) or len(shape) > 8:
        raise table.damaged()
    if table.has(6):
        raise Refusal("unsupported-layer", f"'{shortened(name)}' in '{file_name}' is stored as a sparse tensor")
    buffer = buffers[index]
    if buffer.number(1, "<Q") > 1:
        raise Refusal("external-data", f"'{shortened(name)}' in '{file_name}' is stored outside of the network's data")
    raw = buffer.content(0)
    if not len(raw):
        return TensorInfo(name, shape, kind, None)
    if kind not in _DTYPES:
        if not is_quantized(kind):
            raise Refusal("unsafe-type", f"'{shortened(name)}' in '{file_name}' does not contain plain numbers")
        return TensorInfo(name, shape, kind, None)
    dtype = np.dtype(_DTYPES[kind])
    if any(length < 0 for length in shape) or math.prod(shape) * dtype.itemsize != len(raw):
        raise Refusal("damaged-file", f"'{shortened(name)}' in '{file_name}' has more or fewer values than its shape")
    return TensorInfo(name, shape, kind, np.frombuffer(raw, dtype).reshape(shape))
