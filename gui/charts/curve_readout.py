"""The legend of the curves, with the exact figures of one step."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from core import words
from core.records import SweepPoint
from core.refit.records import RefitEpoch
from gui.charts import chart as charts
from gui.charts.curve_chart import DASHES
from gui.charts.curve_series import Series
from gui.theme import formatting, theme
from gui.widgets.labels import ElidedLabel, ScaledLabel


class Readout(QWidget):
    """The legend of the curves, with exact figures of one step."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = ElidedLabel(is_bold=True, factor=theme.SMALL)
        self.rows: list[ReadoutRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, theme.GRID // 2, 0)
        self._column.setSpacing(theme.GRID // 2)
        self._column.addWidget(self.title)
        self.marks = ElidedLabel("○ before, ● after crossing", role="muted", factor=0.8)
        self.marks.setVisible(False)
        self._column.addWidget(self.marks)
        self._column.addStretch(1)

    def set_series(self, series: Sequence[Series]) -> None:
        """Make a row for each curve."""
        while len(self.rows) > len(series):
            row = self.rows.pop()
            self._column.removeWidget(row)
            row.deleteLater()
        while len(self.rows) < len(series):
            row = ReadoutRow()
            self._column.insertWidget(self._column.count() - 2, row)
            self.rows.append(row)
        for row, one in zip(self.rows, series, strict=True):
            row.set_series(one)

    def show_point(self, point: SweepPoint | None, *, channels_left: int, is_estimate: bool = False) -> None:
        """Fill in a step's figures; None empties them.

        Args:
            point: the figures.
            channels_left: channels kept.
            is_estimate: whether they are those of a part of the images.
        """
        text = "" if point is None else formatting.step_text(point.pruned_count, channels_left)
        self.title.setText(text[:1].upper() + text[1:])
        for row in self.rows:
            row.show_point(point, is_estimate=is_estimate)

    def show_epoch(self, title: str, epoch: RefitEpoch | None) -> None:
        """Fill in an epoch's figures; None empties them."""
        self.title.setText(title)
        for row in self.rows:
            row.show_point(epoch)

    def show_by_hand(self, point: SweepPoint | None, *, pruned_count: int, is_estimate: bool = False) -> None:
        """Fill in the figures of channels pruned by hand, or those of a sample; None while they are being computed."""
        self.title.setText(f"By hand: {pruned_count} pruned")
        for row in self.rows:
            row.show_point(point, why_missing="being scored …" if point is None else "", is_estimate=is_estimate)


class ReadoutRow(QWidget):
    """One curve's swatch, name and figures."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._series: Series | None = None
        self.name = ElidedLabel(factor=theme.SMALL)
        self.value = ScaledLabel(is_bold=True, factor=theme.SMALL)
        self.evidence = ElidedLabel(role="muted", factor=0.8)
        grid = QGridLayout(self)
        grid.setContentsMargins(24, 0, 0, 0)
        grid.setHorizontalSpacing(theme.GRID)
        grid.setVerticalSpacing(0)
        grid.addWidget(self.name, 0, 0)
        grid.addWidget(self.value, 0, 1)
        grid.addWidget(self.evidence, 1, 0, 1, 2)
        grid.setColumnStretch(0, 1)

    def set_series(self, series: Series) -> None:
        """Stand for this curve."""
        self._series = series
        self.name.setText(series.name)
        self.update()

    def show_point(
        self, point: SweepPoint | RefitEpoch | None, *, why_missing: str = "", is_estimate: bool = False
    ) -> None:
        """Fill in a step's figures."""
        name = self._series.full_name if self._series else ""
        share = self._series.share(point) if self._series and point else None
        if share is None or not share.total:
            if point is not None:
                why_missing = "no image yet" if is_estimate and share is not None else "not loaded"
            self.value.setText(words.NOTHING)
            self.evidence.setText(why_missing)
            self._set_tip(name)
            return
        self.value.setText(formatting.estimate_text(share) if is_estimate else words.percent(share))
        self.evidence.setText(f"{share} · {formatting.bounds_text(share)}")
        self._set_tip(f"{name}{', estimate' if is_estimate else ''}: {formatting.evidence_text(share)}")

    def _set_tip(self, text: str) -> None:
        self.setToolTip(text)
        self.name.set_tip(text)
        self.evidence.set_tip(text)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the piece of line at the left."""
        del event
        if self._series is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = charts.line_pen(self._series.colour(), width=2, dashes=DASHES if self._series.is_dashed else ())
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        y = self.name.geometry().center().y()
        painter.drawLine(0, y, 18, y)
        painter.end()
