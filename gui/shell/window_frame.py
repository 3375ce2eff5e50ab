"""How the panels stand in the window, and how that is remembered."""

from PySide6.QtCore import QByteArray, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from gui.classifier.panel import ClassifierPanel
from gui.compare.panel import ComparePanel
from gui.files.files_panel import FilesPanel
from gui.prune.channels_panel import ChannelsPanel
from gui.prune.curves_panel import CurvesPanel
from gui.prune.results_panel import ResultsPanel
from gui.repair.panel import RepairPanel
from gui.shell.log_view import LogView
from gui.state.preferences import Preferences
from gui.state.session import View
from gui.theme import theme
from gui.widgets.dropped_files import local_files
from gui.widgets.message_bar import MessageBar

COLUMN_WIDTHS = (288, 824, 304)
ROW_HEIGHTS = (184, 250, 300)
LOG_HEIGHT = 120
_VIEWS = (
    (View.PRUNE, "Prune", "Channels, curves and results of pruning (Ctrl+1)"),
    (View.REPAIR, "Repair", "Repair the network, epoch by epoch, and see what it is worth before and after (Ctrl+2)"),
    (View.COMPARE, "Compare", "Repaired networks side by side (Ctrl+3)"),
)


class WindowFrame(QWidget):
    """Files at the left, the classifier at the right, the log below; the middle is used for one thing at a time.

    What is dropped where no panel takes it is taken here, so that it can be said why nothing comes of it.
    """

    dropped_elsewhere = Signal(object, bool)  # tuple[Path, ...], whether that was on the classifier
    view_shown = Signal(str)  # View

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self.files = FilesPanel()
        self.channels = ChannelsPanel()
        self.curves = CurvesPanel()
        self.results = ResultsPanel()
        self.repair = RepairPanel()
        self.compare = ComparePanel()
        self.classifier = ClassifierPanel()
        self.messages = MessageBar()
        self.cautions = MessageBar()
        self.log = LogView()
        self.log.setVisible(False)
        self._rows = _splitter(Qt.Orientation.Vertical, (self.channels, self.curves, self.results))
        self._columns = _splitter(Qt.Orientation.Horizontal, (self.files, self._make_middle(), self.classifier))
        self._columns.setStretchFactor(0, 0)
        self._columns.setStretchFactor(1, 1)
        self._columns.setStretchFactor(2, 0)
        for row in range(3):
            self._rows.setStretchFactor(row, 1)
        self._body = _splitter(Qt.Orientation.Vertical, (self._columns, self.log))
        self._body.setStretchFactor(0, 1)
        self._body.setStretchFactor(1, 0)
        self._columns.setSizes(list(COLUMN_WIDTHS))
        self._rows.setSizes(list(ROW_HEIGHTS))
        self._body.setSizes([10 * LOG_HEIGHT, LOG_HEIGHT])
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID // 2, theme.GRID, 0)
        column.setSpacing(theme.GRID // 2)
        column.addWidget(self.messages)
        column.addWidget(self.cautions)
        column.addWidget(self._body, 1)

    @property
    def view(self) -> View:
        """What the middle is used for now."""
        return _VIEWS[self.tabs.currentIndex()][0]

    @Slot(str)
    def show_view(self, view: str) -> None:
        """Use the middle for something."""
        self.tabs.setCurrentIndex([str(each) for each, _, _ in _VIEWS].index(view))

    def _make_middle(self) -> QWidget:
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName("What the window is used for")
        self._pages = QStackedWidget()
        for (_, title, tip), page in zip(_VIEWS, (self._rows, self.repair, self.compare), strict=True):
            self.tabs.setTabToolTip(self.tabs.addTab(title), tip)
            self._pages.addWidget(page)
        self.tabs.currentChanged.connect(self._on_tab_changed)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID // 2)
        column.addWidget(self.tabs)
        column.addWidget(self._pages, 1)
        return middle

    @Slot(int)
    def _on_tab_changed(self, place: int) -> None:
        self._pages.setCurrentIndex(place)
        self.files.show_view(self.view)
        self.view_shown.emit(self.view)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files wherever they fall."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        """Say what fell, and whether the classifier was meant."""
        event.acceptProposedAction()
        place = self.classifier.mapFrom(self, event.position().toPoint())
        self.dropped_elsewhere.emit(local_files(event), self.classifier.rect().contains(QPoint(place)))

    def restore(self, preferences: Preferences) -> None:
        """Put the splitters where they were; what cannot be read changes nothing."""
        for splitter, state in ((self._columns, preferences.columns), (self._rows, preferences.rows)):
            if state:
                splitter.restoreState(QByteArray.fromBase64(state.encode("ascii", errors="replace")))

    def remember(self, preferences: Preferences) -> None:
        """Note where the splitters stand."""
        preferences.columns = bytes(self._columns.saveState().toBase64().data()).decode("ascii")
        preferences.rows = bytes(self._rows.saveState().toBase64().data()).decode("ascii")


def _splitter(orientation: Qt.Orientation, widgets: tuple[QWidget, ...]) -> QSplitter:
    splitter = QSplitter(orientation)
    splitter.setHandleWidth(theme.GRID)
    for widget in widgets:
        splitter.addWidget(widget)
    splitter.setChildrenCollapsible(False)
    return splitter
