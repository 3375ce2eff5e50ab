"""The command `audit` as a process of its own: Dask never runs in the window."""

import contextlib
import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from core.environment import is_checkout
from core.errors import AuditError
from core.words import printable

LOG_NAME = "audit.log"
NO_DASK = (
    "Starting an audit needs Dask, which is not installed: “./run audit --help” installs it in a checkout, "
    "“pip install 'backdoor-inspector[audit]'” elsewhere. Audits that run elsewhere can be watched without it."
)
CANCELLED = 130
_ROOT = Path(__file__).resolve().parents[2]
_INTERVAL_MS = 300
_TAIL_BYTES = 4000
_TAIL_LINES = 8
_GRACE_S = 5.0


def why_no_audit() -> str:
    """Return why no audit can be started on this machine; empty if one can."""
    return "" if importlib.util.find_spec("distributed") is not None else NO_DASK


def command() -> list[str]:
    """Return what starts this application's command line: in a checkout, and where it is installed."""
    if is_checkout():
        return [sys.executable, str(_ROOT / "main.py")]
    return [sys.executable, "-m", __name__.partition(".")[0]]


class AuditProcess(QObject):
    """Runs one audit at a time. It is a process in a group of its own, so that it can outlive the window.

    Its messages go to `audit.log` in the folder of the audit.
    """

    began = Signal()
    ended = Signal(int, str)  # exit status, the end of its messages

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._process: subprocess.Popen[bytes] | None = None
        self._log = Path()
        self._stop_count = 0
        self._timer = QTimer(self, interval=_INTERVAL_MS)
        self._timer.timeout.connect(self._look)

    @property
    def is_running(self) -> bool:
        """Whether the process runs."""
        return self._process is not None

    @property
    def stop_count(self) -> int:
        """How often it was asked to stop."""
        return self._stop_count

    def start(self, words: Sequence[str], out: Path) -> None:
        """Start the command.

        Args:
            words: what comes after the name of the application.
            out: the folder of the audit.

        Raises:
            AuditError: `write-failed`, the folder cannot be written; `not-started`.
        """
        self._log = out / LOG_NAME
        try:
            out.mkdir(parents=True, exist_ok=True)
            self._log.unlink(missing_ok=True)  # it may be a link or a pipe in a folder that somebody sent
            log = self._log.open("xb")
        except OSError as error:
            raise AuditError(
                f"'{printable(str(out))}' cannot be written: {error.strerror or error}", code="write-failed"
            ) from error
        with log:
            try:
                self._process = subprocess.Popen(
                    [*command(), *words],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=log,
                    env={**os.environ, "PYTHONUNBUFFERED": "1"},
                    start_new_session=True,
                )
            except OSError as error:
                raise AuditError(f"the audit could not be started: {error}", code="not-started") from error
        self._stop_count = 0
        self._timer.start()
        self.began.emit()

    def stop(self) -> None:
        """Ask the process to stop as Ctrl-C does: what is examined comes to its end; a second time ends that too."""
        if self._process is None:
            return
        self._stop_count += 1
        if sys.platform == "win32" or self._stop_count > 2:
            self._process.terminate()  # the rows are in the journal
        else:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGINT)

    def end(self) -> None:
        """End the process, whatever it examines, and wait for it; its rows stay in the journal."""
        if self._process is None:
            return
        self._timer.stop()
        process, self._process = self._process, None
        for send, patience_s in ((process.terminate, 0.3), (process.terminate, _GRACE_S), (process.kill, _GRACE_S)):
            send()  # the second time it ends what it examines, and its workers
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(patience_s)
                return

    def release(self) -> None:
        """Let the process go on without the window."""
        self._timer.stop()
        self._process = None

    @Slot()
    def _look(self) -> None:
        if self._process is None:
            return
        status = self._process.poll()
        if status is None:
            return
        self._timer.stop()
        self._process = None
        self.ended.emit(status, tail(self._log))


def tail(path: Path) -> str:
    """Return the last lines of a log, without control characters; empty if it cannot be read."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(printable(each) for each in text.splitlines()[-_TAIL_LINES:])
