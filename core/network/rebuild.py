"""New networks as standard Keras models: B′ with channels pruned in its weights, and G with the class "backdoored".

G can be loaded without custom code: the agreement of two arg-maxima, and a confidence level, are built from standard
layers.
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from core.channels import LayerSet, PrunableLayer
from core.cut.batches import outputs_in_batches
from core.cut.graph import Graph, call_arguments
from core.cut.readers import check_reader
from core.errors import LayerError, PruningError
from core.network.confidence import flagged_by_confidence, rounded_level
from core.network.network import FloatArray, Network, label_and_confidence
from core.network.repaired_output import NON_NEGATIVE, repaired_output

PRUNED_SUFFIX = "_pruned"
PROBE_SEED = 0
NOISE_COUNT = 4
OUTPUT_TOLERANCE = 1e-3
CLOSE = 1e-5


def build_pruned(
    network: Network,
    *,
    layer: str | LayerSet,
    channel_mask: NDArray[np.bool_],
    reader: str | None = None,
    probe: FloatArray | None = None,
) -> keras.Model:
    """Build B′: a copy of the network with channels pruned in its weights.

    The output of a channel is pruned by zeroing the convolution's kernel and bias for it, and the scale and shift of a
    batch normalization up to the measured tensor. If an activation does not map zero to zero (a sigmoid), a depthwise
    1×1 convolution masks the channel instead. To prune it for one reader, the reader's kernel is zeroed for the
    channel; if a batch normalization lies between, the reader gets a masked copy of the layers in between instead.

    Args:
        network: B; not changed.
        layer: the convolution, or several as one.
        channel_mask: shape (C,), True = kept.
        reader: prune only what this layer reads.
        probe: images, shape (n, H, W, C), float32, on which B′ must have the masked network's outputs; None uses noise.

    Raises:
        LayerError: no such layer or reader, or the outputs of B′ differ from the masked network's.
        PruningError: the mask does not fit the layer.
    """
    prunable = network.layer(layer)
    if channel_mask.shape != (prunable.channel_count,):
        raise PruningError(
            f"channel_mask must have shape ({prunable.channel_count},) for '{prunable.name}', got {channel_mask.shape}"
        )
    if reader is not None:
        check_reader(prunable, reader)
    model = _pruned_copy(network, prunable, channel_mask, reader)
    for part, part_mask in _split(prunable, channel_mask)[1:]:
        grown = Network(model, path=network.summary.path, tensor=network.tensor)
        model = _pruned_copy(grown, grown.layer(part.name), part_mask, None)
    images = noise_for(network) if probe is None else probe
    masked = network.outputs(images, layer=layer, reader=reader, channel_mask=channel_mask)
    check_outputs(outputs_in_batches(model, images), masked, what=f"'{prunable.name}' pruned")
    return model


def _pruned_copy(
    network: Network, prunable: PrunableLayer, channel_mask: NDArray[np.bool_], reader: str | None
) -> keras.Model:
    if prunable.parts:
        prunable, channel_mask = _split(prunable, channel_mask)[0]
    copy = copy_model(network)
    pruned = np.flatnonzero(~channel_mask)
    if not len(pruned):
        return copy
    if reader is not None:
        path = network.graph.plan_cut(prunable, reader=reader).path
        if any(
            network.graph.kind(name) == "BatchNormalization" for name in path
        ):  # it turns zeros into other constants
            return _with_mask_layer(network, prunable, channel_mask, reader)
        _prune_reading(network, copy, prunable, reader, pruned)
        return copy
    for name in network.graph.chain(prunable):
        prune_output(copy.get_layer(name), pruned)
    if _is_silent(network, copy, prunable, pruned):
        return copy
    return _with_mask_layer(network, prunable, channel_mask, None)


def _split(prunable: PrunableLayer, channel_mask: NDArray[np.bool_]) -> list[tuple[PrunableLayer, NDArray[np.bool_]]]:
    """Split a mask of several combined layers into one mask per layer."""
    parts = prunable.parts or (prunable,)
    ends = np.cumsum([part.channel_count for part in parts])
    return list(zip(parts, np.split(channel_mask, ends[:-1]), strict=True))


def build_repaired(
    network: Network,
    pruned: keras.Model,
    *,
    confidence_level: float | None = None,
    probe: FloatArray | None = None,
) -> keras.Model:
    """Build G: it answers what B answers, or class K ("backdoored", the N+1st) for a flagged image.

    By agreement an image is flagged if B and B′ disagree; by confidence also if B′'s confidence is below a level, see
    `core.network.confidence`. If an image is not flagged, G's first K outputs are those of B and its last is 0; else
    the first K are 0 and the last is 1. (If B's outputs may be negative, such as logits, the first K are 1 for the
    agreed class and else 0.) Layers that B and B′ share with equal weights occur once in G.

    Args:
        network: B.
        pruned: B′, with the same input shape and class count.
        confidence_level: in [0, 1], rounded to float32; None for the rule of agreement.
        probe: images, shape (n, H, W, C), float32, on which G must match its definition; None uses noise.

    Raises:
        LayerError: B′ has another input shape or class count than B, or G does not match its definition.
        ValueError: the level is not in [0, 1].

    Source: CSAW-HackML-2020 (NYU), definition of the repaired network G; the rule of confidence is ours.
    """
    level = None if confidence_level is None else rounded_level(confidence_level)
    other = Graph(pruned)
    check_same_kind(network, pruned)
    base = copy_model(network)
    values = {name: base.get_layer(name).output for name in network.graph.layers}
    base_output = values[network.graph.output_layer]
    shared = _shared_layers(network.graph, other)
    pruned_values = {name: values[name] for name in shared}
    pruned_values[other.input_layer] = base.inputs[0]
    taken = set(network.graph.layers)
    copies: dict[str, Any] = {}
    for name, layer in other.layers.items():
        if name not in pruned_values:
            copies[name] = _renamed(layer, taken)
            pruned_values[name] = _apply(copies[name], [pruned_values[source] for source in other.inputs[name]])
    output = repaired_output(
        base_output,
        pruned_values[other.output_layer],
        level=level,
        is_non_negative=network.graph.output_activation() in NON_NEGATIVE,
        is_probability=other.gives_probabilities(),
        name=name_maker(taken),
    )
    repaired = keras.Model(base.inputs[0], output, name="repaired")
    for name, layer in copies.items():
        copy_weights(other.layers[name], layer)
    check_definition(repaired, network, pruned, level=level, probe=noise_for(network) if probe is None else probe)
    return repaired


def check_same_kind(network: Network, pruned: keras.Model, *, name: str = "B′") -> None:
    """Check that a network has the same input shape and class count as B.

    Raises:
        LayerError: it does not.
    """
    wanted, got = ((each.input_shape[1:], each.output_shape[-1]) for each in (network.model, pruned))
    if wanted != got:
        raise LayerError(
            f"{name} must take images of shape {wanted[0]} and have {wanted[1]} classes like B, "
            f"got {got[0]} and {got[1]}",
            code="other-network",
        )


def prune_output(layer: Any, pruned: NDArray[np.int64]) -> None:
    """Zero the weights of channels in a convolution, or in a batch normalization after it; ignore other layers.

    Args:
        layer: a Keras layer; changed.
        pruned: channel indices, shape (n,).
    """
    weights = layer.get_weights()
    if type(layer).__name__ == "DepthwiseConv2D":
        kernel = weights[0]
        weights[0] = kernel.reshape(*kernel.shape[:2], -1)
        weights[0][..., pruned] = 0
        weights[0] = weights[0].reshape(kernel.shape)
        if layer.use_bias:
            weights[1][pruned] = 0
    elif type(layer).__name__ == "SeparableConv2D":
        for array in weights[1:]:  # pointwise kernel, bias
            array[..., pruned] = 0
    elif type(layer).__name__ == "Conv2D":
        for array in weights:
            array[..., pruned] = 0
    elif type(layer).__name__ == "BatchNormalization":
        names = [weight.path.rsplit("/", 1)[-1] for weight in layer.weights]
        for name, array in zip(names, weights, strict=True):
            if name in ("gamma", "beta", "moving_mean"):
                array[pruned] = 0
    layer.set_weights(weights)


def _prune_reading(
    network: Network, copy: keras.Model, prunable: PrunableLayer, reader: str, pruned: NDArray[np.int64]
) -> None:
    layer = copy.get_layer(reader)
    weights = layer.get_weights()
    kernel = weights[0]
    kind = type(layer).__name__
    if kind == "Dense":
        kernel[_positions(network, prunable, reader, pruned)] = 0
    elif kind == "Conv2D":
        per_group, outputs = kernel.shape[2], kernel.shape[3] // layer.groups
        for channel in pruned:
            group = channel // per_group
            kernel[:, :, channel % per_group, group * outputs : (group + 1) * outputs] = 0
    else:  # the depthwise kernel of DepthwiseConv2D and SeparableConv2D: (kh, kw, C, multiplier)
        kernel[:, :, pruned, :] = 0
    layer.set_weights(weights)


def _positions(network: Network, prunable: PrunableLayer, reader: str, pruned: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return which inputs of a dense reader come from the pruned channels, by passing ones along the path."""
    plan = network.graph.plan_cut(prunable, reader=reader)
    shape = network.graph.layers[plan.measured_at].output.shape[1:]
    marks = np.zeros((1, *shape), dtype=np.float32)
    marks[..., pruned] = 1
    for name in plan.path:
        marks = np.asarray(network.graph.layers[name](marks))
    return np.flatnonzero(marks.reshape(-1, marks.shape[-1]).any(axis=0))


