"""Products that skip zeros, compared with numpy's."""

import numpy as np
import pytest

from core.cut import sparse


@pytest.fixture
def rng():
    return np.random.default_rng(11)


def draw(rng, shape, share=1.0):
    values = rng.normal(size=shape).astype(np.float32)
    values[rng.random(shape) >= share] = 0
    return values


@pytest.mark.parametrize("share", [0.0, 0.05, 0.24, 0.5, 1.0])
@pytest.mark.parametrize(("count", "depth", "width"), [(1, 1, 1), (3, 7, 5), (40, 37, 129), (0, 4, 4), (70, 230, 161)])
def test_product(rng, share, count, depth, width):
    values, weights, start = draw(rng, (count, depth), share), draw(rng, (depth, width)), draw(rng, width)
    np.testing.assert_allclose(
        sparse.product(values, sparse.Weights(weights), start), start + values @ weights, rtol=1e-4, atol=1e-5
    )
    each = draw(rng, (count, width))
    np.testing.assert_allclose(
        sparse.product(values, sparse.Weights(weights), each), each + values @ weights, rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("share", [0.1, 1.0])
def test_relu_product_takes_rows_as_they_lie(rng, share):
    values, weights, start = draw(rng, (30, 23), share), draw(rng, (23, 17)), draw(rng, 17)
    rows = np.array([4, 0, 29, 7])
    expected = start + np.maximum(values[rows], 0) @ weights
    np.testing.assert_allclose(
        sparse.relu_product(values, rows, sparse.Weights(weights), start), expected, rtol=1e-4, atol=1e-5
    )


def test_subtract_and_add_touch_their_rows_alone(rng):
    sums, weights = draw(rng, (12, 9)), draw(rng, (5, 9))
    before, rows, values = sums.copy(), np.array([1, 10, 3]), draw(rng, (3, 5), 0.6)
    sparse.subtract(values, sparse.Weights(weights), sums, rows)
    expected = before.copy()
    expected[rows] -= values @ weights
    np.testing.assert_allclose(sums, expected, rtol=1e-4, atol=1e-6)
    sparse.add(values, sparse.Weights(weights), sums, rows)
    np.testing.assert_allclose(sums, before, rtol=1e-4, atol=1e-6)


def test_not_a_number_is_not_skipped():
    values = np.array([[0, np.nan, 0, 0, 0, 0, 0, 0]], np.float32)
    result = sparse.product(values, sparse.Weights(np.ones((8, 3), np.float32)), np.zeros(3, np.float32))
    assert np.isnan(result).all()
