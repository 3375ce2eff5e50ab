"""The verdict of a run in one line, with its reasons in a popup."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtWidgets import QFrame, QToolButton, QVBoxLayout, QWidget

from gui.theme import formatting, theme
from gui.widgets.labels import ElidedLabel, Notice, ScaledLabel

CAUTION = "Caution: "  # prefix of a headline whose figures are doubtful
WIDTH = 480


class VerdictLine(Notice):
    """A headline on a single line; its reasons are in the tooltip and in a popup."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("quiet", parent=parent)
        self._row.setContentsMargins(theme.GRID, 1, 1, 1)
        self.why_button = QToolButton()
        self.why_button.setText("Why")
        self.why_button.setAccessibleName("Why: what the verdict rests on")
        self.why_button.setAutoRaise(True)
        self.why_button.setToolTip("What this rests on")
        self._fit()
        self.add(self.why_button)
        self.sentences = ScaledLabel()
        self.sentences.setWordWrap(True)
        self.sentences.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.box = QFrame(self, Qt.WindowType.Popup)
        self.box.setProperty("panel", True)
        column = QVBoxLayout(self.box)
        column.setContentsMargins(12, theme.GRID, 12, theme.GRID)
        self.headline = ScaledLabel(is_bold=True)  # repeated, as the line may be elided
        self.headline.setWordWrap(True)
        column.addWidget(self.headline)
        column.addWidget(self.sentences)
        self.why_button.clicked.connect(self._open)

    def show_verdict(self, headline: str, sentences: Sequence[str]) -> None:
        """Show a verdict; an empty headline hides the line."""
        self.show_text(headline, kind="warning" if headline.startswith(CAUTION) else "quiet")
        self.headline.setText(headline)
        self.sentences.setText("\n\n".join(sentences))
        tip = formatting.paragraphs_html((headline, *sentences)) if headline else ""
        self.setToolTip(tip)
        assert isinstance(self.label, ElidedLabel)
        self.label.set_tip(tip)
        for widget in (self, self.label):
            widget.setAccessibleDescription(" ".join(sentences) or headline)  # without the marks of the tooltip
        self.why_button.setVisible(bool(sentences))
        self.box.hide()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._fit()

    def _fit(self) -> None:
        """Keep the button from making the line taller."""
        self.why_button.setFixedHeight(self.label.fontMetrics().height() + 4)

    def _open(self) -> None:
        """Open the popup above or below the line; any click and Esc close it."""
        for label in (self.headline, self.sentences):
            label.setFixedWidth(min(max(self.width() - 26, WIDTH // 2), 2 * WIDTH))
        self.box.adjustSize()
        place = self.mapToGlobal(QPoint(0, self.height() + 2))
        if place.y() + self.box.height() > self.screen().availableGeometry().bottom():
            place = self.mapToGlobal(QPoint(0, -self.box.height() - 2))
            place.setY(max(place.y(), self.screen().availableGeometry().top()))
        self.box.move(place)
        self.box.show()
        self.sentences.setFocus()
