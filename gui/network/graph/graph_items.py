"""What the graph is drawn of: a box for each layer, a line for each tensor."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from core.structure.kinds import kind_of
from core.structure.layout import Point, curve
from core.structure.records import Edge, LayerRecord
from gui.network.graph.kind_colours import kind_colours
from gui.network.graph.layer_text import box_lines
from gui.theme import theme

PADDING = 9.0
STRIPE = 5.0
ROUNDING = 5.0
LEAST_WIDTH = 96.0
TEXT_SCALE = 0.42  # text is not drawn below this scale: nobody could read it
NOTE_HEIGHT = 16.0


@dataclass(frozen=True, slots=True, eq=False)
class GraphFonts:
    """The fonts of the graph, and the sizes that follow from them."""

    title: QFont
    line: QFont
    small: QFont
    title_metrics: QFontMetricsF
    line_metrics: QFontMetricsF
    small_metrics: QFontMetricsF

    @classmethod
    def of(cls, font: QFont) -> "GraphFonts":
        """Return the fonts for the application's font."""
        title, line = QFont(font), theme.figures_font(theme.scaled_font(font, theme.SMALL))
        title.setWeight(QFont.Weight.DemiBold)
        small = theme.figures_font(theme.scaled_font(font, 0.78))
        return cls(title, line, small, QFontMetricsF(title), QFontMetricsF(line), QFontMetricsF(small))

    def box_size(self, layer: LayerRecord) -> tuple[float, float]:
        """Return width and height of a layer's box."""
        title, line = self.title_metrics, self.line_metrics
        first, *others = box_lines(layer)
        width = max(title.horizontalAdvance(first), *(line.horizontalAdvance(each) for each in others))
        height = title.height() + len(others) * line.height()
        return max(LEAST_WIDTH, width + 2 * PADDING + STRIPE), height + 1.4 * PADDING


