"""Clicks on the Prune page, the shortcuts of the history, and what the page shows."""

import time
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gui.shell.wiring import WindowWiring
from tests.patience import PATIENCE_S


def press(wiring: WindowWiring, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
    """Press a shortcut of the window, wherever the focus is."""
    QTest.keyClick(QApplication.focusWidget() or wiring.window, key, modifiers)


def undo(wiring: WindowWiring) -> None:
    press(wiring, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)


def redo(wiring: WindowWiring) -> None:
    press(wiring, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)


def shown(wiring: WindowWiring) -> Any:
    """What the Prune page shows: mask, step, figures, and the cells of the row of the cursor."""
    session, page = wiring.session, wiring.pages["prune"]
    mask = session.channel_mask
    return (
        None if mask is None else mask.tolist(),
        session.step,
        page.curves.chart.cursor_step,
        session.is_by_hand,
        session.point,
        [page.results.model.index(0, column).data() for column in range(page.results.model.columnCount())],
        page.channels.legend.text(),
        page.channels.restore_button.isHidden(),
    )


def click_curve(wiring: WindowWiring, step: int) -> None:
    chart = wiring.pages["prune"].curves.chart
    QTest.mouseClick(chart.viewport(), Qt.MouseButton.LeftButton, pos=chart.widget_position(step, 50).toPoint())
    let_cursor_rest(wiring)


def let_cursor_rest(wiring: WindowWiring) -> None:
    """Wait until the last step that the cursor was moved to is shown: quick moves are not all passed on."""
    throttle = wiring.pages["prune"].curves._throttle
    end_s = time.monotonic() + PATIENCE_S
    while throttle.is_waiting:
        assert time.monotonic() < end_s
        QTest.qWait(5)


def click_bar(wiring: WindowWiring, channel: int) -> None:
    channels = wiring.pages["prune"].channels
    at = channels.chart.widget_position(channels.place_of(channel), 0).toPoint()
    QTest.mouseClick(channels.chart.viewport(), Qt.MouseButton.LeftButton, pos=at)
