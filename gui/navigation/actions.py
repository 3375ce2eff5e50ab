"""Entries of the View and Help menus for finding one's way: text size, parts of the window, commands, help."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu


class NavigationActions(QObject):
    """Adds its entries to the menus.

    Attributes:
        larger, smaller, usual: change the text size.
        left, classifier: show or hide a part of the window; checkable.
        reset_layout: puts the parts of the window back.
        palette, shortcuts, focus_help, glossary, tour: open what helps.
    """

    def __init__(self, *, view_menu: QMenu, help_menu: QMenu, log: QAction, parent: QObject) -> None:
        """Add the entries.

        Args:
            view_menu: gets the text size and the parts of the window.
            help_menu: gets the others, at its top.
            log: the entry of the log, which the other parts go in front of.
            parent: owns the actions.
        """
        super().__init__(parent)
        self.larger = self._action("&Larger text", "Ctrl++", "Ctrl+=")
        self.smaller = self._action("&Smaller text", "Ctrl+-")
        self.usual = self._action("&Usual size of text", "Ctrl+0")
        self.left = self._action("Files and &settings", "F9", is_checkable=True)
        self.classifier = self._action("&Classifier", "Shift+F9", is_checkable=True)
        self.reset_layout = self._action("&Reset layout")
        self.palette = self._action("&Find a command…", "Ctrl+K")
        self.shortcuts = self._action("&Keyboard shortcuts…", "?")
        self.focus_help = self._action("&Explain what has the focus", "F1")
        self.glossary = self._action("&Glossary…")
        self.tour = self._action("&Tour of the window")
        size_menu = QMenu("Te&xt size", view_menu)
        size_menu.addActions([self.larger, self.smaller, self.usual])
        view_menu.insertMenu(log, size_menu)
        view_menu.insertSeparator(log)
        view_menu.insertActions(log, [self.left, self.classifier])
        view_menu.addSeparator()
        view_menu.addAction(self.reset_layout)
        first = help_menu.actions()[0] if help_menu.actions() else None
        top = [self.palette, self.shortcuts, self.focus_help, self.glossary, self.tour]
        if first is None:
            help_menu.addActions(top)
        else:
            help_menu.insertActions(first, top)
            help_menu.insertSeparator(first)

    def _action(self, text: str, *keys: str, is_checkable: bool = False) -> QAction:
        action = QAction(text, self)
        action.setShortcuts([QKeySequence(each) for each in keys])
        action.setCheckable(is_checkable)
        return action
