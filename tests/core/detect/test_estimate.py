"""How long detectors take, as it is said before they run."""

from types import SimpleNamespace
from typing import Any

import pytest

from core.detect.detectors.registry import DETECTORS
from core.detect.job import COMPILED_STEPS, DetectionRequest, estimate_seconds
from core.detect.task import DetectionTask
from core.scale import Scale
from tests.core.detect.planted import planted_network, quarter_images


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock on which each look takes as long as the list says."""
    durations = [0.0, 2.0, 1.92]  # begin; the first pass, with compiling; three more of 64 images
    now = [0.0]

    def look() -> float:
        now[0] += durations.pop(0)
        return now[0]

    monkeypatch.setattr("core.detect.task.time", SimpleNamespace(perf_counter=look))
    return durations


def test_an_estimate_counts_compiling_and_passes(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DetectionTask, "batch_size", 64)
    request = DetectionRequest(planted_network(), Scale.UNIT, dataset=quarter_images(40), detectors=tuple(DETECTORS))
    found = estimate_seconds(request)
    assert clock == []
    task: Any = DetectionTask(request.network, request.scale, dataset=request.dataset)
    for each in DETECTORS:
        passes = each.passes(task)
        assert found[each.name] == pytest.approx(2.0 * COMPILED_STEPS + 0.01 * passes if passes else 0.0)
    assert found["weight-signature"] == 0.0


def test_a_detector_that_cannot_run_takes_no_time() -> None:
    request = DetectionRequest(planted_network(), Scale.UNIT, detectors=(DETECTORS.get("patch-inversion"),))
    assert estimate_seconds(request) == {"patch-inversion": 0.0}
