"""Stands for STRIP in the window's tests: 8 blends, 4 clean pictures in two slices, known counts."""

from types import SimpleNamespace
from typing import Any

import numpy as np

from core.detect.strip.records import BlendedAnswers, StripCalibration
from core.detect.strip.separation import compare
from core.errors import DetectorError
from core.monitor import Monitor
from gui.classifier.strip.jobs import BlendedImage
from gui.job_runner import Job

BLEND_COUNT = 8
CLEAN_KEPT = (1, 2, 2, 3)


def answers(kept: list[int]) -> BlendedAnswers:
    """The answers of pictures that keep class 0 in some of 8 blends; the entropy falls with their number."""
    return BlendedAnswers(np.zeros(len(kept), np.int64), 3.0 - np.array(kept) / 4, np.array(kept), BLEND_COUNT)


class FakeStrip:
    """The part of the engine that stands for STRIP.

    Attributes:
        blended: the images that were blended, and whether the trigger was on.
        slices: how many clean pictures were measured after each slice.
        has_few_pictures: whether there are too few clean pictures.
        is_blend_refused: whether the network's answers are no numbers.
    """

    def __init__(self) -> None:
        super().__init__()
        self.blended: list[tuple[str, bool]] = []
        self.slices: list[int] = []
        self.has_few_pictures = False
        self.is_blend_refused = False

    def lack_of(self, inputs: Any) -> str:
        return f"STRIP needs at least 40 clean pictures, got 20 in '{inputs.validation.name}'." * self.has_few_pictures

    def blend_image(self, inputs: Any, shown: Any, *, blender: Any, is_urgent: Any) -> Job:
        """All 8 blends keep the answer with the trigger on, 2 without."""

        def job(monitor: Monitor) -> BlendedImage | None:
            if self.is_blend_refused:
                raise DetectorError(
                    "'net.h5' answers blended pictures with outputs that are no numbers", code="no-answer"
                )
            if is_urgent.is_set():
                return None
            self.blended.append((shown.image.name, shown.has_trigger))
            return BlendedImage(blender or SimpleNamespace(inputs=inputs), answers([8 if shown.has_trigger else 2]))

        return job

    def calibrate_further(self, inputs: Any, blender: Any, partial: Any, *, is_urgent: Any) -> Job:
        """Two further clean pictures; the poisoned sets with the last ones."""

        def job(monitor: Monitor) -> Any:
            assert blender.inputs == inputs
            if is_urgent.is_set():
                return None
            count = min(len(CLEAN_KEPT), (0 if partial is None else len(partial.calibration.clean)) + 2)
            self.slices.append(count)
            clean = answers(list(CLEAN_KEPT[:count]))
            is_whole = count == len(CLEAN_KEPT)
            triggered = [compare(each.name, clean, answers([8, 2])) for each in inputs.poisoned] if is_whole else []
            return SimpleNamespace(is_whole=is_whole, calibration=StripCalibration(clean, tuple(triggered)))

        return job
