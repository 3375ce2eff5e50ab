"""One channel in detail, or the whole layer while no channel is shown."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QGridLayout, QToolButton, QWidget

from core import words
from core.channels import PrunableLayer
from core.order.ranking import Ranking
from core.words import counted
from gui.keys.tips import set_tip
from gui.theme import formatting, theme
from gui.widgets.image_view import ImageView
from gui.widgets.labels import ElidedLabel

WIDTH = 168
HINT = "Point at or drag over bars"
BESIDE = range(1, 4)  # lines beside the map if there is little height
LEAST_LINE = 14  # height of these, in logical pixels
MAP_ROW = 6  # the map's row if there is enough
TALL = 176
SIDE = 60


class ChannelDetail(QWidget):
    """One channel: its figures, the layers that read it, and its feature map for the image in the classifier.

    Attributes:
        inspect_button: shows the channel on the Network page; hidden while no channel is shown.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.channel = -1
        self.title = ElidedLabel(is_bold=True, elide=Qt.TextElideMode.ElideMiddle)
        self.state = ElidedLabel(role="muted", factor=theme.SMALL)
        self.lines = [ElidedLabel(factor=theme.SMALL) for _ in range(4)]
        self.inspect_button = QToolButton()
        self.inspect_button.setText("Inspect…")
        self.inspect_button.setProperty("fold", True)
        set_tip(
            self.inspect_button, "Show the images, histograms, weights and readers of this channel", "prune.inspect"
        )
        self.map = ImageView()
        self.map.setMinimumSize(0, 0)  # the map shrinks first, so that the text does not move when it appears
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.GRID // 2)
        self._grid.setVerticalSpacing(0)
        for row in BESIDE:
            self._grid.setRowMinimumHeight(row, LEAST_LINE)
        for row, label in enumerate((self.title, self.state, *self.lines)):
            self._grid.addWidget(label, row, 0, 1, 1 if row == 0 or row in BESIDE else 2)
        self._grid.addWidget(self.inspect_button, 0, 1, Qt.AlignmentFlag.AlignRight)
        self._grid.setColumnStretch(0, 1)
        self._grid.setRowStretch(MAP_ROW, 1)
        self._place_map()
        self._fit()
        self.clear()

    def clear(self) -> None:
        """Show no channel."""
        self.channel = -1
        self.map.setVisible(False)
        self.inspect_button.setVisible(False)
        for label in (self.title, self.state, *self.lines):
            label.setText("")
        self.map.clear()

    def show_layer(self, ranking: Ranking) -> None:
        """Show the figures of the whole layer."""
        layer = ranking.layer
        dead = f", {ranking.dead_count} dead" if ranking.image_count else ""
        place, readers = (
            words.tensor_words(layer).strip() or f"measured at {layer.measured_at}",
            formatting.readers_text(layer),
        )
        if layer.parts:
            place = f"in {counted(len(layer.parts), 'layer')}"
            readers = "deepest layer first" if ranking.kind.is_by_layer else "ties: deepest layer first"
        self._fill(
            formatting.layer_name(layer),
            f"{counted(layer.channel_count, 'channel')}{dead}",
            (place, ranking.kind.detail, readers, HINT),
        )
        self.map.setVisible(False)
        self.inspect_button.setVisible(False)

    def show_channel(self, ranking: Ranking, channel: int, *, is_kept: bool, is_next: bool) -> None:
        """Show a channel's figures; `show_map` adds its map later."""
        if channel != self.channel:
            self.map.clear()
        self.channel = channel
        self.map.setVisible(True)
        self.inspect_button.setVisible(True)
        rank = int(np.flatnonzero(ranking.order == channel)[0]) + 1
        state = ("next to be pruned" if is_next else "kept") if is_kept else "pruned"
        is_dead = bool(ranking.dead[channel]) and ranking.image_count > 0
        layer = _layer_of(ranking.layer, channel)
        measure, title = ("share", "") if ranking.layer.parts else ("mean", "Channel ")
        texts = (
            f"{measure} {formatting.number_text(float(ranking.activations[channel]))}",
            f"peak {formatting.number_text(float(ranking.peaks[channel]))}",
            f"{formatting.ordinal(rank)} of {len(ranking.order)} in the order",
            formatting.readers_text(layer),
        )
        name = words.channel_name(ranking.layer, channel)
        self._fill(f"{title}{name}", f"{state}, dead" if is_dead else state, texts)

    def show_map(self, image: NDArray[np.float32]) -> None:
        """Show the channel's feature map."""
        self.map.set_map(image)
        self.map.setToolTip(f"Feature map, {image.shape[0]} × {image.shape[1]}, of the image in the classifier")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the map for the new size."""
        super().resizeEvent(event)
        self._place_map()

    def changeEvent(self, event: QEvent) -> None:
        """Adapt to a new application font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._fit()

    def _place_map(self) -> None:
        is_tall = self.height() >= TALL
        self.map.setMinimumWidth(0 if is_tall else SIDE)
        self.map.setMaximumWidth(self.width() if is_tall else SIDE)
        if is_tall:
            self._grid.addWidget(self.map, MAP_ROW, 0, 1, 2)
        else:
            self._grid.addWidget(self.map, BESIDE.start, 1, len(BESIDE), 1, Qt.AlignmentFlag.AlignRight)

    def _fill(self, title: str, state: str, texts: Sequence[str]) -> None:
        self.title.setText(title)
        self.state.setText(state)
        for label, text in zip(self.lines, texts, strict=True):
            label.setText(text)

    def _fit(self) -> None:
        self.setFixedWidth(max(WIDTH, self.title.fontMetrics().averageCharWidth() * 22))
        self.inspect_button.setFont(theme.scaled_font(QApplication.font(), theme.SMALL))
        self._grid.setRowMinimumHeight(0, self.inspect_button.sizeHint().height())  # nothing moves when it appears


def _layer_of(layer: PrunableLayer, channel: int) -> PrunableLayer:
    """Return the convolution that a channel belongs to, if several are pruned together."""
    name, _ = layer.locate(channel)
    return next((part for part in layer.parts if part.name == name), layer)
