"""The weight signature against its definition."""

from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from core.detect.detectors.weight_signature import WEIGHT_SIGNATURE, mean_weights
from core.detect.task import DetectionTask
from core.errors import DetectorError
from core.monitor import Monitor
from core.network.network import Network
from core.scale import Scale
from tests.core.detect.planted import BONUS, CLASS_COUNT, TARGET, planted_network


def test_the_statistic_is_the_mean_weight_that_leads_to_the_class() -> None:
    scores = WEIGHT_SIGNATURE.run(DetectionTask(planted_network(), Scale.UNIT), Monitor())
    expected = np.array([1, 1, 1, 1, BONUS, 0]) / 5
    assert scores.statistic == pytest.approx(expected)
    assert scores.ranked[0] == TARGET


@pytest.mark.parametrize("ending", ["softmax", "pooled", "flattened"])
def test_the_layer_that_computes_the_outputs_is_found_behind_others(ending: str) -> None:
    inputs = keras.Input((4, 4, 3))
    if ending == "softmax":
        last = layers.Dense(CLASS_COUNT, name="last")(layers.Flatten()(inputs))
        outputs = layers.Softmax()(layers.Dropout(0.5)(last))
    elif ending == "pooled":
        outputs = layers.Activation("softmax")(
            layers.GlobalAveragePooling2D()(layers.Conv2D(CLASS_COUNT, 1, name="last")(inputs))
        )
    else:
        outputs = layers.Flatten()(layers.Conv2D(CLASS_COUNT, 4, name="last")(inputs))
    model = keras.Model(inputs, outputs)
    kernel = np.asarray(model.get_layer("last").kernel)
    assert mean_weights(model) == pytest.approx(kernel.astype(np.float64).reshape(-1, CLASS_COUNT).mean(axis=0))


def test_a_network_without_such_a_layer_is_refused_in_one_sentence() -> None:
    inputs = keras.Input((4, 4, 3))
    model = keras.Model(inputs, layers.Flatten()(layers.Conv2D(2, 3, name="conv")(inputs)))
    with pytest.raises(DetectorError, match="'conv', has 2 outputs: expected 8, one for each class"):
        mean_weights(model)
    joined = keras.Model(inputs, layers.Concatenate()([layers.Flatten()(inputs), layers.Flatten()(inputs)]))
    with pytest.raises(DetectorError, match="no dense layer"):
        mean_weights(joined)


def test_two_classes_cannot_be_compared_with_each_other() -> None:
    inputs = keras.Input((4, 4, 1))
    model = keras.Model(inputs, layers.Dense(2, activation="softmax")(layers.Flatten()(inputs)))
    task = DetectionTask(Network(model, path=Path("two.keras")), Scale.UNIT)
    assert "at least 3" in WEIGHT_SIGNATURE.unmet_need(task)
