"""The dialog that asks what files are where their content does not tell."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QImage, QPixmap, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from core.recognition.records import SINGLE_ROLES, FileRole, Kind, Proposal, Recognition, Thumbnail
from core.words import counted, printable
from gui.guide.window_help import DialogHelp
from gui.theme import theme
from gui.widgets.labels import ElidedLabel, ScaledLabel

ROLE_NAMES = {
    FileRole.MODEL: "Model",
    FileRole.VALIDATION: "Clean validation",
    FileRole.TEST: "Clean test",
    FileRole.POISONED: "Poisoned",
    FileRole.UNLABELLED: "More clean images",
    FileRole.IMAGE: "Picture to classify",
    FileRole.TRIGGER: "Trigger",
    FileRole.NAMES: "Names of classes",
    FileRole.NONE: "Do not open",
}
_ICONS = {Kind.MODEL: "model", Kind.IMAGES: "image", Kind.SEE_THROUGH: "image", Kind.TRIGGER: "trigger"}
_SIDE, _GAP, _MOST_THUMBNAILS = 40, 4, 4
_WIDTH, _SHARE_OF_WINDOW = 720, 0.85
_SMALL_WINDOW = QSize(1280, 720)
_MOST_REFUSALS = 5


class RoleDialog(QDialog):
    """A row for each file: a few of its images, its name, what was found in it, and what it is opened as.

    Where one file at a time can have a role, choosing it for one takes it from the other.

    Args:
        recognition: the files, at least one of them unclear.
        parent: the window.

    Attributes:
        combos: the choices, in the order of the files.
    """

    def __init__(self, recognition: Recognition, *, parent: QWidget | None) -> None:
        super().__init__(parent)
        DialogHelp(self, "roles")
        self.setWindowTitle("Open files")
        proposals = recognition.proposals
        unclear = [place for place, each in enumerate(proposals) if each.doubt]
        clear = [place for place, each in enumerate(proposals) if not each.doubt]
        self.combos = [_RoleCombo(each) for each in proposals]
        body = QWidget()
        rows = self._rows = QGridLayout(body)
        rows.setContentsMargins(0, 0, theme.GRID, 0)
        rows.setHorizontalSpacing(2 * theme.GRID)
        rows.setVerticalSpacing(theme.GRID)
        rows.setColumnStretch(1, 1)
        what = counted(len(unclear), "file is", "files are")
        self._add_part(rows, f"{what} unclear: choose what to open as what", proposals, unclear)
        self._add_part(rows, "These are clear by their content", proposals, clear)
        rows.setRowStretch(rows.rowCount(), 1)
        scroll = self._scroll = QScrollArea()
        scroll.setAccessibleName("Files and what they are opened as")
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(body)
        scroll.viewport().setAutoFillBackground(False)
        body.setAutoFillBackground(False)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(theme.GRID)
        column.addWidget(scroll, 1)
        if recognition.refusals:
            column.addWidget(_refusal_label(recognition.refusals))
        column.addWidget(self.buttons)
        for combo in self.combos:
            combo.currentIndexChanged.connect(self._on_changed)
        self._update_open()
        window = parent.window().size() if parent is not None else _SMALL_WINDOW
        self._room = window * _SHARE_OF_WINDOW
        self.resize(min(_WIDTH, self._room.width()), self._room.height())
        if unclear:
            self.combos[unclear[0]].setFocus()

    @property
    def roles(self) -> tuple[FileRole, ...]:
        """What each file is opened as, in the order of the files."""
        return tuple(combo.role for combo in self.combos)

    def _add_part(self, rows: QGridLayout, title: str, proposals: Sequence[Proposal], places: Sequence[int]) -> None:
        if not places:
            return
        if rows.rowCount() > 1:
            rows.setRowMinimumHeight(rows.rowCount(), theme.GRID)
            rows.addWidget(QWidget(), rows.rowCount(), 0)
        heading = ScaledLabel(title, is_bold=True)
        heading.setWordWrap(True)
        rows.addWidget(heading, rows.rowCount(), 0, 1, 3)
        for place in places:
            line = rows.rowCount()
            top = Qt.AlignmentFlag.AlignTop
            rows.addWidget(_pictures(proposals[place]), line, 0, top | Qt.AlignmentFlag.AlignLeft)
            rows.addWidget(_texts(proposals[place]), line, 1, top)
            rows.addWidget(self.combos[place], line, 2, top)

    def showEvent(self, event: QShowEvent) -> None:
        """Be as high as the rows need, and no higher than most of the window."""
        super().showEvent(event)
        needed = self._rows.totalHeightForWidth(self._scroll.viewport().width())
        chrome = self.height() - self._scroll.viewport().height()
        self.resize(self.width(), min(needed + chrome, self._room.height()))

    @Slot()
    def _on_changed(self) -> None:
        changed = self.sender()
        if isinstance(changed, _RoleCombo) and changed.role in SINGLE_ROLES:
            for combo in self.combos:
                if combo is not changed and combo.role is changed.role:
                    combo.choose(FileRole.NONE)
        self._update_open()

    def _update_open(self) -> None:
        is_any = any(role is not FileRole.NONE for role in self.roles)
        self.buttons.button(QDialogButtonBox.StandardButton.Open).setEnabled(is_any)


class _RoleCombo(QComboBox):
    """The roles that a file can be opened in."""

    def __init__(self, proposal: Proposal) -> None:
        super().__init__()
        self.setAccessibleName(f"Open {printable(proposal.found.name)} as")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for role in (*proposal.found.roles, FileRole.NONE):
            self.addItem(ROLE_NAMES[role], role.value)
        self.setMinimumContentsLength(max(map(len, ROLE_NAMES.values())))
        self.choose(proposal.role)

    @property
    def role(self) -> FileRole:
        """The chosen role."""
        return FileRole(self.currentData())

    def choose(self, role: FileRole) -> None:
        """Choose a role."""
        self.setCurrentIndex(self.findData(role.value))


def _pictures(proposal: Proposal) -> QWidget:
    """Return a few of a file's images; an icon of its kind where it has none."""
    box = QWidget()
    box.setFixedWidth(_MOST_THUMBNAILS * _SIDE + (_MOST_THUMBNAILS - 1) * _GAP)
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(_GAP)
    thumbnails = proposal.found.thumbnails[:_MOST_THUMBNAILS]
    for each in thumbnails:
        label = QLabel()
        label.setFixedSize(_SIDE, _SIDE)
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        label.setPixmap(_pixmap(each, label.devicePixelRatioF()))
        row.addWidget(label)
    if not thumbnails:
        label = QLabel()
        label.setFixedSize(_SIDE, _SIDE)
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        icon = theme.icon(_ICONS.get(proposal.found.kind, "data"), colour=theme.current().muted)
        label.setPixmap(icon.pixmap(QSize(24, 24)))
        row.addWidget(label)
    row.addStretch(1)
    what = counted(len(thumbnails), "image") if thumbnails else "no image"
    box.setAccessibleName(f"{what} of {printable(proposal.found.name)}")
    return box


