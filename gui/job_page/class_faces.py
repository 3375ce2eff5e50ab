"""Example images and names of chosen classes in a line below a field."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Slot
from PySide6.QtGui import QColor, QFontMetrics, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui.theme import class_names, theme

MOST = 12


class ClassFaces(QWidget):
    """Shows the first of some classes; hidden while there is nothing to show of them but their numbers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._labels: tuple[int, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        class_names.signals.changed.connect(self._update)
        theme.signals.theme_changed.connect(self.update)
        self._update()

    @property
    def labels(self) -> tuple[int, ...]:
        """The classes that are shown."""
        return self._labels

    def show_classes(self, labels: Sequence[int]) -> None:
        """Show these classes; negative ones are left out."""
        self._labels = tuple(label for label in labels if label >= 0)[:MOST]
        self._update()

    def sizeHint(self) -> QSize:
        """Return the height of an image, or of a line of text."""
        return QSize(120, self._side + 2)

    def minimumSizeHint(self) -> QSize:
        """Return the same height."""
        return QSize(40, self._side + 2)

    def event(self, event: QEvent) -> bool:
        """Tell the class under the mouse."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            hit = next((label for label, place in self._places() if place.contains(event.pos())), None)
            QToolTip.showText(event.globalPos(), "" if hit is None else class_names.class_text(hit, 80), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw each class: its image, and its name if there is room."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setFont(theme.scaled_font(self.font(), theme.SMALL))
        painter.setPen(QColor(theme.current().muted))
        for label, place in self._places():
            left = place.left()
            face = class_names.face_of(label)
            if face is not None:
                painter.drawPixmap(QRect(left, place.top(), self._side, self._side), face)
                left += self._side + 4
            room = QRect(left, place.top(), place.right() - left, place.height())
            painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self._text(label))
        painter.end()

    @property
    def _side(self) -> int:
        return self.fontMetrics().height() + 8

    def _text(self, label: int) -> str:
        return class_names.short_text(label, 16)

    def _places(self) -> list[tuple[int, QRect]]:
        """Return the classes that there is room for, and where."""
        metrics = QFontMetrics(theme.scaled_font(self.font(), theme.SMALL))
        left, found = 0, []
        for label in self._labels:
            face = self._side + 4 if class_names.face_of(label) is not None else 0
            width = face + metrics.horizontalAdvance(self._text(label)) + 2
            if left and left + width > self.width():
                break
            found.append((label, QRect(left, 0, width, self._side)))
            left += width + theme.GRID
        return found

    @Slot()
    def _update(self) -> None:
        has_more = any(class_names.face_of(each) is not None or class_names.name_of(each) for each in self._labels)
        self.setVisible(has_more)
        self.setAccessibleName(", ".join(class_names.class_text(each) for each in self._labels))
        self.updateGeometry()
        self.update()
