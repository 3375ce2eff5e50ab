"""An image with a frame that is moved and resized by the mouse or the keys."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.data.image import Frame
from gui.classifier.crop.geometry import moved, resized
from gui.theme import theme

HANDLE = 10.0  # side of a handle, in logical pixels
REACH = 12.0  # how far from a handle a press still takes it
MARGIN = 10.0
_SIDES = tuple((x, y) for y in (-1, 0, 1) for x in (-1, 0, 1) if x or y)
_CURSORS = {
    (-1, -1): Qt.CursorShape.SizeFDiagCursor,
    (1, 1): Qt.CursorShape.SizeFDiagCursor,
    (1, -1): Qt.CursorShape.SizeBDiagCursor,
    (-1, 1): Qt.CursorShape.SizeBDiagCursor,
    (-1, 0): Qt.CursorShape.SizeHorCursor,
    (1, 0): Qt.CursorShape.SizeHorCursor,
    (0, -1): Qt.CursorShape.SizeVerCursor,
    (0, 1): Qt.CursorShape.SizeVerCursor,
}
_STEPS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}


class FrameView(QWidget):
    """Shows the whole image, with what is outside the frame darkened.

    The arrow keys move the frame by a hundredth of the image, with Ctrl by a pixel; with Shift they resize it.
    """

    frame_changed = Signal(object)  # Frame

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self._size = (1, 1)
        self._aspect: float | None = None
        self._frame: Frame = (0.0, 0.0, 1.0, 1.0)
        self._grip: tuple[int, int] | None = None
        self._from: QPointF | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 200)
        self.setAccessibleName("Frame on the image")
        self.setAccessibleDescription(
            "The arrow keys move the frame, with Ctrl by one pixel; with Shift they make it larger or smaller."
        )

    @property
    def frame(self) -> Frame:
        """The frame, in pixels of the image."""
        return self._frame

    def sizeHint(self) -> QSize:
        """Return the preferred size."""
        return QSize(640, 440)

    def show_image(self, image: QImage, size: tuple[int, int], frame: Frame, *, aspect: float | None) -> None:
        """Show an image of a width and height, and a frame on it.

        Args:
            image: the image, which may be smaller.
            size: width and height of the image that the frame belongs to.
            frame: the frame.
            aspect: width by height that the frame keeps; None for a free one.
        """
        self._image, self._size, self._frame, self._aspect = image, size, frame, aspect
        self.update()

    def set_frame(self, frame: Frame, *, aspect: float | None) -> None:
        """Set the frame, and the aspect ratio that it keeps from now on."""
        self._frame, self._aspect = frame, aspect
        self.update()

    def handle_place(self, sides: tuple[int, int]) -> QPointF:
        """Return where a handle is: (-1, -1) the one at the left and the top, (1, 0) that of the right edge."""
        shown = self._on_screen(self._frame)
        x = {-1: shown.left(), 0: shown.center().x(), 1: shown.right()}[sides[0]]
        y = {-1: shown.top(), 0: shown.center().y(), 1: shown.bottom()}[sides[1]]
        return QPointF(x, y)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take a handle or the frame."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._grip = self._grip_at(event.position())
            self._from = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move or resize the frame."""
        if self._from is None:
            self._show_cursor(event.position())
            return
        if self._grip is None:
            return
        factor = self._factor()
        if self._grip == (0, 0):
            step = (event.position() - self._from) / factor
            self._from = event.position()
            self._take(moved(self._frame, step.x(), step.y(), size=self._size))
        else:
            at = (event.position() - self._origin()) / factor
            self._take(resized(self._frame, self._grip, (at.x(), at.y()), size=self._size, aspect=self._aspect))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._grip = self._from = None
        self._show_cursor(event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move or resize the frame by the arrow keys."""
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        modifiers = event.modifiers()
        length = 1.0 if modifiers & Qt.KeyboardModifier.ControlModifier else max(1.0, max(self._size) / 100)
        right, down = step[0] * length, step[1] * length
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            to = (self._frame[2] + right, self._frame[3] + down)
            sides = (1, 1) if self._aspect is not None else (abs(step[0]), abs(step[1]))
            if self._aspect is not None:  # both edges follow, whichever arrow it is
                larger = right + down
                to = (self._frame[2] + larger, self._frame[3] + larger / self._aspect)
            self._take(resized(self._frame, sides, to, size=self._size, aspect=self._aspect))
        else:
            self._take(moved(self._frame, right, down, size=self._size))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the image, the shade around the frame, its thirds and its handles."""
        del event
        if self._image.isNull():
            return
        colours = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole, shown = self._on_screen((0, 0, *self._size)), self._on_screen(self._frame)
        painter.drawImage(whole, self._image)
        shade = QPainterPath()
        shade.addRect(whole)
        shade.addRect(shown)
        dark = QColor(colours.window)
        dark.setAlphaF(0.72)
        painter.fillPath(shade, dark)
        line = QColor(colours.on_accent)
        line.setAlphaF(0.45)
        painter.setPen(QPen(line, 1))
        for third in (1, 2):
            x, y = shown.left() + third * shown.width() / 3, shown.top() + third * shown.height() / 3
            painter.drawLine(QPointF(x, shown.top()), QPointF(x, shown.bottom()))
            painter.drawLine(QPointF(shown.left(), y), QPointF(shown.right(), y))
        painter.setPen(QPen(QColor(colours.accent), 2 if self.hasFocus() else 1.5))
        painter.drawRect(shown)
        painter.setPen(QPen(QColor(colours.accent), 1))
        painter.setBrush(QColor(colours.surface))
        for sides in _SIDES:
            place = self.handle_place(sides)
            painter.drawRect(QRectF(place.x() - HANDLE / 2, place.y() - HANDLE / 2, HANDLE, HANDLE))
        painter.end()

    def _take(self, frame: Frame) -> None:
        if frame != self._frame:
            self._frame = frame
            self.update()
            self.frame_changed.emit(frame)

    def _factor(self) -> float:
        width, height = self._size
        return max(1e-6, min((self.width() - 2 * MARGIN) / width, (self.height() - 2 * MARGIN) / height))

    def _origin(self) -> QPointF:
        factor = self._factor()
        width, height = self._size
        return QPointF((self.width() - width * factor) / 2, (self.height() - height * factor) / 2)

    def _on_screen(self, frame: Frame) -> QRectF:
        factor, origin = self._factor(), self._origin()
        start = QPointF(frame[0] * factor, frame[1] * factor) + origin
        return QRectF(start, QPointF(frame[2] * factor, frame[3] * factor) + origin)

    def _grip_at(self, place: QPointF) -> tuple[int, int] | None:
        """Return the handle at a place, (0, 0) within the frame, None outside."""
        nearest = min(_SIDES, key=lambda sides: (self.handle_place(sides) - place).manhattanLength())
        if (self.handle_place(nearest) - place).manhattanLength() <= REACH:
            return nearest
        return (0, 0) if self._on_screen(self._frame).contains(place) else None

    def _show_cursor(self, place: QPointF) -> None:
        grip = self._grip_at(place)
        is_inside = grip == (0, 0)
        inside = Qt.CursorShape.SizeAllCursor if is_inside else Qt.CursorShape.ArrowCursor
        self.setCursor(_CURSORS.get(grip, inside) if grip is not None else inside)
