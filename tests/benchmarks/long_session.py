"""A long session in the real window: random clicks and keys over all pages; memory, warnings and stalls are told.

Run from the project's root, on a screen (a virtual one will do):
    .venv/bin/python tests/benchmarks/long_session.py [--clicks 1800] [--seconds 0.03] [--job-seconds 5] [--seed 0]
        [--model M --validation V --poisoned P]

1,800 clicks are an hour of a person who clicks every two seconds (`--seconds 2` takes the hour). The demo is opened,
and opened again when a click has closed it. The session goes over all pages in each of its ten rounds and starts each
page's own job; buttons, lists, tables, tabs, fields and charts are clicked at random. Dialogs and menus are closed, and
a job that has run for `--job-seconds` is cancelled. Exit status 1 if memory grew by more than 200 MB after the first
round, in which TensorFlow is loaded and each page's job runs once, or if anything was warned of.

A heartbeat of 5 ms in the window's thread tells the longest time for which it did not answer, and how much of that the
thread worked (`time.thread_time`): on a machine that others use too, the rest is waiting for a core.
"""

import argparse
import logging
import os
import random
import resource
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ["BACKDOOR_INSPECTOR_CONFIG"] = tempfile.mkdtemp()

from PySide6.QtCore import QObject, QPoint, QPointF, Qt, QTimer, qInstallMessageHandler
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QMenu,
    QTabBar,
    QWidget,
)

from core.environment import set_up_environment
from gui.charts.chart import Chart
from gui.shell.application import start_window
from gui.shell.main_window import MainWindow
from gui.state.session import StartFiles

LARGEST_GROWTH_MB = 200
ROUNDS = 10
KEYS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Tab, Qt.Key.Key_Space)
USED = (QAbstractButton, QAbstractItemView, QAbstractSpinBox, QComboBox, QTabBar, Chart)


