"""The graph in an ONNX file: operators with their settings, constants, one input, one output.

Source: onnx/onnx.proto of the Open Neural Network Exchange (github.com/onnx/onnx), the messages ModelProto, GraphProto,
NodeProto, AttributeProto and ValueInfoProto.
"""

from dataclasses import dataclass, field

import numpy as np

from core.intake.limits import Limits
from core.intake.onnx.tensors import FLOAT_TYPES, Array, read_tensor, refuse_external, tensor_name
from core.intake.refusal import Refusal, listed, shortened
from core.intake.wire.protobuf import FieldBudget, Message, as_text

Setting = int | float | str | list[int] | list[float] | list[str] | Array

_OWN_DOMAINS = {"", "ai.onnx"}
_OLDEST, _NEWEST = 7, 40
_OPERATORS_PER_LAYER = 5
# AttributeProto.AttributeType
_FLOAT, _INT, _STRING, _TENSOR, _FLOATS, _INTS, _STRINGS = 1, 2, 3, 4, 6, 7, 8


@dataclass(slots=True)
class Node:
    """An operator.

    Attributes:
        name: its name in the file; may be empty.
        kind: the operator's type ("Conv"), with its domain unless it is one of ONNX's own.
        inputs, outputs: names of the tensors that it reads and gives; "" where one is left out.
        settings: its attributes.
        parts: attributes of other kinds, such as graphs inside the graph.
    """

    name: str
    kind: str
    inputs: list[str]
    outputs: list[str]
    settings: dict[str, Setting]
    parts: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        """What to call it in a message."""
        return shortened(self.name or (self.outputs[0] if self.outputs else self.kind))


@dataclass(frozen=True, slots=True)
class OnnxGraph:
    """The graph of an ONNX file.

    Attributes:
        name: its name.
        opset: the version of ONNX's operators.
        nodes: the operators by the names of their outputs, those that others read first.
        constants: the constants by name.
        input: name of the input.
        input_shape: its shape, batch axis included; None for a length that is open.
        output: name of the output.
    """

    name: str
    opset: int
    nodes: list[Node]
    constants: dict[str, Array]
    input: str
    input_shape: list[int | None]
    output: str


def read_graph(content: memoryview, *, name: str, limits: Limits) -> OnnxGraph:
    """Read the graph of an ONNX file.

    Raises:
        Refusal: `damaged-file`, `wrong-format`, `unsupported-network`, `wrong-input`, `external-data`, `unsafe-type` or
            `file-too-large`.
    """
    model = Message(content, FieldBudget(name))
    graph = model.message(7)
    if not model.has(7) or not graph.has(1):
        raise Refusal("wrong-format", f"'{name}' is not an ONNX network, or is incomplete: it has no graph")
    if any(function.text(10) in _OWN_DOMAINS for function in model.messages(25)):
        raise Refusal("unsupported-network", f"'{name}' defines ONNX's operators anew, which is not read")
    nodes = _nodes(graph, name, limits)
    constants: dict[str, Array] = {}
    for tensor in graph.messages(5):
        if tensor_name(tensor) in constants:
            raise Refusal("damaged-file", f"'{name}' has two arrays named '{shortened(tensor_name(tensor))}'")
        constants[tensor_name(tensor)] = read_tensor(tensor, file_name=name, largest_bytes=len(content))
    if graph.has(15):
        raise Refusal("unsupported-network", f"'{name}' has sparse weights, which are not read")
    inputs = {found.text(1): found for found in graph.messages(11) if found.text(1) not in constants}
    outputs = [found.text(1) for found in graph.messages(12)]
    for ends, word in ((list(inputs), "inputs"), (outputs, "outputs")):
        if len(ends) != 1:
            raise Refusal(
                "unsupported-network", f"the network in '{name}' has {len(ends)} {word}: only one is supported"
            )
    start = next(iter(inputs))
    return OnnxGraph(
        name=graph.text(2) or "network",
        opset=_opset(model, name),
        nodes=_needed(nodes, outputs[0], name),
        constants=constants,
        input=start,
        input_shape=_input_shape(inputs[start], name),
        output=outputs[0],
    )


