"""The cost of a computation: seconds per phase, and the process's peak memory."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

try:
    import resource
except ImportError:  # Windows does not have it
    resource = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Effort:
    """The cost of a sweep.

    An *update* is a new prediction for one image after one step.

    Attributes:
        phases_s: (name, seconds) of each phase, in order.
        update_count: number of updates computed.
        skipped_update_count: number of updates skipped because the step cannot change the image's prediction.
        short_update_count: number of computed updates that did not need the last layer.
        spilled_bytes: how much exceeded the memory budget and went to a temporary file.
        peak_memory_bytes: the process's peak memory so far; None if the system does not report it.
    """

    phases_s: tuple[tuple[str, float], ...]
    update_count: int
    skipped_update_count: int
    short_update_count: int
    spilled_bytes: int
    peak_memory_bytes: int | None


class Stopwatch:
    """Adds up the seconds of named phases."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._seconds: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the time spent in the `with` block to this phase."""
        start_s = self._clock()
        try:
            yield
        finally:
            self._seconds[name] = self._seconds.get(name, 0.0) + self._clock() - start_s

    @property
    def phases_s(self) -> tuple[tuple[str, float], ...]:
        """(Name, seconds) of each phase, in the order in which they first began."""
        return tuple(self._seconds.items())


def peak_memory_bytes() -> int | None:
    """Return this process's peak memory so far, including mapped files; None if the system does not report it."""
    if resource is None:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak) if sys.platform == "darwin" else 1024 * int(peak)
