"""What a window beside the main window needs to be used by keys alone: help on F1, and a ring around the focus."""

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QWidget

from gui.guide.explain import TopicBox
from gui.guide.focus_help import help_for
from gui.guide.focus_ring import FocusRing
from gui.guide.topics import tag


class WindowHelp(QObject):
    """Explains on F1 what has the focus in a window, and shows where the focus is.

    Args:
        window: the window; owns this object.
        topic: the name of the topic that the window belongs to.

    Attributes:
        box: the explanation; None before the first time.
        ring: the ring around what has the focus.
    """

    def __init__(self, window: QWidget, topic: str) -> None:
        super().__init__(window)
        self._window = window
        self.box: TopicBox | None = None
        tag(window, topic)
        self.ring = FocusRing(window)
        shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.HelpContents), window)
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
