"""Stamps the studio's trigger on the validation images: a poisoned set, its attack success rate, and the files."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from core.data.stamped import stamped_set
from core.errors import InspectorError
from core.words import percent
from gui.classifier.asked import asked_networks
from gui.files.control import discarded_text
from gui.job_runner import JobRunner, Question, Request
from gui.page import why_running
from gui.state.open_files import Role
from gui.state.session import Session
from gui.studio import jobs
from gui.studio.window import StudioWindow
from gui.widgets.export_kind import Exporter, ExportKind

if TYPE_CHECKING:
    from core.data.dataset import Dataset
    from core.data.trigger import Trigger
    from core.detect.stamped_attack import StampedAttack

NO_TRIGGER = "There is no trigger yet: draw one, or open an image."
NO_LABELS = "Open clean validation images with labels first: the trigger is laid over them."
OPAQUE = "Nothing of an image is left with this trigger: make it smaller or less opaque."
SET_FILE = ExportKind("set", "Save set…", "Save the images with the trigger", "poisoned", ".h5", "HDF5 data")
PATTERN_FILE = ExportKind("png", "Save trigger…", "Save the trigger", "trigger", ".png", "PNG image with alpha")
ARRAYS_FILE = ExportKind("npz", "Save trigger…", "Save the trigger", "trigger", ".npz", "NumPy arrays")


class Stamping(QObject):
    """Does what the buttons of the studio say with the trigger."""

    refused = Signal(str)
    said = Signal(str)

    def __init__(self, *, session: Session, runner: JobRunner, saver: Exporter, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._runner = runner
        self._saver = saver
        self._window: StudioWindow | None = None
        self._trigger: Trigger | None = None
        self._is_pattern = True

    def attach(self, window: StudioWindow) -> None:
        """Follow the buttons of a window."""
        self._window = window
        window.stamp_requested.connect(self.stamp)
        window.set_save_requested.connect(self.save_set)
        window.trigger_save_requested.connect(self.save_trigger)

    def set_trigger(self, trigger: "Trigger | None", *, is_pattern: bool) -> None:
        """Set the trigger, and whether a PNG file can hold it."""
        self._trigger, self._is_pattern = trigger, is_pattern
        if self._window is not None:
            self._window.show_result("")
        self.show_reasons()

    def show_reasons(self) -> None:
        """Enable the buttons whose action is possible, and say why the others are not."""
        if self._window is not None:
            none = NO_TRIGGER if self._trigger is None else OPAQUE if self._trigger.is_opaque else ""
            running = why_running() if self._session.is_running else ""
            labels = NO_LABELS if self._session.validation is None else ""
            self._window.show_reasons(trigger=none, stamp=none or labels or running)

    @property
    def label(self) -> int:
        """The target class."""
        assert self._window is not None
        return self._window.target_field.value()

    @Slot()
    def stamp(self) -> None:
        """Open the validation images with the trigger as a poisoned set, and measure its attack success rate."""
        made, label = self._make_set(), self.label
        if made is None or self._session.is_running:
            return
        asked = asked_networks(self._session)  # before the set is open: its curve is not computed yet
        had_runs, repair_count = bool(self._session.finished), len(self._session.compared)
        with self._session.step_of("Open the stamped images as a poisoned set", is_opening=True):
            self._session.put_set(Role.POISONED, made)
        text = f"{made.image_count:,} validation images with the trigger are open as a poisoned set."
        lost = discarded_text(self._session, had_runs=had_runs, repair_count=repair_count)
        self.said.emit(f"{text} {lost}".strip())
        assert self._window is not None
        self._window.show_result("Measuring the attack …")

        def make() -> Question | None:
            files = (self._session.network, made)
            return None if asked is None else Question(jobs.measure(asked, made, label), (label, asked.text), files)

        self._runner.submit(
            Request(
                name="Measuring the attack",
                make=make,
                on_succeeded=self._on_measured,
                on_failed=self._on_failed,
                on_cancelled=self._on_cancelled,
                key="studio attack",
            )
        )

    @Slot()
    def save_set(self) -> None:
        """Save the validation images with the trigger and their true labels."""
        made, validation = self._make_set(), self._session.validation
        if made is None or validation is None:
            return
        stem = f"{Path(validation.name).stem}_{self.label}"
        path = self._saver.ask_export(SET_FILE, of=f"target class {self.label}", stem=stem)
        if path is not None:
            self._saver.write(path, jobs.save_set(path, made), remark=" Its labels are the true ones.")

    @Slot()
    def save_trigger(self) -> None:
        """Save the trigger, as an image if that holds it exactly."""
        if self._trigger is not None:
            kind = PATTERN_FILE if self._is_pattern else ARRAYS_FILE
            path = self._saver.ask_export(kind, of=self._trigger.name, stem=Path(self._trigger.name).stem)
            if path is not None:
                self._saver.write(path, jobs.save_trigger(path, self._trigger))

    def _make_set(self) -> "Dataset | None":
        trigger, validation = self._trigger, self._session.validation
        if trigger is None or validation is None:
            return None
        try:
            return stamped_set(validation, trigger, self.label, scale=self._session.scale, is_reconstructed=False)
        except InspectorError as error:
            self.refused.emit(str(error))
            return None

    def _on_measured(self, attack: "StampedAttack", subject: tuple[int, str]) -> None:
        if self._window is not None:
            label, network_text = subject
            self._window.show_result(
                f"ASR to class {label}: {percent(attack.base)} of B ({attack.base}), {percent(attack.pruned)} of B′ "
                f"({attack.pruned}; {network_text}). The figures are those of this trigger: the attacker's may differ."
            )

    def _on_failed(self, error: Exception) -> None:
        if self._window is not None:
            text = str(error) if isinstance(error, InspectorError) else "The attack could not be measured."
            self._window.show_result(text, is_warning=True)

    def _on_cancelled(self) -> None:
        if self._window is not None:
            self._window.show_result("Stopped: the attack was not measured. The set is open.", is_warning=True)
