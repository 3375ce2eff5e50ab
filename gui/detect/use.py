"""Uses a reconstructed trigger: on the classifier's image, as a poisoned set, for a repair, and as a file."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from core.data.image import InputImage
from core.detect.estimated_set import as_trigger, estimated_poisoned_set
from core.detect.records import ReconstructedTrigger
from core.errors import InspectorError
from core.scale import WHITE
from gui.detect import jobs
from gui.detect.control import DetectControl
from gui.detect.panel import DetectPanel
from gui.files.control import discarded_text
from gui.files.saver import Saver
from gui.page import why_running
from gui.state.open_files import Role
from gui.state.session import Session
from gui.widgets.export_kind import ExportKind

NO_TRIGGER = "No trigger of this class was reconstructed."
NO_LABELS = "Open clean validation images with labels first: the trigger is laid over them."
PATCH_FILE = ExportKind("png", "Save trigger…", "Save the trigger", "trigger", ".png", "PNG image with alpha")
CHANGE_FILE = ExportKind("npz", "Save trigger…", "Save the trigger", "trigger", ".npz", "NumPy arrays")


class TriggerUse(QObject):
    """Does what the buttons below the verdict say with the chosen trigger."""

    refused = Signal(str)
    said = Signal(str)
    page_requested = Signal(str)  # its key

    def __init__(
        self, *, session: Session, saver: Saver, control: DetectControl, panel: DetectPanel, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._saver = saver
        self._control = control
        self._panel = panel
        self._actions = {"use": self.use, "set": self.make_set, "repair": self.repair, "save": self.save}
        panel.trigger_bar.requested.connect(self._on_requested)
        control.changed.connect(self.update)
        session.running_changed.connect(self.update)
        session.files_changed.connect(self.update)

    @property
    def trigger(self) -> ReconstructedTrigger | None:
        """The chosen trigger of the shown class; None if there is none."""
        kept = self._control.shown
        found = kept.triggers(self._panel.label) if kept is not None else ()
        return found[min(self._panel.trigger_bar.place, len(found) - 1)][1] if found else None

    @Slot()
    def update(self) -> None:
        """Enable the buttons whose action is possible, and say why the others are not."""
        none = NO_TRIGGER if self.trigger is None else ""
        running = why_running() if self._session.is_running else ""
        files = none or running or self._why_no_set()
        self._panel.trigger_bar.show_reasons({"use": none, "set": files, "repair": files, "save": none})

    def use(self) -> None:
        """Lay the trigger over the classifier's image; without one, over a clean image."""
        trigger, kept = self.trigger, self._control.shown
        if trigger is None or kept is None:
            return
        if self._session.image is None and kept.images is not None:
            images = kept.images.besides(trigger.label, 1)
            if len(images):
                self._session.set_image(_as_image(images[0]), "clean image")
        made = as_trigger(trigger)
        with self._session.step_of(f"Put the {made.name} on the image"):
            self._session.set_trigger(made, is_on=True)

    def make_set(self) -> bool:
        """Open the validation images with the trigger over them as a poisoned set; return whether they are open."""
        trigger, validation = self.trigger, self._session.validation
        if trigger is None or validation is None:
            return False
        try:
            made = estimated_poisoned_set(validation, trigger, scale=self._session.scale)
        except InspectorError as error:
            self.refused.emit(str(error))
            return False
        had_runs, repair_count = bool(self._session.finished), len(self._session.compared)
        with self._session.step_of(f"Open the {made.name} as a poisoned set", is_opening=True):
            self._session.put_set(Role.POISONED, made)
        text = (
            f"{made.image_count:,} validation images with the {as_trigger(trigger).name} are open "
            "as a poisoned set. Its figures are estimates: the real trigger may differ."
        )
        lost = discarded_text(self._session, had_runs=had_runs, repair_count=repair_count)
        self.said.emit(f"{text} {lost}".strip())
        return True

    def repair(self) -> None:
        """Make the poisoned set, suspect its class, and show the Repair page."""
        trigger = self.trigger
        if trigger is not None and self.make_set():
            self._session.set_suspects((trigger.label,))
            self.page_requested.emit("repair")

    def save(self) -> None:
        """Save the trigger: a patch as an image, a change of the whole picture as arrays."""
        trigger, kept = self.trigger, self._control.shown
        if trigger is None or kept is None:
            return
        kind = PATCH_FILE if trigger.change is None else CHANGE_FILE
        of = f"class {trigger.label}" if trigger.label >= 0 else "all to all"
        stem = f"{kept.inputs.network.summary.path.stem}_{of.replace(' ', '_')}"
        path = self._saver.ask_export(kind, of=of, stem=stem)
        if path is not None:
            self._saver.write(path, jobs.save_trigger(path, trigger))

    def _why_no_set(self) -> str:
        return NO_LABELS if self._session.validation is None else ""

    @Slot(str)
    def _on_requested(self, key: str) -> None:
        self._actions[key]()


def _as_image(pixels: NDArray[np.float32]) -> InputImage:
    """Return an image (H, W, C), 0–255, as one that was opened."""
    rgb = np.clip(np.round(pixels), 0, WHITE).astype(np.uint8)
    rgb = np.repeat(rgb[..., :1], 3, axis=2) if rgb.shape[2] < 3 else rgb[..., :3]
    opaque = np.full((*rgb.shape[:2], 1), WHITE, np.uint8)
    return InputImage("clean image", np.ascontiguousarray(np.concatenate([rgb, opaque], axis=2)))
