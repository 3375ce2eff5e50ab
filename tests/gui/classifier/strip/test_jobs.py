"""STRIP's questions give way to what is urgent, and stop with the window."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from core.data.image import InputImage
from core.errors import Cancelled
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.scale import Scale
from gui.classifier.jobs import ShownImage
from gui.classifier.strip.jobs import BlendedImage, blend_image, calibrate_further, lack_of
from tests.core.detect.planted import SIZE, planted_network, quarter_images


@pytest.fixture
def inputs() -> EvaluationInputs:
    return EvaluationInputs(planted_network(), quarter_images(60), None, (quarter_images(30, seed=1),), Scale.UNIT)


@pytest.fixture
def shown() -> ShownImage:
    rgba = np.full((SIZE, SIZE, 4), 255, np.uint8)
    return ShownImage(InputImage("white.png", rgba), False, None)


def test_an_image_is_blended_and_calibrated_in_slices(inputs: EvaluationInputs, shown: ShownImage) -> None:
    calm = threading.Event()
    blended = blend_image(inputs, shown, blender=None, is_urgent=calm)(Monitor())
    assert isinstance(blended, BlendedImage)
    assert len(blended.answers) == 1
    again = blend_image(inputs, shown, blender=blended.blender, is_urgent=calm)(Monitor())
    assert again.blender is blended.blender
    partial = None
    while partial is None or not partial.is_whole:
        partial = calibrate_further(inputs, blended.blender, partial, is_urgent=calm)(Monitor())
    assert len(partial.calibration.clean) == 30
    assert [each.name for each in partial.calibration.triggered] == ["quarters.h5"]


def test_what_lacks_is_known_before_anything_is_asked(inputs: EvaluationInputs) -> None:
    assert lack_of(inputs) == ""
    lack = lack_of(replace(inputs, validation=quarter_images(39)))
    assert lack == (
        "STRIP needs at least 40 clean pictures, 20 to blend with and 20 to compare with, got 39 in 'quarters.h5'."
    )


def test_what_is_urgent_goes_first(inputs: EvaluationInputs, shown: ShownImage) -> None:
    urgent = threading.Event()
    blended = blend_image(inputs, shown, blender=None, is_urgent=urgent)(Monitor())
    urgent.set()
    assert blend_image(inputs, shown, blender=blended.blender, is_urgent=urgent)(Monitor()) is None
    assert calibrate_further(inputs, blended.blender, None, is_urgent=urgent)(Monitor()) is None


def test_a_cancelled_question_is_no_answer(inputs: EvaluationInputs, shown: ShownImage) -> None:
    monitor = Monitor()
    monitor.cancel()
    with pytest.raises(Cancelled):
        blend_image(inputs, shown, blender=None, is_urgent=threading.Event())(monitor)
