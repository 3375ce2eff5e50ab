"""Accuracies compared with a three-line oracle, and the pixel range that is found."""

import keras
import numpy as np
import pytest

from core.errors import Cancelled
from core.metrics.evaluation import evaluate, predict_labels, predict_with_confidence
from core.monitor import Monitor
from core.records import Share
from core.scale import Scale


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
