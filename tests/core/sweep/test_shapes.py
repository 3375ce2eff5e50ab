"""The sweep and hand masks are exact on common network shapes: every count equals the plain Keras model's."""

from itertools import compress
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from core.channels import ALL_LAYERS
from core.data.dataset import from_arrays
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import Network
from core.network.rebuild import build_pruned
from core.order.orders.registry import ORDERS
from core.records import AttackKind, CleanScore, PoisonedScore, Share, SweepPoint
from core.scale import Scale
from core.sweep.inspection import InspectionRequest, inspect
from tests.core import shapes

ROUNDING = 1e-5


class PlainCopy:
    """Return the labels by the published method: copy the network, zero its weights, and run it."""

    def __init__(self, network):
        self._graph = network.graph
        self._model = keras.models.clone_model(network.model)
        self._model.set_weights(network.model.get_weights())
        self._call = tf.function(lambda pixels: self._model(pixels, training=False))

    def outputs(self, layer, reader, channel_mask, pixels):
        parts = layer.parts or (layer,)
        masks = np.split(channel_mask, np.cumsum([each.channel_count for each in parts])[:-1])
        before = {}  # of the layers that change: setting all weights takes most of the time
        for part, mask in zip(parts, masks, strict=True):
            for each in map(self._model.get_layer, [reader] if reader else self._graph.chain(part)):
                weights = each.get_weights()
                before.setdefault(each.name, weights)
                weights = [array.copy() for array in weights]
                (zero_inputs if reader else zero_outputs)(each, weights, ~mask)
                each.set_weights(weights)
        outputs = self._call(tf.constant(pixels)).numpy()
        for name, weights in before.items():
            self._model.get_layer(name).set_weights(weights)
        return outputs


def zero_outputs(layer, weights, pruned):
    channel_count = len(pruned)
    if isinstance(layer, keras.layers.BatchNormalization):
        weights = weights[:3]  # scale, shift, mean
    elif isinstance(layer, keras.layers.SeparableConv2D):
        weights = weights[1:]  # pointwise kernel, bias
    for array in weights:
        array.reshape(-1, channel_count)[:, pruned] = 0


def zero_inputs(layer, weights, pruned):
    if isinstance(layer, keras.layers.Dense):
        weights[0].reshape(-1, len(pruned), weights[0].shape[-1])[:, pruned] = 0
    else:
        weights[0][:, :, pruned] = 0


def cuts(network):
    """Return all convolutions together, then each one with no reader and with every reader that can be cut."""
    yield network.layer(ALL_LAYERS), None
    for layer in network.summary.layers:
        for reader in [None, *(each.layer for each in layer.readers if each.is_cuttable)]:
            yield layer, reader


def all_pixels(sets):
    return np.concatenate([each.batch(0, each.image_count, scale=Scale.UNIT) for each in sets])


def expected_point(sets, base_outputs, outputs, *, has_test, pruned_count, channel_index):
    """Return the expected counts of a step, given the plain outputs (N, K) of all images before and after pruning."""
    scores = []
    ends = np.cumsum([each.image_count for each in sets])[:-1]
    answers = (np.split(each.argmax(axis=1), ends) for each in (base_outputs, outputs))
    for position, (dataset, base, labels) in enumerate(zip(sets, *answers, strict=True)):
        is_hit, is_agreed = labels == dataset.labels, labels == base
        counts = (is_hit.sum(), (is_hit & is_agreed).sum(), (~is_agreed).sum())
        kind = CleanScore if position <= has_test else PoisonedScore
        scores.append(kind(*(Share(int(count), dataset.image_count) for count in counts)))
    test = scores[1] if has_test else None
    return SweepPoint(pruned_count, channel_index, scores[0], test, tuple(scores[1 + has_test :]))


def is_open(outputs):
    """Whether the two best outputs differ only by rounding, so that two plain runs need not agree either."""
    best = np.sort(outputs, axis=1)[:, -2:]
    gaps = (best[:, 1] - best[:, 0]) / np.abs(outputs).max(axis=1).clip(1e-30)
    return bool(((gaps > 0) & (gaps < ROUNDING)).any())


def check(inspection, sets, plain, *, has_test=True, masks=()):
    """Compare every point, then hand masks, all channels kept and all pruned, with `plain(channel_mask)` (N, K)."""
    ranking = inspection.sweep.ranking
    channel_count = ranking.layer.channel_count
    everything = np.ones(channel_count, dtype=bool)
    known = {everything.tobytes(): plain(everything)}
    order = ranking.order.tolist()
    assert sorted(order) == list(range(channel_count))
    assert len(inspection.sweep.points) == channel_count + 1
    steps = [(ranking.channel_mask(step), point) for step, point in enumerate(inspection.sweep.points)]
    hand = [*masks, everything, ~everything, *masks[:1], everything]
    for step, channel_mask in enumerate(hand):
        point = inspection.evaluator.score(channel_mask, pruned_count=step, monitor=Monitor())
        steps.append((channel_mask, point))
    for step, (channel_mask, point) in enumerate(steps):
        key = channel_mask.tobytes()
        if key not in known:
            known[key] = plain(channel_mask)
        if is_open(known[key]):
            continue
        is_hand = step > channel_count
        expected = expected_point(
            sets,
            known[everything.tobytes()],
            known[key],
            has_test=has_test,
            pruned_count=step - channel_count - 1 if is_hand else step,
            channel_index=order[step - 1] if 0 < step <= channel_count else -1,
        )
        where = f"{ranking.layer.name}, {inspection.sweep.reader}, step {step}"
        assert (where, point) == (where, expected), f"kept: {list(compress(range(channel_count), channel_mask))}"


