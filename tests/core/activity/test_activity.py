"""What single channels do on images, against numpy; their weights, against the layers' own answers."""

import keras
import numpy as np
import pytest

from core.activity.comparison import find_histograms, most_active_images
from core.activity.measuring import BLOCK_S, measure_block
from core.activity.records import ActivityBlock
from core.activity.sampling import LARGEST_VALUES, measured_rows
from core.activity.weights import channel_weights
from core.data.dataset import from_arrays
from core.errors import Cancelled, LayerError
from core.monitor import Monitor
from core.network.network import Network
from core.scale import Scale
from tests.core.normalized_networks import build_normalized


@pytest.fixture(scope="module")
def network() -> Network:
    return build_normalized()


@pytest.fixture(scope="module")
def dataset():
    rng = np.random.default_rng(0)
    return from_arrays("set", rng.integers(0, 256, (300, 10, 10, 2)).astype(np.uint8), np.zeros(300, np.int64))


def test_a_block_holds_the_mean_of_each_map(network, dataset):
    rows = measured_rows(300, channel_count=6)
    assert sorted(rows) == list(range(300))
    block = measure_block(network, dataset, rows, layer="conv_2", scale=Scale.UNIT, clock=lambda: 0.0)
    assert block.image_count == 300
    expected = network.feature_maps(dataset.rows(block.rows, scale=Scale.UNIT), "conv_2").mean(axis=(1, 2))
    np.testing.assert_allclose(block.values, expected, rtol=1e-5)
    np.testing.assert_allclose(block.means(), expected.mean(axis=0), rtol=1e-5)


def test_a_block_takes_a_moment_and_the_next_goes_on_where_it_ended(network, dataset):
    rows = measured_rows(300, channel_count=6)
    ticks = iter([0.0, BLOCK_S, BLOCK_S])
    first = measure_block(network, dataset, rows, layer="conv_2", scale=Scale.UNIT, clock=lambda: next(ticks))
    assert first.image_count == network.batch_size < 300
    second = measure_block(network, dataset, rows[first.image_count :], layer="conv_2", scale=Scale.UNIT)
    both = first.joined(second)
    assert sorted(both.rows) == sorted(rows[: both.image_count])
    assert len(set(both.rows.tolist())) == both.image_count


def test_a_block_stops_when_asked(network, dataset):
    monitor = Monitor()
    monitor.cancel()
    with pytest.raises(Cancelled):
        measure_block(network, dataset, np.arange(5), layer="conv_2", scale=Scale.UNIT, monitor=monitor)


def test_no_images_and_no_such_layer(network, dataset):
    none = measure_block(network, dataset, np.zeros(0, np.int64), layer="conv_2", scale=Scale.UNIT)
    assert none.values.shape == (0, 6)
    assert np.isnan(none.means()).all()
    with pytest.raises(LayerError):
        measure_block(network, dataset, np.arange(2), layer="conv_9", scale=Scale.UNIT)


def test_of_too_many_values_a_sample_is_measured():
    rows = measured_rows(100_000, channel_count=2048)
    assert len(rows) == LARGEST_VALUES // 2048
    assert len(np.unique(rows)) == len(rows)
    assert rows.max() > 90_000  # from everywhere


def test_histograms_share_their_bins():
    found = find_histograms([np.array([0, 0, 1], np.float32), np.array([2, 4, np.nan], np.float32)], bin_count=4)
    np.testing.assert_allclose(found.edges, [0, 1, 2, 3, 4])
    np.testing.assert_allclose(found.shares, [[2 / 3, 1 / 3, 0, 0], [0, 0, 0.5, 0.5]])
    assert found.image_counts == (3, 2)


@pytest.mark.parametrize("values", [[], [0.0, 0.0], [5.0], [-2.0, -2.0]])
def test_histograms_of_one_value_or_none(values):
    found = find_histograms([np.array(values, np.float32)], bin_count=4)
    assert (np.diff(found.edges) > 0).all()
    assert found.shares.sum() == pytest.approx(1.0 if values else 0.0)


