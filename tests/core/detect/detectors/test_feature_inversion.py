"""Trigger inversion in feature space on the planted network."""

from pathlib import Path

import keras
import pytest
from keras import layers

from core.detect.detectors.feature_inversion import FEATURE_INVERSION
from core.detect.task import DetectionTask
from core.detect.triggers.decoupling import LARGEST_CHANGE, Decoupling
from core.errors import DetectorError
from core.monitor import Monitor
from core.network.network import Network
from core.scale import Scale
from tests.core.detect.planted import TARGET, planted_network, quarter_images


def task(*, target: int | None = TARGET) -> DetectionTask:
    """Return the task on the planted network."""
    return DetectionTask(planted_network(target=target), Scale.UNIT, dataset=quarter_images())


def test_the_generator_draws_images_to_the_target_within_its_bound() -> None:
    found = Decoupling(task()).run(on_step=lambda done, total: None, while_waiting=lambda: None)
    assert found.change <= LARGEST_CHANGE + 1e-6
    assert 0 <= found.images.min() <= found.images.max() <= 1
    assert (found.answers == TARGET).mean() > 0.9
    assert (found.before == TARGET).mean() == 0


def test_the_target_comes_first() -> None:
    scores = FEATURE_INVERSION.run(task(), Monitor())
    assert scores.ranked[0] == TARGET
    assert scores.statistic[TARGET] > 0.9


def test_a_network_without_features_is_refused_in_one_sentence() -> None:
    inputs = keras.Input((8, 8, 1))
    model = keras.Model(inputs, layers.GlobalAveragePooling2D()(layers.Conv2D(6, 3)(inputs)))
    plain = DetectionTask(Network(model, path=Path("pooled.keras")), Scale.UNIT, dataset=quarter_images())
    with pytest.raises(DetectorError, match="no dense layer that reads features"):
        FEATURE_INVERSION.run(plain, Monitor())
