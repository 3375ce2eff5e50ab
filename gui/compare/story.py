"""How the network of the chosen line was made: one line, and all of it on request."""

from PySide6.QtCore import QSize, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gui.job_page.folded_text import TextArea, fold_button
from gui.theme import theme
from gui.widgets.labels import ElidedLabel

LARGEST_SHARE = 0.4  # of the page's height, for the whole text
TIP = "Show or hide all of how the network was made and judged"


class Story(QWidget):
    """Shows the beginning of a text, and the whole of it while the button is checked; a short text has no button.

    Attributes:
        button: unfolds the text.
        area: the whole text, scrolled where it is long.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._line = ElidedLabel(role="muted", factor=theme.SMALL)
        self._line.set_tip(TIP)
        policy = self._line.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # the button stays at the right
        self._line.setSizePolicy(policy)
        self.button = fold_button("How it was made", TIP)
        self.area = TextArea("How the network was made")
        row = QHBoxLayout()
        row.setSpacing(theme.GRID)
        row.addWidget(self._line, 1)
        row.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID // 2)
        column.addLayout(row)
        column.addWidget(self.area)
        self.button.toggled.connect(self._fit)
        self._fit()

    def text(self) -> str:
        """The whole text."""
        return self.area.label.text()

    def setText(self, text: str) -> None:
        """Show another text, folded or not as the last one."""
        self._line.setText(text)
        self.area.label.setText(text)
        self._fit()

    def minimumSizeHint(self) -> QSize:
        """The page may be narrower than the first line is long."""
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the text to another width."""
        super().resizeEvent(event)
        self._fit()

    @Slot()
    def _fit(self) -> None:
        """Offer the button where one line is too short, and give the unfolded text its height."""
        is_long = self._line.fontMetrics().horizontalAdvance(self.text()) > self.width()
        self.button.setVisible(is_long)
        is_unfolded = is_long and self.button.isChecked()
        self._line.setVisible(not is_unfolded)
        self.area.setVisible(is_unfolded)
        if is_unfolded:
            page = self.parentWidget() or self
            height = self.area.label.heightForWidth(
                max(1, self.width() - self.area.verticalScrollBar().sizeHint().width())
            )
            self.area.setFixedHeight(max(1, min(height, int(LARGEST_SHARE * page.height()))))
