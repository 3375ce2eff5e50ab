"""The window that explains an answer: maps of B beside those of B′, on the same scale."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from gui.explanation.map_view import MapView, ScaleBar
from gui.guide.window_help import WindowHelp
from gui.theme import theme
from gui.widgets.combo import ElidedCombo
from gui.widgets.labels import ElidedLabel, ScaledLabel

TITLE = "Why this answer"
OWN, OF_BASE, OF_PRUNED = "own", "base", "pruned"
OCCLUSION_TIP = (
    "How far the lead of the class falls when a part of the image is hidden by its mean colour (Zeiler and Fergus "
    "2014). The lead is its score before the softmax, less that of the next best class."
)
CAM_TIP = "Where the last convolution speaks for the class (Grad-CAM, Selvaraju et al. 2017)"


class ExplanationWindow(QDialog):
    """Shows the maps.

    Attributes:
        occlusions: the occlusion maps of B and of B′.
        cams: Grad-CAM of B and of B′.
    """

    class_chosen = Signal(str)  # OWN, OF_BASE or OF_PRUNED
    stop_requested = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.help = WindowHelp(self, "explanation")
        self.setWindowTitle(TITLE)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.titles = (ScaledLabel("B", is_bold=True), ScaledLabel("B′", is_bold=True))
        self.occlusions = (MapView("Occlusion map of B"), MapView("Occlusion map of B′"))
        self.cams = (MapView("Grad-CAM of B"), MapView("Grad-CAM of B′"))
        self.occlusion_bar, self.cam_bar = ScaleBar(), ScaleBar()
        self.class_combo = ElidedCombo("The class whose output is explained", letters=22)
        self.class_combo.setAccessibleName("Class that is explained")
        self.class_combo.activated.connect(self._on_class)
        self.image_label = ElidedLabel(role="muted", factor=theme.SMALL, elide=Qt.TextElideMode.ElideMiddle)
        self.progress = QProgressBar()
        self.progress.setAccessibleName("Parts of the image that were hidden")
        self.progress.setRange(0, 100)
        self.stop_button = QPushButton("Stop")
        self.stop_button.setAutoDefault(False)
        self.stop_button.clicked.connect(self.stop_requested)
        self._lay_out()
        self.resize(600, 680)
        self.finished.connect(self.closed)

    def show_classes(self, base: int, pruned: int, chosen: str) -> None:
        """Offer the classes that can be explained."""
        self.class_combo.clear()
        self.class_combo.addItem("The answer of each network", OWN)
        self.class_combo.addItem(f"Class {base}, the answer of B", OF_BASE)
        self.class_combo.addItem(f"Class {pruned}, the answer of B′", OF_PRUNED)
        self.class_combo.setCurrentIndex(max(0, self.class_combo.findData(chosen)))

    def show_progress(self, share: float, *, is_working: bool) -> None:
        """Show how much is computed, and whether there is something to stop."""
        self.progress.setValue(round(100 * share))
        self.progress.setVisible(is_working)
        self.stop_button.setVisible(is_working)

    @Slot(int)
    def _on_class(self, place: int) -> None:
        self.class_chosen.emit(self.class_combo.itemData(place))

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.class_combo)
        top.addWidget(self.image_label, 1)
        grid = QGridLayout()
        grid.setSpacing(theme.GRID)
        for column, title in enumerate(self.titles):
            grid.addWidget(title, 0, column)
            grid.setColumnStretch(column, 1)
        rows = (
            ("Hidden parts that the answer depends on", OCCLUSION_TIP, self.occlusions, self.occlusion_bar),
            ("Grad-CAM", CAM_TIP, self.cams, self.cam_bar),
        )
        for number, (text, tip, views, bar) in enumerate(rows):
            label = ScaledLabel(text, role="muted", factor=theme.SMALL)
            label.setToolTip(tip)
            grid.addWidget(label, 1 + 3 * number, 0, 1, 2)
            for column, view in enumerate(views):
                view.setToolTip(tip)
                grid.addWidget(view, 2 + 3 * number, column)
            grid.setRowStretch(2 + 3 * number, 1)
            grid.addWidget(bar, 3 + 3 * number, 0, 1, 2)
        bottom = QHBoxLayout()
        bottom.addWidget(self.progress, 1)
        bottom.addWidget(self.stop_button)
        outer = QVBoxLayout(self)
        outer.setSpacing(theme.GRID)
        outer.addLayout(top)
        outer.addLayout(grid, 1)
        outer.addLayout(bottom)
