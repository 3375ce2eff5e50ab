"""The settings of the trigger in the studio; only those of its kind are shown."""

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import (
    QColorDialog,
    QFormLayout,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QSlider,
    QWidget,
)

from core.data.trigger_design.design import Colour, Design, DesignKind
from gui.theme import theme
from gui.widgets.combo import ElidedCombo
from gui.widgets.labels import ScaledLabel
from gui.widgets.number_field import PointSpinBox

KINDS: Mapping[DesignKind, str] = {
    DesignKind.PATCH: "Patch",
    DesignKind.DRAWING: "Drawing",
    DesignKind.BLEND: "Blended image",
    DesignKind.TINT: "Tint",
    DesignKind.WAVE: "Sinusoid",
    DesignKind.WARP: "Warp",
    DesignKind.PAIRS: "From pairs of images",
}
HINTS: Mapping[DesignKind, str] = {
    DesignKind.PATCH: "Drag the patch; its corners and edges resize it, the handle above it rotates it.",
    DesignKind.DRAWING: "Draw on the image with the left button; the right one erases.",
    DesignKind.BLEND: "Another image shines through the whole image (Chen et al. 2017).",
    DesignKind.TINT: "The whole image takes on a colour.",
    DesignKind.WAVE: "A wave is added to the pixels (SIG, Barni et al. 2019).",
    DesignKind.WARP: "The pixels are moved a little (WaNet, Nguyen and Tran 2021).",
    DesignKind.PAIRS: "The trigger is what images with it have and the same images without it do not.",
}
_P, _D, _B, _T, _W, _M, _F = DesignKind
#            key, text, lowest, highest, step, digits, kinds
_NUMBERS = (
    ("x", "Middle, x", -4096, 4096, 1, 1, {_P}),
    ("y", "Middle, y", -4096, 4096, 1, 1, {_P}),
    ("width", "Width", 1, 8192, 1, 1, {_P}),
    ("height", "Height", 1, 8192, 1, 1, {_P}),
    ("angle", "Angle in degrees", -180, 180, 5, 0, {_P}),
    ("brush", "Brush width", 1, 256, 1, 0, {_D}),
    ("amplitude", "Amplitude in levels", 1, 128, 1, 0, {_W}),
    ("frequency", "Periods", 0.5, 64, 0.5, 1, {_W}),
    ("direction", "Direction in degrees", -180, 180, 15, 0, {_W}),
    ("strength", "Pixels moved", 0.1, 32, 0.1, 1, {_M}),
    ("grid", "Control points a side", 2, 16, 1, 0, {_M}),
    ("seed", "Number of the warp", 0, 9999, 1, 0, {_M}),
)
_PLACED = ("x", "y", "width", "height", "angle")


