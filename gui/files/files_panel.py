"""The slots of the open files."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.data.interpretation_text import interpretation_sentence, is_plain, short_interpretation, source_sentence
from core.records import Interpretation, ModelSummary
from core.words import ESTIMATED, STAMPED, counted, joined, printable, trigger_target
from gui.files.slot import FileCard, FileSlot
from gui.state.open_files import PAGE_ROLES, Role
from gui.theme import theme
from gui.theme.formatting import format_text, model_text

if TYPE_CHECKING:
    from core.data.stamped import Estimate

IMAGES = "a folder of images"
NAMED_TARGETS = 3  # more target labels than these are counted, not listed


class SetFacts(Protocol):
    """The attributes of a data set that the panel shows."""

    @property
    def name(self) -> str:
        """The name of the file."""
        ...

    @property
    def path(self) -> Path:
        """The path of the file."""
        ...

    @property
    def image_count(self) -> int:
        """Number of images."""
        ...

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(H, W, C)."""
        ...

    @property
    def labels(self) -> NDArray[np.int64]:
        """True labels, (N,)."""
        ...

    @property
    def target_labels(self) -> tuple[int, ...]:
        """The distinct labels, ascending."""
        ...

    @property
    def keys(self) -> tuple[str, str]:
        """The keys of images and labels in the file; empty for single images."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What must be known of how the images were found."""
        ...

    @property
    def estimate(self) -> "Estimate | None":
        """How a poisoned set was made of clean images; None for a file."""
        ...


class FilesPanel(QWidget):
    """Slots for the model and the data; opens no file itself."""

    open_requested = Signal(object)  # Role
    files_dropped = Signal(object, object)  # Role, tuple[Path, ...]
    clear_requested = Signal(object, int)  # Role, position
    checks_requested = Signal(object, int)  # Role, position; -1: the refused file
    folder_requested = Signal(object)  # Role
    offer_taken = Signal(object)  # Role
    target_requested = Signal(int)  # position of the poisoned set
    error_shown = Signal(QWidget)  # the slot that shows the error

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.slots = {
            Role.MODEL: FileSlot(
                "Model",
                "The network to inspect: .h5, .keras, .onnx, .tflite, or the folder of a SavedModel",
                icon_name="model",
                folder="the folder of a SavedModel",
                folder_icon="model_folder",
            ),
            Role.VALIDATION: FileSlot(
                "Clean validation",
                "Images with labels: a file, or a folder by class; channels are measured on them",
                icon_name="data",
                folder=IMAGES,
            ),
            Role.TEST: FileSlot(
                "Clean test", "Images with labels; measure clean accuracy", icon_name="data", folder=IMAGES
            ),
            Role.POISONED: FileSlot(
                "Poisoned",
                "Images with the trigger; measure the ASR",
                icon_name="poisoned",
                is_multiple=True,
                folder=IMAGES,
                has_targets=True,
            ),
            Role.UNLABELLED: FileSlot(
                "More clean images", "Optional; labels are not needed", icon_name="data", folder=IMAGES
            ),
        }
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID - 2)
        for role, slot in self.slots.items():
            column.addWidget(slot)
            _Relay(self, role, slot)
        self.show_roles(())

    def show_roles(self, roles: Collection[Role]) -> None:
        """Show the slots of these page roles, and hide those of the other page roles."""
        for role in PAGE_ROLES:
            self.slots[role].setVisible(role in roles)

    def show_model(self, model: ModelSummary | None) -> None:
        """Show the open model."""
        cards = []
        if model is not None:
            layers = joined([f"{layer.name} ({layer.channel_count})" for layer in model.layers]) or "no convolution"
            size = " × ".join(str(side) for side in model.input_shape)
            detail = f"{size} in, {counted(model.class_count, 'class', 'classes')}"
            lines = (
                str(model.path),
                format_text(model.source_format),
                model_text(model),
                f"convolutions: {layers}",
                f"SHA-256 {model.sha256}",
                *model.notes,
            )
            cards.append(FileCard(model.path.name, (detail,), "\n".join(lines)))
        self.slots[Role.MODEL].show_files(cards)

    def show_sets(
        self, role: Role, sets: Sequence[SetFacts], interpretations: Sequence[Interpretation | None] = ()
    ) -> None:
        """Show the open sets of a role, and how poisoned ones are understood, where that is known."""
        known = tuple(interpretations) or (None,) * len(sets)
        self.slots[role].show_files([_card(data, role, each) for data, each in zip(sets, known, strict=True)])

    def show_error(self, role: Role, sentence: str, *, has_checks: bool = False) -> None:
        """Show why a file was refused in a role, and whether its checks can be shown; open files stay open."""
        if role in self.slots:
            self.slots[role].show_error(sentence, has_checks=has_checks)
            if sentence:
                self.error_shown.emit(self.slots[role])

    def show_offer(self, role: Role, sentence: str, action: str) -> None:
        """Offer in a role's slot to change how its files are read; an empty sentence hides the offer."""
        self.slots[role].show_offer(sentence, action)

    def light(self, roles: Collection[Role]) -> None:
        """Show the slots that what is dragged over the window may belong to."""
        for role, slot in self.slots.items():
            slot.set_lit(role in roles and slot.isEnabled())

    def clear_errors(self) -> None:
        """Clear the errors of refused files."""
        for slot in self.slots.values():
            slot.show_error("")

    def set_running(self, is_running: bool) -> None:
        """Disable the slots while a run is in progress."""
        for slot in self.slots.values():
            slot.setEnabled(not is_running)


