"""Seconds per phase, and peak memory."""

import pytest

from core.sweep.stopwatch import Stopwatch, peak_memory_bytes


def test_phases_add_up_in_the_order_they_began():
    stopwatch = Stopwatch(iter([0.0, 1.0, 10.0, 12.0, 20.0, 23.0]).__next__)
    for name in ("one", "two", "one"):
        with stopwatch.phase(name):
            pass
    assert stopwatch.phases_s == (("one", 4.0), ("two", 2.0))


def test_a_phase_that_fails_counts_too():
    stopwatch = Stopwatch(iter([0.0, 5.0]).__next__)
    with pytest.raises(ValueError, match="no"), stopwatch.phase("one"):
        raise ValueError("no")
    assert stopwatch.phases_s == (("one", 5.0),)


def test_the_peak_is_that_of_a_python_with_numpy_at_least():
    peak = peak_memory_bytes()
    assert peak is None or 20e6 < peak < 1e12