def test_the_most_active_images_do_not_depend_on_the_order_of_measuring():
    values = np.array([[0], [3], [1], [3]], np.float32)
    clean = ActivityBlock(np.array([0, 1, 2, 3]), values)
    other = ActivityBlock(np.array([3, 1, 0, 2]), values[[3, 1, 0, 2]])
    poisoned = ActivityBlock(np.array([0]), np.array([[2]], np.float32))
    for block in (clean, other):
        found = most_active_images([block, poisoned], 0, count=3)
        assert [(each.set_index, each.row, each.activation) for each in found] == [(0, 1, 3), (0, 3, 3), (1, 0, 2)]
    everything = most_active_images([clean, poisoned], 0)
    assert len(everything) == 4  # not the image on which it is zero


@pytest.mark.parametrize("kind", ["plain", "separable", "depthwise"])
def test_the_kernel_of_a_channel_gives_its_output(kind):
    network = build_normalized(kind)
    layer = network.graph.layers["conv_2"]
    for channel in (0, layer.output.shape[-1] - 1):
        weights = channel_weights(network, "conv_2", channel)
        kernel = np.zeros((3, 3, 4, 1), np.float32)
        for source, values in zip(weights.sources, weights.kernel, strict=True):
            kernel[:, :, source, 0] = values
        pixels = np.random.default_rng(1).normal(size=(2, 8, 8, 4)).astype(np.float32)
        plain = keras.ops.conv(pixels, kernel) + (weights.bias or 0.0)
        expected = np.asarray(layer(pixels))[..., channel]
        np.testing.assert_allclose(np.maximum(np.asarray(plain)[..., 0], 0), expected, atol=1e-5)
        assert weights.norm == pytest.approx(float(np.linalg.norm(kernel)))


def test_the_largest_slices_are_returned(network):
    kernel = np.asarray(network.graph.layers["conv_2"].kernel)[..., 3]
    weights = channel_weights(network, "conv_2", 3, slice_count=2)
    norms = np.linalg.norm(kernel, axis=(0, 1))
    assert sorted(weights.sources) == sorted(np.argsort(-norms)[:2].tolist())
    assert weights.source_count == 4
    assert not weights.is_colour


def test_readers_weigh_a_channel_by_what_they_multiply_it_with(network):
    weights = channel_weights(network, "conv_2", 3)
    conv, dense = (np.asarray(network.graph.layers[name].kernel) for name in ("conv_3", "fc_1"))
    expected = {
        "conv_3": np.linalg.norm(conv.transpose(2, 0, 1, 3).reshape(6, -1), axis=1),
        "fc_1": np.array([np.linalg.norm(dense[channel::6]) for channel in range(6)]),  # flattened: channels last
    }
    assert {each.layer for each in weights.readers} == set(expected)
    for each in weights.readers:
        norms = expected[each.layer]
        assert each.norm == pytest.approx(float(norms[3]), rel=1e-5)
        assert each.place == 1 + int((norms > norms[3]).sum())
        assert each.channel_count == 6


def test_a_reader_without_weights_of_its_own_has_no_norm():
    pixels = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, padding="same", name="first")(pixels)
    y = keras.layers.Conv2D(4, 3, padding="same", groups=2, name="second")(x)
    out = keras.layers.Dense(2)(keras.layers.Flatten()(keras.layers.Add(name="sum")([x, y])))
    network = Network(keras.Model(pixels, out), path="net.keras")
    weights = channel_weights(network, "first", 1)
    readers = {each.layer: each for each in weights.readers}
    assert readers["sum"].norm is None
    assert weights.is_colour
    grouped = np.asarray(network.graph.layers["second"].kernel)  # (3, 3, 2, 4): channel 1 is read by outputs 0 and 1
    assert readers["second"].norm == pytest.approx(float(np.linalg.norm(grouped[:, :, 1, :2])))
    assert channel_weights(network, "second", 3).sources == (2, 3)
