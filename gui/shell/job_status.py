"""The right end of the status bar: the running job, its progress, and what stops it."""

import traceback
from collections.abc import Sequence

from PySide6.QtCore import QObject, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QToolButton, QWidget

from core.errors import InspectorError
from core.monitor import Progress
from gui.files import dialogs
from gui.job_runner import JobRunner, Request
from gui.keys.bindings import bindings
from gui.page import Page
from gui.shell.menus import NOTHING_RUNS, set_reason
from gui.theme import theme
from gui.theme.formatting import eta_text
from gui.widgets.labels import ScaledLabel

STEPS = 1000
PATIENCE_MS = 1000  # a job that has not answered a stop for this long is said to be busy, and can be left
STOP_TIP = "Stop"
SKIP_TIP = "Do not wait: end now, without a result"
WHOLE_JOB_STAGES = ("Pruning", "Scoring")  # the job ends with these stages


class JobStatus(QWidget):
    """Shows the running job; hidden while there is none.

    A job that is stopped says so at once. If it goes on to keep its best result so far, it is said what it still does,
    and the button skips that.
    """

    cancel_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stage = ScaledLabel(factor=theme.SMALL)
        self._eta = ScaledLabel(factor=theme.SMALL, role="muted")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedSize(180, 10)
        self._stage_name = self._tip = ""
        self._is_stopping = self._is_skipping = self._can_skip = self._has_answered = False
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self._on_still_busy)
        self._cancel = QToolButton()
        self._cancel.setAutoRaise(True)
        self._cancel.setIconSize(QSize(16, 16))
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
        bindings.changed.connect(self._show_keys)
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

    @property
    def is_stopping(self) -> bool:
        """Whether the shown job was stopped and has not ended yet."""
        return self._is_stopping

    @property
    def can_skip(self) -> bool:
        """Whether a second stop would end the stopped job without a result."""
        return self._can_skip

    @property
    def has_answered(self) -> bool:
        """Whether the stopped job has said what it still does."""
        return self._has_answered

    def show_job(self, name: str) -> None:
        """Show a job that begins."""
        self._stage.setText(f"{name} …")
        self._eta.setText("")
        self._bar.setRange(0, 0)
        self._stage_name = name
        self._forget_stop()
        self._set_shown(True)

    def show_progress(self, progress: Progress) -> None:
        """Show the progress; of a job that was stopped, what it still does."""
        self._stage_name = progress.stage
        if self._is_skipping or (self._is_stopping and not progress.remainder):
            return  # from before the stop
        is_counted = 0 <= progress.done_count < progress.total_count  # "60 of 60" would look finished
        count = f": {progress.done_count} of {progress.total_count}" if is_counted else " …"
        if progress.remainder:
            self._has_answered = True
            self._offer_skip()
            self._stage.setText(f"Stopping: {progress.remainder} …")
        else:
            self._stage.setText(f"{progress.stage}{count}")
        if progress.fraction is None:
            self._bar.setRange(0, 0)
        else:
            self._bar.setRange(0, STEPS)
            self._fill(min(1.0, max(0.0, progress.fraction)))
        eta = eta_text(progress.remaining_s)
        self._eta.setText(eta if not eta or progress.stage in WHOLE_JOB_STAGES else f"{eta} in this stage")

    def _fill(self, fraction: float) -> None:
        """Fill the bar, to be painted with the rest: `QProgressBar.setValue` paints all that has changed at once."""
        self._bar.setUpdatesEnabled(False)
        self._bar.setValue(round(fraction * STEPS))
        self._bar.setUpdatesEnabled(True)

    def show_cancelling(self) -> None:
        """Show that the job is stopping."""
        self._is_stopping, self._can_skip = True, False
        self._stage.setText("Stopping …")
        self._bar.setRange(0, 0)
        self._eta.setText("")
        self._cancel.setEnabled(False)
        self._patience.start()

    def show_skipping(self) -> None:
        """Show that the stopped job ends without a result."""
        self.show_cancelling()
        self._is_skipping = True
        self._patience.stop()

    def show_idle(self) -> None:
        """Hide everything: no job runs."""
        self._stage.setText("")
        self._forget_stop()
        self._set_shown(False)

    def _forget_stop(self) -> None:
        self._is_stopping = self._is_skipping = self._can_skip = self._has_answered = False
        self._patience.stop()
        self._dress_button(Qt.ToolButtonStyle.ToolButtonIconOnly, "Stop", STOP_TIP)

    def _offer_skip(self) -> None:
        self._patience.stop()
        if not self._can_skip:
            self._can_skip = True
            self._dress_button(Qt.ToolButtonStyle.ToolButtonTextOnly, "Skip", SKIP_TIP)

    def _dress_button(self, style: Qt.ToolButtonStyle, text: str, tip: str) -> None:
        self._cancel.setToolButtonStyle(style)
        self._cancel.setText(text)
        self._cancel.setAccessibleName(text)
        self._tip = tip
        self._show_keys()
        self._cancel.setEnabled(True)

    @Slot()
    def _show_keys(self) -> None:
        self._cancel.setToolTip(bindings.told(self._tip, "run.cancel"))

    @Slot()
    def _on_still_busy(self) -> None:
        """Say what keeps a stopped job busy, and offer to leave it."""
        self._stage.setText(f"Stopping: still busy with “{self._stage_name}” …")
        self._offer_skip()

    def _set_shown(self, is_shown: bool) -> None:
        for widget in (self._stage, self._bar, self._eta, self._cancel):
            widget.setVisible(is_shown)

    @Slot()
    def _on_cancel_clicked(self) -> None:
        self.cancel_requested.emit()

    @Slot()
    def _recolour(self) -> None:
        theme.dress(self._cancel, "cancel")


