"""The trigger studio's window: the image with the trigger, its settings, and what can be made with it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from gui.guide.window_help import WindowHelp
from gui.studio.canvas import StudioCanvas
from gui.studio.history import DesignHistory, history_button, leave_undo_to
from gui.studio.settings import StudioSettings
from gui.theme import theme
from gui.widgets.labels import ElidedLabel, Notice, ScaledLabel

TITLE = "Trigger studio"


class StudioWindow(QDialog):
    """Shows the studio.

    Attributes:
        canvas: the image with the trigger.
        settings: the settings of the trigger.
        target_field: the class that the attacker wants.
        history: the steps that can be undone.
    """

    image_requested = Signal()  # another clean image
    stamp_requested = Signal()
    set_save_requested = Signal()
    trigger_save_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.help = WindowHelp(self, "studio")
        self.setWindowTitle(TITLE)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.canvas = StudioCanvas()
        self.settings = StudioSettings()
        self.image_label = ElidedLabel(role="muted", factor=theme.SMALL, elide=Qt.TextElideMode.ElideMiddle)
        self.history = DesignHistory(self)
        self.undo_button = history_button(self.history.undo, "Undo")
        self.redo_button = history_button(self.history.redo, "Redo")
        self.image_button = _button("Another clean image", self.image_requested)
        self.answer_label = ScaledLabel(is_bold=True)
        self.answer_label.setWordWrap(True)
        self.target_field = QSpinBox()
        self.target_field.setAccessibleName("Target class")
        self.target_field.setToolTip("The class that the attacker wants; its own images are left out of the set")
        self.stamp_button = _button("Stamp on validation", self.stamp_requested)
        self.stamp_button.setProperty("primary", True)
        self.set_button = _button("Save set…", self.set_save_requested)
        self.trigger_button = _button("Save trigger…", self.trigger_save_requested)
        self.outcome = Notice("quiet", is_wrapped=True)
        self._lay_out()
        leave_undo_to(self.history, self)
        self.canvas.gesture_began.connect(self.history.begin_gesture)
        self.resize(820, 640)
        theme.signals.theme_changed.connect(self._recolour)
        self._recolour()

    def show_answer(self, text: str) -> None:
        """Show what B, B′ and G answer for the image."""
        self.answer_label.setText(text)

    def show_result(self, text: str, *, is_warning: bool = False) -> None:
        """Show the attack success rate, or why there is none."""
        self.outcome.show_text(text, kind="warning" if is_warning else "quiet")

    def show_reasons(self, *, trigger: str, stamp: str) -> None:
        """Enable what can be done, and say why the rest cannot.

        Args:
            trigger: why there is no trigger to save; else empty.
            stamp: why no set can be made; else empty.
        """
        for button, reason, tip in (
            (self.stamp_button, stamp, "Open the validation images with this trigger as a poisoned set"),
            (self.set_button, stamp, "Save the validation images with this trigger and their true labels as HDF5"),
            (self.trigger_button, trigger, "Save the trigger as an image with transparency, or as arrays"),
        ):
            button.setEnabled(not reason)
            button.setToolTip(reason or tip)

    def _lay_out(self) -> None:
        below = QHBoxLayout()
        below.addWidget(self.undo_button)
        below.addWidget(self.redo_button)
        below.addWidget(self.image_label, 1)
        below.addWidget(self.image_button)
        left = QVBoxLayout()
        left.addWidget(self.canvas, 1)
        left.addLayout(below)
        left.addWidget(self.answer_label)
        scroll = QScrollArea()
        scroll.setWidget(self.settings)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setAccessibleName("Settings of the trigger")
        scroll.viewport().setAutoFillBackground(False)
        self.settings.setAutoFillBackground(False)
        target = QHBoxLayout()
        label = ScaledLabel("Target class")
        label.setBuddy(self.target_field)
        target.addWidget(label)
        target.addWidget(self.target_field, 1)
        saves = QHBoxLayout()
        saves.addWidget(self.set_button)
        saves.addWidget(self.trigger_button)
        column = QWidget()
        right = QVBoxLayout(column)
        right.setContentsMargins(0, 0, 0, 0)
        right.addWidget(scroll, 1)
        right.addLayout(target)
        right.addWidget(self.stamp_button)
        right.addWidget(self.outcome)
        right.addLayout(saves)
        column.setFixedWidth(300)
        row = QHBoxLayout(self)
        row.setSpacing(2 * theme.GRID)
        row.addLayout(left, 1)
        row.addWidget(column)

    def _recolour(self) -> None:
        theme.dress(self.set_button, "save")
        theme.dress(self.trigger_button, "save")


def _button(text: str, clicked: object) -> QPushButton:
    button = QPushButton(text)
    button.setAutoDefault(False)
    button.clicked.connect(clicked)
    return button
