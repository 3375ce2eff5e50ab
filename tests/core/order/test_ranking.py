"""The order channels are pruned in."""

import numpy as np

from core.channels import PrunableLayer
from core.order.orders.anp import MASKS
from core.order.orders.ascending import ASCENDING
from core.order.orders.descending import DESCENDING
from core.order.orders.difference import DIFFERENCE
from core.order.orders.index import INDEX
from core.order.orders.layers import LAYERS
from core.order.orders.lipschitz import LIPSCHITZ
from core.order.ranking import ActivationMeter, standardized, sum_up


def test_orders_are_stable():
    activations = np.array([2.0, 0.0, 1.0, 0.0, 2.0])
    layer = PrunableLayer("conv", "conv", 5, ())
    expected = {
        ASCENDING: [1, 3, 2, 0, 4],
        DESCENDING: [0, 4, 2, 1, 3],
        INDEX: [0, 1, 2, 3, 4],
        LAYERS: [1, 3, 2, 0, 4],
        LIPSCHITZ: [4, 3, 2, 1, 0],
    }
    scores = np.arange(5.0)
    for kind, order in expected.items():
        found = kind.arrange(layer, activations, scores if kind is LIPSCHITZ else None)
        assert found.tolist() == order, kind
    assert DIFFERENCE.arrange(layer, activations, None).tolist() == expected[ASCENDING]


def all_of(*counts):
    parts = tuple(PrunableLayer(f"conv_{k}", f"conv_{k}", count, ()) for k, count in enumerate(counts))
    return PrunableLayer.together(parts[::-1], is_all=True)


def test_layer_by_layer_ends_with_one_before_the_next_begins():
    activations = np.array([0.3, 0.1, 0.2, 0.0, 9.0, 0.05])
    order = LAYERS.arrange(all_of(3, 2, 1), activations, None)
    assert order.tolist() == [1, 2, 0, 3, 4, 5]


def test_scores_of_several_layers_are_told_in_their_own_deviations():
    values = np.array([1.0, 2.0, 3.0, 100.0, 100.0])
    found = standardized(all_of(3, 2), values)
    np.testing.assert_allclose(found, [-np.sqrt(1.5), 0, np.sqrt(1.5), 0, 0])
    np.testing.assert_array_equal(standardized(PrunableLayer("conv", "conv", 5, ()), values), values)


def test_the_difference_goes_by_poisoned_and_clean_means():
    meter = ActivationMeter(PrunableLayer("conv", "conv", 3, ()), kind=DIFFERENCE, image_total=2)
    meter.add(sum_up([np.array([[[[1.0, 5.0, 2.0]]], [[[3.0, 5.0, 2.0]]]], dtype=np.float32)]))
    assert meter.ranking().scores is None
    meter.add_poisoned(sum_up([np.array([[[[2.0, 1.0, 3.0]]]], dtype=np.float32)]))
    ranking = meter.ranking()
    np.testing.assert_allclose(ranking.scores, [0, 4, 1])
    assert ranking.order.tolist() == [1, 2, 0]


def test_masks_go_from_the_smallest_and_equal_ones_by_activation():
    masks = np.array([1.0, 0.4, 1.0, 0.4, 0.0, 1.0])
    activations = np.array([0.5, 0.3, 0.2, 0.1, 0.9, 0.2])
    layer = all_of(3, 3)
    assert MASKS.arrange(layer, activations, masks).tolist() == [4, 3, 1, 2, 5, 0]
    meter = ActivationMeter(layer, kind=MASKS, image_total=1, prepared=masks)
    values = activations.astype(np.float32).reshape(2, 1, 1, 1, 3)
    meter.add(sum_up([values[0], values[1]]))
    ranking = meter.ranking()
    np.testing.assert_array_equal(ranking.scores, masks)  # of all layers as they are
    assert ranking.order[:3].tolist() == [4, 3, 1]


def test_the_meter_agrees_with_numpy_however_the_images_are_batched():
    values = np.random.default_rng(1).normal(size=(23, 4, 3, 6)).astype(np.float32)
    meter = ActivationMeter(PrunableLayer("conv", "pool", 6, ()), kind=ASCENDING, image_total=23)
    for start in range(0, 23, 7):
        meter.add(sum_up([values[start : start + 7]]))
    ranking = meter.ranking()
    oracle = values.astype(np.float64).mean(axis=(0, 1, 2))
    np.testing.assert_allclose(ranking.activations, oracle, rtol=1e-12, atol=1e-15)
    np.testing.assert_array_equal(ranking.peaks, values.max(axis=(0, 1, 2)))
    np.testing.assert_array_equal(ranking.order, np.argsort(oracle, kind="stable"))
    assert (ranking.image_count, ranking.image_total) == (23, 23)


def test_a_channel_that_is_always_negative_is_not_dead():
    meter = ActivationMeter(PrunableLayer("conv", "conv", 2, ()), kind=ASCENDING, image_total=1)
    meter.add(sum_up([np.array([[[[-1.0, 0.0]]]], dtype=np.float32)]))
    assert meter.ranking().dead.tolist() == [False, True]
