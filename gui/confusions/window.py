"""The window that shows which classes a network confuses; it stays open beside the main window."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from core.images.answers import Who
from core.images.confusions import Confusions
from core.words import counted
from gui.confusions.heat_map import MOST_CLASSES, HeatMap
from gui.confusions.table import ConfusionTable
from gui.confusions.texts import MAP_CAPTION, headline, remark
from gui.guide.window_help import WindowHelp
from gui.keys.bindings import Binding, bindings
from gui.theme import theme
from gui.widgets.combo import ElidedCombo
from gui.widgets.labels import ElidedLabel, PanelHeader, ScaledLabel, centred_label
from gui.widgets.splitter import Splitter

DEFAULT_WIDTH, DEFAULT_HEIGHT = 1060, 680
NONE_FOUND = "No class is confused with another one."
NOT_FOUND = "No confused class has this number or name."
HINT = "Click a row, or press Enter, to see its images"
_WHO = {
    Who.BASE: "B",
    Who.PRUNED: "B′",
    Who.AGREEMENT: "G",
    Who.CONFIDENCE: "G by confidence",
}
FIND = Binding("confusions.find", "Confusions", "Find a class", ("Ctrl+F",), "confusions")


class ConfusionsWindow(QWidget):
    """Shows the confusions of a network on a set as a table, and with few classes as a heat map too.

    Attributes:
        set_combo: chooses the set.
        who_combo: chooses the network.
        find_field: finds a class in the table.
        table: the confusions, the largest first.
        heat_map: all answers; hidden with more than `MOST_CLASSES` classes.
    """

    set_chosen = Signal(int)
    who_chosen = Signal(object)  # Who
    pair_chosen = Signal(int, int, int)  # class, answer, number of images
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.help = WindowHelp(self, "confusions")
        self.setWindowTitle("Confusions")
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._confusions: Confusions | None = None
        self._header = PanelHeader("Confusions", elide=Qt.TextElideMode.ElideMiddle)
        self.export_button = QPushButton("Export")
        self.export_button.setToolTip("Export or copy the table as it is shown")
        self._header.add(self.export_button)
        self.set_combo = ElidedCombo("The images that are counted", letters=20)
        self.set_combo.setAccessibleName("Images that are counted")
        self.who_combo = ElidedCombo("The network whose answers are counted", letters=12)
        self.who_combo.setAccessibleName("Network whose answers are counted")
        self.find_field = QLineEdit()
        self.find_field.setPlaceholderText("Find a class")
        self.find_field.setAccessibleName("Find a class by its number or name")
        self.find_field.setToolTip("Show only confusions with a class of this number, or with this text in its name")
        self.find_field.setClearButtonEnabled(True)
        self.remark = ScaledLabel("", role="muted", factor=theme.SMALL)
        self.remark.setWordWrap(True)
        self.remark.setVisible(False)
        self.table = ConfusionTable()
        self.heat_map = HeatMap()
        self._map_part = QWidget()
        self.parts = Splitter(Qt.Orientation.Horizontal, (self.table, self._map_part))
        self.message = centred_label("")
        self.status = ElidedLabel(role="muted", factor=theme.SMALL)
        self._lay_out()
        key = QShortcut(self)
        bindings.declare(FIND)
        bindings.bind(key, FIND.key)
        key.activated.connect(self.open_find)
        self.set_combo.activated.connect(self.set_chosen)
        self.who_combo.activated.connect(self._on_who)
        self.find_field.textChanged.connect(self._on_find)
        self.table.row_activated.connect(self._on_row)
        self.heat_map.pair_chosen.connect(self.pair_chosen)
        theme.signals.theme_changed.connect(self._recolour)
        self._recolour()
        self.resize(DEFAULT_WIDTH, DEFAULT_HEIGHT)

    @property
    def confusions(self) -> Confusions | None:
        """The confusions that are shown; None for none."""
        return self._confusions

    def set_export_menu(self, menu: QMenu) -> None:
        """Set what the export button offers."""
        self.export_button.setMenu(menu)

    def show_choices(self, sets: Sequence[str], chosen: int, networks: Sequence[Who], who: Who, detail: str) -> None:
        """Show what can be chosen.

        Args:
            sets: the names of the sets.
            chosen: the position of the chosen one.
            networks: the networks.
            who: the chosen one.
            detail: which network B′ is.
        """
        with QSignalBlocker(self.set_combo), QSignalBlocker(self.who_combo):
            self.set_combo.clear()
            self.set_combo.addItems(list(sets))
            self.set_combo.setCurrentIndex(chosen)
            self.who_combo.clear()
            for each in networks:
                self.who_combo.addItem(_WHO[each], each)
            self.who_combo.setCurrentIndex(list(networks).index(who))
        self._header.detail.setText(detail)

    def show_message(self, text: str) -> None:
        """Show why there is nothing to see."""
        self._confusions = None
        self.table.show_confusions(None)
        self.heat_map.show_confusions(None)
        self._header.title.setText("Confusions")
        self._show_remark("")
        self.status.setText("")
        self.message.setText(text)
        self.export_button.setEnabled(False)
        self._stack.setCurrentWidget(self.message)

    def show_confusions(self, confusions: Confusions) -> None:
        """Show the confusions of a network on a set."""
        self._confusions = confusions
        self._header.title.setText(headline(confusions))
        self.setWindowTitle(f"Confusions — {headline(confusions)}")
        self._show_remark(remark(confusions))
        self.table.show_confusions(confusions)
        is_small = len(confusions.classes) <= MOST_CLASSES
        self.heat_map.show_confusions(confusions if is_small else None)
        self._map_part.setVisible(is_small)
        self._show_found()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close with Esc or Ctrl+W."""
        if event.key() == Qt.Key.Key_Escape or event.matches(QKeySequence.StandardKey.Close):
            self.close()
        else:
            super().keyPressEvent(event)

    @Slot()
    def open_find(self) -> None:
        """Go to the field that finds a class."""
        self.find_field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.find_field.selectAll()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Announce it."""
        super().closeEvent(event)
        self.closed.emit()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._recolour()

    @Slot(int)
    def _on_who(self, place: int) -> None:
        self.who_chosen.emit(Who(self.who_combo.itemData(place)))

    @Slot(str)
    def _on_find(self, text: str) -> None:
        self.table.find_class(text)
        self._show_found()

    @Slot(int)
    def _on_row(self, row: int) -> None:
        self.pair_chosen.emit(*self.table.pair_at(row))

    def _show_remark(self, text: str) -> None:
        self.remark.setText(text)
        self.remark.setVisible(bool(text))

    def _show_found(self) -> None:
        """Show how many confusions there are, and what is missing."""
        confusions = self._confusions
        if confusions is None:
            return
        shown, pair_count = len(self.table.table.rows), len(confusions.order)
        self.export_button.setEnabled(shown > 0)
        part = f"{shown:,} of " if shown != pair_count else ""
        self.status.setText(f"{part}{counted(pair_count, 'confusion')} · {HINT}")
        is_seen = shown > 0 or not self._map_part.isHidden()
        if not is_seen:
            self.message.setText(NOT_FOUND if pair_count else NONE_FOUND)
        self._stack.setCurrentWidget(self.parts if is_seen else self.message)

    def _lay_out(self) -> None:
        choices = QHBoxLayout()
        choices.setSpacing(theme.GRID)
        choices.addWidget(self.set_combo)
        choices.addWidget(self.who_combo)
        choices.addStretch(1)
        choices.addWidget(self.find_field)
        part = QVBoxLayout(self._map_part)
        part.setContentsMargins(theme.GRID, 0, 0, 0)
        part.setSpacing(theme.GRID // 2)
        part.addWidget(ElidedLabel(MAP_CAPTION, role="muted", factor=theme.SMALL))
        part.addWidget(self.heat_map, 1)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.parts)
        self._stack.addWidget(self.message)
        self.parts.setSizes([DEFAULT_WIDTH // 2, DEFAULT_WIDTH // 2])
        column = QVBoxLayout(self)
        column.setContentsMargins(12, theme.GRID, 12, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addWidget(self._header)
        column.addLayout(choices)
        column.addWidget(self.remark)
        column.addLayout(self._stack, 1)
        column.addWidget(self.status)

    def _recolour(self) -> None:
        theme.dress(self.export_button, "export")
