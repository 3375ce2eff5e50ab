"""The job runs detectors in turn, leaves out what does not suit, and keeps what was found when it is stopped."""

from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from core.data.dataset import from_arrays
from core.detect.detector import Detector
from core.detect.detectors.registry import DETECTORS
from core.detect.detectors.trigger_inversion import Effort
from core.detect.detectors.weight_signature import WEIGHT_SIGNATURE
from core.detect.job import (
    Detection,
    DetectionRequest,
    check_suits,
    checked_verdict,
    detect,
    estimate_seconds,
    scale_of_images,
)
from core.detect.records import ClassScores, Ending, Needs
from core.detect.task import DetectionTask
from core.detect.verdict import Outcome
from core.errors import Cancelled, DatasetError, DetectorError
from core.monitor import Monitor
from core.network.network import Network
from core.scale import Scale
from tests.core.detect.planted import CLASS_COUNT, TARGET, planted_network, quarter_images


class Scripted(Detector):
    """Publishes once, then does what it is told to."""

    def __init__(self, then: object) -> None:
        super().__init__(
            name="scripted",
            title="Scripted",
            help="",
            source="",
            needs=Needs.UNLABELLED,
            statistic_title="",
        )
        object.__setattr__(self, "then", then)

    def run(self, task: DetectionTask, monitor: Monitor) -> ClassScores:
        scores = ClassScores(self.name, np.arange(CLASS_COUNT, dtype=float), np.arange(CLASS_COUNT, dtype=float))
        monitor.publish(scores)
        self.then()  # type: ignore[attr-defined]
        monitor.stop_if_asked()
        return scores

    def passes(self, task: DetectionTask) -> float:
        return 100.0


def request(*detectors: Detector, **changes: object) -> DetectionRequest:
    """Return a request on the planted network."""
    values: dict[str, object] = {"dataset": quarter_images(), "detectors": detectors, **changes}
    return DetectionRequest(planted_network(), Scale.UNIT, **values)  # type: ignore[arg-type]


def fail(error: Exception) -> None:
    raise error


def test_detectors_run_in_turn_and_each_result_is_published() -> None:
    published: list[Detection] = []
    found = detect(
        request(WEIGHT_SIGNATURE, Scripted(lambda: None)),
        Monitor(on_partial=published.append),  # type: ignore[arg-type]
    )
    assert [each.detector for each in found.scores] == ["weight-signature", "scripted"]
    assert found.is_complete
    assert [len(each.scores) for each in published] == [1, 2, 2]
    assert published[1].scores[1].ending is Ending.STOPPED
    assert found.scores[0].ranked[0] == TARGET


def test_what_was_found_is_kept_when_the_job_is_stopped() -> None:
    monitor = Monitor()
    found = detect(request(WEIGHT_SIGNATURE, Scripted(monitor.cancel), WEIGHT_SIGNATURE), monitor)
    assert [(each.detector, each.ending) for each in found.scores] == [
        ("weight-signature", Ending.DONE),
        ("scripted", Ending.STOPPED),
    ]
    assert not found.is_complete


def test_a_final_cancel_ends_the_job() -> None:
    monitor = Monitor()
    with pytest.raises(Cancelled):
        detect(request(WEIGHT_SIGNATURE, Scripted(lambda: monitor.cancel(is_final=True))), monitor)


def test_a_detector_that_does_not_suit_says_so_and_the_others_go_on() -> None:
    unsuited = Scripted(lambda: fail(DetectorError("nothing to see")))
    found = detect(request(unsuited, WEIGHT_SIGNATURE), Monitor())
    assert found.scores[0].ending is Ending.UNSUITABLE
    assert found.scores[0].sentence == "Scripted: nothing to see"
    assert found.scores[1].ending is Ending.DONE
    assert found.is_complete


def test_a_detector_whose_images_are_missing_is_not_run() -> None:
    found = detect(request(Scripted(lambda: None), WEIGHT_SIGNATURE, dataset=None), Monitor())
    assert found.scores[0].sentence == "Scripted needs clean images, got none"
    assert found.scores[1].ending is Ending.DONE


def test_unknown_classes_are_refused() -> None:
    with pytest.raises(DetectorError, match=r"from 0 to 5, got 6$"):
        detect(request(WEIGHT_SIGNATURE, classes=(1, 6, 9)), Monitor())


