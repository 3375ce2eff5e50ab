"""Asks before networks that are in no file would be lost."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from gui.files import dialogs
from gui.job_runner import JobRunner
from gui.state.compared import ComparedNetwork
from gui.state.session import Session


class UnsavedGuard(QObject):
    """Asks whether repaired networks are saved or discarded before the window or their model is closed.

    Args:
        session: knows which networks are in no file.
        runner: runs the jobs that save them.
        running: returns the name of the repair in progress; empty for none.
        save: asks where to save a network and submits the job; returns False if it is not saved.
        window: parent of the dialog.
    """

    asked = Signal()

    def __init__(
        self,
        *,
        session: Session,
        runner: JobRunner,
        running: Callable[[], str],
        save: Callable[[ComparedNetwork], bool],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session = session
        self._runner = runner
        self._running = running
        self._save = save
        self._window = window
        self._later: Callable[[], object] | None = None  # what waits until everything is saved
        self._is_asking = False
        # Queued, so that what waits is not done in the middle of the end of a job.
        runner.became_idle.connect(self._on_idle, Qt.ConnectionType.QueuedConnection)

    def allows(self, action: str, later: Callable[[], object]) -> bool:
        """Whether an action may be done now; if networks are saved first, it is done afterwards.

        Args:
            action: what discards the networks, to begin a sentence with: "Quitting".
            later: does the action, and asks again.
        """
        self._later = None
        if self._is_asking:  # the window was closed a second time while its question is on the screen
            return False
        self._is_asking = True
        try:
            return self._is_settled(action, later)
        finally:
            self._is_asking = False

    def _is_settled(self, action: str, later: Callable[[], object]) -> bool:
        """Ask until the answer covers all that would be lost: a job may end while the question is on the screen."""
        told: set[int] = set()
        while True:
            unsaved, running = self._session.unsaved, self._running()
            if {id(each.pruned) for each in unsaved} <= told and not (running and not told):
                return True
            answer = dialogs.ask_unsaved(
                self._window, action=action, names=[each.name for each in unsaved], running=running
            )
            if answer not in ("save", "discard"):
                return False
            told = {id(each.pruned) for each in unsaved} | {0}  # 0: the job in progress was named as well
            if {id(each.pruned) for each in self._session.unsaved} - told:
                continue
            if answer == "discard":
                return True
            self._save_all(later, has_running=bool(running))
            return False

    def _save_all(self, later: Callable[[], object], *, has_running: bool) -> None:
        if has_running:
            self._runner.cancel(is_final=True)  # the networks are saved after it
        if all(self._save(each) for each in self._session.unsaved):
            self._later = later
            if not self._runner.is_busy:
                QTimer.singleShot(0, self._on_idle)

    @Slot()
    def _on_idle(self) -> None:
        """Do what waited, if everything was saved; otherwise the window says what was not."""
        later = self._later
        if later is None or self._runner.is_busy:
            return
        self._later = None
        if not self._session.unsaved:
            later()
