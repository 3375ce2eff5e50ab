"""A dialog for what the network reads for a pixel, as numbers."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QFormLayout, QLineEdit, QVBoxLayout, QWidget

from core.scale import Scale, parse_scale
from core.words import number_text
from gui.guide.window_help import DialogHelp
from gui.theme import theme
from gui.widgets.labels import Role, ScaledLabel

_WIDTH = 420


class ScaleDialog(QDialog):
    """Asks for a factor and an offset, one or one for each channel; shows what black and white become.

    Args:
        scale: the numbers to start with.
        channel_count: number of the network's channels.
        parent: the window.
    """

    def __init__(self, scale: Scale, *, channel_count: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        DialogHelp(self, "scale")
        self.setWindowTitle("What the network reads for a pixel")
        self.scale: Scale | None = scale
        self._start = scale
        self._channel_count = channel_count
        self.factor_edit, self.offset_edit = QLineEdit(_factors(scale)), QLineEdit(_offsets(scale))
        self.bgr_box = QCheckBox("Blue, green, red (BGR)")
        self.bgr_box.setChecked(scale.is_bgr)
        self._start_typed = self._typed
        self.bgr_box.setVisible(channel_count == 3)
        heading = ScaledLabel("The network reads pixel × factor + offset, of pixels from 0 to 255.")
        heading.setWordWrap(True)
        hint = "One number, or one for each channel, separated by commas; fractions such as 1/127.5 are allowed"
        for edit, name in ((self.factor_edit, "Factor"), (self.offset_edit, "Offset")):
            edit.setToolTip(hint)
            edit.setAccessibleName(name)
        self.note = ScaledLabel("", factor=theme.SMALL, role="muted")
        self.note.setWordWrap(True)
        self.note.setMinimumHeight(2 * self.fontMetrics().height())
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.addRow("&Factor", self.factor_edit)
        form.addRow("&Offset", self.offset_edit)
        if channel_count == 3:
            form.addRow("", self.bgr_box)
        layout = QVBoxLayout(self)
        layout.addWidget(heading)
        layout.addLayout(form)
        layout.addWidget(self.note)
        layout.addWidget(self.buttons)
        self.setMinimumWidth(_WIDTH)
        self.factor_edit.textChanged.connect(self._update)
        self.offset_edit.textChanged.connect(self._update)
        self.bgr_box.toggled.connect(self._update)
        self._update()

    @property
    def _typed(self) -> tuple[str, str, bool]:
        return self.factor_edit.text(), self.offset_edit.text(), self.bgr_box.isChecked()

    @Slot()
    def _update(self) -> None:
        """Read the numbers; without them OK is disabled, and the note tells why."""
        ending = "-bgr" if self.bgr_box.isChecked() else ""
        self.scale = None
        role: Role = "error"
        try:
            scale = parse_scale(f"{self.factor_edit.text() or '?'}:{self.offset_edit.text() or '?'}{ending}")
        except ValueError:
            text = "Both must be numbers, the factor positive: one, or one for each channel, separated by commas."
        else:
            if scale.fits(self._channel_count):
                black, white = (", ".join(map(number_text, each)) for each in (scale.black, scale.white))
                # Numbers that nobody changed are those of before, with all digits.
                self.scale = self._start if self._typed == self._start_typed else scale
                role = "muted"
                text = f"Black is read as {black}; white as {white}."
            else:
                text = f"The network has {self._channel_count} channels: give one number, or {self._channel_count}."
        self.note.set_role(role)
        self.note.setText(text)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(self.scale is not None)


def _factors(scale: Scale) -> str:
    """Return the factors as they are typed; a fraction where that is the exact number, such as 1/255."""
    return ", ".join("1" if each == 1 else f"1/{each:.9g}" for each in scale.deviation)


def _offsets(scale: Scale) -> str:
    return ", ".join(f"{each:.9g}" for each in scale.offsets)


def ask_scale(parent: QWidget, scale: Scale, *, channel_count: int) -> Scale | None:
    """Ask what the network reads for a pixel; None if the user cancels.

    Args:
        parent: the window.
        scale: the numbers to start with.
        channel_count: number of the network's channels.
    """
    dialog = ScaleDialog(scale, channel_count=channel_count, parent=parent)
    return dialog.scale if dialog.exec() == QDialog.DialogCode.Accepted else None
