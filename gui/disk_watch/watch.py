"""Notices files that change on the disk while they are open, says so, and reloads them."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal, Slot

from core.words import joined
from gui.disk_watch.jobs import ChangedFile, find_changed, watched_files
from gui.disk_watch.offer_bar import OfferBar
from gui.job_runner import Job, JobRunner, Request
from gui.keys.tips import set_tip
from gui.page import why_running
from gui.state.open_files import Role
from gui.state.session import Session

REST_MS = 400  # programs write a file in several steps
RELOAD, KEEP = "Reload", "Keep"
UNCHANGED = "No open file has changed on the disk."
NOTHING = "No file is open."


class FileWatch(QObject):
    """Watches the open files and their folders: some programs write a new file and rename it.

    Args:
        session: names the open files.
        runner: runs the jobs that compare the files.
        bar: says what has changed.
        reload_file: opens a file again in its role.
    """

    said = Signal(str)
    warned = Signal(str)

    def __init__(
        self,
        *,
        session: Session,
        runner: JobRunner,
        bar: OfferBar,
        reload_file: Callable[[Role, Path], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session, self._runner, self._bar, self._reload_file = session, runner, bar, reload_file
        self._changed: tuple[ChangedFile, ...] = ()
        self._kept: set[ChangedFile] = set()  # changes that a person wants to know nothing more of
        self._watcher = QFileSystemWatcher(self)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._look)
        self._watcher.fileChanged.connect(self._on_noticed)
        self._watcher.directoryChanged.connect(self._on_noticed)
        session.files_changed.connect(self._on_files_changed)
        bar.chosen.connect(self._on_chosen)

    @property
    def changed(self) -> tuple[ChangedFile, ...]:
        """The open files that are known to have changed."""
        return self._changed

    @Slot()
    def reload(self) -> None:
        """Open again what has changed; say so if nothing has."""
        if self._session.is_running:
            self.warned.emit(why_running())
        elif not watched_files(self._session):
            self.said.emit(NOTHING)
        else:
            self._submit(self._on_found_to_reload, is_light=False)

    @Slot()
    def _on_files_changed(self) -> None:
        """Watch the files that are open now."""
        files = watched_files(self._session)
        self._watch()
        self._kept = {each for each in self._kept if each.file in files}
        self._show(tuple(each for each in self._changed if each.file in files))

    def _watch(self) -> None:
        """Watch the open files that are there, and the folders they are in."""
        watched = {*self._watcher.files(), *self._watcher.directories()}
        paths = [each.path for each in watched_files(self._session)]
        places = {str(path) for path in paths if path.exists()}
        places |= {str(path.parent) for path in paths if path.exists() or str(path.parent) in watched}
        if gone := sorted(watched - places):
            self._watcher.removePaths(gone)
        if new := sorted(places - watched):
            self._watcher.addPaths(new)

    @Slot(str)
    def _on_noticed(self, _place: str) -> None:
        self._rest.start()

    @Slot()
    def _look(self) -> None:
        self._submit(self._on_found, is_light=True)

    def _submit(self, on_found: Callable[[tuple[ChangedFile, ...]], None], *, is_light: bool) -> None:
        self._runner.submit(
            Request(
                name="Comparing the open files",
                make=self._make,
                on_succeeded=on_found,
                key="watch",
                is_light=is_light,
            )
        )

    def _make(self) -> Job | None:
        files = watched_files(self._session)
        return find_changed(files) if files else None

    def _on_found(self, found: tuple[ChangedFile, ...]) -> None:
        self._watch()  # a file that was replaced is no longer watched
        self._show(tuple(each for each in found if each not in self._kept))

    def _on_found_to_reload(self, found: tuple[ChangedFile, ...]) -> None:
        self._kept.clear()
        self._show(found)
        there = [each for each in found if each.digest]
        if not found:
            self.said.emit(UNCHANGED)
        elif not there:
            self.warned.emit(f"{_names(found)} cannot be read any more: what is open stays open.")
        for each in there:
            self._reload_file(each.file.role, each.file.path)

    def _show(self, found: tuple[ChangedFile, ...]) -> None:
        files = watched_files(self._session)
        self._changed = tuple(each for each in found if each.file in files)
        there = tuple(each for each in self._changed if each.digest)
        gone = tuple(each for each in self._changed if not each.digest)
        sentences = []
        if there:
            has = "has" if len(there) == 1 else "have"
            sentences.append(f"{_names(there)} {has} changed on the disk: what is shown is of the earlier content.")
        if gone:
            sentences.append(f"{_names(gone)} cannot be read any more: what is open stays open.")
        if sentences:
            self._bar.show_offer(" ".join(sentences), (RELOAD, KEEP) if there else (KEEP,))
            if there:
                set_tip(self._bar.buttons[RELOAD], "Open the changed files again", "file.reload")
        else:
            self._bar.clear()

    @Slot(str)
    def _on_chosen(self, choice: str) -> None:
        if choice == RELOAD:
            self.reload()
        else:
            self._kept.update(self._changed)
            self._show(())


def _names(files: tuple[ChangedFile, ...]) -> str:
    return joined([each.file.path.name for each in files])
