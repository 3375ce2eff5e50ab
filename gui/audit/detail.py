"""One network of an audit in detail: its curve, its reconstructed triggers, what is said of it, and what to open."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from core.audit.records import AuditRow
from core.records import Share
from core.words import counted, duration_text, percent, printable
from gui.audit.cells import ShownRow
from gui.audit.jobs import Details
from gui.audit.spark import Sparkline
from gui.theme import theme
from gui.theme.formatting import probability_text
from gui.widgets.choice_menu import choice_menu
from gui.widgets.image_view import ImageView
from gui.widgets.labels import Notice, ScaledLabel

NOTHING_CHOSEN = "Choose a row to see its curve, its triggers and its message."
NO_REPORT = "There is no report of this network in the audit's folder."
_LONGEST = 4000
_SIDE = 5  # of a trigger, times the height of the text
_GREY = 236


class DetailView(QWidget):
    """Shows a row.

    Attributes:
        open_button: opens its network.
        report_button: opens a report.
        spark: its curve.
        triggers: its reconstructed triggers.
        notice: what has changed since the audit.
    """

    open_requested = Signal()
    report_requested = Signal(object)  # Path

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = ""
        self._reports: tuple[tuple[str, Path], ...] = ()
        self.name = ScaledLabel(is_bold=True)
        self.name.setWordWrap(True)
        self.name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)  # paths and hashes have no spaces
        self.text.setAccessibleName("The chosen network")
        self.text.document().setDocumentMargin(0)
        self.spark = Sparkline()
        self.triggers = tuple(ImageView() for _ in range(3))
        self.notice = Notice("warning", is_wrapped=True)
        self.open_button = QPushButton("Open model")
        self.open_button.setToolTip("Open this model and the sets of the audit in the other pages (Return)")
        self.open_button.clicked.connect(self.open_requested)
        self.report_button = QPushButton("Open report")
        self.report_button.clicked.connect(self._on_report)
        self._lay_out()
        theme.signals.theme_changed.connect(self._recolour)
        self._recolour()
        self.show_row(None)

    def show_row(self, shown: ShownRow | None) -> bool:
        """Show a row; None for none. Return whether it is another one: its triggers come by `show_details`."""
        row = None if shown is None else shown.row
        if row is not None and row.key == self._key:
            return False
        self._key = "" if row is None else row.key
        self.notice.show_text("")
        self.name.setText("" if row is None else printable(row.name[:_LONGEST]))
        self.name.setVisible(row is not None)
        self.text.setPlainText(NOTHING_CHOSEN if row is None else row_text(row))
        self.spark.show_curve(() if row is None else row.curve)
        self.spark.setVisible(row is not None)
        self._show_triggers(())
        self._show_reports(())
        self.open_button.setEnabled(row is not None)
        return True

    def show_details(self, details: Details) -> None:
        """Show what belongs to the shown row."""
        if details.key == self._key:
            self._show_triggers(details.triggers)
            self._show_reports(details.reports)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._recolour()

    def _show_triggers(self, triggers: Sequence[NDArray[np.uint8]]) -> None:
        for place, view in enumerate(self.triggers):
            if place < len(triggers):
                view.set_image(_on_grey(triggers[place]))
            else:
                view.clear()
            view.setVisible(place < len(triggers))
        self._caption.setText(counted(len(triggers), "reconstructed trigger"))
        self._caption.setVisible(bool(triggers))

    def _show_reports(self, reports: tuple[tuple[str, Path], ...]) -> None:
        self._reports = reports
        self.report_button.setEnabled(bool(reports))
        self.report_button.setToolTip("Open a report of this network in the browser" if reports else NO_REPORT)
        several = [(str(place), f"Report of the {title}") for place, (title, _) in enumerate(reports)]
        old = self.report_button.menu()
        if old is not None:
            self.report_button.setMenu(None)  # type: ignore[arg-type]  # Qt takes none, its stub does not say so
            old.deleteLater()
        if len(reports) > 1:
            self.report_button.setMenu(choice_menu(self, several, self._open_report)[0])

    def _open_report(self, place: str) -> None:
        self.report_requested.emit(self._reports[int(place)][1])

    @Slot()
    def _on_report(self) -> None:
        if len(self._reports) == 1:
            self._open_report("0")

    def _lay_out(self) -> None:
        side = _SIDE * self.fontMetrics().height()
        images = QHBoxLayout()
        images.setSpacing(theme.GRID // 2)
        for view in self.triggers:
            view.setFixedSize(side, side)
            view.setAccessibleName("Reconstructed trigger")
            images.addWidget(view)
        self._caption = ScaledLabel(factor=theme.SMALL, role="muted")
        right = QVBoxLayout()
        right.setSpacing(theme.GRID // 2)
        right.addLayout(images)
        right.addWidget(self._caption)
        right.addStretch(1)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.GRID)
        buttons.addWidget(self.open_button)
        buttons.addWidget(self.report_button)
        buttons.addStretch(1)
        middle = QVBoxLayout()
        middle.setSpacing(theme.GRID // 2)
        middle.addWidget(self.name)
        middle.addWidget(self.notice)
        middle.addWidget(self.text, 1)
        middle.addLayout(buttons)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, theme.GRID // 2, 0, 0)
        row.setSpacing(2 * theme.GRID)
        row.addWidget(self.spark)
        row.addLayout(middle, 1)
        row.addLayout(right)
        self.setMinimumHeight(7 * self.fontMetrics().height())

    @Slot()
    def _recolour(self) -> None:
        self.text.setFont(theme.scaled_font(self.font(), theme.SMALL))
        theme.dress(self.open_button, "open")
        theme.dress(self.report_button, "table")


def row_text(row: AuditRow) -> str:
    """Return all that is said of a network, a paragraph each, without control characters."""
    sentences = [row.sentence, row.headline]
    if row.verdict:
        classes = "each class to the next" if row.is_all_to_all else ", ".join(map(str, row.classes))
        named = f", {'class' if len(row.classes) == 1 else 'classes'} {classes}" if classes else ""
        probable = "" if row.probability is None else f", probability {probability_text(row.probability)}"
        sentences.append(f"Detection: {row.verdict}{named}{probable}.")
    shares: list[tuple[str, Share | None]] = [
        ("clean validation accuracy", row.validation),
        ("clean test accuracy", row.test),
        *((f"ASR on {name}", share) for name, share in row.attacks),
    ]
    figures = [f"{name} {percent(share)}" for name, share in shares if share is not None and share.total]
    sentences.append("; ".join(figures) and f"Measured: {'; '.join(figures)}.")
    if row.repair:
        sentences.append(f"Repair: {row.repair}. {row.repaired}".rstrip())
    sentences += row.notes
    size = "×".join(map(str, row.input_shape))
    facts = [
        f"input {size}" if size else "",
        "" if row.class_count is None else counted(row.class_count, "class", "classes"),
        "" if row.parameter_count is None else f"{row.parameter_count:,} parameters",
        f"pixels {row.scale_text}" if row.scale_text else "",
        f"examined in {duration_text(max(row.seconds, 1))}",
        f"tried {row.tries} times" if row.tries > 1 else "",
        f"code {row.code}" if row.code else "",
    ]
    sentences.append(" · ".join(each for each in facts if each))
    sentences.append(row.path)
    sentences.append(f"SHA-256 {row.sha256}" if row.sha256 else "")
    return "\n".join(printable(each)[:_LONGEST] for each in sentences if each)


def _on_grey(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return an image (H, W, 4) on light grey, (H, W, 3), so that a trigger is seen where it is white."""
    opacity = rgba[:, :, 3:].astype(np.float32) / 255
    return np.round(rgba[:, :, :3] * opacity + _GREY * (1 - opacity)).astype(np.uint8)
