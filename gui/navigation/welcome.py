"""What the middle shows while nothing is open: three steps, places to drop files on, and files opened before."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QFontMetrics, QShowEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from gui.keys.tips import set_tip
from gui.state.open_files import Role
from gui.state.preferences import RecentFile
from gui.theme import theme
from gui.widgets.dropped_files import take_files
from gui.widgets.labels import ElidedLabel, ScaledLabel

HEADING = "Is there a backdoor in this network?"
MOST_RECENT = 5  # sessions and files together
MOST_SESSIONS = 2
WIDEST = 620
_LISTED = (Role.MODEL, Role.VALIDATION, Role.TEST, Role.POISONED)
_MODEL_TEXT = "Drop the network here: .h5, .keras, .onnx, .tflite or the folder of a SavedModel."
_IMAGES_TEXT = (
    "Drop images with their right labels here: one file, or a folder with a folder for each class. "
    "Detect can do without them."
)
_START_TEXT = "Detect tells whether there is a backdoor. Prune and Repair remove one."


class StepCard(QFrame):
    """A numbered step: a title, a sentence, buttons, and if it opens files a place to drop them on.

    Args:
        number: its number.
        title: what to do.
        sentence: how.
        takes_files: whether files can be dropped on it.
    """

    files_dropped = Signal(object)  # tuple[Path, ...]

    def __init__(self, number: int, title: str, sentence: str, *, takes_files: bool) -> None:
        super().__init__()
        self.setObjectName("stepCard")
        self.setAcceptDrops(takes_files)
        self._takes_files = takes_files
        self._is_dropping = False
        self._is_done = False
        self._number = number
        self.badge = QLabel()
        self.badge.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title = ScaledLabel(title, is_bold=True)
        self.sentence = ScaledLabel(sentence, role="muted")
        self.sentence.setWordWrap(True)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(theme.GRID)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(self.title)
        texts.addWidget(self.sentence)
        texts.addSpacing(4)
        texts.addLayout(self.buttons)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 10, 12, 10)
        row.setSpacing(12)
        row.addWidget(self.badge, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)
        theme.signals.theme_changed.connect(self._recolour)
        self._recolour()

    @property
    def is_done(self) -> bool:
        """Whether the step is ticked."""
        return self._is_done

    def add_button(self, text: str, tip: str, *, is_primary: bool = False) -> QPushButton:
        """Add a button and return it."""
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setProperty("primary", is_primary)
        self.buttons.addWidget(button)
        return button

    def show_state(self, sentence: str, *, is_done: bool) -> None:
        """Tick the step or not, and say what it is at."""
        self.sentence.setText(sentence)
        if is_done != self._is_done:
            self._is_done = is_done
            self._recolour()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._recolour()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept local files and folders."""
        self._set_dropping(bool(take_files(event, has_folders=True)))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """The drag left the step."""
        self._set_dropping(False)
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Emit the dropped files."""
        self._set_dropping(False)
        paths = take_files(event, has_folders=True)
        if paths:
            self.files_dropped.emit(paths)

    def _set_dropping(self, is_dropping: bool) -> None:
        self._is_dropping = is_dropping
        self._recolour()

    @Slot()
    def _recolour(self) -> None:
        colours = theme.current()
        edge = colours.accent if self._is_dropping else colours.border
        style = "dashed" if self._takes_files and not self._is_done and not self._is_dropping else "solid"
        ground = colours.selection if self._is_dropping else colours.raised
        width = 2 if self._is_dropping or style == "dashed" else 1
        self.setStyleSheet(
            f"#stepCard {{ background: {ground}; border: {width}px {style} {edge}; border-radius: 8px; }}"
        )
        side = round(1.6 * QFontMetrics(QApplication.font()).height())
        self.badge.setFixedSize(side, side)
        if self._is_done:
            self.badge.setPixmap(theme.icon("ok", colour=colours.ok).pixmap(side, side))
            self.badge.setStyleSheet("")
        else:
            self.badge.setText(str(self._number))
            self.badge.setStyleSheet(
                f"background: {colours.selection}; color: {colours.text}; border-radius: {side // 2}px; "
                "font-weight: 600;"
            )


class Welcome(QWidget):
    """Shown until there is enough open to start, a page is chosen, or a job begins."""

    open_requested = Signal(object)  # Role
    folder_requested = Signal(object)  # Role
    files_dropped = Signal(object, object)  # Role, tuple[Path, ...]
    recent_chosen = Signal(object, object)  # Role, Path
    session_chosen = Signal(object)  # Path
    demo_requested = Signal()
    page_chosen = Signal(str)  # its key
    look_requested = Signal(object)  # tuple[Path, ...]: whether they are there

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._has_model = False
        self.model_step = StepCard(1, "Open the model", _MODEL_TEXT, takes_files=True)
        self.images_step = StepCard(2, "Open clean validation images", _IMAGES_TEXT, takes_files=True)
        self.start_step = StepCard(3, "Start", _START_TEXT, takes_files=False)
        self._add_buttons()
        self.recent_title = ScaledLabel("Opened before", is_bold=True)
        self._rows: list[_RecentRow] = []
        self._recent = QVBoxLayout()
        self._recent.setSpacing(2)
        self.demo_button = QPushButton("Open the demo")
        set_tip(self.demo_button, "A small backdoored network that comes with the program, and its images", "file.demo")
        self.demo_button.clicked.connect(self.demo_requested)
        self._lay_out()
        self.model_step.files_dropped.connect(self._on_model_dropped)
        self.images_step.files_dropped.connect(self._on_images_dropped)
        self.show_recent((), ())
        self.show_open("", "")

    def show_open(self, model_name: str, images_name: str) -> None:
        """Tick the steps that are done, and say what is still missing.

        Args:
            model_name: the name of the open model; empty for none.
            images_name: the name of the open clean validation set; empty for none.
        """
        self._has_model = bool(model_name)
        self.model_step.show_state(f"{model_name} is open." if model_name else _MODEL_TEXT, is_done=bool(model_name))
        self.images_step.show_state(
            f"{images_name} is open." if images_name else _IMAGES_TEXT, is_done=bool(images_name)
        )
        missing = "" if model_name else "The model is still missing."
        if model_name and not images_name:
            missing = "Still missing for Prune and Repair: clean validation images. Detect can do without them."
        self.start_step.show_state(missing if model_name or images_name else _START_TEXT, is_done=False)
        self.detect_button.setEnabled(self._has_model)
        self.detect_button.setToolTip(
            "Show the Detect page, which looks for a backdoor" if model_name else "Open a model first."
        )

    def show_recent(self, recent: Sequence[RecentFile], sessions: Sequence[str]) -> None:
        """List sessions and files that were opened before, the newest of each first.

        Those that are gone are greyed by `show_missing`.
        """
        for row in self._rows:
            self._recent.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = []
        for path in map(Path, sessions[:MOST_SESSIONS]):
            self._add_row("session", path, partial(self.session_chosen.emit, path))
        files = [each for each in recent if each.role in _LISTED]
        for entry in files[: MOST_RECENT - len(self._rows)]:
            role, path = Role(entry.role), Path(entry.path)
            self._add_row(role.value, path, partial(self.recent_chosen.emit, role, path))
        self.recent_title.setVisible(bool(self._rows))
        self._look()

    def _add_row(self, kind: str, path: Path, choose: Callable[[], None]) -> None:
        row = _RecentRow(kind, path)
        row.button.clicked.connect(choose)
        self._recent.addWidget(row)
        self._rows.append(row)

    def show_missing(self, missing: frozenset[Path]) -> None:
        """Grey the files that are not there."""
        for row in self._rows:
            row.show_missing(is_missing=row.path in missing)

    def showEvent(self, event: QShowEvent) -> None:
        """Look again which files are there."""
        super().showEvent(event)
        self._look()

    def event(self, event: QEvent) -> bool:
        """Look again when a person comes back to the window."""
        if event.type() == QEvent.Type.WindowActivate:
            self._look()
        return bool(super().event(event))

    def _look(self) -> None:
        if self._rows and self.isVisible():
            self.look_requested.emit(tuple(row.path for row in self._rows))

    @property
    def recent_buttons(self) -> tuple[QPushButton, ...]:
        """The buttons of the files that were opened before."""
        return tuple(row.button for row in self._rows)

    def _lay_out(self) -> None:
        """Stack everything in a column that is centred, and that scrolls where the window is low."""
        heading = ScaledLabel(HEADING, factor=1.4, is_bold=True)
        heading.setWordWrap(True)
        demo_text = ScaledLabel("Nothing at hand? See how it works on a small network with a backdoor.", role="muted")
        demo_text.setWordWrap(True)
        demo = QHBoxLayout()
        demo.setSpacing(12)
        demo.addWidget(demo_text, 1)
        demo.addWidget(self.demo_button)
        content = QWidget()
        content.setMaximumWidth(WIDEST)
        column = QVBoxLayout(content)
        column.setContentsMargins(24, 12, 24, 12)
        column.setSpacing(10)
        column.addStretch(1)
        column.addWidget(heading)
        for step in (self.model_step, self.images_step, self.start_step):
            column.addWidget(step)
        column.addLayout(demo)
        column.addWidget(self.recent_title)
        column.addLayout(self._recent)
        column.addStretch(2)
        around = QWidget()
        middle = QHBoxLayout(around)
        middle.setContentsMargins(0, 0, 0, 0)
        middle.addStretch(1)
        middle.addWidget(content, 100)
        middle.addStretch(1)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(around)
        for widget in (around, self.area.viewport()):
            widget.setAutoFillBackground(False)  # the panel's own shows
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 1, 1, 1)
        outer.addWidget(self.area)

    def _add_buttons(self) -> None:
        self.open_model_button = self.model_step.add_button("Open model…", "", is_primary=True)
        set_tip(self.open_model_button, "Open the model", "file.open-model")
        self.open_saved_button = self.model_step.add_button("Folder…", "Open the folder of a SavedModel")
        self.open_images_button = self.images_step.add_button("Open images…", "Open clean validation data")
        self.open_folder_button = self.images_step.add_button("Folder…", "Open a folder of clean validation images")
        self.detect_button = self.start_step.add_button("Go to Detect", "")
        for step in (self.model_step, self.images_step, self.start_step):
            step.buttons.addStretch(1)
        self.open_saved_button.setAccessibleName("Open the folder of a SavedModel")
        self.open_folder_button.setAccessibleName("Open a folder of clean validation images")
        self.open_model_button.clicked.connect(lambda: self.open_requested.emit(Role.MODEL))
        self.open_saved_button.clicked.connect(lambda: self.folder_requested.emit(Role.MODEL))
        self.open_images_button.clicked.connect(lambda: self.open_requested.emit(Role.VALIDATION))
        self.open_folder_button.clicked.connect(lambda: self.folder_requested.emit(Role.VALIDATION))
        self.detect_button.clicked.connect(lambda: self.page_chosen.emit("detect"))

    @Slot(object)
    def _on_model_dropped(self, paths: tuple[Path, ...]) -> None:
        self.files_dropped.emit(Role.MODEL, paths)

    @Slot(object)
    def _on_images_dropped(self, paths: tuple[Path, ...]) -> None:
        self.files_dropped.emit(Role.VALIDATION, paths)


class _RecentRow(QWidget):
    """A session or file that was opened before: a flat button with its name, what it is, and its folder."""

    def __init__(self, kind: str, path: Path) -> None:
        super().__init__()
        self.path = path
        self._kind = kind
        self.button = QPushButton(self.path.name.replace("&", "&&"))
        self.button.setFlat(True)
        self.button.setProperty("link", True)
        self._where = ElidedLabel(role="muted", factor=theme.SMALL, elide=Qt.TextElideMode.ElideMiddle)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GRID)
        row.addWidget(self.button)
        row.addWidget(self._where, 1)
        self.show_missing(is_missing=False)

    def show_missing(self, *, is_missing: bool) -> None:
        """Grey the file, or offer it."""
        self.button.setEnabled(not is_missing)
        self.button.setToolTip(f"{self.path} is not there any more." if is_missing else str(self.path))
        place = "not there any more" if is_missing else str(self.path.parent)
        self._where.setText(f"{self._kind} · {place}")