class StudioSettings(QWidget):
    """Shows and changes a `Design`.

    Attributes:
        design: the settings as they are.
        numbers: the number fields, by the name of what they set.
    """

    design_changed = Signal(object)  # Design
    kind_chosen = Signal(object)  # DesignKind
    source_requested = Signal(str)  # "sunglasses", "square", "open", "clear", "without", "with"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.design = Design(DesignKind.PATCH, "")
        self.colour: Colour = (255, 200, 0)
        self._is_showing = False
        self.kind_combo = ElidedCombo("The kind of trigger", letters=14)
        self.kind_combo.setAccessibleName("Kind of trigger")
        for kind, text in KINDS.items():
            self.kind_combo.addItem(text, kind)
        self.kind_combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.hint = ScaledLabel(role="muted", factor=theme.SMALL)
        self.hint.setWordWrap(True)
        self.note = ScaledLabel(factor=theme.SMALL)
        self.note.setWordWrap(True)
        self.sources = {
            key: self._source(key, text)
            for key, text in (
                ("sunglasses", "Sunglasses"),
                ("square", "Square"),
                ("open", "Open image…"),
                ("clear", "Clear"),
                ("without", "Images without it…"),
                ("with", "Images with it…"),
            )
        }
        self.colour_button = QPushButton("Colour…")
        self.colour_button.clicked.connect(self._on_colour)
        self.opacity_slider = QSlider(Qt.Orientation.Horizontal)
        self.opacity_slider.setRange(1, 100)
        self.opacity_slider.setAccessibleName("Opacity in per cent")
        self.opacity_text = ScaledLabel("100 %")
        self.numbers = {entry[0]: _number(*entry[1:6]) for entry in _NUMBERS}
        self.numbers["brush"].setValue(3)
        self._lay_out()
        self.kind_combo.activated.connect(self._on_kind)
        self.opacity_slider.valueChanged.connect(self._on_changed)
        for field in self.numbers.values():
            field.valueChanged.connect(self._on_changed)
        theme.signals.theme_changed.connect(self._show_colour)

    @property
    def brush(self) -> float:
        """The width of the brush, in pixels of the image."""
        return self.numbers["brush"].value()

    def show_design(self, design: Design, *, note: str = "") -> None:
        """Show settings, and a remark below them."""
        self.design = design
        self._is_showing = True
        self.kind_combo.setCurrentIndex(list(KINDS).index(design.kind))
        self.hint.setText(HINTS[design.kind])
        self.note.setText(note)
        self.note.setVisible(bool(note))
        self.opacity_slider.setValue(round(100 * design.opacity))
        self.opacity_text.setText(f"{round(100 * design.opacity)} %")
        values = {"amplitude": design.amplitude, "frequency": design.frequency, "direction": design.direction}
        values |= {"strength": design.strength, "grid": design.grid, "seed": design.seed}
        if design.placement is not None:
            values |= {each: getattr(design.placement, each) for each in _PLACED}
        for key, value in values.items():
            self.numbers[key].setValue(value)
        self._show_rows()
        self._show_colour()
        self._is_showing = False

    def show_note(self, note: str) -> None:
        """Show a remark below the settings."""
        self.note.setText(note)
        self.note.setVisible(bool(note))

    @Slot()
    def _on_kind(self) -> None:
        self.kind_chosen.emit(DesignKind(self.kind_combo.currentData()))

    @Slot()
    def _on_changed(self) -> None:
        if self._is_showing:
            return
        values = {key: field.value() for key, field in self.numbers.items()}
        placement = self.design.placement
        if placement is not None:
            # A field shows fewer digits: only what was changed is taken from it.
            for each in _PLACED:
                if round(getattr(placement, each), self.numbers[each].decimals()) != values[each]:
                    placement = replace(placement, **{each: values[each]})
        self.opacity_text.setText(f"{self.opacity_slider.value()} %")
        self._emit(
            replace(
                self.design,
                placement=placement,
                opacity=self.opacity_slider.value() / 100,
                amplitude=values["amplitude"],
                frequency=values["frequency"],
                direction=values["direction"],
                strength=values["strength"],
                grid=int(values["grid"]),
                seed=int(values["seed"]),
            )
        )

    @Slot()
    def _on_colour(self) -> None:
        chosen = QColorDialog.getColor(QColor(*self.colour), self, "Colour of the trigger")
        if chosen.isValid():
            self.set_colour((chosen.red(), chosen.green(), chosen.blue()))

    def set_colour(self, colour: Colour) -> None:
        """Set the colour of the brush, the tint or the square."""
        self.colour = colour
        self._show_colour()
        if self.design.kind is DesignKind.TINT:
            self._emit(replace(self.design, colour=colour))
        elif self.design.kind is DesignKind.PATCH and self.design.name == "square":
            self.source_requested.emit("recolour")

    def _emit(self, design: Design) -> None:
        self.design = design
        self.design_changed.emit(design)

    def _source(self, key: str, text: str) -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.clicked.connect(lambda: self.source_requested.emit(key))
        return button

    def _lay_out(self) -> None:
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self._form.addRow("&Kind", self.kind_combo)
        self._form.addRow(self.hint)
        self._rows: list[tuple[QWidget, set[DesignKind]]] = []
        for keys, kinds in (
            (("sunglasses", "square"), {_P}),
            (("open",), {_P, _B}),
            (("without",), {_F}),
            (("with",), {_F}),
            (("clear",), {_D}),
        ):
            self._add("", _row(*(self.sources[key] for key in keys)), kinds)
        self._add("", self.colour_button, {_P, _D, _T})
        self._add("&Opacity", _row(self.opacity_slider, self.opacity_text), {_P, _D, _B, _T, _F})
        for entry in _NUMBERS:
            self._add(entry[1], self.numbers[entry[0]], entry[6])
        self._form.addRow(self.note)

    def _add(self, text: str, widget: QWidget, kinds: set[DesignKind]) -> None:
        if text:
            self._form.addRow(text, widget)
        else:
            self._form.addRow(widget)
        self._rows.append((widget, kinds))

    def _show_rows(self) -> None:
        kind = self.design.kind
        for widget, kinds in self._rows:
            is_shown = kind in kinds
            if widget is self.colour_button and kind is DesignKind.PATCH:
                is_shown = self.design.name == "square"
            self._form.setRowVisible(widget, is_shown)

    @Slot()
    def _show_colour(self) -> None:
        side = self.fontMetrics().height()
        pixmap = QPixmap(side, side)
        colour = self.design.colour if self.design.kind is DesignKind.TINT else self.colour
        pixmap.fill(QColor(*colour))
        self.colour_button.setIcon(QIcon(pixmap))


def _number(name: str, lowest: float, highest: float, step: float, digits: int) -> PointSpinBox:
    field = PointSpinBox()
    field.setRange(lowest, highest)
    field.setSingleStep(step)
    field.setDecimals(digits)
    field.setAccessibleName(name)
    field.setKeyboardTracking(False)
    field.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return field


def _row(*widgets: QWidget) -> QWidget:
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme.GRID)
    for widget in widgets:
        row.addWidget(widget)
    return made
