"""The image with the trigger on it: a patch is dragged, resized and rotated here, a drawing is drawn."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.data.trigger_design.placing import Placement
from gui.theme import theme
from gui.widgets.image_view import as_image

HANDLE, REACH, STEM, MARGIN = 10.0, 12.0, 26.0, 34.0
CORNERS = ((-1, -1), (1, -1), (1, 1), (-1, 1))
EDGES = ((0, -1), (1, 0), (0, 1), (-1, 0))
TURN = (0, -2)  # the handle above the patch that rotates it
_STEPS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}
_SMALLEST = 1.0


class StudioCanvas(QWidget):
    """Shows the image with the trigger, pixel by pixel as it is stamped.

    A patch is dragged; its corners keep the aspect ratio, its edges stretch it, the handle above rotates it, in steps
    of 15° with Shift; the wheel resizes it. The arrow keys move it by a pixel, plus and minus resize it, the brackets
    rotate it. In a drawing, the left button draws and the right one erases.
    """

    gesture_began = Signal()  # a drag or a stroke
    placement_changed = Signal(object)  # Placement
    stroke_drawn = Signal(object, object, bool)  # from and to in pixels of the image, and whether it erases

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: QImage | None = None
        self._placement: Placement | None = None
        self._is_drawing = False
        self._grip: tuple[int, int] | None = None
        self._last: QPointF | None = None  # in pixels of the image
        self._is_erasing = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(280, 280)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Image with the trigger")
        self.setAccessibleDescription(
            "The arrow keys move the patch, plus and minus resize it, and the brackets rotate it."
        )
        theme.signals.theme_changed.connect(self.update)

    @property
    def placement(self) -> Placement | None:
        """Where the patch lies; None if it is no patch."""
        return self._placement

    def image(self) -> QImage | None:
        """Return the image with the trigger, at its own size; None while there is none."""
        return self._image

    def sizeHint(self) -> QSize:
        """Return the preferred size."""
        return QSize(460, 500)

    def show_image(self, pixels: NDArray[np.uint8] | None) -> None:
        """Show an image with the trigger on it, (H, W, C) uint8."""
        self._image = None if pixels is None else as_image(pixels)
        self.update()

    def set_tool(self, placement: Placement | None, *, is_drawing: bool) -> None:
        """Set where the patch lies, None for a trigger that is no patch, and whether strokes are drawn."""
        self._placement, self._is_drawing = placement, is_drawing
        self.setCursor(Qt.CursorShape.CrossCursor if is_drawing else Qt.CursorShape.ArrowCursor)
        self.update()

    def to_screen(self, x: float, y: float) -> QPointF:
        """Return where a point of the image is, given in its pixels."""
        return self._origin() + QPointF(x, y) * self._factor()

    def handle_place(self, handle: tuple[int, int]) -> QPointF:
        """Return where a handle is: one of `CORNERS` or `EDGES`, or `TURN`."""
        placed = self._placement
        assert placed is not None
        if handle == TURN:
            top = self.to_screen(*placed.to_image(0, -0.5))
            turn = math.radians(placed.angle)
            return top + QPointF(math.sin(turn), -math.cos(turn)) * STEM
        return self.to_screen(*placed.to_image(handle[0] / 2, handle[1] / 2))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take a handle or the patch, or begin a stroke."""
        at = self._in_image(event.position())
        self.gesture_began.emit()
        if self._is_drawing and event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            self._is_erasing = event.button() == Qt.MouseButton.RightButton
            self._last = at
            self._draw_to(at)
        elif self._placement is not None and event.button() == Qt.MouseButton.LeftButton:
            self._grip, self._last = self._grip_at(event.position()), at

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move, resize or rotate the patch, or draw on."""
        at = self._in_image(event.position())
        if self._last is None:
            self._show_cursor(event.position())
        elif self._is_drawing:
            self._draw_to(at)
        elif self._placement is not None and self._grip is not None:
            self._drag_to(at, is_stepped=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._grip = self._last = None
        self.gesture_began.emit()  # what follows is a step of its own
        self._show_cursor(event.position())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Resize the patch."""
        if self._placement is None or not event.angleDelta().y():
            super().wheelEvent(event)
            return
        self._take(self._placement.scaled_by(1.001 ** event.angleDelta().y()))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move, resize or rotate the patch."""
        placed, step = self._placement, _STEPS.get(Qt.Key(event.key()))
        if placed is None:
            super().keyPressEvent(event)
            return
        far = 5 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        text = event.text()
        if step is not None:
            self._take(placed.moved_by(far * step[0], far * step[1]))
        elif text in ("+", "="):
            self._take(placed.scaled_by(1.1))
        elif text == "-":
            self._take(placed.scaled_by(1 / 1.1))
        elif text in ("[", "]"):
            self._take(replace(placed, angle=_turned(placed.angle + (5 if text == "]" else -5))))
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the image, and the handles of a patch."""
        del event
        if self._image is None:
            return
        colours = theme.current()
        painter = QPainter(self)
        whole = QRectF(self.to_screen(0, 0), self.to_screen(self._image.width(), self._image.height()))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._factor() < 1)
        painter.drawImage(whole, self._image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.accent if self.hasFocus() else colours.border), 1))
        painter.drawRect(whole.adjusted(-0.5, -0.5, 0.5, 0.5))
        if self._placement is not None:
            self._draw_handles(painter)
        painter.end()

    def _draw_handles(self, painter: QPainter) -> None:
        colours = theme.current()
        outline = QPolygonF([self.handle_place(each) for each in CORNERS])
        for colour, width in ((colours.surface, 3.0), (colours.accent, 1.5)):
            painter.setPen(QPen(QColor(colour), width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolygon(outline)
            painter.drawLine(self.handle_place((0, -1)), self.handle_place(TURN))
        painter.setPen(QPen(QColor(colours.accent), 1.2))
        painter.setBrush(QColor(colours.surface))
        for each in (*CORNERS, *EDGES):
            place = self.handle_place(each)
            painter.drawRect(QRectF(place.x() - HANDLE / 2, place.y() - HANDLE / 2, HANDLE, HANDLE))
        painter.drawEllipse(self.handle_place(TURN), HANDLE / 2 + 1, HANDLE / 2 + 1)

    def _drag_to(self, at: QPointF, *, is_stepped: bool) -> None:
        placed, grip, last = self._placement, self._grip, self._last
        assert placed is not None and grip is not None and last is not None
        if grip == (0, 0):
            self._take(placed.moved_by(at.x() - last.x(), at.y() - last.y()))
            self._last = at
        elif grip == TURN:
            angle = math.degrees(math.atan2(at.x() - placed.x, placed.y - at.y()))
            self._take(replace(placed, angle=_turned(15 * round(angle / 15) if is_stepped else angle)))
        else:
            self._take(_stretched(placed, grip, at))

    def _draw_to(self, at: QPointF) -> None:
        self.stroke_drawn.emit(self._last, at, self._is_erasing)
        self._last = at

    def _take(self, placement: Placement) -> None:
        self._placement = placement
        self.update()
        self.placement_changed.emit(placement)

    def _factor(self) -> float:
        if self._image is None:
            return 1.0
        room = self.width() - 2 * MARGIN, self.height() - 2 * MARGIN
        factor = min(room[0] / self._image.width(), room[1] / self._image.height())
        return float(int(factor)) if factor >= 1 else max(factor, 1e-3)

    def _origin(self) -> QPointF:
        if self._image is None:
            return QPointF()
        factor = self._factor()
        left = (self.width() - self._image.width() * factor) / 2
        top = (self.height() - self._image.height() * factor) / 2
        return QPointF(round(left), round(top))

    def _in_image(self, place: QPointF) -> QPointF:
        return (place - self._origin()) / self._factor()

    def _grip_at(self, place: QPointF) -> tuple[int, int] | None:
        """Return the handle at a place, (0, 0) on the patch, None elsewhere."""
        placed = self._placement
        if placed is None:
            return None
        handles = (TURN, *CORNERS, *EDGES)
        nearest = min(handles, key=lambda each: (self.handle_place(each) - place).manhattanLength())
        at = self._in_image(place)
        u, v = placed.from_image(at.x(), at.y())
        is_inside = abs(u) <= 0.5 and abs(v) <= 0.5
        is_small = min(placed.width, placed.height) * self._factor() < 3 * REACH
        is_near = (self.handle_place(nearest) - place).manhattanLength() <= REACH
        if is_near and not (is_small and is_inside and nearest != TURN):
            return nearest
        return (0, 0) if is_inside else None

    def _show_cursor(self, place: QPointF) -> None:
        if self._is_drawing:
            return
        grip = self._grip_at(place)
        shapes = {
            None: Qt.CursorShape.ArrowCursor,
            (0, 0): Qt.CursorShape.SizeAllCursor,
            TURN: Qt.CursorShape.CrossCursor,
        }
        self.setCursor(shapes.get(grip, Qt.CursorShape.PointingHandCursor))


def _stretched(placed: Placement, grip: tuple[int, int], at: QPointF) -> Placement:
    """Return a placement with a corner or an edge dragged to a place; the opposite one stays."""
    u, v = placed.from_image(at.x(), at.y())
    width = max(_SMALLEST, (u * grip[0] + 0.5) * placed.width) if grip[0] else placed.width
    height = max(_SMALLEST, (v * grip[1] + 0.5) * placed.height) if grip[1] else placed.height
    if grip[0] and grip[1]:
        factor = max(width / placed.width, height / placed.height)
        factor = max(factor, _SMALLEST / placed.width, _SMALLEST / placed.height)
        width, height = placed.width * factor, placed.height * factor
    fixed = placed.to_image(-grip[0] / 2, -grip[1] / 2)
    grown = replace(placed, width=width, height=height)
    now = grown.to_image(-grip[0] / 2, -grip[1] / 2)
    return grown.moved_by(fixed[0] - now[0], fixed[1] - now[1])


def _turned(angle: float) -> float:
    """Return an angle from -180 to 180 degrees."""
    return (angle + 180) % 360 - 180
