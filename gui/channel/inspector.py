"""Single channels in detail: figures, activation on the picture, histograms, best images, weights and readers."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from core.activity.comparison import Histograms
from core.activity.records import ChannelWeights
from core.channels import PrunableLayer
from core.words import number_text, printable
from gui.channel.bar_order import BarOrder
from gui.channel.jobs import BestImage
from gui.channel.views.histogram_view import HistogramView
from gui.channel.views.image_grid import ImageGrid
from gui.channel.views.kernel_view import KernelView, kernel_text
from gui.channel.views.overlay_view import OverlayView
from gui.channel.views.paired_bars import PairedBars, scrolled
from gui.channel.views.plain_table import PlainTable
from gui.layout.header_layout import HeaderLayout
from gui.theme import formatting, theme
from gui.widgets.combo import ElidedCombo
from gui.widgets.labels import ElidedLabel, ScaledLabel, centred_label

EMPTY_TEXT = "Open a model with convolutions to see their channels"
NO_IMAGE = "Open an image in the classifier to see the activation on it."
NO_IMAGES = "It is zero on every image that was measured so far."
NO_DATA = "Open clean validation data to see on which images the channel is active."
FIGURES = ("Channel", "State", "Place", "Clean", "Triggered", "Change")
READERS = ("Read by", "Kind", "Weights", "Place", "Pruned")


class ChannelInspector(QWidget):
    """The Channel tab; one channel in detail, several side by side.

    Attributes:
        layer_box, channel_box: choose the channel.
        order_box: the order of the bars.
        set_box: which poisoned set is compared; hidden if there is only one.
        bars: activation of each channel on clean and on triggered images.
        figures: the selected channels.
        maps, histogram, images, kernel, readers: the parts of the detail.
    """

    layer_chosen = Signal(str)
    channel_chosen = Signal(int)
    bar_chosen = Signal(int, bool, bool)  # position, with Ctrl, with Shift
    image_chosen = Signal(object)  # BestImage
    order_chosen = Signal()
    set_chosen = Signal()
    shown = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._build_choices()
        self.bars = PairedBars()
        self.bars_area = scrolled(self.bars)
        self.measured = ElidedLabel(role="muted", factor=theme.SMALL)
        self.figures = PlainTable("Selected channels", FIGURES, stretched=1)
        self.figures.setToolTip("Mean activation over images and map; Ctrl+C copies the table")
        self.maps, self.histogram, self.images = OverlayView(), HistogramView(), ImageGrid()
        self.kernel, self.kernel_label = KernelView(), ScaledLabel(role="muted", factor=theme.SMALL)
        self.kernel_label.setWordWrap(True)
        self.readers = PlainTable("Layers that read the channel", READERS, left_count=2)
        self.over_box = QCheckBox("Over the picture")
        self.over_box.setChecked(True)
        self.over_box.toggled.connect(self.maps.set_over)
        self.no_image, self.no_data, self.no_images = _note(NO_IMAGE), _note(NO_DATA), _note(NO_IMAGES)
        self.empty_label = centred_label(EMPTY_TEXT)
        self._seen: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())  # order and selection of the bars
        self._titles: dict[str, ScaledLabel] = {}
        self._lay_out()
        self._connect()
        self.clear()

    @property
    def order(self) -> BarOrder:
        """The order of the bars."""
        order = self.order_box.currentData()
        assert isinstance(order, BarOrder)
        return order

    def clear(self) -> None:
        """Show no channel."""
        self._body.setVisible(False)
        self.empty_label.setVisible(True)
        self.histogram.show_histograms(None)
        self.show_images((), ())

    def show_subject(self, layers: Sequence[PrunableLayer], layer: PrunableLayer, channel: int) -> None:
        """Show which channel it is; the rest is shown as it becomes known."""
        self.empty_label.setVisible(False)
        self._body.setVisible(True)
        for box in (self.layer_box, self.channel_box):
            box.blockSignals(True)
        names = [each.name for each in layers]
        if [self.layer_box.itemData(place) for place in range(self.layer_box.count())] != names:
            self.layer_box.clear()
            for name in names:
                self.layer_box.addItem(printable(name), name)
        self.layer_box.setCurrentIndex(names.index(layer.name))
        self.channel_box.setRange(0, layer.channel_count - 1)
        self.channel_box.setValue(channel)
        for box in (self.layer_box, self.channel_box):
            box.blockSignals(False)

    def show_bars(
        self,
        order: Sequence[int],
        clean: NDArray[np.float64],
        triggered: NDArray[np.float64] | None,
        selected: Sequence[int],
    ) -> None:
        """Show the bars of all channels, and which are selected; see `PairedBars.set_bars`."""
        is_moved = (tuple(order), tuple(selected)) != self._seen
        self._seen = (tuple(order), tuple(selected))
        self.bars.set_bars(order, clean, triggered)
        self.bars.set_selected(selected)
        if is_moved and selected and selected[-1] in self.bars.channels:
            at = self.bars.middle_of(selected[-1])
            self.bars_area.ensureVisible(at.x(), at.y(), 40, 0)

    def show_sets(self, names: Sequence[str]) -> None:
        """Offer the poisoned sets to compare with; the choice is hidden if there is only one."""
        if [self.set_box.itemText(place) for place in range(self.set_box.count())] != list(names):
            chosen = max(self.set_box.currentIndex(), 0)
            self.set_box.blockSignals(True)
            self.set_box.clear()
            self.set_box.addItems(list(names))
            self.set_box.setCurrentIndex(min(chosen, len(names) - 1))
            self.set_box.blockSignals(False)
        self.set_box.setVisible(len(names) > 1)

    def show_figures(self, rows: Sequence[Sequence[str]]) -> None:
        """Show the figures of the selected channels, one row each; the last row is the one in detail."""
        self.figures.set_rows(rows, chosen=len(rows) - 1)

    def show_activity(self, histograms: Histograms | None, *, measured: str) -> None:
        """Show the histograms, and how many images they are of; None without data."""
        self.histogram.show_histograms(histograms)
        self.measured.setText(measured)
        has_data = histograms is not None
        self.no_data.setVisible(not has_data)
        for part in (self.histogram, self.bars_area, self.images, self.measured):
            part.setVisible(has_data)

    def show_images(self, images: Sequence[BestImage], set_words: Sequence[str]) -> None:
        """Show the images on which the channel is most active."""
        self.images.show_images(images, set_words)
        self.no_images.setVisible(not images and self.histogram.histograms is not None)

    def set_has_image(self, has_image: bool) -> None:
        """Set whether there is an image in the classifier."""
        self.no_image.setVisible(not has_image)
        self.over_box.setVisible(has_image)
        self.maps.setVisible(has_image)

    def show_weights(self, weights: ChannelWeights | None, *, reader: str | None) -> None:
        """Show the kernel and the readers; None while they are not known.

        Args:
            weights: the weights.
            reader: the only layer that channels are pruned for; None for all.
        """
        self.kernel.show_weights(weights)
        self.kernel_label.setText("" if weights is None else kernel_text(weights))
        rows = []
        for each in weights.readers if weights is not None else ():
            norm = "–" if each.norm is None else number_text(each.norm)
            place = "–" if each.norm is None else f"{formatting.ordinal(each.place)} of {each.channel_count}"
            still = "yes" if reader in (None, each.layer) else "no: bypass"
            rows.append((printable(each.layer), each.class_name, norm, place, still))
        self.readers.set_rows(rows)

    def showEvent(self, event: QShowEvent) -> None:
        """Announce that the channels are seen, so that they are measured only then."""
        super().showEvent(event)
        self.shown.emit()

    def changeEvent(self, event: QEvent) -> None:
        """Adapt to a new application font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self.bars_area.setFixedHeight(self.bars.sizeHint().height() + 12)

    def _build_choices(self) -> None:
        self.layer_box = ElidedCombo("The convolution whose channels are shown", letters=10)
        self.layer_box.setAccessibleName("Layer of the channel")
        self.channel_box = QSpinBox()
        self.channel_box.setAccessibleName("Channel")
        self.channel_box.setToolTip("Index of the channel; Up and Down go to the next ones")
        self.channel_box.setKeyboardTracking(False)
        self.channel_box.setPrefix("channel ")
        self.channel_box.setMinimumWidth(self.channel_box.fontMetrics().averageCharWidth() * 14)
        self.order_box = ElidedCombo("Order of the bars from left to right", letters=8)
        self.order_box.setAccessibleName("Order of the channels")
        for order in BarOrder:
            self.order_box.addItem(order.value, order)
        self.set_box = ElidedCombo("The poisoned set that is compared with the clean one", letters=10)
        self.set_box.setAccessibleName("Poisoned set")

    def _connect(self) -> None:
        self.layer_box.activated.connect(lambda place: self.layer_chosen.emit(self.layer_box.itemData(place)))
        self.channel_box.valueChanged.connect(self.channel_chosen)
        self.order_box.currentIndexChanged.connect(self.order_chosen)
        self.set_box.activated.connect(self.set_chosen)
        self.bars.chosen.connect(self.bar_chosen)
        self.images.image_chosen.connect(self.image_chosen)
        self.figures.currentCellChanged.connect(self._on_row_chosen)

    @Slot(int)
    def _on_row_chosen(self, row: int) -> None:
        if 0 <= row < len(self.figures.rows):
            self.channel_chosen.emit(int(self.figures.rows[row][0]))

    def _lay_out(self) -> None:
        self._body = QWidget()
        column = QVBoxLayout(self._body)
        column.setContentsMargins(0, theme.GRID, theme.GRID // 2, theme.GRID)
        column.setSpacing(theme.GRID // 2)
        column.addLayout(_row(self.layer_box, self.channel_box, stretch=0))
        column.addWidget(self.figures)
        column.addLayout(self._titled("Clean and triggered", self.set_box, self.order_box))
        column.addWidget(LegendLabel())
        column.addWidget(self.bars_area)
        column.addWidget(self.no_data)
        column.addWidget(self.histogram)
        column.addWidget(self.measured)
        column.addLayout(self._titled("On the picture", self.over_box))
        column.addWidget(self.maps)
        column.addWidget(self.no_image)
        column.addLayout(self._titled("Most active on"))
        column.addWidget(self.images)
        column.addWidget(self.no_images)
        column.addLayout(self._titled("Weights"))
        column.addWidget(self.kernel)
        column.addWidget(self.kernel_label)
        column.addSpacing(theme.GRID // 2)
        column.addWidget(self.readers)
        column.addStretch(1)
        inner = QWidget()
        inner_column = QVBoxLayout(inner)
        inner_column.setContentsMargins(0, 0, 0, 0)
        inner_column.addWidget(self.empty_label, 1)
        inner_column.addWidget(self._body, 1)
        scroll = QScrollArea()
        scroll.setAccessibleName("The channel in detail")
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidgetResizable(True)
        scroll.setWidget(inner)
        scroll.viewport().setAutoFillBackground(False)
        inner.setAutoFillBackground(False)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)

    def _titled(self, title: str, *widgets: QWidget) -> HeaderLayout:
        """Return a title with its controls beside it, or below it where there is too little width."""
        self._titles[title] = ScaledLabel(title, is_bold=True)
        row = HeaderLayout(theme.GRID)
        for widget in (self._titles[title], ElidedLabel(), *widgets):
            row.addWidget(widget)
        return row


class LegendLabel(ScaledLabel):
    """Says which bars and lines are clean and which triggered, in their colours."""

    def __init__(self) -> None:
        super().__init__(factor=theme.SMALL)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.RichText)
        theme.signals.theme_changed.connect(self._write)
        self._write()

    def _write(self) -> None:
        colours = theme.current()
        self.setText(
            f"<span style='color:{colours.validation}'>■</span> clean, left bar and filled&nbsp;&nbsp; "
            f"<span style='color:{colours.asr[0]}'>■</span> triggered, right bar and line"
        )


def _note(text: str) -> ScaledLabel:
    label = ScaledLabel(text, role="muted", factor=theme.SMALL)
    label.setWordWrap(True)
    return label


def _row(*widgets: QWidget, stretch: int) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme.GRID)
    for place, widget in enumerate(widgets):
        row.addWidget(widget, 1 if place == stretch else 0)
    return row