def test_time_is_estimated_from_passes_measured_here() -> None:
    seconds = estimate_seconds(request(WEIGHT_SIGNATURE, Scripted(lambda: None)))
    assert seconds["weight-signature"] == 0
    assert seconds["scripted"] > 0
    assert estimate_seconds(request(Scripted(lambda: None), dataset=None)) == {"scripted": 0}


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let detectors take few steps: what is no number is so from the first one."""
    for name, value in (
        ("detectors.trigger_inversion.WHOLE", Effort(12, 8)),
        ("detectors.maximum_margin.STEP_COUNT", 8),
        ("detectors.random_patches.PATCH_COUNT", 64),
        ("triggers.decoupling.MASK_STEPS", 6),
        ("triggers.decoupling.GENERATOR_STEPS", 8),
    ):
        monkeypatch.setattr(f"core.detect.{name}", value)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("detector", DETECTORS, ids=str)
def test_every_detector_survives_gradients_that_are_no_numbers(detector: Detector) -> None:
    inputs = keras.Input((8, 8, 1))
    flat = layers.Dense(4, name="hidden")(layers.Flatten()(inputs))
    model = keras.Model(inputs, layers.Dense(CLASS_COUNT, activation="softmax", name="fc")(flat))
    model.get_layer("fc").set_weights([np.full((4, CLASS_COUNT), 1e30, np.float32), np.zeros(CLASS_COUNT, np.float32)])
    network = Network(model, path=Path("huge.keras"))
    made = DetectionRequest(network, Scale.UNIT, dataset=quarter_images(8), detectors=(detector,))
    [scores] = detect(made, Monitor()).scores
    assert scores.ending is not Ending.STOPPED
    assert scores.statistic.shape == (CLASS_COUNT,)


def test_answers_that_are_no_numbers_are_never_taken_for_a_backdoor() -> None:
    broken = planted_network(target=None)
    for each in broken.model.layers:
        each.set_weights([1e30 * values for values in each.get_weights()])
    detection = detect(DetectionRequest(broken, Scale.UNIT, dataset=quarter_images()), Monitor())
    by_name = {each.detector: each for each in detection.scores}
    for detector in DETECTORS:
        if detector.needs is not Needs.NOTHING:
            assert by_name[detector.name].ending is Ending.UNSUITABLE
            assert "no finite numbers" in by_name[detector.name].sentence
    assert by_name["maximum-margin"].sentence == "Maximum margin: no class has a finite score"
    assert detection.verdict is None or detection.verdict.outcome is Outcome.NOTHING_FOUND


def test_too_few_images_are_told_and_the_others_go_on() -> None:
    found = detect(request(Scripted(lambda: None), WEIGHT_SIGNATURE, dataset=quarter_images(7)), Monitor())
    assert found.scores[0].sentence == "Scripted needs at least 8 clean images, got 7"
    assert found.scores[1].ending is Ending.DONE


def test_that_no_detector_suits_is_said_before_any_is_run() -> None:
    check_suits(request(Scripted(lambda: None), WEIGHT_SIGNATURE, dataset=None))
    with pytest.raises(DetectorError, match="no detector can be run: Scripted needs clean images, got none") as caught:
        check_suits(request(Scripted(lambda: None), dataset=None))
    assert caught.value.code == "no-detector"
    with pytest.raises(DetectorError, match="none is chosen"):
        check_suits(request())


def test_a_detector_of_triggers_alone_has_none_to_examine() -> None:
    with pytest.raises(DetectorError, match="needs the triggers of an inversion: choose an inversion as well"):
        check_suits(request(DETECTORS.get("second-answers")))
    check_suits(request(DETECTORS.get("patch-inversion"), DETECTORS.get("second-answers")))


def test_why_there_is_no_verdict() -> None:
    unsuited = Scripted(lambda: fail(DetectorError("nothing to see")))
    with pytest.raises(DetectorError, match="no verdict: Scripted: nothing to see"):
        checked_verdict(detect(request(unsuited), Monitor()))
    with pytest.raises(DetectorError, match="nothing was fitted for these detectors together: scripted"):
        checked_verdict(detect(request(Scripted(lambda: None)), Monitor()))
    assert checked_verdict(detect(request(WEIGHT_SIGNATURE), Monitor())).most_likely == TARGET


def test_what_the_network_reads_is_found_stored_or_asked_for() -> None:
    images = quarter_images()
    network = planted_network()
    scale, finding = scale_of_images(network, images, has_labels=True, monitor=Monitor())
    assert finding is not None
    assert scale == finding.scale
    with pytest.raises(DatasetError, match="give --validation or --scale") as caught:
        scale_of_images(network, images, has_labels=False, monitor=Monitor())
    assert caught.value.code == "no-scale"
    values = np.asarray(images.images, np.float32) / 100 - 1
    converted = from_arrays("converted.h5", values, np.asarray(images.labels))
    scale, finding = scale_of_images(network, converted, has_labels=False, monitor=Monitor())
    assert finding is None
    np.testing.assert_allclose(scale.pixels(values).min(), 0, atol=1e-3)
    np.testing.assert_allclose(scale.pixels(values).max(), 255, atol=1e-3)
