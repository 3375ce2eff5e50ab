"""The right end of the status bar: the running job, its progress, and the button that stops it."""

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QToolButton, QWidget

from core.monitor import Progress
from gui.theme import theme
from gui.theme.formatting import eta_text
from gui.widgets.labels import ScaledLabel

STEPS = 1000
WHOLE_JOB_STAGES = ("Pruning", "Scoring")  # the job ends with these stages


class JobStatus(QWidget):
    """Shows the running job; hidden while there is none."""

    cancel_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stage = ScaledLabel(factor=theme.SMALL)
        self._eta = ScaledLabel(factor=theme.SMALL, role="muted")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedSize(180, 10)
        self._stage_name = ""
        self._stopped_stage: str | None = None  # the stage in which the job was cancelled
        self._cancel = QToolButton()
        self._cancel.setAutoRaise(True)
        self._cancel.setIconSize(QSize(16, 16))
        self._cancel.setToolTip("Stop (Esc)")
        self._cancel.setAccessibleName("Stop")
        self._cancel.clicked.connect(self._on_cancel_clicked)
        policy = self._cancel.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # else the window would move by the height of the button
        self._cancel.setSizePolicy(policy)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GRID)
        for widget in (self._stage, self._bar, self._eta, self._cancel):
            row.addWidget(widget)
        theme.signals.theme_changed.connect(self._recolour)
        self._recolour()
        self.show_idle()

    @property
    def stage_text(self) -> str:
        """The shown stage and count."""
        return self._stage.text()

    @property
    def eta_text(self) -> str:
        """The shown remaining time."""
        return self._eta.text()

    @property
    def share(self) -> float | None:
        """The progress in [0, 1]; None while it is unknown."""
        return self._bar.value() / STEPS if self._bar.maximum() else None

    def show_job(self, name: str) -> None:
        """Show a job that begins."""
        self._stage.setText(f"{name} …")
        self._eta.setText("")
        self._bar.setRange(0, 0)
        self._cancel.setEnabled(True)
        self._stopped_stage = None
        self._set_shown(True)

    def show_progress(self, progress: Progress) -> None:
        """Show the progress; the stage that was cancelled is not shown again, a later stage is."""
        self._stage_name = progress.stage
        if progress.stage == self._stopped_stage:
            return
        self._stopped_stage = None
        self._cancel.setEnabled(True)
        is_counted = 0 <= progress.done_count < progress.total_count  # "60 of 60" would look finished
        count = f": {progress.done_count} of {progress.total_count}" if is_counted else " …"
        self._stage.setText(f"{progress.stage}{count}")
        if progress.fraction is None:
            self._bar.setRange(0, 0)
        else:
            self._bar.setRange(0, STEPS)
            self._bar.setValue(round(min(1.0, max(0.0, progress.fraction)) * STEPS))
        eta = eta_text(progress.remaining_s)
        self._eta.setText(eta if not eta or progress.stage in WHOLE_JOB_STAGES else f"{eta} in this stage")

    def show_cancelling(self) -> None:
        """Show that the job is stopping."""
        self._stopped_stage = self._stage_name
        self._stage.setText("Stopping …")
        self._eta.setText("")
        self._cancel.setEnabled(False)

    def show_idle(self) -> None:
        """Hide everything: no job runs."""
        self._stage.setText("")
        self._set_shown(False)

    def _set_shown(self, is_shown: bool) -> None:
        for widget in (self._stage, self._bar, self._eta, self._cancel):
            widget.setVisible(is_shown)

    @Slot()
    def _on_cancel_clicked(self) -> None:
        self.cancel_requested.emit()

    @Slot()
    def _recolour(self) -> None:
        self._cancel.setIcon(theme.icon("cancel"))
