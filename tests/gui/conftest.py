"""What the window's tests share: a stand-in for the engine, answered dialogs, and a watch on the log."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.files import dialogs
from gui.job_runner import JobRunner
from gui.shell.main_window import MainWindow
from gui.shell.wiring import WindowWiring
from gui.state.preferences import Preferences
from gui.theme import theme
from tests.gui.runner_listener import Listener
from tests.gui.stand_in_engine import FakeEngine
from tests.gui.window_driver import Driver


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let Qt's offscreen platform say, of every window and box, what it cannot do without a window manager."""
    lacks = tuple(f"This plugin does not support {each}" for each in ("propagateSizeHints", "raise", "grabbing the"))
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.qt_log_ignore(*lacks))


@pytest.fixture(autouse=True)
def swept() -> Iterator[None]:
    """Have Qt delete what a test closed, which would wait for an event loop, and take off what it dressed the rest in.

    A theme dresses all widgets that live, and under its style sheet a window takes three times as long to build.
    """
    before = QApplication.font() if QApplication.instance() else None
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        return
    if before is not None and app.font() != before:
        app.setFont(before)
    if app.styleSheet():
        theme.signals.theme, theme.signals.follows_system = theme.LIGHT, False
        app.styleHints().unsetColorScheme()
        app.setPalette(QPalette())
        app.setStyleSheet("")


@dataclass
class DialogRecorder:
    """Answers dialogs with what a test prepared; one that nobody prepared fails the test."""

    answers: dict[str, list[Any]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)

    def prepare(self, name: str, *answers: Any) -> None:
        self.answers.setdefault(name, []).extend(answers)

    def names(self) -> list[str]:
        return [name for name, _ in self.calls]

    def _answer(self, name: str) -> Callable[..., Any]:
        def answer(*_parents: Any, **words: Any) -> Any:
            self.calls.append((name, words))
            if not self.answers.get(name) and name == "ask_unsaved":
                return "discard"  # most tests close a window with repairs that nobody needs
            if not self.answers.get(name):
                if name == "ask_unsaved":  # every window of a test closes in the end, with what was made in it
                    return "discard"
                self.unexpected.append(f"{name}({words})")
                return () if name in ("ask_open", "ask_any", "ask_repaired") else None
            return self.answers[name].pop(0)

        return answer

    def patch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in (
            "ask_open",
            "ask_any",
            "ask_roles",
            "ask_architecture",
            "ask_folder",
            "ask_keys",
            "ask_repaired",
            "ask_trigger",
            "ask_save",
            "ask_export_folder",
            "ask_names",
            "ask_to_close_sets",
            "ask_target",
            "ask_unsaved",
            "ask_running_audit",
            "ask_session",
            "ask_large",
            "ask_moved",
            "show_unforeseen",
            "show_about",
            "show_verdict",
            "show_method",
        ):
            monkeypatch.setattr(dialogs, name, self._answer(name))


@pytest.fixture(autouse=True)
def dialog(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[DialogRecorder]:
    """Every dialog of the window, recorded."""
    recorder = DialogRecorder()
    if "real_dialogs" not in request.fixturenames:
        recorder.patch(monkeypatch)
    yield recorder
    assert not recorder.unexpected, f"unexpected dialogs: {recorder.unexpected}"
    left = {name: answers for name, answers in recorder.answers.items() if answers}
    assert not left, f"dialogs that were expected and never came: {left}"


@pytest.fixture
def real_dialogs() -> None:
    """Ask for it to call the functions of `gui.files.dialogs` themselves."""


@pytest.fixture(autouse=True)
def own_preferences(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A settings folder for each test: what one window remembers is no other test's business."""
    monkeypatch.setenv("BACKDOOR_INSPECTOR_CONFIG", str(tmp_path_factory.mktemp("config")))


@pytest.fixture(autouse=True)
def log_guard() -> Iterator[list[logging.LogRecord]]:
    """Warnings of the application's own log; a test that expects some takes them out of the list."""
    records: list[logging.LogRecord] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    handler = Handler(logging.WARNING)
    for name in ("core", "gui"):
        logging.getLogger(name).addHandler(handler)
    yield records
    for name in ("core", "gui"):
        logging.getLogger(name).removeHandler(handler)
    assert not records, f"unexpected in the log: {[record.getMessage() for record in records]}"


@pytest.fixture
def expect_refusal(log_guard: list[logging.LogRecord]) -> Callable[[str], None]:
    """Says that there is one warning in the log, with a code, and takes it out."""

    def expect(code: str) -> None:
        assert [code in record.getMessage() for record in log_guard] == [True]
        log_guard.clear()

    return expect


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """A stand-in for the engine, so that no TensorFlow is needed."""
    fake = FakeEngine()
    fake.patch(monkeypatch)
    return fake


@pytest.fixture
def open_window(qtbot: QtBot, engine: FakeEngine) -> Callable[[Preferences], WindowWiring]:
    """Puts a window on the screen, with the stand-in engine behind it, and waits until it is furnished."""

    def open_one(preferences: Preferences) -> WindowWiring:
        window = MainWindow(preferences)
        qtbot.addWidget(window)
        window.show()
        qtbot.waitUntil(lambda: window.wiring is not None)
        assert window.wiring is not None
        Driver(qtbot, window.wiring).settle()
        return window.wiring

    return open_one


@pytest.fixture
def wiring(open_window: Callable[[Preferences], WindowWiring]) -> Iterator[WindowWiring]:
    """All that is on a window with nothing open."""
    wiring = open_window(Preferences())
    yield wiring
    wiring.window.close()


@pytest.fixture
def driver(qtbot: QtBot, wiring: WindowWiring) -> Driver:
    """Drives `wiring`."""
    return Driver(qtbot, wiring)


@pytest.fixture
def runner(qtbot: QtBot) -> Iterator[JobRunner]:
    """A job runner alone."""
    runner = JobRunner()
    yield runner
    runner.shut_down()


@pytest.fixture
def listener(runner: JobRunner) -> Listener:
    """Who hears what `runner` says."""
    return Listener(runner)


@pytest.fixture
def open_real(qtbot: QtBot) -> Iterator[Callable[[], Driver]]:
    """Puts a window on the screen, with the real engine behind it."""
    windows: list[MainWindow] = []

    def open_one() -> Driver:
        window = MainWindow(Preferences())
        qtbot.addWidget(window)
        windows.append(window)
        window.show()
        qtbot.waitUntil(lambda: window.wiring is not None)
        assert window.wiring is not None
        driver = Driver(qtbot, window.wiring)
        driver.settle()
        return driver

    yield open_one
    for window in windows:
        window.close()
