"""The order channels are pruned in."""

import numpy as np

from core.ranking import ActivationMeter, order_channels, sum_up
from core.records import Order, PrunableLayer


def test_orders_are_stable():
    activations = np.array([2.0, 0.0, 1.0, 0.0, 2.0])
    assert order_channels(activations, kind=Order.ASCENDING).tolist() == [1, 3, 2, 0, 4]
    assert order_channels(activations, kind=Order.DESCENDING).tolist() == [0, 4, 2, 1, 3]
    assert order_channels(activations, kind=Order.INDEX).tolist() == [0, 1, 2, 3, 4]


def test_the_meter_agrees_with_numpy_however_the_images_are_batched():
    values = np.random.default_rng(1).normal(size=(23, 4, 3, 6)).astype(np.float32)
    meter = ActivationMeter(PrunableLayer("conv", "pool", 6, ()), kind=Order.ASCENDING, image_total=23)
    for start in range(0, 23, 7):
        meter.add(sum_up([values[start : start + 7]]))
    ranking = meter.ranking()
    oracle = values.astype(np.float64).mean(axis=(0, 1, 2))
    np.testing.assert_allclose(ranking.activations, oracle, rtol=1e-12, atol=1e-15)
    np.testing.assert_array_equal(ranking.peaks, values.max(axis=(0, 1, 2)))
    np.testing.assert_array_equal(ranking.order, np.argsort(oracle, kind="stable"))
    assert (ranking.image_count, ranking.image_total) == (23, 23)


def test_a_channel_that_is_always_negative_is_not_dead():
    meter = ActivationMeter(PrunableLayer("conv", "conv", 2, ()), kind=Order.ASCENDING, image_total=1)
    meter.add(sum_up([np.array([[[[-1.0, 0.0]]]], dtype=np.float32)]))
    assert meter.ranking().dead.tolist() == [False, True]
