"""An image with its trigger and the answers of B, B′ and G, drawn as one picture to save or to drag out."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMimeData, QRectF, Qt, QUrl
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter
from PySide6.QtWidgets import QApplication

from core.records import ClassScore, ImageAnswer
from gui.theme import formatting, theme
from gui.widgets.image_view import as_image

WIDTH, HEIGHT = 760, 400
MARGIN, SIDE = 24, 320
RATIO = 2  # pixels for each unit of the drawing
TOP_COUNT = 3
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True, eq=False)
class AnnotatedImage:
    """An image and all that is said of it.

    Attributes:
        image_name: the name of its file.
        model_name: the name of B's file.
        network_text: describes B′.
        trigger_name: the trigger over it; empty for none.
        answer: of B, B′ and G, with the image as the network sees it.
        target_labels: the target labels of the open poisoned sets.
    """

    image_name: str
    model_name: str
    network_text: str
    trigger_name: str
    answer: ImageAnswer
    target_labels: frozenset[int] = frozenset()

    @property
    def file_name(self) -> str:
        """The name of a file for it, with a suffix."""
        stem = Path(self.image_name).stem or "image"
        kept = "".join(letter if letter.isalnum() or letter in "-_. " else "_" for letter in stem)
        return f"{kept[:80]}{'_triggered' if self.trigger_name else ''}_answers.png"


def draw_annotated(annotated: AnnotatedImage) -> QImage:
    """Return the drawing, in the colours of the theme."""
    colours = theme.current()
    made = QImage(RATIO * WIDTH, RATIO * HEIGHT, QImage.Format.Format_RGB32)
    made.setDevicePixelRatio(RATIO)
    made.fill(QColor(colours.surface))
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    _draw_image(painter, annotated.answer)
    _Column(painter, annotated).draw()
    painter.end()
    return made


def as_png(image: QImage) -> bytes:
    """Return an image as the content of a PNG file."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload] # the stubs know no format as text
    return bytes(buffer.data().data())


def annotated_mime(images: Sequence[AnnotatedImage]) -> QMimeData:
    """Return drawings as files that can be dragged to another program; of a single one also its pixels."""
    mime = QMimeData()
    folder = Path(tempfile.mkdtemp(dir=_folder().name))
    urls = []
    for number, each in enumerate(images):
        drawn = draw_annotated(each)
        path = folder / each.file_name
        if path.exists():
            path = folder / f"{number}_{each.file_name}"
        path.write_bytes(as_png(drawn))
        urls.append(QUrl.fromLocalFile(str(path)))
        if len(images) == 1:
            mime.setImageData(drawn)
    mime.setUrls(urls)
    return mime


@cache
def _folder() -> "tempfile.TemporaryDirectory[str]":
    """The folder of files that are dragged out; removed when the program ends."""
    return tempfile.TemporaryDirectory(prefix="backdoor_inspector_")


def _draw_image(painter: QPainter, answer: ImageAnswer) -> None:
    image = as_image(answer.seen)
    factor = SIDE / max(image.width(), image.height())
    width, height = image.width() * factor, image.height() * factor
    place = QRectF(MARGIN + (SIDE - width) / 2, (HEIGHT - height) / 2, width, height)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, factor < 1)
    painter.drawImage(place, image)
    painter.setPen(QColor(theme.current().border))
    painter.drawRect(place.adjusted(-0.5, -0.5, 0.5, 0.5))


class _Column:
    """The text beside the image, line by line."""

    def __init__(self, painter: QPainter, annotated: AnnotatedImage) -> None:
        self._painter = painter
        self._annotated = annotated
        self._left = float(2 * MARGIN + SIDE)
        self._width = WIDTH - self._left - MARGIN
        self._top = float(MARGIN)

    def draw(self) -> None:
        colours, annotated, answer = theme.current(), self._annotated, self._annotated.answer
        elide = Qt.TextElideMode.ElideMiddle
        self._line(annotated.image_name, size=17, is_bold=True, elide=elide)
        trigger = f"with the trigger {annotated.trigger_name}" if annotated.trigger_name else "without a trigger"
        self._line(trigger, colour=colours.muted, elide=elide)
        self._top += 8
        for name, text, scores, colour in (
            ("B", annotated.model_name, answer.base, colours.base),
            ("B′", annotated.network_text, answer.pruned, colours.pruned_network),
        ):
            self._line(f"{name}   {text}", is_bold=True, elide=elide)
            for score in scores[:TOP_COUNT]:
                self._bar(score, colour)
            self._top += 8
        is_flagged = answer.is_flagged or answer.is_flagged_by_confidence
        is_target = formatting.is_target(answer, annotated.target_labels)
        colour = colours.ok if is_flagged else colours.warning if is_target else colours.text
        verdict = formatting.verdict_text(answer, annotated.target_labels)
        self._paragraph("\n".join(filter(None, (verdict, formatting.confidence_text(answer)))), colour)

    def _font(self, size: float, *, is_bold: bool = False) -> QFont:
        font = theme.figures_font(QApplication.font())
        font.setPixelSize(round(size))
        font.setWeight(QFont.Weight.DemiBold if is_bold else QFont.Weight.Normal)
        return font

    def _line(
        self,
        text: str,
        *,
        size: float = 14,
        is_bold: bool = False,
        colour: str = "",
        elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        font = self._font(size, is_bold=is_bold)
        metrics = QFontMetricsF(font)
        self._painter.setFont(font)
        self._painter.setPen(QColor(colour or theme.current().text))
        place = QRectF(self._left, self._top, self._width, metrics.height() + 3)
        self._painter.drawText(place, _LEFT, metrics.elidedText(text, elide, self._width))
        self._top += metrics.height() + 3

    def _bar(self, score: ClassScore, colour: str) -> None:
        colours, painter = theme.current(), self._painter
        painter.setFont(self._font(13))
        painter.setPen(QColor(colours.text))
        height, label, value = 19.0, 48.0, 64.0
        painter.drawText(QRectF(self._left, self._top, label - 10, height), _RIGHT, str(score.label))
        room = self._width - label - value
        shown = formatting.probability_text(score.value)
        painter.drawText(QRectF(self._left + self._width - value, self._top, value, height), _RIGHT, shown)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.grid))
        bar = QRectF(self._left + label, self._top + 6, room, 8)
        painter.drawRoundedRect(bar, 2, 2)
        painter.setBrush(QColor(colour))
        bar.setWidth(room * min(max(score.value, 0.0), 1.0))
        painter.drawRoundedRect(bar, 2, 2)
        self._top += height

    def _paragraph(self, text: str, colour: str) -> None:
        self._painter.setFont(self._font(14, is_bold=True))
        self._painter.setPen(QColor(colour))
        place = QRectF(self._left, self._top, self._width, HEIGHT - self._top - 8)
        self._painter.drawText(place, int(Qt.TextFlag.TextWordWrap), text)
