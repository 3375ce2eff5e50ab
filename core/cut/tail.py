"""The layers after the pre-activations, computed for a few images at a time without TensorFlow.

A TensorFlow call costs more than these layers, and it does not skip the many zeros that a ReLU produces.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from core.cut import sparse
from core.cut.program import SuffixProgram, SuffixStep

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
Layer = Callable[[Sequence[FloatArray]], FloatArray]

MOST_EXACT = 2048  # up to this many rows or columns, norms of weights are computed exactly
UNCHANGED = frozenset({"linear", "Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "AlphaDropout"})


@dataclass(frozen=True, slots=True, eq=False)
class Tail:
    """The non-linear rest of a suffix, as a function of pre-activations and crossing tensors.

    Attributes:
        features: (pre-activations and crossing tensors by name, image rows (k,)) -> features (k, F).
        weights: weights of the last dense layer, F × K; None if the features are already the outputs.
        bias: bias of the last dense layer, (K,).
        gain: Lipschitz bound: a difference of outputs is at most this many times a difference of pre-activations.
        reach: for each class, the largest distance of its weights to another class's, (K,): while the features have
            moved by less than the outputs' margin divided by it, no other class can have overtaken.
    """

    features: Callable[[Mapping[str, FloatArray], IntArray], FloatArray]
    weights: sparse.Weights | None
    bias: FloatArray
    reach: FloatArray
    gain: float

    def outputs(self, features: FloatArray) -> FloatArray:
        """Return the network's outputs (n, K) before a softmax, given features (n, F)."""
        if self.weights is None:
            return features.copy()
        return sparse.product(features, self.weights, self.bias)


def find_tail(program: SuffixProgram) -> Tail | None:
    """Build the rest of a suffix from numpy functions; return None if a layer is not supported."""
    steps = list(program.rest)
    head = steps.pop() if steps and steps[-1].kind == "Dense" and steps[-1].name == program.output else None
    made: list[tuple[SuffixStep, Layer]] = []
    gains = dict.fromkeys(program.sums, 1.0)
    for step in steps:
        function = _as_function(step)
        if function is None:
            return None
        made.append((step, function))
        growths = [gains.get(name, 0.0) for name in step.inputs]
        norm = _longest_product(function.keywords["weights"].dense) if _is_dense(function) else 1.0
        gains[step.name] = norm * sum(growths)
    output = head.inputs[0] if head else program.output
    shapes = {step.name: step.shape for step in program.linear if step.name in program.sums}
    features = partial(_features, steps=made, shapes=shapes, flat=_find_flat(program, output), output=output)
    if head is None:
        return Tail(features, None, np.zeros(0, np.float32), np.zeros(0, np.float32), 2 * gains[output])
    weights, bias = _dense_weights(head)
    if not (np.isfinite(weights).all() and np.isfinite(bias).all()):
        return None
    reach = _reach(weights)
    return Tail(features, sparse.Weights(weights), bias, reach, gains.get(output, 0.0) * float(reach.max()))


def _features(
    values: Mapping[str, FloatArray],
    rows: IntArray,
    *,
    steps: Sequence[tuple[SuffixStep, Layer]],
    shapes: Mapping[str, tuple[int, ...]],
    flat: Mapping[str, str],
    output: str,
) -> FloatArray:
    """Run the steps on some rows; a dense layer directly after a ReLU of sums reads the sums without a copy."""
    known: dict[str, FloatArray] = {}

    def value(name: str) -> FloatArray:
        if name not in known:
            known[name] = values[name][rows]
            if name in shapes:
                known[name] = known[name].reshape(-1, *shapes[name])
        return known[name]

    for step, function in steps:
        if step.name in flat:
            continue
        source = flat.get(step.inputs[0])
        if source is not None and _is_dense(function):
            known[step.name] = sparse.relu_product(values[source], rows, **function.keywords)
        else:
            known[step.name] = function([value(name) for name in step.inputs])
    result = value(output)
    return result.reshape(len(rows), -1)


