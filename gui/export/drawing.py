"""Draws a chart as a picture of its own, with title, axis words and legend, on white."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QIODevice, QMarginsF, QPoint, QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QImage,
    QPageLayout,
    QPageSize,
    QPaintDevice,
    QPainter,
    QPdfWriter,
    QPen,
)
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication, QWidget

from core.version import NAME
from gui.charts import chart as charts
from gui.charts.chart import Chart
from gui.export.memory import file_bytes
from gui.export.source import Drawing, LegendEntry, Source
from gui.theme import theme
from gui.theme.colours import LIGHT

MARGIN = 12.0
SAMPLE = 30.0  # length of a line sample
SIDE = 10.0  # of a square sample
BETWEEN = 18.0  # two entries of the legend
AXIS_FLAGS = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop) | int(Qt.TextFlag.TextWordWrap)
MIN_WIDTH, MIN_HEIGHT = 240.0, 80.0


def picture_size(source: Source) -> QSize:
    """Return the size of a picture at scale 1, in dots."""
    layout = _Layout(source)
    return QSize(round(layout.width), round(layout.height))


def as_image(source: Source, scale: float) -> QImage:
    """Return a picture with `scale` dots for each logical pixel."""
    with _on_white(source):
        layout = _Layout(source)
        image = QImage(
            round(layout.width * scale), round(layout.height * scale), QImage.Format.Format_ARGB32_Premultiplied
        )
        image.fill(QColor(LIGHT.surface))
        painter = QPainter(image)
        painter.scale(scale, scale)
        layout.paint(painter, dots_per_pixel=scale)
        painter.end()
    return image


def as_svg(source: Source) -> bytes:
    """Return a picture as an SVG drawing."""

    def write(device: QIODevice) -> None:
        layout = _Layout(source)
        generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)  # Tiny cannot clip what is out of view
        generator.setOutputDevice(device)
        generator.setResolution(round(_dots_per_inch()))
        generator.setSize(QSize(round(layout.width), round(layout.height)))
        generator.setViewBox(QRectF(0, 0, layout.width, layout.height))
        generator.setTitle(source.title)
        generator.setDescription(f"Drawn by {NAME}")
        _paint(layout, generator)

    with _on_white(source):
        return file_bytes(write)


def as_pdf(source: Source) -> bytes:
    """Return a picture as a PDF of one page."""

    def write(device: QIODevice) -> None:
        layout = _Layout(source)
        dots = _dots_per_inch()
        writer = QPdfWriter(device)
        writer.setResolution(round(dots))
        writer.setTitle(source.title)
        writer.setCreator(NAME)
        size = QPageSize(QSizeF(layout.width / dots, layout.height / dots), QPageSize.Unit.Inch)
        writer.setPageLayout(QPageLayout(size, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0)))
        _paint(layout, writer)

    with _on_white(source):
        return file_bytes(write)


class _Layout:
    """Where the parts of a picture are, in logical pixels."""

    def __init__(self, source: Source) -> None:
        assert source.picture is not None
        self._picture: Drawing = source.picture
        self._title = source.title
        self._font = theme.scaled_font(QApplication.font(), theme.SMALL)
        self._line = QFontMetricsF(self._font).height()
        self._widgets = [each for each in self._picture.widgets if each.width() > 0 and each.height() > 0]
        self._legend = tuple(self._picture.legend())
        self._axis = self._picture.axis()
        title = QFontMetricsF(_bold(QApplication.font())).horizontalAdvance(self._title)
        entries = [self._entry_width(each) - BETWEEN for each in self._legend]
        inner = math.ceil(max([MIN_WIDTH, title, *entries, *(float(each.width()) for each in self._widgets)]))
        self._rows = self._legend_rows(inner)
        self.width = inner + 2 * MARGIN
        self._title_height = QFontMetricsF(_bold(QApplication.font())).height() + 6
        body = sum(max(float(each.height()), 1.0) for each in self._widgets)
        self._axis_height = self._measured_axis(inner)
        lines = self._axis_height + len(self._rows) * 1.35 * self._line
        self.height = float(math.ceil(max(MIN_HEIGHT, self._title_height + body + lines + 2 * MARGIN)))

    def paint(self, painter: QPainter, *, dots_per_pixel: float) -> None:
        """Paint the picture."""
        colours = theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(QRectF(0, 0, self.width, self.height), QColor(colours.surface))
        painter.setPen(QColor(colours.text))
        painter.setFont(_bold(QApplication.font()))
        room = QRectF(MARGIN, MARGIN, self.width - 2 * MARGIN, self._title_height)
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, self._title)
        top = MARGIN + self._title_height
        for widget in self._widgets:
            target = QRectF(MARGIN, top, widget.width(), widget.height())
            _draw_widget(widget, painter, target, dots_per_pixel=dots_per_pixel)
            top += widget.height()
        painter.setFont(self._font)
        if self._axis:
            painter.setPen(QColor(colours.muted))
            painter.drawText(QRectF(MARGIN, top, self.width - 2 * MARGIN, self._axis_height), AXIS_FLAGS, self._axis)
            top += self._axis_height
        for row in self._rows:
            left = MARGIN
            for entry in row:
                left = self._paint_entry(painter, entry, left, top)
            top += 1.35 * self._line

    def _measured_axis(self, width: float) -> float:
        """Return the height of the words below the axis, in as many lines as they need."""
        if not self._axis:
            return 0.0
        room = QFontMetricsF(self._font).boundingRect(QRectF(0, 0, width, math.inf), AXIS_FLAGS, self._axis)
        return room.height() + 0.4 * self._line

    def _paint_entry(self, painter: QPainter, entry: LegendEntry, left: float, top: float) -> float:
        middle = top + 0.65 * self._line
        if entry.width > 0:
            pen = charts.line_pen(entry.colour, width=entry.width, dashes=entry.dashes)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            painter.drawLine(QPointF(left, middle), QPointF(left + SAMPLE, middle))
        else:
            painter.setPen(QPen(QColor(entry.colour), 1))
            painter.setBrush(QColor(entry.colour) if entry.width == 0 else Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(left, middle - SIDE / 2, SIDE, SIDE))
            painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QColor(theme.current().text))
        room = QRectF(left + _sample_width(entry) + 6, top, self.width, 1.3 * self._line)
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, entry.name)
        return left + self._entry_width(entry)

    def _legend_rows(self, width: float) -> list[list[LegendEntry]]:
        rows: list[list[LegendEntry]] = []
        left = 0.0
        for entry in self._legend:
            needed = self._entry_width(entry)
            if not rows or left + needed - BETWEEN > width:
                rows.append([])
                left = 0.0
            rows[-1].append(entry)
            left += needed
        return rows

    def _entry_width(self, entry: LegendEntry) -> float:
        return _sample_width(entry) + 6 + QFontMetricsF(self._font).horizontalAdvance(entry.name) + BETWEEN


@contextmanager
def _on_white(source: Source) -> Iterator[None]:
    """Draw the widgets in light colours for a while; the screen is not repainted meanwhile."""
    assert source.picture is not None
    was = theme.signals.theme
    theme.signals.theme = LIGHT
    try:
        source.picture.restyle()
        yield
    finally:
        theme.signals.theme = was
        source.picture.restyle()
        for widget in source.picture.widgets:
            if isinstance(widget, Chart):
                widget.recolour()


def _draw_widget(widget: QWidget, painter: QPainter, target: QRectF, *, dots_per_pixel: float) -> None:
    painter.save()
    if isinstance(widget, Chart):
        widget.draw_into(painter, target, dots_per_pixel=dots_per_pixel)
    else:
        painter.translate(target.topLeft())
        widget.render(painter, QPoint(0, 0), renderFlags=QWidget.RenderFlag.DrawChildren)
    painter.restore()


def _paint(layout: _Layout, device: QPaintDevice) -> None:
    painter = QPainter(device)
    layout.paint(painter, dots_per_pixel=1.0)
    painter.end()


def _sample_width(entry: LegendEntry) -> float:
    return SAMPLE if entry.width > 0 else SIDE


def _bold(font: QFont) -> QFont:
    result = QFont(font)
    result.setWeight(QFont.Weight.DemiBold)
    return result


def _dots_per_inch() -> float:
    screen = QGuiApplication.primaryScreen()
    return screen.logicalDotsPerInch() if screen is not None else 96.0