def _is_silent(network: Network, copy: keras.Model, prunable: PrunableLayer, pruned: NDArray[np.int64]) -> bool:
    measure = keras.Model(copy.inputs[0], copy.get_layer(prunable.measured_at).output)
    measured = measure(noise_for(network), training=False)
    return not np.asarray(measured)[..., pruned].any()


def noise_for(network: Network) -> FloatArray:
    """Return fixed noise images, half in 0–1 and half in 0–255; shape (n, H, W, C)."""
    rng = np.random.default_rng(PROBE_SEED)
    noise = rng.uniform(0, 1, (2 * NOISE_COUNT, *network.input_shape)).astype(np.float32)
    noise[NOISE_COUNT:] *= 255
    return noise


def check_outputs(outputs: FloatArray, expected: FloatArray, *, what: str) -> None:
    """Check that a network's outputs equal the expected ones, both (n, K), up to rounding.

    Raises:
        LayerError: they do not.
    """
    tolerance = OUTPUT_TOLERANCE * max(float(np.abs(expected).max()), 1e-30)
    if not np.allclose(outputs, expected, rtol=OUTPUT_TOLERANCE, atol=tolerance):
        raise LayerError(f"a network with {what} cannot be built: its outputs would differ", code="cannot-build")


def check_definition(
    repaired: keras.Model, network: Network, pruned: keras.Model, *, level: np.float32 | None, probe: FloatArray
) -> None:
    """Check that G's predictions match its definition, given those of B and B′.

    Raises:
        LayerError: they do not.
    """
    base, outputs, answers = (outputs_in_batches(each, probe) for each in (network.model, pruned, repaired))
    _, confidences = label_and_confidence(outputs, is_probability=Graph(pruned).gives_probabilities())
    asked = 0.0 if level is None else float(level)
    labels = [each.argmax(axis=1) for each in (base, outputs, answers)]
    is_flagged = flagged_by_confidence(labels[0], labels[1], np.asarray(confidences), level=asked)
    expected = np.where(is_flagged, network.class_count, labels[0])
    # The level is some image's confidence, and two runs on a GPU may differ in the last bit.
    is_settled = (labels[0] != labels[1]) | ~np.isclose(confidences, asked, rtol=CLOSE, atol=0)
    if not np.array_equal(labels[2][is_settled], expected[is_settled]):
        raise LayerError("the repaired network cannot be built: it would not match its definition", code="cannot-build")


