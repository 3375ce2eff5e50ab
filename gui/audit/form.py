"""The form of an audit: which models, what is done with each, where the results go, and the buttons."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLineEdit, QToolButton, QVBoxLayout, QWidget

from core.audit.records import AuditCheck
from gui.job_page.form import JobForm
from gui.theme import theme
from gui.widgets.labels import ScaledLabel
from gui.widgets.number_field import NumberField

MOST_WORKERS = 512
NO_MODELS = "Choose the folder of the models."
NO_OUT = "Choose a folder for the results."
NO_CHECK = "Tick at least one check."
NO_SETS = "No clean validation data is open: figures, pruning and repair need it."
_CHECKS = {
    AuditCheck.PRUNE: ("Prune", "The pruning curve of each model, with its verdict"),
    AuditCheck.DETECT: ("Detect", "Look for a backdoor in each model, without poisoned images"),
    AuditCheck.REPAIR: ("Repair", "Repair each model and count it before and after; this takes the longest"),
}


@dataclass(frozen=True, slots=True)
class AuditChoice:
    """What was chosen.

    Attributes:
        models: a folder, a manifest or a pattern.
        out: the folder of the audit.
        checks: what is done with each model.
        worker_count: number of processes; 0 for as many as fit this machine.
    """

    models: str
    out: str
    checks: tuple[AuditCheck, ...]
    worker_count: int


class AuditForm(JobForm):
    """Holds the settings of an audit.

    Attributes:
        models_field, out_field: folders.
        boxes: the checks.
        workers_field: the number of processes.
        sets_note: which sets the models are measured on.
    """

    models_requested = Signal()
    out_requested = Signal()
    settings_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            start_text="Audit",
            start_tip="Examine all models of the folder, in processes of their own",
            start_key="audit.start",
            start_icon="run",
            stop_text="Stop",
            stop_tip="Stop the audit: the models under way are finished; a second time ends them too",
            parent=parent,
        )
        self._unavailable = ""
        self.models_field = _field("Folder of the models", "A folder, or a manifest (.csv, .json)")
        self.out_field = _field("Folder of the results", "A new folder, or that of an audit to go on with")
        self.models_button = _chooser("Choose the folder of the models", self.models_requested.emit)
        self.out_button = _chooser("Choose the folder of the results", self.out_requested.emit)
        self.boxes = {check: QCheckBox(title) for check, (title, _) in _CHECKS.items()}
        for check, box in self.boxes.items():
            box.setChecked(check is not AuditCheck.REPAIR)
            box.setToolTip(_CHECKS[check][1])
            box.toggled.connect(self._on_changed)
        self.workers_field = NumberField(0, MOST_WORKERS, room="as many as fit")
        self.workers_field.setSpecialValueText("as many as fit")
        self.workers_field.setAccessibleName("Processes")
        self.workers_field.setToolTip("Processes at once; as many as fit is one for each core that has 3 GiB of memory")
        self.sets_note = _note()
        for field in (self.models_field, self.out_field):
            field.textChanged.connect(self._on_changed)
        self.workers_field.valueChanged.connect(self._on_changed)
        self._lay_out()
        self._update()

    @property
    def choice(self) -> AuditChoice:
        """What is chosen."""
        return AuditChoice(
            self.models_field.text().strip(),
            self.out_field.text().strip(),
            tuple(check for check, box in self.boxes.items() if box.isChecked()),
            self.workers_field.number,
        )

    @property
    def reason(self) -> str:
        """Why no audit can start; empty when one can."""
        choice = self.choice
        if self._unavailable:
            return self._unavailable
        if not choice.models:
            return NO_MODELS
        if not choice.out:
            return NO_OUT
        return "" if choice.checks else NO_CHECK

    def set_unavailable(self, reason: str) -> None:
        """Set why no audit can start on this machine; an empty text if one can."""
        self._unavailable = reason
        self._update()

    def choose_models(self, folder: Path) -> None:
        """Choose the folder of the models, and one for the results beside it where none was chosen."""
        self.models_field.setText(str(folder))
        if not self.out_field.text().strip():
            self.out_field.setText(str(folder.parent / f"{folder.stem}-audit"))

    def show_sets(self, text: str) -> None:
        """Say which sets the models are measured on."""
        self.sets_note.setText(text)

    @Slot()
    def _update(self) -> None:
        super()._update()
        fields: tuple[QWidget, ...] = (self.models_field, self.models_button, self.out_field, self.out_button)
        for field in (*fields, *self.boxes.values(), self.workers_field):
            field.setEnabled(not self._is_running)
        reason = "" if self._is_running else self.reason
        is_told = reason not in ("", NO_MODELS, NO_OUT)
        self.note.set_role("warning" if reason == self._unavailable else "error")
        self.note.setText(reason if is_told else "")
        self.note.setVisible(is_told)
        self.reason_changed.emit()

    @Slot()
    def _on_changed(self) -> None:
        self._update()
        self.settings_changed.emit()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID // 2)
        for text, field, button in (
            ("Models", self.models_field, self.models_button),
            ("Results", self.out_field, self.out_button),
        ):
            label = ScaledLabel(text, role="muted")
            label.setBuddy(field)
            column.addWidget(label)
            row = QHBoxLayout()
            row.setSpacing(theme.GRID // 2)
            row.addWidget(field, 1)
            row.addWidget(button)
            column.addLayout(row)
        column.addWidget(ScaledLabel("Checks", role="muted"))
        checks = QHBoxLayout()
        checks.setSpacing(theme.GRID)
        for box in self.boxes.values():
            checks.addWidget(box)
        checks.addStretch(1)
        column.addLayout(checks)
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.GRID)
        grid.setColumnStretch(1, 1)
        label = ScaledLabel("Processes", role="muted")
        label.setBuddy(self.workers_field)
        grid.addWidget(label, 0, 0)
        grid.addWidget(self.workers_field, 0, 1)
        column.addLayout(grid)
        column.addWidget(self.sets_note)


def _field(name: str, hint: str) -> QLineEdit:
    field = QLineEdit()
    field.setAccessibleName(name)
    field.setPlaceholderText(hint)
    field.setToolTip(hint)
    return field


def _chooser(tip: str, on_clicked: object) -> QToolButton:
    button = QToolButton()
    button.setText("…")
    button.setProperty("boxed", True)
    button.setAccessibleName(tip)
    button.setToolTip(tip)
    button.clicked.connect(on_clicked)
    return button


def _note() -> ScaledLabel:
    note = ScaledLabel(factor=theme.SMALL, role="muted")
    note.setWordWrap(True)
    return note
