"""The layout of the panels in the window."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QStackedWidget, QTabBar, QVBoxLayout, QWidget

from gui.classifier.panel import ClassifierPanel
from gui.compare.page import ComparePage
from gui.detect.page import DetectPage
from gui.files.files_panel import FilesPanel
from gui.page import Page
from gui.prune.page import PrunePage
from gui.repair.page import RepairPage
from gui.shell.left_column import LeftColumn
from gui.shell.log_view import LogView
from gui.state.preferences import Preferences
from gui.theme import theme
from gui.widgets.dropped_files import local_files
from gui.widgets.message_bar import MessageBar
from gui.widgets.splitter import Splitter

PAGES: tuple[Callable[[], Page], ...] = (DetectPage, PrunePage, RepairPage, ComparePage)
"""The pages in the order of their tabs; the first is shown at the start. See `WindowFrame.show_order`."""

COLUMN_WIDTHS = (288, 824, 304)
LOG_HEIGHT = 120


class WindowFrame(QWidget):
    """Files on the left, the classifier on the right, the log below; the middle shows one page at a time.

    Files that no panel accepts are accepted here, so that a message can explain why they cannot be dropped.

    Attributes:
        pages: the pages in the order of their tabs while no poisoned set is open.
    """

    dropped_elsewhere = Signal(object, bool)  # tuple[Path, ...], whether that was on the classifier
    page_shown = Signal(str)  # its key

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self.pages = tuple(make() for make in PAGES)
        for page in self.pages:
            page.setParent(self)
        self.files = FilesPanel()
        self.left = LeftColumn(self.files, self.pages)
        self.classifier = ClassifierPanel()
        self.messages = MessageBar()
        self.cautions = MessageBar()
        self.log = LogView()
        self.log.setVisible(False)
        self._columns = Splitter(Qt.Orientation.Horizontal, (self.left, self._make_middle(), self.classifier))
        self._columns.setStretchFactor(0, 0)
        self._columns.setStretchFactor(1, 1)
        self._columns.setStretchFactor(2, 0)
        self._body = Splitter(Qt.Orientation.Vertical, (self._columns, self.log))
        self._body.setStretchFactor(0, 1)
        self._body.setStretchFactor(1, 0)
        self._is_at_start = True  # nobody has chosen a page yet
        self._columns.setSizes(list(COLUMN_WIDTHS))
        self._body.setSizes([10 * LOG_HEIGHT, LOG_HEIGHT])
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID // 2, theme.GRID, 0)
        column.setSpacing(theme.GRID // 2)
        column.addWidget(self.messages)
        column.addWidget(self.cautions)
        column.addWidget(self._body, 1)

    @property
    def page(self) -> Page:
        """The page that is shown."""
        key = self.tabs.tabData(self.tabs.currentIndex())
        return next(page for page in self.pages if page.key == key)

    @property
    def order(self) -> tuple[str, ...]:
        """The keys of the pages, in the order of their tabs."""
        return tuple(self.tabs.tabData(place) for place in range(self.tabs.count()))

    @Slot(str)
    def show_page(self, key: str) -> None:
        """Show the page with this key."""
        self._is_at_start = False
        self.tabs.setCurrentIndex(self.order.index(key))

    def show_order(self, *, has_poisoned: bool, is_empty: bool) -> None:
        """Order the tabs: with a poisoned set the pages that do without one come last.

        The first page is shown until somebody chooses another or a job begins, and again when nothing is open.

        Args:
            has_poisoned: whether a poisoned set is open.
            is_empty: whether neither a model nor data are open.
        """
        self._is_at_start = self._is_at_start or is_empty
        wanted = [
            each.key for each in sorted(self.pages, key=lambda page: has_poisoned and page.is_first_without_poisoned)
        ]
        for place, key in enumerate(wanted):
            self.tabs.moveTab(self.order.index(key), place)
        if self._is_at_start:
            self.tabs.setCurrentIndex(0)
            self._show_current()

    def _make_middle(self) -> QWidget:
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName("Pages")
        self._stack = QStackedWidget()
        for page in self.pages:
            place = self.tabs.addTab(page.title)
            self.tabs.setTabData(place, page.key)
            self.tabs.setTabToolTip(place, f"{page.tip} ({page.shortcut})")
            self._stack.addWidget(page.panel)
        self.tabs.currentChanged.connect(self._on_tab_changed)
        self.tabs.tabBarClicked.connect(self._on_tab_clicked)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID // 2)
        column.addWidget(self.tabs)
        column.addWidget(self._stack, 1)
        return middle

    @Slot(int)
    def _on_tab_clicked(self, _place: int) -> None:
        self._is_at_start = False

    @Slot(int)
    def _on_tab_changed(self, _place: int) -> None:
        self._show_current()

    def _show_current(self) -> None:
        """Show the page of the current tab; moving tabs may change the current one without a signal."""
        if self._stack.currentWidget() is not self.page.panel:
            self._stack.setCurrentWidget(self.page.panel)
            self.left.show_page(self.page)
            self.page_shown.emit(self.page.key)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept files everywhere in the window, but not what is dragged out of it."""
        if event.source() is None and event.mimeData().hasUrls():
            event.acceptProposedAction()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        """Emit the dropped files, and whether they were dropped on the classifier."""
        event.acceptProposedAction()
        place = self.classifier.mapFrom(self, event.position().toPoint())
        self.dropped_elsewhere.emit(
            local_files(event, has_folders=True), self.classifier.rect().contains(QPoint(place))
        )

    def restore(self, preferences: Preferences) -> None:
        """Restore the widths of the columns."""
        self._columns.restore(preferences.columns)

    def remember(self, preferences: Preferences) -> None:
        """Write the widths of the columns to the preferences."""
        preferences.columns = self._columns.state