def _with_mask_layer(
    network: Network, prunable: PrunableLayer, channel_mask: NDArray[np.bool_], reader: str | None
) -> keras.Model:
    graph = network.graph
    plan = graph.plan_cut(prunable, reader=reader)
    taken = set(graph.layers)
    copies = {name: layer.__class__.from_config(layer.get_config()) for name, layer in graph.layers.items()}
    values = {graph.input_layer: keras.Input(network.input_shape, name=graph.input_layer)}
    free = name_maker(taken)
    masked, masked_path = None, {}
    for name, layer in copies.items():
        if name not in values:
            inputs = [
                masked if (name, position) in plan.entry else values[source]
                for position, source in enumerate(graph.inputs[name])
            ]
            values[name] = _apply(layer, inputs)
        if name == prunable.measured_at:
            mask_layer = keras.layers.DepthwiseConv2D(1, use_bias=False, name=free(f"{prunable.name}_channel_mask"))
            masked = mask_layer(values[name])
            mask_layer.set_weights([channel_mask.astype(np.float32).reshape(1, 1, -1, 1)])
            for each in plan.path:
                config = {**graph.layers[each].get_config(), "name": free(f"{each}_masked")}
                masked_path[each] = graph.layers[each].__class__.from_config(config)
                masked = masked_path[each](masked)
    output = masked if graph.output_layer == prunable.measured_at else values[graph.output_layer]
    model = keras.Model(values[graph.input_layer], output)
    for name, layer in (*copies.items(), *masked_path.items()):
        copy_weights(graph.layers[name], layer)
    return model


