"""STRIP for single pictures: calibration on clean and triggered pictures, then the evidence for each."""

from collections.abc import Sequence

from core.data.dataset import Dataset, distinct_names
from core.detect.strip.blending import Blender
from core.detect.strip.records import BlendedAnswers, StripCalibration
from core.detect.strip.separation import compare
from core.monitor import Monitor


def calibrate(blender: Blender, monitor: Monitor, *, poisoned: Sequence[Dataset] = ()) -> StripCalibration:
    """Measure what is usual for clean pictures, and how well triggered ones are told from them.

    Args:
        blender: the network and the clean pictures.
        monitor: receives progress, and can cancel.
        poisoned: sets of triggered pictures, as they are counted (`core.metrics.interpretation`).

    Raises:
        DetectorError: `no-answer`, if an output is no number.
        Cancelled: the job was cancelled.
    """
    clean = blender.answers(blender.clean(), monitor)
    return with_triggered(blender, clean, poisoned, monitor)


def with_triggered(
    blender: Blender, clean: BlendedAnswers, poisoned: Sequence[Dataset], monitor: Monitor
) -> StripCalibration:
    """Return the calibration with clean pictures that are answered already; otherwise like `calibrate`."""
    return StripCalibration(
        clean,
        tuple(
            compare(name, clean, blender.answers(blender.triggered(each), monitor))
            for name, each in zip(distinct_names(poisoned), poisoned, strict=True)
        ),
    )
