"""The images side by side; any number of them, as only those in view are drawn."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QPen, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from core.images.selection import Outcome
from gui.images.model import FACTS_ROLE, ImageFacts, ImagesModel
from gui.images.thumbnails import Thumbnails
from gui.theme import class_names, theme

SIDES = (48, 64, 80, 96, 128, 160, 224)
USUAL_SIDE = 96
PADDING = 6
LINES = 3
Index = QModelIndex | QPersistentModelIndex


class ImageGrid(QListView):
    """Shows images with their labels and answers.

    Attributes:
        images: the model.
        thumbnails: makes the thumbnails.
    """

    image_chosen = Signal(int)  # position in the set; by a click or by Enter
    side_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.images = ImagesModel(self)
        self.thumbnails = Thumbnails(self)
        self._side = USUAL_SIDE
        self._delegate = _ImageDelegate(self)
        self.setModel(self.images)
        self.setItemDelegate(self._delegate)
        # As a list that wraps: an icon view would keep a place for each of 50,000 images.
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setAccessibleName("Images")
        self.clicked.connect(self._on_clicked)
        self.thumbnails.loaded.connect(self.viewport().update)
        theme.signals.theme_changed.connect(self.viewport().update)
        class_names.signals.changed.connect(self.viewport().update)
        self._fit()

    @property
    def side(self) -> int:
        """The side of a thumbnail, in logical pixels."""
        return self._side

    @property
    def column_count(self) -> int:
        """The number of images side by side."""
        return max(1, (self.viewport().width() - 1) // self._delegate.least_width)

    @property
    def chosen_rows(self) -> list[int]:
        """Positions in the set of the selected images, in the order that is shown."""
        places = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        return [int(self.images.rows[place]) for place in places]

    def set_side(self, side: int) -> None:
        """Set the side of a thumbnail to the nearest of `SIDES`."""
        side = min(SIDES, key=lambda each: abs(each - side))
        if side != self._side:
            self._side = side
            self._fit()
            self.side_changed.emit(side)

    def zoom(self, steps: int) -> None:
        """Enlarge the thumbnails by so many steps."""
        place = min(max(SIDES.index(self._side) + steps, 0), len(SIDES) - 1)
        self.set_side(SIDES[place])

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom with Ctrl."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose the current image with Enter; zoom with Ctrl and plus or minus."""
        index = self.currentIndex()
        is_control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            self.image_chosen.emit(int(self.images.rows[index.row()]))
        elif is_control and event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(1)
        elif is_control and event.key() == Qt.Key.Key_Minus:
            self.zoom(-1)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fill the width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Distribute the width among the images of a line."""
        width = (self.viewport().width() - 1) // self.column_count
        self._delegate.cell = QSize(max(width, self._delegate.least_width), self._delegate.height)
        self.verticalScrollBar().setSingleStep(max(self._delegate.height // 3, 1))
        self.scheduleDelayedItemsLayout()

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        """Choose an image; with Ctrl or Shift only the selection changes."""
        if len(self.selectionModel().selectedIndexes()) == 1:
            self.image_chosen.emit(int(self.images.rows[index.row()]))


class _ImageDelegate(QStyledItemDelegate):
    """Draws a thumbnail, and below it the label and the answers of B and B′."""

    def __init__(self, view: ImageGrid) -> None:
        super().__init__(view)
        self._view = view
        self.cell = QSize(USUAL_SIDE, USUAL_SIDE)

    @property
    def _metrics(self) -> QFontMetrics:
        return QFontMetrics(theme.figures_font(theme.scaled_font(self._view.font(), 0.84)))

    @property
    def least_width(self) -> int:
        """The smallest width of an image with its words."""
        return max(self._view.side, self._metrics.horizontalAdvance("B′ 1000 > 99.9 %")) + 2 * PADDING

    @property
    def height(self) -> int:
        """The height of an image with its words."""
        return self._view.side + LINES * self._metrics.height() + 3 * PADDING

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """Return the size of every image."""
        return self.cell

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
        if option.state & QStyle.StateFlag.State_HasFocus and self._view.hasFocus():
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
        side = max(18, square.width() // 5)
        badge = QRect(square.right() - side + 2, square.top() - 2, side, side)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.current().surface))
        painter.drawEllipse(badge)
        theme.icon("flagged", colour=theme.current().repaired).paint(painter, badge.adjusted(2, 2, -2, -2))

    def _draw_words(self, painter: QPainter, rect: QRect, facts: ImageFacts) -> None:
        colours, metrics = theme.current(), self._metrics
        font = theme.figures_font(theme.scaled_font(self._view.font(), 0.84))
        painter.setFont(font)
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
            ("B", facts.base, facts.base_confidence, facts.base_outcome),
            ("B′", facts.pruned, facts.pruned_confidence, facts.outcome),
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
