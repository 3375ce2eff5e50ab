"""Activations and normalizations that exporters write as several operators, recognised as one.

As one layer they keep the channels of the convolution in front of them separate, so that these can be pruned behind it.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping

import numpy as np

from core.intake.onnx.graph_file import Node, OnnxGraph, Setting
from core.intake.onnx.tensors import Array

_TOLERANCE = 1e-4
# Operators of our own, for what ONNX has none.
LOG_SIGMOID, UNIT_NORMALIZATION, AXES_NORMALIZATION = "LogSigmoid", "UnitNormalization", "AxesNormalization"
_SMALLEST_NORM = 1e-6  # of Keras' UnitNormalization; a limit of exporters below it makes no difference
# What exporters put between the weights of an attention and the product that uses them.
_BETWEEN = {"Cast", "Dropout", "Identity", "IsNaN", "Reshape", "Transpose", "Where"}
_FURTHEST = 8


def fused(graph: OnnxGraph) -> list[Node]:
    """Return the graph's operators, with each activation as one operator of ONNX's, or "Silu"."""
    pattern = _Patterns(graph)
    nodes = []
    for node in graph.nodes:
        found = pattern.matched(node)
        if found is None:
            nodes.append(node)
            continue
        kind, start, settings = found
        nodes.append(Node(node.name, kind, [start], list(node.outputs), settings))
        pattern.makers[node.outputs[0]] = nodes[-1]
    # The operators inside an activation are read by nothing any more.
    read = {graph.output}
    kept = []
    for node in reversed(nodes):
        if any(made in read for made in node.outputs):
            kept.append(node)
            read.update(node.inputs)
    return kept[::-1]


class _Patterns:
    """Looks backwards from an operator."""

    def __init__(self, graph: OnnxGraph) -> None:
        self.makers: dict[str, Node] = {made: node for node in graph.nodes for made in node.outputs if made}
        self._constants: Mapping[str, Array] = graph.constants
        self._uses = Counter(read for node in graph.nodes for read in node.inputs)
        self._uses[graph.output] += 1

    def matched(self, node: Node) -> tuple[str, str, dict[str, Setting]] | None:
        """Return the operator that stands for this one and those in front of it, what it reads, and its settings."""
        activation = next((found for match in _MATCHES if (found := match(self, node)) is not None), None)
        return (*activation, {}) if activation else _unit_normalization(self, node) or _normalization(self, node)

    def axes(self, node: Node) -> list[int] | None:
        """Return the axes that an operator reduces and keeps with length 1; None if it does something else."""
        if node.settings.get("keepdims", 1) != 1:
            return None
        found = node.settings.get("axes")
        if found is None and len(node.inputs) == 2:
            maker = self.makers.get(node.inputs[1])
            found = maker.settings.get("value") if maker is not None else self._constants.get(node.inputs[1])
        values = np.asarray([] if found is None else found)
        return values.reshape(-1).tolist() if values.dtype.kind in "iu" and 0 < values.size <= 8 else None

    def maker(self, name: str, kind: str) -> Node | None:
        """Return the operator of a kind that gives a tensor, if only one other reads it."""
        node = self.makers.get(name)
        return node if node is not None and node.kind == kind and node.inputs and self._uses[name] == 1 else None

    def number(self, name: str) -> float | None:
        """Return a constant of one number."""
        maker = self.makers.get(name)
        found = self._constants.get(name)
        if maker is not None and maker.kind == "Constant":
            value = maker.settings.get("value", maker.settings.get("value_float"))
            found = value if hasattr(value, "size") else None  # type: ignore[assignment]
            if isinstance(value, float):
                return value
        return float(found.reshape(-1)[0]) if found is not None and found.size == 1 else None

    def other_than(self, node: Node, value: float) -> str | None:
        """Return the input of an operator with two that is not the given number, if the other one is."""
        if len(node.inputs) != 2:
            return None
        for one, other in (node.inputs, node.inputs[::-1]):
            number = self.number(other)
            if number is not None and math.isclose(number, value, rel_tol=_TOLERANCE):
                return one
        return None

    def divided(self, node: Node | None, value: float) -> str | None:
        """Return what an operator divides by a number, or multiplies by its reciprocal."""
        if node is None:
            return None
        if node.kind == "Div" and len(node.inputs) == 2:
            number = self.number(node.inputs[1])
            return node.inputs[0] if number is not None and math.isclose(number, value, rel_tol=_TOLERANCE) else None
        return self.other_than(node, 1 / value) if node.kind == "Mul" else None


_Match = Callable[[_Patterns, Node], tuple[str, str] | None]


def _gated(pattern: _Patterns, node: Node) -> tuple[str, str] | None:
    """Match x · gate(x): SiLU, hard swish and Mish."""
    if node.kind != "Mul" or len(node.inputs) != 2:
        return None
    for start, gate in (node.inputs, node.inputs[::-1]):
        if (sigmoid := pattern.maker(gate, "Sigmoid")) and sigmoid.inputs[0] == start:
            return "Silu", start
        hard = pattern.maker(gate, "HardSigmoid")
        if hard and hard.inputs[0] == start and _is_sixth(hard):
            return "HardSwish", start
        if _six_cut(pattern, pattern.divided(pattern.makers.get(gate), 6.0)) == start:
            return "HardSwish", start
        tanh = pattern.maker(gate, "Tanh")
        soft = pattern.maker(tanh.inputs[0], "Softplus") if tanh else None
        if soft and soft.inputs[0] == start:
            return "Mish", start
    return None


def _hard_swish(pattern: _Patterns, node: Node) -> tuple[str, str] | None:
    """Match (x · clip(x + 3, 0, 6)) / 6."""
    product = pattern.maker(pattern.divided(node, 6.0) or "", "Mul")
    if product is None or len(product.inputs) != 2:
        return None
    for start, gate in (product.inputs, product.inputs[::-1]):
        if _six_cut(pattern, gate) == start:
            return "HardSwish", start
    return None


def _gelu(pattern: _Patterns, node: Node) -> tuple[str, str] | None:
    """Match x · (1 + erf(x / √2)) / 2, in each order of the products."""
    if node.kind != "Mul" or len(node.inputs) != 2:
        return None
    half = pattern.divided(node, 2.0)
    if half is not None:
        product = pattern.maker(half, "Mul")
        pairs = [product.inputs, product.inputs[::-1]] if product and len(product.inputs) == 2 else []
        return next((("Gelu", start) for start, gate in pairs if _erf_part(pattern, gate) == start), None)
    for one, gate in (node.inputs, node.inputs[::-1]):
        start = _erf_part(pattern, gate)
        if start is None:
            halved = pattern.divided(pattern.makers.get(gate), 2.0)
            if halved is not None and _erf_part(pattern, halved) == one:
                return "Gelu", one
        elif pattern.divided(pattern.maker(one, "Mul") or pattern.maker(one, "Div"), 2.0) == start:
            return "Gelu", start
    return None


def _softsign(pattern: _Patterns, node: Node) -> tuple[str, str] | None:
    """Match x / (1 + |x|)."""
    total = pattern.maker(node.inputs[1], "Add") if node.kind == "Div" and len(node.inputs) == 2 else None
    size = pattern.maker(pattern.other_than(total, 1.0) or "", "Abs") if total else None
    return ("Softsign", node.inputs[0]) if size and size.inputs[0] == node.inputs[0] else None


def _softplus(pattern: _Patterns, node: Node) -> tuple[str, str] | None:
    """Match softplus(x), but x where it is above 20, which is the same in floats of 32 bits."""
    if node.kind != "Where" or len(node.inputs) != 3:
        return None
    large, inside = pattern.maker(node.inputs[0], "Greater"), pattern.maker(node.inputs[2], "Softplus")
    if large is None or inside is None or len(large.inputs) != 2 or (pattern.number(large.inputs[1]) or 0) < 20:
        return None
    return ("Softplus", node.inputs[1]) if large.inputs[0] == inside.inputs[0] == node.inputs[1] else None


def _log_sigmoid(pattern: _Patterns, node: Node) -> tuple[str, str] | None:
    """Match log(sigmoid(x))."""
    inside = pattern.maker(node.inputs[0], "Sigmoid") if node.kind == "Log" and node.inputs else None
    return (LOG_SIGMOID, inside.inputs[0]) if inside else None


def _unit_normalization(pattern: _Patterns, node: Node) -> tuple[str, str, dict[str, Setting]] | None:
    """Match x / max(|x|, ε), the norm along one axis."""
    if node.kind != "Div" or len(node.inputs) != 2:
        return None
    start, name = node.inputs
    expanded = pattern.maker(name, "Expand")
    name = expanded.inputs[0] if expanded else name
    for kind in ("Clip", "Max"):
        limited = pattern.maker(name, kind)
        if limited is None:
            continue
        least = limited.settings.get("min") if len(limited.inputs) < 2 else pattern.number(limited.inputs[1])
        if not isinstance(least, float) or not 0 <= least <= _SMALLEST_NORM or any(limited.inputs[2:]):
            return None
        name = limited.inputs[0]
        break
    norm = pattern.maker(name, "ReduceL2")
    axes = pattern.axes(norm) if norm and norm.inputs[0] == start else None
    return (UNIT_NORMALIZATION, start, {"axis": axes[0]}) if axes and len(axes) == 1 else None


def _normalization(pattern: _Patterns, node: Node) -> tuple[str, str, dict[str, Setting]] | None:
    """Match d / √(mean(d²) + ε) with d = x - mean(x), a layer normalization without weights."""
    if node.kind != "Div" or len(node.inputs) != 2:
        return None
    root, difference = pattern.maker(node.inputs[1], "Sqrt"), pattern.makers.get(node.inputs[0])
    total = pattern.maker(root.inputs[0], "Add") if root else None
    if difference is None or difference.kind != "Sub" or len(difference.inputs) != 2 or total is None:
        return None
    start, mean = difference.inputs[0], pattern.makers.get(difference.inputs[1])
    for name, other in (total.inputs, total.inputs[::-1]) if len(total.inputs) == 2 else ():
        epsilon, spread = pattern.number(other), pattern.maker(name, "ReduceMean")
        if epsilon is None or spread is None or mean is None or mean.kind != "ReduceMean":
            continue
        axes = pattern.axes(spread)
        is_of_squares = _is_square(pattern, spread.inputs[0], of=node.inputs[0])
        if is_of_squares and mean.inputs[0] == start and axes is not None and pattern.axes(mean) == axes:
            return AXES_NORMALIZATION, start, {"axes": axes, "epsilon": epsilon}
    return None


def _is_square(pattern: _Patterns, name: str, *, of: str) -> bool:
    square = pattern.maker(name, "Pow") or pattern.maker(name, "Mul")
    if square is None or len(square.inputs) != 2 or square.inputs[0] != of:
        return False
    return square.inputs[1] == of if square.kind == "Mul" else pattern.number(square.inputs[1]) == 2


def _erf_part(pattern: _Patterns, name: str) -> str | None:
    """Return x of 1 + erf(x / √2)."""
    total = pattern.maker(name, "Add")
    inside = pattern.other_than(total, 1.0) if total else None
    erf = pattern.maker(inside, "Erf") if inside else None
    if erf is None:
        return None
    return pattern.divided(pattern.maker(erf.inputs[0], "Div") or pattern.maker(erf.inputs[0], "Mul"), math.sqrt(2))


def _six_cut(pattern: _Patterns, name: str | None) -> str | None:
    """Return x of clip(x + 3, 0, 6)."""
    clip = pattern.maker(name, "Clip") if name else None
    if clip is None:
        return None
    bounds = [
        pattern.number(clip.inputs[index]) if len(clip.inputs) > index else clip.settings.get(key)
        for index, key in ((1, "min"), (2, "max"))
    ]
    total = pattern.maker(clip.inputs[0], "Add")
    return pattern.other_than(total, 3.0) if bounds == [0.0, 6.0] and total else None


def _is_sixth(hard: Node) -> bool:
    alpha, beta = hard.settings.get("alpha", 0.2), hard.settings.get("beta", 0.5)
    return isinstance(alpha, float) and math.isclose(alpha, 1 / 6, rel_tol=_TOLERANCE) and beta == 0.5


_MATCHES: tuple[_Match, ...] = (_gated, _hard_swish, _gelu, _softsign, _softplus, _log_sigmoid)


def attention_in(graph: OnnxGraph) -> tuple[str, str] | None:
    """Return the code and the reason of the refusal of a graph with attention; None if it has none."""
    makers = {name: node for node in graph.nodes for name in node.outputs}
    for node in graph.nodes:
        if node.kind != "MatMul" or any(name in graph.constants for name in node.inputs):
            continue
        softmax = _softmax_behind(node, makers)
        if softmax is not None:
            return (
                "unsupported-layer",
                f"the operators Softmax '{softmax.title}' and MatMul '{node.title}' are an attention between "
                "positions, as transformers have it, which has no counterpart among the allowed Keras layers",
            )
    return None


def _softmax_behind(product: Node, makers: dict[str, Node]) -> Node | None:
    """Return the softmax whose outcome a product multiplies, if there is one."""
    found = makers.get(product.inputs[0]) if product.inputs else None
    for _ in range(_FURTHEST):
        if found is None or found.kind == "Softmax":
            return found
        if found.kind not in _BETWEEN:
            return None
        found = makers.get(found.inputs[-1]) if found.kind == "Where" else makers.get(next(iter(found.inputs), ""))
    return None
