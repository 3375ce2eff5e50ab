"""The best classes of one network as small bars."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.records import ClassScore
from gui.theme import class_names, formatting, theme

TOP_COUNT = 5
LARGEST_LABEL = 0.42  # of the width, for numbers with names
REST_TEXT = "all others: 0 %"


class ScoreBars(QWidget):
    """Draws the best classes of one network, each with its label, a bar and its value.

    Args:
        colour: the name of the bars' colour in the theme.
    """

    def __init__(self, colour: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colour = colour
        self._scores: tuple[ClassScore, ...] = ()
        self._shown: tuple[ClassScore, ...] = ()
        self._has_rest = False
        self._is_dimmed = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.signals.theme_changed.connect(self.update)
        class_names.signals.changed.connect(self._tell)

    @property
    def scores(self) -> tuple[ClassScore, ...]:
        """The best classes, including those with a score of exactly 0."""
        return self._scores

    @property
    def shown(self) -> tuple[ClassScore, ...]:
        """The classes that are drawn."""
        return self._shown

    @property
    def is_dimmed(self) -> bool:
        """Whether the bars are greyed because a new answer is being computed."""
        return self._is_dimmed

    def set_scores(self, scores: Sequence[ClassScore]) -> None:
        """Show scores, best first; classes with exactly 0 are left out, as all other classes have 0 as well."""
        self._scores = tuple(scores[:TOP_COUNT])
        self._shown = self._scores
        if self._scores and self._scores[-1].value == 0:
            self._shown = tuple(score for place, score in enumerate(self._scores) if score.value or not place)
        self._has_rest = len(self._shown) < len(self._scores)
        self._tell()

    @Slot()
    def _tell(self) -> None:
        """Say what is drawn, with the names of the classes."""
        words = [
            f"{class_names.short_text(score.label)}: {formatting.probability_text(score.value)}"
            for score in self._shown
        ]
        words += [REST_TEXT] if self._has_rest else []
        self.setAccessibleDescription(", ".join(words))
        self.setToolTip(
            "\n".join(f"{class_names.class_text(score.label, 80)}: {score.value:.6g}" for score in self._scores)
        )
        self.updateGeometry()
        self.update()

    def set_dimmed(self, is_dimmed: bool) -> None:
        """Whether the bars are greyed because a new answer is being computed."""
        self._is_dimmed = is_dimmed
        self.update()

    def sizeHint(self) -> QSize:
        """Return the height of one line for each class."""
        return QSize(120, TOP_COUNT * self._line_height())

    def minimumSizeHint(self) -> QSize:
        """Return the height of one line for each class."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw labels at the left, values at the right, and bars between them."""
        del event
        colours = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(0.35 if self._is_dimmed else 1.0)
        font = theme.figures_font(self.font())
        painter.setFont(font)
        metrics, line = QFontMetrics(font), self._line_height()
        labels = [class_names.short_text(score.label, 60) for score in self._shown]
        widest = max((metrics.horizontalAdvance(label) for label in labels), default=0)
        label_width = min(widest + 2, round(LARGEST_LABEL * self.width()))
        has_faces = any(class_names.face_of(score.label) is not None for score in self._shown)
        indent = line + 2 if has_faces else 0
        value_width = metrics.horizontalAdvance("> 99.9 %")
        left = indent + label_width + theme.GRID
        room = self.width() - left - value_width - theme.GRID
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        is_named = class_names.current() is not None
        left_or_right = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter if is_named else right
        for place, score in enumerate(self._shown):
            top = place * line
            if (face := class_names.face_of(score.label)) is not None:
                self._draw_face(painter, face, QRect(0, top + 1, line, line - 2))
            painter.setPen(QColor(colours.text if place == 0 else colours.muted))
            label = metrics.elidedText(labels[place], Qt.TextElideMode.ElideRight, label_width)
            painter.drawText(indent, top, label_width, line, left_or_right, label)
            text = formatting.probability_text(score.value)
            painter.drawText(self.width() - value_width, top, value_width, line, right, text)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.grid))
            height = max(6.0, line * 0.42)
            bar = QRectF(left, top + (line - height) / 2, max(0, room), height)
            painter.drawRoundedRect(bar, 2, 2)
            painter.setBrush(QColor(getattr(colours, self._colour)))
            filled = min(max(score.value, 0.0), 1.0) * bar.width()
            if filled > 0:
                painter.drawRoundedRect(QRectF(bar.left(), bar.top(), max(filled, 1.5), bar.height()), 2, 2)
        if self._has_rest:
            painter.setPen(QColor(colours.muted))
            rest = QRectF(left, len(self._shown) * line, max(0, self.width() - left), line)
            painter.drawText(rest, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, REST_TEXT)
        painter.end()

    def _draw_face(self, painter: QPainter, face: QPixmap, place: QRect) -> None:
        """Draw an example image in a small square."""
        size = face.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRect(place.topLeft(), size)
        target.moveCenter(place.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(target, face)

    def _line_height(self) -> int:
        return self.fontMetrics().height() + (8 if class_names.has_faces() else 4)
