"""Accuracies compared with a three-line oracle, and the pixel range that is found."""

from pathlib import Path

import keras
import numpy as np
import pytest

from core.data.dataset import from_arrays
from core.errors import Cancelled
from core.metrics.evaluation import evaluate, find_scale, predict_labels, predict_with_confidence
from core.monitor import Monitor
from core.network.network import Network
from core.records import Scale, Share


def test_shares_against_the_oracle(two_branches, random_sets):
    valid, test, poisoned = random_sets
    found = evaluate(
        two_branches, validation=valid, test=None, poisoned=[poisoned, test], scale=Scale.RAW, monitor=Monitor()
    )

    def oracle(dataset):
        predicted = two_branches.model.predict(dataset.images.astype(np.float32), verbose=0).argmax(axis=1)
        return Share(int((predicted == dataset.labels).sum()), len(predicted))

    assert found.validation == oracle(valid)
    assert found.test is None
    assert found.poisoned == (oracle(poisoned), oracle(test))


@pytest.mark.parametrize(("wanted", "kernel"), [(Scale.UNIT, 4.0), (Scale.RAW, 4.0 / 255)])
@pytest.mark.parametrize("stored", [1.0, 255.0])
def test_the_range_the_network_wants_is_found_whatever_the_file_holds(wanted, kernel, stored):
    """Return a network that predicts 1 above half of its white level, and 2 far above or below it."""
    pixels = keras.Input((1, 1, 1))
    x = keras.layers.Flatten()(pixels)
    # Hidden: brightness in units of white; outputs: dark, bright, absurdly bright.
    out = keras.layers.Dense(3, name="answer")(x)
    model = keras.Model(pixels, out)
    weights = np.array([[0.0, 2 * kernel / 4, 4 * kernel / 4]], np.float32)
    model.get_layer("answer").set_weights([weights, np.array([1.0, 0.0, -2.5], np.float32)])
    shades = np.linspace(0, 1, 40)
    labels = (shades * 2 > 1).astype(int)
    dataset = from_arrays("shades.h5", (shades * stored).astype(np.float32).reshape(-1, 1, 1, 1), labels)
    finding = find_scale(Network(model, path=Path("shades.keras")), dataset, monitor=Monitor())
    assert finding.scale is wanted
    right = {Scale.RAW: finding.raw, Scale.UNIT: finding.unit}
    assert right[wanted] == Share(40, 40)
    assert min(finding.raw.rate, finding.unit.rate) < 0.6
    assert not finding.is_sampled


def test_a_draw_goes_to_0_255_and_large_sets_are_sampled(marked_network):
    images = np.zeros((1500, 6, 6, 3), np.uint8)
    images[..., 0] = 255
    finding = find_scale(marked_network, from_arrays("red.h5", images, np.zeros(1500, np.int64)), monitor=Monitor())
    assert finding.scale is Scale.RAW
    assert finding.raw == finding.unit == Share(1000, 1000)
    assert finding.is_sampled


def test_rows_and_cancel(two_branches, random_sets):
    valid = random_sets[0]
    rows = np.array([5, 2, 30])
    whole = predict_labels(two_branches, valid, scale=Scale.UNIT, monitor=Monitor())
    some = predict_labels(two_branches, valid, scale=Scale.UNIT, monitor=Monitor(), rows=rows)
    np.testing.assert_array_equal(some, whole[rows])
    monitor = Monitor()
    monitor.cancel()
    with pytest.raises(Cancelled):
        predict_labels(two_branches, valid, scale=Scale.UNIT, monitor=monitor)


@pytest.mark.parametrize("ending", ["softmax", "sigmoid", "linear"])
def test_confidences_against_the_oracle(two_branches, random_sets, ending):
    two_branches.model.get_layer("output").activation = keras.activations.get(ending)
    valid = random_sets[0]
    outputs = np.asarray(two_branches.model(valid.batch(0, 99, scale=Scale.UNIT)))
    oracle = np.asarray(keras.ops.softmax(outputs)) if ending == "linear" else outputs
    found = predict_with_confidence(two_branches, valid, scale=Scale.UNIT, monitor=Monitor())
    np.testing.assert_array_equal(
        found.labels, predict_labels(two_branches, valid, scale=Scale.UNIT, monitor=Monitor())
    )
    np.testing.assert_allclose(found.confidences, oracle.max(axis=1), rtol=1e-6)
    assert found.confidences.dtype == np.float32
    with pytest.raises(ValueError, match="read-only"):
        found.confidences[0] = 0
    monitor = Monitor()
    monitor.cancel()
    with pytest.raises(Cancelled):
        predict_with_confidence(two_branches, valid, scale=Scale.UNIT, monitor=monitor)


def test_an_answer_that_is_no_number_has_no_confidence(two_branches, random_sets):
    layer = two_branches.model.get_layer("output")
    layer.set_weights([array * np.float32(np.nan) for array in layer.get_weights()])
    found = predict_with_confidence(two_branches, random_sets[0], scale=Scale.UNIT, monitor=Monitor())
    assert not found.confidences.any()
