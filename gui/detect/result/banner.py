"""The verdict as one banner: outcome, probability and how often such a probability was right."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from core.detect.verdict import Outcome, Verdict
from core.report.detect.text import heading, probability_sentence
from gui.guide.explain import ExplainButton
from gui.theme import theme
from gui.widgets.labels import NoticeKind, ScaledLabel

LARGE = 1.25
_KINDS: dict[Outcome, NoticeKind] = {
    Outcome.BACKDOORED: "error",
    Outcome.SUSPICIOUS: "warning",
    Outcome.NOTHING_FOUND: "quiet",  # not "ok": a network is never called clean
}
_ICONS = {"error": "poisoned", "warning": "warning", "quiet": "checks"}


class VerdictBanner(QFrame):
    """Shows a verdict, or what is going on before there is one; hidden while it has no text."""

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
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.GRID, theme.GRID - 2, theme.GRID, theme.GRID - 2)
        row.setSpacing(theme.GRID)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)
        row.addWidget(ExplainButton("outcome"), 0, Qt.AlignmentFlag.AlignTop)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.setAccessibleName("Verdict")
        self.setProperty("notice", self._kind)
        theme.signals.theme_changed.connect(self._recolour)
        self.show_words("", "")

    @property
    def kind(self) -> NoticeKind:
        """The severity."""
        return self._kind

    def show_verdict(self, verdict: Verdict) -> None:
        """Show a verdict."""
        self._show(heading(verdict), probability_sentence(verdict), _KINDS[verdict.outcome])

    def show_words(self, title: str, sentence: str) -> None:
        """Show what is going on; an empty title hides the banner."""
        self._show(title, sentence, "quiet")

    def _show(self, title: str, sentence: str, kind: NoticeKind) -> None:
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
        colour = {"error": colours.error, "warning": colours.warning}.get(self._kind, colours.muted)
        side = round(1.1 * self.heading.fontMetrics().height())
        self._icon.setPixmap(theme.icon(_ICONS[self._kind], colour=colour).pixmap(side, side))
