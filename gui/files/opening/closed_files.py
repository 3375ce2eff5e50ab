"""Jobs end with the files that they compute with."""

from PySide6.QtCore import QObject, Slot

from gui.job_runner import JobRunner
from gui.state.session import Session


class ClosedFiles(QObject):
    """Stops what is computed with files as soon as they are closed or replaced.

    Args:
        session: the window's state.
        runner: runs the jobs.
        parent: what owns it.
    """

    def __init__(self, session: Session, runner: JobRunner, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._runner = session, runner
        session.files_changed.connect(self._stop)

    @Slot()
    def _stop(self) -> None:
        session = self._session
        self._runner.stop_closed((session.network, *session.sets, session.unlabelled))
