"""The legend of the curves, with the exact figures at one step."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QGridLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from core import words
from core.records import SweepPoint
from core.refit.records import RefitEpoch
from gui.charts import chart as charts
from gui.charts.curve_series import Series
from gui.charts.share_link import ShareLink
from gui.theme import formatting, theme
from gui.widgets.labels import ElidedLabel, ScaledLabel

QWIDGETSIZE_MAX = 16_777_215  # Qt's own: no limit
WIDEST_EVIDENCE = "12830 of 12830 · 99.99–99.99 %"
WIDEST_VALUE = "99.99 %"
MIN_WIDTH = 80  # of the readout, in logical pixels
NO_STEP = "this run has fewer steps"
SAMPLE = 30  # length of a line sample, in logical pixels: a whole pattern of dashes


class Readout(QWidget):
    """The legend of the curves, with the exact figures at one step; exact ones lead to the images that they count."""

    asked = Signal(object)  # AskedShare

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
        """Show one row for each curve."""
        while len(self.rows) > len(series):
            row = self.rows.pop()
            self._column.removeWidget(row)
            row.hide()  # it would be drawn over the others until Qt deletes it
            row.deleteLater()
        while len(self.rows) < len(series):
            row = ReadoutRow()
            row.asked.connect(self.asked)
            self._column.insertWidget(self._column.count() - 2, row)
            self.rows.append(row)
        group = ""
        for row, one in zip(self.rows, series, strict=True):
            row.set_series(one, heading=one.group if one.group != group else "")
            group = one.group

    def show_point(self, point: SweepPoint | None, *, channels_left: int, is_estimate: bool = False) -> None:
        """Show a step's figures; None clears them.

        Args:
            point: the figures.
            channels_left: channels kept.
            is_estimate: whether the figures are estimated from a part of the images.
        """
        text = "" if point is None else formatting.step_text(point.pruned_count, channels_left)
        self.title.setText(text[:1].upper() + text[1:])
        for row in self.rows:
            row.show_point(point, is_estimate=is_estimate, is_link=not is_estimate)

    def show_epoch(self, title: str, epoch: RefitEpoch | None, *, is_kept: bool = False) -> None:
        """Show an epoch's figures; None clears them. Only of the epoch that was kept can the images be shown."""
        self.title.setText(title)
        for row in self.rows:
            row.show_point(epoch, is_link=is_kept)

    def show_by_hand(self, point: SweepPoint | None, *, pruned_count: int, is_estimate: bool = False) -> None:
        """Show the figures with channels pruned by hand, exact or estimated; None while they are being computed."""
        self.title.setText(f"By hand: {pruned_count} pruned")
        for row in self.rows:
            why = "being scored …" if point is None else ""
            row.show_point(point, why_missing=why, is_estimate=is_estimate, is_link=not is_estimate)

    def text(self) -> str:
        """Return the figures in words: "52 pruned, 8 left. clean validation 96.36 %. ASR 100 %."."""
        figures = [f"{row.full_name} {row.value.text()}" for row in self.rows]
        return " ".join(f"{each}." for each in (self.title.text(), *figures) if each)


