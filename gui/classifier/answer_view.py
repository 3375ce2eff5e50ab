"""The answers of B, B′ and G for one image: G's verdicts above, the best classes of B and B′ below."""

from collections.abc import Sequence

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from core.records import ImageAnswer
from gui.classifier.score_bars import ScoreBars
from gui.guide.explain import ExplainButton
from gui.theme import class_names, formatting, theme
from gui.widgets.combo import ElidedCombo
from gui.widgets.labels import ElidedLabel, Notice, NoticeKind, ScaledLabel

FLAGGED_TIP = "G answers “backdoored” where B and B′ predict different classes"
TARGET_TIP = (
    "A target label of an open poisoned set: the class that the attacker wants. It is the right answer only for an "
    "image that really shows this class."
)
CONFIDENCE_TIP = (
    "G by confidence answers “backdoored” if B and B′ disagree, or if B′'s largest probability is below its confidence "
    "level. The level was found on clean images, for few false alarms, or came with the network."
)
BASE_TEXT = "the network as opened"
BASE_TIP = "B, the network as it was opened; the bars are its largest outputs"
PRUNED_TIP = "B′, which is B with channels pruned, refitted, or both; the bars are its largest outputs"
NETWORK_TIP = "The network that answers as B′: the pruned network, or a repaired one"


class AnswerView(QWidget):
    """Shows the answers for one image, and the choice of the network that answers as B′.

    Attributes:
        verdict: the answer of G by agreement.
        confidence_verdict: the answer of G by confidence; hidden if the network has no confidence level.
        base_bars, pruned_bars: the best classes of B and of B′.
        pruned_step: describes B′ while there is no choice.
        network_combo: chooses B′; hidden while there is only one network.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.verdict = Notice("ok", is_wrapped=True, is_bold=True)
        self.confidence_verdict = Notice("quiet", is_wrapped=True)
        self.confidence_verdict.setToolTip(CONFIDENCE_TIP)
        self.base_bars = ScoreBars("base")
        self.base_bars.setAccessibleName("Answer of B")
        self.pruned_bars = ScoreBars("pruned_network")
        self.pruned_bars.setAccessibleName("Answer of B′")
        self.pruned_step = ElidedLabel(role="muted", factor=theme.SMALL)
        self.network_combo = ElidedCombo(NETWORK_TIP, letters=8)
        self.network_combo.setAccessibleName("Network that answers as B′")
        self.network_combo.setVisible(False)
        self._told: tuple[ImageAnswer, frozenset[int]] | None = None
        self._lay_out()
        class_names.signals.changed.connect(self._tell)

    def show_networks(self, names: Sequence[str], chosen: int) -> None:
        """Show the networks that can answer as B′; the choice is hidden if there is only one.

        Args:
            names: the networks' names, the one pruned on the screen first.
            chosen: index of the network that answers.
        """
        self.network_combo.clear()
        self.network_combo.addItems(list(names))
        self.network_combo.setCurrentIndex(chosen)
        self.network_combo.setVisible(len(names) > 1)
        self.pruned_step.setVisible(len(names) == 1)

    def show_answer(self, answer: ImageAnswer, *, step_text: str, target_labels: frozenset[int]) -> None:
        """Show the answers.

        Args:
            answer: of B, B′ and G.
            step_text: describes B′: "48 of 60 channels pruned".
            target_labels: the target labels of the open poisoned sets.
        """
        self.pruned_step.setText(step_text)
        if self.network_combo.currentIndex() == 0:
            self.network_combo.setItemText(0, step_text)
        self.base_bars.set_scores(answer.base)
        self.pruned_bars.set_scores(answer.pruned)
        self._told = (answer, target_labels)
        self._tell()

    @Slot()
    def _tell(self) -> None:
        """Say what G answers, with the names of the classes."""
        if self._told is None:
            return
        answer, target_labels = self._told
        # A plain label alone is neither good nor bad.
        otherwise: NoticeKind = "warning" if formatting.is_target(answer, target_labels) else "quiet"
        kind: NoticeKind = "flagged" if answer.is_flagged else otherwise
        self.verdict.show_text(formatting.verdict_text(answer, target_labels, called=class_names.short_text), kind=kind)
        self.verdict.setToolTip({"flagged": FLAGGED_TIP, "warning": TARGET_TIP}.get(kind, ""))
        self.confidence_verdict.show_text(
            formatting.confidence_text(answer), kind="flagged" if answer.is_flagged_by_confidence else otherwise
        )

    def set_dimmed(self, is_dimmed: bool) -> None:
        """Grey the bars while a new answer is being computed."""
        for bars in (self.base_bars, self.pruned_bars):
            bars.set_dimmed(is_dimmed)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID // 2)
        column.addWidget(self.verdict)
        column.addWidget(self.confidence_verdict)
        column.addSpacing(theme.GRID // 2)
        base_title = ElidedLabel(BASE_TEXT, role="muted", factor=theme.SMALL)
        for name, tip, detail, bars in (
            ("B", BASE_TIP, base_title, self.base_bars),
            ("B′", PRUNED_TIP, self.pruned_step, self.pruned_bars),
        ):
            title = ScaledLabel(name, is_bold=True)
            title.setToolTip(tip)
            row = QHBoxLayout()
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(theme.GRID)
            row.addWidget(title)
            row.addWidget(detail, 1)
            if bars is self.pruned_bars:
                row.addWidget(self.network_combo, 1)
            else:
                row.addWidget(ExplainButton("networks"))
            column.addLayout(row)
            column.addWidget(bars)
            column.addSpacing(theme.GRID // 2)
