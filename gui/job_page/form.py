"""A form of settings for a job, with the buttons that start and stop it."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gui.keys.bindings import bindings
from gui.theme import theme
from gui.widgets.labels import ScaledLabel


class JobForm(QWidget):
    """Holds the settings of a job; a subclass adds the fields.

    A subclass lays out its fields and then calls `_update`, which enables what can be used.

    Attributes:
        buttons: start and stop; placed by the left column so that they are always visible.
        note: says above them why the job cannot start, or how long it takes; a subclass shows it.
        start_button: starts the job.
        cancel_button: stops the running job.
    """

    start_requested = Signal()
    cancel_requested = Signal()
    reason_changed = Signal()

    def __init__(
        self,
        *,
        start_text: str,
        start_tip: str,
        start_key: str,
        start_icon: str,
        stop_text: str,
        stop_tip: str,
        parent: QWidget | None = None,
    ) -> None:
        """Create the buttons.

        Args:
            start_text: text of the button that starts the job.
            start_tip: its tooltip while the job can start.
            start_key: what starting is called in the table of shortcuts.
            start_icon: name of its icon in the theme.
            stop_text: text of the button that stops the job.
            stop_tip: its tooltip.
            parent: the widget's parent.
        """
        super().__init__(parent)
        self._is_running = False
        self._start_tip, self._start_key, self._stop_tip = start_tip, start_key, stop_tip
        self._start_icon = start_icon
        self.start_button = QPushButton(start_text)
        self.start_button.setProperty("primary", True)
        self.cancel_button = QPushButton(stop_text)
        self.cancel_button.setEnabled(False)
        self.buttons = QWidget()
        self.note = ScaledLabel(factor=theme.SMALL, role="muted")
        self.note.setWordWrap(True)
        self.note.setVisible(False)
        column = QVBoxLayout(self.buttons)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID - 2)
        row = QHBoxLayout()
        row.setSpacing(theme.GRID)
        column.addWidget(self.note)
        column.addLayout(row)
        row.addWidget(self.start_button, 2)
        row.addWidget(self.cancel_button, 1)
        self.start_button.clicked.connect(self.start_requested)
        self.cancel_button.clicked.connect(self.cancel_requested)
        theme.signals.theme_changed.connect(self._recolour)
        bindings.changed.connect(self._show_keys)
        self._recolour()
        self._show_keys()

    @property
    def reason(self) -> str:
        """Why the job cannot start; empty when it can."""
        raise NotImplementedError

    @Slot(bool)
    def set_running(self, is_running: bool) -> None:
        """Disable the settings while a job runs."""
        self._is_running = is_running
        self._update()

    def set_cancellable(self, is_cancellable: bool) -> None:
        """Set whether there is a job to stop."""
        self.cancel_button.setEnabled(is_cancellable)

    @Slot()
    def _update(self) -> None:
        """Enable the button if the job can start, and say why not otherwise; a subclass adds its fields."""
        reason = self.reason
        self.start_button.setEnabled(not self._is_running and not reason)
        self.start_button.setToolTip(reason or bindings.told(self._start_tip, self._start_key))

    @Slot()
    def _show_keys(self) -> None:
        self.cancel_button.setToolTip(bindings.told(self._stop_tip, "run.cancel"))
        if self.start_button.isEnabled():
            self.start_button.setToolTip(bindings.told(self._start_tip, self._start_key))

    @Slot()
    def _recolour(self) -> None:
        theme.dress(self.start_button, self._start_icon, colour=theme.current().on_accent)
        theme.dress(self.cancel_button, "cancel")
