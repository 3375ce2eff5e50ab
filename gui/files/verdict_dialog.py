"""A dialog that shows what was checked in a file, and what was found."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QGridLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.report.json_values import Json
from core.report.screen.json_values import verdicts_as_dict
from core.report.screen.sarif import sarif_log
from core.report.screen.text import summary_lines, verdict_lines
from core.screen.checks import Outcome
from core.screen.verdict import CAUTION, STATEMENT, FileVerdict
from core.version import NAME, versions
from core.words import printable
from gui.guide.window_help import DialogHelp
from gui.theme import theme
from gui.widgets.labels import ScaledLabel

WIDTH = 640
ICON_SIDE = 16
_TITLES = {"model": "a network", "data": "labelled images", "image": "an image", "results": "earlier results"}
_ICONS = {Outcome.PASSED: "ok", Outcome.FAILED: "error", Outcome.NOT_COMPLETED: "not_completed"}
_EXPLAINED = {
    Outcome.PASSED: "Passed",
    Outcome.FAILED: "Failed: the file is refused",
    Outcome.NOT_COMPLETED: "Not completed: reading a file ends with the first check that fails",
}


def contents(verdict: FileVerdict, *, sandbox: str) -> dict[str, Json]:
    """Return what can be saved of a verdict, by the suffix of the file."""
    return {
        ".json": verdicts_as_dict([verdict], sandbox=sandbox),
        ".sarif": sarif_log([verdict], sandbox=sandbox),
    }


class VerdictDialog(QDialog):
    """Shows the checks of a file, its hash, the sandbox and the versions; the text can be copied.

    Args:
        verdict: what was found.
        sandbox: the sandbox that files are read in, in words.
        on_save: called when the person wants to save the verdict.
        parent: the window.
    """

    def __init__(
        self, verdict: FileVerdict, *, sandbox: str, on_save: Callable[[], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        DialogHelp(self, "checks")
        self.verdict = verdict
        self._sandbox = verdict.sandbox or sandbox
        self.setWindowTitle(f"What was checked in {printable(verdict.path.name)}")
        self.heading = ScaledLabel(self._heading(), is_bold=True)
        self.heading.setWordWrap(True)
        self.sentence = ScaledLabel(printable(verdict.sentence), role="error")
        self.sentence.setWordWrap(True)
        self.sentence.setVisible(bool(verdict.sentence))
        self.copy_button = QPushButton("&Copy as text")
        self.save_button = QPushButton("&Save…")
        self.save_button.setToolTip("Save as JSON, or as SARIF for other tools")
        self.copy_button.clicked.connect(self._on_copied)
        self.save_button.clicked.connect(on_save)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.copy_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.save_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        buttons.button(QDialogButtonBox.StandardButton.Close).setDefault(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * theme.GRID, 2 * theme.GRID, 3 * theme.GRID, 2 * theme.GRID)
        column.setSpacing(theme.GRID)
        column.addWidget(self.heading)
        column.addWidget(self.sentence)
        column.addLayout(self._checks())
        column.addSpacing(theme.GRID)
        column.addLayout(self._facts())
        column.addWidget(buttons)
        self.setMinimumWidth(WIDTH)

    @property
    def text(self) -> str:
        """The verdict as text, as the command line prints it."""
        return "\n".join([*verdict_lines(self.verdict), *summary_lines([self.verdict], sandbox=self._sandbox)])

    def _heading(self) -> str:
        name, kind = printable(self.verdict.path.name), _TITLES[self.verdict.kind]
        if self.verdict.is_opened:
            return f"{name} opens as {kind}: it passed all checks."
        return f"{name} was refused as {kind} [{self.verdict.code}]. Nothing of it is used."

    def _checks(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.setHorizontalSpacing(theme.GRID)
        grid.setVerticalSpacing(theme.GRID // 2)
        colours = theme.current()
        by_outcome = {
            Outcome.PASSED: colours.ok,
            Outcome.FAILED: colours.error,
            Outcome.NOT_COMPLETED: colours.muted,
        }
        for row, (check, outcome) in enumerate(self.verdict.outcomes):
            mark = QLabel()
            mark.setPixmap(theme.icon(_ICONS[outcome], colour=by_outcome[outcome]).pixmap(QSize(ICON_SIDE, ICON_SIDE)))
            mark.setAccessibleName(str(outcome))
            mark.setToolTip(_EXPLAINED[outcome])
            title = ScaledLabel(check.title, role="muted" if outcome is Outcome.NOT_COMPLETED else "")
            title.setWordWrap(True)
            title.setToolTip(_EXPLAINED[outcome])
            grid.addWidget(mark, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(title, row, 1)
        return grid

    def _facts(self) -> QFormLayout:
        verdict = self.verdict
        form = QFormLayout()
        form.setHorizontalSpacing(2 * theme.GRID)
        form.setVerticalSpacing(theme.GRID // 2)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        rows = [("File", printable(str(verdict.path)))]
        if verdict.size_bytes is not None:
            rows.append(("Size", f"{verdict.size_bytes:,} bytes"))
        if verdict.sha256 is not None:
            rows.append(("SHA-256", verdict.sha256))
        if verdict.facts:
            rows.append(("Content", ", ".join(f"{name} {value}" for name, value in verdict.facts)))
        found = versions()
        application = found.pop("application")
        rows += [
            ("Sandbox", self._sandbox),
            ("Read by", f"{NAME} {application}, " + ", ".join(f"{name} {value}" for name, value in found.items())),
            ("", f"{STATEMENT} {CAUTION}" if verdict.is_opened and verdict.kind == "model" else STATEMENT),
        ]
        for name, value in rows:
            label = ScaledLabel(value)
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            form.addRow(ScaledLabel(name, role="muted"), label)
        return form

    @Slot()
    def _on_copied(self) -> None:
        QGuiApplication.clipboard().setText(self.text)


def suggested(path: Path) -> Path:
    """Return the file that is suggested for a verdict: beside the file, with a name of its own."""
    return path.with_name(f"{path.stem}_checks.json")
