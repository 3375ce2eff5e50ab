"""How long the window does not answer while a curve of the lab's size is computed, and how soon it paints.

Run from the project's root, on a screen (a virtual one will do):
    .venv/bin/python tests/benchmarks/window_heartbeat.py [--images 11547] [--trace]

The demo's network is opened with its own images, repeated to the lab's 11,547 clean and 11,547 poisoned ones, and the
curve is computed. A heartbeat of 5 ms in the window's thread notes each beat that comes more than 50 ms late, from the
first estimate to a second after the end. On a machine that others use too, a late beat may be a thread that was not
given a core: what the window itself worked is the time of its thread between two beats (`time.thread_time`), told
beside the time on the clock. The first paint is told in the same two ways, and the aim is one second. Exit status 1 if
the window's thread worked longer than 50 ms without a beat. With `--trace`, another thread notes where the window's
thread is while a beat is late.
"""

# ruff: noqa: PLC0415 - the window's process imports as little before it paints as `main.py` does

import argparse
import collections
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ["BACKDOOR_INSPECTOR_CONFIG"] = tempfile.mkdtemp()
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

BEAT_S = 0.005
LARGEST_STALL_S = 0.05
AFTER_END_MS = 1000
CALLS_SHOWN, PLACES_SHOWN = 7, 8
LAB_COUNT = 11_547
NAMES = ("model", "validation", "poisoned")


@dataclass(frozen=True)
class Gap:
    """The time between two beats, beyond the beat: on the clock, and of the window's thread."""

    clock_s: float
    thread_s: float
    when: str
    places: tuple[str, ...]  # where the thread was, sampled


class Heart(QObject):
    """Beats in the window's thread, and notes how late each beat is."""

    def __init__(self) -> None:
        super().__init__()
        self.gaps: list[Gap] = []
        self.when = ""
        self.places: list[str] = []
        self.beat_s, self._thread_s = time.perf_counter(), time.thread_time()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_beat)
        self._timer.start(round(1000 * BEAT_S))

    def _on_beat(self) -> None:
        now, thread = time.perf_counter(), time.thread_time()
        places, self.places = tuple(self.places), []
        self.gaps.append(Gap(now - self.beat_s - BEAT_S, thread - self._thread_s, self.when, places))
        self.beat_s, self._thread_s = now, thread


class Tracer(threading.Thread):
    """Samples where a thread is while the heart is late."""

    def __init__(self, heart: Heart) -> None:
        super().__init__(daemon=True)
        self._heart, self._watched = heart, threading.get_ident()

    def run(self) -> None:
        """Sample."""
        while True:
            time.sleep(BEAT_S)
            if time.perf_counter() - self._heart.beat_s > 2 * BEAT_S:
                calls: list[str] = []
                frame = sys._current_frames().get(self._watched)
                while frame is not None and len(calls) < CALLS_SHOWN:
                    calls.append(f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno} {frame.f_code.co_name}")
                    frame = frame.f_back
                self._heart.places.append(" < ".join(calls))


class Conductor(QObject):
    """Starts the curve once the files are open, and closes the window a second after its end.

    Args:
        app: the application.
        heart: told what happens.
        spawned_s: when the process was started, in seconds since the epoch.
    """

    def __init__(self, app: QApplication, heart: Heart, spawned_s: float) -> None:
        super().__init__()
        self._app, self._heart, self._spawned_s = app, heart, spawned_s
        self._called_s, self._called_cpu_s = time.time(), time.process_time()
        self._window: Any = None
        self._is_started = False
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_turn)
        self._timer.start(20)
        self._app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note the first paint of the window."""
        if event.type() == QEvent.Type.Paint and hasattr(watched, "wiring"):
            self._app.removeEventFilter(self)
            self._window = watched
            now, cpu_s = time.time(), time.process_time()
            print(
                f"first paint: {now - self._spawned_s:.2f} s after the start of the process ({cpu_s:.2f} s of work), "
                f"{now - self._called_s:.2f} s after start_window ({cpu_s - self._called_cpu_s:.2f} s of work)",
                flush=True,
            )
        return False

    def _on_turn(self) -> None:
        wiring = self._window.wiring if self._window is not None else None
        if wiring is None:
            return
        session, is_busy = wiring.session, wiring.runner.is_busy
        if not self._is_started:
            if session.network is not None and session.poisoned and not is_busy:
                self._is_started = True
                wiring.pages["prune"].control.start()
        elif session.run is not None and session.run.inspection is not None and not is_busy:
            self._heart.when = "after its end"
            self._timer.stop()
            QTimer.singleShot(AFTER_END_MS, self._window.close_without_asking)
        elif session.run is not None and session.run.estimate is not None:
            self._heart.when = "the curve grows"


def write_sets(folder: Path, count: int) -> list[str]:
    """Write the demo's images, repeated, in the lab's format; return the options that open them."""
    import numpy as np

    from core.data.dataset import open_dataset
    from core.data.dataset_writing import write_dataset
    from core.demo.demo import demo_files

    demo = demo_files()
    paths = [demo.model]
    for source in (demo.validation, demo.poisoned):
        few = open_dataset(source, input_shape=(55, 47, 3))
        paths.append(folder / f"{source.stem}.h5")
        rows = np.arange(count) % len(few.images)
        labels = few.labels if few.labels is not None else np.zeros(len(few.images), np.int64)
        write_dataset(paths[-1], np.asarray(few.images)[rows], labels[rows])
    return [f"--{name}={path}" for name, path in zip(NAMES, paths, strict=True)]


def watch(files: list[Path], spawned_s: float, *, is_traced: bool) -> int:
    """Compute the curve in the window, and print how it answered."""
    from gui.shell.application import start_window
    from gui.state.session import StartFiles

    app = QApplication(sys.argv[:1])
    heart = Heart()
    tracer = Tracer(heart)
    if is_traced:
        tracer.start()
    conductor = Conductor(app, heart, spawned_s)
    start_window(files=StartFiles(files[0], files[1], None, (files[2],)))
    del app, conductor
    gaps = [each for each in heart.gaps if each.when]
    if not gaps:
        sys.exit("The window was closed before there was a curve.")
    for kind, seconds in (("clock", [each.clock_s for each in gaps]), ("thread", [each.thread_s for each in gaps])):
        late = sum(each > LARGEST_STALL_S for each in seconds)
        print(f"{kind}: longest stall {1000 * max(seconds):.0f} ms; {late} of {len(seconds)} beats over 50 ms late")
    for each in sorted(gaps, key=lambda gap: gap.thread_s, reverse=True)[:10]:
        print(f"  {1000 * each.clock_s:5.0f} ms late, {1000 * each.thread_s:5.0f} ms of work: {each.when}")
        for where, count in collections.Counter(each.places).most_common(PLACES_SHOWN):
            print(f"      {count:3d} {where}")
    return int(max(each.thread_s for each in gaps) > LARGEST_STALL_S)


def main() -> int:
    """Write the images, and watch the window in a process that begins as `main.py` does."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--images", type=int, default=LAB_COUNT)
    parser.add_argument("--trace", action="store_true")
    for name in NAMES:
        parser.add_argument(f"--{name}", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--spawned", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.spawned is not None:
        return watch([getattr(options, name) for name in NAMES], options.spawned, is_traced=options.trace)
    with tempfile.TemporaryDirectory() as folder:
        files = write_sets(Path(folder), options.images)
        command = [sys.executable, __file__, *files, *["--trace"] * options.trace]
        return subprocess.run([*command, f"--spawned={time.time()}"], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