class ReadoutArea(QScrollArea):
    """Scrolls a readout vertically, and is as wide as its widest line.

    Args:
        readout: the widget to scroll.
    """

    def __init__(self, readout: Readout, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._max_width = MIN_WIDTH
        self._is_whole = False
        self._readout = readout
        self.setAccessibleName("Figures at the cursor")
        self.setWidget(readout)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        readout.setAutoFillBackground(False)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def fit(self, max_width: int, *, is_whole: bool = False) -> None:
        """Set the width, in logical pixels: of the widest line, but at most `max_width`.

        Args:
            max_width: the largest width.
            is_whole: whether the area is as wide as that, and as high as the readout, rather than scroll.
        """
        self._max_width, self._is_whole = max_width, is_whole
        wide = QSizePolicy.Policy.Expanding if is_whole else QSizePolicy.Policy.Fixed
        self.setSizePolicy(wide, QSizePolicy.Policy.Expanding)
        if is_whole:
            self.setMinimumWidth(MIN_WIDTH)
            self.setMaximumWidth(QWIDGETSIZE_MAX)
            self.updateGeometry()
            return
        width = (
            QFontMetrics(theme.scaled_font(QApplication.font(), 0.8)).horizontalAdvance(WIDEST_EVIDENCE) + SAMPLE + 26
        )
        self.setFixedWidth(max(MIN_WIDTH, min(width, max_width)))

    def changeEvent(self, event: QEvent) -> None:
        """Adapt to a new application font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self.fit(self._max_width, is_whole=self._is_whole)

    def minimumSizeHint(self) -> QSize:
        """Return the height of the whole readout where it does not scroll."""
        size = super().minimumSizeHint()
        return QSize(size.width(), self._readout.sizeHint().height() + 2) if self._is_whole else size


class ReadoutRow(ShareLink):
    """One curve's line sample, name and figures; above the first of a group, what the group is called."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._series: Series | None = None
        self.heading = ElidedLabel(is_bold=True, factor=theme.SMALL, elide=Qt.TextElideMode.ElideMiddle)
        self.heading.setVisible(False)
        self.name = ElidedLabel(factor=theme.SMALL)
        self.value = ScaledLabel(is_bold=True, factor=theme.SMALL)
        self.evidence = ElidedLabel(role="muted", factor=0.8)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnMinimumWidth(0, SAMPLE + 6 - theme.GRID)
        grid.setHorizontalSpacing(theme.GRID)
        grid.setVerticalSpacing(0)
        grid.addWidget(self.heading, 0, 0, 1, 3)
        grid.addWidget(self.name, 1, 1)
        grid.addWidget(self.value, 1, 2)
        grid.addWidget(self.evidence, 2, 1, 1, 2)
        grid.setColumnStretch(1, 1)
        self.value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._reserve()

    def changeEvent(self, event: QEvent) -> None:
        """Adapt to a new application font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._reserve()

    def _reserve(self) -> None:
        """Reserve the width of the widest value, so that a longer one is whole before the row is laid out again."""
        font = theme.figures_font(theme.scaled_font(QApplication.font(), theme.SMALL))
        font.setWeight(QFont.Weight.DemiBold)
        self.value.setMinimumWidth(QFontMetrics(font).horizontalAdvance(WIDEST_VALUE))

    @property
    def _why_none(self) -> str:
        """Why there is no share at a step that the shown run has."""
        return NO_STEP if self._series and self._series.group else "not loaded"

    @property
    def full_name(self) -> str:
        """The name, with that of the group."""
        return self._series.name if self._series else ""

    def set_series(self, series: Series, *, heading: str = "") -> None:
        """Show another curve in this row, below a heading if there is one."""
        self._series = series
        self.heading.setText(heading)
        self.heading.setVisible(bool(heading))
        self.name.setText(series.short_name)
        self.update()

    def show_point(
        self,
        point: SweepPoint | RefitEpoch | None,
        *,
        why_missing: str = "",
        is_estimate: bool = False,
        is_link: bool = False,
    ) -> None:
        """Show a step's figures, or why there are none; with `is_link` their images can be shown."""
        name = self._series.full_name if self._series else ""
        share = self._series.share(point) if self._series and point else None
        ask = self._series.ask if self._series else None
        self.set_asked(ask(share) if ask is not None and share is not None and share.total and is_link else None)
        if share is None or not share.total:
            if point is not None:
                why_missing = "no image yet" if is_estimate and share is not None else self._why_none
            self.value.setText(words.NOTHING)
            self.evidence.setText(why_missing)
            self._set_tip(name)
            return
        self.value.setText(formatting.estimate_text(share) if is_estimate else words.percent(share))
        self.evidence.setText(f"{share} · {formatting.bounds_text(share)}")
        link = formatting.LINK_TIP if is_link and ask is not None else ""
        self._set_tip(f"{name}{', estimate' if is_estimate else ''}: {formatting.evidence_text(share)}", link)

    def _show_hot(self) -> None:
        font = self.value.font()
        font.setUnderline(self.is_hot)
        self.value.setFont(font)
        self.update()

    def _set_tip(self, text: str, link: str = "") -> None:
        self.setAccessibleName(text)
        self.setAccessibleDescription(link.strip())
        self.setToolTip(text + link)
        self.name.set_tip(text + link)
        self.evidence.set_tip(text + link)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line sample at the left."""
        del event
        if self._series is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = charts.line_pen(self._series.colour(), width=self._series.width, dashes=self._series.dashes)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        y = self.name.geometry().center().y()
        painter.drawLine(0, y, SAMPLE, y)
        if self.hasFocus():
            painter.setPen(QColor(theme.current().accent))
            painter.drawRect(self.rect().adjusted(20, 0, -1, -1))
        painter.end()