class LayerItem(QGraphicsItem):
    """The box of a layer.

    Attributes:
        layer: the layer.
        note: what is said of it as a reader of pruned channels; empty if it is none.
        is_bypass: whether it still reads them.
        is_chosen: whether it is pruned.
        is_current: whether it has the keyboard's focus.
        is_found: whether the search found it.
    """

    def __init__(self, layer: LayerRecord, fonts: GraphFonts, size: tuple[float, float]) -> None:
        super().__init__()
        self.layer = layer
        self._fonts = fonts
        self._lines = box_lines(layer)
        self.size = size
        self.note = ""
        self.is_bypass = self.is_chosen = self.is_current = self.is_found = False
        self._is_hovered = False
        self.setAcceptHoverEvents(True)
        self.setZValue(1)

    @property
    def box(self) -> QRectF:
        """The box, in the item's coordinates."""
        return QRectF(0, 0, *self.size)

    def boundingRect(self) -> QRectF:
        """Return the box with its border and the note above it."""
        return self.box.adjusted(-5, -5 - NOTE_HEIGHT, 5, 5)

    def shape(self) -> QPainterPath:
        """Return what the mouse can hit: the box alone."""
        path = QPainterPath()
        path.addRect(self.box)
        return path

    def set_hovered(self, is_hovered: bool) -> None:
        """Set whether the mouse is over it."""
        if self._is_hovered != is_hovered:
            self._is_hovered = is_hovered
            self.update()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw the box, and its text if that can be read."""
        del widget
        colours, box = theme.current(), self.box
        scale = option.levelOfDetailFromTransform(painter.worldTransform())
        pen = self._pen(max(1.0, 0.8 / max(scale, 0.01)))
        painter.setPen(pen)
        fill = colours.selection if self.is_chosen else colours.warning_surface if self.is_found else colours.raised
        painter.setBrush(QColor(fill))
        painter.drawRoundedRect(box, ROUNDING, ROUNDING)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(kind_colours(colours)[kind_of(self.layer.class_name)]))
        if scale < TEXT_SCALE:
            painter.drawRect(box.adjusted(3, 3, -3, 3 - box.height() * 0.55))
        else:
            painter.drawRect(QRectF(pen.widthF() / 2, 4, STRIPE, box.height() - 8))
            self._draw_text(painter)
        if self.is_current:
            ring = QPen(QColor(colours.text), max(1.5, 1.2 / max(scale, 0.01)), Qt.PenStyle.DotLine)
            painter.setPen(ring)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(-3.5, -3.5, 3.5, 3.5), ROUNDING + 3, ROUNDING + 3)

    def _pen(self, thin: float) -> QPen:
        colours = theme.current()
        if self.is_chosen:
            return QPen(QColor(colours.accent), 2.2 * thin)
        if self.note:
            style = Qt.PenStyle.DashLine if self.is_bypass else Qt.PenStyle.SolidLine
            return QPen(QColor(colours.error), 2.0 * thin, style)
        if self.is_found:
            return QPen(QColor(colours.warning), 1.6 * thin)
        return QPen(QColor(colours.muted if self._is_hovered else colours.border), thin)

    def _draw_text(self, painter: QPainter) -> None:
        colours = theme.current()
        left = PADDING + STRIPE
        top = 0.7 * PADDING
        for place, text in enumerate(self._lines):
            painter.setFont(self._fonts.title if place == 0 else self._fonts.line)
            metrics = self._fonts.title_metrics if place == 0 else self._fonts.line_metrics
            painter.setPen(QColor(colours.text if place < 2 else colours.muted))
            painter.drawText(QPointF(left, top + metrics.ascent()), text)
            top += metrics.height()
        if self.note:
            painter.setFont(self._fonts.small)
            painter.setPen(QColor(colours.error))
            metrics = self._fonts.small_metrics
            text = metrics.elidedText(self.note, Qt.TextElideMode.ElideRight, self.size[0] + 4)
            width = metrics.horizontalAdvance(text)
            behind = QRectF(self.size[0] - width - 2, -metrics.height() - 3, width + 4, metrics.height())
            painter.fillRect(behind, QColor(colours.surface))  # the line of the tensor would cross it
            painter.drawText(QPointF(self.size[0] - metrics.horizontalAdvance(text), -metrics.descent() - 3), text)


class EdgeItem(QGraphicsItem):
    """The line of a tensor from the layer that makes it to one that reads it.

    Attributes:
        edge: the two layers.
        is_read: whether it carries channels that are pruned.
        is_bypass: whether it carries them to a layer that still reads them.
    """

    def __init__(self, edge: Edge, points: Sequence[Point], shape_text: str, fonts: GraphFonts) -> None:
        super().__init__()
        self.edge = edge
        self.is_read = self.is_bypass = False
        self._fonts = fonts
        self._shape_text = shape_text
        self._path = QPainterPath(QPointF(*points[0]))
        for first, second, end in curve(points):
            self._path.cubicTo(QPointF(*first), QPointF(*second), QPointF(*end))
        self._start, self._end = QPointF(*points[0]), QPointF(*points[-1])
        metrics = fonts.small_metrics
        self._label = self._start + QPointF(6, metrics.ascent() + 6)
        self._width = metrics.horizontalAdvance(shape_text)
        text = QRectF(self._start.x(), self._start.y(), self._width + 10, metrics.height() + 9)
        self._bounds = self._path.boundingRect().united(text).adjusted(-6, -2, 6, 2)

    def boundingRect(self) -> QRectF:
        """Return the line with its label."""
        return self._bounds

    def shape(self) -> QPainterPath:
        """Return nothing: lines are not hit by the mouse."""
        return QPainterPath()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw the line, its arrow, and the shape of the tensor if that can be read."""
        del widget
        colours = theme.current()
        scale = option.levelOfDetailFromTransform(painter.worldTransform())
        thin = max(1.0, 0.7 / max(scale, 0.01))
        colour = QColor(colours.error if self.is_read else colours.disabled)
        style = Qt.PenStyle.DashLine if self.is_bypass else Qt.PenStyle.SolidLine
        painter.setPen(QPen(colour, (2.4 if self.is_read else 1.3) * thin, style))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self._path)
        if scale < TEXT_SCALE:
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(QPolygonF([self._end, self._end + QPointF(-4, -7), self._end + QPointF(4, -7)]))
        painter.setFont(self._fonts.small)
        metrics = self._fonts.small_metrics
        behind = QRectF(self._label.x() - 2, self._label.y() - metrics.ascent(), self._width + 4, metrics.height())
        painter.fillRect(behind, QColor(colours.surface))  # a line may pass there
        painter.setPen(QColor(colours.error if self.is_read else colours.muted))
        painter.drawText(self._label, self._shape_text)
