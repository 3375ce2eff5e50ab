"""Read an ONNX file in the child: convert its graph to allowed Keras layers, and write their weights as arrays."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from core.intake.conversion.builder import NetworkBuilder
from core.intake.conversion.layout import ordered_vector
from core.intake.conversion.tensor import Shape, Tensor
from core.intake.limits import Limits
from core.intake.onnx.call import Call, Known
from core.intake.onnx.folding import folded
from core.intake.onnx.fusions import attention_in, fused
from core.intake.onnx.graph_file import Node, OnnxGraph, read_graph
from core.intake.onnx.operators import OPERATORS
from core.intake.refusal import Refusal, shortened

_MOST_CHANNELS = 4
_CHANNELS_FIRST, _CHANNELS_LAST = (2, 0, 1), (0, 1, 2)
_REPEATING = ("Add", "Mul", "Sub", "Max", "Min")  # read by these, an axis of length 1 is repeated anyway
_QUANTIZED = ("QLinear", "Quantize", "Dequantize", "DynamicQuantize", "ConvInteger", "MatMulInteger")


def read_onnx(
    file: BinaryIO, folder: Path, *, name: str, limits: Limits, on_progress: Callable[[int, int], None]
) -> dict[str, object]:
    """Read an ONNX network; return its description as plain JSON values, as for a Keras file.

    Raises:
        Refusal: see `codes.CODES`.
    """
    file.seek(0)
    graph = read_graph(memoryview(file.read()), name=name, limits=limits)
    try:
        builder = NetworkBuilder(name, limits, image_order=_CHANNELS_FIRST)
        output = converted(graph, builder)
        return builder.described(output, folder, source_format="onnx", network_name=graph.name, on_progress=on_progress)
    except Refusal as refusal:
        # A transformer fails at the first thing that is unusual; what is missing is attention.
        code, reason = attention_in(graph) or (refusal.code, refusal)
        raise Refusal(code, f"the network in '{name}' cannot be opened: {reason}") from refusal


def converted(graph: OnnxGraph, builder: NetworkBuilder) -> Tensor:
    """Convert a graph; return its output, one value a class.

    Raises:
        Refusal: an operator, or what it reads, is not supported.
    """
    nodes = fused(graph)
    uses = Counter(read for node in nodes for read in node.inputs)
    uses[graph.output] += 1
    values: dict[str, Known] = dict(graph.constants)
    values[graph.input] = _input(graph, nodes, builder)
    for node in nodes:
        inputs = [_found(values, each, node) for each in node.inputs]
        partners = _partners(node, nodes, values) if node.kind == "Expand" and node.outputs[0] != graph.output else []
        made = _value(Call(node, inputs, builder, graph.opset, graph.input_shape[0], partners))
        shared = [values.get(each) for each in node.inputs]
        for name, value in zip(node.outputs, made if isinstance(made, list) else [made], strict=False):
            if isinstance(value, Tensor):
                # What only renames or reshapes a tensor shares its layer, and with it whoever else reads that.
                is_own = all(not isinstance(one, Tensor) or one.layer != value.layer or one.is_alone for one in shared)
                values[name] = replace(value, is_alone=uses[name] == 1 and is_own)
            else:
                values[name] = value
    output = values.get(graph.output)
    if not isinstance(output, Tensor):
        raise Refusal("unsupported-network", "its output does not depend on its input")
    if len([length for length in output.shape if length > 1]) > 1 or not output.shape:
        raise Refusal("wrong-output", f"it must output one score per class, got an output of shape {output.shape}")
    return ordered_vector(builder, output)


def _value(call: Call) -> Known | list[Tensor]:
    constant = folded(call)
    if constant is not None:
        return constant
    node = call.node
    if node.kind.startswith(_QUANTIZED) or "QLinear" in node.kind:
        raise Refusal(
            "unsupported-layer",
            f"the operator {shortened(node.kind)} '{node.title}' computes with whole numbers: only networks that are "
            "not quantized are read",
        )
    convert = OPERATORS.get(node.kind)
    if convert is None or node.parts:
        extra = " runs a graph inside the graph" if node.parts else " has no counterpart among the allowed Keras layers"
        raise Refusal("unsupported-layer", f"the operator {shortened(node.kind)} '{node.title}'{extra}")
    try:
        return convert(call)
    except Refusal as refusal:
        if refusal.code != "unsupported-network" or node.title in str(refusal):
            raise
        raise call.refusal(str(refusal)) from refusal
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, ZeroDivisionError) as error:
        raise call.refusal("its settings do not fit what it reads") from error


def _partners(node: Node, nodes: list[Node], values: dict[str, Known]) -> list[Known | None]:
    """Return what each reader of an operator's output combines it with; None for what is not known yet, or no such."""
    name = node.outputs[0]
    readers = [one for one in nodes if name in one.inputs]
    return [
        values.get(next((each for each in one.inputs if each != name), "")) if one.kind in _REPEATING else None
        for one in readers
    ]


def _found(values: dict[str, Known], name: str, node: Node) -> Known | None:
    if not name:
        return None
    if name not in values:
        raise Refusal("damaged-file", f"the operator '{node.title}' reads '{shortened(name)}', which nothing gives")
    return values[name]


def _input(graph: OnnxGraph, nodes: list[Node], builder: NetworkBuilder) -> Tensor:
    """Add the input: height, width, channels, wherever the file has the channels."""
    shape = graph.input_shape
    if len(shape) != 4:
        raise Refusal("wrong-input", f"it must read images, batch first, got an input of shape {_text(shape)}")
    lengths = [length for length in shape[1:] if length is not None]
    if len(lengths) != 3:
        raise Refusal(
            "wrong-input",
            f"it must read images of a fixed size, got {_text(shape)}: export it with a fixed height, width and number "
            "of channels",
        )
    order = _input_order(lengths, graph, nodes)
    stored: Shape = tuple(lengths[order.index(axis)] for axis in range(3))
    return builder.add_input(stored, order=order)


def _input_order(lengths: list[int], graph: OnnxGraph, nodes: list[Node]) -> Shape:
    is_first, is_last = lengths[0] <= _MOST_CHANNELS, lengths[2] <= _MOST_CHANNELS
    if is_first != is_last:
        return _CHANNELS_FIRST if is_first else _CHANNELS_LAST
    reader = next((node for node in nodes if graph.input in node.inputs), None)
    is_turned = reader is not None and reader.kind == "Transpose" and reader.settings.get("perm") == [0, 3, 1, 2]
    return _CHANNELS_LAST if is_turned else _CHANNELS_FIRST


def _text(shape: list[int | None]) -> str:
    return "(" + ", ".join("open" if length is None else str(length) for length in shape) + ")"