@pytest.mark.parametrize("shape", shapes.SHAPES)
def test_every_layer_and_reader_of_every_shape(shape):
    seed = list(shapes.SHAPES).index(shape)
    network = Network(shapes.with_random_weights(shapes.SHAPES[shape](), seed=seed), path=Path("shape.keras"))
    sets = shapes.make_sets(network)
    pixels = all_pixels(sets)
    base = network.outputs(pixels)
    assert len(np.unique(base.argmax(axis=1))) == shapes.CLASS_COUNT
    assert not is_open(base)
    copy = PlainCopy(network)
    rng = np.random.default_rng(seed)
    for layer, reader in cuts(network):

        def plain(channel_mask, layer=layer, reader=reader):
            return copy.outputs(layer, reader, channel_mask, pixels)

        request = InspectionRequest(
            EvaluationInputs(network, *sets[:2], sets[2:], scale=Scale.UNIT), layer.layer_set, reader
        )
        inspection = inspect(request, monitor=Monitor())
        masks = list(rng.random((3, layer.channel_count)) < [[0.2], [0.5], [0.8]])
        check(inspection, sets, plain, masks=masks)
        built = build_pruned(network, layer=layer.layer_set, channel_mask=masks[1], reader=reader)
        np.testing.assert_allclose(built(pixels, training=False), plain(masks[1]), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("shape", "layer", "reader"), [("vgg", "conv_3", None), ("inception", "stem", "one")])
def test_sets_of_several_batches_and_several_poisoned_ones(shape, layer, reader):
    network = Network(shapes.with_random_weights(shapes.SHAPES[shape](), seed=7), path=Path("shape.keras"))
    sets = [
        from_arrays(f"{count}.h5", shapes.make_images(count, seed=count), np.arange(count) % shapes.CLASS_COUNT)
        for count in (1101, 530, 1, 257)
    ]
    pixels = all_pixels(sets)
    request = InspectionRequest(
        EvaluationInputs(network, sets[0], None, _as_labelled(sets[1:]), scale=Scale.UNIT), layer, reader
    )
    inspection = inspect(request, monitor=Monitor())
    copy, prunable = PlainCopy(network), network.layer(layer)
    masks = list(np.random.default_rng(0).random((2, prunable.channel_count)) < 0.5)

    def plain(channel_mask):
        return copy.outputs(prunable, reader, channel_mask, pixels)

    check(inspection, sets, plain, has_test=False, masks=masks)


@pytest.mark.parametrize("target", [1, AttackKind.NEXT])
def test_poisoned_sets_with_true_labels(target):
    network = Network(shapes.with_random_weights(shapes.SHAPES["vgg"](), seed=7), path=Path("shape.keras"))
    opened = [
        from_arrays(f"{count}.h5", shapes.make_images(count, seed=count), np.arange(count) % shapes.CLASS_COUNT)
        for count in (300, 257)
    ]
    aimed = opened[1].aimed_at(target, class_count=shapes.CLASS_COUNT)
    request = InspectionRequest(EvaluationInputs(network, opened[0], None, (aimed,), scale=Scale.UNIT), "conv_3")
    inspection = inspect(request, monitor=Monitor())
    is_counted = np.full(257, True) if target is AttackKind.NEXT else opened[1].labels != target
    wanted = (opened[1].labels + 1) % shapes.CLASS_COUNT if target is AttackKind.NEXT else np.full(257, target)
    sets = [opened[0], from_arrays("257.h5", opened[1].images[is_counted], wanted[is_counted])]
    copy, prunable = PlainCopy(network), network.layer("conv_3")
    masks = list(np.random.default_rng(0).random((2, prunable.channel_count)) < 0.5)
    pixels = all_pixels(sets)

    def plain(channel_mask):
        return copy.outputs(prunable, None, channel_mask, pixels)

    check(inspection, sets, plain, has_test=False, masks=masks)


def _as_labelled(sets):
    return tuple(each.aimed_at(AttackKind.LABELS, class_count=shapes.CLASS_COUNT) for each in sets)


# Shrinking an example would build hundreds of networks.
@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(data=st.data())
def test_random_networks_orders_and_masks(data):
    model = shapes.random_network(data.draw)
    network = Network(shapes.with_random_weights(model, seed=data.draw(st.integers(0, 999))), path=Path("random.keras"))
    layer, reader = data.draw(st.sampled_from(list(cuts(network))))
    order = data.draw(st.sampled_from(list(ORDERS)))
    kept = st.lists(st.booleans(), min_size=layer.channel_count, max_size=layer.channel_count)
    masks = [np.array(data.draw(kept)) for _ in range(3)]
    sets = shapes.make_sets(network)
    pixels = all_pixels(sets)
    assume(not is_open(network.outputs(pixels)))

    def plain(channel_mask):
        built = build_pruned(network, layer=layer.layer_set, channel_mask=channel_mask, reader=reader)
        return np.asarray(built(pixels, training=False))

    request = InspectionRequest(
        EvaluationInputs(network, *sets[:2], sets[2:], scale=Scale.UNIT), layer.layer_set, reader, order
    )
    check(inspect(request, monitor=Monitor()), sets, plain, masks=masks)
