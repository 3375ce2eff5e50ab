"""Activations that exporters write as several operators, recognised as one: SiLU, hard swish, GELU, Mish.

As one layer they keep the channels of the convolution in front of them separate, so that these can be pruned behind it.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping

from core.intake.onnx.graph_file import Node, OnnxGraph
from core.intake.onnx.tensors import Array

_TOLERANCE = 1e-4


def fused(graph: OnnxGraph) -> list[Node]:
    """Return the graph's operators, with each activation as one operator of ONNX's, or "Silu"."""
    pattern = _Patterns(graph)
    nodes = []
    for node in graph.nodes:
        found = next((each for match in _MATCHES if (each := match(pattern, node)) is not None), None)
        if found is None:
            nodes.append(node)
            continue
        kind, start = found
        nodes.append(Node(node.name, kind, [start], list(node.outputs), {}))
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

    def maker(self, name: str, kind: str) -> Node | None:
        """Return the operator of a kind that gives a tensor, if only one other reads it."""
        node = self.makers.get(name)
        return node if node is not None and node.kind == kind and self._uses[name] == 1 else None

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


_MATCHES: tuple[_Match, ...] = (_gated, _hard_swish, _gelu)
