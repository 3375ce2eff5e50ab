"""Opens files of which nobody has said what they are: finds out, asks where it is unclear, and opens them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from core.recognition.records import FileRole, Recognition
from core.words import counted, joined, printable
from gui.files import dialogs, jobs
from gui.job_runner import JobRunner, Question, Request
from gui.state.session import Role, Session

if TYPE_CHECKING:
    from core.data.dataset import Dataset
    from core.network.network import Network

NO_MODEL = "Open a model first: images are tested on it."
STOPPED = "Stopped: nothing was opened."
NOTHING = "Nothing was opened; the open files stay."
_ORDER = (Role.MODEL, Role.VALIDATION, Role.TEST, Role.UNLABELLED, Role.POISONED)
_MOST_SENTENCES = 6


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What is opened as what; `sentences` says what is not, and why."""

    by_role: dict[Role, tuple[Path, ...]]
    images: tuple[Path, ...]
    triggers: tuple[Path, ...]
    names: tuple[Path, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Before:
    """What was open before."""

    network: "Network | None"
    sets: "tuple[Dataset, ...]"


class OpeningControl(QObject):
    """Finds out what files and folders are, in the worker, and announces what each is to be opened as."""

    role_chosen = Signal(object, object)  # Role, tuple[Path, ...]
    images_chosen = Signal(object)  # tuple[Path, ...]: single images
    trigger_chosen = Signal(object)  # Path
    names_chosen = Signal(object)  # Path
    summed_up = Signal(str)  # what was not opened, and why, once the others are

    def __init__(self, *, session: Session, runner: JobRunner, window: QWidget, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._runner, self._window = session, runner, window

    def open_any(self, paths: Sequence[Path], *, preferred: Role | None = None) -> None:
        """Open files and folders as what they are.

        Args:
            paths: the files and folders.
            preferred: the role of the slot that they were dropped on; it decides if it suits a single file.
        """
        name = paths[0].name if len(paths) == 1 else f"{len(paths)} files and folders"
        self._runner.submit(
            Request(
                name=f"Looking at {name}",
                make=partial(self._make, tuple(paths), preferred),
                on_succeeded=self._on_recognized,
                on_cancelled=partial(self.summed_up.emit, STOPPED),
            )
        )

    def _make(self, paths: tuple[Path, ...], preferred: Role | None) -> Question:
        session = self._session
        is_known = session.settings.scale is not None or session.scale_finding is not None
        is_open = {
            Role.MODEL: session.network,
            Role.VALIDATION: session.validation,
            Role.TEST: session.test,
            Role.UNLABELLED: session.unlabelled,
        }
        job = jobs.recognize(
            paths,
            network=session.network,
            scale=session.scale if is_known else None,
            clean=session.validation,
            open_roles=frozenset(FileRole(role.value) for role, data in is_open.items() if data is not None),
            preferred=None if preferred is None else FileRole(preferred.value),
        )
        return Question(job, paths)

    def _on_recognized(self, recognition: Recognition, _paths: tuple[Path, ...]) -> None:
        roles = tuple(each.role for each in recognition.proposals)
        if not recognition.is_clear:
            asked = dialogs.ask_roles(self._window, recognition=recognition)
            if asked is None:
                self.summed_up.emit(NOTHING)
                return
            roles = asked
        chosen, before = _sorted_out(recognition, roles), _Before(self._session.network, self._session.sets)
        for role in _ORDER:
            if role in chosen.by_role:
                self.role_chosen.emit(role, chosen.by_role[role])
        # Triggers and images need the network: they follow once it is open.
        self._runner.submit(Request(name="Opening", make=partial(self._finish, chosen, before)))

    def _finish(self, chosen: _Chosen, before: _Before) -> None:
        sentences = [*chosen.sentences, *self._left_sentences(chosen, before)]
        for names in chosen.names:
            self.names_chosen.emit(names)
        if self._session.network is None and (chosen.images or chosen.triggers):
            sentences.insert(0, NO_MODEL)
        else:
            for trigger in chosen.triggers:
                self.trigger_chosen.emit(trigger)
            if chosen.images:
                self.images_chosen.emit(chosen.images)
        if len(sentences) > _MOST_SENTENCES:
            left = len(sentences) - _MOST_SENTENCES + 1
            sentences[_MOST_SENTENCES - 1 :] = [f"{counted(left, 'other file')} could not be opened; see the log."]
        if sentences:
            self.summed_up.emit("\n".join(sentences))

    def _left_sentences(self, chosen: _Chosen, before: _Before) -> list[str]:
        """Say which sets stay open beside a model with sets of its own: they may be those of another project."""
        if self._session.network is before.network or not {Role.MODEL} < chosen.by_role.keys():
            return []
        opened = {path for paths in chosen.by_role.values() for path in paths}
        paths = {each.path for each in before.sets} - opened
        left = [printable(each.name) for each in self._session.sets if each.path in paths]
        return [f"Still open from before: {joined(left)}. Close what belongs to the earlier model."] if left else []


def _sorted_out(recognition: Recognition, roles: Sequence[FileRole]) -> _Chosen:
    """Return the files by what they are opened as; several poisoned sets, and one file of each other role."""
    by_role: dict[Role, tuple[Path, ...]] = {}
    images: list[Path] = []
    triggers: list[Path] = []
    names: list[Path] = []
    for proposal, role in zip(recognition.proposals, roles, strict=True):
        found = proposal.found
        if role is FileRole.TRIGGER:
            triggers.append(found.path)
        elif role is FileRole.NAMES:
            names.append(found.path)
        elif role is FileRole.IMAGE:
            images += found.images or (found.path,)
        elif role is not FileRole.NONE:
            by_role[Role(role.value)] = (*by_role.get(Role(role.value), ()), found.path)
    sentences = [*recognition.refusals, *recognition.remarks]
    hidden = [each.name for each in by_role.get(Role.UNLABELLED, ())]
    if hidden:
        sentences.append(f"{hidden[0]} opens as more clean images, which repairs train on.")
    if not recognition.proposals and not sentences:
        sentences.append("There is nothing to open.")
    return _Chosen(by_role, tuple(images), tuple(triggers), tuple(names), tuple(sentences))
