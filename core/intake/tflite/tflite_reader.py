"""Read a TensorFlow Lite file in the child: convert its graph to allowed Keras layers, and write their weights."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from core.intake.conversion.builder import NetworkBuilder
from core.intake.conversion.layout import ordered_vector
from core.intake.conversion.tensor import Tensor
from core.intake.limits import Limits
from core.intake.refusal import Refusal, shortened
from core.intake.tflite.call import Call, Known
from core.intake.tflite.folding import folded
from core.intake.tflite.graph_file import Operator, TfliteGraph, is_float, read_graph, refuse_quantized
from core.intake.tflite.operator_names import operator_name
from core.intake.tflite.operators import OPERATORS

_CHANNELS_LAST = (0, 1, 2)


def read_tflite(
    file: BinaryIO, folder: Path, *, name: str, limits: Limits, on_progress: Callable[[int, int], None]
) -> dict[str, object]:
    """Read a TensorFlow Lite network of floats; return its description as plain JSON values, as for a Keras file.

    Raises:
        Refusal: see `codes.CODES`.
    """
    file.seek(0)
    graph = read_graph(memoryview(file.read()), name=name, limits=limits)
    try:
        builder = NetworkBuilder(name, limits, image_order=_CHANNELS_LAST)
        output = converted(graph, builder)
        return builder.described(
            output, folder, source_format="tflite", network_name=graph.name, on_progress=on_progress
        )
    except Refusal as refusal:
        raise Refusal(refusal.code, f"the network in '{name}' cannot be opened: {refusal}") from refusal


def converted(graph: TfliteGraph, builder: NetworkBuilder) -> Tensor:
    """Convert a graph; return its output, one value a class.

    Raises:
        Refusal: an operator, or what it reads, is not supported.
    """
    uses = Counter(number for operator in graph.operators for number in operator.inputs)
    uses[graph.output] += 1
    values: dict[int, Known] = {
        number: tensor.values for number, tensor in enumerate(graph.tensors) if tensor.values is not None
    }
    values[graph.input] = _input(graph, builder)
    for operator in graph.operators:
        made = _value(operator, graph, values, builder)
        if len(operator.outputs) != 1 or operator.outputs[0] in values:
            raise Refusal("unsupported-network", "one of its operators gives several tensors, or one a second time")
        number = operator.outputs[0]
        if isinstance(made, Tensor):
            read = [values.get(each) for each in operator.inputs]
            # What only reshapes a tensor shares its layer, and with it whoever else reads that.
            is_own = all(not isinstance(one, Tensor) or one.layer != made.layer or one.is_alone for one in read)
            made = replace(made, is_alone=uses[number] == 1 and is_own)
        values[number] = made
    output = values.get(graph.output)
    if not isinstance(output, Tensor):
        raise Refusal("unsupported-network", "its output does not depend on its input")
    if len([length for length in output.shape if length > 1]) > 1 or not output.shape:
        raise Refusal("wrong-output", f"it must output one score per class, got an output of shape {output.shape}")
    return ordered_vector(builder, output)


def _value(operator: Operator, graph: TfliteGraph, values: dict[int, Known], builder: NetworkBuilder) -> Known:
    kind = operator_name(operator.code)
    convert = OPERATORS.get(kind)
    for number in (*operator.inputs, *operator.outputs):
        if number != -1:
            refuse_quantized(graph.tensors[number])
    inputs: list[Known | None] = []
    for number in operator.inputs:
        if number != -1 and number not in values:
            raise Refusal("damaged-file", f"an operator {kind} reads a tensor that nothing before it gives")
        inputs.append(None if number == -1 else values[number])
    output_name = graph.tensors[operator.outputs[0]].name if operator.outputs else ""
    call = Call(operator, kind, inputs, output_name, builder)
    try:
        constant = folded(call) if convert is None or call.inputs else None
        if constant is not None:
            return constant
        if convert is None:
            raise Refusal(
                "unsupported-layer",
                f"the operator {kind} '{shortened(output_name)}' has no counterpart among the allowed Keras layers",
            )
        return convert(call)
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, ZeroDivisionError) as error:
        raise call.refusal("its settings do not fit what it reads") from error


def _input(graph: TfliteGraph, builder: NetworkBuilder) -> Tensor:
    info = graph.tensors[graph.input]
    refuse_quantized(info)
    if not is_float(info.kind):
        raise Refusal("wrong-input", "it must read images of floats")
    if len(info.shape) != 4 or any(length < 1 for length in info.shape[1:]):
        raise Refusal("wrong-input", f"it must read images of a fixed size, batch first, got {info.shape}")
    height, width, channels = info.shape[1:]
    return builder.add_input((height, width, channels), order=_CHANNELS_LAST)
