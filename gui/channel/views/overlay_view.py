"""Channels' activations over the classifier's picture, side by side."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.channel.jobs import FeatureMaps
from gui.theme import theme
from gui.widgets.image_view import map_colours
from gui.widgets.labels import ScaledLabel

TILE = 132
GAP = 8


class OverlayView(QWidget):
    """A tile for each channel: the picture with the channel's activation over it, or the activation alone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tiles: list[tuple[str, QImage]] = []
        self._picture: QImage | None = None
        self._maps: FeatureMaps | None = None
        self._channels: Sequence[int] = ()
        self._is_over = True
        self._font_of = ScaledLabel(factor=theme.SMALL, parent=self)
        self._font_of.setVisible(False)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName("Activation on the classifier's picture")
        theme.signals.theme_changed.connect(self.update)

    @property
    def tiles(self) -> tuple[tuple[str, QImage], ...]:
        """The caption and the map of each tile."""
        return tuple(self._tiles)

    def clear(self) -> None:
        """Show nothing."""
        self._maps, self._picture, self._tiles = None, None, []
        self.updateGeometry()
        self.update()

    def set_over(self, is_over: bool) -> None:
        """Set whether the maps are drawn over the picture."""
        self._is_over = is_over
        self._draw_tiles()

    def show_maps(self, maps: FeatureMaps, channels: Sequence[int]) -> None:
        """Show maps of these channels."""
        self._maps, self._channels = maps, tuple(channels)
        self._picture = _rgb_image(maps.seen)
        self._draw_tiles()
        self.setAccessibleDescription("; ".join(text for text, _ in self._tiles))

    def sizeHint(self) -> QSize:
        """Return the preferred size."""
        return QSize(2 * TILE + GAP, self.heightForWidth(2 * TILE + GAP))

    def heightForWidth(self, width: int) -> int:
        """Return the height of all tiles at a width."""
        columns = max(1, (width + GAP) // (TILE + GAP))
        rows = max(1, -(-len(self._tiles) // columns))
        return rows * (TILE + self._font_of.fontMetrics().height() + GAP)

    def hasHeightForWidth(self) -> bool:
        """Tiles are wrapped."""
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the tiles."""
        del event
        colours, line = theme.current(), self._font_of.fontMetrics().height()
        painter = QPainter(self)
        painter.setFont(self._font_of.font())
        columns = max(1, (self.width() + GAP) // (TILE + GAP))
        for place, (text, tile) in enumerate(self._tiles):
            left = place % columns * (TILE + GAP)
            top = place // columns * (TILE + line + GAP)
            shown = self._picture if self._picture is not None and self._is_over else tile
            factor = TILE / max(shown.width(), shown.height(), 1)
            size = (shown.width() * factor, shown.height() * factor)
            area = QRectF(left, top, *size)
            if self._is_over and self._picture is not None:
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, factor < 1)
                painter.drawImage(area, self._picture)
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            else:
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            painter.drawImage(area, tile)
            painter.setPen(QColor(colours.border))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(area)
            painter.setPen(QColor(colours.muted))
            painter.drawText(QRectF(left, top + TILE + 1, TILE, line), Qt.AlignmentFlag.AlignLeft, text)
        painter.end()

    def _draw_tiles(self) -> None:
        self._tiles = []
        if self._maps is not None:
            for channel, values in zip(self._channels, self._maps.maps, strict=True):
                tile = _map_image(values, is_over=self._is_over)
                self._tiles.append((f"{channel}: peak {float(np.nan_to_num(values).max(initial=0)):.3g}", tile))
        self.updateGeometry()
        self.update()


def _map_image(values: NDArray[np.float32], *, is_over: bool) -> QImage:
    """Return a map (h, w) in colours; over a picture it is the more opaque the larger its values are."""
    rgb, share = map_colours(values)
    alpha = np.round(255 * (0.5 + 0.3 * share)) if is_over else np.full(share.shape, 255.0)
    rgba = np.ascontiguousarray(np.dstack([rgb, alpha.astype(np.uint8)]))
    height, width, _ = rgba.shape
    return QImage(rgba.data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()


def _rgb_image(pixels: NDArray[np.uint8]) -> QImage:
    rgb = np.repeat(pixels[..., :1], 3, axis=2) if pixels.shape[2] < 3 else pixels[..., :3]
    rgb = np.ascontiguousarray(rgb)
    height, width, _ = rgb.shape
    return QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
