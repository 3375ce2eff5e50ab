"""The outcome of a job as one banner: a heading, a sentence, and a severity."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from gui.theme import theme
from gui.widgets.labels import NoticeKind, ScaledLabel

LARGE = 1.25
_ICONS = {"error": "poisoned", "warning": "warning", "quiet": "checks", "ok": "ok"}
_ICON_NAMES = {"error": "Alarm", "warning": "Warning", "quiet": "Note", "ok": "Good"}


class Banner(QFrame):
    """Shows an outcome, or what is going on before there is one; hidden while it has no text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind: NoticeKind = "quiet"
        self._icon = QLabel()
        self.heading = ScaledLabel(factor=LARGE, is_bold=True)
        self.heading.setWordWrap(True)
        self.sentence = ScaledLabel()
        self.sentence.setWordWrap(True)
        for label in (self.heading, self.sentence):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(self.heading)
        texts.addWidget(self.sentence)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(theme.GRID, theme.GRID - 2, theme.GRID, theme.GRID - 2)
        row.setSpacing(theme.GRID)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.setAccessibleName("Verdict")
        self.setProperty("notice", self._kind)
        theme.signals.theme_changed.connect(self._recolour)
        self.show_words("", "")

    @property
    def kind(self) -> NoticeKind:
        """The severity."""
        return self._kind

    def add(self, widget: QWidget) -> None:
        """Add a control at the right end."""
        self._row.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop)

    def show_words(self, title: str, sentence: str, kind: NoticeKind = "quiet") -> None:
        """Show an outcome, or what is going on; an empty title hides the banner."""
        self._kind = kind
        if self.property("notice") != kind:
            self.setProperty("notice", kind)
            self.style().unpolish(self)
            self.style().polish(self)
        self.heading.setText(title)
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))
        for label in (self.heading, self.sentence):
            label.updateGeometry()  # else a text with more lines is cut off
        self.setVisible(bool(title))
        self.setAccessibleDescription(f"{title} {sentence}".strip())
        self._recolour()

    def _recolour(self) -> None:
        colours = theme.current()
        colour = {"error": colours.error, "warning": colours.warning, "ok": colours.ok}.get(self._kind, colours.muted)
        side = round(1.1 * self.heading.fontMetrics().height())
        self._icon.setPixmap(theme.icon(_ICONS[self._kind], colour=colour).pixmap(side, side))
        self._icon.setAccessibleName(_ICON_NAMES[self._kind])
