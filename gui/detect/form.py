"""The form of a detection: detectors, classes and seed, the estimated time, and the buttons that start and stop it."""

from collections.abc import Mapping

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QGridLayout, QVBoxLayout, QWidget

from core.detect.detector import Detector, lacks_triggers
from core.detect.detectors.registry import DETECTORS
from core.detect.records import Needs
from core.words import duration_text
from gui.job_page.class_choice import ClassChoice
from gui.job_page.form import JobForm
from gui.state.detections import DetectionInputs, DetectionSettings
from gui.theme import theme
from gui.widgets.labels import ScaledLabel
from gui.widgets.number_field import NumberField

NO_NETWORK = "Open a model first."
REPAIRED = "This model is already a repaired network G: open the network B that it was made from."
NO_DETECTOR = "Tick at least one detector."
MEASURING = "Measuring how long this takes …"
LARGEST_SEED = 2**31 - 1


class DetectorBox(QWidget):
    """A check box for one detector, and below it what it needs and how long it takes, or why it cannot run."""

    toggled = Signal()

    def __init__(self, detector: Detector, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.detector = detector
        self._reason = ""
        self._is_told = True
        self._seconds: float | None = None
        self._is_running = False
        self.box = QCheckBox(detector.title)
        self.box.setChecked(True)
        self.box.setAccessibleDescription(detector.help)
        self.note = ScaledLabel(factor=theme.SMALL, role="muted")
        self.note.setWordWrap(True)
        self.note.setContentsMargins(20, 0, 0, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.box)
        column.addWidget(self.note)
        self.setToolTip(f"{detector.help}\nNeeds {detector.needed}.\nSource: {detector.source}")
        self.box.toggled.connect(self._on_toggled)
        self._update()

    @property
    def is_chosen(self) -> bool:
        """Whether the detector is ticked and can run."""
        return self.box.isChecked() and not self._reason

    def show_reason(self, reason: str, *, is_told: bool = True) -> None:
        """Disable the detector and show why; an empty text enables it.

        Args:
            reason: why it cannot run.
            is_told: whether the reason is shown; otherwise it is shown once for all detectors.
        """
        self._reason, self._is_told = reason, is_told
        self._update()

    def show_seconds(self, seconds: float | None) -> None:
        """Show how long the detector takes; None while that is not known."""
        self._seconds = seconds
        self._update()

    def set_running(self, *, is_running: bool) -> None:
        """Disable the box while a job runs."""
        self._is_running = is_running
        self._update()

    def _update(self) -> None:
        self.box.setEnabled(not self._is_running and not self._reason)
        if self._reason and self._is_told:
            self.note.setText(self._reason.removeprefix(f"{self.detector.title} "))
        else:
            needs = "" if self.detector.needs is Needs.NOTHING else f"uses {self.detector.needs}"
            needs = "uses the triggers found" if self.detector.needs_triggers else needs
            is_timed = self._seconds is not None and not self._reason
            time = f"about {duration_text(max(self._seconds or 0, 1))}" if is_timed else ""
            self.note.setText(" · ".join(each for each in (time, needs) if each) or "uses no images")

    @Slot()
    def _on_toggled(self) -> None:
        self.toggled.emit()


class DetectForm(JobForm):
    """Holds the chosen settings.

    Attributes:
        boxes: the detectors, in the order in which they run.
    """

    settings_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            start_text="Detect",
            start_tip="Look for a backdoor with the ticked detectors",
            start_key="detect.detect",
            start_icon="checks",
            stop_text="Stop",
            stop_tip="Stop the running job; what was found so far is kept",
            parent=parent,
        )
        self._inputs: DetectionInputs | None = None
        self._seconds: Mapping[str, float] = {}
        self.boxes = tuple(DetectorBox(each) for each in DETECTORS)
        self.class_choice = ClassChoice()
        self.class_choice.setAccessibleName("Classes")
        self.seed_field = NumberField(0, LARGEST_SEED)
        self.seed_field.setAccessibleName("Seed")
        self.seed_field.setToolTip("The same seed gives the same result on the same machine")
        self._lay_out()
        for box in self.boxes:
            box.toggled.connect(self._on_changed)
        self.class_choice.classes_changed.connect(self._on_changed)
        self.seed_field.valueChanged.connect(self._on_changed)
        self._update()

    @property
    def settings(self) -> DetectionSettings:
        """The chosen settings: the ticked detectors whose needs are met."""
        return DetectionSettings(
            tuple(each.detector for each in self.boxes if each.is_chosen),
            self.class_choice.classes,
            self.seed_field.number,
        )

    @property
    def reason(self) -> str:
        """Why a detection cannot start; empty when it can."""
        inputs = self._inputs
        if inputs is None:
            return NO_NETWORK
        if inputs.network.summary.is_repaired:
            return REPAIRED
        missing = [inputs.missing(each.detector) for each in self.boxes]
        if all(missing):
            return self._nothing_suits()
        return self.class_choice.reason or ("" if self.settings.detectors else NO_DETECTOR)

    def show_inputs(self, inputs: DetectionInputs | None) -> None:
        """Show which detectors can run on the open files."""
        self._inputs = inputs
        self._show_reasons()
        self.class_choice.set_class_count(0 if inputs is None else inputs.network.summary.class_count)
        self._update()

    def show_seconds(self, seconds: Mapping[str, float]) -> None:
        """Show how long each detector takes, by its name; empty while that is not known."""
        self._seconds = seconds
        for box in self.boxes:
            box.show_seconds(seconds.get(box.detector.name))
        self._update()

    def _show_reasons(self) -> None:
        inputs = self._inputs
        missing = ["" if inputs is None else inputs.missing(box.detector) for box in self.boxes]
        for box, reason in zip(self.boxes, missing, strict=True):
            box.show_reason(reason, is_told=not all(missing))
        chosen = [box.detector for box in self.boxes if box.is_chosen]
        for box, reason in zip(self.boxes, missing, strict=True):
            if not reason:
                box.show_reason(lacks_triggers(box.detector, chosen))

    def _nothing_suits(self) -> str:
        assert self._inputs is not None
        least = min(each.detector.least_classes for each in self.boxes)
        count = self._inputs.network.summary.class_count
        return (
            f"Detectors compare the classes of a network with each other. They need at least {least}, this network has "
            f"{count}."
        )

    @Slot()
    def _update(self) -> None:
        super()._update()
        for box in self.boxes:
            box.set_running(is_running=self._is_running)
        for field in (self.class_choice, self.seed_field):
            field.setEnabled(not self._is_running)
        reason = self.reason
        self.note.set_role("error" if reason and reason != NO_NETWORK else "muted")
        self.note.setText(reason if reason else self._time_text())
        self.note.setVisible(bool(self.note.text()) and reason != NO_NETWORK)
        self.reason_changed.emit()

    def _time_text(self) -> str:
        if not self._seconds:
            return MEASURING
        total = sum(self._seconds.get(each.name, 0.0) for each in self.settings.detectors)
        return f"About {duration_text(max(total, 1))} on this machine."

    @Slot()
    def _on_changed(self) -> None:
        self._show_reasons()
        self._update()
        self.settings_changed.emit()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID // 2)
        column.addWidget(ScaledLabel("Detectors", role="muted"))
        for box in self.boxes:
            column.addWidget(box)
        grid = QGridLayout()
        grid.setContentsMargins(0, theme.GRID // 2, 0, 0)
        grid.setHorizontalSpacing(theme.GRID)
        grid.setColumnStretch(1, 3)
        grid.setColumnStretch(3, 2)
        for place, (text, field) in enumerate((("Classes", self.class_choice), ("Seed", self.seed_field))):
            label = ScaledLabel(text, role="muted")
            label.setBuddy(field)
            grid.addWidget(label, 0, 2 * place)
            grid.addWidget(field, 0, 2 * place + 1)
        column.addLayout(grid)
