"""Jobs that look at files on the disk: which have changed since they were opened, and which are not there."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from core.errors import InspectorError
from core.intake.client import Kind, current_digest
from core.intake.data.choice import DataChoice
from core.monitor import Monitor
from gui.job_runner import Job
from gui.state.open_files import Role
from gui.state.session import Session

LOOK_S = 1.0  # after which a file system does not answer


@dataclass(frozen=True, slots=True)
class WatchedFile:
    """A file that is open.

    Attributes:
        role: the role that it is open in.
        path: the file or folder.
        sha256: hash of what was opened.
        keys: the keys of images and labels that were read.
    """

    role: Role
    path: Path
    sha256: str
    keys: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file that is open and has another content by now.

    Attributes:
        file: the file.
        digest: hash of its content now; empty if it is not there or cannot be read.
    """

    file: WatchedFile
    digest: str


def watched_files(session: Session) -> tuple[WatchedFile, ...]:
    """Return the open files."""
    found = []
    if (summary := session.summary) is not None and summary.sha256:
        found.append(WatchedFile(Role.MODEL, summary.path, summary.sha256))
    sets = [(Role.VALIDATION, session.validation), (Role.TEST, session.test), (Role.UNLABELLED, session.unlabelled)]
    sets += [(Role.POISONED, each) for each in session.poisoned if not each.is_stamped]
    found += [
        WatchedFile(role, data.path, data.sha256, data.keys) for role, data in sets if data is not None and data.sha256
    ]
    return tuple(found)


def find_changed(files: Sequence[WatchedFile]) -> Job:
    """Return a job that finds the files with another content than was opened; it returns a tuple of `ChangedFile`s."""

    def job(monitor: Monitor) -> tuple[ChangedFile, ...]:
        found = []
        for each in files:
            monitor.checkpoint(f"Comparing {each.path.name}")
            digest = _digest_of(each, monitor)
            if digest != each.sha256:
                found.append(ChangedFile(each, digest))
        return tuple(found)

    return job


def find_missing(paths: Sequence[Path]) -> Job:
    """Return a job that finds the files and folders that are not there; it returns a frozen set of their paths.

    A file system that does not answer, as that of a server which is gone, holds up nothing: its files are not missed.
    """

    def job(monitor: Monitor) -> frozenset[Path]:
        del monitor  # a look takes no time
        missing: list[Path] = []
        looking = Thread(target=lambda: missing.extend(path for path in paths if not _is_there(path)), daemon=True)
        looking.start()
        looking.join(LOOK_S)
        return frozenset(tuple(missing))

    return job


def _digest_of(file: WatchedFile, monitor: Monitor) -> str:
    """Return the hash of a file as it is now; empty if it is not there or cannot be read."""
    kind: Kind = "model" if file.role is Role.MODEL else "images" if file.role is Role.UNLABELLED else "data"
    digest = ""
    for choice in dict.fromkeys((DataChoice(), DataChoice(*file.keys))):  # a `.npy` file has its labels in another one
        try:
            digest = current_digest(kind, file.path, choice=choice, monitor=monitor)
        except InspectorError:
            continue
        if digest == file.sha256:
            break
    return digest


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False