def _find_flat(program: SuffixProgram, output: str) -> dict[str, str]:
    """Map each step that is a ReLU of sums, flattened or not, and is read only by dense layers, to its sums."""
    takers: dict[str, list[SuffixStep]] = {}
    for step in program.rest:
        for name in step.inputs:
            takers.setdefault(name, []).append(step)
    flat: dict[str, str] = {}
    for step in program.rest:
        source = step.inputs[0]
        if step.kind == "relu" and source in program.sums:
            flat[step.name] = source
        elif source in flat and step.kind in (*UNCHANGED, "Flatten"):
            flat[step.name] = flat[source]
    for name in reversed(list(flat)):
        is_fitting = all(_takes_flat(each) or each.name in flat for each in takers.get(name, []))
        if not is_fitting or name == output:
            del flat[name]
    return flat


def _is_dense(function: Layer) -> TypeGuard[partial[FloatArray]]:
    return isinstance(function, partial) and function.func is _dense


def _takes_flat(step: SuffixStep) -> bool:
    return step.kind == "Dense" and len(step.shape) == 1


def _as_function(step: SuffixStep) -> Layer | None:
    """Return a step as a function of its inputs; None for an unsupported kind."""
    function: Layer
    if step.kind in UNCHANGED:
        function = _first
    elif step.kind == "relu":
        function = _relu
    elif step.kind == "Add" and all(tuple(each.shape[1:]) == step.shape for each in step.layer.input):
        function = _add
    elif step.kind in ("Flatten", "Reshape"):
        function = partial(_reshape, shape=step.shape)
    elif step.kind == "Concatenate":
        function = partial(np.concatenate, axis=step.layer.axis)
    elif step.kind == "GlobalAveragePooling2D" and not step.layer.keepdims:
        function = _average
    elif step.kind == "Dense" and len(step.shape) == 1:
        weights, bias = _dense_weights(step)
        is_finite = np.isfinite(weights).all() and np.isfinite(bias).all()
        return partial(_dense, weights=sparse.Weights(weights), start=bias) if is_finite else None
    else:
        return None
    return function


def _first(inputs: Sequence[FloatArray]) -> FloatArray:
    return inputs[0]


def _relu(inputs: Sequence[FloatArray]) -> FloatArray:
    return np.maximum(inputs[0], np.float32(0))


def _reshape(inputs: Sequence[FloatArray], shape: tuple[int, ...]) -> FloatArray:
    return inputs[0].reshape(-1, *shape)


def _average(inputs: Sequence[FloatArray]) -> FloatArray:
    return inputs[0].mean(axis=(1, 2))


def _dense(inputs: Sequence[FloatArray], weights: sparse.Weights, start: FloatArray) -> FloatArray:
    return sparse.product(inputs[0], weights, start)


def _add(inputs: Sequence[FloatArray]) -> FloatArray:
    total = inputs[0] + inputs[1]
    for each in inputs[2:]:
        total += each
    return total


def _dense_weights(step: SuffixStep) -> tuple[FloatArray, FloatArray]:
    layer: Any = step.layer
    weights = np.array(layer.kernel, dtype=np.float32, order="C")
    bias = np.zeros(weights.shape[1], np.float32) if layer.bias is None else np.array(layer.bias, dtype=np.float32)
    return weights, bias


def _longest_product(weights: FloatArray) -> float:
    """Return the spectral norm of weights (d, m), or an upper bound of it."""
    exact = weights.astype(np.float64)
    if min(exact.shape) <= MOST_EXACT:
        return float(np.linalg.norm(exact, 2))
    sums = np.abs(exact)
    return float(min(np.linalg.norm(exact), np.sqrt(sums.sum(axis=0).max() * sums.sum(axis=1).max())))


def _reach(weights: FloatArray) -> FloatArray:
    """Return the largest distance from each column to another, or an upper bound, rounded up; shape (K,)."""
    columns = weights.T.astype(np.float64)
    if len(columns) > MOST_EXACT:  # via the mean: all pairs of so many classes would take minutes
        lengths = np.linalg.norm(columns - columns.mean(axis=0), axis=1)
        longest = lengths + lengths.max()
    else:
        squares = (columns**2).sum(axis=1)
        products = columns @ columns.T
        longest = np.sqrt(np.maximum((squares[:, np.newaxis] + squares - 2 * products).max(axis=1), 0))
    return (longest * (1 + 1e-5) + 1e-12).astype(np.float32)