class _Relay(QWidget):
    """Adds the role to the signals of a slot."""

    def __init__(self, panel: FilesPanel, role: Role, slot: FileSlot) -> None:
        super().__init__(slot)
        self.hide()
        self._panel = panel
        self._role = role
        slot.open_requested.connect(self._on_open_requested)
        slot.files_dropped.connect(self._on_files_dropped)
        slot.clear_requested.connect(self._on_clear_requested)
        slot.checks_requested.connect(self._on_checks_requested)
        slot.folder_requested.connect(self._on_folder_requested)
        slot.offer_taken.connect(self._on_offer_taken)
        slot.target_requested.connect(panel.target_requested)

    @Slot()
    def _on_open_requested(self) -> None:
        self._panel.open_requested.emit(self._role)

    @Slot()
    def _on_folder_requested(self) -> None:
        self._panel.folder_requested.emit(self._role)

    @Slot()
    def _on_offer_taken(self) -> None:
        self._panel.offer_taken.emit(self._role)

    @Slot(object)
    def _on_files_dropped(self, paths: tuple[Path, ...]) -> None:
        self._panel.files_dropped.emit(self._role, paths)

    @Slot(int)
    def _on_clear_requested(self, index: int) -> None:
        self._panel.clear_requested.emit(self._role, index)

    @Slot(int)
    def _on_checks_requested(self, index: int) -> None:
        self._panel.checks_requested.emit(self._role, index)


def _card(data: SetFacts, role: Role, interpretation: Interpretation | None) -> FileCard:
    """Return the card of a set: its size, and its target labels or its number of distinct labels, if used."""
    size = " × ".join(str(side) for side in data.image_shape)
    count = counted(data.image_count, "image")
    facts = [count, size]
    tips = [str(data.path), f"{count} of {size} pixels"]
    if data.estimate is not None:
        made, of_class = data.estimate, trigger_target(data.estimate.label)
        how = f"{ESTIMATED}{of_class}" if made.is_reconstructed else f"{STAMPED}: a trigger{of_class}"
        tips[0] = _capitalized(f"{how}, on {made.base.path}")
    if interpretation is not None:
        tips.append(_capitalized(interpretation_sentence(interpretation)))
        tips += [each for each in [source_sentence(interpretation)] if each]
        if not is_plain(interpretation) and data.estimate is None:
            details = (", ".join(facts), short_interpretation(interpretation))
            return FileCard(data.name, details, "\n".join(tips))
    if data.estimate is not None:
        facts.append("all-to-all" if data.estimate.label is None else f"target {data.estimate.label}")
        is_known = not data.estimate.is_reconstructed
        details = (f"{STAMPED if is_known else 'estimated'}, on {data.estimate.base.name}", ", ".join(facts))
        name = data.estimate.trigger.name if is_known else f"reconstructed trigger{trigger_target(data.estimate.label)}"
        return FileCard(name, details, "\n".join(tips))
    if role is Role.POISONED:
        targets = data.target_labels
        if len(targets) <= NAMED_TARGETS:
            facts.append(f"target {joined([str(label) for label in targets])}")
        else:
            facts.append(f"{len(targets)} target labels, {targets[0]} to {targets[-1]}")
    elif role is not Role.UNLABELLED:
        facts.append(f"{counted(len(np.unique(data.labels)), 'label')}")
    tips[1] += "".join(f", {each}" for each in facts[2:])
    tips += data.notes
    lines = [", ".join(facts)]
    if data.notes and any(data.keys):
        lines.append(joined([printable(key) for key in data.keys if key]))
    return FileCard(data.name, tuple(lines), "\n".join(tips))


def _capitalized(sentence: str) -> str:
    """Return a sentence with a capital first letter; names such as B stay as they are."""
    return sentence[:1].upper() + sentence[1:]
