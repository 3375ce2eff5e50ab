"""Guards against the fault of PySide6 6.12.0, which drops a reference to True or None with every signal.

Python 3.11 counts references to these two; when a count reaches zero the interpreter aborts. Short tests never see it.
"""

import sys

import pytest
from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from tests.patience import PATIENCE_S

EMIT_COUNT = 10_000
CALL_COUNT = 3_000
ALLOWED_DRIFT = 500  # tests and Qt keep a few of their own; the fault loses one a call
IS_IMMORTAL = sys.version_info >= (3, 12)
NEEDS_COUNTS = pytest.mark.skipif(IS_IMMORTAL, reason="Python 3.12 and later do not count references to True and None")


class Emitter(QObject):
    toggled = Signal(bool)
    sent = Signal(object)


class Receiver(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    @Slot(bool)
    def on_toggled(self, _is_on: bool) -> None:
        self.count += 1

    @Slot(object)
    def on_sent(self, _value: object) -> None:
        self.count += 1


class Worker(QObject):
    """Emits from another thread."""

    toggled = Signal(bool)
    sent = Signal(object)

    @Slot()
    def run(self) -> None:
        for _ in range(EMIT_COUNT):
            self.toggled.emit(True)
            self.sent.emit(None)


def counts() -> tuple[int, int, int]:
    return sys.getrefcount(True), sys.getrefcount(False), sys.getrefcount(None)


def assert_steady(before: tuple[int, int, int]) -> None:
    drifts = [after - start for start, after in zip(before, counts(), strict=True)]
    assert all(abs(drift) < ALLOWED_DRIFT for drift in drifts), f"references to True, False, None moved by {drifts}"


@NEEDS_COUNTS
def test_ten_thousand_emits_keep_true_and_none(qtbot: QtBot) -> None:
    emitter, receiver = Emitter(), Receiver()
    emitter.toggled.connect(receiver.on_toggled)
    emitter.sent.connect(receiver.on_sent)
    before = counts()
    for number in range(EMIT_COUNT):
        emitter.toggled.emit(number % 2 == 0)
        emitter.sent.emit(None)
    assert receiver.count == 2 * EMIT_COUNT
    assert_steady(before)


@NEEDS_COUNTS
def test_emits_across_threads_keep_true_and_none(qtbot: QtBot) -> None:
    thread, worker, receiver = QThread(), Worker(), Receiver()
    worker.moveToThread(thread)
    worker.toggled.connect(receiver.on_toggled, Qt.ConnectionType.QueuedConnection)
    worker.sent.connect(receiver.on_sent, Qt.ConnectionType.QueuedConnection)
    thread.started.connect(worker.run)
    before = counts()
    thread.start()
    qtbot.waitUntil(lambda: receiver.count == 2 * EMIT_COUNT)
    thread.quit()
    assert thread.wait(1000 * PATIENCE_S)
    assert_steady(before)


@NEEDS_COUNTS
def test_thousands_of_qt_calls_keep_true_and_none(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    box, label, button, combo = QCheckBox(parent), QLabel(parent), QPushButton(parent), QComboBox(parent)
    combo.addItem("one", None)
    combo.addItem("two", True)
    before = counts()
    for number in range(CALL_COUNT):
        is_on = number % 2 == 0
        box.setChecked(is_on)
        box.isChecked()
        label.setVisible(is_on)
        label.isVisible()
        button.setEnabled(is_on)
        button.blockSignals(is_on)
        combo.setCurrentIndex(number % 2)
        combo.currentData()
        combo.findData(None)
        parent.parentWidget()
        parent.setProperty("panel", is_on)
        parent.property("panel")
    assert_steady(before)
