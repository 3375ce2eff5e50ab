"""Creates what saves, opens and watches, and connects it to the menus and the window."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal, SignalInstance, Slot
from PySide6.QtWidgets import QWidget

from gui.compare.page import ComparePage
from gui.detect.page import DetectPage
from gui.disk_watch.jobs import find_missing
from gui.disk_watch.offer_bar import OfferBar
from gui.disk_watch.watch import FileWatch
from gui.files.saver import Saver
from gui.job_runner import JobRunner, Request
from gui.page import Page
from gui.prune.page import PrunePage
from gui.repair.page import RepairPage
from gui.session_file.control import SessionControl
from gui.session_file.menu import RecentMenu, SessionActions
from gui.session_file.window_state import Frame, Gallery, WindowState
from gui.state.open_files import Role
from gui.state.preferences import Preferences, RecentFile, save_preferences
from gui.state.session import Session

P = TypeVar("P", bound=Page)
STORE_MS = 500  # after files were opened, until it is written down which


class OpenedBefore(Protocol):
    """Lists sessions and files that were opened before, and wants to know which of them are there."""

    @property
    def session_chosen(self) -> SignalInstance:
        """A session is to be opened: Path."""

    @property
    def look_requested(self) -> SignalInstance:
        """Asks which of the files are there: tuple[Path, ...]."""

    def show_recent(self, recent: Sequence[RecentFile], sessions: Sequence[str]) -> None:
        """List them, the newest first."""

    def show_missing(self, missing: frozenset[Path]) -> None:
        """Grey the files that are not there."""


class Panels(Frame, Protocol):
    """The window's panels."""

    @property
    def welcome(self) -> OpenedBefore:
        """The welcome page."""

    @property
    def pages(self) -> Sequence[Page]:
        """The pages."""

    def add_bar(self, bar: OfferBar) -> None:
        """Take a message with buttons."""


class Entries(Protocol):
    """The entries of the menus that concern sessions."""

    recent: RecentMenu
    sessions: SessionActions


class SessionWiring(QObject):
    """Everything that concerns session files and files on the disk.

    Attributes:
        state: what of the window a session holds.
        control: saves and opens sessions.
        watch: notices files that change on the disk.
        left_bar, changed_bar: the messages of unfinished sessions and of changed files.
    """

    said = Signal(str)
    warned = Signal(str)
    refused = Signal(str)
    asked = Signal()

    def __init__(
        self,
        *,
        session: Session,
        runner: JobRunner,
        saver: Saver,
        preferences: Preferences,
        panels: Panels,
        menus: Entries,
        gallery: Gallery,
        open_file: Callable[[Role, Path], None],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        actions, recent = menus.sessions, menus.recent
        self._session, self._runner, self._preferences = session, runner, preferences
        self._actions, self._recent, self._window = actions, recent, window
        self._welcome = panels.welcome
        self.left_bar, self.changed_bar = OfferBar(), OfferBar()
        for bar in (self.changed_bar, self.left_bar):
            panels.add_bar(bar)

        def page(kind: type[P]) -> P:
            return next(each for each in panels.pages if isinstance(each, kind))

        self.state = WindowState(
            session, panels, page(DetectPage), page(PrunePage), page(RepairPage), page(ComparePage), gallery
        )
        self.control = SessionControl(
            state=self.state,
            runner=runner,
            saver=saver,
            preferences=preferences,
            bar=self.left_bar,
            window=window,
        )
        self.watch = FileWatch(session=session, runner=runner, bar=self.changed_bar, reload_file=open_file, parent=self)
        self._stored = self._opened_before
        self._store_timer = QTimer(self, singleShot=True, interval=STORE_MS)
        self._store_timer.timeout.connect(self._store_recent)
        self._connect()

    @property
    def _opened_before(self) -> tuple[object, ...]:
        return (*self._preferences.recent, *self._preferences.recent_sessions)

    def clear_up(self) -> None:
        """End when the window is closed by a person: nothing is left to go on with."""
        self._store_timer.stop()  # the window saves the preferences
        self.control.clear_up()

    def _connect(self) -> None:
        control, actions, recent = self.control, self._actions, self._recent
        for source in (control, self.watch):
            source.said.connect(self.said)
            source.warned.connect(self.warned)
        control.refused.connect(self.refused)
        control.asked.connect(self.asked)
        control.recent_changed.connect(self.show_recent)
        actions.open.triggered.connect(control.ask_open)
        actions.save.triggered.connect(control.save)
        actions.save_as.triggered.connect(control.save_as)
        actions.reload.triggered.connect(self.watch.reload)
        recent.session_chosen.connect(control.open_session)
        recent.clear_requested.connect(self._on_clear_requested)
        recent.look_requested.connect(self._on_look_requested)
        self._welcome.session_chosen.connect(control.open_session)
        self._welcome.look_requested.connect(self._on_welcome_look_requested)
        self._session.files_changed.connect(self.update)
        self._session.running_changed.connect(self.update)
        for changed in (control.recent_changed, self._session.files_changed, self._session.image_changed):
            changed.connect(self._store_timer.start)
        self.update()

    @Slot()
    def show_recent(self) -> None:
        """List what was opened before."""
        for place in (self._recent, self._welcome):
            place.show_recent(self._preferences.recent, self._preferences.recent_sessions)

    @Slot()
    def update(self) -> None:
        """Enable the entries of the menu that can be chosen."""
        self._actions.update(is_running=self._session.is_running, why_not_saved=self.control.why_not_saved)

    @Slot()
    def _store_recent(self) -> None:
        """Write down what was opened: a window that crashes could not do it later."""
        if self._opened_before != self._stored:
            self._stored = self._opened_before
            save_preferences(self._preferences)

    @Slot()
    def _on_clear_requested(self) -> None:
        self._preferences.forget_recent()
        self.show_recent()
        self._store_recent()

    @Slot(object)
    def _on_look_requested(self, paths: tuple[Path, ...]) -> None:
        self._look(paths, self._recent.show_missing, key="recent")

    @Slot(object)
    def _on_welcome_look_requested(self, paths: tuple[Path, ...]) -> None:
        self._look(paths, self._welcome.show_missing, key="recent-welcome")

    def _look(self, paths: tuple[Path, ...], show: Callable[[frozenset[Path]], None], *, key: str) -> None:
        name, make = "Looking for recent files", lambda: find_missing(paths)
        self._runner.submit(Request(name=name, make=make, on_succeeded=show, key=key, is_light=True))
