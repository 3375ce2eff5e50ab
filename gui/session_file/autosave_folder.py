"""The folders of automatically saved sessions: one for each open window, held by a lock while its process lives."""

import logging
import os
import re
import secrets
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import platformdirs
from pydantic import BaseModel, Field, ValidationError
from PySide6.QtCore import QLockFile

from core.export_file import written_whole
from core.intake.session.members import DOCUMENT, DOCUMENT_BYTES

logger = logging.getLogger(__name__)

_NOTE = "contents.json"
_NOTE_BYTES = 10_000
_OF_COPIES = re.compile(r"[0-9]{1,10}-[0-9a-f]{8}|[0-9a-f]{64}")  # of a window; of a file, in earlier versions


class Note(BaseModel):
    """What is said of an automatically saved session.

    Attributes:
        saved: when it was saved, with time zone.
        contents: what it holds, in a few words.
        session: the name of its folder.
    """

    saved: datetime
    contents: Annotated[str, Field(max_length=1000)]
    session: Annotated[str, Field(pattern=r"^session-[0-9]{1,9}$")]


def state_folder() -> Path:
    """Return where the state is kept: in `BACKDOOR_INSPECTOR_CONFIG` if set, else in the system's folder of states."""
    folder = os.environ.get("BACKDOOR_INSPECTOR_CONFIG")
    return Path(folder or platformdirs.user_state_dir("backdoor-inspector"))


def copies_folder() -> Path:
    """Return where copies of files are kept that opened sessions contain."""
    return state_folder() / "inputs"


class AutosaveFolder:
    """The folder of one window's automatic saves.

    Attributes:
        path: the folder.
    """

    def __init__(self) -> None:
        name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self.path = state_folder() / "autosave" / name
        self._lock = _lock_of(self.path)
        self._number = 0

    @property
    def copies(self) -> Path:
        """Where copies of files are that sessions opened in this window contain."""
        return copies_folder() / self.path.name

    @property
    def networks(self) -> Path:
        """Where the files of networks are that were made in this window."""
        return self.path / "networks"

    def hold(self) -> bool:
        """Create the folder, locked before it exists; return whether something can be saved in it."""
        if self._lock.isLocked():
            return True
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self._lock.tryLock(0):
                raise PermissionError(None, "it cannot be locked")
            self.path.mkdir(mode=0o700)
        except OSError as error:
            logger.warning("Nothing can be saved automatically in '%s': %s", self.path, error.strerror or error)
            return False
        return True

    def next_session(self) -> Path:
        """Return where the next session is saved."""
        self._number += 1
        return self.path / f"session-{self._number}"

    def keep(self, session: Path, contents: str) -> None:
        """Make a session the one that is offered after a crash, and remove earlier ones."""
        note = Note(saved=datetime.now(UTC), contents=contents[:1000], session=session.name)
        try:
            with written_whole(self.path / _NOTE, is_private=True) as partial:
                partial.write_text(note.model_dump_json(), "utf-8")
        except OSError as error:
            logger.warning("What is saved automatically cannot be noted in '%s': %s", self.path, error)
            return
        for each in self.path.glob("session-*"):
            if each != session:
                shutil.rmtree(each, ignore_errors=True)

    def clear(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock.isLocked():
            self._lock.unlock()


@dataclass(frozen=True, slots=True, eq=False)
class LeftSession:
    """What a window that was not closed left.

    Attributes:
        note: what is said of it.
        path: the session.
        lock: held by this window, so that no other one offers it, too.
    """

    note: Note
    path: Path
    lock: QLockFile

    def remove(self) -> None:
        """Remove it for ever."""
        shutil.rmtree(self.path.parent, ignore_errors=True)
        self.lock.unlock()

    def release(self) -> None:
        """Leave it to the next start."""
        self.lock.unlock()


def left_sessions() -> list[LeftSession]:
    """Return the sessions of windows that were not closed, the latest first; they are locked for this window.

    Folders of such windows that hold nothing are removed.
    """
    found = []
    for folder in _folders():
        lock = _lock_of(folder)
        if not lock.tryLock(0):
            continue  # its window is open
        left = _left_in(folder, lock)
        if left is not None:
            found.append(left)
        else:
            shutil.rmtree(folder, ignore_errors=True)
            lock.unlock()
    return sorted(found, key=lambda each: each.note.saved, reverse=True)


def clean_copies() -> tuple[Path, ...]:
    """Remove copies of files that no window uses and no automatically saved session refers to; return what was removed.

    Nothing but folders that windows made is touched, and those of open windows are locked.
    """
    removed = []
    for folder in _folders(copies_folder()):
        if _OF_COPIES.fullmatch(folder.name) is None:
            continue
        lock = _lock_of(state_folder() / "autosave" / folder.name)
        Path(lock.fileName()).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not lock.tryLock(0):
            continue  # its window is open, or another one offers to go on with its session
        try:
            if not _is_referred_to(folder.name):
                shutil.rmtree(folder, ignore_errors=True)
                removed.append(folder)
        finally:
            lock.unlock()
    return tuple(removed)


def _is_referred_to(name: str) -> bool:
    """Whether the document of an automatically saved session has a name in it; it is searched and never parsed."""
    wanted = name.encode("ascii")
    for window in _folders(state_folder() / "autosave"):
        for document in window.glob(f"session-*/{DOCUMENT}"):
            try:
                with document.open("rb") as file:
                    if wanted in file.read(DOCUMENT_BYTES):
                        return True
            except FileNotFoundError:
                continue  # its window has saved anew or was closed
            except OSError:
                return True  # what cannot be read may refer to it
    return False


def _folders(place: Path | None = None) -> list[Path]:
    place = place or state_folder() / "autosave"
    try:
        return [each for each in place.iterdir() if each.is_dir() and not each.is_symlink()]
    except OSError:
        return []


def _lock_of(folder: Path) -> QLockFile:
    lock = QLockFile(str(folder.with_name(f"{folder.name}.lock")))
    lock.setStaleLockTime(0)  # only its process's end makes it stale, not its age
    return lock


def _left_in(folder: Path, lock: QLockFile) -> LeftSession | None:
    path = folder / _NOTE
    try:
        if path.stat().st_size > _NOTE_BYTES:
            raise ValueError("the note is too long")
        note = Note.model_validate_json(path.read_bytes())
        if note.saved.tzinfo is None:
            raise ValueError("the note has no time zone")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, ValidationError) as error:
        logger.warning("What was saved automatically in '%s' cannot be read: %s", folder, error)
        return None
    session = folder / note.session
    return LeftSession(note, session, lock) if session.is_dir() else None
