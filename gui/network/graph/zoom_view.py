"""A view of a scene that is zoomed by the wheel and moved by dragging."""

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent, QPainter, QPointingDevice, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QGraphicsScene, QGraphicsView, QWidget

LEAST_SCALE, MOST_SCALE = 0.02, 4.0
ZOOM_STEP = 1.25
READABLE = 0.45  # the least scale at which a person can read what is drawn
NOTCH = 120  # of a mouse wheel, in eighths of a degree


class ZoomView(QGraphicsView):
    """Zooms and moves its scene. A click that is no drag is announced; what it means is said by a subclass."""

    zoom_changed = Signal(float)
    clicked = Signal(QPoint, bool)  # where in the viewport, whether with Ctrl
    hovered = Signal(QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pressed: QPoint | None = None
        self._is_panning = False
        self._is_fitted = True  # fits the window until the person zooms or moves
        self._is_begun = False  # shows the beginning until then, because all of it is too much
        self.setScene(QGraphicsScene(self))
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setFrameShape(QGraphicsView.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setMinimumSize(160, 120)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontAdjustForAntialiasing)

    @property
    def scale_factor(self) -> float:
        """How many logical pixels one unit of the graph takes; 1 is 100 %."""
        return float(self.transform().m11())

    @property
    def zoom_anchor(self) -> QRectF | None:
        """What is shown at 100 %, in the scene's coordinates; None for the middle of what is seen."""
        return None

    @Slot()
    def fit(self) -> None:
        """Zoom out until all is seen; not beyond 100 %."""
        rect, room = self.sceneRect(), self.viewport().size()
        whole = min(room.width() / max(rect.width(), 1), room.height() / max(rect.height(), 1))
        self._scale_to(max(min(whole, 1.0), LEAST_SCALE))
        self.centerOn(rect.center())
        self._is_fitted, self._is_begun = True, False

    def begin(self) -> None:
        """Show all, or the beginning in its whole width if nothing could be read of all."""
        self.fit()
        if self.scale_factor < READABLE:
            rect = self.sceneRect()
            self._scale_to(max(READABLE, min(1.0, self.viewport().width() / max(rect.width(), 1))))
            self.centerOn(rect.center().x(), rect.top())
            self._is_fitted, self._is_begun = False, True

    @Slot()
    def show_actual_size(self) -> None:
        """Zoom to 100 %."""
        self._zoom_to(1.0, self.viewport().rect().center())
        if self.zoom_anchor is not None:
            self.centerOn(self.zoom_anchor.center())

    @Slot()
    def zoom_in(self) -> None:
        """Zoom in by one step around the middle."""
        self._zoom_to(self.scale_factor * ZOOM_STEP, self.viewport().rect().center())

    @Slot()
    def zoom_out(self) -> None:
        """Zoom out by one step around the middle."""
        self._zoom_to(self.scale_factor / ZOOM_STEP, self.viewport().rect().center())

    def sizeHint(self) -> QSize:
        """Return a default size; the layout may give any other."""
        return QSize(420, 480)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the scene again, if it was fitted."""
        super().resizeEvent(event)
        if self._is_fitted or self._is_begun:
            self.begin()
            if self.zoom_anchor is not None:
                self.ensureVisible(self.zoom_anchor)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the mouse, with or without Ctrl; with Shift, and on a touchpad without Ctrl, move the scene."""
        has_ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        is_touch = event.device().type() == QPointingDevice.DeviceType.TouchPad
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or (is_touch and not has_ctrl):
            self._is_fitted = self._is_begun = False
            super().wheelEvent(event)
            return
        notches = event.angleDelta().y() / NOTCH
        self._zoom_to(self.scale_factor * ZOOM_STEP**notches, event.position().toPoint())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click or a drag."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._pressed, self._is_panning = event.position().toPoint(), False
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the scene while a button is held, else show what the mouse is over."""
        at = event.position().toPoint()
        if self._pressed is None:
            self.hovered.emit(at)
            return
        step = at - self._pressed
        if self._is_panning or step.manhattanLength() >= QApplication.startDragDistance():
            self._is_panning, self._is_fitted, self._is_begun = True, False, False
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
            self._move_by(step)
            self._pressed = at

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag, or announce a click."""
        is_click = event.button() == Qt.MouseButton.LeftButton and self._pressed is not None and not self._is_panning
        self._pressed, self._is_panning = None, False
        at = event.position().toPoint()
        if is_click:
            self.clicked.emit(at, bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
        self.hovered.emit(at)
        event.accept()

    def _zoom_to(self, scale: float, anchor: QPoint) -> None:
        """Zoom to a scale so that what is at a point of the viewport stays there."""
        before = self.mapToScene(anchor)
        self._scale_to(min(max(scale, LEAST_SCALE), MOST_SCALE))
        self._is_fitted = self._is_begun = False
        moved = self.mapFromScene(before) - anchor
        self._move_by(QPoint(-moved.x(), -moved.y()))

    def _scale_to(self, scale: float) -> None:
        if scale != self.scale_factor:
            self.resetTransform()
            self.scale(scale, scale)
            self.zoom_changed.emit(scale)

    def _move_by(self, step: QPoint) -> None:
        for bar, distance in ((self.horizontalScrollBar(), step.x()), (self.verticalScrollBar(), step.y())):
            bar.setValue(bar.value() - distance)
