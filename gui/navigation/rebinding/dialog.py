"""The dialog that changes keyboard shortcuts: all actions with their keys, and a field that takes other keys."""

import re

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui.guide.window_help import DialogHelp
from gui.keys.bindings import Binding, Bindings, native_text, why_refused
from gui.theme import theme
from gui.widgets.labels import Notice, ScaledLabel

TITLE = "Change keyboard shortcuts"
WIDTH, HEIGHT = 660, 640
MENUS = ("File", "Edit", "Run", "View", "Help")  # the pages follow
HEADINGS = ("Action", "Keys", "Usual keys")
CHOOSE = "Choose an action, then press its new keys in the field."
NONE = "No action fits."
ASSIGN, TAKE = "Assign", "Assign and take away"
_KEY = Qt.ItemDataRole.UserRole
_PORTABLE = QKeySequence.SequenceFormat.PortableText


class ShortcutsDialog(QDialog):
    """Lists the actions of a table of shortcuts, and changes their keys at once.

    Args:
        table: the table.
        parent: the window.

    Attributes:
        search_field: filters the list by the words of an action or by its keys.
        list: the actions.
        keys_field: takes the new keys of the current action.
        assign_button: gives them to it, and takes them from the action that has them.
        remove_button: leaves the current action without keys.
        reset_button: gives it its usual keys.
        reset_all_button: does so with all.
        notice: who has the keys in the field, why they are refused, or what was done.
    """

    def __init__(self, table: Bindings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        DialogHelp(self, "change-shortcuts")
        self._table = table
        self.setWindowTitle(TITLE)
        self.search_field = QLineEdit()
        self.search_field.setPlaceholderText("Find an action or keys")
        self.search_field.setAccessibleName("Find an action or keys")
        self.search_field.setClearButtonEnabled(True)
        self.list = _list()
        self.label = ScaledLabel()
        self.keys_field = QKeySequenceEdit()
        self.keys_field.setMaximumSequenceLength(1)
        self.keys_field.setClearButtonEnabled(True)
        self.keys_field.setAccessibleName("New keys")
        self.keys_field.setToolTip("Press the new keys here")
        self.label.setBuddy(self.keys_field)
        self.assign_button = QPushButton(ASSIGN)
        self.assign_button.setProperty("primary", True)
        self.remove_button = QPushButton("&Remove")
        self.remove_button.setToolTip("Leave the action without keys")
        self.reset_button = QPushButton("R&eset")
        self.reset_all_button = QPushButton("Reset &all")
        self.notice = Notice("quiet", is_wrapped=True)
        self._lay_out()
        self.search_field.textChanged.connect(self._filter)
        self.list.currentItemChanged.connect(self._on_current_changed)
        self.list.itemActivated.connect(self._on_activated)
        self.keys_field.keySequenceChanged.connect(self._on_keys_changed)
        self.keys_field.editingFinished.connect(self._on_keys_pressed)
        self.assign_button.clicked.connect(self._assign)
        self.remove_button.clicked.connect(self._remove)
        self.reset_button.clicked.connect(self._reset)
        self.reset_all_button.clicked.connect(self._reset_all)
        table.changed.connect(self._show_keys)
        self._fill()
        self.search_field.setFocus()

    @property
    def current(self) -> Binding | None:
        """The chosen action; None if none is."""
        item = self.list.currentItem()
        return self._table.find(item.data(0, _KEY)) if item is not None and not item.isHidden() else None

    def choose(self, key: str) -> None:
        """Choose an action, among all of them."""
        self.search_field.clear()
        for item in self._items():
            if item.data(0, _KEY) == key:
                self.list.setCurrentItem(item)

    def _lay_out(self) -> None:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        every = (self.assign_button, self.remove_button, self.reset_button, self.reset_all_button)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        for button in (*every, close):
            button.setAutoDefault(False)  # Enter in a field must not press it
        row = QHBoxLayout()
        row.setSpacing(theme.GRID)
        row.addWidget(self.keys_field, 1)
        for button in (self.assign_button, self.remove_button, self.reset_button):
            row.addWidget(button)
        foot = QHBoxLayout()
        foot.addWidget(self.reset_all_button)
        foot.addStretch(1)
        foot.addWidget(buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID)
        column.setSpacing(theme.GRID)
        column.addWidget(self.search_field)
        column.addWidget(self.list, 1)
        column.addWidget(self.label)
        column.addLayout(row)
        column.addWidget(self.notice)
        column.addSpacing(theme.GRID)
        column.addLayout(foot)
        self.resize(WIDTH, HEIGHT)

    def _items(self) -> list[QTreeWidgetItem]:
        items = (self.list.topLevelItem(place) for place in range(self.list.topLevelItemCount()))
        return [item for item in items if item is not None]

    def _fill(self) -> None:
        menus = {name: place for place, name in enumerate(MENUS)}
        for binding in sorted(self._table.table, key=lambda each: menus.get(each.group, len(menus))):
            item = QTreeWidgetItem([binding.title, "", ", ".join(map(native_text, binding.usual))])
            item.setData(0, _KEY, binding.key)
            item.setSizeHint(0, QSize(0, self.list.fontMetrics().height() + theme.GRID))
            self.list.addTopLevelItem(item)
        self._show_keys()
        self.list.setCurrentItem(self._items()[0])
        self._show_current()

    @Slot()
    def _show_keys(self) -> None:
        """Show the current keys; those that a person chose are bold."""
        for item in self._items():
            key = item.data(0, _KEY)
            item.setText(1, self._table.text(key, is_whole=True))
            font = item.font(0)
            font.setBold(self._table.is_own(key))
            for column in (0, 1):
                item.setFont(column, font)
            state = "changed" if self._table.is_own(key) else ""
            item.setData(1, Qt.ItemDataRole.AccessibleTextRole, f"{item.text(1) or 'no keys'} {state}".strip())
        self._update_buttons()

    @Slot(str)
    def _filter(self, query: str) -> None:
        words = [re.compile(rf"(?<!\w){re.escape(word)}") for word in query.lower().split()]
        for item in self._items():
            text = f"{item.text(0)} {item.text(1)}".lower()
            item.setHidden(not all(word.search(text) for word in words))
        shown = [item for item in self._items() if not item.isHidden()]
        if self.current is None and shown:
            self.list.setCurrentItem(shown[0])
        self._show_current()

    @Slot(QTreeWidgetItem, QTreeWidgetItem)
    def _on_current_changed(self, _now: QTreeWidgetItem | None, _before: QTreeWidgetItem | None) -> None:
        self._show_current()

    @Slot(QTreeWidgetItem, int)
    def _on_activated(self, _item: QTreeWidgetItem, _column: int) -> None:
        self.keys_field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_current(self) -> None:
        """Name the current action, with an empty field for its keys."""
        binding = self.current
        self.label.setText(f"New keys for “{binding.title}”" if binding is not None else NONE)
        self.keys_field.clear()
        self.notice.show_text(CHOOSE if binding is not None else "", kind="quiet")
        self._update_buttons()

    def _update_buttons(self) -> None:
        binding = self.current
        has_new = bool(self._pressed)
        self.keys_field.setEnabled(binding is not None)
        self.assign_button.setEnabled(binding is not None and has_new and not why_refused(self._pressed))
        self.remove_button.setEnabled(binding is not None and bool(self._table.keys(binding.key)))
        self.reset_button.setEnabled(binding is not None and self._table.is_own(binding.key))
        if binding is not None:
            usual = ", ".join(map(native_text, binding.usual)) or "none"
            self.reset_button.setToolTip(f"Give the action its usual keys: {usual}")
        self.reset_all_button.setEnabled(bool(self._table.own))

    @property
    def _pressed(self) -> str:
        """The keys in the field, as portable text."""
        return self.keys_field.keySequence().toString(_PORTABLE)

    @Slot()
    def _on_keys_pressed(self) -> None:
        """Go on to the button, so that Enter or Space assigns what was pressed."""
        if self.assign_button.isEnabled() and self.keys_field.hasFocus():
            self.assign_button.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(QKeySequence)
    def _on_keys_changed(self, _keys: QKeySequence) -> None:
        """Say who has these keys, or why they are refused."""
        binding, pressed = self.current, self._pressed
        others = self._table.others_with(pressed, binding.key) if binding is not None and pressed else ()
        reason = why_refused(pressed) if pressed else ""
        self.assign_button.setText(TAKE if others and not reason else ASSIGN)
        if reason:
            self.notice.show_text(reason, kind="error")
        elif others:
            names = " and ".join(f"“{each.title}”" for each in others)
            text = f"{native_text(pressed)} belongs to {names}, which will have no such key any more."
            self.notice.show_text(text, kind="warning")
        elif pressed and binding is not None and pressed in self._table.keys(binding.key):
            self.notice.show_text(f"“{binding.title}” has {native_text(pressed)} already.", kind="quiet")
        else:
            self.notice.show_text(CHOOSE if not pressed else f"{native_text(pressed)} is free.", kind="quiet")
        self._update_buttons()

    @Slot()
    def _assign(self) -> None:
        binding, pressed = self.current, self._pressed
        if binding is not None and pressed:
            self._table.assign(binding.key, (pressed,))
            self._done(f"{native_text(pressed)} is now “{binding.title}”.")

    @Slot()
    def _remove(self) -> None:
        binding = self.current
        if binding is not None:
            self._table.assign(binding.key, ())
            self._done(f"“{binding.title}” has no keys now.")

    @Slot()
    def _reset(self) -> None:
        binding = self.current
        if binding is not None:
            self._table.reset(binding.key)
            self._done(f"“{binding.title}” has its usual keys again.")

    @Slot()
    def _reset_all(self) -> None:
        self._table.reset_all()
        self._done("All actions have their usual keys again.")

    def _done(self, sentence: str) -> None:
        """Say what was done, with the field empty and the focus in the list."""
        self.keys_field.clear()
        self.notice.show_text(sentence, kind="ok")
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)


def _list() -> QTreeWidget:
    made = QTreeWidget()
    made.setAccessibleName("Actions and their keys")
    made.setColumnCount(len(HEADINGS))
    made.setHeaderLabels(list(HEADINGS))
    made.setRootIsDecorated(False)
    made.setUniformRowHeights(True)
    made.setAllColumnsShowFocus(True)
    made.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    made.header().setStretchLastSection(False)
    made.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    for column in (1, 2):
        made.header().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
    return made