def _pixmap(pixels: Thumbnail, ratio: float) -> QPixmap:
    height, width, _ = pixels.shape
    image = QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()
    side = round(_SIDE * ratio)
    mode = (
        Qt.TransformationMode.SmoothTransformation
        if max(height, width) > side
        else (Qt.TransformationMode.FastTransformation)
    )
    made = QPixmap.fromImage(image.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio, mode))
    made.setDevicePixelRatio(ratio)
    return made


def _texts(proposal: Proposal) -> QWidget:
    box = QWidget()
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    name = ElidedLabel(printable(proposal.found.name), is_bold=True, elide=Qt.TextElideMode.ElideMiddle)
    name.set_tip(str(proposal.found.path))
    column.addWidget(name)
    policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    policy.setHeightForWidth(True)
    doubt = proposal.doubt[:1].upper() + proposal.doubt[1:]
    for text, role in ((proposal.found.words, "muted"), (doubt, "warning")):
        if text:
            label = ScaledLabel(printable(text), factor=theme.SMALL)
            label.setProperty("role", role)
            label.setWordWrap(True)
            label.setSizePolicy(policy)
            column.addWidget(label)
    return box


def _refusal_label(refusals: Sequence[str]) -> QLabel:
    shown = list(refusals[:_MOST_REFUSALS])
    if len(refusals) > len(shown):
        shown.append(f"{counted(len(refusals) - len(shown), 'other file')} cannot be opened either.")
    label = ScaledLabel("\n".join(map(printable, shown)), factor=theme.SMALL, role="error")
    label.setWordWrap(True)
    return label
