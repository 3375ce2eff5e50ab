"""What windows and dialogs beside the main one need to be used by keys alone: help on F1, a ring around the focus."""

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QApplication, QWidget

from gui.guide.explain import TopicBox
from gui.guide.focus_help import help_for
from gui.guide.focus_ring import FocusRing
from gui.guide.topics import tag
from gui.keys.bindings import bindings


class DialogHelp(QObject):
    """Explains what has the focus in a dialog, by the keys that do so in the main window.

    Args:
        window: the dialog; owns this object.
        topic: the name of the topic that the dialog belongs to.

    Attributes:
        box: the explanation; None before the first time.
    """

    def __init__(self, window: QWidget, topic: str) -> None:
        super().__init__(window)
        self._window = window
        self.box: TopicBox | None = None
        tag(window, topic)
        shortcut = QShortcut(window)
        bindings.bind(shortcut, "help.explain")
        shortcut.activated.connect(self.explain_focus)

    @Slot()
    def explain_focus(self) -> None:
        """Explain the widget that has the focus."""
        focused = QApplication.focusWidget()
        place = focused if focused is not None and focused.window() is self._window else self._window
        told = help_for(place)
        if self.box is None:
            self.box = TopicBox(self._window)
        self.box.show_text(told.title, list(told.paragraphs), told.entries)
        self.box.open_below(place)


class WindowHelp(DialogHelp):
    """Explains what has the focus in a window that stays open beside the main one, and shows where the focus is.

    Attributes:
        ring: the ring around what has the focus.
    """

    def __init__(self, window: QWidget, topic: str) -> None:
        super().__init__(window, topic)
        self.ring = FocusRing(window)
