"""The detectors' own figures: one row each, with the spread of the classes' scores and the time."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from core.detect.detector import Detector
from core.detect.detectors.registry import DETECTORS
from core.detect.records import NEXT_CLASS, ClassScores, Ending
from gui.detect.result.class_list import NO_CLASS
from gui.detect.result.score_strip import ScoreStrip
from gui.detect.result.words import figures_text, state_text
from gui.state.detections import KeptDetection
from gui.theme import theme
from gui.widgets.labels import ScaledLabel


class DetectorRows(QWidget):
    """A row for each detector: its name and time, the scores of all classes, and the figures of the chosen class."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(2 * theme.GRID)
        grid.setVerticalSpacing(theme.GRID)
        for column, stretch in enumerate((4, 6, 4)):
            grid.setColumnStretch(column, stretch)
        self.rows = {each.name: _Row(each, grid, place) for place, each in enumerate(DETECTORS)}

    def show_detection(self, kept: KeptDetection, label: int) -> None:
        """Show what each detector found; `label` is the class whose figures are shown."""
        chosen = {each.name for each in kept.settings.detectors}
        found = {each.detector: each for each in kept.scores}
        for name, row in self.rows.items():
            scores = found.get(name)
            row.set_visible(name in chosen)
            row.state.setText(state_text(scores, is_over=kept.is_over))
            row.figures.setText("" if scores is None or label == NO_CLASS else figures_text(scores, label))
            has_scores = scores is not None and scores.ending is not Ending.UNSUITABLE
            row.strip.setVisible(name in chosen and has_scores)
            if scores is not None and has_scores:
                row.strip.show_scores(scores.scores, label, marked=_marked(scores, label))


def _marked(scores: ClassScores, label: int) -> float:
    """Return the score that is marked; NaN for none."""
    if label == NEXT_CLASS:
        return float("nan") if scores.all_to_all is None else scores.all_to_all.score
    return float(scores.scores[label]) if label >= 0 else float("nan")


class _Row:
    """The widgets of one detector."""

    def __init__(self, detector: Detector, grid: QGridLayout, place: int) -> None:
        self.title = ScaledLabel(detector.title)
        self.title.setWordWrap(True)
        self.title.setToolTip(f"{detector.help}\nSource: {detector.source}")
        self.state = ScaledLabel(factor=theme.SMALL, role="muted")
        self.strip = ScoreStrip(detector.score_unit)
        self.strip.setAccessibleName(f"Scores of the classes: {detector.title}")
        self.figures = ScaledLabel(factor=theme.SMALL)
        self.figures.setWordWrap(True)
        self.figures.setToolTip(detector.statistic_title)
        names = QGridLayout()
        names.setSpacing(0)
        names.addWidget(self.title, 0, 0)
        names.addWidget(self.state, 1, 0)
        grid.addLayout(names, place, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.strip, place, 1)
        grid.addWidget(self.figures, place, 2, Qt.AlignmentFlag.AlignVCenter)

    def set_visible(self, is_shown: bool) -> None:
        """Show or hide the row."""
        for widget in (self.title, self.state, self.strip, self.figures):
            widget.setVisible(is_shown)
