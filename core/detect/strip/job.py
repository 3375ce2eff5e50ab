"""Calibrates STRIP on clean and triggered pictures, whole or slice by slice."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.data.dataset import Dataset, distinct_names
from core.detect.strip.blending import CLEAN_COUNT, Blender
from core.detect.strip.records import LEAST_COUNT, BlendedAnswers, StripCalibration, no_answers
from core.detect.strip.separation import compare
from core.monitor import Monitor


@dataclass(frozen=True, slots=True, eq=False)
class PartialCalibration:
    """A calibration that is made slice by slice: first the clean pictures, then one poisoned set after the other.

    Attributes:
        blender: the network and the clean pictures.
        poisoned: sets of triggered pictures, as they are counted (`core.metrics.interpretation`).
        groups: what is answered of the clean pictures, and of each poisoned set.
        spent_s: the time that each group has taken, in seconds.
        most_s: a group that has taken longer ends at its first `LEAST_COUNT` pictures; infinite measures all.
    """

    blender: Blender
    poisoned: tuple[Dataset, ...]
    groups: tuple[BlendedAnswers, ...]
    spent_s: tuple[float, ...]
    most_s: float = math.inf

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left to measure."""
        return self._open_group is None

    @property
    def calibration(self) -> StripCalibration:
        """What is measured so far; poisoned sets are in it once they are done."""
        clean = self.groups[0]
        done = len(self.groups) if self._open_group is None else self._open_group
        names = distinct_names(self.poisoned)
        return StripCalibration(
            clean, tuple(compare(names[place - 1], clean, self.groups[place]) for place in range(1, done))
        )

    def continued(self, monitor: Monitor, *, slice_s: float = math.inf) -> "PartialCalibration":
        """Return the calibration with further pictures, at least one.

        Args:
            monitor: receives progress, and can cancel.
            slice_s: no further picture is begun after this time, in seconds.

        Raises:
            DetectorError: `no-answer`, if an output is no number.
            Cancelled: the job was cancelled.
        """
        made, begin_s = self, time.monotonic()
        while (place := made._open_group) is not None:
            made = made._with_more(place, monitor)
            if time.monotonic() - begin_s >= slice_s:
                break
        return made

    @property
    def _open_group(self) -> int | None:
        """The first group that is not done."""
        return next((place for place in range(len(self.groups)) if not self._is_done(place)), None)

    def _wanted(self, place: int) -> int:
        if place == 0:
            return self.blender.clean_count
        return min(CLEAN_COUNT, self.poisoned[place - 1].image_count)

    def _is_done(self, place: int) -> bool:
        count, wanted = len(self.groups[place]), self._wanted(place)
        return count >= wanted or (count >= LEAST_COUNT and self.spent_s[place] >= self.most_s)

    def _with_more(self, place: int, monitor: Monitor) -> "PartialCalibration":
        begin_s, known = time.monotonic(), self.groups[place]
        start, wanted = len(known), self._wanted(place)
        stop = min(start + self.blender.pictures_at_once, wanted)
        monitor.checkpoint(
            f"Blending {'clean' if place == 0 else 'triggered'} pictures", done_count=start, total_count=wanted
        )
        blender = self.blender
        pictures = (
            blender.clean(start, stop) if place == 0 else blender.triggered(self.poisoned[place - 1], start, stop)
        )
        answered = known.followed_by(blender.answers(pictures, monitor.unseen()))
        spent_s = self.spent_s[place] + time.monotonic() - begin_s
        return replace(
            self,
            groups=(*self.groups[:place], answered, *self.groups[place + 1 :]),
            spent_s=(*self.spent_s[:place], spent_s, *self.spent_s[place + 1 :]),
        )


def begin_calibration(
    blender: Blender, *, poisoned: Sequence[Dataset] = (), most_s: float = math.inf
) -> PartialCalibration:
    """Return a calibration of which nothing is measured yet; see `PartialCalibration`."""
    count = 1 + len(poisoned)
    return PartialCalibration(
        blender, tuple(poisoned), (no_answers(blender.blend_count),) * count, (0.0,) * count, most_s
    )


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
    return begin_calibration(blender, poisoned=poisoned).continued(monitor).calibration
