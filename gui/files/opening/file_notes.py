"""What the window says about open files, for as long as they are open."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, SignalInstance, Slot

from gui.files import jobs
from gui.job_runner import NO_INPUTS, JobRunner, Question, Request
from gui.state.session import Session

if TYPE_CHECKING:
    from core.network.network import Network


class FileNotes(QObject):
    """Says sentences about a network or a set, and takes them back when it is no longer open.

    Args:
        session: the open files.
        parent: the object's parent.
        said: emitted with each sentence.
    """

    outdated = Signal(str)  # a sentence about a file that is no longer open

    def __init__(self, session: Session, parent: QObject, *, said: SignalInstance) -> None:
        super().__init__(parent)
        self._session, self._said = session, said
        self._of_network: list[tuple[Network, str]] = []
        self._of_sets: list[tuple[Path, str]] = []
        session.files_changed.connect(self._update)

    def say_of_network(self, network: "Network", text: str) -> None:
        """Say something about an open network; nothing if the text is empty."""
        if text:
            self._of_network.append((network, text))
            self._said.emit(text)

    def say_of_set(self, path: Path, text: str) -> None:
        """Say something about an open set."""
        self._of_sets.append((path, text))
        self._said.emit(text)

    def try_to_save(self, network: "Network", runner: JobRunner) -> None:
        """Find out before a long job whether the networks made of one can be saved, and say so if they cannot."""

        def show(reason: str) -> None:
            if self._session.network is network:
                self.say_of_network(network, reason)

        def make() -> Question | None:
            is_open = self._session.network is network
            return Question(jobs.try_to_save(network), NO_INPUTS, files=(network,)) if is_open else None

        runner.submit(Request(name="Trying whether networks can be saved", make=make, on_succeeded=show, key="savable"))

    @Slot()
    def _update(self) -> None:
        paths, network = self._session.input_paths, self._session.network
        gone = [text for each, text in self._of_network if each is not network]
        gone += [text for path, text in self._of_sets if path not in paths]
        self._of_network = [each for each in self._of_network if each[0] is network]
        self._of_sets = [each for each in self._of_sets if each[0] in paths]
        for text in gone:
            self.outdated.emit(text)