class JobWatch(QObject):
    """Shows the running job in the status bar, and stops it when that is asked for.

    Args:
        runner: runs the jobs.
        status: shows them.
        pages: told whether there is a job to stop; they may ask to stop it.
        cancel: the menu entry that stops it.
        window: parent of the dialog about what goes wrong.
    """

    def __init__(
        self, *, runner: JobRunner, status: JobStatus, pages: Sequence[Page], cancel: QAction, window: QWidget
    ) -> None:
        super().__init__(window)
        self._runner, self._status, self._pages = runner, status, tuple(pages)
        self._cancel, self._window = cancel, window
        runner.started.connect(self._on_started)
        runner.progressed.connect(status.show_progress)
        self._rest = QTimer(self, singleShot=True, interval=0)
        self._rest.timeout.connect(self._show_rest)
        for ended in (runner.succeeded, runner.failed, runner.cancelled):
            ended.connect(self._on_ended)
        runner.failed.connect(self._on_failed)
        runner.became_idle.connect(self._on_idle)
        status.cancel_requested.connect(self.cancel)
        cancel.triggered.connect(self.cancel)
        for page in self._pages:
            page.cancel_requested.connect(self.cancel)
        self._set_cancellable(False)

    @Slot()
    def cancel(self) -> None:
        """Stop the running job; asked for a second time, skip what it still does."""
        current, status = self._runner.current, self._status
        if current is None or current.is_light or not status.is_stopping:
            if current is not None and not current.is_light:
                status.show_cancelling()
            self._runner.cancel()
        elif status.can_skip:  # before that the first request is still under way, and a second one would say no more
            self._runner.cancel(is_final=not status.has_answered)
            status.show_skipping()

    @Slot(object)
    def _on_started(self, request: Request) -> None:
        if not request.is_light:
            self._status.show_job(request.name)
            self._set_cancellable(True)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, InspectorError):
            return  # shown by the control that submitted the job
        details = "".join(traceback.format_exception_only(error))
        dialogs.show_unforeseen(
            self._window, summary=f"{type(error).__name__}: {error}", details=f"{details}\nThe log has the full report."
        )

    @Slot()
    def _on_ended(self) -> None:
        self._rest.start()

    @Slot()
    def _show_rest(self) -> None:
        """Show no job while a dialog asks about the one that ended: the next one starts after the answer."""
        if self._runner.current is None:
            self._on_idle()

    @Slot()
    def _on_idle(self) -> None:
        self._status.show_idle()
        self._set_cancellable(False)

    def _set_cancellable(self, is_cancellable: bool) -> None:
        for page in self._pages:
            page.set_cancellable(is_cancellable)
        set_reason(self._cancel, "" if is_cancellable else NOTHING_RUNS)
