"""One image asked of B, B′ and G: what the network sees of it, their answers, with the trigger on or off."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.records import ImageAnswer
from gui.classifier.score_bars import ScoreBars
from gui.theme import formatting, theme
from gui.widgets.combo import ElidedCombo
from gui.widgets.image_view import ImageView
from gui.widgets.labels import ElidedLabel, Notice, NoticeKind, PanelHeader, ScaledLabel

DROP_TEXT = "Drop an image here, or open one"
NOT_READY_TEXT = "Open a model to test images on it"
BUSY_TEXT = "Asking the network …"
CONFIDENCE_TIP = (
    "G by confidence flags where B and B′ disagree, and where B′'s largest probability is below a level. The level was "
    "found on clean images, for few false alarms, or came with the network."
)
TARGET_TIP = "A target label of a poisoned set that is open. Only an image that really shows this class is right here."


class ClassifierPanel(QWidget):
    """Drop an image on it, see what the networks answer, put the trigger on and see it again."""

    open_requested = Signal()
    image_dropped = Signal(object)  # Path
    trigger_toggled = Signal(bool)
    trigger_open_requested = Signal()
    trigger_reset_requested = Signal()
    network_chosen = Signal(int)  # position among those that `show_networks` was given

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAcceptDrops(True)
        self._is_ready = False
        self._answer: ImageAnswer | None = None
        self._build_widgets()
        self._lay_out()
        self.open_button.clicked.connect(self.open_requested)
        self.drop_zone.clicked.connect(self.open_requested)
        self.trigger_box.toggled.connect(self.trigger_toggled)
        self.trigger_open_button.clicked.connect(self.trigger_open_requested)
        self.trigger_reset_button.clicked.connect(self.trigger_reset_requested)
        self.network_combo.activated.connect(self.network_chosen)
        theme.signals.theme_changed.connect(self._recolour)
        self._recolour()
        self.set_ready(False)

    def set_ready(self, is_ready: bool) -> None:
        """Whether there is a network to ask; without one the last answer goes."""
        self._is_ready = is_ready
        for widget in (self.open_button, self.trigger_box, self.trigger_open_button, self.trigger_reset_button):
            widget.setEnabled(is_ready)
        if not is_ready:
            self.clear()
        self.drop_zone.set_hint(DROP_TEXT if is_ready else NOT_READY_TEXT, is_open=is_ready)

    def clear(self) -> None:
        """Forget the image."""
        self._answer = None
        self.drop_zone.image.clear()
        self.drop_zone.update()
        self._header.detail.setText("")
        self._stop_being_busy()
        self._show_error("")
        self.answer_area.setVisible(False)

    def show_networks(self, names: Sequence[str], chosen: int) -> None:
        """Offer networks to be asked as B′; there is no choice where there is but one.

        Args:
            names: of each, the one that is pruned on the screen first.
            chosen: position of the one that is asked.
        """
        self.network_combo.clear()
        self.network_combo.addItems(list(names))
        self.network_combo.setCurrentIndex(chosen)
        self.network_combo.setVisible(len(names) > 1)
        self.pruned_step.setVisible(len(names) == 1)

    def set_trigger_name(self, name: str) -> None:
        """Which trigger would be put on."""
        self.trigger_name.setText(name)

    def set_trigger_on(self, is_on: bool) -> None:
        """Whether the trigger is on, without telling anybody."""
        was_blocked = self.trigger_box.blockSignals(True)
        self.trigger_box.setChecked(is_on)
        self.trigger_box.blockSignals(was_blocked)

    def show_busy(self, text: str = BUSY_TEXT) -> None:
        """An answer is on its way; the last one stays, greyed."""
        self._show_error("")
        self.busy_label.setText(text)
        self.drop_zone.image.set_dimmed(True)
        for bars in (self.base_bars, self.pruned_bars):
            bars.set_dimmed(True)

    def show_answer(
        self,
        answer: ImageAnswer,
        *,
        image_name: str,
        step_text: str,
        target_labels: frozenset[int] = frozenset(),
    ) -> None:
        """Show what the networks say.

        Args:
            answer: of B, B′ and G.
            image_name: the file's name.
            step_text: which B′ this is ("48 pruned, 12 left").
            target_labels: what the attacker wants, of the poisoned sets that are open.
        """
        self._answer = answer
        self._stop_being_busy()
        self._show_error("")
        self.drop_zone.image.set_image(answer.seen)
        height, width, channels = answer.seen.shape
        self.drop_zone.setToolTip(f"{image_name} as the network sees it: {height} × {width} × {channels}")
        self.drop_zone.update()
        self._header.detail.setText(image_name)
        self.pruned_step.setText(step_text)
        if self.network_combo.currentIndex() == 0:
            self.network_combo.setItemText(0, step_text)
        self.base_bars.set_scores(answer.base)
        self.pruned_bars.set_scores(answer.pruned)
        self._show_verdict(answer, target_labels)
        self.answer_area.setVisible(True)
        self._fit()

    def _show_verdict(self, answer: ImageAnswer, target_labels: frozenset[int]) -> None:
        """G's answers: found out, what the attacker wants, or a plain label, which alone is neither good nor bad."""
        otherwise: NoticeKind = "warning" if formatting.is_target(answer, target_labels) else "quiet"
        kind: NoticeKind = "flagged" if answer.is_flagged else otherwise
        self.verdict.show_text(formatting.verdict_text(answer, target_labels), kind=kind)
        self.confidence_verdict.show_text(
            formatting.confidence_text(answer), kind="flagged" if answer.is_flagged_by_confidence else otherwise
        )
        self.verdict.setToolTip(TARGET_TIP if kind == "warning" else "")

    def show_error(self, sentence: str) -> None:
        """Say what was wrong with the image or the trigger; what was shown stays."""
        self._stop_being_busy()
        self._show_error(sentence)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._recolour()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take exactly one file of this computer."""
        if self._is_ready and _dropped_path(event.mimeData()) is not None:
            event.acceptProposedAction()
            self.drop_zone.set_hot(True)
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """As it was when it came in."""
        if self._is_ready and _dropped_path(event.mimeData()) is not None:
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """It has gone."""
        self.drop_zone.set_hot(False)
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Hand the file on."""
        self.drop_zone.set_hot(False)
        path = _dropped_path(event.mimeData())
        if self._is_ready and path is not None:
            event.acceptProposedAction()
            self.image_dropped.emit(path)
        else:
            event.ignore()

    def _build_widgets(self) -> None:
        self._header = PanelHeader("Classifier", elide=Qt.TextElideMode.ElideMiddle)
        self.drop_zone = DropZone()
        self.open_button = QPushButton("Open image…")
        self.busy_label = ElidedLabel(role="muted", factor=theme.SMALL)
        self.trigger_box = QCheckBox("Trigger")
        self.trigger_box.setToolTip("Put the trigger on the image")
        self.trigger_name = ElidedLabel(role="muted", factor=theme.SMALL, elide=Qt.TextElideMode.ElideMiddle)
        self.trigger_open_button = _tool("Open another trigger image…", "Open another trigger image, with alpha")
        self.trigger_reset_button = _tool("Back to the built-in trigger", "Back to the built-in sunglasses")
        self.error_notice = Notice("error", is_wrapped=True)
        self.base_bars = ScoreBars("base")
        self.base_bars.setAccessibleName("Answer of B")
        self.pruned_bars = ScoreBars("pruned_network")
        self.pruned_bars.setAccessibleName("Answer of B′")
        self.pruned_step = ElidedLabel(role="muted", factor=theme.SMALL)
        self.network_combo = ElidedCombo("Which network is asked as B′: the pruned one, or a repair", letters=8)
        self.network_combo.setAccessibleName("Network asked as B′")
        self.network_combo.setVisible(False)
        self.verdict = Notice("ok", is_wrapped=True, is_bold=True)
        self.confidence_verdict = Notice("quiet", is_wrapped=True)
        self.confidence_verdict.setToolTip(CONFIDENCE_TIP)
        self.answer_area = QWidget()

    def _lay_out(self) -> None:
        trigger_row = _row(self.trigger_box, self.trigger_open_button, self.trigger_reset_button)
        trigger_row.setStretch(0, 1)
        open_row = _row(self.open_button, self.busy_label)
        open_row.setStretch(1, 1)
        answer = QVBoxLayout(self.answer_area)
        answer.setContentsMargins(0, 0, 0, 0)
        answer.setSpacing(theme.GRID // 2)
        answer.addWidget(self.verdict)
        answer.addWidget(self.confidence_verdict)
        answer.addSpacing(theme.GRID // 2)
        base_title = ElidedLabel("the network as opened", role="muted", factor=theme.SMALL)
        for name, detail, bars in (("B", base_title, self.base_bars), ("B′", self.pruned_step, self.pruned_bars)):
            row = _row(ScaledLabel(name, is_bold=True), detail)
            row.setStretch(1, 1)
            if bars is self.pruned_bars:
                row.addWidget(self.network_combo, 1)
            answer.addLayout(row)
            answer.addWidget(bars)
            answer.addSpacing(theme.GRID // 2)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID)
        column.addWidget(self.drop_zone, 1)
        column.addLayout(open_row)
        column.addLayout(trigger_row)
        column.addWidget(self.trigger_name)
        column.addWidget(self.error_notice)
        column.addWidget(self.answer_area)
        scroll = QScrollArea()
        scroll.setAccessibleName("Image and answers")
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(body)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.viewport().setAutoFillBackground(False)
        body.setAutoFillBackground(False)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(12, theme.GRID, 12, theme.GRID)
        outer.setSpacing(theme.GRID)
        outer.addWidget(self._header)
        outer.addWidget(scroll, 1)
        self._scroll, self._body = scroll, body

    def _show_error(self, sentence: str) -> None:
        self.error_notice.show_text(sentence)

    def _stop_being_busy(self) -> None:
        self.busy_label.setText("")
        self.drop_zone.image.set_dimmed(False)
        for bars in (self.base_bars, self.pruned_bars):
            bars.set_dimmed(False)

    def _fit(self) -> None:
        """Be wide enough never to need scrolling sideways."""
        needed = self._body.minimumSizeHint().width()
        self._scroll.setMinimumWidth(needed + self._scroll.verticalScrollBar().sizeHint().width())

    def _recolour(self) -> None:
        theme.dress(self.open_button, "open")
        theme.dress(self.trigger_box, "trigger")
        theme.dress(self.trigger_open_button, "open")
        theme.dress(self.trigger_reset_button, "back")
        self._fit()


class DropZone(QWidget):
    """Where an image is dropped, and then seen."""

    clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hint = ""
        self._is_open = False
        self._is_hot = False
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
        """What is said while there is no image."""
        return self._hint

    @property
    def is_hot(self) -> bool:
        """Whether an image hovers over it."""
        return self._is_hot

    def set_hint(self, text: str, *, is_open: bool) -> None:
        """What is said while there is no image, and whether one may be dropped."""
        self._hint = text
        self._is_open = is_open
        self.setCursor(Qt.CursorShape.PointingHandCursor if is_open else Qt.CursorShape.ArrowCursor)
        self.update()

    def set_hot(self, is_hot: bool) -> None:
        """Whether an image hovers over it."""
        self._is_hot = is_hot
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click opens an image too."""
        if self._is_open and event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.pos()):
            self.clicked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the frame, and the hint where there is no image."""
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
            painter.setPen(QColor(colour))
            text_place = self.rect().adjusted(theme.GRID, middle + 4, -theme.GRID, -theme.GRID)
            flags = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop) | int(Qt.TextFlag.TextWordWrap)
            painter.drawText(text_place, flags, self._hint)
        painter.end()


def _dropped_path(data: QMimeData) -> Path | None:
    """The one file of this computer that is being dragged; None for anything else."""
    urls = data.urls() if data.hasUrls() else []
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    path = Path(urls[0].toLocalFile())
    return path if path.is_file() else None


def _tool(name: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setAccessibleName(name)
    button.setToolTip(tip)
    button.setProperty("boxed", True)
    return button


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme.GRID)
    for widget in widgets:
        row.addWidget(widget)
    return row
