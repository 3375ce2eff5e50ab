"""The panel of an audit: what it is while none is shown; else its state, its table, and the chosen network."""

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from core.words import counted
from gui.audit.cells import Shown
from gui.audit.detail import DetailView
from gui.audit.table import AuditTable
from gui.job_page.banner import Banner
from gui.theme import theme
from gui.widgets.labels import PanelHeader, ScaledLabel, centred_label
from gui.widgets.splitter import Splitter

EMPTY_TEXT = (
    "An audit examines many models, each in a process of its own, and writes one table.\n"
    "Choose a folder of models on the left to start one; the open data are the images that it measures on.\n"
    "Or watch one that runs elsewhere, or has ended: its table fills as its rows are written."
)
HEIGHTS = (360, 170)


class AuditPanel(QWidget):
    """Shows an audit.

    Attributes:
        table: its rows.
        detail: the chosen row.
        banner: its state.
        find_field: filters the rows by words.
        which_box: filters the rows by verdict or ending.
        again_button: watches the audit of the last time.
    """

    watch_requested = Signal()
    start_requested = Signal()
    again_requested = Signal()
    close_requested = Signal()
    filter_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._header = PanelHeader("Audit", elide=Qt.TextElideMode.ElideMiddle)
        self.watch_button = QPushButton("Watch…")
        self.watch_button.setToolTip("Watch the audit of another folder")
        self.close_button = QPushButton("Close")
        self.close_button.setToolTip("Watch this audit no more; it goes on if it runs")
        self._header.add(self.watch_button, self.close_button)
        self.banner = Banner()
        self.banner.setAccessibleName("State of the audit")
        self.table, self.detail = AuditTable(), DetailView()
        self.find_field = QLineEdit()
        self.find_field.setPlaceholderText("Find a model")
        self.find_field.setAccessibleName("Find a model")
        self.find_field.setToolTip("Show rows with these words in name, verdict, message or path")
        self.find_field.setClearButtonEnabled(True)
        self.which_box = QComboBox()
        self.which_box.setAccessibleName("Rows to show")
        for each in Shown:
            self.which_box.addItem(each.value, each)
        self.count_label = ScaledLabel(factor=theme.SMALL, role="muted")
        self._lay_out()
        self._connect()
        theme.signals.theme_changed.connect(self._recolour)
        self._recolour()
        self.show_folder("")

    @property
    def which(self) -> Shown:
        """The rows that are wanted."""
        return Shown(self.which_box.currentData())

    def show_folder(self, folder: str) -> None:
        """Show the audit in a folder; an empty text for none."""
        self._header.detail.setText(folder)
        self.watch_button.setVisible(bool(folder))
        self.close_button.setVisible(bool(folder))
        self._stack.setCurrentIndex(1 if folder else 0)

    def offer_again(self, name: str, path: str) -> None:
        """Offer to watch the audit of the last time; an empty name for none."""
        self.again_button.setText(f"Watch {name} again")
        self.again_button.setToolTip(path)
        self.again_button.setVisible(bool(name))

    def show_counts(self) -> None:
        """Say how many rows are shown."""
        shown, all_rows = len(self.table.shown), len(self.table.rows)
        is_all = shown == all_rows
        self.count_label.setText(counted(shown, "row") if is_all else f"{shown} of {counted(all_rows, 'row')}")

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._recolour()

    def _lay_out(self) -> None:
        self.empty_watch_button = QPushButton("Watch an audit…")
        self.empty_watch_button.setToolTip("Choose the folder of an audit that runs, or has ended")
        self.empty_start_button = QPushButton("Start an audit…")
        self.empty_start_button.setToolTip("Choose a folder of models")
        self.again_button = QPushButton()
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.GRID)
        buttons.addStretch(1)
        for button in (self.empty_watch_button, self.empty_start_button, self.again_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        empty = QWidget()
        column = QVBoxLayout(empty)
        column.setSpacing(2 * theme.GRID)
        self.empty_label = centred_label(EMPTY_TEXT)
        column.addStretch(2)
        column.addWidget(self.empty_label)
        column.addLayout(buttons)
        column.addStretch(3)
        filters = QHBoxLayout()
        filters.setSpacing(theme.GRID)
        filters.addWidget(self.find_field, 1)
        filters.addWidget(self.which_box)
        filters.addWidget(self.count_label)
        self.body = Splitter(Qt.Orientation.Vertical, (self.table, self.detail))
        self.body.setStretchFactor(0, 1)
        self.body.setStretchFactor(1, 0)
        self.body.setSizes(list(HEIGHTS))
        content = QWidget()
        inner = QVBoxLayout(content)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(theme.GRID)
        inner.addWidget(self.banner)
        inner.addLayout(filters)
        inner.addWidget(self.body, 1)
        self._stack = QStackedLayout()
        self._stack.addWidget(empty)
        self._stack.addWidget(content)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(12, theme.GRID, 12, theme.GRID)
        outer.setSpacing(theme.GRID)
        outer.addWidget(self._header)
        outer.addLayout(self._stack, 1)
        self.offer_again("", "")

    def _connect(self) -> None:
        for button in (self.watch_button, self.empty_watch_button):
            button.clicked.connect(self.watch_requested)
        self.close_button.clicked.connect(self.close_requested)
        self.empty_start_button.clicked.connect(self.start_requested)
        self.again_button.clicked.connect(self.again_requested)
        self.find_field.textChanged.connect(self._on_filter)
        self.which_box.currentIndexChanged.connect(self._on_filter)

    @Slot()
    def begin_find(self) -> None:
        """Type words to find."""
        self.find_field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.find_field.selectAll()

    @Slot()
    def _on_filter(self) -> None:
        self.table.show_only(self.which, self.find_field.text())
        self.show_counts()
        self.filter_changed.emit()

    @Slot()
    def _recolour(self) -> None:
        for button, name in (
            (self.watch_button, "open"),
            (self.close_button, "clear"),
            (self.empty_watch_button, "open"),
            (self.empty_start_button, "folder"),
            (self.again_button, "back"),
        ):
            theme.dress(button, name)
        self.table.viewport().update()