def _nodes(graph: Message, name: str, limits: Limits) -> list[Node]:
    parts = graph.parts(1)
    if len(parts) > limits.layer_count * _OPERATORS_PER_LAYER:
        raise Refusal("file-too-large", f"'{name}' has {len(parts):,} operators, more than are allowed")
    return [_node(message, name) for message in graph.messages(1)]


def _node(message: Message, file_name: str) -> Node:
    domain, kind = message.text(7), message.text(4)
    kind = kind if domain in _OWN_DOMAINS else f"{domain}::{kind}"
    node = Node(message.text(3), kind, message.texts(1), message.texts(2), {})
    for attribute in message.messages(5):
        key, form = attribute.text(1), attribute.integer(20)
        if key in node.settings or key in node.parts:
            raise Refusal("damaged-file", f"the operator '{node.title}' of '{file_name}' has '{shortened(key)}' twice")
        if form == _FLOAT:
            node.settings[key] = (attribute.floats(2) or [0.0])[-1]
        elif form == _INT:
            node.settings[key] = attribute.integer(3)
        elif form == _STRING:
            node.settings[key] = attribute.text(4)
        elif form == _TENSOR:
            tensor = attribute.message(5)
            refuse_external(tensor, file_name)
            node.settings[key] = read_tensor(tensor, file_name=file_name, largest_bytes=2**31)
        elif form == _FLOATS:
            node.settings[key] = attribute.floats(7)
        elif form == _INTS:
            node.settings[key] = attribute.integers(8)
        elif form == _STRINGS:
            node.settings[key] = [as_text(part) for part in attribute.parts(9)]
        else:
            node.parts.append(key)
    return node


def _opset(model: Message, name: str) -> int:
    versions = {found.integer(2) for found in model.messages(8) if found.text(1) in _OWN_DOMAINS}
    if len(versions) > 1:
        raise Refusal("damaged-file", f"'{name}' names two versions of ONNX's operators")
    opset = max(versions, default=0)
    if not _OLDEST <= opset <= _NEWEST:
        raise Refusal(
            "unsupported-network",
            f"'{name}' uses version {opset} of ONNX's operators: expected {_OLDEST} to {_NEWEST}; export it with "
            "a newer opset_version",
        )
    return opset


def _input_shape(info: Message, name: str) -> list[int | None]:
    tensor_type = info.message(2).message(1)
    kind = tensor_type.integer(1)
    if kind not in FLOAT_TYPES | {2}:
        raise Refusal("wrong-input", f"the network in '{name}' reads something other than images of plain numbers")
    if not tensor_type.has(2):
        raise Refusal("wrong-input", f"the network in '{name}' does not say the shape of the images that it reads")
    dims = tensor_type.message(2).messages(1)
    return [found.integer(1) if found.has(1) and found.integer(1) > 0 else None for found in dims]


def _needed(nodes: list[Node], output: str, name: str) -> list[Node]:
    """Return the operators that the output depends on, each behind those that it reads."""
    makers: dict[str, Node] = {}
    for node in nodes:
        for made in node.outputs:
            if made and makers.setdefault(made, node) is not node:
                raise Refusal("damaged-file", f"two operators of '{name}' give a tensor '{shortened(made)}'")
    finished: dict[int, Node] = {}
    begun: set[int] = set()
    waiting = [(output, False)]
    while waiting:
        tensor, is_done = waiting.pop()
        maker = makers.get(tensor)
        if maker is None or id(maker) in finished:
            continue
        if is_done:
            finished[id(maker)] = maker
        elif id(maker) in begun:
            raise Refusal("unsupported-network", f"operators of '{name}' read each other: {listed([maker.title])}")
        else:
            begun.add(id(maker))
            waiting.append((tensor, True))
            waiting += [(read, False) for read in reversed(maker.inputs)]
    return list(finished.values())


def whole_numbers(values: object) -> tuple[int, ...]:
    """Return a setting or a constant as whole numbers.

    Raises:
        Refusal: `unsupported-config`.
    """
    array = np.asarray(values)
    if array.dtype.kind not in "iu" or array.size > 64:
        raise Refusal("unsupported-config", f"expected a few whole numbers, got {shortened(values)}")
    return tuple(int(value) for value in array.reshape(-1))
