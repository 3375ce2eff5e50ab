"""The layout of the panels in the window."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from gui.audit.page import AuditPage
from gui.classifier.panel import ClassifierPanel
from gui.compare.page import ComparePage
from gui.detect.page import DetectPage
from gui.disk_watch.offer_bar import OfferBar
from gui.files.files_panel import FilesPanel
from gui.guide.topics import TOPICS, tag
from gui.keys.bindings import bindings
from gui.navigation.welcome import Welcome
from gui.network.page import NetworkPage
from gui.page import Page
from gui.prune.page import PrunePage
from gui.repair.page import RepairPage
from gui.shell.left_column import LeftColumn
from gui.shell.log_view import LogView
from gui.state.preferences import Preferences
from gui.theme import theme
from gui.widgets.dropped_files import accept_copy, local_files
from gui.widgets.message_bar import CautionBar, MessageBar
from gui.widgets.splitter import Splitter

PAGES: tuple[Callable[[], Page], ...] = (
    DetectPage,
    PrunePage,
    RepairPage,
    ComparePage,
    NetworkPage,
    AuditPage,
)
"""The pages in the order of their tabs; the first is shown at the start. See `WindowFrame.show_order`."""

COLUMN_WIDTHS = (288, 824, 304)
LOG_HEIGHT = 120
MOST_OF_WIDTH = 0.32  # of the window, which large text gives to an outer column


class WindowFrame(QWidget):
    """Files on the left, the classifier on the right, the log below; the middle shows one page at a time.

    Files that no panel accepts are accepted here, and opened as what they are.

    Attributes:
        pages: the pages in the order of their tabs while no poisoned set is open.
    """

    dropped_elsewhere = Signal(object, bool)  # tuple[Path, ...], whether that was on the classifier
    page_shown = Signal(str)  # its key

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self._is_at_start = True  # nobody has chosen a page yet
        self._is_complete = False  # the model and clean images are open
        self.pages = tuple(make() for make in PAGES)
        for page in self.pages:
            page.setParent(self)
        self.files = FilesPanel()
        self.left = LeftColumn(self.files, self.pages)
        self.classifier = ClassifierPanel()
        self.messages = MessageBar(self)
        self.messages.setProperty("floating", True)
        self.offers: tuple[OfferBar, ...] = ()
        self.cautions = CautionBar()
        self.welcome = Welcome()
        self.log = LogView()
        self.log.setVisible(False)
        self._columns = Splitter(Qt.Orientation.Horizontal, (self.left, self._make_middle(), self.classifier))
        self._text_factor = 1.0  # of the text's size to that at the start
        self._usual_widths: tuple[float, float] | None = None  # of the outer columns then; None once they were dragged
        self._columns.splitterMoved.connect(self._forget_widths)
        self._columns.setStretchFactor(0, 0)
        self._columns.setStretchFactor(1, 1)
        self._columns.setStretchFactor(2, 0)
        self._body = Splitter(Qt.Orientation.Vertical, (self._columns, self.log))
        self._body.setStretchFactor(0, 1)
        self._body.setStretchFactor(1, 0)
        self._usual_widths = None
        self._columns.setSizes(list(COLUMN_WIDTHS))
        self._body.setSizes([10 * LOG_HEIGHT, LOG_HEIGHT])
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID // 2, theme.GRID, 0)
        column.setSpacing(theme.GRID // 2)
        column.addWidget(self._body, 1)
        self._tag_parts()

    def add_bar(self, bar: OfferBar) -> None:
        """Take a message with buttons; it lies over the foot of the window, above the other messages."""
        self.offers += (bar,)

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
        self._choose()
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
        self._show_welcome()

    def show_open(self, model_name: str, images_name: str) -> None:
        """Say on the welcome page what is open; it goes when both the model and clean images are.

        Args:
            model_name: the name of the open model; empty for none.
            images_name: the name of the open clean validation set; empty for none.
        """
        self.welcome.show_open(model_name, images_name)
        self._is_complete = bool(model_name and images_name)
        self._show_welcome()

    def scale_columns(self, factor: float) -> None:
        """Widen or narrow the outer columns, as text of another size needs; the middle takes the rest."""
        sizes = self._columns.sizes()
        if self._usual_widths is None:
            shown = [width or usual for width, usual in zip(sizes, COLUMN_WIDTHS, strict=True)]  # 0 where hidden
            self._usual_widths = (shown[0] / self._text_factor, shown[2] / self._text_factor)
        self._text_factor *= factor
        most = MOST_OF_WIDTH * sum(sizes)
        left, right = (round(min(width * self._text_factor, max(width, most))) for width in self._usual_widths)
        self._columns.setSizes([left, max(1, sum(sizes) - left - right), right])

    @Slot()
    def _forget_widths(self) -> None:
        self._usual_widths = None

    def reset_layout(self) -> None:
        """Give the columns and the log their usual sizes."""
        self._usual_widths = None
        self._columns.setSizes(list(COLUMN_WIDTHS))
        self._body.setSizes([10 * LOG_HEIGHT, LOG_HEIGHT])

    def _make_middle(self) -> QWidget:
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName("Pages")
        self._stack = QStackedWidget()
        for page in self.pages:
            place = self.tabs.addTab(page.title)
            self.tabs.setTabData(place, page.key)
            self._stack.addWidget(page.panel)
        bindings.changed.connect(self._show_keys)
        self.tabs.currentChanged.connect(self._on_tab_changed)
        self.tabs.tabBarClicked.connect(self._on_tab_clicked)
        head = QHBoxLayout()
        head.setSpacing(theme.GRID)
        head.addWidget(self.tabs, 1)
        head.addWidget(self.cautions, 1)
        self._upper = QStackedWidget()
        self._upper.addWidget(self.welcome)
        self._upper.addWidget(self._stack)
        self.welcome.page_chosen.connect(self.show_page)
        self.middle = QWidget()
        column = QVBoxLayout(self.middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID // 2)
        column.addLayout(head)
        column.addWidget(self._upper, 1)
        return self.middle

    @Slot()
    def _show_keys(self) -> None:
        """Name the keys of each page in the tooltip of its tab."""
        for place, key in enumerate(self.order):
            page = next(page for page in self.pages if page.key == key)
            self.tabs.setTabToolTip(place, bindings.told(page.tip, f"view.{key}"))

    def _tag_parts(self) -> None:
        """Say which topic each part belongs to, for help on what has the focus."""
        parts: list[tuple[QWidget | None, str]] = [
            (self.files, "files"),
            (self.tabs, "pages"),
            (self.classifier, "classifier"),
            (self.log, "log"),
        ]
        for page in self.pages:
            parts += [(page.panel, page.key), (page.form, f"{page.key}-form")]
        for part, topic in parts:
            if part is not None and TOPICS.find(topic) is not None:
                tag(part, topic)

    def _choose(self) -> None:
        """Take it that a person chose a page, or began a job: the welcome page goes."""
        self._is_at_start = False
        self._show_welcome()

    def _show_welcome(self) -> None:
        is_shown = self._is_at_start and not self._is_complete
        self._upper.setCurrentWidget(self.welcome if is_shown else self._stack)

    @Slot(int)
    def _on_tab_clicked(self, _place: int) -> None:
        self._choose()

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
            accept_copy(event)
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        """Emit the dropped files, and whether they were dropped on the classifier."""
        if not accept_copy(event):
            return
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
