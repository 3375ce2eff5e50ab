"""The share of images that become a trigger's class, as a link to the very images."""

from PySide6.QtWidgets import QHBoxLayout, QWidget

from core.images.selection import AskedShare
from gui.charts.share_link import ShareLink
from gui.widgets.labels import ScaledLabel


class FigureLink(ShareLink):
    """A figure in a sentence; it looks like a link while the mouse or the focus is on it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.value = ScaledLabel()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.value)

    def show_figure(self, text: str, asked: AskedShare | None, *, tip: str) -> None:
        """Show a figure.

        Args:
            text: the figure.
            asked: its images; None shows plain text.
            tip: tells more of it, and why there are no images; for the tooltip and screen readers.
        """
        self.value.setText(text)
        self.setToolTip(tip)
        self.setAccessibleName(tip)
        self.set_asked(asked)

    def _show_hot(self) -> None:
        self.value.set_role("link" if self.is_hot else "")
        font = self.value.font()
        font.setUnderline(self.is_hot)
        self.value.setFont(font)
