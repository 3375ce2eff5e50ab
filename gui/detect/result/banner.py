"""The verdict as one banner: outcome, probability and how often such a probability was right."""

from PySide6.QtWidgets import QWidget

from core.detect.verdict import Outcome, Verdict
from core.report.detect.text import heading, probability_sentence
from gui.guide.explain import ExplainButton
from gui.job_page.banner import Banner
from gui.theme import class_names
from gui.widgets.labels import NoticeKind

_KINDS: dict[Outcome, NoticeKind] = {
    Outcome.BACKDOORED: "error",
    Outcome.SUSPICIOUS: "warning",
    Outcome.NOTHING_FOUND: "quiet",  # not "ok": a network is never called clean
}


class VerdictBanner(Banner):
    """Shows a verdict, or what is going on before there is one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.add(ExplainButton("outcome"))

    def show_verdict(self, verdict: Verdict) -> None:
        """Show a verdict."""
        self.show_words(
            class_names.named(heading(verdict)),
            class_names.named(probability_sentence(verdict)),
            _KINDS[verdict.outcome],
        )
