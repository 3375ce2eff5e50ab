"""The area of the classifier that takes dropped images, shows the one that is tested, and lets it be dragged out."""

from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QSizePolicy, QVBoxLayout, QWidget

from gui.theme import theme
from gui.widgets.image_view import ImageView


class DropZone(QWidget):
    """Shows the image, or a hint while there is none. The panel around it handles the drops."""

    clicked = Signal()
    drag_requested = Signal()  # the image is being dragged out of the window

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hint = ""
        self._is_open = False
        self._is_hot = False
        self._pressed_at: QPoint | None = None
        self.image = ImageView(self)
        self.image.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.addWidget(self.image)
        self.setMinimumHeight(112)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.signals.theme_changed.connect(self.update)

    @property
    def hint(self) -> str:
        """The text shown while there is no image."""
        return self._hint

    @property
    def is_hot(self) -> bool:
        """Whether an image is being dragged over the panel."""
        return self._is_hot

    def set_hint(self, text: str, *, is_open: bool) -> None:
        """Set the text shown while there is no image, and whether images are accepted."""
        self._hint = text
        self._is_open = is_open
        self.setCursor(Qt.CursorShape.PointingHandCursor if is_open else Qt.CursorShape.ArrowCursor)
        self.update()

    def set_hot(self, is_hot: bool) -> None:
        """Highlight the area while an image is being dragged over the panel."""
        self._is_hot = is_hot
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where a click or a drag begins."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed_at = event.pos()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Begin to drag the image out; the release that follows is no click."""
        begun = self._pressed_at
        if begun is None or (event.pos() - begun).manhattanLength() < QApplication.startDragDistance():
            return
        self._pressed_at = None
        if self.image.has_image:
            self.drag_requested.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Emit `clicked` for a left click while images are accepted."""
        is_click = self._pressed_at is not None and self.rect().contains(event.pos())
        self._pressed_at = None
        if self._is_open and event.button() == Qt.MouseButton.LeftButton and is_click:
            self.clicked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the frame, and the hint if there is no image."""
        del event
        colours = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(colours.accent if self._is_hot else colours.border), 2 if self._is_hot else 1)
        if not self.image.has_image:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(QColor(colours.selection if self._is_hot else colours.raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        if not self.image.has_image:
            side = 32
            middle = self.height() // 2
            colour = colours.muted if self._is_open else colours.disabled
            theme.icon("image", colour=colour).paint(painter, (self.width() - side) // 2, middle - side, side, side)
            painter.setPen(QColor(colours.muted))  # the hint is read also where nothing can be dropped yet
            text_place = self.rect().adjusted(theme.GRID, middle + 4, -theme.GRID, -theme.GRID)
            flags = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop) | int(Qt.TextFlag.TextWordWrap)
            painter.drawText(text_place, flags, self._hint)
        painter.end()
