"""The layout: which parts of the window are shown, how large the text is, and the way back to the usual layout."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStatusBar, QToolButton, QWidget

from gui.keys.bindings import bindings
from gui.keys.tips import set_tip
from gui.navigation.actions import NavigationActions
from gui.state.preferences import Preferences
from gui.theme import theme
from gui.theme.text_size import LARGEST, SMALLEST, USUAL, apply_text_size, next_size
from gui.widgets.labels import ScaledLabel

TOLD_MS = 2500
LEAST_WIDTH = 1000
"""The width of a window that has room for three columns, in pixels at the usual text size."""


class LayoutControl(QObject):
    """Shows and hides the left column and the classifier, changes the text size, and remembers both.

    Args:
        actions: the entries of the View menu.
        left: the left column.
        classifier: the classifier.
        reset: puts the widths of the columns, the rows of the pages and the log back.
        bar: the status bar, which gets a button for each part.
        preferences: the stored preferences; kept up to date.
        parent: the owner.
    """

    text_size_changed = Signal(float)  # the new size as a multiple of the last one

    def __init__(
        self,
        *,
        actions: NavigationActions,
        left: QWidget,
        classifier: QWidget,
        reset: Callable[[], object],
        bar: QStatusBar,
        preferences: Preferences,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._actions = actions
        self._left, self._classifier = left, classifier
        self._reset = reset
        self._preferences = preferences
        self._is_hidden_for_room = False
        self.left_button = _part_button("Files", actions.left, "view.left")
        self.classifier_button = _part_button("Classifier", actions.classifier, "view.classifier")
        buttons = QWidget()
        row = QHBoxLayout(buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GRID // 2)
        row.addWidget(self.left_button)
        row.addWidget(self.classifier_button)
        bar.insertWidget(0, buttons)
        self.told = ScaledLabel(role="muted")
        bar.addWidget(self.told)
        self._pause = QTimer(self, singleShot=True, interval=TOLD_MS)
        self._pause.timeout.connect(self.told.clear)
        actions.left.toggled.connect(self._on_left_toggled)
        actions.classifier.toggled.connect(self._on_classifier_toggled)
        actions.larger.triggered.connect(self._on_larger)
        actions.smaller.triggered.connect(self._on_smaller)
        actions.usual.triggered.connect(self._on_usual)
        actions.reset_layout.triggered.connect(self.reset)

    def restore(self) -> None:
        """Show what was shown at the last start; the text size is applied before the window is created."""
        self._actions.left.setChecked(self._preferences.is_left_shown)
        self._actions.classifier.setChecked(self._preferences.is_classifier_shown)
        for part, action in ((self._left, self._actions.left), (self._classifier, self._actions.classifier)):
            part.setVisible(action.isChecked())
        self._update_sizes()

    @Slot()
    def reset(self) -> None:
        """Show the parts of the window where they are at the first start; text size and theme stay."""
        self._actions.left.setChecked(True)
        self._actions.classifier.setChecked(True)
        self._reset()

    def set_text_size(self, percent: int) -> None:
        """Set the text size, in percent of the system's; said in the status bar."""
        percent = max(SMALLEST, min(percent, LARGEST))
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        if percent != self._preferences.text_size:
            factor = percent / self._preferences.text_size
            self._preferences.text_size = percent
            apply_text_size(app, percent)
            self.text_size_changed.emit(factor)
            QTimer.singleShot(0, self, self._make_room)
        self.told.setText(f"Text size {percent} %")
        self._pause.start()
        self._update_sizes()

    @Slot()
    def _make_room(self) -> None:
        """Hide the classifier where the text is too large for three columns; show it again when it is not any more."""
        window = self._classifier.window()
        least = LEAST_WIDTH * self._preferences.text_size // 100
        is_narrow = window.width() < least or (
            window.minimumSizeHint().width() > window.screen().availableGeometry().width()
        )
        if self._actions.classifier.isChecked() and is_narrow:
            self._is_hidden_for_room = True
            self._actions.classifier.setChecked(False)
            text = f"Text size {self._preferences.text_size} %: no room for the classifier"
            self.told.setText(bindings.told(text, "view.classifier"))
        elif self._is_hidden_for_room and not is_narrow:
            self._is_hidden_for_room = False
            self._actions.classifier.setChecked(True)
        # What the columns need at least follows the text only after they have laid themselves out.
        QTimer.singleShot(0, self, self._restore_widths)

    @Slot()
    def _restore_widths(self) -> None:
        self.text_size_changed.emit(1.0)

    def _update_sizes(self) -> None:
        size = self._preferences.text_size
        for action, limit, word in (
            (self._actions.larger, LARGEST, "largest"),
            (self._actions.smaller, SMALLEST, "smallest"),
            (self._actions.usual, USUAL, "usual"),
        ):
            action.setEnabled(size != limit)
            action.setToolTip(f"The text has its {word} size, {limit} %." if size == limit else action.iconText())

    @Slot()
    def _on_larger(self) -> None:
        self.set_text_size(next_size(self._preferences.text_size, 1))

    @Slot()
    def _on_smaller(self) -> None:
        self.set_text_size(next_size(self._preferences.text_size, -1))

    @Slot()
    def _on_usual(self) -> None:
        self.set_text_size(USUAL)

    @Slot(bool)
    def _on_left_toggled(self, is_shown: bool) -> None:
        self._left.setVisible(is_shown)
        self._preferences.is_left_shown = is_shown

    @Slot(bool)
    def _on_classifier_toggled(self, is_shown: bool) -> None:
        self._classifier.setVisible(is_shown)
        self._preferences.is_classifier_shown = is_shown or self._is_hidden_for_room


def _part_button(text: str, action: QAction, key: str) -> QToolButton:
    """Return a button that shows or hides a part of the window, as its menu entry does."""
    button = QToolButton()
    button.setText(text)
    button.setProperty("boxed", True)
    button.setCheckable(True)
    set_tip(button, f"Show or hide: {text.lower()}", key)
    button.setAccessibleName(f"Show or hide: {text.lower()}")
    button.setChecked(action.isChecked())
    action.toggled.connect(button.setChecked)
    button.toggled.connect(action.setChecked)
    return button
