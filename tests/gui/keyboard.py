"""Walks a window by the keyboard, as a person without a mouse does."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QGraphicsView,
    QLineEdit,
    QScrollBar,
    QTabBar,
    QTextEdit,
    QWidget,
)

from gui.charts.loss_chart import LossChart
from gui.guide.focus_ring import RINGLESS, FocusRing

CONTROLS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QGraphicsView,
    QLineEdit,
    QTabBar,
    QTextEdit,
)
MOST_STEPS = 250


def walk(window: QWidget, *, ring: FocusRing | None = None, is_back: bool = False) -> list[QWidget]:
    """Press Tab, or Shift+Tab, until the focus is where it was before; return where it has been, in that order.

    Args:
        window: the window, which has the focus.
        ring: shows where the focus is; None where the widgets show it.
        is_back: whether Shift is held.
    """
    key, shift = Qt.Key.Key_Tab, Qt.KeyboardModifier.ShiftModifier
    seen: list[QWidget] = []
    for _ in range(MOST_STEPS):
        QTest.keyClick(window.windowHandle(), key, shift if is_back else Qt.KeyboardModifier.NoModifier)
        focused = QApplication.focusWidget()
        assert focused is not None
        if focused in seen:
            assert focused is seen[0], f"trapped at {described(focused)} after {[described(each) for each in seen]}"
            return seen
        seen.append(focused)
        drawn = focused.viewport() if isinstance(focused, QAbstractScrollArea) else focused
        assert not drawn.visibleRegion().isEmpty(), f"not in view: {described(focused)}"
        if ring is not None and not focused.property(RINGLESS):
            assert ring.shown_around is focused, f"no ring: {described(focused)}"
    raise AssertionError("there is no end to the walk")


def controls_of(window: QWidget) -> list[QWidget]:
    """Return all visible, enabled controls of a window, without the parts of which Qt makes others."""
    return [
        each
        for each in window.findChildren(QWidget)
        if isinstance(each, CONTROLS)
        and each.isVisible()
        and each.isEnabled()
        and each.window() is window
        and not isinstance(each, QScrollBar | LossChart)  # which has no keys: its figures are beside it
        and not isinstance(each.parent(), CONTROLS)  # a field's own buttons, a table's headers
    ]


def missed(window: QWidget, seen: list[QWidget]) -> list[str]:
    """Return the controls that a walk did not reach; the arrow keys reach the others of exclusive buttons."""
    return [
        described(each)
        for each in controls_of(window)
        if each not in seen
        and not any(other.isAncestorOf(each) or each.isAncestorOf(other) for other in seen)
        and not (isinstance(each, QAbstractButton) and each.group() is not None and each.group().exclusive())
    ]


def nameless(widgets: list[QWidget]) -> list[str]:
    """Return the widgets that a screen reader would not name."""
    return [described(each) for each in widgets if not name_of(each)]


def name_of(widget: QWidget) -> str:
    """Return what a screen reader calls a widget."""
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    return widget.accessibleName() or text


def described(widget: QWidget) -> str:
    """Return a widget in words, for a message."""
    parent = type(widget.parent()).__name__ if widget.parent() is not None else ""
    return f"{type(widget).__name__} {name_of(widget)!r} in {parent}"
