"""Opening a repaired network's file for a comparison: a B′ as it is, or the B′ extracted from a G made here."""

import re
from pathlib import Path
from typing import Any

import keras
import numpy as np

from core.compare.comparison import Candidate
from core.compare.earlier_results import method_of
from core.compare.weight_difference import weight_difference
from core.cut.batches import outputs_in_batches
from core.cut.graph import Graph
from core.errors import LayerError, ModelFileError
from core.monitor import Monitor
from core.network.confidence import rounded_level
from core.network.network import FloatArray, Network, open_network
from core.network.rebuild import PRUNED_SUFFIX, check_definition, check_outputs, copy_weights, noise_for

# The layers between a network's outputs and its predicted class inside a G; see `core.network.repaired_output`.
CLASS_CHAIN = ("ReLU", "Rescaling", "Subtract", "EinsumDense", "ReLU", "Rescaling", "Subtract")


def open_candidate(
    path: Path, base: Network, monitor: Monitor, *, name: str | None = None, probe: FloatArray | None = None
) -> Candidate:
    """Open a repaired network B′ of B from any source.

    If the file is a repaired network G that was made here from B, its B′ and its confidence level, if any, are
    extracted.

    Args:
        path: the file.
        base: B.
        monitor: receives progress, and can cancel.
        name: unique name; None uses the file's name.
        probe: images, shape (n, H, W, C), float32, on which G must match its definition; None uses noise.

    Raises:
        ModelFileError: the file is refused, or is not a repaired network of B.
        LayerError: its graph cannot be inspected.
        Cancelled: the job was cancelled.
    """
    network = open_network(path, monitor=monitor)
    how, level, sha256 = [], None, network.summary.sha256
    if network.input_shape != base.input_shape:
        raise ModelFileError(
            f"'{path.name}' takes images of shape {network.input_shape}, B takes {base.input_shape}: "
            f"it is not a repaired network of B",
            code="misfit-pruned",
        )
    if network.class_count == base.class_count + 1:
        network, level = _extract_pruned(network, base, noise_for(base) if probe is None else probe)
        how.append("B′ of a repaired network G" + (f" with confidence level {np.float32(level)!s}" if level else ""))
    elif network.class_count != base.class_count or network.summary.is_repaired:
        what = f"answers {network.class_count} classes, B {base.class_count}"
        if network.summary.is_repaired:
            what = f"is a repaired network G of {network.class_count - 1} classes, B has {base.class_count}"
        raise ModelFileError(f"'{path.name}' {what}: it is not a repaired network of B", code="misfit-pruned")
    method = method_of(path, monitor=monitor)
    if method is not None:
        how.append(f"made by {method.title}, according to the results file next to it")
    how.append(weight_difference(base, network))
    return Candidate(name or path.name, "; ".join(how), network.model, level, sha256)


def _extract_pruned(repaired: Network, base: Network, probe: FloatArray) -> tuple[Network, float | None]:
    """Return B′ as a network of its own, and the confidence level, from a G that was made from B and B′.

    Raises:
        ModelFileError: the network is not such a G.
    """
    name = repaired.summary.path.name
    parts = _find_parts(repaired.graph)
    if parts is None:
        raise ModelFileError(
            f"'{name}' answers one class more than B: it is a repaired network G; open the B′ that it was made from",
            code="repaired-already",
        )
    base_output, pruned_output, level = parts
    layers, first = repaired.graph.layers, repaired.model.inputs[0]
    own_base = keras.Model(first, layers[base_output].output)
    pruned = _with_original_names(
        keras.Model(first, layers[pruned_output].output), kept={each.name for each in own_base.layers}
    )
    try:
        outputs = [outputs_in_batches(each, probe) for each in (own_base, base.model)]
        check_outputs(outputs[0], outputs[1], what="another B")
        check_definition(repaired.model, base, pruned, level=level, probe=probe)
    except LayerError as error:
        raise ModelFileError(
            f"'{name}' is a repaired network G, but of another network than B: open the B′ that it was made from",
            code="other-network",
        ) from error
    return Network(pruned, path=repaired.summary.path), None if level is None else float(level)


def _find_parts(graph: Graph) -> tuple[str, str, np.float32 | None] | None:
    """Return the output layers of B and B′ inside a G, and the confidence level; None if it is not a G made here."""
    if not graph.is_repaired():
        return None
    agree, level = graph.inputs[graph.inputs[graph.output_layer][-1]][0], None
    is_confident = graph.inputs[agree][-1]
    if graph.kind(graph.inputs[agree][0]) == "Dot":
        above = _source_of_chain(graph, is_confident, ("ReLU", "Rescaling"))
        if above is None or graph.kind(above) != "Rescaling":
            return None
        level = _level(graph.layers[above])
        agree = graph.inputs[agree][0]
        if level is None:
            return None
    outputs = [_source_of_chain(graph, each, CLASS_CHAIN) for each in graph.inputs[agree]]
    if len(outputs) != 2 or outputs[0] is None or outputs[1] is None:
        return None
    return outputs[0], outputs[1], level


def _level(layer: Any) -> np.float32 | None:
    try:
        return rounded_level(-float(layer.offset))
    except (TypeError, ValueError):
        return None


def _source_of_chain(graph: Graph, name: str, kinds: tuple[str, ...]) -> str | None:
    """Return the layer that a chain of these kinds reads, given its last layer; None if there is no such chain."""
    for kind in kinds:
        if graph.kind(name) != kind or not graph.inputs[name]:
            return None
        name = graph.inputs[name][0]
    return name


def _with_original_names(pruned: keras.Model, *, kept: set[str]) -> keras.Model:
    """Return a copy with its own weights and the layer names from before it was combined with B (`kept`: B's names)."""
    names = {layer.name: re.sub(rf"{PRUNED_SUFFIX}(_\d+)?$", "", layer.name) for layer in pruned.layers}
    names = {name: name if name in kept else original for name, original in names.items()}
    if len(set(names.values())) < len(names):
        names = {name: name for name in names}

    def renamed(layer: Any) -> Any:
        return layer.__class__.from_config({**layer.get_config(), "name": names[layer.name]})

    first = pruned.inputs[0]
    pixels = keras.Input(first.shape[1:], name=first._keras_history.operation.name)
    copy = keras.models.clone_model(pruned, input_tensors=pixels, clone_function=renamed)
    copy_weights(pruned, copy)
    return copy
