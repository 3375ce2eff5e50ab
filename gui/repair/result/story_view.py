"""How a network was made and judged, in sentences that can be folded away, beside images with the trigger."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui.job_page.folded_text import TextArea, fold_button
from gui.repair.result.examples_view import ExamplesView
from gui.theme import theme


class StoryView(QWidget):
    """Shows the sentences, if they are unfolded, and the images.

    Attributes:
        button: folds and unfolds the sentences; shown elsewhere.
    """

    folded = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = fold_button("How it was made", "Show or hide how the network was made and judged")
        self.area = TextArea("How the network was made")
        self.label = self.area.label
        self.area.setVisible(False)
        self.examples = ExamplesView()
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * theme.GRID)
        row.addWidget(self.examples, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.area, 1, Qt.AlignmentFlag.AlignTop)
        row.addStretch()
        self.button.toggled.connect(self._on_toggled)

    def show_sentences(self, sentences: Sequence[str]) -> None:
        """Show how the network was made."""
        self.label.setText(" ".join(sentences))

    def fit(self, most: int) -> None:
        """Make the sentences as high as they are, up to `most` pixels; the rest is scrolled to."""
        self._row.activate()  # the images take their width first
        if self.examples.isVisibleTo(self):
            most = max(most, self.examples.sizeHint().height())
        room = self.area.viewport().width()
        self.area.setFixedHeight(max(1, min(self.label.heightForWidth(room), most)))

    def _on_toggled(self, is_shown: bool) -> None:
        self.area.setVisible(is_shown)
        self.folded.emit()