def copy_model(network: Network) -> keras.Model:
    """Return a copy of the network with new layers and copied weights."""
    pixels = keras.Input(network.input_shape, name=network.graph.input_layer)
    copy = keras.models.clone_model(network.model, input_tensors=pixels)
    copy_weights(network.model, copy)
    return copy


def copy_weights(source: Any, target: Any) -> None:
    """Give a layer or a model the weights of another of the same kind.

    A `Normalization` layer computes with constants that Keras makes of its weights: it has to make them anew.

    Args:
        source: a Keras layer or model.
        target: one with the same layers; changed.
    """
    target.set_weights(source.get_weights())
    for layer in target.layers if isinstance(target, keras.Model) else (target,):
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()


def _shared_layers(base: Graph, pruned: Graph) -> set[str]:
    """Return the layers of B′ that B has too: same class, settings and weights, and only shared layers as inputs."""
    shared: set[str] = set()
    for name, layer in pruned.layers.items():
        if name == pruned.input_layer:
            if name == base.input_layer:
                shared.add(name)
            continue
        twin = base.layers.get(name)
        if (
            twin is not None
            and base.inputs[name] == pruned.inputs[name]
            and all(source in shared for source in pruned.inputs[name])
            and type(twin) is type(layer)
            and twin.get_config() == layer.get_config()
            and _has_equal_weights(twin, layer)
        ):
            shared.add(name)
    return shared


def _has_equal_weights(one: Any, other: Any) -> bool:
    pairs = zip(one.get_weights(), other.get_weights(), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


def _renamed(layer: Any, taken: set[str]) -> Any:
    name = name_maker(taken)(layer.name + PRUNED_SUFFIX)
    return layer.__class__.from_config({**layer.get_config(), "name": name})


def name_maker(taken: set[str]) -> Callable[[str], str]:
    """Return a function that makes a name free by a number behind it, if it is taken, and takes it.

    Args:
        taken: the names that are taken; those that are made are added.
    """

    def free(wanted: str) -> str:
        name, number = wanted, 1
        while name in taken:
            number += 1
            name = f"{wanted}_{number}"
        taken.add(name)
        return name

    return free


def _apply(layer: Any, inputs: list[Any]) -> Any:
    return layer(*call_arguments(layer, inputs))
