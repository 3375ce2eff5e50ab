"""How data are read where that can be chosen: which arrays of a file, and in which order the labels."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from core.errors import DatasetError, InspectorError, KeyChoiceError, LabelOrderError, ModelFileError
from core.findings.label_order import LabelMap, LabelOrder
from core.intake.data.choice import DataChoice, Part
from core.words import percent
from gui.files import dialogs
from gui.files.files_panel import FilesPanel
from gui.state.preferences import Preferences
from gui.state.session import Role, Session

if TYPE_CHECKING:
    from core.data.dataset import Dataset
    from core.intake.answers import PairAnswer

USE, UNDO = "Use this order", "As in the file"
DESCRIBE = "Open its description …"
_FOLLOWING = (Role.TEST, Role.POISONED)
"""The sets whose labels are read in the order of the validation set unless a person says otherwise."""

_PARTS: dict[Role, Part] = {Role.VALIDATION: "validation", Role.TEST: "test", Role.POISONED: "test"}


class DataChoices(QObject):
    """Asks for keys and descriptions, and offers the order of labels that the network's answers tell."""

    reopen_requested = Signal(object, object)  # Role, Path
    labels_changed = Signal()

    def __init__(self, *, session: Session, panel: FilesPanel, preferences: Preferences, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._panel, self._preferences = session, panel, preferences
        self._refused: dict[Role, tuple[Path, LabelMap]] = {}  # what would open in another order of labels
        self._unfit: dict[Role, Path] = {}  # what has labels that are not in the order in use
        self._weights: Path | None = None  # weights that were refused because nothing describes their network
        self._architectures: dict[Path, Path] = {}  # the descriptions that were chosen for weights
        self._large: set[Path] = set()  # files that may take much of the memory
        panel.offer_taken.connect(self._on_offer_taken)
        session.scale_changed.connect(self.show_offer)
        session.files_changed.connect(self.show_offer)

    def choice(self, role: Role, path: Path) -> DataChoice:
        """Return what is chosen for a file."""
        data_key, label_key = self._preferences.keys_of(role, path) or ("", "")
        return DataChoice(data_key=data_key, label_key=label_key, part=_PARTS.get(role, ""))

    def architecture(self, path: Path) -> Path | None:
        """Return the file that was chosen as the description of the network of weights."""
        return self._architectures.get(path)

    def is_large_allowed(self, path: Path) -> bool:
        """Return whether a person wants a file opened that takes much of the memory."""
        return path in self._large

    def forget_open(self, role: Role, paths: Sequence[Path]) -> None:
        """Ask again about files that are open in a role and are opened there once more."""
        session = self._session
        single = {Role.VALIDATION: session.validation, Role.TEST: session.test, Role.UNLABELLED: session.unlabelled}
        sets = session.poisoned if role is Role.POISONED else (single.get(role),)
        is_open = {data.path for data in sets if data is not None}
        for path in paths:
            if path in is_open:
                self._preferences.remember_keys(role, path, None)

    def is_chosen(self, role: Role, path: Path, data: "Dataset") -> bool:
        """Whether an opened set is the one that is meant; else another one is opened, or nothing.

        A person is asked once for a file that has several.
        """
        if len(data.pairs) < 2 or self._preferences.keys_of(role, path) is not None:
            return True
        keys = self._ask(role, path, data.pairs, data.keys)
        if keys is None:
            return False
        if keys == data.keys:
            return True
        self.reopen_requested.emit(role, path)
        return False

    def is_settled(self, role: Role, path: Path, error: Exception) -> bool:
        """Whether a refusal was answered by a choice, so that nothing has to be shown of it."""
        if isinstance(error, KeyChoiceError):
            if self._ask(role, path, error.pairs, None) is not None:
                self.reopen_requested.emit(role, path)
            return True
        if isinstance(error, InspectorError) and error.code == "needs-room":
            if dialogs.ask_large(self._panel.window(), sentence=str(error)):
                self._large.add(path)
                self.reopen_requested.emit(role, path)
            return True
        if isinstance(error, LabelOrderError):
            self._refused[role] = (path, error.order.label_map)
            self._panel.show_offer(role, _found_text(error.order), USE)
        elif role in _FOLLOWING and self._session.order_of(role) is not None and _is_of_labels(error):
            self._unfit[role] = path
            self._panel.show_offer(role, "Its labels may be in the order of the network's classes.", UNDO)
        if role is Role.MODEL and isinstance(error, ModelFileError) and error.code == "missing-architecture":
            self._weights = path
            self._panel.show_offer(
                role, "Its network may be described in a file of its own (model.to_json()).", DESCRIBE
            )
        return False

    @Slot()
    def show_offer(self) -> None:
        """Offer the order of labels that was found, or to undo the one in use."""
        session = self._session
        open_sets = {Role.TEST: session.test is not None, Role.POISONED: bool(session.poisoned)}
        for role in _FOLLOWING:
            if role not in self._refused and role not in self._unfit:
                self._panel.show_offer(role, *(_following(session, role) if open_sets[role] else ("", "")))
        if Role.VALIDATION not in self._refused:
            self._panel.show_offer(Role.VALIDATION, "", "")
        order = None if session.scale_finding is None else session.scale_finding.label_order
        if session.validation is None or Role.VALIDATION in self._refused:
            return
        if session.label_map is not None:
            sentence = f"The labels are read in another order: {session.label_map.words}."
            self._panel.show_offer(Role.VALIDATION, sentence, UNDO)
        elif order is not None:
            self._panel.show_offer(Role.VALIDATION, _found_text(order), USE)

    @Slot(object)
    def _on_offer_taken(self, role: Role) -> None:
        session = self._session
        if role is Role.MODEL:
            self._ask_architecture()
            return
        path, label_map = self._refused.pop(role, (None, None))
        finding = session.scale_finding
        if path is None and role in _FOLLOWING:
            path = self._unfit.pop(role, None)
            label_map = session.label_map if path is None and session.order_of(role) is None else None
        elif path is None and session.label_map is None and finding is not None and finding.label_order is not None:
            label_map = finding.label_order.label_map
        try:
            with session.step_of("Read the labels in another order"):
                session.set_order(role, label_map)
        except DatasetError as error:
            self._panel.show_error(role, str(error))
            return
        self._panel.show_error(role, "")
        self.show_offer()
        if path is None:
            self.labels_changed.emit()
        else:
            self.reopen_requested.emit(role, path)

    def _ask_architecture(self) -> None:
        """Ask for the description of the network of the refused weights, and open them with it."""
        path = self._weights
        if path is None:
            return
        found = dialogs.ask_architecture(self._panel.window(), name=path.name, folder=str(path.parent))
        if found is not None:
            self._architectures[path] = found
            self.reopen_requested.emit(Role.MODEL, path)

    def forget_refused(self, role: Role) -> None:
        """Take back the offer that belongs to a refused file."""
        if role is Role.MODEL:
            self._weights = None
            self._panel.show_offer(role, "", "")
        if self._refused.pop(role, None) is not None or self._unfit.pop(role, None) is not None:
            self._panel.show_offer(role, "", "")
            self.show_offer()

    def _ask(
        self, role: Role, path: Path, pairs: "Sequence[PairAnswer]", chosen: tuple[str, str] | None
    ) -> tuple[str, str] | None:
        keys = dialogs.ask_keys(self._panel.window(), name=path.name, pairs=pairs, chosen=chosen)
        if keys is not None:
            self._preferences.remember_keys(role, path, keys)
        return keys


def _is_of_labels(error: Exception) -> bool:
    return isinstance(error, DatasetError) and error.code == "wrong-labels"


def _following(session: Session, role: Role) -> tuple[str, str]:
    """Return how the labels of a test or poisoned set are read if any are in another order, and what can be done."""
    order = session.order_of(role)
    if order is not None:
        return f"The labels are read in another order: {order.words}.", UNDO
    if session.label_map is not None:
        return "The labels are those of the file, not in the order of the validation set.", USE
    return "", ""


def _found_text(order: LabelOrder) -> str:
    return (
        f"The labels seem to be in another order: {order.mapped} images ({percent(order.mapped)}) are right if "
        f"{order.label_map.words}."
    )
