"""Read files as the application does, in the real child; run as a program, it measures each reading.

Each line of its input is a request, JSON with `kind`, `path` and `is_new`; a line of JSON answers each. A child is
started anew where the request says so, as the application does, and otherwise forked (`tests.hostile.forking`).
"""

import json
import resource
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.hostile.forking import ForkServer

ROOT = Path(__file__).resolve().parents[2]
_TICK_S = 0.01


@dataclass(frozen=True, slots=True)
class Measured:
    """What became of a file.

    Attributes:
        code: the refusal's code; "" if the file opened.
        sentence: the refusal's sentence.
        child_cpu_s: processor time of the child.
        largest_child_bytes: memory of the child, or of the largest one so far.
        busy_s: processor time that the reading thread took at most between two ticks of another thread.
        tick_count: how often the other thread ran.
    """

    code: str
    sentence: str
    child_cpu_s: float
    largest_child_bytes: int
    busy_s: float
    tick_count: int


class _Heartbeat:
    """Ticks in a thread beside another one, as a window would, and tells how long that one kept it from running.

    It compares processor time of the other thread, which a slow or a busy machine does not change as it changes the
    time of the clock.
    """

    def __init__(self, thread: threading.Thread) -> None:
        self.busy_s, self.tick_count = 0.0, 0
        assert thread.ident is not None
        self._clock = time.pthread_getcpuclockid(thread.ident)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._tick)
        self._last_s = time.clock_gettime(self._clock)
        self._thread.start()

    def end(self) -> None:
        self._is_over.set()
        self._thread.join()

    def _tick(self) -> None:
        while not self._is_over.wait(_TICK_S):
            now_s = time.clock_gettime(self._clock)
            self.busy_s, self._last_s = max(self.busy_s, now_s - self._last_s), now_s
            self.tick_count += 1


def _children() -> tuple[float, int]:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def read_measured(kind: str, path: str, server: "ForkServer | None") -> Measured:
    """Read a file in a child: one that is forked, or without a server a new one."""
    from core.errors import InspectorError  # noqa: PLC0415 - the root is on the path only once this runs
    from core.intake import child_process  # noqa: PLC0415
    from core.intake.client import read_file  # noqa: PLC0415

    before_s, _ = _children()
    start: Any = child_process._start
    heartbeat = _Heartbeat(threading.current_thread())
    code = sentence = ""
    try:
        if server is not None:
            child_process._start = server.start  # type: ignore[assignment]
        read_file(kind, path)  # type: ignore[arg-type]
    except InspectorError as error:
        code, sentence = error.code, str(error)
    finally:
        heartbeat.end()
        child_process._start = start
    after_s, largest_bytes = _children()
    cpu_s = after_s - before_s
    if server is not None:
        usage = server.take_usage()
        cpu_s, largest_bytes = usage.cpu_s, usage.largest_bytes
    return Measured(code, sentence, cpu_s, largest_bytes, heartbeat.busy_s, heartbeat.tick_count)


def main() -> int:
    """Answer all requests; return the exit status."""
    sys.path.insert(0, str(ROOT))
    from tests.hostile.forking import ForkServer  # noqa: PLC0415 - the root is on the path only now

    server = ForkServer()
    for line in sys.stdin:
        request = json.loads(line)
        measured = read_measured(request["kind"], request["path"], None if request["is_new"] else server)
        print(json.dumps(asdict(measured)), flush=True)
    server.close()
    if foreign := sorted({"keras", "tensorflow", "h5py", "PIL"} & sys.modules.keys()):
        print(f"imported: {foreign}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