class Person(QObject):
    """Clicks at random, and notes what happens."""

    def __init__(self, options: argparse.Namespace, files: StartFiles | None) -> None:
        super().__init__()
        self.clicks, self.done, self.files = options.clicks, 0, files
        self.random = random.Random(options.seed)
        self._job_seconds = options.job_seconds
        self.memory: list[float] = []
        self.jobs: dict[str, int] = {}  # how many of each were seen to run
        self.warned: list[str] = []
        self.stalls: list[tuple[float, float, str]] = []  # seconds, those of work, and what was done before
        self._beat, self._worked = time.perf_counter(), time.thread_time()
        self._job_since: float | None = None
        self._running: object = None
        self._last = "the start"
        # A timer does not fire while what it started still runs, and a click may open a dialog.
        self._heart, self._hand, self._dismissing = QTimer(self), QTimer(self), QTimer(self)
        self._dismissing.timeout.connect(self._dismiss)
        self._dismissing.start(70)
        self._heart.timeout.connect(self._on_beat)
        self._hand.timeout.connect(self._on_turn)
        self._heart.start(5)
        self._hand.start(round(1000 * options.seconds))

    def _on_beat(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        self.stalls.append((now - self._beat - 0.005, worked - self._worked, self._last))
        self._beat, self._worked = now, worked

    def _dismiss(self) -> None:
        """Close the menu or dialog that is open."""
        for popup in (QApplication.activePopupWidget(), QApplication.activeModalWidget()):
            if popup is not None:
                popup.close()

    def _on_turn(self) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        window = next((each for each in app.topLevelWidgets() if isinstance(each, MainWindow)), None)
        if window is None or window.wiring is None:
            return
        if self.done >= self.clicks:
            self._hand.stop()
            window.close_without_asking()
            return
        self._keep_working(window)
        if not self.memory and window.wiring.runner.is_busy:
            return  # in the first round each job runs alone, so that its memory is there before the measure
        self._change_page(window)
        began, worked = time.perf_counter(), time.thread_time()
        widgets = [each for each in window.findChildren(QWidget) if isinstance(each, USED) and _is_usable(each)]
        self._beat += time.perf_counter() - began  # to look for widgets is no work of the window
        self._worked += time.thread_time() - worked
        if widgets:
            widget = self.random.choice(widgets)
            self._last = f"{type(widget).__name__} {widget.accessibleName() or getattr(widget, 'text', str)()}".strip()
            self._use(widget)
        self.done += 1
        if self.done % max(1, self.clicks // ROUNDS) == 0:
            self.memory.append(_memory_mb())
            print(
                f"{self.done} clicks: {self.memory[-1]:.0f} MB, {len(app.allWidgets())} widgets,"
                f" longest stall {1000 * max(self.stalls)[0]:.0f} ms",
                flush=True,
            )

    def _change_page(self, window: MainWindow) -> None:
        """Show the next page when its part of the round begins, and start its job."""
        wiring: Any = window.wiring
        pages = list(wiring.pages.values())
        clicks = max(1, self.clicks // ROUNDS // len(pages))
        page = pages[self.done // clicks % len(pages)]
        if self.done % clicks == 0:
            wiring.panels.show_page(page.key)
        elif self.done % clicks == 1 and hasattr(page.control, "start"):
            self._last = f"the start of {page.key}"
            page.control.start()

    def _keep_working(self, window: MainWindow) -> None:
        """Open the files again if they are gone, and cancel what takes long."""
        wiring: Any = window.wiring
        running = wiring.runner.current
        if running is not None and running is not self._running:
            self.jobs[running.name.split(" ")[0]] = self.jobs.get(running.name.split(" ")[0], 0) + 1
        self._running = running
        if not wiring.runner.is_busy:
            self._job_since = None
            if wiring.session.network is None:
                wiring.open_start_files(self.files) if self.files is not None else wiring.open_demo()
        elif self._job_since is None:
            self._job_since = time.monotonic()
        elif time.monotonic() - self._job_since > self._job_seconds:
            self._job_since = None
            QTest.keyClick(window, Qt.Key.Key_Escape)

    def _use(self, widget: QWidget) -> None:
        place = QPoint(self.random.randrange(max(1, widget.width())), self.random.randrange(max(1, widget.height())))
        if isinstance(widget, QComboBox):
            if widget.count():
                widget.setCurrentIndex(self.random.randrange(widget.count()))
                widget.activated.emit(widget.currentIndex())
        elif self.random.random() < 0.2:
            QTest.keyClick(widget, self.random.choice(KEYS))
        elif isinstance(widget, QAbstractButton):
            if widget.property("popupMode") is None and getattr(widget, "menu", lambda: None)() is None:
                QTest.mouseClick(widget, Qt.MouseButton.LeftButton)
        else:
            target = widget.viewport() if isinstance(widget, QAbstractItemView | Chart) else widget
            _move(target, place)
            QTest.mouseClick(target, Qt.MouseButton.LeftButton, pos=place)


def _is_usable(widget: QWidget) -> bool:
    return widget.isVisible() and widget.isEnabled() and not isinstance(widget.window(), QMenu)


def _move(widget: QWidget, place: QPoint) -> None:
    event = QMouseEvent(
        QMouseEvent.Type.MouseMove,
        QPointF(place),
        QPointF(widget.mapToGlobal(place)),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(widget, event)


def _memory_mb() -> float:
    """The memory that the process has now, in MB; its peak where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> int:
    """Run the session."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--clicks", type=int, default=1800)
    parser.add_argument("--seconds", type=float, default=0.03, help="from one click to the next")
    parser.add_argument("--job-seconds", type=float, default=5.0, help="a job that runs longer is cancelled")
    parser.add_argument("--seed", type=int, default=0)
    for name in ("model", "validation", "poisoned"):
        parser.add_argument(f"--{name}", type=Path)
    options = parser.parse_args()
    files = None
    if options.model is not None:
        poisoned = (options.poisoned,) if options.poisoned is not None else ()
        files = StartFiles(options.model, options.validation, None, poisoned)
    app = QApplication(sys.argv[:1])
    person = Person(options, files)
    qInstallMessageHandler(lambda _kind, _context, text: person.warned.append(text))
    warnings.showwarning = lambda message, *_rest, **_more: person.warned.append(str(message))
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: person.warned.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("gui").addHandler(handler)
    logging.getLogger("core").addHandler(handler)
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # as main.py does
    logging.getLogger("tensorflow").addHandler(handler)
    set_up_environment()
    start_window(demo=files is None, files=files)
    del app
    growth = person.memory[-1] - person.memory[0] if len(person.memory) > 1 else 0.0
    print(f"{growth:+.0f} MB after the first round; jobs: {person.jobs}")
    late = sum(each > 0.05 for each, _, _ in person.stalls)
    print(f"{late} of {len(person.stalls)} beats were over 50 ms late; those with most work before them:")
    for each, worked, last in sorted(person.stalls, key=lambda stall: stall[1], reverse=True)[:12]:
        print(f"  {1000 * each:6.0f} ms, {1000 * worked:6.0f} ms of work, after {last}")
    for text in sorted(set(person.warned)):
        print(f"warned: {text}")
    return int(growth > LARGEST_GROWTH_MB or bool(person.warned))


if __name__ == "__main__":
    sys.exit(main())
