"""Stands for STRIP in the window's tests: 8 blends, 4 clean pictures in two slices, known counts."""

from types import SimpleNamespace
from typing import Any

import numpy as np

from core.detect.strip.records import BlendedAnswers, StripCalibration
from core.detect.strip.separation import compare
from core.errors import DetectorError
from gui.classifier.strip_jobs import BlendedImage

BLEND_COUNT = 8
CLEAN_KEPT = (1, 2, 2, 3)


def answers(kept: list[int]) -> BlendedAnswers:
    """The answers of pictures that keep class 0 in some of 8 blends; the entropy falls with their number."""
    return BlendedAnswers(np.zeros(len(kept), np.int64), 3.0 - np.array(kept) / 4, np.array(kept), BLEND_COUNT)


def blended_image(engine: Any, inputs: Any, shown: Any, *, blender: Any, is_urgent: Any) -> BlendedImage | None:
    """All 8 blends keep the answer with the trigger on, 2 without."""
    if engine.is_blend_refused:
        raise DetectorError(f"STRIP needs at least 40 clean pictures, got 20 in '{inputs.validation.name}'")
    if is_urgent.is_set():
        return None
    engine.blended.append((shown.image.name, shown.has_trigger))
    return BlendedImage(blender or SimpleNamespace(inputs=inputs), answers([8 if shown.has_trigger else 2]))


def calibrated(engine: Any, inputs: Any, blender: Any, partial: Any, *, is_urgent: Any) -> Any:
    """Two further clean pictures; the poisoned sets with the last ones."""
    assert blender.inputs == inputs
    if is_urgent.is_set():
        return None
    count = min(len(CLEAN_KEPT), (0 if partial is None else len(partial.calibration.clean)) + 2)
    engine.slices.append(count)
    clean = answers(list(CLEAN_KEPT[:count]))
    is_whole = count == len(CLEAN_KEPT)
    triggered = tuple(compare(each.name, clean, answers([8, 2])) for each in inputs.poisoned) if is_whole else ()
    return SimpleNamespace(is_whole=is_whole, calibration=StripCalibration(clean, triggered))
