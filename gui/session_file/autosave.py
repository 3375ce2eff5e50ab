"""Saves the session automatically, and after a crash offers to go on with it."""

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from core.errors import InspectorError
from core.monitor import Monitor
from gui.disk_watch.offer_bar import OfferBar
from gui.job_runner import Job, JobRunner, Request
from gui.session_file import jobs
from gui.session_file.autosave_folder import AutosaveFolder, LeftSession, clean_copies, left_sessions
from gui.session_file.jobs import MadeNetworkFiles, SavedAs, SavePlan
from gui.session_file.window_state import WindowState

logger = logging.getLogger(__name__)

AFTER_RESULT_MS = 1500  # after the end of a run, a repair or a detection
INTERVAL_MS = 20_000  # after any other change: what a crash loses at most, unless a job runs
BESIDE_MS = 120_000  # the same during a repair or a detection, which a save holds up
BUSY_MS = 2000  # while a job runs, it is tried again after this time
GO_ON, DISCARD = "Go on", "Discard"


class Autosave(QObject):
    """Saves what the window holds to the application's state folder until the window is closed.

    Args:
        state: what is saved.
        runner: runs the jobs.
        bar: shows the offer.
        open_session: opens a session, and calls back with whether it was opened.
    """

    warned = Signal(str)

    def __init__(
        self,
        *,
        state: WindowState,
        runner: JobRunner,
        bar: OfferBar,
        open_session: Callable[[LeftSession, Callable[[], None]], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._state, self._runner, self._bar, self._open_session = state, runner, bar, open_session
        self._folder = AutosaveFolder()
        self._networks: MadeNetworkFiles | None = None
        self._left: list[LeftSession] = []
        self._is_closed = self._is_waiting = False
        self._to_remove: list[LeftSession] = []  # what is open here again, until it is saved here
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._save)
        session = state.session
        session.running_changed.connect(self._on_running_changed)
        for changed in (
            session.files_changed,
            session.scale_changed,
            session.repairs_changed,
            session.compared_changed,
            session.classified_changed,
            session.suspects_changed,
            session.run_changed,
            session.mask_changed,
            session.thresholds_changed,
            session.side_changed,
            session.image_changed,
            state.prune.pins.changed,
            state.gallery.count_changed,
        ):
            changed.connect(self._on_changed)
        bar.chosen.connect(self._on_chosen)

    @property
    def networks(self) -> MadeNetworkFiles:
        """The files of networks that were made in this window."""
        if self._networks is None:
            self._networks = MadeNetworkFiles(self._folder.networks if self._folder.hold() else None)
        return self._networks

    @property
    def copies(self) -> Path:
        """Where copies of files are put that opened sessions contain; they stay while this window is open."""
        self._folder.hold()
        return self._folder.copies

    def offer(self) -> None:
        """Offer to go on with a session whose window was not closed, if there is one."""
        self._left = left_sessions()
        self._show_offer()
        self._runner.submit(
            Request(name="Removing unused copies", make=lambda: _clean, key="clean-copies", is_light=True)
        )

    def save_soon(self) -> None:
        """Save in a moment, whether something changed or not."""
        self._start(AFTER_RESULT_MS)

    def clear(self) -> None:
        """End; remove what this window saved, as it is closed by a person."""
        self._is_closed = True
        self._timer.stop()
        for each in self._left:
            each.release()
        for each in self._to_remove:
            each.release()
        self._folder.clear()
        if self._networks is not None:
            self._networks.clear()

    @Slot()
    def _on_changed(self) -> None:
        if not self._timer.isActive() and not self._state.is_empty:
            self._start(BESIDE_MS if self._state.session.is_running else INTERVAL_MS)

    @Slot(bool)
    def _on_running_changed(self, is_running: bool) -> None:
        if not is_running or self._timer.isActive():  # a job may take long: what it begins with is saved soon
            self._start(AFTER_RESULT_MS)

    @property
    def _is_in_flux(self) -> bool:
        """Whether a curve is being computed; a repair and a detection change nothing until they end."""
        return self._state.session.is_running and not self._is_beside

    @property
    def _is_beside(self) -> bool:
        """Whether a repair or a detection is running, between whose steps a session can be saved."""
        session = self._state.session
        return session.is_running and (session.run is None or session.is_whole)

    def _start(self, delay_ms: int) -> None:
        is_sooner = not self._timer.isActive() or self._timer.remainingTime() > delay_ms
        if not self._is_closed and is_sooner:
            self._timer.start(delay_ms)

    @Slot()
    def _save(self) -> None:
        if self._is_closed or self._state.is_empty:
            return
        if self._is_in_flux or (self._runner.is_busy and not self._is_beside):
            self._timer.start(BUSY_MS)
            return
        self._runner.submit(
            Request(
                name="Saving the session automatically",
                make=self._make,
                on_succeeded=self._on_saved,
                on_failed=self._on_failed,
                key="autosave",
                is_light=True,
            )
        )

    def _make(self) -> Job | None:
        if self._state.is_empty or self._is_in_flux:
            return None
        if not self._folder.hold():
            return None
        path = self._folder.next_session()
        stored = self._state.take()
        self._contents = stored.contents
        return jobs.save_session(stored, SavePlan(path, is_folder=True, is_automatic=True), networks=self.networks)

    def _on_saved(self, saved: SavedAs) -> None:
        self._folder.keep(saved.plan.path, self._contents)
        for each in self._to_remove:
            each.remove()
        self._to_remove = []

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, InspectorError):
            logger.warning("The session was not saved automatically: %s", error)

    def _show_offer(self) -> None:
        if not self._left:
            self._bar.clear()
            return
        note = self._left[0].note
        self._bar.show_offer(
            f"The window was not closed {_when(note.saved)}. It can be opened again as it was: {note.contents}.",
            (GO_ON, DISCARD),
        )

    @Slot(str)
    def _on_chosen(self, choice: str) -> None:
        if not self._left:
            return
        left = self._left[0]
        if choice == DISCARD:
            left.remove()
            del self._left[0]
            self._show_offer()
        elif choice == GO_ON:
            self._open_session(left, lambda: self._take_over(left))

    def _take_over(self, left: LeftSession) -> None:
        """Keep what was opened until this window has saved it, too."""
        self._left = [each for each in self._left if each is not left]
        self._to_remove.append(left)
        self._show_offer()
        self.save_soon()


def _clean(_monitor: Monitor) -> None:
    """Remove copies of files that nothing refers to."""
    removed = clean_copies()
    if removed:
        logger.info("Removed copies that no session uses any more: %s", ", ".join(each.name for each in removed))


def _when(saved: datetime) -> str:
    """Return when a session was saved last, in local time."""
    here = saved.astimezone()
    day = "today" if here.date() == datetime.now().astimezone().date() else f"on {here:%d %B %Y}"
    return f"properly; it was saved last {day} at {here:%H:%M}"
