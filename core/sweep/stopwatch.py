"""What a computation cost: seconds by phase, and the most memory the process held."""

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
    """What a sweep cost.

    An *update* is one image answered anew after one step.

    Attributes:
        phases_s: seconds of each phase, by name, in their order.
        update_count: updates that were computed.
        skipped_update_count: updates that were not, because the step cannot change the image.
        short_update_count: of those computed, how many were known without the last layer.
        spilled_bytes: how much went to a temporary file, over the memory budget.
        peak_memory_bytes: the most memory the process held so far; None where the system does not tell.
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
        """What is done inside counts for this phase."""
        start_s = self._clock()
        try:
            yield
        finally:
            self._seconds[name] = self._seconds.get(name, 0.0) + self._clock() - start_s

    @property
    def phases_s(self) -> tuple[tuple[str, float], ...]:
        """Seconds by phase, in the order they began."""
        return tuple(self._seconds.items())


def peak_memory_bytes() -> int | None:
    """The most memory this process held so far, mapped files included; None where the system does not tell."""
    if resource is None:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak) if sys.platform == "darwin" else 1024 * int(peak)
