"""The calibration, whole and slice by slice."""

import numpy as np
import pytest

from core.detect.strip.blending import Blender
from core.detect.strip.job import begin_calibration, calibrate
from core.detect.strip.records import LEAST_COUNT
from core.errors import Cancelled
from core.monitor import Monitor
from core.scale import Scale
from tests.core.detect.planted import planted_network, quarter_images


@pytest.fixture
def blender() -> Blender:
    return Blender(planted_network(), Scale.UNIT, quarter_images(120))


def test_slices_give_the_same_as_the_whole(blender: Blender) -> None:
    poisoned = [quarter_images(30, seed=1), quarter_images(3, seed=2)]
    whole = calibrate(blender, Monitor(), poisoned=poisoned)
    partial, counts = begin_calibration(blender, poisoned=poisoned), []
    assert len(partial.calibration.clean) == 0
    while not partial.is_whole:
        partial = partial.continued(Monitor(), slice_s=0)
        counts.append(sum(len(each) for each in partial.groups))
    assert counts == sorted(set(counts))
    sliced = partial.calibration
    assert (sliced.clean.kept_counts == whole.clean.kept_counts).all()
    assert np.allclose(sliced.clean.entropies, whole.clean.entropies, atol=1e-6)
    assert [each.by_kept for each in sliced.triggered] == [each.by_kept for each in whole.triggered]
    assert [each.by_kept.false_acceptances.total for each in whole.triggered] == [30, 3]


def test_a_set_is_in_the_calibration_once_it_is_done(blender: Blender) -> None:
    partial = begin_calibration(blender, poisoned=[quarter_images(30, seed=1)])
    while len(partial.groups[0]) < blender.clean_count:
        partial = partial.continued(Monitor(), slice_s=0)
    partial = partial.continued(Monitor(), slice_s=0)
    assert 0 < len(partial.groups[1]) < 30
    assert partial.calibration.triggered == ()


def test_a_slow_network_is_measured_on_fewer_pictures(blender: Blender) -> None:
    slow = begin_calibration(blender, poisoned=[quarter_images(30, seed=1)], most_s=0).continued(Monitor())
    assert slow.is_whole
    assert all(LEAST_COUNT <= len(each) < 30 for each in slow.groups)


def test_it_can_be_cancelled(blender: Blender) -> None:
    monitor = Monitor()
    monitor.cancel()
    with pytest.raises(Cancelled):
        begin_calibration(blender).continued(monitor)
