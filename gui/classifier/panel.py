"""The classifier: takes images, puts the trigger on one, and shows the answers of B, B′ and G."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.records import ImageAnswer
from gui.classifier.answer_view import AnswerView
from gui.classifier.answering_bar import AnsweringBar
from gui.classifier.drop_zone import DropZone
from gui.classifier.image_bar import ImageBar
from gui.classifier.strip.view import StripView
from gui.theme import theme
from gui.widgets.dropped_files import accept_copy, local_files
from gui.widgets.labels import ElidedLabel, Notice, PanelHeader

DROP_TEXT = "Drop images or a folder here, or open some"
NOT_READY_TEXT = "Open a model to classify images with it"
BUSY_TEXT = "Classifying …"
TRIGGER_TIP = "Put the trigger on the image: the pattern that makes a backdoored network answer the target label"


class ClassifierPanel(QWidget):
    """Takes a dropped image and shows what the networks answer, with the trigger on or off.

    Attributes:
        answering_bar: which network of the comparison answers; hidden while the one at the cursor does.
        answer_view: the answers; hidden until there is one.
        image_bar: the buttons below the image.
        studio_button: opens the trigger studio.
        why_button: explains the answers.
        strip_view: whether the answer survives blending with clean pictures; hidden until that is computed.
    """

    open_requested = Signal()
    image_dropped = Signal(object)  # Path
    images_dropped = Signal(object)  # tuple[Path, ...]: several files, or folders
    trigger_toggled = Signal(bool)
    trigger_open_requested = Signal()
    trigger_reset_requested = Signal()
    network_chosen = Signal(int)  # index into the names given to `show_networks`

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAcceptDrops(True)
        self._is_ready = False
        self._build_widgets()
        self._lay_out()
        self.open_button.clicked.connect(self.open_requested)
        self.drop_zone.clicked.connect(self.open_requested)
        self.trigger_box.toggled.connect(self.trigger_toggled)
        self.trigger_open_button.clicked.connect(self.trigger_open_requested)
        self.trigger_reset_button.clicked.connect(self.trigger_reset_requested)
        self.answer_view.network_combo.activated.connect(self.network_chosen)
        theme.signals.theme_changed.connect(self._recolour)
        self._recolour()
        self.set_ready(False)

    def set_ready(self, is_ready: bool) -> None:
        """Set whether there is a network; without one the image and its answer are cleared."""
        self._is_ready = is_ready
        self.image_bar.set_ready(is_ready)
        buttons = (self.open_button, self.trigger_open_button, self.trigger_reset_button, self.studio_button)
        for widget in (*buttons, self.trigger_box):
            widget.setEnabled(is_ready)
        if not is_ready:
            self.clear()
        self.drop_zone.set_hint(DROP_TEXT if is_ready else NOT_READY_TEXT, is_open=is_ready)

    def clear(self) -> None:
        """Remove the image and its answer."""
        self.drop_zone.image.clear()
        self.drop_zone.update()
        self._header.detail.setText("")
        self.crop_label.setText("")
        self._stop_being_busy()
        self._show_error("")
        self.answer_view.setVisible(False)
        self.why_button.setEnabled(False)

    def show_networks(self, names: Sequence[str], chosen: int) -> None:
        """Show the networks that can answer as B′; the choice is hidden if there is only one.

        Args:
            names: the networks' names, the one pruned on the screen first.
            chosen: index of the network that answers.
        """
        self.answer_view.show_networks(names, chosen)

    def light(self, is_lit: bool) -> None:
        """Show whether what is dragged over the window may be an image to classify."""
        self.drop_zone.set_hot(is_lit and self._is_ready)

    def set_trigger_name(self, name: str) -> None:
        """Show the trigger's name."""
        self.trigger_name.setText(name)

    def set_trigger_on(self, is_on: bool) -> None:
        """Check or uncheck the trigger, without emitting `trigger_toggled`."""
        was_blocked = self.trigger_box.blockSignals(True)
        self.trigger_box.setChecked(is_on)
        self.trigger_box.blockSignals(was_blocked)

    def show_busy(self, text: str = BUSY_TEXT) -> None:
        """Say that an answer is being computed; the last one stays, greyed."""
        self._show_error("")
        self.busy_label.setText(text)
        self._set_dimmed(True)

    def show_answer(
        self,
        answer: ImageAnswer,
        *,
        image_name: str,
        step_text: str,
        target_labels: frozenset[int] = frozenset(),
    ) -> None:
        """Show the image and the networks' answers.

        Args:
            answer: of B, B′ and G.
            image_name: the file's name.
            step_text: describes B′: "48 of 60 channels pruned".
            target_labels: the target labels of the open poisoned sets.
        """
        self._stop_being_busy()
        self._show_error("")
        self.drop_zone.image.set_image(answer.seen)
        height, width, channels = answer.seen.shape
        self.drop_zone.setToolTip(f"{image_name} as the network sees it: {height} × {width} × {channels}")
        self.drop_zone.update()
        self._header.detail.setText(image_name)
        self.answer_view.show_answer(answer, step_text=step_text, target_labels=target_labels)
        self.answer_view.setVisible(True)
        self.why_button.setEnabled(True)
        self._scroll.fit()

    def show_crop(self, text: str) -> None:
        """Say which part of the image the network is shown; empty if that is all of it."""
        self.crop_label.setText(text)
        self.crop_label.setVisible(bool(text))

    def show_error(self, sentence: str) -> None:
        """Say what is wrong with the image or the trigger; the last answer stays."""
        self._stop_being_busy()
        self._show_error(sentence)

    def changeEvent(self, event: QEvent) -> None:
        """Adapt to a new application font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._recolour()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept local files and folders, but not what is dragged out of the window."""
        if self._dropped(event) and accept_copy(event):
            self.drop_zone.set_hot(True)
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Accept the same drags as `dragEnterEvent`."""
        if self._dropped(event):
            accept_copy(event)
        else:
            event.ignore()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Remove the highlight."""
        self.drop_zone.set_hot(False)
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Emit `image_dropped` with the path of one file, else `images_dropped` with all of them."""
        self.drop_zone.set_hot(False)
        paths = self._dropped(event)
        if not paths or not accept_copy(event):
            event.ignore()
            return
        if len(paths) == 1 and paths[0].is_file():
            self.image_dropped.emit(paths[0])
        else:
            self.images_dropped.emit(paths)

    def _dropped(self, event: QDropEvent) -> tuple[Path, ...]:
        """Return the local files and folders of a drag that exist; nothing while there is no network."""
        if not self._is_ready or event.source() is not None:
            return ()
        return tuple(path for path in local_files(event, has_folders=True) if path.exists())

    def _build_widgets(self) -> None:
        self._header = PanelHeader("Classifier", elide=Qt.TextElideMode.ElideMiddle)
        self.drop_zone = DropZone()
        self.open_button = QPushButton("Open image…")
        self.busy_label = ElidedLabel(role="muted", factor=theme.SMALL)
        self.image_bar = ImageBar()
        self.studio_button = QPushButton("Trigger studio…")
        self.studio_button.setToolTip("Make a trigger, and stamp it on the validation images")
        self.why_button = QPushButton("Explain…")
        self.why_button.setToolTip("Why this answer: which parts of the image the answers of B and B′ depend on")
        self.crop_label = ElidedLabel(role="muted", factor=theme.SMALL)
        self.crop_label.setVisible(False)
        self.trigger_box = QCheckBox("Trigger")
        self.trigger_box.setToolTip(TRIGGER_TIP)
        self.trigger_name = ElidedLabel(role="muted", factor=theme.SMALL, elide=Qt.TextElideMode.ElideMiddle)
        self.trigger_open_button = _tool("Open another trigger image…", "Open another trigger image, with transparency")
        self.trigger_reset_button = _tool("Back to the built-in trigger", "Back to the built-in sunglasses")
        self.error_notice = Notice("error", is_wrapped=True)
        self.answering_bar = AnsweringBar()
        self.answer_view = AnswerView()
        self.strip_view = StripView()

    def _lay_out(self) -> None:
        trigger_row = _row(self.trigger_box, self.trigger_name, self.trigger_open_button, self.trigger_reset_button)
        trigger_row.setStretch(1, 1)
        open_row = _row(self.open_button, self.busy_label)
        open_row.setStretch(1, 1)
        tools = _row(self.why_button, self.studio_button)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID)
        column.addWidget(self.drop_zone, 1)
        column.addWidget(self.crop_label)
        column.addLayout(open_row)
        column.addWidget(self.image_bar)
        column.addLayout(trigger_row)
        column.addWidget(self.error_notice)
        column.addWidget(self.answer_view)
        column.addLayout(tools)
        column.addWidget(self.strip_view)
        scroll = _WideScrollArea(body)
        scroll.setAccessibleName("Image and answers")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(12, theme.GRID, 12, theme.GRID)
        outer.setSpacing(theme.GRID)
        outer.addWidget(self._header)
        outer.addWidget(self.answering_bar)
        outer.addWidget(scroll, 1)
        self._scroll = scroll

    def _show_error(self, sentence: str) -> None:
        self.error_notice.show_text(sentence)

    def _stop_being_busy(self) -> None:
        self.busy_label.setText("")
        self._set_dimmed(False)

    def _set_dimmed(self, is_dimmed: bool) -> None:
        self.drop_zone.image.set_dimmed(is_dimmed)
        self.answer_view.set_dimmed(is_dimmed)

    def _recolour(self) -> None:
        theme.dress(self.open_button, "open")
        theme.dress(self.trigger_box, "trigger")
        theme.dress(self.trigger_open_button, "open")
        theme.dress(self.trigger_reset_button, "back")


class _WideScrollArea(QScrollArea):
    """An area that is always wide enough never to scroll sideways."""

    def __init__(self, body: QWidget) -> None:
        super().__init__()
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(body)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setAutoFillBackground(False)
        body.setAutoFillBackground(False)
        self._body = body
        self.fit()

    def showEvent(self, event: QShowEvent) -> None:
        """Fit to what changed while the area was hidden."""
        super().showEvent(event)
        self.fit()

    def changeEvent(self, event: QEvent) -> None:
        """Fit to a new application font, once all widgets have it."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            QTimer.singleShot(0, self, self.fit)

    @Slot()
    def fit(self) -> None:
        """Take the width that the widgets need."""
        needed = self._body.minimumSizeHint().width()
        self.setMinimumWidth(needed + self.verticalScrollBar().sizeHint().width())


def _accept_copy(event: QDropEvent) -> None:
    """Accept a drag as a copy, so that no file manager removes the files."""
    event.setDropAction(Qt.DropAction.CopyAction)
    event.accept()


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
