"""Draws one image with its label and its answers."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from core.images.selection import Outcome
from gui.images.model import FACTS_ROLE, ImageFacts
from gui.theme import class_names, theme

if TYPE_CHECKING:
    from gui.images.grid import ImageGrid

PADDING = 6
LINES = 3
SMALL = 0.86  # size of the words as a share of the application's font
FLAG_SIDE = 18  # the smallest side of the sign of a flagged image
Index = QModelIndex | QPersistentModelIndex


class ImageDelegate(QStyledItemDelegate):
    """Draws a thumbnail, and below it the label and the answers of B and B′."""

    def __init__(self, view: "ImageGrid") -> None:
        super().__init__(view)
        self._view = view
        self._flag = QPixmap()
        self.prepare()

    def prepare(self) -> None:
        """Take font and colours from the view; called before its images are drawn."""
        self._font = theme.figures_font(theme.scaled_font(self._view.font(), SMALL))
        self._metrics = QFontMetrics(self._font)
        side = max(FLAG_SIDE, self._view.side // 5) - 4
        icon = theme.icon("flagged", colour=theme.current().repaired)
        self._flag = icon.pixmap(QSize(side, side), self._view.devicePixelRatioF())

    @property
    def least_width(self) -> int:
        """The smallest width of an image with its words."""
        name = max(self._view.images.answer_names, key=len)
        return max(self._view.side, self._metrics.horizontalAdvance(f"{name} 1000 ✓  > 99.9 %")) + 2 * PADDING

    @property
    def height(self) -> int:
        """The height of an image with its words."""
        return self._view.side + LINES * self._metrics.height() + 3 * PADDING

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """Return the smallest size of an image with its words."""
        return QSize(self.least_width, self.height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one image."""
        facts: ImageFacts = index.data(FACTS_ROLE)
        colours = theme.current()
        rect = QRect(option.rect).adjusted(1, 1, -1, -1)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if is_chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.selection if is_chosen else colours.raised))
            painter.drawRoundedRect(rect, 4, 4)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(colours.accent), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect, 4, 4)
        side = self._view.side
        square = QRect(rect.center().x() - side // 2, rect.top() + PADDING, side, side)
        self._draw_thumbnail(painter, square, self._view.thumbnails.pixmap(facts.row))
        if facts.is_flagged:
            self._draw_flag(painter, square)
        self._draw_words(painter, rect.adjusted(PADDING, square.height() + PADDING + 4, -PADDING, 0), facts)
        painter.restore()

    def _draw_thumbnail(self, painter: QPainter, square: QRect, pixmap: QPixmap | None) -> None:
        colours = theme.current()
        if pixmap is None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.grid))
            painter.drawRoundedRect(square.adjusted(square.width() // 4, square.height() // 4, 0, 0), 3, 3)
            return
        factor = min(square.width() / pixmap.width(), square.height() / pixmap.height())
        target = QRect(0, 0, max(1, round(pixmap.width() * factor)), max(1, round(pixmap.height() * factor)))
        target.moveCenter(square.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, factor < 2)
        painter.drawPixmap(target, pixmap)
        painter.setPen(QColor(colours.border))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(target.adjusted(-1, -1, 0, 0))

    def _draw_flag(self, painter: QPainter, square: QRect) -> None:
        """Draw the sign of a flagged image in a corner, on a ground of its own."""
        side = max(FLAG_SIDE, square.width() // 5)
        badge = QRect(square.right() - side + 2, square.top() - 2, side, side)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.current().surface))
        painter.drawEllipse(badge)
        painter.drawPixmap(badge.adjusted(2, 2, -2, -2), self._flag)

    def _draw_words(self, painter: QPainter, rect: QRect, facts: ImageFacts) -> None:
        colours, metrics = theme.current(), self._metrics
        painter.setFont(self._font)
        line = QRect(rect.left(), rect.top(), rect.width(), metrics.height())
        index_text = f"#{facts.file_row}"
        painter.setPen(QColor(colours.muted))
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, index_text)
        label = "" if facts.true_label is None else class_names.short_text(facts.true_label, 60)
        room = line.width() - metrics.horizontalAdvance(index_text) - 6
        painter.setPen(QColor(colours.text))
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(line, left, metrics.elidedText(label, Qt.TextElideMode.ElideRight, room))
        for name, answer, sure, outcome in (
            (facts.names[0], facts.base, facts.base_confidence, facts.base_outcome),
            (facts.names[1], facts.pruned, facts.pruned_confidence, facts.outcome),
        ):
            line.translate(0, metrics.height())
            painter.setPen(QColor(colours.muted))
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, sure)
            mark, colour = _marks()[outcome]
            room = line.width() - metrics.horizontalAdvance(sure) - 6
            told = f"{name} {class_names.short_text(answer, 60)}"
            shown = metrics.elidedText(told, Qt.TextElideMode.ElideRight, room - metrics.horizontalAdvance(f" {mark}"))
            painter.setPen(QColor(colour))
            painter.drawText(line, left, f"{shown} {mark}".rstrip())


def _marks() -> dict[Outcome, tuple[str, str]]:
    """Return sign and colour of each outcome; the sign tells it without colours."""
    colours = theme.current()
    return {
        Outcome.ANY: ("", colours.text),
        Outcome.RIGHT: ("✓", colours.ok),
        Outcome.WRONG: ("✗", colours.error),
        Outcome.ATTACKED: ("⚠", colours.asr[0]),
    }
